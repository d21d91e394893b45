"""Elements of one type as another: what ONNX Cast does, for values in the body of an op."""

from collections.abc import Sequence
from typing import Any

from fnuz.passes.builder import Builder
from fnuz.passes.codec import format_of, resize
from fnuz.passes.registry import NoRule
from fnuz.passes.torch_tensors import builtin_element

FLOATS = ("f16", "bf16", "f32", "f64")
"""The float types that ONNX computes in."""

SCALES = ("f16", "bf16", "f32")
"""Those of scales, and of what is quantized."""

_UNORDERED_OR_NOT_EQUAL = 13
"""arith.CmpFPredicate une."""


def is_integer(element: str) -> bool:
    """Whether an element type, as torch writes it, is an integer or bool."""
    return element.startswith(("i", "si", "ui"))


def to_float(b: Builder, value: Any, source: str, target: str) -> Any:
    """An integer, bool, fp8 or float element as a float of type `target`, rounded once."""
    type = builtin_element(target, b.ir)
    if is_integer(source):
        cast = "arith.sitofp" if source.startswith("s") else "arith.uitofp"
        return b.value(cast, type, value)
    return resize(b, value, type)


def to_fp8(b: Builder, value: Any, element: Any, saturate: bool) -> Any:
    """An f32 or f64 as fp8: rounded once, to nearest even.

    With `saturate` what is beyond the largest finite value, Inf too, becomes that; without it NaN,
    or Inf in E5M2. NaN stays NaN. Source: the tables of ONNX Cast.
    """
    if saturate:
        bound = format_of(element).max
        # These pass NaN on.
        value = b.value("arith.maximumf", value.type, value, b.constant(value.type, -bound))
        value = b.value("arith.minimumf", value.type, value, b.constant(value.type, bound))
    return b.value("arith.truncf", element, value)


def from_fp8(b: Builder, value: Any, target: str) -> Any:
    """An fp8 element as a float, integer or bool.

    Floats are exact. Integers are rounded towards zero and wrap, as in numpy; ONNX leaves open
    what is out of range, and NaN. All but zeros are true, NaN too.
    """
    type = builtin_element(target, b.ir)
    if target in FLOATS:
        return resize(b, value, type)
    single = resize(b, value, b.ir.F32Type.get())
    if target == "i1":
        i64 = b.ir.IntegerType.get_signless(64)
        predicate = {"predicate": b.ir.IntegerAttr.get(i64, _UNORDERED_OR_NOT_EQUAL)}
        zero = b.constant(single.type, 0.0)
        return b.value("arith.cmpf", type, single, zero, attributes=predicate)
    # Every finite fp8 value is in the range of i32.
    i32 = b.ir.IntegerType.get_signless(32)
    number = b.value("arith.fptosi", i32, single)
    if type.width == 32:
        return number
    return b.value("arith.extsi" if type.width > 32 else "arith.trunci", type, number)


def check(element: str, what: str, known: Sequence[str]) -> None:
    """Raise NoRule when an element type is none of those that are known."""
    if element not in known:
        raise NoRule(f"its {what} is of {element}; use {', '.join(known[:-1])} or {known[-1]}")
