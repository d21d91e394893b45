"""Fuses elementwise linalg ops into the one op that takes their result.

Only where no element is computed twice: the loops of the consumer are those of the producer, in
another order perhaps. Upstream's linalg-fuse-elementwise-ops goes further and fuses into windows
too, with an init that is then added to once for each window that an element is in.
"""

from collections.abc import Callable, Sequence
from typing import Any

from fnuz.bindings.handles import address
from fnuz.passes import structured
from fnuz.passes.builder import Builder

Maps = Callable[[Any], Sequence[Any]]
"""Gives the indexing maps of a linalg op."""


def fuse(
    b: Builder, ops: Sequence[Any], maps_of: Maps, is_fusible: Callable[[Any], bool]
) -> list[Any]:
    """Fuse what can be among ops, given in their order; the ops that there are then.

    `is_fusible` says of an op whether it is a linalg op on tensors that a kernel can have.
    """
    places = {address(op): n for n, op in enumerate(ops)}
    left = dict(enumerate(ops))
    for n in range(len(ops)):
        found = _consumer(left[n], maps_of, is_fusible, b.ir)
        if found is None or address(found[0]) not in places:
            continue
        consumer, operand = found
        inputs = _inputs(left[n], consumer, operand, maps_of, b.ir)
        if inputs is None:
            continue
        at = places.pop(address(consumer))
        del places[address(left[n])]
        left[at] = _fused(b, left.pop(n), consumer, operand, inputs, maps_of)
        places[address(left[at])] = at
    return list(left.values())


def _consumer(
    producer: Any, maps_of: Maps, is_fusible: Callable[[Any], bool], ir: Any
) -> tuple[Any, int] | None:
    """The op that takes the result of a producer and may be fused with it, and as which operand."""
    if len(producer.results) != 1 or not is_fusible(producer):
        return None
    uses = list(producer.results[0].uses)
    result = maps_of(producer)[-1]
    if len(uses) != 1 or not result.is_permutation:
        return None
    user, operand = uses[0].owner.operation, uses[0].operand_number
    if user.block != producer.block or not is_fusible(user):
        return None
    inputs, _ = structured.inputs_and_inits(user, ir)
    maps = maps_of(user)
    if operand >= len(inputs) or not maps[operand].is_permutation:
        return None
    return user, operand


def _loops(producer: Any, consumer: Any, operand: int, maps_of: Maps) -> list[int]:
    """The loop of the consumer for each one of the producer."""
    inner, outer = maps_of(producer)[-1].results, maps_of(consumer)[operand].results
    position = {p.position: c.position for p, c in zip(inner, outer, strict=True)}
    return [position[d] for d in range(len(position))]


Input = tuple[Any, Any, Any]
"""An operand, its map and its argument of a body."""


def _inputs(
    producer: Any, consumer: Any, operand: int, maps_of: Maps, ir: Any
) -> list[Input] | None:
    """Those of both fused; None where no operand would say how large a loop is."""
    inputs, _ = structured.inputs_and_inits(consumer, ir)
    maps, arguments = maps_of(consumer), consumer.regions[0].blocks[0].arguments
    count = maps[operand].n_dims
    found = [(inputs[n], maps[n], arguments[n]) for n in range(len(inputs)) if n != operand]
    loops = _loops(producer, consumer, operand, maps_of)
    renamed = ir.AffineMap.get(count, 0, [ir.AffineExpr.get_dim(d) for d in loops])
    values = [v for part in structured.inputs_and_inits(producer, ir) for v in part]
    body = producer.regions[0].blocks[0]
    for value, map_, argument in zip(values, maps_of(producer), body.arguments, strict=True):
        if list(argument.uses):
            results = [e.compose(renamed) for e in map_.results]
            found.append((value, ir.AffineMap.get(count, 0, results), argument))
    every = [*(map_ for _, map_, _ in found), *maps[len(inputs) :]]
    dims = [e for m in every for e in m.results if isinstance(e, ir.AffineDimExpr)]
    return found if len({e.position for e in dims}) == count else None


def _fused(
    b: Builder,
    producer: Any,
    consumer: Any,
    operand: int,
    inputs: Sequence[Input],
    maps_of: Maps,
) -> Any:
    """Replace both by one linalg.generic."""
    ir = b.ir
    of_consumer = maps_of(consumer)
    old_inputs, inits = structured.inputs_and_inits(consumer, ir)
    count = of_consumer[operand].n_dims
    loops = _loops(producer, consumer, operand, maps_of)
    body, block = producer.regions[0].blocks[0], consumer.regions[0].blocks[0]
    maps = [*(map_ for _, map_, _ in inputs), *of_consumer[len(old_inputs) :]]
    operands = [*(value for value, _, _ in inputs), *inits]
    used = {ir.AffineDimExpr(e).position for e in of_consumer[-1].results}
    b.before(consumer)
    fused = b.create(
        "linalg.generic",
        [r.type for r in consumer.results],
        operands,
        structured.attributes(
            maps, ["parallel" if d in used else "reduction" for d in range(count)], len(inits), ir
        ),
        regions=1,
    )
    arguments = [*(a for _, _, a in inputs), *list(block.arguments)[len(old_inputs) :]]
    made = fused.regions[0].blocks.append(
        *(a.type for a in arguments), arg_locs=[consumer.location] * len(arguments)
    )
    values = dict(zip(arguments, made.arguments, strict=True))
    for each in list(body.operations)[:-1]:
        copy = _copied(each.operation, made, values, ir)
        if copy.name == "linalg.index":
            dim = loops[copy.attributes["dim"].value]
            copy.attributes["dim"] = ir.IntegerAttr.get(ir.IntegerType.get_signless(64), dim)
    (result,) = structured.yielded(producer)
    values[block.arguments[operand]] = values.get(result, result)
    for each in block.operations:
        _copied(each.operation, made, values, ir)
    for old, new in zip(consumer.results, fused.results, strict=True):
        old.replace_all_uses_with(new)
    consumer.erase()
    producer.erase()
    return fused


def _copied(op: Any, block: Any, values: dict[Any, Any], ir: Any) -> Any:
    """A copy of an op at the end of a block, with `values` for its operands, which gets its own."""
    copy = op.clone(ip=ir.InsertionPoint(block))
    for n, value in enumerate(op.operands):
        if value in values:
            copy.operands[n] = values[value]
    values.update(zip(op.results, copy.results, strict=True))
    return copy
