"""convert-fnuz-to-ocp: the bits of the FNUZ program, and there and back those of the OCP one."""

import re
from typing import Any, Literal

import numpy as np
import pytest
from test_casts_exhaustive import (
    CODES,
    CODES16,
    EVERY_OCP,
    ML_DTYPES,
    Array,
    assert_same,
    bits_of,
    elementwise,
    floats,
    near_every_decision,
    run,
)
from test_inputs import FILES as INPUTS
from test_inputs import NOT_ON_A_CPU, REFUSED, SHARED
from test_rules import CANNOT_RUN, RULES, OneCompilation, in_format, names, parse

from fnuz import bindings, passes
from fnuz.dialect.formats import (
    E4M3FN,
    E5M2,
    FNUZ_OF,
    OCP_OF,
    Fp8Format,
    InfPolicy,
    OverflowPolicy,
    fnuz_to_ocp_codes,
    ocp_to_fnuz_codes,
)
from fnuz.execution import inputs
from fnuz.execution.cpu import clone
from fnuz.passes.registry import Rule

FNUZ = re.compile(r"f8E\dM\dFNUZ")
POLICIES = pytest.mark.parametrize("overflow", ["nan", "saturate"])
FORMATS = pytest.mark.parametrize("format_", ["f8E4M3FN", "f8E5M2"])
HELD = {f.mlir_name: fnuz_to_ocp_codes(f)[ocp_to_fnuz_codes(f)] for f in (E4M3FN, E5M2)}
CAN_RUN = [r for r in RULES if r.name not in CANNOT_RUN]


def as_fnuz(text: str) -> str:
    """A program over OCP as the same program over FNUZ, and the casts the other way round."""
    text = re.sub(r"f8E4M3FN(?!UZ)|f8E5M2(?!FNUZ)", lambda m: f"<{m[0]}>", text)
    text = text.replace("f8E4M3FNUZ", "f8E4M3FN").replace("f8E5M2FNUZ", "f8E5M2")
    text = text.replace("<f8E4M3FN>", "f8E4M3FNUZ").replace("<f8E5M2>", "f8E5M2FNUZ")
    swapped = {"from_ocp": "to_ocp", "to_ocp": "from_ocp"}
    text = re.sub(r"(?<=fnuz\.)(from_ocp|to_ocp)", lambda m: swapped[m[0]], text)
    return text


def to_ocp(module: Any, **options: str) -> Any:
    converted = clone(module)
    passes.run(converted, "fnuz-to-ocp", on_warning=lambda *_: None, **options)
    assert converted.operation.verify()
    return converted


def compare(
    module: Any, converted: Any, *, held: bool = False, **semantics: Any
) -> tuple[int, int]:
    """Compare all functions; how many elements were compared, how many of them not as NaN.

    With `held` OCP arguments are what FNUZ can hold: what a caller hands to abi=convert.
    """
    verifier = OneCompilation(module, converted, opt_level=0, **semantics)
    elements = informative = 0
    for function, signature in verifier.functions.items():
        for name, arrays in inputs.sets(signature, seed=0, dynamic_size=4):
            if held:
                arrays = [
                    HELD[v.element][a] if v.element in HELD else a
                    for v, a in zip(signature.arguments, arrays, strict=True)
                ]
            for comparison in verifier.run(function, arrays):
                assert comparison.ok, f"@{function}, {name}: {comparison}"
                elements += comparison.elements
                informative += comparison.elements - comparison.nans
    return elements, informative


# -- every rule


@FORMATS
@names(RULES)
def test_no_fnuz_type_is_left(rule: Rule, format_: str) -> None:
    converted = to_ocp(parse(as_fnuz(in_format(rule.example, format_))))
    lines = str(converted).splitlines()
    left = [line for line in lines if FNUZ.search(line) and not re.search(r"bitcast|fnuz\.", line)]
    assert not left
    assert "fnuz.converted" not in converted.operation.attributes


@FORMATS
@names(CAN_RUN)
def test_bits(rule: Rule, format_: str) -> None:
    OneCompilation.programs.clear()
    module = parse(as_fnuz(in_format(rule.example, format_)))
    for overflow in ("nan", "saturate"):
        elements, informative = compare(module, to_ocp(module, overflow=overflow), overflow=overflow)
        assert informative > 0 or elements == 0
    if re.search(r"@main\([^)]*memref<[^)]*f8E", str(module)):
        with pytest.raises(passes.PassFailed, match="keeps its FNUZ signature and memref<"):
            to_ocp(module, abi="preserve")
    else:
        kept = to_ocp(module, abi="preserve")
        compare(module, kept)
        assert str(to_ocp(kept, abi="preserve")) == str(kept)


@FORMATS
@pytest.mark.parametrize("abi", ["convert", "preserve"])
@names(CAN_RUN)
def test_there_and_back(rule: Rule, abi: str, format_: str) -> None:
    module = parse(in_format(rule.example, format_))
    back = there_and_back(module, abi)
    if back is not None:
        OneCompilation.programs.clear()
        compare(module, back, held=abi == "convert")


def there_and_back(module: Any, abi: str) -> Any:
    """To FNUZ and back, and then a second time either way; None where the first is refused."""
    there = clone(module)
    try:
        passes.run(there, "ocp-to-fnuz", abi=abi, on_warning=lambda *_: None)
    except passes.PassFailed as refused:
        assert abi == "preserve"
        assert "keeps its OCP signature and memref<" in str(refused)
        return None
    back = to_ocp(there)
    assert "fnuz.converted" not in back.operation.attributes
    text = back.operation.get_asm(large_elements_limit=8, large_resource_limit=8)
    left = [line for line in text.splitlines() if FNUZ.search(line)]
    assert [line for line in left if not re.search(r"bitcast|fnuz\.", line)] == []
    assert str(to_ocp(back)) == str(back)
    return back


@pytest.mark.skipif(not INPUTS, reason="the shared inputs are not beside the checkout")
@pytest.mark.parametrize("name", [n for n in INPUTS if n not in REFUSED])
@pytest.mark.parametrize("abi", ["convert", "preserve"])
def test_input_there_and_back(name: str, abi: str) -> None:
    context = parse("").context
    module = bindings.load().ir.Module.parseFile(str(SHARED / name), context)
    back = there_and_back(module, abi)
    if name not in NOT_ON_A_CPU and back is not None:
        OneCompilation.programs.clear()
        compare(module, back, held=abi == "convert")
