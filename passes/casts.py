"""The casts of the fnuz dialect: making them, folding them, lowering them. And those of f32."""

from collections.abc import Callable
from typing import Any

from fnuz.bindings import Bindings, of
from fnuz.bindings.handles import address
from fnuz.dialect import ops
from fnuz.dialect.formats import (
    E5M2,
    FNUZ_OF,
    OCP_OF,
    Fp8Format,
    fnuz_to_ocp_codes,
    ocp_to_fnuz_codes,
)
from fnuz.passes import codec, softfloat, structured
from fnuz.passes.builder import Builder
from fnuz.passes.codec import format_of, on_codes
from fnuz.passes.constants import attribute_of, codes_of
from fnuz.passes.direction import TO_FNUZ
from fnuz.passes.registry import NoRule
from fnuz.passes.types import element_of, with_element


def enter(b: Any, type: Any, value: Any, cx: Any) -> Any:
    """The cast of a value that is not converted to `type`, which is, by the policies of `cx`."""
    ops.load(b.ir.Context.current)
    attributes = {}
    if cx.direction is not TO_FNUZ:
        attributes["overflow"] = b.ir.StringAttr.get(cx.options.overflow)
        return b.value(ops.TO_OCP, type, value, attributes=attributes)
    if cx.options.inf != "nan" and str(element_of(b.ir, value.type)) == E5M2.mlir_name:
        attributes["inf"] = b.ir.StringAttr.get(cx.options.inf)
    return b.value(ops.FROM_OCP, type, value, attributes=attributes)


def inf_policy(cast: Any) -> Any:
    """What becomes of an Inf in a fnuz.from_ocp: "nan" or "saturate"."""
    return cast.attributes["inf"].value if "inf" in cast.attributes else "nan"


def leave(b: Any, type: Any, value: Any, cx: Any) -> Any:
    """The cast of a converted value back to `type`: it holds nothing that needs a policy."""
    ops.load(b.ir.Context.current)
    name = ops.TO_OCP if cx.direction is TO_FNUZ else ops.FROM_OCP
    return b.value(name, type, value)


def as_fnuz_holds_it(b: Builder, op: Any, value: Any) -> Any:
    """The OCP `value` after the fnuz.from_ocp `op` and back: no -0, no Inf, one NaN."""
    ocp = format_of(element_of(b.ir, value.type))

    def change(b: Builder, value: Any, type: Any) -> Any:
        return on_codes(
            b, value, lambda i8: softfloat.as_fnuz_holds_them(b, i8, ocp, inf_policy(op))
        )

    return _each(b, value, value.type, change)


def from_f32(b: Builder, type: Any, value: Any, cx: Any, safe: bool = False) -> Any:
    """The value of the converted `type` for an f32 `value`, rounded as to the type it stands for.

    `safe` says that no guard is needed, as for `codec.encode`.
    """
    source = (FNUZ_OF | OCP_OF)[format_of(element_of(b.ir, type))]

    def encode(b: Builder, value: Any, type: Any) -> Any:
        return codec.encode(b, codec.scale(b, value, 1 / cx.unit), type, source, cx, safe)

    return _each(b, value, type, encode)


def to_f32(b: Builder, type: Any, value: Any, cx: Any) -> Any:
    """The f32 value, of `type`, that a converted `value` stands for: exact."""
    return _each(b, value, type, lambda b, v, t: codec.decode(b, v, element_of(b.ir, t), cx))


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
        # Where the cast has a policy, what it casts may be changed by it.
        return None if "overflow" in source.attributes else source.operands[0]
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
        return fnuz_to_ocp_codes(OCP_OF[format], overflow_policy(op))
    return ocp_to_fnuz_codes(format, inf_policy(op))


def overflow_policy(cast: Any) -> Any:
    """What a fnuz.to_ocp makes of a value without an OCP double: "nan" or "saturate"."""
    return cast.attributes["overflow"].value if "overflow" in cast.attributes else "nan"


def map_codes(b: Builder, op: Any, codes: Any, source: Fp8Format) -> Any:
    """The i8 codes that the cast `op` gives for i8 `codes` of the format `source`."""
    if op.name == ops.TO_OCP:
        return softfloat.to_ocp_codes(b, codes, OCP_OF[source], overflow_policy(op))
    return softfloat.from_ocp_codes(b, codes, source, inf_policy(op))


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
        lower_cast(builder.before(op), op)
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
            lower_cast(builder.before(op), op)


def lower_cast(b: Builder, op: Any) -> Any:
    """Replace a cast by integer arithmetic on the codes, and return its value.

    `b` stands before it. That of a tensor is a linalg.generic.
    """
    result = _each(b, op.operands[0], op.results[0].type, lambda b, v, t: _on_elements(b, op, v, t))
    b.replace(op, result)
    return result


def fuse_into(b: Builder, generic: Any) -> None:
    """Do the fnuz.from_ocp of the inputs of a linalg.generic in its body, lowered.

    A cast that nothing else uses is erased.
    """
    ir, block = b.ir, generic.regions[0].blocks[0]
    inputs, _ = structured.inputs_and_inits(generic, ir)
    for n, value in enumerate(inputs):
        if isinstance(value, ir.BlockArgument) or value.owner.operation.name != ops.FROM_OCP:
            continue
        cast, argument = value.owner.operation, block.arguments[n]
        generic.operands[n], type = cast.operands[0], argument.type
        argument.set_type(element_of(ir, cast.operands[0].type))
        b.before(block.operations[0].operation)
        codes = _on_elements(b, cast, argument, type)
        first = block.operations[0].operation
        argument.replace_all_uses_except(codes, [first])
        if not list(value.uses):
            cast.erase()


def _on_elements(b: Builder, op: Any, value: Any, type: Any) -> Any:
    """The scalar or vector of `type` that the cast `op` makes of an element of its operand."""
    i8 = with_element(b.ir, type, b.ir.IntegerType.get_signless(8))
    codes = b.value("arith.bitcast", i8, value)
    source = format_of(element_of(b.ir, value.type))
    return b.value("arith.bitcast", type, map_codes(b, op, codes, source))
