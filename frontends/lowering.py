"""A model in the dialect of its frontend to linalg on tensors, by a named pipeline."""

from typing import Any

from fnuz import bindings, passes
from fnuz.bindings.diagnostics import Diagnostic, at
from fnuz.frontends.errors import ImportFailed

_FRONTENDS = ("chlo", "stablehlo", "tm_tensor", "torch", "torch_c", "tosa", "vhlo")
"""The dialects that no upstream tool knows or that the import is to lower."""


def lower(module: Any, pipeline: str, **options: Any) -> None:
    """Run a pipeline of `passes.PIPELINES` on a module in place, and see that it lowered all.

    Raises ImportFailed with an error at each op that failed or is left; the module may then be
    half lowered.
    """
    try:
        passes.run(module, pipeline, **options)
    except passes.PassFailed as failed:
        raise ImportFailed(failed.diagnostics) from None
    left: list[Diagnostic] = []
    ir = bindings.of(module).ir

    def look(op: Any) -> Any:
        name = op.operation.name
        if name.partition(".")[0] in _FRONTENDS:
            types = ", ".join(dict.fromkeys(str(v.type) for v in (*op.operands, *op.results)))
            message = f"'{name}' op on {types} cannot be imported: nothing lowers it to linalg"
            left.append(at(op.location, "error", message))
            return ir.WalkResult.SKIP
        return ir.WalkResult.ADVANCE

    module.operation.walk(look, ir.WalkOrder.PRE_ORDER)
    if left:
        raise ImportFailed(left)
