"""Scales of blocks of the depth: the two ops of fuse-dequantize in one kernel, on the emulator."""

import re

import numpy as np
import pytest
from gfx942_host import map_and_compile
from test_gfx942_gemm import E4M3, MIXES, codes

from fnuz.dialect.formats import FORMATS

POWERS = np.array([-2, -0.5, 0.25, 1, 4], np.float32)
"""Scales that keep sums exact."""


def program(
    m, n, blocks, size, *, b="nbk", sa="mb", sw="nb", c="mn", formats=(E4M3, E4M3), batch=0
):
    """Sums of blocks, then scaled and added to %c, as fuse-dequantize writes it."""
    sizes = {"m": m, "n": n, "b": blocks, "k": size, "e": batch}
    outer = "e" if batch else ""

    def type(dims, element):
        return f"tensor<{''.join(f'{sizes[d]}x' for d in dims)}{element}>"

    def maps(of, *operands):
        each = (f"affine_map<({', '.join(of)}) -> ({', '.join(dims)})>" for dims in operands)
        return f"indexing_maps = [{', '.join(each)}]"

    a, b, c, sums = outer + "mbk", outer + b, outer + c, "b" + outer + "mn"
    sa, sw = outer + sa, outer + sw
    first, second = outer + "bmnk", outer + "mnb"
    kinds = [", ".join('"parallel"' for _ in outer + x) for x in ("bmn", "mn")]
    ta, tb, tsa, tsw = type(a, formats[0]), type(b, formats[1]), type(sa, "f32"), type(sw, "f32")
    tc, ts = type(c, "f32"), type(sums, "f32")
    return f"""
    func.func @main(%a: {ta}, %b: {tb}, %sa: {tsa}, %sw: {tsw}, %c: {tc}) -> {tc} {{
      %zero = arith.constant 0.0 : f32
      %e = tensor.empty() : {ts}
      %z = linalg.fill ins(%zero : f32) outs(%e : {ts}) -> {ts}
      %0 = linalg.generic {{{maps(first, a, b, sums)}, iterator_types = [{kinds[0]}, "reduction"]}}
          ins(%a, %b : {ta}, {tb}) outs(%z : {ts}) {{
      ^bb0(%x: {formats[0]}, %y: {formats[1]}, %s: f32):
        %u = arith.extf %x : {formats[0]} to f32
        %v = arith.extf %y : {formats[1]} to f32
        %p = arith.mulf %u, %v : f32
        %t = arith.addf %s, %p : f32
        linalg.yield %t : f32
      }} -> {ts}
      %1 = linalg.generic {{{maps(second, sums, sa, sw, c)},
          iterator_types = [{kinds[1]}, "reduction"]}}
          ins(%0, %sa, %sw : {ts}, {tsa}, {tsw}) outs(%c : {tc}) {{
      ^bb0(%x: f32, %p: f32, %q: f32, %o: f32):
        %s = arith.mulf %p, %q : f32
        %y = arith.mulf %x, %s : f32
        %t = arith.addf %o, %y : f32
        linalg.yield %t : f32
      }} -> {tc}
      return %1 : {tc}
    }}"""


def check(m, n, blocks, size, tile, b="nbk", c="mn", formats=(E4M3, E4M3), batch=0, **dims):
    text = program(m, n, blocks, size, b=b, c=c, formats=formats, batch=batch, **dims)
    mapped = map_and_compile(text, **({"tile": tile} if tile else {}))
    assert "linalg.generic" not in str(mapped.module)
    sizes = {"m": m, "n": n, "b": blocks, "k": size, "e": batch}
    outer = "e" if batch else ""
    rng = np.random.default_rng(m + n + blocks)
    shapes = [outer + "mbk", outer + b, outer + dims.get("sa", "mb"), outer + dims.get("sw", "nb")]
    shaped = [[sizes[d] for d in dims] for dims in shapes]
    x, y = (codes(rng, shape, f) for shape, f in zip(shaped, formats, strict=False))
    p, q = (rng.choice(POWERS, shape) for shape in shaped[2:])
    init = rng.integers(-50, 50, [sizes[d] for d in outer + c]).astype(np.float32)
    result, stats = mapped(x, y, p, q, init)
    values = [FORMATS[f].decode(v) for f, v in zip(formats, (x, y), strict=True)]
    of = ",".join(shapes) + "->" + outer + c
    want = np.einsum(of, *(v.astype(np.float64) for v in (*values, p, q))) + init
    assert np.array_equal(want, want.astype(np.float32))
    np.testing.assert_array_equal(result, want)
    return mapped, stats


@pytest.mark.parametrize(
    ("m", "n", "blocks", "size", "tile"),
    [
        (1, 36, 9, 128, "skinny-16x16x4"),  # a wave has three blocks, another two
        (17, 40, 4, 128, "skinny-16x32x2"),
        (5, 16, 30, 32, "skinny-16x16x1"),  # a loop
        (3, 16, 2, 64, "skinny-16x16x2"),
        (16, 16, 3, 256, "skinny-16x16x1"),  # a block of two steps
        (2, 20, 8, 128, "skinny-16x16x2/4"),
        (20, 70, 3, 128, "64x64x128"),
        (70, 72, 2, 256, "64x64x128"),  # a block of two iterations
        (36, 132, 4, 128, "128x128x64/2"),
        (18, 34, 2, 256, "16x64x256"),
        (20, 34, 9, 128, "64x64x128"),  # a loop
        (20, 34, 6, 192, "128x128x64"),  # one whose body has two blocks of three iterations
    ],
)
def test_blocks(m, n, blocks, size, tile):
    check(m, n, blocks, size, tile)


@pytest.mark.parametrize("tile", ["skinny-16x64x2", "64x64x128"])
def test_rows_in_columns(tile):
    check(6, 72, 3, 128, tile, b="bkn", sa="bm", sw="bn")


@pytest.mark.parametrize("formats", MIXES[1:3], ids="-".join)
def test_mixes_batches_and_a_transposed_result(formats):
    check(3, 20, 3, 128, "skinny-16x16x2", c="nm", formats=formats, batch=2)


def test_one_scale_for_a_block_of_all_rows():
    check(3, 20, 3, 128, "", sa="b", sw="b")


def test_fp8_scales():
    # The op that scales multiplies two fp8 tensors, too.
    text = program(3, 20, 2, 128)
    text = text.replace("tensor<3x2xf32>", f"tensor<3x2x{E4M3}>")
    text = text.replace("tensor<20x2xf32>", f"tensor<20x2x{E4M3}>")
    text = text.replace("%p: f32, %q: f32", f"%p8: {E4M3}, %q8: {E4M3}")
    casts = [f"%{v} = arith.extf %{v}8 : {E4M3} to f32\n" for v in "pq"]
    text = text.replace("%s = arith.mulf %p, %q", "".join(casts) + "%s = arith.mulf %p, %q")
    mapped = map_and_compile(text)
    assert "linalg.generic" not in str(mapped.module)
    rng = np.random.default_rng(3)
    shapes = [(3, 2, 128), (20, 2, 128), (3, 2), (20, 2)]
    operands = [codes(rng, shape, E4M3) for shape in shapes]
    result, _ = mapped(*operands, np.zeros((3, 20), np.float32))
    want = np.einsum("mbk,nbk,mb,nb->mn", *(FORMATS[E4M3].decode(v) for v in operands))
    np.testing.assert_array_equal(result, want)


def test_what_is_behind_the_last_block_is_not_taken_in():
    # A wave has no block in the last turn; what would be its scale is NaN or Inf, of the next row.
    m, n, blocks, size = 2, 16, 5, 128
    mapped = map_and_compile(program(m, n, blocks, size), tile="skinny-16x16x4")
    one = FORMATS[E4M3].encode(1)
    scales = np.full((n, blocks), np.inf, np.float32)
    scales[0] = 1
    x, y = np.full((m, blocks, size), one, np.uint8), np.full((n, blocks, size), one, np.uint8)
    init = np.zeros((m, n), np.float32)
    result, _ = mapped(x, y, np.ones((m, blocks), np.float32), scales, init)
    assert (result[:, 0] == blocks * size).all()
    assert np.isinf(result[:, 1:]).all()


def test_blocks_are_added_as_the_op_says_and_scaled_whole():
    # Each product alone in its block: the scaled sums are inexact, and added in their order.
    m, n, blocks, size = 1, 64, 6, 128
    rng = np.random.default_rng(9)
    mapped = map_and_compile(program(m, n, blocks, size), tile="64x64x128")
    x, y = np.zeros((m, blocks, size), np.float32), np.zeros((n, blocks, size), np.float32)
    x[..., 5], y[..., 5] = 1, 1.5
    p, q = (rng.standard_normal(s).astype(np.float32) for s in ((m, blocks), (n, blocks)))
    init = rng.standard_normal((m, n)).astype(np.float32)
    result, _ = mapped(FORMATS[E4M3].encode(x), FORMATS[E4M3].encode(y), p, q, init)
    want = init.copy()
    for b in range(blocks):
        want = want + np.float32(1.5) * (p[:, b][:, None] * q[:, b][None])
    np.testing.assert_array_equal(result.view(np.uint32), want.view(np.uint32))


def test_the_sums_of_blocks_stay_in_registers():
    mapped = map_and_compile(program(1, 4096, 32, 128), tile="skinny-16x32x8")
    assert not re.search(r"vgpr_spill_count: +[1-9]", mapped.isa)
    # Scales are on their way with what they scale.
    waits = [int(n) for n in re.findall(r"vmcnt\((\d+)\)", mapped.isa)]
    assert max(waits) > 30
    large = map_and_compile(program(4096, 4096, 32, 128))
    assert not re.search(r"vgpr_spill_count: +[1-9]", large.isa)
    assert large.isa.count("v_mfma_f32_32x32x16") >= 32
