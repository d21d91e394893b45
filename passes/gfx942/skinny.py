"""The body of a kernel for few rows: operands from memory to registers, the depth over the waves.

With few rows on one side a GEMM is as fast as memory: what counts is that each byte of the large
operand is loaded once, in whole lines, and that enough loads are on their way. So there is no LDS
for operands and no barrier in the loop. Each wave loads 128 bytes of a row in two loads of 16
bytes a lane, and several such steps ahead. The waves of a workgroup take steps in turn; their
sums are added through LDS, in the order of the waves.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any

from fnuz.passes.gfx942.contraction import Gemm, Side
from fnuz.passes.gfx942.emitter import Emitter, Term
from fnuz.passes.gfx942.epilogue import Step
from fnuz.passes.gfx942.gemm import Results, block, width
from fnuz.passes.gfx942.tiles import CHUNK, Skinny

ROWS = 16
"""Of an MFMA, which is 16x16x32: the smallest, for fewer rows are padded up to it."""

_HALF = 8
"""Elements of a row that a lane gives to one MFMA; four groups of lanes have 32."""


def emit(
    e: Emitter,
    gemm: Gemm,
    tile: Skinny,
    steps: Sequence[Step],
    buffers: Sequence[Any],
    init: Any | None,
    inputs: Sequence[Any],
    result: Any,
    stages: Sequence[Any],
) -> None:
    """Emit the body of the kernel; the arguments are as in gemm.emit, `stages` one of f32."""
    block_inner, block_outer, batch = block(e, gemm, tile)
    wave, lane = e.split(e.id("thread_id", tile.threads), 64)
    chunk = min(chunk_of(side, fragments) for side, fragments in _sides(gemm, tile))

    def loaded(n: int, at: Any) -> "_Loaded":
        side, fragments = _sides(gemm, tile)[n]
        start = list(zip(batch, side.batch, strict=True))
        return _Loaded(
            e, side, gemm.depth, tile, fragments, chunk, at, wave, lane, start, buffers[n]
        )

    inner, outer = loaded(0, block_inner), loaded(1, block_outer)
    sums = _pipeline(e, gemm, tile, inner, outer)
    sums = _in_order(e, sums, inner, outer)
    group, column = e.split(lane, ROWS)

    def store(place: Any, sum: Any) -> None:
        """The `place`-th four of the sums, which is as _in_order has them."""
        row, of_four, of_column, within = e.split(
            place, inner.wide, outer.fragments // outer.wide, outer.wide
        )
        first_inner = [(block_inner, tile.inner), (row, ROWS * inner.wide), (of_four, 4)]
        first_outer = [(block_outer, tile.outer), (of_column, ROWS * outer.wide), (within, 1)]
        results = Results(
            e,
            gemm,
            tile,
            e.sum([*first_inner, (group, 4 * inner.wide)]),
            e.sum([*first_outer, (column, outer.wide)]),
            batch,
            [(0, 0, 0, 0)],
        )
        if init is not None:
            sum = e.value("arith.addf", sum.type, results.load(init)[0], sum)
        results.store([sum], result, steps, inputs)

    _add_waves(e, tile, sums, wave, lane, stages[0], store)


def chunk_of(side: Side, fragments: int) -> int:
    """Elements of each row that a lane loads in a step, as far as one side goes.

    A step covers four times that: 128 of rows that are along k, which is a line of memory. Where
    rows are not along k each k is a load of its own, and a step the depth of one MFMA.
    """
    return 2 * CHUNK if wide_of(side, fragments) == 0 else _HALF


def wide_of(side: Side, fragments: int) -> int:
    """How many rows beside each other a lane loads at each k; 0 where rows are along k."""
    if side.row != 1 or side.depth == 1 or side.extent == 1:
        return 0
    return width(min(CHUNK, fragments), side.extent, side.row, [side.depth, *side.batch])


def _sides(gemm: Gemm, tile: Skinny) -> tuple[tuple[Side, int], tuple[Side, int]]:
    """Both sides, and how many MFMAs a wave has along each."""
    return (gemm.inner, tile.inner // ROWS), (gemm.outer, tile.outer // ROWS)


def _pipeline(
    e: Emitter, gemm: Gemm, tile: Skinny, inner: "_Loaded", outer: "_Loaded"
) -> list[Any]:
    """The sums of this wave over its share of the depth.

    `ahead` steps are in registers or on their way. A step is multiplied, then its registers take
    the one that is `ahead` steps further: no load is waited for before it is needed, and none
    needs to be copied.
    """
    each = tile.waves * 4 * inner.chunk
    count, whole = ceil(gemm.depth / each), gemm.depth // each
    ahead = min(count, tile.ahead(inner.chunk))

    def load(step: Any) -> list[Any]:
        # The scheduler would bring loads to where they are used, and wait for each.
        e.keep_order()
        loaded = [*inner.load(step), *outer.load(step)]
        e.keep_order()
        return loaded

    def multiply(loaded: Sequence[Any], sums: list[Any]) -> list[Any]:
        for half in range(inner.chunk // _HALF):
            a = inner.operands(loaded[: inner.loads], half)
            b = outer.operands(loaded[inner.loads :], half)
            pairs = [(i, j) for i in a for j in b]
            sums = [
                e.mfma(i, j, sum, ROWS, 4 * _HALF) for (i, j), sum in zip(pairs, sums, strict=True)
            ]
        return sums

    sums = [e.zeros(e.vector(4, e.f32))] * (inner.fragments * outer.fragments)
    size = inner.loads + outer.loads

    def body(n: Any, carried: list[Any]) -> list[Any]:
        of_steps = carried[len(sums) :]
        carried = carried[: len(sums)]
        first = e.i32_op("muli", n, ahead)
        for slot in range(ahead):
            at = slot * size
            carried = multiply(of_steps[at : at + size], carried)
            of_steps[at : at + size] = load(e.i32_op("addi", first, ahead + slot))
        return [*carried, *of_steps]

    loaded = [v for n in range(ahead) for v in load(n)]
    # The loop loads whole steps alone: only behind it the end of the depth is looked for.
    turns = max(whole - ahead, 0) // ahead
    carried = e.loop(turns, [*sums, *loaded], body) if turns else [*sums, *loaded]
    sums, loaded = carried[: len(sums)], carried[len(sums) :]
    for step in range(turns * ahead, count):
        at = step % ahead * size
        sums = multiply(loaded[at : at + size], sums)
        if step + ahead < count:
            loaded[at : at + size] = load(step + ahead)
    return sums


def _in_order(e: Emitter, sums: Sequence[Any], inner: "_Loaded", outer: "_Loaded") -> list[Any]:
    """The same sums, in fours of rows that are below each other.

    Where a lane has several rows beside each other, row n of the MFMA of the r-th of them is row
    n * wide + r.
    """
    if inner.wide == 1:
        return list(sums)
    fours = []
    for first in range(0, inner.fragments, inner.wide):
        for n in range(0, 4 * inner.wide, 4):
            for column in range(outer.fragments):
                at = [divmod(n + i, inner.wide) for i in range(4)]
                each = [
                    e.slice(sums[(first + r) * outer.fragments + column], register, 1)
                    for register, r in at
                ]
                fours.append(e.join(each))
    return fours


def _add_waves(
    e: Emitter, tile: Skinny, sums: Sequence[Any], wave: Any, lane: Any, lds: Any, store: Any
) -> None:
    """Add the sums of all waves, in their order, and `store(n, sum)` each by one wave."""
    for first in range(0, len(sums), tile.exchanged):
        some = sums[first : first + tile.exchanged]
        if first:
            e.barrier()
        for n, sum in enumerate(some):
            at = [(wave, 256), (lane, 4)]
            e.lds_store(sum, lds, e.sum(at, n * tile.waves * 256))
        e.barrier()
        for n in range(0, len(some), tile.waves):
            mine = e.sum([(wave, 1)], n)

            def add(mine: Any = mine, first: int = first) -> None:
                at = e.sum([(mine, tile.waves * 256), (lane, 4)])
                parts = [
                    e.lds_load(lds, e.sum([(at, 1)], other * 256), 4) for other in range(tile.waves)
                ]
                total = parts[0]
                for part in parts[1:]:
                    total = e.value("arith.addf", total.type, total, part)
                store(e.sum([(mine, 1)], first), total)

            if n + tile.waves <= len(some):
                add()
            else:
                e.when(e.below(mine, len(some)), add)


class _Loaded:
    """A side of the GEMM from memory to the registers of MFMAs: what one lane loads."""

    def __init__(
        self,
        e: Emitter,
        side: Side,
        depth: int,
        tile: Skinny,
        fragments: int,
        chunk: int,
        block: Any,
        wave: Any,
        lane: Any,
        start: Sequence[Term],
        buffer: Any,
    ) -> None:
        self.e, self.side, self.depth, self.buffer = e, side, depth, buffer
        self.fragments, self.chunk = fragments, chunk
        """MFMAs along this side; elements of a row that this lane has in a step."""
        wide = wide_of(side, fragments)
        self.along_rows, self.wide = wide > 0, max(wide, 1)
        """Whether a load is of one k; how many rows a lane has beside each other."""
        self.size = min(chunk, CHUNK)
        """Elements of a row beside each other, where rows are along k."""
        self.pieces = width(self.size, depth, side.depth, [side.row, *side.batch])
        """How many of them a load can have."""
        self.loads = chunk * fragments // (self.wide if wide else self.size)
        """How many vectors `load` gives."""
        rows = ROWS * fragments
        group, row = e.split(lane, ROWS)
        self.k = e.sum([(group, self.size), (wave, 4 * chunk)])
        """The first k of the lane in step 0."""
        self.step = tile.waves * 4 * chunk
        """From a step of the wave to the next."""
        (elements,) = buffer.type.shape
        self.nowhere = e.number(elements)
        """Where a load gives zeros and moves nothing."""
        self.addresses = []
        for n in range(fragments // self.wide):
            own = e.sum([(block, rows), (row, self.wide)], n * ROWS * self.wide)
            address = e.sum([*start, (own, side.row), (self.k, side.depth)])
            if side.extent % rows:
                address = e.select(e.below(own, side.extent), address, self.nowhere)
            self.addresses.append(address)

    def load(self, step: Any) -> list[Any]:
        """What the lane has in a step: an int, or an i32 value, for which it must be whole."""
        e, addresses = self.e, self.addresses
        whole = not isinstance(step, int) or (step + 1) * self.step <= self.depth
        first = e.i32_op("muli", e.number(step) if isinstance(step, int) else step, self.step)
        if self.along_rows:
            offsets = range(self.chunk)
            return [self._piece(a, first, k, self.wide, whole) for a in addresses for k in offsets]
        # The second chunk of a line is behind the first of all four groups of lanes.
        starts = range(0, 4 * self.chunk, 4 * self.size)
        offsets = range(0, self.size, self.pieces)
        return [
            e.join([self._piece(a, first, at + k, self.pieces, whole) for k in offsets])
            for a in addresses
            for at in starts
        ]

    def _piece(self, address: Any, first: Any, k: int, size: int, whole: bool) -> Any:
        """`size` elements at k from the lane's first one of the step that begins at `first`."""
        e, depth = self.e, self.side.depth
        if not whole:
            inside = e.below(e.sum([(self.k, 1), (first, 1)], k), self.depth)
            address = e.select(inside, address, self.nowhere)
        if depth == 1:  # the load itself adds k
            start = first
            address = e.sum([(address, 1)], k)
        else:
            start = e.sum([(first, depth)], k * depth)
        return e.buffer_load(self.buffer, address, size, start)

    def operands(self, loaded: Sequence[Any], half: int) -> list[Any]:
        """The `half`-th 8 elements of each row, from what `load` gave, for each MFMA."""
        e = self.e
        if self.along_rows:
            return [
                v for n in range(0, self.loads, _HALF) for v in self._rows(loaded[n : n + _HALF])
            ]
        vectors = self.chunk // self.size
        n, within = divmod(half * _HALF, self.size)
        return [e.slice(loaded[f * vectors + n], within, _HALF) for f in range(self.fragments)]

    def _rows(self, columns: Sequence[Any]) -> list[Any]:
        """The rows, from their elements at each k."""
        e, element = self.e, self.buffer.type.element_type
        if self.wide < 4:
            parts = range(self.wide)
            return [e.join([e.slice(column, n, 1) for column in columns]) for n in parts]
        words = [e.bitcast(column, self.wide // 4, e.i32) for column in columns]
        return [
            e.bitcast(row, _HALF, element)
            for n in range(self.wide // 4)
            for row in e.transpose([e.extract(word, n) for word in words])
        ]
