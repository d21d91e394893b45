"""Indices as digits of dims, so that a reshape, a block of 128 and a broadcast are one thing.

An index into one dim of a tensor is written in mixed radix over the digits of other dims. Then
expand_shape and collapse_shape only regroup digits, a scale for each block of 128 reads the digit
`k floordiv 128`, and a broadcast reads none. Sizes are static, but for the leading digit of a dim.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class Untraceable(Exception):
    """An index that is no sequence of digits."""


@dataclass(frozen=True)
class Digit:
    """`(dim floordiv weight) mod size`; without `mod` when `size` is None, a dynamic one."""

    dim: int
    weight: int
    size: int | None

    def end(self) -> int | None:
        """The weight of the next digit of the same dim."""
        return None if self.size is None else self.weight * self.size


Index = tuple[Digit, ...]
"""A mixed-radix number, most significant digit first; () is 0."""


def whole(dim: int, extent: int | None) -> Index:
    """The index `dim` itself, for a dim of that many elements (None: not known; nor is 0)."""
    return () if extent == 1 else (Digit(dim, 1, extent or None),)


def part(index: Index, weight: int, size: int | None) -> Index:
    """`(index floordiv weight) mod size`, without `mod` when `size` is None.

    Raises Untraceable where that cuts a digit at a place that is no multiple.
    """
    end = None if size is None else weight * size
    taken: list[Digit] = []
    below: int | None = 1  # the weight of `digit` in the index
    for digit in reversed(index):
        if below is None:
            raise Untraceable
        above = None if digit.size is None else below * digit.size
        if end is not None and below >= end:
            _divides(end, below)
        elif above is not None and above <= weight:
            _divides(above, weight)
        else:
            low = max(below, weight)
            _divides(below, low)
            if above is not None:
                _divides(low, above)
            high = above if end is None or (above is not None and above <= end) else end
            if high is not None:
                _divides(low, high)
            new_size = None if high is None else high // low
            if new_size != 1:
                taken.append(Digit(digit.dim, digit.weight * (low // below), new_size))
        below = above
    return _joined(taken[::-1])


def _divides(divisor: int, number: int) -> None:
    if number % divisor:
        raise Untraceable


def _joined(digits: Sequence[Digit]) -> Index:
    """Neighbouring digits of one dim are one digit."""
    joined: list[Digit] = []
    for digit in digits:
        last = joined[-1] if joined else None
        if last and last.dim == digit.dim and last.weight == digit.end():
            size = None if last.size is None or digit.size is None else last.size * digit.size
            joined[-1] = Digit(digit.dim, digit.weight, size)
        else:
            joined.append(digit)
    return tuple(joined)


def substitute(index: Index, dims: Sequence[Index | None]) -> Index:
    """The index after each dim was replaced by an index over new dims.

    Raises Untraceable for a dim that is None: it has no such index.
    """
    digits: list[Digit] = []
    for digit in index:
        new = dims[digit.dim]
        if new is None:
            raise Untraceable
        digits += part(new, digit.weight, digit.size)
    return _joined(digits)


def of_expression(expression: Any, extents: Sequence[int | None], ir: Any) -> Index | None:
    """The index that an affine expression over dims of these extents is; None if it is none."""
    if isinstance(expression, ir.AffineDimExpr):
        dim = expression.position
        return whole(dim, extents[dim])
    if isinstance(expression, ir.AffineConstantExpr):
        return () if expression.value == 0 else None
    by = getattr(expression, "rhs", None)
    if not isinstance(by, ir.AffineConstantExpr):
        return None
    inner = of_expression(expression.lhs, extents, ir)
    if inner is None:
        return None
    try:
        if isinstance(expression, ir.AffineFloorDivExpr):
            return part(inner, by.value, None)
        if isinstance(expression, ir.AffineModExpr):
            return part(inner, 1, by.value)
    except Untraceable:
        pass
    return None


def factors(digits: Sequence[Digit], extent: int | None) -> tuple[Digit, ...]:
    """All digits of one dim, most significant first: those given, and what lies between them.

    Raises Untraceable when the given ones overlap or do not divide the extent.
    """
    found: list[Digit] = []
    end = extent
    for digit in sorted(digits, key=lambda d: -d.weight):
        above = digit.end()
        if above != end:
            if above is None or end is None:
                raise Untraceable
            _divides(above, end)
            found.append(Digit(digit.dim, above, end // above))
        found.append(digit)
        end = digit.weight
    if end != 1:
        assert end is not None, "a dim without digits has no factors"
        found.append(Digit(found[0].dim, 1, end))
    return tuple(found)
