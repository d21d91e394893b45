"""Real inputs from real frontends: each converts with every bit kept, or is refused in words."""

import re
from pathlib import Path
from typing import Any

import float_ops
import numpy as np
import pytest

from fnuz import passes
from fnuz.bindings import load
from fnuz.dialect import ops
from fnuz.execution import inputs
from fnuz.execution.compare import Verifier
from fnuz.execution.cpu import clone
from fnuz.execution.errors import CannotRun
from fnuz.frontends.mlir import lower

SHARED = Path(__file__).resolve().parents[2] / "shared" / "inputs"
GLOBS = (
    "linalg/*.mlir",
    "jax/*.tm-linalg.mlir",
    "torch/*.linalg-on-tensors.mlir",
    "models/*.linalg.mlir",
)
FILES = [str(p.relative_to(SHARED)) for glob in GLOBS for p in sorted(SHARED.glob(glob))]
OCP = re.compile(r"f8E4M3FN(?!UZ)|f8E5M2(?!FNUZ)")

REFUSED = {
    "linalg/iree_attention.f8E4M3FN.mlir": "Dialect `iree_linalg_ext' not found",
    "linalg/matmul_transpose_b_named.f8E4M3FN.mlir": "'linalg.matmul_transpose_b' is unknown",
}
"""What no route can take: another project's dialect, an op that the pinned MLIR does not know."""

BOUNDARIES = [
    (name, abi)
    for name in FILES
    for abi in ("convert", "preserve", "f32")
    if abi == "convert" or not name.startswith("models/")
]
"""Each file with each abi. The models have f32 at their boundary, so that all are the same there,
and take long."""

NOT_ON_A_CPU = {"linalg/mfma.f8E4M3FN.mlir": "amdgpu.mfma", "linalg/quant_i8.mlir": "quant.qcast"}

pytestmark = pytest.mark.skipif(not FILES, reason="the shared inputs are not beside the checkout")


@pytest.fixture
def context() -> Any:
    """A fresh context with the fnuz dialect."""
    context = load().ir.Context()
    ops.load(context)
    return context


def parse(name: str, context: Any) -> Any:
    module = load().ir.Module.parseFile(str(SHARED / name), context)
    return imported(name, module)


def imported(name: str, module: Any) -> Any:
    """The module itself; TOSA is lowered first."""
    if "tosa" in name:
        lower(module)
    return module


def parse_as_e5m2(name: str, context: Any) -> Any:
    """The file with each E4M3FN as E5M2. Large weights lose a bit: else most are NaN in E5M2."""

    def smaller(weights: re.Match[str]) -> str:
        codes = np.frombuffer(bytes.fromhex(weights[1]), np.uint8)
        return f'dense<"0x{(codes & 0xBF).tobytes().hex()}"> : {weights[2]}f8E4M3FN>'

    text = (SHARED / name).read_text()
    text = re.sub(r'dense<"0x([0-9A-F]+)"> : (tensor<[\dx]+)f8E4M3FN>', smaller, text)
    text = re.sub(r"f8E4M3FN(?!UZ)", "f8E5M2", text)
    return imported(name, load().ir.Module.parse(text, context=context))


@pytest.mark.parametrize("overflow", ["exact", "saturate"])
@pytest.mark.parametrize(("name", "abi"), BOUNDARIES)
def test_input(name: str, abi: str, overflow: Any, context: Any) -> None:
    if name in REFUSED:
        with pytest.raises((load().ir.MLIRError, passes.PassFailed)) as failed:
            passes.run(parse(name, context), "ocp-to-fnuz", abi=abi, overflow=overflow)
        assert REFUSED[name] in str(failed.value)
        return
    check(name, parse(name, context), abi, overflow, "nan")


@pytest.mark.parametrize("policy", ["as OCP", "saturate"])
@pytest.mark.parametrize(("name", "abi"), [b for b in BOUNDARIES if b[0] not in REFUSED])
def test_input_in_e5m2(name: str, abi: str, policy: str, context: Any) -> None:
    overflow, inf = ("exact", "nan") if policy == "as OCP" else ("saturate", "saturate")
    check(name, parse_as_e5m2(name, context), abi, overflow, inf)


def check(name: str, module: Any, abi: str, overflow: Any, inf: Any) -> None:
    converted = clone(module)
    options = {"abi": abi, "inf": inf, "overflow": overflow}
    passes.run(converted, "ocp-to-fnuz", on_warning=lambda *_: None, **options)
    assert converted.operation.verify()
    text = converted.operation.get_asm(large_elements_limit=8, large_resource_limit=8)
    left = [line for line in text.splitlines() if OCP.search(line)]
    if abi != "preserve":
        assert left == []
    else:
        # Signatures, the casts at them, returns, and constants that are returned.
        boundary = ("func.func", "fnuz.from_ocp", "fnuz.to_ocp", "return", "arith.constant")
        assert [line for line in left if not any(b in line for b in boundary)] == []

    again = clone(converted)
    passes.run(again, "ocp-to-fnuz", on_warning=lambda *_: None, **options)
    assert str(again) == str(converted)

    if name in NOT_ON_A_CPU:
        with pytest.raises((CannotRun, passes.PassFailed)) as cannot:
            Verifier(module, converted)
        assert NOT_ON_A_CPU[name] in str(cannot.value)
        return
    verifier = Verifier(module, converted, inf=inf, overflow=overflow)
    informative = 0
    for function, signature in verifier.functions.items():
        for exponent in (0, -8):
            for kind in inputs.KINDS:
                given = inputs.random(signature, kind, seed=exponent + 8, exponent=exponent)
                for comparison in verifier.run(function, given):
                    assert comparison.ok, f"@{function}, {kind}, 2^{exponent}: {comparison}"
                    informative += comparison.elements - comparison.nans
    assert informative > 0, "all results were NaN: nothing was compared"


ADDED = {
    # The sum goes in and comes out of the function: a factor before it and one after.
    "linalg/batch_matmul.f8E4M3FN.mlir": 2,
    "linalg/contract.f8E4M3FN.mlir": 2,
    "linalg/conv_2d_nchw_fchw.f8E4M3FN.mlir": 2,
    "linalg/conv_2d_nhwc_fhwc.f8E4M3FN.mlir": 2,
    "linalg/conv_2d_nhwc_hwcf.f8E4M3FN.mlir": 2,
    "linalg/matmul_transpose_b_maps.f8E4M3FN.mlir": 2,
    "linalg/mfma.f8E4M3FN.mlir": 2,
    "linalg/vector_contract.f8E4M3FN.mlir": 2,
    # It starts at zero: a factor after it.
    "jax/conv_f8.tm-linalg.mlir": 1,
    "jax/dot_f8.tm-linalg.mlir": 1,
    "linalg/matmul_f16acc.f8E4M3FN.mlir": 1,
    "linalg/matmul_f32acc.f8E4M3FN.mlir": 1,
    "linalg/matmul_f32acc.f8E5M2.mlir": 1,
    "torch/f8_mm.linalg-on-tensors.mlir": 1,
    # A product in fp8.
    "linalg/arith_in_f8.f8E4M3FN.mlir": 1,
    "linalg/matmul_f8acc.f8E4M3FN.mlir": 1,
    # A run-time scale is doubled; one for each element is as large as the values.
    "linalg/generic_quant_sat.f8E4M3FN.mlir": 1,
    "linalg/scaling_extf.f8E4M3FN.mlir": 1,
    # Casts without a scale, and three contractions in f16.
    "linalg/tosa_f8.linalg.mlir": 5,
    "linalg/tosa_f8.mlir": 5,
}
"""How many float ops the conversion adds to the inputs without a constant scale, and why."""


@pytest.mark.parametrize("name", [f for f in FILES if f not in REFUSED])
def test_constant_scales_take_all_factors(name: str, context: Any) -> None:
    module = parse(name, context)
    before = float_ops.count(module)
    passes.run(module, "lower-fp8-quant")
    before |= float_ops.count(module)
    passes.run(module, "ocp-to-fnuz")
    after = float_ops.count(module)
    added = sum(after.values()) - sum(before.values())
    assert added == ADDED[name] if name in ADDED else added <= 0, after - before


def test_a_contraction_owes_one_factor(context: Any) -> None:
    """The matmul's operands stay clean and one multiplication by four stands behind it."""
    module = parse("linalg/matmul_f32acc.f8E4M3FN.mlir", context)
    passes.run(module)
    text = str(module)
    assert text.count("arith.mulf") == 1
    assert "arith.constant 4.000000e+00 : f32" in text
    assert text.index("arith.mulf") > text.index("linalg.matmul")
