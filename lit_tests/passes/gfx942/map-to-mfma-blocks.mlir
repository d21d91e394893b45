// RUN: fnuz-opt %s --ocp-to-fnuz=fuse=true --lower-fnuz-casts --map-to-mfma -o %t
// RUN: FileCheck %s --input-file=%t
// RUN: fnuz-opt %s --ocp-to-fnuz=fuse=true --lower-fnuz-casts --map-to-mfma --report=- -o /dev/null | FileCheck %s --check-prefix=REPORT
// RUN: fnuz-opt %s --ocp-to-fnuz=fuse=true --lower-fnuz-casts --map-to-mfma=tile=16x64x256 --report=- -o /dev/null | FileCheck %s --check-prefix=LEFT

// An activation with a scale for each row and 128 elements, a weight with one for 128 x 128: the
// sums of the blocks are scaled in the kernel, and are nowhere in memory.
// CHECK: gpu.func @gemm_0(%[[W:.*]]: memref<65536xf8E4M3FNUZ>, %[[X:.*]]: memref<1024xf8E4M3FNUZ>, %[[SX:.*]]: memref<8xf32>, %[[SW:.*]]: memref<512xf32>, %[[R:.*]]: memref<1024xf32>)
// CHECK: amdgpu.raw_buffer_load %[[W]]
// CHECK: amdgpu.raw_buffer_load %[[X]]
// CHECK: amdgpu.raw_buffer_load %[[SX]]
// CHECK: amdgpu.raw_buffer_load %[[SW]]
// CHECK: amdgpu.mfma
// CHECK: %[[S:.*]] = arith.mulf
// CHECK: %[[P:.*]] = arith.mulf %{{.*}}, %[[S]] : vector<4xf32>
// CHECK: arith.addf %{{.*}}, %[[P]] : vector<4xf32>
// CHECK: amdgpu.raw_buffer_store %{{.*}} -> %[[R]]
// CHECK-LABEL: func.func @main(
// CHECK-NOT: 2x4x256xf32
// CHECK: gpu.launch_func @kernels::@gemm_0
// CHECK-NOT: linalg.generic

// REPORT: linalg.generic of 4x256x256 to MFMA 16x16x32, tile skinny-{{.*}}, blocks of 128 scaled; bound by
// A block of 128 is no whole iteration of 256.
// LEFT: linalg.generic of 2x4x256x128 to MFMA {{.*}}; the op that adds up its blocks is left: no tile=16x64x256 can scale blocks of 128
#rows = affine_map<(m, b, k) -> (m, b, k)>
#block = affine_map<(m, b, k) -> (m, b)>
#tiles = affine_map<(n, i, b, k) -> (n, i, b, k)>
#tile = affine_map<(n, i, b, k) -> (n, b)>
func.func @main(%x: tensor<4x2x128xf8E4M3FN>, %sx: tensor<4x2xf32>,
                %w: tensor<2x128x2x128xf8E4M3FN>, %sw: tensor<2x2xf32>) -> tensor<4x256xf32> {
  %ex = tensor.empty() : tensor<4x2x128xf32>
  %dx = linalg.generic {indexing_maps = [#rows, #block, #rows],
                        iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %sx : tensor<4x2x128xf8E4M3FN>, tensor<4x2xf32>) outs(%ex : tensor<4x2x128xf32>) {
  ^bb0(%in: f8E4M3FN, %s: f32, %out: f32):
    %0 = arith.extf %in : f8E4M3FN to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<4x2x128xf32>
  %ew = tensor.empty() : tensor<2x128x2x128xf32>
  %dw = linalg.generic {indexing_maps = [#tiles, #tile, #tiles],
                        iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%w, %sw : tensor<2x128x2x128xf8E4M3FN>, tensor<2x2xf32>)
      outs(%ew : tensor<2x128x2x128xf32>) {
  ^bb0(%in: f8E4M3FN, %s: f32, %out: f32):
    %0 = arith.extf %in : f8E4M3FN to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<2x128x2x128xf32>
  %fx = tensor.collapse_shape %dx [[0], [1, 2]] : tensor<4x2x128xf32> into tensor<4x256xf32>
  %fw = tensor.collapse_shape %dw [[0, 1], [2, 3]]
      : tensor<2x128x2x128xf32> into tensor<256x256xf32>
  %zero = arith.constant dense<0.0> : tensor<4x256xf32>
  %y = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%fx, %fw : tensor<4x256xf32>, tensor<256x256xf32>)
      outs(%zero : tensor<4x256xf32>) -> tensor<4x256xf32>
  return %y : tensor<4x256xf32>
}
