"""From a float to an OCP value that stands halved as FNUZ, and back.

The numbers are in docs/semantics.md: `2 * extf(v')` is `extf(v)`, and `truncf_fnuz(x / 2)` has
the bits of `truncf_ocp(x)` for every float but those that overflow in OCP and not yet in FNUZ.
"""

from math import log2
from typing import Any

from fnuz.dialect.formats import FORMATS, Fp8Format
from fnuz.passes import softfloat
from fnuz.passes.builder import Builder
from fnuz.passes.ranges import Interval
from fnuz.passes.report import place
from fnuz.passes.types import element_of, with_element


def decode(b: Builder, value: Any, wide: Any) -> Any:
    """The OCP value that the FNUZ `value` stands for, in the float element type `wide`: exact."""
    type = with_element(b.ir, value.type, wide)
    extended = b.value("arith.extf", type, value)
    return scale(b, extended, 2.0)


def scale(b: Builder, value: Any, factor: float) -> Any:
    """`value * factor`, a power of two, elementwise; `value` itself for a factor of 1."""
    if factor == 1.0:
        return value
    if b.report is not None:
        owed = {
            "location": place(b.anchor),
            "by": b.anchor.name,
            "exponent": int(log2(factor)),
        }
        b.report.function(b.anchor).factors_owed.append(owed)
    constant = b.constant(value.type, factor, like=value)
    return b.value("arith.mulf", value.type, value, constant)


def encode(b: Builder, halved: Any, type: Any, ocp: Fp8Format, options: Any, safe: bool) -> Any:
    """Round `halved`, half of a float (f32 or wider), to the FNUZ `type`: the bits OCP gives.

    `safe` says that no guard is needed: see `never_overflows`. `options` has `overflow` ("exact":
    what arith.truncf to OCP does; "saturate") and `inf` ("nan" or "saturate", what becomes of an
    Inf that E5M2 would give).
    """
    saturates = options.overflow == "saturate" or (
        ocp.inf_code is not None and options.inf == "saturate"
    )
    if safe or not saturates:
        codes = b.value("arith.truncf", type, halved)
        return codes if safe else _nan_beyond(b, codes, ocp)
    # minimumf and maximumf pass NaN on, and Inf becomes the bound: half the OCP maximum.
    bound = ocp.max / 2
    low, high = (b.constant(halved.type, x, like=halved) for x in (-bound, bound))
    raised = b.value("arith.maximumf", halved.type, halved, low)
    clamped = b.value("arith.minimumf", halved.type, raised, high)
    return b.value("arith.truncf", type, clamped)


def _nan_beyond(b: Builder, value: Any, ocp: Fp8Format) -> Any:
    """The FNUZ `value`, NaN where its code is none that an OCP value has.

    What overflows in OCP rounds to such a code, or to NaN already. On the code this is integer
    arithmetic on a byte, which packs, and it holds on hardware whose cast saturates as well.
    """
    i8 = with_element(b.ir, value.type, b.ir.IntegerType.get_signless(8))
    codes = b.value("arith.bitcast", i8, value)
    return b.value("arith.bitcast", value.type, softfloat.nan_beyond(b, codes, ocp))


def never_overflows(ocp: Fp8Format, range: Interval) -> bool:
    """Whether values of this range round to a finite OCP code (or are NaN): no guard needed.

    So a clamp that the graph already has, and that truncf would round to the OCP maximum, is
    enough.
    """
    return range.within(ocp.overflow_threshold, inclusive=not ocp.overflow_is_inclusive)


def format_of(element: Any) -> Fp8Format:
    """The format of an MLIR fp8 element type."""
    return FORMATS[str(element)]


ROUNDING_MODES = ("to_nearest_even", "downward", "upward", "toward_zero", "to_nearest_away")
"""In the order of arith.RoundingMode."""


def rounding_mode(op: Any, ir: Any) -> str:
    """The rounding mode of an arith cast; to_nearest_even where it has none."""
    mode = op.attributes.get("roundingmode")
    return ROUNDING_MODES[0 if mode is None else ir.IntegerAttr(mode).value]


def widen(b: Builder, value: Any) -> Any:
    """A float in f32, or unchanged where it is f32 or f64: where halving rounds nothing away."""
    if element_of(b.ir, value.type).width >= 32:
        return value
    return resize(b, value, b.ir.F32Type.get())


def resize(b: Builder, value: Any, element: Any) -> Any:
    """A float value in another float element type, rounded once where that is narrower."""
    source = element_of(b.ir, value.type)
    if source == element:
        return value
    cast = "arith.extf" if element.width > source.width else "arith.truncf"
    return b.value(cast, with_element(b.ir, value.type, element), value)
