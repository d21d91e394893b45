"""The fp8 GEMM kernels of Triton and IREE for gfx942, compiled without a GPU.

    python benchmarks/gfx942_peers.py triton|iree [size]

prints JSON, a list of them. Each peer has a process of its own: their copies of LLVM and ours need
not get on with each other.
"""

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Peer:
    """A kernel of another compiler. lds: bytes, where the assembly does not say; seconds: of the
    compilation."""

    name: str
    kernel: str
    isa: str
    seconds: float
    lds: int | None = None


def triton_kernels(size: int) -> list[Peer]:
    """Triton's usual GEMM with the tiles that it does best with, and with OCP operands."""
    os.environ.update(TRITON_ALWAYS_COMPILE="1", TRITON_DEFAULT_FP_FUSION="1")
    import triton
    import triton.language as tl
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    @triton.jit
    def gemm(  # type: ignore[no-untyped-def]
        a, b, c, m: tl.constexpr, n: tl.constexpr, k: tl.constexpr,
        tile_m: tl.constexpr, tile_n: tl.constexpr, tile_k: tl.constexpr,
    ):  # fmt: skip
        block = tl.program_id(0)
        rows = block // (n // tile_n) * tile_m + tl.arange(0, tile_m)
        columns = block % (n // tile_n) * tile_n + tl.arange(0, tile_n)
        depth = tl.arange(0, tile_k)
        from_a = a + rows[:, None] * k + depth[None, :]
        from_b = b + columns[None, :] * k + depth[:, None]
        sums = tl.zeros((tile_m, tile_n), tl.float32)
        for _ in range(k // tile_k):
            sums = tl.dot(tl.load(from_a), tl.load(from_b), sums)
            from_a += tile_k
            from_b += tile_k
        tl.store(c + rows[:, None] * n + columns[None, :], sums)

    # Type, tile, waves, rows of an MFMA.
    variants = [
        ("FNUZ", "fp8e4b8", (256, 256, 128), 8, 32),
        ("FNUZ", "fp8e4b8", (256, 256, 64), 8, 16),
        ("OCP", "fp8e4nv", (128, 128, 64), 4, 32),
    ]
    peers: list[Peer] = []
    for words, type, tile, waves, rows in variants:
        constants = dict.fromkeys("mnk", size)
        constants |= zip(("tile_m", "tile_n", "tile_k"), tile, strict=True)
        source = ASTSource(
            gemm,
            {
                "a": f"*{type}",
                "b": f"*{type}",
                "c": "*fp32",
                **dict.fromkeys(constants, "constexpr"),
            },
            constexprs=constants,
            attrs={(i,): [["tt.divisibility", 16]] for i in range(3)},
        )
        start = time.perf_counter()
        made = triton.compile(
            source,
            target=GPUTarget("hip", "gfx942", 64),
            options={"num_warps": waves, "num_stages": 2, "matrix_instr_nonkdim": rows},
        )
        seconds = time.perf_counter() - start
        name = f"Triton {triton.__version__} {words} {'x'.join(map(str, tile))}"
        peers.append(Peer(name, "gemm", made.asm["amdgcn"], seconds, made.metadata.shared))
    return peers


MATMUL = """
func.func @gemm(%a: tensor<{n}x{n}x{fp8}>, %b: tensor<{n}x{n}x{fp8}>) -> tensor<{n}x{n}xf32> {{
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<{n}x{n}xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<{n}x{n}xf32>) -> tensor<{n}x{n}xf32>
  %0 = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> ({b})>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<{n}x{n}x{fp8}>, tensor<{n}x{n}x{fp8}>)
      outs(%init : tensor<{n}x{n}xf32>) -> tensor<{n}x{n}xf32>
  return %0 : tensor<{n}x{n}xf32>
}}
"""


def iree_kernels(size: int) -> list[Peer]:
    """What IREE makes of linalg.matmul, with the second operand transposed and not."""
    import iree.compiler.tools.core as tools

    version = importlib.metadata.version("iree-base-compiler")
    peers = []
    for b, words in (("n, k", "B as n x k"), ("k, n", "B as k x n")):
        text = MATMUL.format(n=size, fp8="f8E4M3FNUZ", b=b)
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            tools.compile_str(
                text,
                target_backends=["rocm"],
                extra_args=[
                    "--iree-rocm-target=gfx942",
                    f"--iree-hal-dump-executable-intermediates-to={folder}",
                ],
            )
            seconds = time.perf_counter() - start
            (path,) = Path(folder).glob("*.rocmasm")
            isa = path.read_text()
        kernel = isa.partition(".amdhsa_kernel ")[2].split()[0]
        peers.append(Peer(f"IREE {version} FNUZ {words}", kernel, isa, seconds))
    return peers


KERNELS = {"triton": triton_kernels, "iree": iree_kernels}


def compiled(package: str, size: int) -> list[Peer]:
    """The kernels of a peer, of size x size x size, from a process of its own."""
    command = [sys.executable, __file__, package, str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return [Peer(**fields) for fields in json.loads(done.stdout)]


if __name__ == "__main__":
    made = KERNELS[sys.argv[1]](int((*sys.argv, "4096")[2]))
    print(json.dumps([asdict(peer) for peer in made]))
