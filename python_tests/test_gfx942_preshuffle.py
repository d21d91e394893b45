"""Constant operands of kernels: shuffled at compile time, loaded straight to registers."""

import re
import time

import numpy as np
import pytest
from gfx942_host import map_and_compile
from test_gfx942_block_scales import POWERS, program
from test_gfx942_conv import FORMS, Conv
from test_gfx942_dynamic import dynamic
from test_gfx942_gemm import E4M3, MIXES, codes, contraction, loop_of, mnk
from test_gfx942_ocp import from_ocp, value
from torch_mlir import ir

from fnuz import bindings, passes
from fnuz.dialect import ops
from fnuz.dialect.formats import FORMATS
from fnuz.passes.constants import codes_of
from fnuz.passes.gfx942.contraction import Digit, Side
from fnuz.passes.gfx942.preshuffle import in_blocks, shuffled
from fnuz.passes.gfx942.tiles import BY_NAME, TILES


def dense(array, shape, format_, resource=False):
    """A constant tensor of codes: its attribute, and what the module has for it at the end."""
    type = f"tensor<{''.join(f'{n}x' for n in shape)}{format_}>"
    if not resource:
        return f'dense<"0x{array.tobytes().hex().upper()}"> : {type}', ""
    blob = "01000000" + array.tobytes().hex().upper()
    end = f'{{-# dialect_resources: {{ builtin: {{ weight: "0x{blob}" }} }} #-}}'
    return f"dense_resource<weight> : {type}", end


def with_constant(text, name, array, format_=E4M3, resource=False, made="", of=None, shape=None):
    """The function with its argument `name` a constant: `array`, or what the ops in `made` make of
    that, which is `%of` to them; of `shape` all of one number."""
    attr, end = dense(array, shape or array.shape, format_, resource)
    found = re.search(rf"%{name}: tensor<[^>]*>(, )?", text)
    text = text.replace(found[0], "", 1)
    return text.replace("{", f"{{\n%{of or name} = arith.constant {attr}\n{made}", 1) + end


def check(a, b, c, sizes, constant, formats=(E4M3, E4M3), resource=False, **options):
    """Compile, run and compare bits with numpy, with `a` or `b` constant; the mapped module."""
    rng = np.random.default_rng(sum(sizes.values()))
    given = {n: codes(rng, [sizes[d] for d in dims], f)
             for n, dims, f in zip("ab", (a, b), formats, strict=True)}  # fmt: skip
    values = [FORMATS[f].decode(given[n]) for n, f in zip("ab", formats, strict=True)]
    array = given.pop(constant)
    text = contraction(a, b, c, sizes, formats)
    text = with_constant(text, constant, array, formats["ab".index(constant)], resource)
    mapped = map_and_compile(text, **options)
    init = rng.integers(-50, 50, [sizes[d] for d in c]).astype(np.float32)
    result, (stats, *_) = mapped(*given.values(), init)
    np.testing.assert_array_equal(result, np.einsum(f"{a},{b}->{c}", *values) + init)
    assert not any("cvt" in name for name in stats.names)
    return mapped


@pytest.mark.parametrize("rows", [16, 32])
@pytest.mark.parametrize("extent", [1, 64, 150])
@pytest.mark.parametrize("depth", [3, 64, 1100])
def test_where_each_element_is(rows, extent, depth):
    rng = np.random.default_rng(0)
    wanted = rng.integers(1, 256, (3, extent, depth)).astype(np.uint8)
    step = 1024 // rows
    along_rows, along_k = -(-extent // rows), -(-depth // step)
    b, r, k = np.indices(wanted.shape)
    lane = k % step // 16 * rows + r % rows
    place = ((b * along_rows + r // rows) * along_k + k // step) * 1024 + lane * 16 + k % 16
    for order in ((0, 1, 2), (0, 2, 1), (2, 1, 0)):
        inverse = np.argsort(order)
        array = np.ascontiguousarray(wanted.transpose(order))
        of_batch, of_rows, of_products = (
            Digit(wanted.shape[n], array.strides[inverse[n]], ()) for n in range(3)
        )
        # A batch dim along which it does not move has a stride of 0.
        batches = (Digit(7, 0, ()), of_batch)
        side = Side(None, array.size, 0, (of_rows,), (of_products,), batches, (), ())
        result = shuffled(array.ravel(), side, depth, rows)
        np.testing.assert_array_equal(result[place], wanted)
        assert np.count_nonzero(result) == wanted.size
        blocks = in_blocks(side, depth, rows)
        assert blocks.elements == result.size == 3 * along_rows * along_k * 1024
        assert [digit.stride for digit in blocks.batches] == [0, result.size // 3]


def test_rows_and_products_of_several_digits():
    # As of a filter: 2 x 3 rows by 4 x 5 products, both apart in memory, behind other elements.
    array = np.arange(1, 3 + 2 * 4 * 3 * 5).astype(np.uint8)
    rows, products = (Digit(2, 60, ()), Digit(3, 5, ())), (Digit(4, 15, ()), Digit(5, 1, ()))
    side = Side(None, array.size, 2, rows, products, (), (), ())
    wanted = array[2:].reshape(2, 4, 3, 5).transpose(0, 2, 1, 3).reshape(6, 20)
    read = shuffled(array, side, 20, 32).reshape(2, 32, 16)[:, :6]
    np.testing.assert_array_equal(np.concatenate(list(read), axis=1)[:, :20], wanted)


@pytest.mark.parametrize(
    ("tile", "a", "b", "constant"),
    [
        *((tile, "mk", "kn", "b") for tile in TILES),
        *((tile, "km", "nk", "a") for tile in TILES),
        (BY_NAME["64x64x128"], "km", "nk", "b"),
        (BY_NAME["256x256x64"], "mk", "kn", "a"),
    ],
    ids=str,
)
def test_every_tile_and_side(tile, a, b, constant):
    # 7 tiles and a bit: the loop, and what is behind it.
    sizes = mnk(tile.outer + 4, tile.inner - 12 if tile.inner > 16 else 12, 7 * tile.depth + 16)
    mapped = check(a, b, "mn", sizes, constant, tile=str(tile))
    staged = tile.outer if constant == "b" else tile.inner
    lds = re.search(r"group_segment_fixed_size: +(\d+)", mapped.isa)
    assert int(lds[1]) == 2 * staged * tile.depth


@pytest.mark.parametrize(
    ("a", "b", "c", "sizes", "constant"),
    [
        ("mk", "kn", "mn", mnk(1, 1, 1), "a"),
        ("mk", "nk", "mn", mnk(3, 5, 7), "b"),
        ("mk", "kn", "nm", mnk(17, 33, 70), "a"),
        ("mk", "kn", "nm", mnk(17, 33, 70), "b"),
        ("bmk", "bkn", "bmn", {"b": 3, "m": 18, "n": 20, "k": 33}, "a"),
        ("bkm", "kbn", "mbn", {"b": 3, "m": 17, "n": 5, "k": 40}, "b"),
        ("abmk", "abkn", "abmn", {"a": 2, "b": 3, "m": 4, "n": 8, "k": 20}, "b"),
        ("abk", "kn", "abn", {"a": 3, "b": 7, "n": 24, "k": 32}, "b"),
        ("mk", "jkn", "jmn", {"m": 20, "j": 3, "n": 16, "k": 40}, "a"),
        ("mk", "jkn", "jmn", {"m": 20, "j": 3, "n": 16, "k": 40}, "b"),
        ("mlk", "kn", "lnm", {"m": 20, "l": 3, "n": 16, "k": 40}, "a"),
        ("mab", "abn", "mn", {"m": 9, "n": 24, "a": 5, "b": 12}, "b"),
        ("mk", "k", "m", {"m": 70, "k": 90}, "a"),
        ("bk", "bk", "b", {"b": 5, "k": 70}, "b"),
    ],
)
def test_contractions(a, b, c, sizes, constant):
    check(a, b, c, sizes, constant, tile="16x64x256")


@pytest.mark.parametrize("formats", MIXES, ids="-".join)
def test_every_mix_of_formats(formats):
    check("mk", "kn", "mn", mnk(20, 64, 64), "b", formats, resource=True, tile="64x64x128")


@pytest.mark.parametrize(("depth", "shuffles"), [(512, True), (2 * 112, False)])
def test_a_split_of_the_depth(depth, shuffles):
    # Only where parts end at the end of a block.
    mapped = check("mk", "kn", "mn", mnk(20, 70, depth), "b", tile="16x64x256/2")
    assert ("preshuffled" in str(mapped.module)) == shuffles


CONVOLUTIONS = [
    Conv(
        FORMS["conv_2d_nhwc_hwcf"],
        {"n": 2, "h": 5, "w": 4, "f": 20, "c": 16, "H": 3, "W": 2},
        padding={"h": (1, 1), "w": (0, 1)},
    ),
    Conv(
        FORMS["conv_2d_ngchw_gfchw"],
        {"n": 2, "g": 2, "h": 3, "w": 4, "f": 5, "c": 3, "H": 2, "W": 2},
    ),
]


@pytest.mark.parametrize("conv", CONVOLUTIONS, ids=lambda conv: "".join(conv.form[0]))
def test_filters(conv):
    # The same bits as of the filter that is an argument.
    text = conv.text("generic", "main")
    rng = np.random.default_rng(9)
    image, filter_, init = conv.shapes()
    x, y = codes(rng, image, E4M3), codes(rng, filter_, E4M3)
    c = rng.integers(-50, 50, init).astype(np.float32)
    want, _ = map_and_compile(text, tile="64x64x128")(x, y, c)
    mapped = map_and_compile(with_constant(text, "b", y), tile="64x64x128")
    assert "preshuffled" in str(mapped.module)
    result, _ = mapped(x, c)
    np.testing.assert_array_equal(result, want)


@pytest.mark.parametrize("constant", ["a", "b"])
def test_beside_an_operand_in_ocp(constant):
    # Whose NaN, and those of the constant, make their rows and columns NaN.
    m, n, k, other = 20, 70, 900, {"a": "b", "b": "a"}[constant]
    rng = np.random.default_rng(8)
    given = {"a": codes(rng, (m, k), E4M3), "b": codes(rng, (n, k), E4M3)}
    given[constant][3, 700] = 0x80
    given[other] = FORMATS["f8E4M3FN"].encode(FORMATS[E4M3].decode(given[other]))
    given[other][[2, 9], [5, 899]] = [0x7F, 0xFF]
    values = {
        constant: FORMATS[E4M3].decode(given[constant]),
        other: value(given[other], "f8E4M3FN"),
    }
    text = from_ocp(contraction("mk", "nk", "mn", mnk(m, n, k), zero=True), other, "f8E4M3FN")
    text = with_constant(text, constant, given[constant])
    mapped = map_and_compile(text, tile="64x64x128")
    assert "preshuffled" in str(mapped.module)
    result, _ = mapped(given[other], np.zeros((m, n), np.float32))
    np.testing.assert_array_equal(result, values["a"] @ values["b"].T)
    assert np.isnan(result).sum() == {"a": n + 2 * m - 2, "b": m + 2 * n - 2}[constant]


def test_scales_of_blocks():
    m, n, blocks, size = 20, 34, 6, 192
    rng = np.random.default_rng(7)
    weight, x = codes(rng, (n, blocks, size), E4M3), codes(rng, (m, blocks, size), E4M3)
    p, q = (rng.choice(POWERS, (rows, blocks)) for rows in (m, n))
    text = with_constant(program(m, n, blocks, size), "b", weight)
    mapped = map_and_compile(text, tile="128x128x64")
    assert "preshuffled" in str(mapped.module)
    result, _ = mapped(x, p, q, np.zeros((m, n), np.float32))
    values = FORMATS[E4M3].decode(x), FORMATS[E4M3].decode(weight)
    want = np.einsum("mbk,nbk,mb,nb->mn", *(v.astype(np.float64) for v in (*values, p, q)))
    np.testing.assert_array_equal(result, want)


def test_any_number_of_rows_by_one_kernel():
    weight = codes(np.random.default_rng(6), (80, 20), E4M3)
    text = dynamic("mk", "kn", "mn", {"m": None, "n": 20, "k": 80}, zero=True)
    mapped = map_and_compile(with_constant(text, "b", weight), tile="64x64x128")
    assert "preshuffled" in str(mapped.module)
    for m in (1, 70):
        x = codes(np.random.default_rng(m), (m, 80), E4M3)
        result, _ = mapped(x, np.zeros((m, 20), np.float32))
        want = FORMATS[E4M3].decode(x) @ FORMATS[E4M3].decode(weight)
        np.testing.assert_array_equal(result, want)


def test_nan_stays_in_its_column_and_row():
    # The zeros beside the constant meet what lies behind the other operand's rows.
    weight = np.full((35, 18), FORMATS[E4M3].encode(2), np.uint8)
    weight[3, 7] = 0x80
    mapped = map_and_compile(
        with_constant(contraction("mk", "kn", "mn", mnk(17, 18, 35)), "b", weight),
        tile="64x64x128",
    )
    x = np.full((17, 35), FORMATS[E4M3].encode(1), np.uint8)
    x[5, 34] = 0x80
    result, _ = mapped(x, np.zeros((17, 18), np.float32))
    want = np.full((17, 18), 70, np.float32)
    want[5] = want[:, 7] = np.nan
    np.testing.assert_array_equal(result, want)


MOVED = {
    "transpose": (
        (24, 40),
        """%empty = tensor.empty() : tensor<40x24x!v>
        %b = linalg.transpose ins(%w : tensor<24x40x!v>) outs(%empty : tensor<40x24x!v>)
            permutation = [1, 0]""",
        lambda w: w.T,
    ),
    "generic": (
        (4, 24, 10),
        """%empty = tensor.empty() : tensor<10x4x24x!v>
        %moved = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (j, k, i)>,
                affine_map<(i, j, k) -> (i, j, k)>],
                iterator_types = ["parallel", "parallel", "parallel"]}
            ins(%w : tensor<4x24x10x!v>) outs(%empty : tensor<10x4x24x!v>) {
        ^bb0(%x: !v, %o: !v):
          linalg.yield %x : !v
        } -> tensor<10x4x24x!v>
        %b = tensor.collapse_shape %moved [[0, 1], [2]]
            : tensor<10x4x24x!v> into tensor<40x24x!v>""",
        lambda w: w.transpose(2, 0, 1).reshape(40, 24),
    ),
    "reshapes": (
        (960,),
        """%cast = tensor.cast %w : tensor<960x!v> to tensor<960x!v>
        %b = tensor.expand_shape %cast [[0, 1]] output_shape [40, 24]
            : tensor<960x!v> into tensor<40x24x!v>""",
        lambda w: w.reshape(40, 24),
    ),
}


@pytest.mark.parametrize("moved", MOVED)
def test_behind_what_moves_it(moved):
    shape, made, function = MOVED[moved]
    rng = np.random.default_rng(1)
    weight, x = codes(rng, shape, E4M3), codes(rng, (20, 40), E4M3)
    text = contraction("mk", "kn", "mn", mnk(20, 24, 40), zero=True)
    text = with_constant(text, "b", weight, made=made.replace("!v", E4M3), of="w")
    mapped = map_and_compile(text, tile="16x64x256")
    assert f"memref<2048x{E4M3}>" in str(mapped.module)
    result, _ = mapped(x, np.zeros((20, 24), np.float32))
    want = FORMATS[E4M3].decode(x) @ FORMATS[E4M3].decode(function(weight))
    np.testing.assert_array_equal(result, want)


@pytest.mark.parametrize(("constant", "most"), [("a", 130), ("b", 130)])
def test_the_main_loop_of_a_large_gemm(constant, most):
    text = contraction("mk", "nk", "mn", mnk(4096, 4096, 4096), zero=True)
    # One number stays one number; the kernel is as for any others.
    text = with_constant(text, constant, np.array(0x38, np.uint8), shape=(4096, 4096))
    mapped = map_and_compile(text)
    loop = loop_of(mapped.isa)
    count = {kind: sum(line.startswith(kind) for line in loop) for kind in (
        "v_mfma_f32_32x32x16_fp8_fp8", "ds_read_b128", "ds_write_b128", "buffer_load_dwordx4",
        "s_barrier", "v_")}  # fmt: skip
    # Two tiles: no vector instruction but the MFMAs; 4 blocks for 2 fragments from LDS.
    assert list(count.values()) == [64, 8, 4, 20, 2, 64]
    assert len(loop) <= most
    # LDS to MFMA clocks: what 8 waves read and write, 128 bytes a clock, and 8 * 32 MFMAs a tile.
    moved = 8 * 64 * 16 * (count["ds_read_b128"] + count["ds_write_b128"])
    assert moved / 128 / (8 * 64 * 32 / 4) <= 0.31
    assert set(re.findall(r"vgpr_spill_count: +(\d+)", mapped.isa)) == {"0"}
    assert set(re.findall(r"private_segment_fixed_size: +(\d+)", mapped.isa)) == {"0"}
    assert all(int(n) <= 256 for n in re.findall(r"\.vgpr_count: +(\d+)", mapped.isa))


@pytest.mark.long
def test_a_large_constant():
    # 512 MiB, in seconds and not as text.
    rng = np.random.default_rng(3)
    weight = rng.integers(0, 128, (1 << 14, 1 << 15)).astype(np.uint8)
    with ir.Context() as context:
        ops.load(context)
        module = ir.Module.parse(contraction("mk", "kn", "mn", mnk(16, 1 << 15, 1 << 14)))
        func = module.body.operations[0].operation
        argument = func.regions[0].blocks[0].arguments[1]
        with ir.InsertionPoint.at_block_begin(func.regions[0].blocks[0]), ir.Location.unknown():
            attr = ir.DenseResourceElementsAttr.get_from_buffer(
                weight.ravel(), "weight", argument.type, alignment=1
            )
            constant = ir.Operation.create(
                "arith.constant", [argument.type], attributes={"value": attr}
            )
        argument.replace_all_uses_with(constant.results[0])
        start = time.process_time()
        passes.run(module, "map-to-mfma", tile="16x64x256")
        seconds = time.process_time() - start
        print(f"{seconds:.1f} s")
        assert seconds < 60
        (made,) = [
            op.attributes["value"]
            for op in func.regions[0].blocks[0].operations
            if op.operation.name == "arith.constant" and E4M3 in str(op.operation.results[0].type)
        ]
        read = codes_of(made, bindings.of(module)).reshape(1 << 11, 1 << 8, 4, 16, 16)
        for row in (0, 77, 32767):
            column = read[row // 16, :, :, row % 16].reshape(-1)
            np.testing.assert_array_equal(column, weight[:, row])
