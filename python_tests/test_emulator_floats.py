"""The float operations of the emulator against exact rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from gfx942_programs import execute
from hypothesis import given
from hypothesis import strategies as st

from fnuz.emulator import floats
from fnuz.emulator.access import Mode

TYPES = {16: (np.float16, np.uint16), 32: (np.float32, np.uint32), 64: (np.float64, np.uint64)}


def _round(exact: Fraction, width: int) -> float:
    """A rational to the nearest number of a binary format, ties to even, by integers alone."""
    mantissa, low, high = {16: (11, -24, 15), 32: (24, -149, 127), 64: (53, -1074, 1023)}[width]
    if exact == 0:
        return 0.0
    sign, size = (-1 if exact < 0 else 1), abs(exact)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    if Fraction(2) ** exponent > size:
        exponent -= 1
    step = Fraction(2) ** max(exponent - mantissa + 1, low)
    units = round(size / step)  # ties to even
    value = units * step
    if value >= Fraction(2) ** (high + 1):
        return sign * float("inf")
    return sign * float(value)


def _numbers(width):
    dtype, uint = TYPES[width]
    codes = st.integers(0, (1 << width) - 1)
    return codes.map(lambda code: np.array(code, uint).view(dtype)[()])


def _check_fma(a, b, c, width):
    with np.errstate(all="ignore"):
        got = floats.fma(*(np.array([x]) for x in (a, b, c)))[0]
        if not all(np.isfinite(float(x)) for x in (a, b, c)):
            plain = a.astype(np.float64) * b.astype(np.float64) + c.astype(np.float64)
            # Without overflow of float64 the special cases are those of the plain sum.
            if width < 64:
                assert got == plain or (np.isnan(got) and np.isnan(plain))
            return
    exact = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
    expected = _round(exact, width)
    assert float(got) == expected
    if exact != 0:
        assert np.signbit(got) == (exact < 0)


@pytest.mark.parametrize("width", TYPES)
def test_fma_is_rounded_once(width):
    @given(_numbers(width), _numbers(width), _numbers(width))
    def check(a, b, c):
        _check_fma(a, b, c, width)

    check()


def test_fma_of_many_doubles_at_once():
    rng = np.random.default_rng(0)

    def some(power):
        sign = rng.choice([-1.0, 1.0], 20000)
        return sign * rng.uniform(1, 2, 20000) * 2.0 ** rng.integers(-power, power, 20000)

    a, b = some(30), some(30)
    c = np.where(
        rng.random(20000) < 0.5, -a * b * (1 + rng.integers(-2, 3, 20000) * 2.0**-52), some(120)
    )
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1e308, -1e-300, 1.5]
    count = len(special)
    a[: count**3] = np.repeat(special, count**2)
    b[: count**3] = np.tile(np.repeat(special, count), count)
    c[: count**3] = np.tile(special, count**2)
    with np.errstate(all="ignore"):
        got = floats.fma(a, b, c)
        want = np.array([floats._fma64(*x, 0) for x in zip(a, b, c, strict=True)])
    nan = np.isnan(want)
    np.testing.assert_array_equal(np.isnan(got), nan)
    np.testing.assert_array_equal(got[~nan].view(np.uint64), want[~nan].view(np.uint64))


@pytest.mark.parametrize("width", TYPES)
def test_fma_just_beside_ties(width):
    """An addend so small that rounding twice would take it for a tie."""
    dtype, _ = TYPES[width]
    mantissa = {16: 10, 32: 23, 64: 52}[width]
    rng = np.random.default_rng(width)
    tiny = np.finfo(dtype).smallest_subnormal
    for _ in range(200):
        a = dtype(1 + int(rng.integers(1, 1 << mantissa)) * 2.0**-mantissa)
        b = dtype(1 + int(rng.integers(1, 1 << mantissa)) * 2.0**-mantissa)
        for c in (tiny, -tiny, dtype(2.0**-mantissa) * dtype(2.0**-2), dtype(-a), dtype(b)):
            _check_fma(a, b, dtype(c), width)
        half = dtype(0.5 + 2.0 ** -(mantissa + 1))
        _check_fma(dtype(1 + 2.0**-mantissa), half, dtype(tiny), width)


def test_the_instructions_use_it():
    a, b, c = (np.float32(x) for x in (1 + 2**-23, 1 - 2**-24, -1))
    bits = {i: np.full((1, 64), x).view(np.uint32) for i, x in enumerate((a, b, c))}
    exact = np.float32(Fraction(float(a)) * Fraction(float(b)) - 1)
    assert exact != a * b + c
    for text, target in (
        ("v_fma_f32 v3, v0, v1, v2", 3),
        ("v_fmac_f32_e32 v2, v0, v1", 2),
        ("v_fmaak_f32 v3, v0, v1, 0xbf800000", 3),
        ("v_fmamk_f32 v3, v0, 0x3f7fffff, v2", 3),
        ("v_pk_fma_f32 v[4:5], v[0:1], v[1:2], v[2:3] op_sel_hi:[0,0,0]", 5),
        ("v_fma_mix_f32 v3, v0, v1, v2", 3),
    ):
        after = execute(text, {**bits, 3: 0})
        assert (after.vector[target].view(np.float32) == exact).all(), text


@pytest.mark.parametrize("width", TYPES)
@pytest.mark.parametrize("name", ["minimum", "maximum"])
def test_minimum_and_maximum(width, name):
    dtype, _ = TYPES[width]
    values = np.array([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan], dtype)
    a, b = (x.ravel() for x in np.meshgrid(values, values))
    got = getattr(floats, name)(a, b)
    for x, y, z in zip(a, b, got, strict=True):
        if np.isnan(x) or np.isnan(y):
            other = y if np.isnan(x) else x
            assert z == other or np.isnan(other)
        else:
            # -0 comes before +0.
            pick = min if name == "minimum" else max
            expected = pick((x, y), key=lambda v: (v, not np.signbit(v)))
            assert z == expected
            assert np.signbit(z) == np.signbit(expected)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("rcp", lambda x: 1 / x),
        ("sqrt", np.sqrt),
        ("rsq", lambda x: 1 / np.sqrt(x)),
        ("exp", np.exp2),
        ("log", np.log2),
    ],
)
def test_approximations_are_correctly_rounded(name, function):
    """From float64, whose own error changes f32 only next to a tie: none of these."""
    x = np.random.default_rng(3).uniform(0.01, 100, (64, 64)).astype(np.float32)
    after = execute(f"v_{name}_f32_e32 v1, v0", {0: x.view(np.uint32)}, waves=64)
    wide = x.astype(np.longdouble)
    np.testing.assert_array_equal(
        after.vector[1].view(np.float32), function(wide).astype(np.float32)
    )


def test_subnormal_numbers_as_the_mode_says():
    tiny = np.full((1, 64), 1e-40, np.float32)
    kept = execute("v_add_f32_e32 v1, v0, v0", {0: tiny.view(np.uint32)})
    assert (kept.vector[1].view(np.float32) == tiny + tiny).all()
    for text in ("v_add_f32_e32 v1, v0, v0", "v_mul_f32_e32 v1, 2.0, v0"):
        flushed = execute(text, {0: tiny.view(np.uint32)}, mode=Mode(flush_f32=True))
        assert (flushed.vector[1] == 0).all()
    small = np.full((1, 64), 1e-20, np.float32).view(np.uint32)
    product = execute("v_mul_f32_e64 v1, v0, -v0", {0: small}, mode=Mode(flush_f32=True))
    assert (product.vector[1] == 0x80000000).all()
    moved = execute("v_mov_b32_e32 v1, v0", {0: tiny.view(np.uint32)}, mode=Mode(flush_f32=True))
    assert (moved.vector[1] == tiny.view(np.uint32)).all()
    # Of the slow unit, whatever the mode says.
    assert np.isinf(
        execute("v_rcp_f32_e32 v1, v0", {0: tiny.view(np.uint32)}).vector[1].view(np.float32)
    ).all()


def test_towards_zero():
    x = np.array([1 + 2**-11 + 2**-12, -1 - 2**-11 - 2**-12, 65519, 1e9, np.inf, 1e-9], np.float32)
    expected = np.array([1, -1, 65504, 65504, np.inf, 0], np.float16)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(floats.toward_zero_f16(x), expected)
