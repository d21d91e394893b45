// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: fnuz-opt %s --convert-ocp-to-fnuz --fold-fnuz-casts --canonicalize --cse > /dev/null

// One factor behind the sum. Before it the accumulator is divided by the factor, unless it is zero.

// CHECK-LABEL: func.func @matmul_f32(
// CHECK-SAME: %[[A:.*]]: tensor<4x8xf8E4M3FNUZ>, %[[B:.*]]: tensor<8x4xf8E4M3FNUZ>, %[[C:.*]]: tensor<4x4xf32>
// CHECK-DAG: %[[FOUR:.*]] = arith.constant 4.000000e+00 : f32
// CHECK-DAG: %[[QUARTER:.*]] = arith.constant 2.500000e-01 : f32
// CHECK: %[[INIT:.*]] = linalg.generic {{.*}} ins(%[[C]] : tensor<4x4xf32>)
// CHECK: arith.mulf %{{.*}}, %[[QUARTER]] : f32
// CHECK: %[[SUM:.*]] = linalg.matmul ins(%[[A]], %[[B]] : {{.*}}) outs(%[[INIT]] : tensor<4x4xf32>)
// CHECK: %[[RESULT:.*]] = linalg.generic {{.*}} ins(%[[SUM]] : tensor<4x4xf32>)
// CHECK: arith.mulf %{{.*}}, %[[FOUR]] : f32
// CHECK: return %[[RESULT]]
func.func @matmul_f32(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x4xf8E4M3FN>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FN>, tensor<8x4xf8E4M3FN>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @zero_fill(
// CHECK-NOT: 2.500000e-01
// CHECK: %[[ZERO:.*]] = linalg.fill
// CHECK-NEXT: %[[SUM:.*]] = linalg.matmul {{.*}} outs(%[[ZERO]] : tensor<?x?xf32>)
// CHECK: ins(%[[SUM]] : tensor<?x?xf32>)
func.func @zero_fill(%a: tensor<?x8xf8E5M2>, %b: tensor<8x?xf8E5M2>, %e: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %z = arith.constant 0.0 : f32
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<?x8xf8E5M2>, tensor<8x?xf8E5M2>) outs(%f : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @zero_constant(
// CHECK-NOT: 2.500000e-01
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<4x4xf32>
// CHECK-NEXT: linalg.matmul {{.*}} outs(%[[ZERO]] :
func.func @zero_constant(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x4xf8E4M3FN>) -> tensor<4x4xf32> {
  %c = arith.constant dense<0.0> : tensor<4x4xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FN>, tensor<8x4xf8E4M3FN>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// The scalar of a fill is scaled, not the tensor.
// CHECK-LABEL: func.func @constant_fill(
// CHECK-DAG: %[[QUARTER:.*]] = arith.constant 2.500000e-01 : f32
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK: %[[SCALED:.*]] = arith.mulf %[[ONE]], %[[QUARTER]] : f32
// CHECK-NEXT: %[[INIT:.*]] = linalg.fill ins(%[[SCALED]] : f32)
// CHECK-NEXT: linalg.matmul {{.*}} outs(%[[INIT]] :
func.func @constant_fill(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x4xf8E4M3FN>, %e: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %one = arith.constant 1.0 : f32
  %f = linalg.fill ins(%one : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FN>, tensor<8x4xf8E4M3FN>) outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @bf16_and_f64(
// CHECK: linalg.matmul
// CHECK: arith.mulf %{{.*}} : bf16
// CHECK: linalg.matmul
// CHECK: arith.mulf %{{.*}} : f64
func.func @bf16_and_f64(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x4xf8E4M3FN>, %c: tensor<4x4xbf16>, %d: tensor<4x4xf64>) -> (tensor<4x4xbf16>, tensor<4x4xf64>) {
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FN>, tensor<8x4xf8E4M3FN>) outs(%c : tensor<4x4xbf16>) -> tensor<4x4xbf16>
  %1 = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FN>, tensor<8x4xf8E4M3FN>) outs(%d : tensor<4x4xf64>) -> tensor<4x4xf64>
  return %0, %1 : tensor<4x4xbf16>, tensor<4x4xf64>
}

// In f16 a quarter of the accumulator is not exact: one factor on the product of E4M3 values.
// CHECK-LABEL: func.func @f16(
// CHECK: %[[FOUR:.*]] = arith.constant 4.000000e+00 : f16
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: %[[P:.*]] = arith.mulf %{{.*}} : f16
// CHECK-NEXT: %[[Q:.*]] = arith.mulf %[[P]], %[[FOUR]] : f16
// CHECK-NEXT: %[[S:.*]] = arith.addf %{{.*}}, %[[Q]] : f16
// CHECK-NEXT: linalg.yield %[[S]] : f16
// CHECK-NEXT: }
// CHECK-NEXT: return
func.func @f16(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x4xf8E4M3FN>, %c: tensor<4x4xf16>) -> tensor<4x4xf16> {
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FN>, tensor<8x4xf8E4M3FN>) outs(%c : tensor<4x4xf16>) -> tensor<4x4xf16>
  return %0 : tensor<4x4xf16>
}

// A product of E5M2 values may overflow or underflow in f16: a factor on each operand.
// CHECK-LABEL: func.func @f16_e5m2(
// CHECK: %[[TWO:.*]] = arith.constant 2.000000e+00 : f16
// CHECK: %[[A:.*]] = arith.extf %{{.*}} : f8E5M2FNUZ to f16
// CHECK: %[[X:.*]] = arith.mulf %[[A]], %[[TWO]] : f16
// CHECK: %[[B:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f16
// CHECK: %[[Y:.*]] = arith.mulf %[[B]], %[[TWO]] : f16
// CHECK: %[[P:.*]] = arith.mulf %[[X]], %[[Y]] : f16
// CHECK-NEXT: arith.addf %{{.*}}, %[[P]] : f16
func.func @f16_e5m2(%a: tensor<4x8xf8E5M2>, %b: tensor<8x4xf8E4M3FN>, %c: tensor<4x4xf16>) -> tensor<4x4xf16> {
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf8E5M2>, tensor<8x4xf8E4M3FN>) outs(%c : tensor<4x4xf16>) -> tensor<4x4xf16>
  return %0 : tensor<4x4xf16>
}

// With an fp8 accumulator each step rounds to fp8.
// CHECK-LABEL: func.func @f8(
// CHECK: linalg.generic
// CHECK: arith.mulf %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
// CHECK: arith.addf %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
func.func @f8(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x4xf8E4M3FN>, %c: tensor<4x4xf8E4M3FN>) -> tensor<4x4xf8E4M3FN> {
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FN>, tensor<8x4xf8E4M3FN>) outs(%c : tensor<4x4xf8E4M3FN>) -> tensor<4x4xf8E4M3FN>
  return %0 : tensor<4x4xf8E4M3FN>
}

// A factor of two for each OCP operand.
// CHECK-LABEL: func.func @mixed(
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// CHECK-DAG: %[[FOUR:.*]] = arith.constant 4.000000e+00 : f32
// CHECK: %[[S0:.*]] = linalg.matmul
// CHECK: ins(%[[S0]] :
// CHECK: arith.mulf %{{.*}}, %[[TWO]]
// CHECK: %[[S1:.*]] = linalg.matmul
// CHECK: ins(%[[S1]] :
// CHECK: arith.mulf %{{.*}}, %[[TWO]]
// CHECK: %[[S2:.*]] = linalg.matmul
// CHECK: ins(%[[S2]] :
// CHECK: arith.mulf %{{.*}}, %[[FOUR]]
// CHECK: %[[S3:.*]] = linalg.matmul
// CHECK: ins(%[[S3]] :
// CHECK: arith.mulf %{{.*}}, %[[TWO]]
func.func @mixed(%a: tensor<4x4xf8E4M3FN>, %f: tensor<4x4xf32>, %h: tensor<4x4xf16>, %d: tensor<4x4xf8E5M2>, %n: tensor<4x4xf8E4M3FNUZ>)
    -> (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) {
  %z = arith.constant dense<0.0> : tensor<4x4xf32>
  %0 = linalg.matmul ins(%a, %f : tensor<4x4xf8E4M3FN>, tensor<4x4xf32>) outs(%z : tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = linalg.matmul ins(%h, %a : tensor<4x4xf16>, tensor<4x4xf8E4M3FN>) outs(%z : tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = linalg.matmul ins(%a, %d : tensor<4x4xf8E4M3FN>, tensor<4x4xf8E5M2>) outs(%z : tensor<4x4xf32>) -> tensor<4x4xf32>
  %3 = linalg.matmul ins(%a, %n : tensor<4x4xf8E4M3FN>, tensor<4x4xf8E4M3FNUZ>) outs(%z : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0, %1, %2, %3 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}

// CHECK-LABEL: func.func @transposed(
// CHECK: linalg.matmul indexing_maps = {{.*}} ins(%{{.*}} : tensor<4x8xf8E4M3FNUZ>, tensor<4x8xf8E4M3FNUZ>)
// CHECK: arith.mulf %{{.*}} : f32
func.func @transposed(%a: tensor<4x8xf8E4M3FN>, %b: tensor<4x8xf8E4M3FN>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<4x8xf8E4M3FN>, tensor<4x8xf8E4M3FN>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// Buffers are scaled in place.
// CHECK-LABEL: func.func @memref(
// CHECK-SAME: %[[C:[^:]*]]: memref<4x4xf32>
// CHECK-DAG: %[[FOUR:.*]] = arith.constant 4.000000e+00 : f32
// CHECK-DAG: %[[QUARTER:.*]] = arith.constant 2.500000e-01 : f32
// CHECK: linalg.generic {{.*}} outs(%[[C]] : memref<4x4xf32>)
// CHECK: arith.mulf %{{.*}}, %[[QUARTER]]
// CHECK: linalg.matmul {{.*}} outs(%[[C]] : memref<4x4xf32>)
// CHECK: linalg.generic {{.*}} outs(%[[C]] : memref<4x4xf32>)
// CHECK: arith.mulf %{{.*}}, %[[FOUR]]
func.func @memref(%c: memref<4x4xf32>, %a: memref<4x8xf8E4M3FN>, %b: memref<8x4xf8E4M3FN>) {
  linalg.matmul ins(%a, %b : memref<4x8xf8E4M3FN>, memref<8x4xf8E4M3FN>) outs(%c : memref<4x4xf32>)
  return
}

// CHECK-LABEL: func.func @memref_fill(
// CHECK-NOT: 2.500000e-01
// CHECK: linalg.fill
// CHECK-NEXT: linalg.matmul
// CHECK-NEXT: linalg.generic
func.func @memref_fill(%c: memref<4x4xf32>, %a: memref<4x8xf8E4M3FN>, %b: memref<8x4xf8E4M3FN>) {
  %z = arith.constant 0.0 : f32
  linalg.fill ins(%z : f32) outs(%c : memref<4x4xf32>)
  linalg.matmul ins(%a, %b : memref<4x8xf8E4M3FN>, memref<8x4xf8E4M3FN>) outs(%c : memref<4x4xf32>)
  return
}

// What lies between may write.
// CHECK-LABEL: func.func @memref_written_between(
// CHECK: linalg.fill
// CHECK: call @writes
// CHECK: linalg.generic
// CHECK: linalg.matmul
// CHECK: linalg.generic
func.func private @writes()
func.func @memref_written_between(%c: memref<4x4xf32>, %a: memref<4x8xf8E4M3FN>, %b: memref<8x4xf8E4M3FN>) {
  %z = arith.constant 0.0 : f32
  linalg.fill ins(%z : f32) outs(%c : memref<4x4xf32>)
  func.call @writes() : () -> ()
  linalg.matmul ins(%a, %b : memref<4x8xf8E4M3FN>, memref<8x4xf8E4M3FN>) outs(%c : memref<4x4xf32>)
  return
}

// Each op is scaled before and behind, by 0.25 and 4.
// CHECK-LABEL: func.func @products(
// CHECK: linalg.dot {{.*}}f8E4M3FNUZ
// CHECK: arith.mulf
// CHECK: linalg.matvec {{.*}}f8E4M3FNUZ
// CHECK: arith.mulf
// CHECK: linalg.vecmat {{.*}}f8E4M3FNUZ
// CHECK: arith.mulf
// CHECK: linalg.batch_matmul {{.*}}f8E4M3FNUZ
// CHECK: arith.mulf
// CHECK: linalg.batch_reduce_matmul {{.*}}f8E4M3FNUZ
// CHECK: arith.mulf
// CHECK: linalg.batch_matvec {{.*}}f8E4M3FNUZ
// CHECK: arith.mulf
// CHECK: linalg.batch_vecmat {{.*}}f8E4M3FNUZ
// CHECK: arith.mulf
func.func @products(%v: tensor<4xf8E4M3FN>, %m: tensor<4x4xf8E4M3FN>, %b: tensor<2x4x4xf8E4M3FN>, %bv: tensor<2x4xf8E4M3FN>, %s: tensor<f32>, %i1: tensor<4xf32>, %i2: tensor<4x4xf32>, %i3: tensor<2x4x4xf32>, %i4: tensor<2x4xf32>)
    -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>, tensor<2x4x4xf32>, tensor<4x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) {
  %0 = linalg.dot ins(%v, %v : tensor<4xf8E4M3FN>, tensor<4xf8E4M3FN>) outs(%s : tensor<f32>) -> tensor<f32>
  %1 = linalg.matvec ins(%m, %v : tensor<4x4xf8E4M3FN>, tensor<4xf8E4M3FN>) outs(%i1 : tensor<4xf32>) -> tensor<4xf32>
  %2 = linalg.vecmat ins(%v, %m : tensor<4xf8E4M3FN>, tensor<4x4xf8E4M3FN>) outs(%i1 : tensor<4xf32>) -> tensor<4xf32>
  %3 = linalg.batch_matmul ins(%b, %b : tensor<2x4x4xf8E4M3FN>, tensor<2x4x4xf8E4M3FN>) outs(%i3 : tensor<2x4x4xf32>) -> tensor<2x4x4xf32>
  %4 = linalg.batch_reduce_matmul ins(%b, %b : tensor<2x4x4xf8E4M3FN>, tensor<2x4x4xf8E4M3FN>) outs(%i2 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %5 = linalg.batch_matvec ins(%b, %bv : tensor<2x4x4xf8E4M3FN>, tensor<2x4xf8E4M3FN>) outs(%i4 : tensor<2x4xf32>) -> tensor<2x4xf32>
  %6 = linalg.batch_vecmat ins(%bv, %b : tensor<2x4xf8E4M3FN>, tensor<2x4x4xf8E4M3FN>) outs(%i4 : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<f32>, tensor<4xf32>, tensor<4xf32>, tensor<2x4x4xf32>, tensor<4x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
}

// CHECK-LABEL: func.func @tiled(
// CHECK: linalg.mmt4d {{.*}}f8E5M2FNUZ
// CHECK: arith.mulf
// CHECK: linalg.batch_mmt4d {{.*}}f8E5M2FNUZ
// CHECK: arith.mulf
// CHECK: linalg.contract {{.*}}f8E5M2FNUZ
// CHECK: arith.mulf
func.func @tiled(%a: tensor<2x3x4x1xf8E5M2>, %b: tensor<2x3x4x1xf8E5M2>, %c: tensor<2x2x4x4xf32>, %x: tensor<1x2x3x4x1xf8E5M2>, %y: tensor<1x2x2x4x4xf32>, %m: tensor<4x8xf8E5M2>, %i: tensor<4x4xf32>)
    -> (tensor<2x2x4x4xf32>, tensor<1x2x2x4x4xf32>, tensor<4x4xf32>) {
  %0 = linalg.mmt4d ins(%a, %b : tensor<2x3x4x1xf8E5M2>, tensor<2x3x4x1xf8E5M2>) outs(%c : tensor<2x2x4x4xf32>) -> tensor<2x2x4x4xf32>
  %1 = linalg.batch_mmt4d ins(%x, %x : tensor<1x2x3x4x1xf8E5M2>, tensor<1x2x3x4x1xf8E5M2>) outs(%y : tensor<1x2x2x4x4xf32>) -> tensor<1x2x2x4x4xf32>
  %2 = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (n, m)>]
      ins(%m, %m : tensor<4x8xf8E5M2>, tensor<4x8xf8E5M2>) outs(%i : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0, %1, %2 : tensor<2x2x4x4xf32>, tensor<1x2x2x4x4xf32>, tensor<4x4xf32>
}


// Convolutions are no different.

// CHECK-LABEL: func.func @conv_1d(
// CHECK: arith.mulf
// CHECK: linalg.conv_1d {{.*}}f8E4M3FNUZ>, tensor<3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_1d(%x: tensor<6xf8E4M3FN>, %w: tensor<3xf8E4M3FN>, %c: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.conv_1d ins(%x, %w : tensor<6xf8E4M3FN>, tensor<3xf8E4M3FN>) outs(%c : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @conv_1d_ncw_fcw(
// CHECK: arith.mulf
// CHECK: linalg.conv_1d_ncw_fcw {{.*}}f8E4M3FNUZ>, tensor<3x2x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_1d_ncw_fcw(%x: tensor<1x2x6xf8E4M3FN>, %w: tensor<3x2x3xf8E4M3FN>, %c: tensor<1x3x4xf32>) -> tensor<1x3x4xf32> {
  %0 = linalg.conv_1d_ncw_fcw ins(%x, %w : tensor<1x2x6xf8E4M3FN>, tensor<3x2x3xf8E4M3FN>) outs(%c : tensor<1x3x4xf32>) -> tensor<1x3x4xf32>
  return %0 : tensor<1x3x4xf32>
}

// CHECK-LABEL: func.func @conv_1d_nwc_wcf(
// CHECK: arith.mulf
// CHECK: linalg.conv_1d_nwc_wcf {{.*}}f8E4M3FNUZ>, tensor<3x2x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_1d_nwc_wcf(%x: tensor<1x6x2xf8E4M3FN>, %w: tensor<3x2x3xf8E4M3FN>, %c: tensor<1x4x3xf32>) -> tensor<1x4x3xf32> {
  %0 = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x2xf8E4M3FN>, tensor<3x2x3xf8E4M3FN>) outs(%c : tensor<1x4x3xf32>) -> tensor<1x4x3xf32>
  return %0 : tensor<1x4x3xf32>
}

// CHECK-LABEL: func.func @conv_2d(
// CHECK: arith.mulf
// CHECK: linalg.conv_2d {{.*}}f8E4M3FNUZ>, tensor<3x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_2d(%x: tensor<6x6xf8E4M3FN>, %w: tensor<3x3xf8E4M3FN>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = linalg.conv_2d ins(%x, %w : tensor<6x6xf8E4M3FN>, tensor<3x3xf8E4M3FN>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @conv_2d_nchw_fchw(
// CHECK: arith.mulf
// CHECK: linalg.conv_2d_nchw_fchw {{.*}}f8E4M3FNUZ>, tensor<3x2x3x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_2d_nchw_fchw(%x: tensor<1x2x6x6xf8E4M3FN>, %w: tensor<3x2x3x3xf8E4M3FN>, %c: tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32> {
  %0 = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x2x6x6xf8E4M3FN>, tensor<3x2x3x3xf8E4M3FN>) outs(%c : tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  return %0 : tensor<1x3x4x4xf32>
}

// CHECK-LABEL: func.func @conv_2d_ngchw_fgchw(
// CHECK: arith.mulf
// CHECK: linalg.conv_2d_ngchw_fgchw {{.*}}f8E4M3FNUZ>, tensor<3x2x2x3x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_2d_ngchw_fgchw(%x: tensor<1x2x2x6x6xf8E4M3FN>, %w: tensor<3x2x2x3x3xf8E4M3FN>, %c: tensor<1x2x3x4x4xf32>) -> tensor<1x2x3x4x4xf32> {
  %0 = linalg.conv_2d_ngchw_fgchw ins(%x, %w : tensor<1x2x2x6x6xf8E4M3FN>, tensor<3x2x2x3x3xf8E4M3FN>) outs(%c : tensor<1x2x3x4x4xf32>) -> tensor<1x2x3x4x4xf32>
  return %0 : tensor<1x2x3x4x4xf32>
}

// CHECK-LABEL: func.func @conv_2d_ngchw_gfchw(
// CHECK: arith.mulf
// CHECK: linalg.conv_2d_ngchw_gfchw {{.*}}f8E4M3FNUZ>, tensor<2x3x2x3x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_2d_ngchw_gfchw(%x: tensor<1x2x2x6x6xf8E4M3FN>, %w: tensor<2x3x2x3x3xf8E4M3FN>, %c: tensor<1x2x3x4x4xf32>) -> tensor<1x2x3x4x4xf32> {
  %0 = linalg.conv_2d_ngchw_gfchw ins(%x, %w : tensor<1x2x2x6x6xf8E4M3FN>, tensor<2x3x2x3x3xf8E4M3FN>) outs(%c : tensor<1x2x3x4x4xf32>) -> tensor<1x2x3x4x4xf32>
  return %0 : tensor<1x2x3x4x4xf32>
}

// CHECK-LABEL: func.func @conv_2d_nhwc_fhwc(
// CHECK: arith.mulf
// CHECK: linalg.conv_2d_nhwc_fhwc {{.*}}f8E4M3FNUZ>, tensor<3x3x3x2xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_2d_nhwc_fhwc(%x: tensor<1x6x6x2xf8E4M3FN>, %w: tensor<3x3x3x2xf8E4M3FN>, %c: tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32> {
  %0 = linalg.conv_2d_nhwc_fhwc ins(%x, %w : tensor<1x6x6x2xf8E4M3FN>, tensor<3x3x3x2xf8E4M3FN>) outs(%c : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  return %0 : tensor<1x4x4x3xf32>
}

// CHECK-LABEL: func.func @conv_2d_nhwc_hwcf(
// CHECK: arith.mulf
// CHECK: linalg.conv_2d_nhwc_hwcf {{.*}}f8E4M3FNUZ>, tensor<3x3x2x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_2d_nhwc_hwcf(%x: tensor<1x6x6x2xf8E4M3FN>, %w: tensor<3x3x2x3xf8E4M3FN>, %c: tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32> {
  %0 = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x6x6x2xf8E4M3FN>, tensor<3x3x2x3xf8E4M3FN>) outs(%c : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  return %0 : tensor<1x4x4x3xf32>
}

// CHECK-LABEL: func.func @conv_2d_nhwgc_gfhwc(
// CHECK: arith.mulf
// CHECK: linalg.conv_2d_nhwgc_gfhwc {{.*}}f8E4M3FNUZ>, tensor<2x3x3x3x2xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_2d_nhwgc_gfhwc(%x: tensor<1x6x6x2x2xf8E4M3FN>, %w: tensor<2x3x3x3x2xf8E4M3FN>, %c: tensor<1x4x4x2x3xf32>) -> tensor<1x4x4x2x3xf32> {
  %0 = linalg.conv_2d_nhwgc_gfhwc ins(%x, %w : tensor<1x6x6x2x2xf8E4M3FN>, tensor<2x3x3x3x2xf8E4M3FN>) outs(%c : tensor<1x4x4x2x3xf32>) -> tensor<1x4x4x2x3xf32>
  return %0 : tensor<1x4x4x2x3xf32>
}

// CHECK-LABEL: func.func @conv_3d(
// CHECK: arith.mulf
// CHECK: linalg.conv_3d {{.*}}f8E4M3FNUZ>, tensor<3x3x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_3d(%x: tensor<4x4x4xf8E4M3FN>, %w: tensor<3x3x3xf8E4M3FN>, %c: tensor<2x2x2xf32>) -> tensor<2x2x2xf32> {
  %0 = linalg.conv_3d ins(%x, %w : tensor<4x4x4xf8E4M3FN>, tensor<3x3x3xf8E4M3FN>) outs(%c : tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
  return %0 : tensor<2x2x2xf32>
}

// CHECK-LABEL: func.func @conv_3d_ncdhw_fcdhw(
// CHECK: arith.mulf
// CHECK: linalg.conv_3d_ncdhw_fcdhw {{.*}}f8E4M3FNUZ>, tensor<3x2x3x3x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_3d_ncdhw_fcdhw(%x: tensor<1x2x4x4x4xf8E4M3FN>, %w: tensor<3x2x3x3x3xf8E4M3FN>, %c: tensor<1x3x2x2x2xf32>) -> tensor<1x3x2x2x2xf32> {
  %0 = linalg.conv_3d_ncdhw_fcdhw ins(%x, %w : tensor<1x2x4x4x4xf8E4M3FN>, tensor<3x2x3x3x3xf8E4M3FN>) outs(%c : tensor<1x3x2x2x2xf32>) -> tensor<1x3x2x2x2xf32>
  return %0 : tensor<1x3x2x2x2xf32>
}

// CHECK-LABEL: func.func @conv_3d_ndhwc_dhwcf(
// CHECK: arith.mulf
// CHECK: linalg.conv_3d_ndhwc_dhwcf {{.*}}f8E4M3FNUZ>, tensor<3x3x3x2x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @conv_3d_ndhwc_dhwcf(%x: tensor<1x4x4x4x2xf8E4M3FN>, %w: tensor<3x3x3x2x3xf8E4M3FN>, %c: tensor<1x2x2x2x3xf32>) -> tensor<1x2x2x2x3xf32> {
  %0 = linalg.conv_3d_ndhwc_dhwcf ins(%x, %w : tensor<1x4x4x4x2xf8E4M3FN>, tensor<3x3x3x2x3xf8E4M3FN>) outs(%c : tensor<1x2x2x2x3xf32>) -> tensor<1x2x2x2x3xf32>
  return %0 : tensor<1x2x2x2x3xf32>
}

// CHECK-LABEL: func.func @depthwise_conv_1d_ncw_cw(
// CHECK: arith.mulf
// CHECK: linalg.depthwise_conv_1d_ncw_cw {{.*}}f8E4M3FNUZ>, tensor<2x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @depthwise_conv_1d_ncw_cw(%x: tensor<1x2x6xf8E4M3FN>, %w: tensor<2x3xf8E4M3FN>, %c: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  %0 = linalg.depthwise_conv_1d_ncw_cw ins(%x, %w : tensor<1x2x6xf8E4M3FN>, tensor<2x3xf8E4M3FN>) outs(%c : tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  return %0 : tensor<1x2x4xf32>
}

// CHECK-LABEL: func.func @depthwise_conv_1d_nwc_wc(
// CHECK: arith.mulf
// CHECK: linalg.depthwise_conv_1d_nwc_wc {{.*}}f8E4M3FNUZ>, tensor<3x2xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @depthwise_conv_1d_nwc_wc(%x: tensor<1x6x2xf8E4M3FN>, %w: tensor<3x2xf8E4M3FN>, %c: tensor<1x4x2xf32>) -> tensor<1x4x2xf32> {
  %0 = linalg.depthwise_conv_1d_nwc_wc ins(%x, %w : tensor<1x6x2xf8E4M3FN>, tensor<3x2xf8E4M3FN>) outs(%c : tensor<1x4x2xf32>) -> tensor<1x4x2xf32>
  return %0 : tensor<1x4x2xf32>
}

// CHECK-LABEL: func.func @depthwise_conv_1d_nwc_wcm(
// CHECK: arith.mulf
// CHECK: linalg.depthwise_conv_1d_nwc_wcm {{.*}}f8E4M3FNUZ>, tensor<3x2x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @depthwise_conv_1d_nwc_wcm(%x: tensor<1x6x2xf8E4M3FN>, %w: tensor<3x2x3xf8E4M3FN>, %c: tensor<1x4x2x3xf32>) -> tensor<1x4x2x3xf32> {
  %0 = linalg.depthwise_conv_1d_nwc_wcm ins(%x, %w : tensor<1x6x2xf8E4M3FN>, tensor<3x2x3xf8E4M3FN>) outs(%c : tensor<1x4x2x3xf32>) -> tensor<1x4x2x3xf32>
  return %0 : tensor<1x4x2x3xf32>
}

// CHECK-LABEL: func.func @depthwise_conv_2d_nchw_chw(
// CHECK: arith.mulf
// CHECK: linalg.depthwise_conv_2d_nchw_chw {{.*}}f8E4M3FNUZ>, tensor<2x3x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @depthwise_conv_2d_nchw_chw(%x: tensor<1x2x6x6xf8E4M3FN>, %w: tensor<2x3x3xf8E4M3FN>, %c: tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32> {
  %0 = linalg.depthwise_conv_2d_nchw_chw ins(%x, %w : tensor<1x2x6x6xf8E4M3FN>, tensor<2x3x3xf8E4M3FN>) outs(%c : tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  return %0 : tensor<1x2x4x4xf32>
}

// CHECK-LABEL: func.func @depthwise_conv_2d_nhwc_hwc(
// CHECK: arith.mulf
// CHECK: linalg.depthwise_conv_2d_nhwc_hwc {{.*}}f8E4M3FNUZ>, tensor<3x3x2xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @depthwise_conv_2d_nhwc_hwc(%x: tensor<1x6x6x2xf8E4M3FN>, %w: tensor<3x3x2xf8E4M3FN>, %c: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %0 = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x6x6x2xf8E4M3FN>, tensor<3x3x2xf8E4M3FN>) outs(%c : tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  return %0 : tensor<1x4x4x2xf32>
}

// CHECK-LABEL: func.func @depthwise_conv_2d_nhwc_hwcm(
// CHECK: arith.mulf
// CHECK: linalg.depthwise_conv_2d_nhwc_hwcm {{.*}}f8E4M3FNUZ>, tensor<3x3x2x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @depthwise_conv_2d_nhwc_hwcm(%x: tensor<1x6x6x2xf8E4M3FN>, %w: tensor<3x3x2x3xf8E4M3FN>, %c: tensor<1x4x4x2x3xf32>) -> tensor<1x4x4x2x3xf32> {
  %0 = linalg.depthwise_conv_2d_nhwc_hwcm ins(%x, %w : tensor<1x6x6x2xf8E4M3FN>, tensor<3x3x2x3xf8E4M3FN>) outs(%c : tensor<1x4x4x2x3xf32>) -> tensor<1x4x4x2x3xf32>
  return %0 : tensor<1x4x4x2x3xf32>
}

// CHECK-LABEL: func.func @depthwise_conv_3d_ncdhw_cdhw(
// CHECK: arith.mulf
// CHECK: linalg.depthwise_conv_3d_ncdhw_cdhw {{.*}}f8E4M3FNUZ>, tensor<2x3x3x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @depthwise_conv_3d_ncdhw_cdhw(%x: tensor<1x2x4x4x4xf8E4M3FN>, %w: tensor<2x3x3x3xf8E4M3FN>, %c: tensor<1x2x2x2x2xf32>) -> tensor<1x2x2x2x2xf32> {
  %0 = linalg.depthwise_conv_3d_ncdhw_cdhw ins(%x, %w : tensor<1x2x4x4x4xf8E4M3FN>, tensor<2x3x3x3xf8E4M3FN>) outs(%c : tensor<1x2x2x2x2xf32>) -> tensor<1x2x2x2x2xf32>
  return %0 : tensor<1x2x2x2x2xf32>
}

// CHECK-LABEL: func.func @depthwise_conv_3d_ndhwc_dhwc(
// CHECK: arith.mulf
// CHECK: linalg.depthwise_conv_3d_ndhwc_dhwc {{.*}}f8E4M3FNUZ>, tensor<3x3x3x2xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @depthwise_conv_3d_ndhwc_dhwc(%x: tensor<1x4x4x4x2xf8E4M3FN>, %w: tensor<3x3x3x2xf8E4M3FN>, %c: tensor<1x2x2x2x2xf32>) -> tensor<1x2x2x2x2xf32> {
  %0 = linalg.depthwise_conv_3d_ndhwc_dhwc ins(%x, %w : tensor<1x4x4x4x2xf8E4M3FN>, tensor<3x3x3x2xf8E4M3FN>) outs(%c : tensor<1x2x2x2x2xf32>) -> tensor<1x2x2x2x2xf32>
  return %0 : tensor<1x2x2x2x2xf32>
}

// CHECK-LABEL: func.func @depthwise_conv_3d_ndhwc_dhwcm(
// CHECK: arith.mulf
// CHECK: linalg.depthwise_conv_3d_ndhwc_dhwcm {{.*}}f8E4M3FNUZ>, tensor<3x3x3x2x3xf8E4M3FNUZ>
// CHECK: arith.mulf
func.func @depthwise_conv_3d_ndhwc_dhwcm(%x: tensor<1x4x4x4x2xf8E4M3FN>, %w: tensor<3x3x3x2x3xf8E4M3FN>, %c: tensor<1x2x2x2x2x3xf32>) -> tensor<1x2x2x2x2x3xf32> {
  %0 = linalg.depthwise_conv_3d_ndhwc_dhwcm ins(%x, %w : tensor<1x4x4x4x2xf8E4M3FN>, tensor<3x3x3x2x3xf8E4M3FN>) outs(%c : tensor<1x2x2x2x2x3xf32>) -> tensor<1x2x2x2x2x3xf32>
  return %0 : tensor<1x2x2x2x2x3xf32>
}

// CHECK-LABEL: func.func @stride_and_dilation(
// CHECK: linalg.conv_2d_nhwc_hwcf {dilations = dense<2> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>} {{.*}}f8E5M2FNUZ
// CHECK: arith.mulf
func.func @stride_and_dilation(%x: tensor<1x?x?x2xf8E5M2>, %w: tensor<3x3x2x3xf8E5M2>, %c: tensor<1x?x?x3xf32>) -> tensor<1x?x?x3xf32> {
  %0 = linalg.conv_2d_nhwc_hwcf {dilations = dense<2> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>}
      ins(%x, %w : tensor<1x?x?x2xf8E5M2>, tensor<3x3x2x3xf8E5M2>) outs(%c : tensor<1x?x?x3xf32>) -> tensor<1x?x?x3xf32>
  return %0 : tensor<1x?x?x3xf32>
}

// CHECK-LABEL: func.func @conv_f16(
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: %[[P:.*]] = arith.mulf %{{.*}} : f16
// CHECK-NEXT: arith.mulf %[[P]], %{{.*}} : f16
// CHECK-NEXT: arith.addf
func.func @conv_f16(%x: memref<1x6x6x2xf8E4M3FN>, %w: memref<3x3x2x3xf8E4M3FN>, %c: memref<1x4x4x3xf16>) {
  linalg.conv_2d_nhwc_hwcf ins(%x, %w : memref<1x6x6x2xf8E4M3FN>, memref<3x3x2x3xf8E4M3FN>) outs(%c : memref<1x4x4x3xf16>)
  return
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
