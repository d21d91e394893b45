"""The mark that a conversion leaves on a module, and what a marked module is held to."""

from typing import Any

from fnuz.bindings import of
from fnuz.bindings.handles import address
from fnuz.dialect.chips import CHIPS
from fnuz.passes.conversion import is_named_linalg
from fnuz.passes.rules.func import FUNCTIONS, RETURNS, crossing

MARK = "fnuz.converted"
"""The module attribute with the options of the conversion."""

_OPTIONS = ("abi", "chip", "inf", "overflow")

_CARRIES_OCP = frozenset(
    {
        *("arith.constant", "fnuz.from_ocp", "fnuz.to_ocp", "func.call"),
        *("linalg.generic", "linalg.yield", *RETURNS),
    }
)
"""Ops that may hold OCP values in a converted module, besides those that move or show bits: casts,
lowered or not, what crosses a boundary, and a constant that does. A generic's body tells more."""


def write(module: Any, options: Any) -> None:
    """Mark a `builtin.module` operation as converted with these options."""
    ir = of(module).ir
    values = {name: ir.StringAttr.get(getattr(options, name)) for name in _OPTIONS}
    module.attributes[MARK] = ir.DictAttr.get(values)


def recorded(module: Any) -> dict[str, str]:
    """The options that a conversion left on a `builtin.module` operation; {} where none did."""
    ir = of(module).ir
    mark = module.attributes.get(MARK)
    if not isinstance(mark, ir.DictAttr):
        return {}
    entries = (mark[i] for i in range(len(mark)))
    return {e.name: str(e.attr.value) for e in entries if isinstance(e.attr, ir.StringAttr)}


def functions_and_marked(module: Any) -> tuple[list[Any], dict[int, Any]]:
    """The functions of a module, and the modules with the mark by address: it, or some in it."""
    ir = of(module).ir
    functions: list[Any] = []
    marked: dict[int, Any] = {}

    def visit(op: Any) -> Any:
        if op.name in FUNCTIONS:
            functions.append(op)
            return ir.WalkResult.SKIP
        if op.name == "builtin.module" and MARK in op.attributes:
            marked[address(op)] = op
        return ir.WalkResult.ADVANCE

    module.walk(visit, ir.WalkOrder.PRE_ORDER)
    return functions, marked


def is_within(op: Any, modules: dict[int, Any]) -> bool:
    """Whether an op is in one of the modules."""
    while (op := op.parent) is not None:
        if address(op) in modules:
            return True
    return False


def check(marked: dict[int, Any], cx: Any) -> None:
    """Report what is wrong with converting marked modules again: nothing when nothing changes.

    Another conversion would not be the one that was asked for, and what came in since is not left
    in silence.
    """
    for module in marked.values():
        record = recorded(module)
        wanted = {name: getattr(cx.options, name) for name in _OPTIONS}
        other = [f"{k}={v}" for k, v in wanted.items() if not _same(k, record.get(k), v)]
        if other:
            was = ", ".join(f"{k}={v}" for k, v in record.items()) or "options not known"
            cx.diagnostics.error(
                module.location,
                f"this module was converted with {was} ({MARK}), which cannot become "
                f"{', '.join(other)}; "
                "run with the options that it has, or convert its OCP source again",
            )
            return
    if not all(is_within(op, marked) for _, op in cx.touched):
        for module in marked.values():
            cx.diagnostics.error(
                module.location,
                f"this module is marked as converted ({MARK}) and what is around it is not; "
                "convert its parts before linking them, or remove the mark",
            )
        return
    for name, op in cx.touched:
        if not _carries_ocp(name, op, cx):
            cx.diagnostics.error(
                op.location,
                f"'{name}' holds an OCP fp8 value and the module is marked as converted "
                f"({MARK}); convert its parts before linking them, or remove the mark",
            )


def _same(name: str, was: str | None, now: str) -> bool:
    """Whether two values of an option convert to the same."""
    return CHIPS.get(was or "") == CHIPS[now] if name == "chip" else was == now


def _carries_ocp(name: str, op: Any, cx: Any) -> bool:
    """Whether an op of a converted module may hold OCP values: it gives their bits no meaning."""
    if name in FUNCTIONS:
        type = op.attributes["function_type"].value
        abis = [abi for side in crossing(op, cx) for abi in side]
        return all(
            abi == "preserve" or cx.types(t) is None
            for t, abi in zip([*type.inputs, *type.results], abis, strict=True)
        )
    if is_named_linalg(name) and any(
        inner.operation.name != "linalg.yield"
        for region in op.regions
        for block in region.blocks
        for inner in block.operations
    ):
        return False  # its body, which is not looked at, computes
    rule = cx.rules.by_op.get(name)
    return name in _CARRIES_OCP or (
        rule is not None and (rule.moves_bits or rule.effect == "observes bits")
    )
