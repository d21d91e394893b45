// RUN: fnuz-opt %s --map-to-mfma | FileCheck %s
// RUN: fnuz-opt %s --map-to-mfma --report=- -o /dev/null | FileCheck %s --check-prefix=REPORT
// RUN: fnuz-opt %s --map-to-mfma=tile=skinny-16x16x4/4 | FileCheck %s --check-prefix=SPLIT
// RUN: not fnuz-opt %s --map-to-mfma=tile=skinny-16x16x4/128 -o /dev/null 2>&1 | FileCheck %s --check-prefix=ERROR
// RUN: not fnuz-opt %s --map-to-mfma=tile=skinny-16x20x4 2>&1 | FileCheck %s --check-prefix=NAME

// NAME: option 'tile' of pass 'map-to-mfma' must be {{.*}} or skinny-ROWSxCOLUMNSxWAVES such as skinny-16x16x8; {{.*}}, not 'skinny-16x20x4'

// Operands go to registers; LDS is for the sums of the waves. All loads stand before the MFMAs.
// CHECK: gpu.func @gemm_0(%[[W:.*]]: memref<524288xf8E4M3FNUZ>, %[[X:.*]]: memref<1024xf8E4M3FNUZ>, %[[R:.*]]: memref<512xf32>)
// CHECK-SAME: workgroup(%[[L:.*]] : memref<2048xf32, #gpu.address_space<workgroup>>) kernel
// CHECK-SAME: known_block_size = array<i32: 512, 1, 1>
// CHECK: rocdl.sched.barrier
// CHECK: amdgpu.raw_buffer_load %[[W]][{{.*}}] sgprOffset %{{.*}} : memref<524288xf8E4M3FNUZ>, i32 -> vector<16xf8E4M3FNUZ>
// CHECK: amdgpu.raw_buffer_load %[[X]][{{.*}}] sgprOffset %{{.*}} : memref<1024xf8E4M3FNUZ>, i32 -> vector<16xf8E4M3FNUZ>
// CHECK: rocdl.sched.barrier
// CHECK-NOT: raw_buffer_load
// CHECK: amdgpu.mfma 16x16x32 %{{.*}} * %{{.*}} + %{{.*}} blgp = none : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>, vector<4xf32>
// CHECK: vector.store %{{.*}}, %[[L]]
// CHECK: amdgpu.lds_barrier
// CHECK: scf.if
// CHECK-COUNT-8: vector.load %[[L]]
// CHECK-COUNT-8: arith.addf
// CHECK: amdgpu.raw_buffer_store %{{.*}} -> %[[R]][{{.*}}] : vector<4xf32> -> memref<512xf32>, i32
// CHECK: gpu.return
// CHECK-LABEL: func.func @main(
// CHECK: gpu.launch_func @kernels::@gemm_0

// A second kernel adds what the workgroups of the first one wrote, and has the epilogue.
// SPLIT: gpu.func @gemm_0(%{{[^:]*}}: memref<524288xf8E4M3FNUZ>, %{{[^:]*}}: memref<1024xf8E4M3FNUZ>, %{{[^:]*}}: memref<2048xf32>)
// SPLIT: gpu.func @gemm_sum_0(%[[S:.*]]: memref<2048xf32>, %{{[^:]*}}: memref<512xf32>) kernel
// SPLIT-COUNT-4: amdgpu.raw_buffer_load %[[S]]
// SPLIT-COUNT-4: arith.addf
// SPLIT-NOT: arith.addf
// SPLIT: amdgpu.raw_buffer_store
// SPLIT-LABEL: func.func @main(
// SPLIT: %[[SUMS:.*]] = memref.alloc() : memref<2048xf32>
// SPLIT: gpu.launch_func @kernels::@gemm_0 {{.*}} %[[SUMS]] : memref<2048xf32>)
// SPLIT: gpu.launch_func @kernels::@gemm_sum_0 {{.*}} args(%[[SUMS]] : memref<2048xf32>
// SPLIT: memref.dealloc %[[SUMS]]
// SPLIT: bufferization.to_tensor

// REPORT: linalg.matmul of 1x512x1024 to MFMA 16x16x32, tile skinny-16x16x8, 8 waves, 8192 bytes of LDS; bound by {{HBM|L2|latency of loads|issue of loads}}, {{[0-9]+}} clocks by estimate
// ERROR: map-to-mfma-skinny.mlir:48:8: error: 'linalg.matmul' has a depth of 1024, which tile=skinny-16x16x4/128 cannot split: 1024 is no multiple of 128 * 16
func.func @main(%x: tensor<1x1024xf8E4M3FNUZ>, %w: tensor<512x1024xf8E4M3FNUZ>)
    -> tensor<1x512xf32> {
  %zero = arith.constant dense<0.0> : tensor<1x512xf32>
  %0 = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<1x1024xf8E4M3FNUZ>, tensor<512x1024xf8E4M3FNUZ>)
      outs(%zero : tensor<1x512xf32>) -> tensor<1x512xf32>
  return %0 : tensor<1x512xf32>
}
