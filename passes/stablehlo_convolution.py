"""lower-stablehlo on convolutions, where upstream makes what is invalid or not the same."""

from collections.abc import Sequence
from typing import Any

from fnuz.passes import structured
from fnuz.passes.builder import Builder
from fnuz.passes.registry import NoRule


def lower(b: Builder, op: Any) -> None:
    """Lower a stablehlo.convolution as far as upstream must not. Raises NoRule."""
    spatial = op.results[0].type.rank - 2
    if any(d != 1 for d in _numbers(b, op, "rhs_dilation", spatial)):
        if spatial > 3:
            raise NoRule("it dilates a filter of more than three dimensions; dilate it before")
        op = _plain(b, op)
    if op is not None:
        _depthwise(b, op)


def _plain(b: Builder, op: Any) -> Any:
    """Bring a convolution to batches first, features last and, unless depthwise, no groups.

    In any other form upstream fills a dilated filter with zeros, and 0 * NaN is NaN. Returns the
    convolution there is then, or None where there are several.
    """
    ir = b.ir
    module = b.bindings.module("_mlir_libs._stablehlo")
    numbers = module.ConvDimensionNumbers(op.attributes["dimension_numbers"])
    x, filter = op.operands
    type = op.results[0].type
    count = _count(b, op, "batch")
    if count == 1 and _count(b, op, "feature") != x.type.shape[numbers.input_feature_dimension]:
        count = _count(b, op, "feature")
    if count > 1 and not all(t.has_static_shape for t in (x.type, filter.type, type)):
        return op  # Upstream refuses it.
    b.before(op)
    order = [numbers.input_batch_dimension, *numbers.input_spatial_dimensions]
    x = _transposed(b, x, [*order, numbers.input_feature_dimension])
    order = [*numbers.kernel_spatial_dimensions, numbers.kernel_input_feature_dimension]
    filter = _transposed(b, filter, [*order, numbers.kernel_output_feature_dimension])
    order = [numbers.output_batch_dimension, *numbers.output_spatial_dimensions]
    order.append(numbers.output_feature_dimension)
    shape = [type.shape[d] for d in order]
    attributes = {name: op.attributes[name] for name in op.attributes}
    attributes["dimension_numbers"] = ir.Attribute.parse(_canonical(type.rank - 2))
    if count > 1:
        i64 = ir.IntegerType.get_signless(64)
        one = ir.IntegerAttr.get(i64, 1)
        attributes |= {"feature_group_count": one, "batch_group_count": one}
    of_x = 0 if _count(b, op, "batch") > 1 else -1
    part = ir.RankedTensorType.get([*shape[:-1], shape[-1] // count], type.element_type)
    inputs = (_slices(b, x, of_x, count), _slices(b, filter, -1, count))
    parts = [
        b.value("stablehlo.convolution", part, *operands, attributes=attributes)
        for operands in zip(*inputs, strict=True)
    ]
    result = parts[0]
    if count > 1:
        whole = ir.RankedTensorType.get(shape, type.element_type)
        dimension = {"dimension": ir.IntegerAttr.get(i64, len(shape) - 1)}
        result = b.value("stablehlo.concatenate", whole, *parts, attributes=dimension)
    result = _transposed(b, result, [order.index(d) for d in range(len(order))])
    b.replace(op, result)
    return parts[0].owner.operation if count == 1 else None


def _count(b: Builder, op: Any, of: str) -> int:
    return int(b.ir.IntegerAttr(op.attributes[f"{of}_group_count"]).value)


def _canonical(spatial: int) -> str:
    dims = ", ".join(str(i) for i in range(spatial))
    return f"#stablehlo.conv<[b, {dims}, f]x[{dims}, i, o]->[b, {dims}, f]>"


def _transposed(b: Builder, value: Any, order: Sequence[int]) -> Any:
    if list(order) == sorted(order):
        return value
    type = b.ir.RankedTensorType.get([value.type.shape[d] for d in order], value.type.element_type)
    permutation = {"permutation": b.ir.DenseI64ArrayAttr.get(list(order))}
    return b.value("stablehlo.transpose", type, value, attributes=permutation)


def _slices(b: Builder, value: Any, dim: int, count: int) -> list[Any]:
    """The parts of equal size along a dimension."""
    if count == 1:
        return [value]
    shape = list(value.type.shape)
    shape[dim] //= count
    type = b.ir.RankedTensorType.get(shape, value.type.element_type)
    array = b.ir.DenseI64ArrayAttr.get
    slices = []
    for i in range(count):
        start = [0] * len(shape)
        start[dim] = i * shape[dim]
        limit = [at + size for at, size in zip(start, shape, strict=True)]
        attributes = {
            "start_indices": array(start),
            "limit_indices": array(limit),
            "strides": array([1] * len(shape)),
        }
        slices.append(b.value("stablehlo.slice", type, value, attributes=attributes))
    return slices


_DEPTHWISE = {
    1: ("depthwise_conv_1d_nwc_wc", "depthwise_conv_1d_nwc_wcm"),
    2: ("depthwise_conv_2d_nhwc_hwc", "depthwise_conv_2d_nhwc_hwcm"),
    3: ("depthwise_conv_3d_ndhwc_dhwc", "depthwise_conv_3d_ndhwc_dhwcm"),
}
"""By the number of spatial dimensions, with one filter for each channel and with more."""


def _depthwise(b: Builder, op: Any) -> None:
    """Lower a depthwise convolution of floats narrower than its result.

    Upstream makes invalid IR of it: it gives the filter the type of the result.
    """
    ir = b.ir
    x, filter = op.operands
    type = op.results[0].type
    spatial = type.rank - 2
    groups = _count(b, op, "feature")
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
    return (
        str(op.attributes["dimension_numbers"]) == _canonical(type.rank - 2)
        and _count(b, op, "batch") == 1
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
