// RUN: fnuz-opt %s --map-to-mfma | FileCheck %s
// RUN: fnuz-opt %s --map-to-mfma --report=- -o /dev/null | FileCheck %s --check-prefix=REPORT
// RUN: fnuz-opt %s --map-to-mfma --one-shot-bufferize="bufferize-function-boundaries=true" | FileCheck %s --check-prefix=BUFFERS
// RUN: fnuz-opt %s --map-to-mfma=tile=16x64x256 --compile-to=isa | FileCheck %s --check-prefix=ISA

!v = f8E4M3FNUZ

// A kernel gets pointers and sizes, and makes buffers with bounds of them.
// CHECK: gpu.func @gemm_0(%[[B:.*]]: memref<16384xf8E4M3FNUZ>, %[[A:.*]]: memref<1xf8E4M3FNUZ>, %[[R:.*]]: memref<1xf32>, %[[M:.*]]: i32)
// CHECK: memref.reinterpret_cast %[[A]] to offset: [0], sizes: [%{{.*}}], strides: [1] : memref<1xf8E4M3FNUZ> to memref<?xf8E4M3FNUZ>
// CHECK: memref.reinterpret_cast %[[R]] to offset: [0], sizes: [%{{.*}}], strides: [1] : memref<1xf32> to memref<?xf32>
// CHECK: amdgpu.raw_buffer_load %{{.*}} : memref<?xf8E4M3FNUZ>, i32 -> vector<16xf8E4M3FNUZ>
// CHECK: arith.cmpi ult, %{{.*}}, %[[M]] : i32
// CHECK: amdgpu.raw_buffer_store %{{.*}} : vector<4xf32> -> memref<?xf32>, i32

// The number of bytes of the operand is 256 times that of rows.
// ISA: gemm_0:
// ISA: s_lshl_b32 s{{[0-9]+}}, s{{[0-9]+}}, 8
// ISA-NOT: buffer_load_{{ubyte|dword }}
// ISA: buffer_load_dwordx4
// ISA: v_mfma_f32_

// CHECK-LABEL: func.func @rows(
// CHECK-SAME: %[[A:.*]]: tensor<?x256xf8E4M3FNUZ>
// CHECK: tensor.dim %[[A]]
// CHECK: %[[M:.*]] = tensor.dim %[[A]]
// CHECK: cf.assert %{{.*}}, "linalg.matmul: an operand of it has 2 GB or more, and buffers have offsets of 32 bits"
// CHECK: memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [1], strides: [1] : memref<?x256xf8E4M3FNUZ> to memref<1xf8E4M3FNUZ>
// CHECK: memref.alloc(%[[M]]) : memref<?x64xf32>
// CHECK: %[[GROUPS:.*]] = arith.divui
// CHECK: %[[M32:.*]] = arith.index_cast %[[M]] : index to i32
// CHECK: %[[SOME:.*]] = arith.cmpi ne, %[[GROUPS]]
// CHECK: scf.if %[[SOME]] {
// CHECK-NEXT: gpu.launch_func @kernels::@gemm_0 blocks in (%[[GROUPS]],
// CHECK: args({{.*}}, %[[M32]] : i32)
// CHECK-NEXT: }
// CHECK: bufferization.to_tensor %{{.*}} : memref<?x64xf32> to tensor<?x64xf32>
// REPORT: linalg.matmul of ?x64x256 to MFMA {{.*}} clocks by estimate for dynamic sizes of 1024

// BUFFERS-LABEL: func.func @rows(
// BUFFERS-NOT: tensor<
// BUFFERS: gpu.launch_func
// BUFFERS-NOT: tensor<
// BUFFERS: return
func.func @rows(%a: tensor<?x256x!v>, %b: tensor<64x256x!v>) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %a, %c0 : tensor<?x256x!v>
  %e = tensor.empty(%m) : tensor<?x64xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  %0 = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<?x256x!v>, tensor<64x256x!v>) outs(%z : tensor<?x64xf32>)
      -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// What one operand knows is known.
// CHECK-LABEL: func.func @known(
// CHECK-NOT: tensor.dim
// CHECK-NOT: scf.if
// CHECK: gpu.launch_func @kernels::@gemm_1
// REPORT: linalg.batch_matmul of 2x16x16x32 to MFMA
func.func @known(%a: tensor<?x?x32x!v>, %b: tensor<2x32x16x!v>, %c: tensor<2x16x16xf32>)
    -> tensor<2x16x16xf32> {
  %0 = linalg.batch_matmul ins(%a, %b : tensor<?x?x32x!v>, tensor<2x32x16x!v>)
                           outs(%c : tensor<2x16x16xf32>) -> tensor<2x16x16xf32>
  return %0 : tensor<2x16x16xf32>
}

// CHECK-LABEL: func.func @batch(
// CHECK: scf.if
// CHECK: gpu.launch_func @kernels::@gemm_2
// REPORT: linalg.contract of ?x?x?x32 to MFMA
func.func @batch(%a: tensor<?x?x32x!v>, %b: tensor<?x32x?x!v>, %c: tensor<?x?x?xf32>)
    -> tensor<?x?x?xf32> {
  %0 = linalg.contract
      indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>,
                       affine_map<(b, m, n, k) -> (b, k, n)>,
                       affine_map<(b, m, n, k) -> (b, m, n)>]
      ins(%a, %b : tensor<?x?x32x!v>, tensor<?x32x?x!v>) outs(%c : tensor<?x?x?xf32>)
      -> tensor<?x?x?xf32>
  return %0 : tensor<?x?x?xf32>
}
