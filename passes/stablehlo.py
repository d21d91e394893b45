"""The rewrites of lower-stablehlo."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fnuz.bindings import of
from fnuz.bindings.constants import dense_bytes
from fnuz.dialect.formats import E5M2
from fnuz.passes import stablehlo_convolution
from fnuz.passes.builder import Builder
from fnuz.passes.registry import Diagnostics, NoRule
from fnuz.passes.types import element_of, format_of, with_element


def lower(module: Any, diagnostics: Diagnostics) -> None:
    """Run lower-stablehlo on a module."""
    bindings = of(module)
    found: list[Any] = []

    def visit(op: Any) -> Any:
        if op.name in _REWRITES:
            found.append(op)
        return bindings.ir.WalkResult.ADVANCE

    with module.context, module.location:
        # In post-order, so that no op is gone before its turn.
        module.operation.walk(visit, bindings.ir.WalkOrder.POST_ORDER)
        builder = Builder(bindings)
        for op in found:
            try:
                _REWRITES[op.name](builder, op)
            except NoRule as e:
                diagnostics.error(op.location, f"'{op.name}' op cannot be lowered: {e}")


# -- contractions


def _contraction(b: Builder, op: Any) -> None:
    """Sum up in f32 and round once, as XLA does."""
    _drop_algorithm(b, op)
    result = op.results[0]
    element = element_of(b.ir, result.type)
    floats = [isinstance(element_of(b.ir, v.type), b.ir.FloatType) for v in op.operands[:2]]
    if not isinstance(element, b.ir.FloatType):
        if any(floats):
            raise NoRule(f"it makes {element} of floats; give it a float result and convert that")
    elif element.width < 32:
        _widen(b, op, result)


def _convolution(b: Builder, op: Any) -> None:
    _contraction(b, op)
    stablehlo_convolution.lower(b, op)


def _widen(b: Builder, op: Any, result: Any) -> None:
    """Have `op` give a result in f32, and convert that to what it gave."""
    narrow = result.type
    result.set_type(with_element(b.ir, narrow, b.ir.F32Type.get()))
    b.replace_uses(result, b.after(op).value("stablehlo.convert", narrow, result))


def _drop_algorithm(b: Builder, op: Any) -> None:
    """Take away an algorithm of a dot_general that says just that.

    Upstream lowers none. One that computes with other types than its operands stays and is refused.
    """
    attribute = op.attributes.get("algorithm")
    if attribute is None:
        return
    algorithm = b.bindings.module("_mlir_libs._stablehlo").DotAlgorithm(attribute)
    f32 = b.ir.F32Type.get()
    operands = tuple(element_of(b.ir, v.type) for v in op.operands)
    computes_as_given = (algorithm.lhs_precision_type, algorithm.rhs_precision_type) == operands
    sums_in_f32 = algorithm.accumulation_type == f32 and algorithm.num_primitive_operations == 1
    if computes_as_given and sums_in_f32:
        del op.attributes["algorithm"]


# -- through a wider type


def _convert(b: Builder, op: Any, element: Any, at: int = 0) -> Any:
    """Operand `at` in another element type, before `op`; a constant as a constant, with its Inf."""
    value = op.operands[at]
    type = with_element(b.ir, value.type, element)
    b.before(op)
    format, codes = format_of(b.ir, value), _codes(b, value)
    if format is None or len(codes) != 1:
        return b.value("stablehlo.convert", type, value)
    return b.constant(type, float(format.values[codes[0]]))


def _codes(b: Builder, value: Any) -> NDArray[np.uint8]:
    """Those of an fp8 constant, one if all are the same; none where it is no constant."""
    none = np.empty(0, np.uint8)
    if isinstance(value, b.ir.BlockArgument) or format_of(b.ir, value) is None:
        return none
    maker = value.owner
    if maker.name == "stablehlo.broadcast_in_dim":  # JAX writes it where it changes nothing too
        return _codes(b, maker.operands[0])
    if maker.name != "stablehlo.constant":
        return none
    attribute = maker.attributes["value"]
    if not isinstance(attribute, b.ir.DenseElementsAttr):
        return none
    return dense_bytes(attribute, b.bindings)


def _in_f32(b: Builder, op: Any) -> None:
    """Upstream looks at bits, as if every format had an Inf and IEEE's exponents."""
    if format_of(b.ir, op.operands[0]) is None:
        return
    op.operands[0] = _convert(b, op, b.ir.F32Type.get())
    if format_of(b.ir, op.results[0]) is not None:
        _widen(b, op, op.results[0])


def _to_integer(b: Builder, op: Any) -> None:
    """Make the nearest integer there is of what is out of range, and 0 of NaN, as XLA does.

    Upstream makes arith.fptosi, whose result is poison then.
    """
    ir = b.ir
    integer = element_of(ir, op.results[0].type)
    if format_of(ir, op.operands[0]) is None or not isinstance(integer, ir.IntegerType):
        return
    if integer.width == 1:
        return  # whether it is not 0
    wide = ir.F32Type.get() if integer.width < 32 else ir.F64Type.get()
    x = _convert(b, op, wide)
    i1 = with_element(ir, x.type, ir.IntegerType.get_signless(1))
    direction = ir.Attribute.parse("#stablehlo<comparison_direction EQ>")
    number = b.value("stablehlo.compare", i1, x, x, attributes={"comparison_direction": direction})
    x = b.value("stablehlo.select", x.type, number, x, b.constant(x.type, 0.0, like=x))
    bits = integer.width if integer.is_unsigned else integer.width - 1
    low = 0.0 if integer.is_unsigned else -(2.0**bits)
    # The largest integer; of 64 bits f64 does not have that.
    high = 2.0**bits - 1 if bits < 54 else float(np.nextafter(2.0**bits, 0))
    scalar = ir.RankedTensorType.get([], wide)
    bounds = b.constant(scalar, low), b.constant(scalar, high)
    op.operands[0] = b.value("stablehlo.clamp", x.type, bounds[0], x, bounds[1])


_ORDERING = frozenset(
    f"stablehlo.{name}"
    for name in ("and", "compare", "maximum", "minimum", "or", "return", "select")
)


def _reduction(b: Builder, op: Any) -> None:
    """Look for a maximum or minimum of E5M2 in f32: it starts from an Inf, which FNUZ has not."""
    ir = b.ir
    block = op.regions[0].blocks[0]
    body = [o.operation for o in block.operations]
    values = [*block.arguments, *(r for o in body for r in o.results)]
    captures = any(v not in values for o in body for v in o.operands)
    if captures or any(o.name not in _ORDERING for o in body):
        return
    f32 = ir.F32Type.get()
    for value in values:
        if format_of(ir, value) is E5M2:
            value.set_type(with_element(ir, value.type, f32))
    for i, operand in enumerate(op.operands):
        if format_of(ir, operand) is E5M2:
            op.operands[i] = _convert(b, op, f32, i)
    for result in op.results:
        if format_of(ir, result) is E5M2:
            _widen(b, op, result)


# -- shapes


def _dimension_size(b: Builder, op: Any) -> None:
    """stablehlo.get_dimension_size, a 0-d tensor of i32."""
    b.before(op)
    index, type = b.ir.IndexType.get(), op.results[0].type
    dimension = b.ir.IntegerAttr(op.attributes["dimension"]).value
    size = b.value("tensor.dim", index, op.operands[0], b.constant(index, dimension))
    size = b.value("arith.index_cast", type.element_type, size)
    b.replace(op, b.value("tensor.from_elements", type, size))


def _custom_call(b: Builder, op: Any) -> None:
    """What JAX exports with a dynamic shape checks it; any other call is left, and refused."""
    i1 = b.ir.IntegerType.get_signless(1)
    takes = [v.type for v in op.operands[:1]]
    is_assertion = str(op.attributes["call_target_name"]) == '"shape_assertion"'
    if not is_assertion or takes != [b.ir.RankedTensorType.get([], i1)] or len(op.results):
        return
    b.before(op)
    condition = b.value("tensor.extract", i1, op.operands[0])
    message = op.attributes.get("error_message") or b.ir.StringAttr.get("a shape is not as assumed")
    b.create("cf.assert", [], [condition], {"msg": message})
    op.erase()


def _broadcast(b: Builder, op: Any) -> None:
    """Say of a broadcast that JAX exported that it expands no dynamic size.

    Whether a dynamic size is 1 and has to be expanded is known at run time only, and upstream
    lowers no such broadcast. JAX has decided it when it traced the model.
    """
    module = op.parent
    while module.parent is not None:
        module = module.parent
    is_jax = module.attributes.get("jax.uses_shape_polymorphism")
    if is_jax is None or not is_jax.value or "known_nonexpanding_dimensions" in op.attributes:
        return
    type = op.operands[0].type
    kept = [i for i in range(type.rank) if type.is_dynamic_dim(i)]
    op.attributes["known_nonexpanding_dimensions"] = b.ir.DenseI64ArrayAttr.get(kept)


def _reshape_dynamic(b: Builder, op: Any) -> None:
    value, shape = op.operands
    index = with_element(b.ir, shape.type, b.ir.IndexType.get())
    if shape.type != index:
        shape = b.before(op).value("arith.index_cast", index, shape)
    b.replace(op, b.before(op).value("tensor.reshape", op.results[0].type, value, shape))


# -- control flow


def _barrier(b: Builder, op: Any) -> None:
    """It says how to schedule, which is not decided here."""
    for result, operand in zip(op.results, op.operands, strict=True):
        result.replace_all_uses_with(operand)
    op.erase()


def _move(b: Builder, source: Any, target: Any, end: str, extract: bool = False) -> None:
    """Move the one block of a region to an empty one, with another terminator.

    With `extract` that takes the scalar of the one value returned, before the block's arguments.
    """
    block = source.blocks[0]
    operations = block.operations
    terminator = operations[len(operations) - 1].operation
    values = list(terminator.operands)
    b.before(terminator)
    if extract:
        i1 = b.ir.IntegerType.get_signless(1)
        values = [b.value("tensor.extract", i1, *values), *block.arguments]
    b.create(end, [], values)
    terminator.erase()
    block.append_to(target)


def _replace_all(op: Any, new: Any) -> None:
    for old, value in zip(op.results, new.results, strict=True):
        old.replace_all_uses_with(value)
    op.erase()


def _while(b: Builder, op: Any) -> None:
    types = [r.type for r in op.results]
    loop = b.before(op).create("scf.while", types, list(op.operands), regions=2)
    _move(b, op.regions[0], loop.regions[0], "scf.condition", extract=True)
    _move(b, op.regions[1], loop.regions[1], "scf.yield")
    _replace_all(op, loop)


def _if(b: Builder, op: Any) -> None:
    i1 = b.ir.IntegerType.get_signless(1)
    condition = b.before(op).value("tensor.extract", i1, op.operands[0])
    new = b.create("scf.if", [r.type for r in op.results], [condition], regions=2)
    for source, target in zip(op.regions, new.regions, strict=True):
        _move(b, source, target, "scf.yield")
    _replace_all(op, new)


def _case(b: Builder, op: Any) -> None:
    """The last branch is for every index that has no other."""
    ir = b.ir
    i32, index = ir.IntegerType.get_signless(32), ir.IndexType.get()
    chosen = b.before(op).value("tensor.extract", i32, op.operands[0])
    chosen = b.value("arith.index_cast", index, chosen)
    *branches, last = op.regions
    cases = {"cases": ir.DenseI64ArrayAttr.get(list(range(len(branches))))}
    types = [r.type for r in op.results]
    new = b.create("scf.index_switch", types, [chosen], cases, regions=len(op.regions))
    for source, target in zip((last, *branches), new.regions, strict=True):
        _move(b, source, target, "scf.yield")
    _replace_all(op, new)


_Rewrite = Callable[[Builder, Any], None]

_REWRITES: dict[str, _Rewrite] = {
    "stablehlo.case": _case,
    "stablehlo.convert": _to_integer,
    "stablehlo.convolution": _convolution,
    "stablehlo.custom_call": _custom_call,
    "stablehlo.dot": _contraction,
    "stablehlo.dot_general": _contraction,
    "stablehlo.dynamic_broadcast_in_dim": _broadcast,
    "stablehlo.dynamic_conv": _contraction,
    "stablehlo.dynamic_reshape": _reshape_dynamic,
    "stablehlo.get_dimension_size": _dimension_size,
    "stablehlo.if": _if,
    "stablehlo.is_finite": _in_f32,
    "stablehlo.optimization_barrier": _barrier,
    "stablehlo.reduce": _reduction,
    "stablehlo.reduce_precision": _in_f32,
    "stablehlo.reduce_window": _reduction,
    "stablehlo.while": _while,
}
