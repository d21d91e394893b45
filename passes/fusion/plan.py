"""Where the scales of a contraction go: behind its sum, or behind the sum of each block.

A scale that changes along the reduction dim, with every block of 128 say, needs the sum of each
block by itself: then the blocks are a parallel dim of the contraction, and a second op multiplies
each partial sum by its scale and adds them up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from fnuz.passes.fusion.contraction import Contraction, contraction_of, dims_in
from fnuz.passes.fusion.digits import Digit, Untraceable, factors, of_expression
from fnuz.passes.fusion.trace import Blocked, Scale, Trace
from fnuz.passes.types import element_of

SMALLEST_BLOCK = 16
"""Elements that one scale must cover along the reduction: the least that an fp8 MFMA sums up."""


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

    contraction: Contraction
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
    contraction = contraction_of(op, trace)
    if contraction is None or isinstance(contraction, Blocked):
        return contraction
    try:
        return _plan(contraction, trace)
    except Untraceable as reason:
        return Blocked(str(reason) or "its scale cannot be brought behind the sum")


_WINDOW = "its scale changes along a sliding window"


def _plan(c: Contraction, trace: Trace) -> Plan:
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
        if dims_in(sums, trace.ir) & split:
            raise Untraceable(_WINDOW)
    of_operands = dims_in([e for n in c.operands for e in c.maps[n].results], trace.ir)
    if any(c.extents[dim] is None and dim not in of_operands for dim in blocks):
        raise Untraceable  # nothing that is left would say how many there are
    if any(str(element_of(trace.ir, scale.value.type)) == "f64" for scale in every):
        raise Untraceable("its scale is f64, and the sum is f32")
    factors = [s for s in every if not _is_read(s, trace.ir)]
    if constant(factors) is None:
        raise Untraceable("the product of its scales leaves the range of f32")
    dims = _result_dims(c.maps[-1], blocks, c.extents)
    layouts = [_layout(s, dims) for s in every if _is_read(s, trace.ir)]
    *_, init = c.op.operands
    starts_at_zero, summary = trace.is_zero(init), _summary(c, scales, blocks)
    return Plan(c, blocks, tuple(factors), tuple(layouts), starts_at_zero, summary)


def _is_read(scale: Scale, ir: Any) -> bool:
    """Whether a scale is a tensor that is read, and not a number or a scalar."""
    return scale.number is None and isinstance(scale.value.type, ir.RankedTensorType)


def _scales(c: Contraction, trace: Trace) -> list[tuple[int, Scale]]:
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
        weight, size = digit.weight // unit, digit.size
        if size is None and extent is not None and extent % weight == 0:
            size = extent // weight  # dynamic for the scale, but not for the contraction
        return Digit(dim, weight, size)

    index = [tuple(there(d) for d in i) for i in scale.index]
    extents = {dim: extent for dim, _, extent in dims.values()}
    digits = [d for i in index for d in i]
    read = sorted({d.dim for d in digits})
    source = tuple(d for i in index for d in (i or (None,)))
    expanded = tuple(tuple(d.size for d in i) or (1,) for i in index)
    groups = tuple(factors([d for d in digits if d.dim == dim], extents[dim]) for dim in read)
    for sizes in (*expanded, *([d.size for d in group] for group in groups)):
        if len(sizes) > 1 and None in sizes:
            raise Untraceable  # a dim of a size that is not known cannot be split
    as_it_is = len(digits) == len(read) and all(len(group) == 1 for group in groups)
    return Layout(scale, expanded, source, None if as_it_is else groups)


def constant(numbers: Sequence[Scale]) -> np.float32 | None:
    """The product of the constant scales, in f32; None when it overflows or is subnormal."""
    with np.errstate(all="ignore"):
        each = [np.float32(s.number) for s in numbers if s.number is not None]
        product = np.float32(1)
        for number in each:
            product = product * number
    normal = np.isfinite(product) and abs(product) >= np.finfo(np.float32).tiny
    return product if normal or not all(np.isfinite(each)) or 0 in each else None


def _summary(c: Contraction, scales: Sequence[tuple[int, Scale]], blocks: dict[int, int]) -> str:
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
