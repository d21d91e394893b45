"""Kernels for few rows, and splits of the depth: their ISA on the emulator against numpy."""

import re

import numpy as np
import pytest
from gfx942_host import map_and_compile
from test_gfx942_gemm import (
    E4M3,
    E5M2,
    MIXES,
    PRODUCT,
    QUANTIZE,
    RELU,
    check,
    codes,
    contraction,
    epilogue,
    mnk,
)
from test_gfx942_ocp import check as check_ocp

from fnuz.dialect.formats import FORMATS


@pytest.mark.parametrize("c", ["mn", "nm"])
@pytest.mark.parametrize("b", ["nk", "kn"])
@pytest.mark.parametrize("a", ["mk", "km"])
def test_transposes(a, b, c):
    # More than one tile each way, steps that end within the last one and rows that are none.
    check(a, b, c, mnk(17, 36, 300), tile="skinny-16x32x2" if c == "mn" else "skinny-32x16x2")


@pytest.mark.parametrize("m", [1, 2, 16, 17])
def test_few_rows(m):
    # A loop, and a depth that no load of 16 bytes divides.
    stats = check("mk", "nk", "mn", mnk(m, 20, 2050), tile="skinny-16x16x8")
    assert stats.waves == 8 * stats.workgroups
    assert sum("barrier" in name for name in stats.names) == 1


@pytest.mark.parametrize("tile", ["skinny-16x32x4", "skinny-16x64x2", "skinny-16x256x1"])
def test_rows_beside_each_other(tile):
    # The weights have their rows in columns: a lane has 2, 4 or 16 of them and turns them.
    columns = int(tile.split("x")[1])
    stats = check("mk", "kn", "mn", mnk(3, columns + 16, 200), tile=tile)
    wide = {32: "buffer_load_ushort", 64: "buffer_load_dword", 256: "buffer_load_dwordx4"}
    assert any(name.startswith(wide[columns]) for name in stats.names)


@pytest.mark.parametrize("formats", MIXES, ids="-".join)
def test_every_mix_of_formats(formats):
    stats = check("mk", "nk", "mn", mnk(5, 24, 192), formats, tile="skinny-16x16x2")
    mix = "_".join({E4M3: "fp8", E5M2: "bf8"}[f] for f in reversed(formats))
    assert any(mix in name for name in stats.names if "mfma" in name)


@pytest.mark.parametrize(
    ("a", "b", "c", "sizes", "tile"),
    [
        ("bmk", "bnk", "bmn", {"b": 3, "m": 2, "n": 20, "k": 144}, "skinny-16x16x2"),
        ("kbm", "bkn", "mbn", {"b": 2, "m": 3, "n": 32, "k": 144}, "skinny-16x32x2/3"),
        ("k", "kn", "n", {"n": 70, "k": 96}, "skinny-16x16x1/2"),
        ("bk", "bk", "b", {"b": 3, "k": 160}, "skinny-16x16x1/2"),
    ],
)
def test_batches(a, b, c, sizes, tile):
    check(a, b, c, sizes, tile=tile)


@pytest.mark.parametrize(
    ("m", "n", "k", "tile"),
    [
        (1, 40, 1024, "skinny-16x16x4/4"),
        (20, 24, 288, "16x64x256/2"),
        (70, 68, 768, "64x64x128/3"),
    ],
)
def test_a_depth_that_is_split_over_workgroups(m, n, k, tile):
    text = contraction("mk", "nk", "mn", mnk(m, n, k))
    mapped = map_and_compile(text, tile=tile)
    rng = np.random.default_rng(8)
    x, y = codes(rng, (m, k), E4M3), codes(rng, (n, k), E4M3)
    init = rng.integers(-50, 50, (m, n)).astype(np.float32)
    result, (partial, total) = mapped(x, y, init)
    want = FORMATS[E4M3].decode(x) @ FORMATS[E4M3].decode(y).T + init
    np.testing.assert_array_equal(result, want)
    parts = int(tile.split("/")[1])
    assert partial.bytes["global_write"] == 4 * m * n * parts
    assert total.bytes["global_read"] == 4 * m * n * (parts + 1)
    assert "atomic" not in mapped.isa


@pytest.mark.parametrize(("m", "n", "tile"), [(1, 32, "skinny-16x16x2"), (16, 64, "64x64x128/2")])
def test_scales_bias_relu_and_quantize(m, n, tile):
    k = 256
    text = epilogue(
        mnk(m, n, k),
        E4M3,
        ([("s", "f32", "n"), ("t", "f32", "m")], PRODUCT, "f32"),
        ([("bias", "f32", "n")], "%r = arith.addf %x, %bias : f32", "f32"),
        ([], RELU, "f32"),
        ([("q", "f32", "")], QUANTIZE, E4M3),
    )
    mapped = map_and_compile(text, tile=tile)
    rng = np.random.default_rng(3)
    a, b = codes(rng, (m, k), E4M3), codes(rng, (k, n), E4M3)
    s, t, bias = (rng.standard_normal(size).astype(np.float32) for size in (n, m, n))
    result, _ = mapped(a, b, s, t, bias, np.float32(0.37))
    sums = FORMATS[E4M3].decode(a) @ FORMATS[E4M3].decode(b)
    want = np.maximum(sums * s * t[:, None] + bias, np.float32(0)) / np.float32(0.37)
    np.testing.assert_array_equal(result, FORMATS[E4M3].encode(np.clip(want, -240, 240)))
    assert "linalg" not in str(mapped.module)


@pytest.mark.parametrize("tile", ["skinny-16x16x4", "skinny-16x16x1/4", "64x64x128/4"])
def test_sums_are_added_in_order(tile):
    # 2^24 + 1 + 1 - 2^24 is 0 in this order alone; each addend is exact, of one wave or workgroup.
    mapped = map_and_compile(
        contraction("mk", "nk", "mn", mnk(1, 64, 512), (E5M2, E5M2), zero=True), tile=tile
    )
    x = np.zeros((1, 512), np.float32)
    y = np.zeros((64, 512), np.float32)
    x[0, ::128] = [4096, 1, 1, -4096]
    y[:, ::128] = [4096, 1, 1, 4096]
    operands = [FORMATS[E5M2].encode(v) for v in (x, y)]
    result, _ = mapped(*operands, np.zeros((1, 64), np.float32))
    np.testing.assert_array_equal(result, 0)


@pytest.mark.parametrize("tile", ["skinny-16x16x2", "skinny-16x16x1/2", "64x64x128/2"])
def test_zero_keeps_its_sign(tile):
    # -0 as the init, and 0 times something negative everywhere; +0 as the init and no argument.
    x, y = np.zeros((1, 256), np.uint8), np.full((16, 256), FORMATS[E4M3].encode(-1), np.uint8)
    for zero in (False, True):
        text = contraction("mk", "nk", "mn", mnk(1, 16, 256), zero=zero)
        result, _ = map_and_compile(text, tile=tile)(x, y, np.full((1, 16), -0.0, np.float32))
        np.testing.assert_array_equal(result.view(np.uint32), 0 if zero else 0x80000000)


def test_each_byte_of_the_weights_is_loaded_once():
    n, k = 48, 1024
    mapped = map_and_compile(
        contraction("mk", "nk", "mn", mnk(1, n, k), zero=True), tile="skinny-16x16x4"
    )
    x, y = np.zeros((1, k), np.uint8), np.zeros((n, k), np.uint8)
    _, (stats,) = mapped(x, y, np.zeros((1, n), np.float32))
    # The row of activations once for each workgroup; rows 1 to 15 of the MFMA move nothing.
    assert stats.bytes["global_read"] == n * k + stats.workgroups * k
    assert stats.bytes["global_write"] == 4 * n
    loads = re.findall(r"buffer_load_\w+", mapped.isa)
    assert set(loads) == {"buffer_load_dwordx4"}
    # All of them are on their way before the first is waited for.
    assert mapped.isa.index("v_mfma") > mapped.isa.rindex("buffer_load")


def test_the_loop_waits_for_the_oldest_loads_alone():
    mapped = map_and_compile(
        contraction("mk", "nk", "mn", mnk(1, 8192, 28672), zero=True), tile="skinny-16x32x8"
    )
    assert not re.search(r"vgpr_spill_count: +[1-9]", mapped.isa)
    loop = mapped.isa.partition(".LBB0_1:")[2].partition("s_cbranch")[0]
    waits = [int(n) for n in re.findall(r"vmcnt\((\d+)\)", loop)]
    assert waits
    assert min(waits) >= 16  # of 24 loads
    assert loop.count("buffer_load_dwordx4") % 24 == 0
    assert "v_mov" not in loop


def test_nothing_beside_a_matrix_is_taken_in():
    # NaN in one batch, row and column stays there, whatever the padding of tiles reads.
    sizes = {"b": 3, "m": 5, "n": 18, "k": 35}
    mapped = map_and_compile(contraction("bmk", "bkn", "bmn", sizes), tile="skinny-16x16x2")
    x = np.full((3, 5, 35), FORMATS[E4M3].encode(1), np.uint8)
    y = np.full((3, 35, 18), FORMATS[E4M3].encode(2), np.uint8)
    x[1, 4, :] = 0x80
    y[2, 0, 7] = 0x80
    result, _ = mapped(x, y, np.zeros((3, 5, 18), np.float32))
    want = np.full((3, 5, 18), 70, np.float32)
    want[1, 4] = want[2, :, 7] = np.nan
    np.testing.assert_array_equal(result, want)


@pytest.mark.parametrize("tile", ["skinny-16x16x4", "skinny-16x16x2/2"])
def test_random_operands_are_within_the_bound_of_the_sum(tile):
    m, n, k = 3, 32, 640
    mapped = map_and_compile(contraction("mk", "nk", "mn", mnk(m, n, k)), tile=tile)
    rng = np.random.default_rng(7)
    finite = np.delete(np.arange(256, dtype=np.uint8), 0x80)
    x, y = rng.choice(finite, (m, k)), rng.choice(finite, (n, k))
    init = rng.standard_normal((m, n)).astype(np.float32)
    result, _ = mapped(x, y, init)
    a, b = (FORMATS[E4M3].decode(v).astype(np.float64) for v in (x, y))
    bound = (k + 8) * 2.0**-24 * (np.abs(a) @ np.abs(b).T + np.abs(init)) * 1.01
    assert (np.abs(result - (a @ b.T + init)) <= bound).all()
    again, _ = mapped(x, y, init)
    np.testing.assert_array_equal(result.view(np.uint32), again.view(np.uint32))


@pytest.mark.parametrize(
    ("a", "b", "formats", "k", "tile"),
    [
        ("mk", "nk", ("f8E4M3FN", "f8E5M2"), 300, "skinny-16x16x2"),
        ("km", "kn", ("f8E5M2", "f8E4M3FN"), 90, "skinny-32x64x2"),
        ("mk", "nk", ("f8E4M3FN", E4M3), 2080, "skinny-16x16x1"),  # a loop
        ("mk", "kn", (E4M3, "f8E4M3FN"), 352, "skinny-16x32x1/2"),
    ],
)
def test_operands_in_ocp(a, b, formats, k, tile):
    check_ocp(a, b, "mn", mnk(9, 40, k), formats, tile=tile)
