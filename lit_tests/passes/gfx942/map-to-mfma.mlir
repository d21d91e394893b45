// RUN: fnuz-opt %s --map-to-mfma=tile=16x64x256 | FileCheck %s
// RUN: fnuz-opt %s --map-to-mfma=tile=16x64x256 --report=- -o /dev/null | FileCheck %s --check-prefix=REPORT
// RUN: fnuz-opt %s --map-to-mfma=tile=256x256x64 | FileCheck %s --check-prefix=TILE
// RUN: not fnuz-opt %s --map-to-mfma=tile=8x8x8 2>&1 | FileCheck %s --check-prefix=ERROR
// RUN: fnuz-opt %s --map-to-mfma --one-shot-bufferize="bufferize-function-boundaries=true" | FileCheck %s --check-prefix=BUFFERS
// RUN: fnuz-opt %s --map-to-mfma=tile=16x64x256 | fnuz-opt --map-to-mfma | FileCheck %s

// ERROR: option 'tile' of pass 'map-to-mfma' must be one of 256x256x64, 128x128x64, 64x64x128, 16x64x256, 64x16x256, or skinny-ROWSxCOLUMNSxWAVES such as skinny-16x16x8; with /N behind it N workgroups share the depth, not '8x8x8'

// CHECK: module attributes {gpu.container_module}
// CHECK: gpu.module @kernels
// The operand with the columns of the result is the first one.
// CHECK: gpu.func @gemm_0(%[[B:.*]]: memref<16384xf8E5M2FNUZ>, %[[A:.*]]: memref<4096xf8E4M3FNUZ>, %[[C:.*]]: memref<1024xf32>, %[[R:.*]]: memref<1024xf32>)
// CHECK-SAME: workgroup(%[[LB:.*]] : memref<32768xf8E5M2FNUZ, #gpu.address_space<workgroup>>, %[[LA:.*]] : memref<8192xf8E4M3FNUZ, #gpu.address_space<workgroup>>) kernel
// CHECK-SAME: known_block_size = array<i32: 256, 1, 1>
// CHECK: amdgpu.raw_buffer_load %[[C]][{{.*}}] : memref<1024xf32>, i32 -> vector<4xf32>
// CHECK: amdgpu.raw_buffer_load %[[B]][{{.*}}] sgprOffset %{{.*}} : memref<16384xf8E5M2FNUZ>, i32 -> vector<4xf8E5M2FNUZ>
// CHECK: amdgpu.raw_buffer_load %[[A]][{{.*}}] sgprOffset %{{.*}} : memref<4096xf8E4M3FNUZ>, i32 -> vector<16xf8E4M3FNUZ>
// CHECK: llvm.call_intrinsic "llvm.amdgcn.perm"
// CHECK: vector.store %{{.*}}, %[[LB]]
// CHECK: vector.store %{{.*}}, %[[LA]]
// CHECK: amdgpu.lds_barrier
// CHECK: vector.load %[[LB]]
// One tile of k, and so no loop.
// CHECK-NOT: scf.for
// CHECK: amdgpu.mfma 16x16x32 %{{.*}} * %{{.*}} + %{{.*}} blgp = none : vector<8xf8E5M2FNUZ>, vector<8xf8E4M3FNUZ>, vector<4xf32>
// CHECK: vector.load %[[LB]]
// CHECK: rocdl.sched.barrier none
// CHECK-NOT: amdgpu.lds_barrier
// CHECK: amdgpu.raw_buffer_store %{{.*}} -> %[[R]][{{.*}}] : vector<4xf32> -> memref<1024xf32>, i32
// CHECK-NOT: amdgpu.raw_buffer_store
// CHECK: gpu.return

// A zero init is no argument. A row of 70 is no multiple of 4 or 16: the loads are of 2 elements.
// CHECK: gpu.func @gemm_1(%{{.*}}: memref<2310xf8E4M3FNUZ>, %[[A:.*]]: memref<1190xf8E4M3FNUZ>, %{{[^,]*}}: memref<561xf32>)
// CHECK: arith.select
// CHECK: amdgpu.raw_buffer_load %[[A]][{{.*}}] sgprOffset %{{.*}} : memref<1190xf8E4M3FNUZ>, i32 -> vector<2xf8E4M3FNUZ>

// TILE: gpu.func @gemm_0({{.*}}known_block_size = array<i32: 512, 1, 1>
// Four: two in the loop, while the others are loaded, and two behind it.
// TILE: scf.for
// TILE: amdgpu.mfma 32x32x16
// TILE: vector.store
// TILE: amdgpu.raw_buffer_load
// TILE: amdgpu.lds_barrier
// TILE: amdgpu.mfma 32x32x16
// TILE: scf.yield
// TILE: vector.store
// TILE-NOT: amdgpu.raw_buffer_load
// TILE: amdgpu.lds_barrier
// TILE: amdgpu.mfma 32x32x16
// TILE-NOT: amdgpu.lds_barrier
// TILE: amdgpu.raw_buffer_store

// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[A:.*]]: tensor<16x256xf8E4M3FNUZ>, %[[B:.*]]: tensor<256x64xf8E5M2FNUZ>, %[[C:.*]]: tensor<16x64xf32>)
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[THREADS:.*]] = arith.constant 256 : index
// CHECK: %[[BM:.*]] = bufferization.to_buffer %[[B]] read_only
// CHECK: %[[B1:.*]] = memref.collapse_shape %[[BM]]
// CHECK: %[[AM:.*]] = bufferization.to_buffer %[[A]] read_only
// CHECK: %[[A1:.*]] = memref.collapse_shape %[[AM]]
// CHECK: %[[CM:.*]] = bufferization.to_buffer %[[C]] read_only
// CHECK: %[[C1:.*]] = memref.collapse_shape %[[CM]]
// CHECK: %[[RM:.*]] = memref.alloc() : memref<16x64xf32>
// CHECK: %[[R1:.*]] = memref.collapse_shape %[[RM]]
// CHECK: gpu.launch_func @kernels::@gemm_0 blocks in (%[[ONE]], %[[ONE]], %[[ONE]]) threads in (%[[THREADS]], %[[ONE]], %[[ONE]]) args(%[[B1]] : {{.*}}, %[[A1]] : {{.*}}, %[[C1]] : {{.*}}, %[[R1]] :
// CHECK: %[[R:.*]] = bufferization.to_tensor %[[RM]] restrict writable
// CHECK: return %[[R]]

// REPORT: linalg.matmul of 16x64x256 to MFMA 16x16x32, tile 16x64x256, 4 waves, 40960 bytes of LDS; bound by {{.*}}, {{[0-9]+}} clocks by estimate

// BUFFERS-LABEL: func.func @main(
// BUFFERS-NOT: tensor<
// BUFFERS: gpu.launch_func
// BUFFERS-NOT: tensor<
// BUFFERS: gpu.launch_func
func.func @main(%a: tensor<16x256xf8E4M3FNUZ>, %b: tensor<256x64xf8E5M2FNUZ>,
                %c: tensor<16x64xf32>) -> tensor<16x64xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<16x256xf8E4M3FNUZ>, tensor<256x64xf8E5M2FNUZ>)
                     outs(%c : tensor<16x64xf32>) -> tensor<16x64xf32>
  return %0 : tensor<16x64xf32>
}

// CHECK-LABEL: func.func @ragged(
// CHECK-NOT: linalg.matmul
// CHECK: gpu.launch_func @kernels::@gemm_1
func.func @ragged(%a: tensor<17x70xf8E4M3FNUZ>, %b: tensor<33x70xf8E4M3FNUZ>) -> tensor<17x33xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<17x33xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<17x33xf32>) -> tensor<17x33xf32>
  %0 = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<17x70xf8E4M3FNUZ>, tensor<33x70xf8E4M3FNUZ>)
      outs(%init : tensor<17x33xf32>) -> tensor<17x33xf32>
  return %0 : tensor<17x33xf32>
}

// Scales, a bias, an activation and the quantization are done in the kernel.
// CHECK-LABEL: func.func @epilogue(
// CHECK-SAME: %[[S:[^:]*]]: f32, %[[T:[^:]*]]: tensor<72xf32>
// CHECK-NOT: linalg.
// CHECK: %[[TM:.*]] = bufferization.to_buffer %[[T]] read_only
// CHECK: %[[RM:.*]] = memref.alloc() : memref<20x72xf8E4M3FNUZ>
// CHECK: gpu.launch_func @kernels::@gemm_2 {{.*}}, %[[TM]] : memref<72xf32>, %[[S]] : f32, %{{.*}} : memref<1440xf8E4M3FNUZ>)
// CHECK-NOT: linalg.
// REPORT: with 2 elementwise ops after it
#id = affine_map<(m, n) -> (m, n)>
func.func @epilogue(%a: tensor<20x64xf8E4M3FNUZ>, %b: tensor<64x72xf8E4M3FNUZ>, %s: f32,
                    %t: tensor<72xf32>) -> tensor<20x72xf8E4M3FNUZ> {
  %zero = arith.constant dense<0.0> : tensor<20x72xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<20x64xf8E4M3FNUZ>, tensor<64x72xf8E4M3FNUZ>)
                     outs(%zero : tensor<20x72xf32>) -> tensor<20x72xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (n)>, #id],
                       iterator_types = ["parallel", "parallel"]}
      ins(%t : tensor<72xf32>) outs(%0 : tensor<20x72xf32>) {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  } -> tensor<20x72xf32>
  %e = tensor.empty() : tensor<20x72xf8E4M3FNUZ>
  %hi = arith.constant 240.0 : f32
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1 : tensor<20x72xf32>) outs(%e : tensor<20x72xf8E4M3FNUZ>) {
  ^bb0(%x: f32, %z: f8E4M3FNUZ):
    %p = arith.mulf %x, %s : f32
    %q = arith.minimumf %p, %hi : f32
    %r = arith.truncf %q : f32 to f8E4M3FNUZ
    linalg.yield %r : f8E4M3FNUZ
  } -> tensor<20x72xf8E4M3FNUZ>
  return %2 : tensor<20x72xf8E4M3FNUZ>
}

// What the kernel cannot do stays behind it, and so does what others see the input of.
// CHECK-LABEL: func.func @no_epilogue(
// CHECK: gpu.launch_func @kernels::@gemm_3
// CHECK: linalg.generic
// CHECK: math.clampf
// CHECK: gpu.launch_func @kernels::@gemm_4
// CHECK: linalg.transpose
// CHECK: linalg.add
// REPORT: 'linalg.generic' that takes its result is left: gfx942 has no math.clampf
// REPORT: its result has 2 uses
func.func @no_epilogue(%a: tensor<16x64xf8E4M3FNUZ>, %b: tensor<64x16xf8E4M3FNUZ>,
                       %c: tensor<16x16xf32>) -> (tensor<16x16xf32>, tensor<16x16xf32>) {
  %0 = linalg.matmul ins(%a, %b : tensor<16x64xf8E4M3FNUZ>, tensor<64x16xf8E4M3FNUZ>)
                     outs(%c : tensor<16x16xf32>) -> tensor<16x16xf32>
  %e = tensor.empty() : tensor<16x16xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<16x16xf32>) outs(%e : tensor<16x16xf32>) {
  ^bb0(%x: f32, %z: f32):
    %p = math.clampf %x to [%x, %x] : f32
    linalg.yield %p : f32
  } -> tensor<16x16xf32>
  %2 = linalg.matmul ins(%a, %b : tensor<16x64xf8E4M3FNUZ>, tensor<64x16xf8E4M3FNUZ>)
                     outs(%c : tensor<16x16xf32>) -> tensor<16x16xf32>
  %3 = linalg.transpose ins(%2 : tensor<16x16xf32>) outs(%e : tensor<16x16xf32>)
      permutation = [1, 0]
  %4 = linalg.add ins(%2, %3 : tensor<16x16xf32>, tensor<16x16xf32>)
                  outs(%e : tensor<16x16xf32>) -> tensor<16x16xf32>
  return %1, %4 : tensor<16x16xf32>, tensor<16x16xf32>
}
