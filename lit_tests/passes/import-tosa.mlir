// RUN: fnuz-opt --import-tosa %s | FileCheck %s
// RUN: fnuz-opt --import-tosa --ocp-to-fnuz %s | FileCheck %s --check-prefix=FNUZ
// FNUZ-NOT: f8E4M3FN{{[^U]}}
// FNUZ-NOT: f8E5M2{{[^F]}}

// CHECK-NOT: tosa
// CHECK-LABEL: @conv
// CHECK: linalg.conv_2d_nhwc_fhwc {{.*}} ins(%{{.*}}, %{{.*}} : tensor<1x10x10x4xf8E4M3FN>, tensor<8x3x3x4xf8E4M3FN>) outs(%{{.*}} : tensor<1x8x8x8xf32>)
// CHECK: arith.truncf %{{.*}} : f32 to f16
func.func @conv(%x: tensor<1x8x8x4xf8E4M3FN>, %w: tensor<8x3x3x4xf8E4M3FN>, %b: tensor<8xf16>)
    -> tensor<1x8x8x8xf16> {
  %zp = "tosa.const"() <{values = dense<0.0> : tensor<1xf8E4M3FN>}> : () -> tensor<1xf8E4M3FN>
  %0 = tosa.conv2d %x, %w, %b, %zp, %zp {acc_type = f32, dilation = array<i64: 1, 1>,
      pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>}
      : (tensor<1x8x8x4xf8E4M3FN>, tensor<8x3x3x4xf8E4M3FN>, tensor<8xf16>, tensor<1xf8E4M3FN>,
         tensor<1xf8E4M3FN>) -> tensor<1x8x8x8xf16>
  return %0 : tensor<1x8x8x8xf16>
}

// What torch-mlir makes of torch._scaled_mm.
// CHECK-LABEL: @scaled_mm
// CHECK: linalg.batch_matmul ins(%{{.*}}, %{{.*}} : tensor<1x8x32xf8E4M3FN>, tensor<1x32x16xf8E4M3FN>) outs(%{{.*}} : tensor<1x8x16xf32>)
func.func @scaled_mm(%a: tensor<8x32xf8E4M3FN>, %b: tensor<32x16xf8E4M3FN>, %sa: tensor<f32>,
                     %sb: tensor<f32>) -> tensor<8x16xbf16> {
  %as = tosa.const_shape {values = dense<[1, 8, 32]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %bs = tosa.const_shape {values = dense<[1, 32, 16]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %one = tosa.const_shape {values = dense<1> : tensor<3xindex>} : () -> !tosa.shape<3>
  %zp = "tosa.const"() <{values = dense<0.0> : tensor<1xf8E4M3FN>}> : () -> tensor<1xf8E4M3FN>
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %rs = tosa.const_shape {values = dense<[8, 16]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %0 = tosa.reshape %a, %as : (tensor<8x32xf8E4M3FN>, !tosa.shape<3>) -> tensor<1x8x32xf8E4M3FN>
  %1 = tosa.reshape %b, %bs : (tensor<32x16xf8E4M3FN>, !tosa.shape<3>) -> tensor<1x32x16xf8E4M3FN>
  %2 = tosa.reshape %sa, %one : (tensor<f32>, !tosa.shape<3>) -> tensor<1x1x1xf32>
  %3 = tosa.reshape %sb, %one : (tensor<f32>, !tosa.shape<3>) -> tensor<1x1x1xf32>
  %4 = tosa.matmul %0, %1, %zp, %zp
      : (tensor<1x8x32xf8E4M3FN>, tensor<1x32x16xf8E4M3FN>, tensor<1xf8E4M3FN>,
         tensor<1xf8E4M3FN>) -> tensor<1x8x16xf32>
  %5 = tosa.mul %2, %3, %shift
      : (tensor<1x1x1xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<1x1x1xf32>
  %6 = tosa.mul %4, %5, %shift
      : (tensor<1x8x16xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<1x8x16xf32>
  %7 = tosa.reshape %6, %rs : (tensor<1x8x16xf32>, !tosa.shape<2>) -> tensor<8x16xf32>
  %8 = tosa.cast %7 : (tensor<8x16xf32>) -> tensor<8x16xbf16>
  return %8 : tensor<8x16xbf16>
}

// CHECK-LABEL: @max_pool
// CHECK: %[[LOWEST:.*]] = arith.constant -4.480000e+02 : f8E4M3FN
// CHECK: tensor.pad
// CHECK: tensor.yield %[[LOWEST]]
// CHECK: linalg.fill ins(%[[LOWEST]] : f8E4M3FN)
// CHECK: linalg.pooling_nhwc_max
func.func @max_pool(%x: tensor<1x5x4x2xf8E4M3FN>) -> tensor<1x3x2x2xf8E4M3FN> {
  %0 = tosa.max_pool2d %x {kernel = array<i64: 3, 2>, pad = array<i64: 1, 1, 0, 0>,
                           stride = array<i64: 2, 2>}
      : (tensor<1x5x4x2xf8E4M3FN>) -> tensor<1x3x2x2xf8E4M3FN>
  return %0 : tensor<1x3x2x2xf8E4M3FN>
}

// The bounds of i32 are not compared with in fp8.
// CHECK-LABEL: @casts
// CHECK: arith.extf %{{.*}} : f8E5M2 to f32
// CHECK: arith.fptosi %{{.*}} : f32 to i32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FN
func.func @casts(%x: tensor<4xf8E5M2>) -> (tensor<4xi32>, tensor<4xf8E4M3FN>) {
  %0 = tosa.cast %x : (tensor<4xf8E5M2>) -> tensor<4xi32>
  %1 = tosa.cast %x : (tensor<4xf8E5M2>) -> tensor<4xf8E4M3FN>
  return %0, %1 : tensor<4xi32>, tensor<4xf8E4M3FN>
}
