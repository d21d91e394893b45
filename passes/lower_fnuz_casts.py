"""lower-fnuz-casts: the casts as integer arithmetic on the codes."""

from dataclasses import dataclass
from typing import Any, ClassVar

from ..bindings import of
from ..dialect import ops
from ..dialect.formats import OCP_OF
from . import softfloat, structured
from .builder import Builder
from .codec import format_of
from .registry import Diagnostics, ModulePass, register
from .types import element_of, with_element


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
        bindings = of(module)
        builder = Builder(bindings)

        def lower(op: Any, rewriter: Any) -> bool:
            builder.rewriter = rewriter
            _lower(builder.before(op), op)
            return False

        found: list[Any] = []

        def collect(op: Any) -> Any:
            if op.name in (ops.FROM_OCP, ops.TO_OCP):
                found.append(op)
            return bindings.ir.WalkResult.ADVANCE

        with module.context, module.location:
            patterns = bindings.rewrite.RewritePatternSet()
            for name in (ops.FROM_OCP, ops.TO_OCP):
                patterns.add(name, lower)
            bindings.rewrite.walk_and_apply_patterns(module, patterns.freeze())
            # The walk driver leaves out unreachable blocks.
            builder.rewriter = None
            module.walk(collect)
            for op in found:
                _lower(builder.before(op), op)


def _lower(b: Builder, op: Any) -> None:
    ir = b.ir
    value, type = op.operands[0], op.results[0].type
    if not isinstance(type, ir.RankedTensorType):
        b.replace(op, _map_codes(b, op, value, type))
        return
    empty = b.value("tensor.empty", type, *b.dynamic_sizes(value))
    b.replace(
        op,
        structured.elementwise(
            b, [value], empty, lambda b, args: _map_codes(b, op, args[0], type.element_type)
        ),
    )


def _map_codes(b: Builder, op: Any, value: Any, type: Any) -> Any:
    format = format_of(element_of(b.ir, value.type))
    i8 = with_element(b.ir, type, b.ir.IntegerType.get_signless(8))
    codes = b.value("arith.bitcast", i8, value)
    if format in OCP_OF:
        codes = softfloat.to_ocp_codes(b, codes, OCP_OF[format])
    else:
        inf = op.attributes["inf"].value if "inf" in op.attributes else "nan"
        codes = softfloat.from_ocp_codes(b, codes, format, inf)
    return b.value("arith.bitcast", type, codes)
