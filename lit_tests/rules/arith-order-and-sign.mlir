// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

// Halving both sides keeps the order, so nothing is owed.

// ANYWHERE-NOT: arith.mulf
// CHECK-LABEL: func.func @tensors(
func.func @tensors(%x: tensor<?xf8E4M3FN>, %y: tensor<?xf8E4M3FN>) -> (tensor<?xf8E4M3FN>, tensor<?xi1>) {
  // CHECK: arith.negf %{{.*}} : tensor<?xf8E4M3FNUZ>
  %0 = arith.negf %x : tensor<?xf8E4M3FN>
  // CHECK: arith.maximumf %{{.*}} : tensor<?xf8E4M3FNUZ>
  %1 = arith.maximumf %0, %y : tensor<?xf8E4M3FN>
  // CHECK: arith.minimumf %{{.*}} : tensor<?xf8E4M3FNUZ>
  %2 = arith.minimumf %1, %x : tensor<?xf8E4M3FN>
  // CHECK: arith.maxnumf %{{.*}} : tensor<?xf8E4M3FNUZ>
  %3 = arith.maxnumf %2, %y : tensor<?xf8E4M3FN>
  // CHECK: arith.minnumf %{{.*}} : tensor<?xf8E4M3FNUZ>
  %4 = arith.minnumf %3, %x : tensor<?xf8E4M3FN>
  // CHECK: arith.remf %{{.*}} : tensor<?xf8E4M3FNUZ>
  %5 = arith.remf %4, %y : tensor<?xf8E4M3FN>
  // CHECK: arith.cmpf ult, %{{.*}} : tensor<?xf8E4M3FNUZ>
  %6 = arith.cmpf ult, %5, %x : tensor<?xf8E4M3FN>
  return %5, %6 : tensor<?xf8E4M3FN>, tensor<?xi1>
}

// CHECK-LABEL: func.func @against_constant(
// CHECK: %[[C:.*]] = arith.constant 5.000000e-01 : f8E4M3FNUZ
// CHECK: arith.cmpf ogt, %{{.*}}, %[[C]] : f8E4M3FNUZ
func.func @against_constant(%x: f8E4M3FN) -> i1 {
  %c = arith.constant 1.0 : f8E4M3FN
  %0 = arith.cmpf ogt, %x, %c : f8E4M3FN
  return %0 : i1
}

// CHECK-LABEL: func.func @vectors(
// CHECK: arith.maximumf %{{.*}} : vector<4xf8E4M3FNUZ>
func.func @vectors(%x: vector<4xf8E4M3FN>) -> vector<4xf8E4M3FN> {
  %0 = arith.maximumf %x, %x : vector<4xf8E4M3FN>
  return %0 : vector<4xf8E4M3FN>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
