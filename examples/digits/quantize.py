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


_TAKES_FP8 = (networks.Add, networks.Conv, networks.Dense, networks.GlobalAveragePool)


def ranges(network: Network, images: Array, percent: float) -> dict[str, float]:
    """Calibration: which values are to be fp8, and the largest magnitude that each is to hold.

    `percent` of the magnitudes that a value has on these images are not above it, zeros not
    counted: 100 takes the maximum, 50 the median. The values are the inputs of convolutions, dense
    layers, sums and pools, and the results of sums.
    """
    nodes = network.nodes
    chosen = {name for node in nodes if isinstance(node.op, _TAKES_FP8) for name in node.inputs}
    chosen |= {node.output for node in nodes if isinstance(node.op, networks.Add)}
    values = network.forward(images)
    magnitudes = {name: np.abs(values[name][values[name] != 0]) for name in sorted(chosen)}
    return {name: float(np.percentile(m, percent)) for name, m in magnitudes.items()}


def quantize(
    model: onnx.ModelProto, largest: Mapping[str, float], format: Fp8Format
) -> onnx.ModelProto:
    """The QDQ model of a model of `to_onnx`, with each value in `largest` as fp8.

    A value has one scale, which takes its largest magnitude to the maximum of the format; what is
    above it saturates. The weights of a Conv have a scale for each output channel, those of a Gemm
    have one. Biases stay f32.
    """
    graph = onnx.GraphProto()
    graph.CopyFrom(model.graph)
    del graph.node[:], graph.initializer[:]
    values = {w.name: numpy_helper.to_array(w) for w in model.graph.initializer}
    fp8_type = TensorProto.DataType.Value(format.mlir_name.replace("f8", "FLOAT8").upper())
    from_fp8: dict[str, str] = {}  # what takes the place of a value

    def constant(name: str, value: Array) -> str:
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def fp8_constant(name: str, value: Array) -> str:
        raw = format.encode(value, saturate=True).tobytes()
        graph.initializer.append(helper.make_tensor(name, fp8_type, value.shape, raw, raw=True))
        return name

    def through_fp8(name: str, scale: Array, **axis: Any) -> None:
        """Put a QuantizeLinear, unless the value is a constant, and a DequantizeLinear behind."""
        quantized, dequantized = f"{name}_quantized", f"{name}_dequantized"
        zero_point = fp8_constant(f"{name}_zero_point", np.zeros_like(scale))
        parameters = [constant(f"{name}_scale", scale), zero_point]
        if name in values:
            by_channel = scale.reshape(scale.shape + (1,) * (values[name].ndim - 1))
            fp8_constant(quantized, values[name] / (by_channel if axis else scale))
        else:
            graph.node.append(
                helper.make_node("QuantizeLinear", [name, *parameters], [quantized], quantized)
            )
        graph.node.append(
            helper.make_node(
                "DequantizeLinear", [quantized, *parameters], [dequantized], dequantized, **axis
            )
        )
        from_fp8[name] = dequantized

    def activation(name: str) -> None:
        if name in largest:
            through_fp8(name, _scale(largest[name], format))

    activation(model.graph.input[0].name)
    for node in model.graph.node:
        if node.op_type in ("Conv", "Gemm"):
            _, weight, bias = node.input
            constant(bias, values[bias])
            magnitudes = np.abs(values[weight])
            if node.op_type == "Conv":
                through_fp8(weight, _scale(magnitudes.max((1, 2, 3)), format), axis=0)
            else:
                through_fp8(weight, _scale(magnitudes.max(), format))
        graph.node.add().CopyFrom(node)
        graph.node[-1].input[:] = [from_fp8.get(name, name) for name in node.input]
        activation(node.output[0])
    return _model(graph)


def _scale(largest: Any, format: Fp8Format) -> Array:
    """The scales that take these magnitudes to the maximum of the format, 1 for zeros."""
    scale = np.asarray(largest, np.float32) / np.float32(format.max)
    return np.asarray(np.where(scale > 0, scale, 1), np.float32)


def _model(graph: onnx.GraphProto) -> onnx.ModelProto:
    opset = helper.make_opsetid("", 21)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model
