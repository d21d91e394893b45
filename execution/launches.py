"""Launches of kernels on the host, as calls of functions that Python gives.

What is left of the module has no gpu dialect and runs on the CPU. Kernels run one after the other,
each to its end, so that async tokens hold no information and go.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fnuz import bindings
from fnuz.execution import rewrites, signature
from fnuz.execution.errors import cannot_run
from fnuz.execution.signature import Value
from fnuz.passes.builder import Builder

_SIZES = 7
"""Sizes of the grid and the block, and bytes of LDS: what a call has before the operands."""


@dataclass(frozen=True)
class Launch:
    """One gpu.launch_func, and the function that is called in its place.

    The function is given as 64-bit words: the sizes of the grid, those of the block, the bytes of
    LDS that are added to the kernel's, then each operand. A scalar is its bits, a memref a pointer
    to its descriptor.
    """

    symbol: str
    gpu_module: str
    kernel: str
    operands: tuple[Value, ...]
    read_only: tuple[bool, ...]
    """Which memrefs hold what the host may not see changed, such as constants."""
    location: Any

    @property
    def words(self) -> int:
        """How many words the function is given."""
        return _SIZES + len(self.operands)


def extract(module: Any) -> list[Launch]:
    """Take the gpu dialect out of a module, in place. Raises CannotRun."""
    top = module.operation.regions[0].blocks[0].operations
    for op in [op.operation for op in top if op.operation.name == "gpu.module"]:
        op.erase()
    found = [op for op in rewrites.walk(module) if op.name.startswith("gpu.")]
    with module.context:
        host = _Host(bindings.of(module), module)
        for op in found:
            if op.name == "gpu.launch":
                what = "its kernel is inside of it; outline it first, with gpu-kernel-outlining"
                raise cannot_run(f"'gpu.launch': {what}", op.location)
        for op in found:
            host.replace(op)
    for op in reversed(found):  # users of tokens before what gives them
        op.erase()
    return host.launches


class _Host:
    def __init__(self, package: bindings.Bindings, module: Any) -> None:
        self.ir, self.builder, self.module = package.ir, Builder(package), module
        self.i64 = package.ir.IntegerType.get_signless(64)
        self.launches: list[Launch] = []

    def replace(self, op: Any) -> None:
        """Put what the CPU has for it before an op, which is erased later."""
        replace = _REPLACEMENTS.get(op.name)
        if replace is None:
            raise cannot_run(f"'{op.name}' is not for the host: {_HOST}", op.location)
        for result in op.results:
            for use in result.uses:
                if _is_token(result) and not use.owner.name.startswith("gpu."):
                    what = f"'{use.owner.name}' takes an async token: only gpu ops may"
                    raise cannot_run(what, use.owner.location)
        self.builder.before(op)
        replace(self, op)

    def launch(self, op: Any) -> None:
        grid_and_block, clusters, lds, operands, object_ = _groups(op)
        kernel = op.attributes["kernel"].value
        if clusters:
            raise cannot_run("'gpu.launch_func' with clusters: gfx942 has none", op.location)
        if object_:
            what = "'gpu.launch_func' with an asyncObject: a runtime's; use async tokens"
            raise cannot_run(what, op.location)
        where = op.location
        sizes = [self._word(v, signed=True) for v in (*grid_and_block, *lds)]
        if not lds:
            sizes.append(self.builder.constant(self.i64, 0))
        operands = [self._whole(v) if self._is_memref(v) else v for v in operands]
        values = tuple(self._operand(v, i, where) for i, v in enumerate(operands))
        words = [v if self._is_memref(v) else self._word(v) for v in operands]
        symbol = f"__fnuz_launch_{len(self.launches)}"
        arguments = [*sizes, *words]
        self._declare(symbol, [v.type for v in arguments], where)
        callee = {"callee": self.ir.FlatSymbolRefAttr.get(symbol)}
        self.builder.create("func.call", [], arguments, callee)
        read_only = tuple(self._is_read_only(v) for v in operands)
        self.launches.append(Launch(symbol, kernel[0], kernel[1], values, read_only, where))

    def _is_memref(self, value: Any) -> bool:
        return isinstance(value.type, self.ir.MemRefType)

    def _is_contiguous(self, value: Any) -> bool:
        type = value.type
        return bool(type.affine_map == self.ir.AffineMap.get_identity(type.rank))

    def _whole(self, memref: Any) -> Any:
        """The memory that a memref is a view of, from the same place on: what a pointer can reach.

        A kernel for dynamic sizes is given the first element of it as a memref of static size.
        """
        while not isinstance(memref, self.ir.BlockArgument) and memref.owner.name in _VIEWS:
            source = memref.owner.operands[0]
            if not (self._is_memref(source) and self._is_contiguous(source)):
                break
            memref = source
        return memref

    def _is_read_only(self, value: Any) -> bool:
        """Whether it is a tensor of which bufferization was promised that nobody writes to it."""
        if isinstance(value, self.ir.BlockArgument):
            return False
        op = value.owner
        return op.name == "bufferization.to_buffer" and "read_only" in op.attributes

    def _operand(self, operand: Any, number: int, where: Any) -> Value:
        value = signature.value(operand.type, f"operand {number} of the kernel", where)
        if value.kind in ("tensor", "vector"):
            what = f"{value.name} is {value.type}: kernels get memrefs and scalars"
            raise cannot_run(what, where)
        if value.kind == "memref" and not self._is_contiguous(operand):
            what = f"{value.name} is {value.type}: kernels get bare pointers; copy it to a memref "
            raise cannot_run(f"{what}without a layout", where)
        return value

    def _word(self, value: Any, signed: bool = False) -> Any:
        """The bits of a scalar as i64."""
        ir, b, type = self.ir, self.builder, value.type
        if isinstance(type, ir.IndexType):
            return b.value("arith.index_cast", self.i64, value)
        if isinstance(type, ir.FloatType):
            type = ir.IntegerType.get_signless(type.width)
            value = b.value("arith.bitcast", type, value)
        if type == self.i64:
            return value
        return b.value("arith.extsi" if signed else "arith.extui", self.i64, value)

    def _declare(self, symbol: str, types: list[Any], location: Any) -> None:
        ir = self.ir
        attributes = {
            "sym_name": ir.StringAttr.get(symbol),
            "sym_visibility": ir.StringAttr.get("private"),
            "function_type": ir.TypeAttr.get(ir.FunctionType.get(types, [])),
            "llvm.emit_c_interface": ir.UnitAttr.get(),
        }
        start = ir.InsertionPoint.at_block_begin(self.module.operation.regions[0].blocks[0])
        ir.Operation.create("func.func", attributes=attributes, regions=1, loc=location, ip=start)

    def alloc(self, op: Any) -> None:
        _, sizes, symbols = _segments(op)
        result = op.results[0]
        segments = self.ir.DenseI32ArrayAttr.get([len(sizes), len(symbols)])
        attributes = {"operandSegmentSizes": segments}
        made = self.builder.value(
            "memref.alloc", result.type, *sizes, *symbols, attributes=attributes
        )
        result.replace_all_uses_with(made)

    def dealloc(self, op: Any) -> None:
        self.builder.create("memref.dealloc", [], [op.operands[-1]])

    def memcpy(self, op: Any) -> None:
        target, source = list(op.operands)[-2:]
        self.builder.create("memref.copy", [], [source, target])

    def memset(self, op: Any) -> None:
        target, value = list(op.operands)[-2:]
        with self.builder.point, op.location:
            self.builder.bindings.module("dialects.linalg").fill(value, outs=[target])

    def nothing(self, op: Any) -> None:
        """What it does is done, or says nothing on memory that host and device share."""


_REPLACEMENTS: dict[str, Callable[[_Host, Any], None]] = {
    "gpu.alloc": _Host.alloc,
    "gpu.dealloc": _Host.dealloc,
    "gpu.host_register": _Host.nothing,
    "gpu.host_unregister": _Host.nothing,
    "gpu.launch_func": _Host.launch,
    "gpu.memcpy": _Host.memcpy,
    "gpu.memset": _Host.memset,
    "gpu.wait": _Host.nothing,
}

_HOST = "it starts kernels with gpu.launch_func, allocates, copies and waits"


def _segments(op: Any) -> list[list[Any]]:
    """The operands of an op by their groups."""
    operands = iter(op.operands)
    sizes = op.attributes["operandSegmentSizes"]
    return [[next(operands) for _ in range(size)] for size in sizes]


def _groups(op: Any) -> tuple[list[Any], ...]:
    """Grid and block, clusters, LDS, operands and the async object of a gpu.launch_func."""
    _, *groups = _segments(op)
    sizes, clusters, rest = groups[:6], groups[6:-3], groups[-3:]
    return [v for g in sizes for v in g], [v for g in clusters for v in g], *rest


def _is_token(value: Any) -> bool:
    return str(value.type) == "!gpu.async.token"


_VIEWS = frozenset(
    f"memref.{name}" for name in ("cast", "collapse_shape", "expand_shape", "reinterpret_cast")
)
