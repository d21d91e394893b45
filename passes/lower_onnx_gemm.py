"""lower-onnx-gemm: the forms of onnx.Gemm that torch-mlir gets wrong or refuses."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.passes.registry import Diagnostics, ModulePass, register


@register
@dataclass(frozen=True)
class LowerOnnxGemm(ModulePass):
    """Rewrite each onnx.Gemm that has no C, or a beta of 0, to one that torch-mlir keeps.

    torch-mlir forgets alpha when there is no C: here alpha multiplies the product behind it. With
    a beta of 0, C is left out, so that no NaN or Inf of it comes through, as in BLAS.
    """

    name: ClassVar[str] = "lower-onnx-gemm"
    example: ClassVar[str] = """
func.func @main(%a: !torch.vtensor<[2,3],f32>, %b: !torch.vtensor<[3,4],f32>)
    -> !torch.vtensor<[2,4],f32>
    attributes {torch.onnx_meta.ir_version = 10 : si64, torch.onnx_meta.opset_version = 21 : si64} {
  %0 = torch.operator "onnx.Gemm"(%a, %b) {torch.onnx.alpha = 5.000000e-01 : f32}
      : (!torch.vtensor<[2,3],f32>, !torch.vtensor<[3,4],f32>) -> !torch.vtensor<[2,4],f32>
  return %0 : !torch.vtensor<[2,4],f32>
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.onnx.gemm import lower

        lower(module, diagnostics)
