"""Vector and scalar instructions of the emulator against numpy and Python integers."""

import struct

import numpy as np
import pytest
from gfx942_programs import execute

from fnuz import emulator
from fnuz.emulator import access, salu, valu_rows

RNG = np.random.default_rng(942)
EDGES = [0, 1, 2, 31, 32, 63, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
M32, M64 = (1 << 32) - 1, (1 << 64) - 1


def _words(waves=4):
    bits = RNG.integers(0, 1 << 32, (waves, 64), dtype=np.uint32)
    bits[0, : len(EDGES)] = EDGES
    bits[1, : len(EDGES)] = EDGES[::-1]
    return bits


A, B, C = _words(), _words(), _words()


def _signed(x, bits=32):
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> (bits - 1) else x


def _clz(x):
    return -1 if x == 0 else 32 - x.bit_length()


def _bfe(a, b, c, signed=False):
    offset, size = b & 31, c & 31
    if size == 0:
        return 0
    # Beyond bit 31 there are zeros, or signs.
    value = (_signed(a) if signed else a) >> offset
    value &= (1 << size) - 1
    size = min(size, 32 - offset)
    return _signed(value, size) if signed else value


def _perm(a, b, c):
    data = struct.pack("<II", b, a)
    out = []
    for pick in struct.pack("<I", c):
        if pick < 8:
            out.append(data[pick])
        elif pick < 12:
            out.append(0xFF if data[2 * (pick - 8) + 1] & 0x80 else 0)
        else:
            out.append(0 if pick == 12 else 0xFF)
    return struct.unpack("<I", bytes(out))[0]


def _sad(a, b, c, size):
    for at in range(0, 32, size):
        mask = (1 << size) - 1
        c += abs((a >> at & mask) - (b >> at & mask))
    return c


def _clamp(x, low, high):
    return max(low, min(high, x))


S = _signed
INTEGER = {
    "v_add_u32 v3, v0, v1": lambda a, b, c: a + b,
    "v_sub_u32 v3, v0, v1": lambda a, b, c: a - b,
    "v_subrev_u32 v3, v0, v1": lambda a, b, c: b - a,
    "v_add_u32 v3, v0, v1 clamp": lambda a, b, c: min(a + b, M32),
    "v_sub_u32 v3, v0, v1 clamp": lambda a, b, c: max(a - b, 0),
    "v_add_i32 v3, v0, v1 clamp": lambda a, b, c: _clamp(S(a) + S(b), -(1 << 31), (1 << 31) - 1),
    "v_mul_lo_u32 v3, v0, v1": lambda a, b, c: a * b,
    "v_mul_hi_u32 v3, v0, v1": lambda a, b, c: a * b >> 32,
    "v_mul_hi_i32 v3, v0, v1": lambda a, b, c: S(a) * S(b) >> 32,
    "v_mul_u32_u24 v3, v0, v1": lambda a, b, c: (a & 0xFFFFFF) * (b & 0xFFFFFF),
    "v_mul_i32_i24 v3, v0, v1": lambda a, b, c: S(a, 24) * S(b, 24),
    "v_mul_hi_u32_u24 v3, v0, v1": lambda a, b, c: (a & 0xFFFFFF) * (b & 0xFFFFFF) >> 32,
    "v_mul_hi_i32_i24 v3, v0, v1": lambda a, b, c: S(a, 24) * S(b, 24) >> 32,
    "v_mad_u32_u24 v3, v0, v1, v2": lambda a, b, c: (a & 0xFFFFFF) * (b & 0xFFFFFF) + c,
    "v_mad_i32_i24 v3, v0, v1, v2": lambda a, b, c: S(a, 24) * S(b, 24) + c,
    "v_mad_u16 v3, v0, v1, v2": lambda a, b, c: 0xDEAD0000 | (a * b + c) & 0xFFFF,
    "v_mad_legacy_u16 v3, v0, v1, v2": lambda a, b, c: (a * b + c) & 0xFFFF,
    "v_mad_u32_u16 v3, v0, v1, v2": lambda a, b, c: (a & 0xFFFF) * (b & 0xFFFF) + c,
    "v_mad_i32_i16 v3, v0, v1, v2": lambda a, b, c: S(a, 16) * S(b, 16) + c,
    "v_add_u16 v3, v0, v1": lambda a, b, c: (a + b) & 0xFFFF,
    "v_sub_u16 v3, v0, v1": lambda a, b, c: (a - b) & 0xFFFF,
    "v_add_u16 v3, v0, v1 clamp": lambda a, b, c: min((a & 0xFFFF) + (b & 0xFFFF), 0xFFFF),
    "v_mul_lo_u16 v3, v0, v1": lambda a, b, c: (a * b) & 0xFFFF,
    "v_lshlrev_b16 v3, v0, v1": lambda a, b, c: (b << (a & 15)) & 0xFFFF,
    "v_lshrrev_b16 v3, v0, v1": lambda a, b, c: (b & 0xFFFF) >> (a & 15),
    "v_ashrrev_i16 v3, v0, v1": lambda a, b, c: (S(b, 16) >> (a & 15)) & 0xFFFF,
    "v_min_u16 v3, v0, v1": lambda a, b, c: min(a & 0xFFFF, b & 0xFFFF),
    "v_max_i16 v3, v0, v1": lambda a, b, c: max(S(a, 16), S(b, 16)) & 0xFFFF,
    "v_add3_u32 v3, v0, v1, v2": lambda a, b, c: a + b + c,
    "v_xad_u32 v3, v0, v1, v2": lambda a, b, c: (a ^ b) + c,
    "v_lshl_add_u32 v3, v0, v1, v2": lambda a, b, c: (a << (b & 31)) + c,
    "v_add_lshl_u32 v3, v0, v1, v2": lambda a, b, c: (a + b) << (c & 31),
    "v_lshl_or_b32 v3, v0, v1, v2": lambda a, b, c: (a << (b & 31)) | c,
    "v_and_or_b32 v3, v0, v1, v2": lambda a, b, c: (a & b) | c,
    "v_or3_b32 v3, v0, v1, v2": lambda a, b, c: a | b | c,
    "v_and_b32 v3, v0, v1": lambda a, b, c: a & b,
    "v_or_b32 v3, v0, v1": lambda a, b, c: a | b,
    "v_xor_b32 v3, v0, v1": lambda a, b, c: a ^ b,
    "v_xnor_b32 v3, v0, v1": lambda a, b, c: ~(a ^ b),
    "v_not_b32 v3, v0": lambda a, b, c: ~a,
    "v_mov_b32 v3, v0": lambda a, b, c: a,
    "v_bfrev_b32 v3, v0": lambda a, b, c: int(f"{a:032b}"[::-1], 2),
    "v_ffbh_u32 v3, v0": lambda a, b, c: _clz(a),
    "v_ffbl_b32 v3, v0": lambda a, b, c: -1 if a == 0 else (a & -a).bit_length() - 1,
    "v_ffbh_i32 v3, v0": lambda a, b, c: _clz(~a & M32 if a >> 31 else a),
    "v_bcnt_u32_b32 v3, v0, v1": lambda a, b, c: a.bit_count() + b,
    "v_lshlrev_b32 v3, v0, v1": lambda a, b, c: b << (a & 31),
    "v_lshrrev_b32 v3, v0, v1": lambda a, b, c: b >> (a & 31),
    "v_ashrrev_i32 v3, v0, v1": lambda a, b, c: S(b) >> (a & 31),
    "v_bfe_u32 v3, v0, v1, v2": _bfe,
    "v_bfe_i32 v3, v0, v1, v2": lambda a, b, c: _bfe(a, b, c, True),
    "v_bfi_b32 v3, v0, v1, v2": lambda a, b, c: (a & b) | (~a & c),
    "v_bfm_b32 v3, v0, v1": lambda a, b, c: ((1 << (a & 31)) - 1) << (b & 31),
    "v_alignbit_b32 v3, v0, v1, v2": lambda a, b, c: (a << 32 | b) >> (c & 31),
    "v_alignbyte_b32 v3, v0, v1, v2": lambda a, b, c: (a << 32 | b) >> 8 * (c & 3),
    "v_perm_b32 v3, v0, v1, v2": _perm,
    "v_sad_u8 v3, v0, v1, v2": lambda a, b, c: _sad(a, b, c, 8),
    "v_sad_u16 v3, v0, v1, v2": lambda a, b, c: _sad(a, b, c, 16),
    "v_sad_u32 v3, v0, v1, v2": lambda a, b, c: _sad(a, b, c, 32),
    "v_min_i32 v3, v0, v1": lambda a, b, c: min(S(a), S(b)),
    "v_max_u32 v3, v0, v1": lambda a, b, c: max(a, b),
    "v_min3_u32 v3, v0, v1, v2": lambda a, b, c: min(a, b, c),
    "v_max3_i32 v3, v0, v1, v2": lambda a, b, c: max(S(a), S(b), S(c)),
    "v_med3_i32 v3, v0, v1, v2": lambda a, b, c: sorted([S(a), S(b), S(c)])[1],
    "v_med3_u32 v3, v0, v1, v2": lambda a, b, c: sorted([a, b, c])[1],
    "v_cvt_pk_i16_i32 v3, v0, v1": lambda a, b, c: (
        (_clamp(S(a), -32768, 32767) & 0xFFFF) | (_clamp(S(b), -32768, 32767) & 0xFFFF) << 16
    ),
    "v_cvt_pk_u16_u32 v3, v0, v1": lambda a, b, c: min(a, 0xFFFF) | min(b, 0xFFFF) << 16,
    "v_pack_b32_f16 v3, v0, v1 op_sel:[1,0,0]": lambda a, b, c: a >> 16 | (b & 0xFFFF) << 16,
    "v_dot4_i32_i8 v3, v0, v1, v2": lambda a, b, c: (
        sum(S(a >> i, 8) * S(b >> i, 8) for i in (0, 8, 16, 24)) + c
    ),
    "v_dot4_u32_u8 v3, v0, v1, v2": lambda a, b, c: (
        sum((a >> i & 255) * (b >> i & 255) for i in (0, 8, 16, 24)) + c
    ),
    # SDWA and literals
    "v_add_u32_sdwa v3, v0, v1 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:BYTE_3 "
    "src1_sel:WORD_1": lambda a, b, c: (a >> 24) + (b >> 16),
    "v_add_u32_sdwa v3, sext(v0), v1 dst_sel:DWORD dst_unused:UNUSED_PAD src0_sel:BYTE_1 "
    "src1_sel:DWORD": lambda a, b, c: S(a >> 8, 8) + b,
    "v_or_b32_sdwa v2, v0, v1 dst_sel:BYTE_2 dst_unused:UNUSED_PRESERVE src0_sel:DWORD "
    "src1_sel:DWORD": lambda a, b, c: (c & 0xFF00FFFF) | ((a | b) & 0xFF) << 16,
    "v_or_b32_sdwa v3, v0, v1 dst_sel:WORD_1 dst_unused:UNUSED_PAD src0_sel:DWORD "
    "src1_sel:DWORD": lambda a, b, c: ((a | b) & 0xFFFF) << 16,
    "v_add_u32_e32 v3, 0xfffff800, v1": lambda a, b, c: b + 0xFFFFF800,
    "v_and_b32_e32 v3, -16, v1": lambda a, b, c: b & -16,
    "v_mul_u32_u24_e32 v3, 0.5, v1": lambda a, b, c: (0x3F000000 & 0xFFFFFF) * (b & 0xFFFFFF),
}


@pytest.mark.parametrize("text", INTEGER)
def test_32_bit_integers(text):
    target = int(text.split(",")[0].split("v")[-1])
    # A third source that is small makes offsets and shifts meet their edges.
    for c in (C, C & np.uint32(31)):
        after = execute(text, {0: A, 1: B, 2: c, 3: 0xDEADBEEF}, waves=4)
        each = zip(A.flat, B.flat, c.flat, strict=True)
        expected = [INTEGER[text](*map(int, abc)) & M32 for abc in each]
        assert after.vector[target].ravel().tolist() == expected


WIDE = {
    "v_lshlrev_b64 v[6:7], v0, v[2:3]": lambda a, b, c, d: b << (a & 63),
    "v_lshrrev_b64 v[6:7], v0, v[2:3]": lambda a, b, c, d: b >> (a & 63),
    "v_ashrrev_i64 v[6:7], v0, v[2:3]": lambda a, b, c, d: S(b, 64) >> (a & 63),
    "v_lshl_add_u64 v[6:7], v[2:3], 3, v[4:5]": lambda a, b, c, d: (b << 3) + c,
    "v_mad_u64_u32 v[6:7], vcc, v0, v1, v[4:5]": lambda a, b, c, d: a * d + c,
    "v_mad_i64_i32 v[6:7], vcc, v0, v1, v[4:5]": lambda a, b, c, d: S(a) * S(d) + c,
    "v_mov_b64_e32 v[6:7], v[2:3]": lambda a, b, c, d: b,
    "v_mov_b64_e32 v[6:7], -5": lambda a, b, c, d: -5,
    "v_mov_b64_e32 v[6:7], 0xfff0": lambda a, b, c, d: 0xFFF0,
    "v_pk_mov_b32 v[6:7], v[2:3], v[4:5] op_sel:[1,0]": lambda a, b, c, d: b >> 32 | c << 32,
}


@pytest.mark.parametrize("text", WIDE)
def test_64_bit_integers(text):
    after = execute(text, {0: A, 1: B, 2: B, 3: C, 4: C, 5: A}, waves=4)
    b = (B.astype(np.uint64) | C.astype(np.uint64) << np.uint64(32)).ravel()
    c = (C.astype(np.uint64) | A.astype(np.uint64) << np.uint64(32)).ravel()
    got = after.vector[6].astype(np.uint64) | after.vector[7].astype(np.uint64) << np.uint64(32)
    each = zip(A.flat, b, c, B.flat, strict=True)
    assert got.ravel().tolist() == [WIDE[text](*map(int, x)) & M64 for x in each]


def test_carries_and_their_masks():
    after = execute(
        """v_add_co_u32_e32 v3, vcc, v0, v1
        v_addc_co_u32_e64 v4, s[10:11], v1, v2, vcc
        v_sub_co_u32_e64 v5, s[12:13], v0, v1
        v_subbrev_co_u32_e64 v6, s[14:15], v1, v2, s[12:13]
        v_cndmask_b32_e64 v7, v0, v1, s[10:11]
        v_cndmask_b32_e32 v8, 0, v1, vcc""",
        {0: A, 1: B, 2: C},
        waves=4,
    )
    a, b, c = (x.astype(np.int64) for x in (A, B, C))
    low = a + b
    high = b + c + (low >> 32)
    np.testing.assert_array_equal(after.vector[3], low & M32)
    np.testing.assert_array_equal(after.vector[4], high & M32)
    np.testing.assert_array_equal(after.read_mask(106), low >> 32 != 0)
    np.testing.assert_array_equal(after.read_mask(10), high >> 32 != 0)
    np.testing.assert_array_equal(after.vector[6], (c - b - (a < b)) & M32)
    np.testing.assert_array_equal(after.read_mask(14), c - b - (a < b) < 0)
    np.testing.assert_array_equal(after.vector[7], np.where(high >> 32 != 0, B, A))
    np.testing.assert_array_equal(after.vector[8], np.where(low >> 32 != 0, B, 0))


ORDERED = {"lt": "<", "eq": "==", "le": "<=", "gt": ">", "ge": ">=", "ne": "!="}


@pytest.mark.parametrize("kind", ["i16", "u16", "i32", "u32", "i64", "u64"])
@pytest.mark.parametrize("name", ORDERED)
def test_integer_comparisons(name, kind):
    wide = kind[1:] == "64"
    right = A.copy()
    right[:, ::2] = B[:, ::2]
    names = ("v[0:1]", "v[2:3]") if wide else ("v0", "v2")
    after = execute(
        f"v_cmp_{name}_{kind}_e32 vcc, {names[0]}, {names[1]}",
        {0: A, 1: C, 2: right, 3: C},
        waves=4,
    )
    bits = int(kind[1:])
    expected = []
    for x, y, z in zip(A.flat, right.flat, C.flat, strict=True):
        pair = [int(x), int(y)]
        if wide:
            pair = [v | int(z) << 32 for v in pair]
        pair = [v & ((1 << bits) - 1) if kind[0] == "u" else S(v, bits) for v in pair]
        expected.append(eval(f"{pair[0]} {ORDERED[name]} {pair[1]}"))
    assert after.read_mask(106).ravel().tolist() == expected


FLOATS = np.array([0.0, -0.0, 1, -1, 1.5, np.inf, -np.inf, np.nan], np.float32)


@pytest.mark.parametrize("kind", ["f16", "f32", "f64"])
def test_float_comparisons(kind):
    x, y = (v.reshape(1, 64) for v in np.meshgrid(FLOATS, FLOATS))
    dtype = np.dtype(f"f{int(kind[1:]) // 8}")
    vector = {}
    for first, values in ((0, x), (2, y)):
        bits = values.astype(dtype).view(f"u{dtype.itemsize}").astype(np.uint64)
        vector[first], vector[first + 1] = bits & np.uint64(M32), bits >> np.uint64(32)
    left, right = ("v[0:1]", "v[2:3]") if kind == "f64" else ("v0", "v2")
    unordered = np.isnan(x) | np.isnan(y)
    plain = {
        "f": np.zeros_like(unordered),
        "lt": x < y,
        "eq": x == y,
        "le": x <= y,
        "gt": x > y,
        "lg": (x < y) | (x > y),
        "ge": x >= y,
        "o": ~unordered,
    }
    opposite = {"u": "o", "nge": "ge", "nlg": "lg", "ngt": "gt", "nle": "le", "neq": "eq"}
    opposite |= {"nlt": "lt", "tru": "f"}
    expected = plain | {name: ~plain[of] for name, of in opposite.items()}
    assert len(expected) == 16
    for name, wanted in expected.items():
        after = execute(f"v_cmp_{name}_{kind}_e64 s[10:11], {left}, {right}", vector)
        np.testing.assert_array_equal(after.read_mask(10), wanted, name)


def test_classes():
    tiny = np.float32(1e-40)
    quiet, signalling = (np.uint32(b).view(np.float32) for b in (0x7FC00000, 0x7F800001))
    values = [signalling, quiet, -np.inf, -1, -tiny, -0.0, 0.0, tiny, 1, np.inf]
    lanes = np.zeros((1, 64), np.float32)
    lanes[0, :10] = values
    bits = lanes.view(np.uint32)
    bits[0, 0] = 0x7F800001
    for bit in range(10):
        after = execute("v_cmp_class_f32_e64 s[10:11], v0, v1", {0: bits, 1: 1 << bit})
        assert np.flatnonzero(after.read_mask(10)[0, :10]).tolist() == [bit]


def test_comparison_under_exec_clears_other_lanes_and_cmpx_sets_exec():
    lane = np.arange(64, dtype=np.uint32)[None]
    after = execute(
        """s_mov_b64 exec, 0xff
        v_cmpx_gt_u32_e32 vcc, 4, v0
        v_mov_b32_e32 v1, 7""",
        {0: lane, 1: 0},
        {106: M32, 107: M32},
    )
    assert after.scalar[106:108, 0].tolist() == [0xF, 0]
    assert after.vector[1][0].tolist() == [7] * 4 + [0] * 60


def test_conversions():
    x = np.array([0.5, 1.5, -1.5, 2.5, 3e9, -3e9, 1e20, np.nan, -0.0, 255.5], np.float32)
    lanes = np.resize(x, (1, 64))
    bits = {0: lanes.view(np.uint32), 1: A[:1]}
    after = execute(
        """v_cvt_i32_f32_e32 v2, v0
        v_cvt_u32_f32_e32 v3, v0
        v_cvt_f32_i32_e32 v4, v1
        v_cvt_f32_u32_e32 v5, v1
        v_cvt_f32_ubyte2_e32 v6, v1
        v_cvt_f16_f32_e32 v7, v0
        v_cvt_f32_f16_e32 v8, v7
        v_rndne_f32_e32 v9, v0
        v_cvt_f64_f32_e32 v[10:11], v0
        v_cvt_f32_f64_e32 v12, v[10:11]
        v_cvt_pkrtz_f16_f32 v13, v0, -v0""",
        bits,
    )
    integers = [0, 1, -1, 2, 2**31 - 1, -(2**31), 2**31 - 1, 0, 0, 255]
    assert after.vector[2].view(np.int32)[0, :10].tolist() == integers
    assert after.vector[3][0, :10].tolist() == [0, 1, 0, 2, 3000000000, 0, M32, 0, 0, 255]
    np.testing.assert_array_equal(
        after.vector[4].view(np.float32), A[:1].view(np.int32).astype("f4")
    )
    np.testing.assert_array_equal(after.vector[5].view(np.float32), A[:1].astype("f4"))
    np.testing.assert_array_equal(
        after.vector[6].view(np.float32), (A[:1] >> 16 & 255).astype("f4")
    )
    with np.errstate(over="ignore"):
        half = lanes.astype(np.float16)
    np.testing.assert_array_equal(after.vector[7], half.view(np.uint16))
    np.testing.assert_array_equal(after.vector[8].view(np.float32), half.astype("f4"))
    np.testing.assert_array_equal(after.vector[9].view(np.float32), np.rint(lanes))
    np.testing.assert_array_equal(after.vector[12].view(np.float32), lanes)
    assert after.vector[13][0, 0] == 0x3800 | 0xB800 << 16


def test_output_and_input_modifiers():
    x = np.resize(np.array([0.25, -3, 7, np.nan], np.float32), (1, 64))
    bits = {0: x.view(np.uint32), 1: x[:, ::-1].copy().view(np.uint32)}
    for text, expected in (
        ("v_add_f32_e64 v2, |v0|, -v1", np.abs(x) - x[:, ::-1]),
        ("v_mul_f32_e64 v2, -|v0|, v1", -np.abs(x) * x[:, ::-1]),
        ("v_add_f32_e64 v2, v0, v1 mul:4", (x + x[:, ::-1]) * 4),
        ("v_add_f32_e64 v2, v0, v1 div:2", (x + x[:, ::-1]) / 2),
        ("v_max_f32_e64 v2, v0, v0 clamp", np.where(np.isnan(x), 0, np.clip(x, 0, 1))),
        ("v_med3_f32 v2, v0, 0, 1.0", np.where(np.isnan(x), 0, np.clip(x, 0, 1))),
        ("v_sub_f32_e32 v2, 0x40490fdb, v0", np.float32(np.pi) - x),
        ("v_mul_f32_e32 v2, 0.15915494, v0", np.float32(0.15915494) * x),
        ("v_ldexp_f32 v2, v0, 3", x * 8),
    ):
        after = execute(text, bits)
        np.testing.assert_array_equal(after.vector[2].view(np.float32), expected, text)


def test_halves_and_packed():
    x = RNG.normal(size=(2, 64, 2)).astype(np.float16)
    y = RNG.normal(size=(2, 64, 2)).astype(np.float16)
    bits = {0: x.view(np.uint32)[..., 0], 1: y.view(np.uint32)[..., 0], 2: 0, 3: 0xABCD1234}

    def packed(text):
        return execute(text, bits, waves=2).vector[3][..., None].view(np.float16)

    np.testing.assert_array_equal(packed("v_pk_add_f16 v3, v0, v1"), x + y)
    np.testing.assert_array_equal(
        packed("v_pk_mul_f16 v3, v0, v1 op_sel:[1,0] op_sel_hi:[0,1] neg_lo:[0,1]"),
        np.stack([x[..., 1] * -y[..., 0], x[..., 0] * y[..., 1]], axis=-1),
    )
    np.testing.assert_array_equal(
        packed("v_pk_add_f16 v3, v0, 1.0 op_sel_hi:[1,0]"), x + np.float16(1)
    )
    np.testing.assert_array_equal(packed("v_pk_max_f16 v3, v0, v1"), np.maximum(x, y))
    one = packed("v_add_f16_e64 v3, v0, v1 op_sel:[1,0,1]")
    np.testing.assert_array_equal(one[..., 1], x[..., 1] + y[..., 0])
    assert (one.view(np.uint16)[..., 0] == 0x1234).all()
    plain = packed("v_add_f16_e32 v3, v0, v1").view(np.uint16)
    np.testing.assert_array_equal(plain[..., 0], (x + y).view(np.uint16)[..., 0])
    assert (plain[..., 1] == 0).all()
    integer = execute("v_pk_lshlrev_b16 v3, 3, v0 op_sel_hi:[0,1]", bits, waves=2).vector[3]
    np.testing.assert_array_equal(integer[..., None].view(np.uint16), x.view(np.uint16) << 3)
    wide = execute(
        "v_pk_add_f32 v[4:5], v[6:7], v[8:9] op_sel_hi:[1,0] neg_hi:[1,0]",
        {i: np.full((1, 64), i, np.float32).view(np.uint32) for i in (6, 7, 8, 9)},
    )
    assert (wide.vector[4].view(np.float32) == 14).all()
    assert (wide.vector[5].view(np.float32) == 1).all()
    mixed = execute(
        "v_fma_mixhi_f16 v3, v0, v1, 1.0 op_sel:[1,0,0] op_sel_hi:[1,1,0]", bits, waves=2
    )
    product = x[..., 1].astype(np.float64) * y[..., 0] + 1
    np.testing.assert_array_equal(mixed.vector[3] >> 16, product.astype(np.float16).view(np.uint16))
    assert (mixed.vector[3] & 0xFFFF == 0x1234).all()


DPP = {
    "quad_perm:[1,0,3,2]": lambda i: i ^ 1,
    "row_shl:1": lambda i: i + 1 if i % 16 < 15 else -1,
    "row_shr:3": lambda i: i - 3 if i % 16 >= 3 else -1,
    "row_ror:4": lambda i: i & ~15 | (i - 4) % 16,
    "row_mirror": lambda i: i & ~15 | 15 - i % 16,
    "row_half_mirror": lambda i: i & ~7 | 7 - i % 8,
    "row_bcast:15": lambda i: (i & ~15) - 1,
    "row_bcast:31": lambda i: 31 if i >= 32 else -1,
    "row_newbcast:5": lambda i: i & ~15 | 5,
    "wave_shr:1": lambda i: i - 1,
}


@pytest.mark.parametrize("control", DPP)
def test_dpp(control):
    source, old = A[:1], B[:1]
    masks = "row_mask:0xf bank_mask:0xf"
    kept = execute(f"v_mov_b32_dpp v1, v0 {control} {masks}", {0: source, 1: old}).vector[1][0]
    zeros = execute(
        f"v_mov_b32_dpp v1, v0 {control} {masks} bound_ctrl:1", {0: source, 1: old}
    ).vector[1][0]
    for lane in range(64):
        at = DPP[control](lane)
        assert kept[lane] == (source[0, at] if at >= 0 else old[0, lane])
        assert zeros[lane] == (source[0, at] if at >= 0 else 0)
    some = execute(
        f"v_mov_b32_dpp v1, v0 {control} row_mask:0xa bank_mask:0x3", {0: source, 1: old}
    )
    written = np.array([lane // 16 in (1, 3) and lane // 4 % 4 < 2 for lane in range(64)])
    np.testing.assert_array_equal(some.vector[1][0], np.where(written, kept, old[0]))


def test_dpp_does_not_read_lanes_that_are_not_active():
    text = "s_mov_b64 exec, -2\nv_mov_b32_dpp v1, v0 wave_shr:1 row_mask:0xf bank_mask:0xf"
    after = execute(text, {0: A[:1], 1: 9})
    assert after.vector[1][0, :3].tolist() == [9, 9, int(A[0, 1])]
    after = execute(text + " bound_ctrl:1", {0: A[:1], 1: 9})
    assert after.vector[1][0, :3].tolist() == [9, 0, int(A[0, 1])]


def test_lanes():
    after = execute(
        """v_readlane_b32 s10, v0, 5
        v_readlane_b32 s11, v0, s20
        v_readfirstlane_b32 s12, v0
        s_mov_b64 exec, 0xf0
        v_readfirstlane_b32 s13, v0
        v_writelane_b32 v1, s10, 63
        v_swap_b32 v2, v3
        s_mov_b64 exec, 0
        v_readfirstlane_b32 s14, v0
        s_mov_b64 exec, -1
        v_mbcnt_lo_u32_b32 v4, -1, 0
        v_mbcnt_hi_u32_b32 v5, -1, v4
        v_mbcnt_lo_u32_b32 v6, s21, 7""",
        {0: A, 1: 1, 2: 2, 3: 3},
        {20: 64 + 9, 21: 0b101},
        waves=4,
    )
    for register, lane in ((10, 5), (11, 9), (12, 0), (13, 4), (14, 0)):
        np.testing.assert_array_equal(after.scalar[register], A[:, lane])
    np.testing.assert_array_equal(after.vector[1][:, 63], A[:, 5])
    assert (after.vector[1][:, :63] == 1).all()
    assert after.vector[2][0].tolist() == [2] * 4 + [3] * 4 + [2] * 56
    assert after.vector[5][0].tolist() == list(range(64))
    assert after.vector[6][0, :5].tolist() == [7, 8, 8, 9, 9]


def test_accumulator_registers():
    after = execute(
        """v_accvgpr_write_b32 a3, v0
        v_accvgpr_mov_b32 a4, a3
        v_accvgpr_read_b32 v1, a4
        v_accvgpr_write_b32 a5, 1.0""",
        {0: A},
        waves=4,
    )
    np.testing.assert_array_equal(after.vector[1], A)
    np.testing.assert_array_equal(after.vector[256 + 3], A)
    assert (after.vector[256 + 5] == 0x3F800000).all()


def _carry(value):
    return value & M32, value >> 32 != 0


SCALAR = {
    "s_add_u32 s4, s0, s1": lambda a, b: _carry(a + b),
    "s_sub_u32 s4, s0, s1": lambda a, b: ((a - b) & M32, a < b),
    "s_add_i32 s4, s0, s1": lambda a, b: ((a + b) & M32, S(a) + S(b) != S(a + b)),
    "s_sub_i32 s4, s0, s1": lambda a, b: ((a - b) & M32, S(a) - S(b) != S(a - b)),
    "s_mul_i32 s4, s0, s1": lambda a, b: (a * b & M32, None),
    "s_mul_hi_u32 s4, s0, s1": lambda a, b: (a * b >> 32, None),
    "s_mul_hi_i32 s4, s0, s1": lambda a, b: (S(a) * S(b) >> 32 & M32, None),
    "s_and_b32 s4, s0, s1": lambda a, b: (a & b, a & b != 0),
    "s_andn2_b32 s4, s0, s1": lambda a, b: (a & ~b, a & ~b != 0),
    "s_nor_b32 s4, s0, s1": lambda a, b: (~(a | b) & M32, ~(a | b) & M32 != 0),
    "s_lshl_b32 s4, s0, s1": lambda a, b: (a << (b & 31) & M32, a << (b & 31) & M32 != 0),
    "s_lshr_b32 s4, s0, s1": lambda a, b: (a >> (b & 31), a >> (b & 31) != 0),
    "s_ashr_i32 s4, s0, s1": lambda a, b: (S(a) >> (b & 31) & M32, S(a) >> (b & 31) != 0),
    "s_lshl1_add_u32 s4, s0, s1": lambda a, b: _carry(2 * a + b),
    "s_lshl3_add_u32 s4, s0, s1": lambda a, b: _carry(8 * a + b),
    "s_min_i32 s4, s0, s1": lambda a, b: (min(S(a), S(b)) & M32, S(a) < S(b)),
    "s_max_u32 s4, s0, s1": lambda a, b: (max(a, b), a > b),
    "s_absdiff_i32 s4, s0, s1": lambda a, b: (abs(S(a) - S(b)) & M32, a != b),
    "s_abs_i32 s4, s0": lambda a, b: (abs(S(a)) & M32, a != 0),
    "s_bfm_b32 s4, s0, s1": lambda a, b: (((1 << (a & 31)) - 1) << (b & 31) & M32, None),
    "s_pack_lh_b32_b16 s4, s0, s1": lambda a, b: (a & 0xFFFF | b >> 16 << 16, None),
    "s_pack_ll_b32_b16 s4, s0, s1": lambda a, b: (a & 0xFFFF | b << 16 & M32, None),
    "s_sext_i32_i8 s4, s0": lambda a, b: (S(a, 8) & M32, None),
    "s_sext_i32_i16 s4, s0": lambda a, b: (S(a, 16) & M32, None),
    "s_not_b32 s4, s0": lambda a, b: (~a & M32, ~a & M32 != 0),
    "s_brev_b32 s4, s0": lambda a, b: (int(f"{a:032b}"[::-1], 2), None),
    "s_bcnt1_i32_b32 s4, s0": lambda a, b: (a.bit_count(), a != 0),
    "s_bcnt0_i32_b32 s4, s0": lambda a, b: (32 - a.bit_count(), a != M32),
    "s_ff1_i32_b32 s4, s0": lambda a, b: (
        ((a & -a).bit_length() - 1) & M32 if a else M32,
        None,
    ),
    "s_flbit_i32_b32 s4, s0": lambda a, b: (_clz(a) & M32, None),
    "s_movk_i32 s4, 0xff80": lambda a, b: (-128 & M32, None),
    "s_bfe_u32 s4, s0, 0x80004": lambda a, b: (a >> 4 & 255, a >> 4 & 255 != 0),
    "s_bfe_i32 s4, s0, 0x80004": lambda a, b: (S(a >> 4, 8) & M32, a >> 4 & 255 != 0),
    "s_bfe_u32 s4, s0, 0x20001e": lambda a, b: (a >> 30, a >> 30 != 0),
    "s_cmp_lt_i32 s0, s1": lambda a, b: (None, S(a) < S(b)),
    "s_cmp_ge_u32 s0, s1": lambda a, b: (None, a >= b),
    "s_cmp_lg_u32 s0, s1": lambda a, b: (None, a != b),
    "s_cmpk_gt_i32 s0, 0xfff0": lambda a, b: (None, S(a) > -16),
    "s_cmpk_le_u32 s0, 0xfff0": lambda a, b: (None, a <= 0xFFF0),
    "s_bitcmp1_b32 s0, s1": lambda a, b: (None, a >> (b & 31) & 1 == 1),
}


@pytest.mark.parametrize("text", SCALAR)
def test_scalar(text):
    for a, b in [
        *zip(EDGES, EDGES[::-1], strict=True),
        *zip(A[2].tolist(), B[2].tolist(), strict=True),
    ]:
        after = execute(text, scalar={0: a, 1: b, 4: 0xDEADBEEF})
        value, scc = SCALAR[text](a, b)
        if value is not None:
            assert int(after.scalar[4, 0]) == value
        if scc is not None:
            assert bool(after.scc[0]) == scc


WIDE_SCALAR = {
    "s_lshl_b64 s[4:5], s[0:1], 7": lambda a: a << 7 & M64,
    "s_ashr_i64 s[4:5], s[0:1], 36": lambda a: S(a, 64) >> 36 & M64,
    "s_and_b64 s[4:5], s[0:1], -2": lambda a: a & ~1,
    "s_not_b64 s[4:5], s[0:1]": lambda a: ~a & M64,
    "s_mov_b64 s[4:5], 0x84000": lambda a: 0x84000,
    "s_bfe_u64 s[4:5], s[0:1], 0x200010": lambda a: a >> 16 & M32,
    "s_bfe_i64 s[4:5], s[0:1], 0x200010": lambda a: S(a >> 16, 32) & M64,
    "s_brev_b64 s[4:5], s[0:1]": lambda a: int(f"{a:064b}"[::-1], 2),
    "s_bitset1_b64 s[0:1], 40": lambda a: a | 1 << 40,
}


@pytest.mark.parametrize("text", WIDE_SCALAR)
def test_wide_scalar(text):
    first = int(text.split("[")[1].split(":")[0])
    for low, high in zip(EDGES, EDGES[::-1], strict=True):
        after = execute(text, scalar={0: low, 1: high, 4: 5, 5: 5})
        got = int(after.scalar[first, 0]) | int(after.scalar[first + 1, 0]) << 32
        assert got == WIDE_SCALAR[text](low | high << 32)


def test_scalar_state():
    after = execute(
        """s_add_u32 s4, s0, 1
        s_addc_u32 s5, s0, 0
        s_cselect_b32 s6, 3, 4
        s_cmp_eq_u32 s0, 0
        s_cselect_b64 s[8:9], 3, -4
        s_cmov_b32 s10, s0
        s_mov_b64 s[12:13], 0xf
        s_and_saveexec_b64 s[14:15], s[12:13]
        v_mov_b32_e32 v0, 1
        s_andn2_b64 exec, s[14:15], exec
        v_mov_b32_e32 v0, 2
        s_addk_i32 s4, 0xffff""",
        {0: 0},
        {0: M32, 10: 77},
    )
    s = after.scalar[:, 0].tolist()
    assert s[5] == 0
    assert s[6] == 3
    assert s[8:10] == [M32 - 3, M32]
    assert s[10] == 77
    assert s[14:16] == [M32, M32]
    assert s[4] == M32
    assert after.vector[0][0].tolist() == [1] * 4 + [2] * 60


def test_every_row_can_be_decoded_or_is_a_known_alias():
    """The signatures are well formed: they name types and operands that exist."""
    for rows in (valu_rows.ROWS, valu_rows.SATURATING, salu.ROWS):
        for name, (signature, _) in rows.items():
            results, colon, sources = signature.partition(":")
            assert colon, name
            allowed = {"m", "vcc", "scc", "=", "k", "ku"} | set(access.DTYPES)
            assert set(results.split() + sources.split()) <= allowed, name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v_frobnicate_f32 v0, v1", "line 1: .*does not know v_frobnicate_f32"),
        ("s_frobnicate s0", "does not know s_frobnicate"),
        ("image_load v0, v1, s[0:7]", "does not know image_load"),
        ("v_add_u32 v0, v1, v2 bogus:1", "modifier bogus"),
        ("v_mul_lo_u32 v0, v1, v2 clamp", "clamp of v_mul_lo_u32"),
        ("v_add_u32 v0, -v1, v2", "modifiers of a float"),
    ],
)
def test_unknown(text, message):
    with pytest.raises(emulator.UnknownInstruction, match=message):
        execute(text)


@pytest.mark.parametrize(
    "text",
    [
        "v_add_u32 v0, v1",
        "v_add_u32 v0, v1, v2, v3",
        "v_add_u32 s0, v1, v2",
        "v_add_u32 v[0:1], v1, v2",
        "s_add_u32 s0, v1, s2",
        "s_mov_b64 s0, s1",
        "v_mov_b32 v256, v0",
        "v_cmp_eq_u32 s0, v1, v2",
    ],
)
def test_operands_that_do_not_fit(text):
    with pytest.raises(emulator.ParseError, match="line 1: "):
        execute(text)
