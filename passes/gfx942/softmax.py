"""The kernel of linalg.softmax along the innermost dim, and what it is of other ops otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, gcd, prod
from typing import Any

from fnuz.passes import structured
from fnuz.passes.builder import Builder
from fnuz.passes.gfx942.buffers import Buffer
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.nest import Access, Linear, Nest, bytes_of, static_strides
from fnuz.passes.gfx942.points import LANE_BYTES
from fnuz.passes.gfx942.teams import WAVE, Team, across, words

_TEAMS = ((WAVE, 32), (256, 32), (1024, 64))
"""Lanes for a row, and how many elements each may have in registers, as f32."""

_LEAST_THREADS = 256


@dataclass(frozen=True)
class Softmax:
    """`team` lanes for a row that stays in registers; all is computed in f32."""

    nest: Nest
    width: int
    team: int

    @property
    def threads(self) -> int:
        """Of a workgroup."""
        return max(_LEAST_THREADS, self.team)

    @property
    def _rows(self) -> int:
        return prod(self.nest.sizes[:-1])

    @property
    def groups(self) -> int:
        """How many workgroups there are."""
        return ceil(self._rows / (self.threads // self.team))

    @property
    def lds(self) -> tuple[str, ...]:
        """The memory of the team."""
        return (f"{words(self.team)}xi32",) if words(self.team) else ()

    def __str__(self) -> str:
        return f"{self.team} lanes for a row in registers, {self.width} elements each at once"

    def emit(
        self, e: Emitter, sources: Mapping[Any, Any], results: Sequence[Buffer], lds: Sequence[Any]
    ) -> None:
        """Emit the body of the kernel."""
        extent = self.nest.sizes[-1]
        source = sources[self.nest.inputs[0].value]
        block, thread = e.id("block_id", self.groups), e.id("thread_id", self.threads)
        in_group, member = e.split(thread, self.team)
        row = e.sum([(block, self.threads // self.team), (in_group, 1)])
        team = Team(e, self.team, thread, lds[0] if lds else None)
        wide = e.vector(self.width, e.f32)

        def all_of(number: float) -> Any:
            return e.broadcast(e.constant(e.ir.FloatAttr.get(e.f32, number)), self.width)

        def combine(name: str, vectors: Sequence[Any]) -> Any:
            def two(a: Any, b: Any) -> Any:
                return e.value(f"arith.{name}", a.type, a, b)

            total = vectors[0]
            for vector in vectors[1:]:
                total = two(total, vector)
            return e.broadcast(team.combined(across(e, total, two), two), self.width)

        span = self.team * self.width
        places, insides, values = [], [], []
        for n in range(ceil(extent / span)):
            at = e.sum([(member, self.width)], n * span)
            inside = e.below(at, extent) if (n + 1) * span > extent else None
            place = e.sum([(row, extent), (at, 1)])
            if inside is not None:
                place = e.select(inside, place, source.outside)
            value = source.load(place, self.width)
            value = value if value.type == wide else e.value("arith.extf", wide, value)
            places.append(place)
            insides.append(inside)
            values.append(value)

        def masked(vectors: Sequence[Any], number: float) -> list[Any]:
            return [
                v if inside is None else e.select(inside, v, all_of(number))
                for v, inside in zip(vectors, insides, strict=True)
            ]

        most = combine("maximumf", masked(values, float("-inf")))
        powers = [
            e.value("math.exp", wide, e.value("arith.subf", wide, value, most)) for value in values
        ]
        total = combine("addf", masked(powers, 0.0))
        for power, place in zip(powers, places, strict=True):
            quotient = e.value("arith.divf", wide, power, total)
            type = e.vector(self.width, results[0].element)
            if type != wide:
                quotient = e.value("arith.truncf", type, quotient)
            results[0].store(quotient, place)


def softmax_of(op: Any, ir: Any) -> Softmax | None:
    """The kernel of a linalg.softmax on static tensors; None where rows are not in registers."""
    source, init = op.operands
    shape = tuple(source.type.shape)
    if op.attributes["dimension"].value != len(shape) - 1:
        return None
    size = bytes_of(source.type, ir) or 1
    width = gcd(LANE_BYTES // size, shape[-1])
    place = Linear(tuple(static_strides(shape)))
    nest = Nest(op, shape, (), (Access(source, place),), (Access(init, place),), None)
    for team, most in _TEAMS:
        if ceil(shape[-1] / (team * width)) * width <= most:
            lanes = min(team, 1 << (ceil(shape[-1] / width) - 1).bit_length())
            return Softmax(nest, width, lanes)
    return None


def decomposed(b: Builder, op: Any) -> list[Any]:
    """Put the largest element, the powers, their sum and the quotients in the place of the op.

    All in f32. Returns the ops.
    """
    ir = b.ir
    source, init = op.operands
    dim, rank = op.attributes["dimension"].value, source.type.rank
    f32 = ir.F32Type.get()
    shape = list(source.type.shape)
    rest = shape[:dim] + shape[dim + 1 :]
    every = ir.AffineMap.get_identity(rank)
    dims = [ir.AffineExpr.get_dim(d) for d in range(rank) if d != dim]
    row = ir.AffineMap.get(rank, 0, dims)
    kinds = ["reduction" if d == dim else "parallel" for d in range(rank)]
    b.before(op)

    def wide(b: Builder, value: Any) -> Any:
        return value if value.type == f32 else b.value("arith.extf", f32, value)

    def reduce(value: Any, name: str, start: float) -> Any:
        filled = b.constant(ir.RankedTensorType.get(rest, f32), start)

        def body(b: Builder, args: list[Any]) -> Any:
            return b.value(f"arith.{name}", f32, wide(b, args[0]), args[1])

        return structured.generic(b, [value], filled, [every, row], kinds, body)

    def power(b: Builder, args: list[Any]) -> Any:
        return b.value("math.exp", f32, b.value("arith.subf", f32, wide(b, args[0]), args[1]))

    def quotient(b: Builder, args: list[Any]) -> Any:
        value = b.value("arith.divf", f32, args[0], args[1])
        element = init.type.element_type
        return value if element == f32 else b.value("arith.truncf", element, value)

    most = reduce(source, "maximumf", float("-inf"))
    empty = b.value("tensor.empty", ir.RankedTensorType.get(shape, f32))
    powers = structured.elementwise(b, [source, most], empty, power, [row])
    total = reduce(powers, "addf", 0.0)
    result = structured.elementwise(b, [powers, total], init, quotient, [row])
    b.replace(op, result)
    return [value.owner.operation for value in (most, powers, total, result)]
