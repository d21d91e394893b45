"""Seconds to import an ONNX model, beside torch-mlir's own way, in one process.

    python benchmarks/importing.py [layers] [MiB] [repeats]

Two models of QDQ linear layers: `layers` small ones, where what counts is the number of nodes, and
one whose weights are `MiB` of fp8 in a file of their own. torch-mlir reads the model, infers its
shapes, and runs the same two pipelines of its own; it has no saturation then, and no form of
quantize but one scale for a tensor. What counts is the ratio: both run in turn.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper

from fnuz.bindings import dialects, load
from fnuz.frontends.onnx import import_model

E4M3FN, FLOAT = TensorProto.FLOAT8E4M3FN, TensorProto.FLOAT
UPSTREAM = (
    "builtin.module(torch-onnx-to-torch-backend-pipeline{backend-legal-ops=aten.flatten.using_ints,"
    "aten.unflatten.int},torch-backend-to-linalg-on-tensors-backend-pipeline)"
)


def layers(count: int, size: int, rng: np.random.Generator) -> ModelProto:
    """A chain of linear layers on `size` features, each with a quantized input and weight."""
    scale = helper.make_tensor("s", FLOAT, (), [0.0625])
    zero = helper.make_tensor("z", E4M3FN, (), b"\0", raw=True)
    nodes, initializers, at = [], [scale, zero], "x"
    for i in range(count):
        weight = rng.integers(0, 0x7E, (size, size), dtype=np.uint8)
        weight |= rng.integers(0, 2, (size, size), dtype=np.uint8) << 7
        initializers.append(
            helper.make_tensor(f"w{i}", E4M3FN, weight.shape, weight.tobytes(), raw=True)
        )
        nodes += [
            helper.make_node("QuantizeLinear", [at, "s", "z"], [f"q{i}"]),
            helper.make_node("DequantizeLinear", [f"q{i}", "s", "z"], [f"d{i}"]),
            helper.make_node("DequantizeLinear", [f"w{i}", "s", "z"], [f"v{i}"]),
            helper.make_node("MatMul", [f"d{i}", f"v{i}"], [f"m{i}"]),
            helper.make_node("Relu", [f"m{i}"], [f"r{i}"]),
        ]
        at = f"r{i}"
    value = helper.make_tensor_value_info
    inputs, outputs = [value("x", FLOAT, (4, size))], [value(at, FLOAT, (4, size))]
    graph = helper.make_graph(nodes, "main", inputs, outputs, initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def ours(path: Path) -> Any:
    return import_model(path)


def torch_mlir(path: Path) -> Any:
    package = load()
    importer = package.module("extras.onnx_importer")
    context = package.ir.Context()
    dialects.register(context)
    model = onnx.shape_inference.infer_shapes(onnx.load(path), data_prop=True)
    info = importer.ModelInfo(model)
    module = info.create_module(context=context)
    importer.NodeImporter.define_function(info.main_graph, module.operation).import_all()
    package.passmanager.PassManager.parse(UPSTREAM, context=context).run(module.operation)
    return module


def seconds(run: Any, path: Path) -> float:
    start = time.perf_counter()
    run(path)
    return time.perf_counter() - start


def main() -> None:
    """Print one line for each model and way."""
    given = [int(a) for a in sys.argv[1:]]
    count, mib, repeats = [*given, *(400, 512, 5)[len(given) :]]
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        many, large = Path(folder, "many.onnx"), Path(folder, "large.onnx")
        onnx.save(layers(count, 64, rng), many)
        side = int(np.sqrt(mib / 4) * 1024) // 64 * 64
        onnx.save(layers(4, side, rng), large, save_as_external_data=True, location="large.bin")
        for name, path in ((f"{count} layers", many), (f"{mib} MiB of weights", large)):
            times: dict[Any, list[float]] = {ours: [], torch_mlir: []}
            for _ in range(repeats):
                for way, taken in times.items():
                    taken.append(seconds(way, path))
            a, b = (statistics.median(taken) for taken in times.values())
            print(f"{name}: fnuz {a:.3f} s, torch-mlir {b:.3f} s, ratio {a / b:.2f}")


if __name__ == "__main__":
    main()
