module {
  func.func @main(%arg0: !torch.vtensor<[2615],f32>, %arg1: !torch.vtensor<[2615],f16>, %arg2: !torch.vtensor<[2615],bf16>, %arg3: !torch.vtensor<[2615],f64>) -> (!torch.vtensor<[2615],f8E4M3FN>, !torch.vtensor<[2615],f8E5M2>, !torch.vtensor<[2615],f8E4M3FN>, !torch.vtensor<[2615],f8E5M2>, !torch.vtensor<[2615],f8E4M3FN>, !torch.vtensor<[2615],f8E5M2>, !torch.vtensor<[2615],f8E4M3FN>, !torch.vtensor<[2615],f8E5M2>) {
    %none = torch.constant.none
    %none_0 = torch.constant.none
    %int6 = torch.constant.int 6
    %cpu = torch.constant.device "cpu"
    %int0 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none, %none_0, %int6, %cpu, %int0 : !torch.vtensor<[2615],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24 = torch.constant.int 24
    %0 = torch.prims.convert_element_type %arg0, %int24 : !torch.vtensor<[2615],f32>, !torch.int -> !torch.vtensor<[2615],f8E4M3FN>
    %none_1 = torch.constant.none
    %none_2 = torch.constant.none
    %int6_3 = torch.constant.int 6
    %cpu_4 = torch.constant.device "cpu"
    %int0_5 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_1, %none_2, %int6_3, %cpu_4, %int0_5 : !torch.vtensor<[2615],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23 = torch.constant.int 23
    %1 = torch.prims.convert_element_type %arg0, %int23 : !torch.vtensor<[2615],f32>, !torch.int -> !torch.vtensor<[2615],f8E5M2>
    %none_6 = torch.constant.none
    %none_7 = torch.constant.none
    %int5 = torch.constant.int 5
    %cpu_8 = torch.constant.device "cpu"
    %int0_9 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_6, %none_7, %int5, %cpu_8, %int0_9 : !torch.vtensor<[2615],f16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_10 = torch.constant.int 24
    %2 = torch.prims.convert_element_type %arg1, %int24_10 : !torch.vtensor<[2615],f16>, !torch.int -> !torch.vtensor<[2615],f8E4M3FN>
    %none_11 = torch.constant.none
    %none_12 = torch.constant.none
    %int5_13 = torch.constant.int 5
    %cpu_14 = torch.constant.device "cpu"
    %int0_15 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_11, %none_12, %int5_13, %cpu_14, %int0_15 : !torch.vtensor<[2615],f16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23_16 = torch.constant.int 23
    %3 = torch.prims.convert_element_type %arg1, %int23_16 : !torch.vtensor<[2615],f16>, !torch.int -> !torch.vtensor<[2615],f8E5M2>
    %none_17 = torch.constant.none
    %none_18 = torch.constant.none
    %int15 = torch.constant.int 15
    %cpu_19 = torch.constant.device "cpu"
    %int0_20 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg2, %none_17, %none_18, %int15, %cpu_19, %int0_20 : !torch.vtensor<[2615],bf16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_21 = torch.constant.int 24
    %4 = torch.prims.convert_element_type %arg2, %int24_21 : !torch.vtensor<[2615],bf16>, !torch.int -> !torch.vtensor<[2615],f8E4M3FN>
    %none_22 = torch.constant.none
    %none_23 = torch.constant.none
    %int15_24 = torch.constant.int 15
    %cpu_25 = torch.constant.device "cpu"
    %int0_26 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg2, %none_22, %none_23, %int15_24, %cpu_25, %int0_26 : !torch.vtensor<[2615],bf16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23_27 = torch.constant.int 23
    %5 = torch.prims.convert_element_type %arg2, %int23_27 : !torch.vtensor<[2615],bf16>, !torch.int -> !torch.vtensor<[2615],f8E5M2>
    %none_28 = torch.constant.none
    %none_29 = torch.constant.none
    %int7 = torch.constant.int 7
    %cpu_30 = torch.constant.device "cpu"
    %int0_31 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg3, %none_28, %none_29, %int7, %cpu_30, %int0_31 : !torch.vtensor<[2615],f64>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_32 = torch.constant.int 24
    %6 = torch.prims.convert_element_type %arg3, %int24_32 : !torch.vtensor<[2615],f64>, !torch.int -> !torch.vtensor<[2615],f8E4M3FN>
    %none_33 = torch.constant.none
    %none_34 = torch.constant.none
    %int7_35 = torch.constant.int 7
    %cpu_36 = torch.constant.device "cpu"
    %int0_37 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg3, %none_33, %none_34, %int7_35, %cpu_36, %int0_37 : !torch.vtensor<[2615],f64>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23_38 = torch.constant.int 23
    %7 = torch.prims.convert_element_type %arg3, %int23_38 : !torch.vtensor<[2615],f64>, !torch.int -> !torch.vtensor<[2615],f8E5M2>
    return %0, %1, %2, %3, %4, %5, %6, %7 : !torch.vtensor<[2615],f8E4M3FN>, !torch.vtensor<[2615],f8E5M2>, !torch.vtensor<[2615],f8E4M3FN>, !torch.vtensor<[2615],f8E5M2>, !torch.vtensor<[2615],f8E4M3FN>, !torch.vtensor<[2615],f8E5M2>, !torch.vtensor<[2615],f8E4M3FN>, !torch.vtensor<[2615],f8E5M2>
  }
}
