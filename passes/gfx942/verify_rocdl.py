"""verify-rocdl: device code is made of what LLVM has, before a backend takes it."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.passes.registry import Diagnostics, ModulePass, register


@register
@dataclass(frozen=True)
class VerifyRocdl(ModulePass):
    """Check that each gpu.module has only llvm and rocdl ops; it is an error at each other op.

    The pipeline lower-to-rocdl ends with it.
    """

    name: ClassVar[str] = "verify-rocdl"
    example: ClassVar[str] = """
gpu.module @kernels {
  llvm.func @nothing() attributes {gpu.kernel, rocdl.kernel} {
    llvm.return
  }
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.bindings import of

        ir = of(module).ir

        def visit(op: Any) -> Any:
            if op.name != "gpu.module":
                return ir.WalkResult.ADVANCE
            left: list[Any] = []

            def device(op: Any) -> Any:
                if op.name.partition(".")[0] in ("llvm", "rocdl"):
                    return ir.WalkResult.ADVANCE
                left.append(op)
                return ir.WalkResult.SKIP  # What is inside was left because this was.

            for region in op.regions:
                for block in region:
                    for inner in block:
                        inner.operation.walk(device, ir.WalkOrder.PRE_ORDER)
            # A cast is there for the sake of another op that was left, if there is one.
            others = [o for o in left if o.name != "builtin.unrealized_conversion_cast"]
            for o in others or left:
                diagnostics.error(o.location, _message(o))
            return ir.WalkResult.SKIP

        module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)


def _message(op: Any) -> str:
    types = ", ".join(str(v.type) for v in op.operands)
    results = ", ".join(str(v.type) for v in op.results)
    return (
        f"'{op.name}' op from ({types}) to ({results}) has no lowering to ROCDL for gfx942; write "
        "it with ops of gpu, amdgpu, vector, memref, scf or arith, in a gpu.module that stands in "
        "the top module"
    )
