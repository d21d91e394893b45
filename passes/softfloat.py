"""fp8 in integer arithmetic: decoding, encoding and the maps between OCP and FNUZ codes.

Everything works on scalars, vectors and tensors of i8 codes alike. It is what `lower-fnuz-casts`
and `emulate-fp8` write, and it follows `dialect/formats.py`, against which it is tested over all
codes.
"""

from typing import Any

from fnuz.dialect.formats import FNUZ_OF, MAGNITUDE, SIGN, Fp8Format
from fnuz.passes.builder import Builder
from fnuz.passes.types import element_of, with_element

EQ, ULT, UGT = 0, 6, 8  # predicates of arith.cmpi


class Integers:
    """Integer ops on values of one type."""

    def __init__(self, b: Builder, type: Any) -> None:
        self.b = b
        self.type = type
        self.bits = with_element(b.ir, type, b.ir.IntegerType.get_signless(1))

    def constant(self, value: int, like: Any) -> Any:
        """`value` in each element, wrapped to the width of the type."""
        width = element_of(self.b.ir, self.type).width
        wrapped = (value + (1 << (width - 1))) % (1 << width) - (1 << (width - 1))
        return self.b.constant(self.type, wrapped, like=like)

    def op(self, name: str, x: Any, y: Any) -> Any:
        """`arith.name` of a value and a value or an integer."""
        return self.b.value(f"arith.{name}", self.type, x, self._value(y, x))

    def test(self, predicate: int, x: Any, y: Any) -> Any:
        """arith.cmpi of a value and a value or an integer."""
        attribute = self.b.ir.IntegerAttr.get(self.b.ir.IntegerType.get_signless(64), predicate)
        return self.b.value(
            "arith.cmpi", self.bits, x, self._value(y, x), attributes={"predicate": attribute}
        )

    def select(self, condition: Any, x: Any, y: Any) -> Any:
        """arith.select; one of the two may be an integer."""
        x, y = self._value(x, y), self._value(y, x)
        return self.b.value("arith.select", self.type, condition, x, y)

    def _value(self, x: Any, like: Any) -> Any:
        return self.constant(x, like) if isinstance(x, int) else x


def from_ocp_codes(b: Builder, codes: Any, ocp: Fp8Format, inf: str) -> Any:
    """The FNUZ codes of i8 OCP codes: `formats.ocp_to_fnuz_codes` in integer ops."""
    i = Integers(b, codes.type)
    nan = FNUZ_OF[ocp].nan_code
    magnitude = i.op("andi", codes, MAGNITUDE)
    # A magnitude of 0 is 0 or -0: both become 0, as the magnitude says.
    mapped = i.select(i.test(EQ, magnitude, 0), magnitude, codes)
    if ocp.inf_code is None or inf != "saturate":
        return i.select(i.test(UGT, magnitude, ocp.max_code), nan, mapped)
    largest = i.op("ori", i.op("andi", codes, SIGN), ocp.max_code)
    mapped = i.select(i.test(EQ, magnitude, ocp.inf_code), largest, mapped)
    return i.select(i.test(UGT, magnitude, ocp.inf_code), nan, mapped)


def nan_beyond(b: Builder, codes: Any, ocp: Fp8Format) -> Any:
    """The i8 FNUZ `codes`, NaN for those beyond the largest that stands for an OCP value."""
    i = Integers(b, codes.type)
    beyond = i.test(UGT, i.op("andi", codes, MAGNITUDE), ocp.max_code)
    return i.select(beyond, FNUZ_OF[ocp].nan_code, codes)


def nan_for_inf(b: Builder, codes: Any, ocp: Fp8Format) -> Any:
    """The i8 OCP `codes`, NaN for an Inf."""
    if ocp.inf_code is None:
        return codes
    i = Integers(b, codes.type)
    is_inf = i.test(EQ, i.op("andi", codes, MAGNITUDE), ocp.inf_code)
    return i.select(is_inf, ocp.nan_code, codes)


def without_negative_zero(b: Builder, codes: Any) -> Any:
    """The i8 OCP `codes`, 0 for -0."""
    i = Integers(b, codes.type)
    return i.select(i.test(EQ, codes, SIGN), 0, codes)


def to_ocp_codes(b: Builder, codes: Any, ocp: Fp8Format, overflow: str) -> Any:
    """The OCP codes of i8 FNUZ codes: `formats.fnuz_to_ocp_codes` in integer ops."""
    i = Integers(b, codes.type)
    if overflow == "saturate":
        largest = i.op("ori", i.op("andi", codes, SIGN), ocp.max_code)
        beyond = i.test(UGT, i.op("andi", codes, MAGNITUDE), ocp.max_code)
        mapped = i.select(beyond, largest, codes)
    else:
        mapped = nan_for_inf(b, codes, ocp)
    return i.select(i.test(EQ, codes, FNUZ_OF[ocp].nan_code), ocp.nan_code, mapped)


def as_fnuz_holds_them(b: Builder, codes: Any, ocp: Fp8Format, inf: str) -> Any:
    """OCP codes after a way through FNUZ and back: one NaN, no -0 and no Inf."""
    return to_ocp_codes(b, from_ocp_codes(b, codes, ocp, inf), ocp, "nan")


def as_ocp_holds_them(b: Builder, codes: Any, ocp: Fp8Format, overflow: str) -> Any:
    """FNUZ codes after a way through OCP and back: none beyond the OCP maximum."""
    return from_ocp_codes(b, to_ocp_codes(b, codes, ocp, overflow), ocp, "nan")


def decode(b: Builder, codes: Any, format: Fp8Format) -> Any:
    """The f32 values of i8 codes, exact."""
    ir = b.ir
    wide = _wide_integers(b, codes.type, 32)
    floats = with_element(ir, codes.type, ir.F32Type.get())
    i = Integers(b, wide)
    code = b.value("arith.extui", wide, codes)
    magnitude = i.op("andi", code, MAGNITUDE)
    # The fields of the code in the fields of an f32 have the value but for the difference of the
    # biases; multiplying by that power of two is exact and makes the subnormals right too.
    fields = i.op("shli", magnitude, 23 - format.mantissa_bits)
    small = b.value("arith.bitcast", floats, fields)
    rebias = b.constant(floats, 2.0 ** (127 - format.bias), like=small)
    bits = b.value("arith.bitcast", wide, b.value("arith.mulf", floats, small, rebias))
    if format.fnuz:
        bits = i.select(i.test(EQ, code, format.nan_code), 0x7FC00000, bits)
    else:
        bits = i.select(i.test(UGT, magnitude, format.max_code), 0x7FC00000, bits)
        if format.inf_code is not None:
            bits = i.select(i.test(EQ, magnitude, format.inf_code), 0x7F800000, bits)
    sign = i.op("shli", i.op("andi", code, SIGN), 24)
    return b.value("arith.bitcast", floats, i.op("ori", bits, sign))


def decode_e8m0(b: Builder, codes: Any) -> Any:
    """The f32 values 2^(code - 127) of i8 f8E8M0FNU codes, exact; 0xFF is NaN."""
    ir = b.ir
    wide = _wide_integers(b, codes.type, 32)
    i = Integers(b, wide)
    code = b.value("arith.extui", wide, codes)
    bits = i.op("shli", code, 23)
    bits = i.select(i.test(EQ, code, 0), 0x00400000, bits)
    bits = i.select(i.test(EQ, code, 0xFF), 0x7FC00000, bits)
    return b.value("arith.bitcast", with_element(ir, codes.type, ir.F32Type.get()), bits)


def encode(b: Builder, values: Any, format: Fp8Format, *, saturate: bool = False) -> Any:
    """The i8 codes of f32 or f64 values: to nearest even, rounded once.

    Out of range is what it is in `Fp8Format.encode`; `saturate` is for OCP formats.
    """
    ir = b.ir
    width = element_of(ir, values.type).width
    mantissa, bias = (23, 127) if width == 32 else (52, 1023)
    wide = _wide_integers(b, values.type, width)
    i = Integers(b, wide)
    bits = b.value("arith.bitcast", wide, values)
    magnitude = i.op("andi", bits, (1 << (width - 1)) - 1)

    # Normal results: move the exponent to the other bias, round at the cut, drop what is below.
    cut = mantissa - format.mantissa_bits
    rebiased = i.op("subi", magnitude, (bias - format.bias) << mantissa)
    odd = i.op("andi", i.op("shrui", rebiased, cut), 1)
    rounded = i.op("addi", i.op("addi", rebiased, (1 << (cut - 1)) - 1), odd)
    normal = i.op("shrui", rounded, cut)

    # Subnormal results: added to a power of two whose last place is the smallest subnormal, the
    # value is rounded to that by the addition itself.
    exponent = mantissa + 1 - format.bias - format.mantissa_bits
    anchor_bits = (exponent + bias) << mantissa
    anchor = b.constant(values.type, 2.0**exponent, like=values)
    sum = b.value(
        "arith.addf", values.type, b.value("arith.bitcast", values.type, magnitude), anchor
    )
    subnormal = i.op("subi", b.value("arith.bitcast", wide, sum), anchor_bits)

    smallest_normal = (bias - format.bias + 1) << mantissa
    code = i.select(i.test(ULT, magnitude, smallest_normal), subnormal, normal)
    too_large = i.test(UGT, code, format.max_code)
    sign = i.op("andi", i.op("shrui", bits, width - 8), SIGN)
    is_nan = i.test(UGT, magnitude, ((1 << (width - 1 - mantissa)) - 1) << mantissa)
    if format.fnuz:
        signed = i.select(i.test(EQ, code, 0), 0, i.op("ori", code, sign))
        signed = i.select(too_large, format.nan_code, signed)
    else:
        overflow = format.nan_code if format.inf_code is None else format.inf_code
        overflow = format.max_code if saturate else overflow
        signed = i.op("ori", i.select(too_large, overflow, code), sign)
    signed = i.select(is_nan, format.nan_code, signed)
    narrow = with_element(ir, values.type, ir.IntegerType.get_signless(8))
    return b.value("arith.trunci", narrow, signed)


def _wide_integers(b: Builder, type: Any, width: int) -> Any:
    return with_element(b.ir, type, b.ir.IntegerType.get_signless(width))
