"""Contractions with sizes that are known at launch only: one kernel for all of them."""

import itertools
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
from gfx942_host import Mapped, map_and_compile
from test_gfx942_conv import FORMS, Conv, sizes_of
from test_gfx942_gemm import E4M3, E5M2, QUANTIZE, codes, contraction, loop_of

from fnuz.dialect.formats import FORMATS


def dynamic(a, b, c, sizes, name="main", formats=(E4M3, E4M3), zero=False):
    """The function of `contraction` with `?` for the sizes that are None."""
    text = contraction(a, b, c, {d: n or "?" for d, n in sizes.items()}, formats, zero=False)
    if zero:
        shape = "x".join(str(sizes[d] or "?") for d in c)
        dims = [(n, d) for n, d in enumerate(c) if sizes[d] is None]
        lines = "".join(
            f"%i{n} = arith.constant {n} : index\n%d{n} = tensor.dim %c, %i{n} : "
            f"tensor<{shape}xf32>\n"
            for n, _ in dims
        )
        empty = f"tensor.empty({', '.join(f'%d{n}' for n, _ in dims)}) : tensor<{shape}xf32>"
        fill = f"""{lines}%e = {empty}
            %f = arith.constant 0.0 : f32
            %z = linalg.fill ins(%f : f32) outs(%e : tensor<{shape}xf32>) -> tensor<{shape}xf32>"""
        text = text.replace("outs(%c ", "outs(%z ")
        text = re.sub(r"%zero = .*", lambda _: fill, text)
    else:
        text = re.sub(r"%zero = .*", "", text)
    return text.replace("@main", f"@{name}")


def check(mapped: Mapped, a, b, c, sizes, name="main", formats=(E4M3, E4M3), zero=False) -> Any:
    """Run a function with sizes, compare bits with numpy; what its launches did."""
    rng = np.random.default_rng(sum(sizes.values()))
    x = codes(rng, [sizes[d] for d in a], formats[0])
    y = codes(rng, [sizes[d] for d in b], formats[1])
    init = rng.integers(-50, 50, [sizes[d] for d in c]).astype(np.float32)
    result, stats = mapped(x, y, init, function=name)
    values = FORMATS[formats[0]].decode(x), FORMATS[formats[1]].decode(y)
    want = np.einsum(f"{a},{b}->{c}", *values) + (0 if zero else init)
    np.testing.assert_array_equal(result, want)
    assert result.dtype == want.dtype
    assert result.shape == want.shape
    return stats


def test_any_number_of_rows_by_one_kernel():
    n, k = 20, 80
    forms = list(itertools.product(("mk", "km"), ("kn", "nk"), ("mn", "nm")))
    texts = [
        dynamic(a, b, c, {"m": None, "n": n, "k": k}, f"{a}_{b}_{c}", zero=c == "mn")
        for a, b, c in forms
    ]
    mapped = map_and_compile("".join(texts), tile="16x64x256")
    every = [("mk", "nk", "mn"), ("km", "kn", "nm")]  # the others only one that is ragged
    for a, b, c in forms:
        for m in (1, 19, 64, 0) if (a, b, c) in every else (19,):
            sizes = {"m": m, "n": n, "k": k}
            stats = check(mapped, a, b, c, sizes, f"{a}_{b}_{c}", zero=c == "mn")
            rows, columns = (64, 16) if c == "nm" else (16, 64)
            groups = [-(-m // rows) * -(-n // columns)] if m else []
            assert [s.workgroups for s in stats] == groups


@pytest.mark.parametrize(
    ("a", "b", "c", "known", "given"),
    [
        (
            "bmk",
            "bkn",
            "bmn",
            {"n": 20, "k": 33},
            [{"b": 1, "m": 1}, {"b": 3, "m": 18}, {"b": 0, "m": 4}],
        ),
        ("bkm", "bnk", "bnm", {"n": 20, "k": 33}, [{"b": 2, "m": 18}]),
        ("mbk", "bkn", "mbn", {"m": 5, "n": 12, "k": 40}, [{"b": 3}]),
        ("mk", "kn", "mn", {"k": 40}, [{"m": 1, "n": 1}, {"m": 70, "n": 17}, {"m": 3, "n": 0}]),
        ("mk", "nk", "nm", {"k": 48}, [{"m": 18, "n": 66}]),
        ("ambk", "kn", "bamn", {"n": 16, "k": 16}, [{"a": 2, "m": 3, "b": 4}]),
        ("amk", "akn", "mn", {"a": 3, "n": 16, "k": 20}, [{"m": 19}]),
        ("bk", "bk", "b", {"k": 70}, [{"b": 5}]),
    ],
)
def test_other_dynamic_sizes(a, b, c, known, given):
    sizes = {d: known.get(d) for d in dict.fromkeys(c + a + b)}
    mapped = map_and_compile(dynamic(a, b, c, sizes, formats=(E4M3, E5M2)))
    for each in given:
        stats = check(mapped, a, b, c, known | each, formats=(E4M3, E5M2))
        assert len(stats) == (0 not in each.values())


def test_the_loop_is_that_of_known_sizes():
    loops = []
    for m in (None, 64):
        text = dynamic("mk", "nk", "mn", {"m": m, "n": 64, "k": 4096})
        isa = map_and_compile(text, tile="64x64x128").isa
        assert set(re.findall(r"buffer_(?:load|store)_\w+", isa)) == {
            "buffer_load_dwordx4",
            "buffer_store_dwordx4",
        }
        loops.append(Counter(line.split()[0] for line in loop_of(isa)))
    assert loops[0] == loops[1]


def test_no_store_beside_the_result():
    # Without the bounds of the buffer the last tile would write behind the end of the array,
    # which the emulator takes as an error; what is before the end keeps its garbage otherwise.
    mapped = map_and_compile(dynamic("mk", "kn", "mn", {"m": None, "n": 7, "k": 16}))
    for m in (1, 2, 15, 16, 17, 100):
        check(mapped, "mk", "kn", "mn", {"m": m, "n": 7, "k": 16})


def test_a_buffer_of_2_gb_is_an_error_of_the_host():
    text = dynamic("mk", "kn", "mn", {"m": None, "n": 4, "k": 64}, zero=True)
    mapped = map_and_compile(text)
    x = np.broadcast_to(np.zeros((1, 64), np.uint8), (1 << 25, 64))
    c = np.broadcast_to(np.zeros((1, 4), np.float32), (1 << 25, 4))
    with pytest.raises(AssertionError, match=r"linalg.generic: an operand of it has 2 GB or more"):
        mapped(x, np.zeros((64, 4), np.uint8), c)


EPILOGUE = f"""
func.func @main(%a: tensor<?x40x{E4M3}>, %b: tensor<40x12x{E4M3}>, %s: tensor<?xf32>,
                %t: tensor<12xf32>, %y: tensor<?x12xbf16>, %q: f32) -> tensor<?x12x{E4M3}> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %a, %c0 : tensor<?x40x{E4M3}>
  %e = tensor.empty(%m) : tensor<?x12xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x12xf32>) -> tensor<?x12xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<?x40x{E4M3}>, tensor<40x12x{E4M3}>)
                     outs(%z : tensor<?x12xf32>) -> tensor<?x12xf32>
  %m0 = tensor.dim %0, %c0 : tensor<?x12xf32>
  %e0 = tensor.empty(%m0) : tensor<?x12xf32>
  %1 = linalg.generic {{indexing_maps = [affine_map<(m, n) -> (m)>, affine_map<(m, n) -> (n)>,
                                        affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>,
                                        affine_map<(m, n) -> (m, n)>],
                       iterator_types = ["parallel", "parallel"]}}
      ins(%s, %t, %y, %0 : tensor<?xf32>, tensor<12xf32>, tensor<?x12xbf16>, tensor<?x12xf32>)
      outs(%e0 : tensor<?x12xf32>) {{
  ^bb0(%i: f32, %j: f32, %k: bf16, %x: f32, %o: f32):
    %l = arith.mulf %x, %i : f32
    %n = arith.mulf %l, %j : f32
    %w = arith.extf %k : bf16 to f32
    %r = arith.addf %n, %w : f32
    linalg.yield %r : f32
  }} -> tensor<?x12xf32>
  %m1 = tensor.dim %1, %c0 : tensor<?x12xf32>
  %e1 = tensor.empty(%m1) : tensor<?x12x{E4M3}>
  %2 = linalg.generic {{indexing_maps = [affine_map<(m, n) -> ()>, affine_map<(m, n) -> (m, n)>,
                                        affine_map<(m, n) -> (m, n)>],
                       iterator_types = ["parallel", "parallel"]}}
      ins(%q, %1 : f32, tensor<?x12xf32>) outs(%e1 : tensor<?x12x{E4M3}>) {{
  ^bb0(%q_: f32, %x: f32, %o: {E4M3}):
    {QUANTIZE.replace("%q", "%q_")}
    linalg.yield %r : {E4M3}
  }} -> tensor<?x12x{E4M3}>
  return %2 : tensor<?x12x{E4M3}>
}}"""


def test_an_epilogue_and_sizes_asked_of_what_is_gone():
    import ml_dtypes

    mapped = map_and_compile(EPILOGUE)
    assert "linalg.generic" not in str(mapped.module)
    rng = np.random.default_rng(2)
    b = codes(rng, (40, 12), E4M3)
    for m in (1, 21, 64):
        a = codes(rng, (m, 40), E4M3)
        s, t = (rng.standard_normal(size).astype(np.float32) for size in (m, 12))
        y = rng.standard_normal((m, 12)).astype(ml_dtypes.bfloat16)
        result, (_,) = mapped(a, b, s, t, y, np.float32(0.37))
        sums = FORMATS[E4M3].decode(a) @ FORMATS[E4M3].decode(b)
        want = (sums * s[:, None] * t + y.astype(np.float32)) / np.float32(0.37)
        np.testing.assert_array_equal(result, FORMATS[E4M3].encode(np.clip(want, -240, 240)))


@pytest.mark.parametrize("name", ["conv_2d_nhwc_hwcf", "conv_2d_nchw_fchw"])
def test_any_number_of_images_by_one_kernel(name):
    form = FORMS[name]

    def conv(n):
        sizes = sizes_of(form, n=n, c=16, h=5)
        return Conv(form, sizes, {"h": 2}, {}, {"h": (1, 1), "w": (1, 0)}, dynamic="n")

    mapped = map_and_compile(conv(1).text(name, "main"))
    rng = np.random.default_rng(1)
    for n in (1, 3, 0):
        *shapes, shape = conv(n).shapes()
        x, y = (codes(rng, s, E4M3) for s in shapes)
        init = rng.integers(-50, 50, shape).astype(np.float32)
        result, stats = mapped(x, y, init)
        want = conv(n).sums(FORMATS[E4M3].decode(x), FORMATS[E4M3].decode(y)) + init
        np.testing.assert_array_equal(result, want)
        assert len(stats) == (n > 0)
