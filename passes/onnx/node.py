"""An ONNX node as torch-mlir's importer writes it: `torch.operator "onnx.Op"` on !torch.vtensor."""

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fnuz.bindings import Bindings
from fnuz.passes.registry import NoRule
from fnuz.passes.scaled_constants import numbers
from fnuz.passes.torch_tensors import TensorType, tensor_type

ELEMENT_OF = {
    1: "f32",
    2: "ui8",
    3: "si8",
    4: "ui16",
    5: "si16",
    6: "si32",
    7: "si64",
    9: "i1",
    10: "f16",
    11: "f64",
    12: "ui32",
    13: "ui64",
    16: "bf16",
    17: "f8E4M3FN",
    18: "f8E4M3FNUZ",
    19: "f8E5M2",
    20: "f8E5M2FNUZ",
}
"""The element type, as torch writes it, of each number of onnx.TensorProto.DataType."""


class Node:
    """One node; `op` is its torch.operator."""

    def __init__(self, op: Any, bindings: Bindings) -> None:
        self.op = op
        self.ir = bindings.ir
        self._bindings = bindings

    @cached_property
    def name(self) -> str:
        """The op of the node, without its domain: the importer does not keep that."""
        return str(self.op.attributes["name"].value).partition(".")[2]

    @cached_property
    def inputs(self) -> list[Any]:
        """The operands, None for one that is left out."""
        return [None if str(v.type) == "!torch.none" else v for v in self.op.operands]

    def input(self, number: int) -> Any | None:
        """An operand, None when it is left out."""
        return self.inputs[number] if number < len(self.inputs) else None

    def required(self, number: int, what: str) -> Any:
        """An operand that must be there. Raises NoRule."""
        value = self.input(number)
        if value is None:
            raise NoRule(f"it has no {what}")
        return value

    def type(self, value: Any, what: str) -> TensorType:
        """The type of an operand or result. Raises NoRule when it is not a ranked tensor."""
        found = tensor_type(value.type)
        if found is None:
            raise NoRule(f"its {what} is of type {value.type}, not a tensor of known rank")
        return found

    def result_type(self, like: TensorType) -> TensorType:
        """The type of the one result, which has the shape of `like`. Raises NoRule."""
        if len(self.op.results) != 1:
            raise NoRule(f"it has {len(self.op.results)} results, not 1")
        found = self.type(self.op.results[0], "result")
        if not agree(found.shape, like.shape):
            raise NoRule(f"its result has the shape {shape(found)}, its input {shape(like)}")
        return found

    def integer(self, name: str, default: int) -> int:
        """An integer attribute. Raises NoRule for one of another kind."""
        attr = self.op.attributes.get(f"torch.onnx.{name}")
        if attr is None:
            return default
        if not isinstance(attr, self.ir.IntegerAttr):
            raise NoRule(f"its attribute '{name}' is not an integer")
        return int(attr.value)

    def flag(self, name: str, default: bool) -> bool:
        """An attribute that is 0 or 1. Raises NoRule for any other number."""
        number = self.integer(name, int(default))
        if number not in (0, 1):
            raise NoRule(f"its attribute '{name}' is {number}, not 0 or 1")
        return bool(number)

    def element(self, name: str) -> str | None:
        """The element type that an attribute names; None when it names none. Raises NoRule."""
        number = self.integer(name, 0)
        if number and number not in ELEMENT_OF:
            raise NoRule(f"its attribute '{name}' is {number}, a type that is not supported")
        return ELEMENT_OF[number] if number else None

    def check_element(self, name: str, found: str) -> None:
        """Raise NoRule when an attribute names another element type than the result has."""
        named = self.element(name)
        if named not in (None, found):
            raise NoRule(f"its attribute '{name}' says {named}, but its result is of {found}")

    def constant(self, value: Any) -> Any | None:
        """The dense or dense_resource attribute that a value is, None when it is no constant."""
        if isinstance(value, self.ir.BlockArgument):
            return None
        op = value.owner.operation
        if op.name == "torch.vtensor.literal":
            return op.attributes["value"]
        if op.name == "torch.operator" and op.attributes["name"].value == "onnx.Constant":
            return op.attributes.get("torch.onnx.value")
        return None

    def numbers(self, value: Any) -> NDArray[np.float64] | None:
        """The elements of a float constant as float64, in one dimension (one when they are alike).

        None when the value is no constant.
        """
        attr = self.constant(value)
        return None if attr is None else numbers(attr, self._bindings)


def agree(a: tuple[int | None, ...], b: tuple[int | None, ...]) -> bool:
    """Whether two shapes can be the same when the program runs."""
    return len(a) == len(b) and all(x is None or y in (None, x) for x, y in zip(a, b, strict=True))


def broadcast(a: TensorType, b: TensorType) -> TensorType:
    """The type of two tensors of one element type as numpy broadcasts them. Raises NoRule.

    A size that is not known is taken for the other, if that is not 1.
    """
    length = max(len(a.shape), len(b.shape))
    sizes: list[int | None] = []
    for i in range(-length, 0):
        found = {type.shape[i] for type in (a, b) if len(type.shape) >= -i} - {1}
        if len(found - {None}) > 1:
            raise NoRule(f"its inputs of shapes {shape(a)} and {shape(b)} do not go together")
        sizes.append(next(iter(found - {None} or found or {1})))
    return replace(a, shape=tuple(sizes))


def shape(type: TensorType) -> str:
    """A shape, for messages."""
    return f"[{','.join('?' if size is None else str(size) for size in type.shape)}]"
