"""Replaces fp8 contractions by launches of kernels."""

from dataclasses import replace
from math import prod
from typing import Any

from fnuz import bindings
from fnuz.bindings import Bindings
from fnuz.dialect.formats import FNUZ_OF, FORMATS
from fnuz.dialect.ops import FROM_OCP
from fnuz.passes.builder import Builder
from fnuz.passes.casts import inf_policy, lower_cast
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
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.epilogue import Step, epilogue_of
from fnuz.passes.gfx942.tiles import Tile, choose
from fnuz.passes.registry import Diagnostics
from fnuz.passes.types import element_of, with_element

MODULE = "kernels"
"""The name of the gpu.module; the user's own of that name is not touched."""

_RESHAPES = frozenset({"tensor.collapse_shape", "tensor.expand_shape"})

_MOST_BYTES = 1 << 31
"""A buffer's offsets are 32 bits wide; half of it leaves room for those past its end."""


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
        tile = self.tile or choose(
            gemm.inner.extent, gemm.outer.extent, gemm.depth, prod(gemm.batch)
        )
        steps, why = epilogue_of(op, gemm, self._maps, self.ir, self._lower_cast)
        if not _fits(gemm, tile, steps):
            why = "an operand of it has 2 GB or more, and buffers have offsets of 32 bits"
            self.diagnostics.left(op, op.name, f"not mapped to MFMA: {why}")
            return
        operands = [gemm.inner.value, gemm.outer.value]
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
        for value in operands:
            _erase_unused_casts(value, self.ir)

    def _staged(self, side: Side) -> Side:
        """The operand as the kernel loads it: in OCP where it is a cast of that.

        Casts work element by element, so it may have been reshaped after the cast.
        """
        value = side.value
        reshapes: list[Any] = []
        while not isinstance(value, self.ir.BlockArgument):
            made_by = value.owner.operation
            if made_by.name == FROM_OCP:
                ocp = made_by.operands[0]
                for reshape in reversed(reshapes):
                    copy = reshape.clone(ip=self.ir.InsertionPoint(reshape))
                    copy.operands[0] = ocp
                    type = with_element(self.ir, copy.results[0].type, ocp.type.element_type)
                    copy.results[0].set_type(type)
                    ocp = copy.results[0]
                return replace(side, value=ocp, inf=inf_policy(made_by))
            if made_by.name not in _RESHAPES:
                break
            reshapes.append(made_by)
            value = made_by.operands[0]
        return side

    def _lower_cast(self, cast: Any) -> Any:
        """The linalg.generic that a fnuz cast of a tensor is."""
        result = lower_cast(self.builder.before(cast), cast)
        return result.owner.operation

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
        arguments = [self._argument(v) for v in values]
        type = last.results[0].type
        segments = {"operandSegmentSizes": self.ir.DenseI32ArrayAttr.get([0, 0])}
        result = b.value("memref.alloc", self._memref(type), attributes=segments)
        arguments.append(self._flat(result))
        name = self._kernel(op, gemm, tile, steps, bool(init), [v.type for v in arguments])
        index = self.ir.IndexType.get()
        sizes = [kernel.workgroups(gemm, tile), 1, 1, tile.threads, 1, 1]
        operands = [*(b.constant(index, n) for n in sizes), *arguments]
        groups = self.ir.DenseI32ArrayAttr.get([0, *[1] * 6, *[0] * 4, len(arguments), 0])
        b.create("gpu.launch_func", [], operands, {"kernel": name, "operandSegmentSizes": groups})
        unit = self.ir.UnitAttr.get()
        flags = {"restrict": unit, "writable": unit}
        b.replace(last, b.value("bufferization.to_tensor", type, result, attributes=flags))
        for done in reversed([op, *(step.op for step in steps)][:-1]):
            done.erase()

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
        gemm: Gemm,
        tile: Tile,
        steps: list[Step],
        has_init: bool,
        types: list[Any],
    ) -> Any:
        """Make the kernel with arguments of `types`; its symbol."""
        ir = self.ir
        if self.kernels is None:
            self.kernels = self._gpu_module()
        gpu_module = self.kernels.owner.operation
        name = f"gemm_{self.count}"
        self.count += 1
        arguments = ", ".join(f"%arg{n}: {type}" for n, type in enumerate(types))
        space = "#gpu.address_space<workgroup>"
        formats = [FORMATS[str(type.element_type)] for type in types[:2]]
        elements = [FNUZ_OF.get(format, format).mlir_name for format in formats]
        stages = ", ".join(
            f"%lds{n}: memref<{2 * rows * tile.depth}x{element}, {space}>"
            for n, (rows, element) in enumerate(
                ((tile.inner, elements[0]), (tile.outer, elements[1]))
            )
        )
        # The parser knows how a gpu.func keeps its attributes better than we do.
        size = f"known_block_size = array<i32: {tile.threads}, 1, 1>"
        text = f"""gpu.module @m {{ gpu.func @{name}({arguments}) workgroup({stages})
            kernel attributes {{{size}}} {{ gpu.return }} }}"""
        parsed = ir.Module.parse(text, context=self.module.context)
        func = parsed.body.operations[0].regions[0].blocks[0].operations[0].operation
        func = func.clone(ip=ir.InsertionPoint(self.kernels))
        body = func.regions[0].blocks[0]
        emitter = Emitter(self.bindings, op.location, ir.InsertionPoint(body.operations[0]))
        given = iter(body.arguments)
        buffers = [next(given), next(given)]
        init = next(given) if has_init else None
        inputs = [
            emitter.constant(number) if number is not None else next(given)
            for number in (s.number(ir) for step in steps for s in step.sources)
        ]
        kernel.emit(emitter, gemm, tile, steps, buffers, init, inputs, next(given), list(given))
        symbol = gpu_module.attributes["sym_name"].value
        return ir.Attribute.parse(f'@"{symbol}"::@{name}')

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


def _is_ocp(value: Any) -> bool:
    return not FORMATS[str(value.type.element_type)].fnuz


def _erase_unused_casts(value: Any, ir: Any) -> None:
    """Erase the cast that made an operand, and reshapes of it, where nothing uses them now."""
    while not isinstance(value, ir.BlockArgument):
        op = value.owner.operation
        if op.name not in (FROM_OCP, *_RESHAPES) or any(True for _ in value.uses):
            return
        value = op.operands[0]
        op.erase()


def _fits(gemm: Gemm, tile: Tile, steps: list[Step]) -> bool:
    """Whether every offset that the kernel computes is below 2^31 bytes."""

    def fits(value: Any, size: int, *moves: tuple[int, int]) -> bool:
        past = sum(count * stride for count, stride in moves)
        return bool((prod(value.type.shape) + past) * size < _MOST_BYTES)

    def result_fits(value: Any, layout: Layout) -> bool:
        return fits(value, 4, (tile.inner, layout.inner), (tile.outer, layout.outer))

    sides = ((gemm.inner, tile.inner), (gemm.outer, tile.outer))
    return (
        all(fits(s.value, 1, (rows, s.row), (2 * tile.depth, s.depth)) for s, rows in sides)
        and result_fits(gemm.init, gemm.result)
        and all(result_fits(s.value, s.layout) for t in steps for s in t.sources if s.layout)
    )
