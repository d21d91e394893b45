"""The loop over k: MFMAs, and between them what brings the operands of the next ones.

While a tile of k is multiplied, the next one is written to the other stage of LDS and the one
after that is on its way from memory to registers. The barrier and the first reads of the next tile
stand before the last MFMAs of this one, which hide them.

An MFMA 32x32x16 takes the matrix unit 8 times as long as a wave takes to issue an instruction. So
up to 7 others between two MFMAs cost nothing, and more than that in one place do, however few they
are elsewhere. The order is therefore fixed here, with a `rocdl.sched.barrier` after each MFMA and
its share of the rest. LLVM left alone gathers what is alike: 85% of MFMA use at 4096x4096x4096 by
llvm-mca, 99% in this order. Less good were `rocdl.sched.group.barrier`, which has to name how many
instructions of each kind come next, and the backend changes these (88 to 96%, and it spills with
few registers left), and `rocdl.iglp.opt` (95%, with a spill). `s_setprio` is not in here: what it
does with two waves on a SIMD can only be measured.

The loop has two tiles in its body, or as many pairs as blocks that are scaled end with: which stage
of LDS each has is then part of the addresses in the instructions.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from math import ceil, lcm
from typing import TYPE_CHECKING, Any, Protocol

from fnuz.dialect.formats import SIGN
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.tiles import CHUNK, Tile

if TYPE_CHECKING:
    from fnuz.passes.gfx942.block_scales import Scaling

Piece = Callable[[], None]
"""Emits at most a few instructions."""


@dataclass(frozen=True)
class At:
    """A step along k, of two MFMAs: the one that is `n` behind the first of the loop's body.

    Outside of the loop, behind the first of all.
    """

    n: int
    first: Any | None = None
    """The number of the first one of the body, in the kernel."""

    def times(self, e: Emitter, factor: int) -> Any:
        """Its number times `factor`, in the kernel."""
        return e.sum([(self.first, factor)] if self.first is not None else [], self.n * factor)


class Operand(Protocol):
    """A side of the GEMM on its way from memory to the registers of MFMAs.

    What is loaded, and what is read, is taken in that order.
    """

    ahead: int
    """How many steps before its MFMAs a step is loaded."""
    shared: bool
    """Whether waves take what others have written to LDS, and so have to wait for them."""

    def load(self, place: At) -> list[Piece]:
        """Load a step, or with the first one of a tile all of it."""
        ...

    def store(self, stage: int) -> list[Piece]:
        """Write a tile that was loaded to a stage of LDS."""
        ...

    def read(self, step: int, stage: int) -> list[Piece]:
        """Read a step of a tile from a stage of LDS."""
        ...

    def fragments(self) -> Sequence[Any]:
        """What the MFMAs of the next step take: a chunk for each along this side."""
        ...

    @property
    def under_way(self) -> list[list[Any]]:
        """The values that were loaded or read and not yet taken, and others that it keeps."""
        ...

    @property
    def notes_nan(self) -> bool:
        """Whether its NaN are no NaN in the fragments, and noted instead."""
        ...

    def store_nan(self, otherwise: int) -> list[Piece]:
        """Write a tile to the first stage of LDS: NaN in the rows with a noted one, else a code."""
        ...

    def all_of(self, code: int) -> Sequence[Any]:
        """What `fragments` gives of a tile of one code."""
        ...


def multiply(
    e: Emitter,
    tile: Tile,
    depth: int,
    operands: Sequence[Operand],
    accumulators: Sequence[Any],
    scaling: "Scaling | None",
) -> list[Any]:
    """`accumulators` and the sums over `depth` of the products of the operands, inner and outer.

    With `scaling` those of each block are scaled and added when it ends.
    """
    steps, all_steps = tile.steps, ceil(depth / tile.step)
    tiles, whole_tiles = ceil(depth / tile.depth), depth // tile.depth
    ahead = max(operand.ahead for operand in operands)
    shared = any(operand.shared for operand in operands)
    turns = scaling.blocks.size // tile.depth if scaling else 1
    body = lcm(2, turns)
    """Tiles in the loop's body."""
    totals = list(accumulators)
    sums = [e.zeros(total.type) for total in totals] if scaling else totals
    of_block: list[Any] = []

    def read(step: int, stage: int) -> deque[Piece]:
        return deque(p for operand in operands for p in operand.read(step, stage))

    def one(n: int, loop: Any | None = None) -> None:
        """Multiply tile `n`, of the loop's body or of all, and do meanwhile what is to be done."""
        if scaling and n % turns == 0:
            number = e.i32_op("divui", loop, steps * turns) if loop is not None else e.number(0)
            of_block[:] = scaling.load(e.sum([(number, 1)], n // turns))
            sums[:] = [e.zeros(total.type) for total in totals]
        stage, other = n % 2, 1 - n % 2
        left = all_steps if loop is not None else all_steps - n * steps
        more = loop is not None or n + 1 < tiles
        count = min(steps, left)
        firsts = [read(step, stage) for step in range(1, count)]
        firsts.append(read(0, other) if more else deque())
        stores = [p for operand in operands if more for p in operand.store(other)]
        loads: list[Piece] = []
        for step, first in enumerate(firsts):
            for operand in operands:
                if step + operand.ahead < left:
                    pieces = operand.load(At(n * steps + step + operand.ahead, loop))
                    # Of these, those of a step take as long as the MFMAs of a step.
                    (loads if operand.shared else first).extend(pieces)
        rest = deque([*stores, *loads])
        share = ceil((sum(map(len, firsts)) + len(rest)) / (count * 2 * len(sums)))
        for step, first in enumerate(firsts):
            if shared and more and step == count - 1:
                while len(rest) > len(loads):
                    rest.popleft()()
                e.barrier()
            for product in _products(e, tile, [o.fragments() for o in operands], sums):
                product()
                for _ in range(share):
                    if first or rest:
                        (first or rest).popleft()()
                e.keep_order()
            _run(first)
        _run(rest)
        if scaling and (n + 1) % turns == 0:
            totals[:] = scaling.add(sums, totals, of_block)

    def values() -> list[list[Any]]:
        return [totals, *(vectors for operand in operands for vectors in operand.under_way)]

    def restore(carried: Iterable[Any]) -> None:
        left = iter(carried)
        for vectors in values():
            vectors[:] = islice(left, len(vectors))

    def several(number: Any, carried: list[Any]) -> list[Any]:
        restore(carried)
        first = e.i32_op("muli", number, body * steps)
        for n in range(body):
            one(n, first)
        return [v for vectors in values() for v in vectors]

    for before in range(ahead, 0, -1):
        for operand in operands:
            n = operand.ahead - before
            if 0 <= n < all_steps and (pieces := operand.load(At(n))):
                _run(pieces)
                # The loop's order, or there it would have to wait for more than it takes.
                e.keep_order()
    _run(p for operand in operands for p in operand.store(0))
    if shared:
        e.barrier()
    _run(read(0, 0))
    # The loop loads whole tiles alone: one that is cut off at the end of k is loaded behind it.
    count = max(0, (whole_tiles * steps - ahead) // (body * steps))
    if count:
        restore(e.loop(count, [v for vectors in values() for v in vectors], several))
    for n in range(body * count, tiles):
        one(n)
    if any(operand.notes_nan for operand in operands):
        _multiply_nan(e, tile, operands, totals)
    return totals


def _multiply_nan(e: Emitter, tile: Tile, operands: Sequence[Operand], sums: list[Any]) -> None:
    """One tile more, that has NaN where they were noted.

    All its other products are -0, which changes no sum.
    """
    codes = list(zip(operands, (0, SIGN | 1), strict=True))
    e.barrier()
    for operand, code in codes:
        if operand.notes_nan:
            _run(operand.store_nan(code))
    e.barrier()
    for step in range(tile.steps):
        fragments = []
        for operand, code in codes:
            if operand.notes_nan:
                _run(operand.read(step, 0))
            fragments.append(operand.fragments() if operand.notes_nan else operand.all_of(code))
        _run(_products(e, tile, fragments, sums))


def _run(pieces: Iterable[Piece]) -> None:
    for piece in pieces:
        piece()


def _products(
    e: Emitter, tile: Tile, fragments: Sequence[Sequence[Any]], sums: list[Any]
) -> list[Piece]:
    """The MFMAs of a step, which replace each of `sums` by the next."""
    inner, outer = fragments

    def mfma(half: int, i: int, j: int) -> None:
        n = i * len(outer) + j
        a, b = (e.slice(v, half, CHUNK // 2) for v in (inner[i], outer[j]))
        sums[n] = e.mfma(a, b, sums[n], tile.rows, tile.products)

    return [
        partial(mfma, half, i, j)
        for half in (0, CHUNK // 2)
        for i in range(len(inner))
        for j in range(len(outer))
    ]
