module {
  func.func @main(%arg0: !torch.vtensor<[256,1],f8E5M2>, %arg1: !torch.vtensor<[1,29],f8E5M2>) -> !torch.vtensor<[256,29],f8E5M2> {
    %0 = torch.aten.mul.Tensor %arg0, %arg1 : !torch.vtensor<[256,1],f8E5M2>, !torch.vtensor<[1,29],f8E5M2> -> !torch.vtensor<[256,29],f8E5M2>
    return %0 : !torch.vtensor<[256,29],f8E5M2>
  }
}
