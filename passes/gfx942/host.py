"""What the host does around a kernel: sizes, the grid, the launch."""

from collections.abc import Sequence
from typing import Any

from fnuz.passes.builder import Builder
from fnuz.passes.gfx942.sizes import Number


class Host:
    """Creates ops that compute with index values, at the point of a builder."""

    def __init__(self, builder: Builder, dynamic: Sequence[tuple[Any, int]]) -> None:
        """`dynamic` are the tensors, and dims of them, whose sizes a `Dynamic` speaks of."""
        self.builder, self.ir = builder, builder.ir
        self.index = self.ir.IndexType.get()
        self.sizes = [
            builder.value("tensor.dim", self.index, value, self.number(dim))
            for value, dim in dynamic
        ]

    def number(self, n: Number) -> Any:
        """The value of a number."""
        if isinstance(n, int):
            return self.builder.constant(self.index, n)
        result = None if n.factor == 1 else self.number(n.factor)
        for size in n.of:
            factor = self.sizes[size]
            result = factor if result is None else self._op("muli", result, factor)
        return result

    def grid(self, tiled: Sequence[tuple[Number, int]]) -> Any:
        """The number of workgroups, by the extents and what a workgroup covers of each."""
        static, result = 1, None
        for extent, covered in tiled:
            if isinstance(extent, int):
                static *= -(-extent // covered)
                continue
            tiles = self.number(extent)
            if covered > 1:
                tiles = self._op("addi", tiles, self.number(covered - 1))
                tiles = self._op("divui", tiles, self.number(covered))
            result = tiles if result is None else self._op("muli", result, tiles)
        if result is None:
            return self.number(static)
        return result if static == 1 else self._op("muli", result, self.number(static))

    def check(self, numbers: Sequence[Number], most: int, message: str) -> None:
        """Stop the program with the message unless the sum of the numbers is below `most`."""
        total = self.number(0)
        for n in numbers:
            total = self._op("addi", total, self.number(n))
        attributes = {"msg": self.ir.StringAttr.get(message)}
        below = self._compare("ult", total, self.number(most))
        self.builder.create("cf.assert", [], [below], attributes)

    def launch(
        self, kernel: Any, grid: Any, threads: int, arguments: Sequence[Any], *, maybe_none: bool
    ) -> None:
        """Launch a kernel; with `maybe_none` only where the grid is not empty."""
        b, ir = self.builder, self.ir
        one = self.number(1)
        sizes = [grid, one, one, self.number(threads), one, one]
        groups = ir.DenseI32ArrayAttr.get([0, *[1] * 6, *[0] * 4, len(arguments), 0])
        attributes = {"kernel": kernel, "operandSegmentSizes": groups}
        around = b.point
        if maybe_none:
            any_ = self._compare("ne", grid, self.number(0))
            block = b.create("scf.if", [], [any_], regions=2).regions[0].blocks.append()
            b.point = ir.InsertionPoint(block)
        b.create("gpu.launch_func", [], [*sizes, *arguments], attributes)
        if maybe_none:
            b.create("scf.yield", [])
        b.point = around

    def as_i32(self, value: Any) -> Any:
        """An index as the kernel takes it."""
        return self.builder.value("arith.index_cast", self.ir.IntegerType.get_signless(32), value)

    def _op(self, name: str, a: Any, b: Any) -> Any:
        return self.builder.value(f"arith.{name}", self.index, a, b)

    def _compare(self, predicate: str, a: Any, b: Any) -> Any:
        boolean = self.ir.IntegerType.get_signless(1)
        number = {"ne": 1, "ult": 6}[predicate]
        i64 = self.ir.IntegerType.get_signless(64)
        attributes = {"predicate": self.ir.IntegerAttr.get(i64, number)}
        return self.builder.value("arith.cmpi", boolean, a, b, attributes=attributes)
