"""Models that torch.export wrote: imported they give PyTorch's bits, and so do they converted."""

import re
from pathlib import Path
from typing import Any

import imported
import numpy as np
import pytest
from numpy.typing import NDArray

from fnuz import bindings, passes
from fnuz.bindings import dialects
from fnuz.dialect import formats, ops
from fnuz.execution import inputs, signature
from fnuz.execution.compare import Verifier
from fnuz.execution.cpu import clone
from fnuz.execution.signature import Value
from fnuz.passes.torch_fp8 import _FLOAT_RULES, _MOVES, _RULES

FOLDER = Path(__file__).parent / "exports" / "torch"
LIT_TEST = Path(__file__).parents[1] / "lit_tests" / "passes" / "lower-torch-fp8.mlir"
MODELS = sorted(p.stem for p in FOLDER.glob("*.mlir"))
COMPUTED = np.load(FOLDER / "results.npz")
OCP = re.compile(r"f8E4M3FN(?!UZ)|f8E5M2(?!FNUZ)")


def parsed(path: Path) -> Any:
    context = bindings.load().ir.Context()
    ops.load(context)
    dialects.register(context)
    return bindings.load().ir.Module.parseFile(str(path), context)


def module_of(model: str, **options: Any) -> Any:
    module = parsed(FOLDER / f"{model}.mlir")
    passes.run(module, "import-torch", **options)
    return module


def arrays(model: str, kind: str) -> list[NDArray[Any]]:
    """What PyTorch was given ("in") or computed ("out"); fp8 and bf16 as codes."""
    count = sum(key.startswith(f"{model}.{kind}") for key in COMPUTED.files)
    return [COMPUTED[f"{model}.{kind}{i}"] for i in range(count)]


def is_nan(value: Value, array: NDArray[Any]) -> NDArray[np.bool_]:
    if value.element in formats.FORMATS:
        return np.isnan(formats.FORMATS[value.element].values)[array]
    if value.element == "bf16":
        return np.asarray((array & 0x7FFF) > 0x7F80)
    return np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, np.bool_)


def bits(array: NDArray[Any]) -> NDArray[Any]:
    return array.view(f"u{array.dtype.itemsize}")


@pytest.mark.parametrize("model", MODELS)
def test_gives_the_bits_of_pytorch(model: str) -> None:
    module = module_of(model)
    expected = arrays(model, "out")
    results = imported.run(module, *arrays(model, "in"))
    assert len(results) == len(expected) > 0
    types = signature.of(signature.public_functions(module)["main"]).results
    compared = 0
    for value, got, want in zip(types, results, expected, strict=True):
        assert (got.shape, got.dtype) == (want.shape, want.dtype)
        both_nan = is_nan(value, got) & is_nan(value, want)
        same = (bits(got) == bits(want)) | both_nan
        assert same.all(), f"{value.name}: {np.count_nonzero(~same)} of {same.size} differ"
        compared += np.count_nonzero(~both_nan)
    assert compared > 0, "all results were NaN: nothing was compared"


@pytest.mark.parametrize("model", [m for m in MODELS if "as_written" not in m])
def test_converts_with_every_bit_kept(model: str) -> None:
    module = module_of(model)
    converted = clone(module)
    passes.run(converted, "ocp-to-fnuz", on_warning=lambda *_: None)
    left = [line for line in str(converted).splitlines() if OCP.search(line)]
    assert bool(left) == (model == "bits"), "OCP is left where its bits are looked at"
    verifier = Verifier(module, converted, opt_level=0)
    types = verifier.functions["main"]
    given = [arrays(model, "in")]
    # Indices are not any numbers; and a product of run-time scales may be subnormal, where the
    # factor of FNUZ moved into it changes it.
    if "moves" not in model and "scaled_mm" not in model:
        given.append(inputs.random(types, "special", seed=0, exponent=0))
    compared = 0
    for each in given:
        for comparison in verifier.run("main", each):
            assert comparison.ok, comparison
            compared += comparison.elements - comparison.nans
    assert compared > 0, "all results were NaN: nothing was compared"


def test_scale_result_as_on_a_gpu() -> None:
    """`multiply`: the scale is 1/8, so that is 64 times smaller than what the CPU gives."""
    divided, multiplied = (
        module_of("scaled_mm_result", scale_result=s) for s in ("divide", "multiply")
    )
    given = arrays("scaled_mm_result", "in")
    x, w, a, s, bias = given
    e4m3, e5m2 = formats.E4M3FN, formats.E5M2
    sums = e4m3.decode(x) @ e4m3.decode(w).T * a * a
    results = imported.run(multiplied, *given)
    for i, format_ in ((3, e4m3), (5, e5m2), (7, e4m3)):
        saturate = format_ is e4m3
        assert np.array_equal(results[i], format_.encode(sums * s, saturate=saturate))
        assert np.array_equal(results[i + 1], format_.encode((sums + bias) * s, saturate=saturate))
    for got, want in zip(results[:3], imported.run(divided, *given), strict=False):
        assert np.array_equal(got, want), "a wider result has no use for it"


def test_every_op_is_in_a_model() -> None:
    """What is lowered, and what is left to torch-mlir, is compared with PyTorch above."""
    text = "".join(path.read_text() for path in (*FOLDER.glob("*.mlir"), LIT_TEST))
    every = {*_MOVES, *_RULES, *_FLOAT_RULES}
    assert {op for op in every if not re.search(rf"{re.escape(op)}(?![\w.])", text)} == set()


INPUTS = Path(__file__).resolve().parents[2] / "shared" / "inputs" / "torch"


@pytest.mark.skipif(not INPUTS.is_dir(), reason="the shared inputs are not beside the checkout")
@pytest.mark.parametrize("name", ["cast_clamp", "conv8", "f8_mm"])
def test_files_that_torch_mlir_wrote_itself(name: str) -> None:
    """Of small numbers it gives the same; it lets large ones overflow to NaN."""
    module = parsed(INPUTS / f"{name}.torch.mlir")
    passes.run(module, "import-torch")
    converted = clone(module)
    passes.run(converted, "ocp-to-fnuz", on_warning=lambda *_: None)
    verifier = Verifier(module, converted, opt_level=0)
    given = inputs.random(verifier.functions["main"], "ordinary", seed=0, exponent=-8)
    assert all(c.ok for c in verifier.run("main", given))
    theirs = imported.run(parsed(INPUTS / f"{name}.linalg-on-tensors.mlir"), *given)
    for got, want in zip(imported.run(module, *given), theirs, strict=True):
        assert np.array_equal(bits(got), bits(want))
