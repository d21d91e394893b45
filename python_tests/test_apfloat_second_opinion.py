"""emulate-fp8 against MLIR's own APFloat, bit for bit: every code, every f16 and bf16.

APFloat is run by upstream's convert-arith-to-apfloat and libmlir_apfloat_wrappers. torch-mlir
has the pass and not the library; the flydsl wheel has the library.
"""

import ctypes
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fnuz import bindings, passes
from fnuz.dialect.formats import FORMATS, Fp8Format
from fnuz.execution import cpu, memory
from fnuz.execution.signature import Array
from fnuz.passes.emulate_fp8 import EmulateFp8

EVERY_FORMAT = pytest.mark.parametrize("format_", FORMATS.values(), ids=lambda f: f.mlir_name)

CODES = np.arange(256, dtype=np.uint8)
CODES16 = np.arange(65536, dtype=np.uint16)


@pytest.fixture(scope="module", autouse=True)
def apfloat() -> ctypes.CDLL:
    try:
        files = metadata.files("flydsl") or []
    except metadata.PackageNotFoundError:
        pytest.skip("flydsl is not installed: it has libmlir_apfloat_wrappers")
    found = [f for f in files if "libmlir_apfloat_wrappers" in f.name]
    if not found:
        pytest.skip("this flydsl has no libmlir_apfloat_wrappers")
    return ctypes.CDLL(str(Path(str(found[0].locate())).resolve()), mode=ctypes.RTLD_GLOBAL)


def loop(body: str, inputs: list[str], output: str) -> str:
    """A function that does `body`, from %x0, %x1, ... to %y, for every element of its buffers."""
    parameters = ", ".join(f"%a{i}: memref<?x{t}>" for i, t in enumerate(inputs))
    loads = "\n".join(
        f"%x{i} = memref.load %a{i}[%i] : memref<?x{t}>" for i, t in enumerate(inputs)
    )
    return f"""func.func @f({parameters}, %out: memref<?x{output}>)
        attributes {{llvm.emit_c_interface}} {{
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %n = memref.dim %out, %c0 : memref<?x{output}>
      scf.for %i = %c0 to %n step %c1 {{
        {loads}
        {body}
        memref.store %y, %out[%i] : memref<?x{output}>
      }}
      return
    }}"""


def with_apfloat(text: str, arrays: list[Array], out: Array) -> Array:
    package = bindings.load()
    module = package.ir.Module.parse(text, context=package.ir.Context())
    lowering = (
        "convert-arith-to-apfloat,convert-scf-to-cf,convert-cf-to-llvm,convert-arith-to-llvm,"
        "finalize-memref-to-llvm,convert-func-to-llvm,reconcile-unrealized-casts"
    )
    manager = package.passmanager.PassManager.parse(
        f"builtin.module({lowering})", context=module.context
    )
    manager.run(module.operation)
    engine = package.module("execution_engine").ExecutionEngine(module)
    descriptors = [memory.descriptor(a) for a in (*arrays, out)]
    engine.invoke("f", *(ctypes.pointer(ctypes.pointer(d)) for d in descriptors))
    return out


def emulated(text: str, arrays: list[Array], out: Array) -> Array:
    package = bindings.load()
    module = package.ir.Module.parse(text, context=package.ir.Context())
    passes.run(module, EmulateFp8().to_text())
    program = cpu.compile(module)
    types = program.functions["f"].arguments
    given = [a.view(t.dtype) for a, t in zip((*arrays, out), types, strict=True)]
    return program.run("f", given).memrefs[len(arrays)].view(out.dtype)


def differences(text: str, arrays: list[Array], out: Array, is_nan: Any) -> Array:
    """Where the two differ; a NaN equals a NaN."""
    want = with_apfloat(text, arrays, out.copy())
    got = emulated(text, arrays, out.copy())
    assert np.count_nonzero(want) > 0
    return np.flatnonzero((want != got) & ~(is_nan(want) & is_nan(got)))


def nan32(bits: Array) -> Array:
    return np.isnan(bits.view(np.float32))


def cast(op: str, source: str, target: str, width: int, out_width: int) -> str:
    """Buffers hold integers: APFloat's memory has no fp8."""
    body = f"""
        %s = arith.bitcast %x0 : i{width} to {source}
        %t = arith.{op} %s : {source} to {target}
        %y = arith.bitcast %t : {target} to i{out_width}"""
    return loop(body, [f"i{width}"], f"i{out_width}")


@EVERY_FORMAT
def test_extf_of_every_code(format_: Fp8Format) -> None:
    text = cast("extf", format_.mlir_name, "f32", 8, 32)
    assert not differences(text, [CODES], np.zeros(256, np.uint32), nan32).size


@EVERY_FORMAT
@pytest.mark.parametrize("source", ["f16", "bf16"])
def test_truncf_of_every_code(format_: Fp8Format, source: str) -> None:
    text = cast("truncf", source, format_.mlir_name, 16, 8)
    nan = np.isnan(format_.values)
    assert not differences(text, [CODES16], np.zeros(65536, np.uint8), lambda c: nan[c]).size


@EVERY_FORMAT
def test_truncf_of_f32(format_: Fp8Format) -> None:
    rng = np.random.default_rng(0)
    # Around every tie between two codes, one f32 step to each side, and any bits at all.
    values = format_.values[np.isfinite(format_.values)]
    ordered = np.unique(values)
    ties = (ordered[:-1] + ordered[1:]) / 2
    near = np.concatenate([values, ties, 2 * values])
    steps = [np.nextafter(near, np.float32(s)) for s in (np.inf, -np.inf)]
    bits = np.concatenate([near, *steps]).view(np.uint32)
    bits = np.concatenate([bits, rng.integers(0, 2**32, 100_000, dtype=np.uint32)])
    text = cast("truncf", "f32", format_.mlir_name, 32, 8)
    nan = np.isnan(format_.values)
    assert not differences(text, [bits], np.zeros(len(bits), np.uint8), lambda c: nan[c]).size


@EVERY_FORMAT
@pytest.mark.parametrize("op", ["addf", "subf", "mulf", "divf"])
def test_arithmetic_on_every_pair(format_: Fp8Format, op: str) -> None:
    name = format_.mlir_name
    text = loop(
        f"""
        %s = arith.bitcast %x0 : i8 to {name}
        %t = arith.bitcast %x1 : i8 to {name}
        %u = arith.{op} %s, %t : {name}
        %y = arith.bitcast %u : {name} to i8""",
        ["i8", "i8"],
        "i8",
    )
    pairs = [np.repeat(CODES, 256), np.tile(CODES, 256)]
    nan = np.isnan(format_.values)
    assert not differences(text, pairs, np.zeros(65536, np.uint8), lambda c: nan[c]).size


@EVERY_FORMAT
def test_a_wrong_bit_is_seen(format_: Fp8Format) -> None:
    """The comparison can fail: rounding through f16 first gives other codes."""
    through = f"""
        %s = arith.bitcast %x0 : i32 to f32
        %h = arith.truncf %s : f32 to f16
        %t = arith.truncf %h : f16 to {format_.mlir_name}
        %y = arith.bitcast %t : {format_.mlir_name} to i8"""
    ties = (format_.values[0x38:0x3E] + format_.values[0x39:0x3F]) / 2
    above = np.nextafter(ties.astype(np.float32), np.float32(np.inf))
    once = with_apfloat(
        cast("truncf", "f32", format_.mlir_name, 32, 8),
        [above.view(np.uint32)],
        np.zeros(len(above), np.uint8),
    )
    twice = with_apfloat(
        loop(through, ["i32"], "i8"), [above.view(np.uint32)], np.zeros(len(above), np.uint8)
    )
    assert np.count_nonzero(once != twice)
