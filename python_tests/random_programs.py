"""Random programs on OCP fp8: MLIR text, type-correct and in bounds, and inputs for it.

Each value carries the range of its magnitude: a factor of two commutes with rounding only where
nothing overflows f32 or falls among its subnormals, so the programs stay well within.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import log2, prod
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from fnuz.dialect.formats import FORMATS

Kind = Literal["scalar", "tensor", "vector"]
T = TypeVar("T")

FP8 = ("f8E4M3FN", "f8E5M2")
WIDE = ("f32", "f16", "bf16", "f64")
WIDTH = {"f8E4M3FN": 8, "f8E5M2": 8, "f16": 16, "bf16": 16, "f32": 32, "f64": 64}

# Finite values are multiples of 2^grain and at most 2^top.
RANGE = {"f8E4M3FN": (-9, 9), "f8E5M2": (-16, 16), "f16": (-24, 16)}
ARGUMENT_RANGE = (-44, 21)
LIMIT = 110
TOPS = {"f8E4M3FN": 448.0, "f8E5M2": 57344.0}


class NotHere(Exception):
    """This op cannot be made with what there is; another one is tried."""


@dataclass(frozen=True)
class V:
    """A value. `dynamic` says which sizes of a tensor its type leaves out."""

    name: str
    kind: Kind
    element: str
    shape: tuple[int, ...] = ()
    dynamic: tuple[bool, ...] = ()
    grain: int = 0
    top: int = 0

    @property
    def type(self) -> str:
        return spell(self.kind, self.element, self.shape, self.dynamic)

    @property
    def is_fp8(self) -> bool:
        return self.element in FP8

    @property
    def is_float(self) -> bool:
        return self.element in WIDTH


def spell(
    kind: str, element: str, shape: Sequence[int], dynamic: Sequence[bool] | None = None
) -> str:
    if kind == "scalar":
        return element
    unknown = dynamic or [False] * len(shape)
    sizes = "".join(f"{'?' if d else n}x" for n, d in zip(shape, unknown, strict=True))
    return f"{kind}<{sizes}{element}>"


def is_mask(v: V) -> bool:
    """A vector of i1: LLVM without optimisation dies of some that a function takes or gives."""
    return v.kind == "vector" and v.element == "i1"


@dataclass
class Scope:
    """A function while it is written: arguments are added when something is needed."""

    arguments: list[V] = field(default_factory=list)
    memrefs: list[V] = field(default_factory=list)


class Program:
    """Writes one program. `integer(lo, hi)` draws, both ends included."""

    def __init__(self, integer: Callable[[int, int], int], *, memref_arguments: bool) -> None:
        self.integer = integer
        self.functions: list[str] = []
        self.globals: list[str] = []
        self.names = 0
        self.lines: list[str] = []
        self.values: list[V] = []
        self.used: set[str] = set()
        self.scope = Scope()
        self.only_scalars = False
        self.depth = 0
        self.memref_arguments = memref_arguments
        self.sizes = [integer(1, 6) for _ in range(3)]
        if integer(0, 11) == 0:
            self.sizes[2] = 0
        self.unknown = self.choose([False, False, True])
        self.fp8 = self.choose([["f8E4M3FN"], ["f8E4M3FN"], ["f8E5M2"], list(FP8)])
        self.text = self._main()

    # -- drawing

    def choose(self, things: Sequence[T]) -> T:
        if not things:
            raise NotHere
        return things[self.integer(0, len(things) - 1)]

    def chance(self, percent: int) -> bool:
        return self.integer(0, 99) < percent

    def shape(self, kind: Kind, rank: int) -> tuple[int, ...]:
        if kind == "scalar":
            return ()
        if kind == "vector":  # small: each element is code of its own
            return tuple(self.integer(1, 3) for _ in range(min(rank, 2)))
        return tuple(self.choose(self.sizes) for _ in range(rank))

    # -- writing

    def name(self) -> str:
        self.names += 1
        return f"%v{self.names}"

    def line(self, text: str) -> None:
        self.lines.append(text)

    def make(self, text: str, like: V, **changes: Any) -> V:
        """Emit `%new = text`; a value like `like` but for `changes`."""
        value = replace(like, name=self.name(), **changes)
        if value.element in RANGE:
            grain, top = RANGE[value.element]
            value = replace(value, grain=grain, top=top)
        if value.is_float and value.element not in RANGE and not self.in_range(value):
            raise NotHere
        self.line(f"{value.name} = {text}")
        return value

    def in_range(self, value: V) -> bool:
        return value.grain > -LIMIT and value.top < LIMIT

    def add(self, value: V) -> V:
        self.values.append(value)
        return value

    def use(self, *values: V) -> None:
        self.used.update(v.name for v in values)

    def index(self, n: int) -> str:
        name = self.name()
        self.line(f"{name} = arith.constant {n} : index")
        return name

    def indices(self, ns: Sequence[int]) -> str:
        return ", ".join(self.index(n) for n in ns)

    # -- finding values

    def pick(self, test: Callable[[V], bool]) -> V:
        found = [v for v in self.values if test(v) and not (self.only_scalars and v.shape)]
        if self.only_scalars:
            found = [v for v in found if v.kind == "scalar"]
        # The newest most often, so that ops build on each other.
        if len(found) > 3 and self.chance(60):
            found = found[-3:]
        value = self.choose(found)
        self.use(value)
        return value

    def an_fp8(self, *kinds: Kind, rank: int | None = None) -> V:
        """A value of fp8, an argument if need be."""

        def fits(v: V) -> bool:
            return (
                v.is_fp8
                and (not kinds or v.kind in kinds)
                and (rank is None or len(v.shape) == rank)
            )

        try:
            return self.pick(fits)
        except NotHere:
            kind = "scalar" if self.only_scalars else self.choose(kinds or ("tensor",))
            ranks = self.integer(1, 3) if rank is None else rank
            shape = self.shape(kind, ranks)
            return self.need(kind, self.choose(self.fp8), shape)

    def need(
        self,
        kind: Kind,
        element: str,
        shape: Sequence[int],
        dynamic: Sequence[bool] = (),
        constant: bool = False,
    ) -> V:
        """A value of this very type: there already, a new argument or a constant."""
        shape = tuple(shape)
        unknown = tuple(dynamic) or ((False,) * len(shape) if kind == "tensor" else ())
        if kind == "vector" and 0 in shape:
            raise NotHere
        wanted = V("", kind, element, shape, unknown)
        same = [v for v in self.values if v.type == wanted.type and v.shape == shape]
        if self.only_scalars:
            same = [v for v in same if v.kind == "scalar"]
        if same and self.chance(70) and not constant:
            found = self.choose(same)
            self.use(found)
            return found
        full = len(self.scope.arguments) > 8
        if constant or any(unknown) or full or is_mask(wanted) or self.chance(25):
            return self.a_constant(wanted)
        return self.argument(wanted)

    def argument(self, wanted: V) -> V:
        grain, top = RANGE.get(wanted.element, ARGUMENT_RANGE)
        value = replace(wanted, name=f"{self.name()}a", grain=grain, top=top)
        self.scope.arguments.append(value)
        return value

    def like(self, v: V) -> V:
        return self.need(v.kind, v.element, v.shape, v.dynamic)

    # -- constants

    def literal(self, element: str) -> str:
        if element in FP8:
            finite = [0x38, 0x3C, 0xB4, 0x44, 0x30, 0xC0, 0x28, 0x01, 0x83, 0x34]
            special = [0x00, 0x80, 0x7F, FORMATS[element].max_code, 0xFB, 0x7C, 0xFF]
            return f"0x{self.choose(finite if self.chance(80) else special):02X}"
        if element == "i1":
            return self.choose(["true", "false"])
        if element in WIDTH:
            return self.choose(["0.0", "-0.0", "1.0", "0.5", "-3.25", "0.1", "7.0", "100.0"])
        return str(self.integer(0, 7))

    def a_constant(self, wanted: V) -> V:
        element = wanted.element
        grain, top = RANGE.get(element, (-30, 7))
        value = replace(wanted, name=self.name(), grain=grain, top=top)
        if value.kind == "scalar":
            suffix = "" if element == "i1" else f" : {element}"
            self.line(f"{value.name} = arith.constant {self.literal(element)}{suffix}")
            return value
        if any(value.dynamic):
            scalar = self.a_constant(V("", "scalar", element))
            self.line(
                f"{value.name} = tensor.splat {scalar.name}{self.dynamic_sizes(value, '[]')}"
                f" : {value.type}"
            )
            return value
        if 0 in value.shape:
            text = ""
        elif self.chance(40):
            text = self.literal(element)
        elif element in FP8 and self.chance(50) and prod(value.shape) > 1:
            text = (
                '"0x' + "".join(self.literal(element)[2:] for _ in range(prod(value.shape))) + '"'
            )
        else:
            text = self.nested(element, value.shape)
        self.line(f"{value.name} = arith.constant dense<{text}> : {value.type}")
        return value

    def nested(self, element: str, shape: Sequence[int]) -> str:
        if not shape:
            return self.literal(element)
        return "[" + ", ".join(self.nested(element, shape[1:]) for _ in range(shape[0])) + "]"

    def splat(self, literal: str, like: V) -> str:
        """The name of a constant of the type of `like`, the same everywhere."""
        name = self.name()
        if like.kind == "scalar":
            self.line(f"{name} = arith.constant {literal} : {like.type}")
        elif any(like.dynamic):
            scalar = self.name()
            self.line(f"{scalar} = arith.constant {literal} : {like.element}")
            sizes = self.dynamic_sizes(like, "[]")
            self.line(f"{name} = tensor.splat {scalar}{sizes} : {like.type}")
        else:
            text = "" if 0 in like.shape else literal
            self.line(f"{name} = arith.constant dense<{text}> : {like.type}")
        return name

    def dynamic_sizes(self, v: V, brackets: str = "()") -> str:
        sizes = [n for n, d in zip(v.shape, v.dynamic, strict=True) if d]
        return f"{brackets[0]}{self.indices(sizes)}{brackets[1]}" if sizes else ""

    def empty(self, v: V) -> str:
        sizes = self.dynamic_sizes(v)
        name = self.name()
        self.line(f"{name} = tensor.empty{sizes or '()'} : {v.type}")
        return name

    def static(self, v: V) -> V:
        if not any(v.dynamic):
            return v
        to = replace(v, dynamic=(False,) * len(v.shape))
        return self.make(f"tensor.cast {v.name} : {v.type} to {to.type}", to)

    # -- nested regions

    @contextmanager
    def region(self, *new: V, scalars: bool = False) -> Iterator[list[str]]:
        """Write into a list of lines of its own; its values are forgotten after it."""
        before = self.lines, self.values, self.only_scalars
        self.lines, self.values = [], [*self.values, *new]
        self.only_scalars = scalars or self.only_scalars
        self.depth += 1
        try:
            yield self.lines
        finally:
            self.lines, self.values, self.only_scalars = before
            self.depth -= 1

    def ops(self, count: int, among: Sequence[Callable[["Program"], None]]) -> None:
        for _ in range(count):
            for _ in range(4):
                lines, values = len(self.lines), len(self.values)
                try:
                    self.choose(among)(self)
                    break
                except NotHere:
                    # Arguments that were added stay: they do no harm.
                    del self.lines[lines:], self.values[values:]

    def last(self, wanted: V) -> V:
        """A value of the type of `wanted`, the newest there is."""
        for v in reversed(self.values):
            if v.type == wanted.type and v.shape == wanted.shape:
                self.use(v)
                return v
        raise NotHere

    # -- what programs of other ops than these do otherwise

    def moved(self) -> V:
        """What the ops that move elements move: a tensor."""
        return self.an_fp8("tensor")

    def carried(self) -> V:
        """What loops, branches and calls carry."""
        return self.an_fp8()

    def body_ops(self) -> Sequence["Op"]:
        """The ops in loops and branches."""
        return ELEMENTWISE if self.depth > 2 else [*ELEMENTWISE, *MOVEMENT, branch]

    def function_ops(self) -> Sequence["Op"]:
        """The ops in functions that are called."""
        return [*ELEMENTWISE, *MOVEMENT, branch, loop]

    def any_turn(self, v: V) -> V:
        """A carried value with its range in every turn of a loop: fp8 has one range."""
        return v

    def check_turn(self, v: V) -> None:
        """Raise NotHere when a value that is carried on is not in the range of `any_turn`."""

    def parameter(self, like: V) -> V:
        """The argument of a function for what is carried into it."""
        return self.argument(replace(like, name=""))

    def given(self, parameter: V) -> V:
        """What a call gives for another argument of a function."""
        return self.need(parameter.kind, parameter.element, parameter.shape, parameter.dynamic)

    def inputs(self, rng: np.random.Generator, special: bool) -> list[NDArray[Any]]:
        """Small values with all their mantissa bits; with `special` every code and NaN, -0, Inf."""
        return [draw(v, rng, special) for v in (*self.scope.arguments, *self.scope.memrefs)]

    def features(self) -> set[str]:
        """What the program has in it that a test counts."""
        return set()

    # -- functions

    def _main(self) -> str:
        for _ in range(self.integer(1, 3)):
            unknown = self.unknown and self.chance(60)
            shape = self.shape("tensor", self.integer(1, 3))
            dynamic = tuple(unknown and self.chance(60) for _ in shape)
            self.add(self.argument(V("", "tensor", self.choose(self.fp8), shape, dynamic)))
        self.ops(self.integer(3, 9), OPS)
        for v in [v for v in self.values if is_mask(v) and v.name not in self.used]:
            text = f"arith.extui {v.name} : {v.type} to {retyped(v, 'i8')}"
            self.use(v)
            self.add(self.make(text, v, element="i8"))
        returned = [v for v in self.values if v.name not in self.used][-10:]
        if not returned:
            returned = self.values[-1:]
        results = ", ".join(v.type for v in returned)
        self.line(f"return {', '.join(v.name for v in returned)} : {results}")
        main = self.function("func.func @main", f"({results})")
        return "\n".join([*self.globals, *self.functions, main])

    def function(self, head: str, results: str) -> str:
        parameters = [f"{v.name}: {v.type}" for v in self.scope.arguments]
        parameters += [f"{m.name}: {memref(m)}" for m in self.scope.memrefs]
        body = "\n".join(f"  {line}" for line in self.lines)
        return f"{head}({', '.join(parameters)}) -> {results} {{\n{body}\n}}"


def memref(v: V) -> str:
    return v.type.replace("tensor<", "memref<", 1)


Op = Callable[[Program], None]


# -- elementwise, on scalars, vectors and tensors alike


def constant(p: Program) -> None:
    kind: Kind = "scalar" if p.only_scalars else p.choose(["scalar", "tensor", "vector"])
    element = p.choose([*p.fp8, *p.fp8, "f32"])
    shape = p.shape(kind, p.integer(1, 2))
    p.add(p.need(kind, element, shape, constant=True))


def fp8_binary(p: Program) -> None:
    a = p.an_fp8()
    b = p.like(a)
    names = "addf subf mulf divf maximumf minimumf maxnumf minnumf addf mulf remf"
    op = p.choose([*(f"arith.{n}" for n in names.split()), "math.copysign", "math.powf"])
    sign = b.name
    if op == "math.copysign":  # the sign of a NaN is nobody's
        one, nan, sign = p.splat("1.0", b), p.name(), p.name()
        types = b.type if b.kind == "scalar" else f"{retyped(b, 'i1')}, {b.type}"
        p.line(f"{nan} = arith.cmpf uno, {b.name}, {b.name} : {b.type}")
        p.line(f"{sign} = arith.select {nan}, {one}, {b.name} : {types}")
    p.add(p.make(f"{op} {a.name}, {sign} : {a.type}", a))


def fp8_unary(p: Program) -> None:
    a = p.an_fp8()
    names = "absf exp tanh sqrt floor ceil round roundeven trunc sin cos erf log exp2 absf rsqrt"
    op = p.choose(["arith.negf", *(f"math.{n}" for n in names.split())])
    p.add(p.make(f"{op} {a.name} : {a.type}", a))


def fma(p: Program) -> None:
    a = p.an_fp8()
    b, c = p.like(a), p.like(a)
    p.add(p.make(f"math.fma {a.name}, {b.name}, {c.name} : {a.type}", a))


def clamp_fp8(p: Program) -> None:
    a = p.an_fp8()
    low, high = p.splat("-2.0", a), p.splat("3.5", a)
    p.add(p.make(f"math.clampf {a.name} to [{low}, {high}] : {a.type}", a))


def wide_binary(p: Program) -> None:
    a = p.pick(lambda v: v.element in WIDE)
    b = p.like(a)
    op = p.choose(["addf", "subf", "mulf", "maximumf", "minimumf", "addf"])
    if op == "mulf":
        grain, top = a.grain + b.grain, a.top + b.top
    else:
        grain, top = min(a.grain, b.grain), max(a.top, b.top) + 1
    text = f"arith.{op} {a.name}, {b.name} : {a.type}"
    p.add(p.make(text, a, grain=grain, top=top))


def wide_unary(p: Program) -> None:
    a = p.pick(lambda v: v.element in WIDE)
    p.add(p.make(f"{p.choose(['arith.negf', 'math.absf'])} {a.name} : {a.type}", a))


PREDICATES = [f"{o}{p}" for o in "ou" for p in ("eq", "gt", "ge", "lt", "le", "ne")]
PREDICATES += ["ord", "uno"]


def compare(p: Program) -> None:
    a = p.an_fp8() if p.chance(80) else p.pick(lambda v: v.is_float)
    b = p.like(a)
    predicate = p.choose(PREDICATES)
    c = p.make(f"arith.cmpf {predicate}, {a.name}, {b.name} : {a.type}", a, element="i1")
    p.add(c)


def classify(p: Program) -> None:
    a = p.an_fp8()
    op = p.choose(["isnan", "isfinite", "isinf"])
    p.add(p.make(f"math.{op} {a.name} : {a.type}", a, element="i1"))


def select(p: Program) -> None:
    a = p.an_fp8()
    b = p.like(a)
    c = p.need(a.kind, "i1", a.shape, a.dynamic) if p.chance(70) else p.need("scalar", "i1", ())
    types = a.type if c.kind == "scalar" else f"{c.type}, {a.type}"
    p.add(p.make(f"arith.select {c.name}, {a.name}, {b.name} : {types}", a))


def extend(p: Program) -> None:
    a = p.pick(lambda v: v.is_float and v.element != "f64")
    wider = [w for w in WIDE if WIDTH[w] > WIDTH[a.element]]
    target = p.choose([*wider, *wider, "f32"] if "f32" in wider else wider)
    wide = p.make(f"arith.extf {a.name} : {a.type} to {retyped(a, target)}", a, element=target)
    if p.chance(50):
        scale = p.splat(p.choose(["0.5", "0.1", "3.0", "0.0078125"]), wide)
        text = f"arith.mulf {wide.name}, {scale} : {wide.type}"
        wide = p.make(text, wide, grain=wide.grain - 30, top=wide.top + 2)
    p.add(wide)


def narrow(p: Program) -> None:
    a = p.pick(lambda v: v.element in ("f32", "f64"))
    target = p.choose([w for w in ("f16", "bf16", "f32") if WIDTH[w] < WIDTH[a.element]])
    text = f"arith.truncf {a.name} : {a.type} to {retyped(a, target)}"
    p.add(p.make(text, a, element=target, top=a.top + 1))


def retyped(v: V, element: str) -> str:
    return replace(v, element=element).type


def quantize(p: Program) -> None:
    """x * s or x / s, a clamp in one of its spellings or none, truncf."""
    if p.chance(40):
        a = p.pick(lambda v: v.element in WIDE)
    else:
        kind: Kind = "scalar" if p.only_scalars else p.choose(["tensor", "tensor", "vector"])
        shape = p.shape(kind, p.integer(1, 3))
        a = p.need(kind, p.choose(["f32", "f32", "f16", "bf16", "f64"]), shape)
    target = p.choose(p.fp8)
    x, t = a.name, a.type
    form = p.choose(["none", "mul", "div", "truncf only"])
    if form in ("mul", "div"):
        scale = p.splat(p.choose(["0.5", "3.0", "0.1", "16.0"]), a)  # see SCALES
        y = p.name()
        p.line(f"{y} = arith.{form}f {x}, {scale} : {t}")
        x = y
    top = TOPS[target] if p.chance(70) else p.choose([2.0, 240.0, 464.0, 500.0])
    x = clamp(p, x, a, top)
    to = retyped(a, target)
    p.add(p.make(f"arith.truncf {x} : {t} to {to}", a, element=target))


def clamp(p: Program, x: str, a: V, top: float) -> str:
    spelling = p.choose(["", "", *CLAMPS, "half"])
    if not spelling:
        return x
    return clamped(p, spelling, x, a, p.splat(f"{-top}", a), p.splat(f"{top}", a))


CLAMPS = ("imumf", "numf", "clampf", "select", "select swapped")


def clamped(p: Program, spelling: str, x: str, a: V, low: str, high: str) -> str:
    """x, of the type of `a`, between two bounds of that type; `half` has the upper one only."""
    t = a.type
    y, z = p.name(), p.name()
    if spelling in ("imumf", "numf"):
        up, down = ("maximumf", "minimumf") if spelling == "imumf" else ("maxnumf", "minnumf")
        if p.chance(50):
            p.line(f"{y} = arith.{up} {x}, {low} : {t}")
            p.line(f"{z} = arith.{down} {high}, {y} : {t}")
        else:
            p.line(f"{y} = arith.{down} {x}, {high} : {t}")
            p.line(f"{z} = arith.{up} {y}, {low} : {t}")
        return z
    if spelling == "clampf":
        p.line(f"{z} = math.clampf {x} to [{low}, {high}] : {t}")
        return z
    if spelling == "half":  # one side only
        p.line(f"{z} = arith.minimumf {x}, {high} : {t}")
        return z
    bits = retyped(a, "i1")
    types = t if a.kind == "scalar" else f"{bits}, {t}"
    c, d = p.name(), p.name()
    less, greater = p.choose([("olt", "ogt"), ("ult", "ugt"), ("ole", "oge"), ("ule", "uge")])
    if spelling == "select":
        p.line(f"{c} = arith.cmpf {less}, {x}, {low} : {t}")
        p.line(f"{y} = arith.select {c}, {low}, {x} : {types}")
        p.line(f"{d} = arith.cmpf {greater}, {y}, {high} : {t}")
        p.line(f"{z} = arith.select {d}, {high}, {y} : {types}")
    else:
        p.line(f"{c} = arith.cmpf {less}, {x}, {high} : {t}")
        p.line(f"{y} = arith.select {c}, {x}, {high} : {types}")
        p.line(f"{d} = arith.cmpf {greater}, {y}, {low} : {t}")
        p.line(f"{z} = arith.select {d}, {y}, {low} : {types}")
    return z


def to_integer(p: Program) -> None:
    """NaN and what is too large would be undefined."""
    a = p.an_fp8()
    low, high, zero = (p.splat(x, a) for x in ("-100.0", "100.0", "0.0"))
    bits, types = p.name(), retyped(a, "i1")
    p.line(f"{bits} = arith.cmpf uno, {a.name}, {a.name} : {a.type}")
    both = a.type if a.kind == "scalar" else f"{types}, {a.type}"
    b = p.make(f"arith.select {bits}, {zero}, {a.name} : {both}", a)
    b = p.make(f"arith.maximumf {b.name}, {low} : {a.type}", a)
    b = p.make(f"arith.minimumf {b.name}, {high} : {a.type}", a)
    text = f"arith.fptosi {b.name} : {a.type} to {retyped(a, 'i32')}"
    p.add(p.make(text, a, element="i32"))


def from_integer(p: Program) -> None:
    a = p.pick(lambda v: v.element in ("i8", "i32"))
    target, op = p.choose(p.fp8), p.choose(["sitofp", "uitofp"])
    text = f"arith.{op} {a.name} : {a.type} to {retyped(a, target)}"
    p.add(p.make(text, a, element=target))


def bits_and_back(p: Program) -> None:
    """The bits are looked at, and changed bits come back."""
    a = p.an_fp8()
    dialects = {"scalar": ["arith"], "tensor": ["arith", "tensor"], "vector": ["arith", "vector"]}
    there, back = (p.choose(dialects[a.kind]) for _ in range(2))
    i8 = retyped(a, "i8")
    bits = p.make(f"{there}.bitcast {a.name} : {a.type} to {i8}", a, element="i8")
    p.add(bits)
    if p.chance(70):
        op, k = p.choose([("xori", "-128"), ("andi", "127"), ("addi", "1"), ("ori", "1")])
        constant = p.splat(k, bits)
        bits = p.make(f"arith.{op} {bits.name}, {constant} : {i8}", bits)
        p.use(bits)
        target = p.choose(p.fp8)
        text = f"{back}.bitcast {bits.name} : {i8} to {retyped(a, target)}"
        p.add(p.make(text, a, element=target))


def convertf(p: Program) -> None:
    a = p.an_fp8()
    target = FP8[1 - FP8.index(a.element)]
    p.add(p.make(f"arith.convertf {a.name} : {a.type} to {retyped(a, target)}", a, element=target))


ELEMENTWISE: list[Op] = [
    *(constant, fp8_binary, fp8_binary, fp8_unary, fma, clamp_fp8, wide_binary, wide_unary),
    *(compare, classify, select, extend, extend, narrow, quantize, quantize, quantize),
    *(to_integer, from_integer, bits_and_back, convertf),
]


# -- contractions


def accumulator(p: Program, element: str, shape: Sequence[int]) -> V:
    """Zero, a constant or anything."""
    form = p.choose(["zero", "zero", "constant", "constant tensor", "value", "value"])
    if form.startswith("constant") and form != "constant":
        return p.need("tensor", element, shape, constant=True)
    if form == "value":
        return p.need("tensor", element, shape)
    grain, top = RANGE.get(element, (-30, 7))
    like = V("", "tensor", element, tuple(shape), (False,) * len(shape), grain, top)
    literal = p.choose(["0.0", "0.0", "-0.0"]) if form == "zero" else p.literal(element)
    scalar, name = p.name(), p.empty(like)
    p.line(f"{scalar} = arith.constant {literal} : {element}")
    text = f"linalg.fill ins({scalar} : {element}) outs({name} : {like.type}) -> {like.type}"
    return p.make(text, like)


def summed(p: Program, acc: V, operands: Sequence[V], terms: int) -> dict[str, int]:
    """The range of acc plus `terms` products."""
    grain = min(acc.grain, sum(v.grain for v in operands))
    top = max(acc.top, sum(v.top for v in operands) + int(log2(max(terms, 1))) + 1) + 1
    return {"grain": grain, "top": top}


def operand_pair(p: Program, rank: int) -> tuple[V, str, str]:
    """A first operand, the element type of a second, and what they accumulate in."""
    a = p.static(p.an_fp8("tensor", rank=rank))
    other = p.choose([a.element, a.element, a.element, *FP8, "f32", "f16", "bf16"])
    wide = ["f32", "f32", "bf16", "f16", "f64"] + ([a.element] if other == a.element else [])
    element = p.choose([w for w in wide if WIDTH[w] >= WIDTH[other] and {w, other} != SAME_WIDTH])
    return a, other, element


SAME_WIDTH = {"f16", "bf16"}


def named(p: Program, op: str, a: V, b: V, acc: V, terms: int, attributes: str = "") -> None:
    types = f"{a.type}, {b.type}"
    text = (
        f"{op} {attributes}ins({a.name}, {b.name} : {types}) outs({acc.name} : {acc.type})"
        f" -> {acc.type}"
    )
    p.use(a, b, acc)
    p.add(p.make(text, acc, **summed(p, acc, (a, b), terms)))


def matmul(p: Program) -> None:
    a, other, element = operand_pair(p, 2)
    m, k = a.shape
    n = p.choose(p.sizes)
    form = p.choose(["matmul", "matmul", "matvec", "vecmat", "contract", "generic", "generic"])
    if form == "matvec":
        b = p.need("tensor", other, (k,))
        named(p, "linalg.matvec", a, b, accumulator(p, element, (m,)), k)
    elif form == "vecmat":
        b = p.need("tensor", other, (m,))
        named(p, "linalg.vecmat", b, a, accumulator(p, element, (k,)), m)
    elif form == "matmul":
        b = p.need("tensor", other, (k, n))
        named(p, "linalg.matmul", a, b, accumulator(p, element, (m, n)), k)
    else:
        b = p.need("tensor", other, (n, k))
        maps = ["(m, n, k) -> (m, k)", "(m, n, k) -> (n, k)", "(m, n, k) -> (m, n)"]
        acc = accumulator(p, element, (m, n))
        text = f"indexing_maps = [{', '.join(f'affine_map<{x}>' for x in maps)}] "
        if form == "contract":
            named(p, "linalg.contract", a, b, acc, k, text)
        else:
            generic_contraction(p, maps, 3, (a, b), acc, k)


def batch_matmul(p: Program) -> None:
    a, other, element = operand_pair(p, 3)
    b, m, k = a.shape
    n = p.choose(p.sizes)
    form = p.choose(["batch_matmul", "batch_matvec", "batch_reduce_matmul", "generic"])
    if form == "batch_matvec":
        w = p.need("tensor", other, (b, k))
        named(p, "linalg.batch_matvec", a, w, accumulator(p, element, (b, m)), k)
        return
    w = p.need("tensor", other, (b, k, n))
    if form == "batch_matmul":
        named(p, "linalg.batch_matmul", a, w, accumulator(p, element, (b, m, n)), k)
    elif form == "batch_reduce_matmul":
        named(p, "linalg.batch_reduce_matmul", a, w, accumulator(p, element, (m, n)), b * k)
    else:
        maps = ["(b, m, n, k) -> (b, m, k)", "(b, m, n, k) -> (b, k, n)"]
        acc = accumulator(p, element, (m, n) if p.chance(40) else (b, m, n))
        maps.append(f"(b, m, n, k) -> ({'m, n' if len(acc.shape) == 2 else 'b, m, n'})")
        generic_contraction(p, maps, 4, (a, w), acc, b * k)


def dot(p: Program) -> None:
    a, other, element = operand_pair(p, 1)
    b = p.need("tensor", other, a.shape)
    named(p, "linalg.dot", a, b, accumulator(p, element, ()), a.shape[0])


def generic_contraction(
    p: Program, maps: list[str], dims: int, operands: Sequence[V], acc: V, terms: int
) -> None:
    """init + ext(a) * ext(b) in many spellings, and bodies that only look like it."""
    if not all(WIDTH[v.element] <= WIDTH[acc.element] for v in operands) or acc.is_fp8:
        raise NotHere
    used = set(maps[-1].partition("->")[2].strip(" ()").replace(" ", "").split(","))
    names = maps[0].partition("->")[0].strip(" ()").replace(" ", "").split(",")
    kinds = ", ".join('"parallel"' if n in used else '"reduction"' for n in names)
    out = acc.element
    body: list[str] = []
    wide = []
    for i, v in enumerate(operands):
        at = f"%x{i}"
        if v.element != out and v.is_fp8 and out in ("f32", "f64") and p.chance(25):
            middle = p.choose(["f16", "bf16"])
            body.append(f"%h{i} = arith.extf %x{i} : {v.element} to {middle}")
            body.append(f"%w{i} = arith.extf %h{i} : {middle} to {out}")
            at = f"%w{i}"
        elif v.element != out:
            body.append(f"%w{i} = arith.extf %x{i} : {v.element} to {out}")
            at = f"%w{i}"
        wide.append(at)
    body.append(f"%p = arith.mulf {wide[0]}, {wide[1]} : {out}")
    term, extra = "%p", p.choose(["", "", "", "scale", "bias", "neg", "no product", "reuse"])
    found = summed(p, acc, operands, terms)
    if extra == "scale":
        k = p.need("scalar", out, ())
        body.append(f"%q = arith.mulf %p, {k.name} : {out}")
        term = "%q"
        found = summed(p, acc, (*operands, k), terms)
    elif extra == "bias":
        k = p.need("scalar", out, ())
        body.append(f"%q = arith.addf %p, {k.name} : {out}")
        term = "%q"
        found = {
            "grain": min(found["grain"], k.grain),
            "top": max(found["top"], k.top + int(log2(max(terms, 1))) + 1) + 1,
        }
    elif extra == "neg":
        body.append(f"%q = arith.negf %p : {out}")
        term = "%q"
    elif extra == "no product":
        term = wide[0]
        single = summed(p, acc, operands[:1], terms)
        found = {"grain": single["grain"], "top": max(single["top"], found["top"])}
    elif extra == "reuse":
        body.append(f"%q = arith.addf %p, {wide[0]} : {out}")
        term = "%q"
        found = {
            "grain": min(found["grain"], operands[0].grain),
            "top": max(found["top"], operands[0].top + 6) + 2,
        }
    sides = ("%c", term) if p.chance(50) else (term, "%c")
    op = p.choose(["addf", "addf", "addf", "addf", "maximumf", "subf"])
    if op == "subf":
        sides = ("%c", term)
    body.append(f"%s = arith.{op} {sides[0]}, {sides[1]} : {out}")
    elements = ", ".join(f"%x{i}: {v.element}" for i, v in enumerate(operands))
    ins = ", ".join(v.name for v in operands) + " : " + ", ".join(v.type for v in operands)
    affine = ", ".join(f"affine_map<{m}>" for m in maps)
    text = (
        f"linalg.generic {{indexing_maps = [{affine}], iterator_types = [{kinds}]}} "
        f"ins({ins}) outs({acc.name} : {acc.type}) {{\n  ^bb0({elements}, %c: {out}):\n    "
        + "\n    ".join([*body, f"linalg.yield %s : {out}"])
        + f"\n  }} -> {acc.type}"
    )
    p.use(*operands, acc)
    assert dims == len(names)
    p.add(p.make(text, acc, **found))


def convolution(p: Program) -> None:
    n, h, w, c, f = (p.integer(1, 3), p.integer(2, 5), p.integer(2, 5), p.integer(1, 3), 2)
    kh, kw = p.integer(1, 2), p.integer(1, 2)
    e = p.choose(p.fp8)
    other = p.choose([e, e, *FP8, "f32"])
    wide = ["f32", "f64"] if other == "f32" else ["f32", "f32", "f16", "bf16"]
    element = p.choose(wide + ([e] if other == e else []))
    oh, ow = h - kh + 1, w - kw + 1
    shapes: dict[str, tuple[tuple[int, ...], ...]] = {
        "conv_2d_nhwc_hwcf": ((n, h, w, c), (kh, kw, c, f), (n, oh, ow, f)),
        "conv_2d_nchw_fchw": ((n, c, h, w), (f, c, kh, kw), (n, f, oh, ow)),
        "depthwise_conv_2d_nhwc_hwc": ((n, h, w, c), (kh, kw, c), (n, oh, ow, c)),
        "conv_1d_nwc_wcf": ((n, w, c), (kw, c, f), (n, ow, f)),
        "conv_1d": ((w,), (kw,), (ow,)),
        "conv_2d": ((h, w), (kh, kw), (oh, ow)),
    }
    op = p.choose(list(shapes))
    x, k, y = shapes[op]
    rank = 2 if "2d_" in op else 1
    attributes = ""
    if op not in ("conv_1d", "conv_2d"):
        ones = f"dense<1> : tensor<{rank}xi64>"
        attributes = f"{{dilations = {ones}, strides = {ones}}} "
    a, b = p.need("tensor", e, x), p.need("tensor", other, k)
    named(p, f"linalg.{op}", a, b, accumulator(p, element, y), kh * kw * c, attributes)


# -- structured ops


def generic(p: Program) -> None:
    """Random scalar ops in the body of an elementwise linalg.generic."""
    if p.only_scalars:
        raise NotHere
    first = p.an_fp8("tensor")
    operands = [first]
    for _ in range(p.integer(0, 2)):
        element = p.choose([first.element, *p.fp8, "f32", "i1"])
        operands.append(p.need("tensor", element, first.shape, first.dynamic))
    inner = [
        replace(v, name=f"%e{p.names}_{i}", kind="scalar", shape=(), dynamic=())
        for i, v in enumerate(operands)
    ]
    p.names += 1
    with p.region(*inner, scalars=True) as lines:
        p.ops(p.integer(1, 4), ELEMENTWISE)
        out = p.values[-1] if p.values[-1].kind == "scalar" else inner[0]
    result = replace(first, element=out.element, grain=out.grain, top=out.top)
    empty = p.empty(result)
    rank = len(first.shape)
    ds = ", ".join(f"d{i}" for i in range(rank))
    maps = ", ".join([f"affine_map<({ds}) -> ({ds})>"] * (len(operands) + 1))
    kinds = ", ".join(['"parallel"'] * rank)
    elements = ", ".join(f"{v.name}: {v.element}" for v in inner)
    ins = ", ".join(v.name for v in operands) + " : " + ", ".join(v.type for v in operands)
    body = "\n    ".join(lines)
    text = (
        f"linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}} "
        f"ins({ins}) outs({empty} : {result.type}) {{\n"
        f"  ^bb0({elements}, %o{p.names}: {out.element}):\n    {body}\n"
        f"    linalg.yield {out.name} : {out.element}\n  }} -> {result.type}"
    )
    p.use(*operands)
    p.add(p.make(text, result))


def linalg_elementwise(p: Program) -> None:
    a = p.an_fp8("tensor")
    unary = p.choose(["exp", "abs", "negf", "tanh", "sqrt", "square", "floor", "reciprocal", ""])
    op = unary or p.choose(["add", "sub", "mul", "div", "max", "min", "select"])
    operands = [a] if unary else [a, p.like(a)]
    if op == "select":
        operands.insert(0, p.need("tensor", "i1", a.shape, a.dynamic))
    empty = p.empty(a)
    ins = ", ".join(v.name for v in operands) + " : " + ", ".join(v.type for v in operands)
    p.use(*operands)
    p.add(p.make(f"linalg.{op} ins({ins}) outs({empty} : {a.type}) -> {a.type}", a))


def linalg_map(p: Program) -> None:
    a = p.an_fp8("tensor")
    b = p.like(a)
    empty, op = p.empty(a), p.choose(["addf", "mulf", "maximumf", "subf"])
    p.add(
        p.make(
            f"linalg.map {{ arith.{op} }} ins({a.name}, {b.name} : {a.type}, {b.type}) "
            f"outs({empty} : {a.type})",
            a,
        )
    )


def reduce(p: Program) -> None:
    a = p.static(p.an_fp8("tensor"))
    dim = p.integer(0, len(a.shape) - 1) if a.shape else p.choose([])
    rest = tuple(n for i, n in enumerate(a.shape) if i != dim)
    if p.chance(50):
        op = p.choose(["addf", "maximumf", "minnumf", "mulf"])
        acc = accumulator(p, a.element, rest)
        text = (
            f"linalg.reduce {{ arith.{op} }} ins({a.name} : {a.type}) outs({acc.name} : {acc.type})"
        )
        p.use(a, acc)
        p.add(p.make(f"{text} dimensions = [{dim}]", acc))
        return
    acc = accumulator(p, p.choose(["f32", "f32", "f16", "bf16"]), rest)
    op = p.choose(["addf", "addf", "maximumf"])
    text = (
        f"linalg.reduce ins({a.name} : {a.type}) outs({acc.name} : {acc.type}) "
        f"dimensions = [{dim}] (%i: {a.element}, %o: {acc.element}) {{\n"
        f"    %w = arith.extf %i : {a.element} to {acc.element}\n"
        f"    %s = arith.{op} %o, %w : {acc.element}\n    linalg.yield %s : {acc.element}\n  }}"
    )
    p.use(a, acc)
    p.add(p.make(text, acc, **summed(p, acc, (a,), a.shape[dim])))


def pooling(p: Program) -> None:
    n, h, w, c = p.integer(1, 2), p.integer(2, 4), p.integer(2, 4), p.integer(1, 3)
    kh, kw = p.integer(1, 2), p.integer(1, 2)
    e = p.choose(p.fp8)
    x = p.need("tensor", e, (n, h, w, c))
    op = p.choose(["max", "max", "min", "sum"])
    wide = op == "sum" and p.chance(70)
    acc = accumulator(p, "f32" if wide else e, (n, h - kh + 1, w - kw + 1, c))
    window = p.name()
    p.line(f"{window} = tensor.empty() : tensor<{kh}x{kw}xf32>")
    text = (
        f"linalg.pooling_nhwc_{op} "
        "{dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} "
        f"ins({x.name}, {window} : {x.type}, tensor<{kh}x{kw}xf32>) "
        f"outs({acc.name} : {acc.type}) -> {acc.type}"
    )
    p.use(x, acc)
    p.add(p.make(text, acc, **summed(p, acc, (x,), kh * kw)))


def softmax(p: Program) -> None:
    a = p.static(p.an_fp8("tensor", rank=2))
    if 0 in a.shape:
        raise NotHere
    empty = p.empty(a)
    text = f"linalg.softmax dimension(1) ins({a.name} : {a.type}) outs({empty} : {a.type})"
    p.add(p.make(f"{text} -> {a.type}", a))


# -- movement


def transpose(p: Program) -> None:
    a = p.moved()
    if not a.shape:  # MLIR's parser reads memory that is not there
        raise NotHere
    order = list(range(len(a.shape)))[::-1]
    to = replace(a, shape=a.shape[::-1], dynamic=a.dynamic[::-1])
    empty = p.empty(to)
    text = f"linalg.transpose ins({a.name} : {a.type}) outs({empty} : {to.type})"
    p.add(p.make(f"{text} permutation = {order}", to))


def reshape(p: Program) -> None:
    a = p.static(p.moved())
    if len(a.shape) < 2 or 0 in a.shape:
        raise NotHere
    flat = replace(a, shape=(prod(a.shape),), dynamic=(False,))
    group = f"[{list(range(len(a.shape)))}]"
    b = p.make(f"tensor.collapse_shape {a.name} {group} : {a.type} into {flat.type}", flat)
    p.add(b)
    if p.chance(50):
        to = replace(a, shape=a.shape[::-1])
        sizes = list(to.shape)
        text = f"tensor.expand_shape {b.name} {group} output_shape {sizes}"
        p.add(p.make(f"{text} : {b.type} into {to.type}", to))


def pad(p: Program) -> None:
    a = p.static(p.moved())
    if 0 in a.shape:  # bufferization takes no such pad
        raise NotHere
    value = p.need("scalar", a.element, ())
    low = [p.integer(0, 2) for _ in a.shape]
    high = [p.integer(0, 2) for _ in a.shape]
    to = replace(a, shape=tuple(x + n + y for x, n, y in zip(low, a.shape, high, strict=True)))
    indices = ", ".join(f"%p{p.names}_{i}: index" for i in range(len(a.shape)))
    p.use(value)
    text = (
        f"tensor.pad {a.name} low{low} high{high} {{\n  ^bb0({indices}):\n"
        f"    tensor.yield {value.name} : {a.element}\n  }} : {a.type} to {to.type}"
    )
    p.add(p.make(text, replace(either(a, value), shape=to.shape, kind="tensor")))


def slices(p: Program) -> None:
    a = p.static(p.moved())
    if 0 in a.shape or not a.shape:
        raise NotHere
    offsets, sizes, steps = [], [], []
    for n in a.shape:
        offset = p.integer(0, n - 1)
        step = p.integer(1, 2)
        most = (n - offset + step - 1) // step
        offsets.append(offset)
        steps.append(step)
        sizes.append(p.integer(1, most))
    to = replace(a, shape=tuple(sizes))
    where = f"{offsets} {sizes} {steps}"
    part = p.make(f"tensor.extract_slice {a.name}{where} : {a.type} to {to.type}", to)
    p.add(part)
    if p.chance(50):
        target = p.like(a)
        p.use(target, part)
        text = f"tensor.insert_slice {part.name} into {target.name}{where}"
        p.add(p.make(f"{text} : {part.type} into {target.type}", either(target, part)))


def concat(p: Program) -> None:
    a = p.static(p.moved())
    if not a.shape:
        raise NotHere
    b = p.like(a)
    p.use(b)
    to = replace(a, shape=(2 * a.shape[0], *a.shape[1:]))
    text = f"tensor.concat dim(0) {a.name}, {b.name} : ({a.type}, {b.type}) -> {to.type}"
    p.add(p.make(text, replace(either(a, b), shape=to.shape)))


def fill(p: Program) -> None:
    """An fp8 tensor filled with an fp8, or with a float that the fill rounds."""
    e = p.choose(p.fp8)
    shape = p.shape("tensor", p.integer(1, 2))
    to = V("", "tensor", e, shape, (False,) * len(shape))
    scalar, empty = p.need("scalar", e, ()), p.empty(to)
    p.use(scalar)
    text = f"linalg.fill ins({scalar.name} : {scalar.type}) outs({empty} : {to.type})"
    p.add(p.make(f"{text} -> {to.type}", to))


def broadcast(p: Program) -> None:
    a = p.static(p.moved())
    n = p.choose(p.sizes)
    to = replace(a, shape=(n, *a.shape), dynamic=(False,) * (len(a.shape) + 1))
    if len(to.shape) > 3:
        raise NotHere
    empty = p.empty(to)
    text = f"linalg.broadcast ins({a.name} : {a.type}) outs({empty} : {to.type}) dimensions = [0]"
    p.add(p.make(text, to))


def scalar_access(p: Program) -> None:
    a = p.static(p.an_fp8("tensor"))
    if 0 in a.shape:
        raise NotHere
    at = p.indices([p.integer(0, n - 1) for n in a.shape])
    x = p.make(f"tensor.extract {a.name}[{at}] : {a.type}", V("", "scalar", a.element))
    p.add(x)
    form = p.choose(["", "insert", "elements", "splat", "generate"])
    if form == "insert":
        p.use(x)
        p.add(p.make(f"tensor.insert {x.name} into {a.name}[{at}] : {a.type}", a))
    elif form == "elements":
        y = p.need("scalar", a.element, ())
        p.use(x, y)
        to = V("", "tensor", a.element, (3,), (False,))
        names = f"{x.name}, {y.name}, {x.name}"
        p.add(p.make(f"tensor.from_elements {names} : {to.type}", to))
    elif form == "splat":
        p.use(x)
        to = replace(a, shape=(4, 2), dynamic=(False, False))
        p.add(p.make(f"tensor.splat {x.name} : {to.type}", to))
    elif form == "generate":
        p.use(x)
        to = replace(a, shape=(5,), dynamic=(False,))
        text = f"tensor.generate {{\n  ^bb0(%g{p.names}: index):\n"
        text += f"    tensor.yield {x.name} : {a.element}\n  }} : {to.type}"
        p.add(p.make(text, to))


def cast_sizes(p: Program) -> None:
    a = p.an_fp8("tensor")
    if not a.shape:
        raise NotHere
    to = replace(a, dynamic=tuple(not d for d in a.dynamic))
    p.add(p.make(f"tensor.cast {a.name} : {a.type} to {to.type}", to))


# -- vectors


def to_vector(p: Program) -> None:
    a = p.static(p.an_fp8("tensor"))
    if not a.shape or prod(a.shape) > 24:
        raise NotHere
    padding = p.need("scalar", a.element, ())
    p.use(padding)
    to = replace(a, kind="vector", shape=tuple(max(n, 1) for n in a.shape), dynamic=())
    at = p.indices([0] * len(a.shape))
    text = f"vector.transfer_read {a.name}[{at}], {padding.name} : {a.type}, {to.type}"
    p.add(p.make(text, to))


def from_vector(p: Program) -> None:
    v = p.an_fp8("vector")
    to = V("", "tensor", v.element, v.shape, (False,) * len(v.shape))
    target = p.like(to)
    p.use(target)
    at = p.indices([0] * len(v.shape))
    text = f"vector.transfer_write {v.name}, {target.name}[{at}] : {v.type}, {target.type}"
    p.add(p.make(text, to))


def vector_movement(p: Program) -> None:
    v = p.an_fp8("vector")
    rank, e = len(v.shape), v.element
    form = p.choose(["transpose", "flatten", "extract", "insert", "broadcast", "slice", "shuffle"])
    if form == "transpose":
        order = list(range(rank))[::-1]
        to = replace(v, shape=v.shape[::-1])
        p.add(p.make(f"vector.transpose {v.name}, {order} : {v.type} to {to.type}", to))
    elif form == "flatten":
        to = replace(v, shape=(prod(v.shape),))
        p.add(p.make(f"vector.shape_cast {v.name} : {v.type} to {to.type}", to))
    elif form == "extract":
        at = [p.integer(0, n - 1) for n in v.shape]
        to = V("", "scalar", e)
        p.add(p.make(f"vector.extract {v.name}{at} : {e} from {v.type}", to))
    elif form == "insert":
        at = [p.integer(0, n - 1) for n in v.shape]
        x = p.need("scalar", e, ())
        p.use(x)
        p.add(p.make(f"vector.insert {x.name}, {v.name}{at} : {e} into {v.type}", v))
    elif form == "broadcast":
        to = replace(v, shape=(2, *v.shape))
        if prod(to.shape) > 24:
            raise NotHere
        p.add(p.make(f"vector.broadcast {v.name} : {v.type} to {to.type}", to))
    elif form == "slice":
        offset = p.integer(0, v.shape[0] - 1)
        size = p.integer(1, v.shape[0] - offset)
        to = replace(v, shape=(size, *v.shape[1:]))
        p.add(
            p.make(
                f"vector.extract_strided_slice {v.name} {{offsets = [{offset}], "
                f"sizes = [{size}], strides = [1]}} : {v.type} to {to.type}",
                to,
            )
        )
    else:
        w = p.like(v)
        p.use(w)
        last = 2 * v.shape[0] - 1
        picked = [p.integer(0, last) for _ in range(3)]
        to = replace(v, shape=(3, *v.shape[1:]))
        p.add(p.make(f"vector.shuffle {v.name}, {w.name} {picked} : {v.type}, {w.type}", to))


def vector_reduction(p: Program) -> None:
    v = p.an_fp8("vector")
    kind = p.choose(["maximumf", "minimumf", "maxnumf", "minnumf"])
    if len(v.shape) == 1:
        to = V("", "scalar", v.element)
        p.add(p.make(f"vector.reduction <{kind}>, {v.name} : {v.type} into {v.element}", to))
        return
    acc = p.need("vector", v.element, v.shape[1:])
    p.use(acc)
    text = f"vector.multi_reduction <{kind}>, {v.name}, {acc.name} [0] : {v.type} to {acc.type}"
    p.add(p.make(text, acc))


def vector_fma(p: Program) -> None:
    v = p.an_fp8("vector")
    w = p.like(v)
    p.use(w)
    p.add(p.make(f"vector.fma {v.name}, {w.name}, {v.name} : {v.type}", v))


def vector_contract(p: Program) -> None:
    v = p.an_fp8("vector", rank=2)
    (m, k), n = v.shape, p.integer(1, 3)
    w = p.need("vector", v.element, (n, k))
    element = p.choose(["f32", "f32", "bf16", "f16", "f64"])
    acc = p.need("vector", element, (m, n), constant=p.chance(50))
    p.use(w, acc)
    text = (
        "vector.contract {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, "
        "affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>], "
        'iterator_types = ["parallel", "parallel", "reduction"], '
        f"kind = #vector.kind<add>}} {v.name}, {w.name}, {acc.name} "
        f": {v.type}, {w.type} into {acc.type}"
    )
    p.add(p.make(text, acc, **summed(p, acc, (v, w), k)))


# -- control flow


def body_of(
    p: Program, carried: V, name: str, also: Sequence[V] | None = None
) -> tuple[list[str], list[V]]:
    """Ops in a region that turn the value `name` of the type of `carried` into another.

    What they leave unused comes out too, or values of the types of `also`.
    """
    outside = {v.name for v in p.values}
    with p.region(p.any_turn(replace(carried, name=name))) as lines:
        p.ops(p.integer(1, 3), p.body_ops())
        out = p.last(carried)
        p.check_turn(out)
        if also is not None:
            return lines, [out, *(any_like(p, v) for v in also)]
        made = [v for v in p.values if v.name not in outside | p.used | {name}]
        extra = [v for v in made if not is_mask(v)][-3:]
        p.use(*extra)
        return lines, [out, *extra]


def any_like(p: Program, v: V) -> V:
    try:
        return p.last(v)
    except NotHere:
        return p.need(v.kind, v.element, v.shape, v.dynamic, constant=True)


def several(p: Program, text: str, *values: V) -> None:
    """An op with these results, of the ranges that the values have."""
    name = p.name()
    p.line(f"{name}:{len(values)} = {text}")
    for i, v in enumerate(values):
        p.add(replace(v, name=f"{name}#{i}"))


def either(*values: V) -> V:
    """A value that may be any of these."""
    low, high = min(v.grain for v in values), max(v.top for v in values)
    return replace(values[0], grain=low, top=high)


def names(values: Sequence[V]) -> str:
    return ", ".join(v.name for v in values)


def types(values: Sequence[V]) -> str:
    return ", ".join(v.type for v in values)


def block(lines: Sequence[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)


def inits_of(p: Program, a: V, outs: Sequence[V]) -> list[V]:
    found = [a, *(p.need(v.kind, v.element, v.shape, v.dynamic) for v in outs[1:])]
    p.use(*found)
    return found


def loop(p: Program) -> None:
    a = p.carried()
    name = p.name()
    lines, outs = body_of(p, a, name)
    inits = inits_of(p, a, outs)
    low, high, step = p.index(0), p.index(p.integer(0, 4)), p.index(p.integer(1, 2))
    inside = [name, *(p.name() for _ in outs[1:])]
    carried = ", ".join(f"{n} = {v.name}" for n, v in zip(inside, inits, strict=True))
    head = f"scf.for {p.name()} = {low} to {high} step {step} iter_args({carried})"
    end = f"scf.yield {names(outs)} : {types(outs)}"
    found = [either(v, w) for v, w in zip(inits, outs, strict=True)]
    several(p, f"{head} -> ({types(outs)}) {{\n{block([*lines, end])}\n}}", *found)


def branch(p: Program) -> None:
    if p.only_scalars and p.depth > 3:
        raise NotHere
    a = p.carried()
    c = p.need("scalar", "i1", ())
    p.use(c)
    first, then = body_of(p, a, a.name)
    second, other = body_of(p, a, a.name, then[1:])
    texts = [
        block([*lines, f"scf.yield {names(outs)} : {types(outs)}"])
        for lines, outs in ((first, then), (second, other))
    ]
    found = [either(v, w) for v, w in zip(then, other, strict=True)]
    text = f"scf.if {c.name} -> ({types(then)}) {{\n{texts[0]}\n}} else {{\n{texts[1]}\n}}"
    several(p, text, *found)


def switch(p: Program) -> None:
    a = p.carried()
    at = p.index(p.integer(0, 2))
    first, then = body_of(p, a, a.name)
    second, other = body_of(p, a, a.name, then[1:])
    texts = [
        block([*lines, f"scf.yield {names(outs)} : {types(outs)}"])
        for lines, outs in ((first, then), (second, other))
    ]
    found = [either(v, w) for v, w in zip(then, other, strict=True)]
    text = f"scf.index_switch {at} -> {types(then)}\n  case 1 {{\n{texts[0]}\n}}\n"
    several(p, f"{text}  default {{\n{texts[1]}\n}}", *found)


def while_(p: Program) -> None:
    """Until a counter ends it, or before that a comparison of the carried scalar."""
    a = p.carried()
    first, then, n, m, more, zero, one, limit, plus = (p.name() for _ in range(9))
    lines, outs = body_of(p, a, then)
    inits = inits_of(p, a, outs)
    for name, value in ((zero, 0), (one, 1), (limit, p.integer(0, 3))):
        p.line(f"{name} = arith.constant {value} : i32")
    condition = [f"{more} = arith.cmpi slt, {n}, {limit} : i32"]
    if a.kind == "scalar" and p.chance(50):
        small, both = p.name(), p.name()
        condition.append(f"{small} = arith.cmpf ult, {first}, {a.name} : {a.type}")
        condition.append(f"{both} = arith.andi {more}, {small} : i1")
        more = both
    before = [first, *(p.name() for _ in outs[1:]), n]
    after = [then, *(p.name() for _ in outs[1:]), m]
    all_types = f"{types(outs)}, i32"
    condition.append(f"scf.condition({more}) {', '.join(before)} : {all_types}")
    lines = [*lines, f"{plus} = arith.addi {m}, {one} : i32"]
    lines.append(f"scf.yield {names(outs)}, {plus} : {all_types}")
    starts = zip(before, [*(v.name for v in inits), zero], strict=True)
    arguments = zip(after, [*(v.type for v in outs), "i32"], strict=True)
    text = (
        f"scf.while ({', '.join(f'{x} = {y}' for x, y in starts)}) : ({all_types}) -> "
        f"({all_types}) {{\n{block(condition)}\n}} do {{\n"
        f"  ^bb0({', '.join(f'{x}: {y}' for x, y in arguments)}):\n{block(lines)}\n}}"
    )
    found = [either(v, w) for v, w in zip(inits, outs, strict=True)]
    several(p, text, *found, V("", "scalar", "i32"))


def call(p: Program) -> None:
    """A private function, with scf or cf inside; called once or twice."""
    if p.depth or p.only_scalars:
        raise NotHere
    outer = p.scope, p.lines, p.values
    a = p.carried()
    p.scope, p.lines, p.values = Scope(), [], []
    p.depth += 1
    try:
        x = p.add(p.parameter(a))
        if p.chance(50) and a.kind != "tensor":
            outs = [blocks(p, x)]
        else:
            p.ops(p.integer(1, 4), p.function_ops())
            unused = [v for v in p.values if v.name not in p.used and not is_mask(v)]
            outs = unused[-4:] or [x]
        p.line(f"return {names(outs)} : {types(outs)}")
        name, needed = f"@f{len(p.functions)}", p.scope.arguments
        p.functions.append(p.function(f"func.func private {name}", f"({types(outs)})"))
    finally:
        p.depth -= 1
        p.scope, p.lines, p.values = outer
    for _ in range(p.integer(1, 2)):
        given = [a, *(p.given(v) for v in needed[1:])]
        p.use(*given)
        if any(g.grain < v.grain or g.top > v.top for g, v in zip(given, needed, strict=True)):
            raise NotHere
        text = f"func.call {name}({names(given)}) : ({types(given)}) -> ({types(outs)})"
        several(p, text, *outs)


def blocks(p: Program, x: V) -> V:
    """A diamond of blocks, or a loop of them; the last block has the value of the type of x."""
    c = p.need("scalar", "i1", ())
    left, right, end = (p.name()[1:] for _ in range(3))
    in_left, in_right, o = (p.name() for _ in range(3))
    t = x.type
    p.line(f"cf.cond_br {c.name}, ^{left}({x.name} : {t}), ^{right}({x.name} : {t})")
    for label, name in ((left, in_left), (right, in_right)):
        lines, (out,) = body_of(p, x, name, [])
        p.line(f"^{label}({name}: {t}):")
        for line in lines:
            p.line(line)
        p.line(f"cf.br ^{end}({out.name} : {t})")
    p.line(f"^{end}({o}: {t}):")
    result = replace(x, name=o)
    p.values = [result]
    return result


# -- buffers


def buffers(p: Program) -> None:
    """Through buffers: filled, written, copied, viewed, computed on, and read again."""
    a = p.static(p.an_fp8("tensor"))
    if 0 in a.shape or not a.shape or p.only_scalars:
        raise NotHere
    t = memref(a)
    one, two = p.name(), p.name()
    p.line(f"{one} = memref.alloc() : {t}")
    text = f"{a.name} in restrict writable {one} : ({a.type}, {t}) -> ()"
    p.line(f"bufferization.materialize_in_destination {text}")
    if p.memref_arguments and not p.depth and p.chance(50):
        two = f"%m{len(p.scope.memrefs)}"
        p.scope.memrefs.append(replace(a, name=two))
    else:
        p.line(f"{two} = memref.alloc() : {t}")
        x = p.need("scalar", a.element, ())
        p.use(x)
        p.line(f"linalg.fill ins({x.name} : {x.type}) outs({two} : {t})")
    at = p.indices([p.integer(0, n - 1) for n in a.shape])
    x = p.need("scalar", a.element, ())
    p.use(x)
    for form in {p.choose(["store", "copy", "view", "compute", "sum"]) for _ in range(3)}:
        if form == "store":
            p.line(f"memref.store {x.name}, {one}[{at}] : {t}")
        elif form == "copy":
            p.line(f"memref.copy {one}, {two} : {t} to {t}")
        elif form == "view":
            view(p, a, one, two)
        elif form == "compute":
            op = p.choose(["add", "mul", "max", "sub"])
            p.line(f"linalg.{op} ins({one}, {two} : {t}, {t}) outs({two} : {t})")
        else:
            total(p, a, one, two)
    p.add(p.make(f"memref.load {two}[{at}] : {t}", V("", "scalar", a.element)))
    p.add(p.make(f"memref.load {one}[{at}] : {t}", V("", "scalar", a.element)))
    p.add(p.make(f"bufferization.to_tensor {one} restrict : {t} to {a.type}", a))


def view(p: Program, a: V, one: str, two: str) -> None:
    """The first half of one buffer onto the first half of the other."""
    t, sizes = memref(a), [max(n // 2, 1) for n in a.shape]
    strides = [prod(a.shape[i + 1 :]) for i in range(len(a.shape))]
    part = spell("memref", a.element, sizes)[:-1] + f", strided<{strides}>>"
    names = p.name(), p.name()
    for name, of in zip(names, (one, two), strict=True):
        where = f"{[0] * len(sizes)} {sizes} {[1] * len(sizes)}"
        p.line(f"{name} = memref.subview {of}{where} : {t} to {part}")
    p.line(f"memref.copy {names[0]}, {names[1]} : {part} to {part}")


def total(p: Program, a: V, one: str, two: str) -> None:
    """A dot product of two buffers into a third."""
    if len(a.shape) != 1:
        return
    t, acc, x = memref(a), p.name(), p.name()
    out = p.choose(["f32", "bf16", "f16"])
    p.line(f"{acc} = memref.alloc() : memref<{out}>")
    p.line(f"{x} = arith.constant {p.choose(['0.0', '1.0', '0.1'])} : {out}")
    p.line(f"linalg.fill ins({x} : {out}) outs({acc} : memref<{out}>)")
    p.line(f"linalg.dot ins({one}, {two} : {t}, {t}) outs({acc} : memref<{out}>)")
    grain, top = RANGE.get(out, (min(-30, 2 * a.grain), 2 * a.top + 4))
    p.add(p.make(f"memref.load {acc}[] : memref<{out}>", V("", "scalar", out, (), (), grain, top)))


def global_buffer(p: Program) -> None:
    shape = tuple(max(n, 1) for n in p.shape("tensor", 1))
    v = V("", "tensor", p.choose(p.fp8), shape, (False,))
    name, buffer = f"@g{len(p.globals)}", p.name()
    p.globals.append(
        f'memref.global "private" constant {name} : {memref(v)} = '
        f"dense<{p.nested(v.element, shape)}>"
    )
    p.line(f"{buffer} = memref.get_global {name} : {memref(v)}")
    p.add(p.make(f"bufferization.to_tensor {buffer} restrict : {memref(v)} to {v.type}", v))


MOVEMENT: list[Op] = [
    *(transpose, reshape, pad, slices, concat, fill, broadcast, scalar_access, cast_sizes),
]
CONTRACTIONS: list[Op] = [matmul, matmul, matmul, batch_matmul, dot, convolution]
STRUCTURED: list[Op] = [generic, generic, linalg_elementwise, linalg_map, reduce, pooling, softmax]
VECTORS: list[Op] = [
    *(to_vector, to_vector, from_vector, vector_movement, vector_movement, vector_reduction),
    *(vector_fma, vector_contract, vector_contract),
]
CONTROL: list[Op] = [loop, branch, switch, while_, call, call]
BUFFERS: list[Op] = [buffers, buffers, global_buffer]
OPS: list[Op] = [
    *(*ELEMENTWISE, *MOVEMENT, *CONTRACTIONS, *CONTRACTIONS, *STRUCTURED, *VECTORS, *VECTORS),
    *(*CONTROL, *CONTROL, *BUFFERS, *[quantize] * 8),
]


# -- inputs


FLOATS: dict[str, Any] = {"f16": np.float16, "f32": np.float32, "f64": np.float64}
SCALES = [1, 1, 1, 1, 0.5, 2, 3, 1 / 3, 0.1, 10, 16, 1 / 16]
OVERFLOWS = np.outer([464, 465, 480, 488, 495, 497, 61439, 61440, 7e4, 9e4, 1.2e5], SCALES).ravel()
"""Both sides of where OCP and FNUZ overflow, whatever scale `quantize` has."""


def draw(v: V, rng: np.random.Generator, special: bool) -> NDArray[Any]:
    if v.element in FP8:
        magnitudes = FORMATS[v.element].values[:0x80]
        codes = np.flatnonzero((magnitudes >= 2.0**-4) & (magnitudes <= 4))
        drawn = rng.choice(codes, v.shape) | rng.choice([0, 0x80], v.shape)
        if special:
            largest = rng.integers(0x74, 0x7F, v.shape) | rng.choice([0, 0x80], v.shape)
            drawn = np.where(rng.random(v.shape) < 0.7, drawn, rng.integers(0, 256, v.shape))
            drawn = np.where(rng.random(v.shape) < 0.8, drawn, largest)
        return drawn.astype(np.uint8)
    if v.element == "i1":
        return np.asarray(rng.integers(0, 2, v.shape)).astype(np.bool_)
    if v.element in ("i8", "i32"):
        return np.asarray(rng.integers(-128, 128, v.shape)).astype(v.element.replace("i", "int"))
    drawn = rng.standard_normal(v.shape) * np.exp2(rng.integers(-6, 3, v.shape))
    drawn = np.where(np.abs(drawn) < 2.0**-20, 0, drawn)
    if special:
        odd = rng.choice([*OVERFLOWS, *-OVERFLOWS, np.inf, np.nan, -0.0, 1.0625], v.shape)
        drawn = np.where(rng.random(v.shape) < 0.6, drawn, odd)
    if v.element == "bf16":
        wide = np.asarray(drawn).astype(np.float32)
        return np.asarray(wide.view(np.uint32) >> 16).astype(np.uint16)
    with np.errstate(over="ignore"):
        return np.asarray(drawn).astype(FLOATS[v.element])
