"""What fp8 GEMM kernels for gfx942 cost by their assembly, beside those of Triton and IREE.

    python benchmarks/gfx942.py [part of a row's name ...]

Prints one table: a GEMM of 4096 x 4096 x 4096 in several forms, and the linear layers of a model of
70B parameters. Nothing here is a measured speed: there is no GPU. Per row:

- MFMA, other: the instructions of a wave in an iteration of the main loop, or in the whole kernel
  where it has none.
- LDS: bytes of a workgroup. VGPRs of both kinds and, after the +, how many of them are AGPRs;
  spilled ones; waves that a SIMD can hold.
- MFMA use: of one wave alone, by llvm-mca's model of issue: cycles that the matrix unit is busy, of
  those of an iteration. It knows no memory latency, barriers, LDS bandwidth or other waves. Needs
  LLVM 22 or newer (apt install llvm-22).
- LDS/MFMA: clocks that LDS needs for what the waves of a compute unit read and write, 128 bytes a
  clock, to the clocks of its four matrix units.
- bytes/least: bytes that all workgroups load and store, to those of A, B and C once; caches
  aside. Ours are counted by the emulator on the first workgroup, those of peers in the loop.
- compile: seconds from MLIR to assembly in a process that is warm.
"""

import importlib.util
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np
from gfx942_peers import Peer, compiled

from fnuz import emulator, passes
from fnuz.bindings import load
from fnuz.dialect import ops
from fnuz.passes import gfx942
from fnuz.passes.gfx942.loops import MainLoop, main_loop, whole
from fnuz.passes.gfx942.resources import KernelResources, of_isa

SIZE = 4096

Passes = tuple[tuple[str, dict[str, Any]], ...]
MAP: Passes = (("map-to-mfma", {}),)
PRESERVE: Passes = (("ocp-to-fnuz", {"abi": "preserve"}), *MAP, ("lower-fnuz-casts", {}))
"""Operands are OCP in memory and fixed by the kernel."""


@dataclass(frozen=True)
class Case:
    """A GEMM of m x n x k as MLIR, and the passes that make kernels of it."""

    name: str
    m: int
    n: int
    k: int
    text: str
    pipeline: Passes = MAP


def gemm(
    m: int, n: int, k: int, b: str = "n, k", fp8: str = "f8E4M3FNUZ", constant: bool = False
) -> str:
    """A matmul onto zero of arguments; `b` are the dims of the second, which may be a constant."""
    shape = "x".join({"m": str(m), "n": str(n), "k": str(k)}[d] for d in b.split(", "))
    given, made = f", %b: tensor<{shape}x{fp8}>", ""
    if constant:
        codes = np.random.default_rng(0).integers(1, 0x7F, n * k, np.uint8).tobytes().hex()
        given, made = "", f'%b = arith.constant dense<"0x{codes}"> : tensor<{shape}x{fp8}>'
    return f"""
    func.func @gemm(%a: tensor<{m}x{k}x{fp8}>{given}) -> tensor<{m}x{n}xf32> {{
      {made}
      %zero = arith.constant dense<0.0> : tensor<{m}x{n}xf32>
      %0 = linalg.matmul
          indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> ({b})>,
                           affine_map<(m, n, k) -> (m, n)>]
          ins(%a, %b : tensor<{m}x{k}x{fp8}>, tensor<{shape}x{fp8}>)
          outs(%zero : tensor<{m}x{n}xf32>) -> tensor<{m}x{n}xf32>
      return %0 : tensor<{m}x{n}xf32>
    }}"""


def cases() -> list[Case]:
    """The rows of this project."""
    cube = (SIZE, SIZE, SIZE)
    found = [
        Case("4096 cubed, B as n x k", *cube, gemm(*cube)),
        Case("4096 cubed, B as k x n", *cube, gemm(*cube, "k, n")),
        Case("4096 cubed, B constant", *cube, gemm(*cube, constant=True)),
        Case("4096 cubed, OCP operands", *cube, gemm(*cube, fp8="f8E4M3FN"), PRESERVE),
    ]
    linears = {"qkv": (10240, 8192), "out": (8192, 8192), "gate, up": (57344, 8192)}
    linears["down"] = (8192, 28672)
    for name, (n, k) in linears.items():
        for m in (1, 16, 128, 2048):
            found.append(Case(f"70B {name}, M = {m}", m, n, k, gemm(m, n, k)))
    return found


@dataclass(frozen=True)
class Row:
    """What is printed of a kernel."""

    name: str
    loop: MainLoop
    resources: KernelResources
    lds: int
    use: float | None
    traffic: float
    seconds: float

    HEADINGS = (
        *("kernel", "MFMA", "other", "LDS", "VGPRs", "spills", "waves", "MFMA use"),
        *("LDS/MFMA", "bytes/least", "compile"),
    )

    def cells(self) -> list[str]:
        """One text for each heading."""
        r, loop = self.resources, self.loop
        # A compute unit has four SIMDs and one LDS; each wave has its share of both.
        lds = loop.lds_bytes / 128 / (loop.mfma_clocks / 4)
        return [
            self.name,
            str(loop.mfma),
            str(len(loop.instructions) - loop.mfma),
            str(self.lds),
            f"{r.vgprs - r.agprs}+{r.agprs}",
            str(r.vgpr_spills + r.sgpr_spills),
            str(r.occupancy),
            "n/a" if self.use is None else f"{self.use:.1%}",
            f"{lds:.2f}",
            f"{self.traffic:.1f}",
            f"{self.seconds:.2f} s",
        ]


def least_bytes(m: int, n: int, k: int) -> int:
    """Of fp8 operands and an f32 result, each once."""
    return m * k + n * k + 4 * m * n


def ours(case: Case, mca: str | None) -> Row:
    """Compile a case, and run the first workgroup of its kernels on the emulator."""
    with load().ir.Context() as context:
        ops.load(context)
        start = time.perf_counter()
        module = load().ir.Module.parse(case.text)
        for name, options in case.pipeline:
            passes.run(module, name, **options)
        isa = gfx942.compile_to_isa(module)["kernels"]
        seconds = time.perf_counter() - start
        moved = sum(_bytes_moved(op, isa) for op in _launches(module))
    # Of several kernels, such as those of a split sum, the one that multiplies.
    kernels = of_isa(isa)
    kernel = max(kernels, key=lambda name: whole(isa, name).mfma)
    loop = main_loop(isa, kernel)
    return Row(
        f"fnuz {case.name}" + ("" if loop else ", no loop"),
        loop or whole(isa, kernel),
        kernels[kernel],
        kernels[kernel].lds,
        mfma_use(loop, mca) if loop else None,
        moved / least_bytes(case.m, case.n, case.k),
        seconds,
    )


def _launches(module: Any) -> Iterator[Any]:
    for function in module.body.operations:
        if function.operation.name == "func.func":
            for op in function.regions[0].blocks[0].operations:
                if op.operation.name == "gpu.launch_func":
                    yield op.operation


def _bytes_moved(launch: Any, isa: str) -> int:
    """Bytes of memory that all workgroups of a launch read and write, if all are like the first."""
    kernel = emulator.parse(isa).kernels[str(launch.attributes["kernel"]).rpartition("@")[2]]
    sizes = [v.owner.attributes["value"].value for v in list(launch.operands)[:6]]
    values = list(launch.operands)[6:]
    # What is in them does not matter. One array for a value, however often it is given.
    given = {v: np.zeros(_bytes(v.type), np.uint8) for v in values}
    counts = emulator.launch(kernel, 1, sizes[3:], [given[v] for v in values]).bytes
    return (counts["global_read"] + counts["global_write"]) * sizes[0] * sizes[1] * sizes[2]


def _bytes(type: Any) -> int:
    width = {"f32": 4}.get(str(type.element_type), 1)
    return int(np.prod(type.shape)) * width


def peer(kernel: Peer, mca: str | None) -> Row:
    """The row of another compiler's kernel, of SIZE cubed."""
    loop = main_loop(kernel.isa, kernel.kernel)
    assert loop is not None
    (resources,) = of_isa(kernel.isa).values()
    iterations = SIZE**3 / loop.products  # of all waves
    moved = iterations * loop.loaded_bytes + 4 * SIZE**2
    return Row(
        kernel.name,
        loop,
        resources,
        resources.lds if kernel.lds is None else kernel.lds,
        mfma_use(loop, mca),
        moved / least_bytes(SIZE, SIZE, SIZE),
        kernel.seconds,
    )


def find_mca() -> str | None:
    """The newest llvm-mca that is installed, of LLVM 22 or newer."""
    candidates = [shutil.which("llvm-mca"), *glob("/usr/lib/llvm-*/bin/llvm-mca")]
    candidates.append(shutil.which("/opt/rocm/llvm/bin/llvm-mca"))
    versions = {}
    for path in filter(None, candidates):
        shown = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
        found = re.search(r"version (\d+)", shown.stdout)
        versions[path] = int(found[1]) if found else 0
    best = max(versions, key=lambda p: versions[p], default=None)
    return best if best and versions[best] >= 22 else None


def mfma_use(loop: MainLoop, mca: str | None) -> float | None:
    """The share of an iteration's cycles in which the matrix unit is busy, of one wave."""
    if mca is None:
        return None
    # In its model a global load is one from LDS too, which waits for lgkmcnt would wait for. On
    # gfx942 it is none: as a load from a buffer the model has it right.
    as_buffer = r"buffer_load_\1 \2, v\3, s[0:3], 0 offen"
    lines = [
        re.sub(r"global_load_(\w+) (\S+), v\[?(\d+).*", as_buffer, i) for i in loop.instructions
    ]

    def run(iterations: int) -> Any:
        command = [mca, "-mtriple=amdgcn-amd-amdhsa", "-mcpu=gfx942", "--json"]
        done = subprocess.run(
            [*command, f"-iterations={iterations}"],
            input="\n".join(lines),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    # Two runs: what the first iteration has to wait for is not counted.
    short, long = run(100), run(200)
    cycles = [r["CodeRegions"][0]["SummaryView"]["TotalCycles"] for r in (short, long)]
    unit = long["TargetInfo"]["Resources"].index("HWXDL")
    (busy,) = [
        pressure["ResourceUsage"]
        for pressure in long["CodeRegions"][0]["ResourcePressureView"]["ResourcePressureInfo"]
        if pressure["InstructionIndex"] == len(lines) and pressure["ResourceIndex"] == unit
    ]
    return float(busy) * 100 / (cycles[1] - cycles[0])


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    cells = [list(Row.HEADINGS), *(row.cells() for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(cells[0]))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |"
             for line in cells]  # fmt: skip
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def whole_command() -> str:
    """Seconds of fnuz-opt from MLIR to a code object, the start of Python included."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "gemm.mlir")
        source.write_text(gemm(SIZE, SIZE, SIZE))
        command = [sys.executable, "-m", "fnuz.tools.fnuz_opt", "--map-to-mfma"]
        command += ["--compile-to=hsaco", str(source), "-o", str(Path(folder, "gemm.hsaco"))]
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                return done.stderr.strip()
            taken.append(time.perf_counter() - start)
    return f"{statistics.median(taken):.2f} s, from {min(taken):.2f} to {max(taken):.2f}"


def main() -> None:
    """Print the table."""
    wanted = sys.argv[1:]
    mca = find_mca()
    packages = {"triton": "triton", "iree": "iree.compiler"}
    installed = [p for p, module in packages.items() if importlib.util.find_spec(p)]
    rows = cases()
    ours(rows[0], None)  # to be warm
    makers: list[tuple[str, Any]] = [(f"fnuz {c.name}", lambda c=c: ours(c, mca)) for c in rows]
    for package in installed:
        makers += [(k.name, lambda k=k: peer(k, mca)) for k in compiled(package, SIZE)]
    chosen = [make for name, make in makers if not wanted or any(w in name for w in wanted)]
    if not chosen:
        sys.exit(
            f"no row has {' or '.join(wanted)} in its name; there is\n"
            + "\n".join(n for n, _ in makers)
        )
    print(table([make() for make in chosen]))
    print(f"\nfnuz-opt --map-to-mfma --compile-to=hsaco of {SIZE} cubed: {whole_command()}")
    version = "n/a: no llvm-mca of LLVM 22 or newer" if mca is None else f"by {mca}"
    print(f"MFMA use {version}, of one wave and the issue of instructions alone.")
    print("All of it is an estimate from the assembly. Nothing ran on a GPU.")
    for package in packages.keys() - set(installed):
        print(f"{package} is not installed.")


if __name__ == "__main__":
    main()
