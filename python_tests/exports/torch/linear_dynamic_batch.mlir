"builtin.module"() ({
  "func.func"() <{function_type = (!torch.vtensor<[?,3,32],f32>) -> !torch.vtensor<[?,3,16],f32>, sym_name = "main"}> ({
  ^bb0(%arg0: !torch.vtensor<[?,3,32],f32>):
    %0 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %1 = "torch.aten.size.int"(%arg0, %0) : (!torch.vtensor<[?,3,32],f32>, !torch.int) -> !torch.int
    %2 = "torch.constant.int"() <{value = -1 : i64}> : () -> !torch.int
    %3 = "torch.constant.int"() <{value = 32 : i64}> : () -> !torch.int
    %4 = "torch.prim.ListConstruct"(%2, %3) : (!torch.int, !torch.int) -> !torch.list<int>
    %5 = "torch.aten.view"(%arg0, %4) : (!torch.vtensor<[?,3,32],f32>, !torch.list<int>) -> !torch.vtensor<[?,32],f32>
    %6 = "torch.aten.abs"(%5) : (!torch.vtensor<[?,32],f32>) -> !torch.vtensor<[?,32],f32>
    %7 = "torch.constant.int"() <{value = -1 : i64}> : () -> !torch.int
    %8 = "torch.prim.ListConstruct"(%7) : (!torch.int) -> !torch.list<int>
    %9 = "torch.constant.bool"() <{value = true}> : () -> !torch.bool
    %10 = "torch.aten.amax"(%6, %8, %9) : (!torch.vtensor<[?,32],f32>, !torch.list<int>, !torch.bool) -> !torch.vtensor<[?,1],f32>
    %11 = "torch.constant.int"() <{value = 448 : i64}> : () -> !torch.int
    %12 = "torch.aten.div.Scalar"(%10, %11) : (!torch.vtensor<[?,1],f32>, !torch.int) -> !torch.vtensor<[?,1],f32>
    %13 = "torch.constant.float"() <{value = 9.9999999999999998E-13 : f64}> : () -> !torch.float
    %14 = "torch.constant.none"() : () -> !torch.none
    %15 = "torch.aten.clamp"(%12, %13, %14) : (!torch.vtensor<[?,1],f32>, !torch.float, !torch.none) -> !torch.vtensor<[?,1],f32>
    %16 = "torch.aten.div.Tensor"(%5, %15) : (!torch.vtensor<[?,32],f32>, !torch.vtensor<[?,1],f32>) -> !torch.vtensor<[?,32],f32>
    %17 = "torch.constant.int"() <{value = -448 : i64}> : () -> !torch.int
    %18 = "torch.constant.int"() <{value = 448 : i64}> : () -> !torch.int
    %19 = "torch.aten.clamp"(%16, %17, %18) : (!torch.vtensor<[?,32],f32>, !torch.int, !torch.int) -> !torch.vtensor<[?,32],f32>
    %20 = "torch.constant.none"() : () -> !torch.none
    %21 = "torch.constant.none"() : () -> !torch.none
    %22 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %23 = "torch.constant.device"() <{value = "cpu"}> : () -> !torch.Device
    %24 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    "torch.aten._assert_tensor_metadata"(%19, %20, %21, %22, %23, %24) : (!torch.vtensor<[?,32],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int) -> ()
    %25 = "torch.constant.int"() <{value = 24 : i64}> : () -> !torch.int
    %26 = "torch.prims.convert_element_type"(%19, %25) : (!torch.vtensor<[?,32],f32>, !torch.int) -> !torch.vtensor<[?,32],f8E4M3FN>
    %27 = "torch.vtensor.literal"() <{value = dense_resource<torch_tensor_16_1_1_torch.float32> : tensor<16x1x1xf32>}> : () -> !torch.vtensor<[16,1,1],f32>
    %28 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %29 = "torch.constant.int"() <{value = -1 : i64}> : () -> !torch.int
    %30 = "torch.prim.ListConstruct"(%28, %29) : (!torch.int, !torch.int) -> !torch.list<int>
    %31 = "torch.aten.view"(%27, %30) : (!torch.vtensor<[16,1,1],f32>, !torch.list<int>) -> !torch.vtensor<[1,16],f32>
    %32 = "torch.vtensor.literal"() <{value = dense_resource<torch_tensor_16_32_torch.float8_e4m3fn> : tensor<16x32xf8E4M3FN>}> : () -> !torch.vtensor<[16,32],f8E4M3FN>
    %33 = "torch.constant.int"() <{value = 1 : i64}> : () -> !torch.int
    %34 = "torch.constant.int"() <{value = 0 : i64}> : () -> !torch.int
    %35 = "torch.prim.ListConstruct"(%33, %34) : (!torch.int, !torch.int) -> !torch.list<int>
    %36 = "torch.aten.permute"(%32, %35) : (!torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int>) -> !torch.vtensor<[32,16],f8E4M3FN>
    %37 = "torch.vtensor.literal"() <{value = dense_resource<torch_tensor_16_torch.float32> : tensor<16xf32>}> : () -> !torch.vtensor<[16],f32>
    %38 = "torch.constant.none"() : () -> !torch.none
    %39 = "torch.constant.int"() <{value = 6 : i64}> : () -> !torch.int
    %40 = "torch.constant.bool"() <{value = false}> : () -> !torch.bool
    %41 = "torch.aten._scaled_mm"(%26, %36, %15, %31, %37, %38, %39, %40) : (!torch.vtensor<[?,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[?,1],f32>, !torch.vtensor<[1,16],f32>, !torch.vtensor<[16],f32>, !torch.none, !torch.int, !torch.bool) -> !torch.vtensor<[?,16],f32>
    %42 = "torch.constant.int"() <{value = 3 : i64}> : () -> !torch.int
    %43 = "torch.constant.int"() <{value = -1 : i64}> : () -> !torch.int
    %44 = "torch.prim.ListConstruct"(%1, %42, %43) : (!torch.int, !torch.int, !torch.int) -> !torch.list<int>
    %45 = "torch.aten.view"(%41, %44) : (!torch.vtensor<[?,16],f32>, !torch.list<int>) -> !torch.vtensor<[?,3,16],f32>
    "func.return"(%45) : (!torch.vtensor<[?,3,16],f32>) -> ()
  }) : () -> ()
}) : () -> ()

{-#
  dialect_resources: {
    builtin: {
      torch_tensor_16_1_1_torch.float32: "0x0400000000000040000080400000003F0000003F000000400000803F0000003F0000803F00000040000080400000003E0000803F0000803E0000003E0000004000008040",
      torch_tensor_16_32_torch.float8_e4m3fn: "0x010000003800C4B8C0B844003840B8C4C040B83838B838B844B838B83838C000C038C0C43840003800B8C03838C4C440443840383840443800400040C038B8B800B844B8C0C4C4C40038C440C0003840383840400044400044B8C04000C0C400C4004000004038C00040C438B844C040B80038B844C0B8380038B8003838C044C440C040C4C0C43844B8C4B83844B838C4C040440000403844B8380044C4B8C438B83800B8C4C044C0C4B8C0C4B8B83840C038B8C444C43800C0440040C000C438B840B8C4C43800384440403844384438C440C4C0B8444438B8C044380000C0B800C44438C440004040C044C0B8C0C040C40038C0B8400044B8C0443840B8C444C444C440C0B8B8C400404044C000C4C0384044004040C4C4403838004000404440C4C040C000384000384444B844B838B8B84044C0B800C40038C0C4444444B84444B84400B84440B84000C0B800C0C438C000B8443838383844000038C0C0C4B8B840B80038C0B800B83800B8B83844C44440C4C0C0C4C00040B838B8C044400038C000C0003838C0B8440040C000C438C4C44438C44438C044C438B844384440B84040C0B8C4C438C00040440038C43840C43844C4B838004038C4C038C4C044B8C038C400C440384438C444B8C4404438B840B84400B8B80038C0B83838C000384400443840C00040004044444444384044444038B800C4B80044384440003840B8",
      torch_tensor_16_torch.float32: "0x04000000000040C0000040400000803F000000C0000080BF00000040000040C000000040000040C00000004000000000000080BF000000400000004000000040000080BF"
    }
  }
#-}
