module {
  func.func @main(%arg0: !torch.vtensor<[40],bf16>, %arg1: !torch.vtensor<[40],bf16>) -> (!torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40,40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[],bf16>, !torch.vtensor<[1],bf16>, !torch.vtensor<[40],f8E4M3FN>) {
    %0 = torch.vtensor.literal(dense<-5.000000e-01> : tensor<bf16>) : !torch.vtensor<[],bf16>
    %none = torch.constant.none
    %1 = torch.aten.clone %0, %none : !torch.vtensor<[],bf16>, !torch.none -> !torch.vtensor<[],bf16>
    %2 = torch.vtensor.literal(dense<4.480000e+02> : tensor<bf16>) : !torch.vtensor<[],bf16>
    %none_0 = torch.constant.none
    %3 = torch.aten.clone %2, %none_0 : !torch.vtensor<[],bf16>, !torch.none -> !torch.vtensor<[],bf16>
    %int-448 = torch.constant.int -448
    %int448 = torch.constant.int 448
    %4 = torch.aten.clamp %arg0, %int-448, %int448 : !torch.vtensor<[40],bf16>, !torch.int, !torch.int -> !torch.vtensor<[40],bf16>
    %float2.500000e-01 = torch.constant.float 2.500000e-01
    %none_1 = torch.constant.none
    %5 = torch.aten.clamp %arg0, %float2.500000e-01, %none_1 : !torch.vtensor<[40],bf16>, !torch.float, !torch.none -> !torch.vtensor<[40],bf16>
    %none_2 = torch.constant.none
    %float2.500000e-01_3 = torch.constant.float 2.500000e-01
    %6 = torch.aten.clamp %arg0, %none_2, %float2.500000e-01_3 : !torch.vtensor<[40],bf16>, !torch.none, !torch.float -> !torch.vtensor<[40],bf16>
    %int-2 = torch.constant.int -2
    %none_4 = torch.constant.none
    %7 = torch.aten.clamp %arg0, %int-2, %none_4 : !torch.vtensor<[40],bf16>, !torch.int, !torch.none -> !torch.vtensor<[40],bf16>
    %8 = torch.aten.clamp.Tensor %arg0, %1, %3 : !torch.vtensor<[40],bf16>, !torch.vtensor<[],bf16>, !torch.vtensor<[],bf16> -> !torch.vtensor<[40],bf16>
    %none_5 = torch.constant.none
    %9 = torch.aten.clamp.Tensor %arg0, %arg1, %none_5 : !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.none -> !torch.vtensor<[40],bf16>
    %int-2_6 = torch.constant.int -2
    %int2 = torch.constant.int 2
    %10 = torch.aten.hardtanh %arg0, %int-2_6, %int2 : !torch.vtensor<[40],bf16>, !torch.int, !torch.int -> !torch.vtensor<[40],bf16>
    %int1 = torch.constant.int 1
    %11 = torch.aten.unsqueeze %arg0, %int1 : !torch.vtensor<[40],bf16>, !torch.int -> !torch.vtensor<[40,1],bf16>
    %12 = torch.aten.maximum %11, %arg1 : !torch.vtensor<[40,1],bf16>, !torch.vtensor<[40],bf16> -> !torch.vtensor<[40,40],bf16>
    %13 = torch.aten.minimum %arg0, %arg1 : !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16> -> !torch.vtensor<[40],bf16>
    %float2.500000e-01_7 = torch.constant.float 2.500000e-01
    %int1_8 = torch.constant.int 1
    %14 = torch.aten.add.Scalar %arg0, %float2.500000e-01_7, %int1_8 : !torch.vtensor<[40],bf16>, !torch.float, !torch.int -> !torch.vtensor<[40],bf16>
    %int0 = torch.constant.int 0
    %int6 = torch.constant.int 6
    %15 = torch.aten.hardtanh %14, %int0, %int6 : !torch.vtensor<[40],bf16>, !torch.int, !torch.int -> !torch.vtensor<[40],bf16>
    %16 = torch.aten.reciprocal %arg0 : !torch.vtensor<[40],bf16> -> !torch.vtensor<[40],bf16>
    %int1_9 = torch.constant.int 1
    %17 = torch.aten.mul.Scalar %16, %int1_9 : !torch.vtensor<[40],bf16>, !torch.int -> !torch.vtensor<[40],bf16>
    %18 = torch.aten.reciprocal %arg0 : !torch.vtensor<[40],bf16> -> !torch.vtensor<[40],bf16>
    %int448_10 = torch.constant.int 448
    %19 = torch.aten.mul.Scalar %18, %int448_10 : !torch.vtensor<[40],bf16>, !torch.int -> !torch.vtensor<[40],bf16>
    %20 = torch.aten.abs %arg0 : !torch.vtensor<[40],bf16> -> !torch.vtensor<[40],bf16>
    %21 = torch.prim.ListConstruct  : () -> !torch.list<int>
    %false = torch.constant.bool false
    %22 = torch.aten.amax %20, %21, %false : !torch.vtensor<[40],bf16>, !torch.list<int>, !torch.bool -> !torch.vtensor<[],bf16>
    %int0_11 = torch.constant.int 0
    %23 = torch.prim.ListConstruct %int0_11 : (!torch.int) -> !torch.list<int>
    %true = torch.constant.bool true
    %24 = torch.aten.amax %arg0, %23, %true : !torch.vtensor<[40],bf16>, !torch.list<int>, !torch.bool -> !torch.vtensor<[1],bf16>
    %int-448_12 = torch.constant.int -448
    %int448_13 = torch.constant.int 448
    %25 = torch.aten.clamp %arg0, %int-448_12, %int448_13 : !torch.vtensor<[40],bf16>, !torch.int, !torch.int -> !torch.vtensor<[40],bf16>
    %none_14 = torch.constant.none
    %none_15 = torch.constant.none
    %int15 = torch.constant.int 15
    %cpu = torch.constant.device "cpu"
    %int0_16 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %25, %none_14, %none_15, %int15, %cpu, %int0_16 : !torch.vtensor<[40],bf16>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int24 = torch.constant.int 24
    %26 = torch.prims.convert_element_type %25, %int24 : !torch.vtensor<[40],bf16>, !torch.int -> !torch.vtensor<[40],f8E4M3FN>
    return %4, %5, %6, %7, %8, %9, %10, %12, %13, %15, %17, %19, %22, %24, %26 : !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40,40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[40],bf16>, !torch.vtensor<[],bf16>, !torch.vtensor<[1],bf16>, !torch.vtensor<[40],f8E4M3FN>
  }
}
