"""Lanes that share a row: a part of a wave, or a workgroup, and how they combine their values."""

from collections.abc import Callable
from typing import Any

from fnuz.passes.gfx942.buffers import from_memory, memory_type, to_memory
from fnuz.passes.gfx942.emitter import Emitter

WAVE = 64
"""Lanes of a wave."""

Combine = Callable[[Any, Any], Any]
"""Makes one value, or vector, of two."""


class Team:
    """`size` lanes, a power of two: of a wave, or whole waves that are a workgroup.

    `lds` is a memref of i32 in LDS with `words(size)` elements, for a team of several waves.
    """

    def __init__(self, e: Emitter, size: int, thread: Any, lds: Any | None) -> None:
        self.e, self.size, self.thread, self.lds = e, size, thread, lds

    def combined(self, value: Any, combine: Combine) -> Any:
        """One scalar of those of all lanes, the same in each of them.

        Lanes of a wave are combined with those whose number differs in one bit, from the highest
        bit on; the waves of a workgroup in their order.
        """
        e = self.e
        distance = min(self.size, WAVE) // 2
        while distance:
            value = combine(value, self._from_lane(value, distance))
            distance //= 2
        if self.lds is None:
            return value
        words = self._words(value)
        wave = e.i32_op("divui", self.thread, WAVE)
        count = words.type.shape[0]
        first = e.i32_op("muli", wave, count)
        e.barrier()  # What was combined before has been read.
        # All lanes of a wave have the same words.
        e.lds_store(words, self.lds, first)
        e.barrier()
        total = None
        for n in range(self.size // WAVE):
            of_wave = self._value(e.lds_load(self.lds, e.number(n * count), count), value.type)
            total = of_wave if total is None else combine(total, of_wave)
        return total

    def _from_lane(self, value: Any, distance: int) -> Any:
        """The value of the lane whose number differs in one bit."""
        e, words = self.e, self._words(value)
        count = words.type.shape[0]
        boolean = e.ir.IntegerType.get_signless(1)
        shuffled = []
        for n in range(count):
            operands = [e.extract(words, n), e.number(distance), e.number(WAVE)]
            mode = {"mode": e.ir.Attribute.parse("#gpu<shuffle_mode xor>")}
            op = e.create("gpu.shuffle", [e.i32, boolean], operands, mode)
            shuffled.append(e.broadcast(op.results[0], 1))
        return self._value(e.join(shuffled), value.type)

    def _words(self, value: Any) -> Any:
        """The bits of a scalar as a vector of i32."""
        e, ir = self.e, self.e.ir
        vector = to_memory(e, e.broadcast(value, 1))
        width = vector.type.element_type.width
        bits = e.bitcast(vector, 1, ir.IntegerType.get_signless(width))
        if width < 32:
            return e.value("arith.extui", e.vector(1, e.i32), bits)
        return e.bitcast(bits, width // 32, e.i32)

    def _value(self, words: Any, type: Any) -> Any:
        """The scalar of a type that `_words` took."""
        e, ir = self.e, self.e.ir
        memory = memory_type(type, ir)
        if memory.width < 32:
            narrow = e.vector(1, ir.IntegerType.get_signless(memory.width))
            words = e.value("arith.trunci", narrow, words)
        return e.extract(from_memory(e, e.bitcast(words, 1, memory), type), 0)


def across(e: Emitter, vector: Any, combine: Combine) -> Any:
    """One scalar of the elements of a vector: neighbours first, then pairs of them."""
    values = [e.extract(vector, n) for n in range(vector.type.shape[0])]
    while len(values) > 1:
        values = [combine(a, b) for a, b in zip(values[::2], values[1::2], strict=True)]
    return values[0]


def words(size: int) -> int:
    """How many i32 of LDS a team of `size` lanes needs; 0 in a wave."""
    return 2 * size // WAVE if size > WAVE else 0
