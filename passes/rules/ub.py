"""ub: a poison value is any value."""

from fnuz.passes.registry import CONVERT_FP8

CONVERT_FP8.retype(
    "ub.poison",
    "ub.poison",
    why="it stands for any value, of the one type as of the other",
    moves_bits=True,
    example="""
func.func @main(%x: tensor<4xf8E4M3FN>) -> vector<4xf8E4M3FN> {
  %c0 = arith.constant 0 : index
  %pad = ub.poison : f8E4M3FN
  %0 = vector.transfer_read %x[%c0], %pad {in_bounds = [true]}
      : tensor<4xf8E4M3FN>, vector<4xf8E4M3FN>
  return %0 : vector<4xf8E4M3FN>
}""",
)
