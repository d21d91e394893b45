"""Accesses through buffer resources."""

import numpy as np

from fnuz.emulator import formats
from fnuz.emulator.access import raw_reader
from fnuz.emulator.errors import ParseError, UnknownInstruction
from fnuz.emulator.machine import Machine
from fnuz.emulator.operands import Operand, Register
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import LANES, Array
from fnuz.emulator.spaces import CACHE, SPACES, Run, atomic, is_off, to_lds, vector
from fnuz.emulator.valu import check_modifiers
from fnuz.emulator.waits import VM

_MODIFIERS = CACHE | {"offen", "idxen", "lds"}


class _Resource:
    """A buffer resource in 4 SGPRs and the offsets of an instruction.

    The addressing and range check of AMD's ISA documents without swizzling: an element is out of
    range when it is not wholly below num_records by its offset, that of the SGPR included; loads
    then give 0 and stores do nothing. Dwords of a wide access are checked one by one.
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
        elif not is_off(place):
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


def runner(instruction: Instruction, rest: str) -> Run | None:
    """What runs buffer_`rest`, or None for one that is not here.

    Raises ParseError, UnknownInstruction.
    """
    if rest in ("wbl2", "inv"):
        # Caches: there are none here.
        return lambda m: None
    verb, _, suffix = rest.partition("_")
    check_modifiers(instruction, _MODIFIERS)
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

        return atomic(instruction, suffix, target, source, locate, (VM,))
    fmt = formats.format_of(suffix)
    if verb not in ("load", "store") or fmt is None:
        return None
    is_lds = "lds" in instruction.modifiers
    data = None if is_lds else operands.pop(0)
    if len(operands) != 3:
        raise ParseError(f"{instruction.where()}: {len(operands)} operands for the address, not 3")
    where = _Resource(instruction, *operands)
    width, step = fmt.width, min(4, fmt.width)
    first = None if data is None else vector(data, fmt.registers)
    space = SPACES["global"]

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
            to_lds(m, octets, instruction.integer("offset"), lanes)
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
