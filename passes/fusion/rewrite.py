"""Writes a planned fusion: a contraction of fp8, and what scales its sums."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from fnuz.passes import codec, structured
from fnuz.passes.builder import Builder
from fnuz.passes.fusion.contraction import Contraction
from fnuz.passes.fusion.plan import Layout, Plan, constant
from fnuz.passes.fusion.trace import Scale


def fuse(b: Builder, plan: Plan, codes: Mapping[int, Any]) -> None:
    """Replace the uses of the planned contraction. `codes` are the fp8 tensors of its operands.

    The op itself and what it was computed from stay, for the caller to remove.
    """
    c = plan.contraction
    *_, init = c.op.operands
    b.before(c.op)
    inputs = [codes.get(n, c.op.operands[n]) for n in c.operands]
    scalar = _scalar(b, plan.factors)
    tensors = [(_laid_out(b, layout), layout) for layout in plan.layouts]
    if scalar is None and not tensors:
        result = _contraction(b, c, inputs, init)
    elif plan.blocks:
        partial = _partial_sums(b, plan, inputs, init)
        result = _scaled(b, plan, partial, init, scalar, tensors)
    else:
        start = (
            init if plan.starts_at_zero else structured.zeros(b, init.type, b.dynamic_sizes(init))
        )
        sums = _contraction(b, c, inputs, start)
        result = _scaled(b, plan, sums, init, scalar, tensors)
    c.op.results[0].replace_all_uses_with(result)


def _contraction(b: Builder, c: Contraction, inputs: Sequence[Any], init: Any) -> Any:
    """The contraction as it was, on other operands."""
    if c.op.name != "linalg.generic":
        attributes = {n: c.op.attributes[n] for n in c.op.attributes if n != _MEMOIZED}
        return structured.named(b, c.op.name, [*inputs, init], attributes)
    maps = [*(c.maps[n] for n in c.operands), c.maps[-1]]
    return structured.generic(b, inputs, init, maps, _kinds(maps[-1]), _sum_of_products)


_MEMOIZED = "linalg.memoized_indexing_maps"
"""An attribute in which MLIR keeps what it has computed of an op."""


def _sum_of_products(b: Builder, args: list[Any]) -> Any:
    left, right, sum = args
    product = b.value("arith.mulf", sum.type, codec.widen(b, left), codec.widen(b, right))
    return b.value("arith.addf", sum.type, sum, product)


def _kinds(out: Any) -> list[str]:
    parallel = {e.position for e in out.results}
    return ["parallel" if d in parallel else "reduction" for d in range(out.n_dims)]


def _partial_sums(b: Builder, plan: Plan, inputs: Sequence[Any], init: Any) -> Any:
    """The contraction with a sum for each block: [blocks..., *shape of the result]."""
    ir, c = b.ir, plan.contraction
    *_, out = c.maps
    split = [dim for dim, size in plan.blocks.items() if size > 1]
    count = out.n_dims + len(split)

    def inner(dim: int) -> Any:
        return ir.AffineExpr.get_dim(len(split) + dim)

    def outer(dim: int) -> Any:
        return ir.AffineExpr.get_dim(split.index(dim)) if dim in split else inner(dim)

    shifted = ir.AffineMap.get(count, 0, [inner(d) for d in range(out.n_dims)])
    operands, maps = [], []
    for value, n in zip(inputs, c.operands, strict=True):
        sizes: list[list[int | None]] = []
        results = []
        for expression in c.maps[n].results:
            dim = expression.position if isinstance(expression, ir.AffineDimExpr) else -1
            extent = c.extents[dim] if dim in split else None
            if extent is None:
                sizes.append([None])
                results.append(expression.compose(shifted))
            else:
                sizes.append([extent // plan.blocks[dim], plan.blocks[dim]])
                results += [outer(dim), inner(dim)]
        operands.append(_expand(b, value, sizes))
        maps.append(ir.AffineMap.get(count, 0, results))
    blocks = [outer(dim) for dim in plan.blocks]
    maps.append(ir.AffineMap.get(count, 0, [*blocks, *(e.compose(shifted) for e in out.results)]))
    shape, dynamic = [], []
    for dim, size in plan.blocks.items():
        extent = c.extents[dim]
        shape.append(ir.ShapedType.get_dynamic_size() if extent is None else extent // size)
        if extent is None:
            dynamic.append(_size_of(b, dim, inputs, c))
    type = ir.RankedTensorType.get([*shape, *init.type.shape], init.type.element_type)
    zeros = structured.zeros(b, type, [*dynamic, *b.dynamic_sizes(init)])
    return structured.generic(b, operands, zeros, maps, _kinds(maps[-1]), _sum_of_products)


def _size_of(b: Builder, dim: int, inputs: Sequence[Any], c: Contraction) -> Any:
    """The size of an iteration dim, from an operand that has it."""
    value, position = next(
        (value, i)
        for value, n in zip(inputs, c.operands, strict=True)
        for i, expression in enumerate(c.maps[n].results)
        if expression == b.ir.AffineExpr.get_dim(dim)
    )
    index = b.ir.IndexType.get()
    return b.value("tensor.dim", index, value, b.constant(index, position))


def _scalar(b: Builder, scales: Sequence[Scale]) -> Any | None:
    """The product of the numbers and scalars; None when it is one."""
    number = constant(scales)
    f32 = b.ir.F32Type.get()
    product = None if number == 1 else b.constant(f32, float(number))  # type: ignore[arg-type]
    for scale in scales:
        if scale.number is None:
            value = codec.widen(b, scale.value)
            product = value if product is None else b.value("arith.mulf", f32, product, value)
    return product


def _laid_out(b: Builder, layout: Layout) -> Any:
    """The tensor of a scale, repeated where its layout says so."""
    value = layout.scale.value
    for cut in layout.scale.cuts:
        value = cut(b, value)
    value = _expand(b, value, layout.expanded)
    if layout.result is None:
        return value
    ir = b.ir
    digits = [d for group in layout.result for d in group]
    sources = [
        ir.AffineExpr.get_constant(0) if d is None else ir.AffineExpr.get_dim(digits.index(d))
        for d in layout.source
    ]
    map_ = ir.AffineMap.get(len(digits), 0, sources)
    dynamic = ir.ShapedType.get_dynamic_size()
    index = ir.IndexType.get()
    sizes = [
        b.value("tensor.dim", index, value, b.constant(index, layout.source.index(d)))
        for d in digits
        if d.size is None
    ]
    shape = [dynamic if d.size is None else d.size for d in digits]
    empty = b.value("tensor.empty", ir.RankedTensorType.get(shape, value.type.element_type), *sizes)
    identity = ir.AffineMap.get_identity(len(digits))
    kinds = ["parallel"] * len(digits)
    repeated = structured.generic(
        b, [value], empty, [map_, identity], kinds, lambda b, args: args[0]
    )
    if len(digits) == len(layout.result):
        return repeated
    collapsed = [
        dynamic if group[0].size is None else prod(d.size for d in group if d.size)
        for group in layout.result
    ]
    type = ir.RankedTensorType.get(collapsed, value.type.element_type)
    reassociation = {"reassociation": _reassociation(layout.result, ir)}
    return b.value("tensor.collapse_shape", type, repeated, attributes=reassociation)


def _scaled(
    b: Builder,
    plan: Plan,
    sums: Any,
    init: Any,
    scalar: Any | None,
    tensors: Sequence[tuple[Any, Layout]],
) -> Any:
    """init + sums * scales, added up over the blocks."""
    ir = b.ir
    rank, blocks = init.type.rank, len(plan.blocks)
    count = rank + blocks
    dims = [ir.AffineExpr.get_dim(d) for d in range(count)]
    maps = []
    for _, layout in tensors:
        if layout.result is None:
            results = [
                ir.AffineExpr.get_constant(0) if d is None else dims[d.dim] for d in layout.source
            ]
        else:
            results = [dims[group[0].dim] for group in layout.result]
        maps.append(ir.AffineMap.get(count, 0, results))
    out = ir.AffineMap.get(count, 0, dims[:rank])
    partial = ir.AffineMap.get(count, 0, [*dims[rank:], *dims[:rank]])
    kinds = ["parallel"] * rank + ["reduction"] * blocks

    def times_scales(b: Builder, sum: Any, scales: Sequence[Any]) -> Any:
        product = scalar
        for scale in scales:
            wide = codec.widen(b, scale)
            product = wide if product is None else b.value("arith.mulf", sum.type, product, wide)
        return b.value("arith.mulf", sum.type, sum, product)

    values = [value for value, _ in tensors]
    if plan.starts_at_zero and not blocks:
        return structured.generic(
            b,
            values,
            sums,
            [*maps, out],
            kinds,
            lambda b, args: times_scales(b, args[-1], args[:-1]),
        )
    return structured.generic(
        b,
        [sums, *values],
        init,
        [partial, *maps, out],
        kinds,
        lambda b, args: b.value(
            "arith.addf", args[-1].type, args[-1], times_scales(b, args[0], args[1:-1])
        ),
    )


def _expand(b: Builder, value: Any, sizes: Sequence[Sequence[int | None]]) -> Any:
    """Split dims of a tensor into the given sizes; a dim with one size stays as it is."""
    if all(len(group) == 1 for group in sizes):
        return value
    ir, element = b.ir, value.type.element_type
    before: list[int] = []
    after: list[int] = []
    for own, group in zip(value.type.shape, sizes, strict=True):
        split = [n for n in group if n is not None] if len(group) > 1 else [own]
        before.append(prod(split))
        after += split
    if before != list(value.type.shape):  # its type did not say what the others know
        value = b.value("tensor.cast", ir.RankedTensorType.get(before, element), value)
    return b.value(
        "tensor.expand_shape",
        ir.RankedTensorType.get(after, element),
        value,
        *b.dynamic_sizes(value),
        attributes={
            "reassociation": _reassociation(sizes, ir),
            "static_output_shape": ir.DenseI64ArrayAttr.get(after),
        },
    )


def _reassociation(groups: Sequence[Sequence[Any]], ir: Any) -> Any:
    """The attribute that says how many dims stand for each dim."""
    i64 = ir.IntegerType.get_signless(64)
    dims = (ir.IntegerAttr.get(i64, n) for n in range(sum(map(len, groups))))
    return ir.ArrayAttr.get([ir.ArrayAttr.get([next(dims) for _ in group]) for group in groups])
