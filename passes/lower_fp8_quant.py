"""lower-fp8-quant: quantized fp8 values as fp8 values and explicit arithmetic."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.passes.registry import Diagnostics, ModulePass, register


@register
@dataclass(frozen=True)
class LowerFp8Quant(ModulePass):
    """Lower quant.qcast, quant.dcast and !quant.uniform on E4M3FN and E5M2 to OCP arithmetic.

    A value of a quantized type becomes a value of its storage type, in signatures too; types
    with integer storage stay. quant.qcast is a division by the scale, the zero point added, a
    clamp to the storage range (NaN stays NaN) and one rounding to fp8; quant.dcast undoes it. The
    arithmetic is in f32, in f64 where that is the expressed type; f16 and bf16 are rounded to
    once, behind it.
    """

    name: ClassVar[str] = "lower-fp8-quant"
    example: ClassVar[str] = """
!q = !quant.uniform<f8E4M3FN:f32:1, {0.5, 0.25, 0.125}>
func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3x!q> {
  %0 = quant.qcast %x : tensor<2x3xf32> to tensor<2x3x!q>
  return %0 : tensor<2x3x!q>
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.quant import lower

        lower(module, self, diagnostics)
