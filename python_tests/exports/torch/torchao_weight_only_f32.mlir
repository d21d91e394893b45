module {
  func.func @main(%arg0: !torch.vtensor<[4,32],f32>) -> !torch.vtensor<[4,16],f32> {
    %0 = torch.vtensor.literal(dense_resource<torch_tensor_16_32_torch.float8_e4m3fn> : tensor<16x32xf8E4M3FN>) : !torch.vtensor<[16,32],f8E4M3FN>
    %int1 = torch.constant.int 1
    %int0 = torch.constant.int 0
    %1 = torch.prim.ListConstruct %int1, %int0 : (!torch.int, !torch.int) -> !torch.list<int>
    %2 = torch.aten.permute %0, %1 : !torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[32,16],f8E4M3FN>
    %3 = torch.vtensor.literal(dense_resource<torch_tensor_16_1_torch.float32> : tensor<16x1xf32>) : !torch.vtensor<[16,1],f32>
    %int1_0 = torch.constant.int 1
    %int0_1 = torch.constant.int 0
    %4 = torch.prim.ListConstruct %int1_0, %int0_1 : (!torch.int, !torch.int) -> !torch.list<int>
    %5 = torch.aten.permute %3, %4 : !torch.vtensor<[16,1],f32>, !torch.list<int> -> !torch.vtensor<[1,16],f32>
    %none = torch.constant.none
    %none_2 = torch.constant.none
    %int24 = torch.constant.int 24
    %cpu = torch.constant.device "cpu"
    %int0_3 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %2, %none, %none_2, %int24, %cpu, %int0_3 : !torch.vtensor<[32,16],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6 = torch.constant.int 6
    %6 = torch.prims.convert_element_type %2, %int6 : !torch.vtensor<[32,16],f8E4M3FN>, !torch.int -> !torch.vtensor<[32,16],f32>
    %7 = torch.aten.mul.Tensor %6, %5 : !torch.vtensor<[32,16],f32>, !torch.vtensor<[1,16],f32> -> !torch.vtensor<[32,16],f32>
    %none_4 = torch.constant.none
    %none_5 = torch.constant.none
    %int6_6 = torch.constant.int 6
    %cpu_7 = torch.constant.device "cpu"
    %int0_8 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %7, %none_4, %none_5, %int6_6, %cpu_7, %int0_8 : !torch.vtensor<[32,16],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %8 = torch.aten.mm %arg0, %7 : !torch.vtensor<[4,32],f32>, !torch.vtensor<[32,16],f32> -> !torch.vtensor<[4,16],f32>
    %9 = torch.vtensor.literal(dense_resource<torch_tensor_16_torch.float32> : tensor<16xf32>) : !torch.vtensor<[16],f32>
    %int1_9 = torch.constant.int 1
    %10 = torch.aten.add.Tensor %8, %9, %int1_9 : !torch.vtensor<[4,16],f32>, !torch.vtensor<[16],f32>, !torch.int -> !torch.vtensor<[4,16],f32>
    %11 = torch.aten.relu %10 : !torch.vtensor<[4,16],f32> -> !torch.vtensor<[4,16],f32>
    %12 = torch.vtensor.literal(dense_resource<torch_tensor_16_16_torch.float8_e4m3fn> : tensor<16x16xf8E4M3FN>) : !torch.vtensor<[16,16],f8E4M3FN>
    %int1_10 = torch.constant.int 1
    %int0_11 = torch.constant.int 0
    %13 = torch.prim.ListConstruct %int1_10, %int0_11 : (!torch.int, !torch.int) -> !torch.list<int>
    %14 = torch.aten.permute %12, %13 : !torch.vtensor<[16,16],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[16,16],f8E4M3FN>
    %15 = torch.vtensor.literal(dense_resource<torch_tensor_16_1_torch.float32_1> : tensor<16x1xf32>) : !torch.vtensor<[16,1],f32>
    %int1_12 = torch.constant.int 1
    %int0_13 = torch.constant.int 0
    %16 = torch.prim.ListConstruct %int1_12, %int0_13 : (!torch.int, !torch.int) -> !torch.list<int>
    %17 = torch.aten.permute %15, %16 : !torch.vtensor<[16,1],f32>, !torch.list<int> -> !torch.vtensor<[1,16],f32>
    %none_14 = torch.constant.none
    %none_15 = torch.constant.none
    %int24_16 = torch.constant.int 24
    %cpu_17 = torch.constant.device "cpu"
    %int0_18 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %14, %none_14, %none_15, %int24_16, %cpu_17, %int0_18 : !torch.vtensor<[16,16],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6_19 = torch.constant.int 6
    %18 = torch.prims.convert_element_type %14, %int6_19 : !torch.vtensor<[16,16],f8E4M3FN>, !torch.int -> !torch.vtensor<[16,16],f32>
    %19 = torch.aten.mul.Tensor %18, %17 : !torch.vtensor<[16,16],f32>, !torch.vtensor<[1,16],f32> -> !torch.vtensor<[16,16],f32>
    %none_20 = torch.constant.none
    %none_21 = torch.constant.none
    %int6_22 = torch.constant.int 6
    %cpu_23 = torch.constant.device "cpu"
    %int0_24 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %19, %none_20, %none_21, %int6_22, %cpu_23, %int0_24 : !torch.vtensor<[16,16],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %20 = torch.aten.mm %11, %19 : !torch.vtensor<[4,16],f32>, !torch.vtensor<[16,16],f32> -> !torch.vtensor<[4,16],f32>
    return %20 : !torch.vtensor<[4,16],f32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      torch_tensor_16_32_torch.float8_e4m3fn: "0x010000007A7EFCFEFCE8E8F400F8FC707068FC6800747EFA74F0FCF4F4FCE87870707878FE7EF87EF8FA7400787400747E7A74E8007C74F87868FCFEFEFC687E00FEFE7C787EF8F074E8747E7C007E7EF0687074FE707EFAFC7A740070F8707C78FAFEFE787EF8FC747EE8F40000F874F07E707AF8FAF47E68F8E8F0687800707C747EF47A7E70FC7E6870FAFCFAFC7E74FE78E878E8FA0074F8F0FC70F4007AF0FE7AFEFA7E680074FEF868FEFCFCF0F4FCFC70787A6800787AF8F4F07A7A7C7A7A7A68687EFC7E7C7C0078FEFE78F474F87AFA707E787468F4FA7474FA70E87074F4FA7A7E7474FA00FCF87EFCF4E8FC7A7C68E8F8E87EF07468E8F87E7C7C707A7878FA7E7CFC7CE8FC70F870FA7AE8FC70F4FE68E8FAFAFC70FCF47CFCE80070FEE8F07E6800F8E8F86800F4707A6868F0E8F868F0747C707478FC7CF87E7C7474FC787E7C74FCFA7A7AF874747CE800FC7C7CF0E870F4FCF4787EF074F47CFC7A687E7E70FE7C787CE8E87EE8F47C7CF074F47C747000787AFA7C6800F8FAFE00FCF07EFA74F074FAFC00F000FCFA7AF074E8FA68747EF8E87A0078F87E707CF87AF07E7EF46868F070E87C687868FAFEFA7A7EF8FEFCFEF47CFE78FA7AF4FC7AFA7E7EF07EE87000F8FEF0F4F0707E747EF87AFA7C00687E7AF47E7CFC7EFAF874007E7A74E870F07EF800F0F4FC7A68F8F070F07EFEFAFC007068F0F07CF0F070",
      torch_tensor_16_1_torch.float32: "0x040000000000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C",
      torch_tensor_16_torch.float32: "0x0400000000000000000040C0000040C0000000C00000803F000000C000004040000000C00000803F00004040000000C00000803F0000803F000000C0000000000000803F",
      torch_tensor_16_16_torch.float8_e4m3fn: "0x01000000F07E787CF868FEF0F4FCFA7400747E687E7E70E8FEF4E87E7E6870FAF8006868707E74FC7A70FA7C7874F800007AE878FC7E6868FC6800F4F4FAFE70747E747AE87E7C707EFEF4687A74F07C747AE800F07EF07CF4707070F4747870F87CFC747E7E7AFAFCFEF4F47C747CFCFA7C7800E87EF8FC68FC68FA7C7870F878F0FA7A687EFEFE78F07EE8FC7878FA68FA7CF87A7EFAF078F0F070E87CE8FCFEE878F4007EE87A7068FAF8F4F87878F4687A78FC7E74707EFC00E8FAF8FCF07EFE7EF8E87E7AFE7C7C787C7CF070787C70F07E747EF468FC78FCF87A70F07474FCE87C7E7EFCF0F078FEFEFA7AFC7C787A7AF4747E787E7CFCFC7C7E7A00F8FA70687C",
      torch_tensor_16_1_torch.float32_1: "0x040000000000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C"
    }
  }
#-}
