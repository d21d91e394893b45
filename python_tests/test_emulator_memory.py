"""Loads, stores and atomics of the emulator, written by hand and run as kernels."""

import numpy as np
import pytest
from gfx942_programs import frame, run

from fnuz import emulator

LANE = np.arange(64, dtype=np.uint32)
HEAD = "s_load_dwordx4 s[4:7], s[0:1], 0x0\ns_waitcnt lgkmcnt(0)\n"
DONE = "s_endpgm"


def _data(size, seed=0):
    return np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)


def _span(first, count):
    return f"v{first}" if count == 1 else f"v[{first}:{first + count - 1}]"


@pytest.mark.parametrize("words", [1, 2, 3, 4])
@pytest.mark.parametrize("family", ["global", "flat", "buffer", "scratch", "lds"])
def test_every_width_by_every_way(words, family):
    """Memory to registers, by the family to its memory and back, to memory."""
    suffix = "dword" if words == 1 else f"dwordx{words}"
    bits = {1: "b32", 2: "b64", 3: "b96", 4: "b128"}[words]
    size = 4 * words
    pitch = 16
    data = _span(8, words)
    through = {
        "global": "",
        "flat": "",
        "buffer": "",
        "scratch": f"scratch_store_{suffix} off, {data}, off offset:16\n"
        f"scratch_load_{suffix} {_span(12, words)}, v20, off offset:4\ns_waitcnt vmcnt(0)\n",
        "lds": f"ds_write_{bits} v1, {data} offset:32\n"
        f"ds_read_{bits} {_span(12, words)}, v1 offset:32\ns_waitcnt lgkmcnt(0)\n",
    }[family]
    way = family if family in ("global", "flat", "buffer") else "global"
    place = {
        "global": ("v1, s[4:5]", "v1", "s[6:7]"),
        "flat": ("v[2:3]", "v[4:5]", None),
        "buffer": ("v1, s[8:11], 0 offen", "v1", "s[12:15], 0 offen"),
    }[way]
    source = "v8" if not through else "v12"
    stored = _span(int(source[1:]), words)
    store = {
        "global": f"global_store_{suffix} v1, {stored}, s[6:7]",
        "flat": f"flat_store_{suffix} v[4:5], {stored}",
        "buffer": f"buffer_store_{suffix} {stored}, v1, s[12:15], 0 offen",
    }[way]
    body = f"""{HEAD}
        v_lshlrev_b32_e32 v1, 4, v0
        v_mov_b32_e32 v20, 12
        v_mov_b32_e32 v6, s5
        v_add_co_u32_e32 v2, vcc, s4, v1
        s_nop 1
        v_addc_co_u32_e32 v3, vcc, 0, v6, vcc
        v_mov_b32_e32 v7, s7
        v_add_co_u32_e32 v4, vcc, s6, v1
        s_nop 1
        v_addc_co_u32_e32 v5, vcc, 0, v7, vcc
        s_mov_b32 s8, s4
        s_and_b32 s9, s5, 0xffff
        s_mov_b32 s10, 0x400
        s_mov_b32 s11, 0x27000
        s_mov_b32 s12, s6
        s_and_b32 s13, s7, 0xffff
        s_mov_b32 s14, 0x400
        s_mov_b32 s15, 0x27000
        {way}_load_{suffix} {data}, {place[0]}
        s_waitcnt vmcnt(0) lgkmcnt(0)
        {through}
        {store}
        {DONE}"""
    a, o = _data(1024).reshape(64, pitch), np.zeros((64, pitch), np.uint8)
    stats = run(frame(body, 2, lds=2048, scratch=64), [a, o])
    np.testing.assert_array_equal(o[:, :size], a[:, :size])
    assert (o[:, size:] == 0).all()
    assert stats.bytes["global_read"] == stats.bytes["global_write"] == 64 * size
    if family == "lds":
        assert stats.bytes["lds_read"] == stats.bytes["lds_write"] == 64 * size
    if family == "scratch":
        assert stats.bytes["scratch_read"] == stats.bytes["scratch_write"] == 64 * size


SMALL = {
    "ubyte": lambda b, h, old: b,
    "sbyte": lambda b, h, old: b.view(np.int8).astype(np.int32).view(np.uint32),
    "ushort": lambda b, h, old: h,
    "sshort": lambda b, h, old: h.view(np.int16).astype(np.int32).view(np.uint32),
    "short_d16": lambda b, h, old: old & 0xFFFF0000 | h,
    "short_d16_hi": lambda b, h, old: old & 0xFFFF | h.astype(np.uint32) << 16,
    "ubyte_d16": lambda b, h, old: old & 0xFFFF0000 | b,
    "ubyte_d16_hi": lambda b, h, old: old & 0xFFFF | b.astype(np.uint32) << 16,
    "sbyte_d16_hi": lambda b, h, old: (
        old & 0xFFFF | b.view(np.int8).astype(np.int16).view(np.uint16).astype(np.uint32) << 16
    ),
}


@pytest.mark.parametrize("suffix", SMALL)
def test_bytes_and_shorts(suffix):
    a, o = _data(256), np.zeros(64, np.uint32)
    body = f"""{HEAD}
        v_lshlrev_b32_e32 v1, 2, v0
        v_mov_b32_e32 v2, 0xabcd1234
        global_load_{suffix} v2, v1, s[4:5] offset:1
        s_waitcnt vmcnt(0)
        global_store_dword v1, v2, s[6:7]
        {DONE}"""
    run(frame(body, 2), [np.append(a, np.zeros(4, np.uint8)), o])
    octets = np.ascontiguousarray(a[1::4])
    shorts = np.ascontiguousarray(a.reshape(64, 4)[:, 1:3]).view(np.uint16)[:, 0]
    old = np.full(64, 0xABCD1234, np.uint32)
    np.testing.assert_array_equal(o, SMALL[suffix](octets, shorts, old))


def test_small_stores_and_lds_forms():
    o = np.zeros((64, 32), np.uint8)
    body = f"""s_load_dwordx2 s[6:7], s[0:1], 0x0
        s_waitcnt lgkmcnt(0)
        v_lshlrev_b32_e32 v1, 5, v0
        v_mov_b32_e32 v2, 0x44332211
        v_mov_b32_e32 v3, 0x88776655
        global_store_byte v1, v2, s[6:7]
        global_store_byte_d16_hi v1, v2, s[6:7] offset:1
        global_store_short v1, v2, s[6:7] offset:2
        global_store_short_d16_hi v1, v2, s[6:7] offset:4
        ds_write_b8 v1, v2
        ds_write_b8_d16_hi v1, v2 offset:1
        ds_write_b16 v1, v3 offset:2
        ds_write_b16_d16_hi v1, v3 offset:4
        ds_write2_b32 v1, v2, v3 offset0:2 offset1:4
        ds_read2_b32 v[4:5], v1 offset0:4 offset1:2
        ds_read_u8 v6, v1 offset:1
        ds_read_i8 v7, v1 offset:5
        ds_read_u16 v8, v1 offset:2
        ds_read_i16 v9, v1 offset:4
        s_waitcnt lgkmcnt(0)
        global_store_dwordx4 v1, v[4:7], s[6:7] offset:8
        global_store_dwordx2 v1, v[8:9], s[6:7] offset:24
        {DONE}"""
    run(frame(body, 1, lds=2048), [o])
    assert bytes(o[9, :6]).hex() == "113311223344"
    words = np.ascontiguousarray(o[:, 8:]).view(np.uint32)
    assert words[7].tolist() == [0x88776655, 0x44332211, 0x33, 0xFFFFFF88, 0x6655, 0xFFFF8877]


def test_lds_strided_pairs():
    """read2st64 and write2st64: offsets of 64 elements."""
    o = np.zeros((64, 4), np.uint32)
    body = f"""s_load_dwordx2 s[6:7], s[0:1], 0x0
        v_lshlrev_b32_e32 v1, 3, v0
        v_lshlrev_b32_e32 v2, 4, v0
        v_mov_b32_e32 v8, v0
        v_mov_b32_e32 v9, 5
        v_mov_b32_e32 v10, 7
        v_mov_b32_e32 v11, v0
        ds_write2st64_b64 v1, v[8:9], v[10:11] offset0:1 offset1:2
        ds_read2st64_b64 v[4:7], v1 offset0:2 offset1:1
        s_waitcnt lgkmcnt(0)
        global_store_dwordx4 v2, v[4:7], s[6:7]
        {DONE}"""
    run(frame(body, 1, lds=2048), [o])
    np.testing.assert_array_equal(o[:, 0], 7)
    np.testing.assert_array_equal(o[:, 1], LANE)
    np.testing.assert_array_equal(o[:, 2], LANE)
    np.testing.assert_array_equal(o[:, 3], 5)


SWIZZLES = {
    "swizzle(SWAP,2)": LANE ^ 2,
    "swizzle(REVERSE,8)": LANE ^ 7,
    "swizzle(BROADCAST,4,1)": LANE & 0x3C | 1,
    "swizzle(QUAD_PERM,3,2,1,0)": LANE ^ 3,
    'swizzle(BITMASK_PERM,"01pip")': LANE & 0x20 | 8 | LANE & 4 | ~LANE & 2 | LANE & 1,
    "0x401f": LANE ^ 16,
    "0x80b1": LANE ^ 1,
}


@pytest.mark.parametrize("offset", SWIZZLES)
def test_swizzle(offset):
    o = np.zeros(64, np.uint32)
    body = f"""s_load_dwordx2 s[6:7], s[0:1], 0x0
        v_lshlrev_b32_e32 v1, 2, v0
        ds_swizzle_b32 v2, v0 offset:{offset}
        s_waitcnt lgkmcnt(0)
        global_store_dword v1, v2, s[6:7]
        {DONE}"""
    run(frame(body, 1), [o])
    np.testing.assert_array_equal(o, SWIZZLES[offset])


def test_permutes():
    o = np.zeros((3, 64), np.uint32)
    body = f"""s_load_dwordx2 s[6:7], s[0:1], 0x0
        v_lshlrev_b32_e32 v1, 2, v0
        v_sub_u32_e32 v2, 0xfc, v1
        v_and_b32_e32 v3, -8, v1
        v_add_u32_e32 v4, 100, v0
        ds_bpermute_b32 v5, v2, v4
        ds_permute_b32 v6, v3, v4
        s_mov_b64 exec, 1
        ds_bpermute_b32 v7, v2, v4
        s_mov_b64 exec, -1
        s_waitcnt lgkmcnt(0)
        global_store_dword v1, v5, s[6:7]
        global_store_dword v1, v6, s[6:7] offset:256
        global_store_dword v1, v7, s[6:7] offset:512
        {DONE}"""
    run(frame(body, 1), [o])
    np.testing.assert_array_equal(o[0], 100 + LANE[::-1])
    # Lanes 2n and 2n + 1 send to lane 2n: the higher one stays.
    np.testing.assert_array_equal(o[1], np.where(LANE % 2 == 0, 101 + LANE, 0))
    assert o[2, 0] == 0  # lane 63 is not active


ATOMICS = {
    "add": ("u4", lambda old, x: old + x),
    "sub": ("u4", lambda old, x: old - x),
    "smin": ("i4", min),
    "umax": ("u4", max),
    "or": ("u4", lambda old, x: old | x),
    "xor": ("u4", lambda old, x: old ^ x),
    "swap": ("u4", lambda old, x: x),
    "inc": ("u4", lambda old, x: 0 if old >= x else old + 1),
    "dec": ("u4", lambda old, x: x if old == 0 or old > x else old - 1),
    "add_x2": ("u8", lambda old, x: old + x),
    "smax_x2": ("i8", max),
    "add_f32": ("f4", lambda old, x: old + x),
    "add_f64": ("f8", lambda old, x: old + x),
    "max_f64": ("f8", max),
}


@pytest.mark.parametrize("name", ATOMICS)
@pytest.mark.parametrize("way", ["global", "buffer"])
def test_atomics_return_what_was_there(name, way):
    kind, operation = ATOMICS[name]
    dtype = np.dtype(kind)
    words = dtype.itemsize // 4
    suffix = "dword" if words == 1 else "dwordx2"
    body = f"""s_load_dwordx4 s[4:7], s[0:1], 0x0
        s_load_dwordx2 s[16:17], s[0:1], 0x10
        s_waitcnt lgkmcnt(0)
        v_lshlrev_b32_e32 v1, {words + 1}, v0
        v_and_b32_e32 v2, 3, v0
        v_lshlrev_b32_e32 v2, {words + 1}, v2
        s_mov_b32 s8, s6
        s_and_b32 s9, s7, 0xffff
        s_mov_b32 s10, 0x100
        s_mov_b32 s11, 0x27000
        global_load_{suffix} {_span(4, words)}, v1, s[4:5]
        s_waitcnt vmcnt(0)
        """
    if way == "global":
        body += f"""global_atomic_{name} {_span(8, words)}, v2, {_span(4, words)}, s[6:7] sc0
        s_waitcnt vmcnt(0)
        global_store_{suffix} v1, {_span(8, words)}, s[16:17]
        {DONE}"""
    else:
        body += f"""buffer_atomic_{name} {_span(4, words)}, v2, s[8:11], 0 offen sc0
        s_waitcnt vmcnt(0)
        global_store_{suffix} v1, {_span(4, words)}, s[16:17]
        {DONE}"""
    data = np.random.default_rng(5).integers(0, 100, 64).astype(dtype)
    memory, returned = np.full(4, 50, dtype), np.zeros(64, dtype)
    run(frame(body, 3), [data, memory, returned])
    expected, old = [50] * 4, []
    for lane in range(64):
        old.append(expected[lane % 4])
        expected[lane % 4] = operation(expected[lane % 4], data[lane].item())
    np.testing.assert_array_equal(memory, np.array(expected).astype(dtype))
    np.testing.assert_array_equal(returned, np.array(old).astype(dtype))


def test_packed_atomics_round_once():
    import ml_dtypes

    body = f"""{HEAD}
        v_lshlrev_b32_e32 v1, 2, v0
        global_load_dword v2, v1, s[4:5]
        s_waitcnt vmcnt(0)
        global_atomic_pk_add_NAME v1, v2, s[6:7]
        {DONE}"""
    rng = np.random.default_rng(6)
    for name, dtype in (("f16", np.float16), ("bf16", ml_dtypes.bfloat16)):
        codes = rng.integers(0, 0x7000, (2, 128), dtype=np.uint16)
        x, y = codes[0].view(dtype).copy(), codes[1].view(dtype).copy()
        expected = (x.astype(np.float64) + y.astype(np.float64)).astype(np.float32)
        # float32 holds these sums with bits to spare or the small part is below its last place.
        exact = np.array([float(a) + float(b) for a, b in zip(x, y, strict=True)])
        keep = expected.astype(np.float64) == exact
        with np.errstate(over="ignore"):
            rounded = expected.astype(dtype)
        run(frame(body.replace("NAME", name), 2), [x, y])
        assert keep.sum() > 60
        np.testing.assert_array_equal(y.view(np.uint16)[keep], rounded.view(np.uint16)[keep])


RESOURCE = f"""{HEAD}
    s_mov_b32 s8, s4
    s_and_b32 s9, s5, 0xffff
    s_mov_b32 s10, RECORDS
    s_mov_b32 s11, 0x27000
    """


def _buffer_load(records, instruction, a, stride=0):
    o = np.zeros((64, 4), np.uint32)
    head = RESOURCE.replace("RECORDS", str(records))
    if stride:
        head += f"s_or_b32 s9, s9, {stride << 16:#x}\n"
    body = f"""{head}
        v_lshlrev_b32_e32 v1, 4, v0
        v_mov_b32_e32 v2, v0
        v_mov_b32_e32 v3, 4
        s_movk_i32 s12, 8
        {instruction}
        s_waitcnt vmcnt(0)
        global_store_dwordx4 v1, v[4:7], s[6:7]
        {DONE}"""
    run(frame(body, 2), [a, o])
    return o


def test_num_records_bounds_each_dword():
    a = _data(1024).view(np.uint32)
    for records in (0, 4, 100, 104, 1020, 1024):
        o = _buffer_load(records, "buffer_load_dwordx4 v[4:7], v1, s[8:11], 0 offen", a)
        inside = np.arange(256) * 4 + 4 <= records
        np.testing.assert_array_equal(o.ravel(), np.where(inside, a, 0))


def test_the_offsets_of_a_buffer():
    a = _data(1024).view(np.uint32)
    clear = "v_mov_b32_e32 v5, 0\nv_mov_b32_e32 v6, 0\nv_mov_b32_e32 v7, 0\n"
    by_scalar = _buffer_load(
        1000, clear + "buffer_load_dword v4, v1, s[8:11], s12 offen offset:4", a
    )
    at = np.arange(64) * 16 + 12
    expected = np.where(at + 4 <= 1000, a[np.minimum(at // 4, 255)], 0)
    np.testing.assert_array_equal(by_scalar[:, 0], expected)
    alone = _buffer_load(1024, clear + "buffer_load_dword v4, off, s[8:11], 0 offset:20", a)
    assert (alone[:, 0] == a[5]).all()
    indexed = _buffer_load(
        1024, clear + "buffer_load_dword v4, v[2:3], s[8:11], 0 idxen offen", a, stride=12
    )
    np.testing.assert_array_equal(indexed[:, 0], a[(np.arange(64) * 12 + 4) // 4])


def test_stores_out_of_range_vanish():
    o = np.zeros((64, 4), np.uint32)
    head = RESOURCE.replace("RECORDS", "72").replace("s4", "s6").replace("s5", "s7")
    body = f"""{head}
        v_lshlrev_b32_e32 v1, 4, v0
        v_mov_b32_e32 v4, 1
        v_mov_b32_e32 v5, 2
        v_mov_b32_e32 v6, 3
        v_mov_b32_e32 v7, 4
        buffer_store_dwordx4 v[4:7], v1, s[8:11], 0 offen
        {DONE}"""
    run(frame(body, 2), [np.zeros(1, np.uint32), o])
    expected = np.zeros(256, np.uint32)
    expected[:18] = np.arange(18) % 4 + 1
    np.testing.assert_array_equal(o.ravel(), expected)


def test_swizzled_buffers_are_refused():
    a = _data(1024).view(np.uint32)
    with pytest.raises(emulator.UnknownInstruction, match=r"line \d+: buffer_load.*swizzled"):
        _buffer_load(1024, "s_bitset1_b32 s9, 31\nbuffer_load_dword v4, v1, s[8:11], 0 offen", a)


def test_loads_to_lds():
    a, o = _data(512).view(np.uint32), np.zeros(64, np.uint32)
    body = f"""{RESOURCE.replace("RECORDS", "512")}
        v_lshlrev_b32_e32 v1, 2, v0
        s_mov_b32 m0, 0x80
        s_nop 0
        buffer_load_dword v1, s[8:11], 0 offen offset:16 lds
        s_waitcnt vmcnt(0)
        ds_read_b32 v2, v1 offset:144
        s_waitcnt lgkmcnt(0)
        global_store_dword v1, v2, s[6:7]
        {DONE}"""
    run(frame(body, 2, lds=1024), [a, o])
    np.testing.assert_array_equal(o, a[4:68])


def test_scalar_loads():
    a, o = _data(256).view(np.uint32), np.zeros((64, 4), np.uint32)
    body = f"""{RESOURCE.replace("RECORDS", "12")}
        v_lshlrev_b32_e32 v1, 4, v0
        s_load_dwordx8 s[16:23], s[4:5], 0x20
        s_movk_i32 s3, 8
        s_buffer_load_dwordx2 s[24:25], s[8:11], s3
        s_waitcnt lgkmcnt(0)
        v_mov_b32_e32 v4, s16
        v_mov_b32_e32 v5, s23
        v_mov_b32_e32 v6, s24
        v_mov_b32_e32 v7, s25
        global_store_dwordx4 v1, v[4:7], s[6:7]
        {DONE}"""
    run(frame(body, 2), [a, o])
    assert o[3].tolist() == [int(a[8]), int(a[15]), int(a[2]), 0]


def test_flat_reaches_lds_and_scratch():
    o = np.zeros((64, 2), np.uint32)
    body = f"""s_load_dwordx2 s[6:7], s[0:1], 0x0
        v_lshlrev_b32_e32 v1, 3, v0
        s_mov_b64 s[8:9], src_shared_base
        s_mov_b64 s[10:11], src_private_base
        v_lshlrev_b32_e32 v2, 2, v0
        v_mov_b32_e32 v3, s9
        v_mov_b32_e32 v4, 8
        v_mov_b32_e32 v5, s11
        v_add_u32_e32 v6, 70, v0
        flat_store_dword v[2:3], v0
        flat_store_dword v[4:5], v6
        s_waitcnt vmcnt(0) lgkmcnt(0)
        ds_read_b32 v8, v2
        scratch_load_dword v9, off, off offset:8
        s_waitcnt vmcnt(0) lgkmcnt(0)
        global_store_dwordx2 v1, v[8:9], s[6:7]
        {DONE}"""
    run(frame(body, 1, lds=256, scratch=16), [o])
    np.testing.assert_array_equal(o[:, 0], LANE)
    np.testing.assert_array_equal(o[:, 1], LANE + 70)


def test_inactive_lanes_neither_load_nor_store():
    """Their addresses are far outside of every buffer."""
    a, o = _data(256).view(np.uint32), np.zeros(64, np.uint32)
    body = f"""{HEAD}
        v_lshlrev_b32_e32 v1, 20, v0
        v_lshlrev_b32_e32 v2, 2, v0
        v_mov_b32_e32 v3, 9
        s_mov_b64 exec, 1
        global_load_dword v3, v1, s[4:5] offset:8
        s_waitcnt vmcnt(0)
        global_store_dword v1, v3, s[6:7]
        s_mov_b64 exec, -4
        global_store_dword v2, v3, s[6:7]
        {DONE}"""
    run(frame(body, 2), [a, o])
    assert o.tolist() == [int(a[2]), 0] + [9] * 62


def test_same_address_keeps_the_last_lane():
    o = np.zeros(1, np.uint32)
    body = f"""s_load_dwordx2 s[6:7], s[0:1], 0x0
        v_mov_b32_e32 v1, 0
        s_waitcnt lgkmcnt(0)
        global_store_dword v1, v0, s[6:7]
        {DONE}"""
    run(frame(body, 1), [o])
    assert o[0] == 63
