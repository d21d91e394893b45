"builtin.module"() ({
  "func.func"() <{function_type = (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[16,32],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>) -> (!torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E5M2>, !torch.vtensor<[6,16],f8E5M2>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>), sym_name = "main"}> ({
  ^bb0(%arg0: !torch.vtensor<[6,32],f8E4M3FN>, %arg1: !torch.vtensor<[16,32],f8E4M3FN>, %arg2: !torch.vtensor<[],f32>, %arg3: !torch.vtensor<[],f32>, %arg4: !torch.vtensor<[16],f32>):
    %0 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %1 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %2 = "torch.prim.ListConstruct"(%0, %1) : (!torch.int, !torch.int) -> !torch.list<int>
    %3 = "torch.aten.permute"(%arg1, %2) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %4 = "torch.constant.none"() : () -> !torch.none
    %5 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %6 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %7 = "torch.aten._scaled_mm"(%arg0, %3, %arg2, %arg2, %4, %arg3, %5, %6) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.vtensor<[],f32>, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f32>
    %8 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %9 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %10 = "torch.prim.ListConstruct"(%8, %9) : (!torch.int, !torch.int) -> !torch.list<int>
    %11 = "torch.aten.permute"(%arg1, %10) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %12 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %13 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %14 = "torch.aten._scaled_mm"(%arg0, %11, %arg2, %arg2, %arg4, %arg3, %12, %13) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>, !torch.vtensor<[],f32>, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f32>
    %15 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %16 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %17 = "torch.prim.ListConstruct"(%15, %16) : (!torch.int, !torch.int) -> !torch.list<int>
    %18 = "torch.aten.permute"(%arg1, %17) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %19 = "torch.constant.none"() : () -> !torch.none
    %20 = "torch.constant.int"() <{value = 15 : i64}> : () -> !torch.int
    %21 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %22 = "torch.aten._scaled_mm"(%arg0, %18, %arg2, %arg2, %19, %arg3, %20, %21) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.vtensor<[],f32>, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],bf16>
    %23 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %24 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %25 = "torch.prim.ListConstruct"(%23, %24) : (!torch.int, !torch.int) -> !torch.list<int>
    %26 = "torch.aten.permute"(%arg1, %25) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %27 = "torch.constant.int"() <{value = 15 : i64}> : () -> !torch.int
    %28 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %29 = "torch.aten._scaled_mm"(%arg0, %26, %arg2, %arg2, %arg4, %arg3, %27, %28) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>, !torch.vtensor<[],f32>, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],bf16>
    %30 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %31 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %32 = "torch.prim.ListConstruct"(%30, %31) : (!torch.int, !torch.int) -> !torch.list<int>
    %33 = "torch.aten.permute"(%arg1, %32) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %34 = "torch.constant.none"() : () -> !torch.none
    %35 = "torch.constant.int"() <{value = 24 : i64}> : () -> !torch.int
    %36 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %37 = "torch.aten._scaled_mm"(%arg0, %33, %arg2, %arg2, %34, %arg3, %35, %36) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.vtensor<[],f32>, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f8E4M3FN>
    %38 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %39 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %40 = "torch.prim.ListConstruct"(%38, %39) : (!torch.int, !torch.int) -> !torch.list<int>
    %41 = "torch.aten.permute"(%arg1, %40) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %42 = "torch.constant.int"() <{value = 24 : i64}> : () -> !torch.int
    %43 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %44 = "torch.aten._scaled_mm"(%arg0, %41, %arg2, %arg2, %arg4, %arg3, %42, %43) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>, !torch.vtensor<[],f32>, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f8E4M3FN>
    %45 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %46 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %47 = "torch.prim.ListConstruct"(%45, %46) : (!torch.int, !torch.int) -> !torch.list<int>
    %48 = "torch.aten.permute"(%arg1, %47) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %49 = "torch.constant.none"() : () -> !torch.none
    %50 = "torch.constant.int"() <{value = 23 : i64}> : () -> !torch.int
    %51 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %52 = "torch.aten._scaled_mm"(%arg0, %48, %arg2, %arg2, %49, %arg3, %50, %51) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.vtensor<[],f32>, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f8E5M2>
    %53 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %54 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %55 = "torch.prim.ListConstruct"(%53, %54) : (!torch.int, !torch.int) -> !torch.list<int>
    %56 = "torch.aten.permute"(%arg1, %55) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %57 = "torch.constant.int"() <{value = 23 : i64}> : () -> !torch.int
    %58 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %59 = "torch.aten._scaled_mm"(%arg0, %56, %arg2, %arg2, %arg4, %arg3, %57, %58) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>, !torch.vtensor<[],f32>, !torch.int, !torch.bool) -> !torch.vtensor<[6,16],f8E5M2>
    %60 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %61 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %62 = "torch.prim.ListConstruct"(%60, %61) : (!torch.int, !torch.int) -> !torch.list<int>
    %63 = "torch.aten.permute"(%arg1, %62) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %64 = "torch.constant.none"() : () -> !torch.none
    %65 = "torch.constant.none"() : () -> !torch.none
    %66 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %67 = "torch.aten._scaled_mm"(%arg0, %63, %arg2, %arg2, %64, %arg3, %65, %66) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.vtensor<[],f32>, !torch.none, !torch.bool) -> !torch.vtensor<[6,16],f8E4M3FN>
    %68 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %69 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %70 = "torch.prim.ListConstruct"(%68, %69) : (!torch.int, !torch.int) -> !torch.list<int>
    %71 = "torch.aten.permute"(%arg1, %70) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %72 = "torch.constant.none"() : () -> !torch.none
    %73 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %74 = "torch.aten._scaled_mm"(%arg0, %71, %arg2, %arg2, %arg4, %arg3, %72, %73) : (!torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[16],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.bool) -> !torch.vtensor<[6,16],f8E4M3FN>
    "func.return"(%7, %14, %22, %29, %37, %44, %52, %59, %67, %74) : (!torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E5M2>, !torch.vtensor<[6,16],f8E5M2>, !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[6,16],f8E4M3FN>) -> ()
  }) : () -> ()
}) : () -> ()
