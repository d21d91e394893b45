module {
  func.func @main(%arg0: !torch.vtensor<[256],f8E5M2>) -> (!torch.vtensor<[256],i1>, !torch.vtensor<[256],i1>) {
    %0 = torch.aten.isinf %arg0 : !torch.vtensor<[256],f8E5M2> -> !torch.vtensor<[256],i1>
    %1 = torch.aten.isnan %arg0 : !torch.vtensor<[256],f8E5M2> -> !torch.vtensor<[256],i1>
    return %0, %1 : !torch.vtensor<[256],i1>, !torch.vtensor<[256],i1>
  }
}
