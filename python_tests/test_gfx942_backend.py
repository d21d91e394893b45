"""Assembly and code objects of gfx942, and what happens where the backend or linker is missing."""

import json
import os
import pickle
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from fnuz import emulator, passes
from fnuz.bindings import load
from fnuz.passes import gfx942
from fnuz.passes.gfx942 import process
from fnuz.passes.gfx942.resources import KernelResources, of_isa

pytest.importorskip("flydsl._mlir.ir", reason="flydsl is not installed: pip install flydsl")

LDS = "memref<1024xf32, #gpu.address_space<workgroup>>"
KERNEL = f"""
  gpu.func @scaled(%x: memref<64xf8E4M3FNUZ>, %s: f32, %n: i64, %y: memref<64xf32>)
      workgroup(%l: {LDS}) kernel attributes {{known_block_size = array<i32: 64, 2, 1>}} {{
    %t = gpu.thread_id x
    %v = memref.load %x[%t] : memref<64xf8E4M3FNUZ>
    %0 = arith.extf %v : f8E4M3FNUZ to f32
    %1 = arith.mulf %0, %s : f32
    memref.store %1, %l[%t] : {LDS}
    gpu.barrier
    %c63 = arith.constant 63 : index
    %u = arith.subi %c63, %t : index
    %2 = memref.load %l[%u] : {LDS}
    memref.store %2, %y[%t] : memref<64xf32>
    gpu.return
  }}
"""
NOTHING = "gpu.func @nothing() kernel { gpu.return }"
TWO = f"gpu.module @b {{ {KERNEL} }} gpu.module @a {{ {NOTHING} }}"


def module(text: str) -> Any:
    ir = load().ir
    with ir.Context():
        return ir.Module.parse(text)


def test_isa_of_each_module_in_order() -> None:
    source = module(TWO)
    before = str(source)
    isa = gfx942.compile_to_isa(source)
    assert list(isa) == ["b", "a"]
    assert "v_cvt_f32_fp8" in isa["b"]
    assert "scaled" not in isa["a"]
    assert isa["a"].startswith('\t.amdgcn_target "amdgcn-amd-amdhsa-unknown-gfx942"\n')
    assert str(source) == before


def test_resources() -> None:
    isa = gfx942.compile_to_isa(module(TWO))
    kernel = of_isa(isa["b"])["scaled"]
    assert (kernel.lds, kernel.scratch, kernel.agprs) == (4096, 0, 0)
    assert (kernel.vgpr_spills, kernel.sgpr_spills, kernel.occupancy) == (0, 0, 8)
    assert 0 < kernel.vgprs < 32
    assert 0 < kernel.sgprs < 32
    assert list(of_isa(isa["a"])) == ["nothing"]
    assert of_isa(gfx942.compile_to_isa(module("gpu.module @empty {}"))["empty"]) == {}


METADATA = """\t.amdgpu_metadata
---
amdhsa.kernels:
  - .agpr_count:     {agprs}
    .args:
      - .name:           not_the_kernel
        .size:           8
    .group_segment_fixed_size: {lds}
    .max_flat_workgroup_size: {threads}
    .name:           {name}
    .private_segment_fixed_size: 16
    .sgpr_count:     {sgprs}
    .sgpr_spill_count: 3
    .vgpr_count:     {vgprs}
    .vgpr_spill_count: 5
amdhsa.version:
  - 1
  - 2
...
\t.end_amdgpu_metadata
"""


@pytest.mark.parametrize(
    ("vgprs", "sgprs", "lds", "threads", "occupancy"),
    [
        # What llc 22 prints as "Occupancy" for such kernels.
        (8, 16, 0, 256, 8),
        (64, 16, 0, 256, 8),
        (65, 16, 0, 256, 7),
        (96, 16, 0, 256, 5),
        (128, 16, 0, 1024, 4),
        (129, 16, 0, 256, 3),
        (256, 16, 0, 64, 2),
        (8, 107, 0, 64, 7),
        (8, 16, 16384, 64, 1),
        (8, 16, 16384, 256, 4),
        (8, 16, 65536, 512, 2),
        (8, 16, 40000, 1024, 4),
        (8, 16, 1000, 64, 8),
        # An accumulator of 256 beside 120: one wave.
        (376, 16, 65536, 256, 1),
    ],
)
def test_occupancy(vgprs: int, sgprs: int, lds: int, threads: int, occupancy: int) -> None:
    text = METADATA.format(
        name="'k.1'", agprs=7, vgprs=vgprs, sgprs=sgprs, lds=lds, threads=threads
    )
    expected = KernelResources(vgprs, 7, sgprs, lds, 16, 5, 3, occupancy)
    assert of_isa(f"\ts_endpgm\n{text}") == {"k.1": expected}


def unpacked(data: bytes) -> Any:
    """What one MessagePack value of a code object stands for (github.com/msgpack/msgpack)."""
    at = 0

    def take(count: int) -> bytes:
        nonlocal at
        at += count
        return data[at - count : at]

    def number(form: str) -> int:
        return int(struct.unpack(f">{form}", take(struct.calcsize(form)))[0])

    def value() -> Any:
        tag = take(1)[0]
        if tag < 0x80:
            return tag
        if tag < 0x90 or tag == 0xDE:
            count = tag & 0x0F if tag < 0x90 else number("H")
            return {value(): value() for _ in range(count)}
        if tag < 0xA0 or tag == 0xDC:
            return [value() for _ in range(tag & 0x0F if tag < 0xA0 else number("H"))]
        if tag < 0xC0:
            return take(tag & 0x1F).decode()
        if tag in (0xC2, 0xC3):
            return tag == 0xC3
        if tag == 0xD9:
            return take(number("B")).decode()
        return number({0xCC: "B", 0xCD: "H", 0xCE: "I"}[tag])

    return value()


def note(elf: bytes) -> Any:
    """The AMDGPU metadata of a code object: of its one PT_NOTE segment."""
    start, size, count = struct.unpack_from("<Q14xHH", elf, 32)
    headers = [struct.unpack_from("<IIQQQQ", elf, start + i * size) for i in range(count)]
    (segment,) = [elf[h[2] : h[2] + h[5]] for h in headers if h[0] == 4]
    name, length, type = struct.unpack_from("<III", segment)
    assert (segment[12 : 12 + name], type) == (b"AMDGPU\0", 32)
    return unpacked(segment[20 : 20 + length])


def test_hsaco() -> None:
    objects = gfx942.compile_to_hsaco(module(TWO))
    assert list(objects) == ["b", "a"]
    elf = objects["b"]
    # 64 bits, little-endian, AMDGPU_HSA, code object version 5; shared object, EM_AMDGPU.
    assert elf[:9] == b"\x7fELF\x02\x01\x01\x40\x03"
    assert struct.unpack_from("<HH", elf, 16) == (3, 224)
    (flags,) = struct.unpack_from("<I", elf, 48)
    assert flags == 0x54C  # gfx942, any xnack, any sramecc
    metadata = note(elf)
    assert metadata["amdhsa.version"] == [1, 2]
    assert metadata["amdhsa.target"] == "amdgcn-amd-amdhsa-unknown-gfx942"
    (kernel,) = metadata["amdhsa.kernels"]
    arguments = [(a[".offset"], a[".size"], a[".value_kind"]) for a in kernel[".args"]]
    assert arguments[:4] == [
        (0, 8, "global_buffer"),
        (8, 4, "by_value"),
        (16, 8, "by_value"),
        (24, 8, "global_buffer"),
    ]
    assert all(kind.startswith("hidden_") for _, _, kind in arguments[4:])
    assert kernel[".name"] == "scaled"
    assert kernel[".symbol"] == "scaled.kd"
    assert kernel[".reqd_workgroup_size"] == [64, 2, 1]
    assert kernel[".max_flat_workgroup_size"] == 128
    assert kernel[".wavefront_size"] == 64
    assert kernel[".group_segment_fixed_size"] == 4096
    assert [k[".name"] for k in note(objects["a"])["amdhsa.kernels"]] == ["nothing"]


def test_readelf_shows_the_kernel(tmp_path: Path) -> None:
    readelf = shutil.which("llvm-readelf")
    if readelf is None:
        pytest.skip("llvm-readelf is not on PATH")
    path = tmp_path / "b.hsaco"
    path.write_bytes(gfx942.compile_to_hsaco(module(TWO))["b"])
    shown = subprocess.run([readelf, "--notes", path], capture_output=True, text=True, check=True)
    assert ".name:           scaled\n" in shown.stdout


def run_tool(*arguments: str, text: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "fnuz.tools.fnuz_opt", *arguments],
        input=text.encode(),
        capture_output=True,
        env={**os.environ, **environment},
        check=False,
    )


def test_fnuz_opt_writes_a_code_object(tmp_path: Path) -> None:
    output, report = tmp_path / "k.hsaco", tmp_path / "report.json"
    one = f"gpu.module @k {{ {KERNEL} }}"
    run = run_tool("--compile-to=hsaco", "-o", str(output), f"--report={report}", text=one)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    assert output.read_bytes() == gfx942.compile_to_hsaco(module(one))["k"]
    (function,) = json.loads(report.read_text())["modules"][0]["functions"]
    assert function["name"] == "k::scaled"
    assert function["resources"] == vars(of_isa(gfx942.compile_to_isa(module(one))["k"])["scaled"])


def test_fnuz_opt_writes_one_code_object_or_none(tmp_path: Path) -> None:
    output = tmp_path / "k.hsaco"
    run = run_tool("--compile-to=hsaco", "-o", str(output), text=TWO)
    assert (run.returncode, run.stdout) == (1, b"")
    assert (
        run.stderr.decode()
        .splitlines()[0]
        .endswith(
            "error: a code object is of one gpu.module, and here are b, a: put all in one, or call "
            "fnuz.passes.gfx942.compile_to_hsaco, which gives one for each"
        )
    )
    assert not output.exists()


MARKER = '#!/bin/sh\necho {name} "$@" > {folder}/called\nexit 1\n'


def script(path: Path, name: str, folder: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(MARKER.format(name=name, folder=folder))
    path.chmod(0o755)


def test_where_the_linker_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    places = {
        "rocm": tmp_path / "rocm" / "llvm" / "bin" / "ld.lld",
        "path": tmp_path / "the path" / "ld.lld",
        "zig": tmp_path / "site" / "ziglang" / "zig",
    }
    for name, place in places.items():
        script(place, name, tmp_path)
    (places["zig"].parent / "__init__.py").touch()
    monkeypatch.setenv("ROCM_PATH", str(tmp_path / "rocm"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'the path'}:/bin")
    monkeypatch.syspath_prepend(tmp_path / "site")
    for name, place in places.items():
        with pytest.raises(passes.PassFailed, match="lld invocation failed"):
            gfx942.compile_to_hsaco(module(f"gpu.module @k {{ {NOTHING} }}"))
        called, *arguments = (tmp_path / "called").read_text().split()
        assert called == name
        assert arguments[0] == ("ld.lld" if name == "zig" else "-shared")
        place.unlink()
    (places["zig"].parent / "__init__.py").unlink()


WITHOUT = """
import sys
for name in {names}:
    sys.modules[name] = None
from fnuz.tools.fnuz_opt import main
sys.exit(main(["--compile-to={output}", {path!r}, "-o", {out!r}]))
"""


@pytest.mark.parametrize(
    ("names", "output", "message"),
    [
        (
            ["flydsl"],
            "isa",
            "compiling for gfx942 needs flydsl, which has LLVM's AMDGPU backend: "
            "pip install 'fnuz[gfx942]'",
        ),
        (
            ["ziglang"],
            "hsaco",
            "linking code objects needs ld.lld: none is in {rocm}/llvm/bin (ROCM_PATH) or on PATH, "
            "and ziglang, which has one, is not installed: pip install 'fnuz[gfx942]'",
        ),
    ],
)
def test_something_is_missing(names: list[str], output: str, message: str, tmp_path: Path) -> None:
    source, out = tmp_path / "k.mlir", tmp_path / "out"
    source.write_text(f"gpu.module @k {{ {NOTHING} }}")
    run = subprocess.run(
        [
            *(sys.executable, "-c"),
            WITHOUT.format(names=names, output=output, path=str(source), out=str(out)),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": "/nowhere", "ROCM_PATH": str(tmp_path)},
        check=False,
    )
    expected = f"fnuz-opt: error: {message.format(rocm=tmp_path)}\n"
    assert (run.returncode, run.stdout, run.stderr) == (1, "", expected)
    assert not out.exists()


def test_a_function_of_rocm_without_rocm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROCM_PATH", str(tmp_path))
    source = module("""gpu.module @k {
      gpu.func @erf(%v: f64, %x: memref<1xf64>) kernel {
        %c0 = arith.constant 0 : index
        %0 = math.erf %v : f64
        memref.store %0, %x[%c0] : memref<1xf64>
        gpu.return
      }
      gpu.func @size(%x: memref<1xindex>) kernel {
        %c0 = arith.constant 0 : index
        %0 = gpu.block_dim y
        memref.store %0, %x[%c0] : memref<1xindex>
        gpu.return
      }
    }""")
    with pytest.raises(passes.PassFailed) as failed:
        gfx942.compile_to_isa(source)
    start = (
        "is not defined; it is of ROCm's device libraries: set ROCM_PATH to a ROCm with "
        "amdgcn/bitcode and llvm/bin/ld.lld, or"
    )
    assert {(d.line, d.column, d.message) for d in failed.value.diagnostics} == {
        (4, 14, f"@__ocml_erf_f64 {start} compute in f32, or expand the op into arith before"),
        (
            *(10, 14),
            f"@__ockl_get_local_size {start} give the kernel known_block_size or known_grid_size",
        ),
    }


def test_what_llvm_says_and_is_no_error_is_a_warning() -> None:
    source = module("""gpu.module @k {
      llvm.func @kernel() attributes {gpu.kernel, rocdl.kernel} {
        llvm.inline_asm has_side_effects "; nothing", "~{s101}" : () -> ()
        llvm.return
      }
    }""")
    seen: list[str] = []
    gfx942.compile_to_isa(source, on_warning=lambda location, message: seen.append(message))
    assert seen[0] == "inline asm clobber list contains reserved registers: s101"


def process_id() -> int:
    assert process._current is not None
    return process._current._process.pid


def interrupted(file: Any) -> None:
    raise KeyboardInterrupt


def test_the_process_is_kept_until_something_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    source = module(TWO)
    isa = gfx942.compile_to_isa(source)
    first = process_id()
    assert gfx942.compile_to_isa(source) == isa
    assert process_id() == first
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert gfx942.compile_to_isa(source) == isa
    second = process_id()
    assert second != first
    # The outcome of what is interrupted stays in the pipe.
    other = module(f"gpu.module @other {{ {NOTHING} }}")
    with monkeypatch.context() as patch:
        patch.setattr(pickle, "load", interrupted)
        with pytest.raises(KeyboardInterrupt):
            gfx942.compile_to_isa(other)
    assert gfx942.compile_to_isa(source) == isa
    third = process_id()
    assert third != second
    lines = "%0 = math.tanh %v : f64\nmemref.store %0, %x[] : memref<f64>\ngpu.return"
    with pytest.raises(passes.PassFailed, match="no libcall"):
        gfx942.compile_to_isa(
            module(
                f"gpu.module @k {{ gpu.func @f(%v: f64, %x: memref<f64>) kernel {{ {lines} }} }}"
            )
        )
    assert gfx942.compile_to_isa(source) == isa
    assert process_id() != third


FORKING = """
import os
from fnuz.bindings import load
from fnuz.passes import gfx942
from fnuz.passes.gfx942 import process

ir = load().ir
with ir.Context():
    modules = [ir.Module.parse("gpu.module @" + name + " {}") for name in ("a", "b")]
first = gfx942.compile_to_isa(modules[0])
process._lock.acquire()  # as a thread that compiles
child = os.fork()
if not child:
    os._exit(0 if list(gfx942.compile_to_isa(modules[1])) == ["b"] else 1)
process._lock.release()
assert os.waitpid(child, 0)[1] == 0
assert gfx942.compile_to_isa(modules[0]) == first
"""


def test_a_fork_has_a_process_of_its_own() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKING], capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_a_signal_leaves_no_files(tmp_path: Path) -> None:
    for name in ("bin", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "k.mlir").write_text(f"gpu.module @k {{ {NOTHING} }}")
    linker = tmp_path / "bin" / "ld.lld"
    linker.write_text(f"#!/bin/sh\n: > {tmp_path}/links\nexec sleep 3 0<&- 1>&- 2>&-\n")
    linker.chmod(0o755)
    folders = {"TMPDIR": f"{tmp_path}/tmp", "ROCM_PATH": f"{tmp_path}", "PATH": f"{linker.parent}"}
    folders["PATH"] += f":{os.environ['PATH']}"
    command = [
        sys.executable,
        "-m",
        "fnuz.tools.fnuz_opt",
        "--compile-to=hsaco",
        "k.mlir",
        "-o",
        "o",
    ]
    tool = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=os.environ | folders
    )
    until = time.monotonic() + 60
    while not (tmp_path / "links").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    assert len(os.listdir(tmp_path / "tmp")) > 0  # where MLIR looks for the linker
    tool.terminate()
    tool.send_signal(signal.SIGTERM)  # timeout sends it twice
    _, err = tool.communicate(timeout=60)
    assert (tool.returncode, err) == (128 + signal.SIGTERM, "")
    left = [n for n in os.listdir(tmp_path / "tmp") if n.startswith("fnuz-")]
    assert left == []
    assert sorted(os.listdir(tmp_path)) == ["bin", "k.mlir", "links", "tmp"]


@pytest.mark.parametrize("fp8", ["f8E4M3FNUZ", "f8E5M2FNUZ"])
def test_every_cast_on_the_emulator(fp8: str) -> None:
    """All codes to f32, f16 and f64, all f16 and bf16 to fp8: each rounded once, no clamp."""
    dtype = {"f8E4M3FNUZ": ml_dtypes.float8_e4m3fnuz, "f8E5M2FNUZ": ml_dtypes.float8_e5m2fnuz}[fp8]
    types = {"f32": np.float32, "f16": np.float16, "f64": np.float64, "bf16": ml_dtypes.bfloat16}
    wide = "".join(
        f"""gpu.func @to_{t}(%x: memref<256x{fp8}>, %y: memref<256x{t}>)
            kernel attributes {{known_block_size = array<i32: 256, 1, 1>}} {{
          %t = gpu.global_id x
          %v = memref.load %x[%t] : memref<256x{fp8}>
          %0 = arith.extf %v : {fp8} to {t}
          memref.store %0, %y[%t] : memref<256x{t}>
          gpu.return
        }}"""
        for t in types
    )
    narrow = "".join(
        f"""gpu.func @from_{t}(%x: memref<16384x4x{t}>, %y: memref<16384x4x{fp8}>)
            kernel attributes {{known_block_size = array<i32: 256, 1, 1>}} {{
          %t = gpu.global_id x
          %c0 = arith.constant 0 : index
          %v = vector.load %x[%t, %c0] : memref<16384x4x{t}>, vector<4x{t}>
          %0 = arith.truncf %v : vector<4x{t}> to vector<4x{fp8}>
          vector.store %0, %y[%t, %c0] : memref<16384x4x{fp8}>, vector<4x{fp8}>
          gpu.return
        }}"""
        for t in ("f16", "bf16")
    )
    isa = gfx942.compile_to_isa(module(f"gpu.module @k {{ {wide} {narrow} }}"))["k"]
    kernels = emulator.parse(isa).kernels
    codes = np.arange(256, dtype=np.uint8)
    for t, to in types.items():
        result = np.empty(256, to)
        raw = result.view(np.uint16) if t == "bf16" else result
        emulator.launch(kernels[f"to_{t}"], 1, 256, [codes, raw])
        # Compared as f64, which holds them all: numpy knows no NaN of bf16.
        expected = codes.view(dtype).astype(np.float64)
        np.testing.assert_array_equal(result.astype(np.float64), expected)
    every = np.arange(65536, dtype=np.uint16).reshape(16384, 4)
    for t in ("f16", "bf16"):
        result = np.empty(every.shape, np.uint8)
        emulator.launch(kernels[f"from_{t}"], 64, 256, [every, result])
        with np.errstate(invalid="ignore"):  # Some are NaN.
            expected = every.view(types[t]).astype(np.float32).astype(dtype).view(np.uint8)
        np.testing.assert_array_equal(result, expected)


def test_a_matrix_product_on_the_emulator() -> None:
    text = """gpu.func @mm(%A: memref<16x32xf8E4M3FNUZ>, %B: memref<16x32xf8E5M2FNUZ>,
                 %C: memref<16x16xf32>)
        kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
      %t = gpu.thread_id x
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c4 = arith.constant 4 : index
      %c8 = arith.constant 8 : index
      %c16 = arith.constant 16 : index
      %r = arith.remui %t, %c16 : index
      %g = arith.divui %t, %c16 : index
      %k = arith.muli %g, %c8 : index
      %a = vector.load %A[%r, %k] : memref<16x32xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>
      %b = vector.load %B[%r, %k] : memref<16x32xf8E5M2FNUZ>, vector<8xf8E5M2FNUZ>
      %z = arith.constant dense<0.0> : vector<4xf32>
      %d = amdgpu.mfma 16x16x32 %a * %b + %z blgp = none
          : vector<8xf8E4M3FNUZ>, vector<8xf8E5M2FNUZ>, vector<4xf32>
      %first = arith.muli %g, %c4 : index
      scf.for %i = %c0 to %c4 step %c1 {
        %row = arith.addi %first, %i : index
        %e = vector.extract %d[%i] : f32 from vector<4xf32>
        memref.store %e, %C[%row, %r] : memref<16x16xf32>
      }
      gpu.return
    }"""
    isa = gfx942.compile_to_isa(module(f"gpu.module @k {{ {text} }}"))["k"]
    rng = np.random.default_rng(1)
    a = rng.integers(-8, 9, (16, 32)).astype(ml_dtypes.float8_e4m3fnuz)
    b = rng.integers(-4, 5, (16, 32)).astype(ml_dtypes.float8_e5m2fnuz)
    c = np.full((16, 16), np.nan, np.float32)
    arguments = [a.view(np.uint8), b.view(np.uint8), c]
    emulator.launch(emulator.parse(isa).kernels["mm"], 1, 64, arguments)
    np.testing.assert_array_equal(c, a.astype(np.float32) @ b.astype(np.float32).T)
