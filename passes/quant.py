"""The rules of lower-fp8-quant: quantized values become values of their fp8 storage type."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fnuz.bindings import Bindings, of
from fnuz.dialect.formats import FNUZ_OF, Fp8Format
from fnuz.passes import rules, structured
from fnuz.passes.builder import Builder
from fnuz.passes.codec import format_of, resize
from fnuz.passes.constants import rewrite_global
from fnuz.passes.conversion import Conversion
from fnuz.passes.registry import CONVERT_FP8, Diagnostics, NoRule, RuleSet
from fnuz.passes.rules.func import FUNCTIONS, SIGNATURE_USERS, retype_signature
from fnuz.passes.types import Converted, TypeMap, element_of

_OCP = frozenset(format.mlir_name for format in FNUZ_OF)
_QUANTIZED = re.compile(r"!quant\.\w+<f8E")


def lower(module: Any, options: Any, diagnostics: Diagnostics) -> None:
    """Run lower-fp8-quant on a module."""
    bindings = of(module)
    try:
        bindings.module("dialects.quant")  # from here on its types come as what they are
    except ImportError:
        return  # a package without the dialect
    with module.context, module.location:
        types = StorageTypes(bindings, module.context)
        if not _holds_quantized(module, types, bindings):
            return
        cx = Conversion(bindings, module, types, _RULES, options, diagnostics)
        cx.scan()
        if cx.touched and cx.plan(_no_rule):
            cx.apply()


def _no_rule(op: Any, reason: str) -> str:
    types = [str(v.type) for v in (*op.operands, *op.results)]
    quantized = next((t for t in types if _QUANTIZED.search(t)), "a quantized fp8 type")
    reason = reason or (
        "no rule covers it; put a quant.dcast before it and a quant.qcast after it, or lower it "
        "to linalg, tensor or scf first"
    )
    return f"'{op.name}' op on {quantized} cannot become fp8: {reason}"


class StorageTypes(TypeMap):
    """Maps each type that holds a quantized type on OCP fp8 to the type with its storage type."""

    def __init__(self, bindings: Bindings, context: Any) -> None:
        super().__init__(bindings, context, {})
        quant = bindings.module("dialects.quant")
        # Not the calibrated type: it has no storage type, and asking it for one is a crash.
        self._with_storage = (
            *(quant.AnyQuantizedType, quant.UniformQuantizedPerAxisType),
            *(quant.UniformQuantizedSubChannelType, quant.UniformQuantizedType),
        )

    def _convert_element(self, type: Any) -> Converted:
        if not isinstance(type, self._with_storage) or str(type.storage_type) not in _OCP:
            return None
        self.elements[type] = type.storage_type
        return type.storage_type


_SOURCES_AND_SINKS = (
    *("builtin.unrealized_conversion_cast", "quant.dcast", "quant.qcast", "tensor.empty"),
    *FUNCTIONS,
)
"""Where quantized values begin and end; one that does neither here is dead."""


def _holds_quantized(module: Any, types: TypeMap, bindings: Bindings) -> bool:
    """Whether a quantized fp8 value begins or ends in the module.

    MLIR finds these ops by itself: most modules hold no such value, and a walk over all of them in
    Python costs 30 times this.
    """
    found = False

    def look(op: Any, rewriter: Any) -> bool:
        nonlocal found
        # Not op.name: of a func.func here that is the name of the function.
        if op.operation.name in FUNCTIONS:
            found |= types(op.attributes["function_type"].value) is not None
        else:
            found |= any(types(v.type) is not None for v in (*op.operands, *op.results))
        return True  # MLIR: not a match

    patterns = bindings.rewrite.RewritePatternSet()
    for name in _SOURCES_AND_SINKS:
        patterns.add(name, look)
    bindings.rewrite.walk_and_apply_patterns(module, patterns.freeze())
    return found


_RULES = RuleSet()
assert rules, "importing it has registered the rules of ops that move any value"
for _shared in CONVERT_FP8.rules:
    if _shared.moves_bits:
        _RULES.add(_shared)


def _lower(*ops: str) -> Callable[[Any], Any]:
    return _RULES.rule(ops[0], *ops, effect="converts", why="", example="")


_RULES.retype("signatures", *SIGNATURE_USERS, "linalg.generic", "linalg.select", why="", example="")
_lower(*FUNCTIONS)(retype_signature)
_RULES.typed_attributes.update((*FUNCTIONS, "ml_program.global"))


@_lower("ml_program.global")
def _global(op: Any, cx: Conversion) -> Any:
    def no_value(value: Any) -> Any:
        raise NoRule("its value is of a quantized type; give it a value of fp8")

    return rewrite_global(op, "value", cx, no_value)


@_lower("builtin.unrealized_conversion_cast")
def _cast(op: Any, cx: Conversion) -> Any:
    """The only cast between a quantized type on fp8 and its storage: quant.scast takes integers."""
    types = [cx.converted(v.type) for v in (*op.operands, *op.results)]
    if len(types) != 2 or types[0] != types[1]:
        raise NoRule("it is not a cast to or from the storage type")
    return lambda b: b.replace(op, op.operands[0])


@dataclass(frozen=True)
class _Parameter:
    """A scale or zero point: one number, or a constant with the map from an element to its own."""

    value: Any
    map: Any = None

    def is_zero(self) -> bool:
        return self.map is None and self.value == 0


@dataclass(frozen=True)
class _Quantization:
    """How quantized values are computed; `wide` is the element type of the arithmetic."""

    wide: Any
    scale: _Parameter
    zero_point: _Parameter
    low: float
    high: float


@_lower("quant.qcast")
def _qcast(op: Any, cx: Conversion) -> Any:
    q = _quantization(op.results[0].type, cx)

    def quantize(b: Builder, x: Any, scale: Any, zero_point: Any, element: Any) -> Any:
        value = b.value("arith.divf", q.wide, resize(b, x, q.wide), scale)
        if zero_point is not None:
            value = b.value("arith.addf", q.wide, value, zero_point)
        # maximumf and minimumf pass NaN on.
        value = b.value("arith.maximumf", q.wide, value, b.constant(q.wide, q.low))
        value = b.value("arith.minimumf", q.wide, value, b.constant(q.wide, q.high))
        return resize(b, value, element)

    return lambda b: _replace(b, op, q, quantize)


@_lower("quant.dcast")
def _dcast(op: Any, cx: Conversion) -> Any:
    q = _quantization(op.operands[0].type, cx)

    def dequantize(b: Builder, x: Any, scale: Any, zero_point: Any, element: Any) -> Any:
        value = resize(b, x, q.wide)
        if zero_point is not None:
            value = b.value("arith.subf", q.wide, value, zero_point)
        value = b.value("arith.mulf", q.wide, value, scale)
        return resize(b, value, element)

    return lambda b: _replace(b, op, q, dequantize)


def _quantization(type: Any, cx: Conversion) -> _Quantization:
    """What the quantized (element) type of `type` says. Raises NoRule."""
    ir, quant = cx.ir, cx.bindings.module("dialects.quant")
    element: Any = cx.fp8(type)
    if isinstance(type, ir.UnrankedTensorType):
        raise NoRule("its tensor has no rank; cast it to a ranked tensor before it (tensor.cast)")
    if isinstance(element, quant.AnyQuantizedType):
        raise NoRule("its type has no scale; use !quant.uniform")
    if str(element.expressed_type) not in ("bf16", "f16", "f32", "f64"):
        raise NoRule(f"its expressed type is {element.expressed_type}; use bf16, f16, f32 or f64")
    wide = ir.F64Type.get() if str(element.expressed_type) == "f64" else ir.F32Type.get()
    storage = format_of(element.storage_type)
    low, high = _range(element, storage)
    if isinstance(element, quant.UniformQuantizedType):
        scale, zero_point = _Parameter(element.scale), _Parameter(element.zero_point)
    elif isinstance(element, quant.UniformQuantizedPerAxisType):
        axis = ir.AffineDimExpr.get(element.quantized_dimension)
        map = ir.AffineMap.get(type.rank, 0, [axis])
        scale = _Parameter(_dense(element.scales, wide, ir), map)
        zero_point = _zero_point(element.zero_points, wide, map, ir)
    else:
        blocks = dict(zip(element.quantized_dimensions, element.block_sizes, strict=True))
        map = ir.AffineMap.get(type.rank, 0, [_block(i, blocks, ir) for i in range(type.rank)])
        scale = _Parameter(element.scales, map)
        zero_point = _zero_point(np.array(element.zero_points), wide, map, ir)
    return _Quantization(wide, scale, zero_point, low, high)


def _range(element: Any, storage: Fp8Format) -> tuple[float, float]:
    """The least and the largest fp8 value in the storage range, whose bounds are integers.

    A clamp to these and a rounding stays in the range, where a clamp to 99 rounds to 104.
    """
    low, high = element.storage_type_min, element.storage_type_max
    inside = storage.values[(storage.values >= low) & (storage.values <= high)]
    if inside.size == 0:
        raise NoRule(f"no value of {storage.mlir_name} is in its storage range <{low}:{high}>")
    return float(inside.min()) + 0.0, float(inside.max())


def _block(dim: int, blocks: dict[int, int], ir: Any) -> Any:
    """Where the scale of an element is along a dimension: of its block, if that has blocks."""
    if dim not in blocks:
        return ir.AffineConstantExpr.get(0)
    return ir.AffineExpr.get_floor_div(ir.AffineDimExpr.get(dim), blocks[dim])


def _zero_point(values: Any, wide: Any, map: Any, ir: Any) -> _Parameter:
    return _Parameter(_dense(values, wide, ir), map) if np.any(values) else _Parameter(0)


def _dense(values: Any, wide: Any, ir: Any) -> Any:
    array = np.asarray(values, np.float64 if wide.width == 64 else np.float32)
    return ir.DenseElementsAttr.get(array, type=ir.RankedTensorType.get(array.shape, wide))


def _replace(b: Builder, op: Any, q: _Quantization, compute: Callable[..., Any]) -> None:
    """Replace a cast by `compute(builder, x, scale, zero point or None, result element type)`.

    A tensor becomes one linalg.generic, which reads scales that are not all one as an input.
    """
    b.before(op)
    x, type = op.operands[0], op.results[0].type
    element = element_of(b.ir, type)
    parameters = [q.scale] if q.zero_point.is_zero() else [q.scale, q.zero_point]
    read = [p for p in parameters if p.map is not None]

    def body(b: Builder, arguments: list[Any]) -> Any:
        x, *rest = arguments
        elements = iter(rest)
        values = [
            b.constant(q.wide, p.value) if p.map is None else next(elements) for p in parameters
        ]
        scale, zero_point = (*values, None)[:2]
        return compute(b, x, scale, zero_point, element)

    if not isinstance(type, b.ir.RankedTensorType):
        b.replace(op, body(b, [x]))
        return
    constants = [resize(b, b.dense(p.value), q.wide) for p in read]
    empty = b.value("tensor.empty", type, *b.dynamic_sizes(x))
    result = structured.elementwise(b, [x, *constants], empty, body, [p.map for p in read])
    b.replace(op, result)
