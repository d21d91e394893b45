"""math: functions of fp8 values. No AMD chip computes them in fp8: f32 around."""

from typing import Any

from fnuz.passes import codec
from fnuz.passes.registry import CONVERT_FP8


@CONVERT_FP8.rule(
    "math sign and class",
    "math.absf",
    "math.clampf",
    "math.copysign",
    "math.isfinite",
    "math.isinf",
    "math.isnan",
    effect="invariant",
    why="halving keeps signs, order and NaN",
    example="""
func.func @main(%x: tensor<256xf8E4M3FN>, %y: tensor<256xf8E4M3FN>)
    -> (tensor<256xf8E4M3FN>, tensor<256xi1>) {
  %0 = math.absf %x : tensor<256xf8E4M3FN>
  %1 = math.isnan %y : tensor<256xf8E4M3FN>
  return %0, %1 : tensor<256xf8E4M3FN>, tensor<256xi1>
}""",
)
def sign_and_class(op: Any, cx: Any) -> Any:
    return codec.may_be_negative_zero(op, cx) if op.name == "math.copysign" else None


FUNCTIONS = tuple(
    f"math.{name}"
    for name in (
        *("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "cos"),
        *("cosh", "erf", "erfc", "exp", "exp2", "expm1", "floor", "fma", "fpowi", "log", "log10"),
        *("log1p", "log2", "powf", "round", "roundeven", "rsqrt", "sin", "sinh", "sqrt", "tan"),
        *("tanh", "trunc"),
    )
)


@CONVERT_FP8.rule(
    "math functions",
    *FUNCTIONS,
    effect="emulate",
    non_linear=set(FUNCTIONS) - {"math.fma"},
    why="computed in f32 from the exact values, rounded once",
    example="""
func.func @main(%x: tensor<64xf8E4M3FN>) -> tensor<64xf8E4M3FN> {
  %0 = math.exp %x : tensor<64xf8E4M3FN>
  %1 = math.floor %0 : tensor<64xf8E4M3FN>
  return %1 : tensor<64xf8E4M3FN>
}""",
)
def functions(op: Any, cx: Any) -> Any:
    format = codec.format_of(cx.fp8(op.results[0]))
    converts = [cx.fp8(v) is not None for v in op.operands]

    def rewrite(b: Any) -> None:
        b.before(op)
        type, f32 = op.results[0].type, b.ir.F32Type.get()
        operands = [
            codec.decode(b, v, f32, cx) if decode else v
            for v, decode in zip(op.operands, converts, strict=True)
        ]
        y = b.value(op.name, cx.like(type, f32), *operands)
        scaled = codec.scale(b, y, 1 / cx.unit)
        encoded = codec.encode(b, scaled, type, format, cx, safe=False)
        b.replace(op, encoded)

    return rewrite
