"""tensor: data movement."""

from fnuz.passes.registry import CONVERT_FP8

CONVERT_FP8.retype(
    "tensor",
    "tensor.cast",
    "tensor.collapse_shape",
    "tensor.concat",
    "tensor.dim",
    "tensor.empty",
    "tensor.expand_shape",
    "tensor.extract",
    "tensor.extract_slice",
    "tensor.from_elements",
    "tensor.gather",
    "tensor.generate",
    "tensor.insert",
    "tensor.insert_slice",
    "tensor.pad",
    "tensor.parallel_insert_slice",
    "tensor.rank",
    "tensor.reshape",
    "tensor.scatter",
    "tensor.splat",
    "tensor.yield",
    why="values are moved; what pads or fills is a value too, converted where it is made",
    moves_bits=True,
    example="""
func.func @main(%x: tensor<3x5xf8E4M3FN>) -> tensor<7x9xf8E4M3FN> {
  %pad = arith.constant -448.0 : f8E4M3FN
  %0 = tensor.pad %x low[1, 2] high[3, 2] {
  ^bb0(%i: index, %j: index):
    tensor.yield %pad : f8E4M3FN
  } : tensor<3x5xf8E4M3FN> to tensor<7x9xf8E4M3FN>
  %1 = tensor.extract_slice %0[1, 2] [3, 5] [1, 1]
      : tensor<7x9xf8E4M3FN> to tensor<3x5xf8E4M3FN>
  %2 = tensor.insert_slice %1 into %0[4, 4] [3, 5] [1, 1]
      : tensor<3x5xf8E4M3FN> into tensor<7x9xf8E4M3FN>
  return %2 : tensor<7x9xf8E4M3FN>
}""",
)
