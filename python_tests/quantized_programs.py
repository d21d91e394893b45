"""Random programs that look like quantized models, and inputs for them.

Quantize and dequantize with every kind of scale, contractions with what follows them, data
movement and control flow between. As in `random_programs` each value carries the range of its
magnitude; here f16 has one too, and scales say how small they may be, for a quotient must not
overflow or fall among the subnormals either.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log2, prod
from typing import Any

import numpy as np
import random_programs as programs
from numpy.typing import NDArray
from random_programs import FP8, RANGE, NotHere, V

from fnuz.dialect.formats import FORMATS

E8M0 = "f8E8M0FNU"
WIDE = ("f32", "f16", "bf16")
PRECISION = 24
"""A rounded f32 (so a bf16 too) is a multiple of 2^-24 of its magnitude."""

F16 = (-6, 8)
"""The magnitudes of f16 arguments: at least 2^-6, or zero, and below 2^8."""


@dataclass(frozen=True)
class Scale(V):
    """A value that something is multiplied or divided by: 2^floor to 2^top, never zero."""

    floor: int = 0


@dataclass(frozen=True)
class Operand:
    """A scalar, or a tensor that is indexed by these dims of the elementwise op it goes into."""

    value: V
    dims: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Step:
    """One elementwise op or a few: from x and the operands, on scalars or on whole tensors."""

    emit: Callable[["QuantizedProgram", V, list[V]], V]
    operands: tuple[Operand, ...] = ()


class QuantizedProgram(programs.Program):
    """Writes one program; the comments in it name what `features` counts."""

    def _main(self) -> str:
        self.sizes = [self.choose([2, 4, 3]) for _ in range(3)]
        first = V("", "tensor", self.choose(["f32", "f32", "f32", "f16", "bf16", *self.fp8]))
        self.add(self.argument(tensor_like(first, self.shape("tensor", self.choose([2, 2, 2, 3])))))
        self.ops(1, [layer, layer, round_trip])
        self.ops(self.integer(0, 2), OPS)
        returned = [v for v in self.values if v.name not in self.used][-6:] or self.values[-1:]
        self.line(f"return {programs.names(returned)} : {programs.types(returned)}")
        main = self.function("func.func @main", f"({programs.types(returned)})")
        return "\n".join([*self.functions, main])

    def features(self) -> set[str]:
        """What it is made of: "quantize", "scale: channel argument", "scf.for" ..."""
        ops = re.findall(r"\b(?:arith|func|linalg|scf|tensor)\.[a-z_0-9]+", self.text)
        notes = re.findall(r"// (.+)", self.text)
        return {*ops, *notes, *(note.partition(":")[0] for note in notes)}

    def note(self, feature: str) -> None:
        """Name what follows, in a comment: it goes when the line goes."""
        self.line(f"// {feature}")

    # -- values and their ranges

    def make(self, text: str, like: V, **changes: Any) -> V:
        value = replace(like, name=self.name(), **changes)
        if value.element in FP8:
            low, high = RANGE[value.element]
            value = replace(value, grain=low, top=min(value.top, high))
        if value.element == "f16" and value.top > 15:
            raise NotHere
        if value.element in WIDE and not self.in_range(value):
            raise NotHere
        self.line(f"{value.name} = {text}")
        return value

    def argument(self, wanted: V) -> V:
        if isinstance(wanted, Scale):
            value: V = replace(wanted, name=f"{self.name()}s")
            self.scope.arguments.append(value)
            return value
        grain, top = F16 if wanted.element == "f16" else programs.ARGUMENT_RANGE
        if wanted.element in FP8:
            grain, top = RANGE[wanted.element]
            top = self.choose([top, top, 2])
        value = replace(wanted, name=f"{self.name()}a", grain=grain, top=top)
        self.scope.arguments.append(value)
        return value

    def a_constant(self, wanted: V) -> V:
        value = super().a_constant(wanted)
        if value.element == "f16":  # 0.1 and 100 are the ends of what `literal` has
            return replace(value, grain=-4, top=7)
        return value

    # -- what programs.Program asks

    def a_tensor(self, *elements: str, rank: int | None = None) -> V:
        """A tensor of one of these element types (any float by default), static."""
        known = elements or (*FP8, *WIDE)

        def fits(v: V) -> bool:
            right = v.kind == "tensor" and v.element in known and not isinstance(v, Scale)
            return right and (len(v.shape) > 0 if rank is None else len(v.shape) == rank)

        return self.static(self.pick(fits))

    def moved(self) -> V:
        v = self.a_tensor()
        if prod(v.shape) > 40:
            raise NotHere
        return v

    def carried(self) -> V:
        return self.a_tensor()

    def body_ops(self) -> Sequence[programs.Op]:
        return [requantize, round_trip, wide_step, wide_step, *MOVEMENT]

    def function_ops(self) -> Sequence[programs.Op]:
        return [quantize, dequantize, contraction, wide_step, round_trip, programs.branch]

    def any_turn(self, v: V) -> V:
        if v.element in FP8:
            grain, top = RANGE[v.element]
        else:
            grain, top = (-24, 12) if v.element == "f16" else (-70, 30)
        if v.grain < grain or v.top > top:
            raise NotHere
        return replace(v, grain=grain, top=top)

    def check_turn(self, v: V) -> None:
        self.any_turn(v)

    def parameter(self, like: V) -> V:
        value = replace(self.any_turn(like), name=f"{self.name()}a")
        self.scope.arguments.append(value)
        return value

    def given(self, parameter: V) -> V:
        if isinstance(parameter, Scale):
            return a_scale_like(self, parameter)
        return super().given(parameter)

    def inputs(self, rng: np.random.Generator, special: bool) -> list[NDArray[Any]]:
        return [draw(v, rng, special) for v in self.scope.arguments]


def tensor_like(v: V, shape: Sequence[int]) -> V:
    return replace(v, kind="tensor", shape=tuple(shape), dynamic=(False,) * len(shape))


# -- scales


def a_scale_like(p: QuantizedProgram, like: Scale) -> Scale:
    """One of this very type and range: an argument there is, a new one or a constant."""
    same = [v for v in p.scope.arguments if isinstance(v, Scale) and v.type == like.type]
    same = [v for v in same if v.floor >= like.floor and v.top <= like.top]
    if same and p.chance(50):
        found = p.choose(same)
        assert isinstance(found, Scale)
        return found
    if p.chance(60):
        found = p.argument(like)
        assert isinstance(found, Scale)
        return found
    return constant_scale(p, like)


LITERALS = {
    "f32": "0.5 2.0 0.125 4.0 0.1 0.3 1.7 3.0 0.7109375 1024.0 0.0078125 0.0013 700.0 0.0009765625",
    "f16": "0.5 2.0 0.125 4.0 0.1328 0.3 1.7 3.0 0.7109375",
    "fp8": "0.5 2.0 0.125 1.75 3.0",
    E8M0: "0.5 2.0 0.125 4.0 0.25 1.0",
}
LITERALS |= {"bf16": LITERALS["f32"], **dict.fromkeys(FP8, LITERALS["fp8"])}


def constant_scale(p: QuantizedProgram, like: Scale, *, splat: bool = False) -> Scale:
    known = [
        x for x in LITERALS[like.element].split() if 2.0**like.floor <= float(x) <= 2.0**like.top
    ]
    one = like.kind == "scalar" or splat or p.chance(40)
    literals = [p.choose(known) for _ in range(1 if one else prod(like.shape))]
    text = literals[0]
    if like.kind == "tensor":
        inner = text if one else np.array(literals).reshape(like.shape).tolist()
        text = f"dense<{inner}>".replace("'", "")
    name = p.name()
    p.line(f"{name} = arith.constant {text} : {like.type}")
    logs = [log2(float(x)) for x in literals]
    return replace(like, name=name, floor=floor(min(logs)), top=ceil(max(logs)))


KINDS = ("scalar", "scalar", "rank 0", "splat", "channel", "channel", "full")


def scale(
    p: QuantizedProgram, x: V, kind: str | None = None, element: str | None = None
) -> Operand:
    """A scale for the elements of x; `block` is indexed by all dims but the last."""
    kind = kind or p.choose(KINDS)
    if element is None:
        element = p.choose([x.element, x.element, x.element, x.element, "fp8", E8M0])
    if element == "fp8":
        element = p.choose(p.fp8)
    rank = len(x.shape)
    dims: tuple[int, ...] | None
    if kind == "scalar":
        dims = None
    elif kind == "rank 0":
        dims = ()
    elif kind == "channel":
        dims = (p.choose([rank - 1, rank - 1, 0]),) if rank else ()
    elif kind == "block":
        dims = tuple(range(rank - 1))
    else:
        dims = tuple(range(rank))
    shape = tuple(x.shape[d] for d in dims or ())
    limit = p.choose([3, 10]) if element in ("f32", "bf16") else 3
    like = Scale("", "scalar", element, floor=-limit, top=limit)
    if dims is not None:
        like = replace(like, kind="tensor", shape=shape, dynamic=(False,) * len(shape))
    value = constant_scale(p, like, splat=True) if kind == "splat" else a_scale_like(p, like)
    from_where = "argument" if value in p.scope.arguments else "constant"
    p.note(f"scale: {kind} {from_where}")
    if element != x.element:
        p.note(f"scale: {'E8M0' if element == E8M0 else 'fp8' if element in FP8 else 'wide'}")
    return Operand(value, dims)


def scaled(p: QuantizedProgram, x: V, by: V, op: str) -> V:
    """x * by or x / by; `by` is extended where it is narrower."""
    assert isinstance(by, Scale)
    if by.element != x.element:
        name = p.name()
        p.line(f"{name} = arith.extf {by.name} : {by.type} to {programs.retyped(by, x.element)}")
        by = replace(by, name=name, element=x.element)
    if op == "reciprocal":
        one, name = p.splat("1.0", by), p.name()
        p.line(f"{name} = arith.divf {one}, {by.name} : {by.type}")
        by = replace(by, name=name, floor=-by.top, top=-by.floor)
        op = "mulf"
    bits = 0 if x.element == "f16" else PRECISION
    if op == "mulf":
        grain, top = x.grain + by.floor - bits, x.top + by.top
    else:
        grain, top = x.grain - by.top - bits, x.top - by.floor
    if x.element == "f16":
        if op == "divf" and grain < -14:
            raise NotHere
        grain = max(grain, -24)
    sides = (x.name, by.name) if op == "divf" or p.chance(70) else (by.name, x.name)
    return p.make(f"arith.{op} {', '.join(sides)} : {x.type}", x, grain=grain, top=top)


def scale_step(p: QuantizedProgram, x: V, ops: Sequence[str], kind: str | None = None) -> Step:
    op = p.choose(ops)
    return Step(lambda p, x, given: scaled(p, x, given[0], op), (scale(p, x, kind),))


# -- elementwise, in the spellings of the frontends


def elementwise(p: QuantizedProgram, x: V, steps: Sequence[Step]) -> V:
    """The steps on x: in one linalg.generic, one for each, or on tensors."""
    style = p.choose(["one", "one", "each", "broadcast", "tensor"])
    if style == "one":
        if p.chance(85):
            return in_one_body(p, x, steps)
        unknown = replace(x, dynamic=tuple(p.chance(60) for _ in x.shape))
        text = f"tensor.cast {x.name} : {x.type} to {unknown.type}"
        return p.static(in_one_body(p, p.make(text, unknown), steps))
    for step in steps:
        if style == "tensor":
            x = step.emit(p, x, [spread(p, o, x) for o in step.operands])
        else:
            if style == "broadcast":
                full = tuple(range(len(x.shape)))
                operands = tuple(Operand(spread(p, o, x), full) for o in step.operands)
                step = replace(step, operands=operands)
            x = in_one_body(p, x, [step])
    return x


def spread(p: QuantizedProgram, operand: Operand, x: V) -> V:
    """A scalar, or a tensor indexed by some dims, in the shape of x: as JAX broadcasts."""
    value, dims = operand.value, operand.dims
    if dims == tuple(range(len(x.shape))):
        return value
    full = tensor_like(value, x.shape)
    if dims is None:
        name = p.name()
        p.line(f"{name} = tensor.splat {value.name} : {full.type}")
        return replace(full, name=name)
    rank = len(x.shape)
    empty = p.empty(full)
    name = p.name()
    if p.chance(50):
        missing = [d for d in range(rank) if d not in dims]
        p.line(
            f"{name} = linalg.broadcast ins({value.name} : {value.type}) "
            f"outs({empty} : {full.type}) dimensions = {missing}"
        )
        return replace(full, name=name)
    e = value.element
    p.line(
        f"{name} = linalg.generic {{{traits(rank, [dims, tuple(range(rank))])}}} "
        f"ins({value.name} : {value.type}) outs({empty} : {full.type}) {{\n"
        f"  ^bb0(%in{p.names}: {e}, %out{p.names}: {e}):\n"
        f"    linalg.yield %in{p.names} : {e}\n  }} -> {full.type}"
    )
    return replace(full, name=name)


def traits(rank: int, maps: Sequence[tuple[int, ...]]) -> str:
    all_dims = ", ".join(f"d{i}" for i in range(rank))
    texts = (f"affine_map<({all_dims}) -> ({', '.join(f'd{d}' for d in m)})>" for m in maps)
    kinds = ", ".join(['"parallel"'] * rank)
    return f"indexing_maps = [{', '.join(texts)}], iterator_types = [{kinds}]"


def in_one_body(p: QuantizedProgram, x: V, steps: Sequence[Step]) -> V:
    """One linalg.generic; now and then x is what it writes over."""
    rank = len(x.shape)
    full = tuple(range(rank))
    tensors = [(x, full)]
    tensors += [(o.value, o.dims) for s in steps for o in s.operands if o.dims is not None]
    at = p.name()
    elements = [
        replace(v, name=f"{at}_{i}", kind="scalar", shape=(), dynamic=())
        for i, (v, _) in enumerate(tensors)
    ]
    inner = iter(elements[1:])
    with p.region() as lines:
        out = elements[0]
        for step in steps:
            given = [o.value if o.dims is None else next(inner) for o in step.operands]
            out = step.emit(p, out, given)
    result = replace(out, kind="tensor", shape=x.shape, dynamic=x.dynamic)
    arguments = ", ".join(f"{v.name}: {v.element}" for v in elements)
    if len(tensors) == 1 and result.element == x.element and p.chance(50):
        ins, maps, target = "", [full], x.name
    else:
        read = [v for v, _ in tensors]
        ins = f"ins({programs.names(read)} : {programs.types(read)}) "
        maps = [*(dims for _, dims in tensors), full]
        target = p.empty(result)
        arguments += f", {at}_o: {result.element}"
    body = "\n    ".join([*lines, f"linalg.yield {out.name} : {out.element}"])
    p.use(x, *(v for v, _ in tensors))
    return p.make(
        f"linalg.generic {{{traits(rank, maps)}}} {ins}outs({target} : {result.type}) {{\n"
        f"  ^bb0({arguments}):\n    {body}\n  }} -> {result.type}",
        result,
    )


# -- quantize and dequantize


def quantized(p: QuantizedProgram, x: V) -> V:
    """x / s [+ zero point] [clamped] truncf."""
    target = p.choose(p.fp8)
    if x.element == "f32" and p.chance(10):
        return scaling_cast(p, x, target)
    block = x if not p.chance(15) else blocks(p, x)
    steps = []
    if p.chance(90):
        kind = "block" if block is not x else None
        steps.append(scale_step(p, block, ["divf", "divf", "mulf", "reciprocal"], kind))
    if p.chance(40):
        steps.append(zero_point_step(p, block, target, "addf"))
    steps += clamp_steps(p, block, target)
    steps.append(Step(lambda p, x, _: truncated(p, x, target)))
    p.note("quantize")
    q = elementwise(p, block, steps)
    return q if block is x else p.make(flattened(q, x), q, shape=x.shape, dynamic=x.dynamic)


def truncated(p: QuantizedProgram, x: V, target: str) -> V:
    text = f"arith.truncf {x.name} : {x.type} to {programs.retyped(x, target)}"
    return p.make(text, x, element=target, **({"top": 15} if target == "f16" else {}))


def dequantized(p: QuantizedProgram, q: V) -> V:
    """extf [- zero point] * s."""
    target = p.choose(["f32", "f32", "f32", "f32", "f16", "bf16"])
    if target == "f32" and p.chance(10):
        return scaling_cast(p, q, "f32")
    block = q if not p.chance(15) else blocks(p, q)
    wide = replace(block, element=target)
    steps = [Step(lambda p, x, _: extended(p, x, target))]
    if p.chance(40):
        steps.append(zero_point_step(p, wide, q.element, "subf"))
    if p.chance(90):
        kind = "block" if block is not q else None
        steps.append(scale_step(p, wide, ["mulf", "mulf", "mulf", "divf"], kind))
    p.note("dequantize")
    y = elementwise(p, block, steps)
    return y if block is q else p.make(flattened(y, q), y, shape=q.shape, dynamic=q.dynamic)


def extended(p: QuantizedProgram, x: V, target: str) -> V:
    text = f"arith.extf {x.name} : {x.type} to {programs.retyped(x, target)}"
    return p.make(text, x, element=target)


def scaling_cast(p: QuantizedProgram, x: V, target: str) -> V:
    """arith.scaling_extf or scaling_truncf by an E8M0 scale."""
    op = "scaling_truncf" if target in FP8 else "scaling_extf"
    operand = scale(p, x, element=E8M0)

    def emit(p: QuantizedProgram, x: V, given: list[V]) -> V:
        (s,) = given
        assert isinstance(s, Scale)
        text = f"arith.{op} {x.name}, {s.name} : {x.type}, {s.type} to "
        up = s.top if op == "scaling_extf" else -s.floor
        down = s.floor if op == "scaling_extf" else -s.top
        to = replace(x, element=target, grain=x.grain + down, top=x.top + up)
        return p.make(text + programs.retyped(x, target), to)

    p.note("quantize" if target in FP8 else "dequantize")
    return elementwise(p, x, [Step(emit, (operand,))])


def blocks(p: QuantizedProgram, x: V) -> V:
    """x with its last dim split in two, so that a scale of all dims but the last is per block."""
    *rest, last = x.shape
    size = p.choose([n for n in (2, 3) if last % n == 0 and last > n])
    to = tensor_like(x, (*rest, last // size, size))
    groups = [[i] for i in range(len(rest))] + [[len(rest), len(rest) + 1]]
    text = f"tensor.expand_shape {x.name} {groups} output_shape {list(to.shape)}"
    p.use(x)
    return p.make(f"{text} : {x.type} into {to.type}", to)


def flattened(x: V, like: V) -> str:
    rank = len(like.shape)
    groups = [[i] for i in range(rank - 1)] + [[rank - 1, rank]]
    return (
        f"tensor.collapse_shape {x.name} {groups} : {x.type} into "
        + tensor_like(x, like.shape).type
    )


def zero_point_step(p: QuantizedProgram, x: V, fp8: str, op: str) -> Step:
    """A constant of the wide type, or as ONNX has it of the fp8 type, extended."""
    literal = p.choose(["0.0", "0.0", "0.0", "-0.0", "1.0", "-2.0", "3.5"])
    p.note("zero point")
    typed_fp8 = p.chance(40)
    value = V(p.name(), "scalar", fp8 if typed_fp8 else x.element, (), (), -1, 2)
    dims = None
    if p.chance(30):
        value = replace(value, kind="tensor")
        dims = ()
        literal = f"dense<{literal}>"
    p.line(f"{value.name} = arith.constant {literal} : {value.type}")

    def emit(p: QuantizedProgram, x: V, given: list[V]) -> V:
        (z,) = given
        if typed_fp8:
            z = extended(p, replace(z, grain=-1, top=2), x.element)
        return added(p, x, z, op)

    return Step(emit, (Operand(value, dims),))


def added(p: QuantizedProgram, x: V, y: V, op: str = "addf") -> V:
    grain = -24 if x.element == "f16" else min(x.grain, y.grain)
    text = f"arith.{op} {x.name}, {y.name} : {x.type}"
    return p.make(text, x, grain=grain, top=max(x.top, y.top) + 1)


def clamp_steps(p: QuantizedProgram, x: V, target: str) -> list[Step]:
    """A clamp in one of its spellings, or a relu, or both, or none."""
    top = programs.TOPS[target]
    if p.chance(20) or (x.element == "f16" and top > 5e4 and p.chance(50)):
        return []
    low, high = p.choose(
        [*[(-top, top)] * 6, (-464.0, 464.0), (-500.0, 500.0), (-2.0, 2.0), (0.0, 6.0), (0.0, top)]
    )
    if p.chance(10):
        return [relu_step(p)]
    spelling = p.choose([*programs.CLAMPS, "half"])
    p.note(f"clamp: {spelling}")
    if p.chance(50):

        def emit(p: QuantizedProgram, x: V, given: list[V]) -> V:
            bounds = (p.splat(str(b), x) for b in (low, high))
            return bounded(p, spelling, x, *bounds, low, high)

        return [Step(emit)]
    operands = []
    kind = p.choose(["scalar", "rank 0", "full"])
    for bound in (low, high):
        value = V(p.name(), "scalar", x.element)
        dims: tuple[int, ...] | None = None
        if kind != "scalar":
            dims = () if kind == "rank 0" else tuple(range(len(x.shape)))
            value = tensor_like(value, x.shape if dims else ())
        text = str(bound) if kind == "scalar" else f"dense<{bound}>"
        p.line(f"{value.name} = arith.constant {text} : {value.type}")
        operands.append(Operand(value, dims))

    def emit_given(p: QuantizedProgram, x: V, given: list[V]) -> V:
        return bounded(p, spelling, x, given[0].name, given[1].name, low, high)

    return [Step(emit_given, tuple(operands))]


def bounded(
    p: QuantizedProgram, spelling: str, x: V, low: str, high: str, least: float, most: float
) -> V:
    name = programs.clamped(p, spelling, x.name, x, low, high)
    top = x.top
    if spelling != "half":
        top = min(top, ceil(log2(max(most, -least))))
    grain = min(x.grain, -6 if x.element == "f16" else 0)
    return replace(x, name=name, grain=grain, top=top)


def relu_step(p: QuantizedProgram) -> Step:
    p.note("relu")
    spelling = p.choose(["maximumf", "maxnumf", "select"])

    def emit(p: QuantizedProgram, x: V, given: list[V]) -> V:
        zero = p.splat("0.0", x)
        if spelling != "select":
            return p.make(f"arith.{spelling} {x.name}, {zero} : {x.type}", x)
        c, bits = p.name(), programs.retyped(x, "i1")
        p.line(f"{c} = arith.cmpf ugt, {x.name}, {zero} : {x.type}")
        types = x.type if x.kind == "scalar" else f"{bits}, {x.type}"
        return p.make(f"arith.select {c}, {x.name}, {zero} : {types}", x)

    return Step(emit)


def quantize(p: programs.Program) -> None:
    p.add(quantized(ours(p), ours(p).a_tensor(*WIDE)))


def dequantize(p: programs.Program) -> None:
    p.add(dequantized(ours(p), an_fp8_tensor(ours(p))))


def round_trip(p: programs.Program) -> None:
    """Quantize after dequantize, or dequantize after quantize."""
    x = ours(p).a_tensor()
    if x.element in FP8:
        p.add(quantized(ours(p), p.add(dequantized(ours(p), x))))
    else:
        q = quantized(ours(p), x)
        p.add(dequantized(ours(p), q if p.chance(60) else p.add(q)))


def requantize(p: programs.Program) -> None:
    """As `round_trip`, back to the type that it began with: what a loop carries."""
    x = ours(p).a_tensor()
    for _ in range(3):
        y = dequantized(ours(p), x) if x.element in FP8 else quantized(ours(p), x)
        z = dequantized(ours(p), y) if y.element in FP8 else quantized(ours(p), y)
        if z.element == x.element:
            p.add(z)
            return
    raise NotHere


def ours(p: programs.Program) -> QuantizedProgram:
    assert isinstance(p, QuantizedProgram)
    return p


def an_fp8_tensor(p: QuantizedProgram, rank: int | None = None) -> V:
    try:
        return p.a_tensor(*FP8, rank=rank)
    except NotHere:
        shape = p.shape("tensor", rank or 2)
        return p.need("tensor", p.choose(p.fp8), shape, constant=p.chance(30))


# -- contractions and what follows them


def weights(p: QuantizedProgram, element: str, shape: Sequence[int]) -> V:
    """Mostly constants; of fp8 with every special code now and then."""
    return p.need("tensor", element, shape, constant=p.chance(75))


def small_fp8(p: QuantizedProgram, like: V) -> V:
    """An argument of this type with magnitudes of at most 4."""
    value = replace(like, name=f"{p.name()}a", top=2)
    p.scope.arguments.append(value)
    return value


def accumulator(p: QuantizedProgram, element: str, shape: Sequence[int]) -> V:
    """Zero, a bias that is broadcast, a constant, an argument."""
    like = tensor_like(V("", "tensor", element), shape)
    form = p.choose(["zero", "zero", "zero", "fill", "bias", "bias", "constant", "value"])
    if form == "constant":
        return p.need("tensor", element, shape, constant=True)
    if form == "value":
        return p.need("tensor", element, shape)
    if form == "bias" and len(shape) > 0:
        bias = p.need("tensor", element, shape[-1:], constant=p.chance(70))
        p.note("bias in outs")
        full = spread(p, Operand(bias, (len(shape) - 1,)), like)
        return replace(full, grain=bias.grain, top=bias.top)
    scalar, empty = p.name(), p.empty(like)
    literal = "0.0" if form == "zero" else p.choose(["-0.0", "1.0", "-3.25", "0.1"])
    p.line(f"{scalar} = arith.constant {literal} : {element}")
    text = f"linalg.fill ins({scalar} : {element}) outs({empty} : {like.type}) -> {like.type}"
    return p.make(text, like, grain=-30 if element != "f16" else -4, top=2)


def contraction(p: programs.Program) -> None:
    contracted(ours(p), None)


def contracted(p: QuantizedProgram, a: V | None) -> V:
    """A product of fp8 tensors, of dequantized ones, or of one of each."""
    if a is None:
        a = p.a_tensor(*FP8, "f32", "f32") if p.chance(80) else an_fp8_tensor(p)
    if prod(a.shape) > 60:
        raise NotHere
    wide = ["f32", "f32", "f32", "f32", "bf16", "f16", "f16"] if a.element in FP8 else [a.element]
    element = p.choose(wide)
    other = p.choose([a.element] * 3 + [element])
    if a.element not in FP8 and p.chance(60):
        other = p.choose(p.fp8)
    rank, n = len(a.shape), p.choose(p.sizes)
    forms = {
        1: ["dot"],
        2: ["matmul", "matmul", "matvec", "transposed", "generic", "generic"],
        3: ["batch_matmul", "batch_generic", "batch_transposed"],
        4: ["conv_2d_nhwc_hwcf", "conv_2d_nchw_fchw"],
    }
    form = p.choose(forms.get(rank, []))
    if form == "dot":
        shapes: tuple[Sequence[int], Sequence[int], int] = (a.shape, (), a.shape[0])
    elif form == "matvec":
        shapes = (a.shape[1:], a.shape[:1], a.shape[1])
    elif rank == 2:
        (m, k) = a.shape
        shapes = ((k, n) if form == "matmul" else (n, k), (m, n), k)
    elif rank == 3:
        (b, m, k) = a.shape
        shapes = ((b, k, n) if form == "batch_matmul" else (b, n, k), (b, m, n), k)
    elif form == "conv_2d_nhwc_hwcf":
        (b, h, w, c) = a.shape
        size = min(h, w, 2)
        shapes = ((size, size, c, n), (b, h - size + 1, w - size + 1, n), size * size * c)
    else:
        (b, c, h, w) = a.shape
        size = min(h, w, 2)
        shapes = ((n, c, size, size), (b, n, h - size + 1, w - size + 1), size * size * c)
    other_shape, shape, terms = shapes
    if element == "f16" and a.element in FP8 and other in FP8:  # products of large ones overflow
        a, w_ = (v if v.top <= 4 else small_fp8(p, v) for v in (a, weights(p, other, other_shape)))
    else:
        w_ = weights(p, other, other_shape)
    if w_.element not in FP8 and w_.element != element:
        raise NotHere
    acc = accumulator(p, element, shape)
    p.note(f"contraction: {form}")
    p.note(f"accumulator: {element}")
    attributes = ""
    if "conv" in form:
        ones = "dense<1> : tensor<2xi64>"
        attributes = f"{{dilations = {ones}, strides = {ones}}} "
    batch = "b, " if rank == 3 else ""
    maps = [f"({batch}m, n, k) -> ({batch}{x})" for x in ("m, k", "n, k", "m, n")]
    if form in ("transposed", "batch_transposed"):
        affine = ", ".join(f"affine_map<{x}>" for x in maps)
        attributes = f"indexing_maps = [{affine}] "
        form = {"transposed": "matmul", "batch_transposed": "batch_matmul"}[form]
    if form in ("generic", "batch_generic"):
        programs.generic_contraction(p, maps, rank + 1, (a, w_), acc, terms)
    else:
        programs.named(p, f"linalg.{form}", a, w_, acc, terms, attributes)
    return p.values[-1]


def wide_step(p: programs.Program) -> None:
    """What follows a contraction: one or two scales, a bias, relu, a residual, a narrower float."""
    p.add(followed(ours(p), ours(p).a_tensor(*WIDE)))


def followed(p: QuantizedProgram, x: V) -> V:
    steps = []
    if p.chance(70):
        steps.append(scale_step(p, x, ["mulf", "mulf", "mulf", "divf"]))
        if p.chance(25):
            steps.append(scale_step(p, x, ["mulf"]))
    if p.chance(40):
        dims = tuple(range(len(x.shape)))[-1:]
        bias = p.need("tensor", x.element, x.shape[-1:], constant=p.chance(80))
        p.note("bias")
        steps.append(Step(lambda p, x, given: added(p, x, given[0]), (Operand(bias, dims),)))
    if p.chance(25):
        residual = p.need("tensor", x.element, x.shape)
        full = tuple(range(len(x.shape)))
        p.note("residual")
        steps.append(Step(lambda p, x, given: added(p, x, given[0]), (Operand(residual, full),)))
    if p.chance(35):
        steps.append(relu_step(p))
    if x.element == "f32" and p.chance(10):
        target = p.choose(["f16", "bf16"])
        steps.append(Step(lambda p, x, _: narrowed(p, x, target)))
    if not steps:
        steps.append(relu_step(p))
    return elementwise(p, x, steps)


def narrowed(p: QuantizedProgram, x: V, target: str) -> V:
    y = truncated(p, replace(x, top=x.top + 1), target) if x.top < 15 or target != "f16" else None
    if y is None:
        raise NotHere
    return replace(y, grain=-24) if target == "f16" else y


def layer(p: programs.Program) -> None:
    """Quantize, contract with weights, scale, add a bias: a linear layer, or a convolution."""
    q = ours(p)
    x = q.a_tensor()
    if x.element not in FP8:
        if p.chance(75):
            x = quantized(q, x)
    elif p.chance(30):
        x = dequantized(q, x)
    if len(x.shape) == 2 and p.chance(20):
        to, groups = tensor_like(x, (1, *x.shape, 1)), [[0, 1], [2, 3]]
        if p.chance(50):
            to, groups = tensor_like(x, (1, 1, *x.shape)), [[0, 1, 2], [3]]
        text = f"tensor.expand_shape {x.name} {groups} output_shape {list(to.shape)}"
        x = p.make(f"{text} : {x.type} into {to.type}", to)
    for _ in range(p.choose([1, 1, 1, 2, 3])):  # one consumer, or q and k and v
        y = contracted(q, x)
        if p.chance(85):
            p.add(followed(q, y))


MOVEMENT: list[programs.Op] = [
    *(programs.transpose, programs.reshape, programs.pad, programs.slices, programs.concat),
    *(programs.broadcast, programs.cast_sizes),
]
CONTROL: list[programs.Op] = [programs.loop, programs.branch, programs.while_, programs.call]
OPS: list[programs.Op] = [
    *(quantize, quantize, dequantize, dequantize, round_trip, round_trip, contraction, contraction),
    *(layer, layer, wide_step, wide_step, *MOVEMENT, *CONTROL, programs.call),
]


# -- inputs


def draw(v: V, rng: np.random.Generator, special: bool) -> NDArray[Any]:
    """As `random_programs.draw`, within the range that the value has."""
    if isinstance(v, Scale):
        return draw_scale(v, rng, special)
    drawn = programs.draw(v, rng, special)
    if v.element == "f16":
        magnitudes = np.abs(drawn)
        inside = (magnitudes >= 2.0 ** F16[0]) & (magnitudes <= 2.0 ** F16[1])
        return np.where(inside | (drawn == 0) | ~np.isfinite(drawn), drawn, np.float16(1.0625))
    if v.element in FP8:
        values = FORMATS[v.element].values[drawn]
        return np.where(np.abs(values) > 2.0**v.top, drawn & 0x80 | 0x3C, drawn).astype(np.uint8)
    return drawn


def draw_scale(v: Scale, rng: np.random.Generator, special: bool) -> NDArray[Any]:
    """Positive, a third of them powers of two; of many with `special` a few are NaN."""
    exponents = rng.integers(v.floor, v.top, v.shape)
    mantissas = np.where(rng.random(v.shape) < 0.33, 1.0, 1.0 + rng.random(v.shape))
    if v.element == E8M0:
        codes = exponents + 127
        if special and v.shape:
            codes = np.where(rng.random(v.shape) < 0.05, 0xFF, codes)
        return np.asarray(codes).astype(np.uint8)
    if v.element in FP8:
        codes = np.searchsorted(FORMATS[v.element].values[:0x78], np.exp2(exponents))
        return np.asarray(codes + rng.integers(0, 2, v.shape)).astype(np.uint8)
    drawn = np.asarray(np.ldexp(mantissas, exponents))
    if special and v.shape:
        drawn = np.where(rng.random(v.shape) < 0.05, np.nan, drawn)
    if v.element == "bf16":
        wide = drawn.astype(np.float32)
        return np.asarray(wide.view(np.uint32) >> 16).astype(np.uint16)
    return drawn.astype(programs.FLOATS[v.element])
