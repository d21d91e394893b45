"""Vector instructions that are no function of each lane alone, and the packs of fp8."""

from collections.abc import Callable

import numpy as np

from fnuz.emulator import conversions
from fnuz.emulator.access import Mode, raw_reader, reader, scalar_reader
from fnuz.emulator.errors import ParseError
from fnuz.emulator.operands import Operand, Register
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import LANES, Waves
from fnuz.emulator.salu import Runner
from fnuz.emulator.valu import base_name, check_modifiers


def _register(operand: Operand, vector: bool) -> int:
    if not isinstance(operand, Register) or operand.is_vector != vector or operand.count != 1:
        raise ParseError(f"operand {operand} should be {'a VGPR' if vector else 'an SGPR'}")
    return operand.index


def _read_first_lane(instruction: Instruction, mode: Mode) -> Runner:
    target, source = instruction.operands
    write, read = _register(target, False), _register(source, True)

    def run(waves: Waves) -> None:
        # Lane 0 when no lane is active.
        first = np.argmax(waves.lanes, axis=1)
        waves.write_scalar(write, waves.read_vector(read)[np.arange(waves.n), first])

    return run


def _read_lane(instruction: Instruction, mode: Mode) -> Runner:
    target, source, lane = instruction.operands
    write, read = _register(target, False), _register(source, True)
    select = scalar_reader(lane, 32)

    def run(waves: Waves) -> None:
        lanes = np.broadcast_to(select(waves) & np.uint32(LANES - 1), (waves.n,))
        waves.write_scalar(write, waves.read_vector(read)[np.arange(waves.n), lanes])

    return run


def _write_lane(instruction: Instruction, mode: Mode) -> Runner:
    target, value, lane = instruction.operands
    write = _register(target, True)
    read, select = scalar_reader(value, 32), scalar_reader(lane, 32)

    def run(waves: Waves) -> None:
        lanes = (select(waves) & np.uint32(LANES - 1))[:, None] == np.arange(LANES)
        chosen = np.broadcast_to(lanes, (waves.n, LANES))
        waves.write_vector(write, read(waves)[:, None], chosen)

    return run


def _swap(instruction: Instruction, mode: Mode) -> Runner:
    first, second = (_register(operand, True) for operand in instruction.operands)

    def run(waves: Waves) -> None:
        a, b = waves.read_vector(first).copy(), waves.read_vector(second).copy()
        waves.write_vector(first, b)
        waves.write_vector(second, a)

    return run


def _pack(instruction: Instruction, mode: Mode) -> Runner:
    """v_cvt_pk_fp8_f32: two codes to the low or (op_sel) high word; the other word is kept."""
    kind = "bf8" if "bf8" in instruction.name else "fp8"
    target, first, second = instruction.operands
    read_a, read_b = reader(first, "f32", mode), reader(second, "f32", mode)
    index = _register(target, True)
    select = instruction.integers("op_sel") or [0, 0, 0]
    shift = 16 if select[2] else 0

    def run(waves: Waves) -> None:
        low, high = (
            conversions.encode(kind, read(waves), mode.fp16_overflow) for read in (read_a, read_b)
        )
        bits = (low | high << np.uint32(8)) << np.uint32(shift)
        kept = waves.read_vector(index) & np.uint32(0xFFFF0000 if shift == 0 else 0xFFFF)
        waves.write_vector(index, bits | kept)

    return run


def _stochastic(instruction: Instruction, mode: Mode) -> Runner:
    """v_cvt_sr_fp8_f32: one code to the byte that op_sel names; the other bytes are kept."""
    kind = "bf8" if "bf8" in instruction.name else "fp8"
    target, value, random = instruction.operands
    read, read_random = reader(value, "f32", mode), raw_reader(random, 32)
    index = _register(target, True)
    select = ((instruction.integers("op_sel") or []) + [0] * 4)[:4]
    shift = 8 * (select[2] + 2 * select[3])

    def run(waves: Waves) -> None:
        codes = conversions.encode_stochastic(
            kind, read(waves), read_random(waves), mode.fp16_overflow
        )
        kept = waves.read_vector(index) & np.uint32(0xFFFFFFFF ^ 0xFF << shift)
        waves.write_vector(index, codes << np.uint32(shift) | kept)

    return run


ROWS: dict[str, Callable[[Instruction, Mode], Runner]] = {
    "v_readfirstlane_b32": _read_first_lane,
    "v_readlane_b32": _read_lane,
    "v_writelane_b32": _write_lane,
    "v_swap_b32": _swap,
    "v_cvt_pk_fp8_f32": _pack,
    "v_cvt_pk_bf8_f32": _pack,
    "v_cvt_sr_fp8_f32": _stochastic,
    "v_cvt_sr_bf8_f32": _stochastic,
    "v_nop": lambda instruction, mode: lambda waves: None,
}


def runner(instruction: Instruction, mode: Mode) -> Runner | None:
    """What runs one of these instructions, or None for another. Raises UnknownInstruction."""
    make = ROWS.get(base_name(instruction.name))
    if make is None:
        return None
    check_modifiers(instruction, frozenset(["op_sel"]))
    return make(instruction, mode)
