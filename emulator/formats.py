"""How loads and stores place bytes in registers, and the operations of atomics."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fnuz.emulator.floats import maximum, minimum, odd_sum
from fnuz.emulator.registers import Array, Waves


@dataclass(frozen=True)
class Format:
    """`width` bytes in memory; `half` names the half of a register that 16 bits take."""

    width: int
    signed: bool = False
    half: str = ""

    @property
    def registers(self) -> int:
        """How many registers hold it."""
        return max(1, self.width // 4)

    def to_registers(self, waves: Waves, first: int, octets: Array) -> None:
        """Write bytes (n, 64, width) to registers, in the active lanes."""
        octets = np.ascontiguousarray(octets)
        if self.width >= 4:
            words = octets.view(np.uint32)
            for i in range(self.registers):
                waves.write_vector(first + i, words[..., i])
            return
        kind = f"{'i' if self.signed else 'u'}{self.width}"
        values = octets.view(kind)[..., 0].astype(np.int32 if self.signed else np.uint32)
        bits = values.view(np.uint32)
        if self.half:
            bits = bits & np.uint32(0xFFFF)
            old = waves.read_vector(first)
            if self.half == "high":
                bits = (old & np.uint32(0xFFFF)) | bits << np.uint32(16)
            else:
                bits = (old & np.uint32(0xFFFF0000)) | bits
        waves.write_vector(first, bits)

    def from_registers(self, waves: Waves, first: int) -> Array:
        """Bytes (n, 64, width) of registers."""
        words = np.stack([waves.read_vector(first + i) for i in range(self.registers)], axis=-1)
        if self.half == "high":
            words = words >> np.uint32(16)
        return words.view(np.uint8)[..., : self.width]


_NAMES = {
    "dword": Format(4),
    "dwordx2": Format(8),
    "dwordx3": Format(12),
    "dwordx4": Format(16),
    "ubyte": Format(1),
    "sbyte": Format(1, signed=True),
    "ushort": Format(2),
    "sshort": Format(2, signed=True),
    "byte": Format(1),
    "short": Format(2),
    "ubyte_d16": Format(1, half="low"),
    "ubyte_d16_hi": Format(1, half="high"),
    "sbyte_d16": Format(1, signed=True, half="low"),
    "sbyte_d16_hi": Format(1, signed=True, half="high"),
    "short_d16": Format(2, half="low"),
    "short_d16_hi": Format(2, half="high"),
    "byte_d16_hi": Format(1, half="high"),
}
_DS_NAMES = {
    "b32": Format(4),
    "b64": Format(8),
    "b96": Format(12),
    "b128": Format(16),
    "u8": Format(1),
    "i8": Format(1, signed=True),
    "u16": Format(2),
    "i16": Format(2, signed=True),
    "b8": Format(1),
    "b16": Format(2),
    "u8_d16": Format(1, half="low"),
    "u8_d16_hi": Format(1, half="high"),
    "i8_d16": Format(1, signed=True, half="low"),
    "i8_d16_hi": Format(1, signed=True, half="high"),
    "u16_d16": Format(2, half="low"),
    "u16_d16_hi": Format(2, half="high"),
    "b8_d16_hi": Format(1, half="high"),
    "b16_d16_hi": Format(2, half="high"),
}


def format_of(name: str) -> Format | None:
    """The format of a suffix of a global, flat, scratch or buffer instruction."""
    return _NAMES.get(name)


def ds_format_of(name: str) -> Format | None:
    """The format of a suffix of an LDS instruction."""
    return _DS_NAMES.get(name)


Operation = Callable[[Array, Array], Array]


def _packed_bf16(old: Array, data: Array) -> Array:
    """Two bf16 sums, each rounded once to nearest even."""
    a, b = ((v.astype(np.uint32) << np.uint32(16)).view(np.float32) for v in (old, data))
    total = odd_sum(a.astype(np.float64), b.astype(np.float64))
    single = total.astype(np.float32)
    bits = single.view(np.uint32)
    # To odd again, so that the last rounding is the only one.
    inexact = (single.astype(np.float64) != total) & np.isfinite(single)
    away = np.abs(single.astype(np.float64)) > np.abs(total)
    bits = np.where(inexact, (bits - away.astype(np.uint32)) | np.uint32(1), bits)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    return np.where(np.isnan(total), np.uint32(0x7FC0), rounded).astype(np.uint16)


def _increment(old: Array, data: Array) -> Array:
    return np.where(old >= data, np.uint32(0), old + np.uint32(1))


def _decrement(old: Array, data: Array) -> Array:
    return np.where((old == 0) | (old > data), data, old - np.uint32(1))


_INTEGER: dict[str, tuple[str, Operation]] = {
    "add": ("u", np.add),
    "sub": ("u", np.subtract),
    "rsub": ("u", lambda old, data: data - old),
    "smin": ("i", np.minimum),
    "smax": ("i", np.maximum),
    "umin": ("u", np.minimum),
    "umax": ("u", np.maximum),
    "and": ("u", np.bitwise_and),
    "or": ("u", np.bitwise_or),
    "xor": ("u", np.bitwise_xor),
    "swap": ("u", lambda old, data: data),
    "inc": ("u", _increment),
    "dec": ("u", _decrement),
}
_FLOAT: dict[str, tuple[str, Operation]] = {
    "add_f32": ("f4", np.add),
    "add_f64": ("f8", np.add),
    "min_f32": ("f4", minimum),
    "max_f32": ("f4", maximum),
    "min_f64": ("f8", minimum),
    "max_f64": ("f8", maximum),
    "pk_add_f16": ("f2", np.add),
    "pk_add_bf16": ("u2", _packed_bf16),
}
_DS_INTEGER = {
    "min_i": "smin",
    "max_i": "smax",
    "min_u": "umin",
    "max_u": "umax",
    "wrxchg_b": "swap",
}


def atomic(name: str) -> tuple[int, Any, Operation] | None:
    """Width in bytes, dtype and operation of `add_x2`, `pk_add_f16` and so on."""
    if name in _FLOAT:
        dtype, operation = _FLOAT[name]
        return max(4, int(dtype[1])), np.dtype(dtype), operation
    short = name.removesuffix("_x2")
    if short in _INTEGER:
        kind, operation = _INTEGER[short]
        size = 8 if name.endswith("_x2") else 4
        return size, np.dtype(f"{kind}{size}"), operation
    return None


def ds_atomic(name: str) -> tuple[int, Any, Operation] | None:
    """The same for `add_u32`, `max_i32`, `and_b64`, `wrxchg_rtn_b32` and so on, without rtn."""
    if name in _FLOAT:
        return atomic(name)
    match = re.match(r"(\w+?)_([bui])(32|64)$", name)
    if not match:
        return None
    operation, kind, bits = match.groups()
    operation = _DS_INTEGER.get(f"{operation}_{kind}", operation)
    return atomic(operation + ("_x2" if bits == "64" else ""))


def apply(
    octets: Array, places: Array, lanes: Array, data: Array, dtype: Any, operation: Operation
) -> Array:
    """Change bytes at `places` (n, 64) one active lane after the other; returns the old bytes.

    `data` is (n, 64, width); compare-and-swap has its own function.
    """
    old = np.zeros_like(data)
    width = data.shape[-1]
    for wave, lane in np.argwhere(np.broadcast_to(lanes, places.shape)):
        at = int(places[wave, lane])
        here = octets[at : at + width]
        old[wave, lane] = here
        new = operation(here.view(dtype).copy(), np.ascontiguousarray(data[wave, lane]).view(dtype))
        octets[at : at + width] = np.asarray(new, dtype).view(np.uint8)
    return old


def compare_and_swap(
    octets: Array, places: Array, lanes: Array, new: Array, expected: Array
) -> Array:
    """Like `apply`: bytes that equal `expected` become `new`; returns the old bytes."""
    old = np.zeros_like(new)
    width = new.shape[-1]
    for wave, lane in np.argwhere(np.broadcast_to(lanes, places.shape)):
        at = int(places[wave, lane])
        old[wave, lane] = octets[at : at + width]
        if (old[wave, lane] == expected[wave, lane]).all():
            octets[at : at + width] = new[wave, lane]
    return old
