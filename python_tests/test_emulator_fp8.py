"""fp8 and bf8 (FNUZ on gfx942) in the emulator: every code, and everything that rounds to one.

v_cvt_pk_fp8_f32 rounds to nearest even. With the MODE bit FP16_OVFL a value beyond the range, Inf
too, becomes the largest finite value (240, 57344), without it NaN. NaN stays NaN in both. FNUZ has
no Inf and no -0: NaN is 0x80, and what rounds to zero from below is 0. The VOP3 bit `clamp` is not
one of the instruction's.
"""

import ml_dtypes
import numpy as np
import pytest
from gfx942_programs import execute

from fnuz import emulator
from fnuz.emulator.access import Mode

KINDS = {"fp8": ml_dtypes.float8_e4m3fnuz, "bf8": ml_dtypes.float8_e5m2fnuz}
LARGEST = {"fp8": 240.0, "bf8": 57344.0}
EACH = pytest.mark.parametrize("kind", KINDS)


def _same(got, expected):
    """Equal bits; every NaN is the same."""
    got, expected = np.asarray(got, np.float32), np.asarray(expected, np.float32)
    nan = np.isnan(expected)
    np.testing.assert_array_equal(np.isnan(got), nan)
    np.testing.assert_array_equal(got.view(np.uint32)[~nan], expected.view(np.uint32)[~nan])


def _codes():
    return np.arange(256, dtype=np.uint32).reshape(4, 64)


def _values(kind):
    return np.arange(256, dtype=np.uint8).view(KINDS[kind]).astype(np.float32).reshape(4, 64)


@EACH
def test_every_code_decodes_from_every_byte(kind):
    noise = np.uint32(0xA5C3963C)
    for byte in range(4):
        shift = np.uint32(8 * byte)
        packed = (noise & ~(np.uint32(0xFF) << shift)) | _codes() << shift
        text = f"v_cvt_f32_{kind}_sdwa v1, v0 src0_sel:BYTE_{byte}"
        after = execute(text, {0: packed}, waves=4)
        _same(after.vector[1].view(np.float32), _values(kind))
    plain = execute(f"v_cvt_f32_{kind}_e32 v1, v0", {0: _codes() | noise << np.uint32(8)}, waves=4)
    _same(plain.vector[1].view(np.float32), _values(kind))


@EACH
@pytest.mark.parametrize("word", [0, 1])
def test_every_code_decodes_in_pairs(kind, word):
    other = _codes()[:, ::-1]
    packed = (_codes() | other << np.uint32(8)) << np.uint32(16 * word)
    after = execute(
        f"v_cvt_pk_f32_{kind}_sdwa v[2:3], v0 src0_sel:WORD_{word}", {0: packed}, waves=4
    )
    _same(after.vector[2].view(np.float32), _values(kind))
    _same(after.vector[3].view(np.float32), _values(kind)[:, ::-1])


def _sources(kind):
    """f32 to convert: all of bf16 and f16, random bits, every tie and its two neighbours."""
    bf16 = (np.arange(1 << 16, dtype=np.uint32) << 16).view(np.float32)
    f16 = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)
    bits = np.random.default_rng(8).integers(0, 1 << 32, 1 << 16, dtype=np.uint32)
    finite = np.arange(256, dtype=np.uint8).view(KINDS[kind]).astype(np.float64)
    finite = np.unique(finite[np.isfinite(finite)])
    next_up = 2 * finite[-1] - finite[-2]
    grid = np.concatenate([[-next_up], finite, [next_up]])
    ties = ((grid[1:] + grid[:-1]) / 2).astype(np.float32)
    near = [np.nextafter(ties, np.float32(s)) for s in (-np.inf, np.inf)]
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan], np.float32)
    every = np.concatenate([bf16, f16, bits.view(np.float32), ties, *near, special])
    return np.pad(every, (0, -len(every) % 64)).reshape(-1, 64)


def _expected(kind, values, saturate):
    with np.errstate(all="ignore"):
        plain = values.astype(KINDS[kind]).view(np.uint8)
        if not saturate:
            return plain
        top = np.float32(LARGEST[kind])
        clipped = np.clip(values, -top, top).astype(KINDS[kind]).view(np.uint8)
        return np.where(np.isnan(values), np.uint8(0x80), clipped)


@EACH
@pytest.mark.parametrize("saturate", [False, True])
def test_encoding_equals_ml_dtypes(kind, saturate):
    values = _sources(kind)
    expected = _expected(kind, values, saturate).astype(np.uint32)
    after = execute(
        f"""v_cvt_pk_{kind}_f32 v2, v0, v1
        v_cvt_pk_{kind}_f32 v3, v1, -v0 op_sel:[0,0,1]""",
        {
            0: values.view(np.uint32),
            1: values[:, ::-1].view(np.uint32),
            2: 0x11112222,
            3: 0x33334444,
        },
        waves=len(values),
        mode=Mode(fp16_overflow=saturate),
    )
    low = expected | expected[:, ::-1] << 8
    np.testing.assert_array_equal(after.vector[2], low | 0x11110000)
    negated = _expected(kind, -values, saturate).astype(np.uint32)
    high = expected[:, ::-1] | negated << 8
    np.testing.assert_array_equal(after.vector[3], high << 16 | 0x4444)


@EACH
def test_what_fnuz_does_not_have(kind):
    values = np.array([-0.0, -1e-30, np.nan, np.inf, -np.inf, 1e30], np.float32)
    lanes = np.resize(values, (1, 64)).view(np.uint32)
    text = f"v_cvt_pk_{kind}_f32 v1, v0, v0"
    plain = execute(text, {0: lanes, 1: 0}).vector[1][0, :6] & 0xFF
    assert plain.tolist() == [0, 0, 0x80, 0x80, 0x80, 0x80]
    mode = Mode(fp16_overflow=True)
    saturated = execute(text, {0: lanes, 1: 0}, mode=mode).vector[1][0, :6] & 0xFF
    assert saturated.tolist() == [0, 0, 0x80, 0x7F, 0xFF, 0x7F]
    with pytest.raises(emulator.UnknownInstruction, match="clamp"):
        execute(text + " clamp", {0: lanes, 1: 0})


@EACH
@pytest.mark.parametrize(("op_sel", "byte"), [("0,0", 0), ("1,0", 1), ("0,1", 2), ("1,1", 3)])
def test_stochastic_rounding_of_every_gap(kind, op_sel, byte):
    """Up exactly when the dropped fraction plus the random fraction carries."""
    codes = np.arange(0x7F, dtype=np.uint8)
    below = codes.view(KINDS[kind]).astype(np.float64)
    above = (codes + np.uint8(1)).view(KINDS[kind]).astype(np.float64)
    fraction = np.arange(32) / 32
    values = (below[:, None] + (above - below)[:, None] * fraction).astype(np.float32)
    # The low 20 or 21 random bits count: from this number on they carry.
    scale = 1 << {"fp8": 20, "bf8": 21}[kind]
    threshold = (scale - fraction * scale).astype(np.int64)
    lanes = np.concatenate([values, values], axis=1)
    keep = 0x55555555 & ~(0xFF << 8 * byte)
    for shift in (-1, 0):
        low = np.clip(threshold + shift, 0, scale - 1)
        random = (low | 0xABC00000).astype(np.uint32)
        up = low + fraction * scale >= scale
        after = execute(
            f"v_cvt_sr_{kind}_f32 v2, v0, v1 op_sel:[0,0,{op_sel}]",
            {0: lanes.view(np.uint32), 1: np.tile(random, 2), 2: 0x55555555},
            waves=len(codes),
        )
        expected = (codes[:, None] + up).astype(np.uint32)
        expected = np.concatenate([expected, expected], axis=1) << 8 * byte | keep
        np.testing.assert_array_equal(after.vector[2], expected)


@EACH
def test_stochastic_rounding_keeps_what_is_exact_and_special(kind):
    exact = _values(kind).view(np.uint32)
    expected = np.arange(256, dtype=np.uint32).reshape(4, 64)
    for random in (0, 0x12345678, 0xFFFFFFFF):
        after = execute(f"v_cvt_sr_{kind}_f32 v2, v0, v1", {0: exact, 1: random, 2: 0}, waves=4)
        np.testing.assert_array_equal(after.vector[2], expected)
