"""Global, flat and scratch accesses."""

from collections.abc import Callable

import numpy as np

from fnuz.emulator import buffers, formats
from fnuz.emulator.access import raw_reader
from fnuz.emulator.machine import Machine
from fnuz.emulator.operands import Operand
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import Array, Waves
from fnuz.emulator.spaces import CACHE, SPACES, Run, atomic, is_off, spread, to_lds, vector
from fnuz.emulator.valu import check_modifiers
from fnuz.emulator.waits import VM

Address = Callable[[Waves], Array]


def _flat_address(address: Operand, base: Operand | None, offset: int) -> Address:
    """64-bit address, or a 32-bit offset from a pair of SGPRs."""
    if base is None or is_off(base):
        read = raw_reader(address, 64)
        return lambda waves: read(waves).astype(np.int64) + offset
    read_base = raw_reader(base, 64)
    read_offset = raw_reader(address, 32)
    return lambda waves: read_base(waves).astype(np.int64) + read_offset(waves) + offset


def _scratch_address(address: Operand, base: Operand, offset: int) -> Address:
    parts = [raw_reader(part, 32) for part in (address, base) if not is_off(part)]

    def run(waves: Waves) -> Array:
        total = np.full((1, 1), offset, np.int64)
        for part in parts:
            total = total + part(waves).astype(np.int64)
        return total & 0xFFFFFFFF

    return run


def _plain(instruction: Instruction, space_name: str, rest: str) -> Run | None:
    """global_, flat_ and scratch_ loads, stores and atomics."""
    space = SPACES[space_name]
    operands = list(instruction.operands)
    offset = instruction.integer("offset")
    check_modifiers(instruction, CACHE)

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
            octets = space.load(m, spread(m, place_of(m.waves)), width, lanes)
            to_lds(m, octets, offset, lanes)
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
            at = spread(m, read_address(m.waves))
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
            at = spread(m, read_address(m.waves))
            space.store(m, at, fmt.from_registers(m.waves, first), m.waves.lanes)
            m.waits.issue(m.waves, space.counts, (), instruction)

        return store
    if verb == "atomic" and space_name != "scratch":
        returns = "sc0" in instruction.modifiers
        result = operands.pop(0) if returns else None
        place, source, *more = operands
        read_place = _flat_address(place, more[0] if more else None, offset)

        def locate(m: Machine) -> tuple[Array, Array]:
            return spread(m, read_place(m.waves)), m.waves.lanes

        return atomic(instruction, suffix, result, source, locate, space.counts)
    return None


def runner(instruction: Instruction) -> Run | None:
    """What runs a vector memory instruction, or None for another.

    Raises ParseError, UnknownInstruction.
    """
    kind, _, rest = instruction.name.partition("_")
    if kind in SPACES:
        return _plain(instruction, kind, rest)
    if kind == "buffer":
        return buffers.runner(instruction, rest)
    return None
