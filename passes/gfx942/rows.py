"""The kernel of a reduction along the innermost dim: lanes share a row and combine what they have.

A lane sums up every so many vectors of a row, element by element; then the elements of its vector
are combined, then lanes, then waves, and the init comes last. The order is another than the loops
of the op would have, as linalg allows, and always the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, gcd, prod
from typing import Any

from fnuz.passes.gfx942.buffers import Buffer
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.nest import Nest
from fnuz.passes.gfx942.points import At, Points, width_along
from fnuz.passes.gfx942.teams import WAVE, Team, across, words

THREADS = 256
"""Of a workgroup."""

_IDENTITY = {
    "arith.addf": "-0.0",  # the sum with +0.0 loses the sign of -0.0
    "arith.addi": "0",
    "arith.andi": "-1",
    "arith.maximumf": "-inf",
    "arith.maxnumf": "nan",
    "arith.maxsi": "least",
    "arith.maxui": "0",
    "arith.minimumf": "inf",
    "arith.minnumf": "nan",
    "arith.minsi": "most",
    "arith.minui": "-1",
    "arith.mulf": "1.0",
    "arith.muli": "1",
    "arith.ori": "0",
    "arith.xori": "0",
}
"""What the ops that combine in any order leave all else as it is with."""


@dataclass(frozen=True)
class Rows:
    """`team` lanes for a row, which goes along the loop `along`; `combiners` make each result."""

    nest: Nest
    along: int
    width: int
    team: int
    combiners: tuple[Any, ...]

    @property
    def threads(self) -> int:
        """Of a workgroup."""
        return max(THREADS, self.team)

    @property
    def rows(self) -> int:
        """How many there are."""
        return prod(self.nest.sizes[d] for d in self.nest.parallel)

    @property
    def groups(self) -> int:
        """How many workgroups there are."""
        return ceil(self.rows / (self.threads // self.team))

    @property
    def lds(self) -> tuple[str, ...]:
        """The memory of the team."""
        return (f"{words(self.team)}xi32",) if words(self.team) else ()

    def __str__(self) -> str:
        return f"{self.team} lanes for a row, {self.width} elements each at once"

    def emit(
        self, e: Emitter, sources: Mapping[Any, Any], results: Sequence[Buffer], lds: Sequence[Any]
    ) -> None:
        """Emit the body of the kernel."""
        nest, loops = self.nest, self.nest.parallel
        block, thread = e.id("block_id", self.groups), e.id("thread_id", self.threads)
        in_group, member = e.split(thread, self.team)
        row = e.sum([(block, self.threads // self.team), (in_group, 1)])
        sizes = [nest.sizes[d] for d in loops]
        at = dict(zip(loops, e.split(row, *sizes[1:]), strict=True)) if loops else {}
        points = Points(e, nest, sources, self.along, self.width)
        team = Team(e, self.team, thread, lds[0] if lds else None)
        sums = self._sums(points, at, member)
        inside = e.equal(member, 0)
        if self.groups * (self.threads // self.team) != self.rows:
            inside = e.both(inside, e.below(row, self.rows))
        single = Points(e, nest, sources, None, 1)
        for access, combiner, vector, buffer in zip(
            nest.results, self.combiners, sums, results, strict=True
        ):

            def combine(a: Any, b: Any, op: Any = combiner) -> Any:
                return _combined(e, op, a, b)

            total = team.combined(across(e, vector, combine), combine)
            init = e.extract(single.load(access, at), 0)
            total = e.broadcast(combine(init, total), 1)
            single.store(access, total, buffer, at, inside)

    def _sums(self, points: Points, at: At, member: Any) -> list[Any]:
        """A vector for each result, of what this lane goes through of its row."""
        nest, e = self.nest, points.e
        extent, span = nest.sizes[self.along], self.team * self.width
        start = e.i32_op("muli", member, self.width)
        arguments = [access.argument for access in nest.results]

        def step(at: At, carried: Sequence[Any], n: Any) -> list[Any]:
            index = e.sum([(n, span), (start, 1)])
            here = {**at, self.along: index}
            loaded = {a.argument: points.load(a, here) for a in nest.inputs}
            computed = points.compute(here, loaded, self.combiners)
            inside = e.below(index, extent) if extent % span else None
            values = []
            for op, argument, value in zip(self.combiners, arguments, carried, strict=True):
                (part,) = (computed[v] for v in op.operands if v != argument)
                combined = _combined(e, op, value, part)
                values.append(combined if inside is None else e.select(inside, combined, value))
            return values

        def loop(dims: Sequence[int], at: At, carried: Sequence[Any]) -> list[Any]:
            if not dims:
                return e.loop(ceil(extent / span), carried, lambda n, c: step(at, c, n))
            first, *rest = dims
            return e.loop(nest.sizes[first], carried, lambda n, c: loop(rest, {**at, first: n}, c))

        identities = [_identity(e, op, self.width) for op in self.combiners]
        return loop([d for d in nest.reduced if d != self.along], at, identities)


def rows_of(nest: Nest, ir: Any) -> Rows | None:
    """The kernel for a nest that reduces a contiguous dim; None for another."""
    if not nest.reduced or nest.body is None:
        return None
    combiners = _combiners(nest, ir)
    along = _along(nest, ir)
    if combiners is None or along is None:
        return None
    extent = nest.sizes[along]
    width = gcd(width_along(nest, along, ir), extent)
    vectors = extent // width
    team = THREADS
    if vectors <= 4 * WAVE:
        team = min(WAVE, 1 << (vectors - 1).bit_length())
    return Rows(nest, along, width, team, tuple(combiners))


def _along(nest: Nest, ir: Any) -> int | None:
    """The loop along which the most inputs are contiguous, if it reduces and is worth a team."""
    votes = [0] * len(nest.sizes)
    for access in nest.inputs:
        if isinstance(access.value.type, ir.ShapedType) and access.place is not None:
            for d, factor in enumerate(access.place.factors):
                votes[d] += factor == 1 and nest.sizes[d] > 1
    along = max(range(len(votes)), key=lambda d: votes[d]) if votes else 0
    if not votes or not votes[along] or along not in nest.reduced or nest.sizes[along] < 4:
        return None
    return along


def _combiners(nest: Nest, ir: Any) -> list[Any] | None:
    """For each result the op that combines it, or None where one is no `op(result, part)`."""
    found = []
    results = {a.argument for a in nest.results}
    for access, value in zip(nest.results, nest.yielded, strict=True):
        if isinstance(value, ir.BlockArgument) or value.owner.operation.name not in _IDENTITY:
            return None
        op = value.owner.operation
        uses = list(access.argument.uses)
        if op.block != nest.body or len(uses) != 1 or uses[0].owner.operation != op:
            return None
        if len(list(value.uses)) != 1 or all(v in results for v in op.operands):
            return None
        found.append(op)
    return found


def _combined(e: Emitter, combiner: Any, a: Any, b: Any) -> Any:
    """Two scalars or vectors in one.

    Without the flags of the op: what they promise, of the order that it has, may not hold in ours.
    """
    return e.create(combiner.name, [a.type], [a, b]).results[0]


def _identity(e: Emitter, combiner: Any, size: int) -> Any:
    type = combiner.results[0].type
    number = _IDENTITY[combiner.name]
    if isinstance(type, e.ir.FloatType):
        attr = e.ir.FloatAttr.get(type, float(number))
    else:
        width = 64 if isinstance(type, e.ir.IndexType) else type.width
        extremes = {"least": -(1 << (width - 1)), "most": (1 << (width - 1)) - 1}
        value = extremes[number] if number in extremes else int(number)
        attr = e.ir.BoolAttr.get(bool(value)) if width == 1 else e.ir.IntegerAttr.get(type, value)
    return e.broadcast(e.constant(attr), size)
