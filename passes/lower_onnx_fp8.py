"""lower-onnx-fp8: the ONNX nodes on fp8 that torch-mlir refuses or changes, as linalg."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.passes.registry import Diagnostics, ModulePass, register


@register
@dataclass(frozen=True)
class LowerOnnxFp8(ModulePass):
    """Lower ONNX nodes on fp8 that torch-mlir refuses, or gives other bits, to linalg.

    They are torch.operator "onnx.Op", as torch-mlir's importer writes them. Cast, CastLike and
    BitCast, QuantizeLinear, DequantizeLinear and QLinearMatMul become linalg on tensors, with every
    form of scale and zero point, and saturation as a clamp before the arith.truncf. Max, Min and
    Clip keep a NaN, and reductions, pools and functions are done in f32. Data movement,
    sums, products and contractions stay for torch-mlir, and so does all that has no fp8; any other
    node on fp8 is an error.
    """

    name: ClassVar[str] = "lower-onnx-fp8"
    example: ClassVar[str] = """
func.func @main(%x: !torch.vtensor<[2,4],f32>) -> !torch.vtensor<[2,4],f8E4M3FN>
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  %scale = torch.operator "onnx.Constant"() {torch.onnx.value = dense<0.5> : tensor<f32>}
    : () -> !torch.vtensor<[],f32>
  %0 = torch.operator "onnx.QuantizeLinear"(%x, %scale) {torch.onnx.output_dtype = 17 : si64}
    : (!torch.vtensor<[2,4],f32>, !torch.vtensor<[],f32>) -> !torch.vtensor<[2,4],f8E4M3FN>
  return %0 : !torch.vtensor<[2,4],f8E4M3FN>
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.onnx.lowering import lower

        lower(module, diagnostics)
