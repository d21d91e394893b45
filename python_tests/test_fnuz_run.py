"""fnuz-run and execution.programs: results and kernels on the CPU, the emulator and HIP."""

import ctypes
import enum
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from torch_mlir import ir

from fnuz import emulator, passes
from fnuz.dialect import ops
from fnuz.dialect.formats import FORMATS
from fnuz.execution import callbacks, hip, programs
from fnuz.execution.compare import Verifier
from fnuz.execution.errors import CannotRun, DeviceMissing, LaunchFailed
from fnuz.frontends import import_file
from fnuz.passes import gfx942
from fnuz.tools import fnuz_opt, fnuz_run, fnuz_verify

E4M3 = "f8E4M3FN"
SMALL = np.array([-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3], np.float32)
"""Few bits, so that the sums of the models here are exact in f32, in any order."""


def weights(shape: tuple[int, ...], seed: int) -> str:
    """A constant of small values."""
    chosen = np.random.default_rng(seed).choice(SMALL, shape)
    return f'dense<"0x{FORMATS[E4M3].encode(chosen).tobytes().hex()}">'


# Two layers, the second on what the first one quantized; then what no kernel is made of.
MODEL = f"""
func.func @main(%x: tensor<5x48x{E4M3}>, %bias: tensor<16xf32>)
    -> (tensor<5x8xf32>, tensor<5x8xf32>) {{
  %w = arith.constant {weights((48, 16), 2)} : tensor<48x16x{E4M3}>
  %v = arith.constant {weights((16, 8), 3)} : tensor<16x8x{E4M3}>
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<5x16xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<5x16xf32>) -> tensor<5x16xf32>
  %s = linalg.matmul ins(%x, %w : tensor<5x48x{E4M3}>, tensor<48x16x{E4M3}>)
      outs(%f : tensor<5x16xf32>) -> tensor<5x16xf32>
  %q = tensor.empty() : tensor<5x16x{E4M3}>
  %a = linalg.generic {{indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}}
      ins(%s, %bias : tensor<5x16xf32>, tensor<16xf32>) outs(%q : tensor<5x16x{E4M3}>) {{
  ^bb0(%m: f32, %b: f32, %o: {E4M3}):
    %0 = arith.addf %m, %b : f32
    %1 = arith.maximumf %0, %z : f32
    %2 = arith.truncf %1 : f32 to {E4M3}
    linalg.yield %2 : {E4M3}
  }} -> tensor<5x16x{E4M3}>
  %e2 = tensor.empty() : tensor<5x8xf32>
  %f2 = linalg.fill ins(%z : f32) outs(%e2 : tensor<5x8xf32>) -> tensor<5x8xf32>
  %r = linalg.matmul ins(%a, %v : tensor<5x16x{E4M3}>, tensor<16x8x{E4M3}>)
      outs(%f2 : tensor<5x8xf32>) -> tensor<5x8xf32>
  %t = linalg.softmax dimension(1) ins(%r : tensor<5x8xf32>) outs(%e2 : tensor<5x8xf32>)
      -> tensor<5x8xf32>
  return %t, %r : tensor<5x8xf32>, tensor<5x8xf32>
}}
"""
MAP = ("--ocp-to-fnuz", "--lower-fnuz-casts", "--map-to-mfma")


def inputs() -> list[Any]:
    rng = np.random.default_rng(1)
    x = FORMATS[E4M3].encode(rng.choice(SMALL, (5, 48)))
    return [x, rng.integers(-9, 9, 16).astype(np.float32)]


def parse(text: str) -> Any:
    with ir.Context() as context:
        ops.load(context)
        return ir.Module.parse(text)


def mapped(text: str, *more: str) -> Any:
    module = parse(text)
    for each in (*MAP, *more):
        passes.run(module, each.removeprefix("--"))
    return module


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: with the model, its inputs, and the model with kernels."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FNUZ_DEBUG", "1")
    (tmp_path / "ocp.mlir").write_text(MODEL)
    np.savez("in.npz", arg0=inputs()[0], arg1=inputs()[1])
    return tmp_path


def test_a_model_gives_the_same_bits_on_the_emulator_as_ocp_on_the_cpu(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fnuz_opt.main(["ocp.mlir", *MAP, "-o", "mapped.mlir"]) == 0
    text = Path("mapped.mlir").read_text()
    assert text.count("gpu.launch_func") >= 2
    assert "linalg.softmax" in text
    assert fnuz_run.run(["ocp.mlir", "--inputs=in.npz", "--outputs=cpu.npz"]) == 0
    flags = ["--inputs=in.npz", "--device=emulator"]
    assert fnuz_run.run(["mapped.mlir", *flags, "--outputs=emulator.npz"]) == 0
    ocp, fnuz = (np.load(name) for name in ("cpu.npz", "emulator.npz"))
    assert list(ocp) == list(fnuz) == ["result0", "result1"]
    for name in ocp:
        np.testing.assert_array_equal(ocp[name].view(np.uint32), fnuz[name].view(np.uint32))
    assert len(np.unique(ocp["result1"])) > 20
    assert capsys.readouterr() == ("", "")
    assert fnuz_verify.run(["ocp.mlir", "mapped.mlir", *flags]) == 0
    said, err = capsys.readouterr()
    assert err == ""
    assert "result 0: 40 elements, 40 equal bits\n  result 1: 40 elements, 40 equal" in said
    # A kernel that computes something else is found out.
    wrong = text.replace("arith.maximumf", "arith.minimumf")
    assert wrong != text
    Path("wrong.mlir").write_text(wrong)
    assert fnuz_verify.run(["ocp.mlir", "wrong.mlir", *flags]) == 1
    assert "first difference at [0, 0]" in capsys.readouterr().out


def test_kernels_in_rocdl_already(folder: Path) -> None:
    lowered = mapped(MODEL, "lower-to-rocdl")
    assert "rocdl.mfma" in str(lowered)
    for got, want in zip(
        programs.run(lowered, "main", inputs(), "emulator").results,
        programs.run(parse(MODEL), "main", inputs()).results,
        strict=True,
    ):
        np.testing.assert_array_equal(got, want)


EVERY_SCALAR = """
module attributes {gpu.container_module} {
  gpu.module @scalars {
    gpu.func @f(%o: memref<11xf64>, %b: i1, %c: i8, %h: i16, %w: i32, %l: i64, %n: index, %e: f16,
        %g: bf16, %s: f32, %d: f64, %q: f8E4M3FNUZ) kernel {
      %b64 = arith.uitofp %b : i1 to f64
      %c64 = arith.sitofp %c : i8 to f64
      %h64 = arith.sitofp %h : i16 to f64
      %w64 = arith.sitofp %w : i32 to f64
      %l64 = arith.sitofp %l : i64 to f64
      %ni = arith.index_cast %n : index to i64
      %n64 = arith.sitofp %ni : i64 to f64
      %e64 = arith.extf %e : f16 to f64
      %g32 = arith.extf %g : bf16 to f32
      %g64 = arith.extf %g32 : f32 to f64
      %s64 = arith.extf %s : f32 to f64
      %q32 = arith.extf %q : f8E4M3FNUZ to f32
      %q64 = arith.extf %q32 : f32 to f64
      %v = vector.from_elements
          %b64, %c64, %h64, %w64, %l64, %n64, %e64, %g64, %s64, %d, %q64 : vector<11xf64>
      %0 = arith.constant 0 : index
      vector.store %v, %o[%0] : memref<11xf64>, vector<11xf64>
      gpu.return
    }
  }
  func.func @main(%o: memref<11xf64>, %b: i1, %c: i8, %h: i16, %w: i32, %l: i64, %n: index,
      %e: f16, %g: bf16, %s: f32, %d: f64, %q: f8E4M3FNUZ) {
    %1 = arith.constant 1 : i32
    gpu.launch_func @scalars::@f blocks in (%1, %1, %1) threads in (%1, %1, %1) : i32
        args(%o : memref<11xf64>, %b : i1, %c : i8, %h : i16, %w : i32, %l : i64, %n : index,
             %e : f16, %g : bf16, %s : f32, %d : f64, %q : f8E4M3FNUZ)
    return
  }
}
"""


def test_scalars_of_every_type() -> None:
    values = [True, -5, -300, -70_000, -(1 << 40), -(1 << 41), -1.5, 2.5, -0.1, 0.1, -240.0]
    dtypes = [np.bool_, np.int8, np.int16, np.int32, np.int64, np.int64, np.float16]
    arrays = [np.array(v, d) for v, d in zip(values, dtypes, strict=False)]
    arrays.append(np.array(0x4020, np.uint16))  # 2.5 as bf16
    arrays += [np.array(-0.1, np.float32), np.array(0.1), np.array(0xFF, np.uint8)]
    given = [np.full(11, np.nan), *arrays]
    outcome = programs.run(parse(EVERY_SCALAR), "main", given, "emulator")
    values[8] = float(np.float32(-0.1))
    np.testing.assert_array_equal(outcome.memrefs[0], values)


# The gpu dialect on the host: buffers, copies, tokens; launches of two gpu.modules in a loop whose
# first grid is empty; memrefs of rank 0 and 3; a view of a dynamic memref.
HOST = """
module attributes {gpu.container_module} {
  gpu.module @first {
    gpu.func @scale(%x: memref<2x3x4xf32>, %s: memref<f32>, %y: memref<2x3x4xf32>) kernel {
      %0 = arith.constant 0 : index
      %i = gpu.thread_id x
      %j = gpu.thread_id y
      %k = gpu.thread_id z
      %a = memref.load %x[%i, %j, %k] : memref<2x3x4xf32>
      %f = memref.load %s[] : memref<f32>
      %p = arith.mulf %a, %f : f32
      memref.store %p, %y[%i, %j, %k] : memref<2x3x4xf32>
      gpu.return
    }
  }
  gpu.module @second {
    gpu.func @add(%x: memref<1xi32>, %n: index, %s: i32) kernel
        attributes {known_block_size = array<i32: 4, 1, 1>} {
      %4 = arith.constant 4 : index
      %t = gpu.thread_id x
      %b = gpu.block_id x
      %o = arith.muli %b, %4 : index
      %i = arith.addi %o, %t : index
      %v = memref.reinterpret_cast %x to offset: [0], sizes: [%n], strides: [1]
          : memref<1xi32> to memref<?xi32, strided<[1]>>
      %a = memref.load %v[%i] : memref<?xi32, strided<[1]>>
      %r = arith.addi %a, %s : i32
      memref.store %r, %v[%i] : memref<?xi32, strided<[1]>>
      gpu.return
    }
  }
  func.func @scale(%x: memref<2x3x4xf32>, %s: memref<f32>) -> memref<2x3x4xf32> {
    %1 = arith.constant 1 : index
    %2 = arith.constant 2 : index
    %3 = arith.constant 3 : index
    %4 = arith.constant 4 : index
    %nan = arith.constant 0x7FC00000 : f32
    gpu.host_register %cast : memref<*xf32>
    %t0 = gpu.wait async
    %d, %t1 = gpu.alloc async [%t0] () : memref<2x3x4xf32>
    %y, %t2 = gpu.alloc async [%t1] () : memref<2x3x4xf32>
    %t3 = gpu.memset async [%t2] %y, %nan : memref<2x3x4xf32>, f32
    %t4 = gpu.memcpy async [%t3] %d, %x : memref<2x3x4xf32>, memref<2x3x4xf32>
    %t5 = gpu.launch_func async [%t4] @first::@scale blocks in (%1, %1, %1)
        threads in (%2, %3, %4)
        args(%d : memref<2x3x4xf32>, %s : memref<f32>, %y : memref<2x3x4xf32>)
    %h = memref.alloc() : memref<2x3x4xf32>
    %t6 = gpu.memcpy async [%t5] %h, %y : memref<2x3x4xf32>, memref<2x3x4xf32>
    %t7 = gpu.dealloc async [%t6] %d : memref<2x3x4xf32>
    gpu.wait [%t7]
    gpu.dealloc %y : memref<2x3x4xf32>
    return %h : memref<2x3x4xf32>
  }
  func.func @grow(%x: memref<?xi32>, %n: index) {
    %0 = arith.constant 0 : index
    %1 = arith.constant 1 : index
    %4 = arith.constant 4 : index
    %s = arith.constant -7 : i32
    %v = memref.reinterpret_cast %x to offset: [0], sizes: [1], strides: [1]
        : memref<?xi32> to memref<1xi32>
    scf.for %g = %0 to %n step %1 {
      gpu.launch_func @second::@add blocks in (%g, %1, %1) threads in (%4, %1, %1)
          args(%v : memref<1xi32>, %n : index, %s : i32)
    }
    return
  }
}
""".replace(
    "    gpu.host_register %cast",
    "    %cast = memref.cast %x : memref<2x3x4xf32> to memref<*xf32>\n    gpu.host_register %cast",
)


@pytest.fixture(scope="module")
def host() -> programs.Program:
    """The program of HOST on the emulator."""
    return programs.compile(parse(HOST), device="emulator")


def test_the_gpu_dialect_on_the_host(host: programs.Program) -> None:
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    outcome = host.run("scale", [x, np.array(2.5, np.float32)])
    np.testing.assert_array_equal(outcome.results[0], x * np.float32(2.5))
    np.testing.assert_array_equal(outcome.memrefs[0], x)


def test_launches_in_a_loop_and_pointers_into_dynamic_memrefs(host: programs.Program) -> None:
    x = np.arange(12, dtype=np.int32)
    for _ in range(2):
        outcome = host.run("grow", [x, np.array(4)])
        # Grids of 0, 1, 2 and 3 workgroups of 4.
        np.testing.assert_array_equal(outcome.memrefs[0], x - 7 * np.repeat([3, 2, 1], 4))
    with pytest.raises(LaunchFailed) as failed:
        host.run("grow", [x, np.array(5)])
    message = str(failed.value)
    assert "error: kernel @second::@add on emulator: OutOfBounds: " in message
    assert "byte 48 of argument 0 (int32, shape (12,)), which has 48" in message
    assert isinstance(failed.value.__cause__, emulator.OutOfBounds)
    # It can go on after that.
    np.testing.assert_array_equal(host.run("grow", [x, np.array(0)]).memrefs[0], x)


ONE = """
module attributes {gpu.container_module} {
  gpu.module @k {
    gpu.func @f(%x: memref<64xf32>, %y: memref<64xf32>) kernel
        attributes {known_block_size = array<i32: 64, 1, 1>} {
      %t = gpu.thread_id x
      %a = memref.load %x[%t] : memref<64xf32>
      %r = arith.addf %a, %a : f32
      memref.store %r, %y[%t] : memref<64xf32>
      gpu.return
    }
  }
  func.func @main(%x: memref<64xf32>, %y: memref<64xf32>) {
    %n = arith.constant 1 : index
    %t = arith.constant 64 : index
    LAUNCH
    return
  }
}
"""
LAUNCH = """gpu.launch_func @k::@f blocks in (%n, %n, %n) threads in (%t, %n, %n)
    args(%x : memref<64xf32>, %y : memref<64xf32>)"""
X = np.arange(64, dtype=np.float32)


def test_the_host_does_not_go_on_after_a_kernel_that_failed() -> None:
    # It would loop for ever: nothing sets the flag but the kernel that may not run.
    text = ONE.replace(
        "LAUNCH",
        """scf.while : () -> () {
      %bad = arith.constant 128 : index
      gpu.launch_func @k::@f blocks in (%n, %n, %n) threads in (%bad, %n, %n)
          args(%x : memref<64xf32>, %y : memref<64xf32>)
      %v = memref.load %y[%n] : memref<64xf32>
      %z = arith.constant 0.0 : f32
      %more = arith.cmpf oeq, %v, %z : f32
      scf.condition(%more)
    } do {
      scf.yield
    }""",
    )
    with pytest.raises(LaunchFailed, match=r"compiled for blocks of \(64, 1, 1\)"):
        programs.run(parse(text), "main", [X, np.zeros_like(X)], "emulator")


def test_what_is_promised_to_be_read_only_is() -> None:
    text = ONE.replace("%y: memref<64xf32>) {\n    %n", "%o: tensor<64xf32>) {\n    %n").replace(
        "LAUNCH",
        f"""%y = bufferization.to_buffer %o read_only : tensor<64xf32> to memref<64xf32>
        {LAUNCH}""",
    )
    with pytest.raises(LaunchFailed, match=r"OutOfBounds: .* writes 4 bytes .* of argument 1"):
        programs.run(parse(text), "main", [X, X], "emulator")


def test_arguments_that_are_one_memref_or_views_of_it() -> None:
    text = ONE.replace("LAUNCH", LAUNCH.replace("%y :", "%x :"))
    outcome = programs.run(parse(text), "main", [X, np.zeros_like(X)], "emulator")
    np.testing.assert_array_equal(outcome.memrefs[0], X * 2)


@pytest.mark.parametrize(
    ("launch", "message"),
    [
        (
            LAUNCH.replace("threads", "clusters in (%n, %n, %n) threads").replace(
                "blocks in (%n, %n, %n) clusters in (%n, %n, %n)",
                "clusters in (%n, %n, %n) blocks in (%n, %n, %n)",
            ),
            "'gpu.launch_func' with clusters: gfx942 has none",
        ),
        (
            "gpu.launch blocks(%a, %b, %c) in (%d = %n, %e = %n, %f = %n) threads(%g, %h, %i) in "
            "(%j = %n, %k = %n, %l = %n) { gpu.terminator }",
            "'gpu.launch': its kernel is inside of it; outline it first, with gpu-kernel-outlining",
        ),
        (
            "%i = arith.constant 0 : i32\ngpu.set_default_device %i",
            "'gpu.set_default_device' is not for the host: it starts kernels with gpu.launch_func",
        ),
        (
            "%w = gpu.wait async\n%u = builtin.unrealized_conversion_cast %w : !gpu.async.token to "
            "i32",
            "'builtin.unrealized_conversion_cast' takes an async token: only gpu ops may",
        ),
    ],
)
def test_refused_on_the_host(launch: str, message: str) -> None:
    with pytest.raises(CannotRun, match=re.escape(message)):
        programs.compile(parse(ONE.replace("LAUNCH", launch)), device="emulator")


def test_operands_that_no_kernel_is_given() -> None:
    for type, message in (
        ("vector<4xf32>", "operand 0 of the kernel is vector<4xf32>: kernels get memrefs and sca"),
        ("memref<4xi7>", "numpy arrays cannot hold this element type"),
        ("memref<4xf32, strided<[2]>>", "kernels get bare pointers; copy it to a memref without"),
    ):
        text = f"""
        module attributes {{gpu.container_module}} {{
          gpu.module @k {{
            llvm.func @f(%x: !llvm.ptr) attributes {{gpu.kernel, rocdl.kernel}} {{ llvm.return }}
          }}
          func.func @main() {{ return }}
          func.func private @f(%x: {type}, %n: index) {{
            gpu.launch_func @k::@f blocks in (%n, %n, %n) threads in (%n, %n, %n) args(%x : {type})
            return
          }}
        }}"""
        with pytest.raises(CannotRun, match=re.escape(message)):
            programs.compile(parse(text), device="emulator")


def test_an_interrupted_program_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = callbacks.Callbacks()

    def interrupt() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(calls, "_ended", SimpleNamespace(get=interrupt, put=lambda _: None))
        with pytest.raises(KeyboardInterrupt):
            calls.run(lambda: None, None)
    with pytest.raises(RuntimeError, match="still runs, since it was interrupted"):
        calls.run(lambda: None, None)


class FakeHip:
    """hip-python as far as we call it, on the emulator. `calls` are the functions called."""

    class hipError_t(enum.IntEnum):  # noqa: N801
        """As there."""

        hipSuccess = 0  # noqa: N815
        hipErrorOutOfMemory = 2  # noqa: N815
        hipErrorNoDevice = 100  # noqa: N815
        hipErrorNoBinaryForGpu = 209  # noqa: N815
        hipErrorLaunchFailure = 719  # noqa: N815

    class hipMemcpyKind(enum.IntEnum):  # noqa: N801
        """As there."""

        hipMemcpyHostToDevice = 1  # noqa: N815
        hipMemcpyDeviceToHost = 2  # noqa: N815

    def __init__(self, program: emulator.Program, fails: dict[str, str] | None = None) -> None:
        self.program, self.fails = program, fails or {}
        self.calls: list[str] = []
        self.buffers: dict[int, Any] = {}

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            self.calls.append(name)
            if name in self.fails:
                return (self.hipError_t[self.fails[name]], None)
            values = getattr(self, f"_{name}")(*arguments)
            return (self.hipError_t.hipSuccess, *values)

        return call

    def _hipGetDeviceCount(self) -> Any:  # noqa: N802
        return (1,)

    def _hipModuleLoadData(self, image: bytes) -> Any:  # noqa: N802
        assert image.startswith(b"\x7fELF")
        return ("module",)

    def _hipModuleGetFunction(self, module: Any, name: bytes) -> Any:  # noqa: N802
        assert module == "module"
        return (self.program.kernels[name.decode()],)

    def _hipMalloc(self, size: int) -> Any:  # noqa: N802
        buffer = (ctypes.c_ubyte * size)()
        self.buffers[ctypes.addressof(buffer)] = buffer
        return (ctypes.addressof(buffer),)

    def _hipFree(self, pointer: int) -> Any:  # noqa: N802
        del self.buffers[pointer]
        return ()

    def _hipMemcpy(self, target: int, source: int, size: int, kind: Any) -> Any:  # noqa: N802
        on_device = target if kind == self.hipMemcpyKind.hipMemcpyHostToDevice else source
        assert size <= len(self.buffers[on_device])
        ctypes.memmove(target, source, size)
        return ()

    def _hipModuleLaunchKernel(self, kernel: Any, *rest: Any) -> Any:  # noqa: N802
        sizes, lds, stream, pointers, extra = rest[:6], *rest[6:]
        assert (stream, extra) == (None, None)
        arguments = []
        shown = [e for e in kernel.metadata[".args"] if not e[".value_kind"].startswith("hidden")]
        for pointer, entry in zip(pointers, shown, strict=True):
            octets = ctypes.string_at(pointer, entry[".size"])
            if entry[".value_kind"] == "global_buffer":
                buffer = self.buffers[int.from_bytes(octets, "little")]
                arguments.append(np.frombuffer(buffer, np.uint8))
            else:
                arguments.append(np.frombuffer(octets, f"u{len(octets)}")[0])
        emulator.launch(kernel, sizes[:3], sizes[3:], arguments, dynamic_lds=lds)
        return ()

    def _hipDeviceSynchronize(self) -> Any:  # noqa: N802
        return ()


def install(monkeypatch: pytest.MonkeyPatch, module: Any, **fails: str) -> FakeHip:
    program = emulator.Program()
    for text in gfx942.compile_to_isa(module).values():
        program.kernels |= emulator.parse(text).kernels
    fake = FakeHip(program, fails)
    monkeypatch.setitem(sys.modules, "hip", SimpleNamespace(hip=fake))
    return fake


def test_on_hip(monkeypatch: pytest.MonkeyPatch) -> None:
    module = mapped(MODEL)
    fake = install(monkeypatch, module)
    got = programs.run(module, "main", inputs(), "hip").results
    want = programs.run(module, "main", inputs(), "emulator").results
    for x, y in zip(got, want, strict=True):
        np.testing.assert_array_equal(x, y)
    assert fake.calls.count("hipModuleLaunchKernel") >= 2
    assert not fake.buffers


def test_the_calls_of_hip(monkeypatch: pytest.MonkeyPatch) -> None:
    text = ONE.replace(
        "(%x: memref<64xf32>, %y: memref<64xf32>) {", "(%i: tensor<64xf32>, %y: memref<64xf32>) {"
    )
    buffer = "%x = bufferization.to_buffer %i read_only : tensor<64xf32> to memref<64xf32>\n"
    module = parse(text.replace("LAUNCH", buffer + LAUNCH))
    fake = install(monkeypatch, module)
    outcome = programs.run(module, "main", [X, np.zeros_like(X)], "hip")
    np.testing.assert_array_equal(outcome.memrefs[1], X * 2)
    assert fake.calls == [
        *("hipGetDeviceCount", "hipModuleLoadData", "hipModuleGetFunction"),
        *("hipMalloc", "hipMemcpy", "hipMalloc", "hipMemcpy"),
        *("hipModuleLaunchKernel", "hipDeviceSynchronize"),
        *("hipMemcpy", "hipFree", "hipFree"),  # what is read only is not copied back
    ]


def test_scalars_and_shared_memory_on_hip(monkeypatch: pytest.MonkeyPatch) -> None:
    text = HOST.replace(
        "args(%d : memref<2x3x4xf32>, %s : memref<f32>, %y",
        "args(%y : memref<2x3x4xf32>, %s : memref<f32>, %y",
    ).replace("[%t3] %d, %x", "[%t3] %y, %x")
    module = parse(text)
    install(monkeypatch, module)
    program = programs.compile(module, device="hip")
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    outcome = program.run("scale", [x, np.array(2.5, np.float32)])
    np.testing.assert_array_equal(outcome.results[0], x * np.float32(2.5))
    outcome = program.run("grow", [np.arange(12, dtype=np.int32), np.array(4)])
    want = np.arange(12) - 7 * np.repeat([3, 2, 1], 4)
    np.testing.assert_array_equal(outcome.memrefs[0], want)


def test_what_may_be_missing_for_hip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hip", None)
    with pytest.raises(DeviceMissing, match=r"needs the package hip-python.*fnuz\[hip\]"):
        hip.Gpu()
    fake = FakeHip(emulator.Program(), {"hipGetDeviceCount": "hipErrorNoDevice"})
    monkeypatch.setitem(sys.modules, "hip", SimpleNamespace(hip=fake))
    with pytest.raises(
        DeviceMissing, match=r"no GPU .* hipGetDeviceCount failed: hipErrorNoDevice"
    ):
        hip.Gpu()
    fake.fails.clear()
    monkeypatch.setattr(fake, "_hipGetDeviceCount", lambda: (0,), raising=False)
    with pytest.raises(DeviceMissing, match="counts none"):
        hip.Gpu()

    def no_library() -> Any:
        raise RuntimeError("failed to dlopen 'libamdhip64.so'")

    monkeypatch.setattr(fake, "_hipGetDeviceCount", no_library, raising=False)
    with pytest.raises(DeviceMissing, match=r"no GPU for hip: failed to dlopen 'libamdhip64.so'"):
        hip.Gpu()


def test_what_hip_may_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    module = parse(ONE.replace("LAUNCH", LAUNCH))
    fake = install(monkeypatch, module, hipModuleLoadData="hipErrorNoBinaryForGpu")
    with pytest.raises(DeviceMissing, match=r"code for gfx942: .* failed: hipErrorNoBinaryForGpu"):
        programs.compile(module, device="hip")
    fake.fails.clear()
    program = programs.compile(module, device="hip")
    for function, error in (
        ("hipMalloc", "hipErrorOutOfMemory"),
        ("hipDeviceSynchronize", "hipErrorLaunchFailure"),
    ):
        fake.fails[function] = error
        with pytest.raises(LaunchFailed, match=f"@f on hip: HipError: {function} failed: {error}"):
            program.run("main", [X, np.zeros_like(X)])
        assert not fake.buffers
        fake.fails.clear()
    np.testing.assert_array_equal(program.run("main", [X, X]).memrefs[1], X * 2)


def test_on_a_real_gpu() -> None:
    try:
        hip.Gpu()
    except DeviceMissing as error:
        pytest.skip(str(error))
    module = mapped(MODEL)
    got = programs.run(module, "main", inputs(), "hip").results
    want = programs.run(parse(MODEL), "main", inputs()).results
    for x, y in zip(got, want, strict=True):
        np.testing.assert_array_equal(x, y)


PLAIN = """
func.func @main(%a: tensor<?x2xf32>, %n: i32) -> (tensor<?x2xf32>, i32) {
  %r = arith.addf %a, %a : tensor<?x2xf32>
  return %r, %n : tensor<?x2xf32>, i32
}
func.func @codes(%a: tensor<3xf8E5M2>, %b: bf16, %m: memref<2xi8>) -> (tensor<3xf8E5M2>, bf16) {
  return %a, %b : tensor<3xf8E5M2>, bf16
}
func.func @none() {
  return
}
"""


def test_inputs_of_ml_dtypes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes = np.array([0x3C, 0xC0, 0x7E], np.uint8), np.array(0x4020, np.uint16)
    given = [codes[0].view(ml_dtypes.float8_e5m2), codes[1].view(ml_dtypes.bfloat16)]
    memref = np.zeros(2, np.int8)
    outcome = programs.run(parse(PLAIN), "codes", [*given, memref])
    np.testing.assert_array_equal(outcome.results[0], codes[0])
    np.testing.assert_array_equal(outcome.results[1], codes[1])
    other = given[0].view(ml_dtypes.float8_e4m3)
    with pytest.raises(ValueError, match=r"takes uint8 elements, not float8_e4m3$"):
        programs.run(parse(PLAIN), "codes", [other, given[1], memref])
    # Their names are not in a file.
    Path("plain.mlir").write_text(PLAIN)
    np.savez("typed.npz", arg0=other.view(ml_dtypes.float8_e4m3fn), arg1=given[1], arg2=memref)
    assert fnuz_run.run(["plain.mlir", "--entry=codes", "--inputs=typed.npz"]) == 1
    assert "takes uint8 elements, not |V1; save array.view(uint8)" in capsys.readouterr().err


def test_what_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("plain.mlir").write_text(PLAIN)
    np.savez(
        "ab.npz",
        arg0=np.array([0x3C, 0xC0, 0x7E], np.uint8),
        arg1=np.array(0x4020, np.uint16),
        arg2=np.array([5, -6], np.int8),
    )
    assert fnuz_run.run(["plain.mlir", "--entry=codes", "--inputs=ab.npz"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "@codes, inputs of ab.npz",
        "  result 0: tensor<3xf8E5M2>",
        "    [ 1. -2. nan]",
        "  result 1: bf16",
        "    2.5",
        "  argument 2 after the run: memref<2xi8>",
        "    [ 5 -6]",
    ]
    assert fnuz_run.run(["plain.mlir", "--dynamic-size=100", "--seed=3"]) == 0
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("@")] == [
        "@main, ordinary inputs, seed 3",
        "@codes, ordinary inputs, seed 3",
        "@none, ordinary inputs, seed 3",
    ]
    assert "\n     ...\n" in out
    assert out.endswith("  no results\n")
    assert fnuz_run.run(["plain.mlir", "--entry=codes", "--inputs=ab.npz", "--outputs=o.npz"]) == 0
    with np.load("o.npz") as file:
        assert {n: file[n].tolist() for n in file} == {
            "result0": [0x3C, 0xC0, 0x7E],
            "result1": 0x4020,
            "arg2": [5, -6],
        }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "fnuz-run: error: give the module; see --help"),
        (["no.mlir"], "fnuz-run: error: cannot open input file 'no.mlir': No such file or dir"),
        (
            ["plain.mlir", "--outputs=y.npz"],
            "fnuz-run: error: --outputs needs --entry, one of main",
        ),
        (["plain.mlir", "--inputs=in.npz"], "fnuz-run: error: --inputs needs --entry, one of main"),
        (["plain.mlir", "--entry=f"], "fnuz-run: error: no public function 'f' with a body; there"),
        (
            ["plain.mlir", "--device=gpu"],
            "fnuz-run: error: argument --device: invalid choice: 'gpu'",
        ),
        (["plain.mlir", "--seed=-1"], "fnuz-run: error: --seed and --dynamic-size must not be neg"),
        (
            ["ocp.mlir", "--outputs=no/y.npz"],
            "fnuz-run: error: cannot open output file 'no/y.npz': No such file or directory",
        ),
        (
            ["ocp.mlir", "--inputs=bad.npz", "--outputs=y.npz"],
            "fnuz-run: error: 'bad.npz' has no 'arg1' (tensor<16xf32>)",
        ),
        (
            ["ocp.mlir", "--inputs=shape.npz", "--outputs=y.npz"],
            "fnuz-run: error: 'shape.npz': arg0: argument 0 is tensor<5x48xf8E4M3FN>: it takes the "
            "shape 5x48, not 48x5",
        ),
        (
            ["ocp.mlir", "--device=emulator", "--outputs=y.npz"],
            "ocp.mlir:0:0: error: there is no gpu.module to run on emulator: ocp-to-fnuz and map-t",
        ),
        (
            ["one.mlir", "--outputs=y.npz"],
            "one.mlir:3:3: error: 'gpu.module' op: the CPU runs no kernels; the devices emulator",
        ),
        (["one.mlir", "--device=hip"], "fnuz-run: error: running on hip needs the package hip-pyt"),
        (
            ["tanh.mlir", "--device=emulator", "--outputs=y.npz"],
            "tanh.mlir:3:3: error: ",
        ),
    ],
)
def test_errors(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.setitem(sys.modules, "hip", None)
    one = ONE.replace("LAUNCH", LAUNCH)
    body = "%r = arith.addf %a, %a : f32"
    texts = {
        "plain": PLAIN,
        "one": one,
        "tanh": one.replace(
            body,
            "%d = arith.extf %a : f32 to f64 %w = math.tanh %d : f64 "
            "%r = arith.truncf %w : f64 to f32",
        ),
    }
    for name, text in texts.items():
        Path(f"{name}.mlir").write_text(text)
    np.savez("bad.npz", arg0=inputs()[0])
    np.savez("shape.npz", arg0=inputs()[0].T, arg1=inputs()[1])
    before = set(os.listdir())
    assert fnuz_run.run(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(message)
    assert "Traceback" not in err
    assert set(os.listdir()) == before


LDS = "memref<64xf32, #gpu.address_space<workgroup>>"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("%u = arith.addi %t, %n : index\n%r = memref.load %x[%u] : memref<64xf32>", "OutOfBounds"),
        (
            f"%l = memref.get_global @lds : {LDS}\nmemref.store %a, %l[%n] : {LDS}\n"
            f"gpu.barrier\n%r = memref.load %l[%t] : {LDS}\nmemref.store %r, %l[%n] : {LDS}",
            "DataRace",
        ),
        (
            'llvm.inline_asm has_side_effects "s_sethalt 0", "" : () -> ()\n'
            "%r = arith.negf %a : f32",
            "UnknownInstruction",
        ),
    ],
    ids=lambda text: text.partition(" ")[0],
)
def test_kernels_that_fail(
    folder: Path, capsys: pytest.CaptureFixture[str], body: str, kind: str
) -> None:
    text = ONE.replace("LAUNCH", LAUNCH).replace("64", "128")
    text = text.replace(
        "%r = arith.addf %a, %a : f32",
        f"%n = arith.constant 1 : index\n{body}".replace("64", "128"),
    ).replace("gpu.func", f'memref.global "private" @lds : {LDS.replace("64", "128")}\ngpu.func')
    Path("k.mlir").write_text(text)
    assert fnuz_run.run(["k.mlir", "--device=emulator", "--outputs=y.npz"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    message = rf"k\.mlir:\d+:5: error: kernel @k::@f on emulator: {kind}: line \d+: "
    assert re.match(message, err)
    assert not Path("y.npz").exists()


def test_the_command(folder: Path) -> None:
    """As a process: stdin, an output on stdout, and a module that crashes."""
    command = [sys.executable, "-m", "fnuz.tools.fnuz_run", "-"]
    flags = ["--entry=codes", "--outputs=-"]
    done = subprocess.run([*command, *flags], input=PLAIN.encode(), capture_output=True, check=True)
    Path("o.npz").write_bytes(done.stdout)
    with np.load("o.npz") as file:
        assert list(file) == ["result0", "result1", "arg2"]
    crash = 'func.func @main() {\n%f = arith.constant false\ncf.assert %f, "no"\nreturn\n}'
    done = subprocess.run(command, input=crash.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stdout.count(b"@main")) == (1, 0)
    assert b"fnuz-run: error: the run ended with SIGABRT" in done.stderr


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_imports_little(flag: str) -> None:
    code = f"""
import sys
from fnuz.tools import fnuz_run
assert fnuz_run.run([{flag!r}]) == 0
assert not {{"numpy", "torch_mlir"}} & set(sys.modules), sorted(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout
    assert not done.stderr


MODELS = sorted((Path(__file__).resolve().parents[2] / "shared/inputs/models").glob("*.onnx"))


@pytest.mark.long
@pytest.mark.skipif(not MODELS, reason="the shared inputs are not beside the checkout")
@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_models(path: Path) -> None:
    """Trained networks on digits: the emulator and the CPU say the same of each image.

    Sums of deep layers are not exact in f32 for certain. Where they are not, their order shows in
    the last bits, and where such a sum is then quantized, in an fp8 value now and then.
    """
    from sklearn.datasets import load_digits

    module = import_file(str(path))
    passes.run(module, "ocp-to-fnuz", fuse=True)
    passes.run(module, "lower-fnuz-casts")
    on_cpu = programs.compile(module)
    ((name, types),) = on_cpu.functions.items()
    shape = types.arguments[0].shape
    images = (load_digits().images[: shape[0]] / 16).astype(np.float32)
    if len(shape) == 4:  # of MNIST's size
        images = np.kron(images, np.ones((3, 3), np.float32))
        images = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    images = images.reshape(shape)
    want = on_cpu.run(name, [images]).results[0]
    passes.run(module, "map-to-mfma")
    got = programs.run(module, name, [images], "emulator").results[0]
    np.testing.assert_array_equal(got.argmax(1), want.argmax(1))
    assert np.count_nonzero(got == want) >= 0.99 * want.size


def test_verifying_needs_kernels(folder: Path) -> None:
    with pytest.raises(CannotRun, match=r"no gpu.module to run on emulator"):
        Verifier(parse(MODEL), parse(MODEL), device="emulator")
