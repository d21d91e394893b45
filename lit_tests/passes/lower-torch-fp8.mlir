// RUN: fnuz-opt %s --lower-torch-fp8 --canonicalize | FileCheck %s
// RUN: fnuz-opt %s --lower-torch-fp8=scale-result=multiply --canonicalize | FileCheck %s --check-prefix=GPU
// RUN: fnuz-opt %s --import-torch | FileCheck %s --check-prefix=IMPORT
// RUN: fnuz-opt %s --import-torch --ocp-to-fnuz | FileCheck %s --check-prefix=FNUZ

// A cast to E4M3FN saturates, and NaN gets through; f64 is rounded to f32 first.
// CHECK-LABEL: func.func @cast(
// CHECK:         %[[X:.*]] = torch_c.to_builtin_tensor %arg0 : !torch.vtensor<[4],f64> -> tensor<4xf64>
// CHECK:         linalg.generic {{.*}} ins(%[[X]] : tensor<4xf64>)
// CHECK:           %[[F:.*]] = arith.truncf %{{.*}} : f64 to f32
// CHECK:           %[[R:.*]] = arith.maximumf %[[F]], %{{.*}} : f32
// CHECK:           %[[S:.*]] = arith.minimumf %[[R]], %{{.*}} : f32
// CHECK:           arith.truncf %[[S]] : f32 to f8E4M3FN
// CHECK:         %[[Q:.*]] = torch_c.from_builtin_tensor %{{.*}} : tensor<4xf8E4M3FN> -> !torch.vtensor<[4],f8E4M3FN>
// CHECK-NEXT:    return %[[Q]]
// IMPORT-LABEL: func.func @cast(
// IMPORT-SAME:    %arg0: tensor<4xf64>) -> tensor<4xf8E4M3FN> {
// IMPORT-NOT:     torch
func.func @cast(%x: !torch.vtensor<[4],f64>) -> !torch.vtensor<[4],f8E4M3FN> {
  %float8_e4m3fn = torch.constant.int 24
  %false = torch.constant.bool false
  %none = torch.constant.none
  %0 = torch.aten.to.dtype %x, %float8_e4m3fn, %false, %false, %none : !torch.vtensor<[4],f64>, !torch.int, !torch.bool, !torch.bool, !torch.none -> !torch.vtensor<[4],f8E4M3FN>
  return %0 : !torch.vtensor<[4],f8E4M3FN>
}

// A cast to E5M2 gives Inf.
// CHECK-LABEL: func.func @cast_to_e5m2(
// CHECK-NOT:     arith.maximumf
// CHECK:         arith.truncf %{{.*}} : f32 to f8E5M2
func.func @cast_to_e5m2(%x: !torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f8E5M2> {
  %float8_e5m2 = torch.constant.int 23
  %0 = torch.prims.convert_element_type %x, %float8_e5m2 : !torch.vtensor<[4],f32>, !torch.int -> !torch.vtensor<[4],f8E5M2>
  return %0 : !torch.vtensor<[4],f8E5M2>
}

// CHECK-LABEL: func.func @view(
// CHECK:         tensor.bitcast %{{.*}} : tensor<4xi8> to tensor<4xf8E4M3FN>
func.func @view(%x: !torch.vtensor<[4],ui8>) -> !torch.vtensor<[4],f8E4M3FN> {
  %float8_e4m3fn = torch.constant.int 24
  %0 = torch.aten.view.dtype %x, %float8_e4m3fn : !torch.vtensor<[4],ui8>, !torch.int -> !torch.vtensor<[4],f8E4M3FN>
  return %0 : !torch.vtensor<[4],f8E4M3FN>
}

// Constant scales of the whole tensors are one factor after the sum, and take that of FNUZ too.
// CHECK-LABEL: func.func @scaled_mm(
// CHECK:         %[[SUM:.*]] = linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<4x16xf8E4M3FN>, tensor<16x32xf8E4M3FN>) outs(%{{.*}} : tensor<4x32xf32>)
// CHECK:         linalg.generic
// IMPORT-LABEL: func.func @scaled_mm(
// IMPORT-DAG:     %[[SCALE:.*]] = arith.constant 1.250000e-01 : f32
// IMPORT:         linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<4x16xf8E4M3FN>, tensor<16x32xf8E4M3FN>)
// IMPORT:         ins(%{{.*}}, %arg2 : tensor<4x32xf32>, tensor<32xbf16>)
// IMPORT:           %[[S:.*]] = arith.mulf %{{.*}}, %[[SCALE]] : f32
// IMPORT-NEXT:      %[[B:.*]] = arith.extf %{{.*}} : bf16 to f32
// IMPORT-NEXT:      %[[A:.*]] = arith.addf %[[S]], %[[B]] : f32
// IMPORT-NEXT:      %[[R:.*]] = arith.truncf %[[A]] : f32 to bf16
// IMPORT-NEXT:      linalg.yield %[[R]] : bf16
// FNUZ-LABEL:   func.func @scaled_mm(
// FNUZ-DAG:       %[[SCALE:.*]] = arith.constant 5.000000e-01 : f32
// FNUZ:           linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<4x16xf8E4M3FNUZ>, tensor<16x32xf8E4M3FNUZ>)
// FNUZ:             arith.mulf %{{.*}}, %[[SCALE]] : f32
// FNUZ-NOT:         arith.mulf
// FNUZ:           return
func.func @scaled_mm(%x: !torch.vtensor<[4,16],f8E4M3FN>, %w: !torch.vtensor<[16,32],f8E4M3FN>, %bias: !torch.vtensor<[32],bf16>) -> !torch.vtensor<[4,32],bf16> {
  %a = torch.vtensor.literal(dense<0.5> : tensor<f32>) : !torch.vtensor<[],f32>
  %b = torch.vtensor.literal(dense<0.25> : tensor<1xf32>) : !torch.vtensor<[1],f32>
  %none = torch.constant.none
  %bfloat16 = torch.constant.int 15
  %true = torch.constant.bool true
  %0 = torch.aten._scaled_mm %x, %w, %a, %b, %bias, %none, %bfloat16, %true : !torch.vtensor<[4,16],f8E4M3FN>, !torch.vtensor<[16,32],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[1],f32>, !torch.vtensor<[32],bf16>, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[4,32],bf16>
  return %0 : !torch.vtensor<[4,32],bf16>
}

// Scales of rows and columns are broadcast; the batch is dynamic.
// CHECK-LABEL: func.func @scaled_mm_rows(
// CHECK:         linalg.matmul {{.*}} -> tensor<?x32xf32>
// IMPORT-LABEL: func.func @scaled_mm_rows(
// IMPORT:         linalg.generic {indexing_maps = [#[[ID:.*]], #[[ROW:.*]], #[[COLUMN:.*]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%{{.*}}, %arg2, %arg3 : tensor<?x32xf32>, tensor<?x1xf32>, tensor<1x32xf32>)
// IMPORT:           %[[S:.*]] = arith.mulf %{{.*}}, %{{.*}} : f32
// IMPORT-NEXT:      arith.mulf %{{.*}}, %[[S]] : f32
func.func @scaled_mm_rows(%x: !torch.vtensor<[?,16],f8E5M2>, %w: !torch.vtensor<[16,32],f8E4M3FN>, %a: !torch.vtensor<[?,1],f32>, %b: !torch.vtensor<[1,32],f32>) -> !torch.vtensor<[?,32],f32> {
  %none = torch.constant.none
  %float32 = torch.constant.int 6
  %true = torch.constant.bool true
  %0 = torch.aten._scaled_mm %x, %w, %a, %b, %none, %none, %float32, %true : !torch.vtensor<[?,16],f8E5M2>, !torch.vtensor<[16,32],f8E4M3FN>, !torch.vtensor<[?,1],f32>, !torch.vtensor<[1,32],f32>, !torch.none, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[?,32],f32>
  return %0 : !torch.vtensor<[?,32],f32>
}

// CHECK-LABEL: func.func @scale_result(
// CHECK:         %[[LAST:.*]] = arith.divf %{{.*}}, %{{.*}} : f32
// CHECK:         arith.mulf %{{.*}}, %[[LAST]] : f32
// CHECK:         arith.maximumf
// GPU-LABEL:   func.func @scale_result(
// GPU-NOT:       arith.divf
// GPU:           %[[LAST:.*]] = tensor.extract
// GPU-NOT:       arith.divf
// GPU:           arith.mulf %{{.*}}, %[[LAST]] : f32
func.func @scale_result(%x: !torch.vtensor<[4,16],f8E4M3FN>, %w: !torch.vtensor<[16,32],f8E4M3FN>, %s: !torch.vtensor<[],f32>) -> !torch.vtensor<[4,32],f8E4M3FN> {
  %one = torch.vtensor.literal(dense<1.0> : tensor<f32>) : !torch.vtensor<[],f32>
  %none = torch.constant.none
  %float8_e4m3fn = torch.constant.int 24
  %false = torch.constant.bool false
  %0 = torch.aten._scaled_mm %x, %w, %one, %one, %none, %s, %float8_e4m3fn, %false : !torch.vtensor<[4,16],f8E4M3FN>, !torch.vtensor<[16,32],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f32>, !torch.none, !torch.vtensor<[],f32>, !torch.int, !torch.bool -> !torch.vtensor<[4,32],f8E4M3FN>
  return %0 : !torch.vtensor<[4,32],f8E4M3FN>
}

// A product of fp8 matrices in fp8 is summed in f32 and rounded once.
// CHECK-LABEL: func.func @mm(
// CHECK:         linalg.matmul {{.*}} outs(%{{.*}} : tensor<4x32xf32>)
// CHECK:         arith.minimumf
// CHECK:         arith.truncf %{{.*}} : f32 to f8E4M3FN
func.func @mm(%x: !torch.vtensor<[4,16],f8E4M3FN>, %w: !torch.vtensor<[16,32],f8E4M3FN>) -> !torch.vtensor<[4,32],f8E4M3FN> {
  %0 = torch.aten.mm %x, %w : !torch.vtensor<[4,16],f8E4M3FN>, !torch.vtensor<[16,32],f8E4M3FN> -> !torch.vtensor<[4,32],f8E4M3FN>
  return %0 : !torch.vtensor<[4,32],f8E4M3FN>
}

// CHECK-LABEL: func.func @mul(
// CHECK:         arith.mulf %{{.*}}, %{{.*}} : f32
// CHECK:         arith.truncf %{{.*}} : f32 to f8E4M3FN
func.func @mul(%x: !torch.vtensor<[4,1],f8E4M3FN>, %y: !torch.vtensor<[8],f8E4M3FN>) -> !torch.vtensor<[4,8],f8E4M3FN> {
  %0 = torch.aten.mul.Tensor %x, %y : !torch.vtensor<[4,1],f8E4M3FN>, !torch.vtensor<[8],f8E4M3FN> -> !torch.vtensor<[4,8],f8E4M3FN>
  return %0 : !torch.vtensor<[4,8],f8E4M3FN>
}

// NaN gets through a clamp, which a comparison and a selection would not let it.
// IMPORT-LABEL: func.func @clamp(
// IMPORT-NOT:     arith.cmpf
// IMPORT:         arith.maximumf
// IMPORT-NEXT:    arith.minimumf
func.func @clamp(%x: !torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f32> {
  %low = torch.constant.int -448
  %high = torch.constant.float 448.0
  %0 = torch.aten.clamp %x, %low, %high : !torch.vtensor<[4],f32>, !torch.int, !torch.float -> !torch.vtensor<[4],f32>
  return %0 : !torch.vtensor<[4],f32>
}

// 1 / 0 is Inf, and does not end the program.
// IMPORT-LABEL: func.func @reciprocal(
// IMPORT-NOT:     cf.assert
// IMPORT:         arith.divf
func.func @reciprocal(%x: !torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f32> {
  %0 = torch.aten.reciprocal %x : !torch.vtensor<[4],f32> -> !torch.vtensor<[4],f32>
  return %0 : !torch.vtensor<[4],f32>
}

// What only moves fp8 values is left, and integers are no matter of this pass.
// CHECK-LABEL: func.func @moves(
// CHECK-NOT:     torch_c
// CHECK:         torch.aten.t
// CHECK-NEXT:    torch.aten.clamp
func.func @moves(%x: !torch.vtensor<[4,8],f8E4M3FN>, %i: !torch.vtensor<[4],si64>) -> (!torch.vtensor<[8,4],f8E4M3FN>, !torch.vtensor<[4],si64>) {
  %low = torch.constant.int 0
  %high = torch.constant.int 7
  %0 = torch.aten.t %x : !torch.vtensor<[4,8],f8E4M3FN> -> !torch.vtensor<[8,4],f8E4M3FN>
  %1 = torch.aten.clamp %i, %low, %high : !torch.vtensor<[4],si64>, !torch.int, !torch.int -> !torch.vtensor<[4],si64>
  return %0, %1 : !torch.vtensor<[8,4],f8E4M3FN>, !torch.vtensor<[4],si64>
}
