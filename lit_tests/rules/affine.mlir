// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

// CHECK-LABEL: func.func @loads(
// CHECK-SAME: memref<8xf8E4M3FNUZ>
func.func @loads(%x: memref<8xf8E4M3FN>, %v: f8E4M3FN, %n: index) -> (f8E4M3FN, f8E4M3FN) {
  // CHECK: affine.for {{.*}} -> (f8E4M3FNUZ)
  %0 = affine.for %i = 0 to 8 iter_args(%a = %v) -> f8E4M3FN {
    // CHECK: affine.load %{{.*}} : memref<8xf8E4M3FNUZ>
    %1 = affine.load %x[%i] : memref<8xf8E4M3FN>
    // CHECK: affine.store %{{.*}} : memref<8xf8E4M3FNUZ>
    affine.store %a, %x[%i] : memref<8xf8E4M3FN>
    // CHECK: affine.prefetch %{{.*}} : memref<8xf8E4M3FNUZ>
    affine.prefetch %x[%i], read, locality<3>, data : memref<8xf8E4M3FN>
    // CHECK: affine.yield %{{.*}} : f8E4M3FNUZ
    affine.yield %1 : f8E4M3FN
  }
  // CHECK: affine.if {{.*}} -> f8E4M3FNUZ
  %2 = affine.if affine_set<(d0) : (d0 - 4 >= 0)>(%n) -> f8E4M3FN {
    affine.yield %0 : f8E4M3FN
  } else {
    affine.yield %v : f8E4M3FN
  }
  return %0, %2 : f8E4M3FN, f8E4M3FN
}

// CHECK-LABEL: func.func @vectors(
func.func @vectors(%x: memref<8xf8E4M3FN>, %y: memref<8xf8E4M3FN>) {
  // CHECK: affine.parallel
  affine.parallel (%i) = (0) to (8) step (4) {
    // CHECK: affine.vector_load %{{.*}} : memref<8xf8E4M3FNUZ>, vector<4xf8E4M3FNUZ>
    %0 = affine.vector_load %x[%i] : memref<8xf8E4M3FN>, vector<4xf8E4M3FN>
    // CHECK: affine.vector_store %{{.*}} : memref<8xf8E4M3FNUZ>, vector<4xf8E4M3FNUZ>
    affine.vector_store %0, %y[%i] : memref<8xf8E4M3FN>, vector<4xf8E4M3FN>
  }
  return
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
