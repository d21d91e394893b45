"""Contractions of dequantized values: found by `plan`, and made contractions of fp8 by `fuse`.

The scales go behind the sum. One that changes along the reduction dim, with every block of 128
say, needs the sum of each block by itself: then the blocks are a parallel dim of the contraction,
and a second op multiplies each partial sum by its scale and adds them up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from fnuz.passes import codec, structured
from fnuz.passes.builder import Builder
from fnuz.passes.dequantized import Blocked, Codes, Product, Scale, Trace
from fnuz.passes.digits import Digit, Untraceable, factors, of_expression, whole
from fnuz.passes.rules.linalg import CONTRACTIONS

SMALLEST_BLOCK = 16
"""Elements that one scale must cover along the reduction: the least that an fp8 MFMA sums up."""


@dataclass(frozen=True)
class Operand:
    """One of the two factors of a contraction."""

    number: int
    map: Any
    codes: Codes | None
    """How to make its fp8 tensor; None when it is no dequantized value and stays as it is."""


@dataclass(frozen=True)
class Layout:
    """How a scale tensor becomes an operand of the op that scales.

    `expanded` has the sizes into which its dims are split, `source` the digit that each of these
    reads (None: 0). If `result` is None they are dims of the op; else the scale is repeated to the
    digits in `result`, a tuple for each dim of the op that it then has.
    """

    scale: Scale
    expanded: tuple[tuple[int | None, ...], ...]
    source: tuple[Digit | None, ...]
    result: tuple[tuple[Digit, ...], ...] | None


@dataclass(frozen=True)
class Plan:
    """A contraction that can be fused."""

    op: Any
    operands: tuple[Operand, Operand]
    init: int
    out: Any
    extents: tuple[int | None, ...]
    """The size of each iteration dim of the contraction."""
    blocks: dict[int, int]
    """The reduction dims along which scales change, and how many elements have one scale."""
    factors: tuple[Scale, ...]
    """The scales of the whole result: numbers and scalars."""
    layouts: tuple[Layout, ...]
    """All other scales."""
    starts_at_zero: bool
    summary: str


def plan(op: Any, trace: Trace) -> Plan | Blocked | None:
    """How to fuse a linalg op; None when it is no contraction of a dequantized value."""
    contraction = _contraction_of(op, trace)
    if contraction is None or isinstance(contraction, Blocked):
        return contraction
    try:
        return _plan(contraction, trace)
    except Untraceable as reason:
        return Blocked(str(reason) or "its scale cannot be brought behind the sum")


# -- what the contraction is


@dataclass(frozen=True)
class _Contraction:
    """A sum of products of two operands, at least one of them dequantized, and of scales."""

    op: Any
    init: Any
    maps: Sequence[Any]
    extents: Sequence[int | None]
    reduction: Sequence[int]
    operands: tuple[int, int]
    products: dict[int, Product]
    """What each input is, those that stay as they are left out."""
    scalars: Sequence[Scale]


def _contraction_of(op: Any, trace: Trace) -> _Contraction | Blocked | None:
    ir = trace.ir
    if op.name != "linalg.generic" and op.name not in CONTRACTIONS:
        return None
    inputs, inits = structured.inputs_and_inits(op, ir)
    if len(op.results) != 1 or len(inits) != 1:
        return None
    shaped = [v.type for v in op.operands if isinstance(v.type, ir.RankedTensorType)]
    if any(0 in trace.extents(type) for type in shaped):
        return None
    terms = _terms(op, len(inputs), trace)
    if terms is None:
        return None
    products: dict[int, Product] = {}
    for n in terms.inputs:
        found = trace(inputs[n])
        if isinstance(found, Blocked):
            return found
        products[n] = found
    coded = [n for n, product in products.items() if product.codes]
    if not coded:
        return None
    if all(trace.is_fp8(inputs[n]) for n in coded) and len(inputs) == 2 and not terms.scalars:
        return None  # it is one of fp8 already
    element = str(inits[0].type.element_type)
    if element != "f32":
        return Blocked(f"it accumulates in {element}, and the fp8 matrix unit does so in f32")
    if terms.blocked:
        return terms.blocked
    maps = trace.maps(op)
    out = maps[-1]
    if not out.is_projected_permutation:
        return Blocked(f"its result has the map {out}")
    parallel = {e.position for e in out.results}
    reduction = [d for d in range(out.n_dims) if d not in parallel]
    if len(coded) > 2:
        return Blocked(f"it multiplies {len(coded)} fp8 values")
    operands = sorted(coded)
    if len(coded) == 1:
        # The other factor is the one that the whole reduction goes over; the rest are scales.
        others = [
            n
            for n in products
            if n not in coded and set(reduction) <= _dims_in(maps[n].results, ir)
        ]
        if len(others) != 1:
            return None
        operands = sorted([*coded, *others])
        del products[others[0]]
    if not reduction:
        return None
    return _Contraction(
        op,
        inits[0],
        maps,
        _extents(op, maps, trace),
        reduction,
        (operands[0], operands[1]),
        products,
        terms.scalars,
    )


@dataclass
class _Terms:
    """The factors of the product that a body sums up."""

    inputs: list[int]
    scalars: list[Scale]
    seen: set[Any]
    repeated: bool = False
    """Whether a value is in the product more than once."""
    blocked: Blocked | None = None


_MOST_OPS = 64
"""Ops in the body of a contraction that is looked at; one with two scales inside has 10."""


def _terms(op: Any, inputs: int, trace: Trace) -> _Terms | None:
    """The factors, if the body is `init + product`, each operand once in it."""
    ir = trace.ir
    block = op.regions[0].blocks[0]
    if len(block.operations) > _MOST_OPS:
        return None
    accumulator = block.arguments[inputs]
    sum = _defined_in(structured.yielded(op)[0], block, ir)
    if sum is None or sum.name != "arith.addf" or len(list(accumulator.uses)) != 1:
        return None
    rest = [v for v in sum.operands if v != accumulator]
    terms = _Terms([], [], set())
    if len(rest) != 1 or not _collect(rest[0], block, terms, trace):
        return None
    once = not terms.repeated and sorted(terms.inputs) == list(range(inputs))
    return terms if once or terms.blocked else None


def _defined_in(value: Any, block: Any, ir: Any) -> Any | None:
    if isinstance(value, ir.BlockArgument) or value.owner.operation.block != block:
        return None
    return value.owner.operation


def _collect(value: Any, block: Any, terms: _Terms, trace: Trace) -> bool:
    """Add the factors of `value`. False when it is more than a product."""
    op = _defined_in(value, block, trace.ir)
    if isinstance(value, trace.ir.BlockArgument) and value.owner == block:
        if value.arg_number not in terms.inputs:
            terms.inputs.append(value.arg_number)
        else:
            terms.repeated = True
        return True
    if op is None or op.name == "arith.constant":
        found = trace(value)
        assert isinstance(found, Product)
        terms.scalars += found.scales
        return True
    if value in terms.seen:
        terms.repeated = True
        return True
    terms.seen.add(value)
    same = trace.unchanged(op)
    if same is not None:
        return _collect(same, block, terms, trace)
    if op.name in ("arith.addf", "arith.subf"):
        # One term of it is the zero point, if the other is fp8.
        inner = _Terms([], [], terms.seen)
        known = all(_collect(v, block, inner, trace) for v in op.operands)
        if known and any(trace.is_fp8(block.arguments[n]) for n in inner.inputs):
            terms.blocked = Blocked("its zero point is not known to be 0")
            terms.inputs += [n for n in inner.inputs if n not in terms.inputs]
            return True
    if op.name != "arith.mulf":
        return False
    if str(op.results[0].type) != "f32" and terms.blocked is None:
        terms.blocked = Blocked(f"it multiplies in {op.results[0].type}")
    return all(_collect(v, block, terms, trace) for v in op.operands)


def _extents(op: Any, maps: Sequence[Any], trace: Trace) -> list[int | None]:
    """The size of each iteration dim, from the operands that have it as a dim."""
    extents: list[int | None] = [None] * maps[0].n_dims
    for value, map_ in zip(op.operands, maps, strict=True):
        for n, expression in enumerate(map_.results):
            if isinstance(expression, trace.ir.AffineDimExpr):
                size = trace.extents(value.type)[n]
                extents[expression.position] = size or extents[expression.position]
    return extents


def _dims_in(expressions: Sequence[Any], ir: Any) -> set[int]:
    """The dims that occur in affine expressions."""
    found: set[int] = set()
    todo = list(expressions)
    while todo:
        expression = todo.pop()
        if isinstance(expression, ir.AffineDimExpr):
            found.add(expression.position)
        elif hasattr(expression, "lhs"):
            todo += [expression.lhs, expression.rhs]
    return found


# -- where the scales go


_WINDOW = "its scale changes along a sliding window"


def _plan(c: _Contraction, trace: Trace) -> Plan:
    """Raises Untraceable with the reason, if it is known, why the scales cannot go behind."""
    scales = _scales(c, trace)
    every = [scale for _, scale in scales]
    blocks = _blocks(every, c.reduction, c.extents)
    left = prod(blocks.get(d, c.extents[d]) or SMALLEST_BLOCK for d in c.reduction)
    if blocks and left < SMALLEST_BLOCK:
        raise Untraceable(f"a scale covers only {left} elements of the reduction")
    split = {dim for dim, size in blocks.items() if size > 1}
    for n in c.operands:
        sums = [e for e in c.maps[n].results if not isinstance(e, trace.ir.AffineDimExpr)]
        if _dims_in(sums, trace.ir) & split:
            raise Untraceable(_WINDOW)
    if any("f64" in str(scale.value.type) for scale in every):
        raise Untraceable("its scale is f64, and the sum is f32")
    factors = [s for s in every if not _is_read(s, trace.ir)]
    if _constant(factors) is None:
        raise Untraceable("the product of its scales leaves the range of f32")
    out = c.maps[-1]
    dims = _result_dims(out, blocks, c.extents)
    layouts = [_layout(s, dims) for s in every if _is_read(s, trace.ir)]
    left_operand, right_operand = (
        Operand(n, c.maps[n], c.products[n].codes if n in c.products else None) for n in c.operands
    )
    operands = left_operand, right_operand
    return Plan(
        c.op,
        operands,
        len(c.op.operands) - 1,
        out,
        tuple(c.extents),
        blocks,
        tuple(factors),
        tuple(layouts),
        trace.is_zero(c.init),
        _summary(c, scales, blocks),
    )


def _is_read(scale: Scale, ir: Any) -> bool:
    """Whether a scale is a tensor that is read, and not a number or a scalar."""
    return scale.number is None and isinstance(scale.value.type, ir.RankedTensorType)


def _scales(c: _Contraction, trace: Trace) -> list[tuple[int, Scale]]:
    """Each scale over the iteration dims, with the operand that it is a scale of (-1: none)."""
    scales = [(-1, scale) for scale in c.scalars]
    for n, product in c.products.items():
        over = [of_expression(e, c.extents, trace.ir) for e in c.maps[n].results]
        try:
            scales += [(n if n in c.operands else -1, s.moved(over)) for s in product.scales]
        except Untraceable:
            raise Untraceable(_WINDOW) from None
    return scales


def _blocks(
    scales: Sequence[Scale], reduction: Sequence[int], extents: Sequence[int | None]
) -> dict[int, int]:
    """The reduction dims that scales read, and the least weight of a digit of each."""
    blocks: dict[int, int] = {}
    for scale in scales:
        for digit in (d for index in scale.index for d in index):
            if digit.dim in reduction:
                blocks[digit.dim] = min(digit.weight, blocks.get(digit.dim, digit.weight))
    for dim, size in blocks.items():
        extent = extents[dim]
        if size > 1 and (extent is None or extent % size):
            raise Untraceable(f"the reduction is not a known number of blocks of {size}")
    return blocks


def _result_dims(
    out: Any, blocks: dict[int, int], extents: Sequence[int | None]
) -> dict[int, tuple[int, int, int | None]]:
    """Iteration dim to: dim of the scaling op, elements of it that are one there, size there."""
    dims = {e.position: (i, 1, extents[e.position]) for i, e in enumerate(out.results)}
    for i, (dim, size) in enumerate(blocks.items()):
        extent = extents[dim]
        dims[dim] = len(out.results) + i, size, None if extent is None else extent // size
    return dims


def _layout(scale: Scale, dims: dict[int, tuple[int, int, int | None]]) -> Layout:
    """Raises Untraceable where the scale's tensor cannot be repeated to whole dims."""

    def there(digit: Digit) -> Digit:
        dim, unit, extent = dims[digit.dim]
        if digit.weight % unit:
            raise Untraceable("the blocks of its scales do not fit into each other")
        weight = digit.weight // unit
        # The scale may be of a dynamic size where the contraction knows it.
        known = extent is not None and extent % weight == 0 and digit.size is None
        return Digit(dim, weight, extent // weight if extent and known else digit.size)

    index = [tuple(there(d) for d in i) for i in scale.index]
    extents = {dim: extent for dim, _, extent in dims.values()}
    digits = [d for i in index for d in i]
    source = tuple(d for i in index for d in (i or (None,)))
    expanded = tuple(tuple(d.size for d in i) or (1,) for i in index)
    if any(len(sizes) > 1 and None in sizes for sizes in expanded):
        raise Untraceable
    if all(whole(d.dim, extents[d.dim]) == (d,) for d in digits) and all(len(i) < 2 for i in index):
        if len({d.dim for d in digits}) == len(digits):
            return Layout(scale, expanded, source, None)
        raise Untraceable
    result = tuple(
        factors([d for d in digits if d.dim == dim], extents[dim])
        for dim in sorted({d.dim for d in digits})
    )
    known = [n for group in result for n in group]
    if any(len(group) > 1 and None in [d.size for d in group] for group in result):
        raise Untraceable
    assert set(digits) <= set(known)
    return Layout(scale, expanded, source, result)


def _constant(numbers: Sequence[Scale]) -> np.float32 | None:
    """The product of the constant scales, in f32; None when it overflows or is subnormal."""
    with np.errstate(all="ignore"):
        each = [np.float32(s.number) for s in numbers if s.number is not None]
        product = np.float32(1)
        for number in each:
            product = product * number
    normal = np.isfinite(product) and abs(product) >= np.finfo(np.float32).tiny
    return product if normal or not all(np.isfinite(each)) or 0 in each else None


def _summary(c: _Contraction, scales: Sequence[tuple[int, Scale]], blocks: dict[int, int]) -> str:
    """What is said of a contraction that was fused."""
    lines = ("channel", "channel") if "conv" in c.op.name else ("row", "column")
    said = []
    for n, line in zip(c.operands, lines, strict=True):
        read = {d.dim for m, s in scales if m == n for index in s.index for d in index}
        words = [line] if read - set(c.reduction) else []
        words += [f"block of {blocks[d]}" for d in sorted(read & blocks.keys())]
        if any(m == n for m, _ in scales):
            said.append(f"per {' and '.join(words) or 'tensor'}")
    if any(m == -1 for m, _ in scales):
        said.append("in the body")
    text = f"scale {' * '.join(said)} after it" if said else "no scale"
    for n in c.operands:
        if n not in c.products:
            text += f"; operand {n} stays {c.op.operands[n].type.element_type}"
    return f"fused {c.op.name}: {text}"


# -- writing it


def fuse(b: Builder, plan: Plan, codes: Sequence[Any]) -> None:
    """Replace the uses of the planned op. `codes` are the fp8 tensors of its operands, in order.

    The op itself and what it was computed from stay, for the caller to remove.
    """
    op = plan.op
    b.before(op)
    inputs = [
        op.operands[o.number] if o.codes is None else c
        for o, c in zip(plan.operands, codes, strict=True)
    ]
    init = op.operands[plan.init]
    scalar = _scalar(b, plan.factors)
    tensors = [(_laid_out(b, layout), layout) for layout in plan.layouts]
    if scalar is None and not tensors:
        result = _contraction(b, plan, inputs, init)
    elif plan.blocks:
        partial = _partial_sums(b, plan, inputs, init)
        result = _scaled(b, plan, partial, init, scalar, tensors)
    else:
        start = init if plan.starts_at_zero else _zeros(b, init.type, b.dynamic_sizes(init))
        sums = _contraction(b, plan, inputs, start)
        result = _scaled(b, plan, sums, init, scalar, tensors)
    op.results[0].replace_all_uses_with(result)


def _contraction(b: Builder, plan: Plan, inputs: Sequence[Any], init: Any) -> Any:
    """The contraction as it was, on other operands."""
    op = plan.op
    attributes = {n: op.attributes[n] for n in op.attributes if n != _MEMOIZED}
    if op.name != "linalg.generic":
        return structured.named(b, op.name, [*inputs, init], attributes)
    maps = [*(o.map for o in plan.operands), plan.out]
    kinds = _kinds(plan.out)
    return structured.generic(b, inputs, init, maps, kinds, _sum_of_products)


_MEMOIZED = "linalg.memoized_indexing_maps"
"""An attribute in which MLIR keeps what it has computed of an op."""


def _sum_of_products(b: Builder, args: list[Any]) -> Any:
    left, right, sum = args
    product = b.value("arith.mulf", sum.type, codec.widen(b, left), codec.widen(b, right))
    return b.value("arith.addf", sum.type, sum, product)


def _kinds(out: Any) -> list[str]:
    parallel = {e.position for e in out.results}
    return ["parallel" if d in parallel else "reduction" for d in range(out.n_dims)]


def _zeros(b: Builder, type: Any, sizes: Sequence[Any]) -> Any:
    empty = b.value("tensor.empty", type, *sizes)
    segments = b.ir.DenseI32ArrayAttr.get([1, 1])
    zero = b.constant(type.element_type, 0.0)
    return structured.named(b, "linalg.fill", [zero, empty], {"operandSegmentSizes": segments})


def _partial_sums(b: Builder, plan: Plan, inputs: Sequence[Any], init: Any) -> Any:
    """The contraction with a sum for each block: [blocks..., *shape of the result]."""
    ir = b.ir
    split = [dim for dim, size in plan.blocks.items() if size > 1]
    count = plan.out.n_dims + len(split)

    def inner(dim: int) -> Any:
        return ir.AffineExpr.get_dim(len(split) + dim)

    def outer(dim: int) -> Any:
        return ir.AffineExpr.get_dim(split.index(dim)) if dim in split else inner(dim)

    shifted = ir.AffineMap.get(count, 0, [inner(d) for d in range(plan.out.n_dims)])
    operands, maps = [], []
    for value, operand in zip(inputs, plan.operands, strict=True):
        sizes: list[list[int | None]] = []
        results = []
        shape = list(value.type.shape)
        for n, expression in enumerate(operand.map.results):
            dim = expression.position if isinstance(expression, ir.AffineDimExpr) else None
            if dim in plan.blocks and plan.blocks[dim] > 1:
                shape[n] = plan.extents[dim]
                sizes.append([shape[n] // plan.blocks[dim], plan.blocks[dim]])
                results += [outer(dim), inner(dim)]
            else:
                sizes.append([None])
                results.append(expression.compose(shifted))
        if shape != list(value.type.shape):  # the other operand knows the size
            type = ir.RankedTensorType.get(shape, value.type.element_type)
            value = b.value("tensor.cast", type, value)
        operands.append(_expand(b, value, sizes))
        maps.append(ir.AffineMap.get(count, 0, results))
    blocks = [outer(dim) for dim in plan.blocks]
    out = ir.AffineMap.get(count, 0, [*blocks, *(e.compose(shifted) for e in plan.out.results)])
    shape, dynamic = [], []
    for dim, size in plan.blocks.items():
        extent = plan.extents[dim]
        shape.append(ir.ShapedType.get_dynamic_size() if extent is None else extent // size)
        if extent is None:
            dynamic.append(_size_of(b, dim, inputs, plan))
    type = ir.RankedTensorType.get([*shape, *init.type.shape], init.type.element_type)
    zeros = _zeros(b, type, [*dynamic, *b.dynamic_sizes(init)])
    return structured.generic(b, operands, zeros, [*maps, out], _kinds(out), _sum_of_products)


def _size_of(b: Builder, dim: int, inputs: Sequence[Any], plan: Plan) -> Any:
    """The size of an iteration dim, from an operand that has it."""
    index = b.ir.IndexType.get()
    for value, operand in zip(inputs, plan.operands, strict=True):
        for n, expression in enumerate(operand.map.results):
            if isinstance(expression, b.ir.AffineDimExpr) and expression.position == dim:
                return b.value("tensor.dim", index, value, b.constant(index, n))
    raise AssertionError("a reduction dim is a dim of an operand")


def _scalar(b: Builder, scales: Sequence[Scale]) -> Any | None:
    """The product of the numbers and scalars; None when it is one."""
    number = _constant(scales)
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
    groups, at = [], 0
    for group in layout.result:
        groups.append(list(range(at, at + len(group))))
        at += len(group)
    collapsed = [shape[g[0]] if len(g) == 1 else prod(shape[i] for i in g) for g in groups]
    type = ir.RankedTensorType.get(collapsed, value.type.element_type)
    reassociation = {"reassociation": _reassociation(groups, ir)}
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
    """Split each dim of a tensor into the given sizes; a dim with one size stays as it is."""
    if all(len(group) == 1 for group in sizes):
        return value
    ir = b.ir
    shape: list[Any] = []
    for own, group in zip(value.type.shape, sizes, strict=True):
        shape += [own] if len(group) == 1 else group
    groups, at = [], 0
    for group in sizes:
        groups.append(list(range(at, at + len(group))))
        at += len(group)
    return b.value(
        "tensor.expand_shape",
        ir.RankedTensorType.get(shape, value.type.element_type),
        value,
        *b.dynamic_sizes(value),
        attributes={
            "reassociation": _reassociation(groups, ir),
            "static_output_shape": ir.DenseI64ArrayAttr.get(shape),
        },
    )


def _reassociation(groups: Sequence[Sequence[int]], ir: Any) -> Any:
    i64 = ir.IntegerType.get_signless(64)
    return ir.ArrayAttr.get(
        [ir.ArrayAttr.get([ir.IntegerAttr.get(i64, n) for n in group]) for group in groups]
    )
