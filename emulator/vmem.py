"""Vector memory: global, flat, scratch and buffer accesses."""

from collections.abc import Callable
from typing import Any

import numpy as np

from fnuz.emulator import formats
from fnuz.emulator.access import raw_reader
from fnuz.emulator.errors import ParseError, UnknownInstruction
from fnuz.emulator.formats import Format
from fnuz.emulator.machine import Machine
from fnuz.emulator.memory import LocatedOutOfBounds
from fnuz.emulator.operands import M0, PRIVATE_BASE, SHARED_BASE, Constant, Operand, Register, Word
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import LANES, Array, Waves
from fnuz.emulator.valu import check_modifiers
from fnuz.emulator.waits import UNORDERED, VM

Run = Callable[[Machine], None]
Address = Callable[[Waves], Array]

_CACHE = frozenset(["offset", "sc0", "sc1", "nt"])
_BUFFER = _CACHE | {"offen", "idxen", "lds"}


def _is_off(operand: Operand) -> bool:
    return isinstance(operand, Word) and operand.text == "off"


def vector(operand: Operand, count: int) -> int:
    """The first of `count` VGPRs. Raises ParseError."""
    if not isinstance(operand, Register) or not operand.is_vector or operand.count != count:
        raise ParseError(f"operand {operand} should be {count} VGPRs")
    return operand.index


def _flat_address(address: Operand, base: Operand | None, offset: int) -> Address:
    """64-bit address, or a 32-bit offset from a pair of SGPRs."""
    if base is None or _is_off(base):
        read = raw_reader(address, 64)
        return lambda waves: read(waves).astype(np.int64) + offset
    read_base = raw_reader(base, 64)
    read_offset = raw_reader(address, 32)
    return lambda waves: read_base(waves).astype(np.int64) + read_offset(waves) + offset


def _scratch_address(address: Operand, base: Operand, offset: int) -> Address:
    parts = [raw_reader(part, 32) for part in (address, base) if not _is_off(part)]

    def run(waves: Waves) -> Array:
        total = np.full((1, 1), offset, np.int64)
        for part in parts:
            total = total + part(waves).astype(np.int64)
        return total & 0xFFFFFFFF

    return run


class _Space:
    """Where an access goes: `load` and `store` bytes (n, 64, width) at addresses (n, 64)."""

    counts: tuple[str, ...] = (VM,)

    def load(self, m: Machine, at: Array, width: int, lanes: Array) -> Array:
        m.count_bytes("global_read", lanes, width)
        return m.memory.load(at, width, lanes)

    def store(self, m: Machine, at: Array, data: Array, lanes: Array) -> None:
        m.count_bytes("global_write", lanes, data.shape[-1])
        m.memory.store(at, data, lanes)


class _Scratch(_Space):
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


class _Flat(_Space):
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
            found = _Scratch().load(m, low, width, private)
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
            _Scratch().store(m, low, data, private)


_SPACES: dict[str, _Space] = {"global": _Space(), "flat": _Flat(), "scratch": _Scratch()}


def _spread(m: Machine, addresses: Array) -> Array:
    return np.broadcast_to(addresses, (m.waves.n, LANES))


def _to_lds(m: Machine, octets: Array, offset: int, lanes: Array) -> None:
    """A load to LDS: lane after lane from M0."""
    base = (m.waves.read_scalar(M0) & np.uint32(0xFFFF)).astype(np.int64)[:, None] + offset
    at = base + np.arange(LANES) * 4
    m.count_bytes("lds_write", lanes, 4)
    # Bytes and shorts take a dword each.
    data = np.zeros((*octets.shape[:2], 4), np.uint8)
    data[..., : octets.shape[-1]] = octets
    m.lds.store(m.waves.numbers, at, data, lanes, dma=True)


def _plain(instruction: Instruction, space_name: str, rest: str) -> Run | None:
    """global_, flat_ and scratch_ loads, stores and atomics."""
    space = _SPACES[space_name]
    operands = list(instruction.operands)
    offset = instruction.integer("offset")
    check_modifiers(instruction, _CACHE)

    def address(place: Operand, base: Operand | None) -> Address:
        if space_name == "scratch":
            assert base is not None
            return _scratch_address(place, base, offset)
        return _flat_address(place, base, offset)

    verb, _, suffix = rest.partition("_")
    if verb == "load" and suffix.startswith("lds_"):
        fmt = formats.format_of(suffix.removeprefix("lds_"))
        if fmt is None or space_name != "global":
            return None
        # The offset counts for the address in memory and for that in LDS.
        place_of = address(*operands)

        width = fmt.width

        def load_lds(m: Machine) -> None:
            lanes = m.waves.lanes
            octets = space.load(m, _spread(m, place_of(m.waves)), width, lanes)
            _to_lds(m, octets, offset, lanes)
            m.waits.issue(m.waves, (VM,), (), instruction)

        return load_lds
    fmt = formats.format_of(suffix)
    base: Operand | None
    if verb == "load" and fmt is not None:
        target, place, *more = operands
        base = more[0] if more else None
        first = vector(target, fmt.registers)
        read_address = address(place, base)
        registers = range(first, first + fmt.registers)

        def load(m: Machine) -> None:
            at = _spread(m, read_address(m.waves))
            octets = space.load(m, at, fmt.width, m.waves.lanes)
            fmt.to_registers(m.waves, first, octets)
            m.waits.issue(m.waves, space.counts, registers, instruction)

        return load
    if verb == "store" and fmt is not None:
        place, source, *more = operands
        base = more[0] if more else None
        first = vector(source, fmt.registers)
        read_address = address(place, base)

        def store(m: Machine) -> None:
            at = _spread(m, read_address(m.waves))
            space.store(m, at, fmt.from_registers(m.waves, first), m.waves.lanes)
            m.waits.issue(m.waves, space.counts, (), instruction)

        return store
    if verb == "atomic" and space_name != "scratch":
        returns = "sc0" in instruction.modifiers
        result = operands.pop(0) if returns else None
        place, source, *more = operands
        read_place = _flat_address(place, more[0] if more else None, offset)

        def locate(m: Machine) -> tuple[Array, Array]:
            return _spread(m, read_place(m.waves)), m.waves.lanes

        return _atomic(instruction, suffix, result, source, locate, space.counts)
    return None


def _atomic(
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


class _Resource:
    """A buffer resource in 4 SGPRs and the offsets of an instruction.

    CDNA3 ISA document, "Buffer addressing" and "Range checking", without swizzling: an element is
    out of range when its offset, that of the SGPR included, reaches num_records; loads then give
    0 and stores do nothing. Dwords of a wide access are checked one by one.
    """

    def __init__(
        self, instruction: Instruction, place: Operand, resource: Operand, scalar: Operand
    ):
        if not isinstance(resource, Register) or resource.is_vector or resource.count != 4:
            raise ParseError(f"operand {resource} should be 4 SGPRs")
        self._first = resource.index
        self._where = instruction.where()
        self._immediate = instruction.integer("offset")
        self._scalar = raw_reader(scalar, 32)
        indexed, offset = "idxen" in instruction.modifiers, "offen" in instruction.modifiers
        self._index = self._offset = None
        if indexed or offset:
            start = vector(place, 2 if indexed and offset else 1)
            if indexed:
                self._index = start
            if offset:
                self._offset = start + int(indexed)
        elif not _is_off(place):
            raise ParseError(f"operand {place} without offen or idxen")

    def locate(self, m: Machine) -> tuple[Array, Array, Array]:
        """Base address (n, 1), offset (n, 64) and number of bytes (n, 1)."""
        waves = m.waves
        words = [waves.read_scalar(self._first + i).astype(np.int64)[:, None] for i in range(4)]
        if (words[1] >> 31).any():
            raise UnknownInstruction(f"{self._where}: swizzled buffers are not known")
        base = words[0] | (words[1] & 0xFFFF) << 32
        stride = words[1] >> 16 & 0x3FFF
        offset = np.full((waves.n, LANES), self._immediate, np.int64)
        if self._offset is not None:
            offset = offset + waves.read_vector(self._offset)
        if self._index is not None:
            offset = offset + waves.read_vector(self._index) * stride
        return base, offset + self._scalar(waves), words[2]


def _buffer(instruction: Instruction, rest: str) -> Run | None:
    verb, _, suffix = rest.partition("_")
    check_modifiers(instruction, _BUFFER)
    operands = list(instruction.operands)
    if verb == "atomic":
        source, place, resource, scalar = operands
        where = _Resource(instruction, place, resource, scalar)
        found = formats.atomic(suffix.replace("cmpswap", "swap"))
        if found is None:
            return None
        size = found[0]
        target = None
        if "sc0" in instruction.modifiers:
            if not isinstance(source, Register):
                raise ParseError(f"operand {source} should be VGPRs")
            target = Register(source.index, size // 4)

        def locate(m: Machine) -> tuple[Array, Array]:
            base, offset, records = where.locate(m)
            return base + offset, m.waves.lanes & (offset + size <= records)

        return _atomic(instruction, suffix, target, source, locate, (VM,))
    fmt = formats.format_of(suffix)
    if verb not in ("load", "store") or fmt is None:
        return None
    to_lds = "lds" in instruction.modifiers
    data = None if to_lds else operands.pop(0)
    if len(operands) != 3:
        raise ParseError(f"{instruction.where()}: {len(operands)} operands for the address, not 3")
    where = _Resource(instruction, *operands)
    width, step = fmt.width, min(4, fmt.width)
    first = None if data is None else vector(data, fmt.registers)
    space = _SPACES["global"]

    def load(m: Machine) -> None:
        base, offset, records = where.locate(m)
        lanes = m.waves.lanes
        inside = offset + width <= records
        if (inside | ~lanes).all():
            octets = space.load(m, base + offset, width, lanes)
        else:
            octets = np.zeros((m.waves.n, LANES, width), np.uint8)
            for at in range(0, width, step):
                allowed = lanes & (offset + at + step <= records)
                part = space.load(m, base + offset + at, step, allowed)
                octets[..., at : at + step] = np.where(allowed[..., None], part, np.uint8(0))
        if first is None:
            _to_lds(m, octets, instruction.integer("offset"), lanes)
            m.waits.issue(m.waves, (VM,), (), instruction)
            return
        fmt.to_registers(m.waves, first, octets)
        m.waits.issue(m.waves, (VM,), range(first, first + fmt.registers), instruction)

    def store(m: Machine) -> None:
        assert first is not None
        base, offset, records = where.locate(m)
        octets = fmt.from_registers(m.waves, first)
        lanes = m.waves.lanes
        if (offset + width <= records)[lanes].all():
            space.store(m, base + offset, octets, lanes)
        else:
            for at in range(0, width, step):
                allowed = lanes & (offset + at + step <= records)
                part = octets[..., at : at + step]
                space.store(m, base + offset + at, part, allowed)
        m.waits.issue(m.waves, (VM,), (), instruction)

    return load if verb == "load" else store


def runner(instruction: Instruction) -> Run | None:
    """What runs a vector memory instruction, or None for another.

    Raises ParseError, UnknownInstruction.
    """
    kind, _, rest = instruction.name.partition("_")
    if kind in _SPACES:
        return _plain(instruction, kind, rest)
    if kind == "buffer":
        if rest in ("wbl2", "inv", "wbinvl1", "wbinvl1_vol", "invl2"):
            # Caches: there are none here.
            return lambda m: None
        return _buffer(instruction, rest)
    return None


_SCALAR_WORDS = {"dword": 1, "dwordx2": 2, "dwordx4": 4, "dwordx8": 8, "dwordx16": 16}


def scalar_runner(instruction: Instruction) -> Run | None:
    """Scalar loads: s_load_* and s_buffer_load_*."""
    name = instruction.name
    is_buffer = name.startswith("s_buffer_load_")
    words = _SCALAR_WORDS.get(name.removeprefix("s_buffer_load_").removeprefix("s_load_"))
    if words is None or not name.startswith(("s_load_", "s_buffer_load_")):
        if name in ("s_dcache_inv", "s_dcache_wb", "s_dcache_inv_vol", "s_dcache_wb_vol"):
            return lambda m: None
        return None
    check_modifiers(instruction, frozenset(["glc", "offset"]))
    target, base, offset = instruction.operands
    if not isinstance(target, Register) or target.is_vector or target.count != words:
        raise ParseError(f"operand {target} should be {words} SGPRs")
    if not isinstance(base, Register) or base.count != (4 if is_buffer else 2):
        raise ParseError(f"operand {base} does not fit {name}")
    immediate = instruction.integer("offset")
    read_offset: Callable[[Waves], Any]
    if isinstance(offset, Constant):
        immediate += int(offset.value)
        read_offset = lambda waves: np.zeros(1, np.int64)  # noqa: E731
    else:
        read_register = raw_reader(offset, 32)
        read_offset = lambda waves: read_register(waves)[:, 0].astype(np.int64)  # noqa: E731
    first, source = target.index, base.index

    def run(m: Machine) -> None:
        waves = m.waves
        low, high = (waves.read_scalar(source + i).astype(np.int64) for i in range(2))
        offset = read_offset(waves) + immediate
        start = low | (high & (0xFFFF if is_buffer else 0xFFFFFFFF)) << 32
        # The two lowest bits of a scalar address do not count.
        at = ((start & ~3) + (offset & ~3))[:, None]
        everywhere = np.ones((waves.n, 1), bool)
        if is_buffer:
            records = waves.read_scalar(source + 2).astype(np.int64)[:, None]
            steps = np.arange(words) * 4
            allowed = ((offset & ~3) + np.zeros(waves.n, np.int64))[:, None] + steps + 4 <= records
            octets = m.memory.load(at + steps, 4, allowed)
            values = np.where(allowed, octets.view(np.uint32)[..., 0], np.uint32(0))
        else:
            values = m.memory.load(at, 4 * words, everywhere).reshape(waves.n, -1).view(np.uint32)
        for i in range(words):
            waves.write_scalar(first + i, values[:, i])
        m.waits.issue(waves, (UNORDERED,), range(first, first + words), instruction)

    return run
