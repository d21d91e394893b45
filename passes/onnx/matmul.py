"""QLinearMatMul on fp8: a contraction of fp8 summed in f32, and a quantize behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fnuz.passes import structured
from fnuz.passes.builder import Builder
from fnuz.passes.onnx import elements
from fnuz.passes.onnx.emit import assert_same_size, elementwise, size_of
from fnuz.passes.onnx.node import Node, agree, broadcast, shape
from fnuz.passes.onnx.parameters import Parameter, element_of, nonzero, operands, parameter
from fnuz.passes.registry import NoRule
from fnuz.passes.torch_tensors import TensorType, builtin_element, from_builtin, to_builtin

_K = -1
"""The dim that is summed over, where others are numbers of dims of the result."""


@dataclass(frozen=True)
class _Matrix:
    """a, b or y. `dims` has for each of its dims that of the result, or _K.

    The scale has a map from the indices of the result, the zero point (None when it is zero) one
    from those of the matrix.
    """

    value: Any
    type: TensorType
    dims: tuple[int, ...]
    scale: Parameter
    zero_point: Parameter | None


def q_linear_matmul(node: Node, b: Builder) -> None:
    """`saturate(sum((a - a_zero_point) * (b - b_zero_point)) * (a_scale * b_scale) / y_scale +
    y_zero_point)`, all in f32, the sum in the order of the indices.
    """
    a, w = node.required(0, "input a"), node.required(3, "input b")
    type_a, type_b = node.type(a, "input a"), node.type(w, "input b")
    if len(node.op.results) != 1:
        raise NoRule(f"it has {len(node.op.results)} results, not 1")
    type_y = node.type(node.op.results[0], "result")
    for type, what in ((type_a, "input a"), (type_b, "input b"), (type_y, "result")):
        if not type.is_fp8:
            raise NoRule(f"its {what} is of {type.element}: fp8 goes with fp8 only")
    product, dims_a, dims_b = _product(type_a, type_b)
    if not agree(product.shape, type_y.shape):
        raise NoRule(f"its result has the shape {shape(type_y)}, the product {shape(product)}")
    rank = len(product.shape)
    left = _matrix(node, (a, type_a, dims_a), (1, "a", 0), rank)
    right = _matrix(node, (w, type_b, dims_b), (4, "b", 1), rank)
    y = _matrix(node, (None, type_y, tuple(range(rank))), (6, "y", None), rank)

    sums = _contract(b, [_centred(b, left), _centred(b, right)], [dims_a, dims_b], product)
    b.replace(node.op, from_builtin(b, _quantized(b, sums, left, right, y), type_y))


def _product(a: TensorType, b: TensorType) -> tuple[TensorType, tuple[int, ...], tuple[int, ...]]:
    """The type of the product as numpy.matmul makes it, and the dims of both. Raises NoRule."""
    if not a.shape or not b.shape:
        raise NoRule("an input has no dims: a product needs one to sum over")
    rows = a.shape[-2:-1]
    columns = b.shape[-1:] if len(b.shape) > 1 else ()
    if not agree(a.shape[-1:], b.shape[-2:-1] or b.shape):
        raise NoRule(f"its inputs of shapes {shape(a)} and {shape(b)} have no product")
    batch_a, batch_b = (TensorType(type.shape[:-2], "f32") for type in (a, b))
    batch = broadcast(batch_a, batch_b).shape
    product = TensorType((*batch, *rows, *columns), "f32")
    last = len(product.shape) - 1
    count = len(batch)
    dims_a = (*range(count - len(batch_a.shape), count), *(count for _ in rows), _K)
    dims_b = (*range(count - len(batch_b.shape), count), _K, *(last for _ in columns))
    return product, dims_a, dims_b


def _matrix(
    node: Node,
    matrix: tuple[Any, TensorType, tuple[int, ...]],
    parameters: tuple[int, str, int | None],
    rank: int,
) -> _Matrix:
    """A matrix with its parameters: number of the first input, name, dim that a vector is for.

    Raises NoRule.
    """
    value, type, dims = matrix
    number, name, vector = parameters
    at = node.required(number, f"{name}_scale")
    scale_of = _Reads(type, dims, vector, f"{name}_scale")
    scale = parameter(node, at, scale_of.what, lambda t: scale_of.map(t, dims, rank, node.ir))
    elements.check(scale.type.element, scale_of.what, elements.SCALES)
    zero_of = _Reads(type, dims, vector, f"{name}_zero_point")
    own = tuple(range(len(dims)))
    zero = parameter(
        node,
        node.required(number + 1, zero_of.what),
        zero_of.what,
        lambda t: zero_of.map(t, own, len(own), node.ir),
    )
    if zero.type.element != type.element:
        raise NoRule(f"its {zero_of.what} is of {zero.type.element}, not {type.element}")
    return _Matrix(value, type, dims, scale, nonzero(zero))


@dataclass(frozen=True)
class _Reads:
    """How a scale or zero point lies over a matrix.

    One number is for all; one of the rank of the matrix has 1 for each dim that it does not tell
    apart, among them that which is summed over; a vector for a matrix of two dims is for `vector`.
    """

    type: TensorType
    dims: tuple[int, ...]
    vector: int | None
    what: str

    def map(self, of: TensorType, dims: Sequence[int], rank: int, ir: Any) -> Any:
        """From `rank` indices, of which `dims` has one for each dim of the matrix."""
        count = len(self.type.shape)
        if of.is_one_number:
            own: list[int | None] = [None] * len(of.shape)
        elif len(of.shape) == count:
            own = [None if size == 1 else i for i, size in enumerate(of.shape)]
        elif (len(of.shape), count) == (1, 2) and self.vector is not None:
            own = [self.vector]
        else:
            raise self._refusal(of)
        for size, i in zip(of.shape, own, strict=True):
            if i is not None and (
                self.dims[i] == _K or not agree((size,), self.type.shape[i : i + 1])
            ):
                raise self._refusal(of)
        zero = ir.AffineConstantExpr.get(0)
        return ir.AffineMap.get(
            rank, 0, [zero if i is None else ir.AffineDimExpr.get(dims[i]) for i in own]
        )

    def _refusal(self, of: TensorType) -> NoRule:
        return NoRule(
            f"its {self.what} has the shape {shape(of)}, which does not go with {shape(self.type)}"
        )


def _centred(b: Builder, matrix: _Matrix) -> Any:
    """The matrix as it is, or in f32 less its zero point."""
    tensor = to_builtin(b, matrix.value, matrix.type)
    zero = matrix.zero_point
    if zero is None:
        return tensor

    def body(b: Builder, arguments: list[Any]) -> Any:
        wide = elements.to_float(b, arguments[0], matrix.type.element, "f32")
        zero_point = element_of(b, zero, "f32", iter(arguments[1:]))
        return b.value("arith.subf", wide.type, wide, zero_point)

    return elementwise(b, tensor, "f32", body, *operands(b, [zero]))


def _contract(
    b: Builder, inputs: Sequence[Any], dims: Sequence[tuple[int, ...]], product: TensorType
) -> Any:
    """The product in f32: a linalg.matmul or batch_matmul where it is one, else linalg.contract."""
    ir = b.ir
    narrow = [_without_ones(b, *pair, product) for pair in zip(inputs, dims, strict=True)]
    places: dict[int, tuple[Any, int]] = {}
    for tensor, kept in narrow:
        for i, dim in enumerate(kept):
            if dim in places:
                assert_same_size(b, places[dim], (tensor, i))
            else:
                places[dim] = (tensor, i)
    sizes = [size_of(b, *places[d]) for d, size in enumerate(product.shape) if size is None]
    init = structured.zeros(b, product.builtin(ir), sizes)
    matrices = [*(tensor for tensor, _ in narrow), init]
    segments = {"operandSegmentSizes": ir.DenseI32ArrayAttr.get([2, 1])}
    rank = len(product.shape)
    layout = tuple(kept for _, kept in narrow)
    if layout in _NAMED:
        return structured.named(b, _NAMED[layout], matrices, segments)
    maps = [
        ir.AffineMap.get(rank + 1, 0, [ir.AffineDimExpr.get(rank if d == _K else d) for d in kept])
        for kept in (*layout, range(rank))
    ]
    indexing = ir.ArrayAttr.get([ir.AffineMapAttr.get(m) for m in maps])
    return structured.named(b, "linalg.contract", matrices, {"indexing_maps": indexing, **segments})


_NAMED = {
    ((0, _K), (_K, 1)): "linalg.matmul",
    ((0, 1, _K), (0, _K, 2)): "linalg.batch_matmul",
}
"""The op for the dims of both inputs."""


def _without_ones(
    b: Builder, tensor: Any, dims: tuple[int, ...], product: TensorType
) -> tuple[Any, tuple[int, ...]]:
    """A matrix and its dims without those of size 1 that repeat along the product."""
    ir, type = b.ir, tensor.type
    dropped = {
        i
        for i, dim in enumerate(dims)
        if dim != _K
        and not type.is_dynamic_dim(i)
        and type.get_dim_size(i) == 1
        and product.shape[dim] != 1
    }
    if not dropped:
        return tensor, dims
    groups: list[list[int]] = [[]]
    for i in range(len(dims)):  # Only batch dims are dropped, and another dim follows them.
        groups[-1].append(i)
        if i not in dropped:
            groups.append([])
    kept = [i for i in range(len(dims)) if i not in dropped]
    narrow = ir.RankedTensorType.get([type.shape[i] for i in kept], type.element_type)
    i64 = ir.IntegerType.get_signless(64)
    reassociation = ir.ArrayAttr.get(
        [ir.ArrayAttr.get([ir.IntegerAttr.get(i64, i) for i in g]) for g in groups[:-1]]
    )
    collapsed = b.value(
        "tensor.collapse_shape", narrow, tensor, attributes={"reassociation": reassociation}
    )
    return collapsed, tuple(dims[i] for i in kept)


def _quantized(b: Builder, sums: Any, left: _Matrix, right: _Matrix, y: _Matrix) -> Any:
    """The sums in f32, scaled and rounded to fp8."""
    f32 = b.ir.F32Type.get()
    scales = [m.scale for m in (left, right, y)]

    def body(b: Builder, arguments: list[Any]) -> Any:
        given = iter(arguments[1:])
        if left.scale.number is not None and right.scale.number is not None:
            # As f32 rounds the product of both.
            number = np.float32(left.scale.number) * np.float32(right.scale.number)
            by = b.constant(f32, float(number))
        else:
            by = b.value("arith.mulf", f32, *(element_of(b, s, "f32", given) for s in scales[:2]))
        value = b.value("arith.mulf", f32, arguments[0], by)
        value = b.value("arith.divf", f32, value, element_of(b, y.scale, "f32", given))
        if y.zero_point is not None:
            zero_point = element_of(b, y.zero_point, "f32", given)
            value = b.value("arith.addf", f32, value, zero_point)
        return elements.to_fp8(b, value, builtin_element(y.type.element, b.ir), saturate=True)

    return elementwise(b, sums, y.type.element, body, *operands(b, [*scales, y.zero_point]))
