"""Contractions of FNUZ operands as kernels: their ISA on the emulator against numpy."""

import itertools
import re

import numpy as np
import pytest
from gfx942_host import DTYPES, map_and_compile
from hypothesis import given, settings
from hypothesis import strategies as st

from fnuz.dialect.formats import FORMATS
from fnuz.passes.gfx942 import gemm
from fnuz.passes.gfx942.loops import main_loop
from fnuz.passes.gfx942.resources import of_isa
from fnuz.passes.gfx942.tiles import CHUNK, TILES

E4M3, E5M2 = "f8E4M3FNUZ", "f8E5M2FNUZ"
MIXES = list(itertools.product((E4M3, E5M2), repeat=2))
SMALL = np.array([-3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3], np.float32)
"""Values of both formats: sums of their products are multiples of 1/4, exact in f32."""


def contraction(a, b, c, sizes, formats=(E4M3, E4M3), zero=False):
    """A function of one contraction with the given dims, `"mk", "kn", "mn"` for a matmul."""

    def type(dims, element):
        return f"tensor<{''.join(f'{sizes[d]}x' for d in dims)}{element}>"

    names = ", ".join(sizes)
    maps = ", ".join(f"affine_map<({names}) -> ({', '.join(dims)})>" for dims in (a, b, c))
    kinds = ", ".join('"parallel"' if d in c else '"reduction"' for d in sizes)
    ta, tb, tc = type(a, formats[0]), type(b, formats[1]), type(c, "f32")
    init = "%zero" if zero else "%c"
    return f"""
    func.func @main(%a: {ta}, %b: {tb}, %c: {tc}) -> {tc} {{
      %zero = arith.constant dense<0.0> : {tc}
      %0 = linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}}
          ins(%a, %b : {ta}, {tb}) outs({init} : {tc}) {{
      ^bb0(%x: {formats[0]}, %y: {formats[1]}, %s: f32):
        %u = arith.extf %x : {formats[0]} to f32
        %v = arith.extf %y : {formats[1]} to f32
        %p = arith.mulf %u, %v : f32
        %t = arith.addf %s, %p : f32
        linalg.yield %t : f32
      }} -> {tc}
      return %0 : {tc}
    }}"""


def codes(rng, shape, format_):
    """Codes of values whose sums of products are exact."""
    return FORMATS[format_].encode(rng.choice(SMALL, shape))


def check(a, b, c, sizes, formats=(E4M3, E4M3), zero=False, **options):
    """Compile, run and compare bits with numpy; the statistics of the first launch."""
    mapped = map_and_compile(contraction(a, b, c, sizes, formats, zero), **options)
    rng = np.random.default_rng(sum(sizes.values()))
    x = codes(rng, [sizes[d] for d in a], formats[0])
    y = codes(rng, [sizes[d] for d in b], formats[1])
    init = rng.integers(-50, 50, [sizes[d] for d in c]).astype(np.float32)
    result, (stats, *_) = mapped(x, y, init)
    values = FORMATS[formats[0]].decode(x), FORMATS[formats[1]].decode(y)
    want = np.einsum(f"{a},{b}->{c}", *values) + (0 if zero else init)
    np.testing.assert_array_equal(result, want)
    assert result.dtype == want.dtype
    assert not any("cvt" in name for name in stats.names)
    return stats


def mnk(m, n, k):
    return {"m": m, "n": n, "k": k}


@pytest.mark.parametrize("tile", TILES, ids=str)
@pytest.mark.parametrize("b", ["kn", "nk"])
@pytest.mark.parametrize("a", ["mk", "km"])
def test_every_tile_and_transpose(tile, a, b):
    # One workgroup and a bit, a depth that is no multiple of the tile's and fills the pipeline.
    sizes = mnk(tile.outer + 4, tile.inner - 12 if tile.inner > 16 else 12, 7 * tile.depth + 16)
    stats = check(a, b, "mn", sizes, tile=str(tile))
    assert stats.workgroups == 2
    assert any(f"{tile.rows}x{tile.rows}x{tile.products}" in name for name in stats.names)


@pytest.mark.parametrize("tile", [TILES[0], TILES[2], TILES[4]], ids=str)
def test_every_number_of_tiles(tile):
    # In one function, each sum onto the one before. The loop has 2 tiles and ends 2 or 3 before
    # the last one, which may be cut off inside of a step and between steps.
    m, n, length = 5, 7, tile.depth
    depths = [1, length, 2 * length + 1, 3 * length - 5, 4 * length, 5 * length]
    depths.append(7 * length - tile.step)
    arguments, lines, of = [], [], f"tensor<{m}x{n}xf32>"
    for number, k in enumerate(depths):
        a, b = f"tensor<{m}x{k}x{E4M3}>", f"tensor<{k}x{n}x{E4M3}>"
        arguments += [f"%a{number}: {a}", f"%b{number}: {b}"]
        lines.append(
            f"%r{number + 1} = linalg.matmul ins(%a{number}, %b{number} : {a}, {b}) "
            f"outs(%r{number} : {of}) -> {of}"
        )
    text = f"func.func @main({', '.join(arguments)}, %r0: {of}) -> {of} {{\n"
    text += "\n".join(lines) + f"\nreturn %r{len(depths)} : {of}\n}}"
    mapped = map_and_compile(text, tile=str(tile))
    rng = np.random.default_rng(8)
    given = [codes(rng, shape, E4M3) for k in depths for shape in ((m, k), (k, n))]
    result, stats = mapped(*given, np.zeros((m, n), np.float32))
    values = [FORMATS[E4M3].decode(v) for v in given]
    np.testing.assert_array_equal(
        result, sum(a @ b for a, b in zip(values[::2], values[1::2], strict=True))
    )
    # No MFMA for what is behind the end of k.
    waves = tile.threads // 64
    of_step = 2 * tile.inner * tile.outer // (waves * tile.rows**2)
    steps = [-(-k // tile.step) for k in depths]
    assert [s.instructions["mfma"] for s in stats] == [waves * of_step * n for n in steps]


@pytest.mark.parametrize(
    ("m", "n", "k"),
    [
        (1, 1, 1),
        (1, 64, 256),
        (64, 1, 256),
        (1, 1, 300),
        (3, 5, 7),
        (16, 64, 2),
        (17, 33, 70),
        (31, 30, 29),
        (40, 24, 129),
        (64, 64, 520),
    ],
)
@pytest.mark.parametrize("b", ["kn", "nk"])
@pytest.mark.parametrize("a", ["mk", "km"])
def test_ragged_and_tiny(m, n, k, a, b):
    check(a, b, "mn", mnk(m, n, k), tile="64x64x128" if min(m, n) > 32 else "16x64x256")


@pytest.mark.parametrize("formats", MIXES, ids="-".join)
@pytest.mark.parametrize("tile", ["16x64x256", "64x64x128"])
def test_every_mix_of_formats(formats, tile):
    stats = check("mk", "kn", "mn", mnk(20, 64, 64), formats, tile=tile)
    # The unit's first operand is the one that has the columns of the result.
    mix = "_".join({E4M3: "fp8", E5M2: "bf8"}[f] for f in reversed(formats))
    assert any(mix in name for name in stats.names if "mfma" in name)


def test_all_codes_of_both_formats():
    # Each product alone in its sum: every code of one times every code of the other.
    for formats in ((E4M3, E5M2), (E5M2, E4M3)):
        mapped = map_and_compile(contraction("mk", "nk", "mn", mnk(256, 256, 1), formats))
        every = np.arange(256, dtype=np.uint8)[:, None]
        result, _ = mapped(every, every.copy(), np.zeros((256, 256), np.float32))
        a, b = (FORMATS[f].decode(every) for f in formats)
        np.testing.assert_array_equal(result, a * b.T)
        assert np.isnan(result).sum() == 511


@pytest.mark.parametrize("c", ["mn", "nm"])
def test_a_transposed_result_and_a_zero_init(c):
    check("mk", "kn", c, mnk(37, 70, 65), zero=True)


def test_a_zero_init_is_not_read_and_minus_zero_is():
    text = contraction("mk", "kn", "mn", mnk(16, 64, 256), zero=True)
    mapped = map_and_compile(text)
    zeros = np.zeros((16, 256), np.uint8), np.zeros((256, 64), np.uint8)
    # Garbage where the init would be.
    result, _ = mapped(*zeros, np.full((16, 64), np.nan, np.float32))
    np.testing.assert_array_equal(result.view(np.uint32), 0)
    assert len(re.findall(r"value_kind: +global_buffer", mapped.isa)) == 3
    minus = map_and_compile(text.replace("dense<0.0>", "dense<-0.0>"))
    assert len(re.findall(r"value_kind: +global_buffer", minus.isa)) == 4


@pytest.mark.parametrize(
    ("a", "b", "c", "sizes"),
    [
        ("bmk", "bkn", "bmn", {"b": 3, "m": 18, "n": 20, "k": 33}),
        ("bmk", "bnk", "bmn", {"b": 2, "m": 1, "n": 64, "k": 64}),
        ("bkm", "kbn", "mbn", {"b": 3, "m": 17, "n": 5, "k": 40}),
        ("mbk", "bkn", "mnb", {"b": 4, "m": 16, "n": 16, "k": 48}),
        ("abmk", "abkn", "abmn", {"a": 2, "b": 3, "m": 4, "n": 8, "k": 20}),
        ("ambk", "abkn", "bamn", {"a": 2, "b": 3, "m": 4, "n": 8, "k": 20}),
        ("abk", "kn", "abn", {"a": 3, "b": 7, "n": 24, "k": 32}),
        ("mab", "abn", "mn", {"m": 9, "n": 24, "a": 5, "b": 12}),
        ("mkl", "kn", "mln", {"m": 4, "l": 3, "n": 16, "k": 40}),
        ("mlk", "kn", "lnm", {"m": 20, "l": 3, "n": 16, "k": 40}),
        ("mk", "jkn", "jmn", {"m": 20, "j": 3, "n": 16, "k": 40}),
        ("mjk", "kjn", "mn", {"m": 19, "n": 20, "j": 3, "k": 48}),
        ("bmk", "bkn", "mn", {"b": 3, "m": 17, "n": 20, "k": 40}),
        ("abij", "cbkj", "acik", {"a": 2, "c": 3, "i": 8, "k": 4, "b": 5, "j": 16}),
        ("bk", "bk", "b", {"b": 5, "k": 70}),
        ("mk", "k", "m", {"m": 70, "k": 90}),
        ("k", "kn", "n", {"n": 70, "k": 90}),
        ("k", "k", "", {"k": 90}),
    ],
)
def test_contractions(a, b, c, sizes):
    check(a, b, c, sizes, tile="16x64x256")


def test_nothing_beside_a_matrix_is_taken_in():
    # NaN in one batch, row and column stays there, whatever the padding of tiles reads.
    sizes = {"b": 3, "m": 17, "n": 18, "k": 35}
    mapped = map_and_compile(contraction("bkm", "bkn", "bmn", sizes), tile="16x64x256")
    x = np.full((3, 35, 17), FORMATS[E4M3].encode(1), np.uint8)
    y = np.full((3, 35, 18), FORMATS[E4M3].encode(2), np.uint8)
    x[1, :, 5] = 0x80
    y[2, 0, 7] = 0x80
    result, _ = mapped(x, y, np.zeros((3, 17, 18), np.float32))
    want = np.full((3, 17, 18), 70, np.float32)
    want[1, 5] = want[2, :, 7] = np.nan
    np.testing.assert_array_equal(result, want)


@pytest.mark.parametrize("formats", MIXES, ids="-".join)
def test_random_operands_are_within_the_bound_of_the_sum(formats):
    m, n, k = 20, 70, 300
    text = contraction("mk", "kn", "mn", mnk(m, n, k), formats)
    mapped = map_and_compile(text, tile="16x64x256")
    rng = np.random.default_rng(7)
    finite = np.delete(np.arange(256, dtype=np.uint8), 0x80)
    x, y = rng.choice(finite, (m, k)), rng.choice(finite, (k, n))
    init = rng.standard_normal((m, n)).astype(np.float32)
    result, _ = mapped(x, y, init)
    a, b = (FORMATS[f].decode(v).astype(np.float64) for f, v in zip(formats, (x, y), strict=True))
    # Products are exact in f32; k additions in any order, with a relative error of 2^-24 each.
    bound = k * 2.0**-24 * (np.abs(a) @ np.abs(b) + np.abs(init)) * 1.01
    assert (np.abs(result - (a @ b + init)) <= bound).all()
    assert np.isfinite(result).all()


def epilogue(sizes, result, *steps, c="mn"):
    """A matmul and elementwise ops after it. A step is its inputs beside %x, the result of what is
    before, the body that makes %r of them, and the type of that. An input is its name, type and
    dims, none for a scalar."""
    m, n, k = sizes["m"], sizes["n"], sizes["k"]
    shape = "x".join(str(sizes[d]) for d in c)
    arguments = [f"%a: tensor<{m}x{k}x{E4M3}>", f"%b: tensor<{k}x{n}x{E4M3}>"]
    lines, before, element = [], "%sum", "f32"
    for number, (inputs, body, type) in enumerate(steps):
        names, types, maps, elements = [], [], [], []
        for name, of, dims in inputs:
            sized = "".join(f"{sizes[d]}x" for d in dims)
            types.append(f"tensor<{sized}{of}>" if dims else of)
            maps.append(f"affine_map<({c[0]}, {c[1]}) -> ({', '.join(dims)})>")
            names.append(f"%{name}_")
            elements.append(of)
            arguments.append(f"%{name}_: {types[-1]}")
        identity = f"affine_map<({c[0]}, {c[1]}) -> ({c[0]}, {c[1]})>"
        of_step = [*types, f"tensor<{shape}x{element}>"]
        block = ", ".join(f"%{i[0]}: {i[1]}" for i in inputs)
        lines.append(f"""
          %e{number} = tensor.empty() : tensor<{shape}x{type}>
          %s{number} = linalg.generic {{indexing_maps = [{", ".join([*maps, identity, identity])}],
              iterator_types = ["parallel", "parallel"]}}
              ins({", ".join([*names, before])} : {", ".join(of_step)})
              outs(%e{number} : tensor<{shape}x{type}>) {{
          ^bb0({block}{", " if block else ""}%x: {element}, %o: {type}):
            {body}
            linalg.yield %r : {type}
          }} -> tensor<{shape}x{type}>""")
        before, element = f"%s{number}", type
    assert element == result
    maps = ", ".join(f"affine_map<(m, n, k) -> ({', '.join(d)})>" for d in ("mk", "kn", c))
    return f"""
    func.func @main({", ".join(arguments)}) -> tensor<{shape}x{result}> {{
      %zero = arith.constant dense<0.0> : tensor<{shape}xf32>
      %sum = linalg.contract indexing_maps = [{maps}]
          ins(%a, %b : tensor<{m}x{k}x{E4M3}>, tensor<{k}x{n}x{E4M3}>)
          outs(%zero : tensor<{shape}xf32>) -> tensor<{shape}xf32>
      {"".join(lines)}
      return {before} : tensor<{shape}x{result}>
    }}"""


RELU = "%zz = arith.constant 0.0 : f32\n%r = arith.maximumf %x, %zz : f32"
QUANTIZE = f"""
    %i = arith.divf %x, %q : f32
    %lo = arith.constant -240.0 : f32
    %hi = arith.constant 240.0 : f32
    %j = arith.maximumf %i, %lo : f32
    %k = arith.minimumf %j, %hi : f32
    %r = arith.truncf %k : f32 to {E4M3}"""


@pytest.mark.parametrize("c", ["mn", "nm"])
@pytest.mark.parametrize(
    ("m", "n", "k", "tile"),
    [
        (20, 72, 64, "16x64x256"),
        (17, 33, 70, "16x64x256"),
        (70, 68, 128, "64x64x128"),
        (1, 64, 256, ""),
    ],
)
def test_scales_bias_relu_and_quantize_in_the_kernel(m, n, k, tile, c):
    text = epilogue(
        mnk(m, n, k),
        E4M3,
        ([("s", "f32", "n"), ("t", "f32", "m")], PRODUCT, "f32"),
        ([("bias", "f32", "n")], "%r = arith.addf %x, %bias : f32", "f32"),
        ([], RELU, "f32"),
        ([("q", "f32", "")], QUANTIZE, E4M3),
        c=c,
    )
    mapped = map_and_compile(text, **({"tile": tile} if tile else {}))
    rng = np.random.default_rng(3)
    a, b = codes(rng, (m, k), E4M3), codes(rng, (k, n), E4M3)
    s, t, bias = (rng.standard_normal(size).astype(np.float32) for size in (n, m, n))
    result, (stats,) = mapped(a, b, s, t, bias, np.float32(0.37))
    sums = FORMATS[E4M3].decode(a) @ FORMATS[E4M3].decode(b)
    want = np.maximum(sums * s * t[:, None] + bias, np.float32(0)) / np.float32(0.37)
    assert (want > 240).any()  # it does saturate
    codes_ = FORMATS[E4M3].encode(np.clip(want, -240, 240))
    np.testing.assert_array_equal(result, codes_ if c == "mn" else codes_.T)
    assert "linalg" not in str(mapped.module)
    assert any("cvt_pk_fp8" in name for name in stats.names)


PRODUCT = "%p = arith.mulf %x, %s : f32\n%r = arith.mulf %p, %t : f32"


@pytest.mark.parametrize("type", ["f16", "bf16"])
def test_a_residual_in_a_narrow_type(type):
    body = f"%w = arith.extf %y : {type} to f32\n%p = arith.addf %x, %w : f32\n"
    body += f"%r = arith.truncf %p : f32 to {type}"
    m, n, k = 19, 36, 40
    mapped = map_and_compile(epilogue(mnk(m, n, k), type, ([("y", type, "mn")], body, type)))
    rng = np.random.default_rng(4)
    a, b = codes(rng, (m, k), E4M3), codes(rng, (k, n), E4M3)
    y = rng.standard_normal((m, n)).astype(DTYPES[type])
    result, _ = mapped(a, b, y)
    sums = FORMATS[E4M3].decode(a) @ FORMATS[E4M3].decode(b)
    want = (sums + y.astype(np.float32)).astype(DTYPES[type])
    np.testing.assert_array_equal(result.view(np.uint16), want.view(np.uint16))


def test_from_ocp_to_the_same_bits():
    # OCP codes in, OCP codes out, through FNUZ kernels: the factors of two are in the scale.
    m, n, k, ocp = 20, 36, 64, "f8E4M3FN"
    quantize = QUANTIZE.replace("240.0", "448.0").replace(E4M3, ocp).replace("divf", "mulf")
    text = epilogue(mnk(m, n, k), E4M3, ([("q", "f32", "")], quantize, E4M3)).replace(E4M3, ocp)
    mapped = map_and_compile(text, "ocp-to-fnuz", "lower-fnuz-casts")
    rng = np.random.default_rng(5)
    a, b = codes(rng, (m, k), ocp), codes(rng, (k, n), ocp)
    scale = np.float32(13.7)
    result, _ = mapped(a, b, scale)
    scaled = FORMATS[ocp].decode(a) @ FORMATS[ocp].decode(b) * scale
    assert (np.abs(scaled) > 448).any()
    want = FORMATS[ocp].encode(np.clip(scaled, -448, 448))
    np.testing.assert_array_equal(result, np.where(want == 0x80, 0, want))  # FNUZ has no -0
    assert len(np.unique(want)) > 50


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(1, 300),
    st.sampled_from(["mk", "km"]),
    st.sampled_from(["kn", "nk"]),
    st.sampled_from(["mn", "nm"]),
    st.sampled_from(MIXES),
    st.booleans(),
    st.sampled_from(["", *map(str, TILES)]),
)
def test_any_sizes(m, n, k, a, b, c, formats, zero, tile):
    check(a, b, c, mnk(m, n, k), formats, zero, **({"tile": tile} if tile else {}))


def main_loop_of(isa):
    """The main loop of the one kernel."""
    (kernel,) = of_isa(isa)
    return main_loop(isa, kernel)


def loop_of(isa):
    """The instructions of the main loop of the one kernel."""
    return main_loop_of(isa).instructions


@pytest.mark.parametrize(
    ("a", "b", "permutes"), [("mk", "nk", 0), ("mk", "kn", 32), ("km", "nk", 32), ("km", "kn", 64)]
)
def test_the_main_loop_of_a_large_gemm(a, b, permutes):
    mapped = map_and_compile(contraction(a, b, "mn", mnk(4096, 4096, 4096), zero=True))
    found = main_loop_of(mapped.isa)
    loop = found.instructions
    kinds = [line.split()[0] for line in loop]
    # Two tiles: the only other vector instructions transpose, and none computes an address. What
    # is transposed has a scalar offset for each of its k.
    assert kinds.count("v_mfma_f32_32x32x16_fp8_fp8") == 64
    assert kinds.count("v_perm_b32") == permutes
    assert sum(kind.startswith("v_") for kind in kinds) == 64 + permutes
    assert sum(kind.startswith("s_") and kind != "s_waitcnt" for kind in kinds) <= 9 + permutes // 2
    assert kinds.count("s_barrier") == 2
    assert len(loop) <= 130 + 2 * permutes
    # 7 instructions can be issued while an MFMA runs. More than that in one place take longer.
    places = [n for n, kind in enumerate(kinds) if kind.startswith("v_mfma")]
    between = np.diff([*places, places[0] + len(kinds)]) - 1
    assert np.maximum(between - 7, 0).sum() <= 5
    # Clocks of LDS to those of the four matrix units.
    assert found.lds_bytes / 128 <= 0.5 * found.mfma_clocks / 4
    assert set(re.findall(r"vgpr_spill_count: +(\d+)", mapped.isa)) == {"0"}
    assert set(re.findall(r"private_segment_fixed_size: +(\d+)", mapped.isa)) == {"0"}
    assert set(re.findall(r"group_segment_fixed_size: +(\d+)", mapped.isa)) == {"65536"}
    assert all(int(n) <= 256 for n in re.findall(r"\.vgpr_count: +(\d+)", mapped.isa))


def unswizzled(e, tile, row, chunk):
    return e.sum([(row, tile.depth), (chunk, CHUNK)])


@pytest.mark.parametrize("tile", TILES, ids=str)
def test_banks_of_lds(tile, monkeypatch):
    def run(a="mk", b="nk"):
        stats = check(a, b, "mn", mnk(tile.outer, tile.inner, 3 * tile.depth), tile=str(tile))
        moved = stats.bytes["lds_read"] + stats.bytes["lds_write"]
        assert stats.lds_clocks - stats.lds_conflicts == moved // 128
        return stats

    assert run().lds_conflicts == 0
    # Operands that are transposed on their way are written 4 or 8 bytes a lane, which takes two
    # clocks where one would do.
    transposed = run("km", "kn")
    assert transposed.lds_conflicts <= transposed.bytes["lds_write"] // 128
    # Without the XOR more than half of all clocks go to conflicts.
    monkeypatch.setattr(gemm, "_swizzled", unswizzled)
    stats = run()
    assert stats.lds_conflicts > stats.lds_clocks / 2


def test_the_tiles_fill_the_pipeline():
    for tile in TILES:
        assert tile.depth >= 2 * tile.step
        assert tile.lds <= 65536
        assert min(tile.inner, tile.outer) * tile.depth % (16 * tile.threads) == 0
