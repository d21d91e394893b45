"""What runs kernels: the emulator, or a GPU through HIP. Importing it is cheap."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from fnuz.passes import gfx942

DeviceName = Literal["cpu", "emulator", "hip"]
DEVICES: tuple[DeviceName, ...] = ("cpu", "emulator", "hip")

Size = tuple[int, int, int]

RunKernel = Callable[[str, str, Size, Size, Sequence[Any], int], None]
"""Runs a kernel to its end, given the names of its gpu.module and its own; then as
`emulator.launch` workgroups, workitems, arguments and bytes of LDS that are added.

Raises EmulatorError or HipError.
"""


def compile_for(name: DeviceName, module: Any) -> RunKernel:
    """Compile the kernels of a module for a device that is not the CPU.

    Raises DeviceMissing, PassFailed, and ImportError where the backend is not installed.
    """
    return _COMPILERS[name](module)


def _for_emulator(module: Any) -> RunKernel:
    from fnuz import emulator

    assembly = gfx942.compile_to_isa(module)
    programs = {name: emulator.parse(text) for name, text in assembly.items()}

    def launch(
        gpu_module: str,
        kernel: str,
        grid: Size,
        block: Size,
        arguments: Sequence[Any],
        dynamic_lds: int,
    ) -> None:
        code = programs[gpu_module].kernels[kernel]
        emulator.launch(code, grid, block, arguments, dynamic_lds=dynamic_lds)

    return launch


def _for_hip(module: Any) -> RunKernel:
    from fnuz.execution.hip import Gpu

    gpu = Gpu()  # before the compiler works for nothing
    gpu.load(gfx942.compile_to_isa(module), gfx942.compile_to_hsaco(module))
    return gpu.launch


_COMPILERS: dict[str, Callable[[Any], RunKernel]] = {"emulator": _for_emulator, "hip": _for_hip}
