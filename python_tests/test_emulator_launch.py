"""Reading assembly, and starting kernels: arguments, grids, and what is refused."""

import numpy as np
import pytest
from gfx942_programs import FRAME, compile_isa, frame, run

from fnuz import emulator
from fnuz.emulator.operands import Constant, Register, Symbol, Word, parse_operand
from fnuz.emulator.parse import parse_instruction

STORE = """s_load_dwordx2 s[4:5], s[0:1], 0x0
v_lshlrev_b32_e32 v1, 2, v0
s_waitcnt lgkmcnt(0)
global_store_dword v1, v0, s[4:5]
s_endpgm"""


@pytest.mark.parametrize(
    ("text", "operand"),
    [
        ("s5", Register(5, 1)),
        ("v[2:3]", Register(258, 2)),
        ("a7", Register(519, 1)),
        ("v[9]", Register(265, 1)),
        ("vcc", Register(106, 2)),
        ("exec_hi", Register(127, 1)),
        ("-v1", Register(257, 1, negate=True)),
        ("-|v1|", Register(257, 1, negate=True, absolute=True)),
        ("|s1|", Register(1, 1, absolute=True)),
        ("abs(v1)", Register(257, 1, absolute=True)),
        ("neg(v1)", Register(257, 1, negate=True)),
        ("sext(v1)", Register(257, 1, sign_extend=True)),
        ("-16", Constant(-16)),
        ("0xfc0", Constant(0xFC0)),
        ("-0.5", Constant(-0.5)),
        ("lit(0x7f)", Constant(0x7F)),
        ("off", Word("off")),
        (".LBB0_1", Symbol(".LBB0_1")),
        ("table@rel32@lo+4", Symbol("table", 4, "lo")),
    ],
)
def test_operands(text, operand):
    assert parse_operand(text) == operand


@pytest.mark.parametrize("text", ["v256", "s102", "v[3:2]", "%x", "", "a300"])
def test_no_operands(text):
    with pytest.raises(emulator.ParseError):
        parse_operand(text)


def test_modifiers():
    text = "buffer_load_dwordx4 v[0:3], v4, s[8:11], 0 offen offset:16 sc0 nt"
    assert parse_instruction(text, 7).modifiers == {
        "offen": "",
        "offset": "16",
        "sc0": "",
        "nt": "",
    }
    packed = parse_instruction("v_pk_add_f16 v0, v1, v2 op_sel:[0, 1] neg_hi:[1,0] clamp", 7)
    assert packed.integers("op_sel") == [0, 1]
    assert packed.integers("neg_hi") == [1, 0]
    assert len(packed.operands) == 3
    assert packed.where() == "line 7: v_pk_add_f16 v0, v1, v2 op_sel:[0, 1] neg_hi:[1,0] clamp"


def test_data_and_comments():
    program = emulator.parse(
        """.section .rodata,"a",@progbits
        table: ; a comment
        \t.long\t1
        \t.short\t-2
        \t.byte 3 // another
        \t.p2align 3
        \t.quad 0x100000000
        \t.zero 2
        \t.asciz "a;\\n\\001"
        .text
        f: s_nop 0 ; third
        s_endpgm"""
    )
    expected = b"\1\0\0\0\xfe\xff\3\0" + bytes(4) + b"\1\0\0\0" + bytes(2) + b"a;\n\1\0"
    assert bytes(program.data) == expected
    assert program.symbols == {"table": 0}
    assert program.labels == {"f": 0}
    assert [i.name for i in program.instructions] == ["s_nop", "s_endpgm"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('.amdgcn_target "amdgcn-amd-amdhsa-unknown-gfx90a"', "line 1: the target is .*gfx90a"),
        ("s_mov_b32 s0, %x", "line 1: s_mov_b32 s0, %x: operand '%x'"),
        (".amdhsa_kernel k\n.end_amdhsa_kernel", "kernel k has a descriptor but no code"),
        ("k:\n.amdhsa_kernel k\n.end_amdhsa_kernel", "kernel k has no entry"),
        (".amdgpu_metadata\nnonsense\n.end_amdgpu_metadata", "nonsense"),
    ],
)
def test_bad_assembly(text, message):
    with pytest.raises(emulator.ParseError, match=message):
        emulator.parse(text)


def test_registers_that_the_descriptor_does_not_allocate():
    o = [np.zeros(64, np.int32)]
    accumulators = _text().replace("next_free_vgpr 512", "next_free_vgpr 256")
    accumulators = accumulators.replace("s_endpgm", "v_accvgpr_write_b32 a0, v0\ns_endpgm")
    few = _text().replace("next_free_vgpr 512", "next_free_vgpr 1")
    few = few.replace("accum_offset 256", "accum_offset 1")
    for text, message in ((accumulators, "a0 is beyond"), (few, "line 6: v_lshl.*v1 is beyond")):
        kernel = emulator.parse(text).kernels["k"]
        with pytest.raises(emulator.ParseError, match=message):
            run(kernel, o)


def _text():
    argument = "      - .offset: 0\n        .size: 8\n        .value_kind: global_buffer"
    return FRAME.format(body=STORE, lds=0, scratch=0, size=8, arguments=argument)


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        (".amdhsa_float_round_mode_32 2", "not to nearest even"),
        (".amdhsa_wavefront_size32 1", "32 lanes"),
        (".amdhsa_user_sgpr_queue_ptr 1", "wants the queue"),
        (".amdhsa_user_sgpr_count 7", "has 7 user SGPRs"),
        (".amdhsa_group_segment_fixed_size 70000", "70000 bytes of LDS"),
    ],
)
def test_kernels_that_cannot_start(directive, message):
    text = _text().replace("\t.end_amdhsa_kernel", f"\t{directive}\n\t.end_amdhsa_kernel")
    kernel = emulator.parse(text).kernels["k"]
    with pytest.raises(emulator.LaunchError, match=message):
        run(kernel, [np.zeros(64, np.int32)])


def test_arguments_that_do_not_fit():
    kernel = frame(STORE, 1)
    good = np.zeros((8, 8), np.int32)
    for arguments, message in (
        ([], "takes 1 arguments, not 0"),
        ([good, good], "takes 1 arguments, not 2"),
        ([3], "takes a numpy array, not int"),
        ([good.T[:, :2]], "not C-contiguous"),
    ):
        with pytest.raises(emulator.LaunchError, match=message):
            run(kernel, arguments)
    wrong_sizes = ((0, 64), ((1, 1, 1, 1), 64), (1, 2048), (1, (64, 64)), (1 << 26, 64))
    for grid, block in wrong_sizes:
        with pytest.raises(emulator.LaunchError):
            run(kernel, [good], grid, block)


TWO = """
    v_lshlrev_b32_e32 v1, 2, v0
    s_load_dwordx4 s[4:7], s[0:1], 0x0
    s_waitcnt lgkmcnt(0)
    global_load_dword v2, v1, s[4:5]
    s_waitcnt vmcnt(0)
    v_add_u32_e32 v2, 1, v2
    global_store_dword v1, v2, s[6:7]
    s_endpgm"""


def test_arguments_that_share_memory_share_a_buffer():
    kernel = frame(TWO, 2)
    whole = np.arange(90, dtype=np.int32)
    run(kernel, [whole[:70], whole[20:]])  # lanes read what the 20 before them will change
    np.testing.assert_array_equal(whole[:20], np.arange(20))
    np.testing.assert_array_equal(whole[20:84], np.arange(64) + 1)
    np.testing.assert_array_equal(whole[84:], np.arange(84, 90))
    run(kernel, [whole, whole])
    np.testing.assert_array_equal(whole[:20], np.arange(20) + 1)
    empty = whole[30:30]
    with pytest.raises(emulator.OutOfBounds, match=r"argument 0 \(int32, shape \(0,\)\)"):
        run(kernel, [empty, whole])
    with pytest.raises(emulator.OutOfBounds, match=r"argument 0 .* and argument 1 .* has 160$"):
        run(kernel, [whole[:30], whole[10:40]])


def test_memory_that_may_only_be_read():
    kernel = frame(TWO, 2)
    fixed = np.frombuffer(bytes(256), np.int32)  # writing to it would be an error of numpy's
    target = np.zeros(64, np.int32)
    run(kernel, [fixed, target])
    np.testing.assert_array_equal(target, 1)
    with pytest.raises(emulator.OutOfBounds, match="writes 4 bytes"):
        run(kernel, [target, fixed])


SCALARS = """gpu.module @k {
  gpu.func @f(%o: memref<4xf64>, %i: i32, %h: f16, %d: f64, %l: i64) kernel
      attributes {known_block_size = array<i32: 32, 1, 1>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %x = arith.sitofp %i : i32 to f64
    %y = arith.extf %h : f16 to f64
    %z = arith.sitofp %l : i64 to f64
    memref.store %x, %o[%c0] : memref<4xf64>
    memref.store %y, %o[%c1] : memref<4xf64>
    memref.store %d, %o[%c2] : memref<4xf64>
    memref.store %z, %o[%c3] : memref<4xf64>
    gpu.return
  }
}"""


def test_scalars_and_their_sizes():
    kernel = emulator.parse(compile_isa(SCALARS)).kernels["f"]
    o = np.zeros(4)
    scalars = [-7, np.float16(0.1), np.float64(2.5), np.int64(1 << 40)]
    stats = run(kernel, [o, *scalars], 1, 32)
    assert o.tolist() == [-7, float(np.float16(0.1)), 2.5, 2.0**40]
    assert stats.waves == 1
    for at, value, message in (
        (0, 1 << 40, "does not fit in 4 bytes"),
        (0, 2.0, "numpy scalar of 4 bytes, not float"),
        (1, np.float32(1), "takes 2 bytes, and float32 has 4"),
    ):
        wrong = list(scalars)
        wrong[at] = value
        with pytest.raises(emulator.LaunchError, match=f"argument {at + 1} .*{message}"):
            run(kernel, [o, *wrong], 1, 32)
    with pytest.raises(emulator.LaunchError, match=r"blocks of \(32, 1, 1\)"):
        run(kernel, [o, *scalars], 1, 64)


def test_partial_waves_and_many_workgroups():
    o = np.full(128, -1, np.int32)
    stats = run(frame(STORE, 1), [o], 1, 100)
    np.testing.assert_array_equal(o, np.r_[np.arange(100), [-1] * 28])
    assert stats.waves == 2
    body = STORE.replace("v1, 2, v0", "v1, 2, v0\ns_lshl_b32 s6, s2, 8\nv_add_u32_e32 v1, s6, v1")
    many = np.zeros((300, 64), np.int32)
    stats = run(frame(body, 1), [many], 300, 64)
    assert (many == np.arange(64)).all()
    assert stats.waves == stats.workgroups == 300
    assert stats.names["global_store_dword"] == 300
    assert stats.instructions["vmem"] == stats.instructions["smem"] == 300


def test_calls_through_registers():
    body = """s_load_dwordx2 s[4:5], s[0:1], 0x0
        s_getpc_b64 s[8:9]
        s_add_u32 s8, s8, double@rel32@lo+4
        s_addc_u32 s9, s9, double@rel32@hi+12
        s_swappc_b64 s[30:31], s[8:9]
        s_swappc_b64 s[30:31], s[8:9]
        v_lshlrev_b32_e32 v1, 2, v1
        s_waitcnt lgkmcnt(0)
        global_store_dword v1, v0, s[4:5]
        s_endpgm
        double:
        v_add_u32_e32 v0, v0, v0
        v_lshrrev_b32_e32 v1, 2, v0
        s_setpc_b64 s[30:31]"""
    o = np.zeros(64, np.int32)
    run(frame(body, 1), [o])
    np.testing.assert_array_equal(o, 4 * np.arange(64))


def test_a_barrier_counts_only_waves_that_still_run():
    body = f"""v_readfirstlane_b32 s8, v0
        s_cmp_eq_u32 s8, 64
        s_cbranch_scc1 .LBB0_1
        s_barrier
        {STORE}
        .LBB0_1:
        s_endpgm"""
    o = np.zeros(192, np.int32)
    run(frame(body, 1), [o], 1, 192)
    np.testing.assert_array_equal(o.reshape(3, 64)[[0, 2]].ravel(), np.r_[0:64, 128:192])
    assert (o[64:128] == 0).all()


def test_traps():
    o = np.zeros(64, np.int32)
    with pytest.raises(emulator.Trapped, match=r"line 9: s_trap 2: wave 0 of workgroup"):
        run(frame(STORE.replace("s_endpgm", "s_trap 2\ns_endpgm"), 1), [o])
    skipped = STORE.replace("s_endpgm", "s_branch .LBB0_1\ns_trap 2\n.LBB0_1:\ns_endpgm")
    run(frame(skipped, 1), [o])
    np.testing.assert_array_equal(o, np.arange(64))


def test_dynamic_lds_comes_after_that_of_the_kernel():
    body = """s_load_dwordx2 s[4:5], s[0:1], 0x0
        v_lshlrev_b32_e32 v1, 2, v0
        ds_write_b32 v1, v0 offset:64
        ds_read_b32 v2, v1 offset:64
        s_waitcnt lgkmcnt(0)
        global_store_dword v1, v2, s[4:5]
        s_endpgm"""
    kernel = frame(body, 1, lds=64)
    o = np.zeros(64, np.int32)
    with pytest.raises(emulator.OutOfBounds, match="of LDS, which has 64"):
        emulator.launch(kernel, 1, 64, [o])
    emulator.launch(kernel, 1, 64, [o], dynamic_lds=256)
    np.testing.assert_array_equal(o, np.arange(64))
