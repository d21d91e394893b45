module {
  func.func @main(%arg0: !torch.vtensor<[1,3,8,8],f32>) -> !torch.vtensor<[1,4,2,2],f8E4M3FN> {
    %float5.000000e-01 = torch.constant.float 5.000000e-01
    %0 = torch.aten.div.Scalar %arg0, %float5.000000e-01 : !torch.vtensor<[1,3,8,8],f32>, !torch.float -> !torch.vtensor<[1,3,8,8],f32>
    %none = torch.constant.none
    %none_0 = torch.constant.none
    %int6 = torch.constant.int 6
    %cpu = torch.constant.device "cpu"
    %int0 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %0, %none, %none_0, %int6, %cpu, %int0 : !torch.vtensor<[1,3,8,8],f32>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24 = torch.constant.int 24
    %1 = torch.prims.convert_element_type %0, %int24 : !torch.vtensor<[1,3,8,8],f32>, !torch.int -> !torch.vtensor<[1,3,8,8],f8E4M3FN>
    %none_1 = torch.constant.none
    %none_2 = torch.constant.none
    %int24_3 = torch.constant.int 24
    %cpu_4 = torch.constant.device "cpu"
    %int0_5 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %1, %none_1, %none_2, %int24_3, %cpu_4, %int0_5 : !torch.vtensor<[1,3,8,8],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6_6 = torch.constant.int 6
    %2 = torch.prims.convert_element_type %1, %int6_6 : !torch.vtensor<[1,3,8,8],f8E4M3FN>, !torch.int -> !torch.vtensor<[1,3,8,8],f32>
    %float5.000000e-01_7 = torch.constant.float 5.000000e-01
    %3 = torch.aten.mul.Scalar %2, %float5.000000e-01_7 : !torch.vtensor<[1,3,8,8],f32>, !torch.float -> !torch.vtensor<[1,3,8,8],f32>
    %4 = torch.vtensor.literal(dense_resource<torch_tensor_4_3_3_3_torch.float8_e4m3fn> : tensor<4x3x3x3xf8E4M3FN>) : !torch.vtensor<[4,3,3,3],f8E4M3FN>
    %none_8 = torch.constant.none
    %none_9 = torch.constant.none
    %int24_10 = torch.constant.int 24
    %cpu_11 = torch.constant.device "cpu"
    %int0_12 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %4, %none_8, %none_9, %int24_10, %cpu_11, %int0_12 : !torch.vtensor<[4,3,3,3],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %5 = torch.vtensor.literal(dense_resource<torch_tensor_4_3_3_3_torch.float8_e4m3fn> : tensor<4x3x3x3xf8E4M3FN>) : !torch.vtensor<[4,3,3,3],f8E4M3FN>
    %int6_13 = torch.constant.int 6
    %6 = torch.prims.convert_element_type %5, %int6_13 : !torch.vtensor<[4,3,3,3],f8E4M3FN>, !torch.int -> !torch.vtensor<[4,3,3,3],f32>
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
    %int24_34 = torch.constant.int 24
    %18 = torch.prims.convert_element_type %result0, %int24_34 : !torch.vtensor<[1,4,2,2],f32>, !torch.int -> !torch.vtensor<[1,4,2,2],f8E4M3FN>
    return %18 : !torch.vtensor<[1,4,2,2],f8E4M3FN>
  }
}

{-#
  dialect_resources: {
    builtin: {
      torch_tensor_4_3_3_3_torch.float8_e4m3fn: "0x010000003800C4B8C0B844003840B8C4C040B83838B838B844B838B83838C000C038C0C43840003800B8C03838C4C440443840383840443800400040C038B8B800B844B8C0C4C4C40038C440C0003840383840400044400044B8C04000C0C400C4004000004038C00040C438B844C040"
    }
  }
#-}
