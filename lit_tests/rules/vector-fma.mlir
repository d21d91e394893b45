// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @main(
// CHECK: %[[Y:.*]] = vector.fma %{{.*}} : vector<16xf32>
// CHECK: %[[HALVED:.*]] = arith.mulf %[[Y]], %{{.*}} : vector<16xf32>
// CHECK: arith.truncf %[[HALVED]] : vector<16xf32> to vector<16xf8E4M3FNUZ>
// CHECK: arith.cmpi ugt
// CHECK: vector.fma %{{.*}} : vector<4xf32>
// CHECK: arith.truncf %{{.*}} : vector<4xf32> to vector<4xf8E5M2FNUZ>
// CHECK: arith.cmpi ugt
func.func @main(%x: vector<16xf8E4M3FN>, %y: vector<4xf8E5M2>) -> (vector<16xf8E4M3FN>, vector<4xf8E5M2>) {
  %0 = vector.fma %x, %x, %x : vector<16xf8E4M3FN>
  %1 = vector.fma %y, %y, %y : vector<4xf8E5M2>
  return %0, %1 : vector<16xf8E4M3FN>, vector<4xf8E5M2>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
