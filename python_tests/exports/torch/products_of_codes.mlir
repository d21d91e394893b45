module {
  func.func @main(%arg0: !torch.vtensor<[256,1],f8E4M3FN>, %arg1: !torch.vtensor<[1,29],f8E4M3FN>) -> !torch.vtensor<[256,29],f8E4M3FN> {
    %0 = torch.aten.mul.Tensor %arg0, %arg1 : !torch.vtensor<[256,1],f8E4M3FN>, !torch.vtensor<[1,29],f8E4M3FN> -> !torch.vtensor<[256,29],f8E4M3FN>
    return %0 : !torch.vtensor<[256,29],f8E4M3FN>
  }
}
