"""lower-onnx-gemm: the forms of onnx.Gemm that torch-mlir gets wrong or refuses."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.bindings import of
from fnuz.passes.builder import Builder
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
        bindings = of(module)
        ir = bindings.ir
        found = []

        def look(op: Any) -> Any:
            if op.name == "torch.operator" and op.attributes["name"].value == "onnx.Gemm":
                found.append(op)
            return ir.WalkResult.ADVANCE

        with module.context, module.location:
            module.operation.walk(look)
            for op in found:
                _lower(op, Builder(bindings), diagnostics)


def _lower(op: Any, b: Builder, diagnostics: Diagnostics) -> None:
    ir = b.ir
    attributes = {named: op.attributes[named] for named in op.attributes}
    alpha, beta = (
        ir.FloatAttr(attributes[name]).value if name in attributes else 1.0
        for name in (_ALPHA, _BETA)
    )
    a_and_b, c = list(op.operands[:2]), list(op.operands[2:])
    if beta != 0 and c and str(c[0].type) != "!torch.none":
        return
    type = op.results[0].type
    element = str(type).rpartition(",")[2].removesuffix(">")
    if alpha != 1 and element not in ("bf16", "f16", "f32", "f64"):
        diagnostics.error(
            op.location, f"'onnx.Gemm' of {element} with an alpha of {alpha} has no lowering"
        )
        return
    attributes.pop(_ALPHA, None)
    attributes.pop(_BETA, None)
    product = b.before(op).value("torch.operator", type, *a_and_b, attributes=attributes)
    if alpha != 1:
        scalar = ir.RankedTensorType.get([], ir.Type.parse(element))
        value = ir.DenseElementsAttr.get_splat(scalar, ir.FloatAttr.get(scalar.element_type, alpha))
        factor = b.value(
            "torch.vtensor.literal",
            ir.Type.parse(f"!torch.vtensor<[],{element}>"),
            attributes={"value": value},
        )
        mul = {"name": ir.StringAttr.get("onnx.Mul")}
        product = b.value("torch.operator", type, product, factor, attributes=mul)
    b.replace(op, product)


_ALPHA, _BETA = "torch.onnx.alpha", "torch.onnx.beta"
