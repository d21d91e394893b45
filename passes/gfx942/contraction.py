"""Which linalg ops on tensors are GEMMs of FNUZ operands, and how their operands lie in memory.

A row of an operand, and a product in its sum, may be several dims of the op: its number is split
into digits then, each with a stride. So a convolution is a GEMM too: a row is a pixel of the
result, a product an element of the window, and both move along the same dims of the image.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import gcd
from typing import Any

from fnuz.dialect.formats import FORMATS, InfPolicy
from fnuz.passes import structured
from fnuz.passes.gfx942.access import Access, access_of, linear
from fnuz.passes.gfx942.sizes import Dynamic, Number, assumed, known, product, static, total
from fnuz.passes.gfx942.tiles import CHUNK
from fnuz.passes.rules.linalg import CONTRACTIONS
from fnuz.passes.types import element_of


@dataclass(frozen=True)
class Digit:
    """A digit of the number of a row, of a product or of a batch."""

    size: Number
    stride: Number
    """Elements from one to the next."""
    moves: tuple[int, ...]
    """The same, along each of the side's bounds."""


@dataclass(frozen=True)
class Bound:
    """A coordinate that is outside of the operand where it is not below `extent`: zero is there."""

    start: int
    """The first one: below zero by the padding."""
    extent: int


@dataclass(frozen=True)
class Side:
    """An operand of a GEMM: rows that are multiplied, each of as many elements as products.

    Strides are in elements; the operand is dense. Digits are from the slowest to the fastest.
    """

    value: Any
    elements: Number
    offset: Number
    """Of the first element."""
    rows: tuple[Digit, ...]
    products: tuple[Digit, ...]
    batches: tuple[Digit, ...]
    """One for each batch dim of the GEMM."""
    bounds: tuple[Bound, ...]
    through: tuple[Any, ...]
    """The ops from `value` to the operand: the kernel's addresses do what they did."""
    inf: InfPolicy = "nan"
    """What becomes of an Inf where `value` is OCP."""
    block: int = 0
    """The rows of the blocks in which `preshuffle` has put it, 0 for as it was. Strides are then
    from block to block, divided by their rows and products."""

    @property
    def extent(self) -> Number:
        """The number of rows."""
        return product(*(d.size for d in self.rows))

    @property
    def row(self) -> int:
        """From a row of a plain GEMM to the next."""
        return known(self.rows[-1].stride)

    @property
    def depth(self) -> int:
        """From an element of a row of a plain GEMM to the next."""
        return known(self.products[-1].stride)

    def with_depth(self, depth: int) -> "Side":
        """The same rows of a plain GEMM with so many elements."""
        return replace(self, products=(replace(self.products[-1], size=depth),))

    @property
    def rows_adjoin(self) -> bool:
        """Whether it is the rows that are neighbours in memory."""
        return self.rows[-1].stride == 1 != self.products[-1].stride

    @property
    def run(self) -> int:
        """How many products are apart by the last digit's stride, all in bounds or none."""
        last = self.products[-1]
        return 1 if any(last.moves) else known(last.size)

    def width(self, most: int, along: tuple[Digit, ...]) -> int:
        """How many elements along `rows` or `products` can be loaded at once.

        A power of two up to `most`, so that each load is wholly inside of the last digit and
        aligned to its size.
        """
        every = [*self.rows, *self.products, *self.batches]
        others = [d.stride for d in every if d is not along[-1]]
        if along[-1].stride != 1 or any(along[-1].moves):
            return 1
        return gcd(most, *map(known, (along[-1].size, self.offset, *others)))

    @property
    def cost(self) -> int:
        """An estimate of the instructions for a chunk of a row: loads and their addresses."""
        width = max(self.width(CHUNK, self.products), self.width(4, self.rows))
        parts = len(self.products) + len(self.bounds)
        return CHUNK // width + (parts * CHUNK // gcd(CHUNK, self.run) if parts > 1 else 0)


@dataclass(frozen=True)
class Layout:
    """The strides of a tensor that has an element, or shares one, for each result of a GEMM."""

    elements: Number
    inner: Number
    """Along the rows of `inner`."""
    outer: Number
    """Along the rows of `outer`."""
    batch: tuple[Number, ...]


@dataclass(frozen=True)
class Gemm:
    """result[b, i, o] = init[b, i, o] + sum over k of inner[b, i, k] * outer[b, o, k].

    `inner` is the operand that has the innermost dim of the result.
    """

    batch: tuple[Number, ...]
    """The sizes of the batch dims."""
    inner: Side
    outer: Side
    depth: int
    """The number of products in a sum."""
    init: Any
    shape: tuple[Number, ...]
    """That of the result."""
    dims: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    """The dims of the result that are rows of `inner`, rows of `outer` and the batch."""
    dynamic: tuple[tuple[Any, int], ...]
    """The dynamic sizes, by their numbers: tensors and dims of them."""
    parts: int = 1
    """More than 1 of partial sums: the first batch dim, which the result has first of all too."""

    def layout(self, elements: Number, strides: Sequence[Number]) -> Layout | None:
        """That of a tensor with these strides along the dims of the result.

        None when there is no one stride along the rows.
        """
        sizes, along = dict(enumerate(self.shape)), dict(enumerate(strides))
        inner, outer, batch = (list(dims) for dims in self.dims)
        if any(_one_dim(rows, sizes, along) != rows for rows in (inner, outer)):
            return None
        of_batch = tuple(along[d] for d in batch)
        return Layout(elements, _stride(inner, along), _stride(outer, along), of_batch)

    @property
    def result(self) -> Layout:
        """That of the result and of the init, or of the partial sums."""
        elements = product(*self.shape)
        found = self.layout(elements, dense_strides(self.shape))
        assert found is not None
        if self.parts == 1:
            return found
        of_all = product(self.parts, elements)
        return replace(found, elements=of_all, batch=(elements, *found.batch))

    @property
    def plain(self) -> bool:
        """Whether it is one of matrices: of static sizes, with one stride along rows and depth."""
        return not self.dynamic and all(
            len(side.rows) == len(side.products) == 1 and not side.bounds and side.offset == 0
            for side in (self.inner, self.outer)
        )

    def split(self, parts: int) -> "Gemm":
        """The GEMM of the sums over each of `parts` equal parts of the depth of a plain one."""
        depth = self.depth // parts

        def side(of: Side) -> Side:
            part = Digit(parts, product(depth, of.depth), ())
            return replace(of, batches=(part, *of.batches)).with_depth(depth)

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
    if not all(isinstance(v.type, (ir.RankedTensorType, ir.MemRefType)) for v in (a, b, init)):
        return Refused("it is on neither ranked tensors nor memrefs")
    around = op.parent
    while around is not None and around.name != "gpu.module":
        around = around.parent
    if around is not None:
        return Refused("it is in a kernel")
    if any(0 in v.type.shape for v in (a, b, init)):
        return Refused("it has a size of 0")
    for type in (v.type for v in (a, b, init)):
        if isinstance(type, ir.RankedTensorType):
            if type.encoding is not None:
                return Refused("it has a tensor with an encoding")
            continue
        dense = type.affine_map == ir.AffineMap.get_identity(type.rank)
        if not dense or type.memory_space is not None:
            return Refused(f"{type} is not dense in the default memory space")
    if str(init.type.element_type) != "f32":
        return Refused(f"it accumulates in {init.type.element_type}, and the matrix unit in f32")
    if not _sums_products(op, ir):
        return Refused("its body is not the sum of init and the product of both operands in f32")
    index = [[linear(e, ir) for e in m.results] for m in maps]
    every = [i for of_operand in index for i in of_operand]
    if not all(i is not None and min(i.coefficients.values(), default=0) >= 0 for i in every):
        return Refused("an index of it is no sum of dims times positive constants")
    return _gemm((a, b, init), index, ir)


@dataclass(frozen=True)
class _Operand:
    """A tensor, and how the dims of the op move in it: `(stride, *moves)` of a Digit."""

    access: Access
    elements: Number
    offset: Number
    moved: dict[int, tuple[Any, ...]]
    bounds: tuple[Bound, ...]

    def digit(self, dim: int, size: Number) -> Digit:
        stride, *moves = self.moved.get(dim, (0, *[0] * len(self.bounds)))
        return Digit(size, stride, tuple(moves))

    def digits(self, dims: Sequence[int], sizes: dict[int, Number]) -> tuple[Digit, ...]:
        """Those of a number that counts through `dims`: as few as there can be."""
        found: list[Digit] = []
        for digit in (self.digit(d, sizes[d]) for d in dims):
            size, last = digit.size, found[-1] if found else None
            inner = [product(size, n) for n in (digit.stride, *digit.moves)]
            if last and inner == [last.stride, *last.moves]:
                found[-1] = Digit(product(last.size, size), digit.stride, digit.moves)
            else:
                found.append(digit)
        return tuple(found) or (self.digit(-1, 1),)

    def side(
        self, rows: list[int], products: list[int], batch: list[int], sizes: dict[int, Number]
    ) -> Side:
        """The operand with these dims of the op as rows, products and batch."""
        return Side(
            self.access.value,
            self.elements,
            self.offset,
            self.digits(rows, sizes),
            self.digits(products, sizes),
            tuple(self.digit(d, sizes[d]) for d in batch),
            self.bounds,
            self.access.through,
        )


def _gemm(values: Sequence[Any], index: Sequence[Any], ir: Any) -> Gemm | Refused:
    """`gemm_of` of an op with two inputs, one init and linear indices."""
    a, b, init = values
    accesses = [access_of(v, i, ir) for v, i in zip((a, b), index, strict=False)]
    plain = [Access(v, tuple(i), (False,) * len(i), ()) for v, i in zip(values, index, strict=True)]
    # Not of what padding and reshapes made: that may be no more. But they may hide a size.
    sizes, dynamic = _sizes([*accesses, *plain])
    of_c = [i.dim for i in index[2]]
    if None in of_c or len(set(of_c)) < len(of_c):
        return Refused("an index of its result is not one dim, of its own")
    operands = []
    for access in accesses:
        operand = _operand(access, sizes)
        if operand is None:
            return Refused("an operand has a dynamic size where its index is not one dim alone")
        operands.append(operand)
    of_a, of_b = (o.moved for o in operands)
    dims = [d for d in sizes if sizes[d] != 1]
    of_c = [d for d in of_c if d in dims]
    if any((d in of_a) + (d in of_b) < (1 if d in of_c else 2) for d in dims):
        return Refused("a dim of it is in one operand alone, or in the result alone")
    sums = [d for d in dims if d not in of_c]
    if not static(*(sizes[d] for d in sums)):
        return Refused("it sums over a dim of dynamic size")
    shape = tuple(sizes[i.dim] for i in index[2])
    at = {i.dim: n for n, i in enumerate(index[2])}
    strides = dense_strides(shape)
    along = {d: strides[at[d]] for d in of_c}
    batch = [d for d in of_c if d in of_a and d in of_b]
    rows = []
    for mine, other in ((of_a, of_b), (of_b, of_a)):
        own = [d for d in of_c if d in mine and d not in other]
        rows.append(_one_dim(own, sizes, along))
        batch += [d for d in own if d not in rows[-1]]
    order = min(
        _orders(sums, operands),
        key=lambda o: sum(
            x.side(r, o, batch, sizes).cost for x, r in zip(operands, rows, strict=True)
        ),
    )
    sides = [(x.side(r, order, batch, sizes), r) for x, r in zip(operands, rows, strict=True)]
    if not rows[0] or (rows[1] and at[rows[0][-1]] < at[rows[1][-1]]):
        sides.reverse()
    (inner, inner_rows), (outer, outer_rows) = sides
    return Gemm(
        tuple(sizes[d] for d in batch),
        inner,
        outer,
        known(product(*(sizes[d] for d in sums))),
        init,
        shape,
        (
            tuple(at[d] for d in inner_rows),
            tuple(at[d] for d in outer_rows),
            tuple(at[d] for d in batch),
        ),
        dynamic,
    )


def _sizes(
    accesses: Sequence[Access],
) -> tuple[dict[int, Number], tuple[tuple[Any, int], ...]]:
    """The size of each dim of an op, and of which dims of tensors the dynamic ones are.

    What one operand knows and another does not is known: their sizes must agree.
    """
    places = [
        (index.dim, access.value, n)
        for access in accesses
        for n, (index, padded) in enumerate(zip(access.index, access.padded, strict=True))
        if index.dim is not None and not padded
    ]
    sizes: dict[int, Number] = {
        dim: v.type.shape[n] for dim, v, n in places if not v.type.is_dynamic_dim(n)
    }
    dynamic: list[tuple[Any, int]] = []
    for dim, value, n in places:
        if dim not in sizes:
            sizes[dim] = Dynamic(1, (len(dynamic),))
            dynamic.append((value, n))
    return sizes, tuple(dynamic)


def _operand(access: Access, sizes: dict[int, Number]) -> _Operand | None:
    """How the dims of an op move in a tensor; None where a dynamic size leaves that open."""
    type, shape = access.value.type, list[Number]()
    for n, (index, padded) in enumerate(zip(access.index, access.padded, strict=True)):
        if not type.is_dynamic_dim(n):
            shape.append(type.shape[n])
        elif index.dim is None or padded:
            return None
        else:
            shape.append(sizes[index.dim])
    strides = dense_strides(shape)
    moved: dict[int, tuple[Any, ...]] = {}
    padded_dims = [n for n, padded in enumerate(access.padded) if padded]
    for dim in sizes:
        by = [i.coefficients.get(dim, 0) for i in access.index]
        stride = total(product(c, s) for c, s in zip(by, strides, strict=True))
        if stride is None:
            return None
        if any(by):
            moved[dim] = (stride, *(by[n] for n in padded_dims))
    offset = total(product(i.constant, s) for i, s in zip(access.index, strides, strict=True))
    if offset is None:
        return None
    bounds = tuple(Bound(access.index[n].constant, known(shape[n])) for n in padded_dims)
    return _Operand(access, product(*shape), offset, moved, bounds)


def _orders(dims: list[int], operands: Sequence[_Operand]) -> Iterator[list[int]]:
    """Orders of the dims that are summed over: as they lie in each operand, each dim last."""
    for operand in operands:
        by_stride = sorted(dims, key=lambda d: assumed(operand.moved[d][0]), reverse=True)
        yield by_stride
        for last in dims:
            yield [*(d for d in by_stride if d != last), last]


def dense_strides(shape: Sequence[Number]) -> list[Number]:
    """Of a tensor in row-major order."""
    return [product(*shape[n + 1 :]) for n in range(len(shape))]


def _one_dim(dims: list[int], sizes: dict[int, Number], strides: dict[int, Number]) -> list[int]:
    """The last of `dims`, as many as are one: going through them is going on by one stride."""
    first = len(dims) - 1
    while first > 0 and strides[dims[first - 1]] == product(
        sizes[dims[first]], strides[dims[first]]
    ):
        first -= 1
    return dims[max(first, 0) :]


def _stride(dims: list[int], strides: dict[int, Number]) -> Number:
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
