// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @main(
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : tensor<?xf8E4M3FNUZ> to tensor<?xf32>
// CHECK: %[[VALUE:.*]] = arith.mulf %[[WIDE]], %{{.*}} : tensor<?xf32>
// CHECK: arith.fptosi %[[VALUE]] : tensor<?xf32> to tensor<?xi32>
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : vector<4xf8E5M2FNUZ> to vector<4xf32>
// CHECK: %[[VALUE:.*]] = arith.mulf %[[WIDE]], %{{.*}} : vector<4xf32>
// CHECK: arith.fptoui %[[VALUE]] : vector<4xf32> to vector<4xi8>
// CHECK: arith.fptosi %{{.*}} : f32 to i16
func.func @main(%x: tensor<?xf8E4M3FN>, %y: vector<4xf8E5M2>, %z: f8E5M2) -> (tensor<?xi32>, vector<4xi8>, i16) {
  %0 = arith.fptosi %x : tensor<?xf8E4M3FN> to tensor<?xi32>
  %1 = arith.fptoui %y : vector<4xf8E5M2> to vector<4xi8>
  %2 = arith.fptosi %z : f8E5M2 to i16
  return %0, %1, %2 : tensor<?xi32>, vector<4xi8>, i16
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
