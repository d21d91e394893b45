"""The matrix unit: v_mfma_* on gfx942.

D = A B + C for one or several blocks. AMD documents neither the order nor the precision inside.
Here each element is C + a0*b0 + a1*b1 + ... with k ascending, in f32, each step rounded once (the
products of fp8, f16 and bf16 are exact in f32, those of f32 are fused); i8 in i32. So results are
those of the hardware where every partial sum is exact, and within the bound of an f32 sum
elsewhere. The f32 mode does not count: subnormal numbers are kept.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fnuz.emulator import conversions, floats
from fnuz.emulator.errors import ParseError, UnknownInstruction
from fnuz.emulator.operands import Constant, Operand, Register
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import LANES, Array, Waves
from fnuz.emulator.salu import Runner
from fnuz.emulator.valu import base_name


@dataclass(frozen=True)
class Shape:
    """M = N = `size`; `k`; `blocks` of them; `passes` of 4 clocks; XDL or the f32 unit."""

    size: int
    k: int
    blocks: int
    passes: int
    xdl: bool
    a: str
    b: str


def _shapes() -> dict[str, Shape]:
    rows: dict[str, Shape] = {}
    for a in ("fp8", "bf8"):
        for b in ("fp8", "bf8"):
            rows[f"v_mfma_f32_16x16x32_{a}_{b}"] = Shape(16, 32, 1, 4, True, a, b)
            rows[f"v_mfma_f32_32x32x16_{a}_{b}"] = Shape(32, 16, 1, 8, True, a, b)
    for kind in ("f16", "bf16"):
        rows |= {
            f"v_mfma_f32_32x32x8_{kind}": Shape(32, 8, 1, 8, True, kind, kind),
            f"v_mfma_f32_16x16x16_{kind}": Shape(16, 16, 1, 4, True, kind, kind),
            f"v_mfma_f32_32x32x4_2b_{kind}": Shape(32, 4, 2, 16, True, kind, kind),
            f"v_mfma_f32_16x16x4_4b_{kind}": Shape(16, 4, 4, 8, True, kind, kind),
            f"v_mfma_f32_4x4x4_16b_{kind}": Shape(4, 4, 16, 2, True, kind, kind),
        }
    rows |= {
        "v_mfma_f32_32x32x2_f32": Shape(32, 2, 1, 16, False, "f32", "f32"),
        "v_mfma_f32_16x16x4_f32": Shape(16, 4, 1, 8, False, "f32", "f32"),
        "v_mfma_f32_32x32x1_2b_f32": Shape(32, 1, 2, 16, False, "f32", "f32"),
        "v_mfma_f32_16x16x1_4b_f32": Shape(16, 1, 4, 8, False, "f32", "f32"),
        "v_mfma_f32_4x4x1_16b_f32": Shape(4, 1, 16, 2, False, "f32", "f32"),
        "v_mfma_i32_32x32x16_i8": Shape(32, 16, 1, 8, True, "i8", "i8"),
        "v_mfma_i32_16x16x32_i8": Shape(16, 32, 1, 4, True, "i8", "i8"),
        "v_mfma_i32_32x32x4_2b_i8": Shape(32, 4, 2, 16, True, "i8", "i8"),
        "v_mfma_i32_16x16x4_4b_i8": Shape(16, 4, 4, 8, True, "i8", "i8"),
        "v_mfma_i32_4x4x4_16b_i8": Shape(4, 4, 16, 2, True, "i8", "i8"),
    }
    return rows


ROWS = _shapes()
_BYTES = {"fp8": 1, "bf8": 1, "i8": 1, "f16": 2, "bf16": 2, "f32": 4}


def shape_of(name: str) -> Shape | None:
    """The row of an instruction, None for one that is no MFMA or not here."""
    name = base_name(name)
    if name not in ROWS and (
        match := re.match(r"(v_mfma_\w+x\d+)(?:_(\d+b))?_?(f16|bf16_1k|i8|f32)$", name)
    ):
        # The names before gfx940: v_mfma_f32_32x32x8f16, v_mfma_f32_32x32x8bf16_1k.
        kind = match.group(3).removesuffix("_1k")
        blocks = f"_{match.group(2)}" if match.group(2) else ""
        name = f"{match.group(1)}{blocks}_{kind}"
    return ROWS.get(name)


def _elements(kind: str, octets: Array) -> Array:
    """Bytes (..., n) to the values that they hold: float32, or int32 for i8."""
    if kind in conversions.FORMATS:
        return conversions.decode(kind, octets)
    if kind == "i8":
        return octets.view(np.int8).astype(np.int32)
    if kind == "bf16":
        return (octets.view(np.uint16).astype(np.uint32) << np.uint32(16)).view(np.float32)
    return octets.view({"f16": np.float16, "f32": np.float32}[kind]).astype(np.float32)


def _operand(waves: Waves, first: int, kind: str, shape: Shape) -> Array:
    """A as (waves, blocks, row, k); B, whose rows are columns, alike.

    Lane l has row l % size of group l / size; a group is a block when there are several, else a
    run of consecutive k.
    """
    per_lane = shape.k * shape.size * shape.blocks // LANES
    count = max(1, per_lane * _BYTES[kind] // 4)
    words = np.stack([waves.read_vector(first + i) for i in range(count)], axis=-1)
    values = _elements(kind, words.view(np.uint8))
    groups = values.reshape(waves.n, LANES // shape.size, shape.size, per_lane)
    if shape.blocks > 1:
        return groups
    return groups.transpose(0, 2, 1, 3).reshape(waves.n, 1, shape.size, shape.k)


def result_registers(shape: Shape) -> int:
    """How many registers C and D take."""
    return shape.size * shape.size * shape.blocks // LANES


def _to_matrix(words: Array, shape: Shape) -> Array:
    """Registers (count, waves, 64) to (waves, blocks, row, column).

    4 consecutive registers are 4 consecutive rows; the groups of lanes come next, then the
    following registers.
    """
    n, size = words.shape[1], shape.size
    if size == 4:
        return words.reshape(4, n, 16, 4).transpose(1, 2, 0, 3)
    groups = LANES // size
    parts = words.reshape(shape.blocks, size // (4 * groups), 4, n, groups, size)
    return parts.transpose(3, 0, 1, 4, 2, 5).reshape(n, shape.blocks, size, size)


def _to_registers(matrix: Array, shape: Shape) -> Array:
    """The inverse of `_to_matrix`."""
    n, size = matrix.shape[0], shape.size
    if size == 4:
        return matrix.transpose(2, 0, 1, 3).reshape(4, n, LANES)
    groups = LANES // size
    parts = matrix.reshape(n, shape.blocks, size // (4 * groups), groups, 4, size)
    return parts.transpose(1, 2, 4, 0, 3, 5).reshape(-1, n, LANES)


def _first(operand: Operand, count: int) -> int:
    if not isinstance(operand, Register) or not operand.is_vector or operand.count != count:
        raise ParseError(f"operand {operand} should be {count} VGPRs")
    return operand.index


def runner(instruction: Instruction) -> Runner | None:
    """What runs an MFMA, or None for another instruction. Raises ParseError, UnknownInstruction."""
    shape = shape_of(instruction.name)
    if shape is None:
        return None
    for key in instruction.modifiers:
        if key not in ("cbsz", "abid", "blgp") or instruction.integer(key) != 0:
            raise UnknownInstruction(f"{instruction.where()}: modifier {key} is not known")
    target, a, b, c = instruction.operands
    count = result_registers(shape)
    per_lane = shape.k * shape.size * shape.blocks // LANES
    words = [max(1, per_lane * _BYTES[kind] // 4) for kind in (shape.a, shape.b)]
    write, read_a, read_b = _first(target, count), _first(a, words[0]), _first(b, words[1])
    result: Any = np.int32 if shape.a == "i8" else np.float32
    fused = shape.a == "f32"
    read_c: Callable[[Waves], Array]
    if isinstance(c, Constant):
        start = np.full((1, 1, 1, 1), c.value, result)
        size = (shape.blocks, shape.size, shape.size)
        read_c = lambda waves: np.broadcast_to(start, (waves.n, *size))  # noqa: E731
    else:
        addend = _first(c, count)
        read_c = lambda waves: _to_matrix(  # noqa: E731
            np.stack([waves.read_vector(addend + r) for r in range(count)]).view(result), shape
        )

    def run(waves: Waves) -> None:
        left = _operand(waves, read_a, shape.a, shape)
        right = _operand(waves, read_b, shape.b, shape)
        total = np.array(read_c(waves), order="C")
        for k in range(shape.k):
            rows, columns = left[..., :, None, k], right[..., None, :, k]
            if fused:
                total = floats.fma(rows, columns, total)
            else:
                total += rows * columns
        # EXEC does not count for MFMA.
        everywhere = np.ones((waves.n, LANES), bool)
        words = _to_registers(total, shape).view(np.uint32)
        for r in range(count):
            waves.write_vector(write + r, words[r], None if waves.full else everywhere)

    return run
