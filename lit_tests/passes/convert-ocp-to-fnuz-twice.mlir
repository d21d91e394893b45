// RUN: fnuz-opt %s --convert-ocp-to-fnuz=abi=preserve -o %t.once
// RUN: fnuz-opt %t.once --convert-ocp-to-fnuz=abi=preserve -o %t.twice
// RUN: diff %t.once %t.twice
// RUN: fnuz-opt %s --convert-ocp-to-fnuz --convert-ocp-to-fnuz -o %t.twice
// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t.once && diff %t.once %t.twice
// RUN: fnuz-opt %t.once --lower-fnuz-casts --canonicalize -o %t.lowered
// RUN: fnuz-opt %t.lowered --convert-ocp-to-fnuz | diff %t.lowered -

// A second conversion changes nothing.
func.func private @external(tensor<4xf8E5M2>) -> tensor<4xf8E5M2>
func.func @main(%x: tensor<4xf8E5M2>, %y: tensor<8x4xf8E4M3FN>, %i: tensor<4xi8>) -> (tensor<4xf8E5M2>, tensor<4xi8>, tensor<8x8xf32>) {
  %z = arith.constant dense<0.0> : tensor<8x8xf32>
  %0 = func.call @external(%x) : (tensor<4xf8E5M2>) -> tensor<4xf8E5M2>
  %1 = tensor.bitcast %i : tensor<4xi8> to tensor<4xf8E5M2>
  %2 = arith.maximumf %0, %1 : tensor<4xf8E5M2>
  %3 = arith.bitcast %2 : tensor<4xf8E5M2> to tensor<4xi8>
  %4 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%y, %y : tensor<8x4xf8E4M3FN>, tensor<8x4xf8E4M3FN>) outs(%z : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %2, %3, %4 : tensor<4xf8E5M2>, tensor<4xi8>, tensor<8x8xf32>
}
