"""VOP3P: two results of 16 or 32 bits at once, and v_fma_mix."""

from collections.abc import Callable
from typing import Any

import numpy as np

from fnuz.emulator import floats
from fnuz.emulator.access import DTYPES, Mode, Reader, constant_bits, output_modifiers, raw_reader
from fnuz.emulator.errors import ParseError, UnknownInstruction
from fnuz.emulator.operands import VGPR, Constant, Operand, Register
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import Array, Waves
from fnuz.emulator.salu import Runner
from fnuz.emulator.valu import check_modifiers

_HANDLED = frozenset(["op_sel", "op_sel_hi", "neg_lo", "neg_hi", "clamp"])


def _shift(operation: Any) -> Callable[[Array, Array], Array]:
    return lambda amount, value: operation(
        value, (amount & amount.dtype.type(15)).astype(value.dtype)
    )


ROWS: dict[str, tuple[str, int, Callable[..., Any]]] = {
    # name: type of a half, number of sources (the destination is one more for pk_fmac), function
    "v_pk_add_f32": ("f32", 2, np.add),
    "v_pk_mul_f32": ("f32", 2, np.multiply),
    "v_pk_fma_f32": ("f32", 3, floats.fma),
    "v_pk_add_f16": ("f16", 2, np.add),
    "v_pk_mul_f16": ("f16", 2, np.multiply),
    "v_pk_fma_f16": ("f16", 3, floats.fma),
    "v_pk_min_f16": ("f16", 2, floats.minimum),
    "v_pk_max_f16": ("f16", 2, floats.maximum),
    "v_pk_add_u16": ("u16", 2, np.add),
    "v_pk_sub_u16": ("u16", 2, np.subtract),
    "v_pk_add_i16": ("i16", 2, np.add),
    "v_pk_sub_i16": ("i16", 2, np.subtract),
    "v_pk_mul_lo_u16": ("u16", 2, np.multiply),
    "v_pk_mad_u16": ("u16", 3, lambda a, b, c: a * b + c),
    "v_pk_mad_i16": ("i16", 3, lambda a, b, c: a * b + c),
    "v_pk_min_i16": ("i16", 2, np.minimum),
    "v_pk_max_i16": ("i16", 2, np.maximum),
    "v_pk_min_u16": ("u16", 2, np.minimum),
    "v_pk_max_u16": ("u16", 2, np.maximum),
    "v_pk_lshlrev_b16": ("u16", 2, _shift(np.left_shift)),
    "v_pk_lshrrev_b16": ("u16", 2, _shift(np.right_shift)),
    "v_pk_ashrrev_i16": ("i16", 2, _shift(np.right_shift)),
}
_MIXED = ("v_fma_mix_f32", "v_fma_mixlo_f16", "v_fma_mixhi_f16")


def _bits(instruction: Instruction, key: str, count: int, default: int) -> list[bool]:
    given = instruction.integers(key) or []
    return [bool(given[i]) if i < len(given) else bool(default) for i in range(count)]


def _half(operand: Operand, kind: str, high: bool, negate: bool) -> Reader:
    """One half of a source: a register of a pair, or 16 bits of one."""
    dtype = DTYPES[kind]
    if isinstance(operand, Constant):
        # A constant stands in the low half; the high half is empty for 16 bits.
        bits = 0 if high and kind[1:] == "16" else constant_bits(operand.value, kind)
        value = np.full((1, 1), bits, f"u{dtype.itemsize}").view(dtype)
        fixed = -value if negate else value
        return lambda waves: fixed
    if not isinstance(operand, Register):
        raise ParseError(f"operand {operand} cannot be read")
    if kind == "f32":
        if operand.count != 2:
            raise ParseError(f"operand {operand} should be a pair")
        raw = raw_reader(Register(operand.index + int(high), 1), 32)
    else:
        raw = raw_reader(operand, 32)

    def read(waves: Waves) -> Array:
        bits = raw(waves)
        if kind != "f32":
            bits = ((bits >> np.uint32(16)) if high else bits).astype(np.uint16)
        value = bits.view(dtype)
        return -value if negate else value

    return read


def _mixed(instruction: Instruction, mode: Mode) -> Runner:
    target, *sources = instruction.operands
    half = _bits(instruction, "op_sel_hi", 3, 0)
    high = _bits(instruction, "op_sel", 3, 0)
    readers: list[Callable[[Waves], Array]] = []
    for operand, is_half, is_high in zip(sources, half, high, strict=True):
        raw = raw_reader(operand, 32, "f16" if is_half else "f32")

        def read(
            waves: Waves,
            raw: Reader = raw,
            is_half: bool = is_half,
            is_high: bool = is_high,
            absolute: bool = getattr(operand, "absolute", False),
            negate: bool = getattr(operand, "negate", False),
        ) -> Array:
            bits = raw(waves)
            if is_half:
                bits = ((bits >> np.uint32(16)) if is_high else bits).astype(np.uint16)
            value = bits.view(np.float16 if is_half else np.float32)
            if mode.flushes("f16" if is_half else "f32"):
                value = floats.flush(value)
            value = value.astype(np.float32)
            if absolute:
                value = np.abs(value)
            return -value if negate else value

        readers.append(read)
    if not isinstance(target, Register) or target.index < VGPR:
        raise ParseError(f"operand {target} should be a VGPR")
    index = target.index
    kind = "f32" if instruction.name == "v_fma_mix_f32" else "f16"
    finish = output_modifiers(kind, mode, instruction.modifiers)
    to_high = instruction.name == "v_fma_mixhi_f16"

    def run(waves: Waves) -> None:
        a, b, c = (read(waves) for read in readers)
        value = finish(floats.fma(a, b, c).astype(DTYPES[kind]))
        if kind == "f32":
            waves.write_vector(index, value.view(np.uint32))
            return
        bits = value.view(np.uint16).astype(np.uint32)
        old = waves.read_vector(index)
        if to_high:
            waves.write_vector(index, (old & np.uint32(0xFFFF)) | bits << np.uint32(16))
        else:
            waves.write_vector(index, (old & np.uint32(0xFFFF0000)) | bits)

    return run


def _move(instruction: Instruction) -> Runner:
    target, first, second = instruction.operands
    high = _bits(instruction, "op_sel", 2, 0)
    low_half = _half(first, "f32", high[0], False)
    high_half = _half(second, "f32", high[1], False)
    if not isinstance(target, Register) or target.count != 2:
        raise ParseError(f"operand {target} should be a pair of VGPRs")
    index = target.index

    def run(waves: Waves) -> None:
        low, top = low_half(waves).view(np.uint32), high_half(waves).view(np.uint32)
        # A copy: the destination may be one of the sources.
        top = top.copy()
        waves.write_vector(index, low)
        waves.write_vector(index + 1, top)

    return run


def unread(instruction: Instruction) -> frozenset[int]:
    """The registers of pairs of f32 of which op_sel and op_sel_hi take the other one alone."""
    kind, count, _ = ROWS.get(instruction.name, ("", 0, None))
    if kind != "f32":
        return frozenset()
    halves = (_bits(instruction, "op_sel", count, 0), _bits(instruction, "op_sel_hi", count, 1))
    named: set[int] = set()
    taken: set[int] = set()
    for operand, *places in zip(instruction.operands[1:], *halves, strict=False):
        if isinstance(operand, Register) and operand.count == 2:
            numbers = sorted(operand.numbers)
            named.update(numbers)
            taken.update(numbers[place] for place in places)
    return frozenset(named - taken)


def runner(instruction: Instruction, mode: Mode) -> Runner | None:
    """What runs a packed instruction, or None for another.

    Raises ParseError, UnknownInstruction.
    """
    name = instruction.name
    if name in _MIXED:
        check_modifiers(instruction, _HANDLED)
        return _mixed(instruction, mode)
    if name == "v_pk_mov_b32":
        check_modifiers(instruction, _HANDLED)
        return _move(instruction)
    if name not in ROWS:
        return None
    check_modifiers(instruction, _HANDLED)
    kind, count, function = ROWS[name]
    target, *sources = instruction.operands
    if len(sources) != count:
        raise ParseError(f"{name} has {len(sources)} sources instead of {count}")
    if "clamp" in instruction.modifiers and kind[0] != "f":
        raise UnknownInstruction(f"{instruction.where()}: clamp of {name} is not known")
    if kind[0] != "f" and {"neg_lo", "neg_hi"} & instruction.modifiers.keys():
        raise UnknownInstruction(f"{instruction.where()}: an integer cannot be negated")
    halves: list[list[Reader]] = []
    for select, negate, default in (("op_sel", "neg_lo", 0), ("op_sel_hi", "neg_hi", 1)):
        places = _bits(instruction, select, count, default)
        signs = _bits(instruction, negate, count, 0)
        halves.append(
            [_half(s, kind, p, n) for s, p, n in zip(sources, places, signs, strict=True)]
        )
    if not isinstance(target, Register) or target.count != (2 if kind == "f32" else 1):
        raise ParseError(f"operand {target} does not fit {name}")
    index = target.index
    finish: Callable[[Array], Array] = np.asarray
    if kind[0] == "f":
        finish = output_modifiers(kind, mode, instruction.modifiers)
    flushes = mode.flushes(kind)

    def compute(waves: Waves, readers: list[Reader]) -> Array:
        values = [read(waves) for read in readers]
        if flushes:
            values = [floats.flush(v) for v in values]
        return finish(function(*values))

    def run(waves: Waves) -> None:
        low, high = compute(waves, halves[0]), compute(waves, halves[1])
        if kind == "f32":
            waves.write_vector(index, low.view(np.uint32))
            waves.write_vector(index + 1, high.view(np.uint32))
        else:
            bits = low.view(np.uint16).astype(np.uint32)
            waves.write_vector(
                index, bits | high.view(np.uint16).astype(np.uint32) << np.uint32(16)
            )

    return run
