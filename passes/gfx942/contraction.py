"""Which linalg ops on tensors are GEMMs of FNUZ operands, and how their operands lie in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from fnuz.dialect.formats import FORMATS, InfPolicy
from fnuz.passes import structured
from fnuz.passes.rules.linalg import CONTRACTIONS
from fnuz.passes.types import element_of


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
    inf: InfPolicy = "nan"
    """What becomes of an Inf where `value` is OCP."""


@dataclass(frozen=True)
class Layout:
    """The strides of a tensor that has an element, or shares one, for each result of a GEMM."""

    inner: int
    """Along the rows of `inner`."""
    outer: int
    """Along the rows of `outer`."""
    batch: tuple[int, ...]


@dataclass(frozen=True)
class Gemm:
    """result[b, i, o] = init[b, i, o] + sum over k of inner[b, i, k] * outer[b, o, k].

    `inner` is the operand that has the innermost dim of the result.
    """

    batch: tuple[int, ...]
    """The sizes of the batch dims."""
    inner: Side
    outer: Side
    depth: int
    """The number of products in a sum."""
    init: Any
    dims: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    """The dims of the result that are rows of `inner`, rows of `outer` and the batch."""
    parts: int = 1
    """More than 1 of partial sums: the first batch dim, which the result has first of all too."""

    def layout(self, shape: Sequence[int], strides: Sequence[int]) -> Layout | None:
        """That of a tensor with these strides along the dims of the result, of sizes `shape`.

        None when there is no one stride along the rows.
        """
        sizes, along = dict(enumerate(shape)), dict(enumerate(strides))
        inner, outer, batch = (list(dims) for dims in self.dims)
        if any(_one_dim(rows, sizes, along) != rows for rows in (inner, outer)):
            return None
        return Layout(_stride(inner, along), _stride(outer, along), tuple(along[d] for d in batch))

    @property
    def result(self) -> Layout:
        """That of the result and of the init, or of the partial sums."""
        shape = list(self.init.type.shape)
        found = self.layout(shape, dense_strides(shape))
        assert found is not None
        return found if self.parts == 1 else replace(found, batch=(prod(shape), *found.batch))

    def split(self, parts: int) -> "Gemm":
        """The GEMM of the sums over each of `parts` equal parts of the depth."""
        depth = self.depth // parts

        def side(of: Side) -> Side:
            return replace(of, batch=(depth * of.depth, *of.batch))

        return replace(
            self,
            batch=(parts, *self.batch),
            inner=side(self.inner),
            outer=side(self.outer),
            depth=depth,
            parts=parts,
        )


@dataclass(frozen=True)
class Refused:
    """Why a contraction of fp8 operands is not taken."""

    why: str


Maps = Callable[[Any], Sequence[Any]]
"""Gives the indexing maps of a linalg op."""


def is_fp8_contraction(op: Any, maps_of: Maps, ir: Any) -> bool:
    """Whether a linalg op sums products of two fp8 operands."""
    if op.name != "linalg.generic" and op.name not in CONTRACTIONS:
        return False
    inputs, _ = structured.inputs_and_inits(op, ir)
    if len(fp8_operands(op, ir)) < 2 or len(inputs) < 2:
        return False
    body = op.regions[0].blocks[0].operations
    result = maps_of(op)[-1]
    return len(result.results) < result.n_dims and any(o.name == "arith.mulf" for o in body)


def fp8_operands(op: Any, ir: Any) -> list[Any]:
    """The inputs of a linalg op that are fp8."""
    inputs, _ = structured.inputs_and_inits(op, ir)
    return [v for v in inputs if str(element_of(ir, v.type)) in FORMATS]


def gemm_of(op: Any, maps: Sequence[Any], ir: Any) -> Gemm | Refused:
    """The GEMM that an fp8 contraction is, or why it is none. `maps` are its indexing maps."""
    inputs, inits = structured.inputs_and_inits(op, ir)
    if len(inputs) != 2 or len(inits) != 1:
        return Refused(f"it has {len(inputs)} inputs and {len(inits)} results, not 2 and 1")
    (a, b), (init,) = inputs, inits
    if not all(isinstance(v.type, ir.RankedTensorType) for v in (a, b, init)):
        return Refused("it is on memrefs; map it before bufferization")
    around = op.parent
    while around is not None and around.name != "gpu.module":
        around = around.parent
    if around is not None:
        return Refused("it is in a kernel")
    if not all(v.type.has_static_shape for v in (a, b, init)):
        return Refused("it has dynamic sizes")
    if any(0 in v.type.shape for v in (a, b, init)):
        return Refused("it has a size of 0")
    if any(v.type.encoding is not None for v in (a, b, init)):
        return Refused("it has a tensor with an encoding")
    if str(init.type.element_type) != "f32":
        return Refused(f"it accumulates in {init.type.element_type}, and the matrix unit in f32")
    if not _sums_products(op, ir):
        return Refused("its body is not the sum of init and the product of both operands in f32")
    if not all(m.is_projected_permutation for m in maps):
        return Refused("an indexing map of it is not one dim for each index")
    sizes: dict[int, int] = {}
    strides = []
    for value, map_ in zip((a, b, init), maps, strict=True):
        dims = [ir.AffineDimExpr(e).position for e in map_.results]
        shape = list(value.type.shape)
        sizes.update(zip(dims, shape, strict=True))
        strides.append(dict(zip(dims, dense_strides(shape), strict=True)))
    of_a, of_b, of_c = strides
    if set(sizes) - (set(of_a) | set(of_b)) or any(
        d not in of_c and not (d in of_a and d in of_b) for d in sizes
    ):
        return Refused("a dim of it is in one operand alone, or in the result alone")
    batch = [d for d in of_c if d in of_a and d in of_b]
    k = [d for d in sizes if d not in of_c]
    if any(_one_dim(k, sizes, layout) != k for layout in (of_a, of_b)):
        return Refused("the dims that it sums over are apart in memory")

    def side(value: Any, layout: dict[int, int], other: dict[int, int]) -> tuple[Side, list[int]]:
        dims = [d for d in of_c if d in layout and d not in other]
        rows = min((_one_dim(dims, sizes, each) for each in (layout, of_c)), key=len)
        batch.extend(d for d in dims if d not in rows)
        extent = prod(sizes[d] for d in rows)
        return Side(value, extent, _stride(rows, layout), _stride(k, layout), ()), rows

    sides = [side(a, of_a, of_b), side(b, of_b, of_a)]
    # A batch dim that came from the rows of one operand does not move the other.
    sides = [
        (replace(found, batch=tuple(layout.get(d, 0) for d in batch)), rows)
        for (found, rows), layout in zip(sides, (of_a, of_b), strict=True)
    ]
    of_rows = [_stride(rows, of_c) for _, rows in sides]
    if sides[0][0].extent == 1 or of_rows[0] > of_rows[1] > 0:
        sides.reverse()
    (inner, inner_rows), (outer, outer_rows) = sides
    at = {d: n for n, d in enumerate(of_c)}
    return Gemm(
        tuple(sizes[d] for d in batch),
        inner,
        outer,
        prod(sizes[d] for d in k),
        init,
        (
            tuple(at[d] for d in inner_rows),
            tuple(at[d] for d in outer_rows),
            tuple(at[d] for d in batch),
        ),
    )


def dense_strides(shape: Sequence[int]) -> list[int]:
    """Of a tensor in row-major order."""
    return [prod(shape[n + 1 :]) for n in range(len(shape))]


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


def _one_dim(dims: list[int], sizes: dict[int, int], strides: dict[int, int]) -> list[int]:
    """The last of `dims`, as many as are one: going through them is going on by one stride."""
    first = len(dims) - 1
    while first > 0 and strides[dims[first - 1]] == sizes[dims[first]] * strides[dims[first]]:
        first -= 1
    return dims[max(first, 0) :]


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
