"""func and ml_program functions: signatures, calls, and the boundary to code that stays OCP."""

from typing import Any

from fnuz.passes.casts import leave
from fnuz.passes.registry import CONVERT_FP8, NoRule
from fnuz.passes.types import OPAQUE

_FUNCTIONS = ("func.func", "ml_program.func", "ml_program.subgraph")
_RETURNS = ("func.return", "ml_program.return", "ml_program.output")


def keeps_ocp(function: Any, cx: Any) -> bool:
    """Whether a function's signature stays OCP.

    It does where the other side of it is not converted: a declaration, and with abi=preserve
    a public function.
    """
    if not any(len(r.blocks) for r in function.regions):
        return True
    attributes = function.attributes
    is_public = "sym_visibility" not in attributes or attributes["sym_visibility"].value == "public"
    return bool(is_public and cx.options.abi == "preserve")


def stays(op: Any, cx: Any) -> bool:
    """Whether an op is at the boundary of a function whose signature is not converted."""
    if op.name in _FUNCTIONS:
        return keeps_ocp(op, cx)
    if op.name in _RETURNS:
        return keeps_ocp(op.parent, cx)
    callee = cx.symbol(op, op.attributes["callee"].value) if op.name == "func.call" else None
    return callee is not None and keeps_ocp(callee, cx)


def _check_boundary(types: Any, cx: Any, what: str) -> None:
    for type in types:
        if cx.types(type) is not None and isinstance(
            type,
            (
                *(cx.ir.FunctionType, cx.ir.MemRefType, cx.ir.TupleType),
                *(cx.ir.UnrankedMemRefType, cx.ir.UnrankedTensorType),
            ),
        ):
            raise NoRule(
                f"{what} keeps its {cx.direction.source} signature and {type} cannot be cast "
                "there without a copy; use abi=convert, give the function a body, or pass a "
                "ranked tensor"
            )


@CONVERT_FP8.rule(
    "function",
    *_FUNCTIONS,
    effect="invariant",
    why="the signature becomes FNUZ, or stays OCP with a cast of each argument",
    example="""
func.func private @twice(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = arith.addf %x, %x : tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}
func.func @main(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = func.call @twice(%x) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}""",
)
def function(op: Any, cx: Any) -> Any:
    type = op.attributes["function_type"].value
    converted = cx.types(type)
    if converted is None:
        return None
    if converted is OPAQUE:
        raise NoRule("")
    if not keeps_ocp(op, cx):

        def convert_signature(b: Any) -> None:
            op.attributes["function_type"] = b.ir.TypeAttr.get(converted)

        return convert_signature

    if not len(op.regions[0].blocks):
        return None
    _check_boundary([*type.inputs, *type.results], cx, "this public function")
    for argument in op.regions[0].blocks[0].arguments:
        if cx.fp8(argument) is not None:
            cx.keep(argument)
    return None


CONVERT_FP8.typed_attributes.update(_FUNCTIONS)


@CONVERT_FP8.rule(
    "return",
    *_RETURNS,
    effect="invariant",
    why="as the signature: back to OCP where that stays",
    example="""
func.func @main(%x: f8E5M2) -> f8E5M2 {
  return %x : f8E5M2
}""",
)
def return_(op: Any, cx: Any) -> Any:
    if not keeps_ocp(op.parent, cx):
        return None
    return _cast_operands(op, cx)


@CONVERT_FP8.rule(
    "call",
    "func.call",
    effect="invariant",
    why="as the callee's signature: casts around the call of a function that stays OCP",
    example="""
func.func private @half(%x: f8E4M3FN) -> f8E4M3FN {
  %c = arith.constant 0.5 : f8E4M3FN
  %0 = arith.mulf %x, %c : f8E4M3FN
  return %0 : f8E4M3FN
}
func.func @main(%x: f8E4M3FN) -> f8E4M3FN {
  %0 = func.call @half(%x) : (f8E4M3FN) -> f8E4M3FN
  return %0 : f8E4M3FN
}""",
)
def call(op: Any, cx: Any) -> Any:
    callee = cx.symbol(op, op.attributes["callee"].value)
    if callee is None or not keeps_ocp(callee, cx):
        return None
    _check_boundary([v.type for v in (*op.operands, *op.results)], cx, "the function it calls")
    for result in op.results:
        if cx.fp8(result) is not None:
            cx.keep(result)
    return _cast_operands(op, cx)


def _cast_operands(op: Any, cx: Any) -> Any:
    types = [v.type if cx.fp8(v) is not None else None for v in op.operands]

    def rewrite(b: Any) -> None:
        b.before(op)
        for i, type in enumerate(types):
            if type is not None:
                op.operands[i] = leave(b, type, op.operands[i], cx)

    return rewrite


@CONVERT_FP8.rule(
    "function value",
    "func.call_indirect",
    "func.constant",
    effect="invariant",
    why="a function value has the type of the function, so that must be one that converts",
    example="""
func.func private @twice(%x: f8E4M3FN) -> f8E4M3FN {
  %0 = arith.addf %x, %x : f8E4M3FN
  return %0 : f8E4M3FN
}
func.func @main(%x: f8E4M3FN) -> f8E4M3FN {
  %f = func.constant @twice : (f8E4M3FN) -> f8E4M3FN
  %0 = func.call_indirect %f(%x) : (f8E4M3FN) -> f8E4M3FN
  return %0 : f8E4M3FN
}""",
)
def function_value(op: Any, cx: Any) -> Any:
    if op.name == "func.constant":
        callee = cx.symbol(op, op.attributes["value"].value)
        if callee is not None and keeps_ocp(callee, cx):
            raise NoRule(
                "it takes the address of a function that keeps its "
                f"{cx.direction.source} signature; "
                "wrap that in a private function and take its address"
            )
    return None
