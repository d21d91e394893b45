// RUN: fnuz-opt %s --map-to-mfma | FileCheck %s
// RUN: fnuz-opt %s --map-to-mfma --report=- -o /dev/null | FileCheck %s --check-prefix=REPORT
// RUN: fnuz-opt %s --map-to-mfma --one-shot-bufferize="bufferize-function-boundaries=true" | FileCheck %s --check-prefix=BUFFERS
// RUN: fnuz-opt %s --map-to-mfma --compile-to=isa | FileCheck %s --check-prefix=ISA
// RUN: not fnuz-opt %s --map-to-mfma=tile=skinny-16x32x8 2>&1 | FileCheck %s --check-prefix=ERROR
// RUN: not fnuz-opt %s --map-to-mfma=tile=64x64x128/2 2>&1 | FileCheck %s --check-prefix=ERROR

// ERROR: error: 'linalg.conv_2d_nhwc_hwcf' is no product of matrices of static sizes, for which tile={{skinny-16x32x8|64x64x128/2}} is; it can have 256x256x64, 128x128x64, 64x64x128, 16x64x256, 64x16x256

!v = f8E4M3FNUZ

// Where a load is outside of the image its index is behind the end of the buffer.
// CHECK: gpu.func @gemm_0(%{{.*}}: memref<1152x{{.*}}>, %[[A:.*]]: memref<256xf8E4M3FNUZ>, %{{[^,]*}}: memref<128xf32>)
// CHECK-DAG: %[[W:.*]] = arith.constant 4 : i32
// CHECK-DAG: %[[OUTSIDE:.*]] = arith.constant 2147483647 : i32
// CHECK: arith.cmpi ult, %{{.*}}, %[[W]] : i32
// CHECK: %[[IN_H:.*]] = arith.select %{{.*}}, %{{.*}}, %[[OUTSIDE]] : i32
// CHECK: arith.cmpi ult, %{{.*}}, %[[W]] : i32
// CHECK: %[[IN:.*]] = arith.select %{{.*}}, %[[IN_H]], %[[OUTSIDE]] : i32
// CHECK: %[[AT:.*]] = arith.select %{{.*}}, %[[IN]], %[[OUTSIDE]] : i32
// CHECK: amdgpu.raw_buffer_load %[[A]][%[[AT]]] : memref<256xf8E4M3FNUZ>, i32 -> vector<16xf8E4M3FNUZ>

// ISA: gemm_0:
// ISA-NOT: s_endpgm
// ISA: buffer_load_dwordx4
// ISA: v_mfma_f32_

// CHECK-LABEL: func.func @nhwc(
// CHECK-SAME: %[[A:.*]]: tensor<1x4x4x16xf8E4M3FNUZ>
// CHECK-NOT: tensor.pad
// CHECK-NOT: linalg.
// CHECK: bufferization.to_buffer %[[A]] read_only
// CHECK-NOT: tensor.pad
// CHECK: gpu.launch_func @kernels::@gemm_0
// CHECK-NOT: linalg.
// CHECK: return
// REPORT: linalg.conv_2d_nhwc_hwcf of 16x8x144 to MFMA {{.*}}, with the padding before it

// BUFFERS-LABEL: func.func @nhwc(
// BUFFERS-NOT: tensor<
// BUFFERS: gpu.launch_func
func.func @nhwc(%a: tensor<1x4x4x16x!v>, %b: tensor<3x3x16x8x!v>) -> tensor<1x4x4x8xf32> {
  %zero = arith.constant dense<0.0> : tensor<1x4x4x8xf32>
  %z = arith.constant 0.0 : !v
  %p = tensor.pad %a low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %z : !v
  } : tensor<1x4x4x16x!v> to tensor<1x6x6x16x!v>
  %0 = linalg.conv_2d_nhwc_hwcf ins(%p, %b : tensor<1x6x6x16x!v>, tensor<3x3x16x8x!v>)
                                outs(%zero : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %0 : tensor<1x4x4x8xf32>
}

// Padding that others read stays for them; of another number than zero it stays for the kernel.
// CHECK-LABEL: func.func @padding_that_stays(
// CHECK-SAME: %[[A:.*]]: tensor<1x8x16xf8E4M3FNUZ>
// CHECK: %[[P:.*]] = tensor.pad %[[A]] low[0, 1, 0]
// CHECK: bufferization.to_buffer %[[A]] read_only
// CHECK: gpu.launch_func @kernels::@gemm_1
// CHECK: %[[Q:.*]] = tensor.pad %[[A]] low[0, 2, 0]
// CHECK: bufferization.to_buffer %[[Q]] read_only
// CHECK: gpu.launch_func @kernels::@gemm_2
// CHECK: return %{{.*}}, %{{.*}}, %[[P]]
func.func @padding_that_stays(%a: tensor<1x8x16x!v>, %b: tensor<3x16x8x!v>,
                              %c: tensor<1x7x8xf32>, %d: tensor<1x8x8xf32>)
    -> (tensor<1x7x8xf32>, tensor<1x8x8xf32>, tensor<1x9x16x!v>) {
  %z = arith.constant 0.0 : !v
  %one = arith.constant 1.0 : !v
  %p = tensor.pad %a low[0, 1, 0] high[0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %z : !v
  } : tensor<1x8x16x!v> to tensor<1x9x16x!v>
  %0 = linalg.conv_1d_nwc_wcf ins(%p, %b : tensor<1x9x16x!v>, tensor<3x16x8x!v>)
                              outs(%c : tensor<1x7x8xf32>) -> tensor<1x7x8xf32>
  %q = tensor.pad %a low[0, 2, 0] high[0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %one : !v
  } : tensor<1x8x16x!v> to tensor<1x10x16x!v>
  %1 = linalg.conv_1d_nwc_wcf ins(%q, %b : tensor<1x10x16x!v>, tensor<3x16x8x!v>)
                              outs(%d : tensor<1x8x8xf32>) -> tensor<1x8x8xf32>
  return %0, %1, %p : tensor<1x7x8xf32>, tensor<1x8x8xf32>, tensor<1x9x16x!v>
}

// Groups and images are batch dims; a pixel of the window is a byte.
// CHECK-LABEL: func.func @groups(
// CHECK: gpu.launch_func @kernels::@gemm_3
// REPORT: linalg.conv_2d_ngchw_gfchw of 3x2x5x4x63 to MFMA
func.func @groups(%a: tensor<2x3x7x4x4x!v>, %b: tensor<3x5x7x3x3x!v>, %c: tensor<2x3x5x2x2xf32>)
    -> tensor<2x3x5x2x2xf32> {
  %0 = linalg.conv_2d_ngchw_gfchw ins(%a, %b : tensor<2x3x7x4x4x!v>, tensor<3x5x7x3x3x!v>)
                                  outs(%c : tensor<2x3x5x2x2xf32>) -> tensor<2x3x5x2x2xf32>
  return %0 : tensor<2x3x5x2x2xf32>
}
