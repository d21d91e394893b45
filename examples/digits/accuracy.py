"""The accuracy of fp8 on handwritten digits, as OCP and as converted to FNUZ.

    python examples/digits/accuracy.py

Needs `pip install 'fnuz[onnx]' scikit-learn`. Trains three networks in f32, quantizes each in
several ways, and prints a table: how many of the 500 test images each program gets right, and for
how many of them the converted program gives the same bits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import networks
import numpy as np
import onnx
import quantize
from networks import Array, Images, Network

from fnuz import passes
from fnuz.dialect import formats
from fnuz.execution import cpu
from fnuz.frontends.onnx import import_model

NETWORKS: dict[str, Callable[[np.random.Generator], Network]] = {
    "MLP": networks.mlp,
    "CNN": networks.cnn,
    "MobileNet": networks.mobilenet,
}

CALIBRATIONS: dict[str, float] = {"maximum": 100, "median": 50}
"""What becomes the largest fp8 value: a percentile of the magnitudes of each value in f32.

The median is no way to quantize: half of the magnitudes are above it. It shows what saturates.
"""


@dataclass(frozen=True)
class Row:
    """One line of the table: a quantized network, and the logits of each program on the tests."""

    network: str
    format: str
    calibration: str
    model: onnx.ModelProto
    f32: Array
    ocp: Array
    fnuz: Array
    fused_ocp: Array
    fused_fnuz: Array


def run(module: Any, *inputs: Array) -> list[Array]:
    """The results of the only function of a module, run on the CPU; it is not changed."""
    module = cpu.clone(module)
    passes.run(module, "emulate-fp8")
    program = cpu.compile(module, opt_level=0)  # each runs once, so LLVM need not be thorough
    (function,) = program.functions
    return program.run(function, inputs).results


def converted(module: Any, pipeline: str, **options: Any) -> Any:
    """A copy of a module after a pipeline."""
    module = cpu.clone(module)
    passes.run(module, pipeline, **options)
    return module


def rows(trained: dict[str, Network], train: Images, test: Images) -> Iterator[Row]:
    """Every network in each format with each calibration."""
    for name, network in trained.items():
        f32 = network.forward(test.images)[network.output]
        f32_model = quantize.to_onnx(network, name, len(test.images))
        ranges = {
            calibration: quantize.ranges(network, train.images[:256], percent)
            for calibration, percent in CALIBRATIONS.items()
        }
        for format in (formats.E4M3FN, formats.E5M2):
            for calibration, largest in ranges.items():
                model = quantize.quantize(f32_model, largest, format)
                ocp = import_model(model)
                fused_ocp = converted(ocp, "fuse-dequantize")
                programs = (
                    ocp,
                    converted(ocp, "ocp-to-fnuz"),
                    fused_ocp,
                    converted(ocp, "ocp-to-fnuz", fuse=True),
                )
                logits = (run(program, test.images)[0] for program in programs)
                yield Row(name, format.mlir_name[2:], calibration, model, f32, *logits)


def correct(logits: Array, labels: Array) -> str:
    """The share of images whose largest logit is that of the label."""
    return f"{np.mean(logits.argmax(1) == labels):.1%}"


def equal_rows(a: Array, b: Array) -> int:
    """How many rows have the same bits."""
    return int(np.all(a.view(np.uint32) == b.view(np.uint32), axis=1).sum())


def main() -> None:
    """Print the table."""
    train, test = networks.digits()
    trained = {name: networks.train(make, train) for name, make in NETWORKS.items()}
    print("| network | format | calibration | f32 | OCP | FNUZ | equal rows | FNUZ, fused |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows(trained, train, test):
        cells = [
            *(row.network, row.format, row.calibration),
            *(correct(logits, test.labels) for logits in (row.f32, row.ocp, row.fnuz)),
            f"{equal_rows(row.ocp, row.fnuz)} of {len(test.labels)}",
            correct(row.fused_fnuz, test.labels),
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
