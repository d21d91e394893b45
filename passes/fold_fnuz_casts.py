"""fold-fnuz-casts: constants and pairs of casts away."""

from dataclasses import dataclass
from typing import Any, ClassVar

from ..bindings import Bindings, of
from ..bindings.handles import address
from ..dialect import ops
from ..dialect.formats import FNUZ_OF, OCP_OF, fnuz_to_ocp_codes, ocp_to_fnuz_codes
from .codec import format_of
from .constants import attribute_of, codes_of
from .registry import Diagnostics, ModulePass, NoRule, register
from .types import element_of


@register
@dataclass(frozen=True)
class FoldFnuzCasts(ModulePass):
    """Fold fnuz.from_ocp and fnuz.to_ocp of constants, and of each other where that is exact.

    from_ocp(to_ocp(x)) is x, for x stands for an OCP value. to_ocp(from_ocp(x)) is x only when x
    has no -0, no Inf and no NaN but the one that to_ocp gives: when it comes from to_ocp itself,
    or is a constant without such codes.
    """

    name: ClassVar[str] = "fold-fnuz-casts"
    example: ClassVar[str] = """
func.func @main(%x: tensor<4xf8E4M3FNUZ>) -> (tensor<4xf8E4M3FNUZ>, tensor<2xf8E4M3FNUZ>) {
  %0 = "fnuz.to_ocp"(%x) : (tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FN>
  %1 = "fnuz.from_ocp"(%0) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ>
  %c = arith.constant dense<[-0.0, 448.0]> : tensor<2xf8E4M3FN>
  %2 = "fnuz.from_ocp"(%c) : (tensor<2xf8E4M3FN>) -> tensor<2xf8E4M3FNUZ>
  return %1, %2 : tensor<4xf8E4M3FNUZ>, tensor<2xf8E4M3FNUZ>
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        bindings = of(module)

        sources: dict[int, Any] = {}

        def fold(op: Any, rewriter: Any) -> bool:
            folded = _fold(op, rewriter, bindings)
            if folded is None:
                return True  # MLIR: not a match
            source = op.operands[0].owner.operation
            sources[address(source)] = source
            rewriter.replace_op(op, [folded])
            return False

        with module.context, module.location:
            patterns = bindings.rewrite.RewritePatternSet()
            for name in (ops.FROM_OCP, ops.TO_OCP):
                patterns.add(name, fold)
            bindings.rewrite.walk_and_apply_patterns(module, patterns.freeze())
            # Not erased before: the driver may erase only the op that it is at.
            for source in sources.values():
                if not any(True for r in source.results for _ in r.uses):
                    source.erase()


def _fold(op: Any, rewriter: Any, bindings: Bindings) -> Any:
    ir = bindings.ir
    value = op.operands[0]
    if isinstance(value, ir.BlockArgument):
        return None
    source = value.owner.operation
    if op.name == ops.FROM_OCP and source.name == ops.TO_OCP:
        return source.operands[0]
    if op.name == ops.TO_OCP and source.name == ops.FROM_OCP:
        original = source.operands[0]
        return original if _survives_the_way_back(original, bindings) else None
    if source.name != "arith.constant":
        return None
    try:
        codes = codes_of(source.attributes["value"], bindings)
    except NoRule:
        return None
    type = op.results[0].type
    folded = attribute_of(_table(op, bindings)[codes], type, source.attributes["value"], bindings)
    with rewriter.ip, op.location:
        return ir.Operation.create("arith.constant", [type], attributes={"value": folded}).results[
            0
        ]


def _table(op: Any, bindings: Bindings) -> Any:
    format = format_of(element_of(bindings.ir, op.operands[0].type))
    if op.name == ops.TO_OCP:
        return fnuz_to_ocp_codes(OCP_OF[format])
    return ocp_to_fnuz_codes(
        format, op.attributes["inf"].value if "inf" in op.attributes else "nan"
    )


def _survives_the_way_back(value: Any, bindings: Bindings) -> bool:
    """Whether to_ocp(from_ocp(value)) has the bits of `value`."""
    if isinstance(value, bindings.ir.BlockArgument):
        return False
    source = value.owner.operation
    if source.name == ops.TO_OCP:
        return True
    if source.name != "arith.constant":
        return False
    ocp = format_of(element_of(bindings.ir, value.type))
    assert ocp in FNUZ_OF
    try:
        codes = codes_of(source.attributes["value"], bindings)
    except NoRule:
        return False
    return bool((fnuz_to_ocp_codes(ocp)[ocp_to_fnuz_codes(ocp)[codes]] == codes).all())
