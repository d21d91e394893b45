"""Arithmetic of ONNX on fp8 values: what torch-mlir does right, and what it does not.

ONNX itself has no arithmetic on fp8. Models have it all the same, and onnx's reference evaluator
runs it: in f32, rounded once to fp8 without saturation.
"""

from typing import Any

from fnuz.passes.builder import Builder
from fnuz.passes.onnx import elements
from fnuz.passes.onnx.emit import elementwise
from fnuz.passes.onnx.node import Node, broadcast
from fnuz.passes.torch_tensors import (
    TensorType,
    builtin_element,
    from_builtin,
    tensor_type,
    to_builtin,
)

LEFT = frozenset(
    (
        # They move codes, or do not look at them.
        *("Concat", "Constant", "ConstantOfShape", "DepthToSpace", "Dropout", "Expand", "Flatten"),
        *("Gather", "GatherElements", "GatherND", "Identity", "If", "Loop", "Pad", "Reshape"),
        *("Shape", "Size", "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose"),
        *("Trilu", "Unsqueeze", "Where"),
        # They compare.
        *("Equal", "Greater", "GreaterOrEqual", "IsInf", "IsNaN", "Less", "LessOrEqual"),
        # They compute in f32 and round as the reference evaluator does.
        *("Abs", "Add", "Ceil", "Conv", "ConvTranspose", "Div", "Erf", "Exp", "Floor", "Gelu"),
        *("Gemm", "Log", "MatMul", "Mul", "Neg", "Pow", "ReduceL2", "ReduceMean", "ReduceProd"),
        *("ReduceSum", "Relu", "Round", "Sin", "Softmax", "Sqrt", "Sub", "Tanh"),
    )
)
"""Ops that torch-mlir lowers on fp8 with the bits of onnx's reference evaluator."""

IN_F32 = frozenset(
    (
        # torch-mlir starts them from an infinity, which most fp8 types do not have.
        *("ArgMax", "ArgMin", "GlobalMaxPool", "MaxPool", "ReduceMax", "ReduceMin"),
        # It rounds more often, or elsewhere, than the reference evaluator.
        *("AveragePool", "Elu", "GlobalAveragePool", "HardSigmoid", "LeakyRelu", "PRelu"),
        "Sigmoid",
        # They become ops that no later pass takes on fp8.
        *("CumSum", "ScatterElements", "ScatterND", "TopK"),
    )
)
"""Ops that are done in f32, and rounded once."""

LOSES_NAN = frozenset(("Clip", "Max", "Min"))
"""Ops that torch-mlir lowers so that a NaN of the first operand is lost."""


def in_f32(node: Node, b: Builder) -> None:
    """The op on f32, with fp8 made wide before it and rounded once behind it."""
    op = node.op
    operands = [_widened(b, v) for v in op.operands]
    types = [_fp8_type(result) for result in op.results]
    wide = b.create(
        "torch.operator",
        [
            result.type if type is None else type.with_element("f32").torch(b.ir)
            for result, type in zip(op.results, types, strict=True)
        ],
        operands,
        _attributes(node),
    )
    for old, new, type in zip(op.results, wide.results, types, strict=True):
        old.replace_all_uses_with(new if type is None else _narrowed(b, new, type))
    op.erase()


def keep_nan(node: Node, b: Builder) -> None:
    """`Where(IsNaN(x), x, op(x, ...))`; Max and Min of many operands take two at a time."""
    op = node.op
    first, *others = op.operands
    result = node.type(op.results[0], "result")
    steps = [[other] for other in others] if node.name in ("Max", "Min") else [others]
    for step in steps:
        type = node.type(first, "input")
        if len(steps) > 1:
            type = broadcast(type, node.type(step[0], "input"))
        type = result if step is steps[-1] else type
        without = b.value(
            "torch.operator", type.torch(b.ir), first, *step, attributes=_attributes(node)
        )
        is_nan = _operator(b, "IsNaN", node.type(first, "input").with_element("i1"), first)
        first = _operator(b, "Where", type, is_nan, first, without)
    b.replace(op, first)


def _widened(b: Builder, value: Any) -> Any:
    """An fp8 tensor in f32; any other value as it is."""
    type = _fp8_type(value)
    if type is None:
        return value
    tensor = elementwise(
        b, to_builtin(b, value, type), "f32", lambda b, args: elements.from_fp8(b, args[0], "f32")
    )
    return from_builtin(b, tensor, type.with_element("f32"))


def _narrowed(b: Builder, value: Any, type: TensorType) -> Any:
    """An f32 tensor rounded to fp8."""
    fp8 = builtin_element(type.element, b.ir)
    tensor = elementwise(
        b,
        to_builtin(b, value, type.with_element("f32")),
        type.element,
        lambda b, args: elements.to_fp8(b, args[0], fp8, saturate=False),
    )
    return from_builtin(b, tensor, type)


def _fp8_type(value: Any) -> TensorType | None:
    """The type of an fp8 tensor, None for any other value."""
    type = tensor_type(value.type)
    return type if type is not None and type.is_fp8 else None


def _operator(b: Builder, name: str, type: TensorType, *operands: Any) -> Any:
    attributes = {"name": b.ir.StringAttr.get(f"onnx.{name}")}
    return b.value("torch.operator", type.torch(b.ir), *operands, attributes=attributes)


def _attributes(node: Node) -> dict[str, Any]:
    """The attributes of the node, for another of its op that is left to torch-mlir."""
    attributes = {name: node.op.attributes[name] for name in node.op.attributes}
    return attributes | {"name": node.ir.StringAttr.get(f"onnx.{node.name}")}
