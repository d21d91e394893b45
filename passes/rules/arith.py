"""arith: casts, constants and arithmetic on fp8 values."""

from typing import Any

from fnuz.bindings.handles import address
from fnuz.passes import codec, constants
from fnuz.passes.casts import leave
from fnuz.passes.ranges import values_of
from fnuz.passes.registry import CONVERT_FP8, NoRule
from fnuz.passes.rules.linalg import sum_of_products

rule = CONVERT_FP8.rule


@rule(
    "arith.constant",
    effect="converts",
    why="the codes are mapped: -0 to 0, NaN to 0x80, all others keep their bits",
    example="""
func.func @main() -> tensor<4xf8E4M3FN> {
  %0 = arith.constant dense<[0.0, -0.0, 448.0, 0x7F]> : tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}""",
)
def constant(op: Any, cx: Any) -> Any:
    converted = constants.convert(op.attributes["value"], op, cx)

    def rewrite(b: Any) -> None:
        op.attributes["value"] = converted

    return rewrite


@rule(
    "arith.extf",
    effect="converts",
    why="extf(v) = 2 * extf(v'); inside a contraction the factor goes behind the sum",
    example="""
func.func @main(%x: vector<16xf8E4M3FN>) -> vector<16xf32> {
  %0 = arith.extf %x : vector<16xf8E4M3FN> to vector<16xf32>
  return %0 : vector<16xf32>
}""",
)
def extf(op: Any, cx: Any) -> Any:
    if cx.fp8(op.operands[0]) is None:
        return _widening_to_fp8(op, cx)
    if op.parent.name == "linalg.generic":
        body = sum_of_products(op.parent, cx)
        if body is not None and address(op) in body.extensions:
            return None

    def rewrite(b: Any) -> None:
        result = op.results[0]
        scaled = codec.scale(b.after(op), result, cx.unit)
        b.replace_uses(result, scaled)

    return rewrite


def _widening_to_fp8(op: Any, cx: Any) -> Any:
    """From a 4 or 6 bit float: every value is one of the fp8 type too, and so is its half."""
    format = codec.format_of(cx.fp8(op.results[0]))

    def rewrite(b: Any) -> None:
        b.before(op)
        source, f32 = op.operands[0], b.ir.F32Type.get()
        wide = b.value("arith.extf", cx.like(source.type, f32), source)
        scaled = codec.scale(b, wide, 1 / cx.unit)
        b.replace(op, codec.encode(b, scaled, op.results[0].type, format, cx, safe=True))

    return rewrite


@rule(
    "arith.truncf",
    effect="converts",
    why="truncf(x) has the bits of truncf(x / 2), guarded where OCP overflows before FNUZ does",
    example="""
func.func @main(%x: tensor<64xf32>) -> tensor<64xf8E5M2> {
  %0 = arith.truncf %x : tensor<64xf32> to tensor<64xf8E5M2>
  return %0 : tensor<64xf8E5M2>
}""",
)
def truncf(op: Any, cx: Any) -> Any:
    _only_to_nearest_even(op, cx)
    target = cx.fp8(op.results[0])
    if target is None:
        return _narrowing_from_fp8(op, cx)
    format = codec.format_of(target)
    safe = codec.never_overflows(format, cx.range(op.operands[0]))

    def rewrite(b: Any) -> None:
        b.before(op)
        scaled = codec.scale(b, codec.widen(b, op.operands[0]), 1 / cx.unit)
        b.replace(op, codec.encode(b, scaled, op.results[0].type, format, cx, safe))

    return rewrite


def _narrowing_from_fp8(op: Any, cx: Any) -> Any:
    """To a 4 or 6 bit float: rounded once, from the exact f32 value."""

    def rewrite(b: Any) -> None:
        b.before(op)
        wide = codec.decode(b, op.operands[0], b.ir.F32Type.get(), cx)
        b.replace(op, b.value("arith.truncf", op.results[0].type, wide))

    return rewrite


def _only_to_nearest_even(op: Any, cx: Any) -> None:
    mode = codec.rounding_mode(op, cx.ir)
    if mode != "to_nearest_even":
        raise NoRule(
            f"its rounding mode is {mode} and the bits are known to agree only for "
            "to_nearest_even; remove the rounding mode, or round in f32 before it"
        )


@rule(
    "arith.convertf",
    effect="converts",
    why="from one fp8 type to another through f32, which holds both: rounded once",
    example="""
func.func @main(%x: tensor<256xf8E5M2>) -> tensor<256xf8E4M3FN> {
  %0 = arith.convertf %x : tensor<256xf8E5M2> to tensor<256xf8E4M3FN>
  return %0 : tensor<256xf8E4M3FN>
}""",
)
def convertf(op: Any, cx: Any) -> Any:
    _only_to_nearest_even(op, cx)
    source, target = cx.fp8(op.operands[0]), cx.fp8(op.results[0])
    format = codec.format_of(target) if target is not None else None
    safe = False
    if source is not None and format is not None:
        safe = codec.never_overflows(format, values_of(codec.format_of(source)))

    def rewrite(b: Any) -> None:
        b.before(op)
        value = op.operands[0]
        wide = b.value("arith.extf", cx.like(value.type, b.ir.F32Type.get()), value)
        # Where both types convert there is no factor: as scaled as it goes in it comes out.
        if format is not None:
            scaled = wide if source is not None else codec.scale(b, wide, 1 / cx.unit)
            result = codec.encode(b, scaled, op.results[0].type, format, cx, safe)
        else:
            result = b.value("arith.truncf", op.results[0].type, codec.scale(b, wide, cx.unit))
        b.replace(op, result)

    return rewrite


@rule(
    "arith integer to fp8",
    "arith.sitofp",
    "arith.uitofp",
    effect="converts",
    why="through f32: an integer that f32 must round is far beyond the fp8 maximum",
    example="""
func.func @main(%x: tensor<64xi16>) -> tensor<64xf8E4M3FN> {
  %0 = arith.sitofp %x : tensor<64xi16> to tensor<64xf8E4M3FN>
  return %0 : tensor<64xf8E4M3FN>
}""",
)
def integer_to_fp8(op: Any, cx: Any) -> Any:
    format = codec.format_of(cx.fp8(op.results[0]))
    safe = codec.never_overflows(format, cx.range(op.results[0]))

    def rewrite(b: Any) -> None:
        b.before(op)
        value = op.operands[0]
        wide = b.value(op.name, cx.like(value.type, b.ir.F32Type.get()), value)
        scaled = codec.scale(b, wide, 1 / cx.unit)
        b.replace(op, codec.encode(b, scaled, op.results[0].type, format, cx, safe))

    return rewrite


@rule(
    "arith fp8 to integer",
    "arith.fptosi",
    "arith.fptoui",
    effect="converts",
    why="from the exact f32 value",
    example="""
func.func @main(%x: tensor<16xf8E4M3FN>) -> tensor<16xi32> {
  %z = arith.constant dense<0.0> : tensor<16xf8E4M3FN>
  %n = arith.cmpf uno, %x, %x : tensor<16xf8E4M3FN>
  %v = arith.select %n, %z, %x : tensor<16xi1>, tensor<16xf8E4M3FN>
  %0 = arith.fptosi %v : tensor<16xf8E4M3FN> to tensor<16xi32>
  return %0 : tensor<16xi32>
}""",
)
def fp8_to_integer(op: Any, cx: Any) -> Any:
    def rewrite(b: Any) -> None:
        op.operands[0] = codec.decode(b.before(op), op.operands[0], b.ir.F32Type.get(), cx)

    return rewrite


# The degree of an op f: f(a / u, b / u) = f(a, b) / u**degree, exactly, for a power of two u.
_DEGREE = {"arith.addf": 1, "arith.subf": 1, "arith.mulf": 2, "arith.divf": 0}


@rule(
    "arith arithmetic",
    *_DEGREE,
    effect="product",
    non_linear=["arith.divf"],
    why="in f32 and rounded once: sums are half already, a product owes two, a quotient a half",
    example="""
func.func @main(%x: tensor<64xf8E4M3FN>, %y: tensor<64xf8E4M3FN>) -> tensor<64xf8E4M3FN> {
  %0 = arith.addf %x, %y : tensor<64xf8E4M3FN>
  %1 = arith.mulf %0, %y : tensor<64xf8E4M3FN>
  %2 = arith.divf %1, %x : tensor<64xf8E4M3FN>
  %3 = arith.subf %2, %y : tensor<64xf8E4M3FN>
  return %3 : tensor<64xf8E4M3FN>
}""",
)
def arithmetic(op: Any, cx: Any) -> Any:
    format = codec.format_of(cx.fp8(op.results[0]))
    factor = cx.unit ** (_DEGREE[op.name] - 1)

    def rewrite(b: Any) -> None:
        b.before(op)
        type = op.results[0].type
        wide = cx.like(type, b.ir.F32Type.get())
        operands = [b.value("arith.extf", wide, v) for v in op.operands]
        scaled = codec.scale(b, b.value(op.name, wide, *operands), factor)
        b.replace(op, codec.encode(b, scaled, type, format, cx, safe=False))

    return rewrite


@rule(
    "arith order and sign",
    "arith.cmpf",
    "arith.maximumf",
    "arith.maxnumf",
    "arith.minimumf",
    "arith.minnumf",
    "arith.negf",
    "arith.remf",
    non_linear=["arith.remf"],
    effect="invariant",
    why="halving both sides keeps the order, and half a remainder is the remainder of the halves",
    example="""
func.func @main(%x: tensor<64xf8E4M3FN>, %y: tensor<64xf8E4M3FN>)
    -> (tensor<64xf8E4M3FN>, tensor<64xi1>) {
  %0 = arith.negf %x : tensor<64xf8E4M3FN>
  %1 = arith.maximumf %0, %y : tensor<64xf8E4M3FN>
  %2 = arith.minimumf %1, %x : tensor<64xf8E4M3FN>
  %3 = arith.maxnumf %2, %y : tensor<64xf8E4M3FN>
  %4 = arith.minnumf %3, %x : tensor<64xf8E4M3FN>
  %5 = arith.remf %4, %y : tensor<64xf8E4M3FN>
  %6 = arith.cmpf olt, %5, %x : tensor<64xf8E4M3FN>
  return %5, %6 : tensor<64xf8E4M3FN>, tensor<64xi1>
}""",
)
def order_and_sign(op: Any, cx: Any) -> Any:
    if op.name in ("arith.negf", "arith.remf"):
        return codec.may_be_negative_zero(op, cx)
    return None


CONVERT_FP8.retype(
    "arith.select",
    "arith.select",
    why="a value is chosen, not changed",
    moves_bits=True,
    example="""
func.func @main(%c: i1, %x: f8E5M2, %y: f8E5M2) -> f8E5M2 {
  %0 = arith.select %c, %x, %y : f8E5M2
  return %0 : f8E5M2
}""",
)


@rule(
    "bitcast",
    "arith.bitcast",
    "tensor.bitcast",
    "vector.bitcast",
    effect="observes bits",
    why="the bits are looked at, or come from outside: OCP bits on that side of the cast",
    example="""
func.func @main(%x: tensor<32xf8E4M3FN>, %i: tensor<32xi8>)
    -> (tensor<32xi8>, tensor<32xf8E4M3FN>) {
  %0 = arith.bitcast %x : tensor<32xf8E4M3FN> to tensor<32xi8>
  %1 = tensor.bitcast %i : tensor<32xi8> to tensor<32xf8E4M3FN>
  return %0, %1 : tensor<32xi8>, tensor<32xf8E4M3FN>
}""",
)
def bitcast(op: Any, cx: Any) -> Any:
    if isinstance(op.operands[0].type, cx.ir.UnrankedTensorType):
        raise NoRule("its tensors have no rank; cast them to ranked tensors first")
    if cx.fp8(op.results[0]) is not None:
        cx.keep(op.results[0])
    source = op.operands[0].type
    if cx.fp8(source) is None:
        return None

    def rewrite(b: Any) -> None:
        op.operands[0] = leave(b.before(op), source, op.operands[0], cx)

    return rewrite


@rule(
    "arith.scaling_extf",
    effect="converts",
    why="extf, times two, times the scale: in the order in which MLIR expands the op",
    example="""
func.func @main(%x: tensor<64xf8E4M3FN>, %s: tensor<64xf8E8M0FNU>) -> tensor<64xf32> {
  %0 = arith.scaling_extf %x, %s : tensor<64xf8E4M3FN>, tensor<64xf8E8M0FNU> to tensor<64xf32>
  return %0 : tensor<64xf32>
}""",
)
def scaling_extf(op: Any, cx: Any) -> Any:
    _needs_e8m0_scale(op, cx)

    def rewrite(b: Any) -> None:
        b.before(op)
        type = op.results[0].type
        value = codec.decode(b, op.operands[0], cx.element(type), cx)
        scale = b.value("arith.extf", type, op.operands[1])
        b.replace(op, b.value("arith.mulf", type, value, scale))

    return rewrite


@rule(
    "arith.scaling_truncf",
    effect="converts",
    why="divided by the scale, then as truncf: in the order in which MLIR expands the op",
    example="""
func.func @main(%x: tensor<64xf32>, %s: tensor<64xf8E8M0FNU>) -> tensor<64xf8E4M3FN> {
  %0 = arith.scaling_truncf %x, %s : tensor<64xf32>, tensor<64xf8E8M0FNU> to tensor<64xf8E4M3FN>
  return %0 : tensor<64xf8E4M3FN>
}""",
)
def scaling_truncf(op: Any, cx: Any) -> Any:
    _only_to_nearest_even(op, cx)
    _needs_e8m0_scale(op, cx)
    format = codec.format_of(cx.fp8(op.results[0]))

    def rewrite(b: Any) -> None:
        b.before(op)
        value = op.operands[0]
        scale = b.value("arith.extf", value.type, op.operands[1])
        quotient = b.value("arith.divf", value.type, value, scale)
        scaled = codec.scale(b, codec.widen(b, quotient), 1 / cx.unit)
        b.replace(op, codec.encode(b, scaled, op.results[0].type, format, cx, safe=False))

    return rewrite


def _needs_e8m0_scale(op: Any, cx: Any) -> None:
    if str(cx.element(op.operands[1].type)) != "f8E8M0FNU":
        raise NoRule("its scale is not f8E8M0FNU; truncate the scale to f8E8M0FNU before it")
