"""Replaces fp8 contractions by launches of kernels."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import prod
from typing import Any

from fnuz import bindings
from fnuz.bindings import Bindings
from fnuz.bindings.handles import address
from fnuz.dialect.formats import FNUZ_OF, FORMATS
from fnuz.dialect.ops import FROM_OCP, TO_OCP
from fnuz.passes.builder import Builder
from fnuz.passes.casts import fuse_into, inf_policy, lower_cast
from fnuz.passes.gfx942 import gemm as staged
from fnuz.passes.gfx942 import partial_sums, preshuffle, skinny
from fnuz.passes.gfx942.access import is_zero
from fnuz.passes.gfx942.block_scales import Blocks, Scales, blocks_of
from fnuz.passes.gfx942.contraction import (
    Digit,
    Gemm,
    Layout,
    Refused,
    Side,
    fp8_operands,
    gemm_of,
    is_fp8_contraction,
)
from fnuz.passes.gfx942.costs import Estimate, can_scale, can_split, choose, estimate
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.epilogue import Epilogue, Step, epilogue_of, size_asked_for
from fnuz.passes.gfx942.host import Host, as_i32
from fnuz.passes.gfx942.launch import MOST_BYTES, Launches
from fnuz.passes.gfx942.sizes import ASSUMED, Number, known, product, static, text
from fnuz.passes.gfx942.tiles import CHUNK, TILES, Choice, Skinny, Tile
from fnuz.passes.registry import Diagnostics
from fnuz.passes.types import element_of, with_element

_RESHAPES = frozenset({"tensor.collapse_shape", "tensor.expand_shape"})

Reach = tuple[list[Number], int]
"""What must be less than a number in sum, so that every offset is below 2 GB."""

_TOO_LARGE = "an operand of it has 2 GB or more, and buffers have offsets of 32 bits"


def map_to_mfma(module: Any, choice: Choice | None, diagnostics: Diagnostics) -> None:
    """Map the fp8 contractions of a module, all with `choice`, or each with the best for it."""
    with module.location:  # shaped types want one
        _Mapping(module, choice, diagnostics).run()


class _Mapping:
    def __init__(self, module: Any, choice: Choice | None, diagnostics: Diagnostics) -> None:
        self.module, self.choice, self.diagnostics = module, choice, diagnostics
        self.bindings: Bindings = bindings.of(module)
        self.ir = self.bindings.ir
        self.builder = Builder(self.bindings, diagnostics.report)
        self.launches = Launches(module, self.bindings, self.builder)
        self.found: dict[int, Any] = {}
        """The contractions that are still to be mapped, by their addresses."""

    def run(self) -> None:
        def collect(op: Any) -> Any:
            if is_fp8_contraction(op, self._maps, self.ir):
                self.found[address(op)] = op
            return self.ir.WalkResult.ADVANCE

        self.module.walk(collect)
        while self.found:
            self._map(self.found.pop(next(iter(self.found))))

    def _map(self, op: Any) -> None:
        elements = [str(element_of(self.ir, v.type)) for v in fp8_operands(op, self.ir)]
        ocp = [name for name in elements if not FORMATS[name].fnuz]
        if ocp:
            self.diagnostics.error(
                op.location,
                f"'{op.name}' multiplies {ocp[0]}: the matrix unit of gfx942 has FNUZ fp8 alone; "
                "convert with ocp-to-fnuz first",
            )
            return
        gemm = gemm_of(op, self._maps(op), self.ir)
        if isinstance(gemm, Refused):
            self.diagnostics.left(op, op.name, f"not mapped to MFMA: {gemm.why}")
            return
        if self.choice and not gemm.plain and self.choice not in map(Choice, TILES):
            self.diagnostics.error(
                op.location,
                f"'{op.name}' is no product of matrices of static sizes, for which tile="
                f"{self.choice} is; it can have {', '.join(map(str, TILES))}",
            )
            return
        gemm, blocks, cost, unscaled = self._chosen(op, gemm)
        if self.choice and not can_split(gemm, self.choice.parts):
            self.diagnostics.error(
                op.location,
                f"'{op.name}' has a depth of {gemm.depth}, which tile={self.choice} cannot split: "
                f"{gemm.depth} is no multiple of {self.choice.parts} * {CHUNK}",
            )
            return
        last = blocks.step.op if blocks else op
        epilogue = epilogue_of(last, gemm, self._maps, self.ir, self._lower_casts)
        steps, why = epilogue.steps, epilogue.why
        if unscaled:
            why = f"the op that adds up its blocks is left: {unscaled}"
        before = gemm
        gemm, choice, codes = self._in_blocks(gemm, cost.choice)
        tile = choice.tile
        reaches = _reaches(gemm, choice, [*([blocks.step] if blocks else []), *steps])
        if not all(sum(map(known, numbers)) < most for numbers, most in reaches):
            self.diagnostics.left(op, op.name, f"not mapped to MFMA: {_TOO_LARGE}")
            return
        made_by = [o for step in steps for source in step.sources for o in source.through]
        for side in (before.inner, before.outer):
            made_by += [*side.through, *self._casts(side.value)]
        gemm = self._before_casts(gemm)
        shuffled = ""
        if codes is not None:
            of = before.inner if gemm.inner.block else before.outer
            gemm, size = self._with_constant(op, gemm, of, codes)
            made_by += preshuffle.ops_behind(of.value)
            shuffled = f", a constant of {size} bytes preshuffled"
        ocp = [s.value.type.element_type for s in (gemm.outer, gemm.inner) if _is_ocp(s.value)]
        sizes = map(text, [*gemm.batch, gemm.outer.extent, gemm.inner.extent, gemm.depth])
        padded = gemm.inner.bounds or gemm.outer.bounds
        self.diagnostics.remark(
            op,
            f"{op.name} of {'x'.join(sizes)} to MFMA {tile.rows}x{tile.rows}x{tile.products}, "
            f"tile {choice}, {tile.threads // 64} waves, "
            f"{_lds_bytes(gemm, tile)} bytes of LDS{shuffled}"
            + (f", {' and '.join(map(str, ocp))} made FNUZ while loaded" if ocp else "")
            + (", with the padding before it" if padded else "")
            + (f", blocks of {blocks.size} scaled" if blocks else "")
            + (f", with {len(steps)} elementwise ops after it" if steps else "")
            + f"; bound by {cost.bound}, {cost.clocks} clocks by estimate"
            + (f" for dynamic sizes of {ASSUMED}" if gemm.dynamic else "")
            + (f"; {why}" if why else ""),
        )
        checks = [(numbers, most) for numbers, most in reaches if not static(*numbers)]
        self._launch(op, gemm, choice, blocks, epilogue, checks)
        self._erase_unused(made_by)

    def _chosen(self, op: Any, gemm: Gemm) -> tuple[Gemm, Blocks | None, Estimate, str]:
        """The GEMM that is mapped and its kernel, and why without the op that adds up blocks."""
        found, forced = blocks_of(op, gemm, self._maps, self.ir), self.choice
        if isinstance(found, str):
            why = found
        elif self._casts(gemm.inner.value) or self._casts(gemm.outer.value):
            why = "an operand is in OCP, and its NaN are found behind the last block"
        else:
            whole, blocks = found
            if forced is None:
                cost = choose(whole, blocks)
            else:
                cost = estimate(whole, forced, blocks) if can_scale(whole, forced, blocks) else None
            if cost is not None:
                return whole, blocks, cost, ""
            what = f"tile={forced}" if forced else "tile"
            why = f"no {what} can scale blocks of {blocks.size}"
        cost = estimate(gemm, forced) if forced else choose(gemm)
        assert cost is not None
        return gemm, None, cost, why

    def _in_blocks(self, gemm: Gemm, choice: Choice) -> tuple[Gemm, Choice, Any]:
        """The GEMM with a constant operand in blocks, the kernel for that, and the codes.

        The larger of two constants. Always: it takes the writes to LDS and the reads of it away,
        and adds no load from memory, as waves that load the same block find it in the L1 cache.
        The other operand is then read from LDS by as few waves as can be.
        """
        tile, sides = choice.tile, (gemm.inner, gemm.outer)
        # Where there are blocks in the kernel, and no part of a split depth ends inside of one.
        if isinstance(tile, Skinny):
            return gemm, choice, None
        if choice.parts > 1 and gemm.depth % (choice.parts * tile.step):
            return gemm, choice, None
        codes = [
            preshuffle.codes_in(side.value, self._maps, self.bindings)
            if preshuffle.can_shuffle(side)
            else None
            for side in sides
        ]
        sizes = [0 if of is None else of.size for of in codes]
        if not any(sizes):
            return gemm, choice, None
        taken = sizes.index(max(sizes))
        side = preshuffle.in_blocks(sides[taken], gemm.depth, tile.rows)
        readers = (tile.waves, tile.across)
        if readers[taken] > readers[1 - taken]:
            choice = replace(choice, tile=tile.turned)
        gemm = replace(gemm, outer=side) if taken else replace(gemm, inner=side)
        return gemm, choice, codes[taken]

    def _with_constant(self, op: Any, gemm: Gemm, of: Side, codes: Any) -> tuple[Gemm, Number]:
        """The GEMM with the constant for its blocks, of an operand as it was; its bytes."""
        side = gemm.inner if gemm.inner.block else gemm.outer
        attr = preshuffle.constant_of(codes, of, gemm.depth, side.block, self.bindings)
        b = self.builder.before(op)
        value = b.value("arith.constant", attr.type, attributes={"value": attr})
        side = replace(side, value=value)
        gemm = replace(gemm, inner=side) if gemm.inner.block else replace(gemm, outer=side)
        return gemm, side.elements

    def _casts(self, value: Any) -> list[Any]:
        """The reshapes, last first, and behind them the fnuz.from_ocp that made an operand."""
        made_by = []
        while not isinstance(value, self.ir.BlockArgument):
            op = value.owner.operation
            if op.name not in (FROM_OCP, *_RESHAPES):
                break
            made_by.append(op)
            if op.name == FROM_OCP:
                return made_by
            value = op.operands[0]
        return []

    def _before_casts(self, gemm: Gemm) -> Gemm:
        """The GEMM with its operands as the kernel loads them."""
        inner, outer = self._staged(gemm.inner), self._staged(gemm.outer)
        loaded = {gemm.inner.value: inner.value, gemm.outer.value: outer.value}
        dynamic = tuple((loaded.get(value, value), dim) for value, dim in gemm.dynamic)
        return replace(gemm, inner=inner, outer=outer, dynamic=dynamic)

    def _staged(self, side: Side) -> Side:
        """The operand as the kernel loads it: in OCP, reshaped as before, where it is a cast."""
        casts = self._casts(side.value)
        if not casts:
            return side
        *reshapes, cast = casts
        value = cast.operands[0]
        for reshape in reversed(reshapes):
            copy = reshape.clone(ip=self.ir.InsertionPoint(reshape))
            copy.operands[0] = value
            type = with_element(self.ir, copy.results[0].type, value.type.element_type)
            copy.results[0].set_type(type)
            value = copy.results[0]
        return replace(side, value=value, inf=inf_policy(cast))

    def _erase_unused(self, ops: Sequence[Any]) -> None:
        """Erase those whose result nothing uses now."""
        left = {address(op): op for op in ops}  # both operands may be one
        while unused := [key for key, op in left.items() if not list(op.results[0].uses)]:
            for key in unused:
                left.pop(key).erase()

    def _lower_casts(self, op: Any) -> Any:
        """The linalg op that a fnuz.to_ocp is, or one with the casts of its inputs in its body."""
        if op.name == TO_OCP and isinstance(op.results[0].type, self.ir.RankedTensorType):
            return lower_cast(self.builder.before(op), op).owner.operation
        if op.name == "linalg.generic":
            result = self._maps(op)[-1]
            if result == self.ir.AffineMap.get_identity(result.n_dims):  # it sums nothing up
                fuse_into(self.builder, op)
        return op

    def _maps(self, op: Any) -> list[Any]:
        maps = self.bindings.module("dialects.linalg").get_indexing_maps(op)
        return [attribute.value for attribute in maps]

    def _launch(
        self,
        op: Any,
        gemm: Gemm,
        choice: Choice,
        blocks: Blocks | None,
        epilogue: Epilogue,
        checks: Sequence[Reach],
    ) -> None:
        """Put the kernel and its launch in the place of the contraction and of what it takes in."""
        tile, launches, steps = choice.tile, self.launches, epilogue.steps
        start = op.operands[len(op.operands) - 1]
        last = blocks.step.op if blocks else op
        replaced = [*([op] if blocks else []), last, *epilogue.ops]
        for each in replaced:  # sums of blocks scaled by two fp8 tensors look like a contraction
            self.found.pop(address(each), None)
        for each, shape in zip([last, *epilogue.ops][:-1], epilogue.shapes, strict=False):
            self._replace_sizes(each.results[0], shape, gemm)
        b = self.builder.before(replaced[-1])
        host = Host(b, gemm.dynamic)
        for numbers, most in checks:
            host.check(numbers, most, f"{op.name}: {_TOO_LARGE}")
        sides = (gemm.inner, gemm.outer)
        operands = [(launches.argument(s.value, s.elements), s.elements) for s in sides]
        operands += self._read([blocks.step] if blocks else [])
        elements = gemm.result.elements
        init = [] if is_zero(gemm.init, self.ir) else [gemm.init]
        after = [(launches.argument(v, elements), elements) for v in init]
        after += self._read(steps)
        made = list(replaced[-1].results)
        result = gemm.init
        if made:
            result = launches.result(made[0].type, host.dynamic(made[0].type, epilogue.shapes[-1]))
        after.append((launches.flat(result, elements), elements))
        groups, lds = host.grid(staged.tiled(gemm, tile)), _lds(gemm, tile)

        def loading(e: Emitter, given: Iterator[Any], of: Blocks | None) -> dict[str, Any]:
            """What the kernel that multiplies is told of `operands`."""
            buffers = [next(given), next(given)]
            scales = Scales(of, self._inputs(e, [of.step], given)) if of else None
            return {"buffers": buffers, "scales": scales}

        def storing(e: Emitter, given: Iterator[Any]) -> dict[str, Any]:
            """What the kernel that stores the result is told of `after`."""
            first = next(given) if init else None
            inputs = self._inputs(e, steps, given)
            return {"init": first, "steps": steps, "inputs": inputs, "result": next(given)}

        if choice.parts == 1:

            def whole(e: Emitter, given: Iterator[Any]) -> None:
                told = loading(e, given, blocks) | storing(e, given)
                _emit(e, gemm, tile, stages=list(given), **told)

            self._kernel(op, "gemm", groups, tile, [*operands, *after], whole, lds, host.sizes)
        else:
            of_parts = gemm.split(choice.parts)
            size = known(of_parts.result.elements)
            sums = launches.result(self.ir.RankedTensorType.get([size], self.ir.F32Type.get()))

            def partial(e: Emitter, given: Iterator[Any]) -> None:
                told = loading(e, given, blocks.split(of_parts) if blocks else None)
                told |= {"init": None, "steps": [], "inputs": [], "result": next(given)}
                _emit(e, of_parts, tile, stages=list(given), **told)

            def total(e: Emitter, given: Iterator[Any]) -> None:
                partial_sums.emit(e, gemm, of_parts, next(given), **storing(e, given))

            groups *= choice.parts
            self._kernel(op, "gemm", groups, tile, [*operands, (sums, size)], partial, lds)
            groups = partial_sums.workgroups(gemm)
            self._kernel(op, "gemm_sum", groups, None, [(sums, size), *after], total)
            b.create("memref.dealloc", [], [sums])
        if made:
            b.replace(replaced.pop(), launches.tensor(made[0].type, result))
        for done in reversed(replaced):
            done.erase()
        _erase_fill(start, self.ir)

    def _replace_sizes(self, value: Any, shape: Sequence[Number], gemm: Gemm) -> None:
        """Take the sizes of a value that will be no more from the operands."""
        for use in list(value.uses):
            user = use.owner.operation
            dim = size_asked_for(user, self.ir)
            if dim is not None:
                b = self.builder.before(user)
                b.replace(user, Host(b, gemm.dynamic).number(shape[dim]))

    def _read(self, steps: Sequence[Step]) -> list[tuple[Any, Number]]:
        """What a kernel is given of the sources of steps, before its own constants, and how many
        elements each has."""
        sources = [s for step in steps for s in step.sources if s.number(self.ir) is None]
        sizes = [s.layout.elements if s.layout else 1 for s in sources]
        return [
            (self.launches.argument(s.value, n), n) for s, n in zip(sources, sizes, strict=True)
        ]

    def _inputs(self, e: Emitter, steps: Sequence[Step], given: Iterator[Any]) -> list[Any]:
        """The sources of steps in a kernel, from what it was given."""
        numbers = [s.number(self.ir) for step in steps for s in step.sources]
        return [next(given) if n is None else e.constant(n) for n in numbers]

    def _kernel(
        self,
        op: Any,
        name: str,
        groups: int | Any,
        tile: Tile | Skinny | None,
        arguments: Sequence[tuple[Any, Number]],
        emit: Callable[[Emitter, Iterator[Any]], None],
        lds: Sequence[str] = (),
        sizes: Sequence[Any] = (),
    ) -> None:
        """Make a kernel and launch it; `emit` makes its body from its arguments, its LDS last.

        `arguments` are values and the number of their elements, `sizes` those that are dynamic.
        Without a tile it is one that adds partial sums.
        """
        threads = tile.threads if tile else partial_sums.THREADS
        values = [v for v, _ in arguments]
        values += [as_i32(self.builder, size) for size in sizes]
        types = [v.type for v in values]
        symbol, emitter, given = self.launches.kernel(name, types, threads, lds, op.location)
        count = len(arguments)
        emitter.sizes = given[count : len(values)]
        buffers = [emitter.sized(v, n) for v, (_, n) in zip(given, arguments, strict=False)]
        emit(emitter, iter([*buffers, *given[len(values) :]]))
        self.launches.launch(symbol, groups, threads, values)


def _erase_fill(init: Any, ir: Any) -> None:
    """Erase the fill of an init that no kernel reads: of sums of blocks it would be large."""
    while not isinstance(init, ir.BlockArgument) and not list(init.uses):
        op = init.owner.operation
        if op.name not in ("linalg.fill", "tensor.empty"):
            return
        operands = list(op.operands)
        op.erase()
        if not operands:
            return
        init = operands[-1]


def _is_ocp(value: Any) -> bool:
    return not FORMATS[str(value.type.element_type)].fnuz


def _emit(e: Emitter, gemm: Gemm, tile: Tile | Skinny, **told: Any) -> None:
    """Emit the kernel of the variant that the tile is of."""
    if isinstance(tile, Skinny):
        skinny.emit(e, gemm, tile, **told)
    else:
        staged.emit(e, gemm, tile, **told)


def _lds(gemm: Gemm, tile: Tile | Skinny) -> list[str]:
    """What a workgroup has in LDS: shapes and element types."""
    if isinstance(tile, Skinny):
        return [f"{tile.lds // 4}xf32"]
    return [
        f"{tile.staged(rows)}x{FNUZ_OF.get(format, format).mlir_name}"
        for rows, side in ((tile.inner, gemm.inner), (tile.outer, gemm.outer))
        if not side.block
        for format in (FORMATS[str(side.value.type.element_type)],)
    ]


def _lds_bytes(gemm: Gemm, tile: Tile | Skinny) -> int:
    if isinstance(tile, Skinny):
        return tile.lds
    sides = ((tile.inner, gemm.inner), (tile.outer, gemm.outer))
    return sum(tile.staged(rows) for rows, side in sides if not side.block)


def _reaches(gemm: Gemm, choice: Choice, steps: Sequence[Step]) -> list[Reach]:
    """Those of the buffers of a kernel: their elements, and what it may go past the end."""
    tile = choice.tile

    def past(digits: Sequence[Digit], count: int) -> Number:
        within = prod(known(d.size) for d in digits[1:])
        return product(count // within + 1, digits[0].stride)

    def of_side(side: Side, rows: int) -> Reach:
        ends = [past(side.rows, rows), past(side.products, tile.overrun)]
        return [side.elements, *ends], MOST_BYTES

    def of_result(layout: Layout) -> Reach:
        ends = [product(tile.inner, layout.inner), product(tile.outer, layout.outer)]
        return [layout.elements, *ends], MOST_BYTES // 4

    results = gemm if choice.parts == 1 else gemm.split(choice.parts)
    layouts = [results.result, *(s.layout for t in steps for s in t.sources if s.layout)]
    sides = ((gemm.inner, tile.inner), (gemm.outer, tile.outer))
    return [*(of_side(*side) for side in sides), *map(of_result, layouts)]
