"""Which element of which tensor an operand of a linalg op is, through padding and reshapes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import prod
from typing import Any

from fnuz.passes import structured


@dataclass(frozen=True)
class Linear:
    """A constant and dims times their coefficients, none of which is 0."""

    coefficients: dict[int, int]
    constant: int = 0

    def __add__(self, other: "Linear") -> "Linear":
        """The sum."""
        dims = [*self.coefficients, *(d for d in other.coefficients if d not in self.coefficients)]
        sums = {d: self.coefficients.get(d, 0) + other.coefficients.get(d, 0) for d in dims}
        found = {d: c for d, c in sums.items() if c}
        return Linear(found, self.constant + other.constant)

    def times(self, factor: int) -> "Linear":
        """The product with a number that is not 0."""
        scaled = {d: factor * c for d, c in self.coefficients.items()}
        return Linear(scaled, factor * self.constant)

    @property
    def dim(self) -> int | None:
        """The dim that it is, and nothing else."""
        dims = list(self.coefficients.items())
        return dims[0][0] if len(dims) == 1 and dims[0][1] == 1 and not self.constant else None


@dataclass(frozen=True)
class Access:
    """An element of a tensor by an index for each of its dims."""

    value: Any
    index: tuple[Linear, ...]
    padded: tuple[bool, ...]
    """For each dim, whether the index may be outside of the tensor: the element is zero then."""
    through: tuple[Any, ...]
    """The ops that make the operand of `value`, the last one first."""


def linear(expression: Any, ir: Any) -> Linear | None:
    """An affine expression as a sum, or None where it is none."""
    if isinstance(expression, ir.AffineDimExpr):
        return Linear({expression.position: 1})
    if isinstance(expression, ir.AffineConstantExpr):
        return Linear({}, expression.value)
    if not isinstance(expression, (ir.AffineAddExpr, ir.AffineMulExpr)):
        return None
    a, b = linear(expression.lhs, ir), linear(expression.rhs, ir)
    if a is None or b is None:
        return None
    if isinstance(expression, ir.AffineAddExpr):
        return a + b
    return a.times(b.constant) if b.constant and not b.coefficients else None


def access_of(value: Any, index: Sequence[Linear], ir: Any) -> Access:
    """The element that `index` is of a tensor: of what was padded with zeros or expanded to it."""
    access = Access(value, tuple(index), (False,) * len(index), ())
    while True:
        before = None
        if not isinstance(access.value, ir.BlockArgument):
            op = access.value.owner.operation
            if op.name == "tensor.pad":
                before = _before_pad(op, access, ir)
            elif op.name == "tensor.expand_shape":
                before = _before_expansion(op, access)
        if before is None:
            return access
        access = before


def _before_pad(op: Any, access: Access, ir: Any) -> Access | None:
    low = list(ir.DenseI64ArrayAttr(op.attributes["static_low"]))
    high = list(ir.DenseI64ArrayAttr(op.attributes["static_high"]))
    (fill,) = structured.yielded(op)
    # A size that is known at run time only is a negative number there.
    if min([*low, *high], default=0) < 0 or not is_zero(fill, ir):
        return None
    return Access(
        op.operands[0],
        tuple(i + Linear({}, -n) for i, n in zip(access.index, low, strict=True)),
        tuple(p or n + m > 0 for p, n, m in zip(access.padded, low, high, strict=True)),
        (*access.through, op),
    )


def _before_expansion(op: Any, access: Access) -> Access | None:
    shape = list(op.results[0].type.shape)
    groups = [[int(d) for d in group] for group in op.attributes["reassociation"]]
    inner = [
        [prod(shape[d] for d in group[n + 1 :]) for n in range(len(group))] for group in groups
    ]
    if any(
        len(group) > 1 and (min(shape[d] for d in group[1:]) <= 0 or _any(access.padded, group))
        for group in groups
    ):
        return None
    index = [
        reduce(
            Linear.__add__,
            (access.index[d].times(n) for d, n in zip(group, sizes, strict=True)),
            Linear({}),
        )
        for group, sizes in zip(groups, inner, strict=True)
    ]
    padded = tuple(_any(access.padded, group) for group in groups)
    return replace(
        access,
        value=op.operands[0],
        index=tuple(index),
        padded=padded,
        through=(*access.through, op),
    )


def _any(flags: Sequence[bool], dims: Sequence[int]) -> bool:
    return any(flags[d] for d in dims)


def is_zero(value: Any, ir: Any) -> bool:
    """Whether a tensor is +0.0 in every element: -0.0 is the sum where all products are."""
    if isinstance(value, ir.BlockArgument):
        return False
    op = value.owner.operation
    if op.name == "linalg.fill":
        return is_zero(op.operands[0], ir)
    if op.name != "arith.constant":
        return False
    attr = op.attributes["value"]
    if isinstance(attr, ir.DenseElementsAttr) and attr.is_splat:
        attr = attr.get_splat_value()
    return isinstance(attr, ir.FloatAttr) and str(ir.FloatAttr(attr).value) == "0.0"
