"""math ops that gfx942 has no instruction for, in f64 arithmetic.

The vector units of MI300 do f64 at half the rate of f32, and in f64 short series are accurate far
beyond what f32 shows: results are the f32 nearest to the function, or next to it. NaN, infinities
and signed zeros are as in C. The series are Taylor's, after the usual reductions of the argument.
"""

from collections.abc import Callable
from itertools import pairwise
from math import factorial, log, pi
from typing import Any

import numpy as np

from fnuz.passes.types import element_of, with_element

OLT, OGT, OEQ, OGE, UNO = 4, 2, 1, 3, 14  # predicates of arith.cmpf
EQ = 0  # a predicate of arith.cmpi
_MAGIC = 1.5 * 2.0**52
"""Added to a double below 2^51 it leaves the nearest integer in the low bits."""
_LN2 = (float.fromhex("0x1.62e42fefa39efp-1"), float.fromhex("0x1.abc9e3b39803fp-56"))
_HALF_PI = (float.fromhex("0x1.921fb54442d18p+0"), float.fromhex("0x1.1a62633145c07p-54"))
_TWO_OVER_PI = (
    *(0x28BE60DB, 0x9391054A, 0x7F09D5F4, 0x7D4D3770, 0x36D8A566, 0x4F10E410, 0x7F9458EA),
)
"""The first bits of 2/pi, behind two zeros."""

_ERFC_FROM = 4 / 25
_ERFC = (
    *(-0.563156785593266, 0.574609974632613, 0.0167160576762042, -0.0301476718482572),
    *(-0.00123068103525423, 0.00387730289583014, -0.000267502367611342, -0.000587685038344284),
    *(0.000154555805380655, 7.48354627538343e-05, -4.5432395062169e-05, -4.65173739883084e-06),
    *(8.95817765922402e-06, -3.14683044659129e-07, -9.5997396177457e-07),
)
"""log(erfc(x) / t) + x^2, of y, with t = 1 / (1 + x/2) and y = -1 at t = 4/25 and 1 at t = 1.

Chebyshev's interpolation at 15 points; erfc(x) has a relative error of 3e-11 up to x = 10.5.
"""


class Doubles:
    """f64 arithmetic on scalars or vectors, with Python numbers among the operands."""

    def __init__(self, create: Callable[..., Any], ir: Any, like: Any) -> None:
        self._create, self.ir = create, ir
        self.type = with_element(ir, like, ir.F64Type.get())
        self.i64 = with_element(ir, like, ir.IntegerType.get_signless(64))
        self.i32 = with_element(ir, like, ir.IntegerType.get_signless(32))
        self.i1 = with_element(ir, like, ir.IntegerType.get_signless(1))

    def op(self, name: str, type: Any, *operands: Any, **attributes: Any) -> Any:
        """An op with one result."""
        return self._create(name, type, operands, attributes)

    def constant(self, type: Any, number: float) -> Any:
        """A constant in each element."""
        element = element_of(self.ir, type)
        if isinstance(element, self.ir.FloatType):
            attr = self.ir.FloatAttr.get(element, number)
        else:
            wrapped = (int(number) + (1 << element.width - 1)) % (1 << element.width)
            attr = self.ir.IntegerAttr.get(element, wrapped - (1 << element.width - 1))
        if isinstance(type, self.ir.ShapedType):
            attr = self.ir.DenseElementsAttr.get_splat(type, attr)
        return self.op("arith.constant", type, value=attr)

    def _all(self, type: Any, operands: Any) -> list[Any]:
        return [self.constant(type, v) if isinstance(v, int | float) else v for v in operands]

    def f(self, name: str, *operands: Any) -> Any:
        """`arith.<name>f` or `math.<name>`."""
        dialect = "math" if name in ("fma", "absf", "sqrt", "copysign") else "arith"
        return self.op(f"{dialect}.{name}", self.type, *self._all(self.type, operands))

    def add(self, a: Any, b: Any) -> Any:
        return self.f("addf", a, b)

    def sub(self, a: Any, b: Any) -> Any:
        return self.f("subf", a, b)

    def mul(self, a: Any, b: Any) -> Any:
        return self.f("mulf", a, b)

    def div(self, a: Any, b: Any) -> Any:
        return self.f("divf", a, b)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        return self.f("fma", a, b, c)

    def clamp(self, x: Any, low: float, high: float) -> Any:
        """NaN stays."""
        return self.f("minimumf", self.f("maximumf", x, low), high)

    def test(self, predicate: int, a: Any, b: Any) -> Any:
        attr = self.ir.IntegerAttr.get(self.ir.IntegerType.get_signless(64), predicate)
        return self.op("arith.cmpf", self.i1, *self._all(self.type, (a, b)), predicate=attr)

    def select(self, condition: Any, a: Any, b: Any) -> Any:
        """f64."""
        return self.op("arith.select", self.type, condition, *self._all(self.type, (a, b)))

    def i(self, name: str, *operands: Any, type: Any = None) -> Any:
        """`arith.<name>` on i64."""
        type = type or self.i64
        return self.op(f"arith.{name}", type, *self._all(type, operands))

    def itest(self, predicate: int, a: Any, b: Any) -> Any:
        attr = self.ir.IntegerAttr.get(self.ir.IntegerType.get_signless(64), predicate)
        return self.op("arith.cmpi", self.i1, *self._all(a.type, (a, b)), predicate=attr)

    def bits(self, x: Any) -> Any:
        return self.op("arith.bitcast", self.i64, x)

    def of_bits(self, x: Any) -> Any:
        return self.op("arith.bitcast", self.type, x)

    def series(self, x: Any, coefficients: Any) -> Any:
        """A polynomial; the first coefficient is the constant."""
        *rest, total = coefficients
        for number in reversed(rest):
            total = self.fma(total, x, number)
        return total

    def nearest(self, x: Any) -> tuple[Any, Any]:
        """The nearest integer to a double below 2^51 as f64 and i64; any integer for NaN."""
        moved = self.add(x, _MAGIC)
        integer = self.i("subi", self.bits(moved), int(np.float64(_MAGIC).view(np.int64)))
        return self.sub(moved, _MAGIC), integer


def _expm1(d: Doubles, x: Any) -> tuple[Any, Any]:
    """expm1(x) and exp(x) of a double, within +-690; what is beyond is taken for that."""
    x = d.clamp(x, -690.0, 690.0)
    k, integer = d.nearest(d.mul(x, 1 / log(2)))
    r = d.fma(k, -_LN2[1], d.fma(k, -_LN2[0], x))
    p = d.mul(r, d.series(r, [1 / factorial(n + 1) for n in range(13)]))
    scale = d.of_bits(d.i("shli", d.i("addi", integer, 1023), 52))
    return d.fma(scale, p, d.sub(scale, 1.0)), d.fma(scale, p, scale)


def _log(d: Doubles, x: Any) -> Any:
    """log(x) of a normal double, 0, an infinity, a negative number or NaN."""
    bits = d.bits(x)
    root = int(np.float64(0.5**0.5).view(np.int64))
    e = d.i("shrsi", d.i("subi", bits, root), 52)
    m = d.of_bits(d.i("subi", bits, d.i("shli", e, 52)))
    s = d.div(d.sub(m, 1.0), d.add(m, 1.0))
    p = d.series(d.mul(s, s), [2 / (2 * n + 1) for n in range(11)])
    exponent = d.op("arith.sitofp", d.type, d.op("arith.trunci", d.i32, e))
    ln = d.fma(exponent, _LN2[0], d.fma(exponent, _LN2[1], d.mul(s, p)))
    ln = d.select(d.test(OEQ, x, 0.0), float("-inf"), ln)
    ln = d.select(d.test(OLT, x, 0.0), float("nan"), ln)
    # Of NaN and of Inf itself.
    return d.select(d.test(OLT, x, float("inf")), ln, d.add(d.f("absf", x), x))


def _log1p(d: Doubles, v: Any) -> Any:
    """With what rounding 1 + v lost."""
    u = d.add(v, 1.0)
    lost = d.div(d.sub(v, d.sub(u, 1.0)), u)
    finite = d.test(OLT, d.f("absf", lost), float("inf"))
    return d.add(_log(d, u), d.select(finite, lost, 0.0))


def _atan(d: Doubles, a: Any) -> Any:
    """Of a number that is not negative."""
    big = d.test(OGT, a, 1.0)
    a = d.select(big, d.div(1.0, a), a)
    high = d.test(OGT, a, 2**0.5 - 1)
    a = d.select(high, d.div(d.sub(a, 1.0), d.add(a, 1.0)), a)
    square = d.mul(a, a)
    series = d.series(square, [(-1) ** n / (2 * n + 1) for n in range(17)])
    atan = d.add(d.mul(a, series), d.select(high, pi / 4, 0.0))
    return d.select(big, d.sub(pi / 2, atan), atan)


def _erfc(d: Doubles, a: Any) -> Any:
    """Of a number that is not negative."""
    a = d.clamp(a, 0.0, 10.5)
    t = d.div(1.0, d.fma(a, 0.5, 1.0))
    y = d.fma(t, 2 / (1 - _ERFC_FROM), -(1 + _ERFC_FROM) / (1 - _ERFC_FROM))
    _, exp = _expm1(d, d.fma(d.f("mulf", a, -1.0), a, d.series(y, _ERFC)))
    return d.mul(t, exp)


def _signed(d: Doubles, magnitude: Any, x: Any) -> Any:
    return d.f("copysign", magnitude, x)


def _quadrant(d: Doubles, x: Any) -> tuple[Any, Any]:
    """x less the nearest multiple of pi/2, and which multiple that is, modulo 4; NaN of no number.

    x was f32. From 2^23 on the quotient comes from the bits of 2/pi that count (Payne and Hanek,
    "Radian reduction for trigonometric functions", 1983): those of a multiple of 4 do not.
    """
    k, integer = d.nearest(d.mul(x, 2 / pi))
    near = d.fma(k, -_HALF_PI[1], d.fma(k, -_HALF_PI[0], x))
    bits = d.bits(x)
    # x = m * 2^shift: 24 bits of the 53 are those of f32.
    exponent = d.i("andi", d.i("shrui", bits, 52), 0x7FF)
    shift = d.i("andi", d.i("subi", exponent, 1023 + 23), 127)
    m = d.i("ori", d.i("andi", d.i("shrui", bits, 29), 0x7FFFFF), 0x800000)
    word, within = d.i("shrui", shift, 5), d.i("andi", shift, 31)
    words = []
    for n in range(4):
        value = d.constant(d.i64, _TWO_OVER_PI[n + 3])
        for start in (2, 1, 0):
            value = d.op(
                "arith.select",
                d.i64,
                d.itest(EQ, word, start),
                d.constant(d.i64, _TWO_OVER_PI[n + start]),
                value,
            )
        words.append(value)
    low = 0xFFFFFFFF
    window = [
        d.i("andi", d.i("shrui", d.i("shli", d.i("ori", d.i("shli", a, 32), b), within), 32), low)
        for a, b in pairwise(words)
    ]
    carry: Any = 0
    parts = []
    for each in reversed(window):
        product = d.i("addi", d.i("muli", m, each), carry)
        parts.append(d.i("andi", product, low))
        carry = d.i("shrui", product, 32)
    turns = d.i("ori", d.i("shli", parts[2], 32), parts[1])  # of 4 quarters, in 2^-62 of one
    quarter = d.i("shrui", d.i("addi", turns, 1 << 61), 62)
    rest = d.i("subi", turns, d.i("shli", quarter, 62))
    far = d.mul(d.op("arith.sitofp", d.type, rest), pi / 2 * 2.0**-62)
    far = d.mul(far, _signed(d, 1.0, x))
    negative = d.test(OLT, x, 0.0)
    minus = d.i("subi", 0, quarter)
    quarter = d.op("arith.select", d.i64, negative, minus, quarter)
    magnitude = d.f("absf", x)
    small = d.test(OLT, magnitude, 2.0**23)
    r = d.select(small, near, far)
    finite = d.test(OLT, magnitude, float("inf"))
    quarter = d.op("arith.select", d.i64, small, integer, quarter)
    return d.select(finite, r, float("nan")), d.i("andi", quarter, 3)


def _sin_cos(d: Doubles, x: Any) -> tuple[Any, Any]:
    r, quarter = _quadrant(d, x)
    square = d.mul(r, r)
    sin = d.mul(r, d.series(square, [(-1) ** n / factorial(2 * n + 1) for n in range(8)]))
    cos = d.series(square, [(-1) ** n / factorial(2 * n) for n in range(9)])
    odd = d.itest(EQ, d.i("andi", quarter, 1), 1)
    sin, cos = d.select(odd, cos, sin), d.select(odd, sin, cos)
    flip_sin = d.itest(EQ, d.i("andi", quarter, 2), 2)
    flip_cos = d.itest(EQ, d.i("andi", d.i("addi", quarter, 1), 2), 2)
    sin = d.select(flip_sin, d.mul(sin, -1.0), sin)
    return sin, d.select(flip_cos, d.mul(cos, -1.0), cos)


def _pow(d: Doubles, x: Any, y: Any) -> Any:
    a = d.f("absf", x)
    product = d.mul(y, _log(d, a))
    power = _expm1(d, product)[1]
    power = d.select(d.test(OLT, product, -690.0), 0.0, power)
    power = d.select(d.test(OGT, product, 690.0), float("inf"), power)
    # From 2^53 on all are even; the nearest integer of what is below is exact.
    size = d.f("absf", y)
    small = d.test(OLT, size, 2.0**50)
    k, integer = d.nearest(d.select(small, y, 0.0))
    whole = d.select(small, d.sub(y, k), 0.0)
    odd = d.itest(EQ, d.i("andi", integer, 1), 1)
    negative = d.test(OLT, d.f("copysign", 1.0, x), 0.0)
    is_odd = d.i("andi", odd, d.test(OEQ, whole, 0.0), type=d.i1)
    flip = d.i("andi", is_odd, negative, type=d.i1)
    power = d.select(flip, d.mul(power, -1.0), power)
    fraction = d.i("andi", d.test(OLT, x, 0.0), d.test(OGT, d.f("absf", whole), 0.0), type=d.i1)
    proper = d.test(OLT, a, float("inf"))
    fraction = d.i("andi", fraction, proper, type=d.i1)
    power = d.select(fraction, float("nan"), power)
    power = d.select(d.test(UNO, x, y), float("nan"), power)
    minus_one = d.i("andi", d.test(OEQ, a, 1.0), d.test(OEQ, size, float("inf")), type=d.i1)
    power = d.select(minus_one, 1.0, power)
    power = d.select(d.test(OEQ, x, 1.0), 1.0, power)
    return d.select(d.test(OEQ, y, 0.0), 1.0, power)


def _atan2(d: Doubles, y: Any, x: Any) -> Any:
    a, b = d.f("absf", y), d.f("absf", x)
    high, low = d.f("maximumf", a, b), d.f("minimumf", a, b)
    ratio = d.select(d.test(OEQ, high, 0.0), 0.0, d.div(low, high))
    same = d.test(OEQ, low, float("inf"))
    angle = _atan(d, d.select(same, 1.0, ratio))
    angle = d.select(d.test(OGT, a, b), d.sub(pi / 2, angle), angle)
    left = d.test(OLT, d.f("copysign", 1.0, x), 0.0)
    angle = d.select(left, d.sub(pi, angle), angle)
    return _signed(d, angle, y)


def _zero_of(d: Doubles, value: Any, x: Any) -> Any:
    """The value, but the zero that x is."""
    return d.select(d.test(OEQ, x, 0.0), x, value)


def _tan(d: Doubles, x: Any) -> Any:
    sin, cos = _sin_cos(d, x)
    return d.div(sin, cos)


def _tanh(d: Doubles, x: Any) -> Any:
    em1, _ = _expm1(d, d.clamp(d.mul(d.f("absf", x), 2.0), 0.0, 60.0))
    return _signed(d, d.div(em1, d.add(em1, 2.0)), x)


def _sinh(d: Doubles, x: Any) -> Any:
    em1, _ = _expm1(d, d.f("absf", x))
    return _signed(d, d.mul(d.add(em1, d.div(em1, d.add(em1, 1.0))), 0.5), x)


def _cosh(d: Doubles, x: Any) -> Any:
    _, exp = _expm1(d, d.f("absf", x))
    return d.mul(d.add(exp, d.div(1.0, exp)), 0.5)


def _asinh(d: Doubles, x: Any) -> Any:
    a = d.f("absf", x)
    root = d.f("sqrt", d.fma(a, a, 1.0))
    value = _log1p(d, d.add(a, d.div(d.mul(a, a), d.add(root, 1.0))))
    return _signed(d, d.select(d.test(OEQ, a, float("inf")), a, value), x)


def _acosh(d: Doubles, x: Any) -> Any:
    t = d.sub(x, 1.0)
    value = _log1p(d, d.add(t, d.f("sqrt", d.mul(t, d.add(t, 2.0)))))
    return d.select(d.test(OLT, x, 1.0), float("nan"), value)


def _atanh(d: Doubles, x: Any) -> Any:
    a = d.f("absf", x)
    return _signed(d, d.mul(_log1p(d, d.div(d.mul(a, 2.0), d.sub(1.0, a))), 0.5), x)


def _asin(d: Doubles, x: Any) -> Any:
    a = d.f("absf", x)
    root = d.f("sqrt", d.mul(d.sub(1.0, a), d.add(a, 1.0)))
    return _signed(d, _atan(d, d.div(a, root)), x)


def _acos(d: Doubles, x: Any) -> Any:
    quotient = d.div(d.sub(1.0, x), d.add(x, 1.0))
    # Of 2 or more, and of less than -1, the root is of a negative number.
    return d.mul(_atan(d, d.f("sqrt", quotient)), 2.0)


def _erf(d: Doubles, x: Any) -> Any:
    square = d.mul(x, x)
    terms = [(-1) ** n / (factorial(n) * (2 * n + 1)) * 2 / pi**0.5 for n in range(11)]
    near = d.mul(x, d.series(square, terms))
    a = d.f("absf", x)
    far = _signed(d, d.sub(1.0, _erfc(d, a)), x)
    return d.select(d.test(OLT, a, 0.5), near, far)


def _whole_erfc(d: Doubles, x: Any) -> Any:
    value = _erfc(d, d.f("absf", x))
    value = d.select(d.test(OGE, x, 10.5), 0.0, value)
    return d.select(d.test(OLT, x, 0.0), d.sub(2.0, value), value)


def _cbrt(d: Doubles, x: Any) -> Any:
    third = d.mul(_log(d, d.f("absf", x)), 1 / 3)
    return _signed(d, _expm1(d, third)[1], x)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "math.acos": _acos,
    "math.acosh": _acosh,
    "math.asin": _asin,
    "math.asinh": _asinh,
    "math.atan": lambda d, x: _signed(d, _atan(d, d.f("absf", x)), x),
    "math.atan2": _atan2,
    "math.atanh": _atanh,
    "math.cbrt": _cbrt,
    "math.cos": lambda d, x: _sin_cos(d, x)[1],
    "math.cosh": _cosh,
    "math.erf": _erf,
    "math.erfc": _whole_erfc,
    "math.expm1": lambda d, x: _zero_of(d, _expm1(d, x)[0], x),
    "math.fpowi": _pow,
    "math.log1p": lambda d, x: _zero_of(d, _log1p(d, x), x),
    "math.powf": _pow,
    "math.sin": lambda d, x: _sin_cos(d, x)[0],
    "math.sinh": _sinh,
    "math.tan": _tan,
    "math.tanh": _tanh,
}
"""What is computed in f64, of f32, f16 and bf16."""

_WIDENED = frozenset(("math.exp", "math.exp2", "math.log", "math.log10", "math.log2", "math.rsqrt"))
"""What is computed in f32 of f16 too."""

_NATIVE = frozenset(
    (
        *("math.absf", "math.ceil", "math.copysign", "math.floor", "math.fma", "math.round"),
        *("math.roundeven", "math.rsqrt", "math.sqrt", "math.trunc"),
    )
)
"""What LLVM has for floats of any width, but bf16, which has only moves."""

_SIGNS = frozenset(("math.absf", "math.copysign"))
"""What changes the sign bit alone."""

_INTRINSICS = {
    "math.ceil": ("f16", "f32", "f64"),
    "math.exp": ("f32",),
    "math.exp2": ("f32",),
    "math.floor": ("f16", "f32", "f64"),
    "math.log": ("f32",),
    "math.log10": ("f32",),
    "math.log2": ("f32",),
}
"""What convert-gpu-to-rocdl would call ROCm's libraries for, and LLVM does by itself."""

_INTEGER = frozenset(("math.absi", "math.ctlz", "math.ctpop", "math.cttz"))


def math_problem(op: Any, ir: Any) -> str:
    """Why device code cannot have a math op, or nothing."""
    if op.name in _INTEGER:
        return ""
    if op.name not in FUNCTIONS and op.name not in _WIDENED and op.name not in _NATIVE:
        return f"gfx942 has no {op.name}"
    element = element_of(ir, op.operands[0].type)
    known = ("f16", "bf16", "f32", *(("f64",) if op.name in _NATIVE else ()))
    if str(element) not in known:
        return f"'{op.name}' in it is of {element}, and gfx942 has it of {', '.join(known)}"
    return ""


def expand(module: Any, ir: Any) -> None:
    """Rewrite the math ops in the gpu.modules of a module that the backend does not have.

    What has no expansion stays.
    """
    found: list[Any] = []

    def collect(op: Any) -> Any:
        if op.name in FUNCTIONS or op.name in _WIDENED or op.name in _NATIVE:
            found.append(op)
        return ir.WalkResult.ADVANCE

    for each in module.regions[0].blocks[0].operations:
        if each.operation.name == "gpu.module":
            each.operation.walk(collect)
    for op in found:
        _expand(op, ir)


def _expand(op: Any, ir: Any) -> None:
    point = ir.InsertionPoint(op)

    def create(name: str, type: Any, operands: Any, attributes: Any) -> Any:
        return ir.Operation.create(
            name, [type], operands, attributes, None, 0, op.location, point
        ).results[0]

    type = op.results[0].type
    element = str(element_of(ir, type))
    f32, f64 = (with_element(ir, type, t) for t in (ir.F32Type.get(), ir.F64Type.get()))
    expansion = FUNCTIONS.get(op.name)
    if expansion is not None and element in ("f32", "f16", "bf16"):
        operands = []
        for value in op.operands:
            is_float = isinstance(element_of(ir, value.type), ir.FloatType)
            name = "arith.extf" if is_float else "arith.sitofp"
            operands.append(create(name, f64, [value], {}))
        result = create("arith.truncf", f32, [expansion(Doubles(create, ir, type), *operands)], {})
    elif op.name not in _SIGNS and (
        element == "bf16" or (element == "f16" and op.name in _WIDENED)
    ):
        operands = [create("arith.extf", f32, [v], {}) for v in op.operands]
        result = _of_llvm(op, operands, f32, ir, create)
    elif element in _INTRINSICS.get(op.name, ()):
        result = _of_llvm(op, list(op.operands), type, ir, create)
    else:
        return
    if result.type != type:
        result = create("arith.truncf", type, [result], {})
    op.results[0].replace_all_uses_with(result)
    op.erase()


def _of_llvm(op: Any, operands: list[Any], type: Any, ir: Any, create: Callable[..., Any]) -> Any:
    """The op on operands of a type that LLVM has it for."""
    if str(element_of(ir, type)) not in _INTRINSICS.get(op.name, ()):
        return create(op.name, type, operands, {n: op.attributes[n] for n in op.attributes})
    attributes = {
        "intrin": ir.StringAttr.get(f"llvm.{op.name.removeprefix('math.')}"),
        "op_bundle_sizes": ir.DenseI32ArrayAttr.get([]),
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([len(operands), 0]),
    }
    return create("llvm.call_intrinsic", type, operands, attributes)
