"""What a wide value is as fp8 codes times scales, seen through what frontends put between.

`Trace` looks back from a value through casts, products, reshapes, transposes, broadcasts, pads and
slices. Nothing is changed: what it finds says how to make the fp8 tensor and the scales.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product as combinations
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fnuz.bindings import Bindings
from fnuz.bindings.handles import address
from fnuz.dialect.formats import FORMATS
from fnuz.passes import structured
from fnuz.passes.builder import Builder
from fnuz.passes.fusion.digits import Index, Untraceable, of_expression, substitute, whole
from fnuz.passes.fusion.moves import padded, same_map, same_op, same_pad, slice_of
from fnuz.passes.ranges import Ranges
from fnuz.passes.types import element_of

_DEPTH = 64
"""How many ops back a value is followed; a dequantize with its reshapes is 5 to 10."""

_MOST_SCALES = 8
"""Factors of a scale that are told apart. A chain of squares would have any number of them."""

_MOST_PRODUCTS = 1 << 20
"""Products of codes and constant scales that are tried to see whether all are exact."""

Move = Callable[[Builder, Any], Any]
"""Builds a data movement of the given value."""


@dataclass(frozen=True)
class Step:
    """What the wide values went through in `op`, to be done with the fp8 codes."""

    op: Any
    move: Move


@dataclass(frozen=True)
class Codes:
    """An fp8 tensor, and the movements that give it the shape of the wide value."""

    value: Any
    steps: tuple[Step, ...] = ()

    def element(self, ir: Any) -> Any:
        """The fp8 element type."""
        return element_of(ir, self.value.type)


@dataclass(frozen=True)
class Scale:
    """A factor of a value: an element of the tensor (or the scalar) `value` for each element.

    `index` has for each dim of `value` its index, over the dims of the value that is scaled.
    `number` is its value when that is one constant.
    """

    value: Any
    index: tuple[Index, ...]
    number: float | None = None
    cuts: tuple[Move, ...] = ()

    def moved(self, dims: Sequence[Index | None]) -> "Scale":
        """The scale over new dims. Raises Untraceable."""
        return replace(self, index=tuple(substitute(i, dims) for i in self.index))


@dataclass(frozen=True)
class Product:
    """A value that is fp8 codes (if any are in it) times scales."""

    codes: Codes | None
    scales: tuple[Scale, ...]


@dataclass(frozen=True)
class Blocked:
    """A value that is made of fp8 codes, but not codes times scales: why not."""

    why: str


Found = Product | Blocked

T = TypeVar("T")


class Trace:
    """Looks back from values; good for as long as the IR does not change."""

    def __init__(self, bindings: Bindings) -> None:
        self.bindings = bindings
        self.ir = bindings.ir
        self.looked_at: dict[int, Any] = {}
        """The ops that values were followed through, by address: dead ones among them may go."""
        self._ranges = Ranges(bindings.ir)
        self._found: dict[Any, Found] = {}
        self._depth = 0

    def __call__(self, value: Any) -> Found:
        """What a scalar or tensor outside the bodies of linalg ops is."""
        if value in self._found:
            return self._found[value]
        found = self._deeper(lambda: self._look(value), lambda: self._leaf(value))
        self._found[value] = found
        return found

    def _deeper(self, look: Callable[[], T], give_up: Callable[[], T]) -> T:
        if self._depth == _DEPTH:
            return give_up()
        self._depth += 1
        try:
            return look()
        finally:
            self._depth -= 1

    def is_zero(self, value: Any) -> bool:
        """Whether a float value is known to be zero in every element."""
        return bool(self._ranges(value).is_zero())

    def is_fp8(self, value: Any) -> bool:
        """Whether a value is of one of the four fp8 types, or a tensor of one."""
        return str(element_of(self.ir, value.type)) in FORMATS

    def extents(self, type: Any) -> list[int | None]:
        """The sizes of a shaped type, None where dynamic."""
        return [None if type.is_dynamic_dim(i) else type.get_dim_size(i) for i in range(type.rank)]

    def unchanged(self, op: Any) -> Any | None:
        """The operand whose value the result of an arith op is: of an extf, or next to a zero."""
        if op.name == "arith.extf":
            return op.operands[0]
        if op.name == "arith.addf":
            left, right = op.operands
            return left if self.is_zero(right) else right if self.is_zero(left) else None
        if op.name == "arith.subf" and self.is_zero(op.operands[1]):
            return op.operands[0]
        return None

    # -- tensors

    def _leaf(self, value: Any) -> Product:
        """A value as its own scale."""
        if not isinstance(value.type, self.ir.RankedTensorType):
            return Product(None, (Scale(value, (), self._number(value)),))
        number = self._number(value)
        index = tuple(whole(i, n) for i, n in enumerate(self.extents(value.type)))
        if number is not None:
            index = ((),) * len(index)
        return Product(None, (Scale(value, index, number),))

    def _number(self, value: Any) -> float | None:
        """The one number that a constant is, or a constant tensor is full of."""
        if isinstance(value, self.ir.BlockArgument):
            return None
        op = value.owner.operation
        if op.name != "arith.constant":
            return None
        attr = op.attributes["value"]
        if isinstance(attr, self.ir.DenseFPElementsAttr) and attr.is_splat:
            attr = self.ir.FloatAttr(attr.get_splat_value())
        return float(attr.value) if isinstance(attr, self.ir.FloatAttr) else None

    def _look(self, value: Any) -> Found:
        ranked = isinstance(value.type, self.ir.RankedTensorType)
        if self.is_fp8(value):
            return Product(Codes(value), ()) if ranked else self._leaf(value)
        if isinstance(value, self.ir.BlockArgument) or not ranked:
            return self._leaf(value)
        op = value.owner.operation
        if len(op.results) != 1:
            return self._leaf(value)
        dialect = op.name.partition(".")[0]
        found: Found | None
        if op.name in _MOVEMENTS:
            found = _MOVEMENTS[op.name](self, op)
        elif dialect == "linalg":
            found = self._linalg(op)
        elif dialect in ("arith", "math"):
            found = self._arithmetic(op, self)
        elif dialect == "tensor":
            found = self._other(op, self)
        else:
            return self._leaf(value)
        self.looked_at[address(op)] = op
        return found or self._leaf(value)

    def _arithmetic(self, op: Any, look: Callable[[Any], Found | None]) -> Found | None:
        """What an elementwise op is, given what its operands are; None: nothing is known."""
        if op.name == "arith.constant":
            return self._leaf(op.results[0])
        same = self.unchanged(op)
        if same is not None:
            return look(same)
        if op.name == "arith.mulf":
            return self._times(op, look)
        if op.name in ("arith.addf", "arith.subf"):
            for operand in op.operands:
                found = look(operand)
                if isinstance(found, Product) and found.codes and not found.scales:
                    return Blocked("its zero point is not known to be 0")
        return self._other(op, look)

    def _other(self, op: Any, look: Callable[[Any], Found | None]) -> Found | None:
        """What an op is that is no product: of no use where fp8 codes go into it."""
        for operand in op.operands:
            if not isinstance(element_of(self.ir, operand.type), self.ir.FloatType):
                continue
            found = look(operand)
            if isinstance(found, Blocked):
                return found
            if found is not None and found.codes is not None:
                return Blocked(f"'{op.name}' stands between the dequantize and it")
        return None

    def _times(self, op: Any, look: Callable[[Any], Found | None]) -> Found | None:
        left, right = (look(v) for v in op.operands)
        if left is None or right is None:
            return self._other(op, look)
        if isinstance(left, Blocked) or isinstance(right, Blocked):
            return left if isinstance(left, Blocked) else right
        if left.codes and right.codes:
            return Blocked("two fp8 values are multiplied in it")
        product = Product(left.codes or right.codes, left.scales + right.scales)
        if product.codes:
            return self._if_exact(op, product)
        # In f16 a product of scales rounds, and is no two factors.
        in_f32 = str(element_of(self.ir, op.results[0].type)) in ("f32", "f64")
        return product if in_f32 and len(product.scales) <= _MOST_SCALES else None

    def _if_exact(self, op: Any, product: Product) -> Found:
        """A product in f16 or bf16 is only as good as one in f32 where it rounds nothing."""
        assert product.codes
        type = str(element_of(self.ir, op.results[0].type))
        if type in ("f32", "f64"):
            return product
        scales = [self._numbers(scale) for scale in product.scales]
        values = FORMATS[str(product.codes.element(self.ir))].values
        values = np.unique(values[np.isfinite(values)]).astype(np.float64)
        sizes = [values.size, *(0 if s is None else s.size for s in scales)]
        if None not in scales and np.prod(sizes, dtype=float) <= _MOST_PRODUCTS:
            factors = [np.prod(c) for c in combinations(*(s for s in scales if s is not None))]
            products = np.multiply.outer(values, np.array(factors))
            if _holds(type, products):
                return product
        return Blocked(f"it is dequantized in {type}, which rounds")

    def _numbers(self, scale: Scale) -> NDArray[np.float64] | None:
        """The values of a constant scale, each once; None when they are not known."""
        if scale.number is not None:
            return np.array([scale.number])
        if isinstance(scale.value, self.ir.BlockArgument):
            return None
        op = scale.value.owner.operation
        attr = op.attributes["value"] if op.name == "arith.constant" else None
        if not isinstance(attr, self.ir.DenseFPElementsAttr):
            return None
        if str(attr.type.element_type) not in ("f16", "f32"):  # the others have no buffer
            return None
        return np.unique(np.array(attr).astype(np.float64))

    # -- linalg

    def maps(self, op: Any) -> list[Any]:
        """The indexing maps of a linalg op, one for each operand."""
        get = self.bindings.module("dialects.linalg").get_indexing_maps
        return [attr.value for attr in get(op)]

    def _linalg(self, op: Any) -> Found | None:
        _, inits = structured.inputs_and_inits(op, self.ir)
        if len(op.regions) != 1 or len(op.regions[0].blocks) != 1 or len(inits) != 1:
            return None
        maps = self.maps(op)
        out = maps[-1]
        if not out.is_permutation:
            return None
        extents = self.extents(op.results[0].type)
        # The iteration dims, each as the dim of the result that it is.
        dims: list[Index | None] = [None] * len(extents)
        by_dim: list[int | None] = [None] * len(extents)
        for position, expression in enumerate(out.results):
            dims[expression.position] = whole(position, extents[position])
            by_dim[expression.position] = extents[position]
        block = op.regions[0].blocks[0]

        def argument(number: int) -> Found | None:
            found = self(op.operands[number])
            if isinstance(found, Blocked):
                return found
            map_ = maps[number]
            index = [of_expression(e, by_dim, self.ir) for e in map_.results]
            over_result = [None if i is None else substitute(i, dims) for i in index]
            try:
                scales = tuple(s.moved(over_result) for s in found.scales)
            except Untraceable:
                return self._lost(op) if found.codes else None
            codes = found.codes
            if codes and map_ != out:
                step = Step(op, lambda b, v: same_map(b, op, v, map_, out))
                codes = replace(codes, steps=(*codes.steps, step))
            return Product(codes, scales)

        known: dict[Any, Found | None] = {}

        def look(value: Any) -> Found | None:
            if isinstance(value, self.ir.BlockArgument):
                return argument(value.arg_number) if value.owner == block else self(value)
            inner = value.owner.operation
            if inner.block != block:
                return self(value)
            if self.is_fp8(value):
                return Blocked("its fp8 value is made and dequantized in one body")
            if value not in known:
                known[value] = self._deeper(lambda: self._arithmetic(inner, look), lambda: None)
            return known[value]

        return look(structured.yielded(op)[0])

    def _lost(self, op: Any) -> Blocked:
        return Blocked(f"its scale cannot be followed through '{op.name}'")

    # -- data movement

    def _moved(
        self,
        op: Any,
        dims: Sequence[Index | None],
        move: Move | None = None,
        cut: Callable[[Scale], Scale] = lambda scale: scale,
    ) -> Found:
        """The result of `op`, whose first operand has the indices `dims` over those of the result.

        `cut` does with a scale what `op` does beyond renaming dims; it may raise Untraceable.
        """
        found = self(op.operands[0])
        if isinstance(found, Blocked):
            return found
        try:
            scales = tuple(cut(scale).moved(dims) for scale in found.scales)
        except Untraceable:
            return self._lost(op) if found.codes else self._leaf(op.results[0])
        codes = found.codes
        if codes:
            step = Step(op, move or (lambda b, v: same_op(b, op, v)))
            codes = replace(codes, steps=(*codes.steps, step))
        return Product(codes, scales)

    def _cast(self, op: Any) -> Found:
        if not isinstance(op.operands[0].type, self.ir.RankedTensorType):
            return self._leaf(op.results[0])
        extents = self.extents(op.operands[0].type)
        return self._moved(op, [whole(i, n) for i, n in enumerate(extents)])

    def _reshape(self, op: Any) -> Found:
        return self._moved(op, [None] * op.operands[0].type.rank)

    def _splat(self, op: Any) -> Found:
        return self(op.operands[0])

    def _expand(self, op: Any) -> Found:
        extents = self.extents(op.results[0].type)
        groups = _groups(op)
        return self._moved(op, [sum((whole(d, extents[d]) for d in g), ()) for g in groups])

    def _collapse(self, op: Any) -> Found:
        extents = self.extents(op.operands[0].type)
        dims: list[Index | None] = [None] * len(extents)
        for result, group in enumerate(_groups(op)):
            weight: int | None = 1
            for d in reversed(group):
                size = extents[d]
                if size == 1:
                    dims[d] = ()
                elif weight:
                    (digit,) = whole(result, size)
                    dims[d] = (replace(digit, weight=weight),)
                    weight = None if digit.size is None else weight * digit.size
        return self._moved(op, dims)

    def _slice(self, op: Any) -> Found:
        offsets, sizes, strides = (
            list(op.attributes[f"static_{name}"]) for name in ("offsets", "sizes", "strides")
        )
        before = self.extents(op.operands[0].type)
        after = self.extents(op.results[0].type)
        dims: list[Index | None] = []
        ranges: dict[int, tuple[int, int]] = {}
        position = 0
        for d, size in enumerate(sizes):
            known = None if size < 0 else size
            kept = position < len(after) and after[position] == known
            dims.append(whole(position, known) if kept else ())
            position += kept
            if (offsets[d], known, strides[d]) == (0, before[d], 1) and known is not None:
                continue
            if offsets[d] < 0 or known is None or strides[d] != 1:
                dims[d] = None
            else:
                ranges[d] = offsets[d], known

        def cut(scale: Scale) -> Scale:
            for d, (offset, size) in ranges.items():
                scale = _cut(scale, d, offset, size, before[d])
            return scale

        return self._moved(op, dims, cut=cut)

    def _pad(self, op: Any) -> Found:
        (filled,) = structured.yielded(op)
        found = self(op.operands[0])
        if not self.is_zero(filled) or (isinstance(found, Product) and not found.codes):
            # Nor is a scale the same in the pad, while codes of 0 may have any.
            return self._other(op, self) or self._leaf(op.results[0])
        low, high = (list(op.attributes[f"static_{name}"]) for name in ("low", "high"))
        before, after = self.extents(op.operands[0].type), self.extents(op.results[0].type)
        dims = [
            None if min(sides) < 0 else whole(d, after[d])
            for d, sides in enumerate(zip(low, high, strict=True))
        ]

        def cut(scale: Scale) -> Scale:
            for d, sides in enumerate(zip(low, high, strict=True)):
                if max(sides) > 0:
                    scale = _widened(scale, d, sides, before[d])
            return scale

        return self._moved(op, dims, lambda b, v: same_pad(b, op, v), cut)


_MOVEMENTS: dict[str, Callable[[Trace, Any], Found]] = {
    "tensor.cast": Trace._cast,
    "tensor.collapse_shape": Trace._collapse,
    "tensor.expand_shape": Trace._expand,
    "tensor.extract_slice": Trace._slice,
    "tensor.pad": Trace._pad,
    "tensor.reshape": Trace._reshape,
    "tensor.splat": Trace._splat,
}


def _holds(type: str, values: NDArray[np.float64]) -> bool:
    """Whether f16 or bf16 has all of these values."""
    if type == "f16":
        with np.errstate(over="ignore"):
            return bool((values.astype(np.float16) == values).all())
    if type != "bf16":
        return False
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    return bool((single == values).all() and not (single.view(np.uint32) & 0xFFFF).any())


def _groups(op: Any) -> list[list[int]]:
    return [[i.value for i in group] for group in op.attributes["reassociation"]]


def _reading(scale: Scale, dim: int) -> int | None:
    """Which dim of a scale reads digits of `dim`; None when none does."""
    reading = [s for s, index in enumerate(scale.index) if any(d.dim == dim for d in index)]
    if len(reading) > 1 or (reading and len(scale.index[reading[0]]) > 1):
        raise Untraceable
    return reading[0] if reading else None


def _cut(scale: Scale, dim: int, offset: int, size: int, extent: int | None) -> Scale:
    """The scale of the elements [offset, offset + size) of `dim`, counted from `offset`."""
    s = _reading(scale, dim)
    if s is None:
        return scale
    (digit,) = scale.index[s]
    first, last = offset // digit.weight, (offset + size - 1) // digit.weight
    if digit.end() != extent or size == 0:
        raise Untraceable
    if first != last and (offset % digit.weight or size % digit.weight):
        raise Untraceable
    count = last - first + 1
    index = () if count == 1 else (replace(digit, size=count),)

    def move(b: Builder, value: Any) -> Any:
        return slice_of(b, value, s, first, count)

    return replace(scale, index=_put(scale.index, s, index), cuts=(*scale.cuts, move))


def _widened(scale: Scale, dim: int, sides: tuple[int, int], extent: int | None) -> Scale:
    """The scale where `dim` was padded on both sides; what it is there does not matter: 0."""
    s = _reading(scale, dim)
    if s is None:
        return scale
    (digit,) = scale.index[s]
    if digit.size is None or digit.end() != extent or any(n % digit.weight for n in sides):
        raise Untraceable
    low, high = (n // digit.weight for n in sides)
    index = (replace(digit, size=digit.size + low + high),)

    def move(b: Builder, value: Any) -> Any:
        return padded(b, value, s, low, high)

    return replace(scale, index=_put(scale.index, s, index), cuts=(*scale.cuts, move))


def _put(indices: tuple[Index, ...], at: int, index: Index) -> tuple[Index, ...]:
    return (*indices[:at], index, *indices[at + 1 :])
