"""A model node by node: what each node makes of our own values against what onnx makes of them.

Sums of f32 are not taken in the same order here and there, and a last bit can decide a rounding to
fp8. So each node is compared on the same inputs: those that it had in our run.
"""

import warnings
from typing import Any

import ml_dtypes
import numpy as np
import onnx
from imported import run
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper
from onnx.reference import ReferenceEvaluator

from fnuz.frontends.onnx import import_model

DTYPES: dict[int, Any] = {
    TensorProto.FLOAT8E4M3FN: ml_dtypes.float8_e4m3fn,
    TensorProto.FLOAT8E4M3FNUZ: ml_dtypes.float8_e4m3fnuz,
    TensorProto.FLOAT8E5M2: ml_dtypes.float8_e5m2,
    TensorProto.FLOAT8E5M2FNUZ: ml_dtypes.float8_e5m2fnuz,
    TensorProto.BFLOAT16: ml_dtypes.bfloat16,
}
"""The numpy type of the codes that a run here takes and gives."""

SUMS = {"MatMul", "Gemm", "Conv", "QLinearMatMul", "GlobalAveragePool", "AveragePool", "ReduceSum"}
"""The ops that add up f32 in an order of their own."""

TOLERANCE = 1e-5
"""Of a sum of f32, relative to the sum of the absolute values of what is added up."""


def check(model: ModelProto, *inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Run a model and compare each node; the values of all, by name.

    Quantized values and all others must be equal bit for bit, but for the sums of `SUMS`. A NaN
    equals a NaN. `inputs` are as `imported.run` takes them.
    """
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    values = _all_values(inferred, inputs)
    for node in model.graph.node:
        _check_node(node, model, values)
    outputs = run(import_model(model), *inputs)
    for output, got in zip(model.graph.output, outputs, strict=True):
        assert got.tobytes() == values[output.name].tobytes(), f"{output.name} differs alone"
    return values


def _all_values(inferred: ModelProto, inputs: tuple[NDArray[Any], ...]) -> dict[str, NDArray[Any]]:
    """Every value of a model, from a run in which each is an output."""
    graph = inferred.graph
    everything = ModelProto()
    everything.CopyFrom(inferred)
    types = {v.name: v for v in (*graph.input, *graph.value_info, *graph.output)}
    made = [types[name] for node in graph.node for name in node.output if name]
    del everything.graph.output[:]
    everything.graph.output.extend(made)
    results = run(import_model(everything), *inputs)
    given = [v for v in graph.input if v.name not in {t.name for t in graph.initializer}]
    pairs = [*zip(given, inputs, strict=True), *zip(made, results, strict=True)]
    values = {v.name: _typed(a, v.type.tensor_type.elem_type) for v, a in pairs}
    return values | {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}


def _typed(array: NDArray[Any], type_: int) -> NDArray[Any]:
    return array.view(DTYPES[type_]) if type_ in DTYPES else array


def _check_node(node: NodeProto, model: ModelProto, values: dict[str, NDArray[Any]]) -> None:
    feeds = {name: values[name] for name in node.input if name}
    expected = reference(node, model, feeds)
    for name, want in zip(node.output, expected, strict=True):
        got, want = values[name], np.asarray(want)
        where = f"{node.op_type} '{node.name}' -> {name}"
        assert (got.dtype, got.shape) == (want.dtype, want.shape), where
        if node.op_type in SUMS and got.dtype == np.float32:
            (bound,) = reference(node, model, {k: np.abs(v) for k, v in feeds.items()})
            far = np.abs(got - want) > TOLERANCE * np.abs(bound)
            assert not np.any(far), where
            assert np.array_equal(np.isnan(got), np.isnan(want)), where
        else:
            both_nan = np.isnan(got.astype(np.float32)) & np.isnan(want.astype(np.float32))
            bits = np.dtype(f"u{got.dtype.itemsize}")
            same = (got.view(bits) == want.view(bits)) | both_nan
            assert np.all(same), f"{where}: {np.count_nonzero(~same)} of {same.size} differ"


def reference(node: NodeProto, model: ModelProto, feeds: dict[str, NDArray[Any]]) -> list[Any]:
    """What onnx's evaluator makes of the inputs of one node."""
    if node.op_type == "QLinearMatMul":
        return _qlinear_matmul(node, feeds)
    inputs = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
        for n, a in feeds.items()
    ]
    outputs = [helper.make_value_info(name, onnx.TypeProto()) for name in node.output]
    graph = helper.make_graph([node], "node", inputs, outputs)
    alone = helper.make_model(graph, opset_imports=model.opset_import, ir_version=10)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return ReferenceEvaluator(alone).run(None, feeds)


def _qlinear_matmul(node: NodeProto, feeds: dict[str, NDArray[Any]]) -> list[Any]:
    """By the standard; onnx's evaluator makes integers of fp8."""
    a, a_scale, _, b, b_scale, _, y_scale, y_zero = (feeds[name] for name in node.input)
    sums = a.astype(np.float32) @ b.astype(np.float32)
    scaled = sums * (a_scale * b_scale) / y_scale
    return [onnx.numpy_helper.saturate_cast(scaled, y_zero.dtype)]
