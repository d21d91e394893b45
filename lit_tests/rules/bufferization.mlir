// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

// CHECK-LABEL: func.func @main(
// CHECK-SAME: memref<8xf8E4M3FNUZ>
func.func @main(%x: memref<8xf8E4M3FN>, %y: memref<8xf8E4M3FN>, %c: i1, %n: index) {
  // CHECK: bufferization.to_tensor {{.*}} : memref<8xf8E4M3FNUZ> to tensor<8xf8E4M3FNUZ>
  %0 = bufferization.to_tensor %x restrict : memref<8xf8E4M3FN> to tensor<8xf8E4M3FN>
  // CHECK: bufferization.alloc_tensor() copy(%{{.*}}) : tensor<8xf8E4M3FNUZ>
  %1 = bufferization.alloc_tensor() copy(%0) : tensor<8xf8E4M3FN>
  // CHECK: bufferization.materialize_in_destination {{.*}} : (tensor<8xf8E4M3FNUZ>, memref<8xf8E4M3FNUZ>)
  bufferization.materialize_in_destination %1 in restrict writable %y : (tensor<8xf8E4M3FN>, memref<8xf8E4M3FN>) -> ()
  // CHECK: bufferization.dealloc_tensor %{{.*}} : tensor<8xf8E4M3FNUZ>
  bufferization.dealloc_tensor %1 : tensor<8xf8E4M3FN>
  // CHECK: bufferization.alloc_tensor(%{{.*}}) : tensor<?xf8E4M3FNUZ>
  %2 = bufferization.alloc_tensor(%n) : tensor<?xf8E4M3FN>
  // CHECK: bufferization.to_buffer {{.*}} : tensor<?xf8E4M3FNUZ> to memref<?xf8E4M3FNUZ>
  %3 = bufferization.to_buffer %2 : tensor<?xf8E4M3FN> to memref<?xf8E4M3FN>
  // CHECK: bufferization.clone {{.*}} : memref<?xf8E4M3FNUZ> to memref<?xf8E4M3FNUZ>
  %4 = bufferization.clone %3 : memref<?xf8E4M3FN> to memref<?xf8E4M3FN>
  // CHECK: bufferization.dealloc (%{{.*}} : memref<?xf8E4M3FNUZ>)
  bufferization.dealloc (%4 : memref<?xf8E4M3FN>) if (%c)
  return
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
