"""Replaces linalg and tensor ops by launches of plain kernels."""

from typing import Any

from fnuz import bindings
from fnuz.bindings import Bindings
from fnuz.passes.builder import Builder
from fnuz.passes.gfx942 import body, producers
from fnuz.passes.gfx942.buffers import Buffer
from fnuz.passes.gfx942.contraction import Refused
from fnuz.passes.gfx942.lanes import Lanes, Transposed, lanes_of, transposed_of
from fnuz.passes.gfx942.launch import MOST_BYTES, Launches
from fnuz.passes.gfx942.nest import (
    Nest,
    bytes_of,
    fills_with,
    is_nest,
    nest_of,
    refused_types,
    total_bytes,
)
from fnuz.passes.gfx942.rows import Rows, rows_of
from fnuz.passes.gfx942.softmax import Softmax, decomposed, softmax_of
from fnuz.passes.registry import Diagnostics

Plan = Lanes | Rows | Softmax | Transposed
"""A kernel for a nest."""

_TOO_LARGE = "a tensor of it has more than 1 GB, and buffers have offsets of 32 bits"

_SPECIAL = frozenset(("linalg.index", "tensor.extract"))
"""What a kernel has in a body besides arith and math."""


def map_to_lanes(module: Any, diagnostics: Diagnostics) -> None:
    """Map the linalg and tensor ops of a module that are on the host."""
    with module.location:  # shaped types want one
        _Mapping(module, diagnostics).run()


class _Mapping:
    def __init__(self, module: Any, diagnostics: Diagnostics) -> None:
        self.module, self.diagnostics = module, diagnostics
        self.bindings: Bindings = bindings.of(module)
        self.ir = self.bindings.ir
        self.builder = Builder(self.bindings, diagnostics.report)
        self.launches = Launches(module, self.bindings, self.builder)

    def run(self) -> None:
        self.bindings.passmanager.PassManager.parse(
            "builtin.module(func.func(convert-elementwise-to-linalg))", self.module.context
        ).run(self.module)
        found: list[Any] = []

        def collect(op: Any) -> Any:
            if op.name == "gpu.module":
                return self.ir.WalkResult.SKIP
            if op.name.startswith("linalg.") or is_nest(op) or op.name in _WITHOUT_KERNEL:
                found.append(op)
                return self.ir.WalkResult.SKIP
            return self.ir.WalkResult.ADVANCE

        self.module.walk(collect, self.ir.WalkOrder.PRE_ORDER)
        fills: list[Any] = []
        others: list[Any] = []
        for op in found:
            (others if fills_with(op, self.ir) is None else fills).append(op)
        for op in producers.fuse(self.builder, others, self._maps, self._is_fusible):
            self._map(op)
        # What only fills is done last: kernels know the number.
        for op in fills:
            if any(True for _ in op.results[0].uses):
                self._map(op)
            else:
                op.erase()

    def _is_fusible(self, op: Any) -> bool:
        """Whether an op has a body that a kernel can have."""
        if not op.name.startswith("linalg.") or op.name == "linalg.softmax" or not is_nest(op):
            return False
        return not isinstance(self._nest(op), Refused)

    def _map(self, op: Any) -> None:
        plan = self._softmax(op) if op.name == "linalg.softmax" else self._nest(op)
        if isinstance(plan, Refused):
            self.diagnostics.left(op, op.name, f"not mapped to lanes: {plan.why}")
        elif plan is None:
            for part in decomposed(self.builder, op):
                self._map(part)
        else:
            shape = "x".join(map(str, plan.nest.made[0].type.shape)) or "one element"
            self.diagnostics.remark(op, f"{op.name} of {shape}: {plan}")
            self._launch(plan.nest, plan)

    def _nest(self, op: Any) -> Plan | Refused:
        if not is_nest(op):
            return Refused("it has no kernel")
        nest = nest_of(op, self._maps, self.ir)
        if isinstance(nest, Refused):
            return nest
        why = self._problem(nest)
        if why:
            return Refused(why)
        return rows_of(nest, self.ir) or transposed_of(nest, self.ir) or lanes_of(nest, self.ir)

    def _softmax(self, op: Any) -> Plan | Refused | None:
        """None where it is done in several kernels."""
        why = refused_types([*op.operands, *op.results], self.ir)
        if why:
            return Refused(why)
        for value in op.operands:
            if str(value.type.element_type) not in ("f32", "f16", "bf16"):
                return Refused(f"it is of {value.type.element_type}, and exp is of f32 at most")
            if 2 * total_bytes(value, self.ir) > MOST_BYTES:
                return Refused(_TOO_LARGE)
        return softmax_of(op, self.ir)

    def _maps(self, op: Any) -> list[Any]:
        maps = self.bindings.module("dialects.linalg").get_indexing_maps(op)
        return [attribute.value for attribute in maps]

    def _problem(self, nest: Nest) -> str:
        accesses = [*nest.inputs, *nest.results]
        for value in (*(a.value for a in accesses), *nest.captured, *nest.made):
            if bytes_of(value.type, self.ir) is None:
                return f"it has elements of {value.type}"
            # Lanes beyond the end count on a little.
            if isinstance(value.type, self.ir.ShapedType) and (
                2 * total_bytes(value, self.ir) > MOST_BYTES
            ):
                return _TOO_LARGE
        return body.problem(nest.body, _SPECIAL, self.ir) if nest.body is not None else ""

    def _launch(self, nest: Nest, plan: Plan) -> None:
        """Put the kernel and its launch in the place of the op."""
        op, ir = nest.op, self.ir
        self.builder.before(op)
        used = [a.value for a in nest.results if a.argument is not None and list(a.argument.uses)]
        reads = dict.fromkeys(
            [*(a.value for a in nest.inputs), *used, *nest.captured, *nest.numbers]
        )
        numbers = {value: self._number(value) for value in reads}
        passed = [v for v in reads if not isinstance(numbers[v], ir.Attribute)]
        arguments = [
            self.launches.argument(v if numbers[v] is None else numbers[v]) for v in passed
        ]
        memrefs = [self.launches.result(result.type) for result in nest.made]
        arguments += [self.launches.flat(m) for m in memrefs]
        name = op.name.rpartition(".")[2]
        symbol, e, given = self.launches.kernel(
            name, [a.type for a in arguments], plan.threads, plan.lds, op.location
        )
        sources: dict[Any, Any] = {v: e.constant(n) for v, n in numbers.items() if v not in passed}
        kernel = iter(given)

        def source(value: Any) -> Any:
            return Buffer(e, value) if isinstance(value.type, ir.MemRefType) else value

        sources |= {v: source(next(kernel)) for v in passed}
        results = [Buffer(e, next(kernel)) for _ in memrefs]
        plan.emit(e, sources, results, list(kernel))
        self.launches.launch(symbol, plan.groups, plan.threads, arguments)
        for result, memref in zip(nest.made, memrefs, strict=True):
            result.replace_all_uses_with(self.launches.tensor(result.type, memref))
        op.erase()

    def _number(self, value: Any) -> Any:
        """The attribute, or the scalar value, that all elements of a value are; else None."""
        ir = self.ir
        if isinstance(value, ir.BlockArgument):
            return None
        op = value.owner.operation
        scalar = fills_with(op, ir)
        if scalar is not None:
            number = self._number(scalar)
            return scalar if number is None else number
        if op.name != "arith.constant":
            return None
        attr = op.attributes["value"]
        if isinstance(attr, ir.DenseElementsAttr):
            return attr.get_splat_value() if attr.is_splat else None
        return None if isinstance(value.type, ir.ShapedType) else attr


_WITHOUT_KERNEL = frozenset(
    ("tensor.gather", "tensor.generate", "tensor.scatter", "tensor.pack", "tensor.unpack")
)
"""Ops on whole tensors besides those of linalg."""
