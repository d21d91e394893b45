"""What is known of the range of a float value: enough to see a clamp, a constant and a zero."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from fnuz.dialect.formats import FORMATS, Fp8Format

_DEPTH = 24
"""How many ops back a value is followed. A quantize with its clamp is 5 to 10 ops."""

_LARGEST_CONSTANT = 1 << 16
"""Elements of a constant that is looked through for its range: scales and biases, not weights."""


@dataclass(frozen=True)
class Interval:
    """Every value (of every element) is in [low, high], or is NaN where `nan` allows it."""

    low: float
    high: float
    nan: bool

    def is_zero(self) -> bool:
        """Whether only zero (of either sign) is possible."""
        return self.low == 0 == self.high and not self.nan

    def within(self, limit: float, *, inclusive: bool) -> bool:
        """Whether every magnitude is below `limit`, or is at most that; NaN is not looked at."""
        magnitude = max(-self.low, self.high)
        return magnitude <= limit if inclusive else magnitude < limit


UNKNOWN = Interval(-inf, inf, True)


def values_of(format: Fp8Format) -> Interval:
    """The range of all values of a format."""
    return Interval(-format.max, format.max, True) if format.inf_code is None else UNKNOWN


class Ranges:
    """The ranges of values, remembered: good for as long as the IR does not change."""

    def __init__(self, ir: Any) -> None:
        self.ir = ir
        self._known: dict[Any, Interval] = {}
        self._depth = 0

    def __call__(self, value: Any) -> Interval:
        """The range of a float scalar or of every element of a shaped value, as far as seen."""
        if value in self._known:
            return self._known[value]
        if self._depth == _DEPTH:
            return UNKNOWN
        self._depth += 1
        try:
            found = self._known[value] = self._look(value)
        finally:
            self._depth -= 1
        return found

    def _look(self, value: Any) -> Interval:
        if isinstance(value, self.ir.BlockArgument):
            return _of_argument(value, self)
        op = value.owner.operation
        rule = _BY_OP.get(op.name)
        return rule(op, value, self) if rule else UNKNOWN


def _of_argument(argument: Any, look: Ranges) -> Interval:
    """An argument of a linalg body is an element of the operand."""
    op = argument.owner.owner
    if op is None or op.operation.name != "linalg.generic":
        return UNKNOWN
    op = op.operation
    inputs = look.ir.DenseI32ArrayAttr(op.attributes["operandSegmentSizes"])[0]
    if argument.arg_number >= inputs:
        return UNKNOWN
    return look(op.operands[argument.arg_number])


def _of_generic(op: Any, value: Any, look: Ranges) -> Interval:
    # A reduction over no elements leaves the init as it is.
    if "reduction" in str(op.attributes["iterator_types"]):
        return UNKNOWN
    body = op.regions[0].blocks[0].operations
    terminator = body[len(body) - 1].operation
    return look(terminator.operands[look.ir.OpResult(value).result_number])


def _of_constant(op: Any, value: Any, look: Ranges) -> Interval:
    attr = op.attributes["value"]
    if isinstance(attr, look.ir.FloatAttr):
        return _of_numbers(np.array(attr.value))
    if not isinstance(attr, look.ir.DenseFPElementsAttr):
        return UNKNOWN
    if attr.is_splat:
        return _of_numbers(np.array(look.ir.FloatAttr(attr.get_splat_value()).value))
    if str(attr.type.element_type) not in ("f32", "f64", "f16") or len(attr) > _LARGEST_CONSTANT:
        return UNKNOWN
    return _of_numbers(np.array(attr))


def _of_numbers(numbers: Any) -> Interval:
    if numbers.size == 0:
        return UNKNOWN
    known = numbers[~np.isnan(numbers)]
    if known.size == 0:
        return UNKNOWN
    return Interval(float(known.min()), float(known.max()), known.size < numbers.size)


def _of_first_operand(op: Any, value: Any, look: Ranges) -> Interval:
    return look(op.operands[0])


def _minimum(a: Interval, b: Interval) -> Interval:
    """The smaller of two values, where a NaN in one may leave the other or NaN."""
    high = max(min(a.high, b.high), b.high if a.nan else -inf, a.high if b.nan else -inf)
    return Interval(min(a.low, b.low), high, a.nan or b.nan)


def _negated(a: Interval) -> Interval:
    return Interval(-a.high, -a.low, a.nan)


def _maximum(a: Interval, b: Interval) -> Interval:
    return _negated(_minimum(_negated(a), _negated(b)))


def _propagating(combine: Callable[[Interval, Interval], Interval]) -> Any:
    """minimumf and maximumf give NaN for NaN, so a bound holds whatever the other operand is."""

    def rule(op: Any, value: Any, look: Ranges) -> Interval:
        a, b = (look(v) for v in op.operands)
        combined = combine(Interval(a.low, a.high, False), Interval(b.low, b.high, False))
        return Interval(combined.low, combined.high, a.nan or b.nan)

    return rule


def _number(combine: Callable[[Interval, Interval], Interval]) -> Any:
    def rule(op: Any, value: Any, look: Ranges) -> Interval:
        a, b = (look(v) for v in op.operands)
        return combine(a, b)

    return rule


def _of_clampf(op: Any, value: Any, look: Ranges) -> Interval:
    x, low, high = (look(v) for v in op.operands)
    return _minimum(_maximum(x, low), high)


def _of_negf(op: Any, value: Any, look: Ranges) -> Interval:
    return _negated(look(op.operands[0]))


# arith.cmpf predicates: olt, ole, ult, ule are "less"; ogt, oge, ugt, uge are "greater".
_LESS = frozenset({4, 5, 11, 12})
_GREATER = frozenset({2, 3, 9, 10})


def _of_select(op: Any, value: Any, look: Ranges) -> Interval:
    condition, chosen, other = op.operands
    a, b = look(chosen), look(other)
    union = Interval(min(a.low, b.low), max(a.high, b.high), a.nan or b.nan)
    if isinstance(condition, look.ir.BlockArgument):
        return union
    compare = condition.owner.operation
    if compare.name != "arith.cmpf":
        return union
    predicate = look.ir.IntegerAttr(compare.attributes["predicate"]).value
    x, y = compare.operands

    def same(v: Any, w: Any) -> bool:
        if v == w:
            return True
        p, q = look(v), look(w)
        return p == q and p.low == p.high and not p.nan

    if same(chosen, x) and same(other, y):
        takes_smaller, takes_greater = predicate in _LESS, predicate in _GREATER
    elif same(chosen, y) and same(other, x):
        takes_smaller, takes_greater = predicate in _GREATER, predicate in _LESS
    else:
        return union
    if takes_smaller:
        return _minimum(a, b)
    return _maximum(a, b) if takes_greater else union


def _of_extf(op: Any, value: Any, look: Ranges) -> Interval:
    source = op.operands[0].type
    element = source.element_type if isinstance(source, look.ir.ShapedType) else source
    known = FORMATS.get(str(element))
    inner = look(op.operands[0])
    return inner if known is None or inner.is_zero() else values_of(known)


def _of_truncf(op: Any, value: Any, look: Ranges) -> Interval:
    # Rounding to bf16, the coarsest format that is followed, moves a value by at most 1/256.
    result = value.type.element_type if isinstance(value.type, look.ir.ShapedType) else value.type
    if result.width < 16:
        return UNKNOWN
    a = look(op.operands[0])
    return Interval(a.low - abs(a.low) / 256, a.high + abs(a.high) / 256, a.nan)


def _of_integer(signed: bool) -> Any:
    def rule(op: Any, value: Any, look: Ranges) -> Interval:
        source = op.operands[0].type
        element = source.element_type if isinstance(source, look.ir.ShapedType) else source
        width = element.width if isinstance(element, look.ir.IntegerType) else 64
        if signed:
            return Interval(-(2.0 ** (width - 1)), 2.0 ** (width - 1), False)
        return Interval(0.0, 2.0**width, False)

    return rule


_BY_OP: dict[str, Any] = {
    "arith.constant": _of_constant,
    "arith.extf": _of_extf,
    "arith.maximumf": _propagating(_maximum),
    "arith.maxnumf": _number(_maximum),
    "arith.minimumf": _propagating(_minimum),
    "arith.minnumf": _number(_minimum),
    "arith.negf": _of_negf,
    "arith.select": _of_select,
    "arith.sitofp": _of_integer(signed=True),
    "arith.truncf": _of_truncf,
    "arith.uitofp": _of_integer(signed=False),
    "linalg.broadcast": _of_first_operand,
    "linalg.fill": _of_first_operand,
    "linalg.generic": _of_generic,
    "linalg.transpose": _of_first_operand,
    "math.clampf": _of_clampf,
    "tensor.cast": _of_first_operand,
    "tensor.collapse_shape": _of_first_operand,
    "tensor.expand_shape": _of_first_operand,
    "tensor.extract": _of_first_operand,
    "tensor.extract_slice": _of_first_operand,
    "tensor.reshape": _of_first_operand,
    "tensor.splat": _of_first_operand,
    "vector.broadcast": _of_first_operand,
    "vector.extract": _of_first_operand,
    "vector.shape_cast": _of_first_operand,
    "vector.transpose": _of_first_operand,
}
