"""Counting the floating-point operations of a module."""

from collections import Counter
from typing import Any

_ARITHMETIC = frozenset(
    f"arith.{name}"
    for name in (
        *("addf", "cmpf", "divf", "maximumf", "maxnumf", "minimumf", "minnumf", "mulf", "negf"),
        *("remf", "scaling_extf", "scaling_truncf", "subf"),
    )
)
"""Not the casts: they are there before and after. A scaling cast multiplies or divides."""


def count(module: Any) -> Counter[str]:
    """How many ops of each name compute with floats: arith but for casts, math, and linalg.

    The bodies of named linalg ops are not counted, but the ops are.
    """
    counted: Counter[str] = Counter()

    def visit(op: Any) -> Any:
        name = op.name
        named = name.startswith("linalg.") and name not in ("linalg.generic", "linalg.yield")
        if name in _ARITHMETIC or name.startswith("math.") or named:
            counted[name] += 1
        return type(walk_result).SKIP if named else walk_result

    from fnuz import bindings

    walk_result = bindings.of(module).ir.WalkResult.ADVANCE
    module.operation.walk(visit, bindings.of(module).ir.WalkOrder.PRE_ORDER)
    return counted
