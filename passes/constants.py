"""Constant attributes: converted on their bytes, whatever their size and form."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..bindings.constants import dense_bytes, resource_bytes, resource_key
from ..dialect.formats import FNUZ_OF, MAGNITUDE, SIGN, Fp8Format, ocp_to_fnuz_codes
from .codec import format_of
from .registry import NoRule

_CHUNK = 1 << 20
"""Bytes looked at in one go: they stay in the cache between the test and the map."""


def convert(attr: Any, op: Any, cx: Any) -> Any:
    """The attribute of the converted type that stands for a constant of an OCP type.

    Takes a float, dense (splat or not) or dense_resource attribute. Warns at the location of
    `op` when an E5M2 Inf has to change its value. Raises NoRule for any other form.
    """
    memo = cx.memo.setdefault("constants", {})
    if attr not in memo:
        memo[attr] = _convert(attr, op, cx)
    return memo[attr]


def _convert(attr: Any, op: Any, cx: Any) -> Any:
    ir = cx.ir
    if isinstance(attr, ir.FloatAttr):
        ocp = format_of(attr.type)
        return _scalar(_map(ocp.encode([attr.value]), ocp, op, cx)[0], ocp, cx)
    if isinstance(attr, ir.DenseElementsAttr):
        type, ocp = cx.converted(attr.type), format_of(attr.type.element_type)
        codes = _map(dense_bytes(attr, cx.bindings), ocp, op, cx)
        if attr.is_splat:
            return ir.DenseElementsAttr.get_splat(type, _scalar(codes[0], ocp, cx))
        return ir.DenseElementsAttr.get(codes.reshape(type.shape), type=type)
    key = resource_key(attr, cx.bindings)
    if key is None:
        raise NoRule(f"its value is neither a float nor dense nor dense_resource: {str(attr)[:60]}")
    ocp = format_of(ir.ShapedType(attr.type).element_type)
    try:
        source = resource_bytes(attr, cx.bindings)
    except ValueError as error:
        raise NoRule(str(error)) from None
    return ir.DenseResourceElementsAttr.get_from_buffer(
        _map(source, ocp, op, cx), key, cx.converted(attr.type), alignment=64
    )


def _scalar(code: Any, ocp: Fp8Format, cx: Any) -> Any:
    """A FloatAttr of a FNUZ code. MLIR encodes the value again, which is exact."""
    fnuz = FNUZ_OF[ocp]
    return cx.ir.FloatAttr.get(cx.ir.Type.parse(fnuz.mlir_name), float(fnuz.decode(code)))


def _map(codes: NDArray[np.uint8], ocp: Fp8Format, op: Any, cx: Any) -> NDArray[np.uint8]:
    """The FNUZ codes. Most weights hold no special code: then these are the very bytes."""
    table = ocp_to_fnuz_codes(ocp, cx.options.inf)
    out: NDArray[np.uint8] | None = None
    infinities = 0
    for start in range(0, codes.size, _CHUNK):
        chunk = codes[start : start + _CHUNK]
        magnitude = chunk & MAGNITUDE
        if magnitude.max() <= ocp.max_code and not (chunk == SIGN).any():
            continue
        if out is None:
            out = codes.copy()
        out[start : start + _CHUNK] = table[chunk]
        if ocp.inf_code is not None:
            infinities += int(np.count_nonzero(magnitude == ocp.inf_code))
    if infinities:
        becomes = f"{ocp.max}" if cx.options.inf == "saturate" else "NaN"
        cx.diagnostics.warning(
            op.location,
            f"{infinities} Inf in a constant of {ocp.mlir_name}: FNUZ has no Inf, "
            f"it becomes {becomes} (option inf={cx.options.inf})",
        )
    return codes if out is None else out
