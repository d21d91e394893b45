"""The rewrites of lower-tosa."""

from collections.abc import Callable
from typing import Any

from fnuz.bindings import of
from fnuz.bindings.constants import dense_bytes
from fnuz.dialect.formats import E5M2, FORMATS, MAGNITUDE
from fnuz.passes import structured
from fnuz.passes.builder import Builder
from fnuz.passes.registry import Diagnostics, NoRule
from fnuz.passes.types import element_of, format_of, with_element


def lower(module: Any, diagnostics: Diagnostics) -> None:
    """Run lower-tosa on a module."""
    bindings = of(module)
    found: list[Any] = []

    def visit(op: Any) -> Any:
        values = (*op.operands, *op.results)
        if op.name.startswith("tosa.") and any(_is_unranked(bindings.ir, v) for v in values):
            message = "has a tensor of unknown rank; give the arguments of the function shapes"
            diagnostics.error(op.location, f"'{op.name}' op {message}")
        elif op.name in _REWRITES and format_of(bindings.ir, op.operands[0]):
            found.append(op)
        return bindings.ir.WalkResult.ADVANCE

    with module.context, module.location:
        module.operation.walk(visit)
        builder = Builder(bindings)
        for op in found:
            try:
                _REWRITES[op.name](builder, op)
            except NoRule as e:
                on = op.operands[0].type
                diagnostics.error(op.location, f"'{op.name}' op on {on} cannot be lowered: {e}")


def _is_unranked(ir: Any, value: Any) -> bool:
    """Upstream's passes do not survive it."""
    return isinstance(value.type, ir.UnrankedTensorType)


def _cast(b: Builder, op: Any) -> None:
    """Upstream compares with the bounds of the integers in fp8, where they are NaN or Inf, and
    takes every cast between floats of one width for a truncation."""
    source, target = (element_of(b.ir, v.type) for v in (op.operands[0], op.results[0]))
    if source != target and (isinstance(target, b.ir.IntegerType) or str(target) in FORMATS):
        op.operands[0] = _in_f32(b.before(op), op.operands[0])


def _in_f32(b: Builder, value: Any) -> Any:
    return b.value("tosa.cast", with_element(b.ir, value.type, b.ir.F32Type.get()), value)


def _compute_in_f32(b: Builder, op: Any) -> None:
    op.operands[0] = _in_f32(b.before(op), op.operands[0])
    result = op.results[0]
    narrow = result.type
    result.set_type(with_element(b.ir, narrow, b.ir.F32Type.get()))
    b.replace_uses(result, b.after(op).value("tosa.cast", narrow, result))


def _extremum(b: Builder, op: Any) -> None:
    """Start below -Inf of E5M2, where upstream starts from the largest finite value; in FNUZ an
    Inf is no start. The largest of f32 becomes Inf again."""
    if format_of(b.ir, op.operands[0]) is E5M2:
        _compute_in_f32(b, op)


def _max_pool(b: Builder, op: Any) -> None:
    ir = b.ir
    if "IGNORE" in str(op.attributes.get("nan_mode")) or format_of(ir, op.operands[0]) is E5M2:
        # Only floats that upstream lowers have a maximum without NaN in a pooling.
        _compute_in_f32(b, op)
        return
    x, type = op.operands[0], op.results[0].type
    if any(t.is_dynamic_dim(i) for t in (x.type, type) for i in (1, 2)):
        raise NoRule("its height or width is dynamic; give it static sizes")
    kernel, stride, pad = (
        list(ir.DenseI64ArrayAttr(op.attributes[name])) for name in ("kernel", "stride", "pad")
    )
    b.before(op)
    # It loses against every value, so that what is padded is never chosen.
    lowest = b.constant(type.element_type, -FORMATS[str(type.element_type)].max)
    top, bottom, left, right = pad
    x = _pad(b, x, [0, top, left, 0], [0, bottom, right, 0], lowest)
    sizes = [
        b.value("tensor.dim", ir.IndexType.get(), x, b.constant(ir.IndexType.get(), i))
        for i in (0, 3)
        if type.is_dynamic_dim(i)
    ]
    fill = {"operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 1])}
    empty = b.value("tensor.empty", type, *sizes)
    init = structured.named(b, "linalg.fill", [lowest, empty], fill)
    window = b.value("tensor.empty", ir.RankedTensorType.get(kernel, type.element_type))
    attributes = {
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([2, 1]),
        "strides": structured.dense(stride, ir),
        "dilations": structured.dense([1, 1], ir),
    }
    b.replace(op, structured.named(b, "linalg.pooling_nhwc_max", [x, window, init], attributes))


def _pad(b: Builder, x: Any, low: list[int], high: list[int], value: Any) -> Any:
    if not any((*low, *high)):
        return x
    ir = b.ir
    shape = [
        size if x.type.is_dynamic_dim(i) else low[i] + size + high[i]
        for i, size in enumerate(x.type.shape)
    ]
    type = ir.RankedTensorType.get(shape, x.type.element_type)
    attributes = {
        "static_low": ir.DenseI64ArrayAttr.get(low),
        "static_high": ir.DenseI64ArrayAttr.get(high),
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 0, 0]),
    }
    pad = b.create("tensor.pad", [type], [x], attributes, regions=1)
    index = ir.IndexType.get()
    block = pad.regions[0].blocks.append(*[index] * len(low), arg_locs=[pad.location] * len(low))
    ir.Operation.create("tensor.yield", [], [value], loc=pad.location, ip=ir.InsertionPoint(block))
    return pad.results[0]


def _zero_points(*at: int) -> Callable[[Builder, Any], None]:
    """Check the operands that are zero points; upstream takes those of floats for zero."""

    def check(b: Builder, op: Any) -> None:
        for i in at:
            if format_of(b.ir, op.operands[i]) and not _is_zero(b, op.operands[i]):
                raise NoRule(
                    f"operand {i}, a zero point, is not the constant 0, as TOSA wants it for "
                    "floats; subtract it before the op"
                )

    return check


def _is_zero(b: Builder, value: Any) -> bool:
    if isinstance(value, b.ir.BlockArgument) or value.owner.name != "tosa.const":
        return False
    attribute = value.owner.attributes["values"]
    if not isinstance(attribute, b.ir.DenseElementsAttr):
        return False
    return not (dense_bytes(attribute, b.bindings) & MAGNITUDE).any()


_REWRITES: dict[str, Callable[[Builder, Any], None]] = {
    "tosa.avg_pool2d": _zero_points(1, 2),
    "tosa.cast": _cast,
    "tosa.conv2d": _zero_points(3, 4),
    "tosa.conv3d": _zero_points(3, 4),
    "tosa.depthwise_conv2d": _zero_points(3, 4),
    "tosa.matmul": _zero_points(2, 3),
    "tosa.max_pool2d": _max_pool,
    "tosa.negate": _zero_points(1, 2),
    "tosa.reduce_max": _extremum,
    "tosa.reduce_min": _extremum,
    "tosa.transpose_conv2d": _zero_points(3, 4),
}
