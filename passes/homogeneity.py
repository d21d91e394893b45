"""How a power of two passes an op: which operands and results must be scaled together.

`relations(op)` says it for the float values of an op as slots: a result or a block argument is a
slot, and so is an operand, since a constant may be scaled for one of its uses alone. The slots of
one group have the same exponent. A product adds the exponents of its factors, a quotient
subtracts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fnuz.passes.registry import CONVERT_FP8
from fnuz.passes.rules.linalg import CONTRACTIONS
from fnuz.passes.structured import inputs_and_inits


class Operand:
    """A use of a value: operand `number` of `op`. It is equal to itself alone."""

    __slots__ = ("number", "op", "value")

    def __init__(self, op: Any, number: int) -> None:
        self.op = op
        self.number = number
        self.value = op.operands[number]


Slot = Any
"""An Operand, or a value (OpResult or BlockArgument) where it is made."""


@dataclass(frozen=True)
class Product:
    """exponent(result) = sum of exponents(times) - sum of exponents(over)."""

    result: Slot
    times: tuple[Slot, ...]
    over: tuple[Slot, ...] = ()


@dataclass(frozen=True)
class Relations:
    """What an op asks of the exponents of its slots. Slots that it does not name are free."""

    groups: tuple[tuple[Slot, ...], ...] = ()
    product: Product | None = None


FREE = Relations()

Look = Callable[[Any, "Functions"], "Relations | None"]


@dataclass
class Functions:
    """The functions of a module whose every call is known, with their calls."""

    ir: Any
    callers: dict[str, list[Any]]
    """By name; a function that is not here may be called by anyone."""
    bodies: dict[str, Any]


def relations(op: Any, functions: Functions) -> Relations | None:
    """The relations of an op that speaks for itself; None when no power of two passes it."""
    look = _BY_OP.get(op.name)
    return look(op, functions) if look else None


def spokesman(op: Any, functions: Functions) -> Any:
    """The op whose relations speak of the operands and results of `op`.

    For a terminator that is the op around it, for a call the function; else `op` itself.
    """
    name = op.name
    if name in _TERMINATORS:
        return op.parent
    if name == "func.call":
        return functions.bodies.get(op.attributes["callee"].value, op)
    return op


_TERMINATORS = frozenset(
    ("func.return", "linalg.yield", "scf.condition", "scf.yield", "tensor.yield")
)


def is_float(value: Any, ir: Any) -> bool:
    """Whether a value is a float or a tensor or vector of floats."""
    type = value.type
    if isinstance(type, ir.ShapedType):
        return not isinstance(type, (ir.MemRefType, ir.UnrankedMemRefType)) and isinstance(
            type.element_type, ir.FloatType
        )
    return isinstance(type, ir.FloatType)


def _operands(op: Any, ir: Any) -> list[Slot]:
    return [Operand(op, i) for i, v in enumerate(op.operands) if is_float(v, ir)]


def _all_alike(op: Any, functions: Functions) -> Relations | None:
    ir = functions.ir
    if any(isinstance(v.type, (ir.MemRefType, ir.UnrankedMemRefType)) for v in op.operands):
        return None  # What is in memory is not followed.
    results = [r for r in op.results if is_float(r, ir)]
    return Relations(((*_operands(op, ir), *results),))


def _product(op: Any, functions: Functions) -> Relations:
    return Relations(product=Product(op.results[0], (Operand(op, 0), Operand(op, 1))))


def _quotient(op: Any, functions: Functions) -> Relations:
    return Relations(product=Product(op.results[0], (Operand(op, 0),), (Operand(op, 1),)))


def _fused_multiply_add(op: Any, functions: Functions) -> Relations:
    result = op.results[0]
    return Relations(((Operand(op, 2), result),), Product(result, (Operand(op, 0), Operand(op, 1))))


def _copysign(op: Any, functions: Functions) -> Relations:
    return Relations(((Operand(op, 0), op.results[0]),))


def _contraction(op: Any, functions: Functions) -> Relations | None:
    if len(op.results) == 0:
        return None
    return _fused_multiply_add(op, functions)


def _vector_contract(op: Any, functions: Functions) -> Relations | None:
    is_sum = str(op.attributes["kind"]) == "#vector.kind<add>"
    return (
        _fused_multiply_add(op, functions) if is_sum and op.parent.name != "vector.mask" else None
    )


def _vector_reduction(op: Any, functions: Functions) -> Relations | None:
    linear = ("<add>", "<maximumf>", "<maxnumf>", "<minimumf>", "<minnumf>")
    return _all_alike(op, functions) if str(op.attributes["kind"]).endswith(linear) else None


def _named_elementwise(make: Look) -> Look:
    """A named linalg op that does not read its init."""

    def look(op: Any, functions: Functions) -> Relations | None:
        if len(op.results) == 0:
            return None
        count = len(inputs_and_inits(op, functions.ir)[0])
        found = make(op, functions)
        if found is None or found.groups == ():
            return found
        read = tuple(
            s for s in found.groups[0] if not (isinstance(s, Operand) and s.number >= count)
        )
        return Relations((read,))

    return look


def _pooling(op: Any, functions: Functions) -> Relations | None:
    if len(op.results) == 0:
        return None
    return Relations(((Operand(op, 0), Operand(op, 2), op.results[0]),))


def _pad(op: Any, functions: Functions) -> Relations:
    block = op.regions[0].blocks[0]
    end = block.operations[len(block.operations) - 1].operation
    return Relations(((Operand(op, 0), Operand(end, 0), op.results[0]),))


def _generate(op: Any, functions: Functions) -> Relations:
    block = op.regions[0].blocks[0]
    end = block.operations[len(block.operations) - 1].operation
    return Relations(((Operand(end, 0), op.results[0]),))


def _written_body(op: Any, functions: Functions) -> Relations | None:
    """linalg.generic, map and reduce: elements of the operands are arguments of the body."""
    ir = functions.ir
    if len(op.results) == 0:
        return None
    block = op.regions[0].blocks[0]
    arguments = list(block.arguments)
    end = block.operations[len(block.operations) - 1].operation
    count = len(inputs_and_inits(op, ir)[0])
    groups: list[tuple[Slot, ...]] = [
        (Operand(op, i), argument)
        for i, argument in enumerate(arguments[:count])
        if is_float(argument, ir)
    ]
    reduces = op.name == "linalg.reduce" or "reduction" in str(
        op.attributes.get("iterator_types", "")
    )
    for j, result in enumerate(op.results):
        if not is_float(result, ir):
            continue
        given: tuple[Slot, ...] = (Operand(end, j), result)
        number = count + j
        start: tuple[Slot, ...] = (Operand(op, number), *arguments[number : number + 1])
        # Where the op reduces, what is yielded is what comes in the next time, and over nothing
        # the result is the init. So is what is not written of it. Else the init is but read.
        ties = reduces or not _writes_all(op, number)
        groups += [(*given, *start)] if ties else [given, start]
    return Relations(tuple(groups))


def _writes_all(op: Any, number: int) -> bool:
    """Whether a linalg op that does not reduce writes each element of the init `number`."""
    maps = op.attributes.get("indexing_maps")
    return maps is None or bool(maps[number].value.is_projected_permutation)


def _for(op: Any, functions: Functions) -> Relations:
    block = op.regions[0].blocks[0]
    end = block.operations[len(block.operations) - 1].operation
    return Relations(
        tuple(
            (Operand(op, 3 + i), block.arguments[1 + i], Operand(end, i), result)
            for i, result in enumerate(op.results)
            if is_float(result, functions.ir)
        )
    )


def _branches(op: Any, functions: Functions) -> Relations | None:
    """scf.if, scf.index_switch and scf.execute_region: each region yields the results."""
    ends = []
    for region in op.regions:
        blocks = list(region.blocks)
        if len(blocks) > 1:
            return None
        for block in blocks:
            ends.append(block.operations[len(block.operations) - 1].operation)
    return Relations(
        tuple(
            (*(Operand(end, i) for end in ends), result)
            for i, result in enumerate(op.results)
            if is_float(result, functions.ir)
        )
    )


def _while(op: Any, functions: Functions) -> Relations:
    before, after = (region.blocks[0] for region in op.regions)
    condition = before.operations[len(before.operations) - 1].operation
    end = after.operations[len(after.operations) - 1].operation
    groups: list[tuple[Slot, ...]] = [
        (Operand(op, i), argument, Operand(end, i))
        for i, argument in enumerate(before.arguments)
        if is_float(argument, functions.ir)
    ]
    groups += [
        (Operand(condition, 1 + i), after.arguments[i], result)
        for i, result in enumerate(op.results)
        if is_float(result, functions.ir)
    ]
    return Relations(tuple(groups))


def _function(op: Any, functions: Functions) -> Relations | None:
    name = op.attributes["sym_name"].value
    if name not in functions.callers or functions.bodies.get(name) != op:
        return None
    calls = functions.callers[name]
    blocks = list(op.regions[0].blocks)
    groups: list[tuple[Slot, ...]] = [
        (argument, *(Operand(call, i) for call in calls))
        for i, argument in enumerate(blocks[0].arguments)
        if is_float(argument, functions.ir)
    ]
    ends = [block.operations[len(block.operations) - 1].operation for block in blocks]
    returns = [end for end in ends if end.name == "func.return"]
    if returns:
        groups += [
            (*(Operand(end, i) for end in returns), *(call.results[i] for call in calls))
            for i, value in enumerate(returns[0].operands)
            if is_float(value, functions.ir)
        ]
    return Relations(tuple(groups))


def _branch(op: Any, functions: Functions) -> Relations:
    """cf.br and cf.cond_br: what goes along an edge is what the block's argument is."""
    number = len(op.operands) - sum(len(block.arguments) for block in op.successors)
    groups = []
    for block in op.successors:
        for argument in block.arguments:
            if is_float(argument, functions.ir):
                groups.append((Operand(op, number), argument))
            number += 1
    return Relations(tuple(groups))


def _reads_no_elements(op: Any, functions: Functions) -> Relations:
    return FREE


MOVING = frozenset(op for rule in CONVERT_FP8.rules if rule.moves_bits for op in rule.ops)
"""Ops that only move values."""

_BY_OP: dict[str, Look] = {}


def _register(look: Look, *names: str) -> None:
    for name in names:
        _BY_OP[name] = look


_register(
    _all_alike,
    *(op for op in MOVING if not op.startswith("scf")),
    *("arith.addf", "arith.cmpf", "arith.extf", "arith.maximumf", "arith.maxnumf"),
    *("arith.minimumf", "arith.minnumf", "arith.negf", "arith.remf", "arith.subf", "arith.truncf"),
    *("math.absf", "math.clampf"),
)
for _name in list(_BY_OP):
    # What these hold is in memory or crosses regions: they are spoken of below or not at all.
    if _name.split(".")[0] in ("affine", "bufferization", "cf", "memref", "ml_program"):
        del _BY_OP[_name]
for _name in ("linalg.yield", "tensor.yield", "vector.yield", "vector.mask", "linalg.index"):
    del _BY_OP[_name]
_register(_reads_no_elements, "arith.constant", "tensor.dim", "tensor.empty", "tensor.rank")
_register(_product, "arith.mulf")
_register(_quotient, "arith.divf")
_register(_named_elementwise(_product), "linalg.mul")
_register(_named_elementwise(_quotient), "linalg.div")
_register(
    _named_elementwise(_all_alike),
    *("linalg.abs", "linalg.add", "linalg.broadcast", "linalg.copy", "linalg.fill", "linalg.max"),
    *("linalg.min", "linalg.negf", "linalg.sub", "linalg.transpose"),
)
_register(
    _pooling,
    *(f"linalg.pooling_{layout}_max" for layout in ("nchw", "ncw", "ndhwc", "nhwc", "nwc")),
    *(f"linalg.pooling_{layout}_min" for layout in ("ndhwc", "nhwc", "nwc")),
    *(f"linalg.pooling_{layout}_sum" for layout in ("nchw", "ncw", "ndhwc", "nhwc", "nwc")),
)
_register(_fused_multiply_add, "math.fma", "vector.fma", "amdgpu.mfma")
_register(_copysign, "math.copysign")
_register(_contraction, *CONTRACTIONS)
_register(_vector_contract, "vector.contract")
_register(_vector_reduction, "vector.multi_reduction", "vector.reduction")
_register(_pad, "tensor.pad")
_register(_generate, "tensor.generate")
_register(_written_body, "linalg.generic", "linalg.map", "linalg.reduce")
_register(_for, "scf.for")
_register(_branches, "scf.execute_region", "scf.if", "scf.index_switch")
_register(_while, "scf.while")
_register(_function, "func.func")
_register(_branch, "cf.br", "cf.cond_br")
