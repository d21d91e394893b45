"""ONNX ops on fp8 against onnx's ReferenceEvaluator, bit for bit, as OCP and after ocp-to-fnuz."""

import re
from collections.abc import Sequence
from itertools import cycle, product
from typing import Any

import float_ops
import ml_dtypes
import numpy as np
import onnx
import onnx.helper as oh
import pytest
from numpy.typing import NDArray
from onnx import TensorProto as T
from onnx.reference import ReferenceEvaluator
from onnx_node_tests import FP8, Programs, difference

from fnuz import passes
from fnuz.dialect.formats import FORMATS, Fp8Format
from fnuz.execution import cpu
from fnuz.frontends.onnx import import_model

Array = NDArray[Any]

CODES = np.arange(256, dtype=np.uint8)
DTYPES: dict[int, Any] = {
    T.FLOAT: np.float32,
    T.FLOAT16: np.float16,
    T.BFLOAT16: ml_dtypes.bfloat16,
    T.DOUBLE: np.float64,
    **FP8,
}
FLOATS = (T.FLOAT, T.FLOAT16, T.BFLOAT16)
rng = np.random.default_rng(0)


def type_name(type: int) -> str:
    return str(T.DataType.Name(type)).lower()


def type_of(array: Array) -> int:
    return int(oh.np_dtype_to_tensor_dtype(array.dtype))


def format_of(type: int) -> Fp8Format:
    return next(f for f in FORMATS.values() if f.mlir_name[2:].lower() == type_name(type)[6:])


def all_of(type: int) -> Array:
    """Every code of an fp8 type."""
    return CODES.view(FP8[type])


def constant(name: str, array: Array) -> onnx.TensorProto:
    return oh.make_tensor(name, type_of(array), array.shape, array.tobytes(), raw=True)


class Graph:
    """A model that is put together: its inputs with their values, its nodes and results."""

    def __init__(self, opset: int = 23, dynamic: bool = False) -> None:
        self.inputs: dict[str, Array] = {}
        self.fixed: set[str] = set()
        self.label = ""
        """What the names of the next values start with."""
        self.constants: list[onnx.TensorProto] = []
        self.nodes: list[onnx.NodeProto] = []
        self.results: list[Any] = []
        self.opset = opset
        self.dynamic = dynamic

    def input(self, array: Array, fixed: bool = False) -> str:
        name = f"x{len(self.inputs)}"
        self.inputs[name] = np.asarray(array)
        if fixed or not self.dynamic:
            self.fixed.add(name)
        return name

    def fixed_input(self, array: Array) -> str:
        """An input whose sizes are known, whatever those of others are."""
        return self.input(array, fixed=True)

    def constant(self, array: Array) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(constant(name, np.asarray(array)))
        return name

    def node(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        name = f"{self.label} {op} {len(self.nodes)}"
        self.nodes.append(oh.make_node(op, inputs, [name], **attributes))
        return name

    def result(self, value: str, type: int, shape: Sequence[Any]) -> None:
        sizes = [None] * len(shape) if self.dynamic else shape
        self.results.append(oh.make_tensor_value_info(value, type, sizes))

    def model(self) -> onnx.ModelProto:
        inputs = [
            oh.make_tensor_value_info(
                name, type_of(x), x.shape if name in self.fixed else [None] * x.ndim
            )
            for name, x in self.inputs.items()
        ]
        graph = oh.make_graph(self.nodes, "main", inputs, self.results, self.constants)
        opset = [oh.make_opsetid("", self.opset), oh.make_opsetid("com.microsoft", 1)]
        return oh.make_model(graph, opset_imports=opset, ir_version=10)

    def reference(self) -> list[Array]:
        with np.errstate(all="ignore"):
            return list(ReferenceEvaluator(self.model()).run(None, self.inputs))

    def problems(self, expected: Sequence[Array] | None = None) -> list[str]:
        """Where the import differs from the reference evaluator, or from `expected`."""
        wanted = self.reference() if expected is None else expected
        assert len(wanted) == len(self.results) > 0
        programs = Programs({"main": self.model()})
        return programs.differences("main", list(self.inputs.values()), wanted)


def floats(type: int) -> Array:
    """Values of a float type: all of 16 bits; of others those near where fp8 rounds, and more."""
    if type in (T.FLOAT16, T.BFLOAT16):
        return np.arange(1 << 16, dtype=np.uint16).view(DTYPES[type])
    dtype = DTYPES[type]
    values = np.concatenate([f.values for f in FORMATS.values()]).astype(dtype)
    values = np.unique(values[np.isfinite(values)])
    middles = (values[1:] + values[:-1]) / dtype(2)
    bounds = np.array([1.5, 240, 248, 448, 464, 480, 496, 57344, 61440, 65536, np.inf], dtype)
    exact = np.concatenate([values, middles, bounds, -bounds])
    near = [np.nextafter(exact, np.array(to, dtype)) for to in (-np.inf, np.inf)]
    width = np.dtype(dtype).itemsize
    any_bits = np.frombuffer(rng.bytes(width << 14), dtype)
    spread = (rng.standard_normal(1 << 14) * 2.0 ** rng.integers(-20, 20, 1 << 14)).astype(dtype)
    return np.concatenate([exact, *near, any_bits, spread, np.array([np.nan, -0.0], dtype)])


INTEGERS = {
    T.INT8: np.arange(-128, 128, dtype=np.int8),
    T.UINT8: np.arange(256, dtype=np.uint8),
    T.INT16: np.arange(1 << 16, dtype=np.uint16).view(np.int16),
    T.UINT16: np.arange(1 << 16, dtype=np.uint16),
    T.INT32: rng.integers(-(1 << 31), 1 << 31, 4096).astype(np.int32),
    T.UINT32: rng.integers(0, 1 << 32, 4096).astype(np.uint32),
    T.INT64: np.concatenate([rng.integers(-(1 << 63), 1 << 63, 4096), np.arange(-70000, 70000)]),
    T.UINT64: rng.integers(0, 1 << 64, 4096, dtype=np.uint64),
    T.BOOL: np.array([False, True]),
}

SOURCES: dict[int, Array] = {
    **{t: floats(t) for t in (*FLOATS, T.DOUBLE)},
    **INTEGERS,
    **{t: all_of(t) for t in FP8},
}


@pytest.mark.parametrize("source", SOURCES, ids=type_name)
def test_cast_to_fp8(source: int) -> None:
    values = SOURCES[source]
    g = Graph()
    x = g.input(values)
    rounded_once = []
    for target in FP8:
        like = g.constant(np.zeros((), FP8[target]))
        for saturate in ({}, {"saturate": 0}, {"saturate": 1}):
            for value in (
                g.node("Cast", [x], to=target, **saturate),
                g.node("CastLike", [x, like], **saturate),
            ):
                g.result(value, target, values.shape)
                if source == T.DOUBLE:  # The reference evaluator rounds it to f32 on the way.
                    saturates = bool(saturate.get("saturate", 1))
                    codes = format_of(target).encode(values, saturate=saturates)
                    rounded_once.append(codes.view(FP8[target]))
    assert g.problems(rounded_once or None) == []


@pytest.mark.parametrize("source", FP8, ids=type_name)
def test_cast_from_fp8(source: int) -> None:
    values = all_of(source)
    real = values.astype(np.float32)
    g = Graph()
    x = g.input(values)
    for target in (*FLOATS, T.DOUBLE, T.BOOL):
        g.result(g.node("Cast", [x], to=target), target, values.shape)
    # What does not fit an integer is left open.
    for target, of in INTEGERS.items():
        if target == T.BOOL:
            continue
        info = np.iinfo(of.dtype)
        fits = values[(np.trunc(real) >= info.min) & (np.trunc(real) <= info.max)]
        assert len(fits) > 60
        y = g.input(fits)
        g.result(g.node("Cast", [y], to=target), target, fits.shape)
    assert g.problems() == []


def test_bit_cast() -> None:
    g = Graph(opset=26)
    expected = []
    for type in FP8:
        values = all_of(type)
        x = g.input(values)
        for to in (T.UINT8, T.INT8, T.FLOAT8E4M3FN, T.FLOAT8E5M2):
            g.result(g.node("BitCast", [x], to=to), to, values.shape)
            expected.append(values.view(oh.tensor_dtype_to_np_dtype(to)))
    assert g.problems(expected) == []


# -- QuantizeLinear and DequantizeLinear

SCALES = np.array([0.0375, 1.0, 3.0e-5, 700.0, 0.1])


def f16_values(type: int, count: int) -> Array:
    """Values over the range of f16, Inf and NaN among them, as a float type."""
    codes = rng.integers(0, 1 << 16, count).astype(np.uint16)
    with np.errstate(invalid="ignore"):  # ml_dtypes warns of signalling NaN
        return codes.view(np.float16).astype(DTYPES[type])


@pytest.mark.parametrize("x", [*FLOATS, T.INT32], ids=type_name)
def test_quantize_every_mix_of_types(x: int) -> None:
    """Each with the next of the fp8 types and saturations; the scale constant and run-time."""
    ints = rng.integers(-5000, 5000, 4000).astype(np.int32)
    values = ints if x == T.INT32 else f16_values(x, 4000)
    g = Graph()
    value = g.input(values)
    ways = cycle(product(FP8, (0, 1)))
    for scale, precision in product(FLOATS, (0, *FLOATS)):
        for number, given in ((0.0375, g.constant), (1.7, g.input)):
            s = given(np.array(number, DTYPES[scale]))
            target, saturate = next(ways)
            attributes = {"output_dtype": target, "saturate": saturate}
            if precision:
                attributes["precision"] = precision
            g.result(g.node("QuantizeLinear", [value, s], **attributes), target, values.shape)
        next(ways)
    assert g.problems() == []


# Granularity: the shape of x, and axis, block size and shape of the scale.
GRANULARITIES: dict[str, tuple[tuple[int, ...], int | None, int, tuple[int, ...]]] = {
    "one": ((3, 4), None, 0, ()),
    "one in a vector": ((3, 4), None, 0, (1,)),
    "one for no dims": ((), None, 0, ()),
    "default axis": ((3, 4), None, 0, (4,)),
    "axis 0": ((3, 4), 0, 0, (3,)),
    "axis -1": ((2, 3, 4), -1, 0, (4,)),
    "axis -3": ((2, 3, 4), -3, 0, (2,)),
    "vector": ((5,), 0, 0, (5,)),
    "blocks": ((6, 4), 0, 2, (3, 4)),
    "cut block": ((7, 4), 0, 3, (3, 4)),
    "blocks on axis -1": ((2, 3, 10), -1, 4, (2, 3, 3)),
    "blocks on default axis": ((2, 8, 3), None, 2, (2, 4, 3)),
    "one block": ((3, 4), 1, 4, (3, 1)),
    "empty": ((0, 4), 1, 0, (4,)),
}


@pytest.mark.parametrize("dynamic", [False, True], ids=["static", "dynamic"])
def test_granularity(dynamic: bool) -> None:
    """Both ops; constant and run-time scale; with and without a zero point of zeros."""
    types = cycle(zip(cycle(FP8), cycle(FLOATS)))
    g = Graph(dynamic=dynamic)
    for g.label, (shape, axis, block_size, scale_shape) in GRANULARITIES.items():
        attributes = {"block_size": block_size} if block_size else {}
        if axis is not None:
            attributes["axis"] = axis
        x = g.input(np.asarray(rng.standard_normal(shape) * 300, np.float32))
        for given, has_zero in ((g.constant, not dynamic), (g.fixed_input, dynamic)):
            target, scale_type = next(types)
            scale = given((rng.random(scale_shape) + 0.1).astype(DTYPES[scale_type]))
            zero = [given(np.zeros(scale_shape, FP8[target]))] if has_zero else []
            y = g.input(np.asarray(rng.integers(0, 256, shape), np.uint8).view(FP8[target]))
            to = {} if has_zero else {"output_dtype": target}
            q = g.node("QuantizeLinear", [x, scale, *zero], **attributes, **to)
            dq = g.node("DequantizeLinear", [y, scale, *zero], **attributes)
            # A zero point that is not known is added: the sum of -0 and 0 is 0.
            if not has_zero or given == g.constant or format_of(target).fnuz:
                g.result(q, target, shape)
            g.result(dq, scale_type, shape)
    assert g.problems() == []


@pytest.mark.parametrize("name", ["default axis", "cut block"])
def test_scale_of_unknown_size(name: str) -> None:
    shape, axis, block_size, scale_shape = GRANULARITIES[name]
    g = Graph(dynamic=True)
    attributes = {"axis": 1 if axis is None else axis, "block_size": block_size}
    codes = g.input(rng.integers(0, 256, shape).astype(np.uint8).view(FP8[T.FLOAT8E4M3FN]))
    scale = g.input(rng.random(scale_shape).astype(np.float32))
    g.result(g.node("DequantizeLinear", [codes, scale], **attributes), T.FLOAT, shape)
    assert g.problems() == []


@pytest.mark.parametrize("source", FP8, ids=type_name)
def test_dequantize_every_mix_of_types(source: int) -> None:
    values = all_of(source)
    g = Graph()
    x = g.input(values)
    for scale, output in product(FLOATS, (0, *FLOATS)):
        for number, given in ((0.0375, g.constant), (1.7, g.input)):
            s = given(np.array(number, DTYPES[scale]))
            attributes = {"output_dtype": output} if output else {}
            y = g.node("DequantizeLinear", [x, s], **attributes)
            g.result(y, output or scale, values.shape)
    assert g.problems() == []


@pytest.mark.parametrize("target", FP8, ids=type_name)
def test_zero_points(target: int) -> None:
    """The formulas of the standard, in f32; the reference evaluator has no zero points of fp8."""
    format = format_of(target)
    zero = np.array([1.5, -3, 0, 16], np.float32)
    zeros = format.encode(zero).view(FP8[target])
    scale = np.array([0.5, 2.5, 0.0625, 1], np.float32)
    wide = (rng.standard_normal((64, 4)) * 300).astype(np.float32)
    codes = np.tile(CODES, 4).reshape(4, 256).T.copy()
    g = Graph()
    x, q = g.input(wide), g.input(codes.view(FP8[target]))
    expected = []
    for given in (g.constant, g.input):
        inputs = [given(scale), given(zeros)]
        g.result(g.node("QuantizeLinear", [x, *inputs]), target, wide.shape)
        y = format.encode(wide / scale + zero, saturate=True)
        expected.append(y.view(FP8[target]))
        g.result(g.node("DequantizeLinear", [q, *inputs]), T.FLOAT, codes.shape)
        with np.errstate(invalid="ignore"):
            expected.append((format.decode(codes) - zero) * scale)
        one = [given(np.float32(0.3)), given(zeros[:1].reshape(()))]
        g.result(g.node("QuantizeLinear", [x, *one]), target, wide.shape)
        y = format.encode(wide / np.float32(0.3) + zero[0], saturate=True)
        expected.append(y.view(FP8[target]))
    assert g.problems(expected) == []


# -- QLinearMatMul

# The shapes of a and b, and of the scales of a, b and y.
PRODUCTS: dict[str, tuple[tuple[int, ...], ...]] = {
    "matmul": ((4, 9), (9, 3), (), (), ()),
    "one in a vector": ((4, 9), (9, 3), (1,), (1,), (1,)),
    "row and column": ((4, 9), (9, 3), (4,), (3,), ()),
    "row and column, as matrices": ((4, 9), (9, 3), (4, 1), (1, 3), (4, 3)),
    "batch": ((2, 4, 9), (2, 9, 3), (), (), ()),
    "batch, each its scales": ((2, 4, 9), (2, 9, 3), (2, 4, 1), (2, 1, 3), (2, 1, 1)),
    "broadcast b": ((2, 4, 9), (9, 3), (2, 1, 1), (3,), ()),
    "broadcast a": ((1, 4, 9), (5, 9, 3), (1, 4, 1), (5, 1, 1), ()),
    "broadcast both": ((2, 1, 4, 9), (5, 9, 3), (2, 1, 4, 1), (), ()),
    "ones": ((1, 1, 9), (1, 9, 1), (), (), ()),
    "vector a": ((9,), (9, 3), (), (3,), ()),
    "vector b": ((2, 4, 9), (9,), (2, 4, 1), (), ()),
    "vectors": ((9,), (9,), (), (), ()),
}


def q_linear_matmul(
    matrices: Sequence[Array], scales: Sequence[Array], zeros: Sequence[Array], target: int
) -> Array:
    """The formula of the standard in f32, with the sum in the order of the indices."""
    a, b = (x.astype(np.float32) for x in matrices)
    rows, columns = np.atleast_2d(a), b[:, None] if b.ndim == 1 else b
    rows = rows - _over(zeros[0], 0)
    columns = columns - _over(zeros[1], 1)
    sums = np.zeros((*np.matmul(rows, columns).shape,), np.float32)
    for k in range(rows.shape[-1]):
        sums += rows[..., :, k, None] * columns[..., None, k, :]
    y = sums * (_over(scales[0], 0) * _over(scales[1], 1)) / _over(scales[2], 0)
    y = y + _over(zeros[2], 0) if zeros[2].any() else y
    y = y.reshape(np.matmul(a, b).shape)
    return format_of(target).encode(y, saturate=True).view(FP8[target])


def _over(parameter: Array, vector: int) -> Array:
    """A scale or zero point in f32, as it broadcasts over matrices; a vector is for rows or not."""
    p = parameter.astype(np.float32)
    if p.size == 1:
        return p.reshape(())
    return p if p.ndim > 1 else p[None, :] if vector else p[:, None]


def test_q_linear_matmul() -> None:
    """Constant and run-time parameters; with zero points of zeros, and of other numbers."""
    types, scale_types = cycle(FP8), cycle(FLOATS)
    g = Graph(opset=21)
    expected = []
    for g.label, (*shapes, scale_a, scale_b, scale_y) in PRODUCTS.items():
        ways = [(g.constant, False), (g.input, True)]
        if g.label in ("matmul", "row and column"):
            ways += [(g.constant, True), (g.input, False)]
        for given, has_zeros in ways:
            of = [next(types) for _ in range(3)]
            next(types)
            matrices = [
                format_of(t).encode(rng.standard_normal(s) * 8).view(FP8[t])
                for t, s in zip(of, shapes, strict=False)
            ]
            scale_type = next(scale_types)
            parameters = (scale_a, scale_b, scale_y)
            scales = [np.asarray(rng.random(s) + 0.2, DTYPES[scale_type]) for s in parameters]
            zeros = [
                format_of(t).encode(rng.integers(-3, 3, s) * has_zeros).view(FP8[t])
                for t, s in zip(of, parameters, strict=True)
            ]
            a, b = (g.input(x) for x in matrices)
            a_scale, b_scale, y_scale = (given(x) for x in scales)
            a_zero, b_zero = (given(x) for x in zeros[:2])
            # One that is not known is added: the sum of -0 and 0 is 0.
            y_zero = g.constant(zeros[2])
            inputs = [a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero]
            expected.append(q_linear_matmul(matrices, scales, zeros, of[2]))
            g.result(g.node("QLinearMatMul", inputs), of[2], expected[-1].shape)
    assert g.problems(expected) == []


# -- scales made at run time, other domains, subgraphs


def test_quantize_by_the_largest() -> None:
    """A scale made from what is quantized, per tensor and per row."""
    g = Graph(opset=21)
    values = (rng.standard_normal((8, 16)) * 50).astype(np.float32)
    x = g.input(values)
    magnitudes = g.node("Abs", [x])
    for axes, axis in (([0, 1], 1), ([1], 0)):
        largest = g.node("ReduceMax", [magnitudes, g.constant(np.array(axes))], keepdims=0)
        scale = g.node("Div", [largest, g.constant(np.float32(448))])
        q = g.node("QuantizeLinear", [x, scale], axis=axis, output_dtype=T.FLOAT8E4M3FN)
        g.result(q, T.FLOAT8E4M3FN, values.shape)
        g.result(g.node("DequantizeLinear", [q, scale], axis=axis), T.FLOAT, values.shape)
    assert g.problems() == []


def test_dynamic_quantize_then_fp8() -> None:
    g = Graph(opset=21)
    values = (rng.standard_normal((8, 16)) * 50).astype(np.float32)
    x = g.input(values)
    g.nodes.append(oh.make_node("DynamicQuantizeLinear", [x], ["y", "s", "z"]))
    wide = g.node("DequantizeLinear", ["y", "s", "z"])
    zero = g.constant(np.zeros((), FP8[T.FLOAT8E5M2]))
    g.result(g.node("QuantizeLinear", [wide, "s", zero]), T.FLOAT8E5M2, values.shape)
    assert g.problems() == []


def test_microsoft_domain() -> None:
    g = Graph(opset=21)
    values = (rng.standard_normal((8, 16)) * 300).astype(np.float16)
    x = g.input(values)
    scale = g.constant(np.array([0.5, 0.1] * 4, np.float16))
    zero = g.constant(np.zeros(8, FP8[T.FLOAT8E4M3FN]))
    plain = [g.node("QuantizeLinear", [x, scale, zero], axis=0)]
    plain.append(g.node("DequantizeLinear", [plain[0], scale, zero], axis=0))
    theirs = [g.node("QuantizeLinear", [x, scale, zero], axis=0, domain="com.microsoft")]
    theirs.append(
        g.node("DequantizeLinear", [theirs[0], scale, zero], axis=0, domain="com.microsoft")
    )
    for q, dq in (plain, theirs):
        g.result(q, T.FLOAT8E4M3FN, values.shape)
        g.result(dq, T.FLOAT16, values.shape)
    model = g.model()
    # Shape inference does not know the domain.
    model.graph.value_info.extend(
        oh.make_tensor_value_info(name, type, values.shape)
        for name, type in zip(theirs, (T.FLOAT8E4M3FN, T.FLOAT16), strict=True)
    )
    results = Programs({"main": model}).run("main", [values])
    del g.results[2:], g.nodes[2:]
    for got, want in zip(results, g.reference() * 2, strict=True):
        assert difference(got, want) is None


def test_if_and_loop() -> None:
    values = (rng.standard_normal((4, 5)) * 300).astype(np.float32)
    fp8 = T.FLOAT8E4M3FN
    info = oh.make_tensor_value_info

    def branch(op: str, saturate: int) -> onnx.GraphProto:
        nodes = [
            oh.make_node(op, ["x0"], [f"{op}{saturate}"]),
            oh.make_node(
                "Cast", [f"{op}{saturate}"], [f"q{op}{saturate}"], to=fp8, saturate=saturate
            ),
        ]
        return oh.make_graph(nodes, op, [], [info(f"q{op}{saturate}", fp8, values.shape)])

    body = oh.make_graph(
        [
            oh.make_node("Identity", ["keep"], ["again"]),
            oh.make_node("DequantizeLinear", ["state", "c0"], ["wide"]),
            oh.make_node("QuantizeLinear", ["wide", "c1"], ["quantized"], output_dtype=fp8),
            oh.make_node("Max", ["quantized", "c2"], ["next"]),
        ],
        "body",
        [info("i", T.INT64, []), info("keep", T.BOOL, []), info("state", fp8, values.shape)],
        [info("again", T.BOOL, []), info("next", fp8, values.shape)],
    )
    for choice in (False, True):
        g = Graph(opset=21)
        g.input(values)
        which = g.input(np.array(choice))
        g.constant(np.float32(0.75))
        g.constant(np.float32(0.5))
        g.constant(np.array(-100, FP8[fp8]))
        chosen = g.node("If", [which], then_branch=branch("Neg", 1), else_branch=branch("Abs", 0))
        count, yes = g.constant(np.array(3)), g.constant(np.array(True))
        state = g.node("Loop", [count, yes, chosen], body=body)
        g.result(chosen, fp8, values.shape)
        g.result(state, fp8, values.shape)
        assert g.problems() == []


# -- arithmetic on fp8

LEFT = np.repeat(CODES, 256).reshape(256, 256)
RIGHT = LEFT.T.copy()
BINARY = ["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow"]
COMPARE = ["Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"]
UNARY = ["Relu", "Neg", "Abs", "Sqrt", "Ceil", "Floor", "Round", "Exp", "Log", "Tanh", "Erf", "Sin"]
UNARY += ["Gelu", "Identity"]


@pytest.mark.parametrize("type", FP8, ids=type_name)
def test_arithmetic_on_all_codes(type: int) -> None:
    g = Graph(opset=21)
    a, b, c = (g.input(x.view(FP8[type])) for x in (LEFT, RIGHT, CODES))
    for op in BINARY:
        g.result(g.node(op, [a, b]), type, LEFT.shape)
    for op in COMPARE:
        g.result(g.node(op, [a, b]), T.BOOL, LEFT.shape)
    for op in UNARY:
        g.result(g.node(op, [c]), type, CODES.shape)
    for op in ("IsNaN", "IsInf"):
        g.result(g.node(op, [c]), T.BOOL, CODES.shape)
    which = g.input(rng.random(LEFT.shape) < 0.5)
    g.result(g.node("Where", [which, a, b]), type, LEFT.shape)
    low, high = (g.constant(np.array(x, FP8[type])) for x in (-1.5, 4))
    g.result(g.node("Clip", [c, low, high]), type, CODES.shape)
    g.result(g.node("Clip", [c, "", high]), type, CODES.shape)
    g.result(g.node("Max", [c, low, high]), type, CODES.shape)
    g.result(g.node("Min", [a, c, low]), type, LEFT.shape)
    assert g.problems() == []


@pytest.mark.parametrize("type", FP8, ids=type_name)
def test_movement_of_all_codes(type: int) -> None:
    g = Graph(opset=21)
    flat = CODES[rng.permutation(256)]
    x = g.input(flat.view(FP8[type]))

    def ints(*values: int) -> str:
        return g.constant(np.array(values, np.int64))

    def result(op: str, inputs: Sequence[str], shape: Sequence[int], **attributes: Any) -> str:
        name = g.node(op, inputs, **attributes)
        g.result(name, type, shape)
        return name

    square = result("Reshape", [x, ints(16, -1)], (16, 16))
    image = result("Reshape", [x, ints(1, 4, 8, 8)], (1, 4, 8, 8))
    result("Flatten", [image], (1, 256))
    row = result("Unsqueeze", [x, ints(0)], (1, 256))
    result("Squeeze", [row, ints(0)], (256,))
    result("Transpose", [image], (8, 1, 8, 4), perm=[2, 0, 3, 1])
    result("Concat", [square, square], (32, 16), axis=0)
    result("Slice", [x, ints(255), ints(-300), ints(0), ints(-4)], (64,))
    result("Gather", [square, ints(-1, 5)], (2, 16))
    rows = g.constant(rng.integers(-16, 16, (2, 16)))
    result("GatherElements", [square, rows], (2, 16), axis=0)
    result("GatherND", [square, g.constant(np.array([[1], [2]]))], (2, 16))
    result("Expand", [row, ints(3, 256)], (3, 256))
    result("Tile", [square, ints(2, 1)], (32, 16))
    result("DepthToSpace", [image], (1, 1, 16, 16), blocksize=2)
    result("SpaceToDepth", [image], (1, 16, 4, 4), blocksize=2)
    result("Dropout", [x], (256,))
    result("Trilu", [square], (16, 16))
    g.nodes.append(oh.make_node("Split", [x], ["first", "second"], num_outputs=2))
    for part in ("first", "second"):
        g.result(part, type, (128,))
    for mode in ("edge", "reflect"):
        result("Pad", [square, ints(1, 1, 1, 2)], (18, 19), mode=mode)
    # A number, -0 and NaN (or an Inf of E5M2) as what is filled in.
    for code in (1, 0x80, 0x7C, 0xFF):
        value = np.array(code, np.uint8).view(FP8[type])
        result("Pad", [square, ints(1, 1, 1, 2), g.constant(value)], (18, 19))
        filled = constant("", value.reshape(1))
        result("ConstantOfShape", [ints(3, 2)], (3, 2), value=filled)
    g.result(g.node("Shape", [image]), T.INT64, (4,))
    g.result(g.node("Size", [image]), T.INT64, ())
    assert g.problems() == []


@pytest.mark.parametrize("type", FP8, ids=type_name)
def test_sums_in_fp8(type: int) -> None:
    g = Graph(opset=21)

    def values(*shape: int) -> str:
        return g.input(format_of(type).encode(rng.standard_normal(shape)).view(FP8[type]))

    a, b, c = values(4, 8), values(8, 3), values(3)
    g.result(g.node("MatMul", [a, b]), type, (4, 3))
    g.result(g.node("MatMul", [values(2, 4, 8), b]), type, (2, 4, 3))
    g.result(g.node("Gemm", [a, b, c]), type, (4, 3))
    x, w = values(1, 2, 5, 5), values(3, 2, 3, 3)
    g.result(g.node("Conv", [x, w]), type, (1, 3, 3, 3))
    g.result(g.node("ConvTranspose", [values(1, 3, 3, 3), w]), type, (1, 2, 5, 5))
    axes = g.constant(np.array([1]))
    for op in ("ReduceL2", "ReduceMean", "ReduceProd", "ReduceSum"):
        g.result(g.node(op, [a, axes], keepdims=0), type, (4,))
    assert g.problems() == []


def reductions(type: int) -> list[tuple[str, dict[str, Any], tuple[int, ...]]]:
    pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
    padded = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}
    return [
        ("MaxPool", pool, (1, 2, 4, 4)),
        ("MaxPool", padded, (1, 2, 4, 4)),
        ("GlobalMaxPool", {}, (1, 2, 1, 1)),
        ("AveragePool", pool, (1, 2, 4, 4)),
        ("GlobalAveragePool", {}, (1, 2, 1, 1)),
        ("ReduceMax", {}, (1, 1, 1, 1)),
        ("ReduceMin", {}, (1, 1, 1, 1)),
        ("LeakyRelu", {"alpha": 0.1}, (1, 2, 8, 8)),
        ("Elu", {}, (1, 2, 8, 8)),
        ("HardSigmoid", {}, (1, 2, 8, 8)),
        ("Sigmoid", {}, (1, 2, 8, 8)),
        ("Softmax", {}, (1, 2, 8, 8)),
    ]


@pytest.mark.parametrize("type", FP8, ids=type_name)
def test_done_in_f32(type: int) -> None:
    """As the reference evaluator has it in f32, rounded once: in fp8 it rounds in between."""
    codes = format_of(type).encode(rng.standard_normal((1, 2, 8, 8)) * 4).view(FP8[type])
    narrow, wide = Graph(opset=21), Graph(opset=21)
    x, y = narrow.input(codes), wide.input(codes.astype(np.float32))
    for op, attributes, shape in reductions(type):
        narrow.result(narrow.node(op, [x], **attributes), type, shape)
        wide.result(wide.node(op, [y], **attributes), T.FLOAT, shape)
    for op in ("ArgMax", "ArgMin"):
        narrow.result(narrow.node(op, [x], axis=3), T.INT64, (1, 2, 8, 1))
        wide.result(wide.node(op, [y], axis=3), T.INT64, (1, 2, 8, 1))
    slopes = np.array([[[0.5]], [[-2]]], FP8[type])
    p, q = narrow.input(slopes), wide.input(slopes.astype(np.float32))
    narrow.result(narrow.node("PRelu", [x, p]), type, codes.shape)
    wide.result(wide.node("PRelu", [y, q]), T.FLOAT, codes.shape)
    expected = [v.astype(FP8[type]) if v.dtype == np.float32 else v for v in wide.reference()]
    assert narrow.problems(expected) == []


def test_order_keeps_inf_and_nan() -> None:
    """ReduceMax and ReduceMin of all codes, as the reference evaluator has them."""
    g = Graph(opset=21)
    axes = g.constant(np.array([1]))
    for type in FP8:
        rows = rng.permutation(np.tile(CODES, 4)).reshape(128, 8)
        x = g.input(rows.view(FP8[type]))
        for op in ("ReduceMax", "ReduceMin"):
            g.result(g.node(op, [x, axes], keepdims=0), type, (128,))
    assert g.problems() == []


# -- what the passes behind the import make of it


def qdq_models() -> dict[str, tuple[Graph, str]]:
    """Quantized layers with constant scales, each with the contraction it has to become."""
    fp8 = T.FLOAT8E4M3FN
    found = {}
    for name, contraction, x_shape, w_shape, attributes, shape in (
        ("MatMul", "linalg.matmul", (4, 8), (8, 3), {}, (4, 3)),
        ("Gemm", "linalg.matmul", (4, 8), (3, 8), {"transB": 1}, (4, 3)),
        ("Conv", "linalg.conv_2d_nchw_fchw", (1, 2, 6, 6), (3, 2, 3, 3), {}, (1, 3, 4, 4)),
    ):
        for per_channel in (False, True):
            g = Graph(opset=21)
            x = g.input(rng.standard_normal(x_shape).astype(np.float32))
            x_scale = g.constant(np.float32(0.01))
            axis = 1 if name == "MatMul" else 0
            count = (w_shape[axis],) if per_channel else ()
            w_scale = g.constant(np.asarray(rng.random(count) + 0.01, np.float32))
            codes = rng.integers(0, 120, w_shape).astype(np.uint8).view(FP8[fp8])
            q = g.node("QuantizeLinear", [x, x_scale], output_dtype=fp8)
            dq = g.node("DequantizeLinear", [q, x_scale])
            w = g.node("DequantizeLinear", [g.constant(codes), w_scale], axis=axis)
            bias = [g.constant(np.ones(3, np.float32))] if name != "MatMul" else []
            g.result(g.node(name, [dq, w, *bias], **attributes), T.FLOAT, shape)
            found[f"{name}{' per channel' * per_channel}"] = g, contraction
    return found


QDQ = qdq_models()


@pytest.mark.parametrize("name", QDQ)
def test_layers_become_fp8_contractions_and_no_op_is_added(name: str) -> None:
    g, contraction = QDQ[name]
    module = import_model(g.model())
    imported = sum(float_ops.count(module).values())
    fused = cpu.clone(module)
    passes.run(fused, "fuse-dequantize")
    count = sum(float_ops.count(fused).values())
    passes.run(fused, "ocp-to-fnuz")
    assert re.search(rf"{contraction} .*f8E4M3FNUZ>, tensor<.*f8E4M3FNUZ>\)", str(fused))
    assert sum(float_ops.count(fused).values()) <= count
    converted = cpu.clone(module)
    passes.run(converted, "ocp-to-fnuz")
    assert sum(float_ops.count(converted).values()) <= imported
