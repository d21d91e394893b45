"""Seconds of ocp-to-fnuz beside upstream canonicalize and cse, on one module in one process.

    python benchmarks/passes.py [ops] [layers] [repeats]

Two modules. One has `ops` ops in functions of about 2,000, a fifth of them on fp8: casts,
constants, quantizes with and without a clamp, contractions, data movement; its values hang
together in long chains of scalars, so that few of the factors have a scale to go to. The other is
a model of `layers` quantized linear layers. Each pass runs on a fresh parse. What counts is the
ratio: all run on the same machine in turn.
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


LAYER = """
  %q{i} = linalg.generic {{indexing_maps = [#i, #i], iterator_types = ["parallel", "parallel"]}}
      ins(%{x} : tensor<16x64xf32>) outs(%e8 : tensor<16x64xf8E4M3FN>) {{
  ^bb0(%p: f32, %o: f8E4M3FN):
    %1 = arith.divf %p, %s{i} : f32
    %2 = arith.maximumf %1, %min : f32
    %3 = arith.minimumf %2, %max : f32
    %4 = arith.truncf %3 : f32 to f8E4M3FN
    linalg.yield %4 : f8E4M3FN
  }} -> tensor<16x64xf8E4M3FN>
  %m{i} = linalg.matmul ins(%q{i}, %w : tensor<16x64xf8E4M3FN>, tensor<64x64xf8E4M3FN>)
      outs(%c : tensor<16x64xf32>) -> tensor<16x64xf32>
  %y{i} = linalg.generic {{indexing_maps = [#i, #j, #i], iterator_types = ["parallel", "parallel"]}}
      ins(%m{i}, %bias : tensor<16x64xf32>, tensor<64xf32>) outs(%e : tensor<16x64xf32>) {{
  ^bb0(%p: f32, %k: f32, %o: f32):
    %1 = arith.mulf %p, %t{i} : f32
    %2 = arith.addf %1, %k : f32
    %3 = arith.maximumf %2, %zero : f32
    linalg.yield %3 : f32
  }} -> tensor<16x64xf32>
"""

MODEL = """
#i = affine_map<(a, b) -> (a, b)>
#j = affine_map<(a, b) -> (b)>
func.func @main(%x: tensor<16x64xf32>, %w: tensor<64x64xf8E4M3FN>, %bias: tensor<64xf32>)
    -> tensor<16x64xf32> {{
  %min = arith.constant -448.0 : f32
  %max = arith.constant 448.0 : f32
  %zero = arith.constant 0.0 : f32
  %e8 = tensor.empty() : tensor<16x64xf8E4M3FN>
  %e = tensor.empty() : tensor<16x64xf32>
  %c = linalg.fill ins(%zero : f32) outs(%e : tensor<16x64xf32>) -> tensor<16x64xf32>
{constants}{layers}
  return %y{last} : tensor<16x64xf32>
}}
"""


def model(layers: int) -> tuple[str, int]:
    """The text of a model of quantized linear layers, and how many ops it has."""
    constants = "".join(
        f"  %s{i} = arith.constant {0.01 + i * 0.001:.6f} : f32\n"
        f"  %t{i} = arith.constant {0.03 + i * 0.001:.6f} : f32\n"
        for i in range(layers)
    )
    body = "".join(LAYER.format(i=i, x="x" if i == 0 else f"y{i - 1}") for i in range(layers))
    text = MODEL.format(constants=constants, layers=body, last=layers - 1)
    return text, text.count(" = arith.") + text.count(" = linalg.") + text.count("linalg.yield")


def seconds(text: str, run: Any, ir: Any) -> float:
    """The time of one run on a fresh parse."""
    with ir.Context(), ir.Location.unknown():
        module = ir.Module.parse(text)
        start = time.perf_counter()
        run(module)
        return time.perf_counter() - start


def compare(title: str, text: str, ops: int, repeats: int) -> None:
    """Print the table of one module."""
    package = load()

    def upstream(name: str) -> Any:
        return lambda m: package.passmanager.PassManager.parse(f"builtin.module({name})").run(
            m.operation
        )

    runs = {
        "convert-ocp-to-fnuz": lambda m: passes.run(m, "convert-ocp-to-fnuz"),
        "ocp-to-fnuz": lambda m: passes.run(m, "ocp-to-fnuz"),
        "canonicalize": upstream("canonicalize"),
        "cse": upstream("cse"),
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            times[name].append(seconds(text, run, package.ir))
    print(f"{title}, {repeats} runs in turn")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:>20}: {median:6.3f} s  {median / ops * 1e6:6.2f} us an op")
    for ours in ("convert-ocp-to-fnuz", "ocp-to-fnuz"):
        ratios = [
            a / (b + c)
            for a, b, c in zip(times[ours], times["canonicalize"], times["cse"], strict=True)
        ]
        print(
            f"{ours} / (canonicalize + cse): {statistics.median(ratios):.1f} "
            f"(from {min(ratios):.1f} to {max(ratios):.1f})"
        )


def main() -> None:
    """Print one table for each module."""
    ops, layers, repeats = (
        [int(a) for a in sys.argv[1:]] + [100_000, 400, 5][len(sys.argv) - 1 :]
    )[:3]
    text, total, fp8 = synthetic_module(ops)
    share = f"{total} ops, {fp8} on fp8 ({100 * fp8 / total:.0f}%)"
    compare(share, text, total, repeats)
    text, total = model(layers)
    compare(f"{layers} quantized layers, {total} ops", text, total, repeats)


if __name__ == "__main__":
    main()
