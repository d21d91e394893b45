// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: fnuz-opt %s --convert-ocp-to-fnuz=overflow=saturate | FileCheck %s --check-prefix=SATURATE

// In f32 and rounded once. A sum of halves is the half, a product owes two, a quotient a half.

// SATURATE-NOT: arith.cmpi
// SATURATE: arith.minimumf

// CHECK-LABEL: func.func @add(
// CHECK: %[[A:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK: %[[B:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK: %[[S:.*]] = arith.addf %[[A]], %[[B]] : f32
// CHECK-NEXT: arith.truncf %[[S]] : f32 to f8E4M3FNUZ
// CHECK: arith.cmpi ugt
func.func @add(%x: f8E4M3FN, %y: f8E4M3FN) -> f8E4M3FN {
  %0 = arith.addf %x, %y : f8E4M3FN
  return %0 : f8E4M3FN
}

// CHECK-LABEL: func.func @sub(
// CHECK: %[[S:.*]] = arith.subf %{{.*}} : vector<4xf32>
// CHECK-NEXT: arith.truncf %[[S]] : vector<4xf32> to vector<4xf8E5M2FNUZ>
// CHECK: arith.cmpi ugt
func.func @sub(%x: vector<4xf8E5M2>, %y: vector<4xf8E5M2>) -> vector<4xf8E5M2> {
  %0 = arith.subf %x, %y : vector<4xf8E5M2>
  return %0 : vector<4xf8E5M2>
}

// CHECK-LABEL: func.func @mul(
// CHECK: %[[TWO:.*]] = arith.constant dense<2.000000e+00> : tensor<4xf32>
// CHECK: %[[P:.*]] = arith.mulf %{{.*}} : tensor<4xf32>
// CHECK-NEXT: %[[Q:.*]] = arith.mulf %[[P]], %[[TWO]] : tensor<4xf32>
// CHECK-NEXT: arith.truncf %[[Q]]
func.func @mul(%x: tensor<4xf8E4M3FN>, %y: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = arith.mulf %x, %y : tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}

// CHECK-LABEL: func.func @div(
// CHECK: %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[P:.*]] = arith.divf %{{.*}} : tensor<?xf32>
// CHECK: %[[HALVES:.*]] = tensor.splat %[[HALF]]
// CHECK: %[[Q:.*]] = arith.mulf %[[P]], %[[HALVES]] : tensor<?xf32>
// CHECK: arith.truncf %{{.*}} : tensor<?xf32> to tensor<?xf8E5M2FNUZ>
func.func @div(%x: tensor<?xf8E5M2>, %y: tensor<?xf8E5M2>) -> tensor<?xf8E5M2> {
  %0 = arith.divf %x, %y : tensor<?xf8E5M2>
  return %0 : tensor<?xf8E5M2>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
