"""Finds the ONNX nodes on fp8 of a module, and lowers those that torch-mlir should not."""

import re
from collections.abc import Callable
from typing import Any

from fnuz.bindings import Bindings, of
from fnuz.dialect.formats import FORMATS
from fnuz.passes.builder import Builder
from fnuz.passes.onnx import arithmetic, casts, matmul, quantize
from fnuz.passes.onnx.node import Node
from fnuz.passes.registry import Diagnostics, NoRule

LOWERINGS: dict[str, Callable[[Node, Builder], None]] = {
    "BitCast": casts.bit_cast,
    "Cast": casts.cast,
    "CastLike": casts.cast,
    "DequantizeLinear": quantize.dequantize,
    "QLinearMatMul": matmul.q_linear_matmul,
    "QuantizeLinear": quantize.quantize,
    **dict.fromkeys(arithmetic.IN_F32, arithmetic.in_f32),
    **dict.fromkeys(arithmetic.LOSES_NAN, arithmetic.keep_nan),
}
"""By op. Each raises NoRule for a form that it does not take."""

WAITING = "fp8."
"""What the name of a node in the body of an onnx.Loop starts with, until the loop is lowered.

torch-mlir lowers a loop only if it can lower each op in its body, and it takes a torch.operator
that is not of ONNX for one that is. Then this pass finds the node again.
"""

PREFIXES = ("onnx.", WAITING)

_FP8 = re.compile(r"(?<!\w)(?:" + "|".join(FORMATS) + r")(?!\w)")


def lower(module: Any, diagnostics: Diagnostics) -> None:
    """Run lower-onnx-fp8 on a module."""
    bindings = of(module)
    builder = Builder(bindings)
    with module.context, module.location:
        for node, type in _nodes(module, bindings):
            if node.name in arithmetic.LEFT:
                continue
            try:
                if node.name not in LOWERINGS:
                    raise NoRule("no lowering of it is known; cast to f32 before it, and back")
                if _is_in_loop(node.op):
                    node.op.attributes["name"] = bindings.ir.StringAttr.get(WAITING + node.name)
                else:
                    LOWERINGS[node.name](node, builder.before(node.op))
            except NoRule as e:
                diagnostics.error(node.op.location, f"'onnx.{node.name}' op on {type}: {e}")


def _nodes(module: Any, bindings: Bindings) -> list[tuple[Node, str]]:
    """The nodes that have fp8, each with the first of its types that does."""
    advance = bindings.ir.WalkResult.ADVANCE
    found: list[tuple[Node, str]] = []
    fp8_of: dict[Any, str | None] = {}

    def fp8(type: Any) -> str | None:
        if type not in fp8_of:
            text = str(type)
            fp8_of[type] = text if _FP8.search(text) else None
        return fp8_of[type]

    def visit(op: Any) -> Any:
        if op.name == "torch.operator" and op.attributes["name"].value.startswith(PREFIXES):
            types = (fp8(value.type) for value in (*op.results, *op.operands))
            type = next(filter(None, types), None)
            if type is not None:
                found.append((Node(op, bindings), type))
        return advance

    module.walk(visit)
    return found


def _is_in_loop(op: Any) -> bool:
    around = op.parent
    while around is not None:
        if around.name == "torch.operator" and around.attributes["name"].value == "onnx.Loop":
            return True
        around = around.parent
    return False
