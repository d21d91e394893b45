"""Type conversion: the same type with another element type. One cache for each run of a pass."""

import re
from collections.abc import Mapping
from typing import Any

from fnuz.bindings import Bindings
from fnuz.dialect.formats import FORMATS, Fp8Format

Converted = Any
"""The converted type; None when nothing in the type converts; OPAQUE when it cannot be rebuilt."""

OPAQUE = object()


class TypeMap:
    """Maps each type that holds one of `elements` to the type with the new element type.

    `elements` maps element types by their MLIR spelling, e.g. {"f8E4M3FN": "f8E4M3FNUZ"}. A type
    that is neither a builtin container nor free of these elements (`!quant.uniform<...>`,
    `!torch.vtensor<...>`) is OPAQUE: it is recognised by its text and no rule can convert it.
    """

    def __init__(self, bindings: Bindings, context: Any, elements: Mapping[str, str]) -> None:
        self._ir = bindings.ir
        self.elements = {
            self._ir.Type.parse(old, context): self._ir.Type.parse(new, context)
            for old, new in elements.items()
        }
        self._named = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, elements)) + r")(?!\w)")
        # Most types of a module are a few hundred distinct ones; uniqued types hash by address.
        self.cache: dict[Any, Converted] = dict(self.elements)

    def __call__(self, type: Any) -> Converted:
        """The converted type, None or OPAQUE."""
        try:
            return self.cache[type]
        except KeyError:
            converted = self.cache[type] = self._convert(type)
            return converted

    def element(self, type: Any) -> Any | None:
        """The element type of a scalar or shaped type when it converts, else None."""
        if type in self.elements:
            return type
        if self(type) is None:
            return None
        if isinstance(type, self._ir.ShapedType):
            return type.element_type
        return type if type in self.elements else None

    def _convert(self, type: Any) -> Converted:
        ir = self._ir
        if isinstance(type, ir.FunctionType):
            return self._rebuild(
                [*type.inputs, *type.results],
                lambda ts: ir.FunctionType.get(ts[: len(type.inputs)], ts[len(type.inputs) :]),
            )
        if isinstance(type, ir.TupleType):
            parts = [type.get_type(i) for i in range(type.num_types)]
            return self._rebuild(parts, ir.TupleType.get_tuple)
        if isinstance(type, ir.ShapedType):
            element = self(type.element_type)
            return with_element(ir, type, element) if element not in (None, OPAQUE) else element
        return self._convert_element(type)

    def _convert_element(self, type: Any) -> Converted:
        """What a type that is no builtin container and not in `elements` converts to."""
        return OPAQUE if self._named.search(str(type)) else None

    def _rebuild(self, parts: list[Any], build: Any) -> Converted:
        converted = [self(part) for part in parts]
        if OPAQUE in converted:
            return OPAQUE
        if all(new is None for new in converted):
            return None
        return build([new or old for new, old in zip(converted, parts, strict=True)])


def with_element(ir: Any, type: Any, element: Any) -> Any:
    """A scalar or shaped type with another element type; all else is kept."""
    if isinstance(type, ir.RankedTensorType):
        return ir.RankedTensorType.get(type.shape, element, type.encoding)
    if isinstance(type, ir.VectorType):
        return ir.VectorType.get(type.shape, element, scalable=type.scalable_dims)
    if isinstance(type, ir.MemRefType):
        return ir.MemRefType.get(type.shape, element, type.layout, type.memory_space)
    if isinstance(type, ir.UnrankedTensorType):
        return ir.UnrankedTensorType.get(element)
    if isinstance(type, ir.UnrankedMemRefType):
        return ir.UnrankedMemRefType.get(element, type.memory_space)
    return element


def element_of(ir: Any, type: Any) -> Any:
    """The element type of a shaped type; any other type itself."""
    return type.element_type if isinstance(type, ir.ShapedType) else type


def format_of(ir: Any, value: Any) -> Fp8Format | None:
    """The fp8 format of a value or of its elements; None of what is not fp8."""
    return FORMATS.get(str(element_of(ir, value.type)))
