"""verify-imported: after an import only the dialects are left that the other passes know."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.bindings import of
from fnuz.passes.registry import Diagnostics, ModulePass, register

_KNOWN = frozenset(
    (
        *("affine", "arith", "bufferization", "builtin", "cf", "complex", "fnuz", "func", "index"),
        *("linalg", "math", "memref", "ml_program", "quant", "scf", "tensor", "ub", "vector"),
    )
)


@register
@dataclass(frozen=True)
class VerifyImported(ModulePass):
    """Check that a frontend's dialects are gone; it is an error at each op that nothing lowered.

    What is left is what `linalg` on tensors is made of. The pipelines that import models end with
    it.
    """

    name: ClassVar[str] = "verify-imported"
    example: ClassVar[str] = """
func.func @main(%x: tensor<8xf8E4M3FN>, %y: tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN> {
  %0 = arith.addf %x, %y : tensor<8xf8E4M3FN>
  return %0 : tensor<8xf8E4M3FN>
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        ir = of(module).ir
        known: dict[Any, bool] = {}

        def is_known(type: Any) -> bool:
            if type not in known:
                known[type] = _is_known_type(str(type))
            return known[type]

        def visit(op: Any) -> Any:
            if not _is_known(op.name):
                diagnostics.error(op.location, _message(op))
                return ir.WalkResult.SKIP  # What is inside was left because this was.
            arguments = (a for region in op.regions for block in region for a in block.arguments)
            for value in (*op.results, *arguments):
                if not is_known(value.type):
                    diagnostics.error(
                        op.location,
                        f"'{op.name}' op has a value of {value.type}, "
                        "which no pass knows; take it out of the model, or lower it before",
                    )
            return ir.WalkResult.ADVANCE

        module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)


def _is_known(name: str) -> bool:
    return name.partition(".")[0] in _KNOWN and name != "builtin.unrealized_conversion_cast"


def _is_known_type(text: str) -> bool:
    return all(dialect in _KNOWN for dialect in re.findall(r"[!#](\w+)\.", text))


def _message(op: Any) -> str:
    target = op.attributes.get("call_target_name")
    called = "" if target is None else f" of @{str(target)[1:-1]}"
    types = ", ".join(str(v.type) for v in op.operands)
    results = ", ".join(str(v.type) for v in op.results)
    return (
        f"'{op.name}' op{called} from ({types}) to ({results}) has no lowering to linalg; write it "
        "with other ops in the model, or lower it before the import"
    )
