"""Ops of other domains than ONNX's own: some are the same by another name, functions are inlined.

The importer forgets the domain of a node. So one whose op is not ONNX's must not get so far: it
would be taken for the op of ONNX that has its name.
"""

import onnx
import onnx.inliner
from onnx import GraphProto, ModelProto, NodeProto, TensorProto

from fnuz.frontends.onnx.graphs import nodes_of

_CONTRIB = "com.microsoft"

_ALIASES = {
    (_CONTRIB, "DequantizeLinear"): "DequantizeLinear",
    (_CONTRIB, "QLinearMatMul"): "QLinearMatMul",
    (_CONTRIB, "QuantizeLinear"): "QuantizeLinear",
    ("trt", "TRT_FP8DequantizeLinear"): "DequantizeLinear",
    ("trt", "TRT_FP8QuantizeLinear"): "QuantizeLinear",
}
"""Ops of ONNX Runtime and of TensorRT, and the ops of ONNX that do the same."""

_EXPANDED = ("Attention",)
"""Ops of ONNX that torch-mlir does not have, and has when they are written as the standard does."""


def to_standard(proto: ModelProto) -> None:
    """Give the nodes that do what an op of ONNX does its name, in place."""
    for opset in proto.opset_import:
        opset.domain = _own(opset.domain)
    trt = set()
    graphs = [proto.graph, *proto.functions]
    for node in (node for graph in graphs for node in nodes_of(graph)):
        node.domain = _own(node.domain)
        alias = _ALIASES.get((node.domain, node.op_type))
        if alias is None:
            continue
        if node.domain == "trt" and len(node.input) == 2:
            node.input.append(_ZERO_POINT)
            trt.update(node.output)
        node.domain, node.op_type = "", alias
    if trt:
        _say_fp8(proto.graph, trt)


_ZERO_POINT = "fnuz.e4m3fn_zero_point"


def _say_fp8(graph: GraphProto, outputs: set[str]) -> None:
    """TensorRT's quantize has no zero point, and exporters type its result uint8."""
    zero = onnx.helper.make_tensor(_ZERO_POINT, TensorProto.FLOAT8E4M3FN, (), [0.0])
    graph.initializer.append(zero)
    for i in reversed(range(len(graph.value_info))):
        if graph.value_info[i].name in outputs:
            del graph.value_info[i]


def _own(domain: str) -> str:
    """ONNX's own domain has two names."""
    return "" if domain == "ai.onnx" else domain


def without_functions(proto: ModelProto) -> ModelProto:
    """The model with calls of its functions, and ops that its standard defines, written out."""
    if proto.functions:
        proto = onnx.inliner.inline_local_functions(proto)
    used = {node.op_type for node in nodes_of(proto.graph) if not node.domain}
    expanded = [("", op) for op in _EXPANDED if op in used]
    if not expanded:
        return proto
    # The inliner looks for the types of operands, and not at initializers.
    typed = onnx.shape_inference.infer_shapes(proto, data_prop=True)
    known = {v.name for v in (*typed.graph.input, *typed.graph.value_info)}
    typed.graph.value_info.extend(
        onnx.helper.make_tensor_value_info(t.name, t.data_type, t.dims)
        for t in typed.graph.initializer
        if t.name not in known
    )
    try:
        return onnx.inliner.inline_selected_functions(typed, expanded, inline_schema_functions=True)
    except RuntimeError:
        return proto  # It does not know inputs that are left out.


_OF_UPSTREAM = ("RotaryEmbedding",)
"""Ops of ONNX Runtime that torch-mlir lowers, where it refuses those of ONNX by the same names."""


def problem(node: NodeProto) -> str:
    """Why the op of a node must not be imported; nothing when it may be."""
    if not node.domain:
        return ""
    if node.domain == _CONTRIB and (
        node.op_type in _OF_UPSTREAM or not onnx.defs.has(node.op_type)
    ):
        return ""
    return (
        f"no ops of the domain '{node.domain}' are known that have this name; use ops of ONNX, or "
        "a function of the model for the same opset"
    )
