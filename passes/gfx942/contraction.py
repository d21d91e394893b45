"""Which linalg ops on tensors are GEMMs of FNUZ operands, and how their operands lie in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from fnuz.dialect.formats import FORMATS
from fnuz.passes import structured
from fnuz.passes.rules.linalg import CONTRACTIONS


@dataclass(frozen=True)
class Side:
    """An operand of a GEMM: rows that are multiplied, each of `depth` elements.

    Strides are in elements; the operand is dense.
    """

    value: Any
    extent: int
    """The number of rows."""
    row: int
    """From a row to the next."""
    depth: int
    """From an element of a row to the next."""
    batch: tuple[int, ...]
    """From a GEMM of the batch to the next, for each batch dim."""

    @property
    def strides(self) -> tuple[int, ...]:
        """All of them."""
        return (self.row, self.depth, *self.batch)


@dataclass(frozen=True)
class Gemm:
    """result[b, i, o] = init[b, i, o] + sum over k of inner[b, i, k] * outer[b, o, k].

    `inner` is the operand that has the innermost dim of the result.
    """

    batch: tuple[int, ...]
    """The sizes of the batch dims, in the order of the result."""
    inner: Side
    outer: Side
    depth: int
    """The number of products in a sum."""
    init: Any
    row: int
    """The stride of the result along the rows of `inner`."""
    column: int
    """The stride of the result along the rows of `outer`."""
    strides: tuple[int, ...]
    """The strides of the result along the batch dims."""


@dataclass(frozen=True)
class Refused:
    """Why a contraction of fp8 operands is not taken."""

    why: str


def is_fp8_contraction(op: Any, ir: Any) -> bool:
    """Whether a linalg op multiplies and sums two fp8 operands."""
    if op.name != "linalg.generic" and op.name not in CONTRACTIONS:
        return False
    inputs, inits = structured.inputs_and_inits(op, ir)
    if len(inputs) != 2 or len(inits) != 1:
        return False
    return all(_element(v, ir) in FORMATS for v in inputs) and _sums_products(op, ir)


def gemm_of(op: Any, maps: Sequence[Any], ir: Any) -> Gemm | Refused:
    """The GEMM that an fp8 contraction is, or why it is none. `maps` are its indexing maps."""
    (a, b), (init,) = structured.inputs_and_inits(op, ir)
    if not all(isinstance(v.type, ir.RankedTensorType) for v in (a, b, init)):
        return Refused("it is on memrefs; map it before bufferization")
    if not all(v.type.has_static_shape for v in (a, b, init)):
        return Refused("it has dynamic sizes")
    if any(0 in v.type.shape for v in (a, b, init)):
        return Refused("it has a size of 0")
    if _element(init, ir) != "f32":
        return Refused(f"it accumulates in {_element(init, ir)}, and the matrix unit in f32")
    if not all(m.is_projected_permutation for m in maps):
        return Refused("an indexing map of it is not one dim for each index")
    sizes: dict[int, int] = {}
    strides = []
    for value, map_ in zip((a, b, init), maps, strict=True):
        dims = [ir.AffineDimExpr(e).position for e in map_.results]
        shape = list(value.type.shape)
        sizes.update(zip(dims, shape, strict=True))
        strides.append({d: prod(shape[n + 1 :]) for n, d in enumerate(dims)})
    of_a, of_b, of_c = strides
    if set(sizes) - (set(of_a) | set(of_b)) or any(
        d not in of_c and not (d in of_a and d in of_b) for d in sizes
    ):
        return Refused("a dim of it is in one operand alone, or in the result alone")
    batch = [d for d in of_c if d in of_a and d in of_b]
    groups = (
        (m := [d for d in of_c if d in of_a and d not in of_b], (of_a, of_c)),
        (n := [d for d in of_c if d in of_b and d not in of_a], (of_b, of_c)),
        (k := [d for d in sizes if d not in of_c], (of_a, of_b)),
    )
    for dims, layouts in groups:
        if not all(_is_one_dim(dims, sizes, layout) for layout in layouts):
            return Refused("dims that are one of its rows, columns or sums are apart in memory")

    def side(value: Any, dims: list[int], layout: dict[int, int]) -> Side:
        return Side(
            value,
            prod(sizes[d] for d in dims),
            _stride(dims, layout),
            _stride(k, layout),
            tuple(layout[d] for d in batch),
        )

    sides = [(side(a, m, of_a), _stride(m, of_c)), (side(b, n, of_b), _stride(n, of_c))]
    if sides[0][0].extent == 1 or sides[0][1] > sides[1][1] > 0:
        sides.reverse()
    (inner, row), (outer, column) = sides
    return Gemm(
        tuple(sizes[d] for d in batch),
        inner,
        outer,
        prod(sizes[d] for d in k),
        init,
        row,
        column,
        tuple(of_c[d] for d in batch),
    )


def is_zero(value: Any, ir: Any) -> bool:
    """Whether a tensor is +0.0 in every element: -0.0 is the sum where all products are."""
    if isinstance(value, ir.BlockArgument):
        return False
    op = value.owner.operation
    if op.name == "linalg.fill":
        return is_zero(op.operands[0], ir)
    if op.name != "arith.constant":
        return False
    attr = op.attributes["value"]
    if isinstance(attr, ir.DenseElementsAttr) and attr.is_splat:
        attr = attr.get_splat_value()
    return isinstance(attr, ir.FloatAttr) and str(ir.FloatAttr(attr).value) == "0.0"


def _element(value: Any, ir: Any) -> str:
    type = value.type
    return str(type.element_type) if isinstance(type, ir.ShapedType) else str(type)


def _is_one_dim(dims: list[int], sizes: dict[int, int], strides: dict[int, int]) -> bool:
    """Whether going through `dims`, the last one fastest, is going on by one stride."""
    pairs = zip(dims, dims[1:], strict=False)
    return all(strides[d] == sizes[next_] * strides[next_] for d, next_ in pairs)


def _stride(dims: list[int], strides: dict[int, int]) -> int:
    return strides[dims[-1]] if dims else 0


def _sums_products(op: Any, ir: Any) -> bool:
    """Whether the body is `init + ext(a) * ext(b)` in some order."""
    block = op.regions[0].blocks[0]
    if len(block.operations) != 5:  # two casts, product, sum, yield
        return False
    a, b, accumulator = block.arguments
    sum = _made_by(structured.yielded(op)[0], "arith.addf", ir)
    if sum is None or accumulator not in list(sum.operands):
        return False
    rest = [v for v in sum.operands if v != accumulator]
    product = _made_by(rest[0], "arith.mulf", ir) if len(rest) == 1 else None
    if product is None:
        return False
    casts = [_made_by(v, "arith.extf", ir) for v in product.operands]
    factors = [cast.operands[0] for cast in casts if cast is not None]
    return factors in ([a, b], [b, a])


def _made_by(value: Any, name: str, ir: Any) -> Any | None:
    if isinstance(value, ir.BlockArgument) or value.owner.operation.name != name:
        return None
    return value.owner.operation
