module {
  func.func @main(%arg0: !torch.vtensor<[256],f8E4M3FN>, %arg1: !torch.vtensor<[256],f8E5M2>, %arg2: !torch.vtensor<[256],ui8>) -> (!torch.vtensor<[256],ui8>, !torch.vtensor<[256],si8>, !torch.vtensor<[256],ui8>, !torch.vtensor<[256],f32>, !torch.vtensor<[256],f8E5M2>, !torch.vtensor<[256],f8E5M2>, !torch.vtensor<[256],f8E4M3FN>) {
    %int0 = torch.constant.int 0
    %0 = torch.aten.view.dtype %arg0, %int0 : !torch.vtensor<[256],f8E4M3FN>, !torch.int -> !torch.vtensor<[256],ui8>
    %1 = torch.aten.alias %0 : !torch.vtensor<[256],ui8> -> !torch.vtensor<[256],ui8>
    %int1 = torch.constant.int 1
    %2 = torch.aten.view.dtype %arg0, %int1 : !torch.vtensor<[256],f8E4M3FN>, !torch.int -> !torch.vtensor<[256],si8>
    %3 = torch.aten.alias %2 : !torch.vtensor<[256],si8> -> !torch.vtensor<[256],si8>
    %int0_0 = torch.constant.int 0
    %4 = torch.aten.view.dtype %arg1, %int0_0 : !torch.vtensor<[256],f8E5M2>, !torch.int -> !torch.vtensor<[256],ui8>
    %5 = torch.aten.alias %4 : !torch.vtensor<[256],ui8> -> !torch.vtensor<[256],ui8>
    %int24 = torch.constant.int 24
    %6 = torch.aten.view.dtype %arg2, %int24 : !torch.vtensor<[256],ui8>, !torch.int -> !torch.vtensor<[256],f8E4M3FN>
    %7 = torch.aten.alias %6 : !torch.vtensor<[256],f8E4M3FN> -> !torch.vtensor<[256],f8E4M3FN>
    %none = torch.constant.none
    %none_1 = torch.constant.none
    %int24_2 = torch.constant.int 24
    %cpu = torch.constant.device "cpu"
    %int0_3 = torch.constant.int 0
    torch.aten._assert_tensor_metadata %7, %none, %none_1, %int24_2, %cpu, %int0_3 : !torch.vtensor<[256],f8E4M3FN>, !torch.none, !torch.none, !torch.int, !torch.Device, !torch.int
    %int6 = torch.constant.int 6
    %8 = torch.prims.convert_element_type %7, %int6 : !torch.vtensor<[256],f8E4M3FN>, !torch.int -> !torch.vtensor<[256],f32>
    %int23 = torch.constant.int 23
    %9 = torch.aten.view.dtype %arg2, %int23 : !torch.vtensor<[256],ui8>, !torch.int -> !torch.vtensor<[256],f8E5M2>
    %10 = torch.aten.alias %9 : !torch.vtensor<[256],f8E5M2> -> !torch.vtensor<[256],f8E5M2>
    %int23_4 = torch.constant.int 23
    %11 = torch.aten.view.dtype %arg0, %int23_4 : !torch.vtensor<[256],f8E4M3FN>, !torch.int -> !torch.vtensor<[256],f8E5M2>
    %12 = torch.aten.alias %11 : !torch.vtensor<[256],f8E5M2> -> !torch.vtensor<[256],f8E5M2>
    %int24_5 = torch.constant.int 24
    %13 = torch.aten.view.dtype %arg0, %int24_5 : !torch.vtensor<[256],f8E4M3FN>, !torch.int -> !torch.vtensor<[256],f8E4M3FN>
    %14 = torch.aten.alias %13 : !torch.vtensor<[256],f8E4M3FN> -> !torch.vtensor<[256],f8E4M3FN>
    return %1, %3, %5, %8, %10, %12, %14 : !torch.vtensor<[256],ui8>, !torch.vtensor<[256],si8>, !torch.vtensor<[256],ui8>, !torch.vtensor<[256],f32>, !torch.vtensor<[256],f8E5M2>, !torch.vtensor<[256],f8E5M2>, !torch.vtensor<[256],f8E4M3FN>
  }
}
