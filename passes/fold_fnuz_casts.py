"""fold-fnuz-casts: constants and pairs of casts away."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.passes.registry import Diagnostics, ModulePass, register


@register
@dataclass(frozen=True)
class FoldFnuzCasts(ModulePass):
    """Fold fnuz.from_ocp and fnuz.to_ocp of constants, and of each other where that is exact.

    from_ocp(to_ocp(x)) is x, for x stands for an OCP value where to_ocp has no policy for others.
    to_ocp(from_ocp(x)) is x only when x has no -0, no Inf and no NaN but the one that to_ocp
    gives: when it comes from to_ocp itself, or is a constant without such codes. Data movement
    between to_ocp and from_ocp (a transpose, a slice, a loop that carries the value) is done on
    the FNUZ value, where every value that it ties together comes from a to_ocp or a constant and
    goes to a from_ocp.
    """

    name: ClassVar[str] = "fold-fnuz-casts"
    example: ClassVar[str] = """
func.func @main(%x: tensor<4xf8E4M3FNUZ>) -> (tensor<4xf8E4M3FNUZ>, tensor<2xf8E4M3FNUZ>) {
  %0 = "fnuz.to_ocp"(%x) : (tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FN>
  %1 = "fnuz.from_ocp"(%0) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ>
  %c = arith.constant dense<[-0.0, 448.0]> : tensor<2xf8E4M3FN>
  %2 = "fnuz.from_ocp"(%c) : (tensor<2xf8E4M3FN>) -> tensor<2xf8E4M3FNUZ>
  return %1, %2 : tensor<4xf8E4M3FNUZ>, tensor<2xf8E4M3FNUZ>
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.casts import fold
        from fnuz.passes.movement import retype

        retype(module)
        fold(module)
