"""Whether a value of a wide float type may be scaled by a power of two without changing a bit.

It may where neither the value nor the scaled one overflows or is subnormal: then every rounding
commutes with the scaling. Two proofs are tried: from what the value is computed from, and from
where it goes.
"""

from collections.abc import Iterable
from math import ceil, floor, log2, prod
from typing import Any

import numpy as np

from fnuz.bindings import Bindings
from fnuz.dialect.formats import FORMATS, OCP_OF, Fp8Format
from fnuz.passes.homogeneity import MOVING, Functions, Operand, relations
from fnuz.passes.rules.linalg import CONTRACTIONS
from fnuz.passes.scaled_constants import E8M0, SMALLEST_NORMAL, numbers
from fnuz.passes.structured import inputs_and_inits, yielded
from fnuz.passes.types import element_of

_PRECISION = {"f16": 11, "bf16": 8, "f32": 24, "f64": 53}

_SMALLEST = SMALLEST_NORMAL | {E8M0: -127}

_LARGEST = {
    name: -SMALLEST_NORMAL[name] + 1 + log2(2 - 2.0 ** (1 - precision))
    for name, precision in _PRECISION.items()
} | {E8M0: 127.0}
"""log2 of the largest finite number of each type that can be scaled at run time."""

SCALABLE = frozenset(_LARGEST)
"""The types of which run-time values can be scaled: others have too few exponents, or are odd."""

CONTRACTING = CONTRACTIONS | {"amdgpu.mfma", "vector.contract"}
"""Ops that add up products of their first two operands, beginning with the third."""

_EXACT = MOVING | frozenset(
    f"arith.{name}"
    for name in ("extf", "maximumf", "maxnumf", "minimumf", "minnumf", "negf", "select")
)
"""Ops whose result is never rounded: they move values, choose among them or extend them."""

_DEPTH = 16
"""How many ops back or forth a value is followed."""

_MANY = 32
"""log2 of a count that is not known: no sum has more terms."""

Extent = tuple[int, float]
"""(low, high): a multiple of 2^low, and at most 2^high in magnitude. NaN is not spoken of."""


class Exactness:
    """The proofs, remembered until `forget` says what has changed.

    `from_ocp` says that all FNUZ values of the module stand for OCP values: then they are at most
    half the OCP maximum.
    """

    def __init__(self, bindings: Bindings, functions: Functions, from_ocp: bool) -> None:
        self._fp8 = {name: _extent_of(format, from_ocp) for name, format in FORMATS.items()}
        self._bindings = bindings
        self._ir = bindings.ir
        self._functions = functions
        self._extents: dict[Any, Extent | None] = {}
        self._sunk: dict[tuple[Any, Extent], bool] = {}
        self._depth = 0

    def forget(self, values: Iterable[Any]) -> None:
        """These values have changed: look at them anew. All others are what they were."""
        for value in values:
            self._extents.pop(value, None)
        self._sunk.clear()

    def proved(self, value: Any, exponent: int) -> bool:
        """Whether storing `value / 2**exponent` in place of `value` changes no fp8 or f32 bit."""
        element = str(element_of(self._ir, value.type))
        if exponent > 0 and self._is_sunk(value, (_SMALLEST[element], _LARGEST[element])):
            return True
        found = self.extent(value)
        if found is None:
            return False
        low, high = found
        smallest = _SMALLEST[element]
        if element != E8M0 and not self._may_round(value):
            smallest -= _PRECISION[element] - 1  # Subnormal numbers are exact, rounding is not.
        return low - max(exponent, 0) >= smallest and high - min(exponent, 0) <= _LARGEST[element]

    def _may_round(self, value: Any) -> bool:
        if isinstance(value, self._ir.BlockArgument):
            return False
        op = value.owner.operation
        if op.name == "arith.mulf":
            # A product with a power of two is exact.
            extents = [self.extent(v) for v in op.operands]
            return not any(found is not None and found[0] == found[1] for found in extents)
        return op.name not in _EXACT

    # -- from what a value is computed

    def extent(self, value: Any) -> Extent | None:
        """What is known of the magnitude of a float value, or None."""
        if value in self._extents:
            return self._extents[value]
        if self._depth == _DEPTH:
            return None
        self._depth += 1
        try:
            found = self._extents[value] = self._look(value)
        finally:
            self._depth -= 1
        return found

    def _look(self, value: Any) -> Extent | None:
        ir = self._ir
        if isinstance(value, ir.BlockArgument):
            owner = value.owner.owner
            if owner is None or owner.operation.name != "linalg.generic":
                return None
            op = owner.operation
            inputs, _ = inputs_and_inits(op, ir)
            if value.arg_number >= len(inputs) and "reduction" in str(
                op.attributes["iterator_types"]
            ):
                return None
            return self.extent(op.operands[value.arg_number])
        op = value.owner.operation
        name = op.name
        operands = op.operands
        if name == "arith.constant":
            return self._of_constant(op)
        if name == "arith.extf":
            return self._of_factor(operands[0])
        if name in ("arith.mulf", "linalg.mul"):
            return self._of_product(operands[0], operands[1])
        if name in ("arith.divf", "linalg.div"):
            return self._of_quotient(op)
        if name in ("arith.addf", "arith.subf", "linalg.add", "linalg.sub"):
            return self._union([operands[0], operands[1]], 1)
        if name in CONTRACTING and relations(op, self._functions) is not None:
            product = self._of_product(operands[0], operands[1], fp8=True)
            return self._sum(product, _log_elements(operands[0], ir), operands[2])
        if name == "linalg.generic":
            return self._of_generic(op, value)
        if name.startswith("linalg.pooling") and name.endswith("_sum"):
            return self._sum(self.extent(operands[0]), _MANY, operands[2])
        found = relations(op, self._functions)
        if found is None or found.product is not None or len(found.groups) != 1:
            return None
        if name in ("vector.multi_reduction", "vector.reduction"):
            return None
        slots = [s.value for s in found.groups[0] if isinstance(s, Operand)]
        return self._union(slots, 0)

    def _of_constant(self, op: Any) -> Extent | None:
        values = numbers(op.attributes["value"], self._bindings)
        if values is None or not np.isfinite(values).all():
            return None
        magnitudes = np.abs(values[values != 0])
        if magnitudes.size == 0:
            return 0, 0  # Zero is a multiple of everything.
        mantissas, exponents = np.frexp(magnitudes)
        integers = (mantissas * 2.0**53).astype(np.int64)
        lowest_bits = np.log2((integers & -integers).astype(np.float64)).astype(np.int64)
        return int((exponents - 53 + lowest_bits).min()), log2(magnitudes.max())

    def _of_product(self, a: Any, b: Any, fp8: bool = False) -> Extent | None:
        x, y = (self._of_factor(v) if fp8 else self.extent(v) for v in (a, b))
        return (x[0] + y[0], x[1] + y[1]) if x and y else None

    def _of_factor(self, operand: Any) -> Extent | None:
        element = str(element_of(self._ir, operand.type))
        return self._fp8[element] if element in self._fp8 else self.extent(operand)

    def _of_quotient(self, op: Any) -> Extent | None:
        x, y = self.extent(op.operands[0]), self.extent(op.operands[1])
        if not x or not y:
            return None
        precision = _PRECISION.get(str(element_of(self._ir, op.results[0].type)), 24)
        return floor(x[0] - y[1]) - precision, x[1] - y[0]

    def _union(self, values: list[Any], more: int) -> Extent | None:
        low: int | None = None
        high: float | None = None
        for value in values:
            found = self.extent(value)
            if found is None:
                return None
            low = found[0] if low is None else min(low, found[0])
            high = found[1] if high is None else max(high, found[1])
        return None if low is None or high is None else (low, high + more)

    def _sum(self, term: Extent | None, log_count: int, init: Any) -> Extent | None:
        start = self.extent(init)
        if term is None or start is None:
            return None
        return min(term[0], start[0]), max(term[1] + log_count, start[1]) + 1

    def _of_generic(self, op: Any, value: Any) -> Extent | None:
        ir = self._ir
        number = ir.OpResult(value).result_number
        given = yielded(op)[number]
        if "reduction" not in str(op.attributes["iterator_types"]):
            return self.extent(given)
        inputs, inits = inputs_and_inits(op, ir)
        accumulator = op.regions[0].blocks[0].arguments[len(inputs) + number]
        if isinstance(given, ir.BlockArgument) or given.owner.operation.name != "arith.addf":
            return None
        terms = [v for v in given.owner.operation.operands if v != accumulator]
        if len(terms) != 1:
            return None
        count = sum(_log_elements(v, ir) for v in inputs)
        return self._sum(self.extent(terms[0]), count, inits[number])

    # -- from where a value goes

    def _is_sunk(self, value: Any, bounds: Extent) -> bool:
        """Whether all that a value becomes is rounded to fp8, to 0 what is below 2^bounds[0].

        And to what is out of range all that is beyond 2^bounds[1]. Then what is subnormal, or
        overflows, is 0 or out of range there too: it makes no difference whether that was so
        before or after scaling.
        """
        key = value, bounds
        if key in self._sunk:
            return self._sunk[key]
        if self._depth == _DEPTH:
            return False
        self._depth += 1
        try:
            self._sunk[key] = False  # on a cycle
            found = self._sunk[key] = all(self._sinks(use, bounds) for use in value.uses)
        finally:
            self._depth -= 1
        return found

    def _sinks(self, use: Any, bounds: Extent) -> bool:
        op = use.owner.operation
        name = op.name
        if name == "arith.truncf":
            target = FORMATS.get(str(element_of(self._ir, op.results[0].type)))
            if target is None:
                return self._is_sunk(op.results[0], bounds)
            return _is_between(bounds, float(target.values[1]), target.max)
        if name in ("arith.addf", "arith.subf"):
            # Inf - Inf would be NaN where the scaled ones are finite.
            other = self._constants(op.operands[1 - use.operand_number])
            return (
                other is not None
                and _is_between(bounds, 1.0, np.abs(other).max(initial=1.0))
                and self._is_sunk(op.results[0], bounds)
            )
        if name in _KEEPS_SMALL:
            return self._is_sunk(op.results[0], bounds)
        if name == "arith.mulf" or (name == "arith.divf" and use.operand_number == 0):
            # By a constant: Inf * 0 is NaN, and 0 / 0 also.
            other = self._constants(op.operands[1 - use.operand_number])
            if other is None or not np.isfinite(other).all() or not other.all():
                return False
            shifts = np.log2(np.abs(other)) * (1 if name == "arith.mulf" else -1)
            low, high = bounds
            low += ceil(shifts.max(initial=0.0))
            return self._is_sunk(op.results[0], (low, high + shifts.min(initial=0.0)))
        if name == "arith.cmpf":
            return self._compares_alike(op, use, bounds)
        if name == "linalg.yield" and op.parent.name == "linalg.generic":
            if "reduction" in str(op.parent.attributes["iterator_types"]):
                return False
            return self._is_sunk(op.parent.results[use.operand_number], bounds)
        if name == "linalg.generic":
            argument = op.regions[0].blocks[0].arguments[use.operand_number]
            return self._is_sunk(argument, bounds)
        return False

    def _constants(self, value: Any) -> Any | None:
        """The numbers of the constant that a value is, or is broadcast from, else None."""
        if isinstance(value, self._ir.BlockArgument):
            op = value.owner.owner.operation
            is_input = op.name == "linalg.generic" and value.arg_number < len(
                inputs_and_inits(op, self._ir)[0]
            )
            return self._constants(op.operands[value.arg_number]) if is_input else None
        op = value.owner.operation
        if op.name in _SPREADS:
            return self._constants(op.operands[0])
        if op.name != "arith.constant":
            return None
        return numbers(op.attributes["value"], self._bindings)

    def _compares_alike(self, op: Any, use: Any, bounds: Extent) -> bool:
        """Whether a comparison with a constant tells the same of a value as of a tiny other."""
        constant = op.operands[1 - use.operand_number]
        values = self._constants(constant)
        if values is None:
            return False
        magnitudes = np.abs(values)
        if not _is_between(bounds, 1.0, magnitudes.max(initial=1.0)):
            return False
        if not _is_between(bounds, magnitudes.min(initial=1.0), 1.0):
            # With zero: then only a select between zero and the value itself may ask.
            return all(
                u.owner.operation.name == "arith.select"
                and op.operands[use.operand_number] in list(u.owner.operation.operands)
                and constant in list(u.owner.operation.operands)
                for r in op.results
                for u in r.uses
            )
        return True


def _is_between(bounds: Extent, smallest: float, largest: float) -> bool:
    """Whether numbers are within 2^bounds, with room for the factors between."""
    low, high = bounds
    return smallest > 0 and log2(smallest) >= low + 3 and log2(largest) <= high - 3


_SPREADS = frozenset(
    ("linalg.broadcast", "linalg.fill", "tensor.cast", "tensor.splat", "vector.broadcast")
)
"""Ops whose result has the values of their first operand."""

_KEEPS_SMALL = frozenset(
    (
        *("arith.extf", "arith.maximumf", "arith.maxnumf", "arith.minimumf"),
        *("arith.minnumf", "arith.negf", "arith.select", "linalg.broadcast"),
        *("linalg.fill", "linalg.transpose", "math.absf", "math.clampf", "tensor.cast"),
        *("tensor.collapse_shape", "tensor.expand_shape", "tensor.extract_slice"),
        *("tensor.splat", "vector.broadcast", "vector.shape_cast", "vector.transpose"),
    )
)
"""Ops that make of a value near zero one near zero, or one that it hardly matters for."""


def _extent_of(format: Fp8Format, from_ocp: bool) -> Extent:
    largest = OCP_OF[format].max / 2 if from_ocp and format in OCP_OF else format.max
    return int(log2(float(format.values[1]))), log2(largest)


def _log_elements(value: Any, ir: Any) -> int:
    type = value.type
    if not isinstance(type, ir.ShapedType):
        return 0
    if not type.has_static_shape:
        return _MANY
    return ceil(log2(max(prod(type.shape), 1)))
