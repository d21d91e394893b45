"""The table of vector arithmetic: VOP1, VOP2, VOP3, VOPC.

A row is a signature and a function, as in salu.py: results before the colon, sources after it;
`=` is the old value of the (first) destination, `vcc` an operand that is not written, `m` a mask.
Functions get arrays that broadcast to (waves, 64).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from fnuz.emulator import conversions, floats
from fnuz.emulator.registers import LANES, Array
from fnuz.emulator.salu import (
    Row,
    first_one,
    leading_signs,
    leading_zeros,
    popcount,
    reverse_bits,
)

u32, u64, i64 = np.uint32, np.uint64, np.int64


def _swapped(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, b, *rest: function(b, a, *rest)


def _low24(a: Array) -> Array:
    if a.dtype == np.int32:
        return ((a << np.int32(8)) >> np.int32(8)).astype(i64)
    return (a & u32(0xFFFFFF)).astype(u64)


def _shift(operation: Any) -> Callable[[Array, Array], Array]:
    """Of `shift, value`: only the bits of the shift that the width needs count."""

    def run(amount: Array, value: Array) -> Array:
        mask = value.dtype.itemsize * 8 - 1
        return operation(value, (amount & amount.dtype.type(mask)).astype(value.dtype))

    return run


_shl, _shr = _shift(np.left_shift), _shift(np.right_shift)


def _add_carry(a: Array, b: Array, carry: Any = None) -> tuple[Array, Array]:
    total = a.astype(u64) + b
    if carry is not None:
        total = total + carry
    return total.astype(u32), total >> u64(32) != 0


def _sub_borrow(a: Array, b: Array, borrow: Any = None) -> tuple[Array, Array]:
    total = a.astype(i64) - b
    if borrow is not None:
        total = total - borrow
    return total.astype(u32), total < 0


def _mad64(a: Array, b: Array, c: Array) -> tuple[Array, Array]:
    wide = u64 if c.dtype == u64 else i64
    product = a.astype(wide) * b.astype(wide)
    total = product + c
    if wide is u64:
        return total, total < product
    return total, ((product ^ total) & (c ^ total)) < 0


def _bfe(a: Array, offset: Array, size: Array) -> Array:
    """`size` bits from bit `offset`; both count modulo 32."""
    offset = (offset & u32(31)).astype(i64)
    size = (size & u32(31)).astype(i64)
    kept = np.minimum(size, 32 - offset)
    left = (32 - offset - kept).astype(a.dtype)
    right = np.minimum(32 - kept, 31).astype(a.dtype)
    return np.where(size == 0, a.dtype.type(0), (a << left) >> right)


def _bfm(size: Array, offset: Array) -> Array:
    return ((u32(1) << (size & u32(31))) - u32(1)) << (offset & u32(31))


def _align(scale: int) -> Callable[[Array, Array, Array], Array]:
    def run(high: Array, low: Array, shift: Array) -> Array:
        both = (high.astype(u64) << u64(32)) | low
        return both >> ((shift & u32(31 // scale)).astype(u64) * u64(scale))

    return run


def _perm(high: Array, low: Array, selector: Array) -> Array:
    """Each byte of the selector picks a byte of the 8 of (high, low), or a sign, 0 or 0xFF."""
    both = (high.astype(u64) << u64(32)) | low
    out: Array = np.zeros(np.broadcast_shapes(both.shape, selector.shape), u32)
    for place in range(4):
        pick = (selector >> u32(8 * place)) & u32(0xFF)
        byte = (both >> (np.minimum(pick, 7).astype(u64) * u64(8))) & u64(0xFF)
        # 8 to 11: the sign of bytes 1, 3, 5, 7.
        sign_of = (np.clip(pick.astype(i64) - 8, 0, 3) * 16 + 15).astype(u64)
        sign = ((both >> sign_of) & u64(1)) * u64(0xFF)
        value = np.select(
            [pick < 8, pick < 12, pick == 12], [byte, sign, np.zeros_like(byte)], u64(0xFF)
        )
        out |= value.astype(u32) << u32(8 * place)
    return out


def _sad(size: int) -> Callable[[Array, Array, Array], Array]:
    def run(a: Array, b: Array, c: Array) -> Array:
        total = c
        for at in range(0, 32, size):
            mask = u32((1 << size) - 1)
            x, y = (a >> u32(at)) & mask, (b >> u32(at)) & mask
            total = total + (np.maximum(x, y) - np.minimum(x, y))
        return total

    return run


def _mbcnt(high: bool) -> Callable[[Array, Array], Array]:
    below = np.arange(LANES) - (32 if high else 0)
    masks = np.array([[(1 << max(0, min(int(b), 32))) - 1 for b in below]], u32)
    return lambda mask, base: base + popcount(mask & masks).astype(u32)


def _median(a: Array, b: Array, c: Array) -> Array:
    return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))


def _halves(a: Array, b: Array) -> Array:
    return a.view(np.uint16).astype(u32) | b.view(np.uint16).astype(u32) << u32(16)


def _clipped(low: int, high: int) -> Callable[[Array, Array], Array]:
    def run(a: Array, b: Array) -> Array:
        x, y = (np.clip(v.astype(i64), low, high).astype(np.uint16) for v in (a, b))
        return _halves(x, y)

    return run


def _normalized(low: float, factor: float, dtype: Any) -> Callable[[Array, Array], Array]:
    def run(a: Array, b: Array) -> Array:
        x, y = (
            np.nan_to_num(np.rint(np.clip(v.astype(np.float64), low, 1) * factor)).astype(dtype)
            for v in (a, b)
        )
        return _halves(x, y)

    return run


def _pack_byte(value: Array, place: Array, old: Array) -> Array:
    byte = np.nan_to_num(np.rint(np.clip(value, 0, 255))).astype(u32)
    shift = (place & u32(3)) * u32(8)
    return (old & ~(u32(0xFF) << shift)) | byte << shift


def _legacy(a: Array, b: Array) -> Array:
    """Zero times anything is zero."""
    return np.where((a == 0) | (b == 0), np.float32(0), a * b)


def _dot(kind: Any, size: int) -> Callable[[Array, Array, Array], Array]:
    def run(a: Array, b: Array, c: Array) -> Array:
        total = c.astype(i64)
        for at in range(0, 32, size):
            x, y = ((v >> u32(at)).astype(kind).astype(i64) for v in (a, b))
            total = total + x * y
        return total.astype(u32)

    return run


def _dot2_f16(a: Array, b: Array, c: Array) -> Array:
    """f32: the low product first, each step rounded once."""
    for at in (0, 16):
        x, y = ((v >> u32(at)).astype(np.uint16).view(np.float16) for v in (a, b))
        c = floats.fma(x.astype(np.float32), y.astype(np.float32), c)
    return c


def _fp8(kind: str) -> dict[str, Row]:
    def pair(a: Array) -> Array:
        low, high = (conversions.decode(kind, a >> u32(at)).view(u32) for at in (0, 8))
        return low.astype(u64) | high.astype(u64) << u64(32)

    return {
        f"v_cvt_f32_{kind}": ("f32: b32", lambda a: conversions.decode(kind, a)),
        f"v_cvt_pk_f32_{kind}": ("b64: b32", pair),
    }


ROWS: dict[str, Row] = {
    "v_mov_b32": ("b32: b32", lambda a: a),
    "v_mov_b64": ("b64: b64", lambda a: a),
    "v_accvgpr_read_b32": ("b32: b32", lambda a: a),
    "v_accvgpr_write_b32": ("b32: b32", lambda a: a),
    "v_accvgpr_mov_b32": ("b32: b32", lambda a: a),
    "v_not_b32": ("b32: b32", np.invert),
    "v_bfrev_b32": ("b32: b32", reverse_bits),
    "v_ffbh_u32": ("i32: u32", leading_zeros),
    "v_ffbl_b32": ("i32: u32", first_one),
    "v_ffbh_i32": ("i32: i32", leading_signs),
    # Conversions
    "v_cvt_f32_i32": ("f32: i32", lambda a: a.astype(np.float32)),
    "v_cvt_f32_u32": ("f32: u32", lambda a: a.astype(np.float32)),
    "v_cvt_f64_i32": ("f64: i32", lambda a: a.astype(np.float64)),
    "v_cvt_f64_u32": ("f64: u32", lambda a: a.astype(np.float64)),
    "v_cvt_f32_f64": ("f32: f64", lambda a: a.astype(np.float32)),
    "v_cvt_f64_f32": ("f64: f32", lambda a: a.astype(np.float64)),
    "v_cvt_f16_f32": ("f16: f32", lambda a: a.astype(np.float16)),
    "v_cvt_f32_f16": ("f32: f16", lambda a: a.astype(np.float32)),
    "v_cvt_f16_u16": ("f16: u16", lambda a: a.astype(np.float16)),
    "v_cvt_f16_i16": ("f16: i16", lambda a: a.astype(np.float16)),
    "v_cvt_u16_f16": ("u16: f16", lambda a: floats.to_integer(a, np.uint16)),
    "v_cvt_i16_f16": ("i16: f16", lambda a: floats.to_integer(a, np.int16)),
    "v_cvt_u32_f32": ("u32: f32", lambda a: floats.to_integer(a, u32)),
    "v_cvt_i32_f32": ("i32: f32", lambda a: floats.to_integer(a, np.int32)),
    "v_cvt_u32_f64": ("u32: f64", lambda a: floats.to_integer(a, u32)),
    "v_cvt_i32_f64": ("i32: f64", lambda a: floats.to_integer(a, np.int32)),
    "v_cvt_rpi_i32_f32": (
        "i32: f32",
        lambda a: floats.to_integer(np.floor(a.astype(np.float64) + 0.5), np.int32),
    ),
    "v_cvt_flr_i32_f32": ("i32: f32", lambda a: floats.to_integer(np.floor(a), np.int32)),
    "v_cvt_pkrtz_f16_f32": (
        "b32: f32 f32",
        lambda a, b: _halves(floats.toward_zero_f16(a), floats.toward_zero_f16(b)),
    ),
    "v_cvt_pk_u8_f32": ("b32: f32 u32 b32", _pack_byte),
    "v_cvt_pk_i16_i32": ("b32: i32 i32", _clipped(-0x8000, 0x7FFF)),
    "v_cvt_pk_u16_u32": ("b32: u32 u32", _clipped(0, 0xFFFF)),
    "v_cvt_pknorm_i16_f32": ("b32: f32 f32", _normalized(-1, 32767.0, np.int16)),
    "v_cvt_pknorm_u16_f32": ("b32: f32 f32", _normalized(0, 65535.0, np.uint16)),
    **_fp8("fp8"),
    **_fp8("bf8"),
    # Integers
    "v_add_co_u32": ("u32 m: u32 u32", _add_carry),
    "v_sub_co_u32": ("u32 m: u32 u32", _sub_borrow),
    "v_subrev_co_u32": ("u32 m: u32 u32", _swapped(_sub_borrow)),
    "v_addc_co_u32": ("u32 m: u32 u32 m", _add_carry),
    "v_subb_co_u32": ("u32 m: u32 u32 m", _sub_borrow),
    "v_subbrev_co_u32": ("u32 m: u32 u32 m", _swapped(_sub_borrow)),
    "v_mul_lo_u32": ("u32: u32 u32", np.multiply),
    "v_mul_hi_u32": ("u32: u32 u32", lambda a, b: (a.astype(u64) * b) >> u64(32)),
    "v_mul_hi_i32": ("i32: i32 i32", lambda a, b: (a.astype(i64) * b) >> 32),
    "v_mul_lo_u16": ("u16: u16 u16", np.multiply),
    "v_mul_i32_i24": ("i32: i32 i32", lambda a, b: _low24(a) * _low24(b)),
    "v_mul_u32_u24": ("u32: u32 u32", lambda a, b: _low24(a) * _low24(b)),
    "v_mul_hi_i32_i24": ("i32: i32 i32", lambda a, b: (_low24(a) * _low24(b)) >> 32),
    "v_mul_hi_u32_u24": ("u32: u32 u32", lambda a, b: (_low24(a) * _low24(b)) >> u64(32)),
    "v_mad_i32_i24": ("i32: i32 i32 i32", lambda a, b, c: _low24(a) * _low24(b) + c),
    "v_mad_u32_u24": ("u32: u32 u32 u32", lambda a, b, c: _low24(a) * _low24(b) + c),
    "v_mad_u64_u32": ("u64 m: u32 u32 u64", _mad64),
    "v_mad_i64_i32": ("i64 m: i32 i32 i64", _mad64),
    "v_mad_u16": ("u16: u16 u16 u16", lambda a, b, c: a * b + c),
    "v_mad_legacy_u16": ("u16: u16 u16 u16", lambda a, b, c: a * b + c),
    "v_mad_i16": ("i16: i16 i16 i16", lambda a, b, c: a * b + c),
    "v_mad_u32_u16": ("u32: u16 u16 u32", lambda a, b, c: a.astype(u32) * b + c),
    "v_mad_i32_i16": ("i32: i16 i16 i32", lambda a, b, c: a.astype(np.int32) * b + c),
    "v_add3_u32": ("u32: u32 u32 u32", lambda a, b, c: a + b + c),
    "v_xad_u32": ("u32: u32 u32 u32", lambda a, b, c: (a ^ b) + c),
    "v_add_lshl_u32": ("u32: u32 u32 u32", lambda a, b, c: _shl(c, a + b)),
    "v_lshl_add_u32": ("u32: u32 u32 u32", lambda a, b, c: _shl(b, a) + c),
    "v_lshl_add_u64": ("u64: u64 u32 u64", lambda a, b, c: (a << (b & u32(7)).astype(u64)) + c),
    "v_sad_u8": ("u32: u32 u32 u32", _sad(8)),
    "v_sad_u16": ("u32: u32 u32 u32", _sad(16)),
    "v_sad_u32": ("u32: u32 u32 u32", _sad(32)),
    "v_bcnt_u32_b32": ("u32: b32 u32", lambda a, b: popcount(a).astype(u32) + b),
    "v_mbcnt_lo_u32_b32": ("u32: b32 u32", _mbcnt(False)),
    "v_mbcnt_hi_u32_b32": ("u32: b32 u32", _mbcnt(True)),
    "v_med3_i32": ("i32: i32 i32 i32", _median),
    "v_med3_u32": ("u32: u32 u32 u32", _median),
    "v_med3_i16": ("i16: i16 i16 i16", _median),
    "v_med3_u16": ("u16: u16 u16 u16", _median),
    # Bits
    "v_and_b32": ("b32: b32 b32", np.bitwise_and),
    "v_or_b32": ("b32: b32 b32", np.bitwise_or),
    "v_xor_b32": ("b32: b32 b32", np.bitwise_xor),
    "v_xnor_b32": ("b32: b32 b32", lambda a, b: ~(a ^ b)),
    "v_and_or_b32": ("b32: b32 b32 b32", lambda a, b, c: (a & b) | c),
    "v_or3_b32": ("b32: b32 b32 b32", lambda a, b, c: a | b | c),
    "v_lshl_or_b32": ("b32: b32 b32 b32", lambda a, b, c: _shl(b, a) | c),
    "v_lshlrev_b32": ("b32: b32 b32", _shl),
    "v_lshrrev_b32": ("b32: b32 b32", _shr),
    "v_ashrrev_i32": ("i32: b32 i32", _shr),
    "v_lshlrev_b16": ("b16: b16 b16", _shl),
    "v_lshrrev_b16": ("b16: b16 b16", _shr),
    "v_ashrrev_i16": ("i16: b16 i16", _shr),
    "v_lshlrev_b64": ("b64: b32 b64", _shl),
    "v_lshrrev_b64": ("b64: b32 b64", _shr),
    "v_ashrrev_i64": ("i64: b32 i64", _shr),
    "v_bfe_u32": ("u32: u32 u32 u32", _bfe),
    "v_bfe_i32": ("i32: i32 u32 u32", _bfe),
    "v_bfi_b32": ("b32: b32 b32 b32", lambda a, b, c: (a & b) | (~a & c)),
    "v_bfm_b32": ("b32: b32 b32", _bfm),
    "v_alignbit_b32": ("b32: b32 b32 b32", _align(1)),
    "v_alignbyte_b32": ("b32: b32 b32 b32", _align(8)),
    "v_perm_b32": ("b32: b32 b32 b32", _perm),
    "v_pack_b32_f16": ("b32: f16 f16", _halves),
    "v_cndmask_b32": ("b32: b32 b32 m", lambda a, b, c: np.where(c, b, a)),
    # f32 only
    "v_mul_legacy_f32": ("f32: f32 f32", _legacy),
    "v_fma_legacy_f32": (
        "f32: f32 f32 f32",
        lambda a, b, c: np.where((a == 0) | (b == 0), c, floats.fma(a, b, c)),
    ),
    "v_rcp_iflag_f32": ("f32: f32", floats.reciprocal),
    "v_exp_legacy_f32": ("f32: f32", floats.power_of_two),
    "v_log_legacy_f32": ("f32: f32", floats.logarithm),
    "v_div_fmas_f32": ("f32: f32 f32 f32 vcc", floats.div_fmas),
    "v_div_fmas_f64": ("f64: f64 f64 f64 vcc", floats.div_fmas),
    "v_div_scale_f32": ("f32 m: f32 f32 f32", floats.div_scale),
    "v_div_scale_f64": ("f64 m: f64 f64 f64", floats.div_scale),
    "v_ldexp_f16": ("f16: f16 i16", floats.scale),
    "v_ldexp_f32": ("f32: f32 i32", floats.scale),
    "v_ldexp_f64": ("f64: f64 i32", floats.scale),
    "v_frexp_exp_i16_f16": ("i16: f16", floats.frexp_exponent),
    "v_frexp_exp_i32_f32": ("i32: f32", floats.frexp_exponent),
    "v_frexp_exp_i32_f64": ("i32: f64", floats.frexp_exponent),
    # Dot products
    "v_dot4_i32_i8": ("u32: u32 u32 u32", _dot(np.int8, 8)),
    "v_dot4_u32_u8": ("u32: u32 u32 u32", _dot(np.uint8, 8)),
    "v_dot4c_i32_i8": ("u32: u32 u32 =", _dot(np.int8, 8)),
    "v_dot2_i32_i16": ("u32: u32 u32 u32", _dot(np.int16, 16)),
    "v_dot2_u32_u16": ("u32: u32 u32 u32", _dot(np.uint16, 16)),
    "v_dot2_f32_f16": ("f32: b32 b32 f32", _dot2_f16),
    "v_dot2c_f32_f16": ("f32: b32 b32 =", _dot2_f16),
}
for _byte in range(4):
    ROWS[f"v_cvt_f32_ubyte{_byte}"] = (
        "f32: b32",
        lambda a, _byte=_byte: ((a >> u32(8 * _byte)) & u32(0xFF)).astype(np.float32),
    )
for _f in ("f16", "f32", "f64"):
    ROWS |= {
        f"v_add_{_f}": (f"{_f}: {_f} {_f}", np.add),
        f"v_mul_{_f}": (f"{_f}: {_f} {_f}", np.multiply),
        f"v_sub_{_f}": (f"{_f}: {_f} {_f}", np.subtract),
        f"v_subrev_{_f}": (f"{_f}: {_f} {_f}", _swapped(np.subtract)),
        f"v_min_{_f}": (f"{_f}: {_f} {_f}", floats.minimum),
        f"v_max_{_f}": (f"{_f}: {_f} {_f}", floats.maximum),
        f"v_fma_{_f}": (f"{_f}: {_f} {_f} {_f}", floats.fma),
        f"v_fmac_{_f}": (f"{_f}: {_f} {_f} =", floats.fma),
        f"v_fmaak_{_f}": (f"{_f}: {_f} {_f} {_f}", floats.fma),
        f"v_fmamk_{_f}": (f"{_f}: {_f} {_f} {_f}", floats.fma),
        f"v_trunc_{_f}": (f"{_f}: {_f}", np.trunc),
        f"v_ceil_{_f}": (f"{_f}: {_f}", np.ceil),
        f"v_floor_{_f}": (f"{_f}: {_f}", np.floor),
        f"v_rndne_{_f}": (f"{_f}: {_f}", np.rint),
        f"v_fract_{_f}": (f"{_f}: {_f}", floats.fraction),
        f"v_frexp_mant_{_f}": (f"{_f}: {_f}", floats.frexp_mantissa),
        f"v_rcp_{_f}": (f"{_f}: {_f}", floats.reciprocal),
        f"v_rsq_{_f}": (f"{_f}: {_f}", floats.reciprocal_root),
        f"v_sqrt_{_f}": (f"{_f}: {_f}", floats.square_root),
        f"v_exp_{_f}": (f"{_f}: {_f}", floats.power_of_two),
        f"v_log_{_f}": (f"{_f}: {_f}", floats.logarithm),
        f"v_sin_{_f}": (f"{_f}: {_f}", floats.sine),
        f"v_cos_{_f}": (f"{_f}: {_f}", floats.cosine),
        f"v_div_fixup_{_f}": (f"{_f}: {_f} {_f} {_f}", floats.div_fixup),
        f"v_cmp_class_{_f}": (f"m: {_f} b32", floats.is_class),
        f"v_med3_{_f}": (f"{_f}: {_f} {_f} {_f}", floats.median),
        f"v_min3_{_f}": (
            f"{_f}: {_f} {_f} {_f}",
            lambda a, b, c: floats.minimum(floats.minimum(a, b), c),
        ),
        f"v_max3_{_f}": (
            f"{_f}: {_f} {_f} {_f}",
            lambda a, b, c: floats.maximum(floats.maximum(a, b), c),
        ),
    }
for _k in ("i16", "u16", "i32", "u32"):
    ROWS |= {
        f"v_min_{_k}": (f"{_k}: {_k} {_k}", np.minimum),
        f"v_max_{_k}": (f"{_k}: {_k} {_k}", np.maximum),
        f"v_min3_{_k}": (
            f"{_k}: {_k} {_k} {_k}",
            lambda a, b, c: np.minimum(np.minimum(a, b), c),
        ),
        f"v_max3_{_k}": (
            f"{_k}: {_k} {_k} {_k}",
            lambda a, b, c: np.maximum(np.maximum(a, b), c),
        ),
    }

SATURATING: dict[str, Row] = {}
"""Integer sums: computed in int64, then wrapped, or clipped with `clamp`."""
for _k in ("i16", "u16", "i32", "u32"):
    SATURATING |= {
        f"v_add_{_k}": (f"{_k}: {_k} {_k}", np.add),
        f"v_sub_{_k}": (f"{_k}: {_k} {_k}", np.subtract),
        f"v_subrev_{_k}": (f"{_k}: {_k} {_k}", _swapped(np.subtract)),
    }

_NEVER: Callable[[Array, Array], Array] = lambda a, b: np.zeros(  # noqa: E731
    np.broadcast_shapes(a.shape, b.shape), bool
)
_ALWAYS: Callable[[Array, Array], Array] = lambda a, b: ~_NEVER(a, b)  # noqa: E731


def _unordered(a: Array, b: Array) -> Array:
    return np.isnan(a) | np.isnan(b)


def _either(a: Array, b: Array) -> Array:
    return (a < b) | (a > b)


_ORDERED: dict[str, Any] = {
    "f": _NEVER,
    "lt": np.less,
    "eq": np.equal,
    "le": np.less_equal,
    "gt": np.greater,
    "lg": _either,
    "ge": np.greater_equal,
    "o": lambda a, b: ~_unordered(a, b),
}
_COMPLEMENT = {
    "u": "o",
    "nge": "ge",
    "nlg": "lg",
    "ngt": "gt",
    "nle": "le",
    "neq": "eq",
    "nlt": "lt",
    "tru": "f",
}
_INTEGER: dict[str, Any] = {
    "f": _NEVER,
    "lt": np.less,
    "eq": np.equal,
    "le": np.less_equal,
    "gt": np.greater,
    "ne": np.not_equal,
    "ge": np.greater_equal,
    "t": _ALWAYS,
}
for _f in ("f16", "f32", "f64"):
    for _name, _compare in _ORDERED.items():
        ROWS[f"v_cmp_{_name}_{_f}"] = (f"m: {_f} {_f}", _compare)
    for _name, _of in _COMPLEMENT.items():
        ROWS[f"v_cmp_{_name}_{_f}"] = (
            f"m: {_f} {_f}",
            lambda a, b, _c=_ORDERED[_of]: ~_c(a, b),
        )
for _k in ("i16", "u16", "i32", "u32", "i64", "u64"):
    for _name, _compare in _INTEGER.items():
        ROWS[f"v_cmp_{_name}_{_k}"] = (f"m: {_k} {_k}", _compare)
