"""Floating-point operations that numpy does not have, each rounded once."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from fnuz.emulator.registers import Array

MANTISSA_BITS = {np.dtype(np.float16): 10, np.dtype(np.float32): 23, np.dtype(np.float64): 52}
UINT: dict[Any, Any] = {
    np.dtype(np.float16): np.uint16,
    np.dtype(np.float32): np.uint32,
    np.dtype(np.float64): np.uint64,
}


def exponent_field(x: Array) -> Array:
    """The biased exponent, as int64."""
    mantissa = MANTISSA_BITS[x.dtype]
    width = x.dtype.itemsize * 8
    bits = x.view(UINT[x.dtype]).astype(np.int64)
    return (bits >> mantissa) & ((1 << (width - 1 - mantissa)) - 1)


def flush(x: Array) -> Array:
    """Subnormal values to zero of the same sign."""
    return np.where(exponent_field(x) == 0, np.copysign(x.dtype.type(0), x), x)


def odd_sum(product: Array, addend: Array) -> Array:
    """The float64 sum rounded to odd: a narrower format then gets it rounded once.

    Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008: the sum rounded
    to nearest, its exact error by Knuth's two-sum, and where the error is not zero and the last
    bit is even, the neighbour on the side of the error.
    """
    total = product + addend
    part = total - product
    error = (product - (total - part)) + (addend - part)
    bits = total.view(np.int64)
    wrong = (error != 0) & (bits & 1 == 0) & np.isfinite(total)
    # The bits of a float are its magnitude: up is away from zero.
    step = np.where((error > 0) == (total > 0), 1, -1)
    return np.where(wrong, bits + step, bits).view(np.float64)


def _fma64(a: float, b: float, c: float, power: int) -> float:
    """(a * b + c) * 2**power, rounded once."""
    if not (np.isfinite(a) and np.isfinite(b)):
        return float(np.float64(a) * np.float64(b) + np.float64(c))
    if not np.isfinite(c):
        return c
    exact = (Fraction(a) * Fraction(b) + Fraction(c)) * Fraction(2) ** int(power)
    if exact == 0:
        if a != 0 and b != 0:
            # Exact cancellation is +0, whatever a * b alone would round to.
            return 0.0
        return float(np.float64(a) * np.float64(b) + np.float64(c))
    try:
        return float(exact)
    except OverflowError:
        return float(np.copysign(np.inf, np.float64(exact > 0) - 0.5))


_fma64_all = np.frompyfunc(_fma64, 4, 1)


def _is_usual(x: Array, power: int) -> Array:
    """0, or so far from overflow and underflow that no step of `_usual_fma64` has either."""
    magnitude = np.abs(x)
    return (x == 0) | ((magnitude > 2.0**-power) & (magnitude < 2.0**power))


def _usual_fma64(a: Array, b: Array, c: Array) -> Array:
    """By the algorithm of Boldo and Melquiond for exact products, which Dekker's product gives."""

    def two_sum(x: Array, y: Array) -> tuple[Array, Array]:
        total = x + y
        part = total - x
        return total, (x - (total - part)) + (y - part)

    def halves(x: Array) -> tuple[Array, Array]:
        scaled = x * 134217729.0  # 2^27 + 1
        high = scaled - (scaled - x)
        return high, x - high

    product = a * b
    (a1, a0), (b1, b0) = halves(a), halves(b)
    error = a0 * b0 - (((product - a1 * b1) - a0 * b1) - a1 * b0)
    high, low = two_sum(c, error)
    total, rest = two_sum(product, high)
    out = total + odd_sum(rest, low)
    # A zero has the sign that the sum of product and addend gives it.
    return np.asarray(np.where(out == 0, product + c, out))


def fma(a: Array, b: Array, c: Array) -> Array:
    """a * b + c, rounded once to the type of the operands (float16, float32 or float64)."""
    dtype = a.dtype
    if dtype == np.float64:
        a, b, c = np.broadcast_arrays(a, b, c)
        usual = _is_usual(a, 400) & _is_usual(b, 400) & _is_usual(c, 900)
        out = _usual_fma64(*(np.where(usual, x, 0.0) for x in (a, b, c)))
        others = (x[~usual] for x in (a, b, c))
        out[~usual] = np.asarray(_fma64_all(*others, 0)).astype(np.float64)
        return out
    # A product of two float32 is exact in float64.
    product, addend = np.broadcast_arrays(a.astype(np.float64) * b, c.astype(np.float64))
    return odd_sum(product, addend).astype(dtype)


def minimum(a: Array, b: Array) -> Array:
    """The other operand where one is NaN; -0 is less than +0."""
    return _pick(a, b, np.less, np.bitwise_or)


def maximum(a: Array, b: Array) -> Array:
    """The other operand where one is NaN; +0 is greater than -0."""
    return _pick(a, b, np.greater, np.bitwise_and)


def _pick(a: Array, b: Array, better: Any, zeros: Any) -> Array:
    uint = UINT[a.dtype]
    equal = zeros(a.view(uint), b.view(uint)).view(a.dtype)
    chosen = np.where(np.isnan(b) | better(a, b), a, b)
    return np.where(a == b, equal, chosen)


def median(a: Array, b: Array, c: Array) -> Array:
    """The middle of three; the least where one is NaN."""
    middle = maximum(minimum(a, b), minimum(maximum(a, b), c))
    return np.where(np.isnan(a) | np.isnan(b) | np.isnan(c), minimum(minimum(a, b), c), middle)


def to_integer(x: Array, dtype: Any) -> Array:
    """Towards zero; out of range to the nearest integer of `dtype`, NaN to 0."""
    info = np.iinfo(dtype)
    wide = np.trunc(x.astype(np.float64))
    out = np.clip(
        np.nan_to_num(wide, nan=0.0, posinf=info.max, neginf=info.min), info.min, info.max
    )
    return out.astype(dtype)


def toward_zero_f16(x: Array) -> Array:
    """float32 to float16, rounded towards zero."""
    rounded = x.astype(np.float16)
    away = np.abs(rounded.astype(np.float64)) > np.abs(x.astype(np.float64))
    bits = rounded.view(np.uint16)
    return np.where(away & ~np.isinf(x), bits - 1, bits).astype(np.uint16).view(np.float16)


def _through_float64(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The function of the slow unit: from float64; in f32 subnormal numbers are zero."""

    def run(x: Array) -> Array:
        single = x.dtype == np.float32
        wide = function((flush(x) if single else x).astype(np.float64))
        out = wide.astype(x.dtype)
        return flush(out) if single else out

    return run


reciprocal = _through_float64(lambda x: 1.0 / x)
square_root = _through_float64(np.sqrt)
reciprocal_root = _through_float64(lambda x: 1.0 / np.sqrt(x))
power_of_two = _through_float64(np.exp2)
logarithm = _through_float64(np.log2)
# The hardware takes these in turns.
sine = _through_float64(lambda x: np.sin(2 * np.pi * np.fmod(x, 1.0)))
cosine = _through_float64(lambda x: np.cos(2 * np.pi * np.fmod(x, 1.0)))


def scale(x: Array, exponent: Array) -> Array:
    """x * 2**exponent, rounded once to the type of x."""
    steps = np.clip(exponent, -4000, 4000).astype(np.int32)
    if x.dtype == np.float64:
        return np.ldexp(x, steps)
    return np.ldexp(x.astype(np.float64), np.clip(steps, -400, 400)).astype(x.dtype)


def fraction(x: Array) -> Array:
    """x - floor(x), below 1."""
    below_one = np.nextafter(x.dtype.type(1), x.dtype.type(0))
    return np.where(np.isnan(x), x, np.minimum(x - np.floor(x), below_one))


def frexp_exponent(x: Array) -> Array:
    """The exponent that brings |x| to [0.5, 1); 0 for 0, Inf and NaN."""
    exponent = np.frexp(x)[1]
    return np.where(np.isfinite(x) & (x != 0), exponent, 0)


def frexp_mantissa(x: Array) -> Array:
    """x scaled to [0.5, 1); 0, Inf and NaN are kept."""
    return np.where(np.isfinite(x), np.frexp(x)[0], x)


def is_class(x: Array, wanted: Array) -> Array:
    """v_cmp_class: `wanted` has a bit for each class of numbers."""
    uint = UINT[x.dtype]
    mantissa = MANTISSA_BITS[x.dtype]
    bits = x.view(uint)
    negative = np.signbit(x)
    nan = np.isnan(x)
    quiet = (bits >> uint(mantissa - 1)) & uint(1) == 1
    subnormal = (exponent_field(x) == 0) & (x != 0)
    classes = [
        nan & ~quiet,
        nan & quiet,
        np.isinf(x) & negative,
        np.isfinite(x) & ~subnormal & (x != 0) & negative,
        subnormal & negative,
        (x == 0) & negative,
        (x == 0) & ~negative,
        subnormal & ~negative,
        np.isfinite(x) & ~subnormal & (x != 0) & ~negative,
        np.isinf(x) & ~negative,
    ]
    out: Array = np.zeros(np.broadcast_shapes(x.shape, wanted.shape), bool)
    for bit, members in enumerate(classes):
        out |= members & ((wanted >> np.uint32(bit)) & np.uint32(1) == 1)
    return out


def div_scale(value: Array, denominator: Array, numerator: Array) -> tuple[Array, Array]:
    """v_div_scale: `value`, which is one of the others, scaled so that the division by steps
    neither overflows nor loses bits; and whether v_div_fmas has to undo it."""
    single = value.dtype == np.float32
    far, step, tiny = (96, 64, 23) if single else (768, 128, 53)
    value, denominator, numerator = np.broadcast_arrays(value, denominator, numerator)
    apart = exponent_field(numerator) - exponent_field(denominator)
    # 1 / denominator is subnormal in the type, from this exponent up.
    huge = exponent_field(denominator) >= (253 if single else 2045)
    quotient = numerator / denominator
    small = exponent_field(quotient) == 0
    subnormal = (exponent_field(denominator) == 0) & (denominator != 0)
    scales_down = value == denominator
    none = np.zeros(value.shape, np.int64)
    choices = [
        (apart >= far, np.where(scales_down, step, 0), True),
        (subnormal, none + step, False),
        (huge & small, np.where(scales_down, -step, 0), True),
        (huge, none - step, False),
        (small, np.where(value == numerator, step, 0), True),
        (exponent_field(numerator) <= tiny, none + step, False),
    ]
    conditions = [c for c, _, _ in choices]
    by = np.select(conditions, [s for _, s, _ in choices], 0)
    undo = np.select(conditions, [np.full(value.shape, u) for _, _, u in choices], False)
    out = scale(value, by)
    nothing = (numerator == 0) | (denominator == 0)
    return np.where(nothing, value.dtype.type(np.nan), out), undo & ~nothing


def div_fmas(a: Array, b: Array, c: Array, undo: Array) -> Array:
    """v_div_fmas: fma(a, b, c), with the scaling of v_div_scale undone where VCC says so."""
    step = 64 if a.dtype == np.float32 else 128
    middle = 127 if a.dtype == np.float32 else 1023
    a, b, c, undo = np.broadcast_arrays(a, b, c, undo)
    power = np.where(undo, np.where(exponent_field(c) > middle, step, -step), 0)
    # One rounding for the fma and the scaling together.
    if a.dtype == np.float64:
        return np.asarray(_fma64_all(a, b, c, power)).astype(np.float64)
    return np.ldexp(odd_sum(a.astype(np.float64) * b, c.astype(np.float64)), power).astype(a.dtype)


def div_fixup(quotient: Array, denominator: Array, numerator: Array) -> Array:
    """v_div_fixup: the special cases of numerator / denominator, else the quotient's magnitude."""
    dtype = quotient.dtype
    quotient, denominator, numerator = np.broadcast_arrays(quotient, denominator, numerator)
    sign = np.where(np.signbit(denominator) != np.signbit(numerator), -1.0, 1.0).astype(dtype)
    zero, infinity = sign * dtype.type(0), sign * dtype.type(np.inf)
    n, d = numerator, denominator
    lowest = {2: -30, 4: -150, 8: -1075}[dtype.itemsize]
    return np.select(
        [
            np.isnan(n),
            np.isnan(d),
            ((n == 0) & (d == 0)) | (np.isinf(n) & np.isinf(d)),
            (d == 0) | np.isinf(n),
            np.isinf(d) | (n == 0),
            exponent_field(n) - exponent_field(d) < lowest,
            # The steps before overflow where the quotient does.
            np.isnan(quotient),
        ],
        [n, d, dtype.type(np.nan), infinity, zero, zero, infinity],
        np.copysign(quotient, sign),
    ).astype(dtype)
