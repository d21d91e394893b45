"""Which kernel a GEMM gets: an estimate of the clocks that each variant, tile and split needs.

Every number is of an MI300X. What its source does not say to the clock is an estimate, and so is
each result: it ranks kernels, and says what bounds one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from fnuz.passes.gfx942 import resources
from fnuz.passes.gfx942.block_scales import Blocks
from fnuz.passes.gfx942.contraction import Gemm, Side
from fnuz.passes.gfx942.gemm import workgroups
from fnuz.passes.gfx942.sizes import assumed, known, product
from fnuz.passes.gfx942.skinny import chunk_of, sides, wide_of
from fnuz.passes.gfx942.tiles import CHUNK, SKINNY, TILES, Choice, Skinny, Tile

COMPUTE_UNITS = 304
"""AMD's data sheet."""

PRODUCTS = 2048
"""Of fp8 a clock in a compute unit: four SIMDs, 16x16x32 in 16 clocks each (MI300 ISA document)."""

VALU = 64
"""Lanes a clock in a compute unit: four SIMDs of 16 (MI300 ISA document)."""

LDS = 128
"""Bytes a clock in a compute unit (MI300 ISA document: 32 banks of 4 bytes)."""

HBM = 5.3e12 / 2.1e9
"""Bytes a clock of all: 5.3 TB/s at 2.1 GHz (AMD's data sheet)."""

L2 = 2048 / 38
"""Bytes a clock that reach a compute unit: 16 channels of 128 bytes for the 38 of a die (AMD's
CDNA 3 white paper)."""

L1 = 64
"""Bytes a clock of a load that hits (the same)."""

ADDRESSES = 16
"""Lanes of a load a clock (AMD's GCN white paper)."""

LINE = 128
"""Bytes of a line of L2 (AMD's CDNA 3 white paper)."""

FAR, NEAR = 1600, 500
"""Clocks of a load from HBM and from L2 that has others beside it: estimates, 0.75 and 0.25 us."""

LAUNCH = 4200
"""Clocks that a second kernel costs: an estimate, two us."""

BESIDE = 0.1
"""How much counts of what runs beside the slowest unit: an estimate. It decides between equals."""


@dataclass(frozen=True)
class Estimate:
    """What a choice costs."""

    choice: Choice
    clocks: int
    """From the first load to the last store."""
    bound: str
    """What takes most of them."""


def choose(gemm: Gemm, blocks: Blocks | None = None) -> Estimate | None:
    """The choice with the fewest estimated clocks; of equal ones the largest tile.

    None where there is no kernel, which is with `blocks` alone.
    """
    unit = blocks.size if blocks else CHUNK
    found = (c for c in _choices(gemm, unit) if blocks is None or can_scale(gemm, c, blocks))
    return min((estimate(gemm, c, blocks) for c in found), key=lambda e: e.clocks, default=None)


def can_split(gemm: Gemm, parts: int, unit: int = CHUNK) -> bool:
    """Whether the depth has that many equal parts, each of whole loads of 16 bytes, or blocks."""
    return parts == 1 or (gemm.plain and gemm.depth % (parts * unit) == 0)


def can_scale(gemm: Gemm, choice: Choice, blocks: Blocks) -> bool:
    """Whether a kernel can scale blocks: its steps make up a block, its sums fit twice."""
    tile = choice.tile
    if not can_split(gemm, choice.parts, blocks.size):
        return False
    if isinstance(tile, Skinny):
        return chunk_of(gemm, tile, blocks.size) > 0
    steps, rest = divmod(blocks.size, tile.depth)
    return rest == 0 and steps <= _MOST_STEPS and _at_once(tile, _of_tile(gemm, tile, blocks)) > 0


def _choices(gemm: Gemm, unit: int) -> Iterator[Choice]:
    inner, outer = assumed(gemm.inner.extent), assumed(gemm.outer.extent)
    skinny = SKINNY if gemm.plain and min(inner, outer) <= _FEW_ROWS else ()
    tiles: tuple[Tile | Skinny, ...] = (*TILES, *skinny)
    for tile in tiles:
        # MFMAs of a wave for rows that are none.
        if isinstance(tile, Skinny) and (
            tile.inner >= inner + tile.rows or tile.outer >= outer + tile.rows
        ):
            continue
        parts = 1
        while can_split(gemm, parts, unit):
            yield Choice(tile, parts)
            if workgroups(gemm, tile) * parts >= _ENOUGH:
                break
            parts *= 2


_FEW_ROWS = 64
"""A skinny tile loads the other operand once for so many rows at most."""

_MOST_STEPS = 8
"""Iterations in a block: the loop has all of them in its body."""

_ENOUGH = 4 * COMPUTE_UNITS
"""Workgroups for which no more are looked for by a split."""


def estimate(gemm: Gemm, choice: Choice, blocks: Blocks | None = None) -> Estimate:
    """What a kernel costs, with `blocks` one that scales them.

    Each unit (MFMA, LDS, L2, ...) has its time, of the busiest compute unit, or of HBM. The
    longest counts, for the others run beside it; so does the wait for loads, where too few of
    them are on their way. On top comes what nothing runs beside: the first loads, the end of a
    workgroup, a second kernel.
    """
    tile = choice.tile
    if isinstance(tile, Skinny):
        work = _of_skinny(gemm, tile, blocks)
    else:
        work = _of_tile(gemm, tile, blocks)
    groups = workgroups(gemm, tile) * choice.parts
    here = ceil(groups / COMPUTE_UNITS)
    waves = tile.threads // 64
    at_once = max(_at_once(tile, work), 1)
    turns = ceil(here / at_once)
    iterations = ceil(gemm.depth / choice.parts / work.depth)
    busy = min(4, waves * min(here, at_once)) / 4
    loops = here * iterations
    results = 4 * assumed(product(*gemm.shape))
    operands = sum(
        assumed(side.elements) * _lines(side, rows)
        for side, rows in ((gemm.inner, tile.inner), (gemm.outer, tile.outer))
    )
    from_hbm = min(operands / (groups * iterations * work.loaded), 1)
    latency = NEAR + (FAR - NEAR) * from_hbm
    times = {
        "MFMA": loops * tile.inner * tile.outer * work.depth / PRODUCTS / busy,
        "VALU": loops * work.operations / VALU,
        "LDS": (loops * work.lds + here * work.exchanged) / LDS,
        "L2": loops * work.loaded / L2,
        "issue of loads": loops * work.issue,
        "HBM": (operands + choice.parts * results) / HBM,
        "latency of loads": turns * iterations * latency / work.ahead,
    }
    bound = max(times, key=lambda name: times[name])
    beside = BESIDE * (sum(times.values()) - times[bound])
    alone: float = turns * FAR
    if choice.parts > 1:
        alone += LAUNCH + FAR + (choice.parts + 1) * results / HBM
    return Estimate(choice, round(times[bound] + beside + alone), bound)


def _at_once(tile: Tile | Skinny, work: "_Work") -> int:
    """How many workgroups a compute unit has at once, by registers and LDS; 0 if it has not one."""
    waves = resources.occupancy(work.vgprs, 0, tile.lds, tile.threads)
    return 4 * waves // (tile.threads // 64)


@dataclass(frozen=True)
class _Work:
    """What a workgroup does in an iteration."""

    depth: int
    loaded: float
    """Bytes from L2."""
    issue: float
    """Clocks that its loads take to issue."""
    lds: float
    """Bytes to and from LDS."""
    exchanged: float
    """The same, once at the end."""
    ahead: float
    """Iterations whose loads are on their way."""
    operations: float
    """On sums of blocks: of the VALU, for each lane."""
    vgprs: int
    """Registers of a lane: an estimate."""


def _scaling(tile: Tile | Skinny, depth: int, blocks: Blocks | None) -> float:
    """Operations on sums of blocks in an iteration of a depth."""
    if blocks is None:
        return 0
    return tile.inner * tile.outer * blocks.operations * depth / blocks.size


def _of_tile(gemm: Gemm, tile: Tile, blocks: Blocks | None) -> _Work:
    loaded = (tile.inner + tile.outer) * tile.depth
    reads = (tile.inner * tile.across + tile.outer * tile.waves) * tile.depth
    issue = 0.0
    for side, rows in ((gemm.inner, tile.inner), (gemm.outer, tile.outer)):
        size = wide_of(side, 4) or side.width(CHUNK, side.products)
        issue += _issue(rows * tile.depth, size)
    sums = tile.inner * tile.outer // tile.threads
    fragments = 2 * 4 * (tile.inner // tile.waves + tile.outer // tile.across) // tile.rows
    vgprs = sums * (2 if blocks else 1) + fragments + loaded // tile.threads // 4 + 40
    operations = _scaling(tile, tile.depth, blocks)
    return _Work(tile.depth, loaded, issue, loaded + reads, 0, 1, operations, vgprs)


def _of_skinny(gemm: Gemm, tile: Skinny, blocks: Blocks | None) -> _Work:
    chunk = chunk_of(gemm, tile, blocks.size if blocks else 0)
    depth = tile.waves * 4 * chunk
    loaded = issue = 0.0
    for side, fragments in sides(gemm, tile):
        rows = fragments * tile.rows
        # Rows that are none are not loaded, but the instructions are issued.
        extent = known(side.extent)
        loaded += extent / ceil(extent / rows) * depth
        size = wide_of(side, fragments) or side.width(min(chunk, CHUNK), side.products)
        issue += _issue(rows * depth, size)
    fragments = (tile.inner + tile.outer) // tile.rows
    sums = tile.inner * tile.outer // 64 * (2 if blocks else 1)
    exchanged = 2 * 4 * tile.inner * tile.outer * tile.waves
    ahead = tile.ahead(chunk)
    vgprs = sums + ahead * fragments * chunk // 4 + 40
    operations = _scaling(tile, depth, blocks)
    return _Work(depth, loaded, issue, 0, exchanged, ahead, operations, vgprs)


def _lines(side: Side, rows: int) -> float:
    """Bytes moved for each byte of a side: workgroups beside each other, which are on different
    dies, both load a line that they share."""
    return max(1.0, LINE / min(rows, assumed(side.extent))) if wide_of(side, 1) else 1.0


def _issue(bytes: int, size: int) -> float:
    """Clocks to load that many bytes with `size` a lane."""
    return bytes / size / 64 * max(64 / ADDRESSES, 64 * size / L1)
