// RUN: fnuz-opt %s --map-to-mfma=tile=64x64x128 | FileCheck %s
// RUN: fnuz-opt %s --map-to-mfma=tile=64x64x128 --report=- -o /dev/null | FileCheck %s --check-prefix=REPORT
// RUN: fnuz-opt %s --map-to-mfma=tile=256x256x64 | FileCheck %s --check-prefix=TURNED
// RUN: fnuz-opt %s --map-to-mfma=tile=skinny-16x16x1 | FileCheck %s --check-prefix=SKINNY

!v = f8E4M3FNUZ

// The constant is not in LDS; the other operand is.
// CHECK: gpu.func @gemm_0(%[[B:.*]]: memref<1024xf8E4M3FNUZ>, %[[A:.*]]: memref<512xf8E4M3FNUZ>, %{{.*}}: memref<256xf32>)
// CHECK-SAME: workgroup(%[[LDS:[^ ]*]] : memref<16384xf8E4M3FNUZ, #gpu.address_space<workgroup>>) kernel
// CHECK: amdgpu.raw_buffer_load %[[B]][{{.*}}] sgprOffset %{{.*}} : memref<1024xf8E4M3FNUZ>, i32 -> vector<16xf8E4M3FNUZ>
// CHECK: vector.store %{{.*}}, %[[LDS]]
// CHECK: vector.load %[[LDS]]
// CHECK: amdgpu.mfma

// A wave has 4 fragments of the operand in blocks, and 2 of the other, whichever is the constant.
// TURNED: gpu.func @gemm_1(%{{.*}}: memref<4096xf8E4M3FNUZ>, %[[C:.*]]: memref<4096xf8E4M3FNUZ>, {{.*}}) workgroup(%[[LDS:[^ ]*]] : memref<32768xf8E4M3FNUZ, #gpu.address_space<workgroup>>) kernel
// TURNED-COUNT-4: raw_buffer_load %[[C]]
// TURNED: vector.load %[[LDS]]
// TURNED: vector.load %[[LDS]]
// TURNED-NOT: vector.load
// TURNED: amdgpu.mfma

// The kernel for few rows takes them as they are.
// SKINNY-NOT: preshuffled

// The 16 columns are filled up to the 32 of a block.
// CHECK-LABEL: func.func @alone(
// CHECK-NOT: tensor<32x16xf8E4M3FNUZ>
// CHECK: %[[C:.*]] = arith.constant dense_resource<preshuffled> : tensor<1024xf8E4M3FNUZ>
// CHECK-NOT: tensor<32x16xf8E4M3FNUZ>
// CHECK: %[[M:.*]] = bufferization.to_buffer %[[C]] read_only
// CHECK: gpu.launch_func @kernels::@gemm_0 {{.*}} args(%[[M]] : memref<1024xf8E4M3FNUZ>
// REPORT: @alone
// REPORT: tile 64x64x128, 4 waves, 16384 bytes of LDS, a constant of 1024 bytes preshuffled
func.func @alone(%a: tensor<16x32x!v>) -> tensor<16x16xf32> {
  %b = arith.constant dense<1.0> : tensor<32x16x!v>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<16x32x!v>, tensor<32x16x!v>)
                     outs(%zero : tensor<16x16xf32>) -> tensor<16x16xf32>
  return %0 : tensor<16x16xf32>
}

// One number stays one, where no zeros are beside it.
// CHECK-LABEL: func.func @one_number(
// CHECK: arith.constant dense<1.000000e+00> : tensor<4096xf8E4M3FNUZ>
func.func @one_number(%b: tensor<64x64x!v>) -> tensor<64x64xf32> {
  %a = arith.constant dense<1.0> : tensor<64x64x!v>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<64x64x!v>, tensor<64x64x!v>)
                     outs(%zero : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

// CHECK-LABEL: func.func @used_elsewhere(
// CHECK: %[[KEPT:.*]] = arith.constant dense<1.000000e+00> : tensor<32x16xf8E4M3FNUZ>
// CHECK: arith.constant dense_resource<preshuffled{{[_0-9]*}}> : tensor<1024xf8E4M3FNUZ>
// CHECK: return %{{.*}}, %[[KEPT]]
func.func @used_elsewhere(%a: tensor<16x32x!v>) -> (tensor<16x16xf32>, tensor<32x16x!v>) {
  %b = arith.constant dense<1.0> : tensor<32x16x!v>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<16x32x!v>, tensor<32x16x!v>)
                     outs(%zero : tensor<16x16xf32>) -> tensor<16x16xf32>
  return %0, %b : tensor<16x16xf32>, tensor<32x16x!v>
}

// Of two constants the larger one.
// CHECK-LABEL: func.func @both(
// CHECK-DAG: arith.constant dense<1.000000e+00> : tensor<8x64xf8E4M3FNUZ>
// CHECK-DAG: arith.constant dense<2.000000e+00> : tensor<2048xf8E4M3FNUZ>
func.func @both() -> tensor<8x32xf32> {
  %a = arith.constant dense<1.0> : tensor<8x64x!v>
  %b = arith.constant dense<2.0> : tensor<64x32x!v>
  %zero = arith.constant dense<0.0> : tensor<8x32xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<8x64x!v>, tensor<64x32x!v>)
                     outs(%zero : tensor<8x32xf32>) -> tensor<8x32xf32>
  return %0 : tensor<8x32xf32>
}

// Bytes that were elided can't be shuffled.
// CHECK-LABEL: func.func @elided(
// CHECK: arith.constant dense_resource<weight> : tensor<32x16xf8E4M3FNUZ>
// REPORT: @elided
// REPORT-NOT: preshuffled
func.func @elided(%a: tensor<16x32x!v>) -> tensor<16x16xf32> {
  %b = arith.constant dense_resource<weight> : tensor<32x16x!v>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<16x32x!v>, tensor<32x16x!v>)
                     outs(%zero : tensor<16x16xf32>) -> tensor<16x16xf32>
  return %0 : tensor<16x16xf32>
}
