"""Which products of a module are factors that a conversion owes, and what stands around them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import log2
from typing import Any

import numpy as np

from fnuz.bindings import Bindings
from fnuz.dialect.formats import FORMATS
from fnuz.passes.homogeneity import Functions, is_float
from fnuz.passes.scaled_constants import numbers
from fnuz.passes.structured import yielded
from fnuz.passes.types import element_of


@dataclass
class Factor:
    """One op `v = u * 2^k`."""

    op: Any
    operand: int
    """The number of the operand u; the other is the constant."""
    exponent: int
    reasons: list[Exception] = field(default_factory=list)
    """Why it is still there, when it was tried to fold it."""
    refused: dict[int, tuple[Any, int]] = field(default_factory=dict)
    """Constants that would take it if they could, by address, each with the exponent."""


class Factors:
    """The factors of a module that are next to fp8, in the order of the program."""

    def __init__(self, module: Any, bindings: Bindings) -> None:
        self._ir = bindings.ir
        self._bindings = bindings
        self._module = module
        self._powers: dict[Any, int | None] = {}
        self.functions = Functions(bindings.ir, {}, {})
        products = self._look()
        found = [self.factor(op) for op in products]
        self.owed = [f for f in found if f is not None and self._is_owed(f)]

    def _look(self) -> list[Any]:
        """All products; and the functions whose calls are all known."""
        products: list[Any] = []
        calls: list[Any] = []
        taken: set[str] = set()
        advance = self._ir.WalkResult.ADVANCE

        def visit(op: Any) -> Any:
            name = op.name
            if name == "arith.mulf":
                products.append(op)
            elif name == "func.call":
                calls.append(op)
            elif name.partition(".")[0] not in _WITHOUT_SYMBOLS:
                taken.update(_symbols(op.attributes.values(), self._ir))
            return advance

        self._module.walk(visit, self._ir.WalkOrder.PRE_ORDER)
        for view in self._module.regions[0].blocks[0].operations:
            op = view.operation
            if op.name != "func.func" or not op.regions[0].blocks:
                continue
            name = op.attributes["sym_name"].value
            visibility = op.attributes.get("sym_visibility")
            if visibility is not None and visibility.value == "private" and name not in taken:
                self.functions.bodies[name] = op
                self.functions.callers[name] = []
        for call in calls:
            name = call.attributes["callee"].value
            if name not in self.functions.callers:
                continue
            if self._is_called_here(call):
                self.functions.callers[name].append(call)
            else:  # The call goes to another function, and is told from others by name alone.
                del self.functions.callers[name], self.functions.bodies[name]
        return products

    def _is_called_here(self, call: Any) -> bool:
        """Whether a call is to a function of this module, not to one of a module in it."""
        around = call.parent
        while around.name != "builtin.module":
            around = around.parent
        return bool(around == self._module)

    def factor(self, op: Any) -> Factor | None:
        """What factor an arith.mulf is, if it is one."""
        for number in (1, 0):
            exponent = self.power_of_two(op.operands[number])
            if exponent:
                return Factor(op, 1 - number, exponent)
        return None

    def power_of_two(self, value: Any) -> int | None:
        """k where every element of a constant is 2^k, else None."""
        if isinstance(value, self._ir.BlockArgument):
            return None
        op = value.owner.operation
        if op.name in ("tensor.splat", "vector.broadcast"):
            return self.power_of_two(op.operands[0])
        if op.name != "arith.constant":
            return None
        attr = op.attributes["value"]
        if attr not in self._powers:
            found = None
            is_uniform = isinstance(attr, self._ir.FloatAttr) or (
                isinstance(attr, self._ir.DenseElementsAttr) and attr.is_splat
            )
            if is_uniform and is_float(value, self._ir):
                known = numbers(attr, self._bindings)
                if known is not None and known.size and known[0] > 0 and np.isfinite(known[0]):
                    exponent = log2(known[0])
                    found = int(exponent) if exponent == int(exponent) else None
            self._powers[attr] = found
        return self._powers[attr]

    def _is_owed(self, factor: Factor) -> bool:
        """Whether a factor is next to fp8: others are not ours to move."""
        return self._comes_from_fp8(factor.op.operands[factor.operand], 4) or self._goes_to_fp8(
            factor.op.results[0], 6
        )

    def _is_fp8(self, value: Any) -> bool:
        return str(element_of(self._ir, value.type)) in FORMATS

    def _comes_from_fp8(self, value: Any, depth: int) -> bool:
        if depth == 0:
            return False
        if isinstance(value, self._ir.BlockArgument):
            op = value.owner.owner
            if op is None or op.operation.name != "linalg.generic":
                return False
            return self._comes_from_fp8(op.operation.operands[value.arg_number], depth - 1)
        op = value.owner.operation
        if any(self._is_fp8(v) for v in op.operands):
            return True
        if op.name == "linalg.generic":
            number = self._ir.OpResult(value).result_number
            return self._comes_from_fp8(yielded(op)[number], depth - 1)
        if op.name not in ("arith.extf", "arith.mulf", "vector.mask"):
            return False
        return any(self._comes_from_fp8(v, depth - 1) for v in op.operands)

    def _goes_to_fp8(self, value: Any, depth: int) -> bool:
        if depth == 0:
            return False
        for use in value.uses:
            op = use.owner.operation
            if any(self._is_fp8(v) for v in (*op.operands, *op.results)):
                return True
            if op.name == "linalg.yield":
                generic = op.parent
                results = [generic.results[use.operand_number]] if len(generic.results) else []
            elif op.name in _CLAMPS or op.name in ("linalg.fill", "linalg.broadcast"):
                results = list(op.results)
            elif op.name == "linalg.generic":
                results = [op.regions[0].blocks[0].arguments[use.operand_number]]
            else:
                continue
            if any(self._goes_to_fp8(r, depth - 1) for r in results):
                return True
        return False


_CLAMPS = frozenset(
    (
        *("arith.maximumf", "arith.maxnumf", "arith.minimumf", "arith.minnumf", "arith.select"),
        *("arith.addf", "math.clampf", "tensor.splat", "vector.broadcast"),
    )
)
"""Ops behind which a value that goes to fp8 may stand."""

_WITHOUT_SYMBOLS = frozenset(("arith", "cf", "linalg", "math", "scf", "tensor", "vector"))
"""Dialects whose ops name no function."""


def _symbols(attributes: Iterable[Any], ir: Any) -> Iterator[str]:
    """The symbols that attributes name."""
    for attr in attributes:
        if isinstance(attr, ir.FlatSymbolRefAttr):
            yield attr.value
        elif isinstance(attr, ir.SymbolRefAttr):
            yield from attr.value
        elif isinstance(attr, ir.ArrayAttr):
            yield from _symbols(attr, ir)
