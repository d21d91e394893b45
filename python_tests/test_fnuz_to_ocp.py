"""convert-fnuz-to-ocp: the bits of the FNUZ program, and there and back those of the OCP one."""

import re
import secrets
from collections import Counter
from typing import Any

import converted_programs
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
from test_corner_cases import CASES
from test_inputs import BOUNDARIES, NOT_ON_A_CPU, REFUSED
from test_inputs import FILES as INPUTS
from test_inputs import parse as parse_input
from test_random_programs import CASES as RANDOM
from test_rules import CANNOT_RUN, RULES, OneCompilation, in_format, names, parse

from fnuz import bindings, passes
from fnuz.dialect import formats
from fnuz.dialect.formats import (
    E4M3FN,
    E5M2,
    FNUZ_OF,
    Fp8Format,
    OverflowPolicy,
    fnuz_to_ocp_codes,
    ocp_to_fnuz_codes,
)
from fnuz.execution import inputs
from fnuz.execution.compare import Verifier
from fnuz.execution.cpu import clone
from fnuz.execution.signature import Value
from fnuz.passes.constants import codes_of
from fnuz.passes.registry import Rule

FNUZ = re.compile(r"f8E\dM\dFNUZ")
POLICIES = pytest.mark.parametrize("overflow", ["nan", "saturate"])
FORMATS = pytest.mark.parametrize("format_", ["f8E4M3FN", "f8E5M2"])
HELD = {f.mlir_name: fnuz_to_ocp_codes(f)[ocp_to_fnuz_codes(f)] for f in (E4M3FN, E5M2)}
HELD |= {FNUZ_OF[f].mlir_name: ocp_to_fnuz_codes(f)[fnuz_to_ocp_codes(f)] for f in (E4M3FN, E5M2)}
FROM_OCP = {FNUZ_OF[f].mlir_name: ocp_to_fnuz_codes(f) for f in (E4M3FN, E5M2)}
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

    With `held` arguments are what the other format can hold: what a caller hands to abi=convert.
    """
    verifier = OneCompilation(module, converted, opt_level=0, **semantics)
    elements = informative = 0
    for function, signature in verifier.functions.items():
        for kind in inputs.KINDS:
            for exponent in (0, -8):
                arrays = inputs.random(signature, kind, seed=0, exponent=exponent)
                if held:
                    arrays = [
                        HELD[v.element][a] if v.element in HELD else a
                        for v, a in zip(signature.arguments, arrays, strict=True)
                    ]
                for comparison in verifier.run(function, arrays):
                    where = f"@{function}, {kind}, 2^{exponent}"
                    assert comparison.ok, f"{where}: {comparison}"
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
        elements, informative = compare(
            module, to_ocp(module, overflow=overflow), overflow=overflow
        )
        assert informative > 0 or elements == 0
    again = to_ocp(module)
    passes.run(again, "ocp-to-fnuz", on_warning=lambda *_: None)
    compare(module, again, held=True)
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
    check_there_and_back(parse(in_format(rule.example, format_)), abi)


@pytest.mark.skipif(not INPUTS, reason="the shared inputs are not beside the checkout")
@pytest.mark.parametrize(
    ("name", "abi"), [b for b in BOUNDARIES if b[0] not in REFUSED and b[1] != "f32"]
)
def test_input_there_and_back(name: str, abi: str) -> None:
    module = parse_input(name, parse("").context)
    informative = check_there_and_back(module, abi, runs=name not in NOT_ON_A_CPU)
    assert informative > 0 or name in NOT_ON_A_CPU


def check_there_and_back(module: Any, abi: str, *, runs: bool = True) -> int:
    """To FNUZ and back: against the FNUZ module and against the first. Returns as `compare`."""
    there = clone(module)
    if abi == "preserve" and re.search(r"func\.func (?!private)[^\n]*memref<[^)]*f8E", str(module)):
        with pytest.raises(passes.PassFailed, match="keeps its OCP signature and memref<"):
            passes.run(there, "ocp-to-fnuz", abi=abi)
        return 0
    passes.run(there, "ocp-to-fnuz", abi=abi, on_warning=lambda *_: None)
    back = to_ocp(there)
    assert "fnuz.converted" not in back.operation.attributes
    text = back.operation.get_asm(large_elements_limit=8, large_resource_limit=8)
    left = [line for line in text.splitlines() if FNUZ.search(line)]
    assert [line for line in left if not re.search(r"bitcast|fnuz\.", line)] == []
    assert str(to_ocp(back)) == str(back)
    if not runs:
        return 0
    OneCompilation.programs.clear()
    compare(there, back)
    return compare(module, back, held=abi == "convert")[1]


def check_random(case: converted_programs.Case, counted: Counter[str]) -> None:
    """A program over FNUZ to OCP, once and twice; and the program over OCP there and back."""
    options = {"abi": case.options["abi"], "overflow": "nan"}
    if case.options["overflow"] == "saturate":
        options["overflow"] = "saturate"
    native = parse(as_fnuz(case.program.text))
    if case.before:
        passes.run(native, case.before)
    converted = to_ocp(clone(native), **options)
    text = str(converted)
    assert str(to_ocp(converted, **options)) == text
    if case.after:
        passes.run(converted, case.after)
    there = parse(case.program.text)
    passes.run(there, "ocp-to-fnuz", on_warning=lambda *_: None, **case.options)
    back = to_ocp(there)
    counted["programs"] += 1
    verifiers = (
        Verifier(native, converted, overflow=options["overflow"], opt_level=0),
        Verifier(there, back, opt_level=0),
    )
    for special in (False, True):
        for verifier in verifiers:
            rng = np.random.default_rng(case.seed)
            given = case.program.inputs(rng, special)
            if verifier is verifiers[1]:  # what began as OCP has no other codes
                given = [
                    as_converted(v, w, a)
                    for v, w, a in zip(
                        *(v.functions["main"].arguments for v in verifiers), given, strict=True
                    )
                ]
            comparisons = verifier.run("main", given)
            wrong = [str(c) for c in comparisons if not c.ok]
            assert not wrong, f"{wrong}\n{text}\n{back}"
            counted["elements"] += sum(c.elements for c in comparisons)
            counted["equal"] += sum(c.equal for c in comparisons)
            counted["NaN"] += sum(c.nans for c in comparisons)


def as_converted(native: Value, there: Value, array: Array) -> Array:
    """Codes for the program as the module that was converted from OCP takes them."""
    if native.element not in FROM_OCP:
        return array
    if there.element == "f32":
        return formats.OCP_OF[formats.FORMATS[native.element]].decode(array)
    return FROM_OCP[there.element][array] if there.element in FROM_OCP else array


def assert_informative(counted: Counter[str], examples: int) -> None:
    print(dict(counted))
    assert counted["programs"] >= examples
    assert counted["equal"] >= 0.95 * counted["elements"]
    assert counted["NaN"] <= counted["elements"] // 3


def test_random_programs() -> None:
    counted = converted_programs.run(RANDOM, 20, check=check_random)
    assert_informative(counted, 20)


@pytest.mark.long
def test_many_random_programs() -> None:
    number = secrets.randbits(32)
    assert_informative(converted_programs.run(RANDOM, 1000, number, check_random), 1000)


# -- every code and every decision


def convert(**options: str) -> str:
    return "convert-fnuz-to-ocp{" + " ".join(f"{k}={v}" for k, v in options.items()) + "}"


def expected(ocp: Fp8Format, x: Array, overflow: OverflowPolicy) -> Array:
    """The OCP codes of what the FNUZ program rounds to."""
    with np.errstate(invalid="ignore"):
        codes = FNUZ_OF[ocp].encode(x.astype(np.float64))
    return fnuz_to_ocp_codes(ocp, overflow)[codes]


def one_nan(ocp: Fp8Format, codes: Array) -> Array:
    codes = codes.view(np.uint8)
    return np.where(np.isnan(ocp.values[codes]), ocp.nan_code, codes).astype(np.uint8)


@EVERY_OCP
@pytest.mark.parametrize("source", ["f16", "bf16"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_guards_are_needed(ocp: Fp8Format, source: str) -> None:
    """Where rounding twice the value to OCP is not what FNUZ gives, over every 16-bit float."""
    x = CODES16.view(ML_DTYPES[source]).astype(np.float64)
    unguarded = ocp.encode(2 * x)
    nan = one_nan(ocp, unguarded) != one_nan(ocp, expected(ocp, x, "nan"))
    to_inf = np.isinf(ocp.values[unguarded])
    assert (nan == ((unguarded == 0x80) | to_inf)).all()
    assert to_inf.any() == (ocp is E5M2)
    saturate = one_nan(ocp, unguarded) != one_nan(ocp, expected(ocp, x, "saturate"))
    beyond = np.abs(FNUZ_OF[ocp].values[FNUZ_OF[ocp].encode(x)]) > ocp.max / 2
    assert beyond.any()
    assert (saturate == ((unguarded == 0x80) | to_inf | beyond)).all()


@EVERY_OCP
@POLICIES
@pytest.mark.parametrize("source", ["f32", "f16", "bf16", "f64"])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_truncf(ocp: Fp8Format, source: str, overflow: OverflowPolicy) -> None:
    name = FNUZ_OF[ocp].mlir_name
    text = elementwise(f"%y = arith.truncf %x0 : {source} to {name}", [source], name)
    x = floats(source, ocp)
    if source in ("f32", "f64"):  # the decisions of FNUZ are at half of those of OCP
        x = np.concatenate([x, near_every_decision(FNUZ_OF[ocp], ML_DTYPES[source])])
    got = run(text, convert(overflow=overflow), x)
    want = expected(ocp, x, overflow)
    assert_same(one_nan(ocp, got), one_nan(ocp, want), x)


@EVERY_OCP
@POLICIES
@pytest.mark.parametrize("bound", [1.0, 0.5])
def test_truncf_of_a_clamped_value(ocp: Fp8Format, bound: float, overflow: OverflowPolicy) -> None:
    """Clamped to the FNUZ maximum, and to half the OCP one, which needs no guard."""
    fnuz = FNUZ_OF[ocp]
    largest = fnuz.max if bound == 1.0 else ocp.max / 2
    text = elementwise(
        f"""%lo = arith.constant -{largest} : f32
        %hi = arith.constant {largest} : f32
        %0 = arith.maximumf %x0, %lo : f32
        %1 = arith.minimumf %0, %hi : f32
        %y = arith.truncf %1 : f32 to {fnuz.mlir_name}""",
        ["f32"],
        fnuz.mlir_name,
    )
    x = np.concatenate([near_every_decision(f, np.float32) for f in (ocp, fnuz)])
    got = run(text, convert(overflow=overflow), x)
    want = expected(ocp, np.clip(x, -np.float32(largest), np.float32(largest)), overflow)
    assert_same(one_nan(ocp, got), one_nan(ocp, want), x)


@EVERY_OCP
@POLICIES
@pytest.mark.parametrize("source", ["i8", "i16"])
@pytest.mark.parametrize("signed", ["sitofp", "uitofp"])
def test_integers(ocp: Fp8Format, signed: str, source: str, overflow: OverflowPolicy) -> None:
    name = FNUZ_OF[ocp].mlir_name
    text = elementwise(f"%y = arith.{signed} %x0 : {source} to {name}", [source], name)
    x = (CODES16 if source == "i16" else CODES).view({"i8": np.int8, "i16": np.int16}[source])
    value = x if signed == "sitofp" else x.view(f"u{x.dtype.itemsize}")
    got = run(text, convert(overflow=overflow), x)
    assert_same(one_nan(ocp, got), one_nan(ocp, expected(ocp, value, overflow)), x)


@EVERY_OCP
@POLICIES
@pytest.mark.parametrize("target", ["f16", "bf16", "f32", "f64"])
def test_extf(ocp: Fp8Format, target: str, overflow: OverflowPolicy) -> None:
    """Codes that are OCP already, and FNUZ codes that the function itself converts."""
    fnuz = FNUZ_OF[ocp]
    name = fnuz.mlir_name
    text = elementwise(f"%y = arith.extf %x0 : {name} to {target}", [name], target)
    there = fnuz_to_ocp_codes(ocp, overflow)
    want = bits_of(ocp.values[there] / np.float32(2), target)
    assert_same(run(text, convert(overflow=overflow), there), want, CODES)
    assert_same(run(text, convert(overflow=overflow, abi="preserve"), CODES), want, CODES)
    known = np.abs(fnuz.values) <= ocp.max / 2
    assert_same(want[known], bits_of(fnuz.values[known], target), CODES[known])


BINARY = ("arith.addf", "arith.subf", "arith.mulf", "arith.divf", "arith.remf", "math.copysign")
BINARY += ("arith.maximumf", "arith.minimumf", "arith.maxnumf", "arith.minnumf")


@EVERY_OCP
@POLICIES
@pytest.mark.parametrize("op", BINARY)
def test_every_pair(ocp: Fp8Format, op: str, overflow: OverflowPolicy) -> None:
    """The bits of the result, and of its f32 value: a -0 would show there."""
    fnuz = FNUZ_OF[ocp].mlir_name
    kept = CODES[np.abs(FNUZ_OF[ocp].values) <= ocp.max / 2]
    kept = np.append(kept, np.uint8(FNUZ_OF[ocp].nan_code))
    a, b = np.repeat(kept, kept.size), np.tile(kept, kept.size)
    if op == "math.copysign":  # the sign of a NaN is not kept
        number = b != FNUZ_OF[ocp].nan_code
        a, b = a[number], b[number]
    there = fnuz_to_ocp_codes(ocp, overflow)
    code = elementwise(f"%y = {op} %x0, %x1 : {fnuz}", [fnuz, fnuz], fnuz)
    plain = run(code, "", a, b).view(np.uint8)
    got = run(code, convert(overflow=overflow), there[a], there[b])
    assert_same(one_nan(ocp, got), one_nan(ocp, there[plain]), a, b)
    wide = elementwise(
        f"%0 = {op} %x0, %x1 : {fnuz}\n%1 = arith.negf %0 : {fnuz}\n"
        f"%y = arith.extf %1 : {fnuz} to f32",
        [fnuz, fnuz],
        "f32",
    )
    want = run(wide, "", a, b)
    want[np.abs(FNUZ_OF[ocp].values[plain]) > ocp.max / 2] = np.nan
    if overflow == "nan":
        assert_same(run(wide, convert(overflow=overflow), there[a], there[b]), want, a, b)


@EVERY_OCP
@POLICIES
def test_lowered_cast(ocp: Fp8Format, overflow: OverflowPolicy) -> None:
    """fnuz.to_ocp with its policy, lowered and emulated."""
    name, fnuz = ocp.mlir_name, FNUZ_OF[ocp].mlir_name
    policy = ' {overflow = "saturate"}' if overflow == "saturate" else ""
    cast = f'%y = "fnuz.to_ocp"(%x0){policy} : ({fnuz}) -> {name}'
    for pipeline in ("lower-fnuz-casts", ""):
        got = run(elementwise(cast, [fnuz], name), pipeline, CODES)
        assert_same(got.view(np.uint8), fnuz_to_ocp_codes(ocp, overflow), CODES)


F16_MATMUL = """
func.func @main(%a: tensor<8x8xf8E4M3FN>, %b: tensor<8x8xf8E4M3FN>, %c: tensor<8x8xf16>)
    -> tensor<8x8xf16> {
  %0 = linalg.matmul ins(%a, %b : tensor<8x8xf8E4M3FN>, tensor<8x8xf8E4M3FN>)
      outs(%c : tensor<8x8xf16>) -> tensor<8x8xf16>
  return %0 : tensor<8x8xf16>
}"""
"""The product of two values twice as large overflows f16 where their own does not."""


@FORMATS
@pytest.mark.parametrize("name", [*CASES, "f16 accumulator"])
def test_corner_case(name: str, format_: str) -> None:
    OneCompilation.programs.clear()
    module = parse(as_fnuz(in_format(CASES.get(name, F16_MATMUL), format_)))
    assert compare(module, to_ocp(module))[1] > 0


# -- constants


@EVERY_OCP
@POLICIES
@pytest.mark.parametrize("form", ["dense", "splat", "scalar", "global", "resource"])
def test_constants(ocp: Fp8Format, form: str, overflow: OverflowPolicy) -> None:
    """Every code, and a warning that counts those without a double."""
    name = FNUZ_OF[ocp].mlir_name
    codes = CODES if form in ("dense", "global", "resource") else np.array([0xFF], np.uint8)
    blob = f'"0x{codes.tobytes().hex()}"'
    text, resource = {
        "dense": (f"arith.constant dense<{blob}> : tensor<256x{name}>", ""),
        "resource": (f"arith.constant dense_resource<r> : tensor<256x{name}>", blob),
        "splat": (f"arith.constant dense<0xFF> : tensor<256x{name}>", ""),
        "scalar": (f"arith.constant 0xFF : {name}", ""),
        "global": (f'memref.global "private" @g : memref<256x{name}> = dense<{blob}>', ""),
    }[form]
    if form != "global":
        text = f"func.func private @f() {{\n%0 = {text}\nreturn\n}}"
    if resource:
        data = '"0x01000000' + resource[3:]
        text += f"\n{{-# dialect_resources: {{ builtin: {{ r: {data} }} }} #-}}"
    module = parse(text)
    warnings: list[str] = []
    passes.run(
        module,
        "convert-fnuz-to-ocp",
        on_warning=lambda location, message: warnings.append(f"{location}: {message}"),
        overflow=overflow,
    )
    (op,) = module.body.operations
    if form == "global":
        attr = op.operation.attributes["initial_value"]
    else:
        attr = op.operation.regions[0].blocks[0].operations[0].operation.attributes["value"]
    got = codes_of(attr, bindings.of(module))
    assert_same(one_nan(ocp, got), one_nan(ocp, fnuz_to_ocp_codes(ocp, overflow)[codes]), codes)
    largest = {E4M3FN: "224.0", E5M2: "28672.0"}[ocp]
    count = 1 if codes.size == 1 else {E4M3FN: 2, E5M2: 8}[ocp]
    becomes = largest if overflow == "saturate" else "NaN"
    (warning,) = warnings
    assert re.search(r'loc\("-":\d:\d\): ', warning)
    assert (
        f"{count} beyond {largest} in a constant of {name}: {ocp.mlir_name} has no value twice as "
        f"large, it becomes {becomes} (option overflow={overflow})"
    ) in warning


@EVERY_OCP
def test_constants_that_began_as_ocp(ocp: Fp8Format) -> None:
    """No warning: none of them is beyond."""
    blob = f'"0x{CODES.tobytes().hex()}"'
    type = f"tensor<256x{ocp.mlir_name}>"
    constant = f"%0 = arith.constant dense<{blob}> : {type}"
    module = parse(f"func.func @f() -> {type} {{\n{constant}\nreturn %0 : {type}\n}}")
    passes.run(module, "ocp-to-fnuz", on_warning=lambda *_: None)
    passes.run(module, "fnuz-to-ocp", on_warning=lambda _, message: pytest.fail(message))
    (op, _) = module.body.operations[0].operation.regions[0].blocks[0].operations
    got = codes_of(op.operation.attributes["value"], bindings.of(module))
    assert_same(one_nan(ocp, got), one_nan(ocp, HELD[ocp.mlir_name]), CODES)


# -- every f32


@pytest.mark.long
@EVERY_OCP
@POLICIES
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_truncf_of_every_f32(ocp: Fp8Format, overflow: OverflowPolicy) -> None:
    """All 2^32, against ml_dtypes."""
    fnuz = FNUZ_OF[ocp].mlir_name
    text = elementwise(f"%y = arith.truncf %x0 : f32 to {fnuz}", ["f32"], fnuz)
    table = one_nan(ocp, fnuz_to_ocp_codes(ocp, overflow))
    step, mismatches = 1 << 24, 0
    for start in range(0, 1 << 32, step):
        x = np.arange(start, start + step, dtype=np.uint32).view(np.float32)
        got = one_nan(ocp, run(text, convert(overflow=overflow), x))
        want = table[x.astype(ML_DTYPES[fnuz]).view(np.uint8)]
        mismatches += int(np.count_nonzero(got != want))
    assert mismatches == 0
