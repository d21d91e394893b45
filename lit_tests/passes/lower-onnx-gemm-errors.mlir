// RUN: fnuz-opt %s --lower-onnx-gemm --verify-diagnostics

func.func @integers(%a: !torch.vtensor<[2,3],si32>, %b: !torch.vtensor<[3,4],si32>)
    -> !torch.vtensor<[2,4],si32> {
  // expected-error @+1 {{'onnx.Gemm' cannot be lowered: it is of si32 and has the alpha 0.5; use a float type}}
  %0 = torch.operator "onnx.Gemm"(%a, %b) {torch.onnx.alpha = 0.5 : f32}
      : (!torch.vtensor<[2,3],si32>, !torch.vtensor<[3,4],si32>) -> !torch.vtensor<[2,4],si32>
  return %0 : !torch.vtensor<[2,4],si32>
}
