module {
  func.func @main(%arg0: !torch.vtensor<[254],f8E4M3FN>, %arg1: !torch.vtensor<[248],f8E5M2>) -> (!torch.vtensor<[254],si8>, !torch.vtensor<[254],ui8>, !torch.vtensor<[254],si16>, !torch.vtensor<[254],si32>, !torch.vtensor<[254],si64>, !torch.vtensor<[248],si8>, !torch.vtensor<[248],ui8>, !torch.vtensor<[248],si16>, !torch.vtensor<[248],si32>, !torch.vtensor<[248],si64>) {
    %none = torch.constant.none
    %none_0 = torch.constant.none
    %int24 = torch.constant.int 24
    %cpu = torch.constant.device "cpu"
    %int0 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none, %none_0, %int24, %cpu, %int0 : !torch.vtensor<[254],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int1 = torch.constant.int 1
    %0 = torch.prims.convert_element_type %arg0, %int1 : !torch.vtensor<[254],f8E4M3FN>, !torch.int -> !torch.vtensor<[254],si8>
    %none_1 = torch.constant.none
    %none_2 = torch.constant.none
    %int24_3 = torch.constant.int 24
    %cpu_4 = torch.constant.device "cpu"
    %int0_5 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_1, %none_2, %int24_3, %cpu_4, %int0_5 : !torch.vtensor<[254],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int0_6 = torch.constant.int 0
    %1 = torch.prims.convert_element_type %arg0, %int0_6 : !torch.vtensor<[254],f8E4M3FN>, !torch.int -> !torch.vtensor<[254],ui8>
    %none_7 = torch.constant.none
    %none_8 = torch.constant.none
    %int24_9 = torch.constant.int 24
    %cpu_10 = torch.constant.device "cpu"
    %int0_11 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_7, %none_8, %int24_9, %cpu_10, %int0_11 : !torch.vtensor<[254],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int2 = torch.constant.int 2
    %2 = torch.prims.convert_element_type %arg0, %int2 : !torch.vtensor<[254],f8E4M3FN>, !torch.int -> !torch.vtensor<[254],si16>
    %none_12 = torch.constant.none
    %none_13 = torch.constant.none
    %int24_14 = torch.constant.int 24
    %cpu_15 = torch.constant.device "cpu"
    %int0_16 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_12, %none_13, %int24_14, %cpu_15, %int0_16 : !torch.vtensor<[254],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int3 = torch.constant.int 3
    %3 = torch.prims.convert_element_type %arg0, %int3 : !torch.vtensor<[254],f8E4M3FN>, !torch.int -> !torch.vtensor<[254],si32>
    %none_17 = torch.constant.none
    %none_18 = torch.constant.none
    %int24_19 = torch.constant.int 24
    %cpu_20 = torch.constant.device "cpu"
    %int0_21 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_17, %none_18, %int24_19, %cpu_20, %int0_21 : !torch.vtensor<[254],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int4 = torch.constant.int 4
    %4 = torch.prims.convert_element_type %arg0, %int4 : !torch.vtensor<[254],f8E4M3FN>, !torch.int -> !torch.vtensor<[254],si64>
    %none_22 = torch.constant.none
    %none_23 = torch.constant.none
    %int23 = torch.constant.int 23
    %cpu_24 = torch.constant.device "cpu"
    %int0_25 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_22, %none_23, %int23, %cpu_24, %int0_25 : !torch.vtensor<[248],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int1_26 = torch.constant.int 1
    %5 = torch.prims.convert_element_type %arg1, %int1_26 : !torch.vtensor<[248],f8E5M2>, !torch.int -> !torch.vtensor<[248],si8>
    %none_27 = torch.constant.none
    %none_28 = torch.constant.none
    %int23_29 = torch.constant.int 23
    %cpu_30 = torch.constant.device "cpu"
    %int0_31 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_27, %none_28, %int23_29, %cpu_30, %int0_31 : !torch.vtensor<[248],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int0_32 = torch.constant.int 0
    %6 = torch.prims.convert_element_type %arg1, %int0_32 : !torch.vtensor<[248],f8E5M2>, !torch.int -> !torch.vtensor<[248],ui8>
    %none_33 = torch.constant.none
    %none_34 = torch.constant.none
    %int23_35 = torch.constant.int 23
    %cpu_36 = torch.constant.device "cpu"
    %int0_37 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_33, %none_34, %int23_35, %cpu_36, %int0_37 : !torch.vtensor<[248],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int2_38 = torch.constant.int 2
    %7 = torch.prims.convert_element_type %arg1, %int2_38 : !torch.vtensor<[248],f8E5M2>, !torch.int -> !torch.vtensor<[248],si16>
    %none_39 = torch.constant.none
    %none_40 = torch.constant.none
    %int23_41 = torch.constant.int 23
    %cpu_42 = torch.constant.device "cpu"
    %int0_43 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_39, %none_40, %int23_41, %cpu_42, %int0_43 : !torch.vtensor<[248],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int3_44 = torch.constant.int 3
    %8 = torch.prims.convert_element_type %arg1, %int3_44 : !torch.vtensor<[248],f8E5M2>, !torch.int -> !torch.vtensor<[248],si32>
    %none_45 = torch.constant.none
    %none_46 = torch.constant.none
    %int23_47 = torch.constant.int 23
    %cpu_48 = torch.constant.device "cpu"
    %int0_49 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_45, %none_46, %int23_47, %cpu_48, %int0_49 : !torch.vtensor<[248],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int4_50 = torch.constant.int 4
    %9 = torch.prims.convert_element_type %arg1, %int4_50 : !torch.vtensor<[248],f8E5M2>, !torch.int -> !torch.vtensor<[248],si64>
    return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9 : !torch.vtensor<[254],si8>, !torch.vtensor<[254],ui8>, !torch.vtensor<[254],si16>, !torch.vtensor<[254],si32>, !torch.vtensor<[254],si64>, !torch.vtensor<[248],si8>, !torch.vtensor<[248],ui8>, !torch.vtensor<[248],si16>, !torch.vtensor<[248],si32>, !torch.vtensor<[248],si64>
  }
}
