"""Float constants times a power of two, of every form and float type, where that is exact."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fnuz.bindings import Bindings
from fnuz.bindings.constants import dense_bytes, resource_bytes, resource_key
from fnuz.dialect.formats import FORMATS, MAGNITUDE, OCP_OF

E8M0 = "f8E8M0FNU"

_E8M0_BIAS = 127
_E8M0_NAN = 0xFF

SMALLEST_NORMAL = {"f16": -14, "bf16": -126, "f32": -126, "f64": -1022}
"""The exponent of the smallest normal number of each wide float type."""

_DTYPES = {"f16": np.float16, "f32": np.float32, "f64": np.float64}
_WIDTH = {"f16": 2, "bf16": 2, "f32": 4, "f64": 8}


def numbers(attr: Any, bindings: Bindings) -> NDArray[np.float64] | None:
    """The values of a float, dense or dense_resource attribute in one dimension; a splat has one.

    None for any other attribute, another element type, or a resource without its bytes.
    """
    ir = bindings.ir
    if isinstance(attr, ir.FloatAttr):
        return np.array([attr.value])
    if not isinstance(getattr(attr, "type", None), ir.ShapedType):
        return None
    element = str(attr.type.element_type)
    if element not in _WIDTH and element not in FORMATS and element != E8M0:
        return None
    width = _WIDTH.get(element, 1)
    if isinstance(attr, ir.DenseElementsAttr):
        return _decode(dense_bytes(attr, bindings, width), element)
    if resource_key(attr, bindings) is None:
        return None
    try:
        return _decode(resource_bytes(attr, bindings, width), element)
    except ValueError:
        return None


def scaled(attr: Any, exponent: int, bindings: Bindings) -> Any | None:
    """The attribute of `2**exponent` times each value, in the same form and type.

    None where a value would not be exact in its type, or would become subnormal: hardware may
    flush those.
    """
    ir = bindings.ir
    values = numbers(attr, bindings)
    if values is None:
        return None
    is_scalar = isinstance(attr, ir.FloatAttr)
    type = attr.type
    element = type if is_scalar else type.element_type
    raw = _encode(values, np.ldexp(values, exponent), str(element))
    if raw is None:
        return None
    if is_scalar or (isinstance(attr, ir.DenseElementsAttr) and attr.is_splat):
        # MLIR encodes the value again, which is exact.
        scalar = ir.FloatAttr.get(element, float(np.ldexp(values[0], exponent)))
        return scalar if is_scalar else ir.DenseElementsAttr.get_splat(type, scalar)
    if not isinstance(attr, ir.DenseElementsAttr):
        key = resource_key(attr, bindings)
        alignment = raw.dtype.itemsize
        return ir.DenseResourceElementsAttr.get_from_buffer(raw, key, type, alignment=alignment)
    if raw.size == 0:
        return attr
    return ir.DenseElementsAttr.get(raw.reshape(type.shape), type=type)


def _decode(raw: NDArray[np.uint8], element: str) -> NDArray[np.float64]:
    if element in FORMATS:
        return FORMATS[element].decode(raw).astype(np.float64)
    if element == E8M0:
        values = np.ldexp(1.0, raw.astype(np.int32) - _E8M0_BIAS)
        return np.where(raw == _E8M0_NAN, np.nan, values)
    if element == "bf16":
        return (raw.view(np.uint16).astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return raw.view(_DTYPES[element]).astype(np.float64)


def _encode(
    before: NDArray[np.float64], values: NDArray[np.float64], element: str
) -> NDArray[Any] | None:
    """The bits of `values`, which are `before` scaled; None where one is not exact and normal."""
    known = np.isfinite(before) & (before != 0)
    if not np.isfinite(values[known]).all():
        return None
    raw: NDArray[Any]
    if element in FORMATS:
        format = FORMATS[element]
        raw = format.encode(values)
        # No code beyond those that an OCP value has: it could not go back to OCP.
        if format in OCP_OF and ((raw & MAGNITUDE) > OCP_OF[format].max_code).any():
            return None
    elif element == E8M0:
        exponents = np.log2(np.where(known, values, 1.0)).astype(np.int32) + _E8M0_BIAS
        if exponents.size and not 0 <= exponents.min() <= exponents.max() < _E8M0_NAN:
            return None
        raw = np.where(known, exponents, _E8M0_NAN).astype(np.uint8)
    else:
        smallest = np.ldexp(1.0, SMALLEST_NORMAL[element])
        magnitudes, old = np.abs(values[known]), np.abs(before[known])
        if ((magnitudes < smallest) & (old >= smallest)).any():
            return None
        with np.errstate(over="ignore", under="ignore"):
            if element == "bf16":
                bits = values.astype(np.float32).view(np.uint32)
                raw = (bits >> 16).astype(np.uint16)
            else:
                raw = values.astype(_DTYPES[element])
    back = _decode(raw.reshape(-1).view(np.uint8), element)
    same = (back == values) | (np.isnan(back) & np.isnan(values))
    return raw if same.all() else None
