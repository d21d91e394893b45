"""OCP operands of contractions, made FNUZ while they are staged: the ISA on the emulator.

What is wanted is the contraction of the codes that fnuz.from_ocp gives, bit for bit.
"""

import itertools
import re

import numpy as np
import pytest
from gfx942_host import map_and_compile
from hypothesis import given, settings
from hypothesis import strategies as st
from test_gfx942_gemm import SMALL, contraction, loop_of, mnk

from fnuz.dialect.formats import FNUZ_OF, FORMATS, fnuz_to_ocp_codes, is_special, ocp_to_fnuz_codes
from fnuz.passes.gfx942 import resources
from fnuz.passes.gfx942.tiles import TILES

E4M3, E5M2 = "f8E4M3FN", "f8E5M2"
FNUZ = {ocp.mlir_name: fnuz.mlir_name for ocp, fnuz in FNUZ_OF.items()}
MIXES = list(itertools.product((E4M3, E5M2), repeat=2))


def from_ocp(text, operand, format_, inf="nan"):
    """The function of `contraction` with an argument in OCP and a cast of it."""
    (type,) = re.findall(rf"%{operand}: (tensor<\S+?>)", text)
    ocp = type.replace(FNUZ[format_], format_)
    policy = '{inf = "saturate"} ' if inf == "saturate" else ""
    cast = f'%{operand} = "fnuz.from_ocp"(%{operand}_) {policy}: ({ocp}) -> {type}'
    text = text.replace(f"%{operand}: {type}", f"%{operand}_: {ocp}")
    return text.replace("%zero =", f"{cast}\n      %zero =")


def value(codes, format_, inf="nan"):
    """What the codes of an operand count for in the contraction."""
    if not FORMATS[format_].fnuz:
        codes = ocp_to_fnuz_codes(FORMATS[format_], inf)[codes]
        format_ = FNUZ[format_]
    return FORMATS[format_].decode(codes)


def compiled(a, b, c, sizes, formats, inf="nan", **options):
    """The contraction of operands in OCP or FNUZ, without a cast outside of the kernel."""
    text = contraction(a, b, c, sizes, [FNUZ.get(f, f) for f in formats])
    for operand, format_ in zip("ab", formats, strict=True):
        if format_ in FNUZ:
            text = from_ocp(text, operand, format_, inf)
    mapped = map_and_compile(text, **options)
    host = str(mapped.module).partition("func.func")[2]
    assert not re.search(r"fnuz\.|linalg\.generic", host)
    return mapped


def assert_same_bits(result, want):
    np.testing.assert_array_equal(result, want)
    there = ~np.isnan(want)
    np.testing.assert_array_equal(
        result.view(np.uint32)[there], want.astype(np.float32).view(np.uint32)[there]
    )


TILE = "128x128x64"
EVERY_CODE = [
    *itertools.product((E4M3, E5M2), "ab", [True, False], ["nan"], [TILE]),
    (E5M2, "a", True, "saturate", TILE),
    (E4M3, "a", True, "nan", "skinny-32x16x1"),
    (E5M2, "b", False, "saturate", "skinny-16x64x2"),
]


@pytest.mark.parametrize(("format_", "operand", "along_k", "inf", "tile"), EVERY_CODE)
def test_every_code_at_every_place(format_, operand, along_k, inf, tile):
    # Beside a unit matrix: each result is a value of the operand. A NaN makes its row NaN, so
    # that it has one of its own for each place; the other codes come to each place in turn.
    k = 80  # more than a tile
    fnuz = ocp_to_fnuz_codes(FORMATS[format_], inf)
    nan = np.nonzero(fnuz == 0x80)[0]
    finite = np.nonzero(fnuz != 0x80)[0]
    assert len(nan) == {E4M3: 2, E5M2: 6 if inf == "saturate" else 8}[format_]
    m = len(finite) + len(nan) * k
    codes = finite[np.add.outer(np.arange(m), 5 * np.arange(k)) % len(finite)].astype(np.uint8)
    places = np.tile(np.arange(k), len(nan))
    codes[len(finite) + np.arange(len(nan) * k), places] = np.repeat(nan, k)
    assert all(len(np.unique(column)) == 256 for column in codes.T)

    ours = "mk" if along_k else "km"
    formats, dims = [format_, FNUZ[E4M3]], [ours, "nk"]
    given_ = [codes if along_k else codes.T.copy(), FORMATS[FNUZ[E4M3]].encode(np.eye(k))]
    if operand == "b":
        formats, dims, given_ = formats[::-1], dims[::-1], given_[::-1]
    mapped = compiled(*dims, "mn", mnk(m, k, k), formats, inf, tile=tile)
    result, _ = mapped(*given_, np.zeros((m, k), np.float32))
    values = value(codes, format_, inf)
    with_nan = np.isnan(values).any(1)
    assert with_nan.sum() == len(nan) * k
    want = np.where(with_nan[:, None], np.nan, values)
    assert_same_bits(result, want.astype(np.float32))


def sprinkled(rng, shape, format_, axis):
    """Codes of sums that are exact, with -0 among them, and NaN in a few rows along `axis`."""
    codes = FORMATS[format_].encode(rng.choice(SMALL, shape))
    codes[rng.random(shape) < 0.1] = 0 if FORMATS[format_].fnuz else 0x80
    special = [c for c in range(256) if c != 0x80 and is_special(FORMATS[format_], c)] or [0x80]
    rows = np.moveaxis(codes, axis, -1).reshape(-1, shape[axis])
    for row in rng.choice(len(rows), max(1, len(rows) // 8), replace=False):
        at = np.unravel_index(row, np.delete(shape, axis))
        codes[tuple(np.insert(at, axis, rng.integers(shape[axis])))] = rng.choice(special)
    return codes


def check(a, b, c, sizes, formats, **options):
    mapped = compiled(a, b, c, sizes, formats, **options)
    rng = np.random.default_rng(sum(sizes.values()))
    x, y = (
        sprinkled(rng, [sizes[d] for d in dims], format_, dims.index("k"))
        for dims, format_ in zip((a, b), formats, strict=True)
    )
    init = rng.integers(-50, 50, [sizes[d] for d in c]).astype(np.float32)
    result, _ = mapped(x, y, init)
    want = np.einsum(f"{a},{b}->{c}", value(x, formats[0]), value(y, formats[1])) + init
    assert np.isnan(want).any()
    assert_same_bits(result, want)


@pytest.mark.parametrize("formats", MIXES, ids="-".join)
def test_both_operands(formats):
    check("mk", "nk", "mn", mnk(70, 68, 900), formats, tile="64x64x128")


@pytest.mark.parametrize(
    ("a", "b", "c", "sizes", "formats"),
    [
        ("mk", "kn", "mn", mnk(17, 33, 70), (E4M3, E4M3)),
        ("km", "kn", "nm", mnk(33, 18, 300), (E4M3, E5M2)),
        ("mk", "nk", "mn", mnk(3, 5, 7), (E5M2, E4M3)),
        ("mk", "nk", "mn", mnk(1, 64, 256), (FNUZ[E4M3], E4M3)),
        ("mk", "kn", "mn", mnk(20, 70, 130), (E5M2, FNUZ[E4M3])),
        ("bmk", "bkn", "bmn", {"b": 3, "m": 18, "n": 20, "k": 33}, (E4M3, E4M3)),
        ("bkm", "kbn", "mbn", {"b": 3, "m": 17, "n": 6, "k": 40}, (E4M3, FNUZ[E5M2])),
    ],
)
def test_ragged_transposed_and_batched(a, b, c, sizes, formats):
    check(a, b, c, sizes, formats)


@pytest.mark.parametrize("tile", TILES, ids=str)
def test_a_nan_in_any_tile_stays_in_its_row(tile):
    # In the first tile, one in the middle, and the last, which is loaded more than once.
    depth = tile.depth
    m, n, k = 6, 8, 5 * depth
    mapped = compiled("mk", "nk", "mn", mnk(m, n, k), (E4M3, E4M3), tile=str(tile))
    x, y = np.full((m, k), 0x38, np.uint8), np.full((n, k), 0x38, np.uint8)
    x[0, 3] = x[2, 2 * depth] = 0x7F
    x[5, k - 1] = y[7, 4 * depth + 1] = 0xFF
    result, _ = mapped(x, y, np.ones((m, n), np.float32))
    want = np.full((m, n), k / 4 + 1, np.float32)
    want[[0, 2, 5]] = want[:, 7] = np.nan
    assert_same_bits(result, want)


def test_minus_zero_sums_stay():
    # -0 as the init, and 0 times something negative everywhere.
    mapped = compiled("mk", "nk", "mn", mnk(16, 64, 256), (E4M3, E4M3))
    x, y = np.full((16, 256), 0x80, np.uint8), np.full((64, 256), 0xB8, np.uint8)
    result, _ = mapped(x, y, np.full((16, 64), -0.0, np.float32))
    np.testing.assert_array_equal(result.view(np.uint32), 0x80000000)


def test_a_reshape_between_the_cast_and_the_contraction():
    text = contraction("mk", "nk", "mn", mnk(12, 16, 32), (FNUZ[E4M3],) * 2, zero=True)
    old, new = f"tensor<12x32x{FNUZ[E4M3]}>", f"tensor<3x4x32x{E4M3}>"
    cast = f"""%q = "fnuz.from_ocp"(%a_) : ({new}) -> tensor<3x4x32x{FNUZ[E4M3]}>
      %a = tensor.collapse_shape %q [[0, 1], [2]] : tensor<3x4x32x{FNUZ[E4M3]}> into {old}
      %zero ="""
    text = text.replace(f"%a: {old}", f"%a_: {new}").replace("%zero =", cast)
    mapped = map_and_compile(text)
    rng = np.random.default_rng(1)
    x = sprinkled(rng, (12, 32), E4M3, 1)
    y = FORMATS[FNUZ[E4M3]].encode(rng.choice(SMALL, (16, 32)))
    result, _ = mapped(x.reshape(3, 4, 32), y, np.zeros((12, 16), np.float32))
    assert_same_bits(result, value(x, E4M3) @ value(y, FNUZ[E4M3]).T)


@pytest.mark.parametrize("format_", [E4M3, E5M2])
def test_ocp_in_and_out(format_):
    # A residual, and a quantize that rounds, overflows and gives -0; OCP bytes at all ends: one
    # kernel.
    m, n, k = 20, 40, 64
    text = f"""
    #id = affine_map<(m, n) -> (m, n)>
    func.func @main(%a: tensor<{m}x{k}x{format_}>, %b: tensor<{k}x{n}x{format_}>,
                    %c: tensor<{m}x{n}x{format_}>, %q: f32) -> tensor<{m}x{n}x{format_}> {{
      %zero = arith.constant dense<0.0> : tensor<{m}x{n}xf32>
      %0 = linalg.matmul ins(%a, %b : tensor<{m}x{k}x{format_}>, tensor<{k}x{n}x{format_}>)
                         outs(%zero : tensor<{m}x{n}xf32>) -> tensor<{m}x{n}xf32>
      %e = tensor.empty() : tensor<{m}x{n}x{format_}>
      %1 = linalg.generic {{indexing_maps = [#id, #id, #id],
                           iterator_types = ["parallel", "parallel"]}}
          ins(%0, %c : tensor<{m}x{n}xf32>, tensor<{m}x{n}x{format_}>)
          outs(%e : tensor<{m}x{n}x{format_}>) {{
      ^bb0(%x: f32, %r: {format_}, %o: {format_}):
        %f = arith.extf %r : {format_} to f32
        %g = arith.addf %x, %f : f32
        %y = arith.mulf %g, %q : f32
        %z = arith.truncf %y : f32 to {format_}
        linalg.yield %z : {format_}
      }} -> tensor<{m}x{n}x{format_}>
      return %1 : tensor<{m}x{n}x{format_}>
    }}"""
    mapped = map_and_compile(text, "ocp-to-fnuz{abi=preserve}")
    rng = np.random.default_rng(6)
    a, b = sprinkled(rng, (m, k), format_, 1), sprinkled(rng, (k, n), format_, 0)
    c = sprinkled(rng, (m, n), format_, 1)
    ocp, seen = FORMATS[format_], set()
    for scale in np.array([1e-6, 13.7, 1713.7], np.float32):
        result, (_,) = mapped(a, b, c, scale)
        sums = 4 * (value(a, format_) @ value(b, format_)) + 2 * value(c, format_)
        codes = ocp.encode(sums * scale)
        want = fnuz_to_ocp_codes(ocp)[ocp_to_fnuz_codes(ocp)[codes]]
        np.testing.assert_array_equal(result, want)
        seen.update(codes.flat)
    assert {0x80, 0x7F, ocp.inf_code or 0xFF} <= seen
    assert len(seen) > 50


@settings(max_examples=4, deadline=None, derandomize=True)
@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(1, 300),
    st.sampled_from(["mk", "km"]),
    st.sampled_from(["kn", "nk"]),
    st.sampled_from(["mn", "nm"]),
    st.sampled_from(list(itertools.product(FORMATS, repeat=2))),
)
def test_any_sizes(m, n, k, a, b, c, formats):
    if any(f in FNUZ for f in formats):
        check(a, b, c, mnk(m, n, k), formats)


@pytest.mark.parametrize("format_", [E4M3, E5M2])
def test_at_most_one_vector_instruction_an_element(format_):
    size = 4096
    mapped = compiled("mk", "nk", "mn", mnk(size, size, size), (format_, format_))
    loop = [line.split()[0] for line in loop_of(mapped.isa)]
    mfma = [name for name in loop if "mfma" in name]
    vector = [name for name in loop if name.startswith("v_") and "mfma" not in name]
    # All loads are of 16 bytes, which are elements.
    elements = 16 * loop.count("buffer_load_dwordx4")
    assert {name for name in loop if name.startswith("buffer")} == {"buffer_load_dwordx4"}
    assert 0 < len(vector) <= elements
    assert vector.count("v_lshl_add_u64") == elements // 4
    assert vector.count("v_and_or_b32") == elements // 4
    assert vector.count("v_or3_b32") == elements // 8
    assert {"fp8", "bf8"} & set("_".join(mfma).split("_")) == {{E4M3: "fp8", E5M2: "bf8"}[format_]}
    (needs,) = resources.of_isa(mapped.isa).values()
    assert needs.vgpr_spills == needs.sgpr_spills == needs.scratch == 0


@pytest.mark.parametrize(("m", "n"), [(1, 8192), (33, 10240)])
def test_few_rows_stay_in_registers(m, n):
    # Not each byte in a register of its own, nor what is a NaN of all steps at once.
    size = 8192
    (ocp,) = resources.of_isa(
        compiled("mk", "nk", "mn", mnk(m, n, size), (E4M3, E4M3)).isa
    ).values()
    assert ocp.vgpr_spills == ocp.sgpr_spills == ocp.scratch == 0
    assert ocp.vgprs <= (128 if m == 1 else 256)
    assert ocp.agprs == 0
