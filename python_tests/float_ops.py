"""Counting the floating-point operations of a module."""

from collections import Counter
from typing import Any

from fnuz import bindings

_ARITHMETIC = frozenset(
    f"arith.{name}"
    for name in (
        *("addf", "cmpf", "divf", "maximumf", "maxnumf", "minimumf", "minnumf", "mulf", "negf"),
        *("remf", "scaling_extf", "scaling_truncf", "subf"),
    )
)
"""Not the casts: they are there before and after. A scaling cast multiplies or divides."""


def count(module: Any) -> Counter[str]:
    """How many ops of each name compute with floats, also in the bodies of named linalg ops."""
    counted: Counter[str] = Counter()
    advance = bindings.of(module).ir.WalkResult.ADVANCE

    def visit(op: Any) -> Any:
        if op.name in _ARITHMETIC or op.name.startswith("math."):
            counted[op.name] += 1
        return advance

    module.operation.walk(visit)
    return counted
