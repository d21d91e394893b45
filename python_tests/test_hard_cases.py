"""The cases on which converters fail: each is converted, run, and compared bit for bit.

AMD's own pass (MIGraphX, fp8_ocp_to_fnuz) fails the first, the fourth, the fifth and the sixth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import float_ops
import numpy as np
import pytest
from numpy.typing import NDArray

from fnuz import bindings, passes
from fnuz.dialect import ops
from fnuz.dialect.formats import E4M3FN
from fnuz.execution import cpu
from fnuz.execution.compare import Verifier
from fnuz.execution.cpu import clone

Arrays = list[NDArray[Any]]

DEQUANTIZE = """
  %{name}_e = tensor.empty() : tensor<{shape}xf32>
  %{name} = linalg.generic {{indexing_maps = [#i, #i], iterator_types = ["parallel", "parallel"]}}
      ins({value} : tensor<{shape}x{t}>) outs(%{name}_e : tensor<{shape}xf32>) {{
  ^bb0(%p: {t}, %o: f32):
    %p1 = arith.extf %p : {t} to f32
    %p2 = arith.mulf %p1, {scale} : f32
    linalg.yield %p2 : f32
  }} -> tensor<{shape}xf32>"""
QUANTIZE = """
  %{name}_e = tensor.empty() : tensor<{shape}x{t}>
  %{name} = linalg.generic {{indexing_maps = [#i, #i], iterator_types = ["parallel", "parallel"]}}
      ins({value} : tensor<{shape}xf32>) outs(%{name}_e : tensor<{shape}x{t}>) {{
  ^bb0(%p: f32, %o: {t}):
    %p1 = arith.divf %p, {scale} : f32
    %p2 = arith.maximumf %p1, %lo : f32
    %p3 = arith.minimumf %p2, %hi : f32
    %p4 = arith.truncf %p3 : f32 to {t}
    linalg.yield %p4 : {t}
  }} -> tensor<{shape}x{t}>"""
DOT = """
  %{name}_e = tensor.empty() : tensor<4x4xf32>
  %{name}_c = linalg.fill ins(%zero : f32) outs(%{name}_e : tensor<4x4xf32>) -> tensor<4x4xf32>
  %{name} = linalg.matmul ins({a} : tensor<4x4x{ta}>, tensor<4x4x{tb}>)
      outs(%{name}_c : tensor<4x4xf32>) -> tensor<4x4xf32>"""
CONSTANTS = """
  %zero = arith.constant 0.0 : f32
  %s = arith.constant 0.6 : f32
  %k = arith.constant 0.3 : f32
  %lo = arith.constant -448.0 : f32
  %hi = arith.constant 448.0 : f32"""
IDENTITY = "#i = affine_map<(i, j) -> (i, j)>\n"


def dequantize(name: str, value: str, scale: str = "%s", shape: str = "4x4") -> str:
    return DEQUANTIZE.format(name=name, value=value, scale=scale, shape=shape, t="f8E4M3FN")


def quantize(name: str, value: str, scale: str = "%s", shape: str = "4x4") -> str:
    return QUANTIZE.format(name=name, value=value, scale=scale, shape=shape, t="f8E4M3FN")


def dot(name: str, a: str, b: str, ta: str = "f32", tb: str = "f32") -> str:
    return DOT.format(name=name, a=f"{a}, {b}", ta=ta, tb=tb)


def main(arguments: str, body: str, results: str, types: str) -> str:
    return f"""{IDENTITY}func.func @main({arguments}) -> ({types}) {{{CONSTANTS}{body}
  return {results} : {types}
}}"""


def floats(rng: np.random.Generator, *shape: int) -> NDArray[np.float32]:
    return (rng.standard_normal(shape) * 50).astype(np.float32)


def codes(rng: np.random.Generator, *shape: int, special: int | None = None) -> NDArray[np.uint8]:
    drawn = rng.choice([c for c in range(256) if c not in (0x80, 0x7F, 0xFF)], shape)
    if special is not None:
        drawn.reshape(-1)[:: max(drawn.size // 2, 1)] = special
    return drawn.astype(np.uint8)


@dataclass(frozen=True)
class Case:
    """One row of the table: a program, its inputs, and what more must hold of the conversion."""

    text: str
    inputs: Callable[[np.random.Generator], Arrays]
    adds: int = 0
    """Float ops added."""


F8, F32 = "tensor<4x4xf8E4M3FN>", "tensor<4x4xf32>"
MINUS_ZERO_WEIGHTS = 'dense<"0x80388040C080448038803C3480403880"> : tensor<4x4xf8E4M3FN>'
CASES = {
    "-0 activations": Case(
        main(
            f"%x: {F32}",
            quantize("q", "%x")
            + f"\n  %w = arith.constant dense<1.5> : {F8}"
            + dot("r", "%q", "%w", "f8E4M3FN", "f8E4M3FN"),
            "%r",
            F32,
        ),
        # -1e-4 rounds to -0.
        lambda rng: [np.where(np.eye(4) > 0, -1e-4, floats(rng, 4, 4)).astype(np.float32)],
        adds=1,
    ),
    "-0 weights": Case(
        main(
            f"%x: {F8}",
            f"\n  %w = arith.constant {MINUS_ZERO_WEIGHTS}"
            + dot("r", "%x", "%w", "f8E4M3FN", "f8E4M3FN"),
            "%r",
            F32,
        ),
        lambda rng: [codes(rng, 4, 4)],
        adds=1,
    ),
    "NaN bytes": Case(
        main(
            f"%x: {F8}",
            f'\n  %w = arith.constant dense<"0x7F388040C080448038FF3C3480403880"> : {F8}'
            + dequantize("d", "%w")
            + dot("r", "%x", "%w", "f8E4M3FN", "f8E4M3FN"),
            "%d, %r",
            f"{F32}, {F32}",
        ),
        lambda rng: [codes(rng, 4, 4, special=0xFF)],
        adds=1,
    ),
    "one dequantize for q, k and v": Case(
        main(
            f"%x: {F8}, %a: {F32}, %b: {F32}, %c: {F32}",
            dequantize("d", "%x")
            + dot("rq", "%d", "%a")
            + dot("rk", "%d", "%b")
            + dot("rv", "%d", "%c"),
            "%rq, %rk, %rv",
            f"{F32}, {F32}, {F32}",
        ),
        lambda rng: [codes(rng, 4, 4), *(floats(rng, 4, 4) for _ in range(3))],
    ),
    "dequantize without a zero point, quantize with one": Case(
        main(
            f"%x: {F8}",
            dequantize("d", "%x")
            + quantize("y", "%d", "%k")
            .replace("%p2 = arith.max", "%pz = arith.addf %p1, %zero : f32\n    %p2 = arith.max")
            .replace("maximumf %p1", "maximumf %pz"),
            "%y",
            F8,
        ),
        lambda rng: [codes(rng, 4, 4)],
    ),
    "a run-time scale": Case(
        main(
            f"%x: {F8}, %r: f32",
            dequantize("d", "%x", "%r") + quantize("y", "%d", "%r"),
            "%d, %y",
            f"{F32}, {F8}",
        ),
        lambda rng: [codes(rng, 4, 4), np.array(0.37, np.float32)],
        adds=1,  # One scalar, for both.
    ),
    "weights only": Case(
        main(
            f"%x: {F32}, %w: {F8}",
            dequantize("d", "%w", "%k") + dot("r", "%x", "%d"),
            "%r",
            F32,
        ),
        lambda rng: [floats(rng, 4, 4), codes(rng, 4, 4)],
    ),
    "an f8E8M0FNU scale of 0xFE": Case(
        """func.func @main(%x: tensor<4xf8E4M3FN>) -> tensor<4xf32> {
  %s = arith.constant dense<"0xFE7F80FF"> : tensor<4xf8E8M0FNU>
  %0 = arith.scaling_extf %x, %s : tensor<4xf8E4M3FN>, tensor<4xf8E8M0FNU> to tensor<4xf32>
  return %0 : tensor<4xf32>
}""",
        # 2^-9 * 2^127 is finite.
        lambda rng: [np.array([0x01, 0x38, 0x45, 0x30], np.uint8)],
        adds=1,
    ),
    "an f16 scale of 32768": Case(
        """func.func @main(%x: tensor<4xf8E4M3FN>) -> tensor<4xf16> {
  %s = arith.constant dense<32768.0> : tensor<4xf16>
  %0 = arith.extf %x : tensor<4xf8E4M3FN> to tensor<4xf16>
  %1 = arith.mulf %0, %s : tensor<4xf16>
  return %1 : tensor<4xf16>
}""",
        lambda rng: [np.array([0x01, 0x38, 0x03, 0x83], np.uint8)],
        adds=1,
    ),
}


def parse(text: str) -> Any:
    context = bindings.load().ir.Context()
    ops.load(context)
    return bindings.load().ir.Module.parse(text, context=context)


def in_e5m2(text: str) -> str:
    return text.replace("f8E4M3FN", "f8E5M2").replace("448.0", "57344.0")


def check(module: Any, converted: Any, given: Arrays, **semantics: Any) -> None:
    verifier = Verifier(module, converted, opt_level=0, **semantics)
    informative = 0
    for comparison in verifier.run("main", given):
        assert comparison.ok, f"{comparison}\n{converted}"
        informative += comparison.elements - comparison.nans
    assert informative > 0, "all results were NaN: nothing was compared"


ABIS = next(o.choices for o in passes.PASSES["convert-ocp-to-fnuz"].options() if o.name == "abi")


@pytest.mark.parametrize("abi", ABIS)
@pytest.mark.parametrize("format_", ["f8E4M3FN", "f8E5M2"])
@pytest.mark.parametrize("name", CASES)
def test_case(name: str, format_: str, abi: str) -> None:
    case = CASES[name]
    text = case.text if format_ == "f8E4M3FN" else in_e5m2(case.text)
    module = parse(text)
    converted = clone(module)
    warnings: list[str] = []
    passes.run(converted, abi=abi, on_warning=lambda _, message: warnings.append(message))
    if abi == "convert":
        added = sum(float_ops.count(converted).values()) - sum(float_ops.count(module).values())
        assert added == case.adds, converted
    cannot_double = "0xFE" in name or "32768" in name
    assert len([w for w in warnings if "cannot be multiplied by 2^1" in w]) == cannot_double
    for seed in range(3):
        check(module, converted, case.inputs(np.random.default_rng(seed)))


@pytest.mark.parametrize("abi", ABIS)
@pytest.mark.parametrize("name", CASES)
def test_twice(name: str, abi: str) -> None:
    module = parse(CASES[name].text)
    passes.run(module, abi=abi, on_warning=lambda *_: None)
    text = str(module)
    passes.run(module, abi=abi, on_warning=lambda *_: None)
    assert str(module) == text


@pytest.mark.parametrize("inf", ["nan", "saturate"])
def test_inf(inf: Any) -> None:
    module = parse(
        """
func.func @main(%x: tensor<4x4xf32>, %y: tensor<4x4xf8E5M2>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %s = arith.constant dense<0.3> : tensor<4x4xf32>
  %w = arith.constant dense<"0x7C38FC40C0800C488038803C34804038"> : tensor<4x4xf8E5M2>
  %d = arith.divf %x, %s : tensor<4x4xf32>
  %q = arith.truncf %d : tensor<4x4xf32> to tensor<4x4xf8E5M2>
  %a = arith.addf %q, %y : tensor<4x4xf8E5M2>
  %0 = arith.extf %a : tensor<4x4xf8E5M2> to tensor<4x4xf32>
  %1 = arith.extf %w : tensor<4x4xf8E5M2> to tensor<4x4xf32>
  %2 = arith.mulf %1, %s : tensor<4x4xf32>
  return %0, %2 : tensor<4x4xf32>, tensor<4x4xf32>
}"""
    )
    converted = clone(module)
    warnings: list[str] = []
    passes.run(converted, inf=inf, on_warning=lambda _, message: warnings.append(message))
    becomes = "NaN" if inf == "nan" else "57344"
    assert len(warnings) == 1
    assert "2 Inf in a constant of f8E5M2" in warnings[0]
    assert f"it becomes {becomes}" in warnings[0]
    rng = np.random.default_rng(0)
    x = floats(rng, 4, 4)
    x[0] = [1e30, -1e30, 18432.0, np.inf]
    y = rng.integers(0, 0x7C, (4, 4)).astype(np.uint8)
    y[1] = [0x7C, 0xFC, 0x7B, 0xFB]
    check(module, converted, [x, y], inf=inf)


def test_values_of_the_table() -> None:
    """The -0 activation by hand: `1 2 11 16`, where one would see NaN if it became one."""
    text = main(
        f"%x: {F32}, %w: {F8}",
        quantize("q", "%x") + dot("r", "%q", "%w", "f8E4M3FN", "f8E4M3FN"),
        "%r",
        F32,
    ).replace("%s = arith.constant 0.6", "%s = arith.constant 0.5")
    converted = parse(text)
    passes.run(converted)
    x = np.zeros((4, 4), np.float32)
    x[0, :2], x[1, :2] = [-1e-4, 0.5], [1.0, 2.0]  # at scale 0.5: -0, 1; 2, 4
    w = np.zeros((4, 4), np.uint8)
    w[:2, :2] = E4M3FN.encode([[3.5, 4.0], [1.0, 2.0]])
    verifier = Verifier(parse(text), converted, opt_level=0)
    passes.run(converted, "emulate-fp8")

    outcome = cpu.compile(converted, opt_level=0).run("main", [x, w.view(np.int8)])
    assert outcome.results[0][:2, :2].tolist() == [[1.0, 2.0], [11.0, 16.0]]
    assert all(c.ok for c in verifier.run("main", [x, w]))


@pytest.mark.parametrize("overflow", ["nan", "saturate"])
def test_fnuz_to_ocp_of_what_has_no_double(overflow: Any) -> None:
    """E4M3FNUZ 0x7F is 240; E4M3FN has no 480."""
    module = parse(
        """
func.func @main(%x: tensor<4xf8E4M3FNUZ>) -> (tensor<4xf32>, tensor<4xf32>) {
  %w = arith.constant dense<"0x7FFF7E80"> : tensor<4xf8E4M3FNUZ>
  %0 = arith.extf %w : tensor<4xf8E4M3FNUZ> to tensor<4xf32>
  %1 = arith.extf %x : tensor<4xf8E4M3FNUZ> to tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}"""
    )
    converted = clone(module)
    warnings: list[str] = []
    passes.run(
        converted,
        "fnuz-to-ocp",
        overflow=overflow,
        on_warning=lambda _, message: warnings.append(message),
    )
    assert len(warnings) == 1
    assert "2 beyond 224.0 in a constant of f8E4M3FNUZ" in warnings[0]
    x = np.array([0x7F, 0xFF, 0x7E, 0x08], np.uint8)
    check(module, converted, [x], overflow=overflow)
    emulated = clone(converted)
    passes.run(emulated, "emulate-fp8")
    # A caller hands over converted codes: 0x7F is what it became.
    becomes = 0x7E if overflow == "saturate" else 0x7F
    given = np.array([becomes, 0x7E, 0x01, 0x00], np.uint8)
    results = cpu.compile(emulated, opt_level=0).run("main", [given.view(np.int8)]).results
    lost = 224.0 if overflow == "saturate" else np.nan
    np.testing.assert_array_equal(results[0], np.array([lost, -lost, 224.0, np.nan], np.float32))
    np.testing.assert_array_equal(results[1], np.array([lost, 224.0, 2.0**-10, 0.0], np.float32))


@pytest.mark.parametrize("other", [{"abi": "preserve"}, {"overflow": "saturate"}])
def test_twice_in_another_way_is_an_error(other: dict[str, str]) -> None:
    module = parse(CASES["-0 weights"].text)
    passes.run(module)
    with pytest.raises(passes.PassFailed, match="converted with abi=convert"):
        passes.run(module, **other)
