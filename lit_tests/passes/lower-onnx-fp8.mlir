// RUN: fnuz-opt %s --lower-onnx-fp8 | FileCheck %s
// RUN: fnuz-opt %s --import-onnx | FileCheck %s --check-prefix=LINALG
// RUN: fnuz-opt %s --import-onnx --ocp-to-fnuz | FileCheck %s --check-prefix=FNUZ

// Nothing of torch is left behind the import, and no OCP type behind the conversion.
// LINALG-NOT: torch
// FNUZ-NOT: f8E4M3FN{{[^U]}}
// FNUZ-NOT: f8E5M2{{[^F]}}

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[COLUMN:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[BLOCK:.*]] = affine_map<(d0, d1) -> (d0 floordiv 3, d1)>
// CHECK-DAG: #[[NONE:.*]] = affine_map<(d0, d1) -> ()>

// A quantize with a constant scale is a division, a clamp and one rounding, in one op.
// CHECK-LABEL: func.func @quantize(
// CHECK-DAG: %[[S:.*]] = arith.constant 5.000000e-01 : f32
// CHECK-DAG: %[[LOW:.*]] = arith.constant -4.480000e+02 : f32
// CHECK-DAG: %[[HIGH:.*]] = arith.constant 4.480000e+02 : f32
// CHECK: %[[X:.*]] = torch_c.to_builtin_tensor %{{.*}} : !torch.vtensor<[2,4],f32> -> tensor<2x4xf32>
// CHECK: %[[E:.*]] = tensor.empty() : tensor<2x4xf8E4M3FN>
// CHECK: %[[Q:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[X]] : tensor<2x4xf32>) outs(%[[E]] : tensor<2x4xf8E4M3FN>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f8E4M3FN):
// CHECK-NEXT: %[[A:.*]] = arith.divf %[[IN]], %[[S]] : f32
// CHECK-NEXT: %[[B:.*]] = arith.maximumf %[[A]], %[[LOW]] : f32
// CHECK-NEXT: %[[C:.*]] = arith.minimumf %[[B]], %[[HIGH]] : f32
// CHECK-NEXT: %[[D:.*]] = arith.truncf %[[C]] : f32 to f8E4M3FN
// CHECK-NEXT: linalg.yield %[[D]]
// CHECK: torch_c.from_builtin_tensor %[[Q]] : tensor<2x4xf8E4M3FN> -> !torch.vtensor<[2,4],f8E4M3FN>
// LINALG-LABEL: func.func @quantize(
// LINALG-SAME: tensor<2x4xf32>) -> tensor<2x4xf8E4M3FN>
// The scale takes the factor, and the clamp bounds what is rounded.
// FNUZ-LABEL: func.func @quantize(
// FNUZ-SAME: tensor<2x4xf32>) -> tensor<2x4xf8E4M3FNUZ>
// FNUZ-DAG: arith.constant 2.240000e+02 : f32
// FNUZ-DAG: arith.constant -2.240000e+02 : f32
// FNUZ: arith.maximumf
// FNUZ-NEXT: arith.minimumf
// FNUZ-NEXT: arith.truncf
// FNUZ-NEXT: linalg.yield
func.func @quantize(%x: !torch.vtensor<[2,4],f32>) -> !torch.vtensor<[2,4],f8E4M3FN>
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  %s = torch.operator "onnx.Constant"() {torch.onnx.value = dense<0.5> : tensor<f32>} : () -> !torch.vtensor<[],f32>
  %z = torch.operator "onnx.Constant"() {torch.onnx.value = dense<0.0> : tensor<f8E4M3FN>} : () -> !torch.vtensor<[],f8E4M3FN>
  %0 = torch.operator "onnx.QuantizeLinear"(%x, %s, %z) : (!torch.vtensor<[2,4],f32>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>) -> !torch.vtensor<[2,4],f8E4M3FN>
  return %0 : !torch.vtensor<[2,4],f8E4M3FN>
}

// A division in f16, the type of both; then f32. A zero point that is not 0 is added.
// CHECK-LABEL: func.func @quantize_f16(
// CHECK-DAG: %[[S:.*]] = arith.constant 9.997550e-02 : f16
// CHECK-DAG: %[[Z:.*]] = arith.constant 2.000000e+00 : f32
// CHECK: linalg.generic
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f16, %{{.*}}: f8E5M2):
// CHECK-NEXT: %[[A:.*]] = arith.divf %[[IN]], %[[S]] : f16
// CHECK-NEXT: %[[B:.*]] = arith.extf %[[A]] : f16 to f32
// CHECK-NEXT: %[[C:.*]] = arith.addf %[[B]], %[[Z]] : f32
// CHECK-NEXT: arith.truncf %[[C]] : f32 to f8E5M2
// CHECK-NEXT: linalg.yield
func.func @quantize_f16(%x: !torch.vtensor<[2,4],f16>) -> !torch.vtensor<[2,4],f8E5M2>
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  %s = torch.operator "onnx.Constant"() {torch.onnx.value = dense<0.1> : tensor<f16>} : () -> !torch.vtensor<[],f16>
  %z = torch.operator "onnx.Constant"() {torch.onnx.value = dense<2.0> : tensor<1xf8E5M2>} : () -> !torch.vtensor<[1],f8E5M2>
  %0 = torch.operator "onnx.QuantizeLinear"(%x, %s, %z) {torch.onnx.saturate = 0 : si64} : (!torch.vtensor<[2,4],f16>, !torch.vtensor<[],f16>, !torch.vtensor<[1],f8E5M2>) -> !torch.vtensor<[2,4],f8E5M2>
  return %0 : !torch.vtensor<[2,4],f8E5M2>
}

// A scale for each column is a constant that is read; a run-time scale is, too.
// CHECK-LABEL: func.func @dequantize(
// CHECK: %[[S:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<4xf32>
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[COLUMN]], #[[ID]]], {{.*}} ins(%{{.*}}, %[[S]] : tensor<?x4xf8E4M3FN>, tensor<4xf32>) outs(%{{.*}} : tensor<?x4xf32>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f8E4M3FN, %[[SCALE:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[A:.*]] = arith.extf %[[IN]] : f8E4M3FN to f32
// CHECK-NEXT: %[[B:.*]] = arith.mulf %[[A]], %[[SCALE]] : f32
// CHECK-NEXT: linalg.yield %[[B]]
// CHECK: %[[R:.*]] = torch_c.to_builtin_tensor %{{.*}} : !torch.vtensor<[],bf16> -> tensor<bf16>
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[NONE]], #[[ID]]], {{.*}} ins(%{{.*}}, %[[R]] : tensor<?x4xf8E4M3FN>, tensor<bf16>) outs(%{{.*}} : tensor<?x4xbf16>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f8E4M3FN, %[[SCALE:.*]]: bf16, %{{.*}}: bf16):
// CHECK-NEXT: %[[W:.*]] = arith.extf %[[SCALE]] : bf16 to f32
// CHECK-NEXT: %[[A:.*]] = arith.extf %[[IN]] : f8E4M3FN to f32
// CHECK-NEXT: %[[B:.*]] = arith.mulf %[[A]], %[[W]] : f32
// CHECK-NEXT: %[[C:.*]] = arith.truncf %[[B]] : f32 to bf16
// CHECK-NEXT: linalg.yield %[[C]]
// Nothing is added: the constants are scaled.
// FNUZ-LABEL: func.func @dequantize(
// FNUZ: arith.constant dense<[2.000000e+00, 4.000000e+00, 6.000000e+00, 8.000000e+00]> : tensor<4xf32>
func.func @dequantize(%x: !torch.vtensor<[?,4],f8E4M3FN>, %s: !torch.vtensor<[],bf16>) -> (!torch.vtensor<[?,4],f32>, !torch.vtensor<[?,4],bf16>)
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  %c = torch.operator "onnx.Constant"() {torch.onnx.value = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>} : () -> !torch.vtensor<[4],f32>
  %none = torch.constant.none
  %0 = torch.operator "onnx.DequantizeLinear"(%x, %c, %none) {torch.onnx.axis = -1 : si64} : (!torch.vtensor<[?,4],f8E4M3FN>, !torch.vtensor<[4],f32>, !torch.none) -> !torch.vtensor<[?,4],f32>
  %1 = torch.operator "onnx.DequantizeLinear"(%x, %s) : (!torch.vtensor<[?,4],f8E4M3FN>, !torch.vtensor<[],bf16>) -> !torch.vtensor<[?,4],bf16>
  return %0, %1 : !torch.vtensor<[?,4],f32>, !torch.vtensor<[?,4],bf16>
}

// Blocks of 3 rows, the last of which has one. Large constants are literals already.
// CHECK-LABEL: func.func @blocked(
// CHECK: %[[S:.*]] = arith.constant dense<{{.*}}> : tensor<3x4xf32>
// CHECK-NOT: cf.assert
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[BLOCK]], #[[ID]]], {{.*}} ins(%{{.*}}, %[[S]] : tensor<7x4xf8E4M3FN>, tensor<3x4xf32>)
func.func @blocked(%x: !torch.vtensor<[7,4],f8E4M3FN>) -> !torch.vtensor<[7,4],f32>
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  %s = torch.vtensor.literal(dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]]> : tensor<3x4xf32>) : !torch.vtensor<[3,4],f32>
  %0 = torch.operator "onnx.DequantizeLinear"(%x, %s) {torch.onnx.axis = 0 : si64, torch.onnx.block_size = 3 : si64} : (!torch.vtensor<[7,4],f8E4M3FN>, !torch.vtensor<[3,4],f32>) -> !torch.vtensor<[7,4],f32>
  return %0 : !torch.vtensor<[7,4],f32>
}

// A size that is not known is compared when the program runs.
// CHECK-LABEL: func.func @blocked_dynamic(
// CHECK: %[[D:.*]] = tensor.dim
// CHECK: %[[N:.*]] = arith.ceildivsi %[[D]], %{{.*}} : index
// CHECK: %[[B:.*]] = arith.cmpi eq, %[[N]], %{{.*}} : index
// CHECK: cf.assert %[[B]], "{{.*}}lower-onnx-fp8.mlir{{.*}}the sizes of its inputs do not fit"
func.func @blocked_dynamic(%x: !torch.vtensor<[?,4],f8E4M3FN>, %s: !torch.vtensor<[3,4],f32>) -> !torch.vtensor<[?,4],f32>
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  %0 = torch.operator "onnx.DequantizeLinear"(%x, %s) {torch.onnx.axis = 0 : si64, torch.onnx.block_size = 3 : si64} : (!torch.vtensor<[?,4],f8E4M3FN>, !torch.vtensor<[3,4],f32>) -> !torch.vtensor<[?,4],f32>
  return %0 : !torch.vtensor<[?,4],f32>
}

// CHECK-LABEL: func.func @casts(
// CHECK: linalg.generic
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f8E4M3FN):
// CHECK-NEXT: %[[Q:.*]] = arith.truncf %[[IN]] : f32 to f8E4M3FN
// CHECK-NEXT: linalg.yield %[[Q]]
// CHECK: linalg.generic
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f8E4M3FN, %{{.*}}: f8E5M2FNUZ):
// CHECK-NEXT: arith.extf %[[IN]] : f8E4M3FN to f32
// CHECK-NEXT: arith.maximumf
// CHECK-NEXT: arith.minimumf
// CHECK-NEXT: arith.truncf %{{.*}} : f32 to f8E5M2FNUZ
// CHECK: linalg.generic
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f8E5M2FNUZ, %{{.*}}: i8):
// CHECK-NEXT: arith.extf
// CHECK-NEXT: arith.fptosi %{{.*}} : f32 to i32
// CHECK-NEXT: arith.trunci %{{.*}} : i32 to i8
func.func @casts(%x: !torch.vtensor<[4],f32>, %like: !torch.vtensor<[0],f8E5M2FNUZ>) -> !torch.vtensor<[4],ui8>
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  %0 = torch.operator "onnx.Cast"(%x) {torch.onnx.saturate = 0 : si64, torch.onnx.to = 17 : si64} : (!torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f8E4M3FN>
  %1 = torch.operator "onnx.CastLike"(%0, %like) : (!torch.vtensor<[4],f8E4M3FN>, !torch.vtensor<[0],f8E5M2FNUZ>) -> !torch.vtensor<[4],f8E5M2FNUZ>
  %2 = torch.operator "onnx.Cast"(%1) {torch.onnx.to = 2 : si64} : (!torch.vtensor<[4],f8E5M2FNUZ>) -> !torch.vtensor<[4],ui8>
  return %2 : !torch.vtensor<[4],ui8>
}

// A product in fp8, summed in f32, whose constant scales are one number.
// CHECK-LABEL: func.func @matmul(
// CHECK-DAG: %[[BY:.*]] = arith.constant 1.875000e-01 : f32
// CHECK-DAG: %[[Y:.*]] = arith.constant 3.000000e+00 : f32
// CHECK: %[[P:.*]] = linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<2x4xf8E4M3FN>, tensor<4x3xf8E5M2>) outs(%{{.*}} : tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ID]]], {{.*}} ins(%[[P]] : tensor<2x3xf32>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f8E4M3FN):
// CHECK-NEXT: %[[A:.*]] = arith.mulf %[[IN]], %[[BY]] : f32
// CHECK-NEXT: %[[B:.*]] = arith.divf %[[A]], %[[Y]] : f32
// CHECK-NEXT: arith.maximumf
// CHECK-NEXT: arith.minimumf
// CHECK-NEXT: arith.truncf
// The factors before and after are in the scales.
// FNUZ-LABEL: func.func @matmul(
// FNUZ: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<2x4xf8E4M3FNUZ>, tensor<4x3xf8E5M2FNUZ>)
// FNUZ: arith.mulf
// FNUZ-NEXT: arith.divf
// FNUZ-NEXT: arith.maximumf
// FNUZ-NEXT: arith.minimumf
// FNUZ-NEXT: arith.truncf
func.func @matmul(%a: !torch.vtensor<[2,4],f8E4M3FN>, %b: !torch.vtensor<[4,3],f8E5M2>) -> !torch.vtensor<[2,3],f8E4M3FN>
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  %as = torch.operator "onnx.Constant"() {torch.onnx.value = dense<0.75> : tensor<f32>} : () -> !torch.vtensor<[],f32>
  %bs = torch.operator "onnx.Constant"() {torch.onnx.value = dense<0.25> : tensor<f32>} : () -> !torch.vtensor<[],f32>
  %ys = torch.operator "onnx.Constant"() {torch.onnx.value = dense<3.0> : tensor<f32>} : () -> !torch.vtensor<[],f32>
  %z = torch.operator "onnx.Constant"() {torch.onnx.value = dense<0.0> : tensor<f8E4M3FN>} : () -> !torch.vtensor<[],f8E4M3FN>
  %bz = torch.operator "onnx.Constant"() {torch.onnx.value = dense<0.0> : tensor<f8E5M2>} : () -> !torch.vtensor<[],f8E5M2>
  %0 = torch.operator "onnx.QLinearMatMul"(%a, %as, %z, %b, %bs, %bz, %ys, %z) : (!torch.vtensor<[2,4],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[4,3],f8E5M2>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E5M2>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>) -> !torch.vtensor<[2,3],f8E4M3FN>
  return %0 : !torch.vtensor<[2,3],f8E4M3FN>
}

// CHECK-LABEL: func.func @batch_matmul(
// CHECK: linalg.batch_matmul ins(%{{.*}}, %{{.*}} : tensor<5x2x4xf8E4M3FN>, tensor<5x4x3xf8E4M3FN>) outs(%{{.*}} : tensor<5x2x3xf32>)
// The same b for each of the batch is not repeated.
// CHECK: linalg.contract indexing_maps = {{.*}} ins(%{{.*}}, %{{.*}} : tensor<5x2x4xf8E4M3FN>, tensor<4x3xf8E4M3FN>) outs(%{{.*}} : tensor<5x2x3xf32>)
func.func @batch_matmul(%a: !torch.vtensor<[5,2,4],f8E4M3FN>, %b: !torch.vtensor<[5,4,3],f8E4M3FN>, %c: !torch.vtensor<[1,4,3],f8E4M3FN>)
    -> (!torch.vtensor<[5,2,3],f8E4M3FN>, !torch.vtensor<[5,2,3],f8E4M3FN>) attributes {torch.onnx_meta.opset_version = 21 : si64} {
  %s = torch.operator "onnx.Constant"() {torch.onnx.value = dense<0.5> : tensor<f32>} : () -> !torch.vtensor<[],f32>
  %z = torch.operator "onnx.Constant"() {torch.onnx.value = dense<0.0> : tensor<f8E4M3FN>} : () -> !torch.vtensor<[],f8E4M3FN>
  %0 = torch.operator "onnx.QLinearMatMul"(%a, %s, %z, %b, %s, %z, %s, %z) : (!torch.vtensor<[5,2,4],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[5,4,3],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>) -> !torch.vtensor<[5,2,3],f8E4M3FN>
  %1 = torch.operator "onnx.QLinearMatMul"(%a, %s, %z, %c, %s, %z, %s, %z) : (!torch.vtensor<[5,2,4],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[1,4,3],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>) -> !torch.vtensor<[5,2,3],f8E4M3FN>
  return %0, %1 : !torch.vtensor<[5,2,3],f8E4M3FN>, !torch.vtensor<[5,2,3],f8E4M3FN>
}

// torch-mlir does these right; what it does not is done in f32, or keeps a NaN.
// CHECK-LABEL: func.func @arithmetic(
// CHECK: torch.operator "onnx.Add"(%{{.*}}, %{{.*}}) : (!torch.vtensor<[4],f8E4M3FN>, !torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f8E4M3FN>
// CHECK: arith.extf %{{.*}} : f8E4M3FN to f32
// CHECK: torch.operator "onnx.ReduceMax"(%{{.*}}) {torch.onnx.keepdims = 0 : si64} : (!torch.vtensor<[4],f32>) -> !torch.vtensor<[],f32>
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FN
// CHECK: %[[MAX:.*]] = torch.operator "onnx.Max"(%[[A:.*]], %{{.*}}) : (!torch.vtensor<[4],f8E4M3FN>, !torch.vtensor<[],f8E4M3FN>) -> !torch.vtensor<[4],f8E4M3FN>
// CHECK: %[[IS_NAN:.*]] = torch.operator "onnx.IsNaN"(%[[A]]) : (!torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],i1>
// CHECK: torch.operator "onnx.Where"(%[[IS_NAN]], %[[A]], %[[MAX]])
func.func @arithmetic(%a: !torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f8E4M3FN>
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  %0 = torch.operator "onnx.Add"(%a, %a) : (!torch.vtensor<[4],f8E4M3FN>, !torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f8E4M3FN>
  %1 = torch.operator "onnx.ReduceMax"(%0) {torch.onnx.keepdims = 0 : si64} : (!torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[],f8E4M3FN>
  %2 = torch.operator "onnx.Max"(%a, %1) : (!torch.vtensor<[4],f8E4M3FN>, !torch.vtensor<[],f8E4M3FN>) -> !torch.vtensor<[4],f8E4M3FN>
  return %2 : !torch.vtensor<[4],f8E4M3FN>
}

// What has no fp8 stays as it is.
// CHECK-LABEL: func.func @others(
// CHECK: torch.operator "onnx.Cast"(%{{.*}}) {torch.onnx.to = 10 : si64}
// CHECK: torch.operator "onnx.QuantizeLinear"
func.func @others(%a: !torch.vtensor<[4],f32>, %s: !torch.vtensor<[],f16>, %z: !torch.vtensor<[],ui8>) -> !torch.vtensor<[4],ui8>
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  %0 = torch.operator "onnx.Cast"(%a) {torch.onnx.to = 10 : si64} : (!torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f16>
  %1 = torch.operator "onnx.QuantizeLinear"(%0, %s, %z) : (!torch.vtensor<[4],f16>, !torch.vtensor<[],f16>, !torch.vtensor<[],ui8>) -> !torch.vtensor<[4],ui8>
  return %1 : !torch.vtensor<[4],ui8>
}
