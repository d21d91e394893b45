"""An fp8 ONNX model, converted for the MI300, and the proof that it kept every bit.

    python examples/onnx_model.py [MODEL.onnx]

Needs `pip install 'fnuz[onnx]'`. Without a model it makes a small one.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fnuz import passes
from fnuz.execution import inputs
from fnuz.execution.compare import Verifier
from fnuz.execution.cpu import clone
from fnuz.frontends.errors import ImportFailed
from fnuz.frontends.onnx import import_model


def linear_layer() -> onnx.ModelProto:
    """relu(x W^T + b) with x and W quantized to E4M3FN, as quantizers for ONNX write it."""
    rng = np.random.default_rng(0)
    scale = np.float32(0.01)
    weight = rng.standard_normal((4, 16)).astype(np.float32)
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "x_scale", "zero"], ["x_fp8"]),
        helper.make_node("DequantizeLinear", ["x_fp8", "x_scale", "zero"], ["x_f32"]),
        helper.make_node("DequantizeLinear", ["weight", "weight_scale", "zero"], ["weight_f32"]),
        helper.make_node("Gemm", ["x_f32", "weight_f32", "bias"], ["sum"], transB=1),
        helper.make_node("Relu", ["sum"], ["y"]),
    ]
    fp8 = TensorProto.FLOAT8E4M3FN
    initializers = [
        helper.make_tensor("zero", fp8, (), [0.0]),
        helper.make_tensor("weight", fp8, weight.shape, (weight / scale).ravel()),
        numpy_helper.from_array(np.array(0.02, np.float32), "x_scale"),
        numpy_helper.from_array(np.array(scale), "weight_scale"),
        numpy_helper.from_array(rng.standard_normal(4).astype(np.float32), "bias"),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, (8, 16))
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, (8, 4))
    graph = helper.make_graph(nodes, "linear", [x], [y], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def main() -> int:
    """Import, convert, run both on the CPU, compare; 0 if all bits are equal."""
    try:
        # fp8 as OCP has it, in linalg on tensors.
        ocp = import_model(sys.argv[1] if len(sys.argv) > 1 else linear_layer())
    except ImportFailed as error:
        print(error, file=sys.stderr)
        return 1

    # Contractions of fp8, which the matrix unit has, and the scales behind them.
    passes.run(ocp, "fuse-dequantize")
    fnuz = clone(ocp)
    report = passes.Report()
    passes.run(fnuz, "ocp-to-fnuz", report=report)
    print(report.to_text())

    equal = True
    verifier = Verifier(ocp, fnuz)
    for function, signature in verifier.functions.items():
        for kind in inputs.KINDS:
            for comparison in verifier.run(function, inputs.random(signature, kind, seed=0)):
                print(f"@{function}, {kind} inputs, {comparison}")
                equal &= comparison.ok
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
