"""Constant attributes: converted on their bytes, whatever their size and form."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fnuz.bindings import Bindings
from fnuz.bindings.constants import dense_bytes, resource_bytes, resource_key
from fnuz.dialect.formats import (
    MAGNITUDE,
    OCP_OF,
    SIGN,
    Fp8Format,
    fnuz_to_ocp_codes,
    ocp_to_fnuz_codes,
)
from fnuz.passes.codec import format_of
from fnuz.passes.registry import NoRule
from fnuz.passes.report import place

_CHUNK = 1 << 20
"""Bytes looked at in one go: they stay in the cache between the test and the map."""


def convert(attr: Any, op: Any, cx: Any) -> Any:
    """The attribute that stands for a constant of a source type, of the converted type.

    Warns at the location of `op` when a value has no code there and must become another. Raises
    NoRule for a form that `codes_of` does not take.
    """
    memo = cx.memo.setdefault("constants", {})
    if attr not in memo:
        codes = codes_of(attr, cx.bindings)
        source, type = format_of(cx.fp8(attr.type)), cx.converted(attr.type)
        memo[attr] = attribute_of(_map(codes, source, attr.type, op, cx), type, attr, cx.bindings)
    return memo[attr]


def convert_global(op: Any, name: str, is_external: bool, cx: Any) -> Any:
    """The rewrite of a global: its attribute `type`, and the value in the attribute `name`.

    Raises NoRule for one that code which is not converted sees too.
    """
    visibility = op.attributes.get("sym_visibility")
    is_public = visibility is None or visibility.value == "public"
    if is_external:
        raise NoRule(
            f"it is defined elsewhere, in {cx.direction.source}; define it here or pass it as an "
            "argument"
        )
    if is_public and cx.options.abi != "convert":
        raise NoRule(
            f"it is public and abi={cx.options.abi} shows no {cx.direction.target}; make it private"
        )
    return rewrite_global(op, name, cx, lambda value: convert(value, op, cx))


def rewrite_global(op: Any, name: str, cx: Any, convert_value: Callable[[Any], Any]) -> Any:
    """The rewrite of a global with its value, if it has one, given by `convert_value`."""
    type = cx.converted(op.attributes["type"].value)
    value = op.attributes.get(name)
    if value is not None and not isinstance(value, cx.ir.UnitAttr):  # a unit: uninitialized
        value = convert_value(value)

    def rewrite(b: Any) -> None:
        op.attributes["type"] = b.ir.TypeAttr.get(type)
        if value is not None:
            op.attributes[name] = value

    return rewrite


def codes_of(attr: Any, bindings: Bindings) -> NDArray[np.uint8]:
    """The fp8 codes of a float, dense or dense_resource attribute, in one dimension.

    A splat has one. Raises NoRule for any other form, and where a resource has no bytes.
    """
    ir = bindings.ir
    if isinstance(attr, ir.FloatAttr):
        return format_of(attr.type).encode([attr.value])
    if isinstance(attr, ir.DenseElementsAttr):
        return dense_bytes(attr, bindings)
    if resource_key(attr, bindings) is None:
        raise NoRule(f"its value is neither a float nor dense nor dense_resource: {str(attr)[:60]}")
    try:
        return resource_bytes(attr, bindings)
    except ValueError as error:
        raise NoRule(str(error)) from None


def attribute_of(codes: NDArray[Any], type: Any, form: Any, bindings: Bindings) -> Any:
    """The attribute with these codes, of the same form as `form`; `type` is of fp8 or i8.

    For a `type` of f16 `codes` are the values, as float16.
    """
    ir = bindings.ir
    if isinstance(form, ir.FloatAttr):
        return _scalar(codes[0], type, ir)
    if not isinstance(form, ir.DenseElementsAttr):
        key = resource_key(form, bindings)
        return ir.DenseResourceElementsAttr.get_from_buffer(
            codes, key, type, alignment=codes.itemsize
        )
    if form.is_splat:
        return ir.DenseElementsAttr.get_splat(type, _scalar(codes[0], type.element_type, ir))
    if codes.size == 0:
        return ir.Attribute.parse(f"dense<> : {type}")
    return ir.DenseElementsAttr.get(codes.reshape(type.shape), type=type)


def _scalar(code: Any, type: Any, ir: Any) -> Any:
    if isinstance(type, ir.IntegerType):
        return ir.IntegerAttr.get(type, int(np.uint8(code).view(np.int8)))
    if isinstance(type, ir.F16Type):
        return ir.FloatAttr.get(type, float(code))
    # MLIR encodes the value again, which is exact.
    return ir.FloatAttr.get(type, float(format_of(type).decode(code)))


def _map(
    codes: NDArray[np.uint8], source: Fp8Format, type: Any, op: Any, cx: Any
) -> NDArray[np.uint8]:
    """The converted codes. Most weights hold no special code: then these are the very bytes."""
    ocp = OCP_OF.get(source, source)
    if source.fnuz:
        table = fnuz_to_ocp_codes(ocp, cx.options.overflow)
    else:
        table = ocp_to_fnuz_codes(ocp, cx.options.inf)
    out: NDArray[np.uint8] | None = None
    lost = 0
    for start in range(0, codes.size, _CHUNK):
        chunk = codes[start : start + _CHUNK]
        magnitude = chunk & MAGNITUDE
        if magnitude.max() <= ocp.max_code and not (chunk == SIGN).any():
            continue
        if out is None:
            out = codes.copy()
        out[start : start + _CHUNK] = table[chunk]
        if source.fnuz:
            lost += int(np.count_nonzero(magnitude > ocp.max_code))
        elif ocp.inf_code is not None:
            lost += int(np.count_nonzero(magnitude == ocp.inf_code))
    if cx.diagnostics.report is not None:
        entry = {
            "location": place(op),
            "type": str(type),
            "elements": codes.size,
            **_special(codes, source),
        }
        cx.diagnostics.report.function(op).constants.append(entry)
    if lost:
        cx.diagnostics.warning(op.location, _warning(lost, source, ocp, cx.options))
    return codes if out is None else out


def _special(codes: NDArray[np.uint8], source: Fp8Format) -> dict[str, int]:
    """How many codes of each kind do not keep their bits; of `beyond` OCP has no double."""
    values = source.values[codes]
    finite_fnuz = np.isfinite(values) & source.fnuz
    return {
        "negative_zeros": int(np.count_nonzero((codes == SIGN) & (not source.fnuz))),
        "nans": int(np.count_nonzero(np.isnan(values))),
        "infinities": int(np.count_nonzero(np.isinf(values))),
        "beyond": int(
            np.count_nonzero(finite_fnuz & (np.abs(values) > OCP_OF.get(source, source).max / 2))
        ),
    }


def _warning(count: int, source: Fp8Format, ocp: Fp8Format, options: Any) -> str:
    if not source.fnuz:
        becomes = f"{ocp.max}" if options.inf == "saturate" else "NaN"
        return (
            f"{count} Inf in a constant of {ocp.mlir_name}: FNUZ has no Inf, "
            f"it becomes {becomes} (option inf={options.inf})"
        )
    becomes = f"{ocp.max / 2}" if options.overflow == "saturate" else "NaN"
    return (
        f"{count} beyond {ocp.max / 2} in a constant of {source.mlir_name}: {ocp.mlir_name} has "
        f"no value twice as large, it becomes {becomes} (option overflow={options.overflow})"
    )
