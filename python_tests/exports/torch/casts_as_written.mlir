module {
  func.func @main(%arg0: !torch.vtensor<[2615],f32>, %arg1: !torch.vtensor<[2615],f16>) -> (!torch.vtensor<[2615],f8E4M3FN>, !torch.vtensor<[2615],f8E5M2>, !torch.vtensor<[2615],f8E4M3FN>, !torch.vtensor<[2615],f8E5M2>) {
    %none = torch.constant.none
    %none_0 = torch.constant.none
    %int6 = torch.constant.int 6
    %cpu = torch.constant.device "cpu"
    %int0 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none, %none_0, %int6, %cpu, %int0 : !torch.vtensor<[2615],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24 = torch.constant.int 24
    %none_1 = torch.constant.none
    %none_2 = torch.constant.none
    %none_3 = torch.constant.none
    %false = torch.constant.bool false
    %none_4 = torch.constant.none
    %0 = torch.aten._to_copy %arg0, %int24, %none_1, %none_2, %none_3, %false, %none_4 : !torch.vtensor<[2615],f32>, !torch.int, !torch.none, !torch.none, !torch.none, !torch.bool, !torch.none -> !torch.vtensor<[2615],f8E4M3FN>
    %none_5 = torch.constant.none
    %none_6 = torch.constant.none
    %int6_7 = torch.constant.int 6
    %cpu_8 = torch.constant.device "cpu"
    %int0_9 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_5, %none_6, %int6_7, %cpu_8, %int0_9 : !torch.vtensor<[2615],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23 = torch.constant.int 23
    %none_10 = torch.constant.none
    %none_11 = torch.constant.none
    %none_12 = torch.constant.none
    %false_13 = torch.constant.bool false
    %none_14 = torch.constant.none
    %1 = torch.aten._to_copy %arg0, %int23, %none_10, %none_11, %none_12, %false_13, %none_14 : !torch.vtensor<[2615],f32>, !torch.int, !torch.none, !torch.none, !torch.none, !torch.bool, !torch.none -> !torch.vtensor<[2615],f8E5M2>
    %none_15 = torch.constant.none
    %none_16 = torch.constant.none
    %int5 = torch.constant.int 5
    %cpu_17 = torch.constant.device "cpu"
    %int0_18 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_15, %none_16, %int5, %cpu_17, %int0_18 : !torch.vtensor<[2615],f16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24_19 = torch.constant.int 24
    %none_20 = torch.constant.none
    %none_21 = torch.constant.none
    %none_22 = torch.constant.none
    %false_23 = torch.constant.bool false
    %none_24 = torch.constant.none
    %2 = torch.aten._to_copy %arg1, %int24_19, %none_20, %none_21, %none_22, %false_23, %none_24 : !torch.vtensor<[2615],f16>, !torch.int, !torch.none, !torch.none, !torch.none, !torch.bool, !torch.none -> !torch.vtensor<[2615],f8E4M3FN>
    %none_25 = torch.constant.none
    %none_26 = torch.constant.none
    %int5_27 = torch.constant.int 5
    %cpu_28 = torch.constant.device "cpu"
    %int0_29 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg1, %none_25, %none_26, %int5_27, %cpu_28, %int0_29 : !torch.vtensor<[2615],f16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23_30 = torch.constant.int 23
    %none_31 = torch.constant.none
    %none_32 = torch.constant.none
    %none_33 = torch.constant.none
    %false_34 = torch.constant.bool false
    %none_35 = torch.constant.none
    %3 = torch.aten._to_copy %arg1, %int23_30, %none_31, %none_32, %none_33, %false_34, %none_35 : !torch.vtensor<[2615],f16>, !torch.int, !torch.none, !torch.none, !torch.none, !torch.bool, !torch.none -> !torch.vtensor<[2615],f8E5M2>
    return %0, %1, %2, %3 : !torch.vtensor<[2615],f8E4M3FN>, !torch.vtensor<[2615],f8E5M2>, !torch.vtensor<[2615],f8E4M3FN>, !torch.vtensor<[2615],f8E5M2>
  }
}
