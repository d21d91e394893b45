"""What an H100 computed in OCP fp8, computed by the converted program in FNUZ: the same bits.

The hardware has the codes of all bf16 values as fp8, the value of each fp8 code, and three matrix
products whose partial sums are all exact. What may differ is counted: the NaN and Inf codes that
FNUZ does not have, and the sign of a zero.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fnuz import passes
from fnuz.bindings import load
from fnuz.dialect import ops
from fnuz.dialect.formats import E4M3FN, E5M2, SIGN, Fp8Format, ocp_to_fnuz_codes
from fnuz.execution import cpu

MEASURED = Path(__file__).resolve().parents[2] / "shared" / "inputs" / "hardware" / "ocp_hw.npz"
pytestmark = pytest.mark.skipif(
    not MEASURED.exists(), reason="the shared inputs are not beside the checkout"
)

FORMATS = {"e4m3fn": E4M3FN, "e5m2": E5M2}
BF16 = np.arange(1 << 16, dtype=np.uint16)


@pytest.fixture(scope="module")
def measured() -> Any:
    return np.load(MEASURED)


def run(
    text: str, inputs: list[NDArray[Any]], *, abi: str, compute: str = "f32"
) -> NDArray[np.uint8] | NDArray[np.float32]:
    """The result of @main, converted to FNUZ and run."""
    context = load().ir.Context()
    ops.load(context)
    module = load().ir.Module.parse(text, context=context)
    passes.run(module, "ocp-to-fnuz", abi=abi)
    passes.run(module, "emulate-fp8", compute=compute)
    signed = [x.view(np.int8) if x.dtype == np.uint8 else x for x in inputs]
    (result,) = cpu.compile(module).run("main", signed).results
    return result.view(np.uint8) if result.dtype == np.int8 else result


def cast(source: str, format: Fp8Format) -> str:
    types = f"tensor<65536x{source}>", f"tensor<65536x{format.mlir_name}>"
    return f"""
func.func @main(%x: {types[0]}) -> {types[1]} {{
  %0 = arith.truncf %x : {types[0]} to {types[1]}
  return %0 : {types[1]}
}}"""


def values(source: str) -> NDArray[Any]:
    """All bf16 values, as bf16 codes or in f32."""
    return BF16 if source == "bf16" else (BF16.astype(np.uint32) << 16).view(np.float32)


@pytest.mark.parametrize("source", ["bf16", "f32"])
@pytest.mark.parametrize("name", FORMATS)
def test_cast(name: str, source: str, measured: Any) -> None:
    """The FNUZ codes are the hardware's, mapped: for all 65,536 values, NaN and Inf among them."""
    format, hardware = FORMATS[name], measured[f"cast_{source}_{name}"]
    got = run(cast(source, format), [values(source)], abi="convert")
    np.testing.assert_array_equal(got, ocp_to_fnuz_codes(format)[hardware])


LOST = {
    "e4m3fn": {"-0": 14_977, "NaN": 15_383, "Inf": 0},
    "e5m2": {"-0": 14_081, "NaN": 127, "Inf": 28_706},
}
"""How many of the 65,536 values get another byte than on the hardware, which FNUZ cannot hold.

-0 (the negative values of at most half the smallest subnormal) becomes 0. NaN loses its sign: the
hardware writes 0x7F or 0xFF. Inf (the E5M2 values from 61440 on, of both signs) becomes NaN.
"""


@pytest.mark.parametrize("source", ["bf16", "f32"])
@pytest.mark.parametrize("name", FORMATS)
def test_cast_back_in_ocp(name: str, source: str, measured: Any) -> None:
    """With OCP bytes outside, every byte is the hardware's, but for what FNUZ cannot hold."""
    format, hardware = FORMATS[name], measured[f"cast_{source}_{name}"]
    got = run(cast(source, format), [values(source)], abi="preserve")
    differs = got != hardware
    what = {
        "-0": (hardware == SIGN, 0),
        "NaN": (np.isnan(format.decode(hardware)), format.nan_code),
        "Inf": (np.isinf(format.decode(hardware)), format.nan_code),
    }
    lost = {}
    for loss, (where, code) in what.items():
        assert (got[where] == code).all()
        lost[loss] = int(np.count_nonzero(differs & where))
    assert lost == LOST[name]
    assert sum(lost.values()) == np.count_nonzero(differs)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("abi", ["convert", "preserve"])
def test_decode(name: str, abi: str, measured: Any) -> None:
    """The f32 value of every byte: all but -0, which is 0, and Inf, which is NaN."""
    format, hardware = FORMATS[name], measured[f"decode_{name}"]
    text = f"""
func.func @main(%x: tensor<256x{format.mlir_name}>) -> tensor<256xf32> {{
  %0 = arith.extf %x : tensor<256x{format.mlir_name}> to tensor<256xf32>
  return %0 : tensor<256xf32>
}}"""
    codes = np.arange(256, dtype=np.uint8)
    given = ocp_to_fnuz_codes(format)[codes] if abi == "convert" else codes
    got = run(text, [given], abi=abi)
    differs = (got.view(np.uint32) != hardware.view(np.uint32)) & ~np.isnan(hardware)
    infinite = set() if format.inf_code is None else {format.inf_code, format.inf_code | SIGN}
    assert set(codes[differs].tolist()) == {SIGN} | infinite
    assert got[SIGN].view(np.uint32) == 0
    assert np.isnan(got[sorted(infinite)]).all()
    assert np.isnan(got[np.isnan(hardware)]).all()


MAPS = ", ".join(f"affine_map<(m, n, k) -> {dims}>" for dims in ("(m, k)", "(n, k)", "(m, n)"))


def gemm(k: int, transposed: str) -> str:
    """a (64 x k) times the transpose of b (48 x k), as maps of the matmul or as an op before it."""
    a, b, c = f"tensor<64x{k}xf8E4M3FN>", f"tensor<48x{k}xf8E4M3FN>", "tensor<64x48xf32>"
    start = f"""
func.func @main(%a: {a}, %b: {b}) -> {c} {{
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : {c}
  %f = linalg.fill ins(%zero : f32) outs(%e : {c}) -> {c}"""
    if transposed == "by maps":
        return f"""{start}
  %0 = linalg.matmul indexing_maps = [{MAPS}] ins(%a, %b : {a}, {b}) outs(%f : {c}) -> {c}
  return %0 : {c}
}}"""
    t = f"tensor<{k}x48xf8E4M3FN>"
    return f"""{start}
  %i = tensor.empty() : {t}
  %t = linalg.transpose ins(%b : {b}) outs(%i : {t}) permutation = [1, 0]
  %0 = linalg.matmul ins(%a, %t : {a}, {t}) outs(%f : {c}) -> {c}
  return %0 : {c}
}}"""


@pytest.mark.parametrize("compute", ["f32", "f16"])
@pytest.mark.parametrize("abi", ["convert", "preserve"])
@pytest.mark.parametrize("transposed", ["by maps", "by an op"])
@pytest.mark.parametrize("k", [32, 256, 1024])
def test_gemm(k: int, transposed: str, abi: str, compute: str, measured: Any) -> None:
    """Every f32 of the result has the bits that the tensor core gave."""
    a, b = (measured[f"gemm{k}_{x}"] for x in "ab")
    given = [ocp_to_fnuz_codes(E4M3FN)[x] if abi == "convert" else x for x in (a, b)]
    got = run(gemm(k, transposed), given, abi=abi, compute=compute)
    expected = measured[f"gemm{k}_r"]
    np.testing.assert_array_equal(got.view(np.uint32), expected.view(np.uint32))
