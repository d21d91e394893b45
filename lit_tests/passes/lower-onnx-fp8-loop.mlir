// RUN: fnuz-opt %s --lower-onnx-fp8 | FileCheck %s
// RUN: fnuz-opt %s --import-onnx | FileCheck %s --check-prefix=LINALG

// torch-mlir lowers a loop only where it knows every op in its body. So a node waits there, and the
// pass runs again behind convert-torch-onnx-to-torch.

// CHECK-LABEL: func.func @main(
// CHECK: torch.operator "onnx.Loop"
// CHECK: torch.operator "fp8.Cast"(%{{.*}}) {torch.onnx.to = 1 : si64}
// CHECK: torch.operator "onnx.Neg"
// CHECK: torch.operator "fp8.Cast"(%{{.*}}) {torch.onnx.to = 17 : si64}

// LINALG-LABEL: func.func @main(
// LINALG: scf.for {{.*}} -> (tensor<4xf8E4M3FN>)
// LINALG: arith.extf %{{.*}} : f8E4M3FN to f32
// LINALG: arith.negf
// LINALG: arith.maximumf
// LINALG: arith.minimumf
// LINALG: arith.truncf %{{.*}} : f32 to f8E4M3FN
// LINALG: scf.yield
func.func @main(%x: !torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f8E4M3FN>
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  %n = torch.operator "onnx.Constant"() {torch.onnx.value = dense<3> : tensor<si64>} : () -> !torch.vtensor<[],si64>
  %t = torch.operator "onnx.Constant"() {torch.onnx.value = dense<true> : tensor<i1>} : () -> !torch.vtensor<[],i1>
  %0 = torch.operator "onnx.Loop"(%n, %t, %x) : (!torch.vtensor<[],si64>, !torch.vtensor<[],i1>, !torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f8E4M3FN> {
  ^bb0(%i: !torch.vtensor<[],si64>, %keep: !torch.vtensor<[],i1>, %state: !torch.vtensor<[4],f8E4M3FN>):
    %1 = torch.operator "onnx.Identity"(%keep) : (!torch.vtensor<[],i1>) -> !torch.vtensor<[],i1>
    %2 = torch.operator "onnx.Cast"(%state) {torch.onnx.to = 1 : si64} : (!torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f32>
    %3 = torch.operator "onnx.Neg"(%2) : (!torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f32>
    %4 = torch.operator "onnx.Cast"(%3) {torch.onnx.to = 17 : si64} : (!torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f8E4M3FN>
    torch.operator_terminator %1, %4 : !torch.vtensor<[],i1>, !torch.vtensor<[4],f8E4M3FN>
  }
  return %0 : !torch.vtensor<[4],f8E4M3FN>
}
