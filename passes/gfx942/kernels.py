"""Replaces fp8 contractions by launches of kernels."""

from collections.abc import Callable
from math import prod
from typing import Any

from fnuz import bindings
from fnuz.bindings import Bindings
from fnuz.dialect.formats import FORMATS
from fnuz.passes.builder import Builder
from fnuz.passes.gfx942 import gemm as staged
from fnuz.passes.gfx942 import partial_sums, skinny
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
from fnuz.passes.gfx942.costs import can_split, choose, estimate
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.epilogue import Step, epilogue_of
from fnuz.passes.gfx942.tiles import CHUNK, Choice, Skinny
from fnuz.passes.registry import Diagnostics
from fnuz.passes.types import element_of

MODULE = "kernels"
"""The name of the gpu.module; the user's own of that name is not touched."""

_MOST_BYTES = 1 << 31
"""A buffer's offsets are 32 bits wide; half of it leaves room for those past its end."""


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
        self.kernels: Any = None
        """The block of the gpu.module, once there is one."""
        self.count = 0

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
        steps, why = epilogue_of(op, gemm, self._maps, self.ir)
        if self.choice and not can_split(gemm, self.choice.parts):
            self.diagnostics.error(
                op.location,
                f"'{op.name}' has a depth of {gemm.depth}, which tile={self.choice} cannot split: "
                f"{gemm.depth} is no multiple of {self.choice.parts} * {CHUNK}",
            )
            return
        cost = estimate(gemm, self.choice) if self.choice else choose(gemm)
        choice, tile = cost.choice, cost.choice.tile
        if not _fits(gemm, choice, steps):
            why = "an operand of it has 2 GB or more, and buffers have offsets of 32 bits"
            self.diagnostics.left(op, op.name, f"not mapped to MFMA: {why}")
            return
        self.diagnostics.remark(
            op,
            f"{op.name} of {'x'.join(map(str, [*gemm.batch, gemm.outer.extent]))}x"
            f"{gemm.inner.extent}x{gemm.depth} to MFMA {tile.rows}x{tile.rows}x{tile.products}, "
            f"tile {choice}, {tile.threads // 64} waves, {tile.lds} bytes of LDS"
            + (f", with {len(steps)} elementwise ops after it" if steps else "")
            + f"; bound by {cost.bound}, {cost.clocks} clocks by estimate"
            + (f"; {why}" if why else ""),
        )
        self._launch(op, gemm, choice, steps)

    def _maps(self, op: Any) -> list[Any]:
        maps = self.bindings.module("dialects.linalg").get_indexing_maps(op)
        return [attribute.value for attribute in maps]

    def _launch(self, op: Any, gemm: Gemm, choice: Choice, steps: list[Step]) -> None:
        """Put the kernel and its launch in the place of the contraction and of `steps`."""
        tile = choice.tile
        last = steps[-1].op if steps else op
        b = self.builder.before(last)
        name = f"gemm_{self.count}"
        self.count += 1
        operands = [self._argument(v) for v in (gemm.inner.value, gemm.outer.value)]
        after = [] if is_zero(gemm.init, self.ir) else [self._argument(gemm.init)]
        has_init = bool(after)
        sources = [s for step in steps for s in step.sources if s.number(self.ir) is None]
        after += [self._argument(s.value) for s in sources]
        type = last.results[0].type
        result = self._alloc(self._memref(type))
        after.append(self._flat(result))
        emit = skinny.emit if isinstance(tile, Skinny) else staged.emit

        def with_epilogue(e: Emitter, given: list[Any]) -> dict[str, Any]:
            """What the kernel that stores the result is given, from `after`."""
            values = iter(given)
            init = next(values) if has_init else None
            numbers = [s.number(self.ir) for step in steps for s in step.sources]
            inputs = [next(values) if n is None else e.constant(n) for n in numbers]
            return {"steps": steps, "init": init, "inputs": inputs, "result": next(values)}

        lds = self._lds(tile, operands)
        groups = staged.workgroups(gemm, tile) * choice.parts
        if choice.parts == 1:

            def body(e: Emitter, given: list[Any], stages: list[Any]) -> None:
                emit(e, gemm, tile, buffers=given[:2], stages=stages, **with_epilogue(e, given[2:]))

            self._kernel(op, name, groups, tile.threads, lds, [*operands, *after], body)
        else:
            of_parts = gemm.split(choice.parts)
            elements = choice.parts * prod(gemm.init.type.shape)
            sums = self._alloc(self.ir.MemRefType.get([elements], gemm.init.type.element_type))

            def partial(e: Emitter, given: list[Any], stages: list[Any]) -> None:
                *buffers, result = given
                emit(e, of_parts, tile, [], buffers, None, [], result, stages)

            def total(e: Emitter, given: list[Any], _: list[Any]) -> None:
                partial_sums.emit(e, gemm, of_parts, given[0], **with_epilogue(e, given[1:]))

            self._kernel(op, name, groups, tile.threads, lds, [*operands, sums], partial)
            groups, threads = partial_sums.workgroups(gemm), partial_sums.THREADS
            self._kernel(op, f"{name}_sum", groups, threads, [], [sums, *after], total)
            b.create("memref.dealloc", [], [sums])
        flags = {"restrict": self.ir.UnitAttr.get(), "writable": self.ir.UnitAttr.get()}
        b.replace(last, b.value("bufferization.to_tensor", type, result, attributes=flags))
        for done in reversed([op, *(step.op for step in steps)][:-1]):
            done.erase()

    def _lds(self, tile: Any, operands: list[Any]) -> list[str]:
        """The LDS of a workgroup: what memrefs of it are of."""
        if isinstance(tile, Skinny):
            return [f"{tile.lds // 4}xf32"]
        sides = zip((tile.inner, tile.outer), operands, strict=True)
        return [f"{2 * rows * tile.depth}x{v.type.element_type}" for rows, v in sides]

    def _alloc(self, type: Any) -> Any:
        segments = {"operandSegmentSizes": self.ir.DenseI32ArrayAttr.get([0, 0])}
        return self.builder.value("memref.alloc", type, attributes=segments)

    def _argument(self, value: Any) -> Any:
        """A value as the kernel takes it: a tensor as a 1-D memref."""
        if not isinstance(value.type, self.ir.ShapedType):
            return value
        flags = {"read_only": self.ir.UnitAttr.get()}
        type = self._memref(value.type)
        return self._flat(
            self.builder.value("bufferization.to_buffer", type, value, attributes=flags)
        )

    def _memref(self, type: Any) -> Any:
        return self.ir.MemRefType.get(list(type.shape), type.element_type)

    def _flat(self, memref: Any) -> Any:
        """All elements as a 1-D memref."""
        ir, b, type = self.ir, self.builder, memref.type
        if type.rank == 1:
            return memref
        flat = ir.MemRefType.get([prod(type.shape)], type.element_type)
        if type.rank > 1:
            dims = ", ".join(map(str, range(type.rank)))
            attributes = {"reassociation": ir.Attribute.parse(f"[[{dims}]]")}
            return b.value("memref.collapse_shape", flat, memref, attributes=attributes)
        attributes = {
            "reassociation": ir.Attribute.parse("[]"),
            "static_output_shape": ir.DenseI64ArrayAttr.get([1]),
        }
        return b.value("memref.expand_shape", flat, memref, attributes=attributes)

    def _kernel(
        self,
        op: Any,
        name: str,
        groups: int,
        threads: int,
        lds: list[str],
        operands: list[Any],
        emit: Callable[[Emitter, list[Any], list[Any]], None],
    ) -> None:
        """Make a kernel, whose body `emit` makes from its arguments and LDS, and launch it."""
        ir, b = self.ir, self.builder
        if self.kernels is None:
            self.kernels = self._gpu_module()
        gpu_module = self.kernels.owner.operation
        arguments = ", ".join(f"%arg{n}: {v.type}" for n, v in enumerate(operands))
        space = "#gpu.address_space<workgroup>"
        stages = ", ".join(f"%lds{n}: memref<{of}, {space}>" for n, of in enumerate(lds))
        workgroup = f"workgroup({stages})" if stages else ""
        # The parser knows how a gpu.func keeps its attributes better than we do.
        size = f"known_block_size = array<i32: {threads}, 1, 1>"
        text = f"""gpu.module @m {{ gpu.func @{name}({arguments}) {workgroup}
            kernel attributes {{{size}}} {{ gpu.return }} }}"""
        parsed = ir.Module.parse(text, context=self.module.context)
        func = parsed.body.operations[0].regions[0].blocks[0].operations[0].operation
        func = func.clone(ip=ir.InsertionPoint(self.kernels))
        body = func.regions[0].blocks[0]
        emitter = Emitter(self.bindings, op.location, ir.InsertionPoint(body.operations[0]))
        given = list(body.arguments)
        emit(emitter, given[: len(operands)], given[len(operands) :])
        symbol = gpu_module.attributes["sym_name"].value
        index = ir.IndexType.get()
        sizes = [b.constant(index, n) for n in (groups, 1, 1, threads, 1, 1)]
        segments = ir.DenseI32ArrayAttr.get([0, *[1] * 6, *[0] * 4, len(operands), 0])
        attributes = {
            "kernel": ir.Attribute.parse(f'@"{symbol}"::@{name}'),
            "operandSegmentSizes": segments,
        }
        b.create("gpu.launch_func", [], [*sizes, *operands], attributes)

    def _gpu_module(self) -> Any:
        ir = self.ir
        top = self.module.regions[0].blocks[0]
        taken = {
            op.operation.attributes["sym_name"].value
            for op in top.operations
            if "sym_name" in op.operation.attributes
        }
        name, n = MODULE, 0
        while name in taken:
            name, n = f"{MODULE}_{n}", n + 1
        self.module.attributes["gpu.container_module"] = ir.UnitAttr.get()
        parsed = ir.Module.parse(f"gpu.module @{name} {{}}", context=self.module.context)
        made = parsed.body.operations[0].operation.clone(ip=ir.InsertionPoint.at_block_begin(top))
        return made.regions[0].blocks[0]


def _fits(gemm: Gemm, choice: Choice, steps: list[Step]) -> bool:
    """Whether every offset that the kernels compute is below 2^31 bytes."""
    tile = choice.tile

    def fits(elements: int, size: int, *moves: tuple[int, int]) -> bool:
        past = sum(count * stride for count, stride in moves)
        return (elements + past) * size < _MOST_BYTES

    def result_fits(value: Any, layout: Layout, parts: int = 1) -> bool:
        elements = parts * prod(value.type.shape)
        return fits(elements, 4, (tile.inner, layout.inner), (tile.outer, layout.outer))

    def side_fits(side: Side, rows: int) -> bool:
        elements = prod(side.value.type.shape)
        return fits(elements, 1, (rows, side.row), (tile.overrun, side.depth))

    sides = ((gemm.inner, tile.inner), (gemm.outer, tile.outer))
    return (
        all(side_fits(s, rows) for s, rows in sides)
        and result_fits(gemm.init, gemm.result, choice.parts)
        and all(result_fits(s.value, s.layout) for t in steps for s in t.sources if s.layout)
    )
