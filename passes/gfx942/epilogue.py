"""What is done with each result of a contraction, and can be done in the kernel's registers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fnuz.dialect.formats import FORMATS
from fnuz.passes import structured
from fnuz.passes.gfx942 import body
from fnuz.passes.gfx942.contraction import Gemm, Layout, Maps, dense_strides
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.sizes import Number, product
from fnuz.passes.math_functions import math_problem
from fnuz.passes.types import element_of

STORED = frozenset({"f32", "f16", "bf16", *FORMATS})
"""The element types that a kernel loads and stores."""

_OCP = frozenset(name for name, format in FORMATS.items() if not format.fnuz)

COMPUTED = STORED - _OCP | {"i1", "i8", "i32"}
"""The types of values in a body. OCP fp8 is only cast to its codes and back."""


@dataclass(frozen=True)
class Source:
    """A value besides the result of the contraction that a step reads."""

    argument: Any
    """What stands for it in the body: a block argument, or the value itself from outside."""
    value: Any
    layout: Layout | None
    """None for a scalar, and for a constant that is one number."""
    through: tuple[Any, ...] = ()
    """The linalg.broadcast that made the operand of the value, if one did: it is not needed."""

    def number(self, ir: Any) -> Any | None:
        """The attribute of the one number that it is."""
        if isinstance(self.value, ir.BlockArgument):
            return None
        op = self.value.owner.operation
        attr = op.attributes["value"] if op.name == "arith.constant" else None
        if isinstance(attr, ir.DenseElementsAttr):
            return attr.get_splat_value() if attr.is_splat else None
        return None if isinstance(self.value.type, ir.ShapedType) else attr


@dataclass(frozen=True)
class Step:
    """An elementwise linalg op over the result of what is before it."""

    op: Any
    result: Any
    """The block argument that is an element of what is before."""
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Epilogue:
    """What runs in the kernel of a contraction after it."""

    steps: tuple[Step, ...]
    ops: tuple[Any, ...]
    """The ops that are replaced with the contraction, in order: those of the steps, and the
    reshapes between them."""
    shapes: tuple[tuple[Number, ...], ...]
    """Those of the results of the contraction and of each of `ops`."""
    why: str
    """Why there are no more, if that is worth a word."""


def epilogue_of(
    op: Any, gemm: Gemm, maps_of: Maps, ir: Any, lower_casts: Callable[[Any], Any]
) -> Epilogue:
    """The elementwise ops that take the results of a contraction.

    `lower_casts` gives each of them without fnuz casts: one for a fnuz.to_ocp, and one that casts
    what it reads itself.
    """
    steps: list[Step] = []
    ops: list[Any] = []
    view = [[dim] for dim in range(len(gemm.shape))]
    shapes = [gemm.shape]

    def end(why: str) -> Epilogue:
        return Epilogue(tuple(steps), tuple(ops), tuple(shapes), why)

    if not op.results:
        return end("it is on memrefs, where ops after it are not taken in")
    while True:
        value = (ops[-1] if ops else op).results[0]
        uses = _uses(value, ir)
        if len(uses) != 1:
            return end(f"its result has {len(uses)} uses")
        user = uses[0].owner.operation
        if user.name == "func.return":
            return end("")
        if user.block != op.block:
            return end(f"'{user.name}' that takes its result is in another block")
        if user.name == "tensor.collapse_shape":
            groups = [[int(dim) for dim in group] for group in user.attributes["reassociation"]]
            view = [[dim for n in group for dim in view[n]] for group in groups]
        else:
            user = lower_casts(user)
            (use,) = _uses(value, ir)
            step = _step(user, value, use.operand_number, view, gemm, maps_of, ir)
            if isinstance(step, str):
                return end(f"'{user.name}' that takes its result is not part of it: {step}")
            steps.append(step)
        ops.append(user)
        shapes.append(tuple(product(*(gemm.shape[d] for d in dims)) for dims in view))


def _uses(value: Any, ir: Any) -> list[Any]:
    """Those of a value, but where only its sizes are asked for."""
    return [use for use in value.uses if size_asked_for(use.owner.operation, ir) is None]


def size_asked_for(op: Any, ir: Any) -> int | None:
    """The dim of a tensor of which an op gives the size, if that is what it does."""
    if op.name != "tensor.dim" or isinstance(op.operands[1], ir.BlockArgument):
        return None
    index = op.operands[1].owner.operation
    return index.attributes["value"].value if index.name == "arith.constant" else None


def _step(
    op: Any, value: Any, number: int, view: list[list[int]], gemm: Gemm, maps_of: Maps, ir: Any
) -> Step | str:
    """The op as a step, or why it is none. Each dim of it is those of the result in `view`."""
    if not op.name.startswith("linalg.") or len(op.regions) != 1 or len(op.results) != 1:
        return "it is no elementwise linalg op of one result"
    inputs, inits = structured.inputs_and_inits(op, ir)
    maps, operands = maps_of(op), [*inputs, *inits]
    type = op.results[0].type
    identity = ir.AffineMap.get_identity(type.rank)
    if maps[-1] != identity or maps[number] != identity:
        return "it moves elements or reduces"
    if str(type.element_type) not in STORED:
        return f"it gives {type.element_type}"
    block = op.regions[0].blocks[0]
    sources = captured_by(op, ir)
    if isinstance(sources, str):
        return sources
    for n, (operand, map_) in enumerate(zip(operands, maps, strict=True)):
        argument = block.arguments[n]
        if n == number or not list(argument.uses):
            continue
        if str(element_of(ir, operand.type)) not in STORED:
            return f"it reads {element_of(ir, operand.type)}"
        source = Source(argument, operand, None)
        if isinstance(operand.type, ir.ShapedType) and source.number(ir) is None:
            if not map_.is_projected_permutation:
                return "an indexing map of it is not one dim for each index"
            dims = [ir.AffineDimExpr(expression).position for expression in map_.results]
            while (made := _broadcast(source.value, ir)) is not None:
                added = list(made.attributes["dimensions"])
                dims = [d for n, d in enumerate(dims) if n not in added]
                through = (*source.through, made)
                source = replace(source, value=made.operands[0], through=through)
            if source.number(ir) is None:
                layout = _layout([d for n in dims for d in view[n]], gemm)
                if layout is None:
                    return "what it reads lies otherwise than the result"
                source = replace(source, layout=layout)
        sources.append(source)
    for source in sources:
        # A scalar argument of a kernel; those of other types are constants all but always.
        if source.layout is None and source.number(ir) is None and str(source.value.type) != "f32":
            return f"it takes a scalar of {source.value.type}, and the kernel f32 alone"
    return Step(op, block.arguments[number], tuple(sources))


def _broadcast(value: Any, ir: Any) -> Any | None:
    """The linalg.broadcast that a value is the result of."""
    op = None if isinstance(value, ir.BlockArgument) else value.owner.operation
    return op if op is not None and op.name == "linalg.broadcast" else None


def _layout(dims: Sequence[int], gemm: Gemm) -> Layout | None:
    """That of a dense tensor with these dims of the result, in this order."""
    sizes = [gemm.shape[d] for d in dims]
    along = dict(zip(dims, dense_strides(sizes), strict=True))
    return gemm.layout(product(*sizes), [along.get(d, 0) for d in range(len(gemm.shape))])


def captured_by(op: Any, ir: Any) -> list[Source] | str:
    """What the body of an op takes from outside, or why a kernel cannot have the body."""
    block = op.regions[0].blocks[0]
    captured: list[Any] = []
    for each in list(block.operations)[:-1]:
        why = _not_vectorizable(each.operation, ir)
        if why:
            return why
        captured += [v for v in each.operation.operands if not _is_of(v, block, ir)]
    captured += [v for v in structured.yielded(op) if not _is_of(v, block, ir)]
    return [Source(v, v, None) for v in dict.fromkeys(captured)]


def _not_vectorizable(op: Any, ir: Any) -> str:
    if op.name.startswith("math."):
        why = math_problem(op, ir)
        if why:
            return why
    elif not op.name.startswith("arith."):
        return f"the kernel has no {op.name}"
    types = [str(v.type) for v in [*op.operands, *op.results]]
    allowed = COMPUTED | _OCP if op.name == "arith.bitcast" else COMPUTED
    other = [t for t in types if t not in allowed]
    return f"it computes with {other[0]}" if other else ""


def _is_of(value: Any, block: Any, ir: Any) -> bool:
    if isinstance(value, ir.BlockArgument):
        return bool(value.owner == block)
    return bool(value.owner.operation.block == block)


def apply(e: Emitter, step: Step, vector: Any, loaded: Mapping[Any, Any]) -> Any:
    """The body of a step on a vector of elements; `loaded` are those of its sources."""
    (size,) = vector.type.shape
    block = step.op.regions[0].blocks[0]
    return body.apply(e, block, size, {step.result: vector, **loaded})[
        structured.yielded(step.op)[0]
    ]
