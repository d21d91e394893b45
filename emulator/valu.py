"""Vector arithmetic on 64 lanes, with its modifiers, also as SDWA and DPP."""

from collections.abc import Callable
from typing import Any

import numpy as np

from fnuz.emulator import dpp
from fnuz.emulator.access import (
    DTYPES,
    Mode,
    Reader,
    output_modifiers,
    reader,
    vector_writer,
)
from fnuz.emulator.errors import ParseError, UnknownInstruction
from fnuz.emulator.operands import EXEC, VCC, Register
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import Array, Waves
from fnuz.emulator.salu import Row, Runner
from fnuz.emulator.valu_rows import ROWS, SATURATING

TRANSCENDENTAL = ("v_rcp_", "v_rsq_", "v_sqrt_", "v_exp_", "v_log_", "v_sin_", "v_cos_")
"""Prefixes of what runs on the slow unit, with a result that needs a wait state."""

HANDLED = frozenset(
    [
        "op_sel",
        "clamp",
        "mul",
        "div",
        "src0_sel",
        "src1_sel",
        "dst_sel",
        "dst_unused",
        "quad_perm",
        "row_shl",
        "row_shr",
        "row_ror",
        "row_mirror",
        "row_half_mirror",
        "row_bcast",
        "row_newbcast",
        "wave_shl",
        "wave_shr",
        "wave_rol",
        "wave_ror",
        "row_mask",
        "bank_mask",
        "bound_ctrl",
    ]
)


def base_name(name: str) -> str:
    """The name without the suffix of its encoding."""
    for suffix in ("_e64_dpp", "_e32", "_e64", "_sdwa", "_dpp"):
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def check_modifiers(instruction: Instruction, allowed: frozenset[str]) -> None:
    """Raises UnknownInstruction for a modifier that would be ignored."""
    for modifier in instruction.modifiers:
        if modifier not in allowed:
            raise UnknownInstruction(f"{instruction.where()}: modifier {modifier} is not known")


def _row(name: str, modifiers: dict[str, str]) -> Row | None:
    if name in SATURATING:
        signature, function = SATURATING[name]
        info = np.iinfo(DTYPES[signature[:3]])

        def add(a: Array, b: Array) -> Array:
            total = function(a.astype(np.int64), b.astype(np.int64))
            return np.clip(total, info.min, info.max) if "clamp" in modifiers else total

        return signature, add
    if name.startswith("v_cmpx_"):
        return ROWS.get("v_cmp_" + name.removeprefix("v_cmpx_"))
    return ROWS.get(name)


def runner(instruction: Instruction, mode: Mode) -> Runner | None:
    """What runs a vector instruction, or None for one that is not here.

    Raises ParseError, UnknownInstruction.
    """
    name = base_name(instruction.name)
    modifiers = instruction.modifiers
    row = _row(name, modifiers)
    if row is None:
        return None
    check_modifiers(instruction, HANDLED)
    signature, function = row
    results, _, sources = signature.partition(":")
    kinds = results.split()
    operands = list(instruction.operands)
    targets = [operands.pop(0) for _ in kinds if operands]
    if len(targets) != len(kinds):
        raise ParseError(f"{name} has too few operands")
    op_sel = instruction.integers("op_sel") or []
    sdwa = instruction.name.endswith("_sdwa")
    permute = dpp.permutation(instruction)
    readers: list[Reader] = []
    position = 0
    for kind in sources.split():
        if kind == "=":
            readers.append(reader(targets[0], kinds[0], mode))
            continue
        if kind == "vcc":
            readers.append(reader(Register(VCC, 2), "m", mode))
            continue
        if not operands:
            raise ParseError(f"{name} has too few operands")
        selector = modifiers.get(f"src{position}_sel", "DWORD") if sdwa and position < 2 else None
        readers.append(
            reader(
                operands.pop(0),
                kind,
                mode,
                high=bool(op_sel[position]) if position < len(op_sel) else False,
                sdwa=None if kind == "m" else selector,
                lanes=permute.take if permute and position == 0 else None,
            )
        )
        position += 1
    if operands:
        raise ParseError(f"{name} has too many operands")
    if kinds == ["m"]:
        return _comparison(instruction, targets[0], function, readers)
    kind = kinds[0]
    if "clamp" in modifiers and kind[0] != "f" and name not in SATURATING:
        raise UnknownInstruction(f"{instruction.where()}: clamp of {name} is not known")
    # The last bit of op_sel is that of the destination. Instructions with three sources keep the
    # other half of a 16-bit result; the others, and the legacy ones of GFX8, clear it.
    high: bool | None = None
    if kind[1:] == "16":
        if len(op_sel) > position and op_sel[position]:
            high = True
        elif position == 3 and "_legacy_" not in name:
            high = False
    placement = None
    if sdwa:
        placement = (
            modifiers.get("dst_sel", "DWORD"),
            modifiers.get("dst_unused", "UNUSED_PRESERVE"),
        )
    write = vector_writer(targets[0], kind, high=high, sdwa=placement)
    finish: Callable[[Array], Array] = (
        output_modifiers(kind, mode, modifiers) if kind[0] == "f" else lambda value: value
    )
    dtype = DTYPES[kind]
    mask_index = None
    if len(kinds) == 2:
        mask = targets[1]
        if not isinstance(mask, Register) or mask.is_vector or mask.count != 2:
            raise ParseError(f"operand {mask} should be a pair of SGPRs")
        mask_index = mask.index

    def run(waves: Waves) -> None:
        out = function(*[read(waves) for read in readers])
        lanes = permute.written(waves) if permute else None
        if mask_index is not None:
            out, carry = out
            active = waves.lanes
            waves.write_mask(mask_index, carry & active)
        write(waves, finish(np.asarray(out).astype(dtype, copy=False)), lanes)

    return run


def _comparison(
    instruction: Instruction, target: Any, function: Callable[..., Any], readers: list[Reader]
) -> Runner:
    if not isinstance(target, Register) or target.is_vector or target.count != 2:
        raise ParseError(f"operand {target} should be a pair of SGPRs")
    index = target.index
    to_exec = instruction.name.startswith("v_cmpx_")

    def run(waves: Waves) -> None:
        lanes = function(*[read(waves) for read in readers]) & waves.lanes
        waves.write_mask(index, lanes)
        if to_exec and index != EXEC:
            waves.write_mask(EXEC, lanes)

    return run
