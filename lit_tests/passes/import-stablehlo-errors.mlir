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

func.func @quantized(%x: tensor<4xf32>) -> tensor<4x!quant.uniform<f8E4M3FN:f32, 0.5>> {
  // StableHLO has quantized integers only. Its verifier says so on most runs, not on all of them.
  // expected-error-re @+1 {{'stablehlo.uniform_quantize' op {{(result #0 must be ranked tensor of per-tensor integer quantized|from .* has no lowering to linalg)}}}}
  %0 = stablehlo.uniform_quantize %x : (tensor<4xf32>) -> tensor<4x!quant.uniform<f8E4M3FN:f32, 0.5>>
  return %0 : tensor<4x!quant.uniform<f8E4M3FN:f32, 0.5>>
}
