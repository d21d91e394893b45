"""bufferization: the same values as tensors and as buffers."""

from fnuz.passes.registry import CONVERT_FP8

CONVERT_FP8.retype(
    "bufferization",
    "bufferization.alloc_tensor",
    "bufferization.clone",
    "bufferization.dealloc",
    "bufferization.dealloc_tensor",
    "bufferization.materialize_in_destination",
    "bufferization.to_buffer",
    "bufferization.to_tensor",
    why="values are moved",
    moves_bits=True,
    example="""
func.func @main(%x: memref<8xf8E4M3FN>, %y: memref<8xf8E4M3FN>) {
  %0 = bufferization.to_tensor %x restrict : memref<8xf8E4M3FN> to tensor<8xf8E4M3FN>
  %1 = arith.addf %0, %0 : tensor<8xf8E4M3FN>
  bufferization.materialize_in_destination %1 in restrict writable %y
      : (tensor<8xf8E4M3FN>, memref<8xf8E4M3FN>) -> ()
  return
}""",
)
