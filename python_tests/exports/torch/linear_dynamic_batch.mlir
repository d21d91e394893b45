module {
  func.func @main(%arg0: !torch.vtensor<[?,3,32],f32>) -> !torch.vtensor<[?,3,16],f32> {
    %int0 = torch.constant.int 0
    %0 = torch.aten.size.int %arg0, %int0 : !torch.vtensor<[?,3,32],f32>, !torch.int -> !torch.int
    %int-1 = torch.constant.int -1
    %int32 = torch.constant.int 32
    %1 = torch.prim.ListConstruct %int-1, %int32 : (!torch.int, !torch.int) -> !torch.list<int>
    %2 = torch.aten.view %arg0, %1 : !torch.vtensor<[?,3,32],f32>, !torch.list<int> -> !torch.vtensor<[?,32],f32>
    %3 = torch.aten.abs %2 : !torch.vtensor<[?,32],f32> -> !torch.vtensor<[?,32],f32>
    %int-1_0 = torch.constant.int -1
    %4 = torch.prim.ListConstruct %int-1_0 : (!torch.int) -> !torch.list<int>
    %true = torch.constant.bool true
    %5 = torch.aten.amax %3, %4, %true : !torch.vtensor<[?,32],f32>, !torch.list<int>, !torch.bool -> !torch.vtensor<[?,1],f32>
    %int448 = torch.constant.int 448
    %6 = torch.aten.div.Scalar %5, %int448 : !torch.vtensor<[?,1],f32>, !torch.int -> !torch.vtensor<[?,1],f32>
    %float9.999990e-13 = torch.constant.float 9.9999999999999998E-13
    %none = torch.constant.none
    %7 = torch.aten.clamp %6, %float9.999990e-13, %none : !torch.vtensor<[?,1],f32>, !torch.float, !torch.none -> !torch.vtensor<[?,1],f32>
    %8 = torch.aten.div.Tensor %2, %7 : !torch.vtensor<[?,32],f32>, !torch.vtensor<[?,1],f32> -> !torch.vtensor<[?,32],f32>
    %int-448 = torch.constant.int -448
    %int448_1 = torch.constant.int 448
    %9 = torch.aten.clamp %8, %int-448, %int448_1 : !torch.vtensor<[?,32],f32>, !torch.int, !torch.int -> !torch.vtensor<[?,32],f32>
    %none_2 = torch.constant.none
    %none_3 = torch.constant.none
    %int6 = torch.constant.int 6
    %cpu = torch.constant.device "cpu"
    %int0_4 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %9, %none_2, %none_3, %int6, %cpu, %int0_4 : !torch.vtensor<[?,32],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24 = torch.constant.int 24
    %10 = torch.prims.convert_element_type %9, %int24 : !torch.vtensor<[?,32],f32>, !torch.int -> !torch.vtensor<[?,32],f8E4M3FN>
    %11 = torch.vtensor.literal(dense_resource<torch_tensor_16_1_1_torch.float32> : tensor<16x1x1xf32>) : !torch.vtensor<[16,1,1],f32>
    %int1 = torch.constant.int 1
    %int-1_5 = torch.constant.int -1
    %12 = torch.prim.ListConstruct %int1, %int-1_5 : (!torch.int, !torch.int) -> !torch.list<int>
    %13 = torch.aten.view %11, %12 : !torch.vtensor<[16,1,1],f32>, !torch.list<int> -> !torch.vtensor<[1,16],f32>
    %14 = torch.vtensor.literal(dense_resource<torch_tensor_16_32_torch.float8_e4m3fn> : tensor<16x32xf8E4M3FN>) : !torch.vtensor<[16,32],f8E4M3FN>
    %int1_6 = torch.constant.int 1
    %int0_7 = torch.constant.int 0
    %15 = torch.prim.ListConstruct %int1_6, %int0_7 : (!torch.int, !torch.int) -> !torch.list<int>
    %16 = torch.aten.permute %14, %15 : !torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[32,16],f8E4M3FN>
    %none_8 = torch.constant.none
    %none_9 = torch.constant.none
    %int6_10 = torch.constant.int 6
    %false = torch.constant.bool false
    %17 = torch.aten._scaled_mm %10, %16, %7, %13, %none_8, %none_9, %int6_10, %false : !torch.vtensor<[?,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[?,1],f32>, !torch.vtensor<[1,16],f32>, !torch.none, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[?,16],f32>
    %18 = torch.vtensor.literal(dense_resource<torch_tensor_16_torch.float32> : tensor<16xf32>) : !torch.vtensor<[16],f32>
    %int1_11 = torch.constant.int 1
    %19 = torch.aten.add.Tensor %17, %18, %int1_11 : !torch.vtensor<[?,16],f32>, !torch.vtensor<[16],f32>, !torch.int -> !torch.vtensor<[?,16],f32>
    %int3 = torch.constant.int 3
    %int-1_12 = torch.constant.int -1
    %20 = torch.prim.ListConstruct %0, %int3, %int-1_12 : (!torch.int, !torch.int, !torch.int) -> !torch.list<int>
    %21 = torch.aten.view %19, %20 : !torch.vtensor<[?,16],f32>, !torch.list<int> -> !torch.vtensor<[?,3,16],f32>
    return %21 : !torch.vtensor<[?,3,16],f32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      torch_tensor_16_1_1_torch.float32: "0x0400000000000040000080400000003F0000003F000000400000803F0000003F0000803F00000040000080400000003E0000803F0000803E0000003E0000004000008040",
      torch_tensor_16_32_torch.float8_e4m3fn: "0x010000003800C4B8C0B844003840B8C4C040B83838B838B844B838B83838C000C038C0C43840003800B8C03838C4C440443840383840443800400040C038B8B800B844B8C0C4C4C40038C440C0003840383840400044400044B8C04000C0C400C4004000004038C00040C438B844C040B80038B844C0B8380038B8003838C044C440C040C4C0C43844B8C4B83844B838C4C040440000403844B8380044C4B8C438B83800B8C4C044C0C4B8C0C4B8B83840C038B8C444C43800C0440040C000C438B840B8C4C43800384440403844384438C440C4C0B8444438B8C044380000C0B800C44438C440004040C044C0B8C0C040C40038C0B8400044B8C0443840B8C444C444C440C0B8B8C400404044C000C4C0384044004040C4C4403838004000404440C4C040C000384000384444B844B838B8B84044C0B800C40038C0C4444444B84444B84400B84440B84000C0B800C0C438C000B8443838383844000038C0C0C4B8B840B80038C0B800B83800B8B83844C44440C4C0C0C4C00040B838B8C044400038C000C0003838C0B8440040C000C438C4C44438C44438C044C438B844384440B84040C0B8C4C438C00040440038C43840C43844C4B838004038C4C038C4C044B8C038C400C440384438C444B8C4404438B840B84400B8B80038C0B83838C000384400443840C00040004044444444384044444038B800C4B80044384440003840B8",
      torch_tensor_16_torch.float32: "0x04000000000040C0000040400000803F000000C0000080BF00000040000040C000000040000040C00000004000000000000080BF000000400000004000000040000080BF"
    }
  }
#-}
