"""affine: loops and accesses carry fp8 values."""

from fnuz.passes.registry import OCP_TO_FNUZ

OCP_TO_FNUZ.retype(
    "affine",
    "affine.for",
    "affine.if",
    "affine.load",
    "affine.parallel",
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
