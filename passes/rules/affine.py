"""affine: loops and accesses carry fp8 values."""

from typing import Any

from fnuz.passes.registry import CONVERT_FP8, NoRule
from fnuz.passes.rules.memref import ORDER_KINDS

CONVERT_FP8.retype(
    "affine",
    "affine.for",
    "affine.if",
    "affine.load",
    "affine.prefetch",
    "affine.store",
    "affine.vector_load",
    "affine.vector_store",
    "affine.yield",
    why="values are carried, loaded and stored",
    moves_bits=True,
    example="""
func.func @main(%x: memref<8xf8E4M3FN>, %y: memref<8xf8E4M3FN>) {
  affine.for %i = 0 to 8 {
    %0 = affine.load %x[%i] : memref<8xf8E4M3FN>
    %1 = arith.mulf %0, %0 : f8E4M3FN
    affine.store %1, %y[%i] : memref<8xf8E4M3FN>
  }
  return
}""",
)


@CONVERT_FP8.rule(
    "affine.parallel",
    effect="invariant",
    why="taking the largest or smallest commutes with halving; sums and products round in fp8",
    example="""
func.func @main(%x: memref<8xf8E4M3FN>, %y: memref<8xf8E4M3FN>) {
  affine.parallel (%i) = (0) to (8) {
    %0 = affine.load %x[%i] : memref<8xf8E4M3FN>
    affine.store %0, %y[7 - %i] : memref<8xf8E4M3FN>
  }
  return
}""",
)
def parallel(op: Any, cx: Any) -> Any:
    for result, kind in zip(op.results, op.attributes["reductions"], strict=True):
        if cx.concerns(result) and cx.ir.IntegerAttr(kind).value not in ORDER_KINDS:
            raise NoRule("it sums or multiplies in fp8; reduce in f32 and truncate once")
    return None
