"""The registers of all waves of a launch, and which waves and lanes are being run."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fnuz.emulator.operands import EXEC, VGPR

Array = NDArray[Any]
Selection = Any  # a slice, or an array of wave numbers

LANES = 64
POISON = 0xFFFF_D1D1
"""What registers hold before they are written: NaN as f32 and as each half, far off as an
address."""


def pack_lanes(lanes: Array) -> tuple[Array, Array]:
    """Booleans (waves, 64) to the low and high words of a mask, each (waves,)."""
    words = np.packbits(lanes, axis=-1, bitorder="little").view(np.uint32)
    return words[:, 0], words[:, 1]


def unpack_lanes(low: Array, high: Array) -> Array:
    """The low and high words of masks, each (waves,), to booleans (waves, 64)."""
    words = np.stack([low, high], axis=-1)
    return np.unpackbits(words.view(np.uint8), axis=-1, bitorder="little").astype(bool)


class Waves:
    """Registers of `count` waves; `select` says which of them the next instructions run on.

    `vector[r]` is (waves, 64) uint32, VGPRs first and AGPRs from 256; `scalar[r]` is (waves,)
    uint32 by the encoding of the register.
    """

    def __init__(self, count: int, vector_registers: int) -> None:
        self.count = count
        self.vector = np.full((vector_registers, count, LANES), POISON, np.uint32)
        self.scalar = np.full((128, count), POISON, np.uint32)
        self.scc = np.zeros(count, bool)
        self.scalar[EXEC : EXEC + 2] = 0xFFFF_FFFF
        self._lanes = np.ones((count, LANES), bool)
        self._full: bool | None = True
        self.numbers = np.arange(count)
        self.selection: Selection = slice(None)
        self.n = count
        self._defined = np.zeros((768, count), bool)
        self._defined_in_all: set[int] = {EXEC, EXEC + 1}
        self.names = [f"wave {i}" for i in range(count)]
        """What messages call the waves."""

    def select(self, numbers: Array) -> None:
        """Run on these waves (ascending) from now on."""
        self.numbers = numbers
        self.n = len(numbers)
        first = int(numbers[0])
        if int(numbers[-1]) - first + 1 == self.n:
            self.selection = slice(first, first + self.n)
        else:
            self.selection = numbers
        self._full = None

    def define(self, registers: frozenset[int]) -> None:
        """The selected waves write these registers."""
        for register in registers - self._defined_in_all:
            self._defined[register][self.selection] = True
            if self._defined[register].all():
                self._defined_in_all.add(register)

    def undefined(self, registers: frozenset[int]) -> list[int]:
        """Those of the registers that one of the selected waves has never written."""
        unsure = registers - self._defined_in_all
        return [r for r in sorted(unsure) if not self._defined[r][self.selection].all()]

    @property
    def lanes(self) -> Array:
        """The active lanes of the selected waves: booleans (n, 64)."""
        return self._lanes[self.selection]

    @property
    def full(self) -> bool:
        """Whether every lane of the selected waves is active."""
        if self._full is None:
            self._full = bool(self._lanes[self.selection].all())
        return self._full

    def read_vector(self, register: int) -> Array:
        """(n, 64) uint32."""
        return self.vector[register - VGPR][self.selection]

    def write_vector(self, register: int, bits: Array, lanes: Array | None = None) -> None:
        """Write uint32 that broadcast to (n, 64), in the active lanes or in `lanes`."""
        row = self.vector[register - VGPR]
        if lanes is None:
            if self.full:
                row[self.selection] = bits
                return
            lanes = self.lanes
        if isinstance(self.selection, slice):
            np.copyto(row[self.selection], bits, where=lanes)
        else:
            row[self.selection] = np.where(lanes, bits, row[self.selection])

    def read_scalar(self, register: int) -> Array:
        """(n,) uint32."""
        return self.scalar[register][self.selection]

    def write_scalar(self, register: int, bits: Any) -> None:
        """Write uint32 that broadcast to (n,). EXEC changes the active lanes."""
        self.scalar[register][self.selection] = bits
        if register in (EXEC, EXEC + 1):
            self._lanes[self.selection] = unpack_lanes(
                self.read_scalar(EXEC), self.read_scalar(EXEC + 1)
            )
            self._full = None

    def read_mask(self, register: int) -> Array:
        """A pair of SGPRs as lanes: booleans (n, 64)."""
        if register == EXEC:
            return self.lanes
        return unpack_lanes(self.read_scalar(register), self.read_scalar(register + 1))

    def write_mask(self, register: int, lanes: Array) -> None:
        """Write booleans that broadcast to (n, 64) to a pair of SGPRs."""
        low, high = pack_lanes(np.ascontiguousarray(np.broadcast_to(lanes, (self.n, LANES))))
        self.write_scalar(register, low)
        self.write_scalar(register + 1, high)
