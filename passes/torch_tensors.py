"""Values of the torch dialect: their element types, and the way to builtin tensors and back.

`torch_c` is the dialect of the two casts; torch-mlir's conversion to linalg removes them.
"""

import re
from typing import Any

from fnuz.passes.builder import Builder

_TENSOR = re.compile(r"!torch\.v?tensor<\[(?P<sizes>[^]]*)\],(?P<element>\w+)>")


def element_name(type: Any) -> str | None:
    """The name of the element type of a tensor with known sizes, `si8` and `ui8` apart.

    None for any other type, and for a tensor whose sizes or element type are not known.
    """
    found = _TENSOR.fullmatch(str(type))
    return found["element"] if found and found["element"] != "unk" else None


def is_tensor(type: Any) -> bool:
    """Whether a type is a torch tensor, also one of which nothing is known."""
    return str(type).startswith(("!torch.vtensor", "!torch.tensor"))


def with_element(b: Builder, type: Any, element: str) -> Any:
    """A torch tensor type with another element type."""
    found = _TENSOR.fullmatch(str(type))
    assert found, f"{type} has no sizes or no element type"
    return b.ir.Type.parse(f"!torch.vtensor<[{found['sizes']}],{element}>")


def builtin_type(b: Builder, type: Any) -> Any:
    """The builtin tensor type of a torch tensor type: its integers have no sign there."""
    found = _TENSOR.fullmatch(str(type))
    assert found, f"{type} has no sizes or no element type"
    sizes = "".join(f"{size.strip()}x" for size in found["sizes"].split(",") if size)
    element = re.sub(r"^[su](?=i\d)", "", found["element"])
    return b.ir.Type.parse(f"tensor<{sizes}{element}>")


def to_builtin(b: Builder, value: Any) -> Any:
    """A torch tensor as a builtin tensor."""
    return b.value("torch_c.to_builtin_tensor", builtin_type(b, value.type), value)


def from_builtin(b: Builder, value: Any, type: Any) -> Any:
    """A builtin tensor as the torch tensor type `type`."""
    return b.value("torch_c.from_builtin_tensor", type, value)
