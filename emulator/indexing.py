"""Registers by a run-time index: v_mov_b32 between s_set_gpr_idx_on and s_set_gpr_idx_off.

So the backend reads and writes elements of vectors when the index is the same in all lanes. M0
holds the index; it is added to the number of the source (SRC0), the destination (DST) or both.
"""

from collections.abc import Sequence

import numpy as np

from fnuz.emulator.access import raw_reader, scalar_reader
from fnuz.emulator.errors import ParseError, UnknownInstruction
from fnuz.emulator.machine import Machine
from fnuz.emulator.operands import AGPR, M0, VGPR, Register, Word, register_name
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import Array, Waves
from fnuz.emulator.spaces import Run, vector
from fnuz.emulator.valu import base_name

_BITS = {"SRC0": 1, "DST": 8}


def regions(instructions: Sequence[Instruction]) -> dict[int, frozenset[str]]:
    """For each instruction in such a region, what is indexed."""
    found: dict[int, frozenset[str]] = {}
    parts: frozenset[str] | None = None
    for at, instruction in enumerate(instructions):
        if instruction.name == "s_set_gpr_idx_on":
            parts = _parts(instruction)
        elif instruction.name == "s_set_gpr_idx_off":
            parts = None
        elif parts is not None:
            found[at] = parts
    return found


def _parts(instruction: Instruction) -> frozenset[str]:
    mode = instruction.operands[-1]
    text = mode.text if isinstance(mode, Word) else ""
    return frozenset(text.removeprefix("gpr_idx(").removesuffix(")").split(","))


def turn_on(instruction: Instruction) -> Run:
    """s_set_gpr_idx_on. Raises ParseError, UnknownInstruction."""
    index = scalar_reader(instruction.operands[0], 32)
    parts = _parts(instruction)
    if not parts or not parts <= _BITS.keys():
        raise UnknownInstruction(f"{instruction.where()}: this way of indexing is not known")
    bits = sum(_BITS[part] for part in parts) << 12

    return lambda m: m.waves.write_scalar(M0, (index(m.waves) & np.uint32(0xFF)) | np.uint32(bits))


def move(instruction: Instruction, parts: frozenset[str]) -> Run:
    """v_mov_b32 in a region. Raises ParseError, UnknownInstruction for another instruction."""
    if base_name(instruction.name) != "v_mov_b32" or instruction.modifiers:
        raise UnknownInstruction(f"{instruction.where()}: cannot be indexed here")
    target, source = instruction.operands
    first = vector(target, 1)
    if "SRC0" in parts and not (isinstance(source, Register) and source.is_vector):
        raise ParseError(f"{instruction.where()}: {source} cannot be indexed")
    plain = raw_reader(source, 32)

    def indexed(waves: Waves, base: int, index: int) -> int:
        register = base + index
        last = min(AGPR if base < AGPR else AGPR + 256, VGPR + len(waves.vector))
        if register >= last:
            raise ParseError(f"{register_name(base)} with index {index} is no register")
        return register

    def run(m: Machine) -> None:
        waves = m.waves
        indices = (waves.read_scalar(M0) & np.uint32(0xFF)).astype(np.int64)
        for index in np.unique(indices):
            lanes: Array = waves.lanes & (indices == index)[:, None]
            to = indexed(waves, first, int(index)) if "DST" in parts else first
            bits = plain(waves)
            touched = {to}
            if "SRC0" in parts:
                assert isinstance(source, Register)
                register = indexed(waves, source.index, int(index))
                touched.add(register)
                bits = waves.read_vector(register)
            m.waits.check(waves, frozenset(touched), instruction)
            waves.write_vector(to, bits, lanes)
            waves.define(frozenset([to]))

    return run
