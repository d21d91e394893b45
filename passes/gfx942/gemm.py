"""The body of a GEMM kernel: tiles staged through LDS in two stages, MFMA, results to a buffer.

The loop over k computes tile n from LDS while tile n + 1 is written to the other stage and tile
n + 2 is on its way from memory to registers. The barrier and the first reads of tile n + 1 stand
before the last MFMAs of tile n, which hide them.
"""

from collections.abc import Iterator, Sequence
from math import ceil, gcd, prod
from typing import TYPE_CHECKING, Any

from fnuz.dialect.formats import FORMATS, SIGN
from fnuz.passes.gfx942 import ocp
from fnuz.passes.gfx942.contraction import Gemm, Layout, Side
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.epilogue import Step, apply
from fnuz.passes.gfx942.reader import Place, Reader, outside
from fnuz.passes.gfx942.sizes import Number, assumed, known, product
from fnuz.passes.gfx942.tiles import CHUNK, Covers, Tile

if TYPE_CHECKING:
    from fnuz.passes.gfx942.block_scales import Scales, Scaling


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
    `inputs`. `stages` are the LDS of inner and outer, two tiles each. `scales` are those of
    blocks of the depth, which the depth of the tile divides.
    """
    block_inner, block_outer, batch = block(e, gemm, tile)
    thread = e.id("thread_id", tile.threads)
    wave, lane = e.split(thread, 64)
    wave_outer, wave_inner = e.split(wave, tile.waves)

    def staged(n: int, side: Side, rows: int, at: Any) -> "_Staged":
        first = e.i32_op("muli", at, rows)
        return _Staged(e, side, gemm.depth, tile, rows, thread, first, batch, buffers[n], stages[n])

    sides = (
        staged(0, gemm.inner, tile.inner, block_inner),
        staged(1, gemm.outer, tile.outer, block_outer),
    )
    fragments = (
        _Fragments(e, tile, tile.inner, tile.waves, wave_inner, lane, stages[0]),
        _Fragments(e, tile, tile.outer, tile.across, wave_outer, lane, stages[1]),
    )
    group, column = e.split(lane, tile.rows)
    results = Results(
        e,
        gemm,
        tile,
        e.sum([(fragments[0].start(block_inner), 1), (group, 4)]),
        e.sum([(fragments[1].start(block_outer), 1), (column, 1)]),
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
    sums = _pipeline(e, gemm, tile, sides, fragments, accumulators, scaling)
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


def _pipeline(
    e: Emitter,
    gemm: Gemm,
    tile: Tile,
    sides: Sequence["_Staged"],
    fragments: Sequence["_Fragments"],
    accumulators: list[Any],
    scaling: "Scaling | None",
) -> list[Any]:
    count = ceil(gemm.depth / tile.depth)
    steps = tile.depth // tile.step
    stage_size = [tile.inner * tile.depth, tile.outer * tile.depth]

    def load(n: Any) -> list[Any]:
        # The last tile again rather than what is behind it.
        n = e.i32_op("minui", n, count - 1)
        return [v for side in sides for v in side.load(n)]

    def store(values: list[Any], stage: Any, flags: Sequence[Any]) -> list[Any]:
        taken = 0
        set_flags: list[Any] = []
        for side, size in zip(sides, stage_size, strict=True):
            of_side = flags[len(set_flags) : len(set_flags) + side.flags]
            loaded, of_side = side.as_fnuz(values[taken : taken + side.loads], of_side)
            side.store(loaded, e.i32_op("muli", stage, size))
            set_flags += of_side
            taken += side.loads
        return set_flags

    def read(step: int, stage: Any) -> list[Any]:
        return [
            v
            for side, size in zip(fragments, stage_size, strict=True)
            for v in side.read(step, e.i32_op("muli", stage, size))
        ]

    def multiply(read: Sequence[Any], accumulators: list[Any]) -> list[Any]:
        inner, outer = read[: fragments[0].count], read[fragments[0].count :]
        for half in (0, CHUNK // 2):
            a = [e.slice(v, half, CHUNK // 2) for v in inner]
            b = [e.slice(v, half, CHUNK // 2) for v in outer]
            pairs = [(i, j) for i in a for j in b]
            accumulators = [
                e.mfma(i, j, accumulator, tile.rows, tile.products)
                for (i, j), accumulator in zip(pairs, accumulators, strict=True)
            ]
        return accumulators

    flags = [e.number(0) for side in sides for _ in range(side.flags)]
    flags = store(load(e.number(0)), e.number(0), flags)
    e.barrier()
    first, following = read(0, e.number(0)), load(e.number(1))

    def turn(n: Any, carried: list[Any]) -> list[Any]:
        sums = carried[: len(accumulators)]
        loaded = carried[len(sums) : len(sums) + len(following)]
        current = carried[len(sums) + len(following) : -1 - len(flags)]
        stage, *set_flags = carried[-1 - len(flags) :]
        other = e.i32_op("xori", stage, 1)
        for step in range(1, steps):
            next_step = read(step, stage)
            if step == 1:
                set_flags = store(loaded, other, set_flags)
                loaded = load(e.i32_op("addi", n, 2))
            sums = multiply(current, sums)
            current = next_step
        if flags:
            # Not all of the VALU's work before the MFMAs: 5 fill about what each leaves.
            for _ in range(2 * len(sums)):
                e.schedule("mfma_wmma", 1)
                e.schedule("valu", 5)
        e.barrier()
        next_tile = read(0, other)
        sums = multiply(current, sums)
        # The reads one by one between the MFMAs, not all before them.
        reads = min(len(next_tile), 2 * len(sums))
        for _ in range(reads):
            e.schedule("mfma_wmma", 1)
            e.schedule("ds_read", 1)
        if 2 * len(sums) > reads:
            e.schedule("mfma_wmma", 2 * len(sums) - reads)
        return [*sums, *loaded, *next_tile, other, *set_flags]

    def block(n: Any, carried: list[Any]) -> list[Any]:
        assert scaling is not None
        totals, carried = carried[: len(accumulators)], carried[len(accumulators) :]
        of_block = scaling.load(n)
        sums = [e.zeros(total.type) for total in totals]
        carried = [*sums, *carried]
        for each in range(turns):
            carried = turn(e.sum([(n, turns)], each), carried)
        sums, carried = carried[: len(sums)], carried[len(sums) :]
        return [*scaling.add(sums, totals, of_block), *carried]

    carried = [*accumulators, *following, *first, e.number(0), *flags]
    if scaling is None:
        done = e.loop(count, carried, turn)
    else:
        turns = scaling.blocks.size // tile.depth
        done = e.loop(count // turns, carried, block)
    sums = done[: len(accumulators)]
    if not flags:
        return sums
    # One tile more, that has NaN where the flags say so. All its other products are -0, which
    # changes no sum.
    e.barrier()
    flags, without_nan = done[-len(flags) :], (0, SIGN | 1)
    for side, code in zip(sides, without_nan, strict=True):
        of_side, flags = flags[: side.flags], flags[side.flags :]
        if of_side:
            side.store(side.nan_tile(of_side, code), e.number(0))
    e.barrier()
    for step in range(steps):
        sums = multiply(
            [
                v
                for side, fragment, code in zip(sides, fragments, without_nan, strict=True)
                for v in (fragment.read(step, e.number(0)) if side.flags else fragment.all_of(code))
            ],
            sums,
        )
    return sums


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
        self.loads = units // tile.threads * (1 if self.rows == 1 else self.size)
        """How many vectors `load` gives."""
        self.reader = Reader(e, side, depth, tile.depth, self.size, buffer)
        self.format = FORMATS[str(buffer.type.element_type)]
        self.flags = 0 if self.format.fnuz else units // tile.threads
        """How many numbers say which rows have had a NaN: one for each unit of an OCP operand."""
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

    def load(self, n: Any) -> list[Any]:
        """What this thread moves of tile `n`: `size` elements of a row, or 4 rows at each k."""
        e = self.e
        first = e.i32_op("muli", n, self.tile.depth)
        at = self.reader.tile(first)

        def pieces(k: Any, sources: Sequence[Place], at_k: Sequence[int]) -> Any:
            k = e.i32_op("addi", k, first)
            return e.join(
                [self.reader.load(s, at, k, j, self.width) for j in at_k for s in sources]
            )

        return [
            pieces(k, sources, at_k)
            for k, sources, _ in self.units
            for at_k in (
                [range(0, self.size, self.width)]
                if self.rows == 1
                else [range(j, j + 1) for j in range(self.size)]
            )
        ]

    def as_fnuz(self, vectors: Sequence[Any], flags: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """What `load` gave in FNUZ codes, and the flags with its NaN in them: `ocp.to_fnuz`."""
        if not flags:
            return list(vectors), []
        e = self.e
        a_unit = len(vectors) // len(flags)
        words = [e.bitcast(v, v.type.shape[0] // 4, e.i32) for v in vectors]
        fixed, set_flags = [], []
        for n, flag in enumerate(flags):
            unit = e.join(words[n * a_unit : (n + 1) * a_unit])
            codes, flag = ocp.to_fnuz(e, unit, flag, self.format, self.side.inf)
            size = codes.type.shape[0] // a_unit
            fixed += [self._codes(e.slice(codes, j * size, size)) for j in range(a_unit)]
            set_flags.append(flag)
        return fixed, set_flags

    def nan_tile(self, flags: Sequence[Any], otherwise: int) -> list[Any]:
        """A tile as `as_fnuz` gives it: NaN in the rows that have had one, else a code."""
        e = self.e
        a_unit = self.loads // self.flags
        words = e.vector((CHUNK if self.rows == 1 else 4) // 4, e.i32)
        return [
            self._codes(e.value("vector.broadcast", words, ocp.nan_codes(e, flag, otherwise)))
            for flag in flags
            for _ in range(a_unit)
        ]

    def _codes(self, words: Any) -> Any:
        """A vector of words as FNUZ codes."""
        return self.e.bitcast(words, 4 * words.type.shape[0], self.lds.type.element_type)

    def store(self, vectors: Sequence[Any], stage: Any) -> None:
        """Write what `load` gave, in FNUZ codes, to the stage at an offset."""
        places = [place for _, _, places in self.units for place in places]
        if self.rows > 1:
            # Only here: it waits for the loads.
            units = range(0, len(vectors), self.size)
            vectors = [v for n in units for v in self._transposed(vectors[n : n + self.size])]
        for vector, place in zip(vectors, places, strict=True):
            self.e.lds_store(vector, self.lds, self.e.i32_op("addi", place, stage))

    def _transposed(self, columns: Sequence[Any]) -> list[Any]:
        """4 rows, from 4 elements at each k."""
        e = self.e
        words = [e.extract(e.bitcast(column, 1, e.i32), 0) for column in columns]
        return [self._codes(row) for row in e.transpose(words)]


class _Fragments:
    """A side of the GEMM from LDS to the registers of MFMAs: what one lane reads."""

    def __init__(
        self, e: Emitter, tile: Tile, extent: int, waves: int, wave: Any, lane: Any, lds: Any
    ) -> None:
        self.e, self.tile, self.extent, self.lds = e, tile, extent, lds
        self.wave, self.share = wave, extent // waves
        self.count = self.share // tile.rows
        """MFMAs of a wave along this side."""
        group, row = e.split(lane, tile.rows)
        chunks = tile.step // CHUNK
        self.places = [
            [
                _swizzled(
                    e,
                    tile,
                    e.sum([(wave, self.share), (row, 1)], n * tile.rows),
                    e.sum([(group, 1)], step * chunks),
                )
                for n in range(self.count)
            ]
            for step in range(tile.depth // tile.step)
        ]

    def start(self, block: Any) -> Any:
        """The first row of the wave in the whole GEMM."""
        return self.e.sum([(block, self.extent), (self.wave, self.share)])

    def read(self, step: int, stage: Any) -> list[Any]:
        """A chunk for each MFMA along this side."""
        e = self.e
        return [e.lds_load(self.lds, e.i32_op("addi", p, stage), CHUNK) for p in self.places[step]]

    def all_of(self, code: int) -> list[Any]:
        """What `read` gives of a tile of one code."""
        e = self.e
        word = e.number(ocp.bytes_of(code))
        words = e.value("vector.broadcast", e.vector(CHUNK // 4, e.i32), word)
        return [e.bitcast(words, CHUNK, self.lds.type.element_type)] * self.count


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
