// RUN: fnuz-opt %s --map-to-mfma | FileCheck %s
// RUN: fnuz-opt %s --map-to-mfma --report=- -o /dev/null | FileCheck %s --check-prefix=REPORT

// On memrefs a contraction adds to what its result's memref holds, which the kernel reads and writes.

// CHECK: gpu.func @gemm_0(%{{.*}}: memref<128xf8E4M3FNUZ>, %{{.*}}: memref<256xf8E4M3FNUZ>, %[[INIT:[^:]*]]: memref<32xf32>, %[[RESULT:[^:]*]]: memref<32xf32>)
// CHECK: amdgpu.raw_buffer_load %[[INIT]]
// CHECK: amdgpu.raw_buffer_store %{{.*}} -> memref<32xf32>

// CHECK-LABEL: func.func @memrefs(
// CHECK-SAME: %[[C:[^:]*]]: memref<8x4xf32>)
// CHECK-NOT: memref.alloc
// CHECK: memref.collapse_shape %[[C]]
// CHECK: gpu.launch_func
// CHECK-NOT: linalg.matmul
// CHECK: linalg.exp
// REPORT: it is on memrefs, where ops after it are not taken in
func.func @memrefs(%a: memref<8x32xf8E4M3FNUZ>, %b: memref<32x4xf8E4M3FNUZ>, %c: memref<8x4xf32>) {
  linalg.matmul ins(%a, %b : memref<8x32xf8E4M3FNUZ>, memref<32x4xf8E4M3FNUZ>)
                outs(%c : memref<8x4xf32>)
  linalg.exp ins(%c : memref<8x4xf32>) outs(%c : memref<8x4xf32>)
  return
}
