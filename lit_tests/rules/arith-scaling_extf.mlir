// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @f32(
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : tensor<4xf8E4M3FNUZ> to tensor<4xf32>
// CHECK: %[[VALUE:.*]] = arith.mulf %[[WIDE]], %{{.*}} : tensor<4xf32>
// CHECK: %[[SCALE:.*]] = arith.extf %{{.*}} : tensor<4xf8E8M0FNU> to tensor<4xf32>
// CHECK: arith.mulf %[[VALUE]], %[[SCALE]] : tensor<4xf32>
func.func @f32(%x: tensor<4xf8E4M3FN>, %s: tensor<4xf8E8M0FNU>) -> tensor<4xf32> {
  %0 = arith.scaling_extf %x, %s : tensor<4xf8E4M3FN>, tensor<4xf8E8M0FNU> to tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @bf16(
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : f8E5M2FNUZ to bf16
// CHECK: arith.mulf %[[WIDE]], %{{.*}} : bf16
func.func @bf16(%x: f8E5M2, %s: f8E8M0FNU) -> bf16 {
  %0 = arith.scaling_extf %x, %s : f8E5M2, f8E8M0FNU to bf16
  return %0 : bf16
}

// -----

func.func @other_scale(%x: vector<4xf4E2M1FN>, %i: vector<4xi8>) -> vector<4xf32> {
  %s = arith.bitcast %i : vector<4xi8> to vector<4xf8E4M3FN>
  // expected-error @+1 {{'arith.scaling_extf' op on vector<4xf8E4M3FN> cannot become FNUZ for gfx942: its scale is not f8E8M0FNU; truncate the scale to f8E8M0FNU before it}}
  %0 = arith.scaling_extf %x, %s : vector<4xf4E2M1FN>, vector<4xf8E4M3FN> to vector<4xf32>
  return %0 : vector<4xf32>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
