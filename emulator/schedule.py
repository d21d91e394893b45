"""Runs waves: which of them, in which order, with which checks before each instruction."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fnuz.emulator import hazards
from fnuz.emulator.access import scalar_reader, scalar_writer
from fnuz.emulator.decode import BRANCHES, JUMPS, Decoded
from fnuz.emulator.errors import EmulatorError, HazardViolated, OutOfBounds
from fnuz.emulator.fetch import CODE, Code
from fnuz.emulator.machine import Machine
from fnuz.emulator.memory import LocatedOutOfBounds
from fnuz.emulator.operands import EXEC, VCC, register_name
from fnuz.emulator.registers import Array, Waves

_Recent = tuple[Decoded, int, Array | None]


@dataclass
class _Group:
    """Waves at the same instruction, with what they ran last.

    `recent` holds the instruction, the value of `clock` at it, and the waves that ran it.
    """

    numbers: Array
    pc: int
    clock: int
    recent: list[_Recent]


class Scheduler:
    """Runs waves: those at the lowest address first, so that they meet again after branches."""

    def __init__(self, machine: Machine, code: Code, start: int, workgroup: Array) -> None:
        self._m = machine
        self._code = code
        self._workgroup = workgroup
        self._alive = np.bincount(workgroup)
        self._waiting = np.zeros_like(self._alive)
        self._parked: list[_Group] = []
        self._groups = [_Group(np.arange(machine.waves.count), start, 0, [])]

    def run(self) -> None:
        """Until every wave has ended."""
        while self._groups:
            self._groups.sort(key=lambda g: g.pc)
            group = self._groups.pop(0)
            while self._groups and self._groups[0].pc == group.pc:
                group = _merge(group, self._groups.pop(0))
            limit = self._groups[0].pc if self._groups else 1 << 62
            self._m.waves.select(group.numbers)
            self._run_group(group, limit)

    def _run_group(self, group: _Group, limit: int) -> None:
        """Run a group until it branches apart, waits, ends or reaches another group."""
        m = self._m
        while group.pc < limit:
            decoded = self._code.at(group.pc)
            name = decoded.instruction.name
            try:
                self._check(group, decoded)
                decoded.run(m)
            except LocatedOutOfBounds as error:
                wave = m.waves.names[int(m.waves.numbers[error.wave])]
                where = decoded.instruction.where()
                raise OutOfBounds(f"{where}: {wave}, lane {error.lane} {error}") from None
            except EmulatorError as error:
                if str(error).startswith("line "):
                    raise
                raise type(error)(f"{decoded.instruction.where()}: {error}") from None
            for register in m.waves.undefined(decoded.uses.sources):
                where = decoded.instruction.where()
                m.stats.undefined.add(f"{where}: {register_name(register)}")
            m.waves.define(decoded.uses.writes)
            stats = m.stats
            stats.instructions[decoded.uses.kind] += m.waves.n
            stats.names[name] += m.waves.n
            if hazards.matters(decoded.uses):
                group.recent.append((decoded, group.clock, None))
            group.clock += decoded.states
            group.pc += 1
            if name in BRANCHES:
                if not self._branch(group, decoded):
                    return
            elif name == "s_barrier":
                self._barrier(group)
                return
            elif name == "s_endpgm":
                np.subtract.at(self._alive, self._workgroup[group.numbers], 1)
                self._release()
                return
            elif name in JUMPS and not self._jump(group, decoded):
                return
        self._groups.append(group)

    def _check(self, group: _Group, decoded: Decoded) -> None:
        m = self._m
        m.waits.check(m.waves, decoded.touched, decoded.instruction)
        if decoded.loaded:
            m.waits.check(m.waves, decoded.loaded, decoded.instruction, but=decoded.own_count)
        recent = group.recent
        if not recent:
            return
        oldest = group.clock - hazards.LONGEST - 1
        if recent[0][1] < oldest - 64:
            group.recent = recent = [r for r in recent if r[1] >= oldest]
        rewritten: set[int] = set()
        for first, clock, numbers in reversed(recent):
            if clock < oldest:
                break
            if first.uses.shape and decoded.uses.shape:
                # Of the MFMAs that wrote a register the last one counts, as for LLVM.
                if first.uses.writes & decoded.uses.touched <= rewritten:
                    continue
                if numbers is None:  # in all waves
                    rewritten |= first.uses.writes
            states, why = self._code.states_needed(first, decoded)
            # The first one takes a state itself.
            between = group.clock - clock - first.states
            if between < states:
                wave = group.numbers[0] if numbers is None else numbers[0]
                raise HazardViolated(
                    f"{decoded.instruction.where()}: {m.waves.names[int(wave)]}: {between} wait "
                    f"states after line {first.instruction.line} ({first.instruction.text}), "
                    f"{states} are needed: {why}"
                )

    def _split(self, group: _Group, numbers: Array, pc: int) -> _Group:
        recent: list[_Recent] = []
        for decoded, clock, of in group.recent:
            kept = None if of is None else np.intersect1d(of, numbers)
            if kept is None or len(kept):
                recent.append((decoded, clock, kept))
        return _Group(numbers, pc, group.clock, recent)

    def _branch(self, group: _Group, decoded: Decoded) -> bool:
        """Whether the group goes on as one, at its new `pc`."""
        waves = self._m.waves
        name = decoded.instruction.name
        taken = np.broadcast_to(_taken(name, waves), (waves.n,))
        target = self._code.target(decoded)
        if taken.all():
            back = target < group.pc
            group.pc = target
            if not back:
                return True
            # Another group may be at or after the target now.
            self._groups.append(group)
            return False
        if not taken.any():
            return True
        self._groups.append(self._split(group, group.numbers[taken], target))
        self._groups.append(self._split(group, group.numbers[~taken], group.pc))
        return False

    def _jump(self, group: _Group, decoded: Decoded) -> bool:
        waves = self._m.waves
        operands = decoded.instruction.operands
        here = np.full(waves.n, CODE + 4 * group.pc, np.uint64)
        name = decoded.instruction.name
        if name == "s_getpc_b64":
            # Symbols are relative to CODE, see arguments.resolve.
            scalar_writer(operands[0], 64)(waves, np.full(waves.n, CODE, np.uint64))
            return True
        places = np.broadcast_to(scalar_reader(operands[-1], 64)(waves), (waves.n,)).copy()
        if name == "s_swappc_b64":
            scalar_writer(operands[0], 64)(waves, here)
        targets = (places.astype(np.int64) - CODE) // 4
        for target in np.unique(targets):
            self._groups.append(self._split(group, group.numbers[targets == target], int(target)))
        return False

    def _barrier(self, group: _Group) -> None:
        self._parked.append(group)
        np.add.at(self._waiting, self._workgroup[group.numbers], 1)
        self._release()

    def _release(self) -> None:
        """Let the workgroups go on of which every wave that has not ended waits."""
        ready = (self._waiting == self._alive) & (self._waiting > 0)
        if not ready.any():
            return
        self._m.lds.barrier(np.flatnonzero(ready))
        parked, self._parked = self._parked, []
        for group in parked:
            goes = ready[self._workgroup[group.numbers]]
            if goes.any():
                self._groups.append(self._split(group, group.numbers[goes], group.pc))
            if not goes.all():
                self._parked.append(self._split(group, group.numbers[~goes], group.pc))
        self._waiting[ready] = 0


def _taken(name: str, waves: Waves) -> Any:
    if name == "s_branch":
        return True
    condition = name.removeprefix("s_cbranch_")
    if condition.startswith("scc"):
        return waves.scc[waves.selection] == (condition == "scc1")
    register = VCC if condition.startswith("vcc") else EXEC
    zero = (waves.read_scalar(register) | waves.read_scalar(register + 1)) == 0
    return zero if condition.endswith("z") and not condition.endswith("nz") else ~zero


def _merge(one: _Group, other: _Group) -> _Group:
    """Two groups at the same instruction as one, on one clock."""
    clock = max(one.clock, other.clock)
    recent: list[_Recent] = []
    for group in (one, other):
        for decoded, at, of in group.recent:
            at += clock - group.clock
            if at >= clock - hazards.LONGEST - 1:
                recent.append((decoded, at, group.numbers if of is None else of))
    recent.sort(key=lambda r: r[1])
    numbers = np.sort(np.concatenate([one.numbers, other.numbers]))
    return _Group(numbers, one.pc, clock, recent)
