"""LDS instructions: ds_read, ds_write, atomics, and permutes between lanes."""

import re
from collections.abc import Callable

import numpy as np

from fnuz.emulator import formats
from fnuz.emulator.access import raw_reader
from fnuz.emulator.errors import ParseError, UnknownInstruction
from fnuz.emulator.formats import Format
from fnuz.emulator.machine import Machine
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import LANES, Array, Waves
from fnuz.emulator.spaces import Run, vector
from fnuz.emulator.valu import check_modifiers
from fnuz.emulator.waits import LDS

_LANE = np.arange(LANES)


def _address(first: int, offset: int) -> Callable[[Waves], Array]:
    return lambda waves: (waves.read_vector(first) + np.uint32(offset)).astype(np.int64)


def _load(m: Machine, at: Array, fmt: Format, first: int) -> None:
    lanes = m.waves.lanes
    m.count_bytes("lds_read", lanes, fmt.width)
    m.count_lds(True, at, fmt.width, lanes)
    fmt.to_registers(m.waves, first, m.lds.load(m.waves.numbers, at, fmt.width, lanes))


def _store(m: Machine, at: Array, fmt: Format, first: int) -> None:
    lanes = m.waves.lanes
    m.count_bytes("lds_write", lanes, fmt.width)
    m.count_lds(False, at, fmt.width, lanes)
    m.lds.store(m.waves.numbers, at, fmt.from_registers(m.waves, first), lanes)


def _single(instruction: Instruction, verb: str, fmt: Format) -> Run:
    check_modifiers(instruction, frozenset(["offset"]))
    target, source = instruction.operands
    if verb == "write":
        target, source = source, target
    first = vector(target, fmt.registers)
    address = _address(vector(source, 1), instruction.integer("offset"))
    registers = range(first, first + fmt.registers) if verb == "read" else range(0)
    access = _load if verb == "read" else _store

    def run(m: Machine) -> None:
        access(m, address(m.waves), fmt, first)
        m.waits.issue(m.waves, (LDS,), registers, instruction)

    return run


def _double(instruction: Instruction, verb: str, fmt: Format, step: int) -> Run:
    """read2 and write2: offsets count elements, or 64 of them."""
    check_modifiers(instruction, frozenset(["offset0", "offset1"]))
    offsets = [instruction.integer(f"offset{i}") * fmt.width * step for i in range(2)]
    size = fmt.registers
    if verb == "read":
        target, source = instruction.operands
        start = vector(target, 2 * size)
        firsts = [start, start + size]
    else:
        source, low, high = instruction.operands
        start = 0
        firsts = [vector(low, size), vector(high, size)]
    base = vector(source, 1)
    addresses = [_address(base, offset) for offset in offsets]
    registers = range(start, start + 2 * size) if verb == "read" else range(0)
    access = _load if verb == "read" else _store

    def run(m: Machine) -> None:
        # Both addresses first: the destination may hold the address.
        places = [address(m.waves) for address in addresses]
        for at, first in zip(places, firsts, strict=True):
            access(m, at, fmt, first)
        m.waits.issue(m.waves, (LDS,), registers, instruction)

    return run


def _atomic(instruction: Instruction, name: str) -> Run | None:
    check_modifiers(instruction, frozenset(["offset"]))
    returns = "_rtn" in name
    short = name.replace("_rtn", "")
    swaps = short.startswith("cmpst_b")
    found = formats.ds_atomic(short.replace("cmpst", "wrxchg"))
    if found is None:
        return None
    width, dtype, operation = found
    words = width // 4
    operands = list(instruction.operands)
    result = vector(operands.pop(0), words) if returns else None
    source, *data = operands
    address = _address(vector(source, 1), instruction.integer("offset"))
    firsts = [vector(operand, words) for operand in data]
    fmt = Format(width)
    if len(firsts) != (2 if swaps else 1):
        raise ParseError(f"{instruction.where()}: the operands do not fit")

    def run(m: Machine) -> None:
        waves, lanes = m.waves, m.waves.lanes
        m.count_bytes("lds_read", lanes, width)
        m.count_bytes("lds_write", lanes, width)
        places, octets = m.lds.change(waves.numbers, address(waves), width, lanes)
        values = [fmt.from_registers(waves, first) for first in firsts]
        if swaps:
            old = formats.compare_and_swap(octets, places, lanes, values[1], values[0])
        else:
            old = formats.apply(octets, places, lanes, values[0], dtype, operation)
        registers = range(0)
        if result is not None:
            fmt.to_registers(waves, result, old)
            registers = range(result, result + words)
        m.waits.issue(waves, (LDS,), registers, instruction)

    return run


def _permute(instruction: Instruction) -> Run:
    """ds_bpermute: each lane reads the data of the lane that its address names (address / 4).

    ds_permute: each lane sends its data there; of several the highest lane wins, and 0 comes
    where no lane sends. Lanes that are not active give 0 and send nothing.
    """
    check_modifiers(instruction, frozenset(["offset"]))
    target, address, data = instruction.operands
    first = vector(target, 1)
    read_address, read_data = raw_reader(address, 32), raw_reader(data, 32)
    offset = np.uint32(instruction.integer("offset"))
    backward = "bpermute" in instruction.name

    def run(m: Machine) -> None:
        waves = m.waves
        lanes = waves.lanes
        places = np.broadcast_to(((read_address(waves) + offset) >> np.uint32(2)) % 64, lanes.shape)
        values = np.broadcast_to(read_data(waves), lanes.shape)
        rows = np.broadcast_to(np.arange(waves.n)[:, None], lanes.shape)
        if backward:
            out = np.where(lanes[rows, places], values[rows, places], np.uint32(0))
        else:
            out = np.zeros(lanes.shape, np.uint32)
            out[rows[lanes], places[lanes]] = values[lanes]
        waves.write_vector(first, out)
        m.waits.issue(waves, (LDS,), (first,), instruction)

    return run


def swizzle_lanes(text: str) -> Array:
    """The lane that each lane reads, of the offset of a ds_swizzle. Raises ParseError."""
    match = re.match(r"swizzle\((\w+),(.*)\)$", text)
    if match is None:
        code = int(text, 0)
        if code & 0x8000:
            order = np.array([(code >> (2 * i)) & 3 for i in range(4)])
            return (_LANE & ~3) + order[_LANE & 3]
        keep, force, flip = code & 31, code >> 5 & 31, code >> 10 & 31
        return (_LANE & 32) | ((((_LANE & 31) & keep) | force) ^ flip)
    mode, arguments = match.group(1), match.group(2).split(",")
    if mode == "QUAD_PERM":
        order = np.array([int(a, 0) for a in arguments])
        return (_LANE & ~3) + order[_LANE & 3]
    if mode == "BITMASK_PERM":
        out = _LANE & 32
        for bit, char in zip((16, 8, 4, 2, 1), arguments[0].strip('"'), strict=True):
            kept = {"0": 0 * _LANE, "1": bit + 0 * _LANE, "p": _LANE & bit, "i": ~_LANE & bit}
            out = out | kept[char]
        return out
    size = int(arguments[0], 0)
    if mode == "BROADCAST":
        return (_LANE & -size) | int(arguments[1], 0)
    if mode == "SWAP":
        return _LANE ^ size
    if mode == "REVERSE":
        return _LANE ^ (size - 1)
    raise ParseError(f"swizzle mode {mode} is not known")


def _swizzle(instruction: Instruction) -> Run:
    check_modifiers(instruction, frozenset(["offset"]))
    target, source = instruction.operands
    first, second = vector(target, 1), vector(source, 1)
    sources = swizzle_lanes(instruction.modifiers.get("offset", "0"))

    def run(m: Machine) -> None:
        waves = m.waves
        active = waves.lanes[:, sources]
        values = np.where(active, waves.read_vector(second)[:, sources], np.uint32(0))
        waves.write_vector(first, values)
        m.waits.issue(waves, (LDS,), (first,), instruction)

    return run


def runner(instruction: Instruction) -> Run | None:
    """What runs an LDS instruction, or None for another. Raises ParseError, UnknownInstruction."""
    if not instruction.name.startswith("ds_"):
        return None
    name = instruction.name.removeprefix("ds_")
    if name in ("bpermute_b32", "permute_b32"):
        return _permute(instruction)
    if name == "swizzle_b32":
        return _swizzle(instruction)
    if "gds" in instruction.modifiers:
        raise UnknownInstruction(f"{instruction.where()}: GDS is not known")
    match = re.match(r"(read|write)(2|2st64)?_(\w+)$", name)
    if match:
        verb, double, suffix = match.groups()
        fmt = formats.ds_format_of(suffix)
        if fmt is None:
            return None
        if double:
            return _double(instruction, verb, fmt, 64 if double == "2st64" else 1)
        return _single(instruction, verb, fmt)
    return _atomic(instruction, name)
