"""Tensors of the torch dialect: their types, and the way to builtin tensors and back.

`torch_c` is the dialect of the two casts; torch-mlir's conversion to linalg removes them.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from fnuz.dialect.formats import FORMATS
from fnuz.passes.builder import Builder

_TENSOR = re.compile(r"!torch\.v?tensor<\[([\d?,]*)\],(?!unk)(\w+)>")


@dataclass(frozen=True)
class TensorType:
    """A tensor type of known rank. In `shape` None stands for a dynamic size.

    `element` is as torch writes it: f32, f8E4M3FN, si64, ui8, and i1 for bool.
    """

    shape: tuple[int | None, ...]
    element: str

    @property
    def is_fp8(self) -> bool:
        """Whether its elements are of one of the four fp8 types."""
        return self.element in FORMATS

    @property
    def is_one_number(self) -> bool:
        """Whether it is known to have one element."""
        return all(size == 1 for size in self.shape)

    def with_element(self, element: str) -> "TensorType":
        """The same shape of another element type."""
        return replace(self, element=element)

    def torch(self, ir: Any) -> Any:
        """The type of the torch dialect."""
        sizes = ",".join("?" if size is None else str(size) for size in self.shape)
        return ir.Type.parse(f"!torch.vtensor<[{sizes}],{self.element}>")

    def builtin(self, ir: Any) -> Any:
        """The builtin tensor type, in which integers have no sign."""
        dynamic = ir.ShapedType.get_dynamic_size()
        shape = [dynamic if size is None else size for size in self.shape]
        return ir.RankedTensorType.get(shape, builtin_element(self.element, ir))


def builtin_element(element: str, ir: Any) -> Any:
    """The MLIR type of an element type that torch writes."""
    return ir.Type.parse(re.sub(r"^[su]i", "i", element))


def tensor_type(type: Any) -> TensorType | None:
    """A torch type; None when it is not a tensor of known rank with plain elements."""
    found = _TENSOR.fullmatch(str(type))
    if not found:
        return None
    sizes = found[1].split(",") if found[1] else []
    return TensorType(tuple(None if s == "?" else int(s) for s in sizes), found[2])


def is_tensor(type: Any) -> bool:
    """Whether a type is a torch tensor, also one of which nothing is known."""
    return str(type).startswith(("!torch.vtensor", "!torch.tensor"))


def to_builtin(b: Builder, value: Any, type: TensorType) -> Any:
    """A value of the torch dialect as a builtin tensor."""
    return b.value("torch_c.to_builtin_tensor", type.builtin(b.ir), value)


def from_builtin(b: Builder, value: Any, type: TensorType) -> Any:
    """A builtin tensor as a value of the torch dialect, of sizes known better or less well."""
    wanted = type.builtin(b.ir)
    if value.type != wanted:
        value = b.value("tensor.cast", wanted, value)
    return b.value("torch_c.from_builtin_tensor", type.torch(b.ir), value)
