"""TOSA on fp8: imported, every op gives the bits of numpy, and so does the program in FNUZ.

Inputs are small integers, so that every sum is exact in f16 too and its order plays no part.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from imported import run
from numpy.typing import NDArray

from fnuz import passes
from fnuz.bindings import dialects, load
from fnuz.dialect import ops
from fnuz.dialect.formats import E4M3FN, E5M2, FORMATS
from fnuz.execution import cpu, inputs, signature
from fnuz.execution.compare import Verifier
from fnuz.frontends import mlir
from fnuz.frontends.errors import ImportFailed

Array = NDArray[Any]
RNG = np.random.default_rng(0)
CODES = np.arange(256, dtype=np.uint8)


def parse(text: str) -> Any:
    context = load().ir.Context()
    ops.load(context)
    dialects.register(context)
    return load().ir.Module.parse(text, context=context)


def imported(text: str) -> Any:
    module = parse(text)
    mlir.lower(module)
    return module


def integers(*shape: int, element: str = "f8E4M3FN", largest: int = 8) -> Array:
    """Codes of integers that the format has."""
    return FORMATS[element].encode(RNG.integers(-largest, largest + 1, shape))


@dataclass
class Case:
    """One program: the ops of @main, its types, its inputs and what numpy makes of them.

    `expected` is called with the values of the inputs (fp8 decoded to float64) and gives the
    values of the results, which are rounded to their types once.
    """

    types: str
    body: str
    given: list[Array]
    expected: Callable[..., Any]

    @property
    def text(self) -> str:
        takes, gives = self.types.split(" -> ")
        arguments = ", ".join(f"%{i}: {t}" for i, t in enumerate(takes.split(", ")))
        return f"func.func @main({arguments}) -> ({gives}) {{\n{self.body}\n}}"


ZP = """%zp = "tosa.const"() <{values = dense<0.0> : tensor<1xf8E4M3FN>}> : () -> tensor<1xf8E4M3FN>
"""


def shape(name: str, *sizes: int) -> str:
    rank = len(sizes)
    values = list(sizes) if rank > 1 else sizes[0]
    return (
        f"%{name} = tosa.const_shape {{values = dense<{values}> : tensor<{rank}xindex>}} "
        f": () -> !tosa.shape<{rank}>\n"
    )


def convolution(
    op: str,
    types: str,
    accumulator: str,
    **attributes: Any,
) -> Case:
    """A convolution of %0 with %1 and the bias %2."""
    listed = ", ".join(f"{k} = array<i64: {str(v)[1:-1]}>" for k, v in attributes.items())
    *takes, gives = types.replace(" -> ", ", ").split(", ")
    zps = ", ".join(["tensor<1xf8E4M3FN>"] * 2)
    body = (
        f"{ZP}%r = tosa.{op} %0, %1, %2, %zp, %zp {{acc_type = {accumulator}, {listed}}}\n"
        f"  : ({', '.join(takes)}, {zps}) -> {gives}\nreturn %r : {gives}"
    )
    shapes = [[int(n) for n in t[7:-1].split("x")[:-1]] for t in takes]
    x, w = (integers(*s) for s in shapes[:2])
    bias = RNG.integers(-8, 9, shapes[2]).astype(np.float16 if "f16" in takes[2] else np.float32)
    if op == "depthwise_conv2d":
        reference: Any = depthwise
    else:
        reference = transposed if op == "transpose_conv2d" else contracted
    return Case(types, body, [x, w, bias], lambda x, w, b: reference(x, w, attributes) + b)


def padded(x: Array, pad: list[int]) -> Array:
    spatial = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    return np.pad(x, [(0, 0), *spatial, (0, 0)])


def windows(x: Array, kernel: tuple[int, ...], a: dict[str, list[int]]) -> Array:
    """All windows of padded x: [n, spatial..., c, kernel...]."""
    dilation = a.get("dilation", [1] * len(kernel))
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    axes = tuple(range(1, 1 + len(kernel)))
    found = np.lib.stride_tricks.sliding_window_view(padded(x, a["pad"]), extent, axes)
    steps = tuple(slice(None, None, s) for s in a["stride"])
    within = tuple(slice(None, None, d) for d in dilation)
    return found[(slice(None), *steps, slice(None), *within)]


def contracted(x: Array, w: Array, a: dict[str, list[int]]) -> Array:
    kernel = w.shape[1:-1]
    dims = "hwd"[: len(kernel)]
    return np.einsum(f"n...c{dims},o{dims}c->n...o", windows(x, kernel, a), w)


def depthwise(x: Array, w: Array, a: dict[str, list[int]]) -> Array:
    result = np.einsum("n...chw,hwcm->n...cm", windows(x, w.shape[:2], a), w)
    return result.reshape(*result.shape[:-2], -1)


def transposed(x: Array, w: Array, a: dict[str, list[int]]) -> Array:
    (n, h, wide, _), (o, kh, kw, _) = x.shape, w.shape
    sy, sx = a["stride"]
    out = np.zeros((n, (h - 1) * sy + kh, (wide - 1) * sx + kw, o))
    for y in range(h):
        for z in range(wide):
            out[:, y * sy : y * sy + kh, z * sx : z * sx + kw] += np.einsum(
                "nc,ohwc->nhwo", x[:, y, z], w
            )
    return out


def pooled(x: Array, kernel: list[int], reduce: Any, **a: Any) -> Array:
    wide = np.pad(
        x, [(0, 0), tuple(a["pad"][:2]), tuple(a["pad"][2:]), (0, 0)], constant_values=-np.inf
    )
    found = windows(wide, tuple(kernel), {"pad": [0] * 4, "stride": a["stride"]})
    return np.asarray(reduce(found, axis=(-2, -1)))


def saturated(x: Array, type: Any) -> Array:
    bounds = np.iinfo(type)
    return np.clip(np.rint(x), bounds.min, bounds.max).astype(type)


F = "f8E4M3FN"
FLOATS = np.concatenate(
    [f.values * np.float32(s) for f in (E4M3FN, E5M2) for s in (1, 1.0625, 1.125, -1.25)]
)
F16 = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
BF16 = np.arange(1 << 16, dtype=np.uint16)
INTEGERS = ("i8", "i16", "i32", "i1")
POOL = integers(1, 5, 4, 2)
POOL_NAN = POOL.copy()
POOL_NAN[0, 1, 1, 0] = 0x7F

CASES = {
    "conv2d in f16": convolution(
        *(
            "conv2d",
            f"tensor<1x8x7x4x{F}>, tensor<8x3x3x4x{F}>, tensor<8xf16> -> tensor<1x4x7x8xf16>",
        ),
        *("f16",),
        pad=[1, 0, 1, 1],
        stride=[2, 1],
        dilation=[1, 1],
    ),
    "conv2d in f32": convolution(
        *(
            "conv2d",
            f"tensor<1x8x7x4x{F}>, tensor<8x3x3x4x{F}>, tensor<8xf16> -> tensor<1x6x5x8xf16>",
        ),
        *("f32",),
        pad=[1, 1, 1, 1],
        stride=[1, 1],
        dilation=[2, 2],
    ),
    "conv2d of one channel": convolution(
        *(
            "conv2d",
            f"tensor<2x4x4x1x{F}>, tensor<3x2x2x1x{F}>, tensor<1xf16> -> tensor<2x3x3x3xf16>",
        ),
        *("f16",),
        pad=[0, 0, 0, 0],
        stride=[1, 1],
        dilation=[1, 1],
    ),
    "depthwise": convolution(
        *("depthwise_conv2d",),
        f"tensor<1x6x6x4x{F}>, tensor<3x3x4x2x{F}>, tensor<8xf16> -> tensor<1x6x6x8xf16>",
        *("f16",),
        pad=[1, 1, 1, 1],
        stride=[1, 1],
        dilation=[1, 1],
    ),
    "depthwise of one point": convolution(
        *("depthwise_conv2d",),
        f"tensor<1x6x6x4x{F}>, tensor<1x1x4x2x{F}>, tensor<8xf16> -> tensor<1x6x6x8xf16>",
        *("f16",),
        pad=[0, 0, 0, 0],
        stride=[1, 1],
        dilation=[1, 1],
    ),
    "transpose conv, strided": convolution(
        *("transpose_conv2d",),
        f"tensor<1x4x3x4x{F}>, tensor<8x3x3x4x{F}>, tensor<8xf16> -> tensor<1x9x7x8xf16>",
        *("f16",),
        out_pad=[0, 0, 0, 0],
        stride=[2, 2],
    ),
    "transpose conv": convolution(
        *("transpose_conv2d",),
        f"tensor<1x4x3x4x{F}>, tensor<8x2x3x4x{F}>, tensor<8xf16> -> tensor<1x5x5x8xf16>",
        *("f16",),
        out_pad=[0, 0, 0, 0],
        stride=[1, 1],
    ),
    "conv3d": convolution(
        *("conv3d",),
        f"tensor<1x4x5x6x2x{F}>, tensor<3x2x3x3x2x{F}>, tensor<3xf16> -> tensor<1x3x3x4x3xf16>",
        *("f16",),
        pad=[0] * 6,
        stride=[1] * 3,
        dilation=[1] * 3,
    ),
    "matmul in f16": Case(
        f"tensor<2x4x8x{F}>, tensor<2x8x3x{F}> -> tensor<2x4x3xf16>",
        f"""{ZP}%r = tosa.matmul %0, %1, %zp, %zp : (tensor<2x4x8x{F}>, tensor<2x8x3x{F}>,
          tensor<1x{F}>, tensor<1x{F}>) -> tensor<2x4x3xf16>
        return %r : tensor<2x4x3xf16>""",
        [integers(2, 4, 8), integers(2, 8, 3)],
        np.matmul,
    ),
    "matmul in f32": Case(
        f"tensor<2x4x8x{F}>, tensor<2x8x3x{F}> -> tensor<2x4x3xf32>",
        f"""{ZP}%r = tosa.matmul %0, %1, %zp, %zp : (tensor<2x4x8x{F}>, tensor<2x8x3x{F}>,
          tensor<1x{F}>, tensor<1x{F}>) -> tensor<2x4x3xf32>
        return %r : tensor<2x4x3xf32>""",
        [integers(2, 4, 8, largest=128), integers(2, 8, 3, largest=128)],
        np.matmul,
    ),
    # Not saturating: NaN or Inf beyond the maximum, as the reference model's casts.
    "casts from f32": Case(
        f"tensor<{FLOATS.size}xf32> "
        f"-> tensor<{FLOATS.size}xf8E4M3FN>, tensor<{FLOATS.size}xf8E5M2>",
        f"""%a = tosa.cast %0 : (tensor<{FLOATS.size}xf32>) -> tensor<{FLOATS.size}xf8E4M3FN>
        %b = tosa.cast %0 : (tensor<{FLOATS.size}xf32>) -> tensor<{FLOATS.size}xf8E5M2>
        return %a, %b : tensor<{FLOATS.size}xf8E4M3FN>, tensor<{FLOATS.size}xf8E5M2>""",
        [FLOATS],
        lambda x: (x, x),
    ),
    "cast from f16": Case(
        "tensor<65536xf16> -> tensor<65536xf8E5M2>",
        """%r = tosa.cast %0 : (tensor<65536xf16>) -> tensor<65536xf8E5M2>
        return %r : tensor<65536xf8E5M2>""",
        [F16],
        lambda x: x,
    ),
    "cast from bf16": Case(
        "tensor<65536xbf16> -> tensor<65536xf8E4M3FN>",
        """%r = tosa.cast %0 : (tensor<65536xbf16>) -> tensor<65536xf8E4M3FN>
        return %r : tensor<65536xf8E4M3FN>""",
        [BF16],
        lambda x: x,
    ),
    "casts to floats": Case(
        "tensor<256xf8E4M3FN> -> tensor<256xf16>, tensor<256xf32>, tensor<256xf8E5M2>",
        """%a = tosa.cast %0 : (tensor<256xf8E4M3FN>) -> tensor<256xf16>
        %b = tosa.cast %0 : (tensor<256xf8E4M3FN>) -> tensor<256xf32>
        %c = tosa.cast %0 : (tensor<256xf8E4M3FN>) -> tensor<256xf8E5M2>
        return %a, %b, %c : tensor<256xf16>, tensor<256xf32>, tensor<256xf8E5M2>""",
        [CODES],
        lambda x: (x, x, x),
    ),
    "cast to the smaller fp8": Case(
        "tensor<256xf8E5M2> -> tensor<256xf8E4M3FN>",
        """%r = tosa.cast %0 : (tensor<256xf8E5M2>) -> tensor<256xf8E4M3FN>
        return %r : tensor<256xf8E4M3FN>""",
        [CODES],
        lambda x: x,
    ),
    **{
        f"casts of {f.mlir_name} to integers": Case(
            f"tensor<{n}x{f.mlir_name}> -> {', '.join(f'tensor<{n}x{t}>' for t in INTEGERS)}",
            "\n".join(
                f"%{t} = tosa.cast %0 : (tensor<{n}x{f.mlir_name}>) -> tensor<{n}x{t}>"
                for t in INTEGERS
            )
            + f"\nreturn {', '.join(f'%{t}' for t in INTEGERS)} : "
            + ", ".join(f"tensor<{n}x{t}>" for t in INTEGERS),
            [codes],
            lambda x: (*(saturated(x, t) for t in (np.int8, np.int16, np.int32)), x != 0),
        )
        for f in (E4M3FN, E5M2)
        for codes in [CODES[np.isfinite(f.values)]]
        for n in [codes.size]
    },
    "cast from i32": Case(
        f"tensor<1201xi32> -> tensor<1201x{F}>",
        f"""%r = tosa.cast %0 : (tensor<1201xi32>) -> tensor<1201x{F}>
        return %r : tensor<1201x{F}>""",
        [np.arange(-600, 601, dtype=np.int32)],
        lambda x: x,
    ),
    "max pool": Case(
        f"tensor<1x5x4x2x{F}> -> tensor<1x3x2x2x{F}>",
        f"""%r = tosa.max_pool2d %0 {{kernel = array<i64: 3, 2>, pad = array<i64: 1, 1, 0, 0>,
          stride = array<i64: 2, 2>}} : (tensor<1x5x4x2x{F}>) -> tensor<1x3x2x2x{F}>
        return %r : tensor<1x3x2x2x{F}>""",
        [POOL_NAN],
        lambda x: pooled(x, [3, 2], np.max, pad=[1, 1, 0, 0], stride=[2, 2]),
    ),
    "max pool that ignores NaN": Case(
        f"tensor<1x5x4x2x{F}> -> tensor<1x3x2x2x{F}>",
        f"""%r = tosa.max_pool2d %0 {{kernel = array<i64: 3, 2>, pad = array<i64: 1, 1, 0, 0>,
          stride = array<i64: 2, 2>, nan_mode = IGNORE}}
          : (tensor<1x5x4x2x{F}>) -> tensor<1x3x2x2x{F}>
        return %r : tensor<1x3x2x2x{F}>""",
        [POOL_NAN],
        lambda x: pooled(x, [3, 2], np.nanmax, pad=[1, 1, 0, 0], stride=[2, 2]),
    ),
    # What a maximum starts from is not above -Inf.
    "extrema of Inf": Case(
        "tensor<1x2x3x1xf8E5M2> -> " + ", ".join(["tensor<1x1x3x1xf8E5M2>"] * 3),
        """%a = tosa.max_pool2d %0 {kernel = array<i64: 2, 1>, pad = array<i64: 0, 0, 0, 0>,
          stride = array<i64: 1, 1>} : (tensor<1x2x3x1xf8E5M2>) -> tensor<1x1x3x1xf8E5M2>
        %b = tosa.reduce_max %0 {axis = 1 : i32}
          : (tensor<1x2x3x1xf8E5M2>) -> tensor<1x1x3x1xf8E5M2>
        %n = tosa.reduce_min %0 {axis = 1 : i32}
          : (tensor<1x2x3x1xf8E5M2>) -> tensor<1x1x3x1xf8E5M2>
        return %a, %b, %n
          : tensor<1x1x3x1xf8E5M2>, tensor<1x1x3x1xf8E5M2>, tensor<1x1x3x1xf8E5M2>""",
        [np.resize(E5M2.encode(np.array([-np.inf, np.inf, 3])), (1, 2, 3, 1))],
        lambda x: (x[:, :1],) * 3,
    ),
    "average pool": Case(
        f"tensor<1x4x4x2x{F}> -> tensor<1x2x2x2x{F}>",
        f"""{ZP}%r = tosa.avg_pool2d %0, %zp, %zp {{acc_type = f32, kernel = array<i64: 2, 2>,
          pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>}}
          : (tensor<1x4x4x2x{F}>, tensor<1x{F}>, tensor<1x{F}>) -> tensor<1x2x2x2x{F}>
        return %r : tensor<1x2x2x2x{F}>""",
        [integers(1, 4, 4, 2)],
        lambda x: pooled(x, [2, 2], np.mean, pad=[0] * 4, stride=[2, 2]),
    ),
    "movement": Case(
        f"tensor<2x4x3x{F}> -> tensor<6x4x{F}>, tensor<2x7x4x{F}>, tensor<2x8x3x{F}>, "
        f"tensor<2x4x6x{F}>, tensor<1x2x3x{F}>, tensor<2x4x3x{F}>",
        shape("s", 6, 4)
        + shape("p", 0, 0, 1, 2, 0, 1)
        + shape("m", 1, 1, 2)
        + shape("at", 1, 1, 0)
        + shape("size", 1, 2, 3)
        + f"""%t = tosa.transpose %0 {{perms = array<i32: 2, 0, 1>}}
          : (tensor<2x4x3x{F}>) -> tensor<3x2x4x{F}>
        %a = tosa.reshape %t, %s : (tensor<3x2x4x{F}>, !tosa.shape<2>) -> tensor<6x4x{F}>
        %v = "tosa.const"() <{{values = dense<-2.0> : tensor<1x{F}>}}> : () -> tensor<1x{F}>
        %b = tosa.pad %0, %p, %v
          : (tensor<2x4x3x{F}>, !tosa.shape<6>, tensor<1x{F}>) -> tensor<2x7x4x{F}>
        %c = tosa.concat %0, %0 {{axis = 1 : i32}}
          : (tensor<2x4x3x{F}>, tensor<2x4x3x{F}>) -> tensor<2x8x3x{F}>
        %d = tosa.tile %0, %m : (tensor<2x4x3x{F}>, !tosa.shape<3>) -> tensor<2x4x6x{F}>
        %e = tosa.slice %0, %at, %size
          : (tensor<2x4x3x{F}>, !tosa.shape<3>, !tosa.shape<3>) -> tensor<1x2x3x{F}>
        %f = tosa.reverse %0 {{axis = 1 : i32}} : (tensor<2x4x3x{F}>) -> tensor<2x4x3x{F}>
        return %a, %b, %c, %d, %e, %f : tensor<6x4x{F}>, tensor<2x7x4x{F}>, tensor<2x8x3x{F}>,
          tensor<2x4x6x{F}>, tensor<1x2x3x{F}>, tensor<2x4x3x{F}>""",
        [RNG.permutation(CODES)[:24].reshape(2, 4, 3)],
        lambda x: (
            x.transpose(2, 0, 1).reshape(6, 4),
            np.pad(x, ((0, 0), (1, 2), (0, 1)), constant_values=-2),
            np.concatenate([x, x], 1),
            np.tile(x, (1, 1, 2)),
            x[1:2, 1:3],
            x[:, ::-1],
        ),
    ),
    "elementwise": Case(
        f"tensor<256x{F}>, tensor<256x{F}> -> tensor<256x{F}>, tensor<256x{F}>, tensor<256x{F}>, "
        f"tensor<256x{F}>, tensor<256xi1>, tensor<256x{F}>",
        ZP
        + f"""%a = tosa.add %0, %1 : (tensor<256x{F}>, tensor<256x{F}>) -> tensor<256x{F}>
        %b = tosa.maximum %0, %1 : (tensor<256x{F}>, tensor<256x{F}>) -> tensor<256x{F}>
        %c = tosa.negate %0, %zp, %zp
          : (tensor<256x{F}>, tensor<1x{F}>, tensor<1x{F}>) -> tensor<256x{F}>
        %d = tosa.clamp %0 {{min_val = -4.0 : {F}, max_val = 4.0 : {F}}}
          : (tensor<256x{F}>) -> tensor<256x{F}>
        %e = tosa.greater %0, %1 : (tensor<256x{F}>, tensor<256x{F}>) -> tensor<256xi1>
        %f = tosa.select %e, %0, %1
          : (tensor<256xi1>, tensor<256x{F}>, tensor<256x{F}>) -> tensor<256x{F}>
        return %a, %b, %c, %d, %e, %f : tensor<256x{F}>, tensor<256x{F}>, tensor<256x{F}>,
          tensor<256x{F}>, tensor<256xi1>, tensor<256x{F}>""",
        [CODES, RNG.permutation(CODES)],
        lambda x, y: (
            *(x + y, np.maximum(x, y), -x, np.clip(x, -4, 4), x > y, np.where(x > y, x, y)),
        ),
    ),
    "reductions": Case(
        f"tensor<3x5x4x{F}>, tensor<3x2xi32> "
        f"-> tensor<3x5xi32>, tensor<3x1x4x{F}>, tensor<3x2x4x{F}>",
        f"""%a = tosa.argmax %0 {{axis = 2 : i32}} : (tensor<3x5x4x{F}>) -> tensor<3x5xi32>
        %b = tosa.reduce_max %0 {{axis = 1 : i32}} : (tensor<3x5x4x{F}>) -> tensor<3x1x4x{F}>
        %c = tosa.gather %0, %1 : (tensor<3x5x4x{F}>, tensor<3x2xi32>) -> tensor<3x2x4x{F}>
        return %a, %b, %c : tensor<3x5xi32>, tensor<3x1x4x{F}>, tensor<3x2x4x{F}>""",
        [integers(3, 5, 4), RNG.integers(0, 5, (3, 2)).astype(np.int32)],
        lambda x, i: (
            x.argmax(2),
            x.max(1, keepdims=True),
            np.take_along_axis(x, i[:, :, None], 1),
        ),
    ),
}


def as_values(element: str, array: Array) -> Array:
    """What an input holds, in float64 where it holds floats."""
    if element in FORMATS:
        return FORMATS[element].decode(array).astype(np.float64)
    if element == "bf16":
        return array.view(ml_dtypes.bfloat16).astype(np.float64)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def rounded(element: str, values: Any) -> Array:
    if element in FORMATS:
        return FORMATS[element].encode(values)
    return np.asarray(values).astype(signature.DTYPES[element])


@pytest.mark.filterwarnings("ignore:overflow encountered in cast", "ignore:invalid value")
@pytest.mark.parametrize("name", CASES)
def test_gives_the_bits_of_numpy(name: str) -> None:
    case = CASES[name]
    module = imported(case.text)
    types = signature.of(signature.public_functions(module)["main"])
    values = [as_values(v.element, x) for v, x in zip(types.arguments, case.given, strict=True)]
    expected = case.expected(*values)
    expected = expected if isinstance(expected, tuple) else (expected,)
    results = run(module, *case.given)
    assert len(results) == len(expected)
    for value, got, want in zip(types.results, results, expected, strict=True):
        want = rounded(value.element, want)
        assert (got.shape, got.dtype) == (want.shape, want.dtype), value.name
        nan = np.isnan(as_values(value.element, got).astype(np.float64))
        want_nan = np.isnan(as_values(value.element, want).astype(np.float64))
        bits = np.dtype(f"u{got.dtype.itemsize}")
        same = (got.view(bits) == want.view(bits)) | (nan & want_nan)
        assert same.all(), f"{value.name}: {np.count_nonzero(~same)} of {same.size} differ"
        assert not nan.all()


@pytest.mark.parametrize("name", CASES)
def test_converts_with_every_bit_kept(name: str) -> None:
    case = CASES[name]
    module = imported(case.text)
    converted = cpu.clone(module)
    passes.run(converted, "ocp-to-fnuz")
    verifier = Verifier(module, converted)
    random = inputs.random(verifier.functions["main"], "ordinary", seed=0, exponent=-4)
    if name == "reductions":
        random[1] = case.given[1]  # indices that are within
    for given in (case.given, random):
        for comparison in verifier.run("main", given):
            assert comparison.ok, comparison
            assert comparison.nans < comparison.elements


def test_a_nonzero_zero_point_is_refused() -> None:
    case = CASES["matmul in f16"]
    takes = case.types.replace(" ->", ", tensor<1xf8E4M3FN> ->")
    text = Case(takes, case.body.replace(ZP, "").replace("%zp", "%2"), [], case.expected).text
    with pytest.raises(ImportFailed, match=r"'tosa.matmul' op on .* is not the constant 0"):
        imported(text)
    text = case.text.replace("dense<0.0>", "dense<1.0>")
    with pytest.raises(load().ir.MLIRError, match="zero point must be zero"):
        imported(text)


SHARED = Path(__file__).resolve().parents[2] / "shared" / "inputs" / "linalg" / "tosa_f8.mlir"


@pytest.mark.skipif(not SHARED.exists(), reason="the shared inputs are not beside the checkout")
def test_a_real_input() -> None:
    module = imported(SHARED.read_text())
    converted = cpu.clone(module)
    passes.run(converted, "ocp-to-fnuz")
    verifier = Verifier(module, converted)
    for function, types in verifier.functions.items():
        for comparison in verifier.run(function, inputs.random(types, "ordinary", seed=0)):
            assert comparison.ok, comparison
            assert comparison.nans < comparison.elements
