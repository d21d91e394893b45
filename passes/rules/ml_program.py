"""ml_program: globals. Its functions have the rules of func."""

from typing import Any

from fnuz.passes import constants
from fnuz.passes.registry import CONVERT_FP8

CONVERT_FP8.retype(
    "ml_program accesses",
    "ml_program.global_load",
    "ml_program.global_load_const",
    "ml_program.global_load_graph",
    "ml_program.global_store",
    "ml_program.global_store_graph",
    why="values are moved",
    moves_bits=True,
    example="""
ml_program.global private mutable @state(dense<-0.0> : tensor<4xf8E4M3FN>) : tensor<4xf8E4M3FN>
func.func @main(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = ml_program.global_load @state : tensor<4xf8E4M3FN>
  %1 = arith.addf %0, %x : tensor<4xf8E4M3FN>
  ml_program.global_store @state = %1 : tensor<4xf8E4M3FN>
  %2 = ml_program.global_load @state : tensor<4xf8E4M3FN>
  return %2 : tensor<4xf8E4M3FN>
}""",
)


@CONVERT_FP8.rule(
    "ml_program.global",
    effect="converts",
    why="a constant and its type",
    example="""
ml_program.global private @w(dense<[1.0, -0.0, 0x7F, -448.0]> : tensor<4xf8E4M3FN>)
    : tensor<4xf8E4M3FN>
func.func @main() -> tensor<4xf8E4M3FN> {
  %0 = ml_program.global_load_const @w : tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}""",
)
def global_(op: Any, cx: Any) -> Any:
    value = op.attributes.get("value")
    is_dense = isinstance(value, cx.ir.DenseElementsAttr)  # and may have a long text
    is_external = not is_dense and str(value).startswith("#ml_program.extern")
    return constants.convert_global(op, "value", is_external, cx)


CONVERT_FP8.typed_attributes.add("ml_program.global")
