"""What the host computes for a kernel: dynamic sizes, the grid, checks."""

from collections.abc import Sequence
from math import ceil
from typing import Any

from fnuz.passes.builder import Builder
from fnuz.passes.gfx942.sizes import Number


def as_i32(builder: Builder, value: Any) -> Any:
    """An index as a kernel takes it."""
    return builder.value("arith.index_cast", builder.ir.IntegerType.get_signless(32), value)


class Host:
    """Creates ops that compute with index values, at the point of a builder."""

    def __init__(self, builder: Builder, dynamic: Sequence[tuple[Any, int]]) -> None:
        """`dynamic` are the tensors and memrefs, and dims of them, of which a `Dynamic` speaks."""
        self.builder, self.ir = builder, builder.ir
        self.index = self.ir.IndexType.get()
        self.sizes = [self._dim(value, dim) for value, dim in dynamic]

    def number(self, n: Number) -> Any:
        """The value of a number."""
        if isinstance(n, int):
            return self.builder.constant(self.index, n)
        result = None if n.factor == 1 else self.number(n.factor)
        for size in n.of:
            factor = self.sizes[size]
            result = factor if result is None else self._op("muli", result, factor)
        return result

    def dynamic(self, type: Any, shape: Sequence[Number]) -> list[Any]:
        """The values of the dims of `shape` that are dynamic in a type."""
        return [self.number(n) for dim, n in enumerate(shape) if type.is_dynamic_dim(dim)]

    def grid(self, tiled: Sequence[tuple[Number, int]]) -> int | Any:
        """The number of workgroups, by the extents and what a workgroup covers of each."""
        static, result = 1, None
        for extent, covered in tiled:
            if isinstance(extent, int):
                static *= ceil(extent / covered)
                continue
            tiles = self.number(extent)
            if covered > 1:
                tiles = self._op("addi", tiles, self.number(covered - 1))
                tiles = self._op("divui", tiles, self.number(covered))
            result = tiles if result is None else self._op("muli", result, tiles)
        if result is None or static == 1:
            return result or static
        return self._op("muli", result, self.number(static))

    def check(self, numbers: Sequence[Number], most: int, message: str) -> None:
        """Stop the program with the message unless the sum of the numbers is below `most`."""
        total = self.number(0)
        for n in numbers:
            total = self._op("addi", total, self.number(n))
        attributes = {"msg": self.ir.StringAttr.get(message)}
        ult = {"predicate": self.ir.IntegerAttr.get(self.ir.IntegerType.get_signless(64), 6)}
        i1 = self.ir.IntegerType.get_signless(1)
        below = self.builder.value("arith.cmpi", i1, total, self.number(most), attributes=ult)
        self.builder.create("cf.assert", [], [below], attributes)

    def _dim(self, value: Any, dim: int) -> Any:
        of = "memref" if isinstance(value.type, self.ir.MemRefType) else "tensor"
        return self.builder.value(f"{of}.dim", self.index, value, self.number(dim))

    def _op(self, name: str, a: Any, b: Any) -> Any:
        return self.builder.value(f"arith.{name}", self.index, a, b)
