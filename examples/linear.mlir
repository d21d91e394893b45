// An fp8 linear layer as a frontend gives it: the activation is quantized, the weight is OCP
// E4M3FN (with a -0 in it), and the dequantize scale comes after the matmul.
//
//   fnuz-opt --ocp-to-fnuz examples/linear.mlir     convert it for an MI300
//   fnuz-verify examples/linear.mlir                prove that the bits are the same

#id = affine_map<(m, n) -> (m, n)>

func.func @linear(%x: tensor<4x8xf32>) -> tensor<4x2xf32> {
  %weight = arith.constant dense<[[1.0, -0.0], [0.5, 448.0], [-2.0, 0.25], [3.5, -1.0],
                                  [0.0, 1.75], [-96.0, 2.0], [0.001953125, -4.0], [8.0, 1.0]]>
      : tensor<8x2xf8E4M3FN>
  %min = arith.constant -448.0 : f32
  %max = arith.constant 448.0 : f32
  %x_scale = arith.constant 0.0625 : f32
  %scale = arith.constant 0.0078125 : f32
  %zero = arith.constant 0.0 : f32

  %e8 = tensor.empty() : tensor<4x8xf8E4M3FN>
  %quantized = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x8xf32>) outs(%e8 : tensor<4x8xf8E4M3FN>) {
  ^bb0(%in: f32, %out: f8E4M3FN):
    %0 = arith.divf %in, %x_scale : f32
    %1 = arith.maximumf %0, %min : f32
    %2 = arith.minimumf %1, %max : f32
    %3 = arith.truncf %2 : f32 to f8E4M3FN
    linalg.yield %3 : f8E4M3FN
  } -> tensor<4x8xf8E4M3FN>

  %e32 = tensor.empty() : tensor<4x2xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e32 : tensor<4x2xf32>) -> tensor<4x2xf32>
  %sum = linalg.matmul ins(%quantized, %weight : tensor<4x8xf8E4M3FN>, tensor<8x2xf8E4M3FN>)
                       outs(%init : tensor<4x2xf32>) -> tensor<4x2xf32>
  %scaled = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%sum : tensor<4x2xf32>) outs(%e32 : tensor<4x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.mulf %in, %scale : f32
    linalg.yield %0 : f32
  } -> tensor<4x2xf32>
  return %scaled : tensor<4x2xf32>
}
