module {
  func.func @main(%arg0: !torch.vtensor<[2],i1>, %arg1: !torch.vtensor<[256],si8>, %arg2: !torch.vtensor<[256],ui8>, %arg3: !torch.vtensor<[7],si16>, %arg4: !torch.vtensor<[7],si32>, %arg5: !torch.vtensor<[7],si64>, %arg6: !torch.vtensor<[4],si64>) -> (!torch.vtensor<[2],f8E4M3FN>, !torch.vtensor<[2],f8E5M2>, !torch.vtensor<[256],f8E4M3FN>, !torch.vtensor<[256],f8E5M2>, !torch.vtensor<[256],f8E4M3FN>, !torch.vtensor<[256],f8E5M2>, !torch.vtensor<[7],f8E4M3FN>, !torch.vtensor<[7],f8E5M2>, !torch.vtensor<[7],f8E4M3FN>, !torch.vtensor<[7],f8E5M2>, !torch.vtensor<[7],f8E4M3FN>, !torch.vtensor<[7],f8E5M2>, !torch.vtensor<[4],f8E4M3FN>, !torch.vtensor<[4],f8E5M2>) {
    %none = torch.constant.none
    %none_0 = torch.constant.none
    %int11 = torch.constant.int 11
    %cpu = torch.constant.device "cpu"
    %int0 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none, %none_0, %int11, %cpu, %int0 : !torch.vtensor<[2],i1>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24 = torch.constant.int 24
    %0 = torch.prims.convert_element_type %arg0, %int24 : !torch.vtensor<[2],i1>, !torch.int -> !torch.vtensor<[2],f8E4M3FN>
    %none_1 = torch.constant.none
    %none_2 = torch.constant.none
    %int11_3 = torch.constant.int 11
    %cpu_4 = torch.constant.device "cpu"
    %int0_5 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_1, %none_2, %int11_3, %cpu_4, %int0_5 : !torch.vtensor<[2],i1>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23 = torch.constant.int 23
    %1 = torch.prims.convert_element_type %arg0, %int23 : !torch.vtensor<[2],i1>, !torch.int -> !torch.vtensor<[2],f8E5M2>
    %none_6 = torch.constant.none
    %none_7 = torch.constant.none
    %int1 = torch.constant.int 1
    %cpu_8 = torch.constant.device "cpu"
    %int0_9 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_6, %none_7, %int1, %cpu_8, %int0_9 : !torch.vtensor<[256],si8>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_10 = torch.constant.int 24
    %2 = torch.prims.convert_element_type %arg1, %int24_10 : !torch.vtensor<[256],si8>, !torch.int -> !torch.vtensor<[256],f8E4M3FN>
    %none_11 = torch.constant.none
    %none_12 = torch.constant.none
    %int1_13 = torch.constant.int 1
    %cpu_14 = torch.constant.device "cpu"
    %int0_15 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_11, %none_12, %int1_13, %cpu_14, %int0_15 : !torch.vtensor<[256],si8>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23_16 = torch.constant.int 23
    %3 = torch.prims.convert_element_type %arg1, %int23_16 : !torch.vtensor<[256],si8>, !torch.int -> !torch.vtensor<[256],f8E5M2>
    %none_17 = torch.constant.none
    %none_18 = torch.constant.none
    %int0_19 = torch.constant.int 0
    %cpu_20 = torch.constant.device "cpu"
    %int0_21 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg2, %none_17, %none_18, %int0_19, %cpu_20, %int0_21 : !torch.vtensor<[256],ui8>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_22 = torch.constant.int 24
    %4 = torch.prims.convert_element_type %arg2, %int24_22 : !torch.vtensor<[256],ui8>, !torch.int -> !torch.vtensor<[256],f8E4M3FN>
    %none_23 = torch.constant.none
    %none_24 = torch.constant.none
    %int0_25 = torch.constant.int 0
    %cpu_26 = torch.constant.device "cpu"
    %int0_27 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg2, %none_23, %none_24, %int0_25, %cpu_26, %int0_27 : !torch.vtensor<[256],ui8>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23_28 = torch.constant.int 23
    %5 = torch.prims.convert_element_type %arg2, %int23_28 : !torch.vtensor<[256],ui8>, !torch.int -> !torch.vtensor<[256],f8E5M2>
    %none_29 = torch.constant.none
    %none_30 = torch.constant.none
    %int2 = torch.constant.int 2
    %cpu_31 = torch.constant.device "cpu"
    %int0_32 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg3, %none_29, %none_30, %int2, %cpu_31, %int0_32 : !torch.vtensor<[7],si16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_33 = torch.constant.int 24
    %6 = torch.prims.convert_element_type %arg3, %int24_33 : !torch.vtensor<[7],si16>, !torch.int -> !torch.vtensor<[7],f8E4M3FN>
    %none_34 = torch.constant.none
    %none_35 = torch.constant.none
    %int2_36 = torch.constant.int 2
    %cpu_37 = torch.constant.device "cpu"
    %int0_38 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg3, %none_34, %none_35, %int2_36, %cpu_37, %int0_38 : !torch.vtensor<[7],si16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23_39 = torch.constant.int 23
    %7 = torch.prims.convert_element_type %arg3, %int23_39 : !torch.vtensor<[7],si16>, !torch.int -> !torch.vtensor<[7],f8E5M2>
    %none_40 = torch.constant.none
    %none_41 = torch.constant.none
    %int3 = torch.constant.int 3
    %cpu_42 = torch.constant.device "cpu"
    %int0_43 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg4, %none_40, %none_41, %int3, %cpu_42, %int0_43 : !torch.vtensor<[7],si32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_44 = torch.constant.int 24
    %8 = torch.prims.convert_element_type %arg4, %int24_44 : !torch.vtensor<[7],si32>, !torch.int -> !torch.vtensor<[7],f8E4M3FN>
    %none_45 = torch.constant.none
    %none_46 = torch.constant.none
    %int3_47 = torch.constant.int 3
    %cpu_48 = torch.constant.device "cpu"
    %int0_49 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg4, %none_45, %none_46, %int3_47, %cpu_48, %int0_49 : !torch.vtensor<[7],si32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23_50 = torch.constant.int 23
    %9 = torch.prims.convert_element_type %arg4, %int23_50 : !torch.vtensor<[7],si32>, !torch.int -> !torch.vtensor<[7],f8E5M2>
    %none_51 = torch.constant.none
    %none_52 = torch.constant.none
    %int4 = torch.constant.int 4
    %cpu_53 = torch.constant.device "cpu"
    %int0_54 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg5, %none_51, %none_52, %int4, %cpu_53, %int0_54 : !torch.vtensor<[7],si64>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_55 = torch.constant.int 24
    %10 = torch.prims.convert_element_type %arg5, %int24_55 : !torch.vtensor<[7],si64>, !torch.int -> !torch.vtensor<[7],f8E4M3FN>
    %none_56 = torch.constant.none
    %none_57 = torch.constant.none
    %int4_58 = torch.constant.int 4
    %cpu_59 = torch.constant.device "cpu"
    %int0_60 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg5, %none_56, %none_57, %int4_58, %cpu_59, %int0_60 : !torch.vtensor<[7],si64>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23_61 = torch.constant.int 23
    %11 = torch.prims.convert_element_type %arg5, %int23_61 : !torch.vtensor<[7],si64>, !torch.int -> !torch.vtensor<[7],f8E5M2>
    %none_62 = torch.constant.none
    %none_63 = torch.constant.none
    %int4_64 = torch.constant.int 4
    %cpu_65 = torch.constant.device "cpu"
    %int0_66 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg6, %none_62, %none_63, %int4_64, %cpu_65, %int0_66 : !torch.vtensor<[4],si64>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_67 = torch.constant.int 24
    %12 = torch.prims.convert_element_type %arg6, %int24_67 : !torch.vtensor<[4],si64>, !torch.int -> !torch.vtensor<[4],f8E4M3FN>
    %none_68 = torch.constant.none
    %none_69 = torch.constant.none
    %int4_70 = torch.constant.int 4
    %cpu_71 = torch.constant.device "cpu"
    %int0_72 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg6, %none_68, %none_69, %int4_70, %cpu_71, %int0_72 : !torch.vtensor<[4],si64>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23_73 = torch.constant.int 23
    %13 = torch.prims.convert_element_type %arg6, %int23_73 : !torch.vtensor<[4],si64>, !torch.int -> !torch.vtensor<[4],f8E5M2>
    return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13 : !torch.vtensor<[2],f8E4M3FN>, !torch.vtensor<[2],f8E5M2>, !torch.vtensor<[256],f8E4M3FN>, !torch.vtensor<[256],f8E5M2>, !torch.vtensor<[256],f8E4M3FN>, !torch.vtensor<[256],f8E5M2>, !torch.vtensor<[7],f8E4M3FN>, !torch.vtensor<[7],f8E5M2>, !torch.vtensor<[7],f8E4M3FN>, !torch.vtensor<[7],f8E5M2>, !torch.vtensor<[7],f8E4M3FN>, !torch.vtensor<[7],f8E5M2>, !torch.vtensor<[4],f8E4M3FN>, !torch.vtensor<[4],f8E5M2>
  }
}
