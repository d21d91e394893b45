// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// Written out as linalg.generic; then the ops of the body have their rules.

// CHECK-LABEL: func.func @ceil(
// CHECK: linalg.generic
// CHECK: math.ceil %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2FNUZ
func.func @ceil(%x: memref<8xf8E5M2>, %y: memref<8xf8E5M2>, %i: memref<8xf8E5M2>) {
  linalg.ceil ins(%x : memref<8xf8E5M2>) outs(%i : memref<8xf8E5M2>)
  return
}

// CHECK-LABEL: func.func @erf(
// CHECK: linalg.generic
// CHECK: math.erf %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
func.func @erf(%x: tensor<?x4xf8E4M3FN>, %y: tensor<?x4xf8E4M3FN>, %i: tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN> {
  %0 = linalg.erf ins(%x : tensor<?x4xf8E4M3FN>) outs(%i : tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN>
  return %0 : tensor<?x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @exp(
// CHECK: linalg.generic
// CHECK: math.exp %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2FNUZ
func.func @exp(%x: memref<8xf8E5M2>, %y: memref<8xf8E5M2>, %i: memref<8xf8E5M2>) {
  linalg.exp ins(%x : memref<8xf8E5M2>) outs(%i : memref<8xf8E5M2>)
  return
}

// CHECK-LABEL: func.func @floor(
// CHECK: linalg.generic
// CHECK: math.floor %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
func.func @floor(%x: tensor<?x4xf8E4M3FN>, %y: tensor<?x4xf8E4M3FN>, %i: tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN> {
  %0 = linalg.floor ins(%x : tensor<?x4xf8E4M3FN>) outs(%i : tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN>
  return %0 : tensor<?x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @log(
// CHECK: linalg.generic
// CHECK: math.log %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2FNUZ
func.func @log(%x: memref<8xf8E5M2>, %y: memref<8xf8E5M2>, %i: memref<8xf8E5M2>) {
  linalg.log ins(%x : memref<8xf8E5M2>) outs(%i : memref<8xf8E5M2>)
  return
}

// CHECK-LABEL: func.func @reciprocal(
// CHECK: linalg.generic
// CHECK: arith.divf %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
func.func @reciprocal(%x: tensor<?x4xf8E4M3FN>, %y: tensor<?x4xf8E4M3FN>, %i: tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN> {
  %0 = linalg.reciprocal ins(%x : tensor<?x4xf8E4M3FN>) outs(%i : tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN>
  return %0 : tensor<?x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @round(
// CHECK: linalg.generic
// CHECK: math.round %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2FNUZ
func.func @round(%x: memref<8xf8E5M2>, %y: memref<8xf8E5M2>, %i: memref<8xf8E5M2>) {
  linalg.round ins(%x : memref<8xf8E5M2>) outs(%i : memref<8xf8E5M2>)
  return
}

// CHECK-LABEL: func.func @rsqrt(
// CHECK: linalg.generic
// CHECK: math.rsqrt %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
func.func @rsqrt(%x: tensor<?x4xf8E4M3FN>, %y: tensor<?x4xf8E4M3FN>, %i: tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN> {
  %0 = linalg.rsqrt ins(%x : tensor<?x4xf8E4M3FN>) outs(%i : tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN>
  return %0 : tensor<?x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @sqrt(
// CHECK: linalg.generic
// CHECK: math.sqrt %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2FNUZ
func.func @sqrt(%x: memref<8xf8E5M2>, %y: memref<8xf8E5M2>, %i: memref<8xf8E5M2>) {
  linalg.sqrt ins(%x : memref<8xf8E5M2>) outs(%i : memref<8xf8E5M2>)
  return
}

// CHECK-LABEL: func.func @square(
// CHECK: linalg.generic
// CHECK: arith.mulf %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
func.func @square(%x: tensor<?x4xf8E4M3FN>, %y: tensor<?x4xf8E4M3FN>, %i: tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN> {
  %0 = linalg.square ins(%x : tensor<?x4xf8E4M3FN>) outs(%i : tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN>
  return %0 : tensor<?x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @tanh(
// CHECK: linalg.generic
// CHECK: math.tanh %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2FNUZ
func.func @tanh(%x: memref<8xf8E5M2>, %y: memref<8xf8E5M2>, %i: memref<8xf8E5M2>) {
  linalg.tanh ins(%x : memref<8xf8E5M2>) outs(%i : memref<8xf8E5M2>)
  return
}

// CHECK-LABEL: func.func @add(
// CHECK: linalg.generic
// CHECK: arith.addf %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
func.func @add(%x: tensor<?x4xf8E4M3FN>, %y: tensor<?x4xf8E4M3FN>, %i: tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN> {
  %0 = linalg.add ins(%x, %y : tensor<?x4xf8E4M3FN>, tensor<?x4xf8E4M3FN>) outs(%i : tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN>
  return %0 : tensor<?x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @div(
// CHECK: linalg.generic
// CHECK: arith.divf %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2FNUZ
func.func @div(%x: memref<8xf8E5M2>, %y: memref<8xf8E5M2>, %i: memref<8xf8E5M2>) {
  linalg.div ins(%x, %y : memref<8xf8E5M2>, memref<8xf8E5M2>) outs(%i : memref<8xf8E5M2>)
  return
}

// CHECK-LABEL: func.func @mul(
// CHECK: linalg.generic
// CHECK: arith.mulf %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
func.func @mul(%x: tensor<?x4xf8E4M3FN>, %y: tensor<?x4xf8E4M3FN>, %i: tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN> {
  %0 = linalg.mul ins(%x, %y : tensor<?x4xf8E4M3FN>, tensor<?x4xf8E4M3FN>) outs(%i : tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN>
  return %0 : tensor<?x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @sub(
// CHECK: linalg.generic
// CHECK: arith.subf %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2FNUZ
func.func @sub(%x: memref<8xf8E5M2>, %y: memref<8xf8E5M2>, %i: memref<8xf8E5M2>) {
  linalg.sub ins(%x, %y : memref<8xf8E5M2>, memref<8xf8E5M2>) outs(%i : memref<8xf8E5M2>)
  return
}

// CHECK-LABEL: func.func @powf(
// CHECK: linalg.generic
// CHECK: math.powf %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
func.func @powf(%x: tensor<?x4xf8E4M3FN>, %y: tensor<?x4xf8E4M3FN>, %i: tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN> {
  %0 = linalg.powf ins(%x, %y : tensor<?x4xf8E4M3FN>, tensor<?x4xf8E4M3FN>) outs(%i : tensor<?x4xf8E4M3FN>) -> tensor<?x4xf8E4M3FN>
  return %0 : tensor<?x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @nchw_sum(
// CHECK: linalg.generic
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: %[[X:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK-NEXT: arith.addf %{{.*}}, %[[X]] : f32
// CHECK: linalg.generic
func.func @nchw_sum(%x: tensor<1x4x6x6xf8E4M3FN>, %w: tensor<2x2xf32>, %i: tensor<1x4x5x5xf32>) -> tensor<1x4x5x5xf32> {
  %0 = linalg.pooling_nchw_sum ins(%x, %w : tensor<1x4x6x6xf8E4M3FN>, tensor<2x2xf32>) outs(%i : tensor<1x4x5x5xf32>) -> tensor<1x4x5x5xf32>
  return %0 : tensor<1x4x5x5xf32>
}

// CHECK-LABEL: func.func @ncw_sum(
// CHECK: linalg.generic
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: %[[X:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK-NEXT: arith.addf %{{.*}}, %[[X]] : f32
// CHECK: linalg.generic
func.func @ncw_sum(%x: tensor<1x4x6xf8E4M3FN>, %w: tensor<2xf32>, %i: tensor<1x4x5xf32>) -> tensor<1x4x5xf32> {
  %0 = linalg.pooling_ncw_sum ins(%x, %w : tensor<1x4x6xf8E4M3FN>, tensor<2xf32>) outs(%i : tensor<1x4x5xf32>) -> tensor<1x4x5xf32>
  return %0 : tensor<1x4x5xf32>
}

// CHECK-LABEL: func.func @ndhwc_sum(
// CHECK: linalg.generic
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: %[[X:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK-NEXT: arith.addf %{{.*}}, %[[X]] : f32
// CHECK: linalg.generic
func.func @ndhwc_sum(%x: tensor<1x4x4x4x2xf8E4M3FN>, %w: tensor<2x2x2xf32>, %i: tensor<1x3x3x3x2xf32>) -> tensor<1x3x3x3x2xf32> {
  %0 = linalg.pooling_ndhwc_sum ins(%x, %w : tensor<1x4x4x4x2xf8E4M3FN>, tensor<2x2x2xf32>) outs(%i : tensor<1x3x3x3x2xf32>) -> tensor<1x3x3x3x2xf32>
  return %0 : tensor<1x3x3x3x2xf32>
}

// CHECK-LABEL: func.func @nhwc_sum(
// CHECK: linalg.generic
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: %[[X:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK-NEXT: arith.addf %{{.*}}, %[[X]] : f32
// CHECK: linalg.generic
func.func @nhwc_sum(%x: tensor<1x6x6x4xf8E4M3FN>, %w: tensor<2x2xf32>, %i: tensor<1x5x5x4xf32>) -> tensor<1x5x5x4xf32> {
  %0 = linalg.pooling_nhwc_sum ins(%x, %w : tensor<1x6x6x4xf8E4M3FN>, tensor<2x2xf32>) outs(%i : tensor<1x5x5x4xf32>) -> tensor<1x5x5x4xf32>
  return %0 : tensor<1x5x5x4xf32>
}

// CHECK-LABEL: func.func @nwc_sum(
// CHECK: linalg.generic
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: %[[X:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK-NEXT: arith.addf %{{.*}}, %[[X]] : f32
// CHECK: linalg.generic
func.func @nwc_sum(%x: tensor<1x6x4xf8E4M3FN>, %w: tensor<2xf32>, %i: tensor<1x5x4xf32>) -> tensor<1x5x4xf32> {
  %0 = linalg.pooling_nwc_sum ins(%x, %w : tensor<1x6x4xf8E4M3FN>, tensor<2xf32>) outs(%i : tensor<1x5x4xf32>) -> tensor<1x5x4xf32>
  return %0 : tensor<1x5x4xf32>
}

// CHECK-LABEL: func.func @select(
// CHECK: linalg.generic
// CHECK: arith.select %{{.*}} : f8E4M3FNUZ
func.func @select(%c: tensor<4xi1>, %x: tensor<4xf8E4M3FN>, %i: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = linalg.select ins(%c, %x, %x : tensor<4xi1>, tensor<4xf8E4M3FN>, tensor<4xf8E4M3FN>) outs(%i : tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}

// CHECK-LABEL: func.func @elementwise(
// CHECK: linalg.generic
// CHECK: math.exp %{{.*}} : f32
// CHECK: linalg.generic
// CHECK: arith.addf %{{.*}} : f32
func.func @elementwise(%x: tensor<4x8xf8E4M3FN>, %y: tensor<8xf8E4M3FN>, %i: tensor<4x8xf8E4M3FN>) -> tensor<4x8xf8E4M3FN> {
  %0 = linalg.elementwise kind=#linalg.elementwise_kind<exp> ins(%x : tensor<4x8xf8E4M3FN>) outs(%i : tensor<4x8xf8E4M3FN>) -> tensor<4x8xf8E4M3FN>
  %1 = linalg.elementwise kind=#linalg.elementwise_kind<add> indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>]
      ins(%0, %y : tensor<4x8xf8E4M3FN>, tensor<8xf8E4M3FN>) outs(%i : tensor<4x8xf8E4M3FN>) -> tensor<4x8xf8E4M3FN>
  return %1 : tensor<4x8xf8E4M3FN>
}

// The OCP one of a reciprocal is a half as FNUZ.
// CHECK-LABEL: func.func @one(
// CHECK: arith.constant 5.000000e-01 : f8E4M3FNUZ
// CHECK: arith.divf
func.func @one(%x: tensor<4xf8E4M3FN>, %i: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = linalg.reciprocal ins(%x : tensor<4xf8E4M3FN>) outs(%i : tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
