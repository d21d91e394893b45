"""lower-fnuz-casts: the casts as integer arithmetic on the codes."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.passes.registry import Diagnostics, ModulePass, register


@register
@dataclass(frozen=True)
class LowerFnuzCasts(ModulePass):
    """Lower fnuz.from_ocp and fnuz.to_ocp to integer arithmetic on the codes.

    The special codes are decided on the bits, before they are read as FNUZ. A tensor becomes one
    elementwise linalg.generic.
    """

    name: ClassVar[str] = "lower-fnuz-casts"
    example: ClassVar[str] = """
func.func @main(%x: tensor<256xf8E4M3FN>) -> tensor<256xf8E4M3FNUZ> {
  %0 = "fnuz.from_ocp"(%x) : (tensor<256xf8E4M3FN>) -> tensor<256xf8E4M3FNUZ>
  return %0 : tensor<256xf8E4M3FNUZ>
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.casts import lower

        lower(module)
