"""Run a grid of workgroups of a kernel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fnuz.emulator import arguments as packing
from fnuz.emulator import hazards
from fnuz.emulator.access import Mode, scalar_reader, scalar_writer
from fnuz.emulator.decode import BRANCHES, JUMPS, Decoded, decode
from fnuz.emulator.errors import EmulatorError, HazardViolated, LaunchError, OutOfBounds, ParseError
from fnuz.emulator.lds import Lds
from fnuz.emulator.machine import Machine, Stats
from fnuz.emulator.memory import LocatedOutOfBounds, Memory
from fnuz.emulator.operands import AGPR, EXEC, VCC, VGPR, Symbol, register_name
from fnuz.emulator.parse import Kernel
from fnuz.emulator.registers import LANES, Array, Waves
from fnuz.emulator.waits import Waits

CODE = 0x6A00_0000_0000
"""Address of the first instruction; each takes 4 bytes here."""

_TOGETHER = 256
"""Waves that run together, at most, unless a workgroup has more."""

Size = tuple[int, int, int]
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


def _size(given: int | Sequence[int], what: str) -> Size:
    sizes = (given,) if isinstance(given, int) else tuple(given)
    if not 1 <= len(sizes) <= 3 or any(s < 1 for s in sizes):
        raise LaunchError(f"{what} {given!r} is not one to three positive integers")
    x, y, z = (*sizes, 1, 1)[:3]
    return x, y, z


class _Code:
    """The instructions of a kernel, decoded when they are first needed."""

    def __init__(self, kernel: Kernel, mode: Mode, symbols: dict[str, int]) -> None:
        self.program = kernel.program
        self._mode = mode
        code = {name: CODE + 4 * at for name, at in kernel.program.labels.items()}
        self._symbols = code | symbols
        self._decoded: dict[int, Decoded] = {}
        self._needed: dict[tuple[int, int], tuple[int, str]] = {}
        d = kernel.directives
        self._vgprs = d.get("accum_offset", 256)
        self._agprs = max(0, d.get("next_free_vgpr", 0) - self._vgprs)
        self._decode_reachable(kernel.start)

    def at(self, pc: int) -> Decoded:
        """The instruction at an index."""
        found = self._decoded.get(pc)
        if found is None:
            if not 0 <= pc < len(self.program.instructions):
                raise ParseError("the program runs past its last instruction")
            instruction = packing.resolve(self.program.instructions[pc], self._symbols, CODE)
            found = self._decoded[pc] = decode(instruction, self._mode)
            for register in found.uses.touched:
                last = VGPR + self._vgprs if register < AGPR else AGPR + self._agprs
                if register >= VGPR and register >= last:
                    raise ParseError(
                        f"{instruction.where()}: {register_name(register)} is beyond "
                        "what the kernel descriptor allocates"
                    )
        return found

    def target(self, decoded: Decoded) -> int:
        """Where a branch goes. Raises ParseError."""
        (label,) = decoded.instruction.operands
        if not isinstance(label, Symbol) or label.name not in self.program.labels:
            raise ParseError(f"{decoded.instruction.where()}: no such label")
        return self.program.labels[label.name]

    def _decode_reachable(self, start: int) -> None:
        """So that an instruction that is not known is found before anything runs."""
        todo = [start]
        while todo:
            pc = todo.pop()
            while pc not in self._decoded:
                decoded = self.at(pc)
                name = decoded.instruction.name
                if name in BRANCHES:
                    todo.append(self.target(decoded))
                if name in ("s_branch", "s_endpgm", "s_setpc_b64"):
                    break
                pc += 1

    def states_needed(self, first: Decoded, then: Decoded) -> tuple[int, str]:
        """`hazards.needed`, remembered."""
        key = (id(first), id(then))
        found = self._needed.get(key)
        if found is None:
            found = self._needed[key] = hazards.needed(first.uses, then.uses)
        return found


class _Runner:
    """Runs waves: those at the lowest address first, so that they meet again after branches."""

    def __init__(self, machine: Machine, code: _Code, start: int, workgroup: Array) -> None:
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
            m.pc = group.pc
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
        for first, clock, numbers in reversed(recent):
            if clock < oldest:
                if numbers is None:
                    break
                continue
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


def _mode(kernel: Kernel) -> Mode:
    d = kernel.directives
    for field in ("float_round_mode_32", "float_round_mode_16_64"):
        if d.get(field, 0) != 0:
            raise LaunchError(f"kernel {kernel.name}: {field} is not to nearest even")
    if d.get("wavefront_size32", 0):
        raise LaunchError(f"kernel {kernel.name} is for waves of 32 lanes")
    # 3 keeps subnormal sources and results; the mixed settings are taken as flushing both.
    return Mode(
        flush_f32=d.get("float_denorm_mode_32", 0) != 3,
        flush_f16_f64=d.get("float_denorm_mode_16_64", 3) != 3,
        fp16_overflow=bool(d.get("fp16_overflow", 0)),
    )


def _start(
    waves: Waves, kernel: Kernel, setup: packing.Setup, groups: list[Size], block: Size
) -> None:
    """Registers at the start: user SGPRs, workgroup ids, workitem ids, EXEC."""
    d = kernel.directives
    threads = block[0] * block[1] * block[2]
    per = -(-threads // LANES)
    for at, word in enumerate(setup.user_sgprs):
        waves.scalar[at] = word
    at = len(setup.user_sgprs)
    ids = np.repeat(np.array(groups, np.uint32), per, axis=0)
    for axis, name in enumerate("xyz"):
        if d.get(f"system_sgpr_workgroup_id_{name}", name == "x"):
            waves.scalar[at] = ids[:, axis]
            at += 1
    flat = np.arange(per * LANES).reshape(per, LANES)
    x, y, z = flat % block[0], flat // block[0] % block[1], flat // (block[0] * block[1])
    packed = x.astype(np.uint32)
    # Only the ids that the kernel asks for are there.
    if d.get("system_vgpr_workitem_id", 0) >= 1:
        packed |= (y << 10).astype(np.uint32)
    if d.get("system_vgpr_workitem_id", 0) >= 2:
        packed |= (z << 20).astype(np.uint32)
    waves.vector[0] = np.tile(packed, (len(groups), 1))
    waves.write_mask(EXEC, np.tile(flat < threads, (len(groups), 1)))
    waves.names = [f"wave {w} of workgroup {g}" for g in groups for w in range(per)]


def launch(
    kernel: Kernel,
    grid: int | Sequence[int],
    block: int | Sequence[int],
    arguments: Sequence[Any],
    *,
    dynamic_lds: int = 0,
) -> Stats:
    """Run `grid` workgroups (x, y, z) of `block` workitems (x, y, z).

    `arguments` are what the kernel takes, in order: C-contiguous numpy arrays for pointers, which
    the kernel may change, numpy scalars or integers for the rest. An array that is read-only may
    only be read. `dynamic_lds` bytes of LDS are added to those of the kernel.

    Raises LaunchError for arguments that do not fit, and any other EmulatorError for what goes
    wrong in the kernel; the arrays are not changed then.
    """
    grid_size, block_size = _size(grid, "grid"), _size(block, "block")
    packing.check_block(kernel, block_size)
    mode = _mode(kernel)
    memory = Memory()
    setup = packing.prepare(kernel, grid_size, block_size, arguments, memory, dynamic_lds)
    with np.errstate(all="ignore"):
        code = _Code(kernel, mode, setup.symbols)
        stats = Stats()
        everyone = [
            (x, y, z)
            for z in range(grid_size[2])
            for y in range(grid_size[1])
            for x in range(grid_size[0])
        ]
        per = -(-(block_size[0] * block_size[1] * block_size[2]) // LANES)
        step = max(1, _TOGETHER // per)
        for first in range(0, len(everyone), step):
            groups = everyone[first : first + step]
            _run(kernel, code, setup, memory, groups, block_size, per, stats)
    setup.write_back(memory)
    return stats


def _run(
    kernel: Kernel,
    code: _Code,
    setup: packing.Setup,
    memory: Memory,
    groups: list[Size],
    block: Size,
    per: int,
    stats: Stats,
) -> None:
    count = len(groups) * per
    d = kernel.directives
    vgprs = max(d.get("next_free_vgpr", 1), 1)
    offset = d.get("accum_offset", 256)
    waves = Waves(count, 256 + vgprs - offset if vgprs > offset else max(vgprs, offset))
    _start(waves, kernel, setup, groups, block)
    workgroup = np.repeat(np.arange(len(groups)), per)
    waits = Waits(count)
    lds = Lds(setup.lds, workgroup, np.tile(np.arange(per), len(groups)), waits, waves.names)
    scratch = np.full((count, LANES, d.get("private_segment_fixed_size", 0)), 0xD1, np.uint8)
    machine = Machine(waves, memory, lds, waits, scratch, stats)
    stats.workgroups += len(groups)
    stats.waves += count
    _Runner(machine, code, kernel.start, workgroup).run()
