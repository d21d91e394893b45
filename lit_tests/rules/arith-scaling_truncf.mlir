// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @f32(
// CHECK: %[[SCALE:.*]] = arith.extf %{{.*}} : tensor<4xf8E8M0FNU> to tensor<4xf32>
// CHECK: %[[Q:.*]] = arith.divf %{{.*}}, %[[SCALE]] : tensor<4xf32>
// CHECK: %[[HALVED:.*]] = arith.mulf %[[Q]], %{{.*}} : tensor<4xf32>
// CHECK: arith.truncf %[[HALVED]] : tensor<4xf32> to tensor<4xf8E4M3FNUZ>
// CHECK: arith.cmpi ugt
func.func @f32(%x: tensor<4xf32>, %s: tensor<4xf8E8M0FNU>) -> tensor<4xf8E4M3FN> {
  %0 = arith.scaling_truncf %x, %s : tensor<4xf32>, tensor<4xf8E8M0FNU> to tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}

// The quotient is rounded in f16, as MLIR expands the op, and halved in f32.
// CHECK-LABEL: func.func @f16(
// CHECK: %[[Q:.*]] = arith.divf %{{.*}} : f16
// CHECK: %[[WIDE:.*]] = arith.extf %[[Q]] : f16 to f32
// CHECK: arith.mulf %[[WIDE]], %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2FNUZ
func.func @f16(%x: f16, %s: f8E8M0FNU) -> f8E5M2 {
  %0 = arith.scaling_truncf %x, %s : f16, f8E8M0FNU to f8E5M2
  return %0 : f8E5M2
}

// -----

func.func @other_scale(%x: vector<4xf32>, %s: vector<4xf32>) -> vector<4xi8> {
  // expected-error @+1 {{'arith.scaling_truncf' op on vector<4xf8E4M3FN> cannot become FNUZ for gfx942: its scale is not f8E8M0FNU}}
  %0 = arith.scaling_truncf %x, %s : vector<4xf32>, vector<4xf32> to vector<4xf8E4M3FN>
  %1 = arith.bitcast %0 : vector<4xf8E4M3FN> to vector<4xi8>
  return %1 : vector<4xi8>
}

// -----

func.func @other_rounding(%x: f32, %s: f8E8M0FNU) -> i8 {
  // expected-error @+1 {{'arith.scaling_truncf' op on f8E4M3FN cannot become FNUZ for gfx942: its rounding mode is}}
  %0 = arith.scaling_truncf %x, %s upward : f32, f8E8M0FNU to f8E4M3FN
  %1 = arith.bitcast %0 : f8E4M3FN to i8
  return %1 : i8
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
