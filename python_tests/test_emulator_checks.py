"""What hardware would punish is an error that says where; what it would not is none."""

import numpy as np
import pytest
from gfx942_programs import frame, run

from fnuz import emulator

HEAD = "s_load_dwordx4 s[4:7], s[0:1], 0x0\ns_waitcnt lgkmcnt(0)\nv_lshlrev_b32_e32 v1, 2, v0\n"
END = "\ns_endpgm"


def _launch(body, *, lds=0, scratch=0, waves=1, grid=1, size=4096):
    a, o = np.arange(size // 4, dtype=np.uint32), np.zeros(size // 4, np.uint32)
    run(frame(HEAD + body + END, 2, lds=lds, scratch=scratch), [a, o], grid, 64 * waves)
    return o


WAITS = {
    # body: the register that the message names, or None where all is well
    "global_load_dword v2, v1, s[4:5]\nv_add_u32_e32 v3, v2, v2": "v2",
    "global_load_dword v2, v1, s[4:5]\ns_waitcnt vmcnt(0)\nv_add_u32_e32 v3, v2, v2": None,
    "global_load_dword v2, v1, s[4:5]\ns_waitcnt lgkmcnt(0)\nv_add_u32_e32 v3, v2, v2": "v2",
    "global_load_dword v2, v1, s[4:5]\nv_mov_b32_e32 v2, 0": "v2",  # overwritten later
    "global_load_dword v2, v1, s[4:5]\nglobal_store_dword v1, v2, s[6:7]": "v2",
    # In order: the second may still run, the first does not; and a store counts as well.
    "global_load_dword v2, v1, s[4:5]\nglobal_load_dword v3, v1, s[4:5]\n"
    "s_waitcnt vmcnt(1)\nv_mov_b32_e32 v4, v2": None,
    "global_load_dword v2, v1, s[4:5]\nglobal_load_dword v3, v1, s[4:5]\n"
    "s_waitcnt vmcnt(1)\nv_mov_b32_e32 v4, v3": "v3",
    "global_load_dword v2, v1, s[4:5]\nglobal_store_dword v1, v0, s[6:7]\n"
    "s_waitcnt vmcnt(1)\nv_mov_b32_e32 v4, v2": None,
    "global_load_dword v2, v1, s[4:5]\nglobal_load_dword v2, v1, s[4:5]\n"
    "s_waitcnt vmcnt(0)\nv_mov_b32_e32 v4, v2": None,
    "global_load_dwordx4 v[4:7], v1, s[4:5]\nv_mov_b32_e32 v8, v7": "v7",
    # LDS in order, also beside a scalar load
    "ds_read_b32 v2, v1\nds_read_b32 v3, v1\ns_waitcnt lgkmcnt(1)\nv_mov_b32_e32 v4, v2": None,
    "ds_read_b32 v2, v1\nds_read_b32 v3, v1\ns_waitcnt lgkmcnt(1)\nv_mov_b32_e32 v4, v3": "v3",
    "ds_read_b32 v2, v1\nds_write_b32 v1, v0\ns_waitcnt lgkmcnt(1)\nv_mov_b32_e32 v4, v2": None,
    "ds_read_b32 v2, v1\ns_load_dword s8, s[4:5], 0\ns_waitcnt lgkmcnt(1)\n"
    "v_mov_b32_e32 v4, v2": "v2",
    "ds_read_b32 v2, v1\ns_load_dword s8, s[4:5], 0\ns_waitcnt lgkmcnt(0)\n"
    "v_mov_b32_e32 v4, v2": None,
    # Scalar loads in any order
    "s_load_dword s8, s[4:5], 0\ns_mov_b32 s9, s8": "s8",
    "s_load_dword s8, s[4:5], 0\ns_load_dword s9, s[4:5], 0\ns_waitcnt lgkmcnt(1)\n"
    "s_mov_b32 s10, s8": "s8",
    "s_load_dword s8, s[4:5], 0\ns_waitcnt lgkmcnt(0)\ns_mov_b32 s9, s8": None,
    # One counter for loads, another one for what comes over them
    "global_load_dword v2, v1, s[4:5]\nds_read_b32 v2, v1": "v2",
    "v_mov_b32_e32 v3, s5\nv_mov_b32_e32 v2, s4\nflat_load_dword v4, v[2:3]\n"
    "s_waitcnt vmcnt(0)\nv_mov_b32_e32 v5, v4": "v4",
    "v_mov_b32_e32 v3, s5\nv_mov_b32_e32 v2, s4\nflat_load_dword v4, v[2:3]\n"
    "s_waitcnt vmcnt(0) lgkmcnt(0)\nv_mov_b32_e32 v5, v4": None,
    # The number that LLVM writes for vmcnt(1) lgkmcnt(15), and that for all zero
    "global_load_dword v2, v1, s[4:5]\ns_waitcnt 0x0f71\nv_mov_b32_e32 v3, v2": "v2",
    "global_load_dword v2, v1, s[4:5]\ns_waitcnt 0\nv_mov_b32_e32 v3, v2": None,
}


@pytest.mark.parametrize("body", WAITS)
def test_waits(body):
    if WAITS[body] is None:
        _launch(body, lds=256)
        return
    message = rf"line \d+: .*: wave 0 of workgroup \(0, 0, 0\) uses {WAITS[body]}, which line \d+"
    with pytest.raises(emulator.MissingWait, match=message):
        _launch(body, lds=256)


def test_the_64th_load_makes_the_first_end():
    loads = "\n".join(f"global_load_dword v{i}, v1, s[4:5]" for i in range(10, 74))
    _launch(loads + "\nv_mov_b32_e32 v3, v10")
    with pytest.raises(emulator.MissingWait, match="uses v11"):
        _launch(loads + "\nv_mov_b32_e32 v3, v11")


def test_a_wait_on_one_side_of_a_branch():
    """The waves that did not wait are named, and only they are wrong."""
    body = """global_load_dword v2, v1, s[4:5]
        v_readfirstlane_b32 s8, v0
        s_cmp_lt_u32 s8, 64
        s_cbranch_scc1 .LBB0_1
        s_waitcnt vmcnt(0)
        .LBB0_1:
        WAIT
        v_mov_b32_e32 v3, v2"""
    with pytest.raises(emulator.MissingWait, match="wave 0 of workgroup"):
        _launch(body.replace("WAIT", ""), waves=2)
    with pytest.raises(emulator.MissingWait, match="wave 1 of workgroup"):
        _launch(body.replace("WAIT", "").replace("scc1", "scc0"), waves=2)
    _launch(body.replace("WAIT", "s_waitcnt vmcnt(0)"), waves=2)


NEIGHBOUR = "v_xor_b32_e32 v2, 0x100, v1\n"  # the same lane of the other wave
SYNC = "s_waitcnt lgkmcnt(0)\ns_barrier\n"
RACES = {
    f"ds_write_b32 v1, v0\n{SYNC}ds_read_b32 v3, v2": None,
    "ds_write_b32 v1, v0\nds_read_b32 v3, v2": "wave 0 of the workgroup writes|wave 1 .* writes",
    "ds_write_b32 v1, v0\ns_barrier\nds_read_b32 v3, v2": "writes",  # not waited for
    f"ds_read_b32 v3, v1\n{SYNC}ds_write_b32 v2, v0": None,
    "ds_read_b32 v3, v1\nds_write_b32 v2, v0": "reads",
    "ds_read_b32 v3, v1\ns_barrier\nds_write_b32 v2, v0": "reads",
    "ds_write_b32 v1, v0\nds_write_b32 v2, v0": "writes",
    "v_mov_b32_e32 v4, 0\nds_write_b32 v4, v0": "writes",  # both waves at once
    "v_mov_b32_e32 v4, 0\nds_read_b32 v3, v4": None,
    f"v_mov_b32_e32 v4, 0\nds_read_b32 v3, v4\n{SYNC}s_nop 0": None,
    "v_mov_b32_e32 v4, 0\nds_read_b32 v3, v4\nds_write_b32 v4, v0": "several waves reads",
    "v_mov_b32_e32 v4, 0\nds_add_u32 v4, v0": None,
    "v_mov_b32_e32 v4, 0\nds_add_u32 v4, v0\nds_read_b32 v3, v4": "atomics",
    f"v_mov_b32_e32 v4, 0\nds_add_u32 v4, v0\n{SYNC}ds_read_b32 v3, v4": None,
    # Bytes, not dwords
    "v_lshrrev_b32_e32 v4, 6, v0\nv_and_b32_e32 v5, 63, v0\nv_lshl_or_b32 v4, v5, 1, v4\n"
    "ds_write_b8 v4, v0": None,
    "v_lshrrev_b32_e32 v4, 6, v0\nv_and_b32_e32 v5, 63, v0\nv_lshl_or_b32 v4, v5, 1, v4\n"
    "ds_write_b16 v4, v0": "writes",
    # Waves of their own are in order.
    "ds_write_b128 v1, v[8:11]\nds_read_b32 v3, v1": "writes",
    "v_lshlrev_b32_e32 v4, 4, v0\nds_write_b128 v4, v[8:11]\nds_read_b64 v[4:5], v4": None,
}


@pytest.mark.parametrize("body", RACES)
def test_lds_races_of_two_waves(body):
    if RACES[body] is None:
        _launch(NEIGHBOUR + body, lds=4096, waves=2)
        return
    message = rf"line \d+: ds_.*wave [01] of workgroup .*byte 0x.* of LDS.*({RACES[body]})"
    with pytest.raises(emulator.DataRace, match=message):
        _launch(NEIGHBOUR + body, lds=4096, waves=2)


def test_no_race_between_workgroups():
    _launch("ds_write_b32 v1, v0\nds_read_b32 v3, v1", lds=4096, grid=3)


DMA = "s_mov_b32 m0, 0\ns_nop 0\nglobal_load_lds_dword v1, s[4:5]\n"


def test_loads_to_lds_are_waited_for_by_vmcnt():
    read = "v_and_b32_e32 v2, 0xff, v1\nds_read_b32 v3, v2"
    _launch(DMA + "s_waitcnt vmcnt(0)\n" + read, lds=256)
    with pytest.raises(emulator.MissingWait, match="load to LDS may still be writing"):
        _launch(DMA + read, lds=256)
    with pytest.raises(emulator.MissingWait, match="load to LDS"):
        _launch(DMA + "s_waitcnt lgkmcnt(0)\n" + read, lds=256)
    # Only the second wave loads: the first has to meet it at a barrier after its wait.
    both = f"""v_readfirstlane_b32 s8, v0
        s_cmp_lg_u32 s8, 0
        s_cbranch_scc1 .LBB0_1
        {DMA}
        .LBB0_1:
        WAIT
        {read}"""
    _launch(both.replace("WAIT", "s_waitcnt vmcnt(0)\ns_barrier"), lds=256, waves=2)
    with pytest.raises(emulator.MissingWait, match="load to LDS"):
        _launch(both.replace("WAIT", "s_barrier"), lds=256, waves=2)
    with pytest.raises(emulator.DataRace):
        _launch(both.replace("WAIT", "s_waitcnt vmcnt(0)"), lds=256, waves=2)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "v_lshlrev_b32_e32 v2, 6, v0\nglobal_load_dwordx2 v[4:5], v2, s[4:5] offset:64",
            r"wave 0 of workgroup \(0, 0, 0\), lane 63 reads 8 bytes .*byte 4096 of argument 0 "
            r"\(uint32, shape \(1024,\)\), which has 4096",
        ),
        (
            "global_store_dword v1, v0, s[6:7] offset:-4",
            "lane 0 writes 4 bytes .*byte -4 of argument 1",
        ),
        ("global_load_dword v2, v1, s[4:5] offset:4094", "lane 0 reads 4 bytes .*byte 4094"),
        ("s_load_dword s8, s[4:5], 0x1000", "byte 4096 of argument 0"),
        ("s_load_dword s8, s[0:1], 0x40", "of the kernel arguments"),
        ("global_store_dword v1, v0, s[0:1]", "writes .*the kernel arguments"),
        ("ds_read_b32 v2, v1 offset:4", "lane 63 accesses 4 bytes at 0x100 of LDS, which has 256"),
        ("ds_write_b64 v1, v[2:3]", "lane 63 accesses 8 bytes at 0xfc of LDS"),
        (
            "scratch_store_dword v1, v0, off",
            "lane 4 accesses 4 bytes at 0x10 of scratch, which has 16",
        ),
    ],
)
def test_out_of_bounds(body, message):
    with pytest.raises(emulator.OutOfBounds, match=rf"line \d+: .*{message}"):
        _launch(body, lds=256, scratch=16)


def test_read_only_arrays():
    a, o = np.zeros(64, np.uint32), np.zeros(64, np.uint32)
    kernel = frame(HEAD + "global_store_dword v1, v0, s[6:7]" + END, 2)
    a.flags.writeable = False
    run(kernel, [a, o])
    assert o[5] == 5
    before = a.copy()
    with pytest.raises(emulator.OutOfBounds, match=r"writes 4 bytes .*argument 1"):
        run(kernel, [o, a])
    np.testing.assert_array_equal(a, before)


def test_nothing_is_changed_when_the_kernel_fails():
    o = np.zeros(64, np.uint32)
    body = HEAD + "global_store_dword v1, v0, s[6:7]\nglobal_load_dword v2, v1, s[6:7] offset:4"
    with pytest.raises(emulator.OutOfBounds):
        run(frame(body + END, 2), [np.zeros(1), o])
    assert (o == 0).all()


FP8 = "v_mfma_f32_16x16x32_fp8_fp8"  # 4 passes
LONG = "v_mfma_f32_32x32x16_fp8_fp8"  # 8 passes
PLAIN = "v_mfma_f32_32x32x2_f32"  # 16 passes, not XDL
PART = "v_add_u32_sdwa v3, v0, v1 dst_sel:BYTE_0 dst_unused:UNUSED_PAD src0_sel:DWORD"
HAZARDS = [
    # first, then, wait states needed; by LLVM's table for gfx940
    (f"{FP8} v[8:11], v[2:3], v[4:5], 0", "v_mov_b32_e32 v20, v8", 7),
    (f"{FP8} a[8:11], v[2:3], v[4:5], 0", "v_accvgpr_read_b32 v20, a11", 7),
    (f"{LONG} v[16:31], v[2:3], v[4:5], 0", "v_mov_b32_e32 v40, v31", 11),
    (f"{PLAIN} v[16:31], v2, v4, 0", "v_mov_b32_e32 v40, v31", 18),
    (f"{FP8} v[8:11], v[2:3], v[4:5], 0", "global_store_dword v1, v8, s[6:7]", 7),
    (f"{FP8} v[8:11], v[2:3], v[4:5], 0", "ds_write_b32 v1, v9", 7),
    (f"{FP8} v[8:11], v[2:3], v[4:5], 0", "v_mov_b32_e32 v8, 0", 7),
    (f"{FP8} v[8:11], v[2:3], v[4:5], 0", "global_load_dword v10, v1, s[4:5]", 7),
    (f"{FP8} v[8:11], v[2:3], v[4:5], v[12:15]", "v_mov_b32_e32 v13, 0", 3),
    (f"{LONG} v[16:31], v[2:3], v[4:5], v[32:47]", "v_mov_b32_e32 v40, 0", 7),
    (f"{PLAIN} v[16:31], v2, v4, v[32:47]", "v_mov_b32_e32 v40, 0", 0),
    (f"{FP8} v[8:11], v[2:3], v[4:5], 0", f"{FP8} v[8:11], v[2:3], v[4:5], v[8:11]", 0),
    (f"{FP8} v[8:11], v[2:3], v[4:5], 0", f"{FP8} v[12:15], v[2:3], v[4:5], v[10:13]", 5),
    (f"{LONG} v[16:31], v[2:3], v[4:5], 0", f"{FP8} v[8:11], v[2:3], v[4:5], v[20:23]", 9),
    (f"{PLAIN} v[16:31], v2, v4, 0", f"{PLAIN} v[32:47], v2, v4, v[18:33]", 16),
    (f"{PLAIN} v[16:31], v2, v4, 0", f"{FP8} v[8:11], v[2:3], v[4:5], v[20:23]", 0),
    (f"{FP8} v[8:11], v[2:3], v[4:5], 0", f"{FP8} v[12:15], v[8:9], v[4:5], 0", 7),
    (f"{FP8} v[8:11], v[2:3], v[4:5], 0", f"{FP8} v[12:15], v[4:5], v[10:11], 0", 7),
    ("v_mfma_f32_4x4x4_16b_f16 v[8:11], v[2:3], v[4:5], 0",
     "v_mfma_f32_4x4x4_16b_f16 v[8:11], v[2:3], v[4:5], v[8:11]", 2),
    ("v_mov_b32_e32 v2, 0", f"{FP8} v[8:11], v[2:3], v[4:5], 0", 2),
    ("v_mov_b32_e32 v9, 0", f"{FP8} v[8:11], v[2:3], v[4:5], v[8:11]", 2),
    ("v_cmpx_eq_u32_e32 vcc, v0, v0", f"{FP8} v[8:11], v[2:3], v[4:5], 0", 4),
    ("global_store_dwordx4 v1, v[8:11], s[6:7]", "v_mov_b32_e32 v9, 0", 2),
    ("global_store_dwordx2 v1, v[8:9], s[6:7]", "v_mov_b32_e32 v9, 0", 0),
    ("v_rcp_f32_e32 v2, v0", "v_add_f32_e32 v3, v2, v2", 1),
    ("v_rcp_f32_e32 v2, v0", "v_sqrt_f32_e32 v3, v2", 0),
    (f"{PART} src1_sel:DWORD", "v_mov_b32_e32 v4, v3", 1),
    ("v_add_co_u32_e32 v2, vcc, v0, v1", "v_addc_co_u32_e32 v3, vcc, v0, v1, vcc", 2),
    ("v_cmp_eq_u32_e64 s[8:9], v0, v1", "v_cndmask_b32_e64 v3, v0, v1, s[8:9]", 2),
    ("v_cmp_eq_u32_e64 s[8:9], v0, v1", "s_and_b64 s[10:11], s[8:9], exec", 0),
    ("v_cmp_eq_f32_e32 vcc, v0, v1", "v_div_fmas_f32 v3, v0, v1, v0", 4),
    ("v_readfirstlane_b32 s8, v0", "v_readlane_b32 s9, v0, s8", 4),
    ("v_mov_b32_e32 v2, 0", "v_readfirstlane_b32 s8, v2", 1),
    ("v_mov_b32_e32 v2, 0", "v_mov_b32_dpp v3, v2 row_shl:1 row_mask:0xf bank_mask:0xf", 2),
    ("v_cmpx_eq_u32_e32 vcc, v0, v0", "v_readlane_b32 s8, v0, 0", 4),
    ("v_readfirstlane_b32 s4, v2", "global_load_dword v3, v1, s[4:5]", 5),
    ("s_mov_b32 m0, 0", "global_load_lds_dword v1, s[4:5]", 1),
    ("v_mov_b32_e32 v2, 0", "v_mov_b32_e32 v3, v2", 0),
]  # fmt: skip


@pytest.mark.parametrize(("first", "then", "states"), HAZARDS)
def test_wait_states(first, then, states):
    # The destination of a lane read is the low half of an address: it is put right again.
    setup = "v_mov_b32_e32 v2, s4\ns_nop 7\n"
    end = "\ns_waitcnt vmcnt(0)" + "\ns_nop 15" * 2

    def body(count, other=False):
        nops = ""
        if count:
            nops = "s_mov_b32 s20, 0\n" * count if other else f"s_nop {count - 1}\n"
        return f"{setup}{first}\n{nops}{then}{end}"

    def lds(count, other=False):
        return _launch(body(count, other), lds=4096)

    for other in (False, True):
        lds(states, other)
    if states:
        message = rf"line \d+: .*: {states - 1} wait states after line \d+ .*, {states} are needed"
        for other in (False, True):
            with pytest.raises(emulator.HazardViolated, match=message):
                lds(states - 1, other)


def test_the_last_mfma_that_wrote_a_register_counts():
    """An accumulator that moved by two registers: its own MFMA forwards it."""
    first, moved, then = (
        f"{FP8} v[8:11], v[2:3], v[4:5], 0",
        f"{FP8} v[10:13], v[2:3], v[4:5], v[8:11]",
        f"{FP8} v[10:13], v[2:3], v[4:5], v[10:13]",
    )
    end = "\ns_nop 15"
    _launch("\n".join(["s_nop 7", first, moved, then]) + end)
    with pytest.raises(emulator.HazardViolated, match="5 are needed"):
        _launch("\n".join(["s_nop 7", first, then]) + end)


def test_hazards_over_branches_and_joins():
    """The producer stands on one side of a branch, the consumer after it."""
    body = f"""v_readfirstlane_b32 s8, v0
        s_cmp_lt_u32 s8, 64
        s_cbranch_scc1 .LBB0_1
        {FP8} v[8:11], v[2:3], v[4:5], 0
        .LBB0_1:
        s_nop NOPS
        v_mov_b32_e32 v3, v8"""
    with pytest.raises(emulator.HazardViolated, match="wave 1 of workgroup"):
        _launch(body.replace("NOPS", "5"), waves=2)
    _launch(body.replace("NOPS", "6"), waves=2)
    _launch(body.replace("NOPS", "5"), waves=1)  # goes around the MFMA


def test_unknown_instructions_are_found_before_anything_runs():
    o = np.zeros(64, np.uint32)
    body = HEAD + "s_cbranch_execz .LBB0_1\nglobal_store_dword v1, v0, s[6:7]\ns_endpgm\n"
    body += ".LBB0_1:\nv_exotic_b32 v0, v1\ns_endpgm\nv_never_reached v0"
    with pytest.raises(emulator.UnknownInstruction, match=r"line 12: v_exotic_b32 v0, v1: .*know"):
        run(frame(body, 2), [o.copy(), o])
    assert (o == 0).all()


def test_indexed_registers_are_waited_for_too():
    body = """global_load_dword v5, v1, s[4:5]
        s_mov_b32 s8, 3
        WAIT
        s_set_gpr_idx_on s8, gpr_idx(SRC0)
        v_mov_b32_e32 v3, v2
        s_set_gpr_idx_off
        global_store_dword v1, v3, s[6:7]"""
    waited = body.replace("WAIT", "s_waitcnt vmcnt(0)")
    np.testing.assert_array_equal(_launch(waited)[:64], range(64))
    with pytest.raises(emulator.MissingWait, match="uses v5"):
        _launch(body.replace("WAIT", ""))
    with pytest.raises(emulator.UnknownInstruction, match="cannot be indexed here"):
        _launch(waited.replace("v_mov_b32_e32 v3,", "v_not_b32_e32 v3,"))


def test_registers_that_nothing_has_written_are_reported():
    body = (
        "v_add_u32_e32 v2, v3, v1\nv_mov_b32_e32 v4, s8\nv_mov_b32_e32 v3, v2\nv_mov_b32_e32 v5, v3"
    )
    a = np.zeros(4, np.uint32)
    stats = run(frame(HEAD + body + END, 2), [a, a])
    found = sorted(text.partition(": ")[2] for text in stats.undefined)
    assert found == ["v_add_u32_e32 v2, v3, v1: v3", "v_mov_b32_e32 v4, s8: s8"]
    half = "v_mov_b32_e32 v8, v1\nv_pk_mul_f32 v[4:5], v[8:9], v[0:1]"
    (found,) = run(frame(HEAD + half + END, 2), [a, a]).undefined
    assert found.endswith(": v9")
    assert not run(frame(HEAD + half + " op_sel_hi:[0,1]" + END, 2), [a, a]).undefined
    kept = "v_cvt_pk_fp8_f32 v2, v1, v1\ns_nop 1\nv_mov_b32_dpp v3, v1 row_mirror"
    stats = run(frame(HEAD + kept + END, 2), [a, a])
    assert not stats.undefined
