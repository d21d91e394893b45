"""Gemm between quantize and dequantize, in each of its forms: as ONNX says, to the bit.

The operands are multiples of 1/4 and small, the scales powers of two: every sum is exact, so its
order does not matter and bits can be compared with onnx's evaluator, of fused contractions too.
"""

import itertools
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from fnuz import passes
from fnuz.execution import cpu
from fnuz.frontends.onnx import import_model

M, N, K = 3, 5, 8
C_SHAPES: dict[str, tuple[int, ...]] = {
    "scalar": (),
    "n": (N,),
    "1n": (1, N),
    "m1": (M, 1),
    "mn": (M, N),
}
FACTORS = (1.0, 0.5, 0.0, -2.0)
FORMS = list(itertools.product((None, *C_SHAPES), FACTORS, FACTORS))
TYPES = {"f8E4M3FN": TensorProto.FLOAT8E4M3FN, "f8E5M2": TensorProto.FLOAT8E5M2}


def operands(trans_a: int, trans_b: int) -> dict[str, Any]:
    """The f32 operands by name: a, b, and c in each shape."""
    rng = np.random.default_rng(0)
    shapes = {"a": (K, M) if trans_a else (M, K), "b": (N, K) if trans_b else (K, N)} | C_SHAPES
    return {n: np.asarray(rng.integers(-40, 40, s) / 4, np.float32) for n, s in shapes.items()}


def model(
    format: str, trans_a: int, trans_b: int, weights: tuple[str, ...]
) -> tuple[onnx.ModelProto, dict[str, Any]]:
    """Every form of Gemm, each a result, on the same operands; and what the inputs are.

    `weights` are initializers, b as fp8 of which the model has only the dequantize.
    """
    given = operands(trans_a, trans_b)
    initializers = [helper.make_tensor("zero", TYPES[format], (), [0.0])]
    nodes = []
    for name, scale in (("a", np.float32(0.25)), ("b", np.float32(0.125))):
        initializers.append(numpy_helper.from_array(np.asarray(scale), f"{name}_scale"))
        parameters = [f"{name}_scale", "zero"]
        if name in weights:  # only b ever is
            values = (given.pop(name) / scale).ravel()
            shape = (N, K) if trans_b else (K, N)
            initializers.append(helper.make_tensor("b_fp8", TYPES[format], shape, values))
        else:
            nodes.append(helper.make_node("QuantizeLinear", [name, *parameters], [f"{name}_fp8"]))
        nodes.append(
            helper.make_node("DequantizeLinear", [f"{name}_fp8", *parameters], [f"{name}_f32"])
        )
    results = []
    for c, alpha, beta in FORMS:
        inputs = ["a_f32", "b_f32", *([c] if c else [])]
        factors = {"alpha": alpha, "beta": beta, "transA": trans_a, "transB": trans_b}
        result = f"C={c} alpha={alpha} beta={beta}"
        nodes.append(helper.make_node("Gemm", inputs, [result], **factors))
        results.append(helper.make_tensor_value_info(result, TensorProto.FLOAT, (M, N)))
    initializers += [
        numpy_helper.from_array(given.pop(name), name) for name in C_SHAPES if name in weights
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape)
        for name, value in given.items()
    ]
    graph = helper.make_graph(nodes, "gemms", inputs, results, initializers)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(made, full_check=True)
    return made, given


@pytest.mark.parametrize(
    ("trans_a", "trans_b", "weights"),
    [
        (0, 0, ()),
        (0, 1, ("b", *C_SHAPES)),  # a linear layer
        (1, 0, ("b",)),
        (1, 1, tuple(C_SHAPES)),
    ],
)
@pytest.mark.parametrize("format", TYPES)
def test_gemm(format: str, trans_a: int, trans_b: int, weights: tuple[str, ...]) -> None:
    made, inputs = model(format, trans_a, trans_b, weights)
    expected = ReferenceEvaluator(made).run(None, inputs)
    module = import_model(made)
    pipelines = ["", "ocp-to-fnuz"]
    if format == "f8E4M3FN":  # fusing does not look at the format
        pipelines.append("ocp-to-fnuz{fuse=true}")
    for pipeline in pipelines:
        program = cpu.clone(module)
        passes.run(program, pipeline)
        assert ("extf" in str(program)) == ("fuse" not in pipeline)
        passes.run(program, "emulate-fp8")
        got = cpu.compile(program, opt_level=0).run("gemms", list(inputs.values())).results
        pairs = zip(FORMS, expected, got, strict=True)
        assert [f for f, x, y in pairs if x.tobytes() != y.tobytes()] == [], pipeline
