"""QuantizeLinear and DequantizeLinear on fp8, of ONNX and of com.microsoft."""

from collections.abc import Callable
from typing import Any

from fnuz.passes.builder import Builder
from fnuz.passes.codec import resize
from fnuz.passes.onnx import elements
from fnuz.passes.onnx.emit import elementwise
from fnuz.passes.onnx.node import Node
from fnuz.passes.onnx.parameters import (
    Granularity,
    Parameter,
    element_of,
    nonzero,
    operands,
    parameter,
)
from fnuz.passes.registry import NoRule
from fnuz.passes.torch_tensors import TensorType, builtin_element, from_builtin, to_builtin


def quantize(node: Node, b: Builder) -> None:
    """`saturate(x / scale + zero point)`.

    The division is in the type that `precision` names; else, as in onnx's reference evaluator, in
    that of both operands, and f32 where they differ. What follows is in f32, and rounded once.
    """
    x = node.required(0, "input")
    source = node.type(x, "input")
    result = node.result_type(source)
    node.check_element("output_dtype", result.element)
    elements.check(source.element, "input", (*elements.SCALES, "si32"))
    saturate = node.flag("saturate", True)
    scale, zero_point = _parameters(node, source, result.element)
    elements.check(scale.type.element, "scale", (*elements.SCALES, "si32"))
    quotient = node.element("precision") or _common(source.element, scale.type.element)
    elements.check(quotient, "precision", elements.SCALES)
    f32 = b.ir.F32Type.get()

    def body(b: Builder, x: Any, scale: Any, zero_point: Any) -> Any:
        numerator = elements.to_float(b, x, source.element, quotient)
        value = resize(b, b.value("arith.divf", numerator.type, numerator, scale), f32)
        if zero_point is not None:
            value = b.value("arith.addf", f32, value, zero_point)
        return elements.to_fp8(b, value, builtin_element(result.element, b.ir), saturate)

    _replace(node, b, (x, source), result, body, (scale, quotient), (zero_point, "f32"))


def dequantize(node: Node, b: Builder) -> None:
    """`(x - zero point) * scale` in f32, rounded once to the type of the result."""
    x = node.required(0, "input")
    source = node.type(x, "input")
    if not source.is_fp8:
        raise NoRule(f"its input is of {source.element}, not fp8")
    result = node.result_type(source)
    scale, zero_point = _parameters(node, source, source.element)
    elements.check(scale.type.element, "scale", elements.SCALES)
    node.check_element("output_dtype", result.element)
    wanted = node.element("output_dtype") or scale.type.element
    if result.element != wanted or wanted not in elements.SCALES:
        raise NoRule(f"its result is of {result.element}; its scale says {scale.type.element}")
    f32 = b.ir.F32Type.get()

    def body(b: Builder, x: Any, scale: Any, zero_point: Any) -> Any:
        value = resize(b, x, f32)
        if zero_point is not None:
            value = b.value("arith.subf", f32, value, zero_point)
        value = b.value("arith.mulf", f32, value, scale)
        return resize(b, value, builtin_element(result.element, b.ir))

    _replace(node, b, (x, source), result, body, (scale, "f32"), (zero_point, "f32"))


def _parameters(node: Node, of: TensorType, quantized: str) -> tuple[Parameter, Parameter | None]:
    """Scale and zero point, None for one that is left out or zero. Raises NoRule."""
    granularity = Granularity(of, node.integer("axis", 1), node.integer("block_size", 0))

    def find(value: Any, what: str) -> Parameter:
        return parameter(node, value, what, lambda type: granularity.map(type, what, node.ir))

    scale = find(node.required(1, "scale"), "scale")
    value = node.input(2)
    if value is None:
        return scale, None
    zero_point = find(value, "zero point")
    if zero_point.type.element != quantized:
        raise NoRule(f"its zero point is of {zero_point.type.element}, not {quantized}")
    return scale, nonzero(zero_point)


def _common(a: str, b: str) -> str:
    """The float type that has the values of both."""
    return a if a == b and a in elements.SCALES else "f32"


def _replace(
    node: Node,
    b: Builder,
    x: tuple[Any, TensorType],
    result: TensorType,
    compute: Callable[..., Any],
    *parameters: tuple[Parameter | None, str],
) -> None:
    """Replace a node by `compute(builder, x, *parameters)`, each parameter of the type with it."""

    def body(b: Builder, arguments: list[Any]) -> Any:
        x, *rest = arguments
        given = iter(rest)
        values = (None if p is None else element_of(b, p, type, given) for p, type in parameters)
        return compute(b, x, *values)

    tensor = to_builtin(b, *x)
    others = operands(b, [p for p, _ in parameters])
    b.replace(
        node.op, from_builtin(b, elementwise(b, tensor, result.element, body, *others), result)
    )
