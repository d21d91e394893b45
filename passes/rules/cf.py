"""cf: branches carry fp8 values as block arguments."""

from fnuz.passes.registry import CONVERT_FP8

CONVERT_FP8.retype(
    "cf",
    "cf.br",
    "cf.cond_br",
    "cf.switch",
    why="values are carried",
    moves_bits=True,
    example="""
func.func @main(%x: f8E4M3FN, %c: i1) -> f8E4M3FN {
  cf.cond_br %c, ^a(%x : f8E4M3FN), ^b
^a(%v: f8E4M3FN):
  return %v : f8E4M3FN
^b:
  %0 = arith.addf %x, %x : f8E4M3FN
  cf.br ^a(%0 : f8E4M3FN)
}""",
)
