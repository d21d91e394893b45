// RUN: fnuz-opt %s --map-to-mfma | FileCheck %s
// RUN: fnuz-opt %s --map-to-mfma --report=- -o /dev/null | FileCheck %s --check-prefix=REPORT

// CHECK-NOT: gpu.container_module
!v = f8E4M3FNUZ

// CHECK: gpu.func @kernel(
// CHECK: linalg.matmul
// REPORT: not mapped to MFMA: it is in a kernel
gpu.module @user {
  gpu.func @kernel() kernel {
    %a = arith.constant dense<1.0> : tensor<8x8x!v>
    %c = arith.constant dense<0.0> : tensor<8x8xf32>
    %0 = linalg.matmul ins(%a, %a : tensor<8x8x!v>, tensor<8x8x!v>)
                       outs(%c : tensor<8x8xf32>) -> tensor<8x8xf32>
    gpu.return
  }
}

// CHECK-NOT: gpu.module

// CHECK-LABEL: func.func @dynamic_depth(
// CHECK: linalg.matmul
// REPORT: linalg.matmul: not mapped to MFMA: it sums over a dim of dynamic size
func.func @dynamic_depth(%a: tensor<16x?x!v>, %b: tensor<?x16x!v>, %c: tensor<16x16xf32>)
    -> tensor<16x16xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<16x?x!v>, tensor<?x16x!v>)
                     outs(%c : tensor<16x16xf32>) -> tensor<16x16xf32>
  return %0 : tensor<16x16xf32>
}

// CHECK-LABEL: func.func @dynamic_image(
// CHECK: linalg.conv_2d_nhwc_hwcf
// REPORT: linalg.conv_2d_nhwc_hwcf: not mapped to MFMA: an operand has a dynamic size where its index is not one dim alone
func.func @dynamic_image(%a: tensor<1x?x8x4x!v>, %b: tensor<3x3x4x16x!v>, %c: tensor<1x?x6x16xf32>)
    -> tensor<1x?x6x16xf32> {
  %0 = linalg.conv_2d_nhwc_hwcf ins(%a, %b : tensor<1x?x8x4x!v>, tensor<3x3x4x16x!v>)
                                outs(%c : tensor<1x?x6x16xf32>) -> tensor<1x?x6x16xf32>
  return %0 : tensor<1x?x6x16xf32>
}

// CHECK-LABEL: func.func @padded_by_a_dynamic_size(
// CHECK: tensor.pad
// CHECK: linalg.conv_1d_nwc_wcf
// REPORT: linalg.conv_1d_nwc_wcf: not mapped to MFMA: an operand has a dynamic size where its index is not one dim alone
func.func @padded_by_a_dynamic_size(%a: tensor<1x8x4x!v>, %b: tensor<3x4x16x!v>, %n: index,
                                    %c: tensor<1x?x16xf32>) -> tensor<1x?x16xf32> {
  %z = arith.constant 0.0 : !v
  %p = tensor.pad %a low[0, %n, 0] high[0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %z : !v
  } : tensor<1x8x4x!v> to tensor<1x?x4x!v>
  %0 = linalg.conv_1d_nwc_wcf ins(%p, %b : tensor<1x?x4x!v>, tensor<3x4x16x!v>)
                              outs(%c : tensor<1x?x16xf32>) -> tensor<1x?x16xf32>
  return %0 : tensor<1x?x16xf32>
}

// CHECK-LABEL: func.func @strided(
// CHECK: linalg.matmul
// REPORT: not mapped to MFMA: memref<8x32xf8E4M3FNUZ, strided<[64, 1]>> is not dense in the default memory space
func.func @strided(%a: memref<8x32x!v, strided<[64, 1]>>, %b: memref<32x16x!v>,
                   %c: memref<8x16xf32>) {
  linalg.matmul ins(%a, %b : memref<8x32x!v, strided<[64, 1]>>, memref<32x16x!v>)
                outs(%c : memref<8x16xf32>)
  return
}

// CHECK-LABEL: func.func @nothing(
// CHECK: linalg.matmul
// REPORT: not mapped to MFMA: it has a size of 0
func.func @nothing(%a: tensor<8x0x!v>, %b: tensor<0x16x!v>, %c: tensor<8x16xf32>)
    -> tensor<8x16xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<8x0x!v>, tensor<0x16x!v>)
                     outs(%c : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

// CHECK-LABEL: func.func @f16(
// CHECK: linalg.matmul
// REPORT: not mapped to MFMA: it accumulates in f16, and the matrix unit in f32
func.func @f16(%a: tensor<8x32x!v>, %b: tensor<32x16x!v>, %c: tensor<8x16xf16>)
    -> tensor<8x16xf16> {
  %0 = linalg.matmul ins(%a, %b : tensor<8x32x!v>, tensor<32x16x!v>)
                     outs(%c : tensor<8x16xf16>) -> tensor<8x16xf16>
  return %0 : tensor<8x16xf16>
}

// CHECK-LABEL: func.func @mirrored(
// CHECK: linalg.generic
// REPORT: not mapped to MFMA: an index of it is no sum of dims times positive constants
func.func @mirrored(%a: tensor<8x!v>, %b: tensor<3x!v>, %c: tensor<6xf32>) -> tensor<6xf32> {
  %0 = linalg.generic
      {indexing_maps = [affine_map<(w, k) -> (w - k + 2)>, affine_map<(w, k) -> (k)>,
                        affine_map<(w, k) -> (w)>], iterator_types = ["parallel", "reduction"]}
      ins(%a, %b : tensor<8x!v>, tensor<3x!v>) outs(%c : tensor<6xf32>) {
  ^bb0(%x: !v, %y: !v, %s: f32):
    %u = arith.extf %x : !v to f32
    %w = arith.extf %y : !v to f32
    %p = arith.mulf %u, %w : f32
    %t = arith.addf %s, %p : f32
    linalg.yield %t : f32
  } -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// CHECK-LABEL: func.func @alone(
// CHECK: linalg.generic
// REPORT: not mapped to MFMA: a dim of it is in one operand alone, or in the result alone
func.func @alone(%a: tensor<4x3x32x!v>, %b: tensor<32x16x!v>, %c: tensor<4x16xf32>)
    -> tensor<4x16xf32> {
  %0 = linalg.generic
      {indexing_maps = [affine_map<(m, n, j, k) -> (m, j, k)>,
                        affine_map<(m, n, j, k) -> (k, n)>, affine_map<(m, n, j, k) -> (m, n)>],
       iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%a, %b : tensor<4x3x32x!v>, tensor<32x16x!v>) outs(%c : tensor<4x16xf32>) {
  ^bb0(%x: !v, %y: !v, %s: f32):
    %u = arith.extf %x : !v to f32
    %w = arith.extf %y : !v to f32
    %p = arith.mulf %u, %w : f32
    %t = arith.addf %s, %p : f32
    linalg.yield %t : f32
  } -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}

// CHECK-LABEL: func.func @huge(
// CHECK: linalg.matmul
// REPORT: not mapped to MFMA: an operand of it has 2 GB or more, and buffers have offsets of 32 bits
func.func @huge(%a: tensor<32768x65536x!v>, %b: tensor<65536x16x!v>, %c: tensor<32768x16xf32>)
    -> tensor<32768x16xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<32768x65536x!v>, tensor<65536x16x!v>)
                     outs(%c : tensor<32768x16xf32>) -> tensor<32768x16xf32>
  return %0 : tensor<32768x16xf32>
}

// CHECK-LABEL: func.func @squares(
// CHECK: linalg.generic
// REPORT: not mapped to MFMA: its body is not the sum of init and the product of both operands in f32
func.func @squares(%a: tensor<8x8x!v>, %c: tensor<8xf32>) -> tensor<8xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (k, m)>,
                                        affine_map<(m, k) -> (m)>],
                       iterator_types = ["parallel", "reduction"]}
      ins(%a, %a : tensor<8x8x!v>, tensor<8x8x!v>) outs(%c : tensor<8xf32>) {
  ^bb0(%x: !v, %y: !v, %s: f32):
    %u = arith.extf %x : !v to f32
    %v = arith.extf %x : !v to f32
    %p = arith.mulf %u, %v : f32
    %t = arith.addf %s, %p : f32
    linalg.yield %t : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: func.func @scaled(
// CHECK: linalg.generic
// REPORT: not mapped to MFMA: it has 3 inputs and 1 results, not 2 and 1
func.func @scaled(%a: tensor<8x8x!v>, %scale: tensor<8xf32>, %c: tensor<8x8xf32>)
    -> tensor<8x8xf32> {
  %0 = linalg.generic
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                        affine_map<(m, n, k) -> (k)>, affine_map<(m, n, k) -> (m, n)>],
       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %a, %scale : tensor<8x8x!v>, tensor<8x8x!v>, tensor<8xf32>)
      outs(%c : tensor<8x8xf32>) {
  ^bb0(%x: !v, %y: !v, %f: f32, %s: f32):
    %u = arith.extf %x : !v to f32
    %w = arith.extf %y : !v to f32
    %p = arith.mulf %u, %w : f32
    %q = arith.mulf %p, %f : f32
    %t = arith.addf %s, %q : f32
    linalg.yield %t : f32
  } -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

// Of one fp8 operand it is none of fp8.
// CHECK-LABEL: func.func @mixed(
// CHECK: linalg.matmul
// REPORT-NOT: mixed
func.func @mixed(%a: tensor<8x32x!v>, %b: tensor<32x16xf16>, %c: tensor<8x16xf32>)
    -> tensor<8x16xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<8x32x!v>, tensor<32x16xf16>)
                     outs(%c : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}
