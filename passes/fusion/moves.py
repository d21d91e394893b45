"""Data movements of a wide value, built again for its fp8 codes or its scale."""

from typing import Any

from fnuz.passes import structured
from fnuz.passes.builder import Builder
from fnuz.passes.types import with_element


def same_op(b: Builder, op: Any, value: Any) -> Any:
    """`op` on a first operand of another element type."""
    type = with_element(b.ir, op.results[0].type, value.type.element_type)
    return b.value(op.name, type, value, *list(op.operands)[1:], attributes=_attributes(op))


def same_pad(b: Builder, op: Any, value: Any) -> Any:
    """The tensor.pad `op` on a tensor of another element type, filled with its zero."""
    type = with_element(b.ir, op.results[0].type, value.type.element_type)
    return _pad(b, type, [value, *list(op.operands)[1:]], _attributes(op))


def same_map(b: Builder, op: Any, value: Any, map_: Any, out: Any) -> Any:
    """`value`, moved as the elementwise linalg op `op` moves an operand that has this map."""
    *_, init = op.operands
    type = with_element(b.ir, init.type, value.type.element_type)
    empty = b.value("tensor.empty", type, *b.dynamic_sizes(init))
    if op.name in ("linalg.broadcast", "linalg.transpose"):
        return structured.named(b, op.name, [value, empty], _attributes(op))
    kinds = ["parallel"] * map_.n_dims
    return structured.generic(b, [value], empty, [map_, out], kinds, lambda b, args: args[0])


def slice_of(b: Builder, value: Any, dim: int, first: int, count: int) -> Any:
    """The elements [first, first + count) of one dim, and all of the others."""
    ir, type = b.ir, value.type
    shape = list(type.shape)
    dynamic = [d for d in range(type.rank) if type.is_dynamic_dim(d)]
    sizes = [n for d, n in zip(dynamic, b.dynamic_sizes(value), strict=True) if d != dim]
    shape[dim] = count
    offsets = [first if d == dim else 0 for d in range(type.rank)]
    attributes = {
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 0, len(sizes), 0]),
        "static_offsets": ir.DenseI64ArrayAttr.get(offsets),
        "static_sizes": ir.DenseI64ArrayAttr.get(shape),
        "static_strides": ir.DenseI64ArrayAttr.get([1] * type.rank),
    }
    result = ir.RankedTensorType.get(shape, type.element_type)
    return b.value("tensor.extract_slice", result, value, *sizes, attributes=attributes)


def padded(b: Builder, value: Any, dim: int, low: int, high: int) -> Any:
    """A tensor with zeros on both sides of one dim of static size."""
    ir, type = b.ir, value.type
    shape = list(type.shape)
    shape[dim] += low + high
    attributes = {
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 0, 0]),
        "static_low": ir.DenseI64ArrayAttr.get([low * (d == dim) for d in range(type.rank)]),
        "static_high": ir.DenseI64ArrayAttr.get([high * (d == dim) for d in range(type.rank)]),
    }
    return _pad(b, ir.RankedTensorType.get(shape, type.element_type), [value], attributes)


def _pad(b: Builder, type: Any, operands: list[Any], attributes: dict[str, Any]) -> Any:
    ir = b.ir
    zero = b.constant(type.element_type, 0.0)
    pad = b.create("tensor.pad", [type], operands, attributes, regions=1)
    index = [ir.IndexType.get()] * type.rank
    block = pad.regions[0].blocks.append(*index, arg_locs=[b.location] * type.rank)
    ir.Operation.create("tensor.yield", [], [zero], loc=b.location, ip=ir.InsertionPoint(block))
    return pad.results[0]


def _attributes(op: Any) -> dict[str, Any]:
    return {name: op.attributes[name] for name in op.attributes}
