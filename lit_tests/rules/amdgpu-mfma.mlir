// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @main(
// CHECK-DAG: %[[FOUR:.*]] = arith.constant dense<4.000000e+00> : vector<4xf32>
// CHECK-DAG: %[[QUARTER:.*]] = arith.constant dense<2.500000e-01> : vector<4xf32>
// CHECK: %[[C:.*]] = arith.mulf %{{.*}}, %[[QUARTER]]
// CHECK: %[[D:.*]] = amdgpu.mfma 16x16x32 %{{.*}} * %{{.*}} + %[[C]] {{.*}} : vector<8xf8E4M3FNUZ>, vector<8xf8E5M2FNUZ>, vector<4xf32>
// CHECK: arith.mulf %[[D]], %[[FOUR]]
func.func @main(%a: vector<8xf8E4M3FN>, %b: vector<8xf8E5M2>, %c: vector<4xf32>) -> vector<4xf32> {
  %0 = amdgpu.mfma 16x16x32 %a * %b + %c blgp = none : vector<8xf8E4M3FN>, vector<8xf8E5M2>, vector<4xf32>
  return %0 : vector<4xf32>
}

// A chain that starts at zero.
// CHECK-LABEL: func.func @zero(
// CHECK-NOT: 2.500000e-01
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00>
// CHECK: amdgpu.mfma 16x16x32 %{{.*}} * %{{.*}} + %[[ZERO]]
// CHECK: arith.mulf
func.func @zero(%a: vector<8xf8E4M3FN>, %b: vector<8xf8E4M3FN>) -> vector<4xf32> {
  %c = arith.constant dense<0.0> : vector<4xf32>
  %0 = amdgpu.mfma 16x16x32 %a * %b + %c blgp = none : vector<8xf8E4M3FN>, vector<8xf8E4M3FN>, vector<4xf32>
  return %0 : vector<4xf32>
}

// CHECK-LABEL: func.func @one_native(
// CHECK: %[[TWO:.*]] = arith.constant dense<2.000000e+00> : vector<4xf32>
// CHECK: %[[D:.*]] = amdgpu.mfma
// CHECK: arith.mulf %[[D]], %[[TWO]]
func.func @one_native(%a: vector<8xf8E4M3FN>, %b: vector<8xf8E4M3FNUZ>, %c: vector<4xf32>) -> vector<4xf32> {
  %0 = amdgpu.mfma 16x16x32 %a * %b + %c blgp = none : vector<8xf8E4M3FN>, vector<8xf8E4M3FNUZ>, vector<4xf32>
  return %0 : vector<4xf32>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
