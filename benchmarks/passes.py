"""Seconds of ocp-to-fnuz beside upstream canonicalize and cse, on one module in one process.

    python benchmarks/passes.py [ops] [repeats]

The module has `ops` ops in functions of about 2,000, a fifth of them on fp8: casts, constants,
quantizes with and without a clamp, contractions, data movement. Each pass runs on a fresh parse
of it. What counts is the ratio: all three run on the same machine in turn.
"""

import statistics
import sys
import time
from typing import Any

from fnuz import passes
from fnuz.bindings import load

F32_BLOCK = """
  %f0_{i} = arith.mulf %{x}, %s : f32
  %f1_{i} = arith.addf %f0_{i}, %t : f32
  %f2_{i} = math.exp %f1_{i} : f32
  %f3_{i} = arith.subf %f2_{i}, %f0_{i} : f32
"""

FP8_BLOCKS = (
    """
  %c_{i} = arith.constant {v} : f8E4M3FN
  %e_{i} = arith.extf %c_{i} : f8E4M3FN to f32
  %r_{i} = arith.addf %e_{i}, %{x} : f32
""",
    """
  %q_{i} = arith.truncf %{x} : f32 to f8E4M3FN
  %e_{i} = arith.extf %q_{i} : f8E4M3FN to f32
  %r_{i} = arith.addf %e_{i}, %{x} : f32
""",
    """
  %lo_{i} = arith.maximumf %{x}, %min : f32
  %hi_{i} = arith.minimumf %lo_{i}, %max : f32
  %q_{i} = arith.truncf %hi_{i} : f32 to f8E4M3FN
  %e_{i} = arith.extf %q_{i} : f8E4M3FN to f32
  %r_{i} = arith.addf %e_{i}, %{x} : f32
""",
    """
  %k_{i} = tensor.insert %c8 into %a[%c0, %c0] : tensor<16x16xf8E4M3FN>
  %p_{i} = tensor.extract_slice %k_{i}[0, 0] [8, 16] [1, 1]
      : tensor<16x16xf8E4M3FN> to tensor<8x16xf8E4M3FN>
  %m_{i} = linalg.matmul ins(%p_{i}, %b : tensor<8x16xf8E4M3FN>, tensor<16x8xf8E4M3FN>)
      outs(%acc : tensor<8x8xf32>) -> tensor<8x8xf32>
  %d_{i} = tensor.extract %m_{i}[%c0, %c0] : tensor<8x8xf32>
  %r_{i} = arith.addf %d_{i}, %{x} : f32
""",
)

FUNCTION = """
func.func @f{n}(%x: f32, %s: f32, %t: f32, %c8: f8E4M3FN, %a: tensor<16x16xf8E4M3FN>,
                %b: tensor<16x8xf8E4M3FN>, %acc: tensor<8x8xf32>) -> f32 {{
  %c0 = arith.constant 0 : index
  %min = arith.constant -448.0 : f32
  %max = arith.constant 448.0 : f32
{body}
  return %{last} : f32
}}
"""


def _lines(block: str) -> int:
    return block.count(" = ")


def synthetic_module(ops: int) -> tuple[str, int, int]:
    """The text of a module of about `ops` ops, how many they are, and how many are on fp8."""
    functions, total, fp8, i = [], 0, 0, 0
    while total < ops:
        body, last, count = [], "x", 0
        while count < 2_000:
            # Of an fp8 block, all but the f32 ops at its edges are on fp8.
            if fp8 * 5 < total + count:
                block = FP8_BLOCKS[i % len(FP8_BLOCKS)]
                fp8 += block.count("f8E4M3FN\n") + block.count("f8E4M3FN to f32")
                fp8 += block.count("xf8E4M3FN>\n") + block.count("tensor<8x8xf32>) -> ")
                body.append(block.format(i=i, x=last, v=f"{(i % 50) * 0.25}"))
                last = f"r_{i}"
            else:
                block = F32_BLOCK
                body.append(block.format(i=i, x=last))
                last = f"f3_{i}"
            count += _lines(block)
            i += 1
        functions.append(FUNCTION.format(n=len(functions), body="".join(body), last=last))
        total += count
    return "".join(functions), total, fp8


def seconds(text: str, run: Any, ir: Any) -> float:
    """The time of one run on a fresh parse."""
    with ir.Context(), ir.Location.unknown():
        module = ir.Module.parse(text)
        start = time.perf_counter()
        run(module)
        return time.perf_counter() - start


def main() -> None:
    """Print one table."""
    ops = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    package = load()
    text, total, fp8 = synthetic_module(ops)

    def upstream(name: str) -> Any:
        return lambda m: package.passmanager.PassManager.parse(f"builtin.module({name})").run(
            m.operation
        )

    runs = {
        "ocp-to-fnuz": lambda m: passes.run(m, "ocp-to-fnuz"),
        "canonicalize": upstream("canonicalize"),
        "cse": upstream("cse"),
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            times[name].append(seconds(text, run, package.ir))
    print(f"{total} ops, {fp8} on fp8 ({100 * fp8 / total:.0f}%), {repeats} runs in turn")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:>14}: {median:6.3f} s  {median / total * 1e6:5.2f} us an op")
    ratios = [
        a / (b + c)
        for a, b, c in zip(times["ocp-to-fnuz"], times["canonicalize"], times["cse"], strict=True)
    ]
    print(
        f"ocp-to-fnuz / (canonicalize + cse): {statistics.median(ratios):.2f} "
        f"(from {min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    main()
