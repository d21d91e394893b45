"""What plain kernels share: the elements of a nest at a point, loaded, computed and stored."""

from collections.abc import Callable, Mapping, Sequence
from math import gcd
from typing import Any

from fnuz.passes.gfx942 import body
from fnuz.passes.gfx942.buffers import Buffer
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.nest import Access, Linear, Nest, bytes_of, static_strides

At = Mapping[int, Any]
"""The index of each loop, as i32; of the one along the vectors the first of a vector's."""

LANE_BYTES = 16
"""What a lane moves at once."""


def width_along(nest: Nest, inner: int | None, ir: Any) -> int:
    """How many neighbours along a loop a lane has: 16 bytes of the widest type that is contiguous.

    A power of two that divides the loop, unless it is the only one: the bounds of buffers cut
    what is behind its end.
    """
    if inner is None:
        return 1
    accesses = [*nest.inputs, *nest.results]
    widest = max(
        bytes_of(a.value.type, ir) or 1
        for a in accesses
        if isinstance(a.value.type, ir.ShapedType)
        and a.place is not None
        and a.place.factors[inner] == 1
    )
    most = LANE_BYTES // widest
    only = all(size == 1 for d, size in enumerate(nest.sizes) if d != inner)
    return most if only else gcd(most, nest.sizes[inner])


class Points:
    """Loads, computes and stores vectors of `width` neighbours along the loop `inner`.

    `sources` has what stands for each tensor or scalar in the kernel: a Buffer or a value.
    """

    def __init__(
        self,
        e: Emitter,
        nest: Nest,
        sources: Mapping[Any, Any],
        inner: int | None,
        width: int,
    ) -> None:
        self.e, self.nest, self.sources = e, nest, sources
        self.inner, self.width = inner, width
        first = len(nest.sizes) - len(nest.numbers)
        self.numbers = {
            first + n: e.value("arith.index_cast", e.i32, sources[value])
            for n, value in enumerate(nest.numbers)
        }

    def _index(self, linear: Linear, at: At, n: int = 0) -> Any:
        """At the n-th neighbour."""
        terms = [
            (self.numbers.get(d) or at[d], factor)
            for d, factor in enumerate(linear.factors)
            if factor and (d in self.numbers or d in at)
        ]
        along = linear.factors[self.inner] if self.inner is not None else 0
        return self.e.sum(terms, linear.start + n * along)

    def _moves(self, linear: Linear) -> list[int]:
        """All that is added to the index but along `inner`."""
        others = [
            factor
            for d, factor in enumerate(linear.factors)
            if d != self.inner and (d in self.numbers or self.nest.sizes[d] > 1)
        ]
        return [linear.start, *others]

    def _piece(self, access: Access) -> int:
        """How many neighbours are accessed at once, aligned to their size and all in the guards."""
        place, inner = access.place, self.inner
        if place is None or inner is None or place.factors[inner] != 1:
            return 1
        size = gcd(self.width, *self._moves(place))
        for guard in access.guards:
            along = guard.at.factors[inner]
            if along:
                size = gcd(size, guard.size, *self._moves(guard.at)) if along == 1 else 1
        return size

    def _inside(self, access: Access, at: At, n: int) -> Any | None:
        inside = None
        for guard in access.guards:
            # Below 0 is far above as an unsigned number.
            holds = self.e.below(self._index(guard.at, at, n), guard.size)
            inside = holds if inside is None else self.e.both(inside, holds)
        return inside

    def load(self, access: Access, at: At, before: Any = None) -> Any:
        """The elements of an access; those of the vector `before` outside of its guards."""
        e, source = self.e, self.sources[access.value]
        if not isinstance(source, Buffer):
            return e.broadcast(source, self.width)
        inner = self.inner
        moves = inner is not None and (
            access.place is None
            or access.place.factors[inner] != 0
            or any(g.at.factors[inner] for g in access.guards)
        )
        size = self._piece(access)
        pieces = []
        for n in range(0, self.width if moves else 1, size):
            if access.place is None:
                place = self._computed(access, at, n, source)
            else:
                place = self._index(access.place, at, n)
                if min(access.place.factors, default=0) < 0:
                    place = _whole(e, place)
            inside = self._inside(access, at, n)
            if inside is not None:
                place = e.select(inside, place, source.outside)
            piece = source.load(place, size)
            if not moves:
                piece = e.broadcast(e.extract(piece, 0), self.width)
            if inside is not None and before is not None:
                other = before if not moves else e.slice(before, n, size)
                piece = e.select(inside, piece, other)
            pieces.append(piece)
        return e.join(pieces)

    def store(
        self, access: Access, vector: Any, buffer: Buffer, at: At, inside: Any = None
    ) -> None:
        """Store a vector where a result has it, in lanes where `inside` holds."""
        assert access.place is not None
        size = self._piece(access)
        for n in range(0, self.width, size):
            place = self._index(access.place, at, n)
            if inside is not None:
                place = self.e.select(inside, place, buffer.outside)
            buffer.store(self.e.slice(vector, n, size), place)

    def compute(self, at: At, loaded: Mapping[Any, Any], but: Sequence[Any] = ()) -> dict[Any, Any]:
        """The body on the vectors of its arguments, without the ops `but`."""
        assert self.nest.body is not None
        values = dict(loaded)
        for value in self.nest.captured:
            source = self.sources[value]
            values[value] = source
            if not isinstance(source, Buffer):
                values[value] = self.e.broadcast(source, self.width)
        special: dict[str, Callable[[Any, dict[Any, Any]], Any]] = {
            "linalg.index": lambda op, vectors: self._position(op.attributes["dim"].value, at),
            "tensor.extract": self._gather,
        }
        return body.apply(self.e, self.nest.body, self.width, values, special, but)

    def _position(self, loop: int, at: At) -> Any:
        """What linalg.index gives."""
        e = self.e
        index = e.value("arith.index_cast", e.index, at.get(loop, e.number(0)))
        index = e.broadcast(index, self.width)
        if loop == self.inner and self.width > 1:
            steps = ", ".join(map(str, range(self.width)))
            steps = e.value("arith.constant", index.type, value=f"dense<[{steps}]> : {index.type}")
            index = e.value("arith.addi", index.type, index, steps)
        return index

    def _gather(self, op: Any, vectors: dict[Any, Any]) -> Any:
        """What tensor.extract gives: an element for each lane and neighbour."""
        e, (tensor, *indices) = self.e, op.operands
        source = vectors[tensor]
        if not isinstance(source, Buffer):
            return source
        strides = static_strides(tensor.type.shape)
        elements = []
        words = [
            e.value("arith.index_cast", e.vector(self.width, e.i32), vectors[v]) for v in indices
        ]
        for n in range(self.width):
            terms = [(e.extract(w, n), s) for w, s in zip(words, strides, strict=True)]
            elements.append(source.load(_whole(e, e.sum(terms)), 1))
        return e.join(elements)

    def _computed(self, access: Access, at: At, n: int, source: Buffer) -> Any:
        """The place of an access whose indices have quotients."""
        terms = []
        shape = access.value.type.shape
        for expression, stride in zip(access.indices, static_strides(shape), strict=True):
            terms.append((self._expression(expression, at, n), stride))
        return _whole(self.e, self.e.sum(terms))

    def _expression(self, expression: Any, at: At, n: int) -> Any:
        e, ir = self.e, self.e.ir
        if isinstance(expression, ir.AffineConstantExpr):
            return e.number(expression.value)
        if isinstance(expression, ir.AffineDimExpr):
            loop = expression.position
            index = at.get(loop, e.number(0))
            return e.sum([(index, 1)], n) if loop == self.inner else index
        left, right = (self._expression(x, at, n) for x in (expression.lhs, expression.rhs))
        if isinstance(expression, ir.AffineAddExpr):
            return e.i32_op("addi", left, right)
        if isinstance(expression, ir.AffineMulExpr):
            return e.i32_op("muli", left, right)
        if isinstance(expression, ir.AffineCeilDivExpr):
            minus = e.i32_op("subi", 0, left)
            return e.i32_op("subi", 0, self._floor_divided(minus, right))
        quotient = self._floor_divided(left, right)
        if isinstance(expression, ir.AffineFloorDivExpr):
            return quotient
        return e.i32_op("subi", left, e.i32_op("muli", quotient, right))

    def _floor_divided(self, value: Any, divisor: Any) -> Any:
        """By a positive number."""
        e = self.e
        below = e.i32_op("shrsi", value, 31)  # all ones below 0
        lowered = e.i32_op("subi", value, e.i32_op("andi", below, e.i32_op("subi", divisor, 1)))
        return e.i32_op("divsi", lowered, divisor)


def _whole(e: Emitter, place: Any) -> Any:
    """A place in a sum that may have a negative part, as one number.

    LLVM puts the constant of a sum into the instruction, and a buffer takes the access for outside
    where the rest is below 0.
    """
    return e.hidden(place)
