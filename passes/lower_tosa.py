"""lower-tosa: what of TOSA on fp8 has to be lowered before upstream does the rest."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.passes.registry import Diagnostics, ModulePass, register


@register
@dataclass(frozen=True)
class LowerTosa(ModulePass):
    """Lower what upstream's TOSA passes do not know on fp8, or get wrong there.

    tosa.max_pool2d becomes a pooling of linalg. The maxima and minima of E5M2, where upstream loses
    an Inf, and tosa.cast from fp8 to an integer or to another fp8 type go through f32, which holds
    every value. A zero point of fp8 has to be the constant 0, as the TOSA specification has it. A
    tensor of unknown rank is an error: upstream's passes end the process.

    Upstream pads with 0 and multiplies it, where TOSA leaves it out: a NaN or Inf in the filter of
    a padded convolution, or in either input of a strided tosa.transpose_conv2d, makes more NaN.
    """

    name: ClassVar[str] = "lower-tosa"
    example: ClassVar[str] = """
func.func @main(%x: tensor<1x4x4x2xf8E4M3FN>) -> tensor<1x2x2x2xi32> {
  %0 = tosa.max_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>,
                           stride = array<i64: 2, 2>}
      : (tensor<1x4x4x2xf8E4M3FN>) -> tensor<1x2x2x2xf8E4M3FN>
  %1 = tosa.cast %0 : (tensor<1x2x2x2xf8E4M3FN>) -> tensor<1x2x2x2xi32>
  return %1 : tensor<1x2x2x2xi32>
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.tosa import lower

        lower(module, diagnostics)
