"""What crosses the boundary of a converted module: every code, each abi, each shape, each way."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fnuz import bindings, passes
from fnuz.dialect import ops
from fnuz.dialect.formats import E4M3FN, E5M2, FNUZ_OF, Fp8Format, fnuz_to_ocp_codes
from fnuz.dialect.formats import ocp_to_fnuz_codes as to_fnuz
from fnuz.execution import cpu, inputs
from fnuz.execution.compare import Comparison, Verifier

Array = NDArray[Any]

CODES = np.arange(256, dtype=np.uint8)
ABIS = ("convert", "preserve", "f32")
SHAPES = {"scalar": "", "vector": "vector<16x", "tensor": "tensor<256x", "dynamic": "tensor<?x"}

EVERY_OCP = pytest.mark.parametrize("ocp", [E4M3FN, E5M2], ids=lambda f: f.mlir_name)
EVERY_SHAPE = pytest.mark.parametrize("shape", SHAPES)
INF_POLICIES = pytest.mark.parametrize("inf", ["nan", "saturate"])
OVERFLOWS = pytest.mark.parametrize("overflow", ["exact", "saturate"])


def parse(text: str) -> Any:
    context = bindings.load().ir.Context()
    ops.load(context)
    return bindings.load().ir.Module.parse(text, context=context)


def type_of(shape: str, element: str) -> str:
    prefix = SHAPES[shape]
    return f"{prefix}{element}>" if prefix else element


def crossings(shape: str, source: Fp8Format) -> str:
    """A function of one argument for each abi, with each as a result for each abi."""
    type = type_of(shape, source.mlir_name)
    arguments = [f'%{abi}: {type} {{fnuz.abi = "{abi}"}}' for abi in ABIS]
    results = [f'{type} {{fnuz.abi = "{abi}"}}' for abi in ABIS]
    returned = [f"%{abi}" for abi in ABIS for _ in ABIS]
    return f"""
    func.func @f({", ".join(arguments)}) -> ({", ".join(results * len(ABIS))}) {{
      return {", ".join(returned)} : {", ".join([type] * len(returned))}
    }}"""


@cache
def compiled(text: str, way: str = "ocp-to-fnuz", **options: str) -> cpu.Program:
    module = parse(text)
    passes.run(module, way, **options)
    passes.run(module, "emulate-fp8")
    return cpu.compile(module, ["f"], opt_level=0)


def run(program: cpu.Program, arrays: list[Array]) -> list[Array]:
    """What @f gives for vectors of values, as many at a time as it takes."""
    takes = program.functions["f"].arguments
    shape = takes[0].shape
    parts = len(arrays[0]) // (shape[0] or len(arrays[0])) if shape else len(arrays[0])
    given = [
        np.split(array.view(value.dtype), parts) if shape else list(array.view(value.dtype))
        for value, array in zip(takes, arrays, strict=True)
    ]
    runs = [
        program.run("f", [np.asarray(given[i][part]) for i in range(len(given))]).results
        for part in range(parts)
    ]
    return [np.concatenate([np.atleast_1d(r) for r in every]) for every in zip(*runs, strict=True)]


def outside(codes: Array, ocp: Fp8Format, abi: str, inf: Any) -> Array:
    """OCP codes as a caller gives or gets them."""
    if abi == "f32":
        return ocp.decode(codes)
    return np.asarray(to_fnuz(ocp, inf)[codes]) if abi == "convert" else codes


def assert_same(got: Array, want: Array, message: str) -> None:
    """The same bits, and any f32 NaN is any other. fp8 NaN comes out as one code."""
    bits = np.uint32 if want.dtype == np.float32 else np.uint8
    same = got.view(bits) == want.view(bits)
    if want.dtype == np.float32:
        same |= np.isnan(got) & np.isnan(want)
    wrong = np.flatnonzero(~same)
    assert wrong.size == 0, f"{message}: {wrong.size} differ, first at {wrong[:4]}"


@EVERY_SHAPE
@EVERY_OCP
@INF_POLICIES
def test_every_code_each_way(ocp: Fp8Format, shape: str, inf: Any) -> None:
    """In by one abi and out by another: the bits are those that FNUZ holds of the code."""
    held = fnuz_to_ocp_codes(ocp)[to_fnuz(ocp, inf)]
    program = compiled(crossings(shape, ocp), inf=inf)
    results = iter(run(program, [outside(CODES, ocp, abi, inf) for abi in ABIS]))
    for into in ABIS:
        for out in ABIS:
            want = outside(held, ocp, out, inf)
            assert_same(next(results).view(want.dtype), want, f"{into} to {out}")


def rounding_edges(source: Fp8Format) -> Array:
    """Every f32 that an fp8 value, a midpoint or the neighbour of one is; and the corners."""
    finite = np.unique(source.values[np.isfinite(source.values)])
    beyond = finite + np.float32(source.max)
    edges = np.concatenate([finite, (finite[:-1] + finite[1:]) / 2, beyond, inputs.SPECIAL_FLOATS])
    edges = edges.astype(np.float32)
    up, down = np.float32([np.inf, -np.inf])
    values = np.concatenate([edges, np.nextafter(edges, up), np.nextafter(edges, down)])
    return np.concatenate([values, np.zeros(-values.size % 16, np.float32)])


@EVERY_OCP
@INF_POLICIES
@OVERFLOWS
@pytest.mark.parametrize("shape", ["vector", "dynamic"])
def test_f32_is_rounded_as_truncf_does(ocp: Fp8Format, shape: str, overflow: Any, inf: Any) -> None:
    values = rounding_edges(ocp)
    program = compiled(crossings(shape, ocp), inf=inf, overflow=overflow)
    zeros = np.zeros(values.size, np.uint8)
    results = run(program, [zeros, zeros, values])
    got = results[ABIS.index("f32") * len(ABIS) + ABIS.index("convert")].view(np.uint8)
    codes = ocp.encode(values, saturate=overflow == "saturate")
    assert_same(got, np.asarray(to_fnuz(ocp, inf)[codes]), "from f32")


@EVERY_SHAPE
@EVERY_OCP
@pytest.mark.parametrize("overflow", ["nan", "saturate"])
def test_to_ocp_every_code_and_f32(ocp: Fp8Format, shape: str, overflow: Any) -> None:
    """The same from FNUZ: what has no double is what the policy says, whichever way it comes in."""
    fnuz = FNUZ_OF[ocp]
    program = compiled(crossings(shape, fnuz), "fnuz-to-ocp", overflow=overflow)
    up = np.asarray(fnuz_to_ocp_codes(ocp, overflow))
    held = np.asarray(to_fnuz(ocp)[up])

    def outside_of(codes: Array, abi: str) -> Array:
        return {"convert": up[codes], "preserve": codes, "f32": fnuz.decode(codes)}[abi]

    def check(got: Array, codes: Array, abi: str, message: str) -> None:
        if abi == "convert":  # OCP has NaN of several codes.
            got, codes, abi = ocp.decode(got.view(np.uint8)) / 2, held[codes], "f32"
        want = outside_of(codes, abi)
        assert_same(got.view(want.dtype), want, message)

    results = iter(run(program, [outside_of(CODES, abi) for abi in ABIS]))
    for into in ABIS:
        for out in ABIS:
            check(next(results), held, out, f"{into} to {out}")
    values = rounding_edges(fnuz)
    values = np.resize(values, -(-values.size // 256) * 256)  # whole tensors
    zeros = np.zeros(values.size, np.uint8)
    results_of_f32 = run(program, [zeros, zeros, values])[ABIS.index("f32") * len(ABIS) :]
    for out, got in zip(ABIS, results_of_f32, strict=True):
        check(got, held[fnuz.encode(values)], out, f"any f32 to {out}")


CALLS = """
func.func @f(%x: {0}, %y: {0}) -> ({0}, {0}) {{
  %0 = arith.maximumf %x, %y : {0}
  %1 = func.call @g(%0) : ({0}) -> {0}
  %2 = arith.minimumf %1, %x : {0}
  return %2, %x : {0}, {0}
}}
func.func @g(%x: {0}) -> {0} {{
  %0 = arith.addf %x, %x : {0}
  return %0 : {0}
}}
"""


def compare(
    source: str, options: dict[str, Any], given: list[Array], way: str = "ocp-to-fnuz"
) -> list[Comparison]:
    module = parse(source)
    converted = cpu.clone(module)
    passes.run(converted, way, **options)
    semantics = {name: value for name, value in options.items() if name != "abi"}
    return Verifier(module, converted, opt_level=0, **semantics).run("f", given)


@EVERY_OCP
@pytest.mark.parametrize(
    ("overflow", "inf"), [("exact", "nan"), ("exact", "saturate"), ("saturate", "nan")]
)
@pytest.mark.parametrize("abi", ABIS)
def test_calls_keep_every_bit(ocp: Fp8Format, abi: str, overflow: Any, inf: Any) -> None:
    """Between public functions too. Infinities come in: what becomes of them is the policy's."""
    text = CALLS.format(type_of("dynamic", ocp.mlir_name))
    options = {"abi": abi, "inf": inf, "overflow": overflow}
    comparisons = compare(text, options, [CODES, CODES[::-1].copy()])
    for comparison in comparisons:
        assert comparison.ok, comparison
        assert comparison.nans < 64
    # The sign of zero shows outside, but where outside is FNUZ.
    assert (comparisons[1].equal < 256) == (abi != "convert")


@EVERY_OCP
@pytest.mark.parametrize("overflow", ["nan", "saturate"])
@pytest.mark.parametrize("abi", ABIS)
def test_calls_to_ocp_keep_every_bit(ocp: Fp8Format, abi: str, overflow: Any) -> None:
    text = CALLS.format(type_of("dynamic", FNUZ_OF[ocp].mlir_name))
    given = [CODES, CODES[::-1].copy()]
    for comparison in compare(text, {"abi": abi, "overflow": overflow}, given, "fnuz-to-ocp"):
        assert comparison.ok, comparison
        assert comparison.nans < 64


def test_the_verifier_sees_a_wrong_f32() -> None:
    """A factor that is missing at the boundary, and one bit of one element."""
    type = "tensor<256xf8E4M3FN>"
    module = parse(f"func.func @f(%x: {type}) -> {type} {{ return %x : {type} }}")
    right = cpu.clone(module)
    passes.run(right, "ocp-to-fnuz", abi="f32")
    for old, new, differs in (
        ("2.000000e+00 : f32", "4.000000e+00 : f32", 252),
        ("5.000000e-01 : f32", "2.500000e-01 : f32", 252),
        ("arith.constant 126 : i8", "arith.constant 125 : i8", 2),
    ):
        assert str(right).count(old) == 1
        wrong = parse(str(right).replace(old, new))
        (comparison,) = Verifier(module, wrong, opt_level=0).run("f", [CODES])
        assert not comparison.ok
        assert comparison.elements - comparison.held == differs, (new, comparison)
    (comparison,) = Verifier(module, right, opt_level=0).run("f", [CODES])
    assert (comparison.equal, comparison.held, comparison.nans) == (255, 256, 2)


MOVES = """
func.func @f(%x: tensor<16x16x{fnuz}>, %n: index) -> tensor<8x16x{fnuz}> {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %special = arith.constant {special} : {ocp}
  %0 = "fnuz.to_ocp"(%x) : (tensor<16x16x{fnuz}>) -> tensor<16x16x{ocp}>
  %e = tensor.empty() : tensor<16x16x{ocp}>
  %1 = linalg.transpose ins(%0 : tensor<16x16x{ocp}>) outs(%e : tensor<16x16x{ocp}>)
      permutation = [1, 0]
  %2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %1) -> tensor<16x16x{ocp}> {{
    %3 = tensor.insert %special into %a[%i, %i] : tensor<16x16x{ocp}>
    scf.yield %3 : tensor<16x16x{ocp}>
  }}
  %4 = tensor.extract_slice %2[0, 0] [8, 16] [2, 1]
      : tensor<16x16x{ocp}> to tensor<8x16x{ocp}>
  %5 = "fnuz.from_ocp"(%4) : (tensor<8x16x{ocp}>) -> tensor<8x16x{fnuz}>
  return %5 : tensor<8x16x{fnuz}>
}}
"""


@EVERY_OCP
@pytest.mark.parametrize("special", ["-0.0", "0x7C", "0xFF", "1.5"])
def test_movement_without_casts_moves_the_same(ocp: Fp8Format, special: str) -> None:
    fnuz = FNUZ_OF[ocp].mlir_name
    text = MOVES.format(ocp=ocp.mlir_name, fnuz=fnuz, special=special)
    x = to_fnuz(ocp)[CODES].reshape(16, 16).view(np.int8)
    results = []
    for fold in ("", "fold-fnuz-casts,"):
        module = parse(text)
        passes.run(module, f"{fold}lower-fnuz-casts")
        assert ("bitcast" in str(module)) == (not fold)
        passes.run(module, "emulate-fp8")
        results.append(
            cpu.compile(module, ["f"], opt_level=0).run("f", [x, np.int64(5)]).results[0]
        )
    assert (results[0] == results[1]).all()
    assert len(np.unique(results[0])) > 100
