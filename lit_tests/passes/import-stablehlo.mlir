// RUN: fnuz-opt --import-stablehlo %s | FileCheck %s
// RUN: fnuz-opt --import-stablehlo --ocp-to-fnuz %s | FileCheck %s --check-prefix=FNUZ
// FNUZ-NOT: f8E4M3FN{{[^U]}}

// A result of fp8 is rounded once, from a sum in f32.
// CHECK-LABEL: @dot_in_fp8
// CHECK: %[[ZERO:.*]] = linalg.fill ins(%{{.*}} : f32)
// CHECK: %[[SUM:.*]] = linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<4x8xf8E4M3FN>, tensor<8x2xf8E4M3FN>) outs(%[[ZERO]] : tensor<4x2xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[SUM]] : tensor<4x2xf32>)
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FN
func.func @dot_in_fp8(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x2xf8E4M3FN>) -> tensor<4x2xf8E4M3FN> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
      : (tensor<4x8xf8E4M3FN>, tensor<8x2xf8E4M3FN>) -> tensor<4x2xf8E4M3FN>
  return %0 : tensor<4x2xf8E4M3FN>
}

// CHECK-LABEL: @batched
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<3x4x8xf8E4M3FN>, tensor<3x2x8xf8E4M3FN>)
// CHECK: arith.extf %{{.*}} : f8E4M3FN to f32
// The factor is behind the sum, not in its body.
// FNUZ-LABEL: @batched
// FNUZ: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<3x4x8xf8E4M3FNUZ>, tensor<3x2x8xf8E4M3FNUZ>)
// FNUZ: %[[X:.*]] = arith.extf
// FNUZ: %[[Y:.*]] = arith.extf
// FNUZ-NEXT: %[[XY:.*]] = arith.mulf %[[X]], %[[Y]] : f32
// FNUZ-NEXT: arith.addf %{{.*}}, %[[XY]] : f32
// FNUZ-NEXT: linalg.yield
func.func @batched(%a: tensor<3x4x8xf8E4M3FN>, %b: tensor<3x2x8xf8E4M3FN>) -> tensor<3x4x2xf32> {
  %0 = stablehlo.dot_general %a, %b, batching_dims = [0] x [0], contracting_dims = [2] x [2]
      : (tensor<3x4x8xf8E4M3FN>, tensor<3x2x8xf8E4M3FN>) -> tensor<3x4x2xf32>
  return %0 : tensor<3x4x2xf32>
}

// CHECK-LABEL: @depthwise
// CHECK: %[[PADDED:.*]] = tensor.pad
// CHECK: linalg.depthwise_conv_2d_nhwc_hwc
// CHECK-SAME: dilations = dense<[2, 1]> : tensor<2xi64>
// CHECK-SAME: strides = dense<[1, 3]> : tensor<2xi64>
// CHECK-SAME: ins(%[[PADDED]], %{{.*}} : tensor<1x9x8x4xf8E5M2>, tensor<3x3x4xf8E5M2>)
func.func @depthwise(%x: tensor<1x8x6x4xf8E5M2>, %w: tensor<3x3x1x4xf8E5M2>)
    -> tensor<1x5x2x4xf32> {
  %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
      window = {stride = [1, 3], pad = [[1, 0], [1, 1]], rhs_dilate = [2, 1]}
      {batch_group_count = 1 : i64, feature_group_count = 4 : i64}
      : (tensor<1x8x6x4xf8E5M2>, tensor<3x3x1x4xf8E5M2>) -> tensor<1x5x2x4xf32>
  return %0 : tensor<1x5x2x4xf32>
}

// CHECK-LABEL: @dynamic
// CHECK: %[[SIZE:.*]] = tensor.dim
// CHECK: %[[FITS:.*]] = arith.cmpi sge
// CHECK: cf.assert %{{.*}}, "batch is {0}"
func.func @dynamic(%x: tensor<?x4xf8E4M3FN>) -> tensor<?x4xf32> {
  %one = stablehlo.constant dense<1> : tensor<i32>
  %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?x4xf8E4M3FN>) -> tensor<i32>
  %ok = stablehlo.compare GE, %n, %one, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
  stablehlo.custom_call @shape_assertion(%ok, %n)
      {api_version = 2 : i32, error_message = "batch is {0}", has_side_effect = true}
      : (tensor<i1>, tensor<i32>) -> ()
  %0 = stablehlo.convert %x : (tensor<?x4xf8E4M3FN>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: @control_flow
// CHECK: scf.while
// CHECK: scf.condition(%{{.*}}) %{{.*}}, %{{.*}} : tensor<i32>, tensor<4xf8E4M3FN>
// CHECK: scf.index_switch
// CHECK: case 0
// CHECK: case 1
// CHECK: default
// CHECK: arith.select %{{.*}} : tensor<4xf8E4M3FN>
// CHECK-NOT: stablehlo
func.func @control_flow(%x: tensor<4xf8E4M3FN>, %k: tensor<i32>, %p: tensor<i1>)
    -> tensor<4xf8E4M3FN> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %0:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i32>, tensor<4xf8E4M3FN>
  cond {
    %c = stablehlo.compare LT, %i, %k, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %j = stablehlo.add %i, %one : tensor<i32>
    %w = stablehlo.add %v, %v : tensor<4xf8E4M3FN>
    stablehlo.return %j, %w : tensor<i32>, tensor<4xf8E4M3FN>
  }
  %1 = "stablehlo.case"(%k) ({
    stablehlo.return %x : tensor<4xf8E4M3FN>
  }, {
    stablehlo.return %0#1 : tensor<4xf8E4M3FN>
  }, {
    %n = stablehlo.negate %x : tensor<4xf8E4M3FN>
    stablehlo.return %n : tensor<4xf8E4M3FN>
  }) : (tensor<i32>) -> tensor<4xf8E4M3FN>
  %2 = "stablehlo.if"(%p) ({
    stablehlo.return %1 : tensor<4xf8E4M3FN>
  }, {
    stablehlo.return %x : tensor<4xf8E4M3FN>
  }) : (tensor<i1>) -> tensor<4xf8E4M3FN>
  return %2 : tensor<4xf8E4M3FN>
}

// An algorithm that says what is done anyway.
// CHECK-LABEL: @algorithm
// CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<4x8xf8E4M3FN>, tensor<8x2xf8E5M2>)
func.func @algorithm(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x2xf8E5M2>) -> tensor<4x2xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0], algorithm = <lhs_precision_type = f8E4M3FN, rhs_precision_type = f8E5M2, accumulation_type = f32, lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = 1, allow_imprecise_accumulation = true>
      : (tensor<4x8xf8E4M3FN>, tensor<8x2xf8E5M2>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// CHECK-LABEL: @composite
// CHECK: arith.negf
func.func @composite(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = stablehlo.composite "my.negate" %x {decomposition = @decomposed}
      : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}
// CHECK-NOT: @decomposed
func.func private @decomposed(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = stablehlo.negate %x : tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}

// -Inf, from which a maximum starts, is not a constant of E5M2: FNUZ has none.
// CHECK-LABEL: @largest
// CHECK: arith.constant 0xFF800000 : f32
// CHECK: arith.maximumf %{{.*}}, %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2
func.func @largest(%x: tensor<4x8xf8E5M2>) -> tensor<4xf8E5M2> {
  %inf = stablehlo.constant dense<0xFC> : tensor<f8E5M2>
  %start = stablehlo.broadcast_in_dim %inf, dims = [] : (tensor<f8E5M2>) -> tensor<f8E5M2>
  %0 = stablehlo.reduce(%x init: %start) applies stablehlo.maximum across dimensions = [1]
      : (tensor<4x8xf8E5M2>, tensor<f8E5M2>) -> tensor<4xf8E5M2>
  return %0 : tensor<4xf8E5M2>
}

// What is no plain search for an extremum stays as it is.
// CHECK-LABEL: @sum
// CHECK: arith.addf %{{.*}}, %{{.*}} : f8E5M2
func.func @sum(%x: tensor<4x8xf8E5M2>, %start: tensor<f8E5M2>) -> tensor<4xf8E5M2> {
  %0 = stablehlo.reduce(%x init: %start) applies stablehlo.add across dimensions = [1]
      : (tensor<4x8xf8E5M2>, tensor<f8E5M2>) -> tensor<4xf8E5M2>
  return %0 : tensor<4xf8E5M2>
}
