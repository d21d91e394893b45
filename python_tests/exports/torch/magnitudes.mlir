module {
  func.func @main(%arg0: !torch.vtensor<[255],f8E4M3FN>) -> !torch.vtensor<[255],f8E4M3FN> {
    %0 = torch.aten.abs %arg0 : !torch.vtensor<[255],f8E4M3FN> -> !torch.vtensor<[255],f8E4M3FN>
    return %0 : !torch.vtensor<[255],f8E4M3FN>
  }
}
