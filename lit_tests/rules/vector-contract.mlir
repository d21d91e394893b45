// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
#matmul = {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>}

// CHECK-LABEL: func.func @f32(
// CHECK-DAG: %[[FOUR:.*]] = arith.constant dense<4.000000e+00> : vector<4x4xf32>
// CHECK-DAG: %[[QUARTER:.*]] = arith.constant dense<2.500000e-01> : vector<4x4xf32>
// CHECK: %[[C:.*]] = arith.mulf %{{.*}}, %[[QUARTER]]
// CHECK: %[[SUM:.*]] = vector.contract {{.*}}, %[[C]] : vector<4x8xf8E4M3FNUZ>, vector<4x8xf8E4M3FNUZ> into vector<4x4xf32>
// CHECK: arith.mulf %[[SUM]], %[[FOUR]]
func.func @f32(%a: vector<4x8xf8E4M3FN>, %b: vector<4x8xf8E4M3FN>, %c: vector<4x4xf32>) -> vector<4x4xf32> {
  %0 = vector.contract #matmul %a, %b, %c : vector<4x8xf8E4M3FN>, vector<4x8xf8E4M3FN> into vector<4x4xf32>
  return %0 : vector<4x4xf32>
}

// CHECK-LABEL: func.func @zero(
// CHECK-NOT: 2.500000e-01
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00>
// CHECK: %[[SUM:.*]] = vector.contract {{.*}}, %[[ZERO]] :
// CHECK: arith.mulf %[[SUM]]
func.func @zero(%a: vector<4x8xf8E5M2>, %b: vector<4x8xf8E5M2>) -> vector<4x4xf32> {
  %c = arith.constant dense<0.0> : vector<4x4xf32>
  %0 = vector.contract #matmul %a, %b, %c : vector<4x8xf8E5M2>, vector<4x8xf8E5M2> into vector<4x4xf32>
  return %0 : vector<4x4xf32>
}

// CHECK-LABEL: func.func @masked(
// CHECK: %[[C:.*]] = arith.mulf
// CHECK: %[[SUM:.*]] = vector.mask %{{.*}} { vector.contract {{.*}}, %[[C]] : {{.*}} } : vector<4x4x8xi1> -> vector<4x4xf32>
// CHECK: arith.mulf %[[SUM]]
func.func @masked(%a: vector<4x8xf8E4M3FN>, %b: vector<4x8xf8E4M3FN>, %c: vector<4x4xf32>, %m: vector<4x4x8xi1>) -> vector<4x4xf32> {
  %0 = vector.mask %m { vector.contract #matmul %a, %b, %c : vector<4x8xf8E4M3FN>, vector<4x8xf8E4M3FN> into vector<4x4xf32> } : vector<4x4x8xi1> -> vector<4x4xf32>
  return %0 : vector<4x4xf32>
}

// In f16 a quarter of the accumulator is not exact: operands of f16 instead.
// CHECK-LABEL: func.func @f16(
// CHECK: %[[A:.*]] = arith.extf %{{.*}} : vector<4x8xf8E4M3FNUZ> to vector<4x8xf16>
// CHECK: %[[X:.*]] = arith.mulf %[[A]], %{{.*}} : vector<4x8xf16>
// CHECK: %[[B:.*]] = arith.extf %{{.*}} : vector<4x8xf8E4M3FNUZ> to vector<4x8xf16>
// CHECK: %[[Y:.*]] = arith.mulf %[[B]], %{{.*}} : vector<4x8xf16>
// CHECK: %[[SUM:.*]] = vector.contract {{.*}} %[[X]], %[[Y]], %{{.*}} : vector<4x8xf16>, vector<4x8xf16> into vector<4x4xf16>
// CHECK-NEXT: return %[[SUM]]
func.func @f16(%a: vector<4x8xf8E4M3FN>, %b: vector<4x8xf8E4M3FN>, %c: vector<4x4xf16>) -> vector<4x4xf16> {
  %0 = vector.contract #matmul %a, %b, %c : vector<4x8xf8E4M3FN>, vector<4x8xf8E4M3FN> into vector<4x4xf16>
  return %0 : vector<4x4xf16>
}

// CHECK-LABEL: func.func @dot(
// CHECK: %[[C:.*]] = arith.mulf %{{.*}} : f32
// CHECK: %[[SUM:.*]] = vector.contract {{.*}}, %[[C]] : {{.*}} into f32
// CHECK: arith.mulf %[[SUM]], %{{.*}} : f32
func.func @dot(%a: vector<8xf8E4M3FN>, %c: f32) -> f32 {
  %0 = vector.contract {indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> (k)>, affine_map<(k) -> ()>], iterator_types = ["reduction"], kind = #vector.kind<maximumf>} %a, %a, %c : vector<8xf8E4M3FN>, vector<8xf8E4M3FN> into f32
  return %0 : f32
}

// -----

#k = affine_map<(k) -> (k)>
#all = affine_map<(k) -> ()>
func.func private @errors(%a: vector<8xf8E4M3FN>, %c: f8E4M3FN, %f: f32) {
  // expected-error @+1 {{'vector.contract' op on vector<8xf8E4M3FN> cannot become FNUZ for gfx942: it accumulates in fp8; give it an f32 accumulator and truncate once}}
  %0 = vector.contract {indexing_maps = [#k, #k, #all], iterator_types = ["reduction"], kind = #vector.kind<add>} %a, %a, %c : vector<8xf8E4M3FN>, vector<8xf8E4M3FN> into f8E4M3FN
  // expected-error @+1 {{no rule for the kind mul; write it out with arith ops}}
  %1 = vector.contract {indexing_maps = [#k, #k, #all], iterator_types = ["reduction"], kind = #vector.kind<mul>} %a, %a, %f : vector<8xf8E4M3FN>, vector<8xf8E4M3FN> into f32
  return
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
