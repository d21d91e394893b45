"""The rules of emulate-fp8: casts as integer ops on codes, all else in f32, rounded once."""

from collections.abc import Callable
from typing import Any

import numpy as np

from fnuz.bindings import of
from fnuz.bindings.handles import address
from fnuz.dialect.formats import (
    FORMATS,
    OCP_OF,
    Fp8Format,
    InfPolicy,
    fnuz_to_ocp_codes,
    ocp_to_fnuz_codes,
)
from fnuz.passes import casts, rules, softfloat, structured
from fnuz.passes.builder import Builder
from fnuz.passes.codec import resize, rounding_mode
from fnuz.passes.constants import attribute_of, codes_of, rewrite_global
from fnuz.passes.conversion import Conversion, is_named_linalg
from fnuz.passes.registry import CONVERT_FP8, Diagnostics, NoRule, RuleSet
from fnuz.passes.rules.func import FUNCTIONS, SIGNATURE_USERS, retype_signature
from fnuz.passes.rules.linalg import CONTRACTIONS, softmax_in_f32
from fnuz.passes.rules.vector import outermost
from fnuz.passes.types import TypeMap

E8M0 = "f8E8M0FNU"

_IN_F32 = (
    *("arith.addf", "arith.cmpf", "arith.divf", "arith.maximumf", "arith.maxnumf"),
    *("arith.minimumf", "arith.minnumf", "arith.mulf", "arith.negf", "arith.remf", "arith.subf"),
    *("arith.fptosi", "arith.fptoui", "arith.sitofp", "arith.uitofp", "vector.fma"),
    *("math.absf", "math.clampf", "math.copysign", "math.isfinite", "math.isinf", "math.isnan"),
)


def emulate(module: Any, options: Any, diagnostics: Diagnostics) -> None:
    """Run emulate-fp8 on a module."""
    bindings = of(module)
    with module.context, module.location:
        types = TypeMap(bindings, module.context, dict.fromkeys([*FORMATS, E8M0], "i8"))
        cx = Conversion(bindings, module, types, _RULES, options, diagnostics)
        cx.scan()
        if not cx.touched:
            return
        if _generalize(cx):
            cx.scan()
        if cx.plan(_no_rule):
            cx.apply()
            for constant in cx.memo.get("decoded constants", {}).values():
                if not list(constant.results[0].uses):
                    constant.erase()


def _no_rule(op: Any, reason: str) -> str:
    return (
        f"'{op.name}' op on fp8 cannot be emulated: {reason or 'no rule of emulate-fp8 covers it'}"
    )


def _generalize(cx: Conversion) -> bool:
    """Write out every named linalg op that computes: its body is then emulated op by op."""
    named = [
        op for name, op in cx.touched if is_named_linalg(name) and _is_written_out(name, op, cx)
    ]
    builder = Builder(cx.bindings)
    for op in named:
        if len(op.regions) and len(op.regions[0].blocks):
            structured.generalize(builder, op)
    return bool(named)


def _is_written_out(name: str, op: Any, cx: Conversion) -> bool:
    if name in CONTRACTIONS:
        return not _is_on_f16(op, cx)
    return name not in _RULES.by_op or name == "linalg.copy"


def _is_on_f16(op: Any, cx: Conversion) -> bool:
    """Whether a contraction keeps its op and is given f16 operands: exact, for it sums in f32."""
    *inputs, accumulator = op.operands
    return (
        cx.options.compute == "f16"
        and str(cx.element(accumulator.type)) == "f32"
        and not isinstance(accumulator.type, cx.ir.MemRefType)
        and not any(str(cx.fp8(v)) == E8M0 for v in inputs)
    )


_RULES = RuleSet()
assert rules, "importing it has registered the rules that both passes share"
for _shared in CONVERT_FP8.rules:
    if _shared.moves_bits:
        _RULES.add(_shared)


def _emulate(*ops: str) -> Callable[[Any], Any]:
    return _RULES.rule(ops[0], *ops, effect="emulate", why="", example="")


def _decode(b: Builder, codes: Any, element: Any, cx: Conversion) -> Any:
    """The f32 values of codes whose fp8 element type was `element`."""
    if str(element) == E8M0:
        return softfloat.decode_e8m0(b, codes)
    format = FORMATS[str(element)]
    return softfloat.decode(b, _as_read(b, codes, format, cx), format)


def _encode(b: Builder, values: Any, element: Any, cx: Conversion) -> Any:
    """The codes of f32 or f64 values in the fp8 element type `element`."""
    format = FORMATS[str(element)]
    saturate = cx.options.overflow == "saturate" and not format.fnuz
    return softfloat.encode(b, values, format, saturate=saturate)


def _as_read(b: Builder, codes: Any, format: Fp8Format, cx: Conversion) -> Any:
    """The codes of a value that is looked at, with what a conversion would have lost taken off."""
    if format in OCP_OF:
        if cx.options.beyond == "keep":
            return codes
        return softfloat.as_ocp_holds_them(b, codes, OCP_OF[format], cx.options.beyond)
    if cx.options.zero == "signed":
        return codes
    return softfloat.as_fnuz_holds_them(b, codes, format, _inf(cx))


def _inf(cx: Conversion) -> InfPolicy:
    return "saturate" if cx.options.inf == "saturate" else "nan"


def _values_as_read(format: Fp8Format, cx: Conversion) -> Any:
    """The value of each code as `_as_read` and `_decode` have it."""
    codes = np.arange(256, dtype=np.uint8)
    if format in OCP_OF and cx.options.beyond != "keep":
        ocp = OCP_OF[format]
        codes = ocp_to_fnuz_codes(ocp)[fnuz_to_ocp_codes(ocp, cx.options.beyond)]
    elif format not in OCP_OF and cx.options.zero == "unsigned":
        codes = fnuz_to_ocp_codes(format)[ocp_to_fnuz_codes(format, _inf(cx))]
    return format.decode(codes)


def _wide_enough(b: Builder, value: Any, cx: Conversion) -> Any:
    element = cx.element(value.type)
    return value if element.width >= 32 else resize(b, value, b.ir.F32Type.get())


@_emulate("arith.constant")
def _constant(op: Any, cx: Conversion) -> Any:
    codes = _code_attribute(op.attributes["value"], cx)

    def rewrite(b: Builder) -> None:
        op.attributes["value"] = codes

    return rewrite


def _code_attribute(attr: Any, cx: Conversion) -> Any:
    """The attribute of i8 codes."""
    if isinstance(attr, cx.ir.FloatAttr) and str(attr.type) == E8M0:
        codes = np.array([0xFF if np.isnan(attr.value) else np.log2(attr.value) + 127], np.uint8)
    else:
        codes = codes_of(attr, cx.bindings)
    return attribute_of(codes, cx.converted(attr.type), attr, cx.bindings)


@_emulate("memref.global")
def _memref_global(op: Any, cx: Conversion) -> Any:
    return rewrite_global(op, "initial_value", cx, lambda value: _code_attribute(value, cx))


@_emulate("ml_program.global")
def _ml_program_global(op: Any, cx: Conversion) -> Any:
    return rewrite_global(op, "value", cx, lambda value: _code_attribute(value, cx))


_RULES.typed_attributes.update(("memref.global", "ml_program.global"))


_emulate(*FUNCTIONS)(retype_signature)
_RULES.typed_attributes.update(FUNCTIONS)
_RULES.retype("signatures", *SIGNATURE_USERS, "linalg.generic", "memref.view", why="", example="")


@_emulate("arith.extf")
def _extf(op: Any, cx: Conversion) -> Any:
    source, target = cx.fp8(op.operands[0]), cx.element(op.results[0].type)
    if source is None:
        return _cast_into_fp8(op, cx)

    def rewrite(b: Builder) -> None:
        b.before(op)
        b.replace(op, resize(b, _decode(b, op.operands[0], source, cx), target))

    return rewrite


@_emulate("arith.truncf", "arith.convertf")
def _cast_into_fp8(op: Any, cx: Conversion) -> Any:
    source, target = cx.fp8(op.operands[0]), cx.fp8(op.results[0])
    if (mode := rounding_mode(op, cx.ir)) != "to_nearest_even":
        raise NoRule(f"its rounding mode is {mode}")
    if target is not None and str(target) == E8M0:
        raise NoRule("rounding to f8E8M0FNU is not known")
    result = op.results[0].type

    def rewrite(b: Builder) -> None:
        b.before(op)
        value = op.operands[0]
        wide = _wide_enough(b, value, cx) if source is None else _decode(b, value, source, cx)
        if target is not None:
            b.replace(op, _encode(b, wide, target, cx))
        else:
            b.replace(op, b.value("arith.truncf", result, wide))

    return rewrite


def _in_f32(op: Any, cx: Conversion) -> Any:
    """The op in f32: operands decoded, an fp8 result encoded."""
    formats = [cx.fp8(v) for v in op.operands]
    result = op.results[0].type
    target = cx.fp8(result)
    attributes = {named: op.attributes[named] for named in op.attributes if named != "fastmath"}

    def rewrite(b: Builder) -> None:
        b.before(op)
        f32 = b.ir.F32Type.get()
        operands = [
            v if format is None else _decode(b, v, format, cx)
            for v, format in zip(op.operands, formats, strict=True)
        ]
        type = result if target is None else cx.like(result, f32)
        value = b.value(op.name, type, *operands, attributes=attributes)
        if target is not None:
            value = _encode(b, value, target, cx)
        b.replace(op, value)

    return rewrite


_emulate(*_IN_F32, *rules.math.FUNCTIONS)(_in_f32)


@_emulate("vector.reduction", "vector.multi_reduction")
def _reduction(op: Any, cx: Conversion) -> Any:
    if not any(kind in str(op.attributes["kind"]) for kind in ("max", "min")):
        raise NoRule("a sum in fp8 has no fixed order; extend to f32 before it")
    return _in_f32(op, cx)


@_emulate("arith.scaling_extf")
def _scaling_extf(op: Any, cx: Conversion) -> Any:
    value, scale = (cx.fp8(v) for v in op.operands)
    if str(scale) != E8M0:
        raise NoRule("its scale is not f8E8M0FNU")
    result = op.results[0].type

    def rewrite(b: Builder) -> None:
        b.before(op)
        element = cx.element(result)
        operands = [
            resize(b, _decode(b, v, format, cx), element)
            for v, format in zip(op.operands, (value, scale), strict=True)
        ]
        b.replace(op, b.value("arith.mulf", result, *operands))

    return rewrite


@_emulate("arith.scaling_truncf")
def _scaling_truncf(op: Any, cx: Conversion) -> Any:
    scale, target = cx.fp8(op.operands[1]), cx.fp8(op.results[0])
    if str(scale) != E8M0 or target is None:
        raise NoRule("its scale is not f8E8M0FNU or its result is not fp8")

    def rewrite(b: Builder) -> None:
        b.before(op)
        value = op.operands[0]
        divisor = resize(b, _decode(b, op.operands[1], scale, cx), cx.element(value.type))
        quotient = b.value("arith.divf", value.type, value, divisor)
        b.replace(op, _encode(b, _wide_enough(b, quotient, cx), target, cx))

    return rewrite


@_emulate("arith.bitcast", "tensor.bitcast", "vector.bitcast")
def _bitcast(op: Any, cx: Conversion) -> Any:
    source = cx.fp8(op.operands[0])

    def rewrite(b: Builder) -> None:
        b.before(op)
        codes = op.operands[0]
        if source is not None and str(source) != E8M0:
            codes = _as_read(b, codes, FORMATS[str(source)], cx)
        if codes.type == op.results[0].type:
            b.replace(op, codes)
        else:
            op.operands[0] = codes

    return rewrite


@_emulate("fnuz.from_ocp", "fnuz.to_ocp")
def _fnuz_cast(op: Any, cx: Conversion) -> Any:
    source = FORMATS[str(cx.fp8(op.operands[0]))]

    def rewrite(b: Builder) -> None:
        codes = _as_read(b.before(op), op.operands[0], source, cx)
        b.replace(op, casts.map_codes(b, op, codes, source))

    return rewrite


@_emulate("affine.parallel")
def _parallel(op: Any, cx: Conversion) -> Any:
    if any(cx.concerns(result) for result in op.results):
        raise NoRule("it reduces in fp8")
    return None


@_emulate("memref.atomic_rmw")
def _atomic_rmw(op: Any, cx: Conversion) -> Any:
    if cx.ir.IntegerAttr(op.attributes["kind"]).value != 3:  # assign
        raise NoRule("only assigning is known")
    return None


@_emulate("vector.contract")
def _contract(op: Any, cx: Conversion) -> Any:
    if cx.fp8(op.operands[2]) is not None:
        raise NoRule("it accumulates in fp8, in an order that is not fixed")
    if _is_on_f16(op, cx):
        return _on_f16(op, cx)
    accumulator = cx.element(op.operands[2].type)
    formats = [cx.fp8(v) for v in list(op.operands)[:2]]

    def rewrite(b: Builder) -> None:
        b.before(outermost(op))
        for n, format in enumerate(formats):
            if format is not None:
                wide = _decode(b, op.operands[n], format, cx)
                op.operands[n] = resize(b, wide, accumulator)

    return rewrite


@_emulate(*sorted(CONTRACTIONS))
def _on_f16(op: Any, cx: Conversion) -> Any:
    """A contraction that keeps its op: see `_is_on_f16`."""
    inputs = list(op.operands)[:-1]
    in_f16 = {n: _in_f16(v, cx) for n, v in enumerate(inputs) if cx.fp8(v) is not None}

    def rewrite(b: Builder) -> None:
        b.before(outermost(op))
        for n, make in in_f16.items():
            op.operands[n] = make(b, op.operands[n])
            for region in op.regions:  # the implied body follows from the operands
                region.blocks[0].arguments[n].set_type(b.ir.F16Type.get())

    return rewrite


def _constant_in_f16(attr: Any, type: Any, format: Any, cx: Conversion) -> Any:
    memo = cx.memo.setdefault("constants in f16", {})
    if attr not in memo:
        values = _values_as_read(FORMATS[str(format)], cx).astype(np.float16)
        memo[attr] = attribute_of(values[codes_of(attr, cx.bindings)], type, attr, cx.bindings)
    return memo[attr]


def _in_f16(value: Any, cx: Conversion) -> Callable[[Builder, Any], Any]:
    """What gives an fp8 value in f16, which is exact, when called with its codes.

    A tensor is decoded by a linalg.generic of its own, and a constant here and now.
    """
    ir, format = cx.ir, cx.fp8(value)
    f16 = ir.F16Type.get()
    type = cx.like(value.type, f16)
    source = None if isinstance(value, ir.BlockArgument) else value.owner.operation
    if source is not None and source.name == "arith.constant":
        cx.memo.setdefault("decoded constants", {})[address(source)] = source
        attribute = _constant_in_f16(source.attributes["value"], type, format, cx)
        return lambda b, codes: b.value("arith.constant", type, attributes={"value": attribute})

    def decode(b: Builder, args: list[Any]) -> Any:
        return resize(b, _decode(b, args[0], format, cx), f16)

    def make(b: Builder, codes: Any) -> Any:
        if not isinstance(type, ir.RankedTensorType):
            return decode(b, [codes])
        empty = b.value("tensor.empty", type, *b.dynamic_sizes(codes))
        return structured.elementwise(b, [codes], empty, decode)

    return make


@_emulate("linalg.softmax")
def _softmax(op: Any, cx: Conversion) -> Any:
    source, target = cx.fp8(op.operands[0]), cx.fp8(op.operands[1])
    if source is None or target is None or len(op.results) == 0:
        raise NoRule("it is known only from fp8 tensor to fp8 tensor")

    def rewrite(b: Builder) -> None:
        softmax_in_f32(
            b,
            op,
            lambda b, x: _decode(b, x, source, cx),
            lambda b, y: _encode(b, y, target, cx),
        )

    return rewrite
