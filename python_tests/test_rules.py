"""Every rule of convert-ocp-to-fnuz has its lit file, and its example keeps every bit."""

import re
from pathlib import Path
from typing import Any, ClassVar

import pytest

from fnuz import bindings, passes
from fnuz.dialect import ops
from fnuz.execution import inputs
from fnuz.execution.compare import Verifier
from fnuz.execution.cpu import clone
from fnuz.execution.errors import CannotRun
from fnuz.passes import rules  # noqa: F401 - registers the rules
from fnuz.passes.registry import CONVERT_FP8, Rule

FILES = Path(__file__).parent.parent / "lit_tests" / "rules"
RULES = CONVERT_FP8.rules
BY_NAME = {rule.name: rule for rule in RULES}
FORMATS = ("f8E4M3FN", "f8E5M2")
OCP = re.compile(r"\b(?:f8E4M3FN|f8E5M2)\b|x(?:f8E4M3FN|f8E5M2)\b")

IMPLIED = {"func.return": "the custom form of func.func prints it as return"}
"""Ops that a lit file cannot or need not name."""

CANNOT_RUN = {"amdgpu.mfma": "amdgpu.mfma"}
"""Rules whose example no CPU runs, and the op that fnuz-verify must name."""


def names(rule_list: list[Rule]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("rule", [pytest.param(r, id=r.name) for r in rule_list])


def in_format(text: str, format_: str) -> str:
    """An example in E5M2: each E4M3 type, FNUZ too, becomes the E5M2 one and the reverse."""
    if format_ == "f8E4M3FN":
        return text
    swapped = {"4M3FN": "5M2", "5M2": "4M3FN", "4M3FNUZ": "5M2FNUZ", "5M2FNUZ": "4M3FNUZ"}
    return re.sub(r"(?<=f8E)(?:4M3FN|5M2)(?:(?<=FN)UZ|FNUZ)?", lambda m: swapped[m[0]], text)


def parse(text: str) -> Any:
    context = bindings.load().ir.Context()
    ops.load(context)
    return bindings.load().ir.Module.parse(text, context=context)


def convert(module: Any, **options: str) -> Any:
    converted = clone(module)
    passes.run(converted, "ocp-to-fnuz", on_warning=lambda *_: None, **options)
    assert converted.operation.verify()
    return converted


class OneCompilation(Verifier):
    """A verifier that compiles no module twice, unless that has a state."""

    programs: ClassVar[dict[Any, Any]] = {}

    def _compile(self, module: Any, emulation: Any, device: Any = "cpu") -> Any:
        key = str(module), emulation
        if "mutable" in key[0] or key not in self.programs:
            self.programs[key] = super()._compile(module, emulation, device)
        return self.programs[key]


def check_bits(module: Any, converted: Any, inf: str) -> None:
    del converted.operation.attributes["fnuz.converted"]
    verifier = OneCompilation(module, converted, inf=inf, opt_level=0)
    for function, signature in verifier.functions.items():
        for name, arrays in inputs.sets(signature, seed=0, dynamic_size=4):
            for comparison in verifier.run(function, arrays):
                assert comparison.ok, f"@{function}, {name}: {comparison}"


@names(RULES)
def test_lit_file(rule: Rule) -> None:
    path = FILES / f"{re.sub(r'[ .]', '-', rule.name)}.mlir"
    text = path.read_text()
    assert "// RUN: " in text
    assert re.search(r"\b(?:CHECK|expected-error)", text)
    missing = [
        op for op in rule.ops if op not in IMPLIED and not re.search(rf"(?<!\w){op}(?![\w.])", text)
    ]
    assert not missing


def test_the_lit_file_of_strict_has_every_non_linear_op() -> None:
    text = (FILES.parent / "passes" / "convert-ocp-to-fnuz-strict.mlir").read_text()
    ops = sorted(op for rule in RULES for op in rule.non_linear)
    assert ops
    assert [op for op in ops if f"expected-error @+1 {{{{'{op}' op on" not in text] == []


def test_rule_names_are_distinct() -> None:
    assert len(BY_NAME) == len(RULES)


@names(RULES)
def test_example_shows_the_rule(rule: Rule) -> None:
    assert any(re.search(rf"(?<!\w){op}(?![\w.])", rule.example) for op in rule.ops) or (
        set(rule.ops) & IMPLIED.keys()
    )


@pytest.mark.parametrize("format_", FORMATS)
@names(RULES)
def test_no_ocp_type_is_left(rule: Rule, format_: str) -> None:
    converted = convert(parse(in_format(rule.example, format_)))
    lines = str(converted).splitlines()
    left = [line for line in lines if OCP.search(line) and not re.search(r"bitcast|fnuz\.", line)]
    assert not left


@pytest.mark.parametrize("format_", FORMATS)
@names([r for r in RULES if r.name not in CANNOT_RUN])
def test_bits(rule: Rule, format_: str) -> None:
    OneCompilation.programs.clear()
    module = parse(in_format(rule.example, format_))
    for inf in ("nan", "saturate"):
        check_bits(module, convert(module, inf=inf), inf)
    inf = "nan" if format_ == "f8E4M3FN" else "saturate"
    for abi, has in (("preserve", "keeps its OCP signature"), ("f32", "has a signature of f32")):
        if re.search(r"@main\([^)]*memref<[^)]*f8E", str(module)):
            with pytest.raises(passes.PassFailed, match=f"{has} and memref<"):
                convert(module, abi=abi, inf=inf)
        else:
            check_bits(module, convert(module, abi=abi, inf=inf), inf)


@pytest.mark.parametrize("name", CANNOT_RUN)
def test_what_no_cpu_runs_is_named(name: str) -> None:
    module = parse(BY_NAME[name].example)
    with pytest.raises((CannotRun, passes.PassFailed), match=re.escape(CANNOT_RUN[name])):
        Verifier(module, convert(module))
