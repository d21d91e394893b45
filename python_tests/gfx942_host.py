"""Runs functions whose ops are mapped to kernels: these run on the emulator."""

from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray
from torch_mlir import ir

from fnuz import bindings, emulator, passes
from fnuz.dialect import ops
from fnuz.dialect.formats import FORMATS
from fnuz.passes import gfx942
from fnuz.passes.constants import codes_of

DTYPES: dict[str, Any] = {
    "f32": np.float32,
    "f16": np.float16,
    "bf16": ml_dtypes.bfloat16,
    "f64": np.float64,
    "i1": np.bool_,
    "i8": np.int8,
    "i16": np.int16,
    "i32": np.int32,
    "i64": np.int64,
    "index": np.int64,
    **dict.fromkeys(FORMATS, np.uint8),
}


@dataclass
class Mapped:
    """A mapped module and its kernels."""

    module: Any
    isa: str
    program: emulator.Program

    def __call__(
        self, *arguments: Any, name: str = "main"
    ) -> tuple[NDArray[Any], list[emulator.Stats]]:
        """What a function gives for its arguments, and what each launch did.

        Of several results a list.
        """
        (func,) = (
            op
            for op in self.module.body.operations
            if op.operation.name == "func.func" and op.attributes["sym_name"].value == name
        )
        block = func.regions[0].blocks[0]
        values = dict(zip(block.arguments, arguments, strict=True))
        stats = []
        for each in block.operations:
            op = each.operation
            operands = [values.get(v) for v in op.operands]
            match op.name:
                case "arith.constant":
                    value = op.attributes["value"]
                    type = op.results[0].type
                    if not isinstance(type, ir.ShapedType):
                        values[op.results[0]] = value.value
                    elif str(type.element_type) in FORMATS:
                        codes = codes_of(value, bindings.of(self.module))
                        values[op.results[0]] = np.resize(codes, type.shape)
                    else:
                        values[op.results[0]] = np.array(value)
                case "memref.alloc":
                    type = op.results[0].type
                    # Garbage, so that an element that no lane writes is seen.
                    dtype = np.dtype(DTYPES[str(type.element_type)])
                    octets = np.full((*type.shape, dtype.itemsize), 0x5A, np.uint8)
                    values[op.results[0]] = octets.view(dtype)[..., 0].copy()
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
                    assert all("v_mad_u64_u32" in each for each in done.undefined), done.undefined
                    stats.append(done)
                case "func.return":
                    return operands[0] if len(operands) == 1 else operands, stats
                case other:
                    raise AssertionError(f"{other} in the host function")
        raise AssertionError("no return")


def map_and_compile(text: str, *before: str, by: str = "map-to-mfma", **options: Any) -> Mapped:
    """Map a module by the pass `by` after those named in `before`, and compile the kernels."""
    with ir.Context() as context:
        ops.load(context)
        module = ir.Module.parse(text)
        for pipeline in before:
            passes.run(module, pipeline)
        passes.run(module, by, **options)
        isa = gfx942.compile_to_isa(module)["kernels"]
    return Mapped(module, isa, emulator.parse(isa))
