"""The ONNX models beside the checkout: imported, run against onnx, converted, compared."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import layerwise
import numpy as np
import onnx
import pytest
from onnx import TensorProto

from fnuz import passes
from fnuz.execution import cpu, inputs, signature
from fnuz.execution.compare import Verifier
from fnuz.frontends.onnx import import_model

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "inputs"
GRAPHS = sorted(FOLDER.glob("onnx/*.onnx"))
MODELS = sorted(FOLDER.glob("models/*.onnx"))
E5M2 = {
    TensorProto.FLOAT8E4M3FN: TensorProto.FLOAT8E5M2,
    TensorProto.FLOAT8E4M3FNUZ: TensorProto.FLOAT8E5M2FNUZ,
}


def rewritten(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same with E5M2 for E4M3, the codes as they are but for those that would be Inf or NaN."""
    other = onnx.ModelProto()
    other.CopyFrom(model)
    graph = other.graph
    tensors = [
        *graph.initializer,
        *(a.t for n in graph.node for a in n.attribute if a.HasField("t")),
    ]
    for tensor in tensors:
        if tensor.data_type in E5M2:
            codes = onnx.numpy_helper.to_array(tensor).view(np.uint8).copy()
            codes[(codes & 0x7F) > 0x7B] -= 8
            tensor.data_type = E5M2[tensor.data_type]
            tensor.ClearField("int32_data")
            tensor.raw_data = codes.tobytes()
    for value in (*graph.input, *graph.output, *graph.value_info):
        type_ = value.type.tensor_type
        type_.elem_type = E5M2.get(type_.elem_type, type_.elem_type)
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.name in ("to", "output_dtype"):
                attribute.i = E5M2.get(attribute.i, attribute.i)
    return other


def check(path: Path, model: onnx.ModelProto, ways: Sequence[dict[str, Any]]) -> None:
    """Run a model node by node beside onnx, then convert it in each way and compare."""
    module = import_model(model)
    ((name, function),) = signature.public_functions(module).items()
    types = signature.of(function)
    given = [inputs.random(types, kind, 0, 4, 0) for kind in inputs.KINDS]
    for arrays in given:
        layerwise.check(model, *arrays)
    fused = cpu.clone(module)
    passes.run(fused, "fuse-dequantize")
    for options in ways:
        before = fused if "fuse" in options else module
        converted = cpu.clone(module)
        passes.run(converted, "ocp-to-fnuz", **options)
        verifier = Verifier(before, converted, overflow=options.get("overflow", "exact"))
        for arrays in given:
            assert all(c.ok for c in verifier.run(name, arrays)), (path, options)


@pytest.mark.skipif(not GRAPHS, reason="the models are not beside the checkout")
@pytest.mark.parametrize("as_e5m2", [False, True], ids=["e4m3", "e5m2"])
@pytest.mark.parametrize("path", GRAPHS, ids=lambda p: p.stem)
def test_graph(path: Path, as_e5m2: bool) -> None:
    model = onnx.load(path)
    ways = [{}, {"abi": "preserve"}, {"overflow": "saturate"}, {"fuse": True}]
    check(path, rewritten(model) if as_e5m2 else model, ways)


@pytest.mark.skipif(not MODELS, reason="the models are not beside the checkout")
@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_model(path: Path) -> None:
    # The first 100 of its inputs, whose number is fixed in the file: all of them take a minute.
    model = onnx.load(path)
    del model.graph.value_info[:]
    for value in (*model.graph.input, *model.graph.output):
        size = value.type.tensor_type.shape.dim[0]
        size.dim_value = min(size.dim_value, 100)
    check(path, model, [{}])
