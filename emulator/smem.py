"""Scalar loads."""

from collections.abc import Callable

import numpy as np

from fnuz.emulator.access import raw_reader
from fnuz.emulator.errors import ParseError
from fnuz.emulator.machine import Machine
from fnuz.emulator.operands import Constant, Register
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import Array, Waves
from fnuz.emulator.spaces import Run
from fnuz.emulator.valu import check_modifiers
from fnuz.emulator.waits import UNORDERED

_WORDS = {"dword": 1, "dwordx2": 2, "dwordx4": 4, "dwordx8": 8, "dwordx16": 16}


def runner(instruction: Instruction) -> Run | None:
    """What runs s_load_* and s_buffer_load_*, or None for another. Raises ParseError."""
    name = instruction.name
    is_buffer = name.startswith("s_buffer_load_")
    words = _WORDS.get(name.removeprefix("s_buffer_load_").removeprefix("s_load_"))
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
    read_offset: Callable[[Waves], Array]
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
