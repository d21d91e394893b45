"""The body of a kernel for few rows: operands from memory to registers, the depth over the waves.

With few rows on one side a GEMM is as fast as memory: what counts is that each byte of the large
operand is loaded once, in whole lines, and that enough loads are on their way. So there is no LDS
for operands and no barrier in the loop. Each wave loads 128 bytes of a row in two loads of 16
bytes a lane, and several such steps ahead. The waves of a workgroup take steps in turn; their
sums are added through LDS, in the order of the waves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from fnuz.dialect.formats import FNUZ_OF, FORMATS, SIGN
from fnuz.passes.gfx942 import ocp
from fnuz.passes.gfx942.block_scales import Scales, Scaling
from fnuz.passes.gfx942.contraction import Gemm, Side
from fnuz.passes.gfx942.emitter import Emitter, Term
from fnuz.passes.gfx942.epilogue import Step
from fnuz.passes.gfx942.gemm import Four, Results, block
from fnuz.passes.gfx942.sizes import known
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
    scales: Scales | None = None,
) -> None:
    """Emit the body of the kernel; the arguments are as in gemm.emit, `stages` one of f32."""
    block_inner, block_outer, batch = block(e, gemm, tile)
    wave, lane = e.split(e.id("thread_id", tile.threads), 64)
    size = scales.blocks.size if scales else 0
    chunk = chunk_of(gemm, tile, size)
    assert chunk

    def loaded(n: int, at: Any) -> "_Loaded":
        side, fragments = sides(gemm, tile)[n]
        start = [(n, digit.stride) for n, digit in zip(batch, side.batches, strict=True)]
        turns = _Turns(tile.waves, chunk, size, gemm.depth)
        return _Loaded(e, side, turns, fragments, at, wave, lane, start, buffers[n])

    inner, outer = loaded(0, block_inner), loaded(1, block_outer)
    group, column = e.split(lane, ROWS)
    first_inner = [(block_inner, tile.inner), (group, 4 * inner.wide)]
    first_outer = [(block_outer, tile.outer), (column, outer.wide)]

    def results(n: Any, fours: Sequence[Four]) -> Results:
        """The fours of the sums from the n-th on; they are as _in_order has them."""
        row, of_four, of_column, within = e.split(
            n, inner.wide, outer.fragments // outer.wide, outer.wide
        )
        at_inner = [*first_inner, (row, ROWS * inner.wide), (of_four, 4)]
        at_outer = [*first_outer, (of_column, ROWS * outer.wide), (within, 1)]
        return Results(e, gemm, tile, e.sum(at_inner), e.sum(at_outer), batch, fours)

    scaling = None
    if scales:
        whole = results(e.number(0), _fours(inner, outer))
        scaling = scales.of(e, whole, wave)
    sums = _pipeline(e, tile, inner, outer, wave, scaling)

    def store(n: Any, sum: Any) -> None:
        its = results(n, [(0, 0, 0, 0)])
        if gemm.parts == 1:
            start = e.zeros(sum.type) if init is None else its.load(init)[0]
            sum = e.value("arith.addf", sum.type, start, sum)
        its.store([sum], result, steps, inputs)

    _add_waves(e, tile, sums, wave, lane, stages[0], store)


def chunk_of(gemm: Gemm, tile: Skinny, block: int) -> int:
    """Elements of each row that a lane loads in a step; 0 where no steps make up a block.

    A step covers four times that: 128 of rows that are along k, which is a line of memory. Where
    rows are not along k each k is a load of its own, and a step the depth of one MFMA. `block` is
    the size of blocks that have scales, else 0.
    """
    wide = any(wide_of(side, fragments) for side, fragments in sides(gemm, tile))
    chunks = [_HALF] if wide else [2 * CHUNK, CHUNK, _HALF]
    for chunk in chunks:
        if block % (4 * chunk) == 0 and block // (4 * chunk) <= tile.ahead(chunk):
            return chunk
    return 0


def wide_of(side: Side, fragments: int) -> int:
    """How many rows beside each other a lane loads at each k; 0 where rows are along k."""
    return side.width(min(CHUNK, fragments), side.rows) if side.rows_adjoin else 0


def sides(gemm: Gemm, tile: Skinny) -> tuple[tuple[Side, int], tuple[Side, int]]:
    """Both sides, and how many MFMAs a wave has along each."""
    return (gemm.inner, tile.inner // ROWS), (gemm.outer, tile.outer // ROWS)


@dataclass(frozen=True)
class _Turns:
    """How the waves of a workgroup share the depth: in turns, of whole steps and blocks."""

    waves: int
    chunk: int
    """Elements of a row that a lane has in a step."""
    block: int
    """Of one scale; 0 without."""
    depth: int

    @property
    def step(self) -> int:
        """The depth of a step."""
        return 4 * self.chunk

    @property
    def steps(self) -> int:
        """In a turn."""
        return max(self.block // self.step, 1)

    @property
    def all(self) -> int:
        """The depth of one turn of each wave."""
        return self.waves * self.steps * self.step

    def first(self, step: int) -> int:
        """Where the first wave has its `step`-th step."""
        turn, within = divmod(step, self.steps)
        return turn * self.all + within * self.step

    def ends_block(self, step: int) -> bool:
        """Whether a step is the last one of a turn, or of a block."""
        return (step + 1) % self.steps == 0

    def is_whole(self, step: int) -> bool:
        """Whether every wave has that step."""
        return (step // self.steps + 1) * self.all <= self.depth


def _pipeline(
    e: Emitter,
    tile: Skinny,
    inner: "_Loaded",
    outer: "_Loaded",
    wave: Any,
    scaling: Scaling | None,
) -> list[Any]:
    """The sums of this wave over its share of the depth, as _in_order has them.

    `ahead` steps are in registers or on their way. A step is multiplied, then its registers take
    the one that is `ahead` steps further: no load is waited for before it is needed, and none
    needs to be copied.
    """
    turns = inner.turns
    count = ceil(turns.depth / turns.all) * turns.steps
    ahead = min(count, tile.ahead(turns.chunk) // turns.steps * turns.steps)

    def load(step: int, n: Any = None) -> list[Any]:
        """A step, from iteration `n` of the loop on."""
        first = e.sum([] if n is None else [(n, turns.first(ahead))], turns.first(step))
        ends = n is None and not turns.is_whole(step)
        # The scheduler would bring loads to where they are used, and wait for each.
        e.keep_order()
        loaded = [*inner.load(first, ends), *outer.load(first, ends)]
        if scaling and turns.ends_block(step):
            loaded += scaling.load(e.i32_op("divui", first, turns.block))
        e.keep_order()
        return loaded

    def multiply(loaded: Sequence[Any], sums: list[Any]) -> list[Any]:
        for half in range(turns.chunk // _HALF):
            sums = products(
                inner.operands(loaded[: inner.loads], half),
                outer.operands(loaded[inner.loads : inner.loads + outer.loads], half),
                sums,
            )
        return sums

    def products(a: Sequence[Any], b: Sequence[Any], sums: list[Any]) -> list[Any]:
        pairs = [(i, j) for i in a for j in b]
        return [e.mfma(i, j, sum, ROWS, 4 * _HALF) for (i, j), sum in zip(pairs, sums, strict=True)]

    def scaled(step: int, of_block: list[Any], totals: list[Any]) -> list[Any]:
        assert scaling is not None
        scales = loaded[step % ahead][inner.loads + outer.loads :]
        added = scaling.add(_in_order(e, of_block, inner, outer), totals, scales)
        if not turns.is_whole(step):  # a wave that has no block here has read no scales
            blocks = turns.depth // turns.block - turns.first(step) // turns.block
            inside = e.below(wave, blocks)
            added = [e.select(inside, new, old) for new, old in zip(added, totals, strict=True)]
        return added

    def take(steps: range, sums: list[Any], following: Callable[[int], list[Any]]) -> list[Any]:
        """Multiply steps that are loaded, and give the registers of each to what follows it."""
        of_block = zeros
        for step in steps:
            values = loaded[step % ahead]
            if scaling is None:
                sums = multiply(values, sums)
            else:
                of_block = multiply(values, of_block)
                if turns.ends_block(step):
                    sums, of_block = scaled(step, of_block, sums), zeros
            loaded[step % ahead] = following(step)
        return sums

    def body(n: Any, carried: list[Any]) -> list[Any]:
        sums = restore(carried)
        sums = take(range(ahead), sums, lambda step: load(ahead + step, n))
        return save(sums)

    def save(sums: list[Any]) -> list[Any]:
        return [*sums, *inner.flags, *outer.flags, *(v for each in loaded for v in each)]

    def restore(carried: Sequence[Any]) -> list[Any]:
        values = iter(carried)
        sums = [next(values) for _ in zeros]
        for each in (inner.flags, outer.flags, *loaded):
            each[:] = [next(values) for _ in each]
        return sums

    zeros = [e.zeros(e.vector(4, e.f32))] * (inner.fragments * outer.fragments)
    loaded = [load(step) for step in range(ahead)]
    sums = [e.nothing(zero.type) for zero in zeros]
    # The loop loads whole steps alone: only behind it the end of the depth is looked for.
    whole = turns.depth // turns.all * turns.steps
    loops = max(whole - ahead, 0) // ahead
    if loops:
        sums = restore(e.loop(loops, save(sums), body))
    rest = range(loops * ahead, count)
    sums = take(rest, sums, lambda step: load(step + ahead) if step + ahead < count else [])
    if inner.flags or outer.flags:
        # NaN where the flags say so; all other products are -0, which changes no sum.
        sums = products(inner.nan(0), outer.nan(SIGN | 1), sums)
    return sums if scaling else _in_order(e, sums, inner, outer)


def _fours(inner: "_Loaded", outer: "_Loaded") -> list[Four]:
    """Where the sums of a lane are from its first, as _in_order has them."""
    rows = [
        ROWS * first + n
        for first in range(0, inner.fragments, inner.wide)
        for n in range(0, 4 * inner.wide, 4)
    ]
    columns = [
        ROWS * first + within
        for first in range(0, outer.fragments, outer.wide)
        for within in range(outer.wide)
    ]
    places = [(row, column) for row in rows for column in columns]
    return [(n, 0, row, column) for n, (row, column) in enumerate(places)]


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
        turns: _Turns,
        fragments: int,
        block: Any,
        wave: Any,
        lane: Any,
        start: Sequence[Term],
        buffer: Any,
    ) -> None:
        self.e, self.side, self.buffer, self.turns = e, side, buffer, turns
        self.fragments, self.chunk = fragments, turns.chunk
        """MFMAs along this side; elements of a row that this lane has in a step."""
        wide = wide_of(side, fragments)
        self.along_rows, self.wide = wide > 0, max(wide, 1)
        """Whether a load is of one k; how many rows a lane has beside each other."""
        self.size = min(self.chunk, CHUNK)
        """Elements of a row beside each other, where rows are along k."""
        self.pieces = side.width(self.size, side.products)
        """How many of them a load can have."""
        format = FORMATS[str(buffer.type.element_type)]
        self.format, self.element = format, e.ir.Type.parse(FNUZ_OF.get(format, format).mlir_name)
        self.flags = [] if format.fnuz else [e.number(0)] * fragments
        """Of OCP operands, for each MFMA: which bytes have been NaN, as ocp.to_fnuz has them."""
        self.loads = self.chunk * fragments // (self.wide if wide else self.size)
        """How many vectors `load` gives."""
        rows = ROWS * fragments
        group, row = e.split(lane, ROWS)
        self.k = e.sum([(group, self.size), (wave, turns.steps * turns.step)])
        """The first k of the lane in step 0."""
        (elements,) = buffer.type.shape
        self.nowhere = e.number(elements)
        """Where a load gives zeros and moves nothing."""
        self.addresses = []
        for n in range(fragments // self.wide):
            own = e.sum([(block, rows), (row, self.wide)], n * ROWS * self.wide)
            address = e.sum([*start, (own, side.row), (self.k, side.depth)])
            if known(side.extent) % rows:
                address = e.select(e.below(own, side.extent), address, self.nowhere)
            self.addresses.append(address)

    def load(self, first: Any, ends: bool) -> list[Any]:
        """What the lane has in a step, in which the first wave's begins at k = `first`.

        `ends` says that the depth may end before the step does.
        """
        addresses = self.addresses
        if self.along_rows:
            offsets = range(self.chunk)
            return [self._piece(a, first, k, self.wide, ends) for a in addresses for k in offsets]
        # The second chunk of a line is behind the first of all four groups of lanes.
        starts = range(0, 4 * self.chunk, 4 * self.size)
        offsets = range(0, self.size, self.pieces)
        # As words from here on: of bytes that the loop carries LLVM may take a register each.
        return [
            self.e.bitcast(
                self.e.join([self._piece(a, first, at + k, self.pieces, ends) for k in offsets]),
                self.size // 4,
                self.e.i32,
            )
            for a in addresses
            for at in starts
        ]

    def _piece(self, address: Any, first: Any, k: int, size: int, ends: bool) -> Any:
        """`size` elements at k from the lane's first one of the step that begins at `first`."""
        e, depth = self.e, self.side.depth
        if ends:
            inside = e.below(e.sum([(self.k, 1), (first, 1)], k), self.turns.depth)
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
            starts = range(0, self.loads, _HALF)
            rows = [v for n in starts for v in self._rows(loaded[n : n + _HALF])]
        else:
            vectors = self.chunk // self.size
            n, within = divmod(half * _HALF, self.size)
            mine = [loaded[f * vectors + n] for f in range(self.fragments)]
            rows = [e.slice(v, within // 4, _HALF // 4) for v in mine]
        words = [e.bitcast(row, _HALF // 4, e.i32) for row in rows]
        for n, flag in enumerate(self.flags):
            words[n], flag = ocp.to_fnuz(e, words[n], flag, self.format, self.side.inf)
            # Or else LLVM keeps the words of all steps to the end of a loop, where it ORs them.
            self.flags[n] = e.hidden(flag)
        return [e.bitcast(each, _HALF, self.element) for each in words]

    def nan(self, otherwise: int) -> list[Any]:
        """Operands that are NaN where a row has had one, else a code."""
        e = self.e
        words = [ocp.nan_codes(e, flag, otherwise) for flag in self.flags]
        if not words:
            words = [e.number(ocp.bytes_of(otherwise))] * self.fragments
        both = [e.value("vector.broadcast", e.vector(2, e.i32), word) for word in words]
        return [e.bitcast(v, _HALF, self.element) for v in both]

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
