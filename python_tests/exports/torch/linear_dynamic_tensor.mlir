module {
  func.func @main(%arg0: !torch.vtensor<[?,32],f32>) -> !torch.vtensor<[?,16],bf16> {
    %int0 = torch.constant.int 0
    %0 = torch.aten.size.int %arg0, %int0 : !torch.vtensor<[?,32],f32>, !torch.int -> !torch.int
    %1 = torch.aten.abs %arg0 : !torch.vtensor<[?,32],f32> -> !torch.vtensor<[?,32],f32>
    %2 = torch.aten.max %1 : !torch.vtensor<[?,32],f32> -> !torch.vtensor<[],f32>
    %int448 = torch.constant.int 448
    %3 = torch.aten.div.Scalar %2, %int448 : !torch.vtensor<[],f32>, !torch.int -> !torch.vtensor<[],f32>
    %4 = torch.aten.reciprocal %3 : !torch.vtensor<[],f32> -> !torch.vtensor<[],f32>
    %5 = torch.aten.mul.Tensor %arg0, %4 : !torch.vtensor<[?,32],f32>, !torch.vtensor<[],f32> -> !torch.vtensor<[?,32],f32>
    %int-448 = torch.constant.int -448
    %int448_0 = torch.constant.int 448
    %6 = torch.aten.clamp %5, %int-448, %int448_0 : !torch.vtensor<[?,32],f32>, !torch.int, !torch.int -> !torch.vtensor<[?,32],f32>
    %none = torch.constant.none
    %none_1 = torch.constant.none
    %int6 = torch.constant.int 6
    %cpu = torch.constant.device "cpu"
    %int0_2 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %6, %none, %none_1, %int6, %cpu, %int0_2 : !torch.vtensor<[?,32],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24 = torch.constant.int 24
    %7 = torch.prims.convert_element_type %6, %int24 : !torch.vtensor<[?,32],f32>, !torch.int -> !torch.vtensor<[?,32],f8E4M3FN>
    %int-1 = torch.constant.int -1
    %int32 = torch.constant.int 32
    %8 = torch.prim.ListConstruct %int-1, %int32 : (!torch.int, !torch.int) -> !torch.list<int>
    %9 = torch.aten.view %7, %8 : !torch.vtensor<[?,32],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[?,32],f8E4M3FN>
    %10 = torch.vtensor.literal(dense_resource<torch_tensor_16_32_torch.float8_e4m3fn> : tensor<16x32xf8E4M3FN>) : !torch.vtensor<[16,32],f8E4M3FN>
    %int1 = torch.constant.int 1
    %int0_3 = torch.constant.int 0
    %11 = torch.prim.ListConstruct %int1, %int0_3 : (!torch.int, !torch.int) -> !torch.list<int>
    %12 = torch.aten.permute %10, %11 : !torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[32,16],f8E4M3FN>
    %13 = torch.vtensor.literal(dense<2.000000e+00> : tensor<1x1x1xf32>) : !torch.vtensor<[1,1,1],f32>
    %14 = torch.prim.ListConstruct  : () -> !torch.list<int>
    %15 = torch.aten.view %13, %14 : !torch.vtensor<[1,1,1],f32>, !torch.list<int> -> !torch.vtensor<[],f32>
    %none_4 = torch.constant.none
    %none_5 = torch.constant.none
    %int15 = torch.constant.int 15
    %false = torch.constant.bool false
    %16 = torch.aten._scaled_mm %9, %12, %3, %15, %none_4, %none_5, %int15, %false : !torch.vtensor<[?,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[?,16],bf16>
    %int-1_6 = torch.constant.int -1
    %17 = torch.prim.ListConstruct %0, %int-1_6 : (!torch.int, !torch.int) -> !torch.list<int>
    %18 = torch.aten.view %16, %17 : !torch.vtensor<[?,16],bf16>, !torch.list<int> -> !torch.vtensor<[?,16],bf16>
    %19 = torch.aten.relu %18 : !torch.vtensor<[?,16],bf16> -> !torch.vtensor<[?,16],bf16>
    return %19 : !torch.vtensor<[?,16],bf16>
  }
}

{-#
  dialect_resources: {
    builtin: {
      torch_tensor_16_32_torch.float8_e4m3fn: "0x010000003800C4B8C0B844003840B8C4C040B83838B838B844B838B83838C000C038C0C43840003800B8C03838C4C440443840383840443800400040C038B8B800B844B8C0C4C4C40038C440C0003840383840400044400044B8C04000C0C400C4004000004038C00040C438B844C040B80038B844C0B8380038B8003838C044C440C040C4C0C43844B8C4B83844B838C4C040440000403844B8380044C4B8C438B83800B8C4C044C0C4B8C0C4B8B83840C038B8C444C43800C0440040C000C438B840B8C4C43800384440403844384438C440C4C0B8444438B8C044380000C0B800C44438C440004040C044C0B8C0C040C40038C0B8400044B8C0443840B8C444C444C440C0B8B8C400404044C000C4C0384044004040C4C4403838004000404440C4C040C000384000384444B844B838B8B84044C0B800C40038C0C4444444B84444B84400B84440B84000C0B800C0C438C000B8443838383844000038C0C0C4B8B840B80038C0B800B83800B8B83844C44440C4C0C0C4C00040B838B8C044400038C000C0003838C0B8440040C000C438C4C44438C44438C044C438B844384440B84040C0B8C4C438C00040440038C43840C43844C4B838004038C4C038C4C044B8C038C400C440384438C444B8C4404438B840B84400B8B80038C0B83838C000384400443840C00040004044444444384044444038B800C4B80044384440003840B8"
    }
  }
#-}
