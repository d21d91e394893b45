"""fnuz: casts that a module brings along. Their OCP side is converted with everything else."""

from typing import Any

from fnuz.dialect.ops import FROM_OCP
from fnuz.passes.casts import as_fnuz_holds_it
from fnuz.passes.direction import TO_FNUZ
from fnuz.passes.registry import CONVERT_FP8


@CONVERT_FP8.rule(
    "fnuz casts",
    "fnuz.from_ocp",
    "fnuz.to_ocp",
    effect="invariant",
    why="once the OCP side stands as FNUZ, both sides are the same value; and the other way round, "
    "but for the -0 and Inf that from_ocp takes off",
    example="""
func.func @main(%x: tensor<256xf8E4M3FN>) -> tensor<256xf32> {
  %0 = "fnuz.from_ocp"(%x) : (tensor<256xf8E4M3FN>) -> tensor<256xf8E4M3FNUZ>
  %1 = arith.extf %0 : tensor<256xf8E4M3FNUZ> to tensor<256xf32>
  return %1 : tensor<256xf32>
}""",
)
def casts(op: Any, cx: Any) -> Any:
    def rewrite(b: Any) -> None:
        value = op.operands[0]
        if op.name == FROM_OCP and cx.direction is not TO_FNUZ:
            # The value is from where -0 and Inf are, and the program was written for FNUZ.
            value = as_fnuz_holds_it(b.before(op), op, value)
        b.replace(op, value)

    return rewrite
