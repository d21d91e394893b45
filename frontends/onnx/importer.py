"""An ONNX model in the torch dialect: a torch.operator for each node.

torch-mlir's importer makes them. Here is what it leaves out: constants of every type, wherever the
standard lets them be, and the place of every node.
"""

from typing import Any

import numpy as np
from onnx import TensorProto

from fnuz.bindings import load
from fnuz.bindings.constants import resource_key
from fnuz.frontends.errors import ImportFailed, failed
from fnuz.frontends.onnx.reading import Model

_importer: Any = load().module("extras.onnx_importer")

_FOUR_BITS = {TensorProto.UINT4, TensorProto.INT4}

ELEMENT_TYPES = frozenset(_importer.ELEM_TYPE_TO_IR_TYPE_CB) - _FOUR_BITS
"""The element types, by their numbers in the standard, that torch-mlir has.

It has types of four bits in name only: lowering them ends the process.
"""

_INLINE = 16384
"""Bytes up to which a constant is a dense attribute, which MLIR folds, and not a resource."""

_LEFT_TO_UPSTREAM = (TensorProto.STRING,)

_COMPLEX = (TensorProto.COMPLEX64, TensorProto.COMPLEX128)


def import_graph(model: Model, context: Any) -> Any:
    """The module; the location of an op is the name of its node and `model.file` with its place.

    `context` knows the torch dialect. Raises ImportFailed.
    """
    info = _importer.ModelInfo(model.proto)
    module = info.create_module(context=context)
    try:
        _importer.NodeImporter.define_function(
            info.main_graph, module.operation, _Constants(context, model)
        ).import_all()
    except _importer.OnnxImportError as e:
        raise failed(model.file, str(e).splitlines()[0]) from None
    _finish(module, model)
    return module


class _Constants(_importer.ContextCache):  # type: ignore[misc]
    """Types and constants of one context."""

    def __init__(self, context: Any, model: Model) -> None:
        super().__init__(context)
        self._model = model

    def tensor_proto_to_attr(self, tensor: TensorProto) -> Any:
        """The elements of a tensor, without a copy when there are many."""
        if tensor.data_type in _LEFT_TO_UPSTREAM:
            return self._by_upstream(tensor)
        if tensor.data_type in _COMPLEX:
            raise self._refused(tensor)
        ir = load().ir
        type_ = self.tensor_proto_to_builtin_type(tensor)
        shape = list(tensor.dims)
        content = self._model.data.bytes_of(tensor)
        if tensor.data_type == TensorProto.BOOL:
            values = content.view(np.bool_).reshape(shape)
            return ir.DenseElementsAttr.get(values, shape=shape, type=type_.element_type)
        width = content.size // max(1, int(np.prod(shape, dtype=np.int64)))
        alignment = _alignment(content)
        if content.size > _INLINE and alignment >= width:
            name = self._sanitize_name(tensor.name)
            return ir.DenseResourceElementsAttr.get_from_buffer(content, name, type_, alignment)
        elements = np.frombuffer(content.tobytes(), f"V{width or 1}").reshape(shape)
        return ir.DenseElementsAttr.get(elements, type=type_)

    def _by_upstream(self, tensor: TensorProto) -> Any:
        try:
            return super().tensor_proto_to_attr(tensor)
        except _importer.OnnxImportError:
            raise self._refused(tensor) from None

    def _refused(self, tensor: TensorProto) -> ImportFailed:
        name = TensorProto.DataType.Name(tensor.data_type).lower()
        problem = f"a constant of {name}, which is not supported; use a float or integer type"
        return failed(self._model.file, f"tensor {tensor.name!r} is {problem}")


def _alignment(content: Any) -> int:
    """The largest power of two, 64 at most, that the address is a multiple of."""
    address: int = content.ctypes.data
    return min(address & -address, 64)


def _finish(module: Any, model: Model) -> None:
    """Give each op its place, and make literals of the constants that are resources."""
    bindings = load()
    ir = bindings.ir
    resources = []
    with module.context:
        places = {
            node.name: ir.Location.name(node.name, ir.Location.file(model.file, *place))
            for place, node in model.nodes.items()
        }

    def place(op: Any) -> Any:
        name = getattr(op.location, "name_str", None)
        if op.name == "torch.operator" and name in places:
            op.location = places[name]
        if "torch.onnx.value" in op.attributes:
            value = op.attributes["torch.onnx.value"]
            if resource_key(value, bindings) is not None:
                resources.append((op, value))
        return ir.WalkResult.ADVANCE

    module.operation.walk(place)
    # Upstream's lowering of onnx.Constant would copy the bytes into a dense attribute.
    for op, value in resources:
        literal = ir.Operation.create(
            "torch.vtensor.literal",
            [op.results[0].type],
            attributes={"value": value},
            loc=op.location,
            ip=ir.InsertionPoint(op),
        )
        op.results[0].replace_all_uses_with(literal.results[0])
        op.erase()
