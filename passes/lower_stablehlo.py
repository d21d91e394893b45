"""lower-stablehlo: what of StableHLO has to be lowered before upstream does the rest."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.passes.registry import Diagnostics, ModulePass, register


@register
@dataclass(frozen=True)
class LowerStablehlo(ModulePass):
    """Lower what stablehlo-legalize-to-linalg does not know or computes otherwise than XLA.

    A dot or convolution whose result is fp8, bf16 or f16 sums up in f32 and rounds once, where
    upstream would round after every addition. (A reduction in fp8 rounds after each, in XLA too.)
    A dilated filter is not filled with zeros, of which NaN would make NaN. From fp8 to an integer,
    what is out of range becomes the nearest integer and NaN 0. is_finite and reduce_precision of
    fp8, and the maximum and minimum of E5M2, which start from an Inf, are computed in f32.
    Depthwise convolutions and dynamic reshapes are lowered here, control flow becomes scf, a shape
    assertion of JAX cf.assert; an optimization barrier goes.

    What is padded, or put between the elements of a dilated input, is 0 and is multiplied, as the
    specification has it: a NaN in the filter makes NaN there.
    """

    name: ClassVar[str] = "lower-stablehlo"
    example: ClassVar[str] = """
func.func @main(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x2xf8E4M3FN>) -> tensor<4x2xf8E4M3FN> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
      : (tensor<4x8xf8E4M3FN>, tensor<8x2xf8E4M3FN>) -> tensor<4x2xf8E4M3FN>
  return %0 : tensor<4x2xf8E4M3FN>
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.stablehlo import lower

        lower(module, diagnostics)
