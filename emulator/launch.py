"""Run a grid of workgroups of a kernel."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from fnuz.emulator import arguments as packing
from fnuz.emulator.access import Mode
from fnuz.emulator.errors import LaunchError
from fnuz.emulator.fetch import Code
from fnuz.emulator.lds import Lds
from fnuz.emulator.machine import Machine, Stats
from fnuz.emulator.memory import Memory
from fnuz.emulator.operands import EXEC, VGPR
from fnuz.emulator.parse import Kernel
from fnuz.emulator.registers import LANES, Waves
from fnuz.emulator.schedule import Scheduler
from fnuz.emulator.waits import Waits

_TOGETHER = 256
"""Waves that run together, at most, unless a workgroup has more."""

Size = tuple[int, int, int]


def _size(given: int | Sequence[int], what: str) -> Size:
    sizes = (int(given),) if isinstance(given, (int, np.integer)) else tuple(given)
    if not 1 <= len(sizes) <= 3 or any(s < 1 for s in sizes):
        raise LaunchError(f"{what} {given!r} is not one to three positive integers")
    x, y, z = (*sizes, 1, 1)[:3]
    return x, y, z


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
    waves.define(frozenset([*range(at), VGPR]))
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
    for axis, workgroups, workitems in zip("xyz", grid_size, block_size, strict=True):
        if workgroups * workitems >= 1 << 32:  # a dispatch packet has them in 32 bits
            raise LaunchError(f"{workgroups} workgroups of {workitems} along {axis} are too many")
    mode = _mode(kernel)
    memory = Memory()
    setup = packing.prepare(kernel, grid_size, block_size, arguments, memory, dynamic_lds)
    with np.errstate(all="ignore"):
        code = Code(kernel, mode, setup.symbols)
        stats = Stats()
        everyone = (
            (x, y, z)
            for z in range(grid_size[2])
            for y in range(grid_size[1])
            for x in range(grid_size[0])
        )
        per = -(-(block_size[0] * block_size[1] * block_size[2]) // LANES)
        step = max(1, _TOGETHER // per)
        while groups := list(itertools.islice(everyone, step)):
            _run(kernel, code, setup, memory, groups, block_size, per, stats)
    setup.write_back(memory)
    return stats


def _run(
    kernel: Kernel,
    code: Code,
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
    Scheduler(machine, code, kernel.start, workgroup).run()
