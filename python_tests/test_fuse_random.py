"""fuse-dequantize on random chains of data movements between a dequantize and a contraction."""

import random
from collections.abc import Sequence
from math import prod

import pytest
from test_fuse_dequantize import check_exact, dequantize, fuse, parse

from fnuz.passes.fusion import plan

LEFT_ALONE = "'linalg.generic' left alone: its scale cannot be followed through 'tensor."


def tensor(shape: Sequence[int], element: str = "f32") -> str:
    return f"tensor<{''.join(f'{n}x' for n in shape)}{element}>"


class Chain:
    """A wide value of some shape, and the text that makes it from %codes and %scales."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.shape = [rng.choice([1, 2, 3, 4]) for _ in range(rng.randint(1, 3))]
        self.shape.append(rng.choice([8, 16]))
        rng.shuffle(self.shape)
        read = [d for d in range(len(self.shape)) if rng.random() < 0.5]
        rng.shuffle(read)
        self.codes = tensor(self.shape, "f8E4M3FN")
        self.scales = tensor([self.shape[d] for d in read])
        shape = "x".join(map(str, self.shape))
        reads = ", ".join(f"d{d}" for d in read)
        self.value = "%v0"
        self.lines = [dequantize("%v0", "%codes", shape, "%scales", reads, self.scales)]

    def _then(self, op: str, shape: list[int], in_place: bool = False) -> None:
        """Add an op; its text has # for the value and its type, and < for an empty result."""
        new = f"%v{len(self.lines)}"
        empty = f"{new}e = tensor.empty() : {tensor(shape)}\n" if in_place else ""
        result = "" if in_place else f" {'into' if 'shape' in op else 'to'} {tensor(shape)}"
        op = op.replace("#", self.value).replace("@", f"{new}e : {tensor(shape)}")
        self.lines.append(f"{empty}{new} = {op.replace('$', tensor(self.shape))}{result}")
        self.value, self.shape = new, shape

    def transpose(self) -> None:
        order = list(range(len(self.shape)))
        self.rng.shuffle(order)
        text = f"linalg.transpose ins(# : $) outs(@) permutation = {order}"
        self._then(text, [self.shape[d] for d in order], in_place=True)

    def broadcast(self) -> None:
        at = self.rng.randrange(len(self.shape) + 1)
        shape = [*self.shape[:at], 2, *self.shape[at:]]
        self._then(f"linalg.broadcast ins(# : $) outs(@) dimensions = [{at}]", shape, in_place=True)

    def collapse(self) -> None:
        if len(self.shape) > 1:
            at = self.rng.randrange(len(self.shape) - 1)
            groups = [[d] for d in range(len(self.shape))]
            groups[at : at + 2] = [[at, at + 1]]
            shape = [prod(self.shape[d] for d in group) for group in groups]
            self._then(f"tensor.collapse_shape # {groups} : $", shape)

    def expand(self) -> None:
        at = self.rng.randrange(len(self.shape))
        size = self.shape[at]
        factor = self.rng.choice([f for f in range(1, size + 1) if size % f == 0])
        groups = [[d + (d > at)] for d in range(len(self.shape))]
        groups[at] = [at, at + 1]
        shape = [*self.shape[:at], factor, size // factor, *self.shape[at + 1 :]]
        self._then(f"tensor.expand_shape # {groups} output_shape {shape} : $", shape)

    def slice(self) -> None:
        at = self.rng.randrange(len(self.shape))
        unit = self.rng.choice([1, 2, 4, 8])
        if self.shape[at] % unit == 0 and self.shape[at] > unit:
            offsets, sizes = [0] * len(self.shape), list(self.shape)
            offsets[at] = self.rng.randrange(0, self.shape[at], unit)
            sizes[at] = self.rng.randrange(unit, self.shape[at] - offsets[at] + 1, unit)
            ones = [1] * len(sizes)
            self._then(f"tensor.extract_slice #{offsets} {sizes} {ones} : $", sizes)

    def pad(self) -> None:
        at = self.rng.randrange(len(self.shape))
        low, high = [0] * len(self.shape), [0] * len(self.shape)
        low[at], high[at] = self.rng.choice([(0, 1), (2, 0), (8, 8), (0, 16)])
        shape = [sum(sizes) for sizes in zip(low, self.shape, high, strict=True)]
        indices = ", ".join(f"%i{d}: index" for d in range(len(shape)))
        body = f"{{\n^bb0({indices}):\n  tensor.yield %zero : f32\n}}"
        self._then(f"tensor.pad # low{low} high{high} {body} : $", shape)


def program(rng: random.Random) -> str:
    """A chain, contracted over some of its dims with an fp8 operand."""
    chain = Chain(rng)
    moves = (chain.transpose, chain.broadcast, chain.collapse, chain.expand, chain.slice, chain.pad)
    for _ in range(rng.randint(1, 5)):
        rng.choice(moves)()
    rank = len(chain.shape)
    reduction = [d for d in range(rank) if rng.random() < 0.5] or [rank - 1]
    parallel = [d for d in range(rank) if d not in reduction]

    def map_(dims: Sequence[int]) -> str:
        names = [f"d{d}" for d in range(rank + 1)]
        return f"affine_map<({', '.join(names)}) -> ({', '.join(names[d] for d in dims)})>"

    kinds = ['"reduction"' if d in reduction else '"parallel"' for d in range(rank + 1)]
    other = tensor([3, *(chain.shape[d] for d in reduction)], "f8E5M2")
    result = tensor([*(chain.shape[d] for d in parallel), 3])
    maps = [map_(range(rank)), map_([rank, *reduction]), map_([*parallel, rank])]
    newline = "\n"
    return f"""
func.func @main(%codes: {chain.codes}, %scales: {chain.scales}, %other: {other}, %init: {result})
    -> {result} {{
  %zero = arith.constant 0.0 : f32
{newline.join(chain.lines)}
  %r = linalg.generic {{indexing_maps = [{", ".join(maps)}], iterator_types = [{", ".join(kinds)}]}}
      ins({chain.value}, %other : {tensor(chain.shape)}, {other}) outs(%init : {result}) {{
  ^bb0(%x: f32, %y: f8E5M2, %o: f32):
    %e = arith.extf %y : f8E5M2 to f32
    %p = arith.mulf %x, %e : f32
    %s = arith.addf %p, %o : f32
    linalg.yield %s : f32
  }} -> {result}
  return %r : {result}
}}"""


def check(seeds: range) -> None:
    fused_count = 0
    for seed in seeds:
        module = parse(program(random.Random(seed)))
        fused, (remark,) = fuse(module)
        if remark.startswith("fused linalg.generic: "):
            fused_count += 1
            check_exact(module, fused)
        else:
            assert remark.startswith(LEFT_ALONE), (seed, remark)
            assert str(fused) == str(module)
    assert fused_count > 0.8 * len(seeds)


def test_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "SMALLEST_BLOCK", 1)
    check(range(60))


@pytest.mark.long
def test_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "SMALLEST_BLOCK", 1)
    check(range(60, 1000))
