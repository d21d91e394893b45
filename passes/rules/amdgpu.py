"""amdgpu: matrix instructions."""

from typing import Any

from fnuz.passes import codec
from fnuz.passes.registry import CONVERT_FP8


@CONVERT_FP8.rule(
    "amdgpu.mfma",
    effect="product",
    why="4 * mfma(A', B', C / 4), or 2 where only one operand was OCP",
    example="""
func.func @main(%a: vector<8xf8E4M3FN>, %b: vector<8xf8E4M3FN>, %c: vector<4xf32>)
    -> vector<4xf32> {
  %0 = amdgpu.mfma 16x16x32 %a * %b + %c blgp = none
      : vector<8xf8E4M3FN>, vector<8xf8E4M3FN>, vector<4xf32>
  return %0 : vector<4xf32>
}""",
)
def mfma(op: Any, cx: Any) -> Any:
    factor = cx.unit ** sum(cx.fp8(v) is not None for v in list(op.operands)[:2])
    starts_at_zero = cx.range(op.operands[2]).is_zero()

    def rewrite(b: Any) -> None:
        if not starts_at_zero:
            op.operands[2] = codec.scale(b.before(op), op.operands[2], 1 / factor)
        result = op.results[0]
        scaled = codec.scale(b.after(op), result, factor)
        b.replace_uses(result, scaled)

    return rewrite
