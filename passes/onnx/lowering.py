"""Finds the ONNX nodes on fp8 of a module, and lowers those that torch-mlir should not."""

import re
from collections.abc import Callable
from typing import Any

from fnuz.bindings import of
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
"""By op. Each raises NoRule, before it changes anything, for a form that it does not take."""

_FP8 = re.compile(r"(?<!\w)(?:" + "|".join(FORMATS) + r")(?!\w)")


def lower(module: Any, diagnostics: Diagnostics) -> None:
    """Run lower-onnx-fp8 on a module."""
    bindings = of(module)
    advance = bindings.ir.WalkResult.ADVANCE
    found: list[tuple[Node, str]] = []
    fp8_of: dict[Any, str | None] = {}

    def fp8(type: Any) -> str | None:
        if type not in fp8_of:
            text = str(type)
            fp8_of[type] = text if _FP8.search(text) else None
        return fp8_of[type]

    def visit(op: Any) -> Any:
        if op.name == "torch.operator" and op.attributes["name"].value.startswith("onnx."):
            types = (fp8(value.type) for value in (*op.results, *op.operands))
            type = next(filter(None, types), None)
            if type is not None:
                found.append((Node(op, bindings), type))
        return advance

    module.walk(visit)
    builder = Builder(bindings)
    with module.context, module.location:
        for node, type in found:
            if node.name in arithmetic.LEFT:
                continue
            try:
                if node.name not in LOWERINGS:
                    raise NoRule("no lowering of it is known; cast to f32 before it, and back")
                LOWERINGS[node.name](node, builder.before(node.op))
            except NoRule as e:
                diagnostics.error(node.op.location, f"'onnx.{node.name}' op on {type}: {e}")
