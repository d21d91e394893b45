// A quantize that was fused into a contraction: the linalg.generic has no fp8 operand, and its sum
// lost the factor.
// RUN: fnuz-opt %s --convert-ocp-to-fnuz | FileCheck %s

// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<3x3xf32>, %acc: tensor<3x3xf32>) -> tensor<3x3xf32> {
  // CHECK-DAG: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
  // CHECK: linalg.generic
  // CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
  // CHECK-NEXT: %[[VALUE:.*]] = arith.mulf %[[WIDE]], %[[TWO]] : f32
  // CHECK-NEXT: arith.addf %[[VALUE]], %{{.*}} : f32
  // CHECK-NEXT: linalg.yield
  // CHECK-NOT: linalg.generic
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                                        affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<3x3xf32>) outs(%acc : tensor<3x3xf32>) {
  ^bb0(%in: f32, %out: f32):
    %q = arith.truncf %in : f32 to f8E4M3FN
    %w = arith.extf %q : f8E4M3FN to f32
    %s = arith.addf %w, %out : f32
    linalg.yield %s : f32
  } -> tensor<3x3xf32>
  return %0 : tensor<3x3xf32>
}
