"""Random programs, converted and run: the bits of the OCP program, whatever it does.

A failure prints the program. `-m long` runs 5,000 others.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import random_programs
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from fnuz import bindings, passes
from fnuz.execution import compare, cpu, inputs
from fnuz.execution.signature import DTYPES

OCP = re.compile(r"f8E4M3FN(?!UZ)|f8E5M2(?!FNUZ)")


@dataclass(frozen=True)
class Case:
    """A program and how it is converted and run."""

    program: random_programs.Program
    options: dict[str, Any]
    before: str
    after: str
    seed: int

    def __repr__(self) -> str:
        options = " ".join(f"{k}={v}" for k, v in self.options.items())
        return (
            f"seed {self.seed}, '{self.before}' then convert-ocp-to-fnuz{{{options}}} then "
            f"'{self.after}' of\n{self.program.text}\n"
        )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    abi = draw(st.sampled_from(["convert", "preserve"]))
    inf = draw(st.sampled_from(["nan", "saturate"]))
    overflow = draw(st.sampled_from(["exact", "exact", "exact", "saturate"]))
    before = draw(st.sampled_from(["", "", "canonicalize,cse", "linalg-generalize-named-ops"]))
    after = draw(st.sampled_from(["", "", "lower-fnuz-casts", "canonicalize,cse"]))
    seed = draw(st.integers(0, 2**32 - 1))

    def integer(low: int, high: int) -> int:
        return draw(st.integers(low, high))

    try:
        program = random_programs.Program(integer, memref_arguments=abi == "convert")
    except random_programs.NotHere:
        program = random_programs.Program(lambda low, high: low, memref_arguments=False)
    return Case(program, {"abi": abi, "inf": inf, "overflow": overflow}, before, after, seed)


def check(case: Case, counted: Counter[str]) -> None:
    """Convert, look for OCP types that are left, convert again, run, compare."""
    ir = bindings.load().ir
    module = ir.Module.parse(case.program.text, context=ir.Context())
    converted = cpu.clone(module)
    if case.before:
        passes.run(converted, case.before)
    had_fp8 = OCP.search(str(converted))
    passes.run(converted, "ocp-to-fnuz", on_warning=ignore, **case.options)
    if had_fp8:
        assert_boundary(converted, case.options["abi"])
    text = str(converted)
    passes.run(converted, "ocp-to-fnuz", on_warning=ignore, **case.options)
    assert str(converted) == text, "converting twice changes something"
    if case.after:
        passes.run(converted, case.after)
    inf, overflow = case.options["inf"], case.options["overflow"]
    verifier = compare.Verifier(module, converted, inf=inf, overflow=overflow, opt_level=0)
    counted["programs"] += 1
    rng = np.random.default_rng(case.seed)
    for special in (False, True):
        comparisons = verifier.run("main", random_programs.inputs(case.program, rng, special))
        wrong = [str(c) for c in comparisons if not c.ok]
        assert not wrong, f"{'special' if special else 'ordinary'} inputs: {wrong}\n{text}"
        if not special:
            elements, nans = sum(c.elements for c in comparisons), sum(c.nans for c in comparisons)
            counted["elements"] += elements
            counted["NaN"] += nans
            counted["all NaN"] += 0 < elements == nans
            counted["nothing"] += elements == 0


def ignore(location: Any, message: str) -> None:
    """A warning about an Inf in a constant."""


def assert_boundary(module: Any, abi: str) -> None:
    """OCP values are left only next to casts, and with abi=preserve in the public signature."""
    makes = {"fnuz.to_ocp", "arith.constant", "arith.bitcast", "tensor.bitcast", "vector.bitcast"}
    takes = {"fnuz.from_ocp", "arith.bitcast", "tensor.bitcast", "vector.bitcast"}
    if abi == "preserve":
        takes.add("func.return")

    def visit(op: Any) -> Any:
        for values, allowed in ((op.results, makes), (op.operands, takes)):
            for value in values:
                if OCP.search(str(value.type)):
                    assert op.name in allowed, f"{op.name} holds {value.type}"
        for region in op.regions:
            for block in region.blocks:
                for argument in block.arguments:
                    if OCP.search(str(argument.type)):
                        assert abi == "preserve", f"block argument of {op.name}"
                        assert op.name == "func.func"
                        assert op.attributes["sym_name"].value == "main"
        if op.name == "func.func" and op.attributes["sym_name"].value != "main":
            assert not OCP.search(str(op.attributes["function_type"]))
        return bindings.load().ir.WalkResult.ADVANCE

    module.operation.walk(visit)


def run(
    examples: int,
    *,
    derandomize: bool,
    check: Callable[[Case, Counter[str]], None] = check,
) -> Counter[str]:
    counted: Counter[str] = Counter()

    @settings(
        max_examples=examples,
        derandomize=derandomize,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(cases())
    def each(case: Case) -> None:
        note(repr(case))
        check(case, counted)

    each()
    return counted


def assert_informative(counted: Counter[str], examples: int) -> None:
    print(dict(counted))
    assert counted["programs"] >= examples
    assert counted["all NaN"] <= counted["programs"] // 20
    assert counted["nothing"] <= counted["programs"] // 10
    assert counted["NaN"] <= counted["elements"] // 3


def test_random_programs() -> None:
    assert_informative(run(200, derandomize=True), 200)


@pytest.mark.long
def test_many_random_programs() -> None:
    assert_informative(run(5000, derandomize=False), 5000)


ONCE_WRONG = {
    "sizes of a tensor that gets a factor": """
func.func @main(%x: tensor<?x?xf8E4M3FN>) -> tensor<?x?xbf16> {
  %r = arith.extf %x : tensor<?x?xf8E4M3FN> to tensor<?x?xbf16>
  return %r : tensor<?x?xbf16>
}""",
    "an insert into what is read": """
func.func @main(%t: tensor<3x2xf8E4M3FN>, %x: f8E4M3FN) -> vector<3x2xf8E4M3FN> {
  %c = arith.constant 0 : index
  %v = vector.transfer_read %t[%c, %c], %x : tensor<3x2xf8E4M3FN>, vector<3x2xf8E4M3FN>
  %r = vector.insert %x, %v[1, 1] : f8E4M3FN into vector<3x2xf8E4M3FN>
  return %r : vector<3x2xf8E4M3FN>
}""",
    "a write into what a call gave, which is a constant": """
func.func private @f() -> tensor<4xf8E4M3FN> {
  %c = arith.constant dense<[1.0, -0.0, 0.5, 448.0]> : tensor<4xf8E4M3FN>
  return %c : tensor<4xf8E4M3FN>
}
func.func @main(%x: f8E4M3FN) -> (tensor<4xf8E4M3FN>, tensor<4xf8E4M3FN>) {
  %i = arith.constant 2 : index
  %t = func.call @f() : () -> tensor<4xf8E4M3FN>
  %r = tensor.insert %x into %t[%i] : tensor<4xf8E4M3FN>
  %s = func.call @f() : () -> tensor<4xf8E4M3FN>
  return %r, %s : tensor<4xf8E4M3FN>, tensor<4xf8E4M3FN>
}""",
    "classes and clamps of vectors of two dimensions": """
func.func @main(%x: vector<2x3xf8E5M2>, %l: vector<2x3xf8E5M2>, %h: vector<2x3xf8E5M2>)
    -> (vector<2x3xi8>, vector<2x3xi8>, vector<2x3xi8>, vector<2x3xf8E5M2>) {
  %a = math.isnan %x : vector<2x3xf8E5M2>
  %b = math.isfinite %x : vector<2x3xf8E5M2>
  %c = math.isinf %x : vector<2x3xf8E5M2>
  %d = math.clampf %x to [%l, %h] : vector<2x3xf8E5M2>
  %e = arith.extui %a : vector<2x3xi1> to vector<2x3xi8>
  %f = arith.extui %b : vector<2x3xi1> to vector<2x3xi8>
  %g = arith.extui %c : vector<2x3xi1> to vector<2x3xi8>
  return %e, %f, %g, %d : vector<2x3xi8>, vector<2x3xi8>, vector<2x3xi8>, vector<2x3xf8E5M2>
}""",
}


@pytest.mark.parametrize("name", ONCE_WRONG)
@pytest.mark.parametrize("abi", ["convert", "preserve"])
def test_once_wrong(name: str, abi: str) -> None:
    ir = bindings.load().ir
    module = ir.Module.parse(ONCE_WRONG[name], context=ir.Context())
    converted = cpu.clone(module)
    passes.run(converted, abi=abi)
    verifier = compare.Verifier(module, converted, opt_level=0)
    for kind in inputs.KINDS:
        arrays = inputs.random(verifier.functions["main"], kind, 0)
        assert all(c.ok for c in verifier.run("main", arrays))


def test_inputs_have_the_types_of_the_arguments() -> None:
    for element, dtype in DTYPES.items():
        if element in (*random_programs.WIDTH, "i1", "i8", "i32"):
            v = random_programs.V("", "tensor", element, (2, 3), (False, False))
            for special in (False, True):
                drawn = random_programs.draw(v, np.random.default_rng(0), special)
                assert (drawn.dtype, drawn.shape) == (np.dtype(dtype), (2, 3))
