"""Modules with fp8 types, compiled for a device: the way from a module to its results."""

import ctypes
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from fnuz import passes
from fnuz.bindings.diagnostics import at
from fnuz.emulator import EmulatorError
from fnuz.execution import cpu, devices, launches, memory, signature
from fnuz.execution.callbacks import Callbacks
from fnuz.execution.cpu import Outcome
from fnuz.execution.devices import DeviceName, RunKernel
from fnuz.execution.errors import LaunchFailed, cannot_run
from fnuz.execution.hip import HipError
from fnuz.execution.launches import Launch
from fnuz.execution.signature import Array, Signature, Value
from fnuz.passes.emulate_fp8 import EmulateFp8
from fnuz.passes.gfx942.backend import gpu_modules


class Program:
    """A compiled module; see `compile`."""

    def __init__(self, program: cpu.Program, functions: dict[str, Signature]) -> None:
        self._program = program
        self.functions = functions
        """The functions that can be run, with the types that they have in the module."""

    def run(self, function: str, inputs: Sequence[Array]) -> Outcome:
        """Call a function, as `cpu.Program.run` does.

        fp8 are uint8 codes; inputs may be of the types of ml_dtypes too.

        Raises also LaunchFailed, at the launch of a kernel.
        """
        types = self.functions[function]
        inner = self._program.functions[function].arguments
        if len(inputs) != len(inner):
            raise ValueError(f"{function} takes {len(inner)} inputs, not {len(inputs)}")
        arrays = []
        for value, emulated, array in zip(types.arguments, inner, inputs, strict=True):
            arrays.append(value.check(array).view(emulated.dtype))
        outcome = self._program.run(function, arrays)
        results = [
            array.view(value.dtype)
            for value, array in zip(types.results, outcome.results, strict=True)
        ]
        memrefs = {i: a.view(types.arguments[i].dtype) for i, a in outcome.memrefs.items()}
        return Outcome(results, memrefs)


def compile(
    module: Any,
    functions: Iterable[str] | None = None,
    *,
    device: DeviceName = "cpu",
    emulation: EmulateFp8 | None = None,
    opt_level: int = 2,
) -> Program:
    """Compile a module with fp8 types. It is not changed.

    `functions` are those to run, by default every public one with a body. On the "emulator" and
    on "hip" the gpu.modules of the module are compiled for gfx942 and its launches run there; all
    else runs on the CPU, with fp8 as `emulation` has it. `opt_level` is LLVM's, for the CPU.

    Raises CannotRun for what cannot be run, at its location; PassFailed for what emulate-fp8 or
    the gfx942 backend refuses; KeyError for a function that the module does not have; DeviceMissing
    without such a device; ImportError where the backend is not installed.
    """
    copy = cpu.clone(module)
    passes.run(copy, "lower-fp8-quant")  # numpy has no quantized types
    public = signature.public_functions(copy)
    names = list(public if functions is None else functions)
    signatures = {name: signature.of(public[name]) for name in names}
    callbacks = _kernels(copy, device)
    passes.run(copy, (emulation or EmulateFp8()).to_text())
    program = cpu.compile(copy, names, opt_level=opt_level, callbacks=callbacks)
    return Program(program, signatures)


def run(module: Any, function: str, inputs: Sequence[Array], device: DeviceName = "cpu") -> Outcome:
    """Compile a module and call one function of it; see `compile` and `Program.run`."""
    return compile(module, [function], device=device).run(function, inputs)


def _kernels(module: Any, device: DeviceName) -> Callbacks:
    """Take the kernels and their launches out of a module; what runs them instead."""
    callbacks = Callbacks()
    kernels = gpu_modules(module.operation)
    if device == "cpu":
        for op in kernels.values():
            message = "the CPU runs no kernels; the devices emulator and hip do"
            raise cannot_run(f"'gpu.module' op: {message}", op.location)
        return callbacks
    if not kernels:
        raise cannot_run(
            f"there is no gpu.module to run on {device}: ocp-to-fnuz and map-to-gfx942 make "
            "kernels; the device cpu runs all without",
            module.operation.location,
        )
    run_kernel = devices.compile_for(device, module)
    for launch in launches.extract(module):
        callbacks.add(launch.symbol, launch.words, _launcher(launch, run_kernel, device))
    return callbacks


def _launcher(launch: Launch, run_kernel: RunKernel, device: str) -> Callable[..., None]:
    """What launches a kernel, given the words of `Launch`."""

    def run(*words: int) -> None:
        gx, gy, gz, bx, by, bz, dynamic_lds, *operands = words
        if 0 in (gx, gy, gz):
            return  # no workgroup
        arguments = [
            _operand(value, word, read_only)
            for value, word, read_only in zip(
                launch.operands, operands, launch.read_only, strict=True
            )
        ]
        try:
            run_kernel(
                launch.gpu_module,
                launch.kernel,
                (gx, gy, gz),
                (bx, by, bz),
                arguments,
                dynamic_lds,
            )
        except (EmulatorError, HipError) as error:
            kernel = f"kernel @{launch.gpu_module}::@{launch.kernel} on {device}"
            message = f"{kernel}: {type(error).__name__}: {error}"
            raise LaunchFailed(at(launch.location, "error", message)) from error

    return run


def _operand(value: Value, word: int, read_only: bool) -> Any:
    """A scalar or a memref as `emulator.launch` takes it."""
    if value.kind == "scalar":
        return np.frombuffer(word.to_bytes(8, "little", signed=True), value.dtype)[0]
    count = memory.descriptor_words(value)
    descriptor = list((ctypes.c_int64 * count).from_address(word))
    array = memory.view(value, descriptor)
    if read_only:
        array.flags.writeable = False
    return array
