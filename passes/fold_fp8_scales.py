"""fold-fp8-scales: the factors of two that a conversion owes go where a scale already is."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from fnuz.passes.registry import Diagnostics, ModulePass, option, register


@register
@dataclass(frozen=True)
class FoldFp8Scales(ModulePass):
    """Move the powers of two next to fp8 values into scales, where that is exact.

    Into constants of any shape; through products, quotients, sums, clamps, broadcasts, reshapes,
    bodies of linalg ops, loops, branches and calls; into a run-time scale where that is smaller
    than what the factor multiplies; opposite factors vanish. A factor that finds no such place
    stays where it is.
    """

    name: ClassVar[str] = "fold-fp8-scales"
    example: ClassVar[str] = """
func.func @main(%x: tensor<8x32xf8E4M3FNUZ>, %w: tensor<32x16xf8E4M3FNUZ>, %i: tensor<8x16xf32>)
    -> tensor<8x16xf32> {
  %four = arith.constant dense<4.0> : tensor<8x16xf32>
  %scale = arith.constant dense<0.15> : tensor<8x16xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<8x32xf8E4M3FNUZ>, tensor<32x16xf8E4M3FNUZ>)
                     outs(%i : tensor<8x16xf32>) -> tensor<8x16xf32>
  %1 = arith.mulf %0, %four : tensor<8x16xf32>
  %2 = arith.mulf %1, %scale : tensor<8x16xf32>
  return %2 : tensor<8x16xf32>
}"""

    exact: Literal["normal", "strict"] = option(
        "normal",
        "normal: where results that are f32-subnormal or overflow may differ, when that cannot be "
        "ruled out; strict: nowhere",
    )

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.conversion import without_garbage_collection
        from fnuz.passes.folding import fold

        with module.context, module.location, without_garbage_collection():
            fold(module, self.exact == "strict", diagnostics)
