"""What contraction an op is: whose products it sums up, and what of these is a scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fnuz.passes import structured
from fnuz.passes.fusion.trace import Blocked, Product, Scale, Trace
from fnuz.passes.rules.linalg import CONTRACTIONS


@dataclass(frozen=True)
class Contraction:
    """A sum of products of two operands, at least one of them dequantized, and of scales."""

    op: Any
    maps: Sequence[Any]
    """The indexing map of each operand."""
    extents: Sequence[int | None]
    """The size of each iteration dim."""
    reduction: Sequence[int]
    """The iteration dims that are summed over."""
    operands: tuple[int, int]
    """Which inputs are the two operands; all others are scales."""
    products: dict[int, Product]
    """What each input is; an operand that is not dequantized and stays as it is has no entry."""
    scalars: Sequence[Scale]
    """Scalar scales in the body."""


def contraction_of(op: Any, trace: Trace) -> Contraction | Blocked | None:
    """The contraction that a linalg op is; None when no factor of it is dequantized."""
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
            n for n in products if n not in coded and set(reduction) <= dims_in(maps[n].results, ir)
        ]
        if len(others) != 1:
            return None
        operands = sorted([*coded, *others])
        del products[others[0]]
    if not reduction:
        return None
    return Contraction(
        op,
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


def dims_in(expressions: Sequence[Any], ir: Any) -> set[int]:
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
