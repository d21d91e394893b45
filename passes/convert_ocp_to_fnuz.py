"""convert-ocp-to-fnuz: every OCP fp8 value becomes the FNUZ value of the same bits."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from fnuz.passes.registry import Diagnostics, ModulePass, option, register

MARK = "fnuz.converted"
"""The module attribute that records a conversion, so that a second one cannot double again."""

_AT_A_BOUNDARY = frozenset(
    {
        *("arith.bitcast", "arith.constant", "fnuz.from_ocp", "fnuz.to_ocp", "func.call"),
        *("func.func", "func.return", "linalg.generic", "linalg.yield", "ml_program.func"),
        *("ml_program.return", "tensor.bitcast", "tensor.dim", "tensor.empty", "vector.bitcast"),
    }
)
"""The ops that may hold OCP values in a converted module: casts, lowered or not, and signatures."""


@register
@dataclass(frozen=True)
class ConvertOcpToFnuz(ModulePass):
    """Convert OCP fp8 (E4M3FN, E5M2) to the FNUZ formats of gfx940, gfx941 and gfx942.

    Every fp8 value keeps its bits and so has half its value; the factors of two that this owes
    are written into the IR where they are owed: behind contractions, around casts.
    """

    name: ClassVar[str] = "convert-ocp-to-fnuz"
    example: ClassVar[str] = """
func.func @main(%a: tensor<8x32xf8E4M3FN>, %b: tensor<32x16xf8E4M3FN>) -> tensor<8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x16xf32>
  %c = linalg.fill ins(%zero : f32) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<8x32xf8E4M3FN>, tensor<32x16xf8E4M3FN>)
                     outs(%c : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}"""

    chip: str = option("gfx942", "chip to convert for; it must have FNUZ fp8")
    abi: Literal["convert", "preserve"] = option(
        "convert", "public signatures become FNUZ, or keep OCP bytes with casts inside"
    )
    overflow: Literal["exact", "saturate"] = option(
        "exact", "what a truncf out of range gives: NaN or Inf as OCP does, or the maximum"
    )
    inf: Literal["nan", "saturate"] = option(
        "nan", "what an E5M2 Inf becomes, which FNUZ does not have: NaN or the OCP maximum"
    )

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        # Imported here, for `fnuz-opt --help` needs neither numpy nor the rules.
        from fnuz.passes.conversion import without_garbage_collection
        from fnuz.passes.direction import TO_FNUZ
        from fnuz.passes.fp8_conversion import check_chip, convert, scanned

        if not check_chip(self, TO_FNUZ, module, diagnostics):
            return
        with module.context, module.location, without_garbage_collection():
            cx = scanned(module, self, TO_FNUZ, diagnostics)
            if MARK in module.attributes:
                self._check_converted(cx, diagnostics)
            elif cx.touched and convert(cx):
                module.attributes[MARK] = self._mark(cx.ir)

    def _mark(self, ir: Any) -> Any:
        values = {"abi": self.abi, "chip": self.chip, "inf": self.inf, "overflow": self.overflow}
        return ir.DictAttr.get({k: ir.StringAttr.get(v) for k, v in values.items()})

    def _check_converted(self, cx: Any, diagnostics: Diagnostics) -> None:
        """Converting again changes nothing, and what came in since is not left in silence."""
        for name, op in cx.touched:
            if name not in _AT_A_BOUNDARY:
                diagnostics.error(
                    op.location,
                    f"'{name}' holds an OCP fp8 value and the module is marked as converted "
                    f"({MARK}); convert its parts before linking them, or remove the mark",
                )
