"""Convolutions of FNUZ operands as kernels: their ISA on the emulator against numpy."""

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gfx942_host import map_and_compile
from hypothesis import given, settings
from hypothesis import strategies as st
from test_gfx942_gemm import E4M3, E5M2, QUANTIZE, codes
from torch_mlir import ir

from fnuz import passes
from fnuz.dialect import ops
from fnuz.dialect.formats import FORMATS, ocp_to_fnuz_codes
from fnuz.passes.rules.linalg import CONTRACTIONS

FORMS = {
    "conv_1d": ("w", "w", "w"),
    "conv_1d_ncw_fcw": ("ncw", "fcw", "nfw"),
    "conv_1d_nwc_wcf": ("nwc", "wcf", "nwf"),
    "conv_2d": ("hw", "hw", "hw"),
    "conv_2d_nchw_fchw": ("nchw", "fchw", "nfhw"),
    "conv_2d_ngchw_fgchw": ("ngchw", "fgchw", "ngfhw"),
    "conv_2d_ngchw_gfchw": ("ngchw", "gfchw", "ngfhw"),
    "conv_2d_nhwc_fhwc": ("nhwc", "fhwc", "nhwf"),
    "conv_2d_nhwc_hwcf": ("nhwc", "hwcf", "nhwf"),
    "conv_2d_nhwgc_gfhwc": ("nhwgc", "gfhwc", "nhwgf"),
    "conv_3d": ("dhw", "dhw", "dhw"),
    "conv_3d_ncdhw_fcdhw": ("ncdhw", "fcdhw", "nfdhw"),
    "conv_3d_ndhwc_dhwcf": ("ndhwc", "dhwcf", "ndhwf"),
    "depthwise_conv_1d_ncw_cw": ("ncw", "cw", "ncw"),
    "depthwise_conv_1d_nwc_wc": ("nwc", "wc", "nwc"),
    "depthwise_conv_1d_nwc_wcm": ("nwc", "wcm", "nwcm"),
    "depthwise_conv_2d_nchw_chw": ("nchw", "chw", "nchw"),
    "depthwise_conv_2d_nhwc_hwc": ("nhwc", "hwc", "nhwc"),
    "depthwise_conv_2d_nhwc_hwcm": ("nhwc", "hwcm", "nhwcm"),
    "depthwise_conv_3d_ncdhw_cdhw": ("ncdhw", "cdhw", "ncdhw"),
    "depthwise_conv_3d_ndhwc_dhwc": ("ndhwc", "dhwc", "ndhwc"),
    "depthwise_conv_3d_ndhwc_dhwcm": ("ndhwc", "dhwcm", "ndhwcm"),
}
"""The dims of image, filter and result of each named op. `d`, `h`, `w` are those in which the
filter moves: the same letter means its size in a filter, and the sum of both in an image."""

MOVING = "dhw"


@dataclass
class Conv:
    """A convolution: its sizes by letters of `FORMS`, those of the filter in capitals."""

    form: tuple[str, str, str]
    sizes: dict[str, int]
    strides: dict[str, int] = field(default_factory=dict)
    dilations: dict[str, int] = field(default_factory=dict)
    padding: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of zeros, before and behind."""
    formats: tuple[str, str] = (E4M3, E4M3)
    zero: bool = False
    dynamic: str = ""
    """The letters of the sizes that the function does not know."""

    def moving(self) -> list[str]:
        return [d for d in self.form[2] if d in MOVING]

    def padded(self) -> list[int]:
        """The shape of the image with its padding."""

        def size(dim: str) -> int:
            if dim not in MOVING:
                return self.sizes[dim]
            stride, dilation = self.strides.get(dim, 1), self.dilations.get(dim, 1)
            return (self.sizes[dim] - 1) * stride + (self.sizes[dim.upper()] - 1) * dilation + 1

        return [size(dim) for dim in self.form[0]]

    def pads(self) -> list[tuple[int, int]]:
        return [self.padding.get(dim, (0, 0)) for dim in self.form[0]]

    def shapes(self) -> tuple[list[int], list[int], list[int]]:
        image = [n - sum(pad) for n, pad in zip(self.padded(), self.pads(), strict=True)]
        filter_ = [self.sizes[d.upper() if d in MOVING else d] for d in self.form[1]]
        return image, filter_, [self.sizes[d] for d in self.form[2]]

    def type(self, shape: list[int], dims: str, element: str) -> str:
        sizes = ("?" if d in self.dynamic else n for n, d in zip(shape, dims, strict=True))
        return f"tensor<{''.join(f'{n}x' for n in sizes)}{element}>"

    def text(self, name: str, function: str) -> str:
        """A function of a named op, or of the generic one that means the same."""
        elements = (*self.formats, "f32")
        ti, tf, tr = map(self.type, self.shapes(), self.form, elements)
        tp = self.type(self.padded(), self.form[0], self.formats[0])
        low, high = (", ".join(str(pad[n]) for pad in self.pads()) for n in (0, 1))
        indices = ", ".join(f"%i{n}: index" for n in range(len(self.form[0])))
        pad = f"""
          %z = arith.constant 0.0 : {self.formats[0]}
          %p = tensor.pad %a low[{low}] high[{high}] {{
          ^bb0({indices}):
            tensor.yield %z : {self.formats[0]}
          }} : {ti} to {tp}"""
        a = "%p" if self.padding else "%a"
        operands = f"ins({a}, %b : {tp}, {tf}) outs({'%zero' if self.zero else '%c'} : {tr})"
        if name == "generic":
            op = f"linalg.generic {self.attributes()} {operands} {{{self.body()}}} -> {tr}"
        else:
            strides, dilations = (
                f"{what} = dense<[{', '.join(str(of.get(d, 1)) for d in self.moving())}]> : "
                f"tensor<{len(self.moving())}xi64>"
                for what, of in (("strides", self.strides), ("dilations", self.dilations))
            )
            attributes = f"{{{strides}, {dilations}}}" if self.strides or self.dilations else ""
            op = f"linalg.{name} {attributes} {operands} -> {tr}"
        return f"""
        func.func @{function}(%a: {ti}, %b: {tf}, %c: {tr}) -> {tr} {{
          {f"%zero = arith.constant dense<0.0> : {tr}" if self.zero else ""}
          {pad if self.padding else ""}
          %0 = {op}
          return %0 : {tr}
        }}"""

    def attributes(self) -> str:
        names = ", ".join(self.sizes)

        def of_image(dim: str) -> str:
            if dim not in MOVING:
                return dim
            stride, dilation = self.strides.get(dim, 1), self.dilations.get(dim, 1)
            return f"{dim} * {stride} + {dim.upper()} * {dilation}"

        maps = (
            [of_image(d) for d in self.form[0]],
            [d.upper() if d in MOVING else d for d in self.form[1]],
            list(self.form[2]),
        )
        texts = ", ".join(f"affine_map<({names}) -> ({', '.join(m)})>" for m in maps)
        kinds = ", ".join('"parallel"' if d in self.form[2] else '"reduction"' for d in self.sizes)
        return f"{{indexing_maps = [{texts}], iterator_types = [{kinds}]}}"

    def body(self) -> str:
        a, b = self.formats
        return f"""
          ^bb0(%x: {a}, %y: {b}, %s: f32):
            %u = arith.extf %x : {a} to f32
            %v = arith.extf %y : {b} to f32
            %m = arith.mulf %u, %v : f32
            %t = arith.addf %s, %m : f32
            linalg.yield %t : f32"""

    def sums(self, image: Any, filter_: Any) -> Any:
        """The convolution of arrays of numbers, in their type."""
        image = np.pad(image, self.pads())
        at = dict(zip(self.sizes, np.indices(self.sizes.values(), sparse=True), strict=True))
        of_image = tuple(
            at[d] * self.strides.get(d, 1) + at[d.upper()] * self.dilations.get(d, 1)
            if d in MOVING
            else at[d]
            for d in self.form[0]
        )
        of_filter = tuple(at[d.upper() if d in MOVING else d] for d in self.form[1])
        products = image[of_image] * filter_[of_filter]
        products = np.broadcast_to(products, tuple(self.sizes.values()))
        summed = tuple(n for n, d in enumerate(self.sizes) if d not in self.form[2])
        kept = [d for d in self.sizes if d in self.form[2]]
        return products.sum(summed).transpose([kept.index(d) for d in self.form[2]])


def check(convs: dict[str, tuple[str, Conv]], **options: Any) -> dict[str, Any]:
    """Compile functions by their names, run them, compare bits with numpy; their statistics."""
    text = "".join(conv.text(name, function) for function, (name, conv) in convs.items())
    mapped = map_and_compile(text, **options)
    done = {}
    for function, (_, conv) in convs.items():
        rng = np.random.default_rng(len(function))
        *shapes, shape = conv.shapes()
        x, y = (codes(rng, s, f) for s, f in zip(shapes, conv.formats, strict=True))
        init = rng.integers(-50, 50, shape).astype(np.float32)
        result, (done[function],) = mapped(x, y, init, function=function)
        values = (FORMATS[f].decode(v) for f, v in zip(conv.formats, (x, y), strict=True))
        want = conv.sums(*values) + (0 if conv.zero else init)
        np.testing.assert_array_equal(result, want, err_msg=function)
        assert result.dtype == want.dtype
    return done


def sizes_of(form: tuple[str, str, str], **given: int) -> dict[str, int]:
    """Small sizes for the letters of a form."""
    small = {"n": 2, "g": 2, "c": 3, "f": 5, "m": 2, "d": 3, "h": 4, "w": 7, "D": 2, "H": 3, "W": 2}
    letters = [*form[2], *(d.upper() for d in form[1] if d in MOVING)]
    letters += [d for d in form[1] if d not in MOVING and d not in letters]
    return {d: given.get(d, small[d]) for d in letters}


def test_there_is_no_other_named_op():
    assert {f"linalg.{name}" for name in FORMS} == {n for n in CONTRACTIONS if "conv" in n}


@pytest.mark.parametrize("name", FORMS)
def test_every_form(name):
    form = FORMS[name]
    plain = Conv(form, sizes_of(form))
    moving = [d for d in form[2] if d in MOVING]
    every = Conv(
        form,
        sizes_of(form),
        strides=dict.fromkeys(moving[-1:], 2),
        dilations=dict.fromkeys(moving[:1], 2),
        padding={d: (1, n) for n, d in enumerate(moving)},
        formats=(E4M3, E5M2),
        zero=True,
    )
    named = name not in ("conv_1d", "conv_2d", "conv_3d")  # they have no attributes
    convs = {"every": (name if named else "generic", every)}
    if not named or name in ("conv_2d_nchw_fchw", "conv_2d_nhwc_hwcf"):
        convs["plain"] = (name, plain)
    check(convs)
    # From the generic form come the same kernels.
    generic = {function: ("generic", conv) for function, (_, conv) in convs.items()}
    assert kernels(convs) == kernels(generic)


def kernels(convs: dict[str, tuple[str, Conv]]) -> str:
    """The gpu.module of functions by their names."""
    with ir.Context() as context:
        ops.load(context)
        texts = (conv.text(name, function) for function, (name, conv) in convs.items())
        module = ir.Module.parse("".join(texts))
        passes.run(module, "map-to-mfma")
        made = next(str(o) for o in module.body.operations if o.operation.name == "gpu.module")
    assert "amdgpu.mfma" in made
    return made


def of(name: str, sizes: dict[str, int], *rest: Any, **more: Any) -> tuple[str, Conv]:
    """A named op with small sizes but for those given."""
    return name, Conv(FORMS[name], sizes_of(FORMS[name], **sizes), *rest, **more)


AROUND = {"h": (1, 1), "w": (1, 1)}


def test_channels_that_are_a_multiple_of_16_are_loaded_by_16():
    image = {"n": 1, "c": 48, "f": 16, "h": 3, "w": 3, "H": 3, "W": 3}
    for name in ("conv_2d_nhwc_fhwc", "conv_2d_nhwgc_gfhwc"):
        done = check({"main": of(name, image, {"w": 2}, {}, AROUND)})["main"]
        loads = {name for name in done.names if "buffer_load" in name and "init" not in name}
        assert loads == {"buffer_load_dwordx4"}
    # The filter's rows are neighbours there: 4 at a time.
    done = check({"main": of("conv_2d_nhwc_hwcf", image, {}, {}, AROUND, zero=True)})["main"]
    loads = {name for name in done.names if "buffer_load" in name}
    assert loads == {"buffer_load_dwordx4", "buffer_load_dword"}


TILED = {
    # Channels that are as deep as a tile or deeper,
    "deep": of("conv_2d_nhwc_fhwc", {"c": 256, "f": 17, "h": 7, "w": 5}, {}, {}, AROUND),
    # that are not,
    "apart": of("conv_2d_nhwc_hwcf", {"c": 144, "f": 20, "h": 5, "w": 7}, {}, {}, AROUND),
    # of which there are several in a tile,
    "narrow": of("conv_2d_nchw_fchw", {"c": 16, "f": 65, "h": 3, "w": 6}, {}, {}, AROUND),
    # and with 4 neighbouring pixels in a load.
    "rows": of(
        "conv_2d_nchw_fchw",
        {"c": 48, "f": 18, "h": 5, "w": 8, "H": 3, "W": 1},
        {"h": 2},
        {},
        {"h": (1, 1)},
    ),
}


@pytest.mark.parametrize(
    ("tile", "names"),
    [
        ("64x64x128", ["deep", "apart", "rows"]),
        ("16x64x256", ["deep", "narrow"]),
        ("64x16x256", ["deep", "rows"]),
    ],
)
def test_several_tiles_and_a_window_that_moves_with_them(tile, names):
    check({name: TILED[name] for name in names}, tile=tile)


def test_one_pixel_and_one_channel():
    one = dict.fromkeys("ncfhw", 1)
    check(
        {
            "one": of("conv_2d_nhwc_hwcf", one | {"H": 1, "W": 1}),
            "window": of("conv_2d_nchw_fchw", one | {"H": 3, "W": 3}, {}, {}, AROUND),
            "pointwise": of("conv_2d_nchw_fchw", {"c": 33, "h": 4, "w": 4, "H": 1, "W": 1}),
            "strided": of("conv_2d_nhwc_fhwc", {"c": 33, "H": 1, "W": 1}, {"h": 3, "w": 2}),
        }
    )


@pytest.mark.long
@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_any_convolution(data):
    name = data.draw(st.sampled_from([name for name in FORMS if "2d_n" in name]))
    sizes = {d: data.draw(st.integers(1, 9)) for d in "ncfmhw"}
    sizes |= {d: data.draw(st.integers(1, 3)) for d in "gHW"}
    sizes["c"] = data.draw(st.sampled_from([sizes["c"], 16, 32, 40]))
    strides, dilations = ({d: data.draw(st.integers(1, 3)) for d in "hw"} for _ in range(2))
    bare = of(name, sizes, strides, dilations)[1]
    # No more padding than leaves an element of the image.
    extents = dict(zip(bare.form[0], bare.padded(), strict=True))
    padding = {}
    for d in "hw":
        before = data.draw(st.integers(0, min(2, extents[d] - 1)))
        padding[d] = (before, data.draw(st.integers(0, min(2, extents[d] - 1 - before))))
    zero, tile = data.draw(st.booleans()), data.draw(st.sampled_from(["16x64x256", "64x16x256"]))
    case = of(name, sizes, strides, dilations, padding, zero=zero)
    check({"main": case}, tile=tile)


def test_random_operands_are_within_the_bound_of_the_sum():
    convs = {
        "nhwc": of("conv_2d_nhwc_hwcf", {"c": 16, "f": 20}, {}, {}, AROUND, (E4M3, E5M2)),
        "nchw": of("conv_2d_nchw_fchw", {"c": 20, "f": 16}, {"h": 2}, {}, AROUND),
    }
    mapped = map_and_compile("".join(conv.text(name, f) for f, (name, conv) in convs.items()))
    rng = np.random.default_rng(3)
    finite = np.delete(np.arange(256, dtype=np.uint8), 0x80)
    for function, (_, conv) in convs.items():
        *shapes, shape = conv.shapes()
        x, y = (rng.choice(finite, s) for s in shapes)
        init = rng.standard_normal(shape).astype(np.float32)
        result, _ = mapped(x, y, init, function=function)
        a, b = (
            FORMATS[f].decode(v).astype(np.float64)
            for f, v in zip(conv.formats, (x, y), strict=True)
        )
        k = np.prod(shapes[1]) // conv.sizes["f"]
        bound = k * 2.0**-24 * (conv.sums(np.abs(a), np.abs(b)) + np.abs(init)) * 1.01
        assert (np.abs(result - (conv.sums(a, b) + init)) <= bound).all()


def test_nan_of_a_pixel_and_of_a_weight_in_the_padding():
    # A NaN weight times the zeros of the padding is NaN, as it is when they are in memory.
    name, conv = of("conv_2d_nhwc_hwcf", {"n": 1, "c": 16, "f": 4}, {}, {}, AROUND, zero=True)
    mapped = map_and_compile(conv.text(name, "main"))
    image, filter_, result = conv.shapes()
    x = np.full(image, FORMATS[E4M3].encode(1), np.uint8)
    y = np.full(filter_, FORMATS[E4M3].encode(1), np.uint8)
    y[0, 0, 3, 2] = 0x80
    x[0, 1, 2, 5] = 0x80
    got, _ = mapped(x, y, np.zeros(result, np.float32))
    want = conv.sums(FORMATS[E4M3].decode(x), FORMATS[E4M3].decode(y))
    np.testing.assert_array_equal(got, want)
    assert np.isnan(got[..., 2]).all()
    assert not np.isnan(got[0, -1]).all()


MODEL = f"""
#nchw = affine_map<(n, c, h, w) -> (n, c, h, w)>
#c = affine_map<(n, c, h, w) -> (c)>
#ngfhw = affine_map<(n, g, f, h, w) -> (n, g, f, h, w)>
#gf = affine_map<(n, g, f, h, w) -> (g, f)>
!result = tensor<2x6x4x4xf32>
func.func @main(%x: tensor<2x8x8x8x{E4M3}>, %y: tensor<6x4x3x3x{E4M3}>, %s: tensor<6xf32>,
                %b: tensor<6xf32>, %q: f32) -> tensor<2x6x4x4x{E4M3}> {{
  %z = arith.constant 0.0 : {E4M3}
  %zero = arith.constant dense<0.0> : tensor<2x2x3x4x4xf32>
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {{
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %z : {E4M3}
  }} : tensor<2x8x8x8x{E4M3}> to tensor<2x8x10x10x{E4M3}>
  %xg = tensor.expand_shape %p [[0], [1, 2], [3], [4]] output_shape [2, 2, 4, 10, 10]
      : tensor<2x8x10x10x{E4M3}> into tensor<2x2x4x10x10x{E4M3}>
  %yg = tensor.expand_shape %y [[0, 1], [2], [3], [4]] output_shape [2, 3, 4, 3, 3]
      : tensor<6x4x3x3x{E4M3}> into tensor<2x3x4x3x3x{E4M3}>
  %sg = tensor.expand_shape %s [[0, 1]] output_shape [2, 3] : tensor<6xf32> into tensor<2x3xf32>
  %0 = linalg.conv_2d_ngchw_gfchw {{strides = dense<2> : vector<2xi64>}}
      ins(%xg, %yg : tensor<2x2x4x10x10x{E4M3}>, tensor<2x3x4x3x3x{E4M3}>)
      outs(%zero : tensor<2x2x3x4x4xf32>) -> tensor<2x2x3x4x4xf32>
  %1 = linalg.generic {{indexing_maps = [#gf, #ngfhw],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}}
      ins(%sg : tensor<2x3xf32>) outs(%0 : tensor<2x2x3x4x4xf32>) {{
  ^bb0(%in: f32, %out: f32):
    %r = arith.mulf %out, %in : f32
    linalg.yield %r : f32
  }} -> tensor<2x2x3x4x4xf32>
  %2 = tensor.collapse_shape %1 [[0], [1, 2], [3], [4]]
      : tensor<2x2x3x4x4xf32> into !result
  %e = tensor.empty() : !result
  %bb = linalg.broadcast ins(%b : tensor<6xf32>) outs(%e : !result) dimensions = [0, 2, 3]
  %3 = linalg.generic {{indexing_maps = [#nchw, #nchw],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}}
      ins(%2 : !result) outs(%bb : !result) {{
  ^bb0(%in: f32, %out: f32):
    %x0 = arith.addf %out, %in : f32
    %zz = arith.constant 0.0 : f32
    %r = arith.maximumf %x0, %zz : f32
    linalg.yield %r : f32
  }} -> !result
  %f = tensor.empty() : tensor<2x6x4x4x{E4M3}>
  %4 = linalg.generic {{indexing_maps = [#nchw, #nchw],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}}
      ins(%3 : !result) outs(%f : tensor<2x6x4x4x{E4M3}>) {{
  ^bb0(%x0: f32, %o: {E4M3}):
    {QUANTIZE.replace("%x,", "%x0,")}
    linalg.yield %r : {E4M3}
  }} -> tensor<2x6x4x4x{E4M3}>
  return %4 : tensor<2x6x4x4x{E4M3}>
}}"""


def test_groups_scales_bias_relu_and_quantize_as_models_have_them():
    mapped = map_and_compile(MODEL)
    rest = [op.operation.name for op in mapped.module.body.operations[1].regions[0].blocks[0]]
    assert not {"linalg.broadcast", "linalg.generic", "tensor.pad", "tensor.collapse_shape"} & {
        *rest
    }
    rng = np.random.default_rng(6)
    x, y = codes(rng, (2, 8, 8, 8), E4M3), codes(rng, (6, 4, 3, 3), E4M3)
    s, b = (rng.standard_normal(6).astype(np.float32) for _ in range(2))
    result, (_,) = mapped(x, y, s, b, np.float32(0.37))
    form = FORMS["conv_2d_ngchw_gfchw"]
    sizes = sizes_of(form, n=2, g=2, f=3, c=4, h=4, w=4, H=3, W=3)
    conv = Conv(form, sizes, {"h": 2, "w": 2}, padding={"h": (1, 0), "w": (1, 0)})
    a = FORMATS[E4M3].decode(x).reshape(2, 2, 4, 8, 8)
    sums = conv.sums(a, FORMATS[E4M3].decode(y).reshape(2, 3, 4, 3, 3)).reshape(2, 6, 4, 4)
    want = np.maximum(b[:, None, None] + sums * s[:, None, None], 0) / np.float32(0.37)
    assert len(np.unique(want)) > 50
    np.testing.assert_array_equal(result, FORMATS[E4M3].encode(np.clip(want, -240, 240)))


@pytest.mark.parametrize("name", ["conv_2d_nhwc_hwcf", "conv_2d_nchw_fchw"])
def test_an_image_in_ocp(name):
    # Every code is in it; a NaN makes each pixel NaN whose window it is in.
    _, conv = of(name, {"n": 2, "c": 16, "f": 5, "h": 4, "w": 4}, {}, {}, AROUND, zero=True)
    image, filter_, result = conv.shapes()
    text = conv.text(name, "main")
    type = conv.type(image, conv.form[0], E4M3)
    ocp = type.replace(E4M3, "f8E4M3FN")
    cast = f'%a = "fnuz.from_ocp"(%a_) : ({ocp}) -> {type}\n%zero ='
    mapped = map_and_compile(text.replace(f"%a: {type}", f"%a_: {ocp}").replace("%zero =", cast))
    rng = np.random.default_rng(8)
    x = FORMATS["f8E4M3FN"].encode(rng.integers(-8, 9, image)).reshape(-1)
    x[:: len(x) // 4] = [0x7F, 0xFF, 0x80, 0x80]
    x = x.reshape(image)
    y = codes(rng, filter_, E4M3)
    got, _ = mapped(x, y, np.zeros(result, np.float32))
    values = FORMATS[E4M3].decode(ocp_to_fnuz_codes(FORMATS["f8E4M3FN"], "nan")[x])
    want = conv.sums(values, FORMATS[E4M3].decode(y))
    assert 0 < np.isnan(want).sum() < want.size
    np.testing.assert_array_equal(got, want)


@pytest.mark.long
def test_a_whole_network_on_the_emulator_gives_the_bits_of_the_cpu(tmp_path, monkeypatch):
    # Pointwise, depthwise and strided convolutions, as ONNX brings them.
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("sklearn")
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "examples/digits")
    import networks
    import quantize

    rng = np.random.default_rng(0)
    network = networks.mobilenet(rng)
    images = rng.random((4, 1, 8, 8)).astype(np.float32)
    model = quantize.to_onnx(network, "mobilenet", 4)
    model = quantize.quantize(model, quantize.ranges(network, images, 100), FORMATS["f8E4M3FN"])
    onnx.save(model, tmp_path / "model.onnx")
    np.savez(tmp_path / "inputs.npz", arg0=images)

    def run(tool, *arguments):
        command = [sys.executable, "-m", f"fnuz.tools.fnuz_{tool}", *arguments]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    run("import", "model.onnx", "-o", "model.mlir")
    run("opt", "model.mlir", "--ocp-to-fnuz=fuse=true", "--lower-fnuz-casts", "-o", "fnuz.mlir")
    run("opt", "fnuz.mlir", "--map-to-mfma", "-o", "mapped.mlir")
    assert not re.search(r"linalg\.\w*conv|tensor\.pad", (tmp_path / "mapped.mlir").read_text())
    run("run", "fnuz.mlir", "--inputs=inputs.npz", "--outputs=cpu.npz")
    run("run", "mapped.mlir", "--device=emulator", "--inputs=inputs.npz", "--outputs=emulator.npz")
    cpu, emulated = (np.load(tmp_path / f"{name}.npz") for name in ("cpu", "emulator"))
    np.testing.assert_array_equal(emulated["result0"], cpu["result0"])
    assert len(np.unique(cpu["result0"])) > 30
