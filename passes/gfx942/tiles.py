"""Which part of a GEMM a workgroup computes, and how its waves share it."""

from dataclasses import dataclass
from math import ceil

COMPUTE_UNITS = 304
"""Of an MI300X."""

L2_BYTES = 2048 / 38
"""That reach a compute unit in a clock: 16 channels of 128 bytes for the 38 units of a die."""

CHUNK = 16
"""Bytes of a row that a lane moves at once: the widest access to memory and to LDS."""


@dataclass(frozen=True)
class Tile:
    """`inner` x `outer` results of a workgroup, `depth` products of each in an iteration.

    `waves` x `across` waves share the tile; each computes with MFMAs of `rows` x `rows`.
    """

    inner: int
    outer: int
    depth: int
    waves: int
    across: int
    rows: int

    @property
    def threads(self) -> int:
        """Of a workgroup."""
        return 64 * self.waves * self.across

    @property
    def lds(self) -> int:
        """Bytes of LDS: two stages."""
        return 2 * (self.inner + self.outer) * self.depth

    @property
    def products(self) -> int:
        """The depth of an MFMA: 32 for 16x16x32, 16 for 32x32x16."""
        return 512 // self.rows

    @property
    def step(self) -> int:
        """The depth of two MFMAs, in which a lane takes one chunk of each operand."""
        return 2 * self.products

    @property
    def clocks(self) -> float:
        """Of a compute unit in an iteration: of MFMA, reads of LDS or L2, what takes longest."""
        mfma = self.inner * self.outer * self.depth / (4 * 512)
        reads = (self.inner * self.across + self.outer * self.waves) * self.depth
        return max(mfma, reads / 128, (self.inner + self.outer) * self.depth / L2_BYTES)

    def __str__(self) -> str:
        return f"{self.outer}x{self.inner}x{self.depth}"


TILES = (
    Tile(256, 256, 64, 2, 4, 32),
    Tile(128, 128, 64, 2, 2, 32),
    Tile(64, 64, 128, 2, 2, 32),
    Tile(64, 16, 256, 4, 1, 16),
    Tile(16, 64, 256, 1, 4, 16),
)
"""From large to small. Each thread moves whole chunks of both operands, and there are at least
two steps in an iteration: the pipeline in gemm.py relies on both."""


BY_NAME = {str(tile): tile for tile in TILES}


def choose(inner: int, outer: int, depth: int, batch: int) -> Tile:
    """The tile with the fewest estimated clocks; of equal ones the largest.

    An estimate from the matrix unit, LDS, L2 and the number of compute units alone: of one
    workgroup at a time on each. The rate of the L2 cache is an estimate.
    """

    def clocks(tile: Tile) -> float:
        groups = batch * ceil(inner / tile.inner) * ceil(outer / tile.outer)
        # One iteration more for filling the pipeline and writing the result.
        iterations = ceil(depth / tile.depth) + 1
        return ceil(groups / COMPUTE_UNITS) * iterations * tile.clocks

    return min(TILES, key=clocks)
