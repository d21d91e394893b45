"""func and ml_program functions: signatures, calls, and the boundary to code that stays OCP."""

from collections.abc import Iterable, Iterator
from typing import Any

from fnuz.bindings.handles import address
from fnuz.passes.casts import from_f32, leave, to_f32
from fnuz.passes.registry import CONVERT_FP8, NoRule
from fnuz.passes.types import OPAQUE

FUNCTIONS = ("func.func", "ml_program.func", "ml_program.subgraph")
RETURNS = ("func.return", "ml_program.return", "ml_program.output")

ABI = "fnuz.abi"
"""The attribute of an argument or result that says how it crosses, whatever the option says."""

SIGNATURE_USERS = (*RETURNS, "func.call", "func.call_indirect", "func.constant")
"""The ops whose types are those of a signature."""


def retype_signature(op: Any, cx: Any) -> Any:
    """The plan of a function whose signature converts wherever it is used."""
    type = cx.converted(op.attributes["function_type"].value)
    if type is OPAQUE:
        raise NoRule("")

    def rewrite(b: Any) -> None:
        op.attributes["function_type"] = b.ir.TypeAttr.get(type)

    return rewrite


def _has_body(function: Any) -> bool:
    return any(len(r.blocks) for r in function.regions)


def _is_public(function: Any) -> bool:
    attributes = function.attributes
    return "sym_visibility" not in attributes or attributes["sym_visibility"].value == "public"


def _chosen(function: Any, inputs: bool, i: int) -> Any | None:
    """The attribute fnuz.abi of the argument (`inputs`) or result `i`, or None."""
    each = function.attributes.get("arg_attrs" if inputs else "res_attrs")
    return each[i][ABI] if each is not None and ABI in each[i] else None


def abi_errors(function: Any, cx: Any, is_converted: bool) -> Iterator[str]:
    """What is wrong with the attributes fnuz.abi of a function.

    `is_converted` says that they may be those of an earlier conversion, after which types differ.
    """
    type = function.attributes["function_type"].value
    if ABI in function.attributes:
        yield f"{ABI} is for an argument or a result, not for a function"
    for inputs, types in ((True, type.inputs), (False, type.results)):
        for i, type_ in enumerate(types):
            chosen = _chosen(function, inputs, i)
            if chosen is None:
                continue
            abis = next(option.choices for option in cx.options.options() if option.name == "abi")
            what = f"{ABI} of {'argument' if inputs else 'result'} {i}"
            if not isinstance(chosen, cx.ir.StringAttr) or chosen.value not in abis:
                yield f"{what} must be one of {', '.join(abis)}, not {chosen}"
            elif cx.types(type_) is None:
                if not is_converted:
                    yield f"{what} is for OCP fp8, not for {type_}; remove it"
            elif not _is_public(function):
                stays = "converts with its callers" if _has_body(function) else "stays as it is"
                yield f"{what} is for public functions, and this one is private: it {stays}"


def crossing(function: Any, cx: Any) -> tuple[list[str], list[str]]:
    """How each argument and each result of a function crosses, in the words of the option `abi`.

    A declaration stays OCP, for the other side of it is not converted; a private function
    converts. A public one does as the attributes say, or the option.
    """
    key = ("crossing", address(function))
    if key not in cx.memo:
        cx.memo[key] = _crossing(function, cx)
    found: tuple[list[str], list[str]] = cx.memo[key]
    return found


def _crossing(function: Any, cx: Any) -> tuple[list[str], list[str]]:
    def abi(inputs: bool, i: int, type: Any) -> str:
        if cx.types(type) is None:
            return "convert"
        if not _has_body(function):
            return "preserve"
        if not _is_public(function):
            return "convert"
        chosen = _chosen(function, inputs, i)
        return str(cx.options.abi if chosen is None else chosen.value)

    type = function.attributes["function_type"].value
    return (
        [abi(True, i, t) for i, t in enumerate(type.inputs)],
        [abi(False, i, t) for i, t in enumerate(type.results)],
    )


def stays(op: Any, cx: Any) -> bool:
    """Whether an op is at the boundary of a function all of whose signature is preserved."""
    function = op
    if op.name in RETURNS:
        function = op.parent
    elif op.name == "func.call":
        function = cx.symbol(op, op.attributes["callee"].value)
    if function is None or function.name not in FUNCTIONS:
        return False
    type = function.attributes["function_type"].value
    abis = [abi for side in crossing(function, cx) for abi in side]
    types = [*type.inputs, *type.results]
    return all(
        abi == "preserve" for abi, t in zip(abis, types, strict=True) if cx.types(t) is not None
    )


def _signature(abi: str, cx: Any) -> str:
    return (
        f"keeps its {cx.direction.source} signature"
        if abi == "preserve"
        else ("has a signature of f32")
    )


def _check_boundary(types: Iterable[Any], abis: list[str], what: str, cx: Any) -> None:
    """Raise NoRule for a type that cannot be cast where `what` does not convert it."""
    for type, abi in zip(types, abis, strict=True):
        if abi != "convert" and isinstance(
            type,
            (
                *(cx.ir.FunctionType, cx.ir.MemRefType, cx.ir.TupleType),
                *(cx.ir.UnrankedMemRefType, cx.ir.UnrankedTensorType),
            ),
        ):
            raise NoRule(
                f"{what} {_signature(abi, cx)} and {type} cannot be cast there without a copy; "
                "use abi=convert, give the function a body, or pass a ranked tensor"
            )


def _outside(type: Any, abi: str, cx: Any) -> Any:
    """The type that the signature has for an OCP `type`."""
    if abi == "convert":
        return cx.converted(type)
    return type if abi == "preserve" else cx.like(type, cx.ir.F32Type.get())


def _enter(value: Any, abi: str, cx: Any, *, rounded: bool) -> None:
    """Have a value come in as `abi` says. `rounded`: if as f32, then it is an fp8 value already."""
    outside = _outside(value.type, abi, cx)
    if abi == "preserve":
        cx.keep(value)
    elif abi == "f32":
        cx.enter(value, outside, lambda b, v, type: from_f32(b, type, v, cx, safe=rounded))


@CONVERT_FP8.rule(
    "function",
    *FUNCTIONS,
    effect="invariant",
    why="the signature becomes FNUZ, or is OCP or f32 with a cast of each argument",
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
    arguments, results = crossing(op, cx)
    if not _has_body(op):
        return None
    _check_boundary(
        [*type.inputs, *type.results], [*arguments, *results], "this public function", cx
    )
    for argument, abi in zip(op.regions[0].blocks[0].arguments, arguments, strict=True):
        _enter(argument, abi, cx, rounded=False)
    outside = cx.ir.FunctionType.get(
        [_outside(t, abi, cx) for t, abi in zip(type.inputs, arguments, strict=True)],
        [_outside(t, abi, cx) for t, abi in zip(type.results, results, strict=True)],
    )

    def rewrite(b: Any) -> None:
        op.attributes["function_type"] = b.ir.TypeAttr.get(outside)

    return rewrite


CONVERT_FP8.typed_attributes.update(FUNCTIONS)


@CONVERT_FP8.rule(
    "return",
    *RETURNS,
    effect="invariant",
    why="as the signature: to OCP or f32 where that has it",
    example="""
func.func @main(%x: f8E5M2) -> f8E5M2 {
  return %x : f8E5M2
}""",
)
def return_(op: Any, cx: Any) -> Any:
    return _cast_operands(op, crossing(op.parent, cx)[1], cx)


@CONVERT_FP8.rule(
    "call",
    "func.call",
    effect="invariant",
    why="as the callee's signature: casts around the call of one that has OCP or f32 there",
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
    if callee is None:
        return None
    # Between two public functions of a module a value is cast forth and back, exactly. Whoever
    # minds makes the callee private, or inlines, before the conversion: that has no casts at all.
    arguments, results = crossing(callee, cx)
    types = [v.type for v in (*op.operands, *op.results)]
    _check_boundary(types, [*arguments, *results], "the function it calls", cx)
    for result, abi in zip(op.results, results, strict=True):
        _enter(result, abi, cx, rounded=True)
    return _cast_operands(op, arguments, cx)


def _cast_operands(op: Any, abis: list[str], cx: Any) -> Any:
    """The rewrite that has the operands leave as `abis` say; None when they all convert."""
    leaving = [
        (i, abi, _outside(v.type, abi, cx))
        for i, (v, abi) in enumerate(zip(op.operands, abis, strict=True))
        if abi != "convert"
    ]

    def rewrite(b: Any) -> None:
        b.before(op)
        for i, abi, outside in leaving:
            cast = leave if abi == "preserve" else to_f32
            op.operands[i] = cast(b, outside, op.operands[i], cx)

    return rewrite if leaving else None


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
        abis = [] if callee is None else [abi for side in crossing(callee, cx) for abi in side]
        for abi in abis:
            if abi != "convert":
                raise NoRule(
                    f"it takes the address of a function that {_signature(abi, cx)}; "
                    "wrap that in a private function and take its address"
                )
    return None
