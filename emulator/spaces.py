"""What vector memory instructions have in common: where accesses go, and atomics."""

from collections.abc import Callable

import numpy as np

from fnuz.emulator import formats
from fnuz.emulator.errors import ParseError
from fnuz.emulator.formats import Format
from fnuz.emulator.machine import Machine
from fnuz.emulator.memory import LocatedOutOfBounds
from fnuz.emulator.operands import M0, PRIVATE_BASE, SHARED_BASE, Operand, Register, Word
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import LANES, Array
from fnuz.emulator.waits import UNORDERED, VM

Run = Callable[[Machine], None]

CACHE = frozenset(["offset", "sc0", "sc1", "nt"])
"""Modifiers of every access; those of caches change nothing here."""


def is_off(operand: Operand) -> bool:
    """Whether an operand is the word `off`."""
    return isinstance(operand, Word) and operand.text == "off"


def vector(operand: Operand, count: int) -> int:
    """The first of `count` VGPRs. Raises ParseError."""
    if not isinstance(operand, Register) or not operand.is_vector or operand.count != count:
        raise ParseError(f"operand {operand} should be {count} VGPRs")
    return operand.index


class Space:
    """Where an access goes: `load` and `store` bytes (n, 64, width) at addresses (n, 64)."""

    counts: tuple[str, ...] = (VM,)

    def load(self, m: Machine, at: Array, width: int, lanes: Array) -> Array:
        m.count_bytes("global_read", lanes, width)
        return m.memory.load(at, width, lanes)

    def store(self, m: Machine, at: Array, data: Array, lanes: Array) -> None:
        m.count_bytes("global_write", lanes, data.shape[-1])
        m.memory.store(at, data, lanes)


class Scratch(Space):
    def _places(self, m: Machine, at: Array, width: int, lanes: Array) -> Array:
        size = m.scratch.shape[-1]
        wrong = lanes & ((at < 0) | (at + width > size))
        if wrong.any():
            wave, lane = (int(i) for i in np.argwhere(wrong)[0])
            message = f"accesses {width} bytes at {int(at[wave, lane]):#x} of scratch, "
            raise LocatedOutOfBounds(f"{message}which has {size} a lane", wave, lane)
        return np.where(lanes, at, 0)[..., None] + np.arange(width)

    def load(self, m: Machine, at: Array, width: int, lanes: Array) -> Array:
        m.count_bytes("scratch_read", lanes, width)
        places = self._places(m, at, width, lanes)
        if not m.scratch.shape[-1]:
            return np.zeros(places.shape, np.uint8)
        return np.take_along_axis(m.scratch[m.waves.numbers], places, axis=-1)

    def store(self, m: Machine, at: Array, data: Array, lanes: Array) -> None:
        m.count_bytes("scratch_write", lanes, data.shape[-1])
        places = self._places(m, at, data.shape[-1], lanes)
        wave, lane = np.nonzero(lanes)
        m.scratch[m.waves.numbers[wave][:, None], lane[:, None], places[lanes]] = data[lanes]


class Flat(Space):
    """Addresses in the apertures of LDS and scratch go there."""

    counts = (VM, UNORDERED)

    def _parts(self, at: Array, lanes: Array) -> tuple[Array, Array, Array]:
        shared = lanes & (at >> 32 == SHARED_BASE >> 32)
        private = lanes & (at >> 32 == PRIVATE_BASE >> 32)
        return shared, private, lanes & ~shared & ~private

    def load(self, m: Machine, at: Array, width: int, lanes: Array) -> Array:
        shared, private, rest = self._parts(at, lanes)
        out = super().load(m, at, width, rest)
        low = at & 0xFFFFFFFF
        if shared.any():
            m.count_bytes("lds_read", shared, width)
            found = m.lds.load(m.waves.numbers, low, width, shared)
            out = np.where(shared[..., None], found, out)
        if private.any():
            found = Scratch().load(m, low, width, private)
            out = np.where(private[..., None], found, out)
        return out

    def store(self, m: Machine, at: Array, data: Array, lanes: Array) -> None:
        shared, private, rest = self._parts(at, lanes)
        super().store(m, at, data, rest)
        low = at & 0xFFFFFFFF
        if shared.any():
            m.count_bytes("lds_write", shared, data.shape[-1])
            m.lds.store(m.waves.numbers, low, data, shared)
        if private.any():
            Scratch().store(m, low, data, private)


SPACES: dict[str, Space] = {"global": Space(), "flat": Flat(), "scratch": Scratch()}


def spread(m: Machine, addresses: Array) -> Array:
    """Addresses for every lane: (n, 64)."""
    return np.broadcast_to(addresses, (m.waves.n, LANES))


def to_lds(m: Machine, octets: Array, offset: int, lanes: Array) -> None:
    """A load to LDS: lane after lane from M0."""
    base = (m.waves.read_scalar(M0) & np.uint32(0xFFFF)).astype(np.int64)[:, None] + offset
    at = base + np.arange(LANES) * 4
    m.count_bytes("lds_write", lanes, 4)
    # Bytes and shorts take a dword each.
    data = np.zeros((*octets.shape[:2], 4), np.uint8)
    data[..., : octets.shape[-1]] = octets
    m.lds.store(m.waves.numbers, at, data, lanes, dma=True)


def atomic(
    instruction: Instruction,
    name: str,
    target: Operand | None,
    source: Operand,
    locate: Callable[[Machine], tuple[Array, Array]],
    counts: tuple[str, ...],
) -> Run | None:
    """`locate` gives the addresses and the lanes that take part, each (n, 64)."""
    swaps = name.startswith("cmpswap")
    found = formats.atomic(name.replace("cmpswap", "swap"))
    if found is None:
        return None
    width, dtype, operation = found
    words = width // 4
    first = vector(source, words * 2 if swaps else words)
    fmt = Format(width)
    result = None if target is None else vector(target, words)

    def run(m: Machine) -> None:
        at, lanes = locate(m)
        m.count_bytes("global_read", lanes, width)
        m.count_bytes("global_write", lanes, width)
        places, octets = m.memory.change(at, width, lanes)
        data = fmt.from_registers(m.waves, first)
        if swaps:
            expected = fmt.from_registers(m.waves, first + words)
            old = formats.compare_and_swap(octets, places, lanes, data, expected)
        else:
            old = formats.apply(octets, places, lanes, data, dtype, operation)
        registers = range(0)
        if result is not None:
            fmt.to_registers(m.waves, result, old)
            registers = range(result, result + words)
        m.waits.issue(m.waves, counts, registers, instruction)

    return run
