"""The body of the kernel that adds the partial sums of a GEMM whose depth was split.

The first kernel writes them in f32, those of each part of the depth behind those of the part
before. Here they are added to the init in that order, so that each run gives the same bits; no
atomics, whose order is not fixed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fnuz.passes.gfx942.contraction import Gemm
from fnuz.passes.gfx942.emitter import Emitter
from fnuz.passes.gfx942.epilogue import Step
from fnuz.passes.gfx942.gemm import Results, block
from fnuz.passes.gfx942.gemm import workgroups as _workgroups
from fnuz.passes.gfx942.sizes import known

THREADS = 64
"""One wave: the kernel is small, and many workgroups load more at once."""


@dataclass(frozen=True)
class _Tile:
    """What a wave adds up: 4 results a lane, along `inner` first."""

    inner: int
    outer: int


def _tile(gemm: Gemm) -> _Tile:
    lanes = 1
    while lanes < 64 and 4 * lanes < known(gemm.inner.extent):
        lanes *= 2
    return _Tile(4 * lanes, 64 // lanes)


def workgroups(gemm: Gemm) -> int:
    """How many workgroups the kernel needs."""
    return _workgroups(gemm, _tile(gemm))


def emit(
    e: Emitter,
    gemm: Gemm,
    of_parts: Gemm,
    sums: Any,
    *,
    steps: Sequence[Step],
    init: Any | None,
    inputs: Sequence[Any],
    result: Any,
) -> None:
    """Emit the body of the kernel: `sums` are the results of `of_parts`, a split of `gemm`.

    The other arguments are as in gemm.emit.
    """
    tile = _tile(gemm)
    block_inner, block_outer, batch = block(e, gemm, tile)
    outer, inner = e.split(e.id("thread_id", THREADS), tile.inner // 4)
    rows = (
        e.sum([(block_inner, tile.inner), (inner, 4)]),
        e.sum([(block_outer, tile.outer), (outer, 1)]),
    )
    fours = [(0, 0, 0, 0)]
    parts = [
        Results(e, of_parts, tile, *rows, [e.number(n), *batch], fours).load(sums)[0]
        for n in range(of_parts.parts)
    ]
    results = Results(e, gemm, tile, *rows, batch, fours)
    total = e.zeros(parts[0].type) if init is None else results.load(init)[0]
    for part in parts:
        total = e.value("arith.addf", total.type, total, part)
    results.store([total], result, steps, inputs)
