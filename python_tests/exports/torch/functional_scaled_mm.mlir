module {
  func.func @main(%arg0: !torch.vtensor<[6,32],f8E4M3FN>, %arg1: !torch.vtensor<[16,32],f8E4M3FN>, %arg2: !torch.vtensor<[],f32>, %arg3: !torch.vtensor<[6,1],f32>, %arg4: !torch.vtensor<[1,16],f32>) -> (!torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],f32>) {
    %int0 = torch.constant.int 0
    %float1.600000e01 = torch.constant.float 1.600000e+01
    %int1 = torch.constant.int 1
    %none = torch.constant.none
    %int0_0 = torch.constant.int 0
    %cpu = torch.constant.device "cpu"
    %false = torch.constant.bool false
    %0 = torch.aten.arange.start_step %int0, %float1.600000e01, %int1, %none, %int0_0, %cpu, %false : !torch.int, !torch.float, !torch.int, !torch.none, !torch.int, !torch.Device, !torch.bool -> !torch.vtensor<[16],f32>
    %int1_1 = torch.constant.int 1
    %int0_2 = torch.constant.int 0
    %1 = torch.prim.ListConstruct %int1_1, %int0_2 : (!torch.int, !torch.int) -> !torch.list<int>
    %2 = torch.aten.permute %arg1, %1 : !torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[32,16],f8E4M3FN>
    %none_3 = torch.constant.none
    %none_4 = torch.constant.none
    %int15 = torch.constant.int 15
    %false_5 = torch.constant.bool false
    %3 = torch.aten._scaled_mm %arg0, %2, %arg2, %arg2, %none_3, %none_4, %int15, %false_5 : !torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[6,16],bf16>
    %int1_6 = torch.constant.int 1
    %int0_7 = torch.constant.int 0
    %4 = torch.prim.ListConstruct %int1_6, %int0_7 : (!torch.int, !torch.int) -> !torch.list<int>
    %5 = torch.aten.permute %arg1, %4 : !torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[32,16],f8E4M3FN>
    %none_8 = torch.constant.none
    %none_9 = torch.constant.none
    %int6 = torch.constant.int 6
    %false_10 = torch.constant.bool false
    %6 = torch.aten._scaled_mm %arg0, %5, %arg2, %arg2, %none_8, %none_9, %int6, %false_10 : !torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[6,16],f32>
    %int1_11 = torch.constant.int 1
    %7 = torch.aten.add.Tensor %6, %0, %int1_11 : !torch.vtensor<[6,16],f32>, !torch.vtensor<[16],f32>, !torch.int -> !torch.vtensor<[6,16],f32>
    %int1_12 = torch.constant.int 1
    %int0_13 = torch.constant.int 0
    %8 = torch.prim.ListConstruct %int1_12, %int0_13 : (!torch.int, !torch.int) -> !torch.list<int>
    %9 = torch.aten.permute %arg1, %8 : !torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[32,16],f8E4M3FN>
    %int-1 = torch.constant.int -1
    %int1_14 = torch.constant.int 1
    %10 = torch.prim.ListConstruct %int-1, %int1_14 : (!torch.int, !torch.int) -> !torch.list<int>
    %11 = torch.aten.view %arg3, %10 : !torch.vtensor<[6,1],f32>, !torch.list<int> -> !torch.vtensor<[6,1],f32>
    %int1_15 = torch.constant.int 1
    %int-1_16 = torch.constant.int -1
    %12 = torch.prim.ListConstruct %int1_15, %int-1_16 : (!torch.int, !torch.int) -> !torch.list<int>
    %13 = torch.aten.view %arg4, %12 : !torch.vtensor<[1,16],f32>, !torch.list<int> -> !torch.vtensor<[1,16],f32>
    %none_17 = torch.constant.none
    %none_18 = torch.constant.none
    %int6_19 = torch.constant.int 6
    %false_20 = torch.constant.bool false
    %14 = torch.aten._scaled_mm %arg0, %9, %11, %13, %none_17, %none_18, %int6_19, %false_20 : !torch.vtensor<[6,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN>, !torch.vtensor<[6,1],f32>, !torch.vtensor<[1,16],f32>, !torch.none, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[6,16],f32>
    %int1_21 = torch.constant.int 1
    %15 = torch.aten.add.Tensor %14, %0, %int1_21 : !torch.vtensor<[6,16],f32>, !torch.vtensor<[16],f32>, !torch.int -> !torch.vtensor<[6,16],f32>
    return %3, %7, %15 : !torch.vtensor<[6,16],bf16>, !torch.vtensor<[6,16],f32>, !torch.vtensor<[6,16],f32>
  }
}
