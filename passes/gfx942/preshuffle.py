"""Constant operands, shuffled at compile time to the order in which waves load them.

A block is what one load of a wave brings: a chunk of 16 bytes for each of 64 lanes, 32 rows by 32 k
or 16 by 64, as the MFMA wants them. So it goes from memory to the registers of the MFMA, without
LDS, in 1024 bytes that are beside each other. Blocks that follow along k follow in memory, then
those that follow along the rows. The blocks at the edges are filled up with zeros.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import ceil
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from fnuz.bindings import Bindings
from fnuz.dialect.formats import FORMATS
from fnuz.passes import structured
from fnuz.passes.constants import codes_of
from fnuz.passes.gfx942 import ocp
from fnuz.passes.gfx942.contraction import Digit, Maps, Side
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.main_loop import At, Piece
from fnuz.passes.gfx942.sizes import known, static
from fnuz.passes.gfx942.tiles import CHUNK, Tile
from fnuz.passes.registry import NoRule

BLOCK = 64 * CHUNK
"""Bytes of a load of a wave."""

_ROWS, _DEPTH = 128, 512
"""Of what is shuffled in one go: it stays in the cache while it is transposed."""


def can_shuffle(side: Side) -> bool:
    """Whether an operand is one of static sizes without padding."""
    return not side.bounds and static(side.elements, side.extent)


def in_blocks(side: Side, depth: int, rows: int) -> Side:
    """The operand in blocks of `rows` rows: where its elements are then, not yet the value."""
    extent, step = known(side.extent), BLOCK // rows
    row = ceil(depth / step) * BLOCK // rows
    size = ceil(extent / rows) * rows * row
    batches: list[Digit] = []
    for digit in reversed(side.batches):
        batches.insert(0, Digit(digit.size, size if digit.stride else 0, ()))
        size *= known(digit.size) if digit.stride else 1
    return replace(
        side,
        elements=size,
        offset=0,
        rows=(Digit(extent, row, ()),),
        products=(Digit(depth, rows, ()),),
        batches=tuple(batches),
        through=(),
        block=rows,
    )


def shuffled(codes: NDArray[np.uint8], side: Side, depth: int, rows: int) -> NDArray[np.uint8]:
    """The bytes of the blocks of an operand whose elements are `codes`, in one dimension."""
    moving = [digit for digit in side.batches if digit.stride]
    batch, extent = [known(digit.size) for digit in moving], known(side.extent)
    digits = [*moving, *side.rows, *side.products]
    source = as_strided(
        codes.ravel()[known(side.offset) :],
        [known(digit.size) for digit in digits],
        [known(digit.stride) for digit in digits],
    ).reshape(*batch, extent, depth)
    groups, step = 64 // rows, BLOCK // rows
    shape = (*batch, ceil(extent / rows), ceil(depth / step), groups, rows, CHUNK)
    result = np.zeros(shape, np.uint8)
    for index in np.ndindex(*batch):
        for row in range(0, extent, _ROWS):
            for k in range(0, depth, _DEPTH):
                part = source[index][row : row + _ROWS, k : k + _DEPTH]
                height, width = ceil(part.shape[0] / rows), ceil(part.shape[1] / step)
                whole = np.zeros((height * rows, width * step), np.uint8)
                whole[: part.shape[0], : part.shape[1]] = part
                chunks = whole.view(f"V{CHUNK}").reshape(height, rows, width, groups)
                at = (row // rows, k // step)
                place = result[index][at[0] : at[0] + height, at[1] : at[1] + width]
                place.view(f"V{CHUNK}")[..., 0] = chunks.transpose(0, 2, 3, 1)
    return result.ravel()


def constant_of(
    codes: NDArray[np.uint8], side: Side, depth: int, rows: int, bindings: Bindings
) -> Any:
    """The attribute with the blocks of an operand whose elements are `codes`, in one dimension."""
    ir = bindings.ir
    element, size = side.value.type.element_type, known(in_blocks(side, depth, rows).elements)
    type = ir.RankedTensorType.get([size], element)
    if not any(codes.strides) and size == codes.size:  # one number, and no zeros beside it
        value = FORMATS[str(element)].decode(codes.flat[0])
        return ir.DenseElementsAttr.get_splat(type, ir.FloatAttr.get(element, float(value)))
    return ir.DenseResourceElementsAttr.get_from_buffer(
        shuffled(codes, side, depth, rows), "preshuffled", type, alignment=CHUNK
    )


def codes_in(value: Any, maps_of: Maps, bindings: Bindings) -> NDArray[np.uint8] | None:
    """The codes of an fp8 tensor that is constant, also behind reshapes and transposes.

    In the shape of the tensor; None when it is not constant, or its bytes were elided.
    """
    ir = bindings.ir
    type = value.type
    if isinstance(value, ir.BlockArgument) or not isinstance(type, ir.RankedTensorType):
        return None
    if not type.has_static_shape:
        return None
    op, shape = value.owner.operation, list(type.shape)
    if op.name == "arith.constant":
        try:
            found = codes_of(op.attributes["value"], bindings)
        except NoRule:
            return None
        return np.broadcast_to(found, shape) if found.size == 1 else found.reshape(shape)
    if op.name not in (*_RESHAPES, "linalg.transpose", "linalg.generic"):
        return None
    permutation: Sequence[int] | None = None
    if op.name not in _RESHAPES:
        permutation = _moved(op, maps_of(op), ir)
        if permutation is None:
            return None
    codes = codes_in(op.operands[0], maps_of, bindings)
    if codes is None:
        return None
    return codes.reshape(shape) if permutation is None else codes.transpose(permutation)


def ops_behind(value: Any) -> list[Any]:
    """The ops that make a value of which `codes_in` gives the codes, the constant last."""
    ops = [value.owner.operation]
    while list(ops[-1].operands):
        ops.append(ops[-1].operands[0].owner.operation)
    return ops


_RESHAPES = ("tensor.collapse_shape", "tensor.expand_shape", "tensor.cast")


def _moved(op: Any, maps: Sequence[Any], ir: Any) -> list[int] | None:
    """Which dim of its input each dim of the result of a linalg op is, if it only moves them."""
    inputs, _ = structured.inputs_and_inits(op, ir)
    block = op.regions[0].blocks[0]
    if len(inputs) != 1 or structured.yielded(op) != [block.arguments[0]]:
        return None
    of_input, of_result = (
        [ir.AffineDimExpr(e).position for e in map_.results] if map_.is_permutation else None
        for map_ in maps
    )
    if of_input is None or of_result is None:
        return None
    return [of_input.index(dim) for dim in of_result]


class Direct:
    """A shuffled operand: each wave loads what it multiplies, from memory to registers."""

    shared = False
    notes_nan = False

    def __init__(
        self,
        e: Emitter,
        side: Side,
        tile: Tile,
        share: int,
        first: Any,
        batch: Sequence[Any],
        lane: Any,
        buffer: Any,
    ) -> None:
        """`share` are the rows of a wave, of which `first` is the number of the first one."""
        self.e, self.buffer = e, buffer
        # As many as the body of the loop has, but the one whose registers the load gets.
        self.ahead = 2 * tile.steps - 1
        batches = zip(batch, (digit.stride for digit in side.batches), strict=True)
        start = e.sum([(first, side.row), (lane, CHUNK), *batches])
        self.places = [e.sum([(start, 1)], n * side.row) for n in range(0, share, tile.rows)]
        self._loaded: list[list[Any]] = []

    def load(self, place: At) -> list[Piece]:
        """Load a step."""
        start = place.times(self.e, BLOCK)
        vectors: list[Any] = []
        self._loaded.append(vectors)

        def block(at: Any) -> None:
            vectors.append(self.e.buffer_load(self.buffer, at, CHUNK, start))

        return [partial(block, at) for at in self.places]

    def store(self, stage: int) -> list[Piece]:
        """Nothing: it does not go through LDS."""
        return []

    def read(self, step: int, stage: int) -> list[Piece]:
        """Nothing."""
        return []

    def fragments(self) -> Sequence[Any]:
        """What was loaded, for the next step."""
        return self._loaded.pop(0)

    @property
    def under_way(self) -> list[list[Any]]:
        """What was loaded and not yet taken."""
        return self._loaded

    def store_nan(self, otherwise: int) -> list[Piece]:
        """Nothing: NaN is NaN in it."""
        return []

    def all_of(self, code: int) -> list[Any]:
        """What `fragments` gives of a tile of one code."""
        return [ocp.chunk_of(self.e, code, self.buffer.type.element_type)] * len(self.places)
