"""MFMA in the emulator: where each lane and register stands, by single elements and by products.

The layouts are those of AMD's matrix instruction calculator and LLVM's tests, written here as a
formula for each lane and register and not as the emulator has them.
"""

import ml_dtypes
import numpy as np
import pytest
from gfx942_programs import execute

from fnuz import emulator
from fnuz.emulator import mfma

TYPES = {
    "fp8": ml_dtypes.float8_e4m3fnuz,
    "bf8": ml_dtypes.float8_e5m2fnuz,
    "bf16": ml_dtypes.bfloat16,
    "f16": np.float16,
    "f32": np.float32,
    "i8": np.int8,
}
EVERY = pytest.mark.parametrize("name", mfma.ROWS)


def _place_of_operand(shape, lane, j):
    """Block, row (column for B) and k of element j of a lane."""
    per_lane = shape.k * shape.size * shape.blocks // 64
    group, row = lane // shape.size, lane % shape.size
    if shape.blocks > 1:
        return group, row, j
    return 0, row, per_lane * group + j


def _place_of_result(shape, lane, register):
    """Block, row and column of a register of C and D."""
    if shape.size == 4:
        return lane // 4, register, lane % 4
    per_block = shape.size * shape.size // 64
    block, r = register // per_block, register % per_block
    if shape.size == 16:
        return block, 4 * (lane // 16) + r, lane % 16
    return block, 8 * (r // 4) + 4 * (lane // 32) + r % 4, lane % 32


def _registers(shape, kind, matrix):
    """Matrix (blocks, rows, k) as registers (count, 64)."""
    per_lane = shape.k * shape.size * shape.blocks // 64
    lanes = np.zeros((64, per_lane), TYPES[kind])
    for lane in range(64):
        for j in range(per_lane):
            lanes[lane, j] = matrix[_place_of_operand(shape, lane, j)]
    return lanes.view(np.uint32).T


def _run(name, a, b, c):
    """D (blocks, size, size) of one instruction."""
    shape = mfma.ROWS[name]
    result = np.int32 if shape.a == "i8" else np.float32
    count = shape.size * shape.size * shape.blocks // 64
    vector = {}
    for first, kind, matrix in ((0, shape.a, a), (8, shape.b, b)):
        for i, row in enumerate(_registers(shape, kind, matrix)):
            vector[first + i] = row
    words = len(_registers(shape, shape.a, a))
    for register in range(count):
        values = [c[_place_of_result(shape, lane, register)] for lane in range(64)]
        vector[256 + register] = np.array(values, result).view(np.uint32)

    def span(kind, first, size):
        return f"{kind}{first}" if size == 1 else f"{kind}[{first}:{first + size - 1}]"

    text = ", ".join(
        [span("v", 64, count), span("v", 0, words), span("v", 8, words), span("a", 0, count)]
    )
    after = execute(f"{name} {text}", vector)
    out = np.zeros((shape.blocks, shape.size, shape.size), result)
    for register in range(count):
        for lane in range(64):
            word = after.vector[64 + register][0, lane : lane + 1]
            out[_place_of_result(shape, lane, register)] = word.view(result)[0]
    return out


@EVERY
def test_product_of_exact_numbers(name):
    """Small integers: every partial sum is exact, so the order does not count."""
    shape = mfma.ROWS[name]
    rng = np.random.default_rng(len(name))
    a, b = (rng.integers(-4, 5, (shape.blocks, shape.size, shape.k)) for _ in range(2))
    c = rng.integers(-9, 10, (shape.blocks, shape.size, shape.size))
    expected = c + np.einsum("bik,bjk->bij", a, b)
    np.testing.assert_array_equal(_run(name, a, b, c), expected)


@pytest.mark.parametrize("a_kind", ["fp8", "bf8"])
@pytest.mark.parametrize("b_kind", ["fp8", "bf8"])
@pytest.mark.parametrize("shape", ["16x16x32", "32x32x16"])
def test_every_code_of_both_formats(a_kind, b_kind, shape):
    """Each code times each of a few, one product an element: 256 codes on both sides, NaN too."""
    name = f"v_mfma_f32_{shape}_{a_kind}_{b_kind}"
    size, k = mfma.ROWS[name].size, mfma.ROWS[name].k
    codes = np.arange(256, dtype=np.uint8)
    for start in range(0, 256, size):
        a = np.zeros((1, size, k), TYPES[a_kind])
        b = np.zeros((1, size, k), TYPES[b_kind])
        a[0, :, 3] = codes[start : start + size].view(TYPES[a_kind])
        b[0, :, 3] = codes[start : start + size][::-1].view(TYPES[b_kind])
        x, y = a[0, :, 3].astype(np.float32), b[0, :, 3].astype(np.float32)
        expected = x[:, None] * y[None, :]
        got = _run(name, a, b, np.zeros((1, size, size)))[0]
        np.testing.assert_array_equal(got, expected)


@EVERY
def test_each_k_meets_its_own(name):
    """A has a single one; B tells its column and k: a wrong lane or byte gives another number."""
    shape = mfma.ROWS[name]
    zero = np.zeros((shape.blocks, shape.size, shape.size))
    for k in range(shape.k):
        a = np.zeros((shape.blocks, shape.size, shape.k))
        row = (3 * k + 1) % shape.size
        a[:, row, k] = 1
        b = np.zeros_like(a)
        # Powers of two are exact in every type but i8.
        b[:] = (np.arange(shape.size)[:, None] % 3 + 1) * (np.arange(shape.k) % 5 + 1)
        b = np.minimum(b, 8)
        expected = np.zeros_like(zero)
        expected[:, row, :] = b[:, :, k]
        np.testing.assert_array_equal(_run(name, a, b, zero), expected)


def test_sum_goes_up_k_and_rounds_each_step():
    """What the module documents, where it differs from other orders."""
    name = "v_mfma_f32_16x16x16_f16"
    a = np.zeros((1, 16, 16))
    a[0, 0, :4] = [1, 1, 1, -1]
    b = np.zeros((1, 16, 16))
    b[0, 0, :4] = [2.0**-12, 2.0**-12, 0, 0]
    c = np.zeros((1, 16, 16))
    c[0, 0, 0] = 2.0**12
    total = np.float32(c[0, 0, 0])
    for k in range(16):
        total = np.float32(total + np.float32(a[0, 0, k] * b[0, 0, k]))
    assert total == 2.0**12  # twice a quarter of the last place is lost
    assert _run(name, a, b, c)[0, 0, 0] == total


def test_exec_does_not_count_and_a_constant_is_c():
    a = np.ones((1, 16, 32))
    vector = {i: _registers(mfma.ROWS["v_mfma_f32_16x16x32_fp8_fp8"], "fp8", a)[i] for i in (0, 1)}
    vector |= dict.fromkeys(range(4, 8), 0)
    after = execute(
        """s_mov_b64 exec, 1
        v_mfma_f32_16x16x32_fp8_fp8 v[4:7], v[0:1], v[0:1], 2.0""",
        vector,
    )
    assert (after.vector[4:8].view(np.float32) == 34).all()
    integer = execute("v_mfma_i32_16x16x32_i8 v[4:7], v[0:1], v[0:1], 3", {0: 0, 1: 0})
    assert (integer.vector[4:8] == 3).all()


def test_old_names_and_refused_modifiers():
    assert mfma.shape_of("v_mfma_f32_32x32x8bf16_1k") == mfma.ROWS["v_mfma_f32_32x32x8_bf16"]
    assert mfma.shape_of("v_mfma_f32_16x16x16f16") == mfma.ROWS["v_mfma_f32_16x16x16_f16"]
    text = "v_mfma_f32_16x16x16_f16 v[4:7], v[0:1], v[0:1], v[4:7]"
    with pytest.raises(emulator.UnknownInstruction, match="blgp"):
        execute(text + " blgp:1")
    with pytest.raises(emulator.UnknownInstruction, match="v_mfma_f64"):
        execute("v_mfma_f64_4x4x4_4b_f64 v[0:1], v[2:3], v[4:5], v[6:7]")
    with pytest.raises(emulator.ParseError, match="should be 2 VGPRs"):
        execute(text.replace("v[0:1], v[0:1]", "v[0:3], v[0:1]"))
