"""Replaces fp8 contractions by launches of kernels."""

from collections.abc import Sequence
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
from fnuz.passes.gfx942 import gemm as kernel
from fnuz.passes.gfx942.access import is_zero
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
from fnuz.passes.gfx942.epilogue import Epilogue, Step, epilogue_of, size_asked_for
from fnuz.passes.gfx942.host import Host
from fnuz.passes.gfx942.launch import MOST_BYTES, Launches
from fnuz.passes.gfx942.sizes import ASSUMED, Number, assumed, known, product, static, text
from fnuz.passes.gfx942.tiles import Tile, choose
from fnuz.passes.registry import Diagnostics
from fnuz.passes.types import element_of, with_element

_RESHAPES = frozenset({"tensor.collapse_shape", "tensor.expand_shape"})

Reach = tuple[list[Number], int]
"""What must be less than a number in sum, so that every offset is below 2 GB."""

_TOO_LARGE = "an operand of it has 2 GB or more, and buffers have offsets of 32 bits"


def map_to_mfma(module: Any, tile: Tile | None, diagnostics: Diagnostics) -> None:
    """Map the fp8 contractions of a module, all with `tile`, or each with the best for it."""
    with module.location:  # shaped types want one
        _Mapping(module, tile, diagnostics).run()


class _Mapping:
    def __init__(self, module: Any, tile: Tile | None, diagnostics: Diagnostics) -> None:
        self.module, self.tile, self.diagnostics = module, tile, diagnostics
        self.bindings: Bindings = bindings.of(module)
        self.ir = self.bindings.ir
        self.builder = Builder(self.bindings, diagnostics.report)
        self.launches = Launches(module, self.bindings, self.builder)

    def run(self) -> None:
        found: list[Any] = []

        def collect(op: Any) -> Any:
            if is_fp8_contraction(op, self._maps, self.ir):
                found.append(op)
            return self.ir.WalkResult.ADVANCE

        self.module.walk(collect)
        for op in found:
            self._map(op)

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
        tile = self.tile or choose(
            assumed(gemm.inner.extent),
            assumed(gemm.outer.extent),
            gemm.depth,
            assumed(product(*gemm.batch)),
        )
        epilogue = epilogue_of(op, gemm, self._maps, self.ir, self._lower_casts)
        steps, why = epilogue.steps, epilogue.why
        reaches = _reaches(gemm, tile, steps)
        if not all(sum(map(known, numbers)) < most for numbers, most in reaches):
            self.diagnostics.left(op, op.name, f"not mapped to MFMA: {_TOO_LARGE}")
            return
        made_by = [o for of_step in steps for source in of_step.sources for o in source.through]
        for side in (gemm.inner, gemm.outer):
            made_by += [*side.through, *self._casts(side.value)]
        gemm = self._before_casts(gemm)
        ocp = [s.value.type.element_type for s in (gemm.outer, gemm.inner) if _is_ocp(s.value)]
        sizes = map(text, [*gemm.batch, gemm.outer.extent, gemm.inner.extent, gemm.depth])
        padded = gemm.inner.bounds or gemm.outer.bounds
        self.diagnostics.remark(
            op,
            f"{op.name} of {'x'.join(sizes)} to MFMA {tile.rows}x{tile.rows}x{tile.products}, "
            f"tile {tile}, {tile.across}x{tile.waves} waves, {tile.lds} bytes of LDS"
            + (f", chosen for dynamic sizes of {ASSUMED}" if gemm.dynamic and not self.tile else "")
            + (f", {' and '.join(map(str, ocp))} made FNUZ while staged" if ocp else "")
            + (", with the padding before it" if padded else "")
            + (f", with {len(steps)} elementwise ops after it" if steps else "")
            + (f"; {why}" if why else ""),
        )
        checks = [(numbers, most) for numbers, most in reaches if not static(*numbers)]
        self._launch(op, gemm, tile, epilogue, checks)
        self._erase_unused(made_by)

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
        self, op: Any, gemm: Gemm, tile: Tile, epilogue: Epilogue, checks: Sequence[Reach]
    ) -> None:
        """Put the kernel and its launch in the place of the contraction and of its epilogue."""
        ops, steps = [op, *epilogue.ops], epilogue.steps
        for each, shape in zip(ops[:-1], epilogue.shapes, strict=False):
            self._replace_sizes(each.results[0], shape, gemm)
        last = ops[-1]
        b = self.builder.before(last)
        host = Host(b, gemm.dynamic)
        for numbers, most in checks:
            host.check(numbers, most, f"{op.name}: {_TOO_LARGE}")
        init = [] if is_zero(gemm.init, self.ir) else [(gemm.init, gemm.result.elements)]
        sources = [s for step in steps for s in step.sources if s.number(self.ir) is None]
        values = [
            *((side.value, side.elements) for side in (gemm.inner, gemm.outer)),
            *init,
            *((s.value, s.layout.elements if s.layout else 1) for s in sources),
        ]
        arguments = [self.launches.argument(*value) for value in values]
        type, elements = last.results[0].type, gemm.result.elements
        result = self.launches.result(type, host.dynamic(type, epilogue.shapes[-1]))
        arguments += [self.launches.flat(result, elements), *map(host.as_i32, host.sizes)]
        name = self._kernel(
            op, gemm, tile, steps, bool(init), arguments, [*(n for _, n in values), elements]
        )
        grid = host.grid([*kernel.tiled(gemm, tile), *((size, 1) for size in gemm.batch)])
        self.launches.launch(name, grid, tile.threads, arguments)
        b.replace(last, self.launches.tensor(type, result))
        for done in reversed(ops[:-1]):
            done.erase()

    def _replace_sizes(self, value: Any, shape: Sequence[Number], gemm: Gemm) -> None:
        """Take the sizes of a value that will be no more from the operands."""
        for use in list(value.uses):
            user = use.owner.operation
            dim = size_asked_for(user, self.ir)
            if dim is not None:
                b = self.builder.before(user)
                b.replace(user, Host(b, gemm.dynamic).number(shape[dim]))

    def _kernel(
        self,
        op: Any,
        gemm: Gemm,
        tile: Tile,
        steps: Sequence[Step],
        has_init: bool,
        values: Sequence[Any],
        elements: Sequence[Number],
    ) -> Any:
        """Make the kernel that takes `values`, the first of `elements`, then sizes; its symbol."""
        types = [v.type for v in values]
        formats = [FORMATS[str(type.element_type)] for type in types[:2]]
        stages = [
            f"{2 * rows * tile.depth}x{FNUZ_OF.get(format, format).mlir_name}"
            for rows, format in zip((tile.inner, tile.outer), formats, strict=True)
        ]
        name, emitter, arguments = self.launches.kernel(
            "gemm", types, tile.threads, stages, op.location
        )
        emitter.sizes = arguments[len(elements) : len(types)]
        given = map(emitter.sized, arguments, elements)
        buffers = [next(given), next(given)]
        init = next(given) if has_init else None
        inputs = [
            emitter.constant(number) if number is not None else next(given)
            for number in (s.number(self.ir) for step in steps for s in step.sources)
        ]
        lds = arguments[len(types) :]
        kernel.emit(emitter, gemm, tile, steps, buffers, init, inputs, next(given), lds)
        return name


def _is_ocp(value: Any) -> bool:
    return not FORMATS[str(value.type.element_type)].fnuz


def _reaches(gemm: Gemm, tile: Tile, steps: Sequence[Step]) -> list[Reach]:
    """Those of the buffers of a kernel: their elements, and what it may go past the end."""

    def past(digits: Sequence[Digit], count: int) -> Number:
        within = prod(known(d.size) for d in digits[1:])
        return product(count // within + 1, digits[0].stride)

    def of_side(side: Side, rows: int) -> Reach:
        ends = [past(side.rows, rows), past(side.products, 2 * tile.depth)]
        return [side.elements, *ends], MOST_BYTES

    def of_result(layout: Layout) -> Reach:
        ends = [product(tile.inner, layout.inner), product(tile.outer, layout.outer)]
        return [layout.elements, *ends], MOST_BYTES // 4

    layouts = [gemm.result, *(s.layout for t in steps for s in t.sources if s.layout)]
    sides = ((gemm.inner, tile.inner), (gemm.outer, tile.outer))
    return [*(of_side(*side) for side in sides), *map(of_result, layouts)]
