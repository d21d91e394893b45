"""Reading and writing operands as values of a type: modifiers, sub-dword selection, halves.

Types are named as in the instructions: b, u, i and f with 16, 32 or 64 bits, and `m` for a mask of
lanes. A reader gives an array that broadcasts to (waves, 64).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fnuz.emulator import floats
from fnuz.emulator.errors import ParseError, UnknownInstruction
from fnuz.emulator.operands import (
    PRIVATE_BASE,
    SCC,
    SHARED_BASE,
    Constant,
    Operand,
    Register,
    Word,
)
from fnuz.emulator.registers import Array, Waves

Reader = Callable[[Waves], Array]
Writer = Callable[[Waves, Array, "Array | None"], None]

DTYPES: dict[str, Any] = {
    f"{kind}{bits}": np.dtype(f"{letter}{bits // 8}")
    for kind, letter in (("b", "u"), ("u", "u"), ("i", "i"), ("f", "f"))
    for bits in (16, 32, 64)
}
UINTS: dict[int, Any] = {16: np.uint16, 32: np.uint32, 64: np.uint64}


@dataclass(frozen=True)
class Mode:
    """What the kernel descriptor says of floating-point numbers."""

    flush_f32: bool = False
    flush_f16_f64: bool = False
    fp16_overflow: bool = False
    """The MODE bit FP16_OVFL: conversions to fp8 saturate."""

    def flushes(self, kind: str) -> bool:
        """Whether subnormal values of a type are taken as zero."""
        return self.flush_f32 if kind == "f32" else kind[0] == "f" and self.flush_f16_f64


def bits_of(kind: str) -> int:
    """The width of a type."""
    return int(kind[1:])


def constant_bits(value: int | float, kind: str) -> int:
    """The bits that a constant stands for in an operand of a type."""
    width = bits_of(kind)
    if isinstance(value, float):
        uint = UINTS[width]
        if abs(abs(value) - 0.15915494) < 1e-7:
            value = float(np.copysign(0.15915494309189533, value))
        return int(np.array(value, f"f{width // 8}").view(uint))
    if kind == "f64" and not -16 <= value <= 64 and value < 1 << 32:
        # A 32-bit literal is the high half of a double.
        return value << 32
    return value % (1 << width)


def raw_reader(operand: Operand, width: int, kind: str = "") -> Reader:
    """The bits of an operand: uint32, or uint64 for `width` 64. Raises ParseError."""
    uint = np.uint64 if width == 64 else np.uint32
    if isinstance(operand, Constant):
        bits = constant_bits(operand.value, kind or f"b{width}")
        fixed = np.full((1, 1), bits, uint)
        return lambda waves: fixed
    if isinstance(operand, Word) and operand.text in ("src_shared_base", "src_private_base"):
        base = SHARED_BASE if operand.text == "src_shared_base" else PRIVATE_BASE
        # As a 32-bit operand this is the high word of the aperture.
        fixed = np.full((1, 1), base if width == 64 else base >> 32, uint)
        return lambda waves: fixed
    if not isinstance(operand, Register):
        raise ParseError(f"operand {operand} cannot be read")
    if operand.count != (2 if width == 64 else 1):
        raise ParseError(f"operand {operand} has not {width} bits")
    low = operand.index
    if operand.is_vector:
        if width != 64:
            return lambda waves: waves.read_vector(low)
        return lambda waves: (
            waves.read_vector(low) | waves.read_vector(low + 1).astype(np.uint64) << np.uint64(32)
        )
    if low == SCC:
        return lambda waves: waves.scc[waves.selection].astype(np.uint32)[:, None]
    if width != 64:
        return lambda waves: waves.read_scalar(low)[:, None]
    return lambda waves: (
        waves.read_scalar(low) | waves.read_scalar(low + 1).astype(np.uint64) << np.uint64(32)
    )[:, None]


def select_bits(bits: Array, selector: str, extend: bool) -> Array:
    """SDWA: the byte or word of each dword, extended with zeros or its sign."""
    if selector == "DWORD":
        return bits
    part, _, number = selector.partition("_")
    width = 8 if part == "BYTE" else 16
    out = (bits >> np.uint32(width * int(number))) & np.uint32((1 << width) - 1)
    if extend:
        sign = np.uint32(1 << (width - 1))
        out = (out ^ sign) - sign
    return out


def reader(
    operand: Operand,
    kind: str,
    mode: Mode,
    *,
    high: bool = False,
    sdwa: str | None = None,
    lanes: Callable[[Waves, Array], Array] | None = None,
) -> Reader:
    """How to read an operand as `kind`.

    `high` takes the high half of a 16-bit operand, `sdwa` selects a byte or word, `lanes`
    permutes the dwords between lanes first. Raises ParseError, UnknownInstruction.
    """
    if kind == "m":
        if not isinstance(operand, Register) or operand.is_vector or operand.count != 2:
            if isinstance(operand, Constant):
                value = operand.value % (1 << 64)
                bit = [(int(value) >> lane) & 1 == 1 for lane in range(64)]
                mask = np.array([bit])
                return lambda waves: mask
            raise ParseError(f"operand {operand} is no mask of lanes")
        index = operand.index
        return lambda waves: waves.read_mask(index)
    width = bits_of(kind)
    raw = raw_reader(operand, width, kind)
    negate = getattr(operand, "negate", False)
    absolute = getattr(operand, "absolute", False)
    extend = getattr(operand, "sign_extend", False)
    if (negate or absolute) and kind[0] not in "fb":
        raise UnknownInstruction(f"modifiers of a float on {operand}, which is {kind}")
    dtype = DTYPES[kind]
    flushes = mode.flushes(kind)
    sign = UINTS[width](1 << (width - 1))

    def read(waves: Waves) -> Array:
        bits = raw(waves)
        if lanes is not None:
            bits = lanes(waves, bits)
        if sdwa is not None:
            bits = select_bits(bits, sdwa, extend)
        if width == 16:
            bits = ((bits >> np.uint32(16)) if high else bits).astype(np.uint16)
        if absolute:
            bits = bits & ~sign
        if negate:
            bits = bits ^ sign
        out = bits.view(dtype)
        return floats.flush(out) if flushes else out

    return read


def output_modifiers(kind: str, mode: Mode, modifiers: dict[str, str]) -> Callable[[Array], Array]:
    """What `mul`, `div` and `clamp` and the mode do to a result of type `kind`."""
    clamp = "clamp" in modifiers
    factor = {"2": 2.0, "4": 4.0}.get(modifiers.get("mul", ""), 1.0)
    if modifiers.get("div") == "2":
        factor = 0.5
    flushes = mode.flushes(kind)
    dtype = DTYPES[kind]

    def finish(value: Array) -> Array:
        if factor != 1.0:
            value = value * dtype.type(factor)
        if clamp:
            # NaN becomes 0: DX10_CLAMP, which HIP kernels have set.
            value = np.where(value > 0, np.minimum(value, dtype.type(1)), dtype.type(0))
        return floats.flush(value) if flushes else value

    return finish


def vector_writer(
    operand: Operand, kind: str, *, high: bool | None = None, sdwa: tuple[str, str] | None = None
) -> Writer:
    """How to write values of `kind` to VGPRs. Raises ParseError.

    `high` is the half of the register that a 16-bit result goes to, with the other half kept;
    without it the high half becomes zero. `sdwa` is (dst_sel, dst_unused).
    """
    if not isinstance(operand, Register) or not operand.is_vector:
        raise ParseError(f"operand {operand} should be a VGPR")
    width = bits_of(kind)
    if operand.count != (2 if width == 64 else 1):
        raise ParseError(f"operand {operand} has not {width} bits")
    index = operand.index
    dtype = DTYPES[kind]
    uint = UINTS[width]

    def write(waves: Waves, value: Array, lanes: Array | None) -> None:
        bits = np.ascontiguousarray(np.asarray(value, dtype)).view(uint)
        if width == 64:
            waves.write_vector(index, bits.astype(np.uint32), lanes)
            waves.write_vector(index + 1, (bits >> np.uint64(32)).astype(np.uint32), lanes)
            return
        if width == 16:
            bits = bits.astype(np.uint32)
            if high is not None:
                old = waves.read_vector(index)
                if high:
                    bits = (old & np.uint32(0xFFFF)) | bits << np.uint32(16)
                else:
                    bits = (old & np.uint32(0xFFFF0000)) | bits
        if sdwa is not None and sdwa[0] != "DWORD":
            bits = _place(bits, sdwa, waves.read_vector(index))
        waves.write_vector(index, bits, lanes)

    return write


def _place(bits: Array, sdwa: tuple[str, str], old: Array) -> Array:
    """SDWA: a result to its byte or word of the destination."""
    selector, unused = sdwa
    part, _, number = selector.partition("_")
    width = 8 if part == "BYTE" else 16
    shift = width * int(number)
    field = ((1 << width) - 1) << shift
    value = (bits << np.uint32(shift)) & np.uint32(field)
    if unused == "UNUSED_PRESERVE":
        return value | (old & np.uint32(~field & 0xFFFFFFFF))
    if unused == "UNUSED_SEXT":
        signed = select_bits(bits, f"{part}_0", True) << np.uint32(shift)
        return signed
    return value


def scalar_reader(operand: Operand, width: int) -> Reader:
    """An operand of a scalar instruction: (n,) or (1,) of uint32 or uint64."""
    if isinstance(operand, Register) and operand.is_vector:
        raise ParseError(f"operand {operand} should be an SGPR")
    raw = raw_reader(operand, width)
    return lambda waves: raw(waves)[:, 0]


def scalar_writer(operand: Operand, width: int) -> Callable[[Waves, Array], None]:
    """How a scalar instruction writes uint32 or uint64. Raises ParseError."""
    if not isinstance(operand, Register) or operand.is_vector:
        raise ParseError(f"operand {operand} should be an SGPR")
    if operand.count != width // 32:
        raise ParseError(f"operand {operand} has not {width} bits")
    index = operand.index
    if width == 32:
        return lambda waves, value: waves.write_scalar(index, value.astype(np.uint32))

    def write(waves: Waves, value: Array) -> None:
        waves.write_scalar(index, value.astype(np.uint32))
        waves.write_scalar(index + 1, (value >> np.uint64(32)).astype(np.uint32))

    return write
