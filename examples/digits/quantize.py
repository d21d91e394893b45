"""A network as an ONNX model, and an ONNX model in f32 as one in fp8.

The fp8 model has what quantizers for ONNX write (the QDQ form): values in f32, and a
QuantizeLinear and a DequantizeLinear on each value that shall be fp8.
"""

from collections.abc import Callable, Mapping
from typing import Any

import networks
import numpy as np
import onnx
from networks import Array, Network
from onnx import TensorProto, helper, numpy_helper

from fnuz.dialect.formats import Fp8Format


def to_onnx(network: Network, name: str, images: int) -> onnx.ModelProto:
    """A network as an ONNX model in f32 for so many images at once; values keep their names."""
    nodes, weights = [], []
    for node in network.nodes:
        parameters = {f"{node.output}_{n}": p for n, p in node.op.parameters.items()}
        weights += [numpy_helper.from_array(p, n) for n, p in parameters.items()]
        op_type, attributes = _ONNX[type(node.op)](node.op)
        inputs = [*node.inputs, *parameters]
        nodes.append(helper.make_node(op_type, inputs, [node.output], node.output, **attributes))
    image = helper.make_tensor_value_info(networks.INPUT, TensorProto.FLOAT, (images, 1, 8, 8))
    logits = helper.make_tensor_value_info(network.output, TensorProto.FLOAT, (images, 10))
    graph = helper.make_graph(nodes, name, [image], [logits], weights)
    return _model(graph)


def _conv(op: Any) -> tuple[str, dict[str, Any]]:
    return "Conv", {
        "group": op.groups,
        "kernel_shape": [op.size] * 2,
        "pads": [op.pad] * 4,
        "strides": [op.stride] * 2,
    }


_ONNX: dict[type, Callable[[Any], tuple[str, dict[str, Any]]]] = {
    networks.Add: lambda op: ("Add", {}),
    networks.Conv: _conv,
    networks.Dense: lambda op: ("Gemm", {"transB": 1}),
    networks.Flatten: lambda op: ("Flatten", {}),
    networks.GlobalAveragePool: lambda op: ("GlobalAveragePool", {}),
    networks.Relu: lambda op: ("Relu", {}),
}
"""The ONNX op and its attributes for each op of a network; its parameters are the last inputs."""


def ranges(network: Network, images: Array, percent: float) -> dict[str, float]:
    """Calibration: the largest magnitude that each value of a network is to hold.

    `percent` of the magnitudes that it has on these images are not above it, zeros not counted:
    100 takes the maximum, 50 the median.
    """
    found = {}
    for name, value in network.forward(images).items():
        magnitudes = np.abs(value[value != 0])
        found[name] = float(np.percentile(magnitudes, percent)) if magnitudes.size else 0.0
    return found


def quantize(
    model: onnx.ModelProto, largest: Mapping[str, float], format: Fp8Format
) -> onnx.ModelProto:
    """A QDQ model: the inputs of Conv, Gemm, Add and GlobalAveragePool and the results of Add are
    fp8.

    A value has one scale, which takes its largest magnitude (see `ranges`) to the maximum of the
    format; what is above it saturates. The weights of a Conv have a scale for each output channel,
    those of a Gemm have one. Biases stay f32.
    """
    graph = onnx.GraphProto()
    graph.CopyFrom(model.graph)
    del graph.node[:], graph.initializer[:]
    values = {w.name: numpy_helper.to_array(w) for w in model.graph.initializer}
    fp8_type = TensorProto.DataType.Value(format.mlir_name.replace("f8", "FLOAT8").upper())
    dequantized: dict[str, str] = {}

    def constant(name: str, value: Array) -> str:
        graph.initializer.append(numpy_helper.from_array(value, name))
        return name

    def codes(name: str, value: Array) -> str:
        raw = format.encode(value, saturate=True).tobytes()
        graph.initializer.append(helper.make_tensor(name, fp8_type, value.shape, raw, raw=True))
        return name

    def add(op_type: str, inputs: list[str], output: str, **attributes: Any) -> str:
        graph.node.append(helper.make_node(op_type, inputs, [output], output, **attributes))
        return output

    def activation(name: str) -> str:
        if name not in dequantized:
            scale = np.float32(largest[name] / format.max or 1)
            parameters = [
                constant(f"{name}_scale", np.asarray(scale)),
                codes(f"{name}_zero_point", np.zeros((), np.float32)),
            ]
            quantized = add("QuantizeLinear", [name, *parameters], f"{name}_quantized")
            dequantized[name] = add(
                "DequantizeLinear", [quantized, *parameters], f"{name}_dequantized"
            )
        return dequantized[name]

    def weights(name: str, per_channel: bool) -> str:
        value = values[name]
        within = tuple(range(1, value.ndim)) if per_channel else None
        scale = (np.abs(value).max(within, keepdims=True) / np.float32(format.max)).astype("f4")
        scale[scale == 0] = 1
        parameters = [
            codes(f"{name}_quantized", value / scale),
            constant(f"{name}_scale", scale.reshape(-1) if per_channel else scale.reshape(())),
        ]
        zeros = np.zeros(len(value) if per_channel else (), np.float32)
        parameters.append(codes(f"{name}_zero_point", zeros))
        axis = {"axis": 0} if per_channel else {}
        return add("DequantizeLinear", parameters, f"{name}_dequantized", **axis)

    for node in model.graph.node:
        inputs = list(node.input)
        if node.op_type in ("Conv", "Gemm"):
            data, weight, bias = inputs
            inputs = [activation(data), weights(weight, node.op_type == "Conv")]
            inputs.append(constant(bias, values[bias]))
        elif node.op_type in ("Add", "GlobalAveragePool"):
            inputs = [activation(name) for name in inputs]
        else:
            inputs = [dequantized.get(name, name) for name in inputs]
        graph.node.add().CopyFrom(node)
        graph.node[-1].input[:] = inputs
        if node.op_type == "Add":
            activation(node.output[0])
    return _model(graph)


def _model(graph: onnx.GraphProto) -> onnx.ModelProto:
    opset = helper.make_opsetid("", 21)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model
