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
