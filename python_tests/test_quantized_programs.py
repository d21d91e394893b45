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
# After the conversion linalg-fuse-elementwise-ops is not safe: upstream fuses an op that scales its
# init in place into a reduction, which then scales it at every step.
CASES = cases(QuantizedProgram, before=[*PASSES, "linalg-fuse-elementwise-ops"], after=PASSES)


def test_quantized_programs() -> None:
    assert_mixed(run(CASES, 500), 500)


@pytest.mark.long
@pytest.mark.parametrize("half", [0, 1])
def test_many_quantized_programs(half: int) -> None:
    assert_mixed(run(CASES, 10_000, 2 * secrets.randbits(31) + half), 10_000)


def assert_mixed(counted: Counter[str], examples: int) -> None:
    assert_informative(counted, examples)
