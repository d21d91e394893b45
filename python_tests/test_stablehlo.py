"""Models that jax.export wrote: imported they give JAX's bits, and so do they converted to FNUZ."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imported import run
from numpy.typing import NDArray

from fnuz import passes
from fnuz.dialect import formats
from fnuz.execution import cpu, inputs, signature
from fnuz.execution.compare import Verifier
from fnuz.execution.signature import Value
from fnuz.frontends import import_file

FOLDER = Path(__file__).parent / "exports" / "jax"
MODELS = sorted(p.name for p in FOLDER.glob("*.mlir*"))
OCP = re.compile(r"f8E4M3FN(?!UZ)|f8E5M2(?!FNUZ)")
COMPUTED = np.load(FOLDER / "results.npz")


def arrays(model: str, kind: str) -> list[NDArray[Any]]:
    """What JAX was given ("in") or computed ("out") for a model; fp8 and bf16 as codes."""
    name = model.partition(".")[0]
    count = sum(key.startswith(f"{name}.{kind}") for key in COMPUTED.files)
    return [COMPUTED[f"{name}.{kind}{i}"] for i in range(count)]


def is_nan(value: Value, array: NDArray[Any]) -> NDArray[np.bool_]:
    if value.element in formats.FORMATS:
        return np.isnan(formats.FORMATS[value.element].values)[array]
    if value.element == "bf16":
        return np.asarray((array & 0x7FFF) > 0x7F80)
    return np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, np.bool_)


@pytest.mark.parametrize("model", MODELS)
def test_gives_the_bits_of_jax(model: str) -> None:
    module = import_file(FOLDER / model)
    types = signature.of(signature.public_functions(module)["main"])
    given, expected = arrays(model, "in"), arrays(model, "out")
    results = run(module, *given)
    assert len(results) == len(expected) > 0
    for value, got, want in zip(types.results, results, expected, strict=True):
        assert (got.shape, got.dtype) == (want.shape, want.dtype)
        bits = np.dtype(f"u{got.dtype.itemsize}")
        both_nan = is_nan(value, got) & is_nan(value, want)
        same = (got.view(bits) == want.view(bits)) | both_nan
        assert same.all(), f"{value.name}: {np.count_nonzero(~same)} of {same.size} differ"
        assert not both_nan.all(), "all results are NaN: nothing was compared"


PRESERVED = ("arithmetic.mlir", "bits.mlir", "dot.mlir", "kv_cache.mlir", "linear_static.mlir")


@pytest.mark.parametrize(
    ("model", "abi"),
    [*((model, "convert") for model in MODELS), *((model, "preserve") for model in PRESERVED)],
)
def test_converts_with_every_bit_kept(model: str, abi: str) -> None:
    module = import_file(FOLDER / model)
    converted = cpu.clone(module)
    passes.run(converted, "ocp-to-fnuz", abi=abi)
    if abi == "convert":
        left = [line for line in str(converted).splitlines() if OCP.search(line)]
        assert bool(left) == (model == "bits.mlir"), "OCP is left where its bits are looked at"
    verifier = Verifier(module, converted)
    types = verifier.functions["main"]
    compared = 0
    given = [arrays(model, "in"), inputs.random(types, "special", seed=0, exponent=0)]
    for comparison in (c for i in given for c in verifier.run("main", i)):
        assert comparison.ok, comparison
        compared += comparison.elements - comparison.nans
    assert compared > 0, "all results were NaN: nothing was compared"
