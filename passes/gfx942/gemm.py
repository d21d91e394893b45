"""The body of a GEMM kernel: tiles staged through LDS in two stages, MFMA, results to a buffer.

The loop over k computes tile n from LDS while tile n + 1 is written to the other stage and tile
n + 2 is on its way from memory to registers. The barrier and the first reads of tile n + 1 stand
before the last MFMAs of tile n, which hide them.
"""

from collections.abc import Iterator, Sequence
from math import ceil, gcd
from typing import Any

from fnuz.dialect.formats import FORMATS, SIGN
from fnuz.passes.gfx942 import ocp
from fnuz.passes.gfx942.contraction import Gemm, Layout, Side
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.epilogue import Step, apply
from fnuz.passes.gfx942.reader import Place, Reader, outside
from fnuz.passes.gfx942.sizes import Number, known, product
from fnuz.passes.gfx942.tiles import CHUNK, Tile


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
) -> None:
    """Emit the body of the kernel.

    `buffers` are those of inner and outer, `init` that of the init unless it is zero, `inputs`
    what the sources of `steps` are in the kernel. All are 1-D memrefs, but the scalars in
    `inputs`. `stages` are the LDS of inner and outer, two tiles each.
    """
    inner_tiles, outer_tiles = (e.tiles(*side) for side in tiled(gemm, tile))
    block = e.id("block_id", workgroups(gemm, tile))
    first, block_outer, block_inner = e.split(block, outer_tiles, inner_tiles)
    batch = e.split(first, *gemm.batch[1:]) if gemm.batch else []
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
    results = _Results(
        e,
        gemm,
        tile,
        fragments[0].start(block_inner),
        fragments[1].start(block_outer),
        lane,
        batch,
    )
    if init is not None:
        accumulators = results.load(init)
    else:
        zero = e.zeros(e.vector(tile.rows**2 // 64, e.f32))
        accumulators = [zero] * results.count
    sums = _pipeline(e, gemm, tile, sides, fragments, accumulators)
    results.store(sums, result, steps, inputs)


def tiled(gemm: Gemm, tile: Tile) -> tuple[tuple[Number, int], tuple[Number, int]]:
    """The rows of inner and of outer, and how many of them are in a tile."""
    return (gemm.inner.extent, tile.inner), (gemm.outer.extent, tile.outer)


def workgroups(gemm: Gemm, tile: Tile) -> int | None:
    """How many workgroups the kernel needs; None where that depends on a dynamic size."""
    groups = 1
    for extent, rows in (*tiled(gemm, tile), *((size, 1) for size in gemm.batch)):
        if not isinstance(extent, int):
            return None
        groups *= ceil(extent / rows)
    return groups


def _pipeline(
    e: Emitter,
    gemm: Gemm,
    tile: Tile,
    sides: Sequence["_Staged"],
    fragments: Sequence["_Fragments"],
    accumulators: list[Any],
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

    def body(n: Any, carried: list[Any]) -> list[Any]:
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

    carried = [*accumulators, *following, *first, e.number(0), *flags]
    done = e.loop(count, carried, body)
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

    The banks of LDS are 128 bytes wide together. Lanes that read one chunk of 8 rows below each
    other would share banks: the chunk is XORed with the number of the row's 128 bytes.
    """
    chunks = tile.depth // CHUNK
    rows_a_line = max(1, 128 // tile.depth)
    line = e.i32_op("remui", e.i32_op("divui", row, rows_a_line), min(chunks, 8))
    return e.sum([(row, tile.depth), (e.i32_op("xori", chunk, line), CHUNK)])


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
        rows: list[list[Any]] = [[], [], [], []]
        for j in range(0, self.size, 4):
            # Bytes 0 and 1, then 2 and 3, of pairs of words beside each other.
            low = [e.permute_bytes(words[j + i + 1], words[j + i], 0x05010400) for i in (0, 2)]
            high = [e.permute_bytes(words[j + i + 1], words[j + i], 0x07030602) for i in (0, 2)]
            for n, (first, second) in enumerate((low, high)):
                rows[2 * n].append(e.permute_bytes(second, first, 0x05040100))
                rows[2 * n + 1].append(e.permute_bytes(second, first, 0x07060302))
        one = e.vector(1, e.i32)
        joined = [e.join([e.value("vector.broadcast", one, w) for w in row]) for row in rows]
        return [self._codes(v) for v in joined]


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


class _Results:
    """The accumulators of a lane and where they are in the result.

    An MFMA's results are in registers four by four: 4 rows of `inner` below each other, all in
    one row of `outer`.
    """

    def __init__(
        self,
        e: Emitter,
        gemm: Gemm,
        tile: Tile,
        inner: Any,
        outer: Any,
        lane: Any,
        batch: Sequence[Any],
    ) -> None:
        self.e, self.gemm, self.tile, self.batch = e, gemm, tile, batch
        self.width = self._width(4, gemm.result)
        group, column = e.split(lane, tile.rows)
        self.inner = e.sum([(inner, 1), (group, 4)])
        self.outer = e.sum([(outer, 1), (column, 1)])
        self.shape = (
            tile.inner // tile.waves // tile.rows,
            tile.outer // tile.across // tile.rows,
        )
        self.count = self.shape[0] * self.shape[1]

    def _width(self, most: int, layout: Layout) -> int:
        """How many results below each other are neighbours in a tensor: 4, 2 or 1 of them."""
        if layout.inner != 1:
            return 1
        return gcd(most, *map(known, (self.gemm.inner.extent, layout.outer, *layout.batch)))

    def _first(self, layout: Layout) -> Any:
        """The index of the lane's first result in a tensor."""
        batch = zip(self.batch, layout.batch, strict=True)
        return self.e.sum([*batch, (self.inner, layout.inner), (self.outer, layout.outer)])

    def _each(self) -> Iterator[tuple[int, int, int, int]]:
        """Accumulator, register, row and column, from the lane's first, of `width` results."""
        for n in range(self.count):
            i, j = divmod(n, self.shape[1])
            for register in range(0, self.tile.rows**2 // 64, self.width):
                # Of 32x32 a lane has every other 4 rows, of 16x16 only 4.
                row = i * self.tile.rows + 8 * (register // 4) + register % 4
                yield n, register, row, j * self.tile.rows

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
        first = self._first(self.gemm.result)
        parts: list[list[Any]] = [[] for _ in range(self.count)]
        for n, _, row, column in self._each():
            place = self._place(first, row, column, buffer)
            parts[n].append(self.e.buffer_load(buffer, place, self.width))
        return [self.e.join(vectors) for vectors in parts]

    def store(
        self, accumulators: Sequence[Any], buffer: Any, steps: Sequence[Step], inputs: Sequence[Any]
    ) -> None:
        """The accumulators, after the steps of the epilogue, to a buffer."""
        first = self._first(self.gemm.result)
        given = iter(inputs)
        sources = [
            [
                (source, next(given), self._first(source.layout) if source.layout else None)
                for source in step.sources
            ]
            for step in steps
        ]
        for n, register, row, column in self._each():
            vector = self.e.slice(accumulators[n], register, self.width)
            for step, of_step in zip(steps, sources, strict=True):
                loaded = {
                    source.argument: self._input(source.layout, value, start, row, column)
                    for source, value, start in of_step
                }
                vector = apply(self.e, step, vector, loaded)
            self.e.buffer_store(vector, buffer, self._place(first, row, column, buffer))

    def _input(self, layout: Layout | None, value: Any, first: Any, row: int, column: int) -> Any:
        """`width` elements of an input of the epilogue; of a scalar as many times that."""
        e = self.e
        if layout is None:  # a scalar
            return e.value("vector.broadcast", e.vector(self.width, value.type), value)
        start = self._at(first, layout, row, column)
        if layout.inner == 0:
            element = e.buffer_load(value, start, 1)
            scalar = e.extract(element, 0)
            return e.value("vector.broadcast", e.vector(self.width, scalar.type), scalar)
        size = self._width(self.width, layout)
        return e.join(
            [
                e.buffer_load(value, e.sum([(start, 1)], product(n, layout.inner)), size)
                for n in range(0, self.width, size)
            ]
        )
