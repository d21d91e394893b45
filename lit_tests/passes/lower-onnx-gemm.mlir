// RUN: fnuz-opt %s --split-input-file --lower-onnx-gemm | FileCheck %s
// RUN: fnuz-opt %s --split-input-file --import-onnx | FileCheck %s --check-prefix=LINALG

// alpha stands behind the product, also where C is left out by name.
// CHECK-LABEL: func.func @no_c
// CHECK: %[[P:.*]] = torch.operator "onnx.Gemm"(%arg0, %arg1) {torch.onnx.transB = 1 : si64} :
// CHECK: %[[ALPHA:.*]] = torch.vtensor.literal(dense<5.000000e-01> : tensor<f32>)
// CHECK: torch.operator "onnx.Mul"(%[[P]], %[[ALPHA]]) :
// CHECK: %[[P:.*]] = torch.operator "onnx.Gemm"(%arg0, %arg1) {torch.onnx.transB = 1 : si64} :
// CHECK: torch.operator "onnx.Mul"(%[[P]], %{{.*}}) :
// LINALG-LABEL: func.func @no_c
// LINALG-DAG: arith.constant dense<-2.000000e+00> : tensor<f32>
// LINALG-DAG: arith.constant dense<5.000000e-01> : tensor<f32>
// LINALG: linalg.matmul
// LINALG-COUNT-2: arith.mulf
func.func @no_c(%a: !torch.vtensor<[2,3],f32>, %b: !torch.vtensor<[4,3],f32>)
    -> (!torch.vtensor<[2,4],f32>, !torch.vtensor<[2,4],f32>)
    attributes {torch.onnx_meta.ir_version = 10 : si64, torch.onnx_meta.opset_version = 21 : si64} {
  %none = torch.constant.none
  %0 = torch.operator "onnx.Gemm"(%a, %b)
      {torch.onnx.alpha = 0.5 : f32, torch.onnx.beta = 3.0 : f32, torch.onnx.transB = 1 : si64}
      : (!torch.vtensor<[2,3],f32>, !torch.vtensor<[4,3],f32>) -> !torch.vtensor<[2,4],f32>
  %1 = torch.operator "onnx.Gemm"(%a, %b, %none)
      {torch.onnx.alpha = -2.0 : f32, torch.onnx.transB = 1 : si64}
      : (!torch.vtensor<[2,3],f32>, !torch.vtensor<[4,3],f32>, !torch.none)
      -> !torch.vtensor<[2,4],f32>
  return %0, %1 : !torch.vtensor<[2,4],f32>, !torch.vtensor<[2,4],f32>
}

// -----

// CHECK-LABEL: func.func @no_beta
// CHECK: torch.operator "onnx.Gemm"(%arg0, %arg1) :
// CHECK-NOT: onnx.Mul
// LINALG-LABEL: func.func @no_beta
// LINALG: linalg.matmul
// LINALG-NOT: arith.addf
func.func @no_beta(%a: !torch.vtensor<[2,3],f16>, %b: !torch.vtensor<[3,4],f16>,
                   %c: !torch.vtensor<[4],f16>) -> !torch.vtensor<[2,4],f16>
    attributes {torch.onnx_meta.ir_version = 10 : si64, torch.onnx_meta.opset_version = 21 : si64} {
  %0 = torch.operator "onnx.Gemm"(%a, %b, %c) {torch.onnx.beta = 0.0 : f32}
      : (!torch.vtensor<[2,3],f16>, !torch.vtensor<[3,4],f16>, !torch.vtensor<[4],f16>)
      -> !torch.vtensor<[2,4],f16>
  return %0 : !torch.vtensor<[2,4],f16>
}

// -----

// What torch-mlir keeps stays as it is.
// CHECK-LABEL: func.func @kept
// CHECK-NEXT: torch.operator "onnx.Gemm"(%arg0, %arg1, %arg2) {torch.onnx.alpha = 5.000000e-01 : f32, torch.onnx.beta = 2.000000e+00 : f32} :
// CHECK-NEXT: return
// LINALG-LABEL: func.func @kept
// LINALG: arith.addf
func.func @kept(%a: !torch.vtensor<[2,3],f32>, %b: !torch.vtensor<[3,4],f32>,
                %c: !torch.vtensor<[4],f32>) -> !torch.vtensor<[2,4],f32>
    attributes {torch.onnx_meta.ir_version = 10 : si64, torch.onnx_meta.opset_version = 21 : si64} {
  %0 = torch.operator "onnx.Gemm"(%a, %b, %c)
      {torch.onnx.alpha = 0.5 : f32, torch.onnx.beta = 2.0 : f32}
      : (!torch.vtensor<[2,3],f32>, !torch.vtensor<[3,4],f32>, !torch.vtensor<[4],f32>)
      -> !torch.vtensor<[2,4],f32>
  return %0 : !torch.vtensor<[2,4],f32>
}

// -----

// CHECK-LABEL: func.func @dynamic
// CHECK: torch.operator "onnx.Mul"({{.*}}) : (!torch.vtensor<[?,4],f64>, !torch.vtensor<[],f64>) -> !torch.vtensor<[?,4],f64>
// LINALG-LABEL: func.func @dynamic
// LINALG: arith.mulf {{.*}} : f64
func.func @dynamic(%a: !torch.vtensor<[?,3],f64>, %b: !torch.vtensor<[3,4],f64>)
    -> !torch.vtensor<[?,4],f64>
    attributes {torch.onnx_meta.ir_version = 10 : si64, torch.onnx_meta.opset_version = 21 : si64} {
  %0 = torch.operator "onnx.Gemm"(%a, %b) {torch.onnx.alpha = 0.5 : f32}
      : (!torch.vtensor<[?,3],f64>, !torch.vtensor<[3,4],f64>) -> !torch.vtensor<[?,4],f64>
  return %0 : !torch.vtensor<[?,4],f64>
}
