// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

// CHECK-LABEL: func.func @scalar(
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : f8E4M3FNUZ
func.func @scalar(%c: i1, %x: f8E4M3FN, %y: f8E4M3FN) -> f8E4M3FN {
  %0 = arith.select %c, %x, %y : f8E4M3FN
  return %0 : f8E4M3FN
}

// CHECK-LABEL: func.func @elements(
// CHECK: arith.select %{{.*}} : tensor<?xi1>, tensor<?xf8E4M3FNUZ>
// CHECK: arith.select %{{.*}} : vector<4xi1>, vector<4xf8E4M3FNUZ>
func.func @elements(%c: tensor<?xi1>, %x: tensor<?xf8E4M3FN>, %d: vector<4xi1>, %y: vector<4xf8E4M3FN>) -> (tensor<?xf8E4M3FN>, vector<4xf8E4M3FN>) {
  %0 = arith.select %c, %x, %x : tensor<?xi1>, tensor<?xf8E4M3FN>
  %1 = arith.select %d, %y, %y : vector<4xi1>, vector<4xf8E4M3FN>
  return %0, %1 : tensor<?xf8E4M3FN>, vector<4xf8E4M3FN>
}

// CHECK-LABEL: func.func @whole(
// CHECK: arith.select %{{.*}} : memref<4xf8E4M3FNUZ>
func.func @whole(%c: i1, %x: memref<4xf8E4M3FN>, %y: memref<4xf8E4M3FN>) -> memref<4xf8E4M3FN> {
  %0 = arith.select %c, %x, %y : memref<4xf8E4M3FN>
  return %0 : memref<4xf8E4M3FN>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
