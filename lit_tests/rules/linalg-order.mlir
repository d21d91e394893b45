// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

// The larger of two halves is half the larger: the ops stay, with new types.

// CHECK-LABEL: func.func @elementwise(
// CHECK: linalg.abs ins(%{{.*}} : tensor<?xf8E4M3FNUZ>) outs(%{{.*}} : tensor<?xf8E4M3FNUZ>)
// CHECK: linalg.negf ins(%{{.*}} : tensor<?xf8E4M3FNUZ>)
// CHECK: linalg.max ins(%{{.*}} : tensor<?xf8E4M3FNUZ>, tensor<?xf8E4M3FNUZ>)
// CHECK: linalg.min ins(%{{.*}} : tensor<?xf8E4M3FNUZ>, tensor<?xf8E4M3FNUZ>)
func.func @elementwise(%x: tensor<?xf8E4M3FN>, %i: tensor<?xf8E4M3FN>) -> tensor<?xf8E4M3FN> {
  %0 = linalg.abs ins(%x : tensor<?xf8E4M3FN>) outs(%i : tensor<?xf8E4M3FN>) -> tensor<?xf8E4M3FN>
  %1 = linalg.negf ins(%0 : tensor<?xf8E4M3FN>) outs(%i : tensor<?xf8E4M3FN>) -> tensor<?xf8E4M3FN>
  %2 = linalg.max ins(%x, %1 : tensor<?xf8E4M3FN>, tensor<?xf8E4M3FN>) outs(%i : tensor<?xf8E4M3FN>) -> tensor<?xf8E4M3FN>
  %3 = linalg.min ins(%x, %2 : tensor<?xf8E4M3FN>, tensor<?xf8E4M3FN>) outs(%i : tensor<?xf8E4M3FN>) -> tensor<?xf8E4M3FN>
  return %3 : tensor<?xf8E4M3FN>
}

// CHECK-LABEL: func.func @nchw_max(
// CHECK: linalg.pooling_nchw_max {{.*}} outs(%{{.*}} : tensor<1x4x5x5xf8E4M3FNUZ>)
func.func @nchw_max(%x: tensor<1x4x6x6xf8E4M3FN>, %w: tensor<2x2xf32>, %i: tensor<1x4x5x5xf8E4M3FN>) -> tensor<1x4x5x5xf8E4M3FN> {
  %0 = linalg.pooling_nchw_max ins(%x, %w : tensor<1x4x6x6xf8E4M3FN>, tensor<2x2xf32>) outs(%i : tensor<1x4x5x5xf8E4M3FN>) -> tensor<1x4x5x5xf8E4M3FN>
  return %0 : tensor<1x4x5x5xf8E4M3FN>
}

// CHECK-LABEL: func.func @ncw_max(
// CHECK: linalg.pooling_ncw_max {{.*}} outs(%{{.*}} : tensor<1x4x5xf8E4M3FNUZ>)
func.func @ncw_max(%x: tensor<1x4x6xf8E4M3FN>, %w: tensor<2xf32>, %i: tensor<1x4x5xf8E4M3FN>) -> tensor<1x4x5xf8E4M3FN> {
  %0 = linalg.pooling_ncw_max ins(%x, %w : tensor<1x4x6xf8E4M3FN>, tensor<2xf32>) outs(%i : tensor<1x4x5xf8E4M3FN>) -> tensor<1x4x5xf8E4M3FN>
  return %0 : tensor<1x4x5xf8E4M3FN>
}

// CHECK-LABEL: func.func @ndhwc_max(
// CHECK: linalg.pooling_ndhwc_max {{.*}} outs(%{{.*}} : tensor<1x3x3x3x2xf8E4M3FNUZ>)
func.func @ndhwc_max(%x: tensor<1x4x4x4x2xf8E4M3FN>, %w: tensor<2x2x2xf32>, %i: tensor<1x3x3x3x2xf8E4M3FN>) -> tensor<1x3x3x3x2xf8E4M3FN> {
  %0 = linalg.pooling_ndhwc_max ins(%x, %w : tensor<1x4x4x4x2xf8E4M3FN>, tensor<2x2x2xf32>) outs(%i : tensor<1x3x3x3x2xf8E4M3FN>) -> tensor<1x3x3x3x2xf8E4M3FN>
  return %0 : tensor<1x3x3x3x2xf8E4M3FN>
}

// CHECK-LABEL: func.func @ndhwc_min(
// CHECK: linalg.pooling_ndhwc_min {{.*}} outs(%{{.*}} : tensor<1x3x3x3x2xf8E4M3FNUZ>)
func.func @ndhwc_min(%x: tensor<1x4x4x4x2xf8E4M3FN>, %w: tensor<2x2x2xf32>, %i: tensor<1x3x3x3x2xf8E4M3FN>) -> tensor<1x3x3x3x2xf8E4M3FN> {
  %0 = linalg.pooling_ndhwc_min ins(%x, %w : tensor<1x4x4x4x2xf8E4M3FN>, tensor<2x2x2xf32>) outs(%i : tensor<1x3x3x3x2xf8E4M3FN>) -> tensor<1x3x3x3x2xf8E4M3FN>
  return %0 : tensor<1x3x3x3x2xf8E4M3FN>
}

// CHECK-LABEL: func.func @nhwc_max(
// CHECK: linalg.pooling_nhwc_max {{.*}} outs(%{{.*}} : tensor<1x5x5x4xf8E4M3FNUZ>)
func.func @nhwc_max(%x: tensor<1x6x6x4xf8E4M3FN>, %w: tensor<2x2xf32>, %i: tensor<1x5x5x4xf8E4M3FN>) -> tensor<1x5x5x4xf8E4M3FN> {
  %0 = linalg.pooling_nhwc_max ins(%x, %w : tensor<1x6x6x4xf8E4M3FN>, tensor<2x2xf32>) outs(%i : tensor<1x5x5x4xf8E4M3FN>) -> tensor<1x5x5x4xf8E4M3FN>
  return %0 : tensor<1x5x5x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @nhwc_min(
// CHECK: linalg.pooling_nhwc_min {{.*}} outs(%{{.*}} : tensor<1x5x5x4xf8E4M3FNUZ>)
func.func @nhwc_min(%x: tensor<1x6x6x4xf8E4M3FN>, %w: tensor<2x2xf32>, %i: tensor<1x5x5x4xf8E4M3FN>) -> tensor<1x5x5x4xf8E4M3FN> {
  %0 = linalg.pooling_nhwc_min ins(%x, %w : tensor<1x6x6x4xf8E4M3FN>, tensor<2x2xf32>) outs(%i : tensor<1x5x5x4xf8E4M3FN>) -> tensor<1x5x5x4xf8E4M3FN>
  return %0 : tensor<1x5x5x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @nwc_max(
// CHECK: linalg.pooling_nwc_max {{.*}} outs(%{{.*}} : tensor<1x5x4xf8E4M3FNUZ>)
func.func @nwc_max(%x: tensor<1x6x4xf8E4M3FN>, %w: tensor<2xf32>, %i: tensor<1x5x4xf8E4M3FN>) -> tensor<1x5x4xf8E4M3FN> {
  %0 = linalg.pooling_nwc_max ins(%x, %w : tensor<1x6x4xf8E4M3FN>, tensor<2xf32>) outs(%i : tensor<1x5x4xf8E4M3FN>) -> tensor<1x5x4xf8E4M3FN>
  return %0 : tensor<1x5x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @nwc_min(
// CHECK: linalg.pooling_nwc_min {{.*}} outs(%{{.*}} : tensor<1x5x4xf8E4M3FNUZ>)
func.func @nwc_min(%x: tensor<1x6x4xf8E4M3FN>, %w: tensor<2xf32>, %i: tensor<1x5x4xf8E4M3FN>) -> tensor<1x5x4xf8E4M3FN> {
  %0 = linalg.pooling_nwc_min ins(%x, %w : tensor<1x6x4xf8E4M3FN>, tensor<2xf32>) outs(%i : tensor<1x5x4xf8E4M3FN>) -> tensor<1x5x4xf8E4M3FN>
  return %0 : tensor<1x5x4xf8E4M3FN>
}

// To another type it is written out, with a factor.
// CHECK-LABEL: func.func @to_f32(
// CHECK: linalg.generic
// CHECK: arith.extf
// CHECK: %[[X:.*]] = arith.mulf
// CHECK: arith.maximumf %{{.*}}, %[[X]] : f32
func.func @to_f32(%x: tensor<1x6x4xf8E4M3FN>, %w: tensor<2xf32>, %i: tensor<1x5x4xf32>) -> tensor<1x5x4xf32> {
  %0 = linalg.pooling_nwc_max ins(%x, %w : tensor<1x6x4xf8E4M3FN>, tensor<2xf32>) outs(%i : tensor<1x5x4xf32>) -> tensor<1x5x4xf32>
  return %0 : tensor<1x5x4xf32>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
