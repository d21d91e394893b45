"""Which part of a GEMM a workgroup computes, and how its waves share it."""

from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

CHUNK = 16
"""Bytes of a row that a lane moves at once: the widest access to memory and to LDS."""


MEMORY_CLOCKS = 2000
"""From a load of what no cache has to its data: about 1 us. An estimate."""


class Covers(Protocol):
    """A tile: how many results of a GEMM a workgroup computes."""

    @property
    def inner(self) -> int:
        """Rows of `inner`."""

    @property
    def outer(self) -> int:
        """Rows of `outer`."""


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
    def turned(self) -> "Tile":
        """The same with as many waves along `outer` as now along `inner`, if it has the rows."""
        tile = replace(self, waves=self.across, across=self.waves)
        shares = (tile.inner // tile.waves, tile.outer // tile.across)
        return tile if min(shares) >= tile.rows else self

    @property
    def lds(self) -> int:
        """Bytes of LDS: two stages."""
        return self.staged(self.inner + self.outer)

    def staged(self, rows: int) -> int:
        """Bytes of LDS for so many rows, of `inner` or `outer`: two stages."""
        return 2 * rows * self.depth

    @property
    def overrun(self) -> int:
        """How far behind the end of the depth an address may be."""
        return self.depth

    @property
    def products(self) -> int:
        """The depth of an MFMA: 32 for 16x16x32, 16 for 32x32x16."""
        return 512 // self.rows

    @property
    def step(self) -> int:
        """The depth of two MFMAs, in which a lane takes one chunk of each operand."""
        return 2 * self.products

    @property
    def steps(self) -> int:
        """How many steps an iteration has."""
        return self.depth // self.step

    @property
    def ahead(self) -> int:
        """How many tiles before its MFMAs a tile is loaded that goes through LDS.

        It is written there while the one before it is multiplied. A load has the time of all
        MFMAs but one tile's to come; with short iterations, those of two.
        """
        mfma_clocks = self.inner * self.outer * self.depth / 2048
        return 2 if mfma_clocks >= MEMORY_CLOCKS else 3

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
two steps in an iteration: main_loop.py relies on both."""


@dataclass(frozen=True)
class Skinny:
    """`inner` x `outer` results of a workgroup, for few rows on one side: no LDS for operands.

    `waves` waves take turns along the depth; each has sums for the whole tile.
    """

    inner: int
    outer: int
    waves: int

    rows: ClassVar[int] = 16
    """Of an MFMA: the smallest, for a side of few rows is padded up to it."""
    products: ClassVar[int] = 32
    """The depth of an MFMA."""

    @property
    def threads(self) -> int:
        """Of a workgroup."""
        return 64 * self.waves

    @property
    def overrun(self) -> int:
        """How far behind the end of the depth an address may be."""
        # Turns of the waves are of a step, or of a block that has as many as are ahead at most.
        return max(4 * chunk * self.ahead(chunk) for chunk in (8, 16, 32)) * self.waves

    @property
    def exchanged(self) -> int:
        """How many of a lane's fours of sums are in LDS at once, of each wave: 32 KB at most."""
        return min(self.inner * self.outer // 256, 32 // self.waves)

    @property
    def lds(self) -> int:
        """Bytes of LDS: sums in f32."""
        return self.exchanged * self.waves * 1024

    def ahead(self, chunk: int) -> int:
        """Steps on their way or in registers, of `chunk` elements of each row in a lane.

        As many as 96 registers hold; two so that there is always one on its way.
        """
        return max(96 // ((self.inner + self.outer) // self.rows * chunk // 4), 2)

    def __str__(self) -> str:
        return f"skinny-{self.outer}x{self.inner}x{self.waves}"


SKINNY: tuple[Skinny, ...] = tuple(
    Skinny(16 * inner, 16 * outer, waves)
    for inner in (1, 2, 4, 8, 16)
    for outer in (1, 2, 4, 8, 16)
    if inner * outer <= 16
    for waves in (8, 4, 2, 1)
)
"""At most 64 registers of sums in a lane."""

BY_NAME: dict[str, Tile | Skinny] = {
    **{str(tile): tile for tile in TILES},
    **{str(tile): tile for tile in SKINNY},
}


@dataclass(frozen=True)
class Choice:
    """A kernel for a GEMM: a tile, which is of a variant, and a split of the depth."""

    tile: Tile | Skinny
    parts: int = 1
    """Workgroups that share the depth of a result; a second kernel adds their sums."""

    def __str__(self) -> str:
        return f"{self.tile}/{self.parts}" if self.parts > 1 else str(self.tile)


def parse(text: str) -> Choice:
    """A choice as its text has it. Raises ValueError with what is possible."""
    name, _, parts = text.partition("/")
    tile = BY_NAME.get(name)
    if tile is None or ("/" in text and not (parts.isdecimal() and int(parts) > 1)):
        raise ValueError(
            f"one of {', '.join(map(str, TILES))}, or skinny-ROWSxCOLUMNSxWAVES such as "
            f"{SKINNY[0]}; with /N behind it N workgroups share the depth"
        )
    return Choice(tile, int(parts or 1))
