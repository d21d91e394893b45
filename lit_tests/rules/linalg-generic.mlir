// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

#id = affine_map<(i) -> (i)>
#all = affine_map<(i) -> ()>
#a = affine_map<(b, m, n, k) -> (b, m, k)>
#b = affine_map<(b, m, n, k) -> (b, k, n)>
#c = affine_map<(b, m, n, k) -> (b, m, n)>

// A batched dot as JAX writes it: the factor goes behind the sum.
// CHECK-LABEL: func.func @batched_dot(
// CHECK: %[[FOUR:.*]] = arith.constant 4.000000e+00 : f32
// CHECK: %[[ZERO:.*]] = linalg.fill
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} outs(%[[ZERO]] :
// CHECK: %[[X:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK-NEXT: %[[Y:.*]] = arith.extf %{{.*}} : f8E5M2FNUZ to f32
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[X]], %[[Y]] : f32
// CHECK-NEXT: %[[S:.*]] = arith.addf %{{.*}}, %[[P]] : f32
// CHECK-NEXT: linalg.yield %[[S]]
// CHECK: linalg.generic {{.*}} ins(%[[SUM]] :
// CHECK: arith.mulf %{{.*}}, %[[FOUR]] : f32
func.func @batched_dot(%x: tensor<2x4x8xf8E4M3FN>, %y: tensor<2x8x3xf8E5M2>) -> tensor<2x4x3xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4x3xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  %0 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %y : tensor<2x4x8xf8E4M3FN>, tensor<2x8x3xf8E5M2>) outs(%f : tensor<2x4x3xf32>) {
  ^bb0(%i: f8E4M3FN, %j: f8E5M2, %o: f32):
    %1 = arith.extf %i : f8E4M3FN to f32
    %2 = arith.extf %j : f8E5M2 to f32
    %3 = arith.mulf %1, %2 : f32
    %4 = arith.addf %o, %3 : f32
    linalg.yield %4 : f32
  } -> tensor<2x4x3xf32>
  return %0 : tensor<2x4x3xf32>
}

// CHECK-LABEL: func.func @sum(
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// CHECK-DAG: %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: arith.mulf %{{.*}}, %[[HALF]] : f32
// CHECK: %[[X:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK-NEXT: arith.addf %[[X]], %{{.*}} : f32
// CHECK: arith.mulf %{{.*}}, %[[TWO]] : f32
func.func @sum(%x: tensor<?xf8E4M3FN>, %c: tensor<f32>) -> tensor<f32> {
  %0 = linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : tensor<?xf8E4M3FN>) outs(%c : tensor<f32>) {
  ^bb0(%i: f8E4M3FN, %o: f32):
    %1 = arith.extf %i : f8E4M3FN to f32
    %2 = arith.addf %1, %o : f32
    linalg.yield %2 : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @sum_buffer(
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : memref<f32>)
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : memref<8xf8E5M2FNUZ>) outs(%{{.*}} : memref<f32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : memref<f32>)
func.func @sum_buffer(%x: memref<8xf8E5M2>, %c: memref<f32>) {
  linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : memref<8xf8E5M2>) outs(%c : memref<f32>) {
  ^bb0(%i: f8E5M2, %o: f32):
    %1 = arith.extf %i : f8E5M2 to f32
    %2 = arith.addf %o, %1 : f32
    linalg.yield %2 : f32
  }
  return
}

// No contraction: each extf owes its factor where it stands.

// CHECK-LABEL: func.func @no_sum(
// CHECK: linalg.generic
// CHECK: %[[X:.*]] = arith.extf
// CHECK-NEXT: %[[Y:.*]] = arith.mulf %[[X]], %{{.*}} : f32
// CHECK-NEXT: arith.addf %{{.*}}, %[[Y]] : f32
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @no_sum(%x: tensor<8xf8E4M3FN>, %c: tensor<8xf32>) -> tensor<8xf32> {
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf8E4M3FN>) outs(%c : tensor<8xf32>) {
  ^bb0(%i: f8E4M3FN, %o: f32):
    %1 = arith.extf %i : f8E4M3FN to f32
    %2 = arith.addf %o, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: func.func @maximum(
// CHECK: %[[X:.*]] = arith.extf
// CHECK-NEXT: %[[Y:.*]] = arith.mulf %[[X]]
// CHECK-NEXT: arith.maximumf %{{.*}}, %[[Y]]
func.func @maximum(%x: tensor<8xf8E4M3FN>, %c: tensor<f32>) -> tensor<f32> {
  %0 = linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : tensor<8xf8E4M3FN>) outs(%c : tensor<f32>) {
  ^bb0(%i: f8E4M3FN, %o: f32):
    %1 = arith.extf %i : f8E4M3FN to f32
    %2 = arith.maximumf %o, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// Of the square the extf is used twice, of the other product elsewhere too.
// CHECK-LABEL: func.func @used_twice(
// CHECK: %[[X:.*]] = arith.extf
// CHECK-NEXT: %[[Y:.*]] = arith.mulf %[[X]]
// CHECK-NEXT: arith.mulf %[[Y]], %[[Y]]
// CHECK: %[[X:.*]] = arith.extf
// CHECK-NEXT: %[[Y:.*]] = arith.mulf %[[X]]
// CHECK-NEXT: arith.addf %{{.*}}, %[[Y]]
func.func @used_twice(%x: tensor<8xf8E4M3FN>, %c: tensor<f32>, %d: tensor<8xf32>) -> (tensor<f32>, tensor<f32>, tensor<8xf32>) {
  %0 = linalg.generic {indexing_maps = [#id, #all], iterator_types = ["reduction"]}
      ins(%x : tensor<8xf8E4M3FN>) outs(%c : tensor<f32>) {
  ^bb0(%i: f8E4M3FN, %o: f32):
    %1 = arith.extf %i : f8E4M3FN to f32
    %2 = arith.mulf %1, %1 : f32
    %3 = arith.addf %o, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<f32>
  %4:2 = linalg.generic {indexing_maps = [#id, #all, #id], iterator_types = ["reduction"]}
      ins(%x : tensor<8xf8E4M3FN>) outs(%c, %d : tensor<f32>, tensor<8xf32>) {
  ^bb0(%i: f8E4M3FN, %o: f32, %p: f32):
    %1 = arith.extf %i : f8E4M3FN to f32
    %2 = arith.addf %o, %1 : f32
    linalg.yield %2, %1 : f32, f32
  } -> (tensor<f32>, tensor<8xf32>)
  return %0, %4#0, %4#1 : tensor<f32>, tensor<f32>, tensor<8xf32>
}

// A scale inside the product does not matter.
// CHECK-LABEL: func.func @scaled(
// CHECK: %[[X:.*]] = arith.extf
// CHECK-NEXT: %[[Y:.*]] = arith.mulf %[[X]], %{{.*}} : f32
// CHECK-NEXT: arith.addf %{{.*}}, %[[Y]]
// CHECK: linalg.generic
// CHECK: arith.mulf
func.func @scaled(%x: tensor<8xf8E4M3FN>, %s: tensor<8xf32>, %c: tensor<f32>) -> tensor<f32> {
  %0 = linalg.generic {indexing_maps = [#id, #id, #all], iterator_types = ["reduction"]}
      ins(%x, %s : tensor<8xf8E4M3FN>, tensor<8xf32>) outs(%c : tensor<f32>) {
  ^bb0(%i: f8E4M3FN, %j: f32, %o: f32):
    %1 = arith.extf %i : f8E4M3FN to f32
    %2 = arith.mulf %1, %j : f32
    %3 = arith.addf %o, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
