// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

// The buffers hold FNUZ values: only types change, and no factor is owed.

// ANYWHERE-NOT: arith.mulf

// CHECK-LABEL: func.func @buffers(
// CHECK-SAME: memref<?x6xf8E4M3FNUZ>
func.func @buffers(%x: memref<?x6xf8E4M3FN>, %n: index, %v: f8E4M3FN) -> (f8E4M3FN, index, index) {
  // CHECK: memref.alloc(%{{.*}}) : memref<?x6xf8E4M3FNUZ>
  %a = memref.alloc(%n) : memref<?x6xf8E4M3FN>
  // CHECK: memref.assume_alignment {{.*}} : memref<?x6xf8E4M3FNUZ>
  %as = memref.assume_alignment %a, 16 : memref<?x6xf8E4M3FN>
  // CHECK: memref.distinct_objects {{.*}} : memref<?x6xf8E4M3FNUZ>, memref<?x6xf8E4M3FNUZ>
  %d1, %d2 = memref.distinct_objects %x, %as : memref<?x6xf8E4M3FN>, memref<?x6xf8E4M3FN>
  // CHECK: memref.copy %{{.*}} : memref<?x6xf8E4M3FNUZ> to memref<?x6xf8E4M3FNUZ>
  memref.copy %d1, %d2 : memref<?x6xf8E4M3FN> to memref<?x6xf8E4M3FN>
  %c0 = arith.constant 0 : index
  // CHECK: memref.prefetch {{.*}} : memref<?x6xf8E4M3FNUZ>
  memref.prefetch %x[%c0, %c0], read, locality<3>, data : memref<?x6xf8E4M3FN>
  // CHECK: memref.dim {{.*}} : memref<?x6xf8E4M3FNUZ>
  %dim = memref.dim %x, %c0 : memref<?x6xf8E4M3FN>
  // CHECK: memref.rank {{.*}} : memref<?x6xf8E4M3FNUZ>
  %rank = memref.rank %x : memref<?x6xf8E4M3FN>
  // CHECK: memref.store {{.*}} : memref<?x6xf8E4M3FNUZ>
  memref.store %v, %a[%c0, %c0] : memref<?x6xf8E4M3FN>
  // CHECK: memref.load {{.*}} : memref<?x6xf8E4M3FNUZ>
  %0 = memref.load %a[%c0, %c0] : memref<?x6xf8E4M3FN>
  // CHECK: memref.dealloc {{.*}} : memref<?x6xf8E4M3FNUZ>
  memref.dealloc %a : memref<?x6xf8E4M3FN>
  return %0, %dim, %rank : f8E4M3FN, index, index
}

// CHECK-LABEL: func.func @views(
func.func @views(%x: memref<4x6xf8E4M3FN>, %s: memref<1xindex>) {
  // CHECK: memref.cast {{.*}} : memref<4x6xf8E4M3FNUZ> to memref<*xf8E4M3FNUZ>
  %0 = memref.cast %x : memref<4x6xf8E4M3FN> to memref<*xf8E4M3FN>
  // CHECK: memref.collapse_shape {{.*}} : memref<4x6xf8E4M3FNUZ> into memref<24xf8E4M3FNUZ>
  %1 = memref.collapse_shape %x [[0, 1]] : memref<4x6xf8E4M3FN> into memref<24xf8E4M3FN>
  // CHECK: memref.expand_shape {{.*}} : memref<24xf8E4M3FNUZ> into memref<2x12xf8E4M3FNUZ>
  %2 = memref.expand_shape %1 [[0, 1]] output_shape [2, 12] : memref<24xf8E4M3FN> into memref<2x12xf8E4M3FN>
  // CHECK: memref.extract_strided_metadata {{.*}} : memref<4x6xf8E4M3FNUZ> -> memref<f8E4M3FNUZ>
  %b, %o, %z:2, %st:2 = memref.extract_strided_metadata %x : memref<4x6xf8E4M3FN> -> memref<f8E4M3FN>, index, index, index, index, index
  // CHECK: memref.reinterpret_cast {{.*}} : memref<f8E4M3FNUZ> to memref<24xf8E4M3FNUZ>
  %3 = memref.reinterpret_cast %b to offset: [0], sizes: [24], strides: [1] : memref<f8E4M3FN> to memref<24xf8E4M3FN>
  // CHECK: memref.reshape {{.*}} : (memref<*xf8E4M3FNUZ>, memref<1xindex>) -> memref<?xf8E4M3FNUZ>
  %4 = memref.reshape %0(%s) : (memref<*xf8E4M3FN>, memref<1xindex>) -> memref<?xf8E4M3FN>
  // CHECK: memref.subview {{.*}} : memref<4x6xf8E4M3FNUZ> to memref<2x3xf8E4M3FNUZ, strided<[6, 1], offset: 8>>
  %5 = memref.subview %x[1, 2] [2, 3] [1, 1] : memref<4x6xf8E4M3FN> to memref<2x3xf8E4M3FN, strided<[6, 1], offset: 8>>
  // CHECK: memref.transpose {{.*}} : memref<4x6xf8E4M3FNUZ> to memref<6x4xf8E4M3FNUZ
  %6 = memref.transpose %x (i, j) -> (j, i) : memref<4x6xf8E4M3FN> to memref<6x4xf8E4M3FN, strided<[1, 6]>>
  // CHECK: memref.memory_space_cast {{.*}} : memref<4x6xf8E4M3FNUZ> to memref<4x6xf8E4M3FNUZ, 1>
  %7 = memref.memory_space_cast %x : memref<4x6xf8E4M3FN> to memref<4x6xf8E4M3FN, 1>
  return
}

memref.global "private" constant @w : memref<2xf8E4M3FN> = dense<[1.0, -0.0]>

// CHECK-LABEL: func.func @scopes(
func.func @scopes(%n: index, %v: f8E4M3FN, %i: index) -> (f8E4M3FN, f8E4M3FN) {
  // CHECK: memref.alloca_scope -> (f8E4M3FNUZ)
  %0 = memref.alloca_scope -> (f8E4M3FN) {
    // CHECK: memref.alloca() : memref<2xf8E4M3FNUZ>
    %1 = memref.alloca() : memref<2xf8E4M3FN>
    memref.store %v, %1[%i] : memref<2xf8E4M3FN>
    %2 = memref.load %1[%i] : memref<2xf8E4M3FN>
    // CHECK: memref.alloca_scope.return %{{.*}} : f8E4M3FNUZ
    memref.alloca_scope.return %2 : f8E4M3FN
  }
  // CHECK: memref.get_global @w : memref<2xf8E4M3FNUZ>
  %3 = memref.get_global @w : memref<2xf8E4M3FN>
  %4 = memref.alloc(%n) : memref<?xf8E4M3FN>
  // CHECK: memref.realloc {{.*}} : memref<?xf8E4M3FNUZ> to memref<8xf8E4M3FNUZ>
  %5 = memref.realloc %4 : memref<?xf8E4M3FN> to memref<8xf8E4M3FN>
  // CHECK: memref.generic_atomic_rmw {{.*}} : memref<8xf8E4M3FNUZ>
  // CHECK: ^bb0(%{{.*}}: f8E4M3FNUZ)
  %6 = memref.generic_atomic_rmw %5[%i] : memref<8xf8E4M3FN> {
  ^bb0(%old: f8E4M3FN):
    %7 = arith.maximumf %old, %v : f8E4M3FN
    // CHECK: memref.atomic_yield %{{.*}} : f8E4M3FNUZ
    memref.atomic_yield %7 : f8E4M3FN
  }
  return %0, %6 : f8E4M3FN, f8E4M3FN
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
