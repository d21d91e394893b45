"""Networks trained on digits, quantized, imported and converted: the accuracy, and every bit.

The networks and the quantizer are those of examples/digits.
"""

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, shape_inference
from onnx.reference import ReferenceEvaluator
from onnx.utils import Extractor

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples" / "digits"))

import accuracy
import networks
import quantize

from fnuz.dialect import formats
from fnuz.frontends.onnx import import_model

OPS: dict[str, tuple[networks.Op, list[tuple[int, ...]]]] = {
    "conv": (networks.Conv(np.random.default_rng(1), 4, 6, 3), [(2, 4, 5, 5)]),
    "stride": (networks.Conv(np.random.default_rng(1), 2, 3, 3, stride=2), [(2, 2, 6, 6)]),
    "groups": (networks.Conv(np.random.default_rng(1), 4, 6, 3, groups=2), [(2, 4, 5, 5)]),
    "depthwise": (networks.Conv(np.random.default_rng(1), 4, 4, 3, groups=4), [(2, 4, 5, 5)]),
    "pointwise": (networks.Conv(np.random.default_rng(1), 4, 6, 1), [(2, 4, 5, 5)]),
    "dense": (networks.Dense(np.random.default_rng(1), 4, 6), [(3, 4)]),
    "relu": (networks.Relu(), [(3, 4)]),
    "add": (networks.Add(), [(3, 4), (3, 4)]),
    "pool": (networks.GlobalAveragePool(), [(2, 3, 4, 4)]),
    "flatten": (networks.Flatten(), [(2, 3, 4, 4)]),
}


@pytest.mark.parametrize("name", OPS)
def test_gradients(name: str) -> None:
    """Each gradient against finite differences, in f64, for a random weight of each result."""
    op, shapes = OPS[name]
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal(shape) for shape in shapes]
    op.parameters = {n: rng.standard_normal(p.shape) for n, p in op.parameters.items()}
    weights = rng.standard_normal(op.forward(*inputs).shape)
    gradients = [*op.backward(weights), *(op.gradients[n] for n in op.parameters)]
    varied = [*inputs, *op.parameters.values()]
    for array, gradient in zip(varied, gradients, strict=True):
        assert gradient.shape == array.shape
        for index in np.ndindex(array.shape):
            value, sums = array[index], []
            for step in (1e-5, -1e-5):
                array[index] = value + step
                sums.append(float((op.forward(*inputs) * weights).sum()))
            array[index] = value
            slope = (sums[0] - sums[1]) / 2e-5
            np.testing.assert_allclose(gradient[index], slope, rtol=1e-6, atol=1e-8)


def test_gradient_of_cross_entropy() -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.standard_normal((3, 4)), np.array([1, 0, 3])
    gradient = networks.cross_entropy(logits, labels)[1]
    for index in np.ndindex(logits.shape):
        step = np.zeros_like(logits)
        step[index] = 1e-5
        up, down = (networks.cross_entropy(logits + s, labels)[0] for s in (step, -step))
        np.testing.assert_allclose(gradient[index], (up - down) / 2e-5, rtol=1e-6, atol=1e-8)


def test_gradients_of_a_value_used_twice_add_up() -> None:
    net = networks.Network()
    dense = networks.Dense(np.random.default_rng(0), 2, 2)
    x = net.add(dense, networks.INPUT)
    net.add(networks.Add(), x, net.add(networks.Relu(), x))
    dense.parameters["weight"] = np.array([[1.0, 0], [0, -1]], np.float32)
    net.forward(np.ones((1, 2), np.float32))
    net.backward(np.ones((1, 2), np.float32))
    # The first value goes through both ways, the second, which is negative, only around the relu.
    assert dense.gradients["bias"].tolist() == [2, 1]


def test_the_table_is_printed_and_the_same_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accuracy, "NETWORKS", {"MLP": networks.mlp})
    monkeypatch.setattr(accuracy, "CALIBRATIONS", {"maximum": 100})
    accuracy.main()
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert [line.split(" | ")[6] for line in lines[2:]] == ["500 of 500"] * 2
    accuracy.main()
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize("name", accuracy.NETWORKS)
def test_network(name: str) -> None:
    """One test for all that is claimed of a network, so that it is trained once."""
    train, test = networks.digits()
    assert (len(train.labels), len(test.labels)) == (1297, 500)
    network = networks.train(accuracy.NETWORKS[name], train)
    check_f32(name, network, test.images[:8])
    rows = list(accuracy.rows({name: network}, train, test))
    assert len(rows) == 4
    for row in rows:
        check_row(row, test.labels)
        check_layers(row, test.images[:16])


def check_f32(name: str, network: networks.Network, images: Any) -> None:
    """The exported model, run by onnx and imported, gives what the network gives."""
    logits = network.forward(images)[network.output]
    model = quantize.to_onnx(network, name, len(images))
    by_onnx = ReferenceEvaluator(model).run(None, {networks.INPUT: images})[0]
    (imported,) = accuracy.run(import_model(model), images)
    for got in (by_onnx, imported):
        np.testing.assert_allclose(got, logits, rtol=1e-4, atol=1e-4)


def check_row(row: accuracy.Row, labels: Any) -> None:
    """Every image has the same logits, and about as many are right as in f32."""
    assert row.ocp.shape == (500, 10)
    assert np.isfinite(row.ocp).all()
    assert accuracy.equal_rows(row.ocp, row.fnuz) == 500
    assert accuracy.equal_rows(row.fused_ocp, row.fused_fnuz) == 500
    # A fused model sums before it scales.
    assert accuracy.equal_rows(row.ocp, row.fused_ocp) < 500

    f32, ocp, fused = (
        np.mean(logits.argmax(1) == labels) for logits in (row.f32, row.ocp, row.fused_fnuz)
    )
    assert f32 >= 0.96
    if row.calibration == "maximum":
        assert ocp >= f32 - 0.04
    # Saturation at the median costs a deep network its accuracy.
    assert abs(fused - ocp) <= 0.02


def check_layers(row: accuracy.Row, images: Any) -> None:
    """Every quantized value to the bit and every sum nearly as onnx's evaluator has it.

    Each layer is given what our own run had before it: so a sum in another order, which may be
    rounded to another fp8 value, is not held against what comes after. And converted every value
    has the same bits.
    """
    model = inspected(row.model, len(images))
    ocp = import_model(model)
    names = [value.name for value in model.graph.output]
    check_fused(ocp, row)
    results = (
        accuracy.run(ocp, images),
        accuracy.run(accuracy.converted(ocp, "ocp-to-fnuz"), images),
    )
    format = formats.FORMATS[f"f8{row.format}"]
    values = {networks.INPUT: images} | dict(zip(names, results[0], strict=True))
    saturated = elements = 0
    for name, got, fnuz in zip(names, *results, strict=True):
        expected = reference(model, values, name)
        assert got.shape == expected.shape
        if got.dtype == np.float32:
            largest = np.abs(expected).max()
            np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5 * largest)
            assert np.array_equal(got.view(np.uint32), fnuz.view(np.uint32)), name
            continue
        codes = got.view(np.uint8)
        assert np.array_equal(codes, expected.view(np.uint8)), name
        assert np.array_equal(formats.ocp_to_fnuz_codes(format)[codes], fnuz.view(np.uint8)), name
        magnitudes = codes & formats.MAGNITUDE
        saturated += np.count_nonzero(magnitudes == format.max_code)
        elements += np.count_nonzero(magnitudes)
    share = saturated / elements
    assert share > 0.1 if row.calibration == "median" else share < 0.1


def check_fused(ocp: Any, row: accuracy.Row) -> None:
    """Fused, each convolution and dense layer is a contraction of FNUZ operands."""
    module = accuracy.converted(ocp, "ocp-to-fnuz", fuse=True)
    text = module.operation.get_asm(large_elements_limit=8, large_resource_limit=8)
    contraction = r"linalg\.(?:conv|depthwise_conv|matmul)\w* .*?ins\([^:]*: "
    operands = r"tensor<\S*x(\w+)>, tensor<\S*x(\w+)>\)"
    layers = [node for node in row.model.graph.node if node.op_type in ("Conv", "Gemm")]
    fnuz = formats.FNUZ_OF[formats.FORMATS[f"f8{row.format}"]].mlir_name
    assert re.findall(contraction + operands, text) == [(fnuz, fnuz)] * len(layers)


def inspected(model: onnx.ModelProto, images: int) -> onnx.ModelProto:
    """The model for so many images, with what each QuantizeLinear takes and gives as results."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for value in (*copy.graph.input, *copy.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = images
    model = shape_inference.infer_shapes(copy)
    known = {v.name: v for v in (*model.graph.value_info, *model.graph.output)}
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear":
            wanted = (n for n in (node.input[0], node.output[0]) if n != networks.INPUT)
            model.graph.output.extend(known[name] for name in wanted)
    return model


def reference(model: onnx.ModelProto, values: dict[str, Any], result: str) -> Any:
    """A value by onnx's evaluator, from the nearest of `values` that it is computed from."""
    made_by = {output: node for node in model.graph.node for output in node.output}
    inputs, seen = set(), list(made_by[result].input)
    while seen:
        name = seen.pop()
        if name in values:
            inputs.add(name)
        elif name in made_by:
            seen += made_by[name].input
    layer = Extractor(model).extract_model(sorted(inputs), [result])
    types = {v.name: v.type.tensor_type.elem_type for v in layer.graph.input}
    feeds = {n: values[n].view(helper.tensor_dtype_to_np_dtype(t)) for n, t in types.items()}
    return ReferenceEvaluator(layer).run(None, feeds)[0]
