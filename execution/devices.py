"""What runs kernels: the emulator, or a GPU through HIP. Importing it is cheap."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from fnuz.passes import gfx942

DeviceName = Literal["cpu", "emulator", "hip"]
DEVICES: tuple[DeviceName, ...] = ("cpu", "emulator", "hip")

Size = tuple[int, int, int]


class Device(Protocol):
    """Runs the kernels of a module."""

    def launch(
        self,
        gpu_module: str,
        kernel: str,
        grid: Size,
        block: Size,
        arguments: Sequence[Any],
        dynamic_lds: int,
    ) -> None:
        """Run a kernel to its end; as `emulator.launch`, in workgroups and workitems.

        Raises EmulatorError or HipError.
        """


class Emulated:
    """The kernels on the emulator."""

    def __init__(self, isa: dict[str, str]) -> None:
        from fnuz import emulator

        self._launch = emulator.launch
        self._programs = {name: emulator.parse(text) for name, text in isa.items()}

    def launch(
        self,
        gpu_module: str,
        kernel: str,
        grid: Size,
        block: Size,
        arguments: Sequence[Any],
        dynamic_lds: int,
    ) -> None:
        """Run a kernel. Raises EmulatorError."""
        code = self._programs[gpu_module].kernels[kernel]
        self._launch(code, grid, block, arguments, dynamic_lds=dynamic_lds)


def compile_for(name: DeviceName, module: Any) -> Device:
    """Compile the kernels of a module for a device that is not the CPU.

    Raises DeviceMissing, PassFailed, and ImportError where the backend is not installed.
    """
    return _COMPILERS[name](module)


def _for_emulator(module: Any) -> Device:
    return Emulated(gfx942.compile_to_isa(module))


def _for_hip(module: Any) -> Device:
    from fnuz.execution.hip import Gpu

    gpu = Gpu()  # before the compiler works for nothing
    gpu.load(gfx942.compile_to_isa(module), gfx942.compile_to_hsaco(module))
    return gpu


_COMPILERS: dict[str, Callable[[Any], Device]] = {"emulator": _for_emulator, "hip": _for_hip}
