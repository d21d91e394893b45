"""Runs imported modules on the CPU, and makes small ONNX models."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

from fnuz import passes
from fnuz.execution import cpu, signature

E4M3FN, E5M2 = TensorProto.FLOAT8E4M3FN, TensorProto.FLOAT8E5M2
F32, F16, BF16 = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16


def run(module: Any, *inputs: NDArray[Any]) -> list[NDArray[Any]]:
    """The results of the one function of a module; fp8 and bf16 are unsigned codes."""
    ((name, function),) = signature.public_functions(module).items()
    types = signature.of(function)
    copy = cpu.clone(module)
    passes.run(copy, "emulate-fp8")
    program = cpu.compile(copy, [name])
    for given, type_ in zip(inputs, types.arguments, strict=True):
        type_.check(given)
    arguments = program.functions[name].arguments
    viewed = [a.view(v.dtype) for a, v in zip(inputs, arguments, strict=True)]
    results = program.run(name, viewed).results
    return [r.view(v.dtype) for r, v in zip(results, types.results, strict=True)]


def value(name: str, type_: int, *shape: int | str | None) -> ValueInfoProto:
    """An input or output."""
    return helper.make_tensor_value_info(name, type_, list(shape))


def tensor(name: str, type_: int, codes: NDArray[Any]) -> TensorProto:
    """An initializer of raw data: the bytes of `codes`, whatever numpy thinks that they are."""
    return helper.make_tensor(name, type_, codes.shape, codes.tobytes(), raw=True)


def model(
    nodes: Sequence[NodeProto],
    inputs: Sequence[ValueInfoProto],
    outputs: Sequence[ValueInfoProto],
    initializers: Sequence[TensorProto] = (),
    opset: int = 23,
) -> ModelProto:
    """A model whose graph is named "main"."""
    graph = helper.make_graph(nodes, "main", inputs, outputs, initializers)
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def codes(*shape: int) -> NDArray[np.uint8]:
    """Every code in turn."""
    return np.resize(np.arange(256, dtype=np.uint8), shape)
