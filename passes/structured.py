"""linalg ops as structures: their operands, their bodies, and making new ones."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fnuz.passes.builder import Builder
from fnuz.passes.types import element_of


def inputs_and_inits(op: Any, ir: Any) -> tuple[list[Any], list[Any]]:
    """The operands of a linalg op: those it reads, and those that hold the initial result."""
    operands = list(op.operands)
    if op.name == "linalg.reduce":  # it has as many of both
        half = len(operands) // 2
        return operands[:half], operands[half:]
    if "operandSegmentSizes" not in op.attributes:  # the op has one init, its last operand
        return operands[:-1], operands[-1:]
    count = ir.DenseI32ArrayAttr(op.attributes["operandSegmentSizes"])[0]
    return operands[:count], operands[count:]


def yielded(op: Any) -> list[Any]:
    """What the body of a linalg op yields."""
    operations = op.regions[0].blocks[0].operations
    return list(operations[len(operations) - 1].operation.operands)


def is_from_outside(value: Any, block: Any, ir: Any) -> bool:
    """Whether a value that a body yields is the same for all elements.

    It may also be a constant in the body.
    """
    if isinstance(value, ir.BlockArgument):
        return bool(value.owner != block)
    op = value.owner.operation
    return op.name == "arith.constant" or bool(op.block != block)


def elementwise(
    b: Builder,
    inputs: Sequence[Any],
    init: Any,
    body: Callable[[Builder, list[Any]], Any],
    maps: Sequence[Any] = (),
) -> Any:
    """A linalg.generic over all elements, `body(builder, [*inputs, init])` each.

    `inputs` and `init` are tensors or memrefs of one shape; the last inputs may have another, each
    with an affine map in `maps` from the indices of an element to its own. Returns the result, or
    None when `init` is a memref, which is then written.
    """
    rank, count = init.type.rank, len(inputs) + 1

    def make() -> dict[str, Any]:
        identity = b.ir.AffineMap.get_identity(rank)
        every = [*[identity] * (len(inputs) - len(maps)), *maps, identity]
        return attributes(every, ["parallel"] * rank, 1, b.ir)

    key = ("elementwise", rank, count, *maps)
    return _generic(b, inputs, init, b.attribute(key, make), body)


def generic(
    b: Builder,
    inputs: Sequence[Any],
    init: Any,
    maps: Sequence[Any],
    kinds: Sequence[str],
    body: Callable[[Builder, list[Any]], Any],
) -> Any:
    """A linalg.generic with an affine map for each of `inputs` and `init`, else as `elementwise`.

    `kinds` has "parallel" or "reduction" for each dim of the maps.
    """
    return _generic(b, inputs, init, attributes(maps, kinds, 1, b.ir), body)


def attributes(maps: Sequence[Any], kinds: Sequence[str], inits: int, ir: Any) -> dict[str, Any]:
    """Those of a linalg.generic with `inits` inits, a map for each operand, a kind for each dim."""
    return {
        "indexing_maps": ir.ArrayAttr.get([ir.AffineMapAttr.get(m) for m in maps]),
        "iterator_types": _iterators(kinds, ir),
        "operandSegmentSizes": ir.DenseI32ArrayAttr.get([len(maps) - inits, inits]),
    }


def _generic(
    b: Builder,
    inputs: Sequence[Any],
    init: Any,
    attributes: dict[str, Any],
    body: Callable[[Builder, list[Any]], Any],
) -> Any:
    results = [init.type] if isinstance(init.type, b.ir.RankedTensorType) else []
    operands = [*inputs, init]
    op = b.create("linalg.generic", results, operands, attributes, regions=1)
    location, point, scope = b.location, b.point, b._scope
    elements = [element_of(b.ir, v.type) for v in operands]
    block = op.regions[0].blocks.append(*elements, arg_locs=[location] * len(elements))
    b.at_end(block, location)
    b.create("linalg.yield", [], [body(b, list(block.arguments))])
    b.location, b.point, b._scope = location, point, scope
    return op.results[0] if results else None


def named(b: Builder, name: str, operands: Sequence[Any], attributes: dict[str, Any]) -> Any:
    """A named linalg op on tensors with the body that its name implies; its one result.

    The last of `operands` is the init.
    """
    op = b.create(name, [operands[-1].type], operands, attributes, regions=1)
    b.bindings.module("dialects.linalg").fill_builtin_region(op)
    return op.results[0]


def dense(numbers: Sequence[int], ir: Any) -> Any:
    """The strides or dilations of a named convolution or pooling as its attribute."""
    type = ir.RankedTensorType.get([len(numbers)], ir.IntegerType.get_signless(64))
    return ir.DenseElementsAttr.get(np.array(numbers, np.int64), type=type)


def zeros(b: Builder, type: Any, sizes: Sequence[Any]) -> Any:
    """A tensor full of zero; `sizes` are those of `type` that are dynamic, as index values."""
    empty = b.value("tensor.empty", type, *sizes)
    segments = b.ir.DenseI32ArrayAttr.get([1, 1])
    zero = b.constant(type.element_type, 0.0)
    return named(b, "linalg.fill", [zero, empty], {"operandSegmentSizes": segments})


def generalize(b: Builder, op: Any) -> Any:
    """Replace a named linalg op by the linalg.generic with the same body, and return that."""
    ir = b.ir
    maps = b.bindings.module("dialects.linalg").get_indexing_maps(op)
    inputs, inits = inputs_and_inits(op, ir)
    output = maps[len(maps) - 1].value
    # Named ops are parallel over the dims that index the result and reduce over all others.
    parallel = {ir.AffineDimExpr(e).position for e in output.results}
    kinds = ["parallel" if d in parallel else "reduction" for d in range(output.n_dims)]
    generic = b.before(op).create(
        "linalg.generic",
        [r.type for r in op.results],
        [*inputs, *inits],
        {
            "indexing_maps": maps,
            "iterator_types": _iterators(kinds, ir),
            "operandSegmentSizes": ir.DenseI32ArrayAttr.get([len(inputs), len(inits)]),
        },
        regions=1,
    )
    op.regions[0].blocks[0].append_to(generic.regions[0])
    for old, new in zip(op.results, generic.results, strict=True):
        old.replace_all_uses_with(new)
    op.erase()
    return generic


def _iterators(kinds: Sequence[str], ir: Any) -> Any:
    text = ", ".join(f"#linalg.iterator_type<{kind}>" for kind in kinds)
    return ir.Attribute.parse(f"[{text}]")
