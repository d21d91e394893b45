"""The main loop of a kernel in an assembly text."""

import pytest

from fnuz.passes.gfx942.loops import main_loop, whole

# Loops beside each other, one in another, and one with its exit in the middle; a kernel before it.
TEXT = """
first:
.LBB0_1:
\tv_mfma_f32_16x16x32_fp8_fp8 v[0:3], v[4:5], v[6:7], v[0:3]
\tv_mfma_f32_16x16x32_fp8_fp8 v[0:3], v[4:5], v[6:7], v[0:3]
\tv_mfma_f32_16x16x32_fp8_fp8 v[0:3], v[4:5], v[6:7], v[0:3]
\ts_cbranch_scc1 .LBB0_1
\ts_endpgm
.Lfunc_end0:
\t.size\tfirst, .Lfunc_end0-first
second:                                 ; @second
; %bb.0:
\ts_cbranch_scc0 .LBB1_4
.LBB1_1:                                ; =>This Loop Header: Depth=1
\tbuffer_load_dwordx4 v[0:3], v4, s[0:3], 0 offen
\tbuffer_load_ubyte v5, v4, s[0:3], 0 offen
\ts_cbranch_scc1 .LBB1_1
.LBB1_2:
\ts_mov_b32 s4, 0
.LBB1_3:                                ;   Parent Loop BB1_2 Depth=1
\tds_read_b128 v[8:11], v12
\tds_read2st64_b64 v[20:23], v12 offset1:1
\tds_write_b8 v12, v13 // one byte
\tglobal_load_dwordx2 v[14:15], v[16:17], off
\tbuffer_load_dword v18, s[0:3], 0 offen
\tv_mfma_f32_32x32x16_bf8_fp8 v[32:47], v[8:9], v[10:11], v[32:47]
\tv_mfma_f32_32x32x8_f16 a[0:15], v[8:9], v[10:11], a[0:15]
\ts_cbranch_scc1 .LBB1_5
\ts_branch .LBB1_3
.LBB1_5:
\ts_cbranch_vccnz .LBB1_2
.LBB1_4:
\ts_endpgm
.Lfunc_end1:
"""


def test_the_loop_with_most_matrix_instructions() -> None:
    loop = main_loop(TEXT, "second")
    assert loop is not None
    assert [line.split()[0] for line in loop.instructions] == [
        *("ds_read_b128", "ds_read2st64_b64", "ds_write_b8"),
        *("global_load_dwordx2", "buffer_load_dword"),
        *("v_mfma_f32_32x32x16_bf8_fp8", "v_mfma_f32_32x32x8_f16"),
        *("s_cbranch_scc1", "s_branch"),
    ]
    assert loop.instructions[2] == "ds_write_b8 v12, v13"
    assert (loop.mfma, loop.products) == (2, 32 * 32 * (16 + 8))
    # 512 products of fp8 a clock, 256 of f16.
    assert loop.mfma_clocks == 32 + 32
    assert loop.lds_bytes == 64 * (16 + 2 * 8 + 1)
    assert loop.loaded_bytes == 64 * (8 + 4)


def test_of_which_kernel() -> None:
    first = main_loop(TEXT, "first")
    assert first is not None
    assert first.mfma == 3
    everything = whole(TEXT, "first")
    assert (everything.mfma, len(everything.instructions)) == (3, 5)
    with pytest.raises(ValueError, match=r"there is no kernel sec$"):
        main_loop(TEXT, "sec")


def test_without_matrix_instructions_or_loops() -> None:
    memory = main_loop(
        "copy:\n.L:\n\tbuffer_load_short_d16 v0, v1, s[0:3], 0\n\ts_branch .L\n", "copy"
    )
    assert memory is not None
    assert (memory.mfma, memory.mfma_clocks, memory.loaded_bytes) == (0, 0, 128)
    assert main_loop("k:\n\ts_cbranch_scc1 .L\n.L:\n\ts_endpgm\n", "k") is None


def test_an_mfma_of_another_type() -> None:
    text = "k:\n.L:\n\tv_mfma_f64_16x16x4_f64 v[0:7], v[8:9], v[10:11], 0\n\ts_branch .L\n"
    with pytest.raises(ValueError, match="how long v_mfma_f64_16x16x4_f64 takes is not known"):
        main_loop(text, "k")
