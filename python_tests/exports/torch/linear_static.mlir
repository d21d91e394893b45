module {
  func.func @main(%arg0: !torch.vtensor<[4,32],f32>) -> !torch.vtensor<[4,16],f32> {
    %float2.500000e-01 = torch.constant.float 2.500000e-01
    %0 = torch.aten.div.Scalar %arg0, %float2.500000e-01 : !torch.vtensor<[4,32],f32>, !torch.float -> !torch.vtensor<[4,32],f32>
    %int-448 = torch.constant.int -448
    %int448 = torch.constant.int 448
    %1 = torch.aten.clamp %0, %int-448, %int448 : !torch.vtensor<[4,32],f32>, !torch.int, !torch.int -> !torch.vtensor<[4,32],f32>
    %none = torch.constant.none
    %none_0 = torch.constant.none
    %int6 = torch.constant.int 6
    %cpu = torch.constant.device "cpu"
    %int0 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %1, %none, %none_0, %int6, %cpu, %int0 : !torch.vtensor<[4,32],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24 = torch.constant.int 24
    %2 = torch.prims.convert_element_type %1, %int24 : !torch.vtensor<[4,32],f32>, !torch.int -> !torch.vtensor<[4,32],f8E4M3FN>
    %none_1 = torch.constant.none
    %none_2 = torch.constant.none
    %int24_3 = torch.constant.int 24
    %cpu_4 = torch.constant.device "cpu"
    %int0_5 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %2, %none_1, %none_2, %int24_3, %cpu_4, %int0_5 : !torch.vtensor<[4,32],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6_6 = torch.constant.int 6
    %3 = torch.prims.convert_element_type %2, %int6_6 : !torch.vtensor<[4,32],f8E4M3FN>, !torch.int -> !torch.vtensor<[4,32],f32>
    %float2.500000e-01_7 = torch.constant.float 2.500000e-01
    %4 = torch.aten.mul.Scalar %3, %float2.500000e-01_7 : !torch.vtensor<[4,32],f32>, !torch.float -> !torch.vtensor<[4,32],f32>
    %5 = torch.vtensor.literal(dense_resource<torch_tensor_16_32_torch.float8_e4m3fn> : tensor<16x32xf8E4M3FN>) : !torch.vtensor<[16,32],f8E4M3FN>
    %none_8 = torch.constant.none
    %none_9 = torch.constant.none
    %int24_10 = torch.constant.int 24
    %cpu_11 = torch.constant.device "cpu"
    %int0_12 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %5, %none_8, %none_9, %int24_10, %cpu_11, %int0_12 : !torch.vtensor<[16,32],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %6 = torch.vtensor.literal(dense_resource<torch_tensor_16_32_torch.float8_e4m3fn> : tensor<16x32xf8E4M3FN>) : !torch.vtensor<[16,32],f8E4M3FN>
    %int6_13 = torch.constant.int 6
    %7 = torch.prims.convert_element_type %6, %int6_13 : !torch.vtensor<[16,32],f8E4M3FN>, !torch.int -> !torch.vtensor<[16,32],f32>
    %int16 = torch.constant.int 16
    %int1 = torch.constant.int 1
    %int32 = torch.constant.int 32
    %8 = torch.prim.ListConstruct %int16, %int1, %int32 : (!torch.int, !torch.int, !torch.int) -> !torch.list<int>
    %9 = torch.aten.view %7, %8 : !torch.vtensor<[16,32],f32>, !torch.list<int> -> !torch.vtensor<[16,1,32],f32>
    %10 = torch.vtensor.literal(dense_resource<torch_tensor_16_1_1_torch.float32> : tensor<16x1x1xf32>) : !torch.vtensor<[16,1,1],f32>
    %11 = torch.aten.mul.Tensor %9, %10 : !torch.vtensor<[16,1,32],f32>, !torch.vtensor<[16,1,1],f32> -> !torch.vtensor<[16,1,32],f32>
    %int16_14 = torch.constant.int 16
    %int32_15 = torch.constant.int 32
    %12 = torch.prim.ListConstruct %int16_14, %int32_15 : (!torch.int, !torch.int) -> !torch.list<int>
    %13 = torch.aten.view %11, %12 : !torch.vtensor<[16,1,32],f32>, !torch.list<int> -> !torch.vtensor<[16,32],f32>
    %int1_16 = torch.constant.int 1
    %int0_17 = torch.constant.int 0
    %14 = torch.prim.ListConstruct %int1_16, %int0_17 : (!torch.int, !torch.int) -> !torch.list<int>
    %15 = torch.aten.permute %13, %14 : !torch.vtensor<[16,32],f32>, !torch.list<int> -> !torch.vtensor<[32,16],f32>
    %16 = torch.vtensor.literal(dense_resource<torch_tensor_16_torch.float32> : tensor<16xf32>) : !torch.vtensor<[16],f32>
    %int1_18 = torch.constant.int 1
    %int1_19 = torch.constant.int 1
    %17 = torch.aten.addmm %16, %4, %15, %int1_18, %int1_19 : !torch.vtensor<[16],f32>, !torch.vtensor<[4,32],f32>, !torch.vtensor<[32,16],f32>, !torch.int, !torch.int -> !torch.vtensor<[4,16],f32>
    return %17 : !torch.vtensor<[4,16],f32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      torch_tensor_16_32_torch.float8_e4m3fn: "0x010000003800C4B8C0B844003840B8C4C040B83838B838B844B838B83838C000C038C0C43840003800B8C03838C4C440443840383840443800400040C038B8B800B844B8C0C4C4C40038C440C0003840383840400044400044B8C04000C0C400C4004000004038C00040C438B844C040B80038B844C0B8380038B8003838C044C440C040C4C0C43844B8C4B83844B838C4C040440000403844B8380044C4B8C438B83800B8C4C044C0C4B8C0C4B8B83840C038B8C444C43800C0440040C000C438B840B8C4C43800384440403844384438C440C4C0B8444438B8C044380000C0B800C44438C440004040C044C0B8C0C040C40038C0B8400044B8C0443840B8C444C444C440C0B8B8C400404044C000C4C0384044004040C4C4403838004000404440C4C040C000384000384444B844B838B8B84044C0B800C40038C0C4444444B84444B84400B84440B84000C0B800C0C438C000B8443838383844000038C0C0C4B8B840B80038C0B800B83800B8B83844C44440C4C0C0C4C00040B838B8C044400038C000C0003838C0B8440040C000C438C4C44438C44438C044C438B844384440B84040C0B8C4C438C00040440038C43840C43844C4B838004038C4C038C4C044B8C038C400C440384438C444B8C4404438B840B84400B8B80038C0B83838C000384400443840C00040004044444444384044444038B800C4B80044384440003840B8",
      torch_tensor_16_1_1_torch.float32: "0x0400000000000040000080400000003F0000003F000000400000803F0000003F0000803F00000040000080400000003E0000803F0000803E0000003E0000004000008040",
      torch_tensor_16_torch.float32: "0x04000000000040C0000040400000803F000000C0000080BF00000040000040C000000040000040C00000004000000000000080BF000000400000004000000040000080BF"
    }
  }
#-}
