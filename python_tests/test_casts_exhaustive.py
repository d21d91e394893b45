"""The converted casts and arithmetic, run on the CPU, against the formats: every code, every bit.

A program is converted as a user converts it, its fp8 emulated, and compiled.

`test_truncf_of_every_f32` is the claim "no mismatch over 2^32"; it runs with `-m long`.
"""

from functools import cache
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from fnuz import bindings, passes
from fnuz.dialect import ops
from fnuz.dialect.formats import (
    E4M3FN,
    E5M2,
    FNUZ_OF,
    FORMATS,
    Fp8Format,
    InfPolicy,
    fnuz_to_ocp_codes,
    ocp_to_fnuz_codes,
)
from fnuz.execution import cpu

Array = NDArray[Any]

CODES = np.arange(256, dtype=np.uint8)
CODES16 = np.arange(65536, dtype=np.uint16)
PAIRS = np.repeat(CODES, 256), np.tile(CODES, 256)
INF, NAN = float("inf"), float("nan")

EVERY = pytest.mark.parametrize("format_", FORMATS.values(), ids=lambda f: f.mlir_name)
EVERY_OCP = pytest.mark.parametrize("ocp", [E4M3FN, E5M2], ids=lambda f: f.mlir_name)
INF_POLICIES = pytest.mark.parametrize("inf", ["nan", "saturate"])

ML_DTYPES: dict[str, Any] = {
    "f16": np.float16,
    "bf16": ml_dtypes.bfloat16,
    "f32": np.float32,
    "f64": np.float64,
    "f8E4M3FN": ml_dtypes.float8_e4m3fn,
    "f8E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "f8E5M2": ml_dtypes.float8_e5m2,
    "f8E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
}


def elementwise(body: str, inputs: list[str], output: str) -> str:
    """`body`, from %x0, %x1, ... to %y, as the scalar body of a linalg.generic over vectors."""
    count = len(inputs)
    arguments = ", ".join(f"%a{i}: tensor<?x{t}>" for i, t in enumerate(inputs))
    elements = ", ".join(f"%x{i}: {t}" for i, t in enumerate(inputs))
    ins = ", ".join(f"%a{i}" for i in range(count))
    types = ", ".join(f"tensor<?x{t}>" for t in inputs)
    maps = ", ".join(["affine_map<(d) -> (d)>"] * (count + 1))
    return f"""func.func @f({arguments}) -> tensor<?x{output}> {{
      %c0 = arith.constant 0 : index
      %n = tensor.dim %a0, %c0 : tensor<?x{inputs[0]}>
      %e = tensor.empty(%n) : tensor<?x{output}>
      %r = linalg.generic {{indexing_maps = [{maps}], iterator_types = ["parallel"]}}
          ins({ins} : {types}) outs(%e : tensor<?x{output}>) {{
      ^bb0({elements}, %out: {output}):
        {body}
        linalg.yield %y : {output}
      }} -> tensor<?x{output}>
      return %r : tensor<?x{output}>
    }}"""


@cache
def compiled(text: str, pipeline: str) -> cpu.Program:
    ir = bindings.load().ir
    context = ir.Context()
    ops.load(context)
    module = ir.Module.parse(text, context=context)
    passes.run(module, f"{pipeline},emulate-fp8" if pipeline else "emulate-fp8")
    return cpu.compile(module)


def run(text: str, pipeline: str, *arrays: Array) -> Array:
    """The result; arrays are viewed as what the emulated function takes."""
    program = compiled(text, pipeline)
    arguments = program.functions["f"].arguments
    given = [a.view(v.dtype) for a, v in zip(arrays, arguments, strict=True)]
    result = program.run("f", given).results[0]
    return one_nan(result) if program.functions["f"].results[0].element == "bf16" else result


def convert(**options: str) -> str:
    return "convert-ocp-to-fnuz{" + " ".join(f"{k}={v}" for k, v in options.items()) + "}"


def assert_same(got: Array, want: Array, *inputs: Array) -> None:
    """The same bits; only in a float dtype any NaN equals any NaN."""
    assert (got.shape, got.dtype.itemsize) == (want.shape, want.dtype.itemsize)
    bits = f"u{want.dtype.itemsize}"
    differs = got.view(bits) != want.view(bits)
    if want.dtype.kind == "f":
        differs &= ~(np.isnan(got) & np.isnan(want))
    wrong = np.flatnonzero(differs)
    assert not wrong.size, (wrong.size, [i[wrong[0]] for i in (*inputs, got, want)])


def bits_of(values: Array, element: str) -> Array:
    """Exact values as a function gives them."""
    cast = values.astype(ML_DTYPES[element])
    return one_nan(cast.view(np.uint16)) if element == "bf16" else cast


def one_nan(bf16: Array) -> Array:
    """bf16 codes with one code for NaN: to numpy they are integers, each NaN another."""
    return np.where((bf16 & 0x7FFF) > 0x7F80, 0x7FC0, bf16).astype(np.uint16)


# -- into fp8


def near_every_decision(ocp: Fp8Format, dtype: type[np.floating[Any]]) -> Array:
    """Values, ties and overflow edges, one and two steps beside them, subnormals, specials."""
    values = np.unique(ocp.values[np.isfinite(ocp.values)]).astype(np.float64)
    ties = (values[:-1] + values[1:]) / 2
    edges = np.array([464, 480, 496, 57344, 61440, 65536, 122880, 1e30, 2.0**-149, 2.0**-126])
    points = np.concatenate([values, ties, edges, -edges]).astype(dtype)
    steps = [points]
    for direction in (INF, -INF):
        once = np.nextafter(points, dtype(direction))
        steps += [once, np.nextafter(once, dtype(direction))]
    special = np.array([0.0, -0.0, INF, -INF, NAN, -NAN], dtype)
    return np.concatenate([*steps, special])


def floats(source: str, ocp: Fp8Format) -> Array:
    """Every 16-bit float; a sample of the wider ones."""
    rng = np.random.default_rng(0)
    if source in ("f16", "bf16"):
        return CODES16.view(ML_DTYPES[source])
    if source == "f32":
        bits = rng.integers(0, 2**32, 200_000, dtype=np.uint32).view(np.float32)
        return np.concatenate([near_every_decision(ocp, np.float32), bits])
    scaled = rng.standard_normal(100_000) * np.exp2(rng.integers(-20, 18, 100_000))
    bits = rng.integers(0, 2**64, 50_000, dtype=np.uint64).view(np.float64)
    near32 = near_every_decision(ocp, np.float32).astype(np.float64)
    return np.concatenate([near_every_decision(ocp, np.float64), near32, scaled, bits])


def as_fnuz(ocp: Fp8Format, x: Array, overflow: str, inf: InfPolicy) -> Array:
    with np.errstate(invalid="ignore"):
        codes = ocp.encode(x.astype(np.float64), saturate=overflow == "saturate")
    return np.asarray(ocp_to_fnuz_codes(ocp, inf)[codes])


@EVERY_OCP
@pytest.mark.parametrize("source", ["f32", "f16", "bf16", "f64"])
@pytest.mark.parametrize("overflow", ["exact", "saturate"])
@INF_POLICIES
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_truncf(ocp: Fp8Format, source: str, overflow: str, inf: InfPolicy) -> None:
    name = ocp.mlir_name
    text = elementwise(f"%y = arith.truncf %x0 : {source} to {name}", [source], name)
    x = floats(source, ocp)
    got = run(text, convert(overflow=overflow, inf=inf), x)
    assert_same(got, as_fnuz(ocp, x, overflow, inf), x)


@EVERY_OCP
@pytest.mark.parametrize("source", ["i16", "i32"])
@pytest.mark.parametrize("signed", ["sitofp", "uitofp"])
def test_integers(ocp: Fp8Format, source: str, signed: str) -> None:
    name = ocp.mlir_name
    text = elementwise(f"%y = arith.{signed} %x0 : {source} to {name}", [source], name)
    x = CODES16.view(np.int16) if source == "i16" else np.arange(-(2**17), 2**17, dtype=np.int32)
    value = x if signed == "sitofp" else x.view(f"u{x.dtype.itemsize}")
    assert_same(run(text, convert(), x), as_fnuz(ocp, value, "exact", "nan"), x)


# -- out of fp8


@EVERY_OCP
@INF_POLICIES
@pytest.mark.parametrize("target", ["f16", "bf16", "f32", "f64"])
def test_extf(ocp: Fp8Format, inf: InfPolicy, target: str) -> None:
    """Codes that are FNUZ already, and OCP codes that the function itself converts."""
    name = ocp.mlir_name
    text = elementwise(f"%y = arith.extf %x0 : {name} to {target}", [name], target)
    there = ocp_to_fnuz_codes(ocp, inf)
    # -0 is 0 and Inf what the policy says.
    want = bits_of(ocp.values[fnuz_to_ocp_codes(ocp)[there]], target)
    assert_same(run(text, convert(inf=inf), there), want, CODES)
    assert_same(run(text, convert(inf=inf, abi="preserve"), CODES), want, CODES)


@pytest.mark.parametrize(
    ("ocp", "target"), [(a, b) for a in (E4M3FN, E5M2) for b in FORMATS if a.mlir_name != b]
)
def test_convertf(ocp: Fp8Format, target: str) -> None:
    name = ocp.mlir_name
    text = elementwise(f"%y = arith.convertf %x0 : {name} to {target}", [name], target)
    there = ocp_to_fnuz_codes(ocp)
    values = ocp.values[fnuz_to_ocp_codes(ocp)[there]]
    to = FORMATS[target]
    want = to.encode(values) if to.fnuz else ocp_to_fnuz_codes(to)[to.encode(values)]
    assert_same(run(text, convert(), there), want, CODES)


# -- arithmetic in fp8


def held(ocp: Fp8Format) -> NDArray[np.float32]:
    """The value of each OCP code as FNUZ can hold it: -0 is 0, Inf is NaN."""
    return ocp.decode(fnuz_to_ocp_codes(ocp)[ocp_to_fnuz_codes(ocp)])


def number(choose: Any) -> Any:
    """The order in which both zeros are 0 and a NaN gives the other operand."""
    return lambda a, b: np.where(np.isnan(a), b, np.where(np.isnan(b), a, choose(a, b)))


BINARY = {
    "arith.addf": np.add,
    "arith.subf": np.subtract,
    "arith.mulf": np.multiply,
    "arith.divf": np.divide,
    "arith.remf": np.fmod,
    "arith.maximumf": np.maximum,
    "arith.minimumf": np.minimum,
    "arith.maxnumf": number(np.maximum),
    "arith.minnumf": number(np.minimum),
    "math.copysign": lambda a, b: np.where(np.isnan(a), a, np.copysign(a, np.where(b == b, b, 0))),
}


@EVERY_OCP
@pytest.mark.parametrize("op", BINARY)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_binary_on_every_pair(ocp: Fp8Format, op: str) -> None:
    name = ocp.mlir_name
    text = elementwise(f"%y = {op} %x0, %x1 : {name}", [name, name], name)
    a, b = PAIRS
    if op == "math.copysign":  # The sign of a NaN is nobody's.
        keep = ~np.isnan(held(ocp)[b])
        a, b = a[keep], b[keep]
    there, values = ocp_to_fnuz_codes(ocp), held(ocp)
    exact = BINARY[op](values[a], values[b])
    for overflow in ("exact", "saturate") if op.startswith("arith.") else ("exact",):
        got = run(text, convert(overflow=overflow), there[a], there[b])
        assert_same(got, as_fnuz(ocp, exact, overflow, "nan"), a, b)


UNARY = {"arith.negf": np.negative, "math.absf": np.abs, "math.floor": np.floor}
UNARY |= {"math.ceil": np.ceil, "math.trunc": np.trunc, "math.roundeven": np.rint}
UNARY |= {"math.sqrt": np.sqrt}


@EVERY_OCP
@pytest.mark.parametrize("op", UNARY)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_unary_on_every_code(ocp: Fp8Format, op: str) -> None:
    name = ocp.mlir_name
    text = elementwise(f"%y = {op} %x0 : {name}", [name], name)
    got = run(text, convert(), ocp_to_fnuz_codes(ocp))
    assert_same(got, as_fnuz(ocp, UNARY[op](held(ocp)), "exact", "nan"), CODES)


def _orders(a: Array, b: Array) -> dict[str, Array]:
    unordered = np.isnan(a) | np.isnan(b)
    ordered = {"eq": a == b, "gt": a > b, "ge": a >= b, "lt": a < b, "le": a <= b}
    ordered["ne"] = (a != b) & ~unordered
    found = {f"o{name}": value for name, value in ordered.items()}
    found |= {f"u{name}": value | unordered for name, value in ordered.items()}
    return found | {"ord": ~unordered, "uno": unordered}


PREDICATES = list(_orders(np.zeros(1), np.zeros(1)))


@EVERY_OCP
@pytest.mark.parametrize("predicate", PREDICATES)
def test_cmpf_on_every_pair(ocp: Fp8Format, predicate: str) -> None:
    name = ocp.mlir_name
    body = f"%y = arith.cmpf {predicate}, %x0, %x1 : {name}"
    text = elementwise(body, [name, name], "i1")
    a, b = PAIRS
    there, values = ocp_to_fnuz_codes(ocp), held(ocp)
    want = _orders(values[a], values[b])[predicate]
    assert_same(run(text, convert(), there[a], there[b]), want, a, b)


# -- the other passes


@EVERY_OCP
@INF_POLICIES
def test_lower_fnuz_casts(ocp: Fp8Format, inf: InfPolicy) -> None:
    """The integer arithmetic on the codes, on tensors and on scalars, both ways."""
    name, fnuz = ocp.mlir_name, FNUZ_OF[ocp].mlir_name
    policy = ' {inf = "saturate"}' if inf == "saturate" else ""
    for cast, source, target, table in (
        (f'"fnuz.from_ocp"(%x0){policy}', name, fnuz, ocp_to_fnuz_codes(ocp, inf)),
        ('"fnuz.to_ocp"(%x0)', fnuz, name, fnuz_to_ocp_codes(ocp)),
    ):
        scalar = elementwise(f"%y = {cast} : ({source}) -> {target}", [source], target)
        tensor = f"""func.func @f(%x0: tensor<?x{source}>) -> tensor<?x{target}> {{
          %y = {cast} : (tensor<?x{source}>) -> tensor<?x{target}>
          return %y : tensor<?x{target}>
        }}"""
        for text in (scalar, tensor):
            for pipeline in ("lower-fnuz-casts", ""):  # emulate-fp8 alone does them too
                assert_same(run(text, pipeline, CODES), table, CODES)


@EVERY
@pytest.mark.parametrize("target", ["f16", "bf16", "f32", "f64"])
def test_emulated_extf(format_: Fp8Format, target: str) -> None:
    name = format_.mlir_name
    text = elementwise(f"%y = arith.extf %x0 : {name} to {target}", [name], target)
    got = run(text, "", CODES)
    assert_same(got, bits_of(CODES.view(ML_DTYPES[name]).astype(np.float32), target), CODES)


@EVERY
@pytest.mark.parametrize("source", ["f16", "bf16"])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_emulated_truncf(format_: Fp8Format, source: str) -> None:
    name = format_.mlir_name
    text = elementwise(f"%y = arith.truncf %x0 : {source} to {name}", [source], name)
    x = CODES16.view(ML_DTYPES[source])
    got, want = run(text, "", x).view(np.uint8), x.astype(ML_DTYPES[name]).view(np.uint8)
    nan = np.isnan(format_.values)
    wrong = np.flatnonzero((got != want) & ~(nan[got] & nan[want]))
    assert not wrong.size, (wrong.size, x[wrong[0]], got[wrong[0]], want[wrong[0]])


# -- every f32


@pytest.mark.long
@EVERY_OCP
@pytest.mark.parametrize(
    ("overflow", "inf"), [("exact", "nan"), ("exact", "saturate"), ("saturate", "nan")]
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_truncf_of_every_f32(ocp: Fp8Format, overflow: str, inf: InfPolicy) -> None:
    """All 2^32, against ml_dtypes (clipped for overflow=saturate).

    The six runs, 22 November 2026: 25,769,803,776 elements, 0 mismatches, 161 s on one core.
    """
    name = ocp.mlir_name
    text = elementwise(f"%y = arith.truncf %x0 : f32 to {name}", ["f32"], name)
    table = ocp_to_fnuz_codes(ocp, inf)
    step, mismatches = 1 << 24, 0
    for start in range(0, 1 << 32, step):
        x = np.arange(start, start + step, dtype=np.uint32).view(np.float32)
        got = run(text, convert(overflow=overflow, inf=inf), x).view(np.uint8)
        clipped = np.clip(x, -ocp.max, ocp.max) if overflow == "saturate" else x
        want = table[clipped.astype(ML_DTYPES[name]).view(np.uint8)]
        mismatches += int(np.count_nonzero(got != want))
    assert mismatches == 0
