module {
  func.func @main(%arg0: !torch.vtensor<[4,32],bf16>) -> !torch.vtensor<[4,16],bf16> {
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
    %int4 = torch.constant.int 4
    %int32 = torch.constant.int 32
    %6 = torch.prim.ListConstruct %int4, %int32 : (!torch.int, !torch.int) -> !torch.list<int>
    %7 = torch.aten.view %arg0, %6 : !torch.vtensor<[4,32],bf16>, !torch.list<int> -> !torch.vtensor<[4,32],bf16>
    %8 = torch.aten.abs %7 : !torch.vtensor<[4,32],bf16> -> !torch.vtensor<[4,32],bf16>
    %int1_2 = torch.constant.int 1
    %9 = torch.prim.ListConstruct %int1_2 : (!torch.int) -> !torch.list<int>
    %true = torch.constant.bool true
    %10 = torch.aten.amax %8, %9, %true : !torch.vtensor<[4,32],bf16>, !torch.list<int>, !torch.bool -> !torch.vtensor<[4,1],bf16>
    %float4.480000e02 = torch.constant.float 4.480000e+02
    %11 = torch.aten.div.Scalar %10, %float4.480000e02 : !torch.vtensor<[4,1],bf16>, !torch.float -> !torch.vtensor<[4,1],bf16>
    %int4_3 = torch.constant.int 4
    %int1_4 = torch.constant.int 1
    %12 = torch.prim.ListConstruct %int4_3, %int1_4 : (!torch.int, !torch.int) -> !torch.list<int>
    %13 = torch.aten.view %11, %12 : !torch.vtensor<[4,1],bf16>, !torch.list<int> -> !torch.vtensor<[4,1],bf16>
    %int6 = torch.constant.int 6
    %14 = torch.prims.convert_element_type %13, %int6 : !torch.vtensor<[4,1],bf16>, !torch.int -> !torch.vtensor<[4,1],f32>
    %none = torch.constant.none
    %none_5 = torch.constant.none
    %int15 = torch.constant.int 15
    %cpu = torch.constant.device "cpu"
    %int0_6 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none, %none_5, %int15, %cpu, %int0_6 : !torch.vtensor<[4,32],bf16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6_7 = torch.constant.int 6
    %15 = torch.prims.convert_element_type %arg0, %int6_7 : !torch.vtensor<[4,32],bf16>, !torch.int -> !torch.vtensor<[4,32],f32>
    %16 = torch.aten.div.Tensor %15, %14 : !torch.vtensor<[4,32],f32>, !torch.vtensor<[4,1],f32> -> !torch.vtensor<[4,32],f32>
    %float-4.480000e02 = torch.constant.float -4.480000e+02
    %float4.480000e02_8 = torch.constant.float 4.480000e+02
    %17 = torch.aten.clamp %16, %float-4.480000e02, %float4.480000e02_8 : !torch.vtensor<[4,32],f32>, !torch.float, !torch.float -> !torch.vtensor<[4,32],f32>
    %none_9 = torch.constant.none
    %none_10 = torch.constant.none
    %int6_11 = torch.constant.int 6
    %cpu_12 = torch.constant.device "cpu"
    %int0_13 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %17, %none_9, %none_10, %int6_11, %cpu_12, %int0_13 : !torch.vtensor<[4,32],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24 = torch.constant.int 24
    %18 = torch.prims.convert_element_type %17, %int24 : !torch.vtensor<[4,32],f32>, !torch.int -> !torch.vtensor<[4,32],f8E4M3FN>
    %int-1 = torch.constant.int -1
    %int32_14 = torch.constant.int 32
    %19 = torch.prim.ListConstruct %int-1, %int32_14 : (!torch.int, !torch.int) -> !torch.list<int>
    %20 = torch.aten.view %18, %19 : !torch.vtensor<[4,32],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[4,32],f8E4M3FN>
    %int-1_15 = torch.constant.int -1
    %21 = torch.aten.unsqueeze %14, %int-1_15 : !torch.vtensor<[4,1],f32>, !torch.int -> !torch.vtensor<[4,1,1],f32>
    %int-1_16 = torch.constant.int -1
    %int1_17 = torch.constant.int 1
    %22 = torch.prim.ListConstruct %int-1_16, %int1_17 : (!torch.int, !torch.int) -> !torch.list<int>
    %23 = torch.aten.view %21, %22 : !torch.vtensor<[4,1,1],f32>, !torch.list<int> -> !torch.vtensor<[4,1],f32>
    %24 = torch.vtensor.literal(dense_resource<torch_tensor_16_torch.bfloat16> : tensor<16xbf16>) : !torch.vtensor<[16],bf16>
    %none_18 = torch.constant.none
    %int15_19 = torch.constant.int 15
    %true_20 = torch.constant.bool true
    %25 = torch.aten._scaled_mm %20, %2, %23, %5, %24, %none_18, %int15_19, %true_20 : !torch.vtensor<[4,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[4,1],f32>, !torch.vtensor<[1,16],f32>, !torch.vtensor<[16],bf16>, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[4,16],bf16>
    %int4_21 = torch.constant.int 4
    %int16 = torch.constant.int 16
    %26 = torch.prim.ListConstruct %int4_21, %int16 : (!torch.int, !torch.int) -> !torch.list<int>
    %27 = torch.aten.view %25, %26 : !torch.vtensor<[4,16],bf16>, !torch.list<int> -> !torch.vtensor<[4,16],bf16>
    %28 = torch.aten.relu %27 : !torch.vtensor<[4,16],bf16> -> !torch.vtensor<[4,16],bf16>
    %29 = torch.vtensor.literal(dense_resource<torch_tensor_16_16_torch.float8_e4m3fn> : tensor<16x16xf8E4M3FN>) : !torch.vtensor<[16,16],f8E4M3FN>
    %int1_22 = torch.constant.int 1
    %int0_23 = torch.constant.int 0
    %30 = torch.prim.ListConstruct %int1_22, %int0_23 : (!torch.int, !torch.int) -> !torch.list<int>
    %31 = torch.aten.permute %29, %30 : !torch.vtensor<[16,16],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[16,16],f8E4M3FN>
    %32 = torch.vtensor.literal(dense_resource<torch_tensor_16_1_torch.float32_1> : tensor<16x1xf32>) : !torch.vtensor<[16,1],f32>
    %int1_24 = torch.constant.int 1
    %int0_25 = torch.constant.int 0
    %33 = torch.prim.ListConstruct %int1_24, %int0_25 : (!torch.int, !torch.int) -> !torch.list<int>
    %34 = torch.aten.permute %32, %33 : !torch.vtensor<[16,1],f32>, !torch.list<int> -> !torch.vtensor<[1,16],f32>
    %int4_26 = torch.constant.int 4
    %int16_27 = torch.constant.int 16
    %35 = torch.prim.ListConstruct %int4_26, %int16_27 : (!torch.int, !torch.int) -> !torch.list<int>
    %36 = torch.aten.view %28, %35 : !torch.vtensor<[4,16],bf16>, !torch.list<int> -> !torch.vtensor<[4,16],bf16>
    %37 = torch.aten.abs %36 : !torch.vtensor<[4,16],bf16> -> !torch.vtensor<[4,16],bf16>
    %int1_28 = torch.constant.int 1
    %38 = torch.prim.ListConstruct %int1_28 : (!torch.int) -> !torch.list<int>
    %true_29 = torch.constant.bool true
    %39 = torch.aten.amax %37, %38, %true_29 : !torch.vtensor<[4,16],bf16>, !torch.list<int>, !torch.bool -> !torch.vtensor<[4,1],bf16>
    %float4.480000e02_30 = torch.constant.float 4.480000e+02
    %40 = torch.aten.div.Scalar %39, %float4.480000e02_30 : !torch.vtensor<[4,1],bf16>, !torch.float -> !torch.vtensor<[4,1],bf16>
    %int4_31 = torch.constant.int 4
    %int1_32 = torch.constant.int 1
    %41 = torch.prim.ListConstruct %int4_31, %int1_32 : (!torch.int, !torch.int) -> !torch.list<int>
    %42 = torch.aten.view %40, %41 : !torch.vtensor<[4,1],bf16>, !torch.list<int> -> !torch.vtensor<[4,1],bf16>
    %int6_33 = torch.constant.int 6
    %43 = torch.prims.convert_element_type %42, %int6_33 : !torch.vtensor<[4,1],bf16>, !torch.int -> !torch.vtensor<[4,1],f32>
    %none_34 = torch.constant.none
    %none_35 = torch.constant.none
    %int15_36 = torch.constant.int 15
    %cpu_37 = torch.constant.device "cpu"
    %int0_38 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %28, %none_34, %none_35, %int15_36, %cpu_37, %int0_38 : !torch.vtensor<[4,16],bf16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6_39 = torch.constant.int 6
    %44 = torch.prims.convert_element_type %28, %int6_39 : !torch.vtensor<[4,16],bf16>, !torch.int -> !torch.vtensor<[4,16],f32>
    %45 = torch.aten.div.Tensor %44, %43 : !torch.vtensor<[4,16],f32>, !torch.vtensor<[4,1],f32> -> !torch.vtensor<[4,16],f32>
    %float-4.480000e02_40 = torch.constant.float -4.480000e+02
    %float4.480000e02_41 = torch.constant.float 4.480000e+02
    %46 = torch.aten.clamp %45, %float-4.480000e02_40, %float4.480000e02_41 : !torch.vtensor<[4,16],f32>, !torch.float, !torch.float -> !torch.vtensor<[4,16],f32>
    %none_42 = torch.constant.none
    %none_43 = torch.constant.none
    %int6_44 = torch.constant.int 6
    %cpu_45 = torch.constant.device "cpu"
    %int0_46 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %46, %none_42, %none_43, %int6_44, %cpu_45, %int0_46 : !torch.vtensor<[4,16],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_47 = torch.constant.int 24
    %47 = torch.prims.convert_element_type %46, %int24_47 : !torch.vtensor<[4,16],f32>, !torch.int -> !torch.vtensor<[4,16],f8E4M3FN>
    %int-1_48 = torch.constant.int -1
    %int16_49 = torch.constant.int 16
    %48 = torch.prim.ListConstruct %int-1_48, %int16_49 : (!torch.int, !torch.int) -> !torch.list<int>
    %49 = torch.aten.view %47, %48 : !torch.vtensor<[4,16],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[4,16],f8E4M3FN>
    %int-1_50 = torch.constant.int -1
    %50 = torch.aten.unsqueeze %43, %int-1_50 : !torch.vtensor<[4,1],f32>, !torch.int -> !torch.vtensor<[4,1,1],f32>
    %int-1_51 = torch.constant.int -1
    %int1_52 = torch.constant.int 1
    %51 = torch.prim.ListConstruct %int-1_51, %int1_52 : (!torch.int, !torch.int) -> !torch.list<int>
    %52 = torch.aten.view %50, %51 : !torch.vtensor<[4,1,1],f32>, !torch.list<int> -> !torch.vtensor<[4,1],f32>
    %none_53 = torch.constant.none
    %none_54 = torch.constant.none
    %int15_55 = torch.constant.int 15
    %true_56 = torch.constant.bool true
    %53 = torch.aten._scaled_mm %49, %31, %52, %34, %none_53, %none_54, %int15_55, %true_56 : !torch.vtensor<[4,16],f8E4M3FN>, !torch.vtensor<[16,16],f8E4M3FN>, !torch.vtensor<[4,1],f32>, !torch.vtensor<[1,16],f32>, !torch.none, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[4,16],bf16>
    %int4_57 = torch.constant.int 4
    %int16_58 = torch.constant.int 16
    %54 = torch.prim.ListConstruct %int4_57, %int16_58 : (!torch.int, !torch.int) -> !torch.list<int>
    %55 = torch.aten.view %53, %54 : !torch.vtensor<[4,16],bf16>, !torch.list<int> -> !torch.vtensor<[4,16],bf16>
    return %55 : !torch.vtensor<[4,16],bf16>
  }
}

{-#
  dialect_resources: {
    builtin: {
      torch_tensor_16_32_torch.float8_e4m3fn: "0x010000007A7EFCFEFCE8E8F400F8FC707068FC6800747EFA74F0FCF4F4FCE87870707878FE7EF87EF8FA7400787400747E7A74E8007C74F87868FCFEFEFC687E00FEFE7C787EF8F074E8747E7C007E7EF0687074FE707EFAFC7A740070F8707C78FAFEFE787EF8FC747EE8F40000F874F07E707AF8FAF47E68F8E8F0687800707C747EF47A7E70FC7E6870FAFCFAFC7E74FE78E878E8FA0074F8F0FC70F4007AF0FE7AFEFA7E680074FEF868FEFCFCF0F4FCFC70787A6800787AF8F4F07A7A7C7A7A7A68687EFC7E7C7C0078FEFE78F474F87AFA707E787468F4FA7474FA70E87074F4FA7A7E7474FA00FCF87EFCF4E8FC7A7C68E8F8E87EF07468E8F87E7C7C707A7878FA7E7CFC7CE8FC70F870FA7AE8FC70F4FE68E8FAFAFC70FCF47CFCE80070FEE8F07E6800F8E8F86800F4707A6868F0E8F868F0747C707478FC7CF87E7C7474FC787E7C74FCFA7A7AF874747CE800FC7C7CF0E870F4FCF4787EF074F47CFC7A687E7E70FE7C787CE8E87EE8F47C7CF074F47C747000787AFA7C6800F8FAFE00FCF07EFA74F074FAFC00F000FCFA7AF074E8FA68747EF8E87A0078F87E707CF87AF07E7EF46868F070E87C687868FAFEFA7A7EF8FEFCFEF47CFE78FA7AF4FC7AFA7E7EF07EE87000F8FEF0F4F0707E747EF87AFA7C00687E7AF47E7CFC7EFAF874007E7A74E870F07EF800F0F4FC7A68F8F070F07EFEFAFC007068F0F07CF0F070",
      torch_tensor_16_1_torch.float32: "0x040000000000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C",
      torch_tensor_16_torch.bfloat16: "0x02000000000040C040C000C0803F00C0404000C0803F404000C0803F803F00C00000803F",
      torch_tensor_16_16_torch.float8_e4m3fn: "0x01000000F07E787CF868FEF0F4FCFA7400747E687E7E70E8FEF4E87E7E6870FAF8006868707E74FC7A70FA7C7874F800007AE878FC7E6868FC6800F4F4FAFE70747E747AE87E7C707EFEF4687A74F07C747AE800F07EF07CF4707070F4747870F87CFC747E7E7AFAFCFEF4F47C747CFCFA7C7800E87EF8FC68FC68FA7C7870F878F0FA7A687EFEFE78F07EE8FC7878FA68FA7CF87A7EFAF078F0F070E87CE8FCFEE878F4007EE87A7068FAF8F4F87878F4687A78FC7E74707EFC00E8FAF8FCF07EFE7EF8E87E7AFE7C7C787C7CF070787C70F07E747EF468FC78FCF87A70F07474FCE87C7E7EFCF0F078FEFEFA7AFC7C787A7AF4747E787E7CFCFC7C7E7A00F8FA70687C",
      torch_tensor_16_1_torch.float32_1: "0x040000000000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C0000803C"
    }
  }
#-}
