"""linalg and tensor ops as loop nests: which element of a tensor a point of the loops touches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from fnuz.passes import structured
from fnuz.passes.gfx942.contraction import Refused, dense_strides
from fnuz.passes.gfx942.sizes import known
from fnuz.passes.types import element_of


@dataclass(frozen=True)
class Linear:
    """`start` and a multiple of each loop's index."""

    factors: tuple[int, ...]
    start: int = 0

    def __add__(self, other: "Linear") -> "Linear":
        factors = tuple(a + b for a, b in zip(self.factors, other.factors, strict=True))
        return Linear(factors, self.start + other.start)

    def __mul__(self, factor: int) -> "Linear":
        return Linear(tuple(a * factor for a in self.factors), self.start * factor)


@dataclass(frozen=True)
class Guard:
    """A point is inside while 0 <= `at` < `size`."""

    at: Linear
    size: int


@dataclass(frozen=True)
class Access:
    """Which element of a tensor, or which scalar, a point of the loops reads or writes."""

    value: Any
    """The operand; of a result the operand that is its init."""
    place: Linear | None
    """The number of the element in row-major order; None where `indices` has a quotient."""
    indices: tuple[Any, ...] = ()
    """The affine expressions of the indices."""
    guards: tuple[Guard, ...] = ()
    """Outside of them the value of the access before holds."""
    argument: Any = None
    """What stands for the element in the body."""


@dataclass(frozen=True)
class Nest:
    """Loops of static sizes around a body.

    A nest without a body gives the value of the last of its inputs whose guards hold.
    """

    op: Any
    sizes: tuple[int, ...]
    """Of each loop; of one that stands for a number that is known at run time alone, 1."""
    numbers: tuple[Any, ...]
    """The index values that are those numbers; they are the last loops."""
    inputs: tuple[Access, ...]
    """Those that the body uses."""
    results: tuple[Access, ...]
    """Their arguments are those of the inits, and what the body of the last index gave."""
    body: Any | None
    """The block."""
    captured: tuple[Any, ...] = ()
    """The values from outside that the body uses."""
    kept: tuple[int, ...] = (0,)
    """Which results of the op `results` are: those that something uses."""

    @property
    def made(self) -> list[Any]:
        """The results of the op that are kept."""
        return [self.op.results[n] for n in self.kept]

    @property
    def yielded(self) -> list[Any]:
        """What the body yields for them."""
        values = structured.yielded(self.op)
        return [values[n] for n in self.kept]

    @property
    def parallel(self) -> list[int]:
        """The loops that give different elements of the first result, outermost first."""
        place = self.results[0].place
        assert place is not None
        found = [d for d, factor in enumerate(place.factors) if factor and self.sizes[d] > 1]
        return sorted(found, key=lambda d: -place.factors[d])

    @property
    def reduced(self) -> list[int]:
        """The loops that add to one element."""
        used = set(self.parallel)
        count = len(self.sizes) - len(self.numbers)
        return [d for d in range(count) if d not in used and self.sizes[d] > 1]


def is_nest(op: Any) -> bool:
    """Whether an op computes or moves elements of tensors and may be a nest."""
    return op.name in _MOVES or (op.name.startswith("linalg.") and len(op.regions) == 1)


def fills_with(op: Any, ir: Any) -> Any | None:
    """The scalar that the result of an op has in every element, unchanged; None of another op."""
    if op.name == "tensor.splat":
        return op.operands[0]
    if op.name not in ("linalg.fill", "linalg.generic") or len(op.results) != 1:
        return None
    inputs, _ = structured.inputs_and_inits(op, ir)
    block = op.regions[0].blocks[0]
    (value,) = structured.yielded(op)
    if inputs:
        scalar = len(inputs) == 1 and not isinstance(inputs[0].type, ir.ShapedType)
        only = scalar and value == block.arguments[0] and len(block.operations) == 1
        return inputs[0] if only else None
    outside = len(block.operations) == 1 and structured.is_from_outside(value, block, ir)
    return value if outside else None


def nest_of(op: Any, maps_of: Callable[[Any], Sequence[Any]], ir: Any) -> Nest | Refused:
    """The nest that an op is, or why it is none."""
    why = refused_types([*op.operands, *op.results], ir)
    if why:
        return Refused(why)
    nest = _MOVES[op.name](op, ir) if op.name in _MOVES else _structured(op, maps_of(op), ir)
    return merged(nest, ir) if isinstance(nest, Nest) else nest


def refused_types(values: Sequence[Any], ir: Any) -> str:
    """Why a kernel cannot have what an op uses or makes, or nothing."""
    tensors = [v for v in values if isinstance(v.type, ir.ShapedType)]
    if not all(isinstance(v.type, ir.RankedTensorType) for v in tensors):
        return "it is on memrefs; map it before bufferization"
    if not all(v.type.has_static_shape for v in tensors):
        return "it has dynamic sizes"
    if any(0 in v.type.shape for v in tensors):
        return "it has a size of 0"
    if any(v.type.encoding is not None for v in tensors):
        return "it has a tensor with an encoding"
    return ""


def _structured(op: Any, maps: Sequence[Any], ir: Any) -> Nest | Refused:
    inputs, inits = structured.inputs_and_inits(op, ir)
    if op.name == "linalg.map":
        inputs, inits = list(op.operands)[:-1], list(op.operands)[-1:]
    body = op.regions[0].blocks[0]
    operands = [*inputs, *inits]
    if len(body.arguments) != len(operands):
        return Refused("its body does not have an argument for each operand")
    count = maps[0].n_dims
    sizes = [1] * count
    for value, map_ in zip(operands, maps, strict=True):
        for size, expression in zip(_shape(value, ir), map_.results, strict=True):
            if isinstance(expression, ir.AffineDimExpr):
                sizes[expression.position] = size
    accesses = [
        replace(_access(v, m, count, ir), argument=argument)
        for v, m, argument in zip(operands, maps, body.arguments, strict=True)
    ]
    made = list(op.results)
    # Fusions leave results that nothing uses, for the sake of a dim's size.
    kept = [
        n
        for n, access in enumerate(accesses[len(inputs) :])
        if len(made) == 1 or list(made[n].uses) or list(access.argument.uses)
    ]
    if not kept:
        return Refused("nothing uses its results")
    results = [accesses[len(inputs) + n] for n in kept]
    dims = []
    for n, result in zip(kept, results, strict=True):
        map_ = maps[len(inputs) + n]
        if not map_.is_projected_permutation or result.place is None:
            return Refused("an indexing map of a result is not one dim for each index")
        dims.append({ir.AffineDimExpr(e).position for e in map_.results})
    if any(of_result != dims[0] for of_result in dims):
        return Refused("its results do not have the same dims")
    every = [e for m in maps for e in m.results if isinstance(e, ir.AffineDimExpr)]
    if len({e.position for e in every}) < count:
        return Refused("a dim of it is the index of no operand alone, so that it has no size")
    used = tuple(a for a in accesses[: len(inputs)] if list(a.argument.uses))
    captured = _captured(body, ir)
    why = refused_types(captured, ir)
    if why:
        return Refused(why)
    return Nest(op, tuple(sizes), (), used, tuple(results), body, captured, tuple(kept))


def _shape(value: Any, ir: Any) -> list[int]:
    return list(value.type.shape) if isinstance(value.type, ir.ShapedType) else []


def _captured(body: Any, ir: Any) -> tuple[Any, ...]:
    """What the ops of a body use from outside of it."""
    own = set(body.arguments)
    found: dict[Any, None] = {}
    for each in body.operations:
        for value in each.operation.operands:
            if value not in own:
                found[value] = None
        own.update(each.operation.results)
    return tuple(found)


def _access(value: Any, map_: Any, count: int, ir: Any) -> Access:
    if not isinstance(value.type, ir.ShapedType):
        return Access(value, Linear((0,) * count))
    place: Linear | None = Linear((0,) * count)
    for expression, stride in zip(map_.results, static_strides(value.type.shape), strict=True):
        index = _linear(expression, count, ir)
        place = None if place is None or index is None else place + index * stride
    return Access(value, place, tuple(map_.results))


def _linear(expression: Any, count: int, ir: Any) -> Linear | None:
    if isinstance(expression, ir.AffineDimExpr):
        return Linear(tuple(int(d == expression.position) for d in range(count)))
    if isinstance(expression, ir.AffineConstantExpr):
        return Linear((0,) * count, expression.value)
    if not isinstance(expression, ir.AffineAddExpr | ir.AffineMulExpr):
        return None
    left, right = _linear(expression.lhs, count, ir), _linear(expression.rhs, count, ir)
    if left is None or right is None:
        return None
    if isinstance(expression, ir.AffineAddExpr):
        return left + right
    return left * right.start if not any(right.factors) else right * left.start


def merged(nest: Nest, ir: Any) -> Nest:
    """The nest with each pair of loops as one that all accesses go through in one stride."""
    accesses = [*nest.inputs, *nest.results]
    if any(a.place is None for a in accesses):
        return nest
    fixed = {d for a in accesses for g in a.guards for d, f in enumerate(g.at.factors) if f}
    if nest.body is not None:
        fixed |= {
            each.operation.attributes["dim"].value
            for each in nest.body.operations
            if each.operation.name == "linalg.index"
        }
    places = [a.place for a in accesses if a.place is not None]
    sizes, reduced = list(nest.sizes), set(nest.reduced)
    for outer in range(len(sizes) - len(nest.numbers)):
        for inner in range(len(sizes) - len(nest.numbers)):
            if (
                outer == inner
                or {outer, inner} & fixed
                or (outer in reduced) != (inner in reduced)
                or min(sizes[outer], sizes[inner]) == 1
                or any(p.factors[outer] != sizes[inner] * p.factors[inner] for p in places)
            ):
                continue
            sizes[inner] *= sizes[outer]
            sizes[outer] = 1
    # A loop of one index stays where linalg.index counts it; it costs nothing.
    return replace(nest, sizes=tuple(sizes))


def _moves(op: Any, result_shape: Sequence[int], sources: Sequence[Access], numbers: Any) -> Nest:
    extra = len(numbers)
    result = Access(op.results[0], Linear((*static_strides(result_shape), *[0] * extra)))
    sizes = (*result_shape, *[1] * extra)
    return Nest(op, sizes, tuple(numbers), tuple(sources), (result,), None)


class _Offsets:
    """The offsets of an op, static ones and values, as linear in the dims and the values."""

    def __init__(self, op: Any, static: Sequence[int], operand: int, ir: Any) -> None:
        dynamic = ir.ShapedType.get_dynamic_stride_or_offset()
        count = sum(n == dynamic for n in static)
        start = _segment_start(op, operand, ir)
        self.values = list(op.operands)[start : start + count]
        self._static, self._dynamic = static, dynamic

    def at(self, n: int, dims: int) -> Linear:
        """Offset `n`, in a nest of `dims` loops before the values."""
        zeros = [0] * (dims + len(self.values))
        if self._static[n] != self._dynamic:
            return Linear(tuple(zeros), self._static[n])
        zeros[dims + sum(s == self._dynamic for s in self._static[:n])] = 1
        return Linear(tuple(zeros))


def _segment_start(op: Any, segment: int, ir: Any) -> int:
    return sum(list(ir.DenseI32ArrayAttr(op.attributes["operandSegmentSizes"]))[:segment])


def _numbers(op: Any, name: str, ir: Any) -> list[int]:
    return list(ir.DenseI64ArrayAttr(op.attributes[name]))


def _dim(n: int, count: int) -> Linear:
    return Linear(tuple(int(d == n) for d in range(count)))


def _kept_dims(sizes: Sequence[int], shape: Sequence[int]) -> list[int]:
    """Which dims of a slice of `sizes` are those of a tensor of `shape`; the others have size 1."""
    kept: list[int] = []
    for n, size in enumerate(sizes):
        rest = len(shape) - len(kept)
        if rest and size == shape[len(kept)] and len(sizes) - n >= rest:
            kept.append(n)
    return kept


def _sum(terms: Sequence[Linear], count: int) -> Linear:
    total = Linear((0,) * count)
    for term in terms:
        total = total + term
    return total


def _extract_slice(op: Any, ir: Any) -> Nest | Refused:
    source, shape = op.operands[0], list(op.results[0].type.shape)
    offsets = _Offsets(op, _numbers(op, "static_offsets", ir), 1, ir)
    sizes, steps = _numbers(op, "static_sizes", ir), _numbers(op, "static_strides", ir)
    if any(n < 0 for n in (*sizes, *steps)):
        return Refused("it has dynamic sizes or strides")
    count = len(shape) + len(offsets.values)
    terms = []
    kept = _kept_dims(sizes, shape)
    for n, stride in enumerate(static_strides(source.type.shape)):
        terms.append(offsets.at(n, len(shape)) * stride)
        if n in kept:
            terms.append(_dim(kept.index(n), count) * (steps[n] * stride))
    return _moves(op, shape, [Access(source, _sum(terms, count))], offsets.values)


def _insert_slice(op: Any, ir: Any) -> Nest | Refused:
    source, into = op.operands[0], op.operands[1]
    shape = list(into.type.shape)
    offsets = _Offsets(op, _numbers(op, "static_offsets", ir), 2, ir)
    sizes, steps = _numbers(op, "static_sizes", ir), _numbers(op, "static_strides", ir)
    if any(n < 0 for n in sizes) or any(n != 1 for n in steps):
        return Refused("it has dynamic sizes, or strides other than 1")
    count = len(shape) + len(offsets.values)
    kept = _kept_dims(sizes, list(source.type.shape))
    strides = static_strides(source.type.shape)
    guards, terms = [], []
    for n, size in enumerate(sizes):
        at = _dim(n, count) + offsets.at(n, len(shape)) * -1
        guards.append(Guard(at, size))
        if n in kept:
            terms.append(at * strides[kept.index(n)])
    dense = _sum([_dim(n, count) * s for n, s in enumerate(static_strides(shape))], count)
    inside = Access(source, _sum(terms, count), guards=_needed(guards, shape))
    return _moves(op, shape, [Access(into, dense), inside], offsets.values)


def _pad(op: Any, ir: Any) -> Nest | Refused:
    source, shape = op.operands[0], list(op.results[0].type.shape)
    block = op.regions[0].blocks[0]
    (padding,) = block.operations[len(block.operations) - 1].operation.operands
    if not structured.is_from_outside(padding, block, ir):
        return Refused("what it pads with is computed in its body")
    low = _Offsets(op, _numbers(op, "static_low", ir), 1, ir)
    count = len(shape) + len(low.values)
    guards, terms = [], []
    for n, (size, stride) in enumerate(
        zip(source.type.shape, static_strides(source.type.shape), strict=True)
    ):
        at = _dim(n, count) + low.at(n, len(shape)) * -1
        guards.append(Guard(at, size))
        terms.append(at * stride)
    outside = Access(padding, Linear((0,) * count))
    inside = Access(source, _sum(terms, count), guards=_needed(guards, shape))
    return _moves(op, shape, [outside, inside], low.values)


def _concat(op: Any, ir: Any) -> Nest | Refused:
    shape, dim = list(op.results[0].type.shape), op.attributes["dim"].value
    rank, start, accesses = len(shape), 0, []
    for source in op.operands:
        strides = static_strides(source.type.shape)
        terms = [_dim(n, rank) * stride for n, stride in enumerate(strides)]
        at = Linear(_dim(dim, rank).factors, -start)
        terms[dim] = at * strides[dim]
        guards = _needed([Guard(at, source.type.shape[dim])], [shape[dim]])
        accesses.append(Access(source, _sum(terms, rank), guards=guards))
        start += source.type.shape[dim]
    # The first of them needs no guard: the others come after it.
    return _moves(op, shape, [replace(accesses[0], guards=()), *accesses[1:]], ())


def _needed(guards: Sequence[Guard], shape: Sequence[int]) -> tuple[Guard, ...]:
    """Those of the guards of the dims of a tensor of `shape` that may fail."""
    return tuple(
        g
        for g, n in zip(guards, shape, strict=True)
        if g.at.start or g.size != n or sum(map(abs, g.at.factors)) > 1
    )


def _splat(op: Any, ir: Any) -> Nest | Refused:
    shape = list(op.results[0].type.shape)
    return _moves(op, shape, [Access(op.operands[0], Linear((0,) * len(shape)))], ())


_MOVES: dict[str, Callable[[Any, Any], Nest | Refused]] = {
    "tensor.concat": _concat,
    "tensor.extract_slice": _extract_slice,
    "tensor.insert_slice": _insert_slice,
    "tensor.pad": _pad,
    "tensor.splat": _splat,
}
"""Ops that move elements, besides those of linalg."""


def bytes_of(type: Any, ir: Any) -> int | None:
    """The bytes of an element in memory; None of one that a kernel does not load."""
    element = element_of(ir, type)
    if isinstance(element, ir.IndexType):
        return 8
    if not isinstance(element, ir.IntegerType | ir.FloatType):
        return None
    if element.width == 1:
        return 1
    return element.width // 8 if element.width in (8, 16, 32, 64) else None


def static_strides(shape: Sequence[int]) -> list[int]:
    """Of a tensor of static sizes in row-major order."""
    return [known(stride) for stride in dense_strides(shape)]


def total_bytes(value: Any, ir: Any) -> int:
    """The bytes of a tensor."""
    return int(prod(value.type.shape)) * (bytes_of(value.type, ir) or 0)
