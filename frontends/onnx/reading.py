"""Reads an ONNX model: checked, shapes inferred, every node with a name of its own."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, NodeProto, TensorProto

from fnuz.frontends.errors import failed
from fnuz.frontends.onnx import domains
from fnuz.frontends.onnx.data import Data
from fnuz.frontends.onnx.graphs import graphs_of, nodes_of, subgraphs, tensors_of

_SMALL = 4096
"""Bytes up to which external data is read at once: shape inference wants to see shapes."""

_OF_SHAPES = (TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64)
"""The types of what shape inference looks at: shapes, and the scales of Resize."""


Place = tuple[int, int]
"""Number of a node in the file, from 1, and number of a node in what it calls; 1 for the node."""


@dataclass
class Model:
    """A model ready to be imported.

    `nodes` has every node, those of subgraphs among them, by its place, which stands where other
    files have lines and columns.
    """

    file: str
    proto: ModelProto
    nodes: dict[Place, NodeProto]
    data: Data


def read(model: "str | os.PathLike[str] | ModelProto", folder: Path | None = None) -> Model:
    """Read and check a model, infer its shapes and name its nodes. Raises ImportFailed.

    `folder` is where external data is, by default the folder of the file. A ModelProto is not
    changed.
    """
    if isinstance(model, ModelProto):
        file, proto = model.graph.name or "model", ModelProto()
        proto.CopyFrom(model)
    else:
        file = os.fspath(model)
        folder = folder or Path(file).parent
        try:
            proto = onnx.load(file, load_external_data=False)
        except OSError as e:
            raise failed(file, f"cannot open the model: {e.strerror}") from None
        except (DecodeError, ValueError, RuntimeError):
            raise failed(file, "this is not an ONNX model") from None
    if not proto.ir_version or not proto.HasField("graph"):
        raise failed(file, "this is not an ONNX model: it has no graph")
    _check_names(file, proto)
    domains.to_standard(proto)
    _name_all(proto)
    opened = Model(file, proto, {}, Data(file, folder))
    _drop_unused(proto)
    _read_small(opened)
    _check(opened)
    written = list(nodes_of(proto.graph))
    opened.proto = _inferred(opened)
    opened.nodes = _placed(written, opened.proto.graph)
    _check_scopes(opened)
    return opened


def _check_names(file: str, proto: ModelProto) -> None:
    """Raise ImportFailed when a name is not text, which protobuf does not see to."""
    for name in _names(proto):
        if not isinstance(name, str):
            raise failed(file, f"not a valid ONNX model: the name {name!r} is not UTF-8")


def _names(proto: ModelProto) -> Iterator[str]:
    yield from (opset.domain for opset in proto.opset_import)
    for function in proto.functions:
        yield from (function.name, function.domain, *function.input, *function.output)
        yield from (opset.domain for opset in function.opset_import)
    for graph in graphs_of(proto.graph):
        yield graph.name
        for values in (graph.initializer, graph.input, graph.output, graph.value_info):
            yield from (value.name for value in values)
    for graph in (proto.graph, *proto.functions):
        for node in nodes_of(graph):
            yield from (node.name, node.op_type, node.domain, *node.input, *node.output)


def _check_scopes(model: Model) -> None:
    """Raise ImportFailed for an input of a subgraph that hides a value: the importer mixes them."""
    place_of = {node.name: place for place, node in model.nodes.items()}

    def check(graph: GraphProto, around: frozenset[str]) -> None:
        made = (v for node in graph.node for v in node.output)
        values = around.union(made, (v.name for v in (*graph.input, *graph.initializer)))
        for node in graph.node:
            for subgraph in subgraphs(node):
                if hiding := next((v.name for v in subgraph.input if v.name in values), None):
                    problem = f"input {hiding!r} of its graph hides a value around it; rename it"
                    at = place_of[node.name]
                    raise failed(model.file, f"node {node.name!r} ({node.op_type}): {problem}", at)
                check(subgraph, values)

    check(model.proto.graph, frozenset())


def _drop_unused(proto: ModelProto) -> None:
    """Drop initializers that nobody reads, which may be of any type, and results left out."""
    for node in nodes_of(proto.graph):
        while node.output and not node.output[-1] and not any(subgraphs(node)):
            del node.output[-1]
    used = {name for node in nodes_of(proto.graph) for name in node.input}
    for graph in graphs_of(proto.graph):
        read = used | {v.name for v in (*graph.input, *graph.output)}
        for i in reversed(range(len(graph.initializer))):
            if graph.initializer[i].name not in read:
                del graph.initializer[i]


def _name_all(proto: ModelProto) -> None:
    """Give each node a name that no other has: locations are told apart by it."""
    seen: set[str] = set()
    for graph in (proto.graph, *proto.functions):
        for i, node in enumerate(nodes_of(graph), 1):
            name = node.name or f"{node.op_type}_{i}"
            while name in seen:
                name += f"_{i}"
            seen.add(name)
            node.name = name


def _placed(written: list[NodeProto], graph: GraphProto) -> dict[Place, NodeProto]:
    """The nodes of a graph by their places, given the nodes in the file.

    A node that is not in the file was written out for one that is: for the first behind the last
    known place, until all results of that are there.
    """
    nodes = list(nodes_of(graph))
    number_of = {node.name: i for i, node in enumerate(written, 1)}
    kept = {node.name for node in nodes}
    calls = iter([i for i, node in enumerate(written, 1) if node.name not in kept])
    places: dict[Place, NodeProto] = {}
    number, position, awaited = 0, 0, set[str]()
    for node in nodes:
        position += 1
        if node.name in number_of:
            number, position, awaited = number_of[node.name], 1, set()
        elif not awaited and (call := next((i for i in calls if i > number), None)):
            number, position = call, 1
            awaited = set(filter(None, written[call - 1].output))
        awaited -= set(node.output)
        places[number, position] = node
    return places


def _read_small(model: Model) -> None:
    for tensor in tensors_of(model.proto.graph):
        if tensor.data_location != TensorProto.EXTERNAL or tensor.data_type not in _OF_SHAPES:
            continue
        content = model.data.bytes_of(tensor)
        if len(content) <= _SMALL:
            tensor.raw_data = content.tobytes()
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")


def _check(model: Model) -> None:
    """What onnx's own checker says, but for external data, which is looked at here."""
    proto = model.proto
    external = [t for t in tensors_of(proto.graph) if t.data_location == TensorProto.EXTERNAL]
    if external:
        # The checker looks for the files in the working directory.
        proto = ModelProto()
        proto.CopyFrom(model.proto)
        for tensor in tensors_of(proto.graph):
            if tensor.data_location == TensorProto.EXTERNAL:
                tensor.ClearField("external_data")
                tensor.ClearField("data_location")
                tensor.ClearField("dims")
                tensor.dims.append(0)
                tensor.raw_data = b""
    try:
        onnx.checker.check_model(proto)
    except (onnx.checker.ValidationError, ValueError) as e:
        raise failed(model.file, f"not a valid ONNX model: {_first_line(e)}") from None


def _inferred(model: Model) -> ModelProto:
    infer = onnx.shape_inference.infer_shapes
    try:
        proto = domains.without_functions(model.proto)
        _name_all(proto)
        try:
            return infer(proto, data_prop=True, strict_mode=True)
        except onnx.shape_inference.InferenceError as e:
            # Sizes that the model gives and does not keep: upstream's lowering can hang on them.
            if "existing" in str(e):
                raise
        return infer(proto, data_prop=True)
    except (onnx.shape_inference.InferenceError, RuntimeError, ValueError) as e:
        raise failed(model.file, f"shape inference failed: {_first_line(e)}") from None


def _first_line(error: Exception) -> str:
    lines: list[Any] = [line for line in str(error).splitlines() if line.strip()]
    return str(lines[0]) if lines else type(error).__name__
