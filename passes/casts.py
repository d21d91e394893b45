"""The casts of the fnuz dialect: making them, folding them, lowering them. And those of f32."""

from collections.abc import Callable
from typing import Any

from fnuz.bindings import Bindings, of
from fnuz.bindings.handles import address
from fnuz.dialect import ops
from fnuz.dialect.formats import E5M2, OCP_OF, fnuz_to_ocp_codes, ocp_to_fnuz_codes
from fnuz.passes import codec, softfloat, structured
from fnuz.passes.builder import Builder
from fnuz.passes.codec import format_of
from fnuz.passes.constants import attribute_of, codes_of
from fnuz.passes.registry import NoRule
from fnuz.passes.types import element_of, with_element


def from_ocp(b: Any, type: Any, value: Any, options: Any) -> Any:
    """A fnuz.from_ocp to `type`, with the Inf policy of the options where there is an Inf."""
    ops.load(b.ir.Context.current)
    attributes = {}
    if options.inf != "nan" and str(element_of(b.ir, value.type)) == E5M2.mlir_name:
        attributes["inf"] = b.ir.StringAttr.get(options.inf)
    return b.value(ops.FROM_OCP, type, value, attributes=attributes)


def inf_policy(cast: Any) -> Any:
    """What becomes of an Inf in a fnuz.from_ocp: "nan" or "saturate"."""
    return cast.attributes["inf"].value if "inf" in cast.attributes else "nan"


def to_ocp(b: Any, type: Any, value: Any) -> Any:
    """A fnuz.to_ocp to `type`."""
    ops.load(b.ir.Context.current)
    return b.value(ops.TO_OCP, type, value)


def from_f32(b: Builder, type: Any, value: Any, options: Any, safe: bool = False) -> Any:
    """The value of the FNUZ `type` for an f32 `value`, rounded as arith.truncf to OCP rounds it.

    `safe` says that no guard is needed, as for `codec.encode`.
    """
    ocp = OCP_OF[format_of(element_of(b.ir, type))]

    def encode(b: Builder, value: Any, type: Any) -> Any:
        return codec.encode(b, codec.scale(b, value, 0.5), type, ocp, options, safe)

    return _each(b, value, type, encode)


def to_f32(b: Builder, type: Any, value: Any) -> Any:
    """The f32 value, of `type`, of the OCP value that a FNUZ `value` stands for: exact."""
    return _each(b, value, type, lambda b, v, t: codec.decode(b, v, element_of(b.ir, t)))


def _each(b: Builder, value: Any, type: Any, cast: Callable[[Builder, Any, Any], Any]) -> Any:
    """`cast(b, value, type)` of a scalar or vector; of each element of a tensor, in one pass."""
    if not isinstance(type, b.ir.RankedTensorType):
        return cast(b, value, type)
    empty = b.value("tensor.empty", type, *b.dynamic_sizes(value))
    return structured.elementwise(
        b, [value], empty, lambda b, args: cast(b, args[0], type.element_type)
    )


def fold(module: Any) -> None:
    """Fold casts of constants and of each other, all over a module."""
    bindings = of(module)

    sources: dict[int, Any] = {}

    def try_fold(op: Any, rewriter: Any) -> bool:
        folded = _fold(op, rewriter, bindings)
        if folded is None:
            return True  # MLIR: not a match
        source = op.operands[0].owner.operation
        sources[address(source)] = source
        rewriter.replace_op(op, [folded])
        return False

    with module.context, module.location:
        patterns = bindings.rewrite.RewritePatternSet()
        for name in (ops.FROM_OCP, ops.TO_OCP):
            patterns.add(name, try_fold)
        bindings.rewrite.walk_and_apply_patterns(module, patterns.freeze())
        # Not erased before: the driver may erase only the op that it is at.
        for source in sources.values():
            if not any(True for r in source.results for _ in r.uses):
                source.erase()


def _fold(op: Any, rewriter: Any, bindings: Bindings) -> Any:
    ir = bindings.ir
    value = op.operands[0]
    if isinstance(value, ir.BlockArgument):
        return None
    source = value.owner.operation
    if op.name == ops.FROM_OCP and source.name == ops.TO_OCP:
        return source.operands[0]
    if op.name == ops.TO_OCP and source.name == ops.FROM_OCP:
        original = source.operands[0]
        return original if _survives_the_way_back(original, bindings) else None
    if source.name != "arith.constant":
        return None
    try:
        codes = codes_of(source.attributes["value"], bindings)
    except NoRule:
        return None
    type = op.results[0].type
    folded = attribute_of(_table(op, bindings)[codes], type, source.attributes["value"], bindings)
    with rewriter.ip, op.location:
        return ir.Operation.create("arith.constant", [type], attributes={"value": folded}).results[
            0
        ]


def _table(op: Any, bindings: Bindings) -> Any:
    format = format_of(element_of(bindings.ir, op.operands[0].type))
    if op.name == ops.TO_OCP:
        return fnuz_to_ocp_codes(OCP_OF[format])
    return ocp_to_fnuz_codes(format, inf_policy(op))


def _survives_the_way_back(value: Any, bindings: Bindings) -> bool:
    """Whether to_ocp(from_ocp(value)) has the bits of `value`."""
    if isinstance(value, bindings.ir.BlockArgument):
        return False
    source = value.owner.operation
    if source.name == ops.TO_OCP:
        return True
    if source.name != "arith.constant":
        return False
    ocp = format_of(element_of(bindings.ir, value.type))
    try:
        codes = codes_of(source.attributes["value"], bindings)
    except NoRule:
        return False
    return bool((fnuz_to_ocp_codes(ocp)[ocp_to_fnuz_codes(ocp)[codes]] == codes).all())


def lower(module: Any) -> None:
    """Lower every cast of a module to integer arithmetic."""
    bindings = of(module)
    builder = Builder(bindings)

    def lower_one(op: Any, rewriter: Any) -> bool:
        builder.rewriter = rewriter
        _lower(builder.before(op), op)
        return False

    found: list[Any] = []

    def collect(op: Any) -> Any:
        if op.name in (ops.FROM_OCP, ops.TO_OCP):
            found.append(op)
        return bindings.ir.WalkResult.ADVANCE

    with module.context, module.location:
        patterns = bindings.rewrite.RewritePatternSet()
        for name in (ops.FROM_OCP, ops.TO_OCP):
            patterns.add(name, lower_one)
        bindings.rewrite.walk_and_apply_patterns(module, patterns.freeze())
        # The walk driver leaves out unreachable blocks.
        builder.rewriter = None
        module.walk(collect)
        for op in found:
            _lower(builder.before(op), op)


def _lower(b: Builder, op: Any) -> None:
    mapped = _each(b, op.operands[0], op.results[0].type, lambda b, v, t: _map_codes(b, op, v, t))
    b.replace(op, mapped)


def _map_codes(b: Builder, op: Any, value: Any, type: Any) -> Any:
    format = format_of(element_of(b.ir, value.type))
    i8 = with_element(b.ir, type, b.ir.IntegerType.get_signless(8))
    codes = b.value("arith.bitcast", i8, value)
    if format in OCP_OF:
        codes = softfloat.to_ocp_codes(b, codes, OCP_OF[format])
    else:
        codes = softfloat.from_ocp_codes(b, codes, format, inf_policy(op))
    return b.value("arith.bitcast", type, codes)
