"""Reads an ONNX model: checked, shapes inferred, every node with a name of its own.

Tensor data in other files stays there: `Model.bytes_of` maps it.
"""

import math
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto

from fnuz.bindings.diagnostics import Diagnostic
from fnuz.frontends.errors import ImportFailed

_SMALL = 4096
"""Bytes up to which external data is read at once: shape inference wants to see shapes."""


@dataclass
class Model:
    """A model ready to be imported.

    `nodes` has every node, those of subgraphs among them; the place of one in it, from 1, stands
    where other files have line numbers.
    """

    file: str
    proto: ModelProto
    nodes: list[NodeProto]
    folder: Path | None
    _maps: dict[str, mmap.mmap] = field(default_factory=dict)

    def bytes_of(self, tensor: TensorProto) -> NDArray[np.uint8]:
        """The elements of a tensor, little endian, without a copy where they are in a file.

        Types of four bits are packed, two to a byte, and bool has a byte for each.
        Raises ImportFailed.
        """
        if tensor.data_location == TensorProto.EXTERNAL:
            return self._external(tensor)
        if tensor.HasField("raw_data"):
            return np.frombuffer(tensor.raw_data, np.uint8)
        return np.ascontiguousarray(onnx.numpy_helper.to_array(tensor)).reshape(-1).view(np.uint8)

    def _external(self, tensor: TensorProto) -> NDArray[np.uint8]:
        entries = {entry.key: entry.value for entry in tensor.external_data}
        where = f"tensor '{tensor.name}' has its data in '{entries.get('location', '')}'"
        if self.folder is None:
            raise failed(self.file, f"{where}: give the model as a file, or the folder of its data")
        content = self._mapped(entries["location"], where)
        offset = int(entries.get("offset", 0))
        length = int(entries.get("length", len(content) - offset))
        needed = _size(tensor)
        if not 0 <= offset <= offset + length <= len(content):
            problem = f"bytes {offset} to {offset + length}, but the file has {len(content)}"
        elif length != needed:
            problem = f"{length} bytes, but its type needs {needed}"
        else:
            return np.frombuffer(content, np.uint8, length, offset)
        raise failed(self.file, f"{where}, {problem}")

    def _mapped(self, location: str, where: str) -> mmap.mmap:
        assert self.folder is not None
        if location not in self._maps:
            folder = self.folder.resolve()
            path = (folder / location).resolve()
            if not path.is_relative_to(folder):
                raise failed(self.file, f"{where}, which is outside the folder of the model")
            try:
                with path.open("rb") as f:
                    self._maps[location] = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
            except (OSError, ValueError) as e:
                reason = e.strerror if isinstance(e, OSError) else "it is empty"
                raise failed(self.file, f"{where}, which cannot be read: {reason}") from None
        return self._maps[location]


def _size(tensor: TensorProto) -> int:
    """How many bytes the elements of a tensor are."""
    count: int = math.prod(tensor.dims)
    if tensor.data_type in (TensorProto.UINT4, TensorProto.INT4):
        return (count + 1) // 2
    width: int = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    return count * width


def failed(file: str, message: str, node: int = 0) -> ImportFailed:
    """An error at a node, given by its number, or of the whole file."""
    return ImportFailed([Diagnostic("error", message, file, node, 1 if node else 0)])


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
    opened = Model(file, proto, list(_nodes(proto.graph)), folder)
    _name_all(opened.nodes)
    _read_small(opened)
    _check(opened)
    opened.proto = _inferred(opened)
    opened.nodes = list(_nodes(opened.proto.graph))
    return opened


def _nodes(graph: GraphProto) -> Iterator[NodeProto]:
    for node in graph.node:
        yield node
        for subgraph in subgraphs(node):
            yield from _nodes(subgraph)


def subgraphs(node: NodeProto) -> Iterator[GraphProto]:
    """The graphs in the attributes of a node."""
    for attribute in node.attribute:
        if attribute.type == AttributeProto.GRAPH:
            yield attribute.g


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    """Every tensor of a graph: initializers, and attributes of its nodes."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.TENSOR:
                yield attribute.t
        for subgraph in subgraphs(node):
            yield from _tensors(subgraph)


def _name_all(nodes: list[NodeProto]) -> None:
    """Give each node a name that no other has: locations are told apart by it."""
    seen: set[str] = set()
    for i, node in enumerate(nodes, 1):
        name = node.name or f"{node.op_type}_{i}"
        while name in seen:
            name += f"_{i}"
        seen.add(name)
        node.name = name


def _read_small(model: Model) -> None:
    for tensor in _tensors(model.proto.graph):
        if tensor.data_location != TensorProto.EXTERNAL:
            continue
        content = model.bytes_of(tensor)
        if len(content) <= _SMALL:
            tensor.raw_data = content.tobytes()
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")


def _check(model: Model) -> None:
    """What onnx's own checker says, but for external data, which is looked at here."""
    proto = model.proto
    external = [t for t in _tensors(proto.graph) if t.data_location == TensorProto.EXTERNAL]
    if external:
        # The checker looks for the files in the working directory.
        proto = ModelProto()
        proto.CopyFrom(model.proto)
        for tensor in _tensors(proto.graph):
            if tensor.data_location == TensorProto.EXTERNAL:
                tensor.ClearField("external_data")
                tensor.ClearField("data_location")
                tensor.ClearField("dims")
                tensor.dims.append(0)
                tensor.raw_data = b""
    try:
        onnx.checker.check_model(proto)
    except onnx.checker.ValidationError as e:
        raise failed(model.file, f"not a valid ONNX model: {_first_line(e)}") from None


def _inferred(model: Model) -> ModelProto:
    try:
        return onnx.shape_inference.infer_shapes(model.proto, data_prop=True)
    except (onnx.shape_inference.InferenceError, RuntimeError) as e:
        raise failed(model.file, f"shape inference failed: {_first_line(e)}") from None


def _first_line(error: Exception) -> str:
    lines: list[Any] = [line for line in str(error).splitlines() if line.strip()]
    return str(lines[0]) if lines else type(error).__name__
