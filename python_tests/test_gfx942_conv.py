"""Convolutions of FNUZ operands as kernels: their ISA on the emulator against numpy."""

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from gfx942_host import map_and_compile
from test_gfx942_gemm import E4M3, E5M2, QUANTIZE, RELU, codes

from fnuz.dialect.formats import FORMATS
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

    def text(self, name: str, function: str) -> str:
        """A function of a named op, or of the generic one that means the same."""
        (ti, tf, tr), tp = (
            [
                f"tensor<{''.join(f'{n}x' for n in shape)}{type}>"
                for shape, type in zip(self.shapes(), (*self.formats, "f32"), strict=True)
            ],
            f"tensor<{''.join(f'{n}x' for n in self.padded())}{self.formats[0]}>",
        )
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
          %zero = arith.constant dense<0.0> : {tr}
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
    """Small sizes, no two of them the same, for the letters of a form."""
    small = {"n": 2, "g": 2, "c": 5, "f": 6, "m": 3, "d": 3, "h": 4, "w": 7, "D": 2, "H": 3, "W": 2}
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
        strides={d: 2 for d in moving[-1:]},
        dilations={d: 2 for d in moving[:1]},
        padding={d: (1, n) for n, d in enumerate(moving)},
        formats=(E4M3, E5M2),
        zero=True,
    )
    named = name not in ("conv_1d", "conv_2d", "conv_3d")  # they have no attributes
    check(
        {
            "named": (name, plain),
            "generic": ("generic", plain),
            "all": (name if named else "generic", every),
            "generic_all": ("generic", every),
        }
    )
