"""The gpu.module of the kernels that passes make, and launches of them from the host."""

from collections.abc import Sequence
from math import prod
from typing import Any

from fnuz.bindings import Bindings
from fnuz.passes.builder import Builder
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.sizes import Number

MODULE = "kernels"
"""The name of the gpu.module; the user's own of that name is not touched."""

_MARK = "made_by"
"""The attribute that tells our gpu.module from the user's, so that all passes share one."""

MOST_BYTES = 1 << 31
"""A buffer's offsets are 32 bits wide; half of it leaves room for those past its end."""


class Launches:
    """Makes kernels in one gpu.module, and what the host needs to launch them.

    Ops on the host go where `builder` is.
    """

    def __init__(self, module: Any, bindings: Bindings, builder: Builder) -> None:
        self.module, self.bindings, self.builder = module, bindings, builder
        self.ir = bindings.ir
        self._kernels: Any = None

    def argument(self, value: Any, elements: Number = 1) -> Any:
        """A value as the kernel takes it: a tensor or a memref as a 1-D memref.

        `elements` is how many one of dynamic sizes has.
        """
        if isinstance(value.type, self.ir.MemRefType):
            return self.flat(value, elements)
        if not isinstance(value.type, self.ir.ShapedType):
            return value
        flags = {"read_only": self.ir.UnitAttr.get()}
        type = self._memref(value.type)
        buffer = self.builder.value("bufferization.to_buffer", type, value, attributes=flags)
        return self.flat(buffer, elements)

    def result(self, type: Any, sizes: Sequence[Any] = ()) -> Any:
        """A new memref for a tensor type, whose dynamic sizes are `sizes`."""
        segments = {"operandSegmentSizes": self.ir.DenseI32ArrayAttr.get([len(sizes), 0])}
        return self.builder.value("memref.alloc", self._memref(type), *sizes, attributes=segments)

    def tensor(self, type: Any, memref: Any) -> Any:
        """A tensor of what is in a memref that `result` gave."""
        unit = self.ir.UnitAttr.get()
        flags = {"restrict": unit, "writable": unit}
        return self.builder.value("bufferization.to_tensor", type, memref, attributes=flags)

    def _memref(self, type: Any) -> Any:
        return self.ir.MemRefType.get(list(type.shape), type.element_type)

    def flat(self, memref: Any, elements: Number = 1) -> Any:
        """All elements as a 1-D memref; of a number that is dynamic the first one.

        A kernel gets a pointer, and has that from an argument of static shape alone.
        """
        ir, b, type = self.ir, self.builder, memref.type
        if not type.has_static_shape:
            count = elements if isinstance(elements, int) else 1
            attributes = {
                "static_offsets": ir.DenseI64ArrayAttr.get([0]),
                "static_sizes": ir.DenseI64ArrayAttr.get([count]),
                "static_strides": ir.DenseI64ArrayAttr.get([1]),
                "operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 0, 0, 0]),
            }
            first = ir.MemRefType.get([count], type.element_type)
            return b.value("memref.reinterpret_cast", first, memref, attributes=attributes)
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

    def kernel(
        self, name: str, types: Sequence[Any], threads: int, lds: Sequence[str], location: Any
    ) -> tuple[Any, Emitter, list[Any]]:
        """A new kernel `name`_n: its symbol, an emitter at its start, and its arguments.

        Its workgroups have `threads` threads. Behind its arguments of `types` are memrefs in LDS,
        of shape and element type as `lds` has them ("64xf32").
        """
        ir = self.ir
        if self._kernels is None:
            self._kernels = self._gpu_module()
        taken = {op.operation.attributes["sym_name"].value for op in self._kernels.operations}
        number = 0
        while f"{name}_{number}" in taken:
            number += 1
        name = f"{name}_{number}"
        arguments = ", ".join(f"%arg{n}: {type}" for n, type in enumerate(types))
        space = "#gpu.address_space<workgroup>"
        memory = ", ".join(f"%lds{n}: memref<{of}, {space}>" for n, of in enumerate(lds))
        # The parser knows how a gpu.func keeps its attributes better than we do.
        text = f"""gpu.module @m {{ gpu.func @{name}({arguments})
            {f"workgroup({memory})" if memory else ""} kernel
            attributes {{known_block_size = array<i32: {threads}, 1, 1>}} {{ gpu.return }} }}"""
        parsed = ir.Module.parse(text, context=self.module.context)
        func = parsed.body.operations[0].regions[0].blocks[0].operations[0].operation
        func = func.clone(ip=ir.InsertionPoint(self._kernels))
        body = func.regions[0].blocks[0]
        emitter = Emitter(self.bindings, location, ir.InsertionPoint(body.operations[0]))
        module = self._kernels.owner.operation.attributes["sym_name"].value
        return ir.Attribute.parse(f'@"{module}"::@{name}'), emitter, list(body.arguments)

    def launch(
        self, kernel: Any, groups: int | Any, threads: int, arguments: Sequence[Any]
    ) -> None:
        """Launch `groups` workgroups of `threads` threads of a kernel, by its symbol.

        Where `groups` is an index value, nothing is launched when it is 0.
        """
        ir, b = self.ir, self.builder
        index, around = ir.IndexType.get(), b.point
        if isinstance(groups, int):
            grid = b.constant(index, groups)
        else:
            grid = groups
            ne = {"predicate": ir.IntegerAttr.get(ir.IntegerType.get_signless(64), 1)}
            i1, zero = ir.IntegerType.get_signless(1), b.constant(index, 0)
            some = b.value("arith.cmpi", i1, grid, zero, attributes=ne)
            op = b.create("scf.if", [], [some], regions=2)
            b.point = ir.InsertionPoint(op.regions[0].blocks.append())
        one = b.constant(index, 1)
        operands = [grid, one, one, b.constant(index, threads), one, one, *arguments]
        segments = ir.DenseI32ArrayAttr.get([0, *[1] * 6, *[0] * 4, len(arguments), 0])
        attributes = {"kernel": kernel, "operandSegmentSizes": segments}
        b.create("gpu.launch_func", [], operands, attributes)
        if not isinstance(groups, int):
            b.create("scf.yield", [])
        b.point = around

    def _gpu_module(self) -> Any:
        """The block of our gpu.module, which is made where there is none."""
        ir = self.ir
        top = self.module.regions[0].blocks[0]
        for each in top.operations:
            if each.operation.name == "gpu.module" and _MARK in each.operation.attributes:
                return each.operation.regions[0].blocks[0]
        taken = {
            op.operation.attributes["sym_name"].value
            for op in top.operations
            if "sym_name" in op.operation.attributes
        }
        name, n = MODULE, 0
        while name in taken:
            name, n = f"{MODULE}_{n}", n + 1
        self.module.attributes["gpu.container_module"] = ir.UnitAttr.get()
        text = f'gpu.module @{name} attributes {{{_MARK} = "fnuz"}} {{}}'
        parsed = ir.Module.parse(text, context=self.module.context)
        made = parsed.body.operations[0].operation.clone(ip=ir.InsertionPoint.at_block_begin(top))
        return made.regions[0].blocks[0]
