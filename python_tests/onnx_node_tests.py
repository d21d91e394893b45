"""Runs ONNX models through the import and on the CPU, and the node tests of the onnx package.

`python onnx_node_tests.py` runs those that have an fp8 input or output.
"""

import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import ml_dtypes
import numpy as np
import onnx
from numpy.typing import NDArray

from fnuz import passes
from fnuz.bindings import load
from fnuz.execution import cpu
from fnuz.execution.compare import Verifier
from fnuz.frontends.onnx import import_model

Array = NDArray[Any]

FP8 = {
    onnx.TensorProto.FLOAT8E4M3FN: ml_dtypes.float8_e4m3fn,
    onnx.TensorProto.FLOAT8E4M3FNUZ: ml_dtypes.float8_e4m3fnuz,
    onnx.TensorProto.FLOAT8E5M2: ml_dtypes.float8_e5m2,
    onnx.TensorProto.FLOAT8E5M2FNUZ: ml_dtypes.float8_e5m2fnuz,
}
"""numpy's type for each fp8 type of ONNX."""


class Programs:
    """Models as functions of one module, so that they are compiled in one go."""

    def __init__(self, models: dict[str, onnx.ModelProto]) -> None:
        context = load().ir.Context()
        ir = load().ir
        with context, ir.Location.unknown():
            self.module = ir.Module.create()
        for name, model in models.items():
            copy = onnx.ModelProto()
            copy.CopyFrom(model)
            copy.graph.name = name
            for op in import_model(copy, context=context).body.operations:
                self.module.body.append(op.operation.clone())
        emulated = cpu.clone(self.module)
        passes.run(emulated, "emulate-fp8")
        self._program = cpu.compile(emulated, opt_level=0)
        self.converted = cpu.clone(self.module)
        passes.run(self.converted, "ocp-to-fnuz", on_warning=lambda *_: None)
        self._verifier = Verifier(self.module, self.converted, opt_level=0)

    def run(self, name: str, inputs: Sequence[Array]) -> list[Array]:
        """The results of a model, fp8, bf16 and unsigned integers as integers of their bits."""
        arguments = self._program.functions[name].arguments
        given = [bits(x, v.dtype) for v, x in zip(arguments, inputs, strict=True)]
        return self._program.run(name, given).results

    def differences(
        self, name: str, inputs: Sequence[Array], expected: Sequence[Array]
    ) -> list[str]:
        """Where the results are not `expected`, or not the same when converted to FNUZ."""
        found = []
        for i, (got, want) in enumerate(zip(self.run(name, inputs), expected, strict=True)):
            problem = difference(got, np.asarray(want))
            if problem:
                found.append(f"{name}, result {i}: {problem}")
        arguments = self._verifier.functions[name].arguments
        given = [bits(x, v.dtype) for v, x in zip(arguments, inputs, strict=True)]
        for comparison in self._verifier.run(name, given):
            if not comparison.ok:
                found.append(f"{name}, converted: {comparison}")
        return found


def bits(array: Array, dtype: np.dtype[Any]) -> Array:
    """An array viewed as elements of `dtype`, which are as wide."""
    array = np.asarray(array)
    return array if array.dtype == dtype else array.view(dtype)


def difference(got: Array, want: Array) -> str | None:
    """The first element whose bits differ, if one does. NaN is NaN."""
    if got.shape != want.shape:
        return f"the shape is {got.shape}, not {want.shape}"
    got = bits(got, want.dtype)
    with np.errstate(invalid="ignore"):
        same = (got == want) & (np.signbit(_real(got)) == np.signbit(_real(want)))
        same |= np.isnan(_real(got)) & np.isnan(_real(want))
    if same.all():
        return None
    at = tuple(int(i) for i in np.argwhere(~same)[0])
    return f"{np.count_nonzero(~same)} differ, the first at {at}: {got[at]}, not {want[at]}"


def _real(array: Array) -> Array:
    """An array as numpy can ask for sign and NaN; nothing is lost."""
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def float8_tests() -> list[Any]:
    """The node tests with an fp8 input or output."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy warns of the NaN that the tests are about
        tests = collect_testcases(None)
    return [test for test in tests if _has_fp8(test.model.graph)]


def _has_fp8(graph: onnx.GraphProto) -> bool:
    return any(v.type.tensor_type.elem_type in FP8 for v in (*graph.input, *graph.output))


def data(test: Any) -> Iterator[tuple[list[Array], list[Array]]]:
    """The inputs and expected outputs of a node test."""
    for inputs, outputs in test.data_sets:
        yield [_array(x) for x in inputs], [_array(x) for x in outputs]


def _array(value: Any) -> Array:
    return onnx.numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value


def run_all(tests: Sequence[Any]) -> dict[str, list[str]]:
    """For each node test, what is wrong with its results."""
    programs = Programs({test.name: test.model for test in tests})
    return {
        test.name: [
            problem
            for inputs, outputs in data(test)
            for problem in programs.differences(test.name, inputs, outputs)
        ]
        for test in tests
    }


if __name__ == "__main__":
    results = run_all(float8_tests())
    for problems in results.values():
        print(*problems, sep="\n", end="\n" if problems else "")
    passed = sum(not problems for problems in results.values())
    print(f"{passed} of {len(results)}")
    sys.exit(passed != len(results))
