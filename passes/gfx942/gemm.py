"""The body of a GEMM kernel: tiles staged through LDS, the main loop, results to a buffer."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from math import ceil, gcd, prod
from typing import TYPE_CHECKING, Any

from fnuz.dialect.formats import FORMATS
from fnuz.passes.gfx942 import ocp
from fnuz.passes.gfx942.contraction import Gemm, Layout, Side
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.epilogue import Step, apply
from fnuz.passes.gfx942.main_loop import At, Operand, Piece, multiply
from fnuz.passes.gfx942.preshuffle import Direct
from fnuz.passes.gfx942.reader import Place, Reader, outside
from fnuz.passes.gfx942.sizes import Number, assumed, known, product
from fnuz.passes.gfx942.tiles import CHUNK, Covers, Tile

if TYPE_CHECKING:
    from fnuz.passes.gfx942.block_scales import Scales


def emit(
    e: Emitter,
    gemm: Gemm,
    tile: Tile,
    steps: Sequence[Step],
    buffers: Sequence[Any],
    init: Any | None,
    inputs: Sequence[Any],
    result: Any,
    stages: Sequence[Any],
    scales: "Scales | None" = None,
) -> None:
    """Emit the body of the kernel.

    `buffers` are those of inner and outer, `init` that of the init unless it is zero, `inputs`
    what the sources of `steps` are in the kernel. All are 1-D memrefs, but the scalars in
    `inputs`. `stages` are the LDS of the operands that are not in blocks, two tiles each. `scales`
    are those of blocks of the depth, which the depth of the tile divides.
    """
    block_inner, block_outer, batch = block(e, gemm, tile)
    thread = e.id("thread_id", tile.threads)
    wave, lane = e.split(thread, 64)
    wave_outer, wave_inner = e.split(wave, tile.waves)

    lds = iter(stages)
    operands: list[Operand] = []
    firsts = []
    for side, buffer, rows, waves, at, wave_at in (
        (gemm.inner, buffers[0], tile.inner, tile.waves, block_inner, wave_inner),
        (gemm.outer, buffers[1], tile.outer, tile.across, block_outer, wave_outer),
    ):
        share, first = rows // waves, e.i32_op("muli", at, rows)
        firsts.append(e.sum([(first, 1), (wave_at, share)]))
        if side.block:
            operands.append(Direct(e, side, tile, share, firsts[-1], batch, lane, buffer))
            continue
        stage = next(lds)
        staged = _Staged(e, side, gemm.depth, tile, rows, thread, first, batch, buffer, stage)
        operands.append(_ThroughLds(staged, _Fragments(e, tile, share, wave_at, lane, stage)))
    group, column = e.split(lane, tile.rows)
    results = Results(
        e,
        gemm,
        tile,
        e.sum([(firsts[0], 1), (group, 4)]),
        e.sum([(firsts[1], 1), (column, 1)]),
        batch,
        _fours(tile),
    )
    if init is not None:
        accumulators = results.load(init)
    else:
        type = e.vector(tile.rows**2 // 64, e.f32)
        start = e.zeros(type) if gemm.parts == 1 else e.nothing(type)
        accumulators = [start] * results.count
    scaling = scales.of(e, results, e.number(0)) if scales else None
    sums = multiply(e, tile, gemm.depth, operands, accumulators, scaling)
    results.store(sums, result, steps, inputs)


def block(e: Emitter, gemm: Gemm, tile: Covers) -> tuple[Any, Any, list[Any]]:
    """Which tile along inner and outer, and which GEMM of the batch, this workgroup computes."""
    inner_tiles, outer_tiles = (e.tiles(*side) for side in tiled(gemm, tile)[:2])
    number = e.id("block_id", None if gemm.dynamic else workgroups(gemm, tile))
    first, outer, inner = e.split(number, outer_tiles, inner_tiles)
    return inner, outer, e.split(first, *gemm.batch[1:]) if gemm.batch else []


def tiled(gemm: Gemm, tile: Covers) -> list[tuple[Number, int]]:
    """What workgroups share, and how much of it one has: rows of inner, of outer, and batches."""
    rows = [(gemm.inner.extent, tile.inner), (gemm.outer.extent, tile.outer)]
    return [*rows, *((size, 1) for size in gemm.batch)]


def workgroups(gemm: Gemm, tile: Covers) -> int:
    """How many workgroups the kernel needs, of dynamic sizes as they are assumed."""
    return prod(ceil(assumed(extent) / size) for extent, size in tiled(gemm, tile))


def _swizzled(e: Emitter, tile: Tile, row: Any, chunk: Any) -> Any:
    """Where a chunk of a row is in the LDS of a tile.

    The banks of LDS are 128 bytes wide together. Lanes that read one chunk of rows below each other
    would share banks, and so would lanes that write 4 rows each: the 8 chunks of a line of 128
    bytes are XORed with the number of the line, folded to 3 bits (`banks` of the emulator has which
    lanes meet). It is counted from every 32nd row on: fragments stay at constant distances.
    """
    chunks = tile.depth // CHUNK
    rows = max(1, 8 // chunks)
    line, of_line = e.split(row, rows)
    number = e.i32_op("remui", line, 32 // rows)
    folded = e.i32_op("remui", e.i32_op("xori", number, e.i32_op("divui", number, 8)), 8)
    place = e.i32_op("xori", e.sum([(of_line, chunks), (chunk, 1)]), folded)
    return e.sum([(line, rows * tile.depth), (place, CHUNK)])


Four = tuple[int, int, int, int]
"""Of 4 results: a vector of sums and the first element; row and column from the lane's first."""


class _Staged:
    """A side of the GEMM on its way from memory to LDS: what one thread moves of a tile."""

    def __init__(
        self,
        e: Emitter,
        side: Side,
        depth: int,
        tile: Tile,
        rows: int,
        thread: Any,
        first: Any,
        batch: Sequence[Any],
        buffer: Any,
        lds: Any,
    ) -> None:
        self.e, self.side, self.tile = e, side, tile
        self.buffer, self.lds = buffer, lds
        self.rows = 1
        self.width = side.width(CHUNK, side.products)
        self.size = CHUNK
        """Elements of a row that are moved at once."""
        if side.rows_adjoin and (width := side.width(4, side.rows)) > 1:
            self.rows, self.width = 4, width
            self.size = min(CHUNK, rows * tile.depth // tile.threads // self.rows)
        units_a_row = tile.depth // self.size
        units = rows * tile.depth // (self.rows * self.size)
        assert units % tile.threads == 0
        self.vector = CHUNK if self.rows == 1 else self.rows
        self.vectors = self.rows * self.size // self.vector
        """How many elements are beside each other, and how often, in what is moved at once."""
        self.depth = depth
        self.reader = Reader(e, side, depth, tile.depth, self.size, buffer)
        self.format = FORMATS[str(buffer.type.element_type)]
        self.flags = [] if self.format.fnuz else [e.number(0)] * (units // tile.threads)
        """Numbers that say which rows have had a NaN: one for each unit of an OCP operand."""
        self.units: list[tuple[Any, list[Place], list[Any]]] = []
        """For each unit of this thread: its first k, where it has a load at each k, and the LDS
        address of each row."""
        for n in range(units // tile.threads):
            unit = e.i32_op("addi", thread, n * tile.threads) if n else thread
            if side.rows_adjoin:  # neighbours have neighbouring rows, as they are in memory
                column, row = e.split(unit, rows // self.rows)
            else:
                row, column = e.split(unit, units_a_row)
            k = e.i32_op("muli", column, self.size)
            chunk, within = e.split(k, CHUNK)
            sources, places = [], []
            for r in range(self.rows):
                of_row = e.sum([(row, self.rows)], r)
                places.append(e.sum([(_swizzled(e, tile, of_row, chunk), 1), (within, 1)]))
                if self.rows == 1 or r % self.width == 0:
                    sources.append(self.reader.row(e.sum([(first, 1), (of_row, 1)]), batch, k))
            self.units.append((k, sources, places))

    def load(self, place: At, vectors: list[Any]) -> list[Piece]:
        """Add to `vectors` what this thread moves: elements of a row, or of rows at a k.

        As they are loaded: who puts narrow ones together waits for them.
        """
        e, numbers = self.e, list[Any]()
        may_end = place.first is None and (place.n + self.tile.steps) * self.tile.step > self.depth

        def begin() -> None:
            first = place.times(e, self.tile.step)
            numbers.extend((first, self.reader.tile(first)))

        def load(k: Any, source: Place, j: int) -> None:
            first, at = numbers
            k = e.i32_op("addi", k, first)
            loaded = self.reader.load(source, at, k, j, self.width, may_end)
            if self.width == 2:
                # A vector of two bytes that the loop carries would take two registers.
                loaded = e.bitcast(loaded, 1, e.i16)
            vectors.append(loaded)

        apart = self.width if self.rows == 1 else 1
        loads = [
            partial(load, k, source, j)
            for k, sources, _ in self.units
            for j in range(0, self.size, apart)
            for source in sources
        ]
        return [begin, *loads]

    def store(self, vectors: Sequence[Any], stage: int) -> list[Piece]:
        """Write what `load` gave to a stage, in FNUZ codes; its NaN go to the flags."""
        pieces: list[Piece] = []
        parts = self.vector // self.width
        loaded = iter(vectors)
        for n in range(len(self.units)):
            codes: list[list[Any]] = [list(islice(loaded, parts)) for _ in range(self.vectors)]
            if parts > 1:
                narrow, codes = codes, [[] for _ in codes]
                pieces += [partial(self._join, *each) for each in zip(narrow, codes, strict=True)]
            if self.flags:
                unit, codes = codes, [[] for _ in codes]
                pieces += self._as_fnuz(n, unit, codes)
            pieces += self._written(n, codes, stage)
        return pieces

    def _join(self, parts: Sequence[Any], vector: list[Any]) -> None:
        """Add to `vector` what was loaded in parts."""
        joined = self.e.join(parts)
        vector.append(self.e.bitcast(joined, self.vector, self.buffer.type.element_type))

    def store_nan(self, otherwise: int) -> list[Piece]:
        """Write a tile to the first stage: NaN in the rows that have had one, else a code."""
        e = self.e
        words = e.vector(self.vector // 4, e.i32)
        pieces: list[Piece] = []
        for n, flag in enumerate(self.flags):
            codes = e.value("vector.broadcast", words, ocp.nan_codes(e, flag, otherwise))
            pieces += self._written(n, [[self._codes(codes)]] * self.vectors, 0)
        return pieces

    def _as_fnuz(
        self, n: int, vectors: Sequence[list[Any]], codes: Sequence[list[Any]]
    ) -> list[Piece]:
        """Add to each of `codes` a vector of unit `n` in FNUZ codes, in parts: `ocp.to_fnuz`."""
        e = self.e
        size = self.vector // 4

        def fix(start: int) -> None:
            # Two words: half of a chunk, or of 4 rows each.
            both = slice(start // size, (start + 1) // size + 1)
            words = e.join([e.bitcast(v, size, e.i32) for (v,) in vectors[both]])
            words = e.slice(words, start % size, 2)
            fixed, self.flags[n] = ocp.to_fnuz(e, words, self.flags[n], self.format, self.side.inf)
            parts = 2 // len(codes[both])
            for i, part in enumerate(codes[both]):
                part.append(self._codes(e.slice(fixed, i * parts, parts)))

        return [partial(fix, start) for start in range(0, len(vectors) * size, 2)]

    def _codes(self, words: Any) -> Any:
        """A vector of words as FNUZ codes."""
        return self.e.bitcast(words, 4 * words.type.shape[0], self.lds.type.element_type)

    def _written(self, n: int, codes: Sequence[list[Any]], stage: int) -> list[Piece]:
        """Write unit `n` to a stage, of which `codes` has each vector in parts."""
        e = self.e
        _, _, places = self.units[n]

        def write(place: Any, parts: Sequence[Any]) -> None:
            size = self.lds.type.shape[0] // 2
            e.lds_store(e.join(parts), self.lds, e.sum([(place, 1)], stage * size))

        if self.rows == 1:
            return [partial(write, places[0], codes[0])]
        rows: list[list[Any]] = [[], [], [], []]
        pieces: list[Piece] = []
        for j in range(0, self.size, 4):
            pieces += self._transposed(codes[j : j + 4], rows)
        return [*pieces, *(partial(write, *each) for each in zip(places, rows, strict=True))]

    def _transposed(self, columns: Sequence[list[Any]], rows: Sequence[list[Any]]) -> list[Piece]:
        """4 codes more for each of 4 rows, from 4 rows at each of 4 k."""
        e = self.e
        one = e.vector(1, e.i32)

        def pairs(selector: int, made: list[Any]) -> None:
            words = [e.extract(e.bitcast(column, 1, e.i32), 0) for (column,) in columns]
            made += [e.permute_bytes(words[i + 1], words[i], selector) for i in (0, 2)]

        def finish(made: Sequence[Any], rows: Sequence[list[Any]]) -> None:
            first, second = made
            for row, selector in zip(rows, (0x05040100, 0x07060302), strict=True):
                word = e.permute_bytes(second, first, selector)
                row.append(self._codes(e.value("vector.broadcast", one, word)))

        # Bytes 0 and 1, then 2 and 3, of pairs of words beside each other.
        low: list[Any] = []
        high: list[Any] = []
        return [
            partial(pairs, 0x05010400, low),
            partial(finish, low, rows[:2]),
            partial(pairs, 0x07030602, high),
            partial(finish, high, rows[2:]),
        ]


class _Fragments:
    """A side of the GEMM from LDS to the registers of MFMAs: what one lane reads."""

    def __init__(self, e: Emitter, tile: Tile, share: int, wave: Any, lane: Any, lds: Any) -> None:
        """`share` are the rows of a wave."""
        self.e, self.lds = e, lds
        group, row = e.split(lane, tile.rows)
        chunks = tile.step // CHUNK
        self.places = [
            [
                _swizzled(
                    e,
                    tile,
                    e.sum([(wave, share), (row, 1)], n * tile.rows),
                    e.sum([(group, 1)], step * chunks),
                )
                for n in range(share // tile.rows)
            ]
            for step in range(tile.steps)
        ]

    def read(self, step: int, stage: int, vectors: list[Any]) -> list[Piece]:
        """Put into `vectors` a chunk for each MFMA along this side."""
        size = self.lds.type.shape[0] // 2

        def vector(place: Any) -> None:
            at = self.e.sum([(place, 1)], stage * size)
            vectors.append(self.e.lds_load(self.lds, at, CHUNK))

        return [partial(vector, place) for place in self.places[step]]


class _ThroughLds:
    """An operand of which each wave loads a part and all take theirs from LDS."""

    shared = True

    def __init__(self, staged: _Staged, reads: _Fragments) -> None:
        self.staged, self.reads = staged, reads
        self.ahead = staged.tile.ahead * staged.tile.steps
        self._loaded: list[list[Any]] = []
        self._read: list[list[Any]] = []

    def load(self, place: At) -> list[Piece]:
        """Load a whole tile with the first step of it."""
        if place.n % self.staged.tile.steps:
            return []
        self._loaded.append([])
        return self.staged.load(place, self._loaded[-1])

    def store(self, stage: int) -> list[Piece]:
        """Write a tile that was loaded to a stage of LDS."""
        return self.staged.store(self._loaded.pop(0), stage)

    def read(self, step: int, stage: int) -> list[Piece]:
        """Read a step from a stage of LDS."""
        self._read.append([])
        return self.reads.read(step, stage, self._read[-1])

    def fragments(self) -> Sequence[Any]:
        """What was read, for the next step."""
        return self._read.pop(0)

    @property
    def under_way(self) -> list[list[Any]]:
        """What was loaded or read and not yet taken, and the flags."""
        return [*self._loaded, *self._read, self.staged.flags]

    @property
    def notes_nan(self) -> bool:
        """Whether it is an OCP operand."""
        return bool(self.staged.flags)

    def store_nan(self, otherwise: int) -> list[Piece]:
        """Write a tile to the first stage: NaN in the rows that have had one, else a code."""
        return self.staged.store_nan(otherwise)

    def all_of(self, code: int) -> list[Any]:
        """What `fragments` gives of a tile of one code."""
        lds = self.reads.lds.type
        return [ocp.chunk_of(self.reads.e, code, lds.element_type)] * len(self.reads.places[0])


def _fours(tile: Tile) -> list[Four]:
    """An MFMA's results are in registers four by four, of 32x32 every other 4 rows in a lane."""
    inner = tile.inner // tile.waves // tile.rows
    outer = tile.outer // tile.across // tile.rows
    return [
        (i * outer + j, register, i * tile.rows + 2 * register, j * tile.rows)
        for i in range(inner)
        for j in range(outer)
        for register in range(0, tile.rows**2 // 64, 4)
    ]


class Results:
    """Sums of a lane and where they are in the result.

    `inner` and `outer` are the rows of the lane's first one. `fours` say where in the vectors of
    sums there are 4 rows of `inner` below each other, in one row of `outer`.
    """

    def __init__(
        self,
        e: Emitter,
        gemm: Gemm,
        tile: Covers,
        inner: Any,
        outer: Any,
        batch: Sequence[Any],
        fours: Sequence[Four],
    ) -> None:
        self.e, self.gemm, self.tile, self.batch = e, gemm, tile, batch
        self.width = self._width(4, gemm.result)
        self.inner, self.outer, self.fours = inner, outer, fours
        self.count = fours[-1][0] + 1
        """How many vectors of sums."""

    def _width(self, most: int, layout: Layout) -> int:
        """How many results below each other are neighbours in a tensor: 4, 2 or 1 of them."""
        if layout.inner != 1:
            return 1
        return gcd(most, *map(known, (self.gemm.inner.extent, layout.outer, *layout.batch)))

    def first(self, layout: Layout) -> Any:
        """The index of the lane's first result in a tensor."""
        batch = zip(self.batch, layout.batch, strict=True)
        return self.e.sum([*batch, (self.inner, layout.inner), (self.outer, layout.outer)])

    def each(self) -> Iterator[Four]:
        """Vector, element, row and column, from the lane's first, of `width` results."""
        for n, element, row, column in self.fours:
            for within in range(0, 4, self.width):
                yield n, element + within, row + within, column

    def _at(self, first: Any, layout: Layout, row: int, column: int) -> Any:
        """The index in a tensor, so many rows and columns from the lane's first."""
        at_row = self.e.sum([(first, 1)], product(row, layout.inner))
        return self.e.sum([(at_row, 1)], product(column, layout.outer))

    def _place(self, first: Any, row: int, column: int, buffer: Any) -> Any:
        """An index in the result; outside of the buffer for what is outside of the result."""
        e, gemm, tile = self.e, self.gemm, self.tile
        place = self._at(first, gemm.result, row, column)
        for value, offset, extent, whole in (
            (self.inner, row, gemm.inner.extent, tile.inner),
            (self.outer, column, gemm.outer.extent, tile.outer),
        ):
            if known(extent) % whole:
                inside = e.below(e.sum([(value, 1)], offset), extent)
                place = e.select(inside, place, outside(e, buffer))
        return place

    def load(self, buffer: Any) -> list[Any]:
        """The accumulators from a buffer."""
        first = self.first(self.gemm.result)
        parts: list[list[Any]] = [[] for _ in range(self.count)]
        for n, _, row, column in self.each():
            place = self._place(first, row, column, buffer)
            parts[n].append(self.e.buffer_load(buffer, place, self.width))
        return [self.e.join(vectors) for vectors in parts]

    def store(
        self, accumulators: Sequence[Any], buffer: Any, steps: Sequence[Step], inputs: Sequence[Any]
    ) -> None:
        """The accumulators, after the steps of the epilogue, to a buffer."""
        # Not the addresses that `load` had, which would take a register each all the time.
        self.inner, self.outer = self.e.hidden(self.inner), self.e.hidden(self.outer)
        first = self.first(self.gemm.result)
        given = iter(inputs)
        sources = [
            [
                (source, next(given), self.first(source.layout) if source.layout else None)
                for source in step.sources
            ]
            for step in steps
        ]
        for n, element, row, column in self.each():
            vector = self.e.slice(accumulators[n], element, self.width)
            for step, of_step in zip(steps, sources, strict=True):
                loaded = {
                    source.argument: self._input(source.layout, value, start, row, column)
                    for source, value, start in of_step
                }
                vector = apply(self.e, step, vector, loaded)
            self.e.buffer_store(vector, buffer, self._place(first, row, column, buffer))

    def _input(self, layout: Layout | None, value: Any, first: Any, row: int, column: int) -> Any:
        """`width` elements of an input of the epilogue; of a scalar as many times that."""
        if layout is not None:
            value = self.load_input(layout, value, first, row, column)
        return self.widened(value)

    def load_input(
        self, layout: Layout, value: Any, first: Any, row: int, column: int, start: Any = None
    ) -> Any:
        """`width` elements of an input, or the one that is of all of them.

        `start`, in elements and the same in all lanes, is added to the index.
        """
        e, at = self.e, self._at(first, layout, row, column)
        size = self._width(self.width, layout)
        steps = range(0, self.width, size) if layout.inner else range(1)
        return e.join(
            [
                e.buffer_load(value, e.sum([(at, 1)], product(n, layout.inner)), size, start)
                for n in steps
            ]
        )

    def widened(self, value: Any) -> Any:
        """`width` elements, of a scalar or a vector of one as many times that."""
        e = self.e
        if not isinstance(value.type, e.ir.VectorType):
            return e.value("vector.broadcast", e.vector(self.width, value.type), value)
        if value.type.shape == [self.width]:
            return value
        return self.widened(e.extract(value, 0))
