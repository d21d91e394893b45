"""Scales and zero points of ONNX: which of their numbers goes with which element."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fnuz.passes.builder import Builder
from fnuz.passes.onnx.elements import to_float
from fnuz.passes.onnx.node import Node, agree, shape
from fnuz.passes.registry import NoRule
from fnuz.passes.torch_tensors import TensorType, builtin_element, to_builtin


@dataclass(frozen=True)
class Parameter:
    """A scale or zero point.

    `numbers` are its values where it is a constant of floats, `number` where that is one. Else
    `map` gives from the indices of an element those of its own number.
    """

    value: Any
    type: TensorType
    map: Any
    constant: Any
    numbers: NDArray[np.float64] | None

    @property
    def number(self) -> float | None:
        """The value of a constant of one number."""
        if self.numbers is None or not self.type.is_one_number:
            return None
        return float(self.numbers[0])


def parameter(node: Node, value: Any, what: str, map: Callable[[TensorType], Any]) -> Parameter:
    """A scale or zero point, with the map that `map` gives for its type. Raises NoRule."""
    type = node.type(value, what)
    return Parameter(value, type, map(type), node.constant(value), node.numbers(value))


def nonzero(zero_point: Parameter) -> Parameter | None:
    """A zero point, None for a constant of zeros."""
    is_zero = zero_point.numbers is not None and not zero_point.numbers.any()
    return None if is_zero else zero_point


def operands(b: Builder, parameters: Sequence[Parameter | None]) -> tuple[list[Any], list[Any]]:
    """The tensors of those parameters that are not one number, and their maps."""
    read = [p for p in parameters if p is not None and p.number is None]
    tensors = [
        to_builtin(b, p.value, p.type) if p.numbers is None else b.dense(p.constant) for p in read
    ]
    return tensors, [p.map for p in read]


def element_of(b: Builder, p: Parameter, type: str, elements: Iterator[Any]) -> Any:
    """The number that goes with an element, as a float of `type`, in the body of an op.

    `elements` are those of `operands`, in their order.
    """
    if p.number is not None:
        return b.constant(builtin_element(type, b.ir), p.number)
    return to_float(b, next(elements), p.type.element, type)


@dataclass(frozen=True)
class Granularity:
    """How the numbers of a scale lie over the elements of a tensor of type `of`.

    One number is for all. Without a block size a vector has one for each index of `axis`; with it a
    scale is as the tensor, with one number for each block along `axis`, the last of which may be
    cut. Source: ONNX QuantizeLinear.
    """

    of: TensorType
    axis: int
    block_size: int

    def map(self, type: TensorType, what: str, ir: Any) -> Any:
        """The map of a scale or zero point of this type. Raises NoRule when it does not fit."""
        rank = len(self.of.shape)
        if type.is_one_number:
            return ir.AffineMap.get(rank, 0, [ir.AffineConstantExpr.get(0)] * len(type.shape))
        if not -rank <= self.axis < rank:
            raise NoRule(f"axis {self.axis} is none of an input of shape {shape(self.of)}")
        axis = self.axis % rank
        if self.block_size < 0:
            raise NoRule(f"block size {self.block_size} is negative")
        dims = [ir.AffineDimExpr.get(i) for i in range(rank)]
        sizes = list(self.of.shape)
        if self.block_size:
            dims[axis] = ir.AffineExpr.get_floor_div(dims[axis], self.block_size)
            size = sizes[axis]
            sizes[axis] = None if size is None else -(-size // self.block_size)
            how = f"blocks of {self.block_size} along axis {axis}"
        else:
            dims, sizes = [dims[axis]], [sizes[axis]]
            how = f"axis {axis}"
        wanted = TensorType(tuple(sizes), type.element)
        if not agree(type.shape, wanted.shape):
            raise NoRule(
                f"its {what} has the shape {shape(type)}; for {how} of an input of shape "
                f"{shape(self.of)} it is {shape(wanted)}, or one number"
            )
        return ir.AffineMap.get(rank, 0, dims)
