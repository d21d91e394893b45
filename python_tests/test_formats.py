"""The formats against literal values, ml_dtypes and the rules written out a second time."""

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from fnuz.dialect.chips import CHIPS, chips_with
from fnuz.dialect.formats import (
    E4M3FN,
    E4M3FNUZ,
    E5M2,
    E5M2FNUZ,
    FNUZ_OF,
    FORMATS,
    OCP_OF,
    Fp8Format,
    InfPolicy,
    OverflowPolicy,
    fnuz_to_ocp_codes,
    is_special,
    ocp_to_fnuz_codes,
)

# The finite values of the codes 0x00, 0x01, ..., in units of the smallest one.
_E4M3 = """0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 18 20 22 24 26 28 30 32 36 40 44 48 52 56 60
64 72 80 88 96 104 112 120 128 144 160 176 192 208 224 240 256 288 320 352 384 416 448 480 512
576 640 704 768 832 896 960 1024 1152 1280 1408 1536 1664 1792 1920 2048 2304 2560 2816 3072 3328
3584 3840 4096 4608 5120 5632 6144 6656 7168 7680 8192 9216 10240 11264 12288 13312 14336 15360
16384 18432 20480 22528 24576 26624 28672 30720 32768 36864 40960 45056 49152 53248 57344 61440
65536 73728 81920 90112 98304 106496 114688 122880 131072 147456 163840 180224 196608 212992
229376"""
_E5M2 = """0 1 2 3 4 5 6 7 8 10 12 14 16 20 24 28 32 40 48 56 64 80 96 112 128 160 192 224 256
320 384 448 512 640 768 896 1024 1280 1536 1792 2048 2560 3072 3584 4096 5120 6144 7168 8192 10240
12288 14336 16384 20480 24576 28672 32768 40960 49152 57344 65536 81920 98304 114688 131072 163840
196608 229376 262144 327680 393216 458752 524288 655360 786432 917504 1048576 1310720 1572864
1835008 2097152 2621440 3145728 3670016 4194304 5242880 6291456 7340032 8388608 10485760 12582912
14680064 16777216 20971520 25165824 29360128 33554432 41943040 50331648 58720256 67108864 83886080
100663296 117440512 134217728 167772160 201326592 234881024 268435456 335544320 402653184
469762048 536870912 671088640 805306368 939524096 1073741824 1342177280 1610612736 1879048192
2147483648 2684354560 3221225472 3758096384"""

INF, NAN = float("inf"), float("nan")


def _literal(positive: str, above: str, unit: float, special: list[float]) -> NDArray[np.float64]:
    """All 256 values: the magnitudes, what follows them up to 0x7F, and the same negated."""
    half = np.array([*(int(n) * unit for n in f"{positive} {above}".split()), *special])
    assert len(half) == 128
    return np.concatenate([half, -half])


LITERAL = {
    E4M3FN: _literal(_E4M3, "", 2.0**-9, [NAN]),
    E5M2: _literal(_E5M2, "", 2.0**-16, [INF, NAN, NAN, NAN]),
    E4M3FNUZ: _literal(_E4M3, "245760", 2.0**-10, []),
    E5M2FNUZ: _literal(_E5M2, "4294967296 5368709120 6442450944 7516192768", 2.0**-17, []),
}
for _fnuz in (E4M3FNUZ, E5M2FNUZ):
    LITERAL[_fnuz][0x80] = NAN

ML_DTYPES = {
    E4M3FN: ml_dtypes.float8_e4m3fn,
    E5M2: ml_dtypes.float8_e5m2,
    E4M3FNUZ: ml_dtypes.float8_e4m3fnuz,
    E5M2FNUZ: ml_dtypes.float8_e5m2fnuz,
}

EVERY = pytest.mark.parametrize("format_", FORMATS.values(), ids=lambda f: f.mlir_name)
EVERY_OCP = pytest.mark.parametrize("ocp", [E4M3FN, E5M2], ids=lambda f: f.mlir_name)
INF_POLICIES = pytest.mark.parametrize("inf", ["nan", "saturate"])

CODES = np.arange(256, dtype=np.uint8)
CODES16 = np.arange(65536, dtype=np.uint16)
Array = NDArray[Any]


def assert_codes(format_: Fp8Format, got: Array, want: Array) -> None:
    """Equal codes; a NaN equals a NaN."""
    nan = np.isnan(LITERAL[format_])
    wrong = np.flatnonzero((got != want) & ~(nan[got] & nan[want]))
    assert not wrong.size, (wrong.size, wrong[0], hex(got[wrong[0]]), hex(want[wrong[0]]))


def same_bits(a: Array, b: Array) -> bool:
    bits = f"u{a.dtype.itemsize}"
    both_nan = np.isnan(a) & np.isnan(b)
    return bool(((a.view(bits) == b.view(bits)) | both_nan).all())


@EVERY
def test_values(format_: Fp8Format) -> None:
    assert same_bits(format_.values, LITERAL[format_].astype(np.float32))
    assert same_bits(format_.values, CODES.view(ML_DTYPES[format_]).astype(np.float32))
    assert same_bits(format_.decode(CODES.reshape(16, 16)), format_.values.reshape(16, 16))
    assert not format_.values.flags.writeable


def test_numbers_of_the_semantics_note() -> None:
    assert [f.max for f in FORMATS.values()] == [448, 240, 57344, 57344]
    assert [f.overflow_threshold for f in FORMATS.values()] == [464, 248, 61440, 61440]
    assert [f.overflow_is_inclusive for f in FORMATS.values()] == [False, True, True, True]
    assert FNUZ_OF == {E4M3FN: E4M3FNUZ, E5M2: E5M2FNUZ}
    assert OCP_OF == {E4M3FNUZ: E4M3FN, E5M2FNUZ: E5M2}
    assert list(FORMATS) == ["f8E4M3FN", "f8E4M3FNUZ", "f8E5M2", "f8E5M2FNUZ"]


def dense_f32(format_: Fp8Format) -> NDArray[np.float32]:
    """Each value, tie and overflow edge with its neighbours, 40 places between any two, random."""
    finite = np.unique(LITERAL[format_][np.isfinite(LITERAL[format_])])
    top = finite[-1]
    finite = np.concatenate([finite, [x * top for x in (1.0625, 1.125, 1.25, 1.5, 2, -1.125, -2)]])
    finite.sort()
    between = (finite[:-1, None] + np.diff(finite)[:, None] * np.arange(40) / 40).ravel()
    ties = (finite[:-1] + finite[1:]) / 2
    edges = np.array([464, 480, 496, 240, 248, 57344, 61440, 65536, 2.0**-11, 2.0**-18, 1e-45])
    points = np.concatenate([finite, ties, edges, -edges]).astype(np.float32)
    near = [np.nextafter(points, np.float32(s)) for s in (INF, -INF)]
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**32, 200_000, dtype=np.uint32).view(np.float32)
    special = np.array([0.0, -0.0, INF, -INF, NAN, -NAN], np.float32)
    return np.concatenate([points, *near, between.astype(np.float32), bits, special])


def every_16(name: str) -> Array:
    return CODES16.view(np.float16 if name == "f16" else ml_dtypes.bfloat16)


def samples(format_: Fp8Format) -> dict[str, Array]:
    return {"f16": every_16("f16"), "bf16": every_16("bf16"), "f32": dense_f32(format_)}


@EVERY
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_encode(format_: Fp8Format) -> None:
    for x in samples(format_).values():
        want = x.astype(ML_DTYPES[format_]).view(np.uint8)
        assert_codes(format_, format_.encode(x.astype(np.float64)), want)


@EVERY
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_encode_saturating_as_onnx_cast(format_: Fp8Format) -> None:
    """ONNX: NaN stays, beyond the maximum (and Inf) gives the maximum, else to nearest even."""
    top = np.float32(LITERAL[format_][np.isfinite(LITERAL[format_])].max())
    for x in samples(format_).values():
        wide = x.astype(np.float32)
        clipped = np.where(np.isnan(wide), wide, np.clip(wide, -top, top))
        want = clipped.astype(ML_DTYPES[format_]).view(np.uint8)
        assert_codes(format_, format_.encode(wide, saturate=True), want)


@EVERY
def test_encode_of_f64_rounds_once(format_: Fp8Format) -> None:
    """A tie goes to the even code; one f64 step beside it, to the nearer one."""
    magnitudes = LITERAL[format_][:0x80]
    low = np.arange(format_.max_code, dtype=np.uint8)
    ties = (magnitudes[low] + magnitudes[low + 1]) / 2
    assert (format_.encode(ties) == low + low % 2).all()
    assert (format_.encode(np.nextafter(ties, 0)) == low).all()
    assert (format_.encode(np.nextafter(ties, INF)) == low + 1).all()
    negative = low[np.nextafter(ties, INF) > 0] + np.uint8(1)
    assert (format_.encode(-np.nextafter(ties, INF)) == (negative | 0x80)).all()


@EVERY
def test_encode_takes_back_what_decode_gave(format_: Fp8Format) -> None:
    assert_codes(format_, format_.encode(format_.values), CODES)
    finite = CODES[np.isfinite(format_.values)]
    assert (format_.encode(format_.values[finite]) == finite).all()


def code_of(format_: Fp8Format, value: float) -> int:
    """The one code of a value; zero is +0."""
    return int(np.flatnonzero(LITERAL[format_] == value)[0])


@EVERY_OCP
@INF_POLICIES
def test_ocp_to_fnuz_is_half_the_value(ocp: Fp8Format, inf: InfPolicy) -> None:
    fnuz = FNUZ_OF[ocp]
    table = ocp_to_fnuz_codes(ocp, inf)
    for code, value in enumerate(LITERAL[ocp]):
        if np.isinf(value) and inf == "saturate":
            want = code_of(fnuz, {E5M2: 28672.0}[ocp] * np.sign(value))
        elif not np.isfinite(value):
            want = 0x80
        else:
            want = code_of(fnuz, value / 2)
            assert want == code or code == 0x80
        assert table[code] == want, hex(code)
        assert is_special(ocp, code) == (not np.isfinite(value) or code == 0x80)


@EVERY_OCP
@pytest.mark.parametrize("overflow", ["nan", "saturate"])
def test_fnuz_to_ocp_is_twice_the_value(ocp: Fp8Format, overflow: OverflowPolicy) -> None:
    table = fnuz_to_ocp_codes(ocp, overflow)
    largest = {E4M3FN: 448, E5M2: 57344}[ocp]
    beyond = 0
    for code, value in enumerate(LITERAL[FNUZ_OF[ocp]]):
        double = 2 * value
        if np.isnan(value):
            want = 0x7F
        elif abs(double) > largest:
            beyond += 1
            if overflow == "nan":
                assert np.isnan(LITERAL[ocp][table[code]])
                continue
            want = code_of(ocp, np.sign(value) * largest)
        else:
            want = code_of(ocp, double)
            assert want == code
        assert table[code] == want, hex(code)
    assert beyond == {E4M3FN: 2, E5M2: 8}[ocp]


@EVERY_OCP
def test_there_and_back(ocp: Fp8Format) -> None:
    back = fnuz_to_ocp_codes(ocp)[ocp_to_fnuz_codes(ocp)]
    keeps = np.isfinite(LITERAL[ocp]) & (CODES != 0x80)
    assert (back[keeps] == CODES[keeps]).all()
    assert back[0x80] == 0
    assert (back[~np.isfinite(LITERAL[ocp])] == 0x7F).all()


OPS = {
    "add": (np.add, 1.0),
    "sub": (np.subtract, 1.0),
    "mul": (np.multiply, 2.0),
    "div": (np.divide, 0.5),
}


@EVERY_OCP
@pytest.mark.parametrize("op", OPS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_arithmetic_on_every_pair(ocp: Fp8Format, op: str) -> None:
    """a' + b', 2 a' b' and a' / b' / 2 round to the bits of a + b, a b and a / b."""
    function, factor = OPS[op]
    fnuz, there = FNUZ_OF[ocp], ocp_to_fnuz_codes(ocp)
    a, b = np.repeat(CODES, 256), np.tile(CODES, 256)
    result = ocp.encode(function(ocp.values[a], ocp.values[b]))
    halves = function(fnuz.values[there[a]], fnuz.values[there[b]])
    got = fnuz.encode(np.float32(factor) * halves)
    # What FNUZ cannot hold: Inf among the operands, and a zero's sign below a fraction line.
    held = ~np.isinf(LITERAL[ocp][a]) & ~np.isinf(LITERAL[ocp][b])
    differs = (got != there[result]) & held
    assert not (differs & np.isfinite(LITERAL[ocp][result])).any()
    overflow = (0x7F if ocp is E4M3FN else 0x7C) == (result & 0x7F)
    assert overflow[differs].all()
    # Exactly where OCP overflows and FNUZ not yet: the guard of the conversion is for these.
    exact = np.abs(function(LITERAL[ocp][a], LITERAL[ocp][b]))
    if ocp is E4M3FN:
        guarded = (exact > 464) & (exact < 496)
    else:
        guarded = (exact >= 61440) & (exact < 2 * 61440)
    assert (differs == (guarded & held)).all()
    assert differs.any()


def test_chips() -> None:
    assert chips_with("fnuz") == ["gfx940", "gfx941", "gfx942"]
    assert chips_with("ocp") == ["gfx950", "gfx1200", "gfx1201", "gfx1250"]
    without = ["gfx908", "gfx90a", *(f"gfx{n}" for n in (1100, 1101, 1102, 1103, 1150, 1151))]
    assert chips_with("none") == without
    assert len(CHIPS) == 15
