// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --import-stablehlo

func.func @scaled_dot(%a: tensor<1x4x32xf8E4M3FN>, %b: tensor<1x2x32xf8E4M3FN>)
    -> tensor<1x4x2xf32> {
  // What is called is named.
  // expected-error @+1 {{'stablehlo.custom_call' op of @__op$block_scaled_dot from (tensor<1x4x32xf8E4M3FN>, tensor<1x2x32xf8E4M3FN>) to (tensor<1x4x2xf32>) has no lowering to linalg; write it with other ops in the model, or lower it before the import}}
  %0 = stablehlo.custom_call @__op$block_scaled_dot(%a, %b)
      : (tensor<1x4x32xf8E4M3FN>, tensor<1x2x32xf8E4M3FN>) -> tensor<1x4x2xf32>
  return %0 : tensor<1x4x2xf32>
}

// -----

func.func @sort(%x: tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN> {
  // What is inside is not reported once more.
  // expected-error @+1 {{'stablehlo.sort' op from (tensor<8xf8E4M3FN>) to (tensor<8xf8E4M3FN>) has no lowering to linalg}}
  %0 = "stablehlo.sort"(%x) ({
  ^bb0(%a: tensor<f8E4M3FN>, %b: tensor<f8E4M3FN>):
    %1 = stablehlo.compare LT, %a, %b : (tensor<f8E4M3FN>, tensor<f8E4M3FN>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) {dimension = 0 : i64, is_stable = true} : (tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  return %0 : tensor<8xf8E4M3FN>
}

// -----

// expected-error @+1 {{'func.func' op has a value of !stablehlo.token, which no pass knows; take it out of the model, or lower it before}}
func.func @token(%t: !stablehlo.token, %x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  return %x : tensor<4xf8E4M3FN>
}

// -----

func.func @other_algorithm(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x2xf8E4M3FN>) -> tensor<4x2xf32> {
  // It computes with other types than those of its operands.
  // expected-error @+1 {{'stablehlo.dot_general' op from (tensor<4x8xf8E4M3FN>, tensor<8x2xf8E4M3FN>) to (tensor<4x2xf32>) has no lowering to linalg}}
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0], algorithm = <lhs_precision_type = bf16, rhs_precision_type = bf16, accumulation_type = f32, lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = 3, allow_imprecise_accumulation = false>
      : (tensor<4x8xf8E4M3FN>, tensor<8x2xf8E4M3FN>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// -----

func.func @integer_dot(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x2xf8E4M3FN>) -> tensor<4x2xi32> {
  // expected-error @+1 {{'stablehlo.dot' op cannot be lowered: it makes i32 of floats; give it a float result and convert that}}
  %0 = stablehlo.dot %a, %b : (tensor<4x8xf8E4M3FN>, tensor<8x2xf8E4M3FN>) -> tensor<4x2xi32>
  return %0 : tensor<4x2xi32>
}

// -----

func.func @not_an_assertion(%x: tensor<i1>) -> tensor<i1> {
  // No assertion has a result.
  // expected-error @+1 {{'stablehlo.custom_call' op of @shape_assertion from (tensor<i1>) to (tensor<i1>) has no lowering to linalg}}
  %0 = stablehlo.custom_call @shape_assertion(%x) : (tensor<i1>) -> tensor<i1>
  return %0 : tensor<i1>
}

// -----

func.func @no_text(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  // A name that is no UTF-8.
  // expected-error @+1 {{'stablehlo.custom_call' op of @\FF from}}
  %0 = stablehlo.custom_call @"\FF"(%x) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}

// -----

// The bound of a size is an attribute of StableHLO.
// expected-error @+1 {{'func.func' op has a value of tensor<?xf8E4M3FN, #stablehlo.bounds<4>>, which no pass knows}}
func.func @bounded(%x: tensor<?xf8E4M3FN, #stablehlo.bounds<4>>) {
  return
}

// -----

func.func @many_dimensions(%x: tensor<1x4x4x4x4x2xf8E4M3FN>, %w: tensor<2x2x2x2x2x3xf8E4M3FN>)
    -> tensor<1x2x2x2x2x3xf32> {
  // expected-error @+1 {{'stablehlo.convolution' op cannot be lowered: it dilates a filter of more than three dimensions; dilate it before}}
  %0 = stablehlo.convolution(%x, %w)
      dim_numbers = [b, 0, 1, 2, 3, f]x[0, 1, 2, 3, i, o]->[b, 0, 1, 2, 3, f],
      window = {rhs_dilate = [2, 2, 2, 2]}
      {batch_group_count = 1 : i64, feature_group_count = 1 : i64}
      : (tensor<1x4x4x4x4x2xf8E4M3FN>, tensor<2x2x2x2x2x3xf8E4M3FN>) -> tensor<1x2x2x2x2x3xf32>
  return %0 : tensor<1x2x2x2x2x3xf32>
}

// -----

func.func @quantized(%x: tensor<4xf32>) -> tensor<4x!quant.uniform<f8E4M3FN:f32, 0.5>> {
  // StableHLO has quantized integers only. Its verifier says so on most runs, not on all of them.
  // expected-error-re @+1 {{'stablehlo.uniform_quantize' op {{(result #0 must be ranked tensor of per-tensor integer quantized|from .* has no lowering to linalg)}}}}
  %0 = stablehlo.uniform_quantize %x : (tensor<4xf32>) -> tensor<4x!quant.uniform<f8E4M3FN:f32, 0.5>>
  return %0 : tensor<4x!quant.uniform<f8E4M3FN:f32, 0.5>>
}
