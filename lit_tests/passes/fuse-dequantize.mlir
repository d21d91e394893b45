// RUN: fnuz-opt %s --fuse-dequantize | FileCheck %s
// RUN: fnuz-opt %s --fuse-dequantize | fnuz-opt --fuse-dequantize | FileCheck %s
// RUN: fnuz-opt %s --ocp-to-fnuz="fuse=true" | FileCheck %s --check-prefix=FNUZ
// RUN: fnuz-opt %s --ocp-to-fnuz="fuse=true" --dump-pass-pipeline 2>&1 | FileCheck %s --check-prefix=PIPELINE
// RUN: fnuz-opt %s --ocp-to-fnuz | FileCheck %s --check-prefix=UNFUSED
// RUN: not fnuz-opt %s --ocp-to-fnuz="fuse=perhaps" 2>&1 | FileCheck %s --check-prefix=ERROR
// RUN: fnuz-opt --list-passes | FileCheck %s --check-prefix=HELP

// PIPELINE: builtin.module(lower-fp8-quant,fuse-dequantize,convert-ocp-to-fnuz,fold-fnuz-casts,fold-fp8-scales)
// ERROR: fnuz-opt: error: option 'fuse' of pipeline 'ocp-to-fnuz' must be true or false, not 'perhaps'
// HELP: --ocp-to-fnuz lower-fp8-quant, then fuse-dequantize (with fuse=true), then convert-ocp-to-fnuz, then fold-fnuz-casts, then fold-fp8-scales, with the options of each
// HELP-NEXT: fuse=<true|false> run fuse-dequantize (default: false)

// The maps of @blocks.
// CHECK-DAG: #[[PA:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d0, d3)>
// CHECK-DAG: #[[PB:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>
// CHECK-DAG: #[[PC:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-DAG: #[[SP:.*]] = affine_map<(d0, d1, d2) -> (d2, d0, d1)>
// CHECK-DAG: #[[SS:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[SC:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>

#id2 = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>

// CHECK-LABEL: func.func @per_tensor_and_column(
// CHECK-SAME: %[[A:.*]]: tensor<8x32xf8E4M3FN>, %[[S:.*]]: f32, %[[B:.*]]: tensor<32x16xf8E4M3FN>, %[[T:.*]]: tensor<16xf32>)
// CHECK-NOT: arith.extf
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<8x16xf32>
// CHECK: %[[SUM:.*]] = linalg.matmul ins(%[[A]], %[[B]] : tensor<8x32xf8E4M3FN>, tensor<32x16xf8E4M3FN>) outs(%[[ZERO]] :
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[T]] : tensor<16xf32>) outs(%[[SUM]] :
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %[[OUT:.*]]: f32):
// CHECK-NEXT: %[[ST:.*]] = arith.mulf %[[S]], %[[IN]] : f32
// CHECK-NEXT: %[[Y:.*]] = arith.mulf %[[OUT]], %[[ST]] : f32
// CHECK-NEXT: linalg.yield %[[Y]] : f32
// CHECK: return %[[R]]

// FNUZ-LABEL: func.func @per_tensor_and_column(
// FNUZ-NOT: f8E4M3FN{{[^U]}}
// FNUZ: linalg.matmul ins({{.*}} : tensor<8x32xf8E4M3FNUZ>, tensor<32x16xf8E4M3FNUZ>)

// UNFUSED-LABEL: func.func @per_tensor_and_column(
// UNFUSED: linalg.matmul ins({{.*}} : tensor<8x32xf32>, tensor<32x16xf32>)
func.func @per_tensor_and_column(%a: tensor<8x32xf8E4M3FN>, %s: f32, %b: tensor<32x16xf8E4M3FN>, %t: tensor<16xf32>) -> tensor<8x16xf32> {
  %zero = arith.constant dense<0.0> : tensor<8x16xf32>
  %ea = tensor.empty() : tensor<8x32xf32>
  %x = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]} ins(%a : tensor<8x32xf8E4M3FN>) outs(%ea : tensor<8x32xf32>) {
  ^bb0(%in: f8E4M3FN, %out: f32):
    %0 = arith.extf %in : f8E4M3FN to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<8x32xf32>
  %eb = tensor.empty() : tensor<32x16xf32>
  %w = linalg.generic {indexing_maps = [#id2, #column, #id2], iterator_types = ["parallel", "parallel"]} ins(%b, %t : tensor<32x16xf8E4M3FN>, tensor<16xf32>) outs(%eb : tensor<32x16xf32>) {
  ^bb0(%in: f8E4M3FN, %f: f32, %out: f32):
    %0 = arith.extf %in : f8E4M3FN to f32
    %1 = arith.mulf %0, %f : f32
    linalg.yield %1 : f32
  } -> tensor<32x16xf32>
  %y = linalg.matmul ins(%x, %w : tensor<8x32xf32>, tensor<32x16xf32>) outs(%zero : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// The bias is not scaled, constants are multiplied here, and the pad is of fp8.
// CHECK-LABEL: func.func @conv_with_bias(
// CHECK-SAME: %[[X:.*]]: tensor<1x8x4x4xf8E4M3FN>, %[[W:.*]]: tensor<4x8x3x3xf8E4M3FN>, %[[BIAS:.*]]: tensor<1x4x4x4xf32>)
// CHECK-DAG: %[[S:.*]] = arith.constant 1.250000e-01 : f32
// CHECK-DAG: %[[Z8:.*]] = arith.constant 0.000000e+00 : f8E4M3FN
// CHECK: %[[PAD:.*]] = tensor.pad %[[X]] low[0, 0, 1, 1] high[0, 0, 1, 1]
// CHECK: tensor.yield %[[Z8]] : f8E4M3FN
// CHECK: %[[ZERO:.*]] = linalg.fill
// CHECK: %[[SUM:.*]] = linalg.conv_2d_nchw_fchw {{.*}} ins(%[[PAD]], %[[W]] : tensor<1x8x6x6xf8E4M3FN>, tensor<4x8x3x3xf8E4M3FN>) outs(%[[ZERO]] :
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[SUM]] : tensor<1x4x4x4xf32>) outs(%[[BIAS]] :
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %[[OUT:.*]]: f32):
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[IN]], %[[S]] : f32
// CHECK-NEXT: %[[Y:.*]] = arith.addf %[[OUT]], %[[P]] : f32
// CHECK: return %[[R]]
func.func @conv_with_bias(%q: tensor<1x8x4x4xf8E4M3FN>, %w: tensor<4x8x3x3xf8E4M3FN>, %bias: tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> {
  %z = arith.constant 0.0 : f32
  %s = arith.constant dense<0.5> : tensor<1x8x4x4xf32>
  %t = arith.constant dense<0.25> : tensor<4x8x3x3xf32>
  %0 = arith.extf %q : tensor<1x8x4x4xf8E4M3FN> to tensor<1x8x4x4xf32>
  %1 = arith.mulf %0, %s : tensor<1x8x4x4xf32>
  %2 = arith.extf %w : tensor<4x8x3x3xf8E4M3FN> to tensor<4x8x3x3xf32>
  %3 = arith.mulf %2, %t : tensor<4x8x3x3xf32>
  %4 = tensor.pad %1 low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %z : f32
  } : tensor<1x8x4x4xf32> to tensor<1x8x6x6xf32>
  %5 = linalg.conv_2d_nchw_fchw {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} ins(%4, %3 : tensor<1x8x6x6xf32>, tensor<4x8x3x3xf32>) outs(%bias : tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %5 : tensor<1x4x4x4xf32>
}

// A sum for each block, then its scale, then the sum of them.
// CHECK-LABEL: func.func @blocks(
// CHECK-SAME: %[[A:.*]]: tensor<4x2x128xf8E4M3FN>, %[[S:.*]]: tensor<4x2xf32>, %[[B:.*]]: tensor<256x8xf8E4M3FN>, %[[C:.*]]: tensor<4x8xf32>)
// CHECK: %[[COLLAPSED:.*]] = tensor.collapse_shape %[[A]]
// CHECK: %[[XA:.*]] = tensor.expand_shape %[[COLLAPSED]] {{\[\[}}0], [1, 2]] output_shape [4, 2, 128]
// CHECK: %[[XB:.*]] = tensor.expand_shape %[[B]] {{\[\[}}0, 1], [2]] output_shape [2, 128, 8]
// CHECK: %[[ZERO:.*]] = linalg.fill {{.*}} -> tensor<2x4x8xf32>
// CHECK: %[[SUMS:.*]] = linalg.generic {indexing_maps = [#[[PA]], #[[PB]], #[[PC]]], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%[[XA]], %[[XB]] : tensor<4x2x128xf8E4M3FN>, tensor<2x128x8xf8E4M3FN>) outs(%[[ZERO]] :
// CHECK: linalg.generic {indexing_maps = [#[[SP]], #[[SS]], #[[SC]]], iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[SUMS]], %[[S]] : tensor<2x4x8xf32>, tensor<4x2xf32>) outs(%[[C]] :
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %[[F:.*]]: f32, %[[OUT:.*]]: f32):
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[IN]], %[[F]] : f32
// CHECK-NEXT: arith.addf %[[OUT]], %[[P]] : f32
func.func @blocks(%q: tensor<4x2x128xf8E4M3FN>, %s: tensor<4x2xf32>, %b: tensor<256x8xf8E4M3FN>, %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x2x128xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(m, b, k) -> (m, b, k)>, affine_map<(m, b, k) -> (m, b)>, affine_map<(m, b, k) -> (m, b, k)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%q, %s : tensor<4x2x128xf8E4M3FN>, tensor<4x2xf32>) outs(%e : tensor<4x2x128xf32>) {
  ^bb0(%in: f8E4M3FN, %f: f32, %out: f32):
    %2 = arith.extf %in : f8E4M3FN to f32
    %3 = arith.mulf %2, %f : f32
    linalg.yield %3 : f32
  } -> tensor<4x2x128xf32>
  %1 = tensor.collapse_shape %0 [[0], [1, 2]] : tensor<4x2x128xf32> into tensor<4x256xf32>
  %4 = linalg.matmul ins(%1, %b : tensor<4x256xf32>, tensor<256x8xf8E4M3FN>) outs(%c : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %4 : tensor<4x8xf32>
}

// The other operand stays wide.
// CHECK-LABEL: func.func @weight_only(
// CHECK: linalg.matmul ins({{.*}} : tensor<4x32xf16>, tensor<32x8xf8E5M2>)
// FNUZ-LABEL: func.func @weight_only(
// FNUZ: linalg.matmul ins({{.*}} : tensor<4x32xf16>, tensor<32x8xf8E5M2FNUZ>)
func.func @weight_only(%a: tensor<4x32xf16>, %w: tensor<32x8xf8E5M2>, %s: tensor<32x8xf32>, %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %f = arith.constant 0.3 : f32
  %t = tensor.splat %f : tensor<32x8xf32>
  %0 = arith.extf %w : tensor<32x8xf8E5M2> to tensor<32x8xf32>
  %1 = arith.mulf %t, %0 : tensor<32x8xf32>
  %2 = linalg.matmul ins(%a, %1 : tensor<4x32xf16>, tensor<32x8xf32>) outs(%c : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @zero_point(
// CHECK: arith.subf
// CHECK: arith.mulf
// CHECK: linalg.matmul ins({{.*}} : tensor<4x32xf32>, tensor<32x8xf8E4M3FN>)
func.func @zero_point(%a: tensor<4x32xf8E4M3FN>, %w: tensor<32x8xf8E4M3FN>, %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %s = arith.constant dense<0.5> : tensor<4x32xf32>
  %0 = arith.extf %a : tensor<4x32xf8E4M3FN> to tensor<4x32xf32>
  %1 = arith.subf %0, %s : tensor<4x32xf32>
  %2 = arith.mulf %1, %s : tensor<4x32xf32>
  %3 = linalg.matmul ins(%2, %w : tensor<4x32xf32>, tensor<32x8xf8E4M3FN>) outs(%c : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %3 : tensor<4x8xf32>
}

// It works on FNUZ types as well.
// CHECK-LABEL: func.func @fnuz(
// CHECK-NOT: arith.extf
// CHECK: linalg.matvec ins({{.*}} : tensor<4x32xf8E4M3FNUZ>, tensor<32xf8E5M2FNUZ>)
func.func @fnuz(%a: tensor<4x32xf8E4M3FNUZ>, %x: tensor<32xf8E5M2FNUZ>, %s: tensor<4xf32>, %c: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4x32xf32>
  %f = linalg.broadcast ins(%s : tensor<4xf32>) outs(%e : tensor<4x32xf32>) dimensions = [1]
  %0 = arith.extf %a : tensor<4x32xf8E4M3FNUZ> to tensor<4x32xf32>
  %1 = arith.mulf %0, %f : tensor<4x32xf32>
  %2 = arith.extf %x : tensor<32xf8E5M2FNUZ> to tensor<32xf32>
  %3 = linalg.matvec ins(%1, %2 : tensor<4x32xf32>, tensor<32xf32>) outs(%c : tensor<4xf32>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}
