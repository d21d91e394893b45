"""Which registers still wait for memory, by what s_waitcnt has waited for.

Operations that count in vmcnt end in order, and so do the LDS operations that count in lgkmcnt.
Scalar loads and flat accesses also count in lgkmcnt but end in any order. From "lgkmcnt <= N"
follows that all but the last N LDS operations have ended, whatever else was pending, and of the
others nothing unless N = 0.
"""

import re
from typing import Any

import numpy as np

from fnuz.emulator.errors import MissingWait, ParseError
from fnuz.emulator.operands import Constant, parse_operand, register_name
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import Array, Waves

VM, LDS, UNORDERED = "vmcnt", "lgkmcnt", "lgkmcnt of scalar and flat accesses"
LIMITS = {VM: 63, LDS: 15}
_REGISTERS = 768


class Waits:
    """The counters of every wave and the registers that operations will write."""

    def __init__(self, waves: int) -> None:
        self.issued = {kind: np.zeros(waves, np.int64) for kind in (VM, LDS, UNORDERED)}
        self.done = {kind: np.zeros(waves, np.int64) for kind in (VM, LDS, UNORDERED)}
        self._pending = {kind: np.zeros((_REGISTERS, waves), np.int64) for kind in self.issued}
        self._maybe: dict[int, Instruction] = {}

    def issue(
        self, waves: Waves, kinds: tuple[str, ...], registers: Any, instruction: Instruction
    ) -> None:
        """An operation starts that will write these registers."""
        for kind in kinds:
            issued, done = self.issued[kind], self.done[kind]
            number = issued[waves.selection] + 1
            issued[waves.selection] = number
            if kind in LIMITS:
                # The counter holds no more: the wave stalls until the first ones have ended.
                done[waves.selection] = np.maximum(done[waves.selection], number - LIMITS[kind])
            for register in registers:
                self._pending[kind][register][waves.selection] = number
        for register in registers:
            self._maybe[register] = instruction

    def check(
        self, waves: Waves, registers: frozenset[int], instruction: Instruction, but: str = ""
    ) -> None:
        """Raises MissingWait if one of the registers is pending, but for one kind."""
        if self._maybe.keys().isdisjoint(registers):
            return
        for register in sorted(registers & self._maybe.keys()):
            running = False
            for kind, pending in self._pending.items():
                late = pending[register] > self.done[kind]
                if not late.any():
                    continue
                running = True
                if kind == but:
                    continue
                here = late[waves.selection]
                if here.any():
                    wave = int(waves.numbers[int(np.argmax(here))])
                    raise MissingWait(
                        f"{instruction.where()}: {waves.names[wave]} uses "
                        f"{register_name(register)}, "
                        f"which line {self._maybe[register].line} "
                        f"({self._maybe[register].text}) has not written for sure: "
                        f"no s_waitcnt for it ({kind})"
                    )
            if not running:
                del self._maybe[register]

    def wait(self, waves: Waves, counts: dict[str, int]) -> None:
        """s_waitcnt: vmcnt and lgkmcnt are at most these."""
        for kind, most in counts.items():
            for each in (kind, UNORDERED) if kind == LDS and most == 0 else (kind,):
                done = self.done[each]
                done[waves.selection] = np.maximum(
                    done[waves.selection], self.issued[each][waves.selection] - most
                )

    def running(self, kind: str, waves: Array, numbers: Array) -> Array:
        """Which operations, given by wave and number, may still be running."""
        return numbers > self.done[kind][waves]


def decode(instruction: Instruction) -> dict[str, int]:
    """What an s_waitcnt waits for. Raises ParseError."""
    text = instruction.modifiers["wait"]
    counts: dict[str, int] = {}
    if text and "(" not in text:
        operand = parse_operand(text)
        if not isinstance(operand, Constant) or not isinstance(operand.value, int):
            raise ParseError(f"{instruction.where()}: not understood")
        bits = operand.value
        return {VM: (bits & 15) | (bits >> 10 & 0x30), LDS: bits >> 8 & 15}
    for name, value in re.findall(r"(\w+)\((\w+)\)", text):
        if name == "expcnt":
            # Nothing on gfx942 that compute kernels use counts in it.
            continue
        if name not in (VM, LDS):
            raise ParseError(f"{instruction.where()}: {name} is not known")
        counts[name] = min(int(value, 0), LIMITS[name])
    return counts
