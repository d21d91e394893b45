module {
  func.func @main(%arg0: !torch.vtensor<[1,3,8,8],f32>) -> !torch.vtensor<[1,4,2,2],f8E5M2> {
    %float5.000000e-01 = torch.constant.float 5.000000e-01
    %0 = torch.aten.div.Scalar %arg0, %float5.000000e-01 : !torch.vtensor<[1,3,8,8],f32>, !torch.float -> !torch.vtensor<[1,3,8,8],f32>
    %none = torch.constant.none
    %none_0 = torch.constant.none
    %int6 = torch.constant.int 6
    %cpu = torch.constant.device "cpu"
    %int0 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %0, %none, %none_0, %int6, %cpu, %int0 : !torch.vtensor<[1,3,8,8],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23 = torch.constant.int 23
    %1 = torch.prims.convert_element_type %0, %int23 : !torch.vtensor<[1,3,8,8],f32>, !torch.int -> !torch.vtensor<[1,3,8,8],f8E5M2>
    %none_1 = torch.constant.none
    %none_2 = torch.constant.none
    %int23_3 = torch.constant.int 23
    %cpu_4 = torch.constant.device "cpu"
    %int0_5 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %1, %none_1, %none_2, %int23_3, %cpu_4, %int0_5 : !torch.vtensor<[1,3,8,8],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6_6 = torch.constant.int 6
    %2 = torch.prims.convert_element_type %1, %int6_6 : !torch.vtensor<[1,3,8,8],f8E5M2>, !torch.int -> !torch.vtensor<[1,3,8,8],f32>
    %float5.000000e-01_7 = torch.constant.float 5.000000e-01
    %3 = torch.aten.mul.Scalar %2, %float5.000000e-01_7 : !torch.vtensor<[1,3,8,8],f32>, !torch.float -> !torch.vtensor<[1,3,8,8],f32>
    %4 = torch.vtensor.literal(dense_resource<torch_tensor_4_3_3_3_torch.float8_e5m2> : tensor<4x3x3x3xf8E5M2>) : !torch.vtensor<[4,3,3,3],f8E5M2>
    %none_8 = torch.constant.none
    %none_9 = torch.constant.none
    %int23_10 = torch.constant.int 23
    %cpu_11 = torch.constant.device "cpu"
    %int0_12 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %4, %none_8, %none_9, %int23_10, %cpu_11, %int0_12 : !torch.vtensor<[4,3,3,3],f8E5M2>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %5 = torch.vtensor.literal(dense_resource<torch_tensor_4_3_3_3_torch.float8_e5m2> : tensor<4x3x3x3xf8E5M2>) : !torch.vtensor<[4,3,3,3],f8E5M2>
    %int6_13 = torch.constant.int 6
    %6 = torch.prims.convert_element_type %5, %int6_13 : !torch.vtensor<[4,3,3,3],f8E5M2>, !torch.int -> !torch.vtensor<[4,3,3,3],f32>
    %float1.250000e-01 = torch.constant.float 1.250000e-01
    %7 = torch.aten.mul.Scalar %6, %float1.250000e-01 : !torch.vtensor<[4,3,3,3],f32>, !torch.float -> !torch.vtensor<[4,3,3,3],f32>
    %none_14 = torch.constant.none
    %int2 = torch.constant.int 2
    %int2_15 = torch.constant.int 2
    %8 = torch.prim.ListConstruct %int2, %int2_15 : (!torch.int, !torch.int) -> !torch.list<int>
    %int1 = torch.constant.int 1
    %int1_16 = torch.constant.int 1
    %9 = torch.prim.ListConstruct %int1, %int1_16 : (!torch.int, !torch.int) -> !torch.list<int>
    %int1_17 = torch.constant.int 1
    %int1_18 = torch.constant.int 1
    %10 = torch.prim.ListConstruct %int1_17, %int1_18 : (!torch.int, !torch.int) -> !torch.list<int>
    %false = torch.constant.bool false
    %int0_19 = torch.constant.int 0
    %int0_20 = torch.constant.int 0
    %11 = torch.prim.ListConstruct %int0_19, %int0_20 : (!torch.int, !torch.int) -> !torch.list<int>
    %int1_21 = torch.constant.int 1
    %12 = torch.aten.convolution %3, %7, %none_14, %8, %9, %10, %false, %11, %int1_21 : !torch.vtensor<[1,3,8,8],f32>, !torch.vtensor<[4,3,3,3],f32>, !torch.none, !torch.list<int>, !torch.list<int>, !torch.list<int>, !torch.bool, !torch.list<int>, !torch.int -> !torch.vtensor<[1,4,4,4],f32>
    %13 = torch.aten.relu %12 : !torch.vtensor<[1,4,4,4],f32> -> !torch.vtensor<[1,4,4,4],f32>
    %int2_22 = torch.constant.int 2
    %int2_23 = torch.constant.int 2
    %14 = torch.prim.ListConstruct %int2_22, %int2_23 : (!torch.int, !torch.int) -> !torch.list<int>
    %15 = torch.prim.ListConstruct  : () -> !torch.list<int>
    %int0_24 = torch.constant.int 0
    %int0_25 = torch.constant.int 0
    %16 = torch.prim.ListConstruct %int0_24, %int0_25 : (!torch.int, !torch.int) -> !torch.list<int>
    %int1_26 = torch.constant.int 1
    %int1_27 = torch.constant.int 1
    %17 = torch.prim.ListConstruct %int1_26, %int1_27 : (!torch.int, !torch.int) -> !torch.list<int>
    %false_28 = torch.constant.bool false
    %result0, %result1 = torch.aten.max_pool2d_with_indices %13, %14, %15, %16, %17, %false_28 : !torch.vtensor<[1,4,4,4],f32>, !torch.list<int>, !torch.list<int>, !torch.list<int>, !torch.list<int>, !torch.bool -> !torch.vtensor<[1,4,2,2],f32>, !torch.vtensor<[1,4,2,2],si64>
    %none_29 = torch.constant.none
    %none_30 = torch.constant.none
    %int6_31 = torch.constant.int 6
    %cpu_32 = torch.constant.device "cpu"
    %int0_33 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %result0, %none_29, %none_30, %int6_31, %cpu_32, %int0_33 : !torch.vtensor<[1,4,2,2],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int23_34 = torch.constant.int 23
    %18 = torch.prims.convert_element_type %result0, %int23_34 : !torch.vtensor<[1,4,2,2],f32>, !torch.int -> !torch.vtensor<[1,4,2,2],f8E5M2>
    return %18 : !torch.vtensor<[1,4,2,2],f8E5M2>
  }
}

{-#
  dialect_resources: {
    builtin: {
      torch_tensor_4_3_3_3_torch.float8_e5m2: "0x010000003C00C2BCC0BC42003C40BCC2C040BC3C3CBC3CBC42BC3CBC3C3CC000C03CC0C23C40003C00BCC03C3CC2C240423C403C3C40423C00400040C03CBCBC00BC42BCC0C2C2C2003CC240C0003C403C3C40400042400042BCC04000C0C200C200400000403CC00040C23CBC42C040"
    }
  }
#-}
