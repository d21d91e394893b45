"""convert-fnuz-to-ocp: every FNUZ fp8 value becomes the OCP value of the same bits."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from fnuz.passes.registry import Diagnostics, ModulePass, option, register


@register
@dataclass(frozen=True)
class ConvertFnuzToOcp(ModulePass):
    """Convert FNUZ fp8 (E4M3FNUZ, E5M2FNUZ) to the OCP formats of gfx950 and gfx12.

    Every fp8 value keeps its bits and so has twice its value; the factors of one half that this
    owes are written into the IR, by the rules of convert-ocp-to-fnuz. Values stay without a -0,
    as FNUZ has none. Those beyond 224 (E4M3) and 28672 (E5M2) have no OCP value twice as large:
    see the option overflow. A module that came from OCP never has them.

    Values are converted by their type, and none of the type is left but at what stays FNUZ: a
    declaration, bits that are looked at, with abi=preserve a public signature. So no value can be
    doubled twice: a second run finds nothing, and a later convert-ocp-to-fnuz finds OCP values
    that are meant as such. The mark of an earlier conversion is therefore taken away.
    """

    name: ClassVar[str] = "convert-fnuz-to-ocp"
    example: ClassVar[str] = """
func.func @main(%a: tensor<8x32xf8E4M3FNUZ>, %b: tensor<32x16xf8E4M3FNUZ>) -> tensor<8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x16xf32>
  %c = linalg.fill ins(%zero : f32) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<8x32xf8E4M3FNUZ>, tensor<32x16xf8E4M3FNUZ>)
                     outs(%c : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}"""

    chip: str = option("gfx950", "chip to convert for; it must have OCP fp8")
    abi: Literal["convert", "preserve", "f32"] = option(
        "convert", "public signatures become OCP, or keep FNUZ or get f32, with casts inside"
    )
    overflow: Literal["nan", "saturate"] = option(
        "nan", "what a FNUZ value becomes that OCP has no double of: NaN or the maximum"
    )

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.conversion import without_garbage_collection
        from fnuz.passes.direction import TO_OCP
        from fnuz.passes.fp8_conversion import check_abi, check_chip, convert, scanned
        from fnuz.passes.mark import MARK, functions_and_marked

        if not check_chip(self, TO_OCP, module, diagnostics):
            return
        with module.context, module.location, without_garbage_collection():
            cx = scanned(module, self, TO_OCP, diagnostics)
            # Nothing marks what this pass has converted, so any function may be of that.
            functions, marked = functions_and_marked(module)
            if not check_abi([(f, True) for f in functions], cx):
                return
            if not all(_stays(name, op, cx) for name, op in cx.touched) and not convert(cx):
                return
            for converted in marked.values():
                del converted.attributes[MARK]


_AT_A_BOUNDARY = frozenset(
    {
        *("arith.bitcast", "arith.constant", "fnuz.from_ocp", "tensor.bitcast", "tensor.dim"),
        "vector.bitcast",
    }
)
"""The ops that may hold FNUZ values in a converted module, where these come from or go to."""


def _stays(name: str, op: Any, cx: Any) -> bool:
    """Whether an op holds FNUZ values only where this pass leaves them: then all is done."""
    from fnuz.dialect.ops import TO_OCP
    from fnuz.passes.rules.func import stays

    if name == "arith.constant":
        return any(True for _ in op.results[0].uses)  # Nothing takes it as FNUZ otherwise.
    if name == TO_OCP:
        source = op.operands[0]
        # What comes from a from_ocp or a constant need not have been FNUZ.
        return isinstance(source, cx.ir.BlockArgument) or source.owner.name not in (
            "arith.constant",
            "fnuz.from_ocp",
        )
    return name in _AT_A_BOUNDARY or stays(op, cx)
