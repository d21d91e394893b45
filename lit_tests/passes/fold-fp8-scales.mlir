// RUN: fnuz-opt %s --fold-fp8-scales | FileCheck %s
// RUN: fnuz-opt %s --fold-fp8-scales=exact=strict | FileCheck %s --check-prefix=STRICT
// RUN: fnuz-opt %s --fold-fp8-scales --fold-fp8-scales | FileCheck %s

#i = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// The factor behind the contraction goes into the scale behind it.
// CHECK-LABEL: func.func @into_a_scale(
// CHECK: %[[S:.*]] = arith.constant dense<6.000000e+00> : tensor<4x6xf32>
// CHECK: %[[R:.*]] = linalg.matmul
// CHECK-NEXT: %[[Y:.*]] = arith.mulf %[[R]], %[[S]]
// CHECK-NEXT: return %[[Y]]
func.func @into_a_scale(%x: tensor<4x8xf8E4M3FNUZ>, %w: tensor<8x6xf8E4M3FNUZ>, %c: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %four = arith.constant dense<4.0> : tensor<4x6xf32>
  %scale = arith.constant dense<1.5> : tensor<4x6xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<4x8xf8E4M3FNUZ>, tensor<8x6xf8E4M3FNUZ>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = arith.mulf %0, %four : tensor<4x6xf32>
  %2 = arith.mulf %1, %scale : tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// A body that only yields what it gets is gone.
// CHECK-LABEL: func.func @body(
// CHECK: %[[R:.*]] = linalg.matmul
// CHECK-NEXT: tensor.empty
// CHECK-NEXT: linalg.generic {{.*}} ins(%[[R]]
// CHECK: arith.divf %{{.*}}, %[[S:.*]] : f32
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @body(%x: tensor<4x8xf8E5M2FNUZ>, %w: tensor<8x6xf8E5M2FNUZ>, %c: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %four = arith.constant 4.0 : f32
  %scale = arith.constant 1.5 : f32
  %0 = linalg.matmul ins(%x, %w : tensor<4x8xf8E5M2FNUZ>, tensor<8x6xf8E5M2FNUZ>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = linalg.generic {indexing_maps = [#i], iterator_types = ["parallel", "parallel"]} outs(%0 : tensor<4x6xf32>) {
  ^bb0(%o: f32):
    %3 = arith.mulf %o, %four : f32
    linalg.yield %3 : f32
  } -> tensor<4x6xf32>
  %e = tensor.empty() : tensor<4x6xf32>
  %2 = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel", "parallel"]} ins(%1 : tensor<4x6xf32>) outs(%e : tensor<4x6xf32>) {
  ^bb0(%p: f32, %o: f32):
    %3 = arith.divf %p, %scale : f32
    linalg.yield %3 : f32
  } -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// The bounds of a clamp are halved and the scale is doubled.
// CHECK-LABEL: func.func @quantize(
// CHECK-DAG: %[[S:.*]] = arith.constant 6.000000e-01 : f32
// CHECK-DAG: %[[LO:.*]] = arith.constant -2.240000e+02 : f32
// CHECK-DAG: %[[HI:.*]] = arith.constant 2.240000e+02 : f32
// CHECK: %[[Q:.*]] = arith.divf %{{.*}}, %[[S]]
// CHECK-NEXT: %[[A:.*]] = arith.maximumf %[[Q]], %[[LO]]
// CHECK-NEXT: %[[B:.*]] = arith.minimumf %[[A]], %[[HI]]
// CHECK-NEXT: arith.truncf %[[B]] : f32 to f8E4M3FNUZ
// STRICT-LABEL: func.func @quantize(
// STRICT-NOT: arith.mulf
// STRICT: return
func.func @quantize(%x: f32) -> f8E4M3FNUZ {
  %half = arith.constant 0.5 : f32
  %s = arith.constant 0.3 : f32
  %lo = arith.constant -448.0 : f32
  %hi = arith.constant 448.0 : f32
  %0 = arith.divf %x, %s : f32
  %1 = arith.maximumf %0, %lo : f32
  %2 = arith.minimumf %1, %hi : f32
  %3 = arith.mulf %2, %half : f32
  %4 = arith.truncf %3 : f32 to f8E4M3FNUZ
  return %4 : f8E4M3FNUZ
}

// One product on the scales of the rows in place of one on each element.
// CHECK-LABEL: func.func @run_time_scale(
// CHECK-SAME: %[[S:[a-z0-9]+]]: tensor<4xf32>)
// CHECK: %[[TWICE:.*]] = arith.mulf %[[S]], %{{.*}} : tensor<4xf32>
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[TWICE]] :
// CHECK: %[[Q:.*]] = arith.extf
// CHECK-NEXT: arith.mulf %[[Q]], %
// CHECK-NEXT: linalg.yield
// STRICT-LABEL: func.func @run_time_scale(
// STRICT: linalg.generic
// STRICT: %[[Q:.*]] = arith.extf
// STRICT-NEXT: %[[D:.*]] = arith.mulf %[[Q]], %{{.*}}
// STRICT-NEXT: arith.mulf %[[D]], %
func.func @run_time_scale(%x: tensor<4x6xf8E4M3FNUZ>, %s: tensor<4xf32>) -> tensor<4x6xf32> {
  %two = arith.constant 2.0 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %0 = linalg.generic {indexing_maps = [#i, #row, #i], iterator_types = ["parallel", "parallel"]} ins(%x, %s : tensor<4x6xf8E4M3FNUZ>, tensor<4xf32>) outs(%e : tensor<4x6xf32>) {
  ^bb0(%p: f8E4M3FNUZ, %k: f32, %o: f32):
    %1 = arith.extf %p : f8E4M3FNUZ to f32
    %2 = arith.mulf %1, %two : f32
    %3 = arith.mulf %2, %k : f32
    linalg.yield %3 : f32
  } -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

// A small run-time scale of f8E8M0FNU gets its exponent raised, NaN where there is no such code.
// CHECK-LABEL: func.func @e8m0(
// CHECK: %[[C:.*]] = arith.bitcast %{{.*}} : tensor<4xf8E8M0FNU> to tensor<4xi8>
// CHECK: %[[OVER:.*]] = arith.cmpi ugt, %[[C]], %{{.*}} : tensor<4xi8>
// CHECK: %[[NEXT:.*]] = arith.addi %[[C]], %{{.*}} : tensor<4xi8>
// CHECK: %[[NEW:.*]] = arith.select %[[OVER]], %{{.*}}, %[[NEXT]] : tensor<4xi1>, tensor<4xi8>
// CHECK: arith.bitcast %[[NEW]] : tensor<4xi8> to tensor<4xf8E8M0FNU>
// CHECK: linalg.generic
func.func @e8m0(%x: tensor<4x32xf8E4M3FNUZ>, %s: tensor<4xf8E8M0FNU>) -> tensor<4x32xf32> {
  %two = arith.constant 2.0 : f32
  %e = tensor.empty() : tensor<4x32xf32>
  %0 = linalg.generic {indexing_maps = [#i, #row, #i], iterator_types = ["parallel", "parallel"]} ins(%x, %s : tensor<4x32xf8E4M3FNUZ>, tensor<4xf8E8M0FNU>) outs(%e : tensor<4x32xf32>) {
  ^bb0(%p: f8E4M3FNUZ, %k: f8E8M0FNU, %o: f32):
    %1 = arith.extf %p : f8E4M3FNUZ to f32
    %2 = arith.mulf %1, %two : f32
    %3 = arith.extf %k : f8E8M0FNU to f32
    %4 = arith.mulf %2, %3 : f32
    linalg.yield %4 : f32
  } -> tensor<4x32xf32>
  return %0 : tensor<4x32xf32>
}

// Opposite factors vanish, and the scales stay as they are.
// CHECK-LABEL: func.func @requantize(
// CHECK-SAME: %[[X:[a-z0-9]+]]: f8E4M3FNUZ, %[[S:[a-z0-9]+]]: f32, %[[K:[a-z0-9]+]]: f32)
// CHECK-NEXT: %[[Q:.*]] = arith.extf %[[X]]
// CHECK-NEXT: %[[D:.*]] = arith.mulf %[[Q]], %[[S]]
// CHECK-NEXT: %[[R:.*]] = arith.divf %[[D]], %[[K]]
// CHECK-NEXT: arith.truncf %[[R]]
func.func @requantize(%x: f8E4M3FNUZ, %s: f32, %k: f32) -> f8E4M3FNUZ {
  %two = arith.constant 2.0 : f32
  %half = arith.constant 0.5 : f32
  %0 = arith.extf %x : f8E4M3FNUZ to f32
  %1 = arith.mulf %0, %two : f32
  %2 = arith.mulf %1, %s : f32
  %3 = arith.divf %2, %k : f32
  %4 = arith.mulf %3, %half : f32
  %5 = arith.truncf %4 : f32 to f8E4M3FNUZ
  return %5 : f8E4M3FNUZ
}

// Here it stays: an exponential is not linear, a public result is not ours to change, and an f32
// product that is not next to fp8 is not ours either.
// CHECK-LABEL: func.func @stays(
// CHECK: %[[Q:.*]] = arith.extf
// CHECK-NEXT: %[[D:.*]] = arith.mulf %[[Q]], %
// CHECK-NEXT: math.exp %[[D]]
// CHECK: arith.mulf
// CHECK-NEXT: arith.mulf
func.func @stays(%x: f8E4M3FNUZ, %f: f32) -> (f32, f32, f32) {
  %two = arith.constant 2.0 : f32
  %s = arith.constant 0.3 : f32
  %0 = arith.extf %x : f8E4M3FNUZ to f32
  %1 = arith.mulf %0, %two : f32
  %2 = math.exp %1 : f32
  %3 = arith.mulf %f, %two : f32
  %4 = arith.mulf %3, %s : f32
  return %1, %2, %4 : f32, f32, f32
}

// A scale that would overflow stays, and so does the factor.
// CHECK-LABEL: func.func @overflow(
// CHECK-DAG: arith.constant 2.550000e+38 : f32
// CHECK: %[[Q:.*]] = arith.extf
// CHECK-NEXT: %[[D:.*]] = arith.mulf %[[Q]], %
// CHECK-NEXT: arith.mulf %[[D]], %
func.func @overflow(%x: f8E4M3FNUZ) -> f32 {
  %two = arith.constant 2.0 : f32
  %s = arith.constant 2.55e38 : f32
  %0 = arith.extf %x : f8E4M3FNUZ to f32
  %1 = arith.mulf %0, %two : f32
  %2 = arith.mulf %1, %s : f32
  return %2 : f32
}
