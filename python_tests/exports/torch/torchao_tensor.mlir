module {
  func.func @main(%arg0: !torch.vtensor<[4,32],bf16>) -> !torch.vtensor<[4,16],bf16> {
    %0 = torch.vtensor.literal(dense_resource<torch_tensor_16_32_torch.float8_e4m3fn> : tensor<16x32xf8E4M3FN>) : !torch.vtensor<[16,32],f8E4M3FN>
    %int1 = torch.constant.int 1
    %int0 = torch.constant.int 0
    %1 = torch.prim.ListConstruct %int1, %int0 : (!torch.int, !torch.int) -> !torch.list<int>
    %2 = torch.aten.permute %0, %1 : !torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[32,16],f8E4M3FN>
    %3 = torch.vtensor.literal(dense<1.562500e-02> : tensor<1x1xf32>) : !torch.vtensor<[1,1],f32>
    %int1_0 = torch.constant.int 1
    %int0_1 = torch.constant.int 0
    %4 = torch.prim.ListConstruct %int1_0, %int0_1 : (!torch.int, !torch.int) -> !torch.list<int>
    %5 = torch.aten.permute %3, %4 : !torch.vtensor<[1,1],f32>, !torch.list<int> -> !torch.vtensor<[1,1],f32>
    %int4 = torch.constant.int 4
    %int32 = torch.constant.int 32
    %6 = torch.prim.ListConstruct %int4, %int32 : (!torch.int, !torch.int) -> !torch.list<int>
    %7 = torch.aten.view %arg0, %6 : !torch.vtensor<[4,32],bf16>, !torch.list<int> -> !torch.vtensor<[4,32],bf16>
    %8 = torch.aten.abs %7 : !torch.vtensor<[4,32],bf16> -> !torch.vtensor<[4,32],bf16>
    %int0_2 = torch.constant.int 0
    %int1_3 = torch.constant.int 1
    %9 = torch.prim.ListConstruct %int0_2, %int1_3 : (!torch.int, !torch.int) -> !torch.list<int>
    %true = torch.constant.bool true
    %10 = torch.aten.amax %8, %9, %true : !torch.vtensor<[4,32],bf16>, !torch.list<int>, !torch.bool -> !torch.vtensor<[1,1],bf16>
    %float4.480000e02 = torch.constant.float 4.480000e+02
    %11 = torch.aten.div.Scalar %10, %float4.480000e02 : !torch.vtensor<[1,1],bf16>, !torch.float -> !torch.vtensor<[1,1],bf16>
    %int1_4 = torch.constant.int 1
    %int1_5 = torch.constant.int 1
    %12 = torch.prim.ListConstruct %int1_4, %int1_5 : (!torch.int, !torch.int) -> !torch.list<int>
    %13 = torch.aten.view %11, %12 : !torch.vtensor<[1,1],bf16>, !torch.list<int> -> !torch.vtensor<[1,1],bf16>
    %int6 = torch.constant.int 6
    %14 = torch.prims.convert_element_type %13, %int6 : !torch.vtensor<[1,1],bf16>, !torch.int -> !torch.vtensor<[1,1],f32>
    %none = torch.constant.none
    %none_6 = torch.constant.none
    %int15 = torch.constant.int 15
    %cpu = torch.constant.device "cpu"
    %int0_7 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none, %none_6, %int15, %cpu, %int0_7 : !torch.vtensor<[4,32],bf16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6_8 = torch.constant.int 6
    %15 = torch.prims.convert_element_type %arg0, %int6_8 : !torch.vtensor<[4,32],bf16>, !torch.int -> !torch.vtensor<[4,32],f32>
    %16 = torch.aten.div.Tensor %15, %14 : !torch.vtensor<[4,32],f32>, !torch.vtensor<[1,1],f32> -> !torch.vtensor<[4,32],f32>
    %float-4.480000e02 = torch.constant.float -4.480000e+02
    %float4.480000e02_9 = torch.constant.float 4.480000e+02
    %17 = torch.aten.clamp %16, %float-4.480000e02, %float4.480000e02_9 : !torch.vtensor<[4,32],f32>, !torch.float, !torch.float -> !torch.vtensor<[4,32],f32>
    %none_10 = torch.constant.none
    %none_11 = torch.constant.none
    %int6_12 = torch.constant.int 6
    %cpu_13 = torch.constant.device "cpu"
    %int0_14 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %17, %none_10, %none_11, %int6_12, %cpu_13, %int0_14 : !torch.vtensor<[4,32],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24 = torch.constant.int 24
    %18 = torch.prims.convert_element_type %17, %int24 : !torch.vtensor<[4,32],f32>, !torch.int -> !torch.vtensor<[4,32],f8E4M3FN>
    %int-1 = torch.constant.int -1
    %int32_15 = torch.constant.int 32
    %19 = torch.prim.ListConstruct %int-1, %int32_15 : (!torch.int, !torch.int) -> !torch.list<int>
    %20 = torch.aten.view %18, %19 : !torch.vtensor<[4,32],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[4,32],f8E4M3FN>
    %int1_16 = torch.constant.int 1
    %int1_17 = torch.constant.int 1
    %21 = torch.prim.ListConstruct %int1_16, %int1_17 : (!torch.int, !torch.int) -> !torch.list<int>
    %22 = torch.aten.view %14, %21 : !torch.vtensor<[1,1],f32>, !torch.list<int> -> !torch.vtensor<[1,1],f32>
    %23 = torch.vtensor.literal(dense_resource<torch_tensor_16_torch.bfloat16> : tensor<16xbf16>) : !torch.vtensor<[16],bf16>
    %none_18 = torch.constant.none
    %int15_19 = torch.constant.int 15
    %true_20 = torch.constant.bool true
    %24 = torch.aten._scaled_mm %20, %2, %22, %5, %23, %none_18, %int15_19, %true_20 : !torch.vtensor<[4,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[1,1],f32>, !torch.vtensor<[1,1],f32>, !torch.vtensor<[16],bf16>, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[4,16],bf16>
    %int4_21 = torch.constant.int 4
    %int16 = torch.constant.int 16
    %25 = torch.prim.ListConstruct %int4_21, %int16 : (!torch.int, !torch.int) -> !torch.list<int>
    %26 = torch.aten.view %24, %25 : !torch.vtensor<[4,16],bf16>, !torch.list<int> -> !torch.vtensor<[4,16],bf16>
    %27 = torch.aten.relu %26 : !torch.vtensor<[4,16],bf16> -> !torch.vtensor<[4,16],bf16>
    %28 = torch.vtensor.literal(dense_resource<torch_tensor_16_16_torch.float8_e4m3fn> : tensor<16x16xf8E4M3FN>) : !torch.vtensor<[16,16],f8E4M3FN>
    %int1_22 = torch.constant.int 1
    %int0_23 = torch.constant.int 0
    %29 = torch.prim.ListConstruct %int1_22, %int0_23 : (!torch.int, !torch.int) -> !torch.list<int>
    %30 = torch.aten.permute %28, %29 : !torch.vtensor<[16,16],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[16,16],f8E4M3FN>
    %31 = torch.vtensor.literal(dense<1.562500e-02> : tensor<1x1xf32>) : !torch.vtensor<[1,1],f32>
    %int1_24 = torch.constant.int 1
    %int0_25 = torch.constant.int 0
    %32 = torch.prim.ListConstruct %int1_24, %int0_25 : (!torch.int, !torch.int) -> !torch.list<int>
    %33 = torch.aten.permute %31, %32 : !torch.vtensor<[1,1],f32>, !torch.list<int> -> !torch.vtensor<[1,1],f32>
    %int4_26 = torch.constant.int 4
    %int16_27 = torch.constant.int 16
    %34 = torch.prim.ListConstruct %int4_26, %int16_27 : (!torch.int, !torch.int) -> !torch.list<int>
    %35 = torch.aten.view %27, %34 : !torch.vtensor<[4,16],bf16>, !torch.list<int> -> !torch.vtensor<[4,16],bf16>
    %36 = torch.aten.abs %35 : !torch.vtensor<[4,16],bf16> -> !torch.vtensor<[4,16],bf16>
    %int0_28 = torch.constant.int 0
    %int1_29 = torch.constant.int 1
    %37 = torch.prim.ListConstruct %int0_28, %int1_29 : (!torch.int, !torch.int) -> !torch.list<int>
    %true_30 = torch.constant.bool true
    %38 = torch.aten.amax %36, %37, %true_30 : !torch.vtensor<[4,16],bf16>, !torch.list<int>, !torch.bool -> !torch.vtensor<[1,1],bf16>
    %float4.480000e02_31 = torch.constant.float 4.480000e+02
    %39 = torch.aten.div.Scalar %38, %float4.480000e02_31 : !torch.vtensor<[1,1],bf16>, !torch.float -> !torch.vtensor<[1,1],bf16>
    %int1_32 = torch.constant.int 1
    %int1_33 = torch.constant.int 1
    %40 = torch.prim.ListConstruct %int1_32, %int1_33 : (!torch.int, !torch.int) -> !torch.list<int>
    %41 = torch.aten.view %39, %40 : !torch.vtensor<[1,1],bf16>, !torch.list<int> -> !torch.vtensor<[1,1],bf16>
    %int6_34 = torch.constant.int 6
    %42 = torch.prims.convert_element_type %41, %int6_34 : !torch.vtensor<[1,1],bf16>, !torch.int -> !torch.vtensor<[1,1],f32>
    %none_35 = torch.constant.none
    %none_36 = torch.constant.none
    %int15_37 = torch.constant.int 15
    %cpu_38 = torch.constant.device "cpu"
    %int0_39 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %27, %none_35, %none_36, %int15_37, %cpu_38, %int0_39 : !torch.vtensor<[4,16],bf16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6_40 = torch.constant.int 6
    %43 = torch.prims.convert_element_type %27, %int6_40 : !torch.vtensor<[4,16],bf16>, !torch.int -> !torch.vtensor<[4,16],f32>
    %44 = torch.aten.div.Tensor %43, %42 : !torch.vtensor<[4,16],f32>, !torch.vtensor<[1,1],f32> -> !torch.vtensor<[4,16],f32>
    %float-4.480000e02_41 = torch.constant.float -4.480000e+02
    %float4.480000e02_42 = torch.constant.float 4.480000e+02
    %45 = torch.aten.clamp %44, %float-4.480000e02_41, %float4.480000e02_42 : !torch.vtensor<[4,16],f32>, !torch.float, !torch.float -> !torch.vtensor<[4,16],f32>
    %none_43 = torch.constant.none
    %none_44 = torch.constant.none
    %int6_45 = torch.constant.int 6
    %cpu_46 = torch.constant.device "cpu"
    %int0_47 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %45, %none_43, %none_44, %int6_45, %cpu_46, %int0_47 : !torch.vtensor<[4,16],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_48 = torch.constant.int 24
    %46 = torch.prims.convert_element_type %45, %int24_48 : !torch.vtensor<[4,16],f32>, !torch.int -> !torch.vtensor<[4,16],f8E4M3FN>
    %int-1_49 = torch.constant.int -1
    %int16_50 = torch.constant.int 16
    %47 = torch.prim.ListConstruct %int-1_49, %int16_50 : (!torch.int, !torch.int) -> !torch.list<int>
    %48 = torch.aten.view %46, %47 : !torch.vtensor<[4,16],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[4,16],f8E4M3FN>
    %int1_51 = torch.constant.int 1
    %int1_52 = torch.constant.int 1
    %49 = torch.prim.ListConstruct %int1_51, %int1_52 : (!torch.int, !torch.int) -> !torch.list<int>
    %50 = torch.aten.view %42, %49 : !torch.vtensor<[1,1],f32>, !torch.list<int> -> !torch.vtensor<[1,1],f32>
    %none_53 = torch.constant.none
    %none_54 = torch.constant.none
    %int15_55 = torch.constant.int 15
    %true_56 = torch.constant.bool true
    %51 = torch.aten._scaled_mm %48, %30, %50, %33, %none_53, %none_54, %int15_55, %true_56 : !torch.vtensor<[4,16],f8E4M3FN>, !torch.vtensor<[16,16],f8E4M3FN>, !torch.vtensor<[1,1],f32>, !torch.vtensor<[1,1],f32>, !torch.none, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[4,16],bf16>
    %int4_57 = torch.constant.int 4
    %int16_58 = torch.constant.int 16
    %52 = torch.prim.ListConstruct %int4_57, %int16_58 : (!torch.int, !torch.int) -> !torch.list<int>
    %53 = torch.aten.view %51, %52 : !torch.vtensor<[4,16],bf16>, !torch.list<int> -> !torch.vtensor<[4,16],bf16>
    return %53 : !torch.vtensor<[4,16],bf16>
  }
}

{-#
  dialect_resources: {
    builtin: {
      torch_tensor_16_32_torch.float8_e4m3fn: "0x010000007A7EFCFEFCE8E8F400F8FC707068FC6800747EFA74F0FCF4F4FCE87870707878FE7EF87EF8FA7400787400747E7A74E8007C74F87868FCFEFEFC687E00FEFE7C787EF8F074E8747E7C007E7EF0687074FE707EFAFC7A740070F8707C78FAFEFE787EF8FC747EE8F40000F874F07E707AF8FAF47E68F8E8F0687800707C747EF47A7E70FC7E6870FAFCFAFC7E74FE78E878E8FA0074F8F0FC70F4007AF0FE7AFEFA7E680074FEF868FEFCFCF0F4FCFC70787A6800787AF8F4F07A7A7C7A7A7A68687EFC7E7C7C0078FEFE78F474F87AFA707E787468F4FA7474FA70E87074F4FA7A7E7474FA00FCF87EFCF4E8FC7A7C68E8F8E87EF07468E8F87E7C7C707A7878FA7E7CFC7CE8FC70F870FA7AE8FC70F4FE68E8FAFAFC70FCF47CFCE80070FEE8F07E6800F8E8F86800F4707A6868F0E8F868F0747C707478FC7CF87E7C7474FC787E7C74FCFA7A7AF874747CE800FC7C7CF0E870F4FCF4787EF074F47CFC7A687E7E70FE7C787CE8E87EE8F47C7CF074F47C747000787AFA7C6800F8FAFE00FCF07EFA74F074FAFC00F000FCFA7AF074E8FA68747EF8E87A0078F87E707CF87AF07E7EF46868F070E87C687868FAFEFA7A7EF8FEFCFEF47CFE78FA7AF4FC7AFA7E7EF07EE87000F8FEF0F4F0707E747EF87AFA7C00687E7AF47E7CFC7EFAF874007E7A74E870F07EF800F0F4FC7A68F8F070F07EFEFAFC007068F0F07CF0F070",
      torch_tensor_16_torch.bfloat16: "0x02000000000040C040C000C0803F00C0404000C0803F404000C0803F803F00C00000803F",
      torch_tensor_16_16_torch.float8_e4m3fn: "0x01000000F07E787CF868FEF0F4FCFA7400747E687E7E70E8FEF4E87E7E6870FAF8006868707E74FC7A70FA7C7874F800007AE878FC7E6868FC6800F4F4FAFE70747E747AE87E7C707EFEF4687A74F07C747AE800F07EF07CF4707070F4747870F87CFC747E7E7AFAFCFEF4F47C747CFCFA7C7800E87EF8FC68FC68FA7C7870F878F0FA7A687EFEFE78F07EE8FC7878FA68FA7CF87A7EFAF078F0F070E87CE8FCFEE878F4007EE87A7068FAF8F4F87878F4687A78FC7E74707EFC00E8FAF8FCF07EFE7EF8E87E7AFE7C7C787C7CF070787C70F07E747EF468FC78FCF87A70F07474FCE87C7E7EFCF0F078FEFEFA7AFC7C787A7AF4747E787E7CFCFC7C7E7A00F8FA70687C"
    }
  }
#-}
