"""Programs that hypothesis draws: converted, run and compared bit for bit."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import random_programs
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from fnuz import bindings, passes
from fnuz.execution import compare, cpu
from fnuz.passes.convert_ocp_to_fnuz import ConvertOcpToFnuz

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
            f"seed {self.seed}, '{self.before}' then ocp-to-fnuz{{{options}}} then "
            f"'{self.after}' of\n{self.program.text}\n"
        )


@st.composite
def cases(
    draw: st.DrawFn,
    programs: type[random_programs.Program],
    before: Sequence[str],
    after: Sequence[str],
) -> Case:
    """A program with random options, and upstream passes before and after the conversion."""
    options = {
        o.name: draw(st.sampled_from([o.default, *o.choices]))
        for o in ConvertOcpToFnuz.options()
        if o.choices
    }
    first, last = draw(st.sampled_from(before)), draw(st.sampled_from(after))
    inputs_seed = draw(st.integers(0, 2**32 - 1))

    def integer(low: int, high: int) -> int:
        return draw(st.integers(low, high))

    try:
        program = programs(integer, memref_arguments=options["abi"] == "convert")
    except random_programs.NotHere:
        program = programs(lambda low, high: low, memref_arguments=False)
    return Case(program, options, first, last, inputs_seed)


def check(case: Case, counted: Counter[str]) -> None:
    """Convert, look for OCP types that are left, convert again, run, compare."""
    ir = bindings.load().ir
    module = ir.Module.parse(case.program.text, context=ir.Context())
    if case.before:
        passes.run(module, case.before)
    converted = cpu.clone(module)
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
    counted.update(case.program.features())
    rng = np.random.default_rng(case.seed)
    for special in (False, True):
        comparisons = verifier.run("main", case.program.inputs(rng, special))
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
    cases: st.SearchStrategy[Case],
    examples: int,
    number: int | None = None,
    check: Callable[[Case, Counter[str]], None] = check,
) -> Counter[str]:
    """Check so many cases: the same each time, or where there is a `number` those of that seed."""
    counted: Counter[str] = Counter()

    @settings(
        max_examples=examples,
        derandomize=number is None,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(cases)
    def each(case: Case) -> None:
        note(repr(case))
        check(case, counted)

    (each if number is None else seed(number)(each))()
    return counted


def assert_informative(counted: Counter[str], examples: int) -> None:
    print(dict(counted))
    assert counted["programs"] >= examples
    assert counted["all NaN"] <= counted["programs"] // 20
    assert counted["nothing"] <= counted["programs"] // 10
    assert counted["NaN"] <= counted["elements"] // 3
