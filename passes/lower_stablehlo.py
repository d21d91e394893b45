"""lower-stablehlo: what of StableHLO has to be lowered before upstream does the rest."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.passes.registry import Diagnostics, ModulePass, register


@register
@dataclass(frozen=True)
class LowerStablehlo(ModulePass):
    """Lower what stablehlo-legalize-to-linalg does not know or computes otherwise than XLA.

    A dot or convolution of fp8 whose result is fp8, bf16 or f16 sums up in f32 and rounds once,
    where upstream would round after every addition. (A reduction in fp8 rounds after each, in XLA
    too.) Depthwise convolutions of fp8 and dynamic reshapes are lowered here, control flow becomes
    scf, a shape assertion of JAX cf.assert.
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
