"""Builds the body of a kernel: i32 arithmetic, vectors, buffers, LDS and MFMA."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any

from fnuz.bindings import Bindings
from fnuz.passes.gfx942.sizes import Dynamic, Number

Term = tuple[Any, Number]
"""A value and what it is multiplied by."""


class Emitter:
    """Creates ops at `point`, which is the start of a kernel at first.

    Numbers of the kernel are i32: an address is one register then.
    """

    def __init__(self, bindings: Bindings, location: Any, point: Any) -> None:
        self.ir = bindings.ir
        self.sizes: Sequence[Any] = ()
        """The sizes that `Dynamic` numbers speak of."""
        self.location, self.point = location, point
        self.i16 = self.ir.IntegerType.get_signless(16)
        self.i32 = self.ir.IntegerType.get_signless(32)
        self.i64 = self.ir.IntegerType.get_signless(64)
        self.f32 = self.ir.F32Type.get()
        self.index = self.ir.IndexType.get()
        self._start = point.block
        self._numbers: dict[int, Any] = {}

    def create(
        self,
        name: str,
        results: Sequence[Any],
        operands: Sequence[Any],
        attributes: dict[str, Any] | None = None,
        regions: int = 0,
    ) -> Any:
        """Create an op and return it."""
        return self.ir.Operation.create(
            name, results, operands, attributes, None, regions, self.location, self.point
        )

    def value(self, name: str, type: Any, *operands: Any, **attributes: Any) -> Any:
        """Create an op with one result and return that. An attribute may be a text."""
        parsed = {
            k: self.ir.Attribute.parse(v) if isinstance(v, str) else v
            for k, v in attributes.items()
        }
        return self.create(name, [type], operands, parsed).results[0]

    def vector(self, size: int, element: Any) -> Any:
        """A type."""
        return self.ir.VectorType.get([size], element)

    def number(self, n: Number) -> Any:
        """An i32: a constant at the start of the kernel, or a product of dynamic sizes here."""
        if isinstance(n, Dynamic):
            result = None if n.factor == 1 else self.number(n.factor)
            for size in (self.sizes[number] for number in n.of):
                result = size if result is None else self.i32_op("muli", result, size)
            return result
        if n not in self._numbers:
            here = self.point
            self.point = self.ir.InsertionPoint.at_block_begin(self._start)
            attr = self.ir.IntegerAttr.get(self.i32, _signed(n, 32))
            self._numbers[n] = self.value("arith.constant", self.i32, value=attr)
            self.point = here
        return self._numbers[n]

    def constant(self, attr: Any) -> Any:
        """A constant of a typed attribute, here."""
        return self.value("arith.constant", attr.type, value=attr)

    def zeros(self, type: Any) -> Any:
        """A vector of zeros of any element type."""
        zero = "0.0" if isinstance(type.element_type, self.ir.FloatType) else "0"
        return self.value("arith.constant", type, value=f"dense<{zero}> : {type}")

    def nothing(self, type: Any) -> Any:
        """A vector of floats that added to others change none: -0, for 0 makes 0 of -0."""
        return self.value("arith.constant", type, value=f"dense<-0.0> : {type}")

    def i32_op(self, name: str, a: Any, b: Any) -> Any:
        """`arith.<name>` of two values or Python numbers."""
        a, b = (self.number(v) if isinstance(v, Number) else v for v in (a, b))
        return self.value(f"arith.{name}", self.i32, a, b)

    def bits(self, name: str, vector: Any, n: Any) -> Any:
        """`arith.<name>` of each integer of a vector and a Python number, or another vector."""
        if isinstance(n, int):
            element = vector.type.element_type
            attr = self.ir.IntegerAttr.get(element, _signed(n, element.width))
            n = self.constant(self.ir.DenseElementsAttr.get_splat(vector.type, attr))
        return self.value(f"arith.{name}", vector.type, vector, n)

    def sum(self, terms: Sequence[Term], start: Number = 0) -> Any:
        """The sum of `start` and products, with as few ops as that needs."""
        total = None
        for value, factor in terms:
            if factor == 0:
                continue
            term = value if factor == 1 else self.i32_op("muli", value, factor)
            total = term if total is None else self.i32_op("addi", total, term)
        if total is None:
            return self.number(start)
        return self.i32_op("addi", total, start) if start else total

    def split(self, value: Any, *sizes: Any) -> list[Any]:
        """The digits of a number, the last one fastest; the first has no size.

        A size is a number or a value.
        """
        digits = []
        for size in reversed(sizes):
            digits.append(self.i32_op("remui", value, size))
            value = self.i32_op("divui", value, size)
        return [value, *reversed(digits)]

    def tiles(self, extent: Number, size: int) -> Number | Any:
        """How many tiles of a size there are in an extent."""
        if isinstance(extent, int):
            return ceil(extent / size)
        return self.i32_op("divui", self.i32_op("addi", extent, size - 1), size)

    def id(self, name: str, bound: int | None) -> Any:
        """`gpu.thread_id x` or `gpu.block_id x`, below `bound` where that is known."""
        attributes = {} if bound is None else {"upper_bound": f"{bound} : index"}
        found = self.value(f"gpu.{name}", self.index, dimension="#gpu<dim x>", **attributes)
        return self.value("arith.index_cast", self.i32, found)

    def below(self, value: Any, bound: Number) -> Any:
        """value < bound, as i1."""
        boolean = self.ir.IntegerType.get_signless(1)
        return self.value(
            "arith.cmpi", boolean, value, self.number(bound), predicate="6 : i64"
        )  # ult

    def equal(self, value: Any, number: int) -> Any:
        """value == number, as i1."""
        boolean = self.ir.IntegerType.get_signless(1)
        return self.value("arith.cmpi", boolean, value, self.number(number), predicate="0 : i64")

    def both(self, a: Any, b: Any) -> Any:
        """Whether two i1 hold."""
        return self.value("arith.andi", a.type, a, b)

    def select(self, condition: Any, a: Any, b: Any) -> Any:
        """`a` where the condition holds, else `b`."""
        return self.value("arith.select", a.type, condition, a, b)

    def sized(self, memref: Any, elements: Number) -> Any:
        """A 1-D memref of so many elements from an argument, which has none that is dynamic."""
        if isinstance(elements, int):
            return memref
        size = self.value("arith.index_cast", self.index, self.number(elements))
        dynamic = self.ir.ShapedType.get_dynamic_size()
        return self.value(
            "memref.reinterpret_cast",
            self.ir.MemRefType.get([dynamic], memref.type.element_type),
            memref,
            size,
            static_offsets="array<i64: 0>",
            static_sizes=f"array<i64: {dynamic}>",
            static_strides="array<i64: 1>",
            operandSegmentSizes="array<i32: 1, 0, 1, 0>",
        )

    def buffer_load(self, memref: Any, index: Any, size: int, start: Any = None) -> Any:
        """`size` elements of a 1-D memref from `index`, as a vector; 0 where it has none.

        `start`, in elements and the same in all lanes, is added to the index.
        """
        element = memref.type.element_type
        type = self.vector(size, element) if size > 1 else element
        loaded = self.value(
            "amdgpu.raw_buffer_load",
            type,
            memref,
            index,
            *([] if start is None else [start]),
            boundsCheck="true",
            operandSegmentSizes=f"array<i32: 1, 1, {int(start is not None)}>",
        )
        if size > 1:
            return loaded
        return self.value("vector.broadcast", self.vector(1, element), loaded)

    def buffer_store(self, vector: Any, memref: Any, index: Any) -> None:
        """Store a vector to a 1-D memref from `index`; what is outside of it vanishes."""
        if vector.type.shape == [1]:
            vector = self.extract(vector, 0)
        attributes = {
            "boundsCheck": self.ir.BoolAttr.get(True),
            "operandSegmentSizes": self.ir.DenseI32ArrayAttr.get([1, 1, 1, 0]),
        }
        self.create("amdgpu.raw_buffer_store", [], [vector, memref, index], attributes)

    def lds_load(self, memref: Any, index: Any, size: int) -> Any:
        """`size` elements of LDS from an i32 index."""
        at = self.value("arith.index_cast", self.index, index)
        return self.value("vector.load", self.vector(size, memref.type.element_type), memref, at)

    def lds_store(self, vector: Any, memref: Any, index: Any) -> None:
        """Store a vector to LDS."""
        at = self.value("arith.index_cast", self.index, index)
        self.create("vector.store", [], [vector, memref, at])

    def barrier(self) -> None:
        """Wait for the LDS of the workgroup."""
        self.create("amdgpu.lds_barrier", [], [])

    def hidden(self, value: Any) -> Any:
        """The same i32 in a vector register; LLVM does not know that it is the same.

        So it is computed as it stands, and not with what uses it.
        """
        return self.value("llvm.inline_asm", self.i32, value, asm_string='""', constraints='"=v,0"')

    def keep_order(self) -> None:
        """Let the scheduler move nothing over this point."""
        mask = self.ir.Attribute.parse("#rocdl<sched_group_mask none>")
        self.create("rocdl.sched.barrier", [], [], {"mask": mask})

    def extract(self, vector: Any, n: int) -> Any:
        """An element."""
        return self.value(
            "vector.extract",
            vector.type.element_type,
            vector,
            static_position=f"array<i64: {n}>",
        )

    def insert(self, element: Any, vector: Any, n: int) -> Any:
        """The vector with another element `n`."""
        at = f"array<i64: {n}>"
        return self.value("vector.insert", vector.type, element, vector, static_position=at)

    def broadcast(self, scalar: Any, size: int) -> Any:
        """A vector of one number."""
        return self.value("vector.broadcast", self.vector(size, scalar.type), scalar)

    def slice(self, vector: Any, start: int, size: int) -> Any:
        """Consecutive elements."""
        return self.value(
            "vector.extract_strided_slice",
            self.vector(size, vector.type.element_type),
            vector,
            offsets=f"[{start}]",
            sizes=f"[{size}]",
            strides="[1]",
        )

    def join(self, vectors: Sequence[Any]) -> Any:
        """Vectors of one size behind each other."""
        if len(vectors) == 1:
            return vectors[0]
        (size,) = vectors[0].type.shape
        whole = self.zeros(self.vector(size * len(vectors), vectors[0].type.element_type))
        for n, vector in enumerate(vectors):
            whole = self.value(
                "vector.insert_strided_slice",
                whole.type,
                vector,
                whole,
                offsets=f"[{n * size}]",
                strides="[1]",
            )
        return whole

    def bitcast(self, vector: Any, size: int, element: Any) -> Any:
        """The bits of a vector as another."""
        return self.value("vector.bitcast", self.vector(size, element), vector)

    def permute_bytes(self, high: Any, low: Any, selector: int) -> Any:
        """v_perm_b32: byte n of the result is byte `selector[n]` of 8, those of `low` first."""
        return self.value(
            "llvm.call_intrinsic",
            self.i32,
            high,
            low,
            self.number(selector),
            intrin='"llvm.amdgcn.perm"',
            op_bundle_sizes="array<i32>",
            operandSegmentSizes="array<i32: 3, 0>",
        )

    def transpose(self, words: Sequence[Any]) -> list[Any]:
        """4 vectors: byte n of each i32 is in the n-th. `words` are a multiple of 4."""
        rows: list[list[Any]] = [[], [], [], []]
        for j in range(0, len(words), 4):
            # Bytes 0 and 1, then 2 and 3, of pairs of words beside each other.
            pairs = [(words[j + i + 1], words[j + i]) for i in (0, 2)]
            low = [self.permute_bytes(*pair, 0x05010400) for pair in pairs]
            high = [self.permute_bytes(*pair, 0x07030602) for pair in pairs]
            for n, (first, second) in enumerate((low, high)):
                rows[2 * n].append(self.permute_bytes(second, first, 0x05040100))
                rows[2 * n + 1].append(self.permute_bytes(second, first, 0x07060302))
        one = self.vector(1, self.i32)
        return [self.join([self.value("vector.broadcast", one, w) for w in row]) for row in rows]

    def mfma(self, a: Any, b: Any, c: Any, rows: int, depth: int) -> Any:
        """c + a * b, of `rows` x `rows` x `depth`."""
        return self.value(
            "amdgpu.mfma",
            c.type,
            a,
            b,
            c,
            m=f"{rows} : i32",
            n=f"{rows} : i32",
            k=f"{depth} : i32",
            blocks="1 : i32",
            cbsz="0 : i32",
            abid="0 : i32",
            blgp="#rocdl<mfma_perm_b none>",
        )

    def when(self, condition: Any, body: Callable[[], None]) -> None:
        """`body()` where the condition holds."""
        op = self.create("scf.if", [], [condition], regions=2)
        outside, self.point = self.point, self.ir.InsertionPoint(op.regions[0].blocks.append())
        body()
        self.create("scf.yield", [], [])
        self.point = outside

    def loop(
        self,
        count: int,
        carried: Sequence[Any],
        body: Callable[[Any, list[Any]], Sequence[Any]],
    ) -> list[Any]:
        """`body(n, values)` for n from 0, which gives the next values; their last ones."""
        bounds = [self.number(0), self.number(count), self.number(1)]
        types = [v.type for v in carried]
        op = self.create("scf.for", types, [*bounds, *carried], regions=1)
        block = op.regions[0].blocks.append(
            self.i32, *types, arg_locs=[self.location] * (len(types) + 1)
        )
        outside, self.point = self.point, self.ir.InsertionPoint(block)
        self.create("scf.yield", [], body(block.arguments[0], list(block.arguments)[1:]))
        self.point = outside
        return list(op.results)


def _signed(n: int, width: int) -> int:
    """The number with the same bits that an attribute of a signless type takes."""
    return n - (1 << width) if n >> (width - 1) == 1 else n
