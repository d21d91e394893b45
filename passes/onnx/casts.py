"""Cast, CastLike and BitCast to and from fp8."""

from typing import Any

from fnuz.passes.builder import Builder
from fnuz.passes.onnx import elements
from fnuz.passes.onnx.emit import elementwise
from fnuz.passes.onnx.node import Node
from fnuz.passes.registry import NoRule
from fnuz.passes.torch_tensors import builtin_element, from_builtin, to_builtin


def cast(node: Node, b: Builder) -> None:
    """Cast, and CastLike, whose second operand only says what its result type says too.

    A missing `saturate` is 1, in every version of the op.
    """
    x = node.required(0, "input")
    source = node.type(x, "input")
    result = node.result_type(source)
    if node.name == "Cast":
        node.check_element("to", result.element)
    for type, what in ((source, "input"), (result, "result")):
        if not (
            type.is_fp8 or type.element in elements.FLOATS or elements.is_integer(type.element)
        ):
            raise NoRule(f"its {what} is of {type.element}; use a float or integer type")
    saturate = node.flag("saturate", True)

    def body(b: Builder, arguments: list[Any]) -> Any:
        value = arguments[0]
        if not result.is_fp8:
            return elements.from_fp8(b, value, result.element)
        # An f64 is rounded once.
        wide = "f64" if source.element == "f64" else "f32"
        single = elements.to_float(b, value, source.element, wide)
        return elements.to_fp8(b, single, builtin_element(result.element, b.ir), saturate)

    tensor = to_builtin(b, x, source)
    b.replace(node.op, from_builtin(b, elementwise(b, tensor, result.element, body), result))


def bit_cast(node: Node, b: Builder) -> None:
    """BitCast between fp8 and another type of eight bits."""
    x = node.required(0, "input")
    source = node.type(x, "input")
    result = node.result_type(source)
    node.check_element("to", result.element)
    types = [builtin_element(t.element, b.ir) for t in (source, result)]
    if any(type.width != 8 for type in types):
        raise NoRule(f"{source.element} and {result.element} differ in width")

    def body(b: Builder, arguments: list[Any]) -> Any:
        value = arguments[0]
        return value if types[0] == types[1] else b.value("arith.bitcast", types[1], value)

    tensor = to_builtin(b, x, source)
    b.replace(node.op, from_builtin(b, elementwise(b, tensor, result.element, body), result))
