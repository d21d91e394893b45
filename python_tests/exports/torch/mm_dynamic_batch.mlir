module {
  func.func @main(%arg0: !torch.vtensor<[?,32],f8E4M3FN>, %arg1: !torch.vtensor<[16,32],f8E4M3FN>) -> !torch.vtensor<[?,16],f8E4M3FN> {
    %int1 = torch.constant.int 1
    %int0 = torch.constant.int 0
    %0 = torch.prim.ListConstruct %int1, %int0 : (!torch.int, !torch.int) -> !torch.list<int>
    %1 = torch.aten.permute %arg1, %0 : !torch.vtensor<[16,32],f8E4M3FN>, !torch.list<int> -> !torch.vtensor<[32,16],f8E4M3FN>
    %2 = torch.aten.mm %arg0, %1 : !torch.vtensor<[?,32],f8E4M3FN>, !torch.vtensor<[32,16],f8E4M3FN> -> !torch.vtensor<[?,16],f8E4M3FN>
    return %2 : !torch.vtensor<[?,16],f8E4M3FN>
  }
}
