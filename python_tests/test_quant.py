"""lower-fp8-quant: the values of quantized fp8, alone and through the conversion, bit for bit."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from fnuz import passes
from fnuz.bindings import load
from fnuz.dialect import ops
from fnuz.dialect.formats import E4M3FN, E5M2, Fp8Format, ocp_to_fnuz_codes
from fnuz.execution import cpu
from fnuz.execution.compare import Verifier
from fnuz.execution.cpu import clone

Array = NDArray[Any]
DTYPES: dict[str, Any] = {
    "f16": np.float16,
    "bf16": ml_dtypes.bfloat16,
    "f32": np.float32,
    "f64": np.float64,
}
SCALES = (0.5, 0.1, 1 / 3, 1.0, 7.3, 2.0**-10, 1e-3)
"""Powers of two, whose quotients are exact, and others."""


@pytest.fixture
def context() -> Any:
    context = load().ir.Context()
    ops.load(context)
    return context


def parse(text: str, context: Any) -> Any:
    return load().ir.Module.parse(text, context=context)


def run(module: Any, pipeline: str, *inputs: Array) -> list[Array]:
    """The results of @main after a pipeline, fp8 and bf16 as codes."""
    copy = clone(module)
    passes.run(copy, pipeline)
    passes.run(copy, "emulate-fp8")
    codes = [x.view(np.uint16) if x.dtype == ml_dtypes.bfloat16 else x for x in inputs]
    codes = [x.view(np.int8) if x.dtype == np.uint8 else x for x in codes]
    results = cpu.compile(copy, ["main"]).run("main", codes).results
    return [r.view(np.uint8) if r.dtype == np.int8 else r for r in results]


def wide(expressed: str) -> Any:
    return np.float64 if expressed == "f64" else np.float32


def quantized(x: Array, scale: Any, zero_point: Any, format_: Fp8Format, expressed: str) -> Array:
    """What quant.qcast is said to give, in numpy."""
    dtype = wide(expressed)
    with np.errstate(all="ignore"):
        q = x.astype(dtype) / np.asarray(scale, dtype)
        if np.any(zero_point):
            q = q + np.asarray(zero_point, dtype)
    return format_.encode(np.clip(q, -format_.max, format_.max))


def dequantized(codes: Array, scale: Any, zero_point: Any, format_: Fp8Format, to: str) -> Array:
    """What quant.dcast is said to give: rounded to the expressed type once."""
    dtype = wide(to)
    with np.errstate(all="ignore"):
        y = format_.decode(codes).astype(dtype)
        if np.any(zero_point):
            y = y - np.asarray(zero_point, dtype)
        return (y * np.asarray(scale, dtype)).astype(DTYPES[to])


def assert_same_floats(got: Array, want: Array) -> None:
    got = got.view(want.dtype)
    bits = np.dtype(f"u{want.dtype.itemsize}")
    nan = np.isnan(got) & np.isnan(want)
    assert np.array_equal(nan | (got.view(bits) == want.view(bits)), np.ones(want.shape, bool))
    assert not nan.all()


def assert_same_codes(got: Array, want: Array, format_: Fp8Format) -> None:
    nan = np.isnan(format_.decode(got)) & np.isnan(format_.decode(want))
    assert np.array_equal(nan | (got == want), np.ones(want.shape, bool))
    assert not nan.all()


def floats(expressed: str) -> Array:
    """Every f16 or bf16; for f32 and f64 random ones, ties and edges, Inf and NaN."""
    if expressed in ("f16", "bf16"):
        return np.arange(1 << 16).astype(np.uint16).view(DTYPES[expressed])
    rng = np.random.default_rng(0)
    magnitudes = np.concatenate([2.0 ** rng.uniform(-20, 20, 20_000), np.linspace(0, 500, 20_001)])
    edges = [0.0, 448.0, 464.0, 480.0, 57344.0, 61440.0, 1e30, np.inf, np.nan, 1e-40]
    values = np.concatenate([*(magnitudes * s for s in (1, 0.1)), edges]).astype(DTYPES[expressed])
    return np.concatenate([values, -values])


@pytest.mark.parametrize("zero_point", [0, 3, -7])
@pytest.mark.parametrize("expressed", DTYPES)
@pytest.mark.parametrize("format_", [E4M3FN, E5M2], ids=["E4M3FN", "E5M2"])
def test_every_value(format_: Fp8Format, expressed: str, zero_point: int, context: Any) -> None:
    """qcast of every f16 and bf16 (and many f32, f64), dcast of every code but Inf."""
    x = floats(expressed)
    codes = np.array([c for c in range(256) if not np.isinf(format_.values[c])], np.uint8)
    functions, n, m = [], len(x), len(codes)
    for i, scale in enumerate(SCALES):
        q = f"!quant.uniform<{format_.mlir_name}:{expressed}, {scale:.17f}:{zero_point}>"
        functions.append(f"""
          %q{i} = quant.qcast %x : tensor<{n}x{expressed}> to tensor<{n}x{q}>
          %c{i} = builtin.unrealized_conversion_cast %c : tensor<{m}x{format_.mlir_name}>
              to tensor<{m}x{q}>
          %y{i} = quant.dcast %c{i} : tensor<{m}x{q}> to tensor<{m}x{expressed}>""")
    both = [f"%q{i}, %y{i}" for i in range(len(SCALES))]
    types = [
        f"tensor<{n}x!quant.uniform<{format_.mlir_name}:{expressed}, {s:.17f}:{zero_point}>>, "
        f"tensor<{m}x{expressed}>"
        for s in SCALES
    ]
    module = parse(
        f"""func.func @main(%x: tensor<{n}x{expressed}>, %c: tensor<{m}x{format_.mlir_name}>)
            -> ({", ".join(types)}) {{
          {"".join(functions)}
          return {", ".join(both)} : {", ".join(types)}
        }}""",
        context,
    )
    ocp = run(module, "lower-fp8-quant", x, codes)
    to_fnuz = ocp_to_fnuz_codes(format_)
    fnuz = run(module, "ocp-to-fnuz", x, to_fnuz[codes])
    for i, scale in enumerate(SCALES):
        want = quantized(x, scale, zero_point, format_, expressed)
        assert_same_codes(ocp[2 * i], want, format_)
        assert np.array_equal(fnuz[2 * i], to_fnuz[want])
        y = dequantized(codes, scale, zero_point, format_, expressed)
        assert_same_floats(ocp[2 * i + 1], y)
        # FNUZ has no -0.
        held = np.where(codes == 0x80, 0, codes).astype(np.uint8)
        y = dequantized(held, scale, zero_point, format_, expressed)
        assert_same_floats(fnuz[2 * i + 1], y)


def test_scales_have_their_full_precision(context: Any) -> None:
    """The type prints seven digits of its scale; the constant has all of them."""
    scale = 0.12345678901234567
    x = np.array([1.0, 3.0, 10.0])
    module = parse(
        f"""!q = !quant.uniform<f8E4M3FN:f64, {scale:.17f}>
        func.func @main(%x: tensor<3x!q>) -> tensor<3xf64> {{
          %0 = quant.dcast %x : tensor<3x!q> to tensor<3xf64>
          return %0 : tensor<3xf64>
        }}""",
        context,
    )
    (y,) = run(module, "lower-fp8-quant", E4M3FN.encode(x))
    assert np.array_equal(y, x * scale)


@pytest.mark.parametrize("shape", ["2x3", "?x?", "2x?", "?x3"])
@pytest.mark.parametrize("expressed", DTYPES)
@pytest.mark.parametrize("axis", [0, 1])
def test_per_axis(axis: int, expressed: str, shape: str, context: Any) -> None:
    scales, zero_points = [0.1, 2.5, 1 / 3][: 2 + axis], [0, 3, -7][: 2 + axis]
    parameters = ", ".join(f"{s:.17f}:{z}" for s, z in zip(scales, zero_points, strict=True))
    module = parse(
        f"""!q = !quant.uniform<f8E4M3FN:{expressed}:{axis}, {{{parameters}}}>
        func.func @main(%x: tensor<{shape}x{expressed}>)
            -> (tensor<{shape}x!q>, tensor<{shape}x{expressed}>) {{
          %0 = quant.qcast %x : tensor<{shape}x{expressed}> to tensor<{shape}x!q>
          %1 = quant.dcast %0 : tensor<{shape}x!q> to tensor<{shape}x{expressed}>
          return %0, %1 : tensor<{shape}x!q>, tensor<{shape}x{expressed}>
        }}""",
        context,
    )
    x = np.array([[1.7, -20.0, 3e4], [np.nan, 0.3, -0.07]]).astype(DTYPES[expressed])
    along = (-1, 1) if axis == 0 else (1, -1)
    scale, zero_point = np.reshape(scales, along), np.reshape(zero_points, along)
    codes = quantized(x, scale, zero_point, E4M3FN, expressed)
    y = dequantized(codes, scale, zero_point, E4M3FN, expressed)
    ocp = run(module, "lower-fp8-quant", x)
    assert_same_codes(ocp[0], codes, E4M3FN)
    assert_same_floats(ocp[1], y)
    fnuz = run(module, "ocp-to-fnuz", x)
    assert np.array_equal(fnuz[0], ocp_to_fnuz_codes(E4M3FN)[codes])
    assert_same_floats(fnuz[1], y)


@pytest.mark.parametrize("bounds", [(-101, 99), (0, 448), (-448, -17), (100, 200), (-1, 0)])
def test_storage_range(bounds: tuple[int, int], context: Any) -> None:
    """The result is the nearest of the values in the range, of which 101 and 99 are none."""
    low, high = bounds
    module = parse(
        f"""!q = !quant.uniform<f8E4M3FN<{low}:{high}>:f32, 1.0>
        func.func @main(%x: tensor<4001xf32>) -> tensor<4001x!q> {{
          %0 = quant.qcast %x : tensor<4001xf32> to tensor<4001x!q>
          return %0 : tensor<4001x!q>
        }}""",
        context,
    )
    x = np.linspace(-500, 500, 4001, dtype=np.float32)
    (codes,) = run(module, "lower-fp8-quant", x)
    got = E4M3FN.decode(codes)
    values = E4M3FN.values[(E4M3FN.values >= low) & (E4M3FN.values <= high)]
    nearest = np.abs(values[:, None] - x).min(axis=0)
    assert np.all((got >= low) & (got <= high))
    assert np.array_equal(np.abs(got - x), nearest)
    (fnuz,) = run(module, "ocp-to-fnuz", x)
    assert np.array_equal(fnuz, ocp_to_fnuz_codes(E4M3FN)[codes])


def sub_channel(expressed: str, zero_points: str, context: Any) -> Any:
    """A module with a type that MLIR's parser of text does not survive."""
    package = load()
    ir, quant = package.ir, package.module("dialects.quant")
    with context, ir.Location.unknown():
        text = f"dense<[[[0.1],[0.2]],[[0.3],[2.5]]]> : tensor<2x2x1x{expressed}>"
        type_ = quant.UniformQuantizedSubChannelType.get(
            quant.QuantizedType.FLAG_SIGNED,
            ir.Type.parse("f8E4M3FN"),
            ir.Type.parse(expressed),
            ir.Attribute.parse(text),
            ir.Attribute.parse(f"dense<{zero_points}> : tensor<2x2x1xi8>"),
            [0, 1],
            [1, 2],
            -448,
            448,
        )
        tensor = f"tensor<2x4x3x{expressed}>"
        module = ir.Module.parse(
            f"func.func @main(%x: {tensor}) -> {tensor} {{ return %x : {tensor} }}"
        )
        function = module.body.operations[0].operation
        block = function.regions[0].blocks[0]
        x, end = block.arguments[0], block.operations[0].operation
        at = ir.InsertionPoint(end)
        codes = ir.RankedTensorType.get([2, 4, 3], type_)
        q = ir.Operation.create("quant.qcast", [codes], [x], ip=at).result
        y = ir.Operation.create("quant.dcast", [x.type], [q], ip=at).result
        end.operands[0] = y
    assert module.operation.verify()
    return module


@pytest.mark.parametrize("zero_points", ["0", "[[[1], [-2]], [[3], [0]]]"])
@pytest.mark.parametrize("expressed", DTYPES)
def test_sub_channel(expressed: str, zero_points: str, context: Any) -> None:
    module = sub_channel(expressed, zero_points, context)
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((2, 4, 3)) * 30).astype(DTYPES[expressed])
    # MLIR keeps these scales in the expressed type.
    scales = np.array([[0.1, 0.2], [0.3, 2.5]]).astype(DTYPES[expressed]).astype(wide(expressed))
    given = np.array([[1, -2], [3, 0]]) if "[" in zero_points else np.zeros((2, 2), int)
    scale, zero_point = (np.repeat(v, 2, axis=1)[:, :, None] for v in (scales, given))
    codes = quantized(x, scale, zero_point, E4M3FN, expressed)
    y = dequantized(codes, scale, zero_point, E4M3FN, expressed)
    for pipeline in ("lower-fp8-quant", "ocp-to-fnuz"):
        (got,) = run(module, pipeline, x)
        assert_same_floats(got, y)


def test_sub_channel_in_bytecode(tmp_path: Path, context: Any) -> None:
    bytecode = io.BytesIO()
    sub_channel("f32", "0", context).operation.write_bytecode(bytecode)
    path = tmp_path / "in.mlirbc"
    path.write_bytes(bytecode.getvalue())
    command = [sys.executable, "-m", "fnuz.tools.fnuz_opt", str(path), "--ocp-to-fnuz"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert "arith.divf" in result.stdout
    assert "quant" not in result.stdout


def test_mlir_does_not_survive_the_text_of_a_sub_channel_type() -> None:
    """When this fails, MLIR can read it: then tools/files.py need not look for it."""
    code = (
        "from fnuz.bindings import load\n"
        "ir = load().ir\n"
        "ir.Type.parse('!quant.uniform<f8E4M3FN:f32:{0:1}, {0.1}>', context=ir.Context())\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert result.returncode < 0


MIXED = """
!q = !quant.uniform<f8E4M3FN:f32, 0.1>
!i = !quant.uniform<i8:f32, 0.5>
func.func @main(%x: tensor<2x3x!q>, %y: tensor<2x3x!i>, %p: !q)
    -> (tensor<2x5x!q>, tensor<2x3x!i>) {
  %0 = tensor.pad %x low[0, 1] high[0, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %p : !q
  } : tensor<2x3x!q> to tensor<2x5x!q>
  return %0, %y : tensor<2x5x!q>, tensor<2x3x!i>
}"""


def test_integer_storage_is_left_alone(context: Any) -> None:
    module = parse(MIXED, context)
    passes.run(module, "lower-fp8-quant")
    text = str(module)
    assert "f8E4M3FN:" not in text
    assert "-> (tensor<2x5xf8E4M3FN>, tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01>>)" in text
    only_integers = parse(
        MIXED.replace("f8E4M3FN:f32, 0.1", "i8:f32, 0.1"),
        context,
    )
    before = str(only_integers)
    passes.run(only_integers)
    assert str(only_integers) == before


@pytest.mark.parametrize("abi", ["convert", "preserve"])
def test_signatures_get_the_storage_type(abi: str, context: Any) -> None:
    module = parse(
        """!q = !quant.uniform<f8E5M2:f32, 0.1>
        func.func private @twice(%x: !q) -> !q {
          %0 = quant.dcast %x : !q to f32
          %1 = arith.addf %0, %0 : f32
          %2 = quant.qcast %1 : f32 to !q
          return %2 : !q
        }
        func.func @main(%x: !q) -> !q {
          %0 = func.call @twice(%x) : (!q) -> !q
          return %0 : !q
        }""",
        context,
    )
    converted = clone(module)
    passes.run(converted, abi=abi)
    verifier = Verifier(module, converted)
    assert [v.element for v in verifier.functions["main"].arguments] == ["f8E5M2"]
    finite_or_nan = [code for code in range(256) if not np.isinf(E5M2.values[code])]
    for code in finite_or_nan:
        (comparison,) = verifier.run("main", [np.array(code, np.uint8)])
        assert comparison.ok, f"{code:#x}: {comparison}"
    assert "quant" not in str(converted)


NOWHERE_ELSE = {
    "a declaration": "func.func private @f(!q)",
    "a nested module": "module { func.func private @f(%x: !q) { return } }",
    "a function type in a signature": "func.func private @f((!q) -> tuple<f32, !q>)",
    "a function of ml_program": "ml_program.func private @f(%x: !q) { ml_program.return }",
    "casts alone": """func.func @f(%x: f8E4M3FN) -> f8E4M3FN {
      %0 = builtin.unrealized_conversion_cast %x : f8E4M3FN to !q
      %1 = builtin.unrealized_conversion_cast %0 : !q to f8E4M3FN
      return %1 : f8E4M3FN
    }""",
    "a tensor that nothing uses": """func.func @f() {
      %0 = tensor.empty() : tensor<4x!q>
      return
    }""",
    "a quantize alone": """func.func @f(%x: f32) -> f32 {
      %0 = quant.qcast %x : f32 to !q
      return %x : f32
    }""",
}


@pytest.mark.parametrize("text", NOWHERE_ELSE.values(), ids=NOWHERE_ELSE.keys())
def test_it_is_found(text: str, context: Any) -> None:
    """Where a quantized type may be when it is nowhere else."""
    module = parse(f"!q = !quant.uniform<f8E4M3FN:f32, 0.1>\n{text}", context)
    assert "quant" in str(module)
    passes.run(module, "lower-fp8-quant")
    assert module.operation.verify()
    assert "quant" not in str(module)
    assert "f8E4M3FN" in str(module)
