"""Loads of elements of an operand, by the row and the product of the GEMM that they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

from fnuz.passes.gfx942.contraction import Digit, Side
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.launch import MOST_BYTES
from fnuz.passes.gfx942.sizes import Number, product


def outside(e: Emitter, memref: Any) -> Any:
    """An index behind the end of a buffer, whatever its size is: the last one below 2 GB."""
    return e.number(MOST_BYTES // (memref.type.element_type.width // 8) - 1)


@dataclass(frozen=True)
class Place:
    """Where an element is, or a part of the sum that says so."""

    address: Any
    coordinates: tuple[Any, ...]
    """Along each bound of the side."""


class Reader:
    """Loads elements of a side.

    A thread loads units of `size` products of a row. All that has to do with rows is computed
    before the loop over tiles of `depth` products. In it there is one scalar addition for a tile
    whose products are one run, such as all of a matrix; else a division for each run of a unit.
    """

    def __init__(
        self, e: Emitter, side: Side, products: int, depth: int, size: int, buffer: Any
    ) -> None:
        self.e, self.side, self.products, self.depth = e, side, products, depth
        self.buffer = buffer
        self._step = side.products[-1].stride
        one_run = len(side.products) == 1 or side.run % depth == 0
        self._whole = one_run and not any(side.products[-1].moves)
        self._run = size if self._whole else gcd(size, side.run)

    def row(self, number: Any, batch: Sequence[Any], k: Any) -> Place:
        """That of a row of a GEMM of the batch; `k` is the first product of the unit in a tile."""
        side = self.side
        digits = [*zip(batch, side.batches, strict=True), *self._digits(number, side.rows)]
        if self._whole:
            digits.append((k, side.products[-1]))
        return self._sum([side.offset, *(bound.start for bound in side.bounds)], digits)

    def tile(self, first: Any) -> Place | None:
        """That of a tile's first product; None where it is no part of the sum."""
        return self._products(first) if self._whole else None

    def load(
        self, row: Place, tile: Place | None, k: Any, j: int, width: int, may_end: bool
    ) -> Any:
        """`width` elements of a row from product `k + j` of it, `k` being the unit's first one.

        Zeros in the padding, and if the tile `may_end` past the last product, where other data are.
        """
        e, side = self.e, self.side
        from_run = j if tile else j % self._run
        products = tile or self._products(e.sum([(k, 1)], j - from_run))
        separate = tile is not None and not side.bounds
        address = row.address if separate else e.sum([(row.address, 1), (products.address, 1)])
        for bound, *parts in zip(side.bounds, row.coordinates, products.coordinates, strict=True):
            inside = e.below(e.sum([(part, 1) for part in parts]), bound.extent)
            address = e.select(inside, address, outside(e, self.buffer))
        start, within = products.address if separate else None, product(from_run, self._step)
        if separate:
            # With what all lanes share: the loop would keep each sum with an address in a register.
            start = e.sum([(start, 1)], within)
        else:
            address = e.sum([(address, 1)], within)
        if may_end:
            inside = e.below(e.sum([(k, 1)], j), self.products)
            address = e.select(inside, address, outside(e, self.buffer))
        return e.buffer_load(self.buffer, address, width, start)

    def _products(self, k: Any) -> Place:
        starts = [0] * (1 + len(self.side.bounds))
        return self._sum(starts, self._digits(k, self.side.products))

    def _digits(self, number: Any, digits: Sequence[Digit]) -> list[tuple[Any, Digit]]:
        values = self.e.split(number, *(d.size for d in digits[1:]))
        return list(zip(values, digits, strict=True))

    def _sum(self, starts: Sequence[Number], digits: Sequence[tuple[Any, Digit]]) -> Place:
        """`starts` along the buffer and each bound, and how far digits of some values move."""
        moves = zip(*((digit.stride, *digit.moves) for _, digit in digits), strict=True)
        address, *coordinates = (
            self.e.sum([(value, n) for (value, _), n in zip(digits, each, strict=True)], start)
            for each, start in zip(moves, starts, strict=True)
        )
        return Place(address, tuple(coordinates))
