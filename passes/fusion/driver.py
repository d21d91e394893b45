"""All contractions of a module in turn, and then what nothing uses any more."""

from typing import Any

from fnuz.bindings import Bindings
from fnuz.bindings.handles import address
from fnuz.passes.builder import Builder
from fnuz.passes.fusion.plan import plan
from fnuz.passes.fusion.rewrite import fuse
from fnuz.passes.fusion.trace import Blocked, Codes, Trace
from fnuz.passes.registry import Diagnostics
from fnuz.passes.rules.linalg import CONTRACTIONS


def fuse_all(module: Any, bindings: Bindings, diagnostics: Diagnostics) -> None:
    """Fuse what can be, with a remark for each contraction of dequantized values."""
    contractions = _contractions(module, bindings.ir)
    if not contractions:
        return
    try:
        bindings.module("dialects.linalg")
    except ImportError:
        diagnostics.error(
            module.location,
            f"{bindings.namespace} has no Python module for linalg, which fuse-dequantize needs; "
            "run it with torch_mlir",
        )
        return
    builder = Builder(bindings)
    moved: dict[tuple[Any, int], Any] = {}
    done: dict[int, Any] = {}
    for op in contractions:
        # A new trace for each: the last one may have changed what comes before this.
        trace = Trace(bindings)
        planned = plan(op, trace)
        if planned is None:
            continue
        if isinstance(planned, Blocked):
            diagnostics.remark(op, f"'{op.name}' left alone: {planned.why}")
            continue
        products = planned.contraction.products
        codes = {n: _moved(builder, p.codes, moved) for n, p in products.items() if p.codes}
        fuse(builder, planned, codes)
        diagnostics.remark(op, planned.summary)
        done[address(op)] = op
        done.update(trace.looked_at)
    if done:
        _erase_dead(module, done, bindings.ir)


def _contractions(module: Any, ir: Any) -> list[Any]:
    found: list[Any] = []

    def visit(op: Any) -> Any:
        name = op.name
        if name == "linalg.generic" or name in CONTRACTIONS:
            found.append(op)
        return ir.WalkResult.SKIP if name.startswith("linalg.") else ir.WalkResult.ADVANCE

    module.walk(visit, ir.WalkOrder.PRE_ORDER)
    return found


def _moved(b: Builder, codes: Codes, moved: dict[tuple[Any, int], Any]) -> Any:
    """The fp8 tensor, each movement beside the one of the wide value; users share it."""
    value = codes.value
    for step in codes.steps:
        key = (value, address(step.op))
        if key not in moved:
            moved[key] = step.move(b.before(step.op), value)
        value = moved[key]
    return value


def _erase_dead(module: Any, candidates: dict[int, Any], ir: Any) -> None:
    """Erase what of the candidates nothing uses, and then what only they used."""
    ops: list[Any] = []

    def visit(op: Any) -> Any:
        if _is_pure(op):
            ops.append(op)
        return ir.WalkResult.SKIP if op.name.startswith("linalg.") else ir.WalkResult.ADVANCE

    module.walk(visit, ir.WalkOrder.PRE_ORDER)
    dead = set(candidates)
    for op in reversed(ops):
        if address(op) not in dead:
            continue
        for result in op.results:
            _let_sizes_go(op, result)
        if any(len(list(result.uses)) for result in op.results):
            continue
        for operand in op.operands:
            if not isinstance(operand, ir.BlockArgument):
                dead.add(address(operand.owner.operation))
        op.erase()


_PURE = ("arith", "linalg", "math", "tensor")


def _is_pure(op: Any) -> bool:
    """Whether an op only computes its results, as far as its dialect and those inside it tell."""
    inside = (inner.operation for r in op.regions for block in r for inner in block)
    return op.name.partition(".")[0] in _PURE and all(map(_is_pure, inside))


def _let_sizes_go(op: Any, result: Any) -> None:
    """Ask for the sizes of the init instead of those of the result, if only they are asked for."""
    if not op.name.startswith("linalg."):
        return
    users = [use.owner.operation for use in result.uses]
    if all(user.name == "tensor.dim" for user in users):
        for user in users:
            user.operands[0] = op.operands[len(op.operands) - 1]
