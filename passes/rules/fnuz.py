"""fnuz: casts that a module brings along. Their OCP side is converted with everything else."""

from typing import Any

from fnuz.passes.registry import OCP_TO_FNUZ


@OCP_TO_FNUZ.rule(
    "fnuz casts",
    "fnuz.from_ocp",
    "fnuz.to_ocp",
    effect="invariant",
    why="once the OCP side stands as FNUZ, both sides are the same value",
    example="""
func.func @main(%x: tensor<256xf8E4M3FN>) -> tensor<256xf32> {
  %0 = "fnuz.from_ocp"(%x) : (tensor<256xf8E4M3FN>) -> tensor<256xf8E4M3FNUZ>
  %1 = arith.extf %0 : tensor<256xf8E4M3FNUZ> to tensor<256xf32>
  return %1 : tensor<256xf32>
}""",
)
def casts(op: Any, cx: Any) -> Any:
    def rewrite(b: Any) -> None:
        b.replace(op, op.operands[0])

    return rewrite
