"""Tensors in memory as a kernel loads and stores them: any element type, up to 16 bytes a lane."""

from typing import Any

from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.nest import bytes_of

_FLAGS = 0x27000
"""Of a raw buffer resource of gfx942: data format 32, as LLVM's own lowering sets it."""


def memory_type(element: Any, ir: Any) -> Any:
    """The element type in memory: index has 64 bits, i1 a byte."""
    if isinstance(element, ir.IndexType):
        return ir.IntegerType.get_signless(64)
    is_boolean = isinstance(element, ir.IntegerType) and element.width == 1
    return ir.IntegerType.get_signless(8) if is_boolean else element


def to_memory(e: Emitter, vector: Any) -> Any:
    """A vector as it is in memory."""
    (size,), element = vector.type.shape, vector.type.element_type
    memory = memory_type(element, e.ir)
    if memory == element:
        return vector
    cast = "index_cast" if isinstance(element, e.ir.IndexType) else "extui"
    return e.value(f"arith.{cast}", e.vector(size, memory), vector)


def from_memory(e: Emitter, vector: Any, element: Any) -> Any:
    """A vector of elements from how they are in memory."""
    if vector.type.element_type == element:
        return vector
    cast = "index_cast" if isinstance(element, e.ir.IndexType) else "trunci"
    return e.value(f"arith.{cast}", e.vector(vector.type.shape[0], element), vector)


class Buffer:
    """A 1-D memref of static size, whose bounds a buffer resource has.

    Loads outside of it give 0, stores vanish. It is amdgpu.raw_buffer_load for all element types
    that a kernel may have: those of 64 bits, index, and i1, of which memory has a byte each.
    """

    def __init__(self, e: Emitter, memref: Any) -> None:
        self.e, ir = e, e.ir
        self.element = memref.type.element_type
        (self.elements,) = memref.type.shape
        bytes_ = bytes_of(memref.type, ir)
        assert bytes_ is not None
        self.bytes = bytes_
        i16, i64 = (ir.IntegerType.get_signless(n) for n in (16, 64))
        pointer = e.value("memref.extract_aligned_pointer_as_index", e.index, memref)
        pointer = e.value("arith.index_cast", i64, pointer)
        pointer = e.value("llvm.inttoptr", ir.Type.parse("!llvm.ptr"), pointer)
        self._resource = e.value(
            "rocdl.make.buffer.rsrc",
            ir.Type.parse("!llvm.ptr<8>"),
            pointer,
            e.constant(ir.IntegerAttr.get(i16, 0)),
            e.constant(ir.IntegerAttr.get(i64, self.elements * self.bytes)),
            e.number(_FLAGS),
        )

    def load(self, index: Any, size: int) -> Any:
        """`size` elements from an i32 index, as a vector; an access that is aligned to its size."""
        vector = self._load(index, size)
        for at, inside, n in self._split_word(index, size):
            element = self.e.extract(self._load(at, 1), 0)
            vector = self.e.insert(
                self.e.select(inside, element, self.e.extract(vector, n)), vector, n
            )
        return vector

    def store(self, vector: Any, index: Any) -> None:
        """Store a vector from an i32 index; an access that is aligned to its size."""
        (size,) = vector.type.shape
        self._store(vector, index)
        for at, inside, n in self._split_word(index, size):
            place = self.e.select(inside, at, self.outside)
            self._store(self.e.slice(vector, n, 1), place)

    @property
    def outside(self) -> Any:
        """An index that is outside."""
        return self.e.number(self.elements)

    def _split_word(self, index: Any, size: int) -> list[tuple[Any, Any, int]]:
        """The elements at the end that share a word of an access with what is behind the end.

        The hardware takes a word that is not all inside for outside. For each of them its index,
        whether the access at `index` has it, and where.
        """
        in_word = max(1, min(size * self.bytes, 4) // self.bytes)
        split = self.elements % in_word
        first = self.elements // size * size
        if not split:
            return []
        inside = self.e.equal(index, first)
        behind = range(self.elements - split, self.elements)
        return [(self.e.number(n), inside, n - first) for n in behind]

    def _raw(self, size: int) -> tuple[Any, Any]:
        """The type that is loaded, and as a vector."""
        total, ir = size * self.bytes, self.e.ir
        word = ir.IntegerType.get_signless(8 * min(total, 4))
        vector = self.e.vector(max(1, total // 4), word)
        return (vector if total > 4 else word), vector

    def _operands(self, index: Any) -> list[Any]:
        offset = self.e.i32_op("muli", index, self.bytes) if self.bytes > 1 else index
        return [self._resource, offset, self.e.number(0)]

    def _load(self, index: Any, size: int) -> Any:
        e, (raw, vector) = self.e, self._raw(size)
        loaded = e.value("rocdl.raw.ptr.buffer.load", raw, *self._operands(index), aux="0 : i32")
        if raw != vector:
            loaded = e.value("vector.broadcast", vector, loaded)
        return from_memory(
            e, e.bitcast(loaded, size, memory_type(self.element, e.ir)), self.element
        )

    def _store(self, vector: Any, index: Any) -> None:
        e = self.e
        (size,) = vector.type.shape
        raw, type = self._raw(size)
        vector = e.bitcast(to_memory(e, vector), type.shape[0], type.element_type)
        if raw != type:
            vector = e.extract(vector, 0)
        attributes = {"aux": e.ir.Attribute.parse("0 : i32")}
        e.create("rocdl.raw.ptr.buffer.store", [], [vector, *self._operands(index)], attributes)
