"""Ops on builtin tensors for values of the torch dialect."""

from collections.abc import Callable, Sequence
from typing import Any

from fnuz.passes import structured
from fnuz.passes.builder import Builder
from fnuz.passes.torch_tensors import builtin_element


def elementwise(
    b: Builder,
    tensor: Any,
    element: str,
    body: Callable[[Builder, list[Any]], Any],
    others: Sequence[Any] = (),
    maps: Sequence[Any] = (),
) -> Any:
    """A linalg.generic over the elements of `tensor`, with a result of `element`.

    `body(builder, elements)` has the element of `tensor` and of each of `others`, whose indices
    `maps` give from those of `tensor`. Sizes that are not known are compared when the program runs.
    """
    ir = b.ir
    for other, map in zip(others, maps, strict=True):
        for dim, index in enumerate(map.results):
            _assert_fits(b, tensor, other, dim, index)
    type = ir.RankedTensorType.get(tensor.type.shape, builtin_element(element, ir))
    empty = b.value("tensor.empty", type, *b.dynamic_sizes(tensor))
    return structured.elementwise(b, [tensor, *others], empty, body, maps)


def assert_same_size(b: Builder, left: tuple[Any, int], right: tuple[Any, int]) -> None:
    """Two dims, each of a tensor, are of one size: known, or compared when the program runs."""
    if any(tensor.type.is_dynamic_dim(dim) for tensor, dim in (left, right)):
        _assert_equal(b, size_of(b, *left), size_of(b, *right))


def _assert_fits(b: Builder, tensor: Any, other: Any, dim: int, index: Any) -> None:
    """`dim` of `other` has one index for each value of `index`, an expression of a map."""
    ir = b.ir
    block = 1
    if isinstance(index, ir.AffineFloorDivExpr):
        block, index = ir.AffineConstantExpr(index.rhs).value, index.lhs
    if isinstance(index, ir.AffineConstantExpr):
        return  # its size is known to be 1
    position = ir.AffineDimExpr(index).position
    if not (tensor.type.is_dynamic_dim(position) or other.type.is_dynamic_dim(dim)):
        return
    size = size_of(b, tensor, position)
    if block > 1:
        size = b.value("arith.ceildivsi", size.type, size, b.constant(size.type, block))
    _assert_equal(b, size, size_of(b, other, dim))


def size_of(b: Builder, tensor: Any, dim: int) -> Any:
    """The size of a dim as an index value."""
    index = b.ir.IndexType.get()
    if not tensor.type.is_dynamic_dim(dim):
        return b.constant(index, tensor.type.get_dim_size(dim))
    return b.value("tensor.dim", index, tensor, b.constant(index, dim))


def _assert_equal(b: Builder, left: Any, right: Any) -> None:
    ir = b.ir
    predicate = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), _EQUAL)
    i1 = ir.IntegerType.get_signless(1)
    equal = b.value("arith.cmpi", i1, left, right, attributes={"predicate": predicate})
    message = f"{b.location}: the sizes of its inputs do not fit"
    b.create("cf.assert", [], [equal], {"msg": ir.StringAttr.get(message)})


_EQUAL = 0
"""arith.CmpIPredicate eq."""
