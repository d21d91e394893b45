"builtin.module"() ({
  "func.func"() <{function_type = (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[16,32],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[6,1],f32>, !torch.vtensor<[1,16],f32>) -> (!torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],f32>), sym_name = "main"}> ({
  ^bb0(%arg0: !torch.vtensor<[6,32],f8E4M3FN>, %arg1: !torch.vtensor<[16,32],f8E4M3FN>, %arg2: !torch.vtensor<[],f32>, %arg3: !torch.vtensor<[6,1],f32>, %arg4: !torch.vtensor<[1,16],f32>):
    %0 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %1 = "torch.constant.float"() <{value = 1.600000e+01 : f64}> : () -> !torch.float
    %2 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %3 = "torch.constant.none"() : () -> !torch.none
    %4 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %5 = "torch.constant.device"() <{value = "cpu"}> : () -> !torch.Device
    %6 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %7 = "torch.aten.arange.start_step"(%0, %1, %2, %3, %4, %5, %6) : (!torch.int, !torch.float, !torch.int, !torch.none, !torch.int, !torch.Device, !torch.bool) -> !torch.vtensor<[16],f32>
    %8 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %9 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %10 = "torch.prim.ListConstruct"(%8, %9) : (!torch.int, !torch.int) -> !torch.list<int>
    %11 = "torch.aten.permute"(%arg1, %10) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %12 = "torch.constant.none"() : () -> !torch.none
    %13 = "torch.constant.none"() : () -> !torch.none
    %14 = "torch.constant.int"() <{value = 15 : i64}> : () -> !torch.int
    %15 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %16 = "torch.aten._scaled_mm"(%arg0, %11, %arg2, %arg2, %12, %13, %14, %15) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],bf16>
    %17 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %18 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %19 = "torch.prim.ListConstruct"(%17, %18) : (!torch.int, !torch.int) -> !torch.list<int>
    %20 = "torch.aten.permute"(%arg1, %19) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %21 = "torch.constant.none"() : () -> !torch.none
    %22 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %23 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %24 = "torch.aten._scaled_mm"(%arg0, %20, %arg2, %arg2, %7, %21, %22, %23) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f32>
    %25 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %26 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %27 = "torch.prim.ListConstruct"(%25, %26) : (!torch.int, !torch.int) -> !torch.list<int>
    %28 = "torch.aten.permute"(%arg1, %27) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %29 = "torch.constant.int"() <{value = -1 : i64}> : () -> !torch.int
    %30 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %31 = "torch.prim.ListConstruct"(%29, %30) : (!torch.int, !torch.int) -> !torch.list<int>
    %32 = "torch.aten.view"(%arg3, %31) : (!torch.vtensor<[6,1],f32>, !torch.list<int>) -> !torch.vtensor<[6,1],f32>
    %33 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %34 = "torch.constant.int"() <{value = -1 : i64}> : () -> !torch.int
    %35 = "torch.prim.ListConstruct"(%33, %34) : (!torch.int, !torch.int) -> !torch.list<int>
    %36 = "torch.aten.view"(%arg4, %35) : (!torch.vtensor<[1,16],f32>, !torch.list<int>) -> !torch.vtensor<[1,16],f32>
    %37 = "torch.constant.none"() : () -> !torch.none
    %38 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %39 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %40 = "torch.aten._scaled_mm"(%arg0, %28, %32, %36, %7, %37, %38, %39) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[6,1],f32>, !torch.vtensor<[1,16],f32>, !torch.vtensor<[16],f32>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f32>
    "func.return"(%16, %24, %40) : (!torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],f32>) -> ()
  }) : () -> ()
}) : () -> ()
