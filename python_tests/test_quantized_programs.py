"""Random programs that look like quantized models: the bits of the OCP program, in every mix.

A failure prints the program. `-m long` runs 20,000 others, half of them in each test:
`pytest -m long -n 2 python_tests/test_quantized_programs.py` gives each a process.
"""

import secrets
from collections import Counter

import pytest
from converted_programs import assert_informative, cases, run
from quantized_programs import QuantizedProgram

PASSES = ["", "", "", "canonicalize,cse", "linalg-generalize-named-ops", "lower-fnuz-casts"]
# Not linalg-fuse-elementwise-ops after the conversion: upstream fuses an op that scales its init in
# place into a reduction, which then scales it at every step, and a program may have such an op.
CASES = cases(QuantizedProgram, before=[*PASSES, "linalg-fuse-elementwise-ops"], after=PASSES)


def test_quantized_programs() -> None:
    assert_mixed(run(CASES, 250), 250)


@pytest.mark.long
@pytest.mark.parametrize("half", [0, 1])
def test_many_quantized_programs(half: int) -> None:
    assert_mixed(run(CASES, 10_000, 2 * secrets.randbits(31) + half), 10_000)


SHARES = {
    0.3: ["quantize", "dequantize", "contraction", "scale", "clamp"],
    0.1: ["bias", "relu", "residual", "zero point", "scale: E8M0", "scale: fp8", "linalg.fill"],
    0.05: [
        *("bias in outs", "accumulator: f32", "accumulator: bf16", "scale: scalar argument"),
        *("scale: channel argument", "scale: splat constant", "linalg.matmul", "tensor.cast"),
    ],
    0.02: [
        *(f"scale: {kind} constant" for kind in ("scalar", "rank 0", "channel")),
        *("scale: rank 0 argument", "scale: full argument", "accumulator: f16"),
        "linalg.batch_matmul",
    ],
    0.01: [
        *("linalg.matvec", "linalg.conv_2d_nhwc_hwcf", "linalg.conv_2d_nchw_fchw"),
        *("arith.scaling_extf", "arith.scaling_truncf", "scale: full constant"),
        *("tensor.pad", "tensor.concat", "tensor.extract_slice"),
    ],
    0.002: [
        *("scale: block argument", "scale: block constant"),
        *("scf.for", "scf.if", "scf.while", "func.call"),
    ],
}
"""What at least this part of the programs has: about half of what there is, or less."""


def assert_mixed(counted: Counter[str], examples: int) -> None:
    """All kinds of scales, contractions and what stands around them have their share."""
    assert_informative(counted, examples)
    rare = {
        name: counted[name]
        for share, names in SHARES.items()
        for name in names
        if counted[name] < share * examples
    }
    assert not rare, rare
