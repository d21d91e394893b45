"""What goes into a function and what comes out, as numpy sees it.

A value of any supported type is one numpy array: tensors, memrefs and vectors of their shape,
scalars as 0-d arrays.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fnuz import bindings
from fnuz.dialect import formats
from fnuz.execution.errors import cannot_run

Array = NDArray[Any]
Kind = Literal["scalar", "tensor", "memref", "vector"]

DTYPES: dict[str, type[np.generic]] = {
    "i1": np.bool_,
    "i8": np.int8,
    "i16": np.int16,
    "i32": np.int32,
    "i64": np.int64,
    "index": np.int64,
    "f16": np.float16,
    "bf16": np.uint16,
    "f32": np.float32,
    "f64": np.float64,
    **dict.fromkeys((*formats.FORMATS, "f8E8M0FNU"), np.uint8),
}
"""The numpy type for each element type. bf16 and fp8 are their codes: numpy has no such types."""

ML_DTYPES = {name: f"float8_{name[2:].lower()}" for name in DTYPES if name.startswith("f8")}
ML_DTYPES["bf16"] = "bfloat16"
"""The names of the types that the package ml_dtypes has for them."""


@dataclass(frozen=True)
class Value:
    """The type of one argument or result. In `shape` None stands for a dynamic size."""

    name: str
    type: str
    kind: Kind
    element: str
    shape: tuple[int | None, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy type of its elements."""
        return np.dtype(DTYPES[self.element])

    def check(self, array: Array) -> Array:
        """The array, as its codes where it is of ml_dtypes' type for this one.

        Raises ValueError, naming the value, when the array is not of this type.
        """
        want = "x".join("?" if s is None else str(s) for s in self.shape) or "0-d"
        if array.dtype.name == ML_DTYPES.get(self.element):
            array = array.view(self.dtype)
        if array.dtype != self.dtype:
            # numpy saves the types of other packages without their names.
            unnamed = f"; save array.view({self.dtype})" if array.dtype.type is np.void else ""
            raise ValueError(
                f"{self.name} is {self.type}: it takes {self.dtype} elements, not {array.dtype}"
                f"{unnamed}"
            )
        fits = len(self.shape) == array.ndim and all(
            want is None or want == got for want, got in zip(self.shape, array.shape, strict=True)
        )
        if not fits:
            got = "x".join(map(str, array.shape)) or "0-d"
            raise ValueError(f"{self.name} is {self.type}: it takes the shape {want}, not {got}")
        return array


@dataclass(frozen=True)
class Signature:
    """The arguments and results of a function."""

    arguments: tuple[Value, ...]
    results: tuple[Value, ...]


def public_functions(module: Any) -> dict[str, Any]:
    """The public functions of a module that have a body, by name, in the module's order."""
    functions = {}
    for op in module.operation.regions[0].blocks[0].operations:
        if op.operation.name == "func.func" and op.operation.regions[0].blocks:
            attributes = op.operation.attributes
            visible = "sym_visibility" not in attributes or (
                attributes["sym_visibility"].value == "public"
            )
            if visible:
                functions[attributes["sym_name"].value] = op.operation
    return functions


def of(function: Any) -> Signature:
    """The signature of a `func.func`. Raises CannotRun for a type that numpy cannot hold."""
    kind = function.attributes["function_type"].value
    where = function.location
    return Signature(
        tuple(value(t, f"argument {i}", where) for i, t in enumerate(kind.inputs)),
        tuple(value(t, f"result {i}", where) for i, t in enumerate(kind.results)),
    )


def value(type_: Any, name: str, location: Any) -> Value:
    """The value that has an MLIR type. Raises CannotRun, with `name`, as `of` does."""
    ir = bindings.of(type_).ir
    kinds: list[tuple[Any, Kind]] = [
        (ir.RankedTensorType, "tensor"),
        (ir.MemRefType, "memref"),
        (ir.VectorType, "vector"),
    ]
    kind: Kind = next((k for cls, k in kinds if isinstance(type_, cls)), "scalar")
    shape: tuple[int | None, ...] = ()
    element = type_
    if kind != "scalar":
        element = type_.element_type
        shape = tuple(
            None if type_.is_dynamic_dim(i) else type_.get_dim_size(i) for i in range(type_.rank)
        )
    if kind == "vector" and type_.scalable:
        raise cannot_run(f"{name} is {type_}: scalable vectors have no size here", location)
    if str(element) not in DTYPES:
        what = "type" if kind == "scalar" else "element type"
        raise cannot_run(f"{name} is {type_}: numpy arrays cannot hold this {what}", location)
    return Value(name, str(type_), kind, str(element), shape)
