module {
  func.func @main(%arg0: !torch.vtensor<[256],f8E4M3FN>, %arg1: !torch.vtensor<[256],f8E5M2>) -> (!torch.vtensor<[256],f16>, !torch.vtensor<[256],bf16>, !torch.vtensor<[256],f32>, !torch.vtensor<[256],f64>, !torch.vtensor<[256],i1>, !torch.vtensor<[256],f8E4M3FN>, !torch.vtensor<[256],f8E5M2>, !torch.vtensor<[256],f16>, !torch.vtensor<[256],bf16>, !torch.vtensor<[256],f32>, !torch.vtensor<[256],f64>, !torch.vtensor<[256],i1>, !torch.vtensor<[256],f8E4M3FN>, !torch.vtensor<[256],f8E5M2>) {
    %none = torch.constant.none
    %none_0 = torch.constant.none
    %int24 = torch.constant.int 24
    %cpu = torch.constant.device "cpu"
    %int0 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none, %none_0, %int24, %cpu, %int0 : !torch.vtensor<[256],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int5 = torch.constant.int 5
    %0 = torch.prims.convert_element_type %arg0, %int5 : !torch.vtensor<[256],f8E4M3FN>, !torch.int -> !torch.vtensor<[256],f16>
    %none_1 = torch.constant.none
    %none_2 = torch.constant.none
    %int24_3 = torch.constant.int 24
    %cpu_4 = torch.constant.device "cpu"
    %int0_5 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_1, %none_2, %int24_3, %cpu_4, %int0_5 : !torch.vtensor<[256],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int15 = torch.constant.int 15
    %1 = torch.prims.convert_element_type %arg0, %int15 : !torch.vtensor<[256],f8E4M3FN>, !torch.int -> !torch.vtensor<[256],bf16>
    %none_6 = torch.constant.none
    %none_7 = torch.constant.none
    %int24_8 = torch.constant.int 24
    %cpu_9 = torch.constant.device "cpu"
    %int0_10 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_6, %none_7, %int24_8, %cpu_9, %int0_10 : !torch.vtensor<[256],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6 = torch.constant.int 6
    %2 = torch.prims.convert_element_type %arg0, %int6 : !torch.vtensor<[256],f8E4M3FN>, !torch.int -> !torch.vtensor<[256],f32>
    %none_11 = torch.constant.none
    %none_12 = torch.constant.none
    %int24_13 = torch.constant.int 24
    %cpu_14 = torch.constant.device "cpu"
    %int0_15 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_11, %none_12, %int24_13, %cpu_14, %int0_15 : !torch.vtensor<[256],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int7 = torch.constant.int 7
    %3 = torch.prims.convert_element_type %arg0, %int7 : !torch.vtensor<[256],f8E4M3FN>, !torch.int -> !torch.vtensor<[256],f64>
    %none_16 = torch.constant.none
    %none_17 = torch.constant.none
    %int24_18 = torch.constant.int 24
    %cpu_19 = torch.constant.device "cpu"
    %int0_20 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_16, %none_17, %int24_18, %cpu_19, %int0_20 : !torch.vtensor<[256],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int11 = torch.constant.int 11
    %4 = torch.prims.convert_element_type %arg0, %int11 : !torch.vtensor<[256],f8E4M3FN>, !torch.int -> !torch.vtensor<[256],i1>
    %none_21 = torch.constant.none
    %none_22 = torch.constant.none
    %int24_23 = torch.constant.int 24
    %cpu_24 = torch.constant.device "cpu"
    %int0_25 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_21, %none_22, %int24_23, %cpu_24, %int0_25 : !torch.vtensor<[256],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %none_26 = torch.constant.none
    %none_27 = torch.constant.none
    %int24_28 = torch.constant.int 24
    %cpu_29 = torch.constant.device "cpu"
    %int0_30 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_26, %none_27, %int24_28, %cpu_29, %int0_30 : !torch.vtensor<[256],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23 = torch.constant.int 23
    %5 = torch.prims.convert_element_type %arg0, %int23 : !torch.vtensor<[256],f8E4M3FN>, !torch.int -> !torch.vtensor<[256],f8E5M2>
    %none_31 = torch.constant.none
    %none_32 = torch.constant.none
    %int23_33 = torch.constant.int 23
    %cpu_34 = torch.constant.device "cpu"
    %int0_35 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_31, %none_32, %int23_33, %cpu_34, %int0_35 : !torch.vtensor<[256],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int5_36 = torch.constant.int 5
    %6 = torch.prims.convert_element_type %arg1, %int5_36 : !torch.vtensor<[256],f8E5M2>, !torch.int -> !torch.vtensor<[256],f16>
    %none_37 = torch.constant.none
    %none_38 = torch.constant.none
    %int23_39 = torch.constant.int 23
    %cpu_40 = torch.constant.device "cpu"
    %int0_41 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_37, %none_38, %int23_39, %cpu_40, %int0_41 : !torch.vtensor<[256],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int15_42 = torch.constant.int 15
    %7 = torch.prims.convert_element_type %arg1, %int15_42 : !torch.vtensor<[256],f8E5M2>, !torch.int -> !torch.vtensor<[256],bf16>
    %none_43 = torch.constant.none
    %none_44 = torch.constant.none
    %int23_45 = torch.constant.int 23
    %cpu_46 = torch.constant.device "cpu"
    %int0_47 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_43, %none_44, %int23_45, %cpu_46, %int0_47 : !torch.vtensor<[256],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6_48 = torch.constant.int 6
    %8 = torch.prims.convert_element_type %arg1, %int6_48 : !torch.vtensor<[256],f8E5M2>, !torch.int -> !torch.vtensor<[256],f32>
    %none_49 = torch.constant.none
    %none_50 = torch.constant.none
    %int23_51 = torch.constant.int 23
    %cpu_52 = torch.constant.device "cpu"
    %int0_53 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_49, %none_50, %int23_51, %cpu_52, %int0_53 : !torch.vtensor<[256],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int7_54 = torch.constant.int 7
    %9 = torch.prims.convert_element_type %arg1, %int7_54 : !torch.vtensor<[256],f8E5M2>, !torch.int -> !torch.vtensor<[256],f64>
    %none_55 = torch.constant.none
    %none_56 = torch.constant.none
    %int23_57 = torch.constant.int 23
    %cpu_58 = torch.constant.device "cpu"
    %int0_59 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_55, %none_56, %int23_57, %cpu_58, %int0_59 : !torch.vtensor<[256],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int11_60 = torch.constant.int 11
    %10 = torch.prims.convert_element_type %arg1, %int11_60 : !torch.vtensor<[256],f8E5M2>, !torch.int -> !torch.vtensor<[256],i1>
    %none_61 = torch.constant.none
    %none_62 = torch.constant.none
    %int23_63 = torch.constant.int 23
    %cpu_64 = torch.constant.device "cpu"
    %int0_65 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_61, %none_62, %int23_63, %cpu_64, %int0_65 : !torch.vtensor<[256],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_66 = torch.constant.int 24
    %11 = torch.prims.convert_element_type %arg1, %int24_66 : !torch.vtensor<[256],f8E5M2>, !torch.int -> !torch.vtensor<[256],f8E4M3FN>
    %none_67 = torch.constant.none
    %none_68 = torch.constant.none
    %int23_69 = torch.constant.int 23
    %cpu_70 = torch.constant.device "cpu"
    %int0_71 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_67, %none_68, %int23_69, %cpu_70, %int0_71 : !torch.vtensor<[256],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    return %0, %1, %2, %3, %4, %arg0, %5, %6, %7, %8, %9, %10, %11, %arg1 : !torch.vtensor<[256],f16>, !torch.vtensor<[256],bf16>, !torch.vtensor<[256],f32>, !torch.vtensor<[256],f64>, !torch.vtensor<[256],i1>, !torch.vtensor<[256],f8E4M3FN>, !torch.vtensor<[256],f8E5M2>, !torch.vtensor<[256],f16>, !torch.vtensor<[256],bf16>, !torch.vtensor<[256],f32>, !torch.vtensor<[256],f64>, !torch.vtensor<[256],i1>, !torch.vtensor<[256],f8E4M3FN>, !torch.vtensor<[256],f8E5M2>
  }
}
