"""Scales that change along the depth: sums of blocks that are scaled and added up in the kernel.

fuse-dequantize makes two ops of such a contraction. The first has a sum for each block of the
depth; the second multiplies each by its scales and adds them up. Here both are one GEMM, whose
kernel has two sets of sums: of the block, from zero, and of the whole depth.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fnuz.passes import structured
from fnuz.passes.gfx942.access import is_zero
from fnuz.passes.gfx942.contraction import Gemm, Layout, Maps, dense_strides
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.epilogue import STORED, Source, Step, apply, captured_by
from fnuz.passes.gfx942.gemm import Results
from fnuz.passes.gfx942.sizes import known, product
from fnuz.passes.types import element_of


@dataclass(frozen=True)
class Blocks:
    """How the sum of each block of a GEMM's depth is added to the result."""

    size: int
    """Products in a block."""
    step: Step
    """The op that does it: its body on the sum of the block gives the next sum of the whole."""
    total: Any
    """The block argument that is the sum of the blocks before."""
    strides: tuple[int, ...]
    """Of the sources of `step`, from a block to the next."""

    @property
    def operations(self) -> int:
        """How many the body has, for each result and block."""
        return len(self.step.op.regions[0].blocks[0].operations) - 1

    def split(self, gemm: Gemm) -> "Blocks":
        """Those of a GEMM that is a split of the one they are of."""
        each = gemm.depth // self.size
        sources = tuple(
            replace(s, layout=replace(s.layout, batch=(each * stride, *s.layout.batch)))
            if s.layout
            else s
            for s, stride in zip(self.step.sources, self.strides, strict=True)
        )
        return replace(self, step=replace(self.step, sources=sources))


def blocks_of(op: Any, gemm: Gemm, maps_of: Maps, ir: Any) -> tuple[Gemm, Blocks] | str:
    """The GEMM of a contraction and of the op that scales and adds its blocks, or why it is none.

    An empty text where there is no such op.
    """
    uses = list(op.results[0].uses) if op.results else []
    if len(uses) != 1:
        return ""
    user, number = uses[0].owner.operation, uses[0].operand_number
    if user.name != "linalg.generic" or len(user.results) != 1 or user.block != op.block:
        return ""
    inputs, _ = structured.inputs_and_inits(user, ir)
    maps = maps_of(user)
    out, of_sums = maps[-1], maps[number]
    if len(out.results) != out.n_dims - 1 or number >= len(inputs):
        return ""
    if not out.is_projected_permutation or not of_sums.is_permutation:
        return "it moves elements otherwise than one dim for each index"
    at = {ir.AffineDimExpr(e).position: n for n, e in enumerate(out.results)}
    (along,) = set(range(out.n_dims)) - set(at)
    of_sums = [ir.AffineDimExpr(e).position for e in of_sums.results]
    rows, columns, batch = gemm.dims
    if of_sums.index(along) not in batch:
        return "it adds up another dim than one of both operands"
    n = batch.index(of_sums.index(along))
    sides = (gemm.inner, gemm.outer)
    if not gemm.plain or any(s.batches[n].stride != gemm.depth * s.depth for s in sides):
        return "the blocks are apart in memory, or its operands no matrices of static sizes"
    if not is_zero(gemm.init, ir):
        return "the sums of the blocks do not start at zero"

    def moved(dims: Sequence[int]) -> tuple[int, ...]:
        return tuple(at[of_sums[d]] for d in dims)

    depth = known(gemm.batch[n]) * gemm.depth
    inner, outer = (
        replace(s, batches=(*s.batches[:n], *s.batches[n + 1 :])).with_depth(depth) for s in sides
    )
    init = user.operands[len(user.operands) - 1]
    whole = replace(
        gemm,
        batch=(*gemm.batch[:n], *gemm.batch[n + 1 :]),
        inner=inner,
        outer=outer,
        depth=depth,
        init=init,
        shape=tuple(init.type.shape),
        dims=(moved(rows), moved(columns), moved((*batch[:n], *batch[n + 1 :]))),
    )
    if str(whole.init.type.element_type) != "f32":
        return f"it adds up in {whole.init.type.element_type}"
    elements = product(*whole.shape)
    if whole.layout(elements, dense_strides(whole.shape)) is None:
        return "its result lies otherwise than rows and columns"
    total = _adds_to(user, ir)
    if total is None:
        return "its body is not the sum of its init and of what it makes of a block"
    sources = captured_by(user, ir)
    if isinstance(sources, str):
        return sources
    strides = [0] * len(sources)
    arguments = user.regions[0].blocks[0].arguments
    for argument, operand, map_ in zip(arguments, inputs, maps, strict=False):
        if operand == op.results[0] or not list(argument.uses):
            continue
        source, stride = Source(argument, operand, None), 0
        if str(element_of(ir, operand.type)) not in STORED:
            return f"it reads {element_of(ir, operand.type)}"
        if isinstance(operand.type, ir.ShapedType) and source.number(ir) is None:
            steps = [0] * out.n_dims
            shape = list(operand.type.shape)
            along_dims = map(known, dense_strides(shape))
            for expression, each in zip(map_.results, along_dims, strict=True):
                if isinstance(expression, ir.AffineDimExpr):
                    steps[expression.position] += each
                elif expression != ir.AffineExpr.get_constant(0):
                    return "an indexing map of it is not one dim for each index"
            stride = steps[along]
            layout = whole.layout(product(*shape), [steps[e.position] for e in out.results])
            if layout is None:
                return "what it reads lies otherwise than the result"
            source = replace(source, layout=layout)
        sources.append(source)
        strides.append(stride)
    for source in sources:
        if source.layout is None and source.number(ir) is None and str(source.value.type) != "f32":
            return f"it takes a scalar of {source.value.type}, and the kernel f32 alone"
    step = Step(user, arguments[number], tuple(sources))
    return whole, Blocks(gemm.depth, step, total, tuple(strides))


def _adds_to(op: Any, ir: Any) -> Any | None:
    """The argument of the init, if the body adds something that does not depend on it to it."""
    total = op.regions[0].blocks[0].arguments[len(op.operands) - 1]
    result = structured.yielded(op)[0]
    if isinstance(result, ir.BlockArgument) or result.owner.operation.name != "arith.addf":
        return None
    addends = list(result.owner.operation.operands)
    return total if addends.count(total) == 1 and len(list(total.uses)) == 1 else None


@dataclass(frozen=True)
class Scales:
    """Blocks, and what the sources of their step are in a kernel."""

    blocks: Blocks
    inputs: Sequence[Any]

    def of(self, e: Emitter, results: Results, first: Any) -> "Scaling":
        """Those of a lane's results; its block 0 is the `first`-th, which waves may differ in."""
        return Scaling(e, results, self, first)


class Scaling:
    """The scales of a lane's results, and how the sums of a block are added with them."""

    def __init__(self, e: Emitter, results: Results, scales: Scales, first: Any) -> None:
        self.e, self.results, self.blocks = e, results, scales.blocks
        sources = zip(self.blocks.step.sources, scales.inputs, self.blocks.strides, strict=True)
        self._sources = [
            (source, value, stride, self._first(source.layout, first, stride))
            for source, value, stride in sources
        ]
        self._places: dict[tuple[int, int, int], int] = {}
        """Which of the values of `load` a source has at a row and a column."""
        for n, (source, *_) in enumerate(self._sources):
            if source.layout:
                for _, _, row, column in results.each():
                    at = self._at(n, source.layout, row, column)
                    self._places.setdefault(at, len(self._places))

    def _first(self, layout: Layout | None, first: Any, stride: int) -> Any:
        if layout is None:
            return None
        return self.e.sum([(self.results.first(layout), 1), (first, stride)])

    def _at(self, n: int, layout: Layout, row: int, column: int) -> tuple[int, int, int]:
        return n, row if layout.inner else 0, column if layout.outer else 0

    def load(self, block: Any) -> list[Any]:
        """The scales of the `block`-th one from the first, an i32 that is the same in all lanes."""
        e, loaded = self.e, []
        for n, row, column in self._places:
            source, value, stride, first = self._sources[n]
            assert source.layout is not None
            start = e.i32_op("muli", block, stride)
            loaded.append(self.results.load_input(source.layout, value, first, row, column, start))
        return loaded

    def add(self, sums: Sequence[Any], totals: Sequence[Any], loaded: Sequence[Any]) -> list[Any]:
        """`totals` and the sums of a block, scaled by what `load` gave for it."""
        e, results, size = self.e, self.results, self.results.width
        parts: list[list[Any]] = [[] for _ in totals]
        for n, element, row, column in results.each():
            values = {self.blocks.total: e.slice(totals[n], element, size)}
            for m, (source, value, _, _) in enumerate(self._sources):
                if source.layout:
                    value = loaded[self._places[self._at(m, source.layout, row, column)]]
                values[source.argument] = results.widened(value)
            block = e.slice(sums[n], element, size)
            parts[n].append(apply(e, self.blocks.step, block, values))
        return [e.join(vectors) for vectors in parts]
