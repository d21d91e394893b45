"""The body of a linalg op on vectors of elements."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.nest import bytes_of
from fnuz.passes.gfx942.target_gpu_modules import fp8_problem
from fnuz.passes.math_functions import math_problem

Special = Mapping[str, Callable[[Any, dict[Any, Any]], Any]]
"""For the name of an op what makes its vector, of the op and of the vectors so far."""


def apply(
    e: Emitter,
    block: Any,
    size: int,
    values: Mapping[Any, Any],
    special: Special | None = None,
    but: Sequence[Any] = (),
) -> dict[Any, Any]:
    """The ops of a block but its terminator and `but`, on vectors of `size` elements.

    `values` are vectors for what the ops use from outside and for the block's arguments. Returns
    them with those of the ops.
    """
    vectors = dict(values)
    for each in list(block.operations)[:-1]:
        op = each.operation
        if op in but:
            continue
        if special and op.name in special:
            vectors[op.results[0]] = special[op.name](op, vectors)
            continue
        attributes = {name: op.attributes[name] for name in op.attributes}
        operands, types = [vectors[v] for v in op.operands], [r.type for r in op.results]
        if size == 1:  # As scalars: LLVM 22 does not end on a <1 x i32> extended to <1 x i64>.
            operands = [e.extract(v, 0) for v in operands]
            results = [
                e.broadcast(r, 1) for r in e.create(op.name, types, operands, attributes).results
            ]
        else:
            types = [e.vector(size, type) for type in types]
            if op.name == "arith.constant":
                value = attributes["value"]
                attributes["value"] = e.ir.DenseElementsAttr.get_splat(types[0], value)
            results = e.create(op.name, types, operands, attributes).results
        vectors.update(zip(op.results, results, strict=True))
    return vectors


def problem(block: Any, ops: frozenset[str], ir: Any) -> str:
    """Why a kernel cannot compute a body on vectors, or nothing.

    `ops` are those that it has besides the arith dialect and what the backend has of math.
    """
    for each in list(block.operations)[:-1]:
        op = each.operation
        if op.name in ops:
            continue
        if op.name.startswith("math."):
            why = math_problem(op, ir)
            if why:
                return why
        elif not op.name.startswith("arith.") or op.name in _NOT_IN_ROCDL:
            return f"the kernel has no {op.name}"
        for value in (*op.operands, *op.results):
            if bytes_of(value.type, ir) is None:
                return f"it computes with {value.type}"
        if op.name in ("arith.fptosi", "arith.fptoui") and str(op.results[0].type) == "i1":
            return "LLVM has no cast of floats to i1"
        found = fp8_problem(op, ir)
        if found:
            what, remedy = found
            return f"'{op.name}' in it: gfx942 {what}; {remedy}"
    return ""


_NOT_IN_ROCDL = frozenset(
    (
        *("arith.ceildivsi", "arith.ceildivui", "arith.convertf", "arith.floordivsi"),
        *("arith.remf", "arith.scaling_extf", "arith.scaling_truncf"),
    )
)
"""Ops of arith that lower-to-rocdl leaves, or calls ROCm's libraries for."""
