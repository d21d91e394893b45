"""From a float to an fp8 value that another stands for, and back.

The numbers are in docs/semantics.md. With the unit u of the direction `u * extf(v')` is
`extf(v)`, and `truncf(x / u)` has the bits of `truncf(x)` for every float but those near and
beyond the OCP maximum, and the -0 of OCP: `encode` has the guards for these.
"""

from collections.abc import Callable
from math import log2
from typing import Any

from fnuz.dialect.formats import FORMATS, OCP_OF, Fp8Format
from fnuz.passes import softfloat
from fnuz.passes.builder import Builder
from fnuz.passes.direction import TO_FNUZ
from fnuz.passes.ranges import Interval
from fnuz.passes.report import place
from fnuz.passes.types import element_of, with_element


def decode(b: Builder, value: Any, wide: Any, cx: Any) -> Any:
    """The value that the converted `value` stands for, in the float element type `wide`: exact."""
    type = with_element(b.ir, value.type, wide)
    extended = b.value("arith.extf", type, value)
    return scale(b, extended, cx.unit)


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


def encode(b: Builder, scaled: Any, type: Any, source: Fp8Format, cx: Any, safe: bool) -> Any:
    """Round to the converted `type` with the bits that rounding to `source` gave.

    `scaled` is a float (f32 or wider) divided by the unit. `safe` says that it needs no guard
    against overflow: see `never_overflows`.
    """
    if cx.direction is TO_FNUZ:
        return _encode_fnuz(b, scaled, type, source, cx.options, safe)
    return _encode_ocp(b, scaled, type, source, cx.options, safe)


def _encode_fnuz(
    b: Builder, halved: Any, type: Any, ocp: Fp8Format, options: Any, safe: bool
) -> Any:
    """`options` has `overflow` ("exact": what arith.truncf to OCP does; "saturate") and `inf`
    ("nan" or "saturate", what becomes of an Inf that E5M2 would give).
    """
    saturates = options.overflow == "saturate" or (
        ocp.inf_code is not None and options.inf == "saturate"
    )
    if safe or not saturates:
        codes = b.value("arith.truncf", type, halved)
        # What overflows in OCP rounds to a code that no OCP value has, or to NaN already.
        return codes if safe else on_codes(b, codes, lambda i8: softfloat.nan_beyond(b, i8, ocp))
    return b.value("arith.truncf", type, clamp(b, halved, ocp.max / 2))


def _encode_ocp(
    b: Builder, doubled: Any, type: Any, fnuz: Fp8Format, options: Any, safe: bool
) -> Any:
    """`options.overflow` says what FNUZ values beyond the OCP maximum are: "nan" or "saturate".

    What is NaN in FNUZ is NaN with either.
    """
    ocp = OCP_OF[fnuz]
    if safe:
        return without_negative_zero(b, b.value("arith.truncf", type, doubled))
    if options.overflow == "saturate":
        codes = b.value("arith.truncf", type, _clamp_what_is_finite(b, doubled, fnuz))
        return without_negative_zero(b, codes)
    # What is beyond the OCP maximum rounds to NaN already, or to Inf.
    codes = b.value("arith.truncf", type, doubled)
    return on_codes(
        b,
        codes,
        lambda i8: softfloat.without_negative_zero(b, softfloat.nan_for_inf(b, i8, ocp)),
    )


def _clamp_what_is_finite(b: Builder, doubled: Any, fnuz: Fp8Format) -> Any:
    """`doubled` within the OCP maximum; NaN where half of it rounds to NaN in FNUZ."""
    clamped = clamp(b, doubled, OCP_OF[fnuz].max)
    magnitude = b.value("math.absf", doubled.type, doubled)
    # At the threshold itself FNUZ gives NaN: the tie goes to the even code, which is beyond.
    limit = b.constant(doubled.type, 2 * fnuz.overflow_threshold, like=doubled)
    predicate = b.ir.IntegerAttr.get(b.ir.IntegerType.get_signless(64), _LESS_THAN)
    bits = with_element(b.ir, doubled.type, b.ir.IntegerType.get_signless(1))
    is_finite = b.value("arith.cmpf", bits, magnitude, limit, attributes={"predicate": predicate})
    nan = b.constant(doubled.type, float("nan"), like=doubled)
    return b.value("arith.select", doubled.type, is_finite, clamped, nan)


_LESS_THAN = 4
"""arith.CmpFPredicate olt."""


def without_negative_zero(b: Builder, value: Any) -> Any:
    """The OCP `value`, 0 for -0: FNUZ has one zero, and arithmetic in OCP would make it two."""
    return on_codes(b, value, lambda i8: softfloat.without_negative_zero(b, i8))


def may_be_negative_zero(op: Any, cx: Any) -> Any:
    """The plan of an op on fp8 whose result may be -0 in OCP, and is 0 in FNUZ."""
    if cx.direction is TO_FNUZ:
        return None

    def rewrite(b: Builder) -> None:
        copy = op.clone(ip=b.before(op).point)
        b.replace(op, without_negative_zero(b, copy.results[0]))

    return rewrite


def on_codes(b: Builder, value: Any, change: Callable[[Any], Any]) -> Any:
    """The fp8 `value` after `change` of its i8 codes.

    This is integer arithmetic on bytes, which packs, and it holds on hardware whose cast
    saturates as well.
    """
    i8 = with_element(b.ir, value.type, b.ir.IntegerType.get_signless(8))
    codes = b.value("arith.bitcast", i8, value)
    return b.value("arith.bitcast", value.type, change(codes))


def clamp(b: Builder, value: Any, bound: float) -> Any:
    """The float `value` within +-`bound`, elementwise: Inf becomes the bound, NaN stays."""
    low, high = (b.constant(value.type, x, like=value) for x in (-bound, bound))
    raised = b.value("arith.maximumf", value.type, value, low)
    return b.value("arith.minimumf", value.type, raised, high)


def never_overflows(source: Fp8Format, range: Interval) -> bool:
    """Whether values of this range round to codes of `source` that are finite in OCP (or are NaN).

    So a clamp that the graph already has, and that truncf would round to the OCP maximum, is
    enough.
    """
    ocp = OCP_OF.get(source, source)
    limit = ocp.overflow_threshold / (2 if source in OCP_OF else 1)
    return range.within(limit, inclusive=not ocp.overflow_is_inclusive)


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
    if source.width == element.width:  # f16 and bf16, or two fp8 types: neither holds the other
        value, source = resize(b, value, b.ir.F32Type.get()), b.ir.F32Type.get()
    cast = "arith.extf" if element.width > source.width else "arith.truncf"
    return b.value(cast, with_element(b.ir, value.type, element), value)
