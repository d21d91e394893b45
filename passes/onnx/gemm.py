"""The forms of Gemm that torch-mlir gets wrong or refuses."""

from typing import Any

from fnuz.bindings import of
from fnuz.passes.builder import Builder
from fnuz.passes.onnx.elements import FLOATS
from fnuz.passes.onnx.node import Node
from fnuz.passes.registry import Diagnostics, NoRule
from fnuz.passes.torch_tensors import TensorType, builtin_element


def lower(module: Any, diagnostics: Diagnostics) -> None:
    """Run lower-onnx-gemm on a module."""
    bindings = of(module)
    found = []

    def visit(op: Any) -> Any:
        if op.name == "torch.operator" and op.attributes["name"].value == "onnx.Gemm":
            found.append(Node(op, bindings))
        return bindings.ir.WalkResult.ADVANCE

    module.walk(visit)
    builder = Builder(bindings)
    with module.context, module.location:
        for node in found:
            try:
                _lower(node, builder.before(node.op))
            except NoRule as e:
                diagnostics.error(node.op.location, f"'onnx.Gemm' cannot be lowered: {e}")


def _lower(node: Node, b: Builder) -> None:
    alpha, beta = _factor(node, "alpha"), _factor(node, "beta")
    if beta != 0 and node.input(2) is not None:
        return
    result = node.type(node.op.results[0], "result")
    if alpha != 1 and result.element not in FLOATS:
        raise NoRule(f"it is of {result.element} and has the alpha {alpha}; use a float type")
    operands = [node.required(0, "A"), node.required(1, "B")]
    kept = {n: node.op.attributes[n] for n in node.op.attributes if n not in _ATTRIBUTES}
    type = node.op.results[0].type
    product = b.value("torch.operator", type, *operands, attributes=kept)
    if alpha != 1:
        mul = {"name": b.ir.StringAttr.get("onnx.Mul")}
        factor = _scalar(b, alpha, result.element)
        product = b.value("torch.operator", type, product, factor, attributes=mul)
    b.replace(node.op, product)


_ATTRIBUTES = ("torch.onnx.alpha", "torch.onnx.beta")


def _factor(node: Node, name: str) -> float:
    """An attribute that is a float, 1 when there is none."""
    attr = node.op.attributes.get(f"torch.onnx.{name}")
    if attr is None:
        return 1.0
    if not isinstance(attr, node.ir.FloatAttr):
        raise NoRule(f"its attribute '{name}' is not a float")
    return float(attr.value)


def _scalar(b: Builder, value: float, element: str) -> Any:
    """A constant without dims."""
    type = TensorType((), element)
    attr = b.float_attr(builtin_element(element, b.ir), value)
    dense = b.ir.DenseElementsAttr.get_splat(type.builtin(b.ir), attr)
    return b.value("torch.vtensor.literal", type.torch(b.ir), attributes={"value": dense})
