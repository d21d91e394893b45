"""The types of the values of a model, in the words of the ONNX standard."""

from collections.abc import Iterator

import onnx
from onnx import GraphProto, NodeProto, TypeProto

from fnuz.frontends.errors import failed
from fnuz.frontends.onnx import domains
from fnuz.frontends.onnx.graphs import subgraphs
from fnuz.frontends.onnx.importer import ELEMENT_TYPES
from fnuz.frontends.onnx.reading import Model

FP8 = frozenset(
    getattr(onnx.TensorProto, f"FLOAT8{name}")
    for name in ("E4M3FN", "E4M3FNUZ", "E5M2", "E5M2FNUZ")
)


def text(type_: TypeProto) -> str:
    """A type as in `float8e4m3fn[2,?]`; of what is not a tensor, its kind."""
    if not type_.HasField("tensor_type"):
        return (type_.WhichOneof("value") or "unknown").removesuffix("_type")
    tensor = type_.tensor_type
    known = onnx.TensorProto.DataType
    number = tensor.elem_type
    name = known.Name(number).lower() if number in known.values() else f"type{number}"
    if not tensor.HasField("shape"):
        return f"{name}[*]"
    sizes = (str(d.dim_value) if d.HasField("dim_value") else "?" for d in tensor.shape.dim)
    return f"{name}[{','.join(sizes)}]"


def op_name(node: NodeProto) -> str:
    """The op of a node with its domain, if that is not ONNX's own."""
    return f"{node.domain}.{node.op_type}" if node.domain else node.op_type


class Types:
    """The type of every value of a model."""

    def __init__(self, model: Model) -> None:
        self._of = dict(_typed(model.proto.graph))

    def describe(self, node: NodeProto) -> str:
        """A node for an error: its name, op and what it has of fp8."""
        found = [self._of[v] for v in (*node.input, *node.output) if v in self._of]
        fp8 = dict.fromkeys(text(t) for t in found if t.tensor_type.elem_type in FP8)
        types = f" on {', '.join(fp8)}" if fp8 else ""
        return f"node {node.name!r} ({op_name(node)}{types})"

    def check(self, model: Model) -> None:
        """Raise ImportFailed when the op of a node, or the type of a value, is not known."""
        for place, node in model.nodes.items():
            values = filter(None, (*node.input, *node.output))
            problems = (domains.problem(node), *(self._problem(node, v) for v in values))
            if problem := next(filter(None, problems), None):
                raise failed(model.file, f"{self.describe(node)}: {problem}", place)

    def _problem(self, node: NodeProto, value: str) -> str:
        type_ = self._of.get(value)
        if type_ is None:
            if onnx.defs.has(node.op_type, node.domain):
                return f"ONNX's shape inference finds no type for {value!r}"
            return (
                f"ONNX does not know this op, and the model gives no type for {value!r}; "
                "use ops of ONNX, in the QDQ form of quantization"
            )
        if not type_.HasField("tensor_type"):
            return ""
        if not type_.tensor_type.HasField("shape"):
            return f"the rank of {value!r} is not known; give the inputs of the model fixed shapes"
        if any(d.dim_value < 0 for d in type_.tensor_type.shape.dim):
            return f"{value!r} is {text(type_)}, which has a negative size"
        if type_.tensor_type.elem_type not in ELEMENT_TYPES:
            return f"{value!r} is {text(type_)}, a type that torch-mlir does not have"
        return ""


def _typed(graph: GraphProto) -> Iterator[tuple[str, TypeProto]]:
    """Each value of a graph and of its subgraphs that has a type. Names are unique in a model."""
    for value in (*graph.input, *graph.output, *graph.value_info):
        if value.HasField("type"):
            yield value.name, value.type
    for tensor in graph.initializer:
        yield tensor.name, onnx.helper.make_tensor_type_proto(tensor.data_type, tensor.dims)
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                tensor = attribute.t
                yield (
                    node.output[0],
                    onnx.helper.make_tensor_type_proto(tensor.data_type, tensor.dims),
                )
        for subgraph in subgraphs(node):
            yield from _typed(subgraph)
