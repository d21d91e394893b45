"""convert-ocp-to-fnuz: every OCP fp8 value becomes the FNUZ value of the same bits."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from fnuz.passes.registry import Diagnostics, ModulePass, option, register


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
    abi: Literal["convert", "preserve", "f32"] = option(
        "convert", "public signatures become FNUZ, or keep OCP or get f32, with casts inside"
    )
    overflow: Literal["exact", "saturate"] = option(
        "exact", "what a truncf out of range gives: NaN or Inf as OCP does, or the maximum"
    )
    inf: Literal["nan", "saturate"] = option(
        "nan", "what an E5M2 Inf becomes, which FNUZ does not have: NaN or the OCP maximum"
    )
    strict: bool = option(
        False, "a division, softmax, exp or other non-linear op computed in fp8 is an error"
    )

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        # Imported here, for `fnuz-opt --help` needs neither numpy nor the rules.
        from fnuz.passes import mark
        from fnuz.passes.conversion import without_garbage_collection
        from fnuz.passes.direction import TO_FNUZ
        from fnuz.passes.fp8_conversion import check_abi, check_chip, convert, scanned

        if not check_chip(self, TO_FNUZ, module, diagnostics):
            return
        with module.context, module.location, without_garbage_collection():
            cx = scanned(module, self, TO_FNUZ, diagnostics)
            functions, marked = mark.functions_and_marked(module)
            if not check_abi([(f, mark.is_within(f, marked)) for f in functions], cx):
                return
            if marked:
                mark.check(marked, cx)
            elif cx.touched and not (self.strict and self._refuse_non_linear(cx)) and convert(cx):
                mark.write(module, self)

    def _refuse_non_linear(self, cx: Any) -> bool:
        """Report each non-linear op on fp8, before any is written out: as the user wrote it."""
        from fnuz.passes.fp8_conversion import no_rule

        refused = [op for name, op in cx.touched if _is_non_linear(name, op, cx)]
        for op in refused:
            reason = (
                "strict: a non-linear op in fp8; compute it in f32 and truncate once, "
                "or leave out strict"
            )
            cx.diagnostics.error(op.location, no_rule(op, reason, cx))
        return bool(refused)


def _is_non_linear(name: str, op: Any, cx: Any) -> bool:
    """Whether an op on fp8, or the implied body of one of linalg, computes a non-linear op in fp8.

    A body that is written out has its ops looked at one by one.
    """
    from fnuz.passes.conversion import is_named_linalg

    if cx.rules.is_non_linear(name):
        return True
    return is_named_linalg(name) and any(
        cx.rules.is_non_linear(inner.operation.name) and cx.concerns(inner.operation.results[0])
        for region in op.regions
        for block in region.blocks
        for inner in block.operations
    )
