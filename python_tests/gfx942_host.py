"""Runs a function whose contractions map-to-mfma has mapped: its kernels on the emulator."""

from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray
from torch_mlir import ir

from fnuz import emulator, passes
from fnuz.dialect import ops
from fnuz.dialect.formats import FORMATS
from fnuz.passes import gfx942

DTYPES: dict[str, Any] = {
    "f32": np.float32,
    "f16": np.float16,
    "bf16": ml_dtypes.bfloat16,
    **dict.fromkeys(FORMATS, np.uint8),
}


@dataclass
class Mapped:
    """A mapped module and its kernels."""

    module: Any
    isa: str
    program: emulator.Program

    def __call__(self, *arguments: Any) -> tuple[NDArray[Any], list[emulator.Stats]]:
        """What the one function gives for its arguments, and what each launch did."""
        (func,) = (op for op in self.module.body.operations if op.operation.name == "func.func")
        block = func.regions[0].blocks[0]
        values = dict(zip(block.arguments, arguments, strict=True))
        stats = []
        for each in block.operations:
            op = each.operation
            operands = [values.get(v) for v in op.operands]
            match op.name:
                case "arith.constant":
                    value = op.attributes["value"]
                    values[op.results[0]] = (
                        np.array(ir.DenseElementsAttr(value))
                        if isinstance(value, ir.DenseElementsAttr)
                        else value.value
                    )
                case "memref.alloc":
                    type = op.results[0].type
                    # Garbage, so that an element that no lane writes is seen.
                    made = np.full(type.shape, 0x5A, DTYPES[str(type.element_type)])
                    values[op.results[0]] = made
                case "bufferization.to_buffer" | "bufferization.to_tensor":
                    values[op.results[0]] = operands[0]
                case (
                    "memref.collapse_shape"
                    | "memref.expand_shape"
                    | "tensor.collapse_shape"
                    | "tensor.expand_shape"
                ):
                    values[op.results[0]] = operands[0].reshape(op.results[0].type.shape)
                case "tensor.empty" | "linalg.fill":
                    values[op.results[0]] = None  # no kernel reads it
                case "memref.dealloc":
                    pass
                case "arith.mulf":
                    values[op.results[0]] = np.float32(operands[0]) * np.float32(operands[1])
                case "gpu.launch_func":
                    name = str(op.attributes["kernel"]).rpartition("@")[2]
                    kernel = self.program.kernels[name]
                    done = emulator.launch(kernel, operands[0], operands[3], operands[6:])
                    # Of this one the backend wants the low half alone and leaves the high one open.
                    assert all("v_mad_u64_u32" in each for each in done.undefined)
                    stats.append(done)
                case "func.return":
                    return operands[0], stats
                case other:
                    raise AssertionError(f"{other} in the host function")
        raise AssertionError("no return")


def map_and_compile(text: str, *before: str, **options: Any) -> Mapped:
    """Map the contractions of a module of one function, after the passes named in `before`, and
    compile the kernels."""
    with ir.Context() as context:
        ops.load(context)
        module = ir.Module.parse(text)
        for pipeline in before:
            passes.run(module, pipeline)
        passes.run(module, "map-to-mfma", **options)
        isa = gfx942.compile_to_isa(module)["kernels"]
    return Mapped(module, isa, emulator.parse(isa))
