"""Replaces fp8 contractions by launches of kernels."""

from collections.abc import Sequence
from math import prod
from typing import Any

from fnuz import bindings
from fnuz.bindings import Bindings
from fnuz.dialect.formats import FORMATS
from fnuz.passes.builder import Builder
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
from fnuz.passes.gfx942.emitter import MOST_BYTES, Emitter
from fnuz.passes.gfx942.epilogue import Epilogue, Step, epilogue_of
from fnuz.passes.gfx942.launch import Host
from fnuz.passes.gfx942.sizes import ASSUMED, Number, assumed, known, product, static, text
from fnuz.passes.gfx942.tiles import Tile, choose
from fnuz.passes.registry import Diagnostics
from fnuz.passes.types import element_of

MODULE = "kernels"
"""The name of the gpu.module; the user's own of that name is not touched."""

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
            assumed(gemm.inner.extent),
            assumed(gemm.outer.extent),
            gemm.depth,
            assumed(product(*gemm.batch)),
        )
        epilogue = epilogue_of(op, gemm, self._maps, self.ir)
        steps, why = epilogue.steps, epilogue.why
        reaches = _reaches(gemm, tile, steps)
        if not all(sum(map(known, numbers)) < most for numbers, most in reaches):
            self.diagnostics.left(op, op.name, f"not mapped to MFMA: {_TOO_LARGE}")
            return
        sizes = map(text, [*gemm.batch, gemm.outer.extent, gemm.inner.extent, gemm.depth])
        padded = gemm.inner.bounds or gemm.outer.bounds
        self.diagnostics.remark(
            op,
            f"{op.name} of {'x'.join(sizes)} to MFMA {tile.rows}x{tile.rows}x{tile.products}, "
            f"tile {tile}, {tile.across}x{tile.waves} waves, {tile.lds} bytes of LDS"
            + (f", chosen for dynamic sizes of {ASSUMED}" if gemm.dynamic and not self.tile else "")
            + (", with the padding before it" if padded else "")
            + (f", with {len(steps)} elementwise ops after it" if steps else "")
            + (f"; {why}" if why else ""),
        )
        checks = [(numbers, most) for numbers, most in reaches if not static(*numbers)]
        self._launch(op, gemm, tile, epilogue, checks)

    def _maps(self, op: Any) -> list[Any]:
        maps = self.bindings.module("dialects.linalg").get_indexing_maps(op)
        return [attribute.value for attribute in maps]

    def _launch(
        self, op: Any, gemm: Gemm, tile: Tile, epilogue: Epilogue, checks: Sequence[Reach]
    ) -> None:
        """Put the kernel and its launch in the place of the contraction and of its epilogue."""
        ops, steps = [op, *epilogue.ops], epilogue.steps
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
        arguments = [self._argument(*value) for value in values]
        type = last.results[0].type
        sizes = [host.number(n) for d, n in enumerate(epilogue.shape) if type.is_dynamic_dim(d)]
        segments = {"operandSegmentSizes": self.ir.DenseI32ArrayAttr.get([len(sizes), 0])}
        result = b.value("memref.alloc", self._memref(type), *sizes, attributes=segments)
        arguments.append(self._flat(result, gemm.result.elements))
        elements = [*(n for _, n in values), gemm.result.elements]
        arguments += [host.as_i32(size) for size in host.sizes]
        types = [v.type for v in arguments]
        name = self._kernel(op, gemm, tile, steps, bool(init), types, elements)
        grid = host.grid([*kernel.tiled(gemm, tile), *((size, 1) for size in gemm.batch)])
        host.launch(name, grid, tile.threads, arguments, maybe_none=bool(gemm.dynamic))
        unit = self.ir.UnitAttr.get()
        flags = {"restrict": unit, "writable": unit}
        b.replace(last, b.value("bufferization.to_tensor", type, result, attributes=flags))
        unused = [*gemm.inner.through, *gemm.outer.through]
        for done in reversed(ops[:-1]):
            done.erase()
        for each in dict.fromkeys(unused):
            if not list(each.results[0].uses):
                each.erase()

    def _argument(self, value: Any, elements: Number) -> Any:
        """A value as the kernel takes it: a tensor as a 1-D memref."""
        if not isinstance(value.type, self.ir.ShapedType):
            return value
        flags = {"read_only": self.ir.UnitAttr.get()}
        type = self._memref(value.type)
        buffer = self.builder.value("bufferization.to_buffer", type, value, attributes=flags)
        return self._flat(buffer, elements)

    def _memref(self, type: Any) -> Any:
        return self.ir.MemRefType.get(list(type.shape), type.element_type)

    def _flat(self, memref: Any, elements: Number) -> Any:
        """All elements as a 1-D memref; of a dynamic number of them the first one.

        A kernel gets pointers alone, and makes of that one what it is.
        """
        ir, b, type = self.ir, self.builder, memref.type
        if type.rank == 1 and type.has_static_shape:
            return memref
        count = elements if isinstance(elements, int) else 1
        flat = ir.MemRefType.get([count], type.element_type)
        if not type.has_static_shape:
            attributes = {
                "static_offsets": ir.DenseI64ArrayAttr.get([0]),
                "static_sizes": ir.DenseI64ArrayAttr.get([count]),
                "static_strides": ir.DenseI64ArrayAttr.get([1]),
                "operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 0, 0, 0]),
            }
            return b.value("memref.reinterpret_cast", flat, memref, attributes=attributes)
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
        steps: Sequence[Step],
        has_init: bool,
        types: list[Any],
        elements: list[Number],
    ) -> Any:
        """Make the kernel with arguments of `types`, the first ones of `elements`; its symbol."""
        ir = self.ir
        if self.kernels is None:
            self.kernels = self._gpu_module()
        gpu_module = self.kernels.owner.operation
        name = f"gemm_{self.count}"
        self.count += 1
        arguments = ", ".join(f"%arg{n}: {type}" for n, type in enumerate(types))
        space = "#gpu.address_space<workgroup>"
        stages = ", ".join(
            f"%lds{n}: memref<{2 * rows * tile.depth}x{type.element_type}, {space}>"
            for n, (rows, type) in enumerate(zip((tile.inner, tile.outer), types[:2], strict=True))
        )
        # The parser knows how a gpu.func keeps its attributes better than we do.
        size = f"known_block_size = array<i32: {tile.threads}, 1, 1>"
        text = f"""gpu.module @m {{ gpu.func @{name}({arguments}) workgroup({stages})
            kernel attributes {{{size}}} {{ gpu.return }} }}"""
        parsed = ir.Module.parse(text, context=self.module.context)
        func = parsed.body.operations[0].regions[0].blocks[0].operations[0].operation
        func = func.clone(ip=ir.InsertionPoint(self.kernels))
        body = func.regions[0].blocks[0]
        every = list(body.arguments)
        sizes = every[len(elements) : len(types)]
        emitter = Emitter(self.bindings, op.location, ir.InsertionPoint(body.operations[0]), sizes)
        given = map(emitter.sized, every, elements)
        buffers = [next(given), next(given)]
        init = next(given) if has_init else None
        inputs = [
            emitter.constant(number) if number is not None else next(given)
            for number in (s.number(ir) for step in steps for s in step.sources)
        ]
        stages = every[len(types) :]
        kernel.emit(emitter, gemm, tile, steps, buffers, init, inputs, next(given), stages)
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


Reach = tuple[list[Number], int]
"""What must be less than a number in sum, so that every offset is below 2 GB."""


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
