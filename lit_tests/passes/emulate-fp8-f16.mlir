// RUN: fnuz-opt %s --emulate-fp8=compute=f16 -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: fnuz-opt %s --emulate-fp8 | FileCheck %s --check-prefix=F32

// Contractions that sum in f32 keep their op and get f16 operands, decoded once for each element.

// ANYWHERE-NOT: f8E

// F32-NOT: f16>
// F32-NOT: linalg.matmul

// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[A:.*]]: tensor<?x8xi8>, %[[B:.*]]: tensor<8x4xi8>, %[[C:.*]]: tensor<?x4xf32>
// CHECK: %[[EA:.*]] = tensor.empty(%{{.*}}) : tensor<?x8xf16>
// CHECK: %[[DA:.*]] = linalg.generic {{.*}} ins(%[[A]] : tensor<?x8xi8>) outs(%[[EA]] : tensor<?x8xf16>)
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK: %[[EB:.*]] = tensor.empty() : tensor<8x4xf16>
// CHECK: %[[DB:.*]] = linalg.generic {{.*}} ins(%[[B]] : tensor<8x4xi8>) outs(%[[EB]] : tensor<8x4xf16>)
// CHECK: %[[R:.*]] = linalg.matmul ins(%[[DA]], %[[DB]] : tensor<?x8xf16>, tensor<8x4xf16>) outs(%[[C]] : tensor<?x4xf32>)
// CHECK: return %[[R]]
func.func @matmul(%a: tensor<?x8xf8E4M3FNUZ>, %b: tensor<8x4xf8E5M2>, %c: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<?x8xf8E4M3FNUZ>, tensor<8x4xf8E5M2>) outs(%c : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// A constant is decoded here and now, and its codes are not kept.
// CHECK-LABEL: func.func @constants(
// CHECK-NOT: xi8>
// CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 0x7E00], [-0.000000e+00, 4.480000e+02]]> : tensor<2x2xf16>
// CHECK-DAG: %[[S:.*]] = arith.constant dense<0x7C00> : tensor<2x2xf16>
// CHECK: linalg.contract {{.*}} ins(%[[W]], %[[S]] : tensor<2x2xf16>, tensor<2x2xf16>)
func.func @constants(%c: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense<[[1.0, 0x7F], [-0.0, 448.0]]> : tensor<2x2xf8E4M3FN>
  %s = arith.constant dense<0x7C> : tensor<2x2xf8E5M2>
  %0 = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%w, %s : tensor<2x2xf8E4M3FN>, tensor<2x2xf8E5M2>) outs(%c : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// A constant that is used as fp8 too is kept for that.
// CHECK-LABEL: func.func @shared(
// CHECK: %[[CODES:.*]] = arith.constant dense<56> : tensor<4x4xi8>
// CHECK: %[[VALUES:.*]] = arith.constant dense<1.000000e+00> : tensor<4x4xf16>
// CHECK: linalg.matmul ins(%[[VALUES]], %{{.*}} : tensor<4x4xf16>, tensor<4x4xf32>)
// CHECK: return %{{.*}}, %[[CODES]]
func.func @shared(%b: tensor<4x4xf32>, %c: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf8E4M3FN>) {
  %w = arith.constant dense<1.0> : tensor<4x4xf8E4M3FN>
  %0 = linalg.matmul ins(%w, %b : tensor<4x4xf8E4M3FN>, tensor<4x4xf32>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0, %w : tensor<4x4xf32>, tensor<4x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @vector(
// CHECK: vector.contract {{.*}} : vector<4x8xf16>, vector<4x8xf16> into vector<4x4xf32>
// F32: vector.contract {{.*}} : vector<4x8xf32>, vector<4x8xf32> into vector<4x4xf32>
func.func @vector(%a: vector<4x8xf8E4M3FN>, %b: vector<4x8xf8E4M3FN>, %c: vector<4x4xf32>) -> vector<4x4xf32> {
  %0 = vector.contract {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %c
      : vector<4x8xf8E4M3FN>, vector<4x8xf8E4M3FN> into vector<4x4xf32>
  return %0 : vector<4x4xf32>
}

// Another accumulator, a buffer and a scale are what they are without the option.
// CHECK-LABEL: func.func @others(
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<4x4xi8>, tensor<4x4xi8>) outs(%{{.*}} : tensor<4x4xbf16>)
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : memref<4x4xi8>, memref<4x4xi8>)
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<4x4xi8>, tensor<4x4xi8>) outs(%{{.*}} : tensor<4x4xf32>)
func.func @others(%a: tensor<4x4xf8E4M3FN>, %s: tensor<4x4xf8E8M0FNU>, %b: tensor<4x4xbf16>, %c: tensor<4x4xf32>, %m: memref<4x4xf8E4M3FN>, %d: memref<4x4xf32>) -> (tensor<4x4xbf16>, tensor<4x4xf32>) {
  %0 = linalg.matmul ins(%a, %a : tensor<4x4xf8E4M3FN>, tensor<4x4xf8E4M3FN>) outs(%b : tensor<4x4xbf16>) -> tensor<4x4xbf16>
  linalg.matmul ins(%m, %m : memref<4x4xf8E4M3FN>, memref<4x4xf8E4M3FN>) outs(%d : memref<4x4xf32>)
  %1 = linalg.matmul ins(%a, %s : tensor<4x4xf8E4M3FN>, tensor<4x4xf8E8M0FNU>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0, %1 : tensor<4x4xbf16>, tensor<4x4xf32>
}
