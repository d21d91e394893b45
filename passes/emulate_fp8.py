"""emulate-fp8: fp8 values as i8 codes, computed with in f32 or f16: exact, on any machine."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from fnuz.passes.registry import Diagnostics, ModulePass, option, register


@register
@dataclass(frozen=True)
class EmulateFp8(ModulePass):
    """Turn fp8 of all four formats (and E8M0 scales) into i8 codes and exact f32 arithmetic.

    Casts become integer ops, rounded as MLIR's APFloat rounds them; other arithmetic is done in
    f32 and rounded once. The result runs on any machine that has f32. With compute=f16 the
    contractions that accumulate in f32 stay what they are, on f16 operands: every fp8 value is
    one of f16, so the matrix unit for f16 has the same bits to multiply.
    """

    name: ClassVar[str] = "emulate-fp8"
    example: ClassVar[str] = """
func.func @main(%x: tensor<4xf8E4M3FN>, %y: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = arith.addf %x, %y : tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}"""

    zero: Literal["signed", "unsigned"] = option(
        "signed", "whether an OCP -0 is -0, or 0 as it is after a conversion to FNUZ"
    )
    inf: Literal["keep", "nan", "saturate"] = option(
        "keep", "whether an E5M2 Inf is Inf, or what a conversion to FNUZ makes of it"
    )
    beyond: Literal["keep", "nan", "saturate"] = option(
        "keep", "whether FNUZ codes beyond the OCP maximum are what they are, or as made OCP"
    )
    overflow: Literal["exact", "saturate"] = option(
        "exact", "whether a cast to an OCP type overflows, or gives the maximum"
    )

    compute: Literal["f32", "f16"] = option(
        "f32", "whether contractions are written out in f32, or keep their op on f16 operands"
    )

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.emulation import emulate

        emulate(module, self, diagnostics)
