"""Runs functions whose ops are mapped to kernels: these run on the emulator."""

import operator
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
        self, *arguments: Any, function: str = ""
    ) -> tuple[NDArray[Any], list[emulator.Stats]]:
        """What a function, the one there is by default, gives for its arguments, and what each
        launch did. Of several results a list."""
        (func,) = (
            op
            for op in self.module.body.operations
            if op.operation.name == "func.func"
            and function in ("", ir.StringAttr(op.operation.attributes["sym_name"]).value)
        )
        block = func.regions[0].blocks[0]
        values = dict(zip(block.arguments, arguments, strict=True))
        stats: list[emulator.Stats] = []
        for each in block.operations:
            op = each.operation
            if op.name == "func.return":
                results = [values[v] for v in op.operands]
                return results[0] if len(results) == 1 else results, stats
            self._run(op, values, stats)
        raise AssertionError("no return")

    def _run(self, op: Any, values: dict[Any, Any], stats: list[emulator.Stats]) -> None:
        operands = [values.get(v) for v in op.operands]
        result: Any = None
        match op.name:
            case "arith.constant":
                value = op.attributes["value"]
                type = op.results[0].type
                if not isinstance(type, ir.ShapedType):
                    result = value.value
                elif str(type.element_type) in FORMATS:
                    result = np.resize(codes_of(value, bindings.of(self.module)), type.shape)
                else:
                    result = np.array(ir.DenseElementsAttr(value))
            case "memref.alloc":
                type = op.results[0].type
                sizes = iter(operands)
                shape = [
                    next(sizes) if type.is_dynamic_dim(n) else size
                    for n, size in enumerate(type.shape)
                ]
                # Garbage, so that an element that no lane writes is seen.
                dtype = np.dtype(DTYPES[str(type.element_type)])
                octets = np.full((*shape, dtype.itemsize), 0x5A, np.uint8)
                result = octets.view(dtype)[..., 0].copy()
            case "bufferization.to_buffer" | "bufferization.to_tensor":
                result = operands[0]
            case (
                "memref.collapse_shape"
                | "memref.expand_shape"
                | "tensor.expand_shape"
                | "tensor.collapse_shape"
            ):
                result = operands[0].reshape(op.results[0].type.shape)
            case "memref.reinterpret_cast":
                result = operands[0].reshape(-1)  # a kernel gets a pointer, to all of it
            case "tensor.dim":
                result = operands[0].shape[operands[1]]
            case "tensor.empty" | "linalg.fill" | "memref.dealloc":
                pass  # no kernel reads it
            case "arith.mulf":
                result = np.float32(operands[0]) * np.float32(operands[1])
            case "arith.addi":
                result = operands[0] + operands[1]
            case "arith.muli":
                result = operands[0] * operands[1]
            case "arith.divui":
                result = operands[0] // operands[1]
            case "arith.index_cast":
                result = operands[0]
            case "arith.cmpi":
                compare = {1: operator.ne, 6: operator.lt}[op.attributes["predicate"].value]
                result = compare(operands[0], operands[1])
            case "cf.assert":
                assert operands[0], op.attributes["msg"].value
            case "scf.if":
                if operands[0]:
                    for each in list(op.regions[0].blocks[0].operations)[:-1]:
                        self._run(each.operation, values, stats)
            case "gpu.launch_func":
                name = str(op.attributes["kernel"]).rpartition("@")[2]
                kernel = self.program.kernels[name]
                done = emulator.launch(kernel, operands[0], operands[3], operands[6:])
                # Of this one the backend wants the low half alone and leaves the high one open.
                assert all("v_mad_u64_u32" in each for each in done.undefined)
                stats.append(done)
            case other:
                raise AssertionError(f"{other} in the host function")
        for value in op.results:
            values[value] = result


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
