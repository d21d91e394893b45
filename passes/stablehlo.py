"""The rewrites of lower-stablehlo."""

from collections.abc import Callable, Sequence
from typing import Any

from fnuz.bindings import of
from fnuz.dialect.formats import FORMATS
from fnuz.passes import structured
from fnuz.passes.builder import Builder
from fnuz.passes.types import element_of, with_element


def lower(module: Any) -> None:
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
            _REWRITES[op.name](builder, op)


def _is_fp8(b: Builder, value: Any) -> bool:
    return str(element_of(b.ir, value.type)) in FORMATS


# -- contractions


def _contraction(b: Builder, op: Any) -> None:
    """Sum up in f32 and round once, as XLA does."""
    sums_in_f32 = _sums_in_f32_only(b, op)
    if not sums_in_f32 and not any(_is_fp8(b, v) for v in op.operands):
        return
    result = op.results[0]
    element = element_of(b.ir, result.type)
    if isinstance(element, b.ir.FloatType) and element.width < 32:
        narrow = result.type
        result.set_type(with_element(b.ir, narrow, b.ir.F32Type.get()))
        b.replace_uses(result, b.after(op).value("stablehlo.convert", narrow, result))
    if op.name == "stablehlo.convolution":
        _depthwise(b, op)


def _sums_in_f32_only(b: Builder, op: Any) -> bool:
    """Whether the algorithm of a dot_general says just that: it is then taken away.

    Upstream lowers none. One that computes with other types than its operands stays and is refused.
    """
    attribute = op.attributes.get("algorithm")
    if attribute is None:
        return False
    algorithm = b.bindings.module("_mlir_libs._stablehlo").DotAlgorithm(attribute)
    f32 = b.ir.F32Type.get()
    operands = tuple(element_of(b.ir, v.type) for v in op.operands)
    computes_as_given = (algorithm.lhs_precision_type, algorithm.rhs_precision_type) == operands
    if not computes_as_given or algorithm.accumulation_type != f32:
        return False
    if algorithm.num_primitive_operations != 1:
        return False
    del op.attributes["algorithm"]
    return True


_DEPTHWISE = {
    1: ("depthwise_conv_1d_nwc_wc", "depthwise_conv_1d_nwc_wcm"),
    2: ("depthwise_conv_2d_nhwc_hwc", "depthwise_conv_2d_nhwc_hwcm"),
    3: ("depthwise_conv_3d_ndhwc_dhwc", "depthwise_conv_3d_ndhwc_dhwcm"),
}
"""By the number of spatial dimensions, with one filter for each channel and with more."""


def _depthwise(b: Builder, op: Any) -> None:
    """Lower a depthwise convolution of fp8.

    Upstream makes invalid IR of it: it gives the filter the type of the result.
    """
    ir = b.ir
    x, filter = op.operands
    type = op.results[0].type
    spatial = type.rank - 2
    groups = ir.IntegerAttr(op.attributes["feature_group_count"]).value
    if groups == 1 or spatial not in _DEPTHWISE or not _is_depthwise(b, op, groups):
        return
    b.before(op)
    x = _padded(b, op, x, spatial)
    reversal = op.attributes.get("window_reversal")
    if reversal is not None:
        reversed = [i for i, set in enumerate(ir.DenseBoolArrayAttr(reversal)) if set]
        dimensions = {"dimensions": ir.DenseI64ArrayAttr.get(reversed)}
        filter = b.value("stablehlo.reverse", filter.type, filter, attributes=dimensions)
    multiplier = type.shape[-1] // groups
    channels = [groups] if multiplier == 1 else [groups, multiplier]
    filter = _reshape(b, filter, [*filter.type.shape[:spatial], *channels])
    wide = ir.RankedTensorType.get([*type.shape[:-1], *channels], type.element_type)
    attributes = {
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([2, 1]),
        "strides": structured.dense(_numbers(b, op, "window_strides", spatial), ir),
        "dilations": structured.dense(_numbers(b, op, "rhs_dilation", spatial), ir),
    }
    name = f"linalg.{_DEPTHWISE[spatial][multiplier != 1]}"
    result = structured.named(b, name, [x, filter, structured.zeros(b, wide, [])], attributes)
    b.replace(op, _reshape(b, result, type.shape))


def _is_depthwise(b: Builder, op: Any, groups: int) -> bool:
    """Whether it has a group for each channel, batches first and features last."""
    x, filter = op.operands
    type = op.results[0].type
    dims = ", ".join(str(i) for i in range(type.rank - 2))
    canonical = f"#stablehlo.conv<[b, {dims}, f]x[{dims}, i, o]->[b, {dims}, f]>"
    return (
        str(op.attributes["dimension_numbers"]) == canonical
        and b.ir.IntegerAttr(op.attributes["batch_group_count"]).value == 1
        and all(t.has_static_shape for t in (x.type, filter.type, type))
        and x.type.shape[-1] == groups
    )


def _padded(b: Builder, op: Any, x: Any, spatial: int) -> Any:
    """What is convolved, with its padding and dilation."""
    ir, shape = b.ir, list(x.type.shape)
    low, high, interior = ([0] * len(shape) for _ in range(3))
    padding = op.attributes.get("padding")
    dilation = _numbers(b, op, "lhs_dilation", spatial)
    for i in range(spatial):
        if padding is not None:
            at_dim = list(ir.DenseIntElementsAttr(padding))[2 * i : 2 * i + 2]
            low[i + 1], high[i + 1] = at_dim
        interior[i + 1] = dilation[i] - 1
        dilated = max(0, (shape[i + 1] - 1) * dilation[i] + 1)
        shape[i + 1] = low[i + 1] + dilated + high[i + 1]
    if not any((*low, *high, *interior)):
        return x
    element = x.type.element_type
    zero = b.constant(ir.RankedTensorType.get([], element), 0.0)
    attributes = {
        name: ir.DenseI64ArrayAttr.get(values)
        for name, values in (
            ("edge_padding_low", low),
            ("edge_padding_high", high),
            ("interior_padding", interior),
        )
    }
    type = ir.RankedTensorType.get(shape, element)
    return b.value("stablehlo.pad", type, x, zero, attributes=attributes)


def _numbers(b: Builder, op: Any, name: str, count: int) -> list[int]:
    """A list of numbers that is all ones where the op leaves it out."""
    attribute = op.attributes.get(name)
    return [1] * count if attribute is None else list(b.ir.DenseI64ArrayAttr(attribute))


def _reshape(b: Builder, value: Any, shape: Sequence[int]) -> Any:
    type = b.ir.RankedTensorType.get(shape, value.type.element_type)
    return value if type == value.type else b.value("stablehlo.reshape", type, value)


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
    if op.attributes["call_target_name"].value != "shape_assertion":
        return
    b.before(op)
    condition = b.value("tensor.extract", b.ir.IntegerType.get_signless(1), op.operands[0])
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
    "stablehlo.convolution": _contraction,
    "stablehlo.custom_call": _custom_call,
    "stablehlo.dot": _contraction,
    "stablehlo.dot_general": _contraction,
    "stablehlo.dynamic_broadcast_in_dim": _broadcast,
    "stablehlo.dynamic_conv": _contraction,
    "stablehlo.dynamic_reshape": _reshape_dynamic,
    "stablehlo.get_dimension_size": _dimension_size,
    "stablehlo.if": _if,
    "stablehlo.while": _while,
}
