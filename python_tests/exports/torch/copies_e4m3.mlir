module {
  func.func @main(%arg0: !torch.vtensor<[4,8],f8E4M3FN>, %arg1: !torch.vtensor<[4,8],f32>, %arg2: !torch.vtensor<[8],f32>) -> (!torch.vtensor<[4,8],f8E4M3FN>, !torch.vtensor<[4,8],f8E4M3FN>, !torch.vtensor<[4,8],f8E4M3FN>) {
    %none = torch.constant.none
    %0 = torch.aten.clone %arg0, %none : !torch.vtensor<[4,8],f8E4M3FN>, !torch.none -> !torch.vtensor<[4,8],f8E4M3FN>
    %false = torch.constant.bool false
    %1 = torch.aten.copy %0, %arg1, %false : !torch.vtensor<[4,8],f8E4M3FN>, !torch.vtensor<[4,8],f32>, !torch.bool -> !torch.vtensor<[4,8],f8E4M3FN>
    %none_0 = torch.constant.none
    %2 = torch.aten.clone %arg0, %none_0 : !torch.vtensor<[4,8],f8E4M3FN>, !torch.none -> !torch.vtensor<[4,8],f8E4M3FN>
    %false_1 = torch.constant.bool false
    %3 = torch.aten.copy %2, %arg2, %false_1 : !torch.vtensor<[4,8],f8E4M3FN>, !torch.vtensor<[8],f32>, !torch.bool -> !torch.vtensor<[4,8],f8E4M3FN>
    %none_2 = torch.constant.none
    %none_3 = torch.constant.none
    %int24 = torch.constant.int 24
    %cpu = torch.constant.device "cpu"
    %int0 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %arg0, %none_2, %none_3, %int24, %cpu, %int0 : !torch.vtensor<[4,8],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6 = torch.constant.int 6
    %4 = torch.prims.convert_element_type %arg0, %int6 : !torch.vtensor<[4,8],f8E4M3FN>, !torch.int -> !torch.vtensor<[4,8],f32>
    %int24_4 = torch.constant.int 24
    %5 = torch.prims.convert_element_type %4, %int24_4 : !torch.vtensor<[4,8],f32>, !torch.int -> !torch.vtensor<[4,8],f8E4M3FN>
    return %1, %3, %5 : !torch.vtensor<[4,8],f8E4M3FN>, !torch.vtensor<[4,8],f8E4M3FN>, !torch.vtensor<[4,8],f8E4M3FN>
  }
}
