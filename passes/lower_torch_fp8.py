"""lower-torch-fp8: the fp8 ops of PyTorch that torch-mlir loses or refuses, as linalg."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from fnuz.passes.registry import Diagnostics, ModulePass, option, register


@register
@dataclass(frozen=True)
class LowerTorchFp8(ModulePass):
    """Lower what the torch dialect does in fp8 to linalg, with the numbers of PyTorch 2.13.

    A cast to float8_e4m3fn saturates, also Inf (PyTorch 2.11 gave NaN); a cast to float8_e5m2 gives
    Inf. Both round once, from f32: f64 and integers are rounded to f32 first. `_scaled_mm` is a
    contraction of the fp8 operands in f32, then `acc * (scale_a * scale_b)`, `+ bias`, for an fp8
    result `* (1 / scale_result)`, and one rounding to the result type. PyTorch's CPU scales the
    operands before it sums, its GPUs after: the bits are the same where all that is exact. `mm`,
    `addmm` and `mul` of fp8 are computed in f32 and rounded once. `view` between fp8 and bytes
    keeps the bits. Of any float, `clamp`, `maximum` and `minimum` pass NaN on and `reciprocal` of 0
    is Inf, where torch-mlir loses the NaN and stops the program. Ops that only move fp8 values stay
    for torch-mlir; any other op on fp8 is an error.
    """

    name: ClassVar[str] = "lower-torch-fp8"
    example: ClassVar[str] = """
func.func @main(%x: !torch.vtensor<[4,32],f32>) -> !torch.vtensor<[4,32],f8E4M3FN> {
  %float8_e4m3fn = torch.constant.int 24
  %0 = torch.prims.convert_element_type %x, %float8_e4m3fn
      : !torch.vtensor<[4,32],f32>, !torch.int -> !torch.vtensor<[4,32],f8E4M3FN>
  return %0 : !torch.vtensor<[4,32],f8E4M3FN>
}"""

    scale_result: Literal["divide", "multiply"] = option(
        "divide",
        "what `_scaled_mm` does with its scale_result: `divide` by it as on PyTorch's CPU, or "
        "`multiply` with it as on its GPUs",
    )

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.torch_fp8 import lower

        lower(module, self, diagnostics)
