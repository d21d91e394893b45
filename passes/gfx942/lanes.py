"""The kernel of a nest in which a lane has some neighbouring elements of each result.

What is summed over, if anything, a lane goes through in loops. This is the kernel of elementwise
ops, of data movement, of reductions along other dims than the innermost, of windows, and of
whatever has none of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, gcd, prod
from typing import Any

from fnuz.passes.gfx942.buffers import Buffer, from_memory, memory_type, to_memory
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.nest import Access, Nest, bytes_of, static_strides
from fnuz.passes.gfx942.points import LANE_BYTES, At, Points, width_along

THREADS = 256
"""Of a workgroup."""


@dataclass(frozen=True)
class Lanes:
    """How the elements are shared: a lane has `width` neighbours along the innermost loop."""

    nest: Nest
    width: int

    @property
    def threads(self) -> int:
        """Of a workgroup."""
        return THREADS

    @property
    def lanes(self) -> int:
        """How many lanes have elements."""
        sizes = [self.nest.sizes[d] for d in self.nest.parallel]
        return prod(sizes[:-1]) * ceil(sizes[-1] / self.width) if sizes else 1

    @property
    def groups(self) -> int:
        """How many workgroups there are."""
        return ceil(self.lanes / THREADS)

    lds: tuple[str, ...] = ()

    def __str__(self) -> str:
        loops = [self.nest.sizes[d] for d in self.nest.reduced]
        over = f", each in {prod(loops)} steps" if loops else ""
        return f"a lane for {self.width} element{'s' * (self.width > 1)}{over}"

    def emit(
        self, e: Emitter, sources: Mapping[Any, Any], results: Sequence[Buffer], lds: Sequence[Any]
    ) -> None:
        """Emit the body of the kernel."""
        nest = self.nest
        loops = nest.parallel
        inner = loops[-1] if loops else None
        points = Points(e, nest, sources, inner, self.width)
        block, thread = e.id("block_id", self.groups), e.id("thread_id", THREADS)
        lane = e.sum([(block, THREADS), (thread, 1)])
        sizes = [nest.sizes[d] for d in loops]
        if loops:
            sizes[-1] = ceil(sizes[-1] / self.width)
        at = dict(zip(loops, e.split(lane, *sizes[1:]), strict=True)) if loops else {}
        if inner is not None:
            at[inner] = e.i32_op("muli", at[inner], self.width)
        values = reduced(points, at)
        for access, vector, buffer in zip(nest.results, values, results, strict=True):
            # Lanes past the end are past the end of a result that has the order of the loops.
            ordered = loops and _is_dense(access, nest, loops)
            whole = self.lanes % THREADS == 0
            inside = None if ordered or whole else e.below(lane, self.lanes)
            points.store(access, vector, buffer, at, inside)


def lanes_of(nest: Nest, ir: Any) -> Lanes:
    """The kernel for a nest."""
    loops = nest.parallel
    return Lanes(nest, width_along(nest, loops[-1] if loops else None, ir))


def _is_dense(access: Access, nest: Nest, loops: Sequence[int]) -> bool:
    assert access.place is not None
    return [access.place.factors[d] for d in loops] == static_strides(
        [nest.sizes[d] for d in loops]
    )


def reduced(points: Points, at: At) -> list[Any]:
    """A vector for each result at a point of the parallel loops."""
    nest, e = points.nest, points.e
    if nest.body is None:
        vector = None
        for access in nest.inputs:
            vector = points.load(access, at, vector)
        return [vector]
    used = [bool(list(a.argument.uses)) for a in nest.results]
    yielded = nest.yielded

    def values(at: At, carried: Sequence[Any]) -> list[Any]:
        loaded = {a.argument: points.load(a, at) for a in nest.inputs}
        loaded |= {a.argument: v for a, v in zip(nest.results, carried, strict=True)}
        computed = points.compute(at, loaded)
        return [computed[v] for v in yielded]

    def loop(dims: Sequence[int], at: At, carried: Sequence[Any]) -> list[Any]:
        if not dims:
            return values(at, carried)
        first, *rest = dims
        return e.loop(nest.sizes[first], carried, lambda n, c: loop(rest, {**at, first: n}, c))

    if nest.reduced:
        return loop(nest.reduced, at, [points.load(a, at) for a in nest.results])
    inits = [points.load(a, at) if u else None for a, u in zip(nest.results, used, strict=True)]
    return values(at, inits)


@dataclass(frozen=True)
class Transposed:
    """A tile of two loops: inputs that are contiguous along `other` go through LDS.

    So that both sides move whole lines. A tile has `side` x `side` elements.
    """

    nest: Nest
    width: int
    other: int
    side: int
    staged: tuple[Access, ...]
    lds: tuple[str, ...]

    @property
    def threads(self) -> int:
        """Of a workgroup."""
        return THREADS

    @property
    def _counts(self) -> list[int]:
        """Tiles, or indices, along the loops."""
        tiled = (self.nest.parallel[-1], self.other)
        return [
            ceil(self.nest.sizes[d] / self.side) if d in tiled else self.nest.sizes[d]
            for d in self.nest.parallel
        ]

    @property
    def groups(self) -> int:
        """How many workgroups there are."""
        return prod(self._counts)

    def __str__(self) -> str:
        return f"tiles of {self.side}x{self.side} through LDS, {self.width} elements a lane"

    def emit(
        self, e: Emitter, sources: Mapping[Any, Any], results: Sequence[Buffer], lds: Sequence[Any]
    ) -> None:
        """Emit the body of the kernel."""
        nest, side, inner, other = self.nest, self.side, self.nest.parallel[-1], self.other
        block, thread = e.id("block_id", self.groups), e.id("thread_id", THREADS)
        digits = e.split(block, *self._counts[1:])
        start = dict(zip(nest.parallel, digits, strict=True))
        for d in (inner, other):
            start[d] = e.i32_op("muli", start[d], side)

        def units(along: int, across: int, width: int) -> list[tuple[Any, Any, dict[int, Any]]]:
            """Where in the tile each of this thread's vectors is, and its indices."""
            found = []
            for n in range(0, side * side // width, THREADS):
                row, place = e.split(e.sum([(thread, 1)], n), side // width)
                place = e.i32_op("muli", place, width)
                at = dict(start)
                at[across] = e.sum([(start[across], 1), (row, 1)])
                at[along] = e.sum([(start[along], 1), (place, 1)])
                found.append((row, place, at))
            return found

        for access, memory in zip(self.staged, lds, strict=True):
            width = self._width(access, e.ir)
            points = Points(e, nest, sources, other, width)
            pitch = memory.type.shape[0] // side
            for row, place, at in units(other, inner, width):
                vector = to_memory(e, points.load(access, at))
                e.lds_store(vector, memory, e.sum([(row, pitch), (place, 1)]))
        e.barrier()
        points = Points(e, nest, sources, inner, self.width)
        for row, place, at in units(inner, other, self.width):
            loaded = {}
            for access in nest.inputs:
                if access in self.staged:
                    memory = lds[self.staged.index(access)]
                    pitch = memory.type.shape[0] // side
                    first = e.sum([(place, pitch), (row, 1)])
                    elements = [
                        e.lds_load(memory, e.sum([(first, 1)], n * pitch), 1)
                        for n in range(self.width)
                    ]
                    element = sources[access.value].element
                    loaded[access.argument] = from_memory(e, e.join(elements), element)
                else:
                    loaded[access.argument] = points.load(access, at)
            for access in nest.results:
                if list(access.argument.uses):
                    loaded[access.argument] = points.load(access, at)
            computed = points.compute(at, loaded)
            inside = None
            for d in (inner, other):
                if nest.sizes[d] % side:
                    holds = e.below(at[d], nest.sizes[d])
                    inside = holds if inside is None else e.both(inside, holds)
            for access, value, buffer in zip(nest.results, nest.yielded, results, strict=True):
                points.store(access, computed[value], buffer, at, inside)

    def _width(self, access: Access, ir: Any) -> int:
        size = bytes_of(access.value.type, ir) or 1
        most = min(LANE_BYTES // size, self.side**2 // THREADS)
        return gcd(most, self.nest.sizes[self.other])


def transposed_of(nest: Nest, ir: Any) -> Transposed | None:
    """The kernel for an elementwise nest that transposes; None for another."""
    loops = nest.parallel
    if nest.reduced or nest.body is None or len(loops) < 2 or nest.numbers:
        return None
    inner = loops[-1]
    tensors = [a for a in nest.inputs if isinstance(a.value.type, ir.ShapedType)]
    if any(a.place is None or a.guards for a in tensors):
        return None
    places = {a: a.place for a in tensors if a.place is not None}
    apart = [a for a, place in places.items() if place.factors[inner] > 1]
    others = {d for a in apart for d in loops[:-1] if places[a].factors[d] == 1}
    if len(others) != 1:
        return None
    (other,) = others
    if min(nest.sizes[inner], nest.sizes[other]) < 8:
        return None  # A line has most of it anyway.
    staged = tuple(a for a in apart if places[a].factors[other] == 1)
    widest = max(bytes_of(a.value.type, ir) or 1 for a in (*staged, *nest.results))
    side = 64 if widest <= 2 else 32
    lds = tuple(
        f"{side * _pitch(side, a, ir)}x{memory_type(a.value.type.element_type, ir)}" for a in staged
    )
    width = min(width_along(nest, inner, ir), side**2 // THREADS)  # each thread has a vector
    return Transposed(nest, width, other, side, staged, lds)


def _pitch(side: int, access: Access, ir: Any) -> int:
    """From a row in LDS to the next: 4 bytes more, so that those below are in other banks."""
    size = bytes_of(access.value.type, ir) or 1
    return side + max(1, 4 // size)
