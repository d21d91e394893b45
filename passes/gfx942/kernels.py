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
from fnuz.passes.gfx942.contraction import (
    Gemm,
    Layout,
    Refused,
    Side,
    fp8_operands,
    gemm_of,
    is_fp8_contraction,
    is_zero,
)
from fnuz.passes.gfx942.epilogue import Step, epilogue_of
from fnuz.passes.gfx942.launch import MOST_BYTES, Launches
from fnuz.passes.gfx942.tiles import Tile, choose
from fnuz.passes.registry import Diagnostics
from fnuz.passes.types import element_of, with_element

_RESHAPES = frozenset({"tensor.collapse_shape", "tensor.expand_shape"})


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
            gemm.inner.extent, gemm.outer.extent, gemm.depth, prod(gemm.batch)
        )
        steps, why = epilogue_of(op, gemm, self._maps, self.ir, self._lower_casts)
        if not _fits(gemm, tile, steps):
            why = "an operand of it has 2 GB or more, and buffers have offsets of 32 bits"
            self.diagnostics.left(op, op.name, f"not mapped to MFMA: {why}")
            return
        casts = [*self._casts(gemm.inner.value), *self._casts(gemm.outer.value)]
        gemm = replace(gemm, inner=self._staged(gemm.inner), outer=self._staged(gemm.outer))
        ocp = [s.value.type.element_type for s in (gemm.outer, gemm.inner) if _is_ocp(s.value)]
        self.diagnostics.remark(
            op,
            f"{op.name} of {'x'.join(map(str, [*gemm.batch, gemm.outer.extent]))}x"
            f"{gemm.inner.extent}x{gemm.depth} to MFMA {tile.rows}x{tile.rows}x{tile.products}, "
            f"tile {tile}, {tile.across}x{tile.waves} waves, {tile.lds} bytes of LDS"
            + (f", {' and '.join(map(str, ocp))} made FNUZ while staged" if ocp else "")
            + (f", with {len(steps)} elementwise ops after it" if steps else "")
            + (f"; {why}" if why else ""),
        )
        self._launch(op, gemm, tile, steps)
        self._erase_unused(casts)

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

    def _launch(self, op: Any, gemm: Gemm, tile: Tile, steps: list[Step]) -> None:
        """Put the kernel and its launch in the place of the contraction and of `steps`."""
        last = steps[-1].op if steps else op
        b = self.builder.before(last)
        init = [] if is_zero(gemm.init, self.ir) else [gemm.init]
        sources = [s for step in steps for s in step.sources if s.number(self.ir) is None]
        values = [gemm.inner.value, gemm.outer.value, *init, *(s.value for s in sources)]
        arguments = [self.launches.argument(v) for v in values]
        type = last.results[0].type
        result = self.launches.result(type)
        arguments.append(self.launches.flat(result))
        name = self._kernel(op, gemm, tile, steps, bool(init), [v.type for v in arguments])
        self.launches.launch(name, kernel.workgroups(gemm, tile), tile.threads, arguments)
        b.replace(last, self.launches.tensor(type, result))
        for done in reversed([op, *(step.op for step in steps)][:-1]):
            done.erase()

    def _kernel(
        self,
        op: Any,
        gemm: Gemm,
        tile: Tile,
        steps: list[Step],
        has_init: bool,
        types: list[Any],
    ) -> Any:
        """Make the kernel with arguments of `types`; its symbol."""
        formats = [FORMATS[str(type.element_type)] for type in types[:2]]
        stages = [
            f"{2 * rows * tile.depth}x{FNUZ_OF.get(format, format).mlir_name}"
            for rows, format in zip((tile.inner, tile.outer), formats, strict=True)
        ]
        name, emitter, arguments = self.launches.kernel(
            "gemm", types, tile.threads, stages, op.location
        )
        given = iter(arguments)
        buffers = [next(given), next(given)]
        init = next(given) if has_init else None
        inputs = [
            emitter.constant(number) if number is not None else next(given)
            for number in (s.number(self.ir) for step in steps for s in step.sources)
        ]
        kernel.emit(emitter, gemm, tile, steps, buffers, init, inputs, next(given), list(given))
        return name


def _is_ocp(value: Any) -> bool:
    return not FORMATS[str(value.type.element_type)].fnuz


def _fits(gemm: Gemm, tile: Tile, steps: list[Step]) -> bool:
    """Whether every offset that the kernel computes is below 2^31 bytes."""

    def fits(value: Any, size: int, *moves: tuple[int, int]) -> bool:
        past = sum(count * stride for count, stride in moves)
        return bool((prod(value.type.shape) + past) * size < MOST_BYTES)

    def result_fits(value: Any, layout: Layout) -> bool:
        return fits(value, 4, (tile.inner, layout.inner), (tile.outer, layout.outer))

    sides = ((gemm.inner, tile.inner), (gemm.outer, tile.outer))
    return (
        all(fits(s.value, 1, (rows, s.row), (2 * tile.depth, s.depth)) for s, rows in sides)
        and result_fits(gemm.init, gemm.result)
        and all(result_fits(s.value, s.layout) for t in steps for s in t.sources if s.layout)
    )
