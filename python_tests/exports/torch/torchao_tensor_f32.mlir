module {
  func.func @main(%arg0: !torch.vtensor<[2,3,32],f32>) -> !torch.vtensor<[2,3,16],f32> {
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
    %int2 = torch.constant.int 2
    %int3 = torch.constant.int 3
    %int32 = torch.constant.int 32
    %6 = torch.prim.ListConstruct %int2, %int3, %int32 : (!torch.int, !torch.int, !torch.int) -> !torch.list<int>
    %7 = torch.aten.view %arg0, %6 : !torch.vtensor<[2,3,32],f32>, !torch.list<int> -> !torch.vtensor<[2,3,32],f32>
    %8 = torch.aten.abs %7 : !torch.vtensor<[2,3,32],f32> -> !torch.vtensor<[2,3,32],f32>
    %int0_2 = torch.constant.int 0
    %int1_3 = torch.constant.int 1
    %int2_4 = torch.constant.int 2
    %9 = torch.prim.ListConstruct %int0_2, %int1_3, %int2_4 : (!torch.int, !torch.int, !torch.int) -> !torch.list<int>
    %true = torch.constant.bool true
    %10 = torch.aten.amax %8, %9, %true : !torch.vtensor<[2,3,32],f32>, !torch.list<int>, !torch.bool -> !torch.vtensor<[1,1,1],f32>
    %float4.480000e02 = torch.constant.float 4.480000e+02
    %11 = torch.aten.div.Scalar %10, %float4.480000e02 : !torch.vtensor<[1,1,1],f32>, !torch.float -> !torch.vtensor<[1,1,1],f32>
    %int1_5 = torch.constant.int 1
    %int1_6 = torch.constant.int 1
    %int1_7 = torch.constant.int 1
    %12 = torch.prim.ListConstruct %int1_5, %int1_6, %int1_7 : (!torch.int, !torch.int, !torch.int) -> !torch.list<int>
    %13 = torch.aten.view %11, %12 : !torch.vtensor<[1,1,1],f32>, !torch.list<int> -> !torch.vtensor<[1,1,1],f32>
    %none = torch.constant.none
    %none_8 = torch.constant.none
    %int6 = torch.constant.int 6
    %cpu = torch.constant.device "cpu"
    %int0_9 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none, %none_8, %int6, %cpu, %int0_9 : !torch.vtensor<[2,3,32],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %14 = torch.aten.div.Tensor %arg0, %13 : !torch.vtensor<[2,3,32],f32>, !torch.vtensor<[1,1,1],f32> -> !torch.vtensor<[2,3,32],f32>
    %float-4.480000e02 = torch.constant.float -4.480000e+02
    %float4.480000e02_10 = torch.constant.float 4.480000e+02
    %15 = torch.aten.clamp %14, %float-4.480000e02, %float4.480000e02_10 : !torch.vtensor<[2,3,32],f32>, !torch.float, !torch.float -> !torch.vtensor<[2,3,32],f32>
    %none_11 = torch.constant.none
    %none_12 = torch.constant.none
    %int6_13 = torch.constant.int 6
    %cpu_14 = torch.constant.device "cpu"
    %int0_15 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %15, %none_11, %none_12, %int6_13, %cpu_14, %int0_15 : !torch.vtensor<[2,3,32],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24 = torch.constant.int 24
    %16 = torch.prims.convert_element_type %15, %int24 : !torch.vtensor<[2,3,32],f32>, !torch.int -> !torch.vtensor<[2,3,32],f8E4M3FN>
    %int-1 = torch.constant.int -1
    %int32_16 = torch.constant.int 32
    %17 = torch.prim.ListConstruct %int-1, %int32_16 : (!torch.int, !torch.int) -> !torch.list<int>
    %18 = torch.aten.view %16, %17 : !torch.vtensor<[2,3,32],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[6,32],f8E4M3FN>
    %int1_17 = torch.constant.int 1
    %int1_18 = torch.constant.int 1
    %19 = torch.prim.ListConstruct %int1_17, %int1_18 : (!torch.int, !torch.int) -> !torch.list<int>
    %20 = torch.aten.view %13, %19 : !torch.vtensor<[1,1,1],f32>, !torch.list<int> -> !torch.vtensor<[1,1],f32>
    %none_19 = torch.constant.none
    %none_20 = torch.constant.none
    %int6_21 = torch.constant.int 6
    %true_22 = torch.constant.bool true
    %21 = torch.aten._scaled_mm %18, %2, %20, %5, %none_19, %none_20, %int6_21, %true_22 : !torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[1,1],f32>, !torch.vtensor<[1,1],f32>, !torch.none, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[6,16],f32>
    %22 = torch.vtensor.literal(dense_resource<torch_tensor_16_torch.float32> : tensor<16xf32>) : !torch.vtensor<[16],f32>
    %int1_23 = torch.constant.int 1
    %23 = torch.aten.add.Tensor %21, %22, %int1_23 : !torch.vtensor<[6,16],f32>, !torch.vtensor<[16],f32>, !torch.int -> !torch.vtensor<[6,16],f32>
    %int2_24 = torch.constant.int 2
    %int3_25 = torch.constant.int 3
    %int16 = torch.constant.int 16
    %24 = torch.prim.ListConstruct %int2_24, %int3_25, %int16 : (!torch.int, !torch.int, !torch.int) -> !torch.list<int>
    %25 = torch.aten.view %23, %24 : !torch.vtensor<[6,16],f32>, !torch.list<int> -> !torch.vtensor<[2,3,16],f32>
    %26 = torch.aten.relu %25 : !torch.vtensor<[2,3,16],f32> -> !torch.vtensor<[2,3,16],f32>
    %27 = torch.vtensor.literal(dense_resource<torch_tensor_16_16_torch.float8_e4m3fn> : tensor<16x16xf8E4M3FN>) : !torch.vtensor<[16,16],f8E4M3FN>
    %int1_26 = torch.constant.int 1
    %int0_27 = torch.constant.int 0
    %28 = torch.prim.ListConstruct %int1_26, %int0_27 : (!torch.int, !torch.int) -> !torch.list<int>
    %29 = torch.aten.permute %27, %28 : !torch.vtensor<[16,16],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[16,16],f8E4M3FN>
    %30 = torch.vtensor.literal(dense<1.562500e-02> : tensor<1x1xf32>) : !torch.vtensor<[1,1],f32>
    %int1_28 = torch.constant.int 1
    %int0_29 = torch.constant.int 0
    %31 = torch.prim.ListConstruct %int1_28, %int0_29 : (!torch.int, !torch.int) -> !torch.list<int>
    %32 = torch.aten.permute %30, %31 : !torch.vtensor<[1,1],f32>, !torch.list<int> -> !torch.vtensor<[1,1],f32>
    %int2_30 = torch.constant.int 2
    %int3_31 = torch.constant.int 3
    %int16_32 = torch.constant.int 16
    %33 = torch.prim.ListConstruct %int2_30, %int3_31, %int16_32 : (!torch.int, !torch.int, !torch.int) -> !torch.list<int>
    %34 = torch.aten.view %26, %33 : !torch.vtensor<[2,3,16],f32>, !torch.list<int> -> !torch.vtensor<[2,3,16],f32>
    %35 = torch.aten.abs %34 : !torch.vtensor<[2,3,16],f32> -> !torch.vtensor<[2,3,16],f32>
    %int0_33 = torch.constant.int 0
    %int1_34 = torch.constant.int 1
    %int2_35 = torch.constant.int 2
    %36 = torch.prim.ListConstruct %int0_33, %int1_34, %int2_35 : (!torch.int, !torch.int, !torch.int) -> !torch.list<int>
    %true_36 = torch.constant.bool true
    %37 = torch.aten.amax %35, %36, %true_36 : !torch.vtensor<[2,3,16],f32>, !torch.list<int>, !torch.bool -> !torch.vtensor<[1,1,1],f32>
    %float4.480000e02_37 = torch.constant.float 4.480000e+02
    %38 = torch.aten.div.Scalar %37, %float4.480000e02_37 : !torch.vtensor<[1,1,1],f32>, !torch.float -> !torch.vtensor<[1,1,1],f32>
    %int1_38 = torch.constant.int 1
    %int1_39 = torch.constant.int 1
    %int1_40 = torch.constant.int 1
    %39 = torch.prim.ListConstruct %int1_38, %int1_39, %int1_40 : (!torch.int, !torch.int, !torch.int) -> !torch.list<int>
    %40 = torch.aten.view %38, %39 : !torch.vtensor<[1,1,1],f32>, !torch.list<int> -> !torch.vtensor<[1,1,1],f32>
    %none_41 = torch.constant.none
    %none_42 = torch.constant.none
    %int6_43 = torch.constant.int 6
    %cpu_44 = torch.constant.device "cpu"
    %int0_45 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %26, %none_41, %none_42, %int6_43, %cpu_44, %int0_45 : !torch.vtensor<[2,3,16],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %41 = torch.aten.div.Tensor %26, %40 : !torch.vtensor<[2,3,16],f32>, !torch.vtensor<[1,1,1],f32> -> !torch.vtensor<[2,3,16],f32>
    %float-4.480000e02_46 = torch.constant.float -4.480000e+02
    %float4.480000e02_47 = torch.constant.float 4.480000e+02
    %42 = torch.aten.clamp %41, %float-4.480000e02_46, %float4.480000e02_47 : !torch.vtensor<[2,3,16],f32>, !torch.float, !torch.float -> !torch.vtensor<[2,3,16],f32>
    %none_48 = torch.constant.none
    %none_49 = torch.constant.none
    %int6_50 = torch.constant.int 6
    %cpu_51 = torch.constant.device "cpu"
    %int0_52 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %42, %none_48, %none_49, %int6_50, %cpu_51, %int0_52 : !torch.vtensor<[2,3,16],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_53 = torch.constant.int 24
    %43 = torch.prims.convert_element_type %42, %int24_53 : !torch.vtensor<[2,3,16],f32>, !torch.int -> !torch.vtensor<[2,3,16],f8E4M3FN>
    %int-1_54 = torch.constant.int -1
    %int16_55 = torch.constant.int 16
    %44 = torch.prim.ListConstruct %int-1_54, %int16_55 : (!torch.int, !torch.int) -> !torch.list<int>
    %45 = torch.aten.view %43, %44 : !torch.vtensor<[2,3,16],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[6,16],f8E4M3FN>
    %int1_56 = torch.constant.int 1
    %int1_57 = torch.constant.int 1
    %46 = torch.prim.ListConstruct %int1_56, %int1_57 : (!torch.int, !torch.int) -> !torch.list<int>
    %47 = torch.aten.view %40, %46 : !torch.vtensor<[1,1,1],f32>, !torch.list<int> -> !torch.vtensor<[1,1],f32>
    %none_58 = torch.constant.none
    %none_59 = torch.constant.none
    %int6_60 = torch.constant.int 6
    %true_61 = torch.constant.bool true
    %48 = torch.aten._scaled_mm %45, %29, %47, %32, %none_58, %none_59, %int6_60, %true_61 : !torch.vtensor<[6,16],f8E4M3FN>, !torch.vtensor<[16,16],f8E4M3FN>, !torch.vtensor<[1,1],f32>, !torch.vtensor<[1,1],f32>, !torch.none, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[6,16],f32>
    %int2_62 = torch.constant.int 2
    %int3_63 = torch.constant.int 3
    %int16_64 = torch.constant.int 16
    %49 = torch.prim.ListConstruct %int2_62, %int3_63, %int16_64 : (!torch.int, !torch.int, !torch.int) -> !torch.list<int>
    %50 = torch.aten.view %48, %49 : !torch.vtensor<[6,16],f32>, !torch.list<int> -> !torch.vtensor<[2,3,16],f32>
    return %50 : !torch.vtensor<[2,3,16],f32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      torch_tensor_16_32_torch.float8_e4m3fn: "0x010000007A7EFCFEFCE8E8F400F8FC707068FC6800747EFA74F0FCF4F4FCE87870707878FE7EF87EF8FA7400787400747E7A74E8007C74F87868FCFEFEFC687E00FEFE7C787EF8F074E8747E7C007E7EF0687074FE707EFAFC7A740070F8707C78FAFEFE787EF8FC747EE8F40000F874F07E707AF8FAF47E68F8E8F0687800707C747EF47A7E70FC7E6870FAFCFAFC7E74FE78E878E8FA0074F8F0FC70F4007AF0FE7AFEFA7E680074FEF868FEFCFCF0F4FCFC70787A6800787AF8F4F07A7A7C7A7A7A68687EFC7E7C7C0078FEFE78F474F87AFA707E787468F4FA7474FA70E87074F4FA7A7E7474FA00FCF87EFCF4E8FC7A7C68E8F8E87EF07468E8F87E7C7C707A7878FA7E7CFC7CE8FC70F870FA7AE8FC70F4FE68E8FAFAFC70FCF47CFCE80070FEE8F07E6800F8E8F86800F4707A6868F0E8F868F0747C707478FC7CF87E7C7474FC787E7C74FCFA7A7AF874747CE800FC7C7CF0E870F4FCF4787EF074F47CFC7A687E7E70FE7C787CE8E87EE8F47C7CF074F47C747000787AFA7C6800F8FAFE00FCF07EFA74F074FAFC00F000FCFA7AF074E8FA68747EF8E87A0078F87E707CF87AF07E7EF46868F070E87C687868FAFEFA7A7EF8FEFCFEF47CFE78FA7AF4FC7AFA7E7EF07EE87000F8FEF0F4F0707E747EF87AFA7C00687E7AF47E7CFC7EFAF874007E7A74E870F07EF800F0F4FC7A68F8F070F07EFEFAFC007068F0F07CF0F070",
      torch_tensor_16_torch.float32: "0x0400000000000000000040C0000040C0000000C00000803F000000C000004040000000C00000803F00004040000000C00000803F0000803F000000C0000000000000803F",
      torch_tensor_16_16_torch.float8_e4m3fn: "0x01000000F07E787CF868FEF0F4FCFA7400747E687E7E70E8FEF4E87E7E6870FAF8006868707E74FC7A70FA7C7874F800007AE878FC7E6868FC6800F4F4FAFE70747E747AE87E7C707EFEF4687A74F07C747AE800F07EF07CF4707070F4747870F87CFC747E7E7AFAFCFEF4F47C747CFCFA7C7800E87EF8FC68FC68FA7C7870F878F0FA7A687EFEFE78F07EE8FC7878FA68FA7CF87A7EFAF078F0F070E87CE8FCFEE878F4007EE87A7068FAF8F4F87878F4687A78FC7E74707EFC00E8FAF8FCF07EFE7EF8E87E7AFE7C7C787C7CF070787C70F07E747EF468FC78FCF87A70F07474FCE87C7E7EFCF0F078FEFEFA7AFC7C787A7AF4747E787E7CFCFC7C7E7A00F8FA70687C"
    }
  }
#-}
