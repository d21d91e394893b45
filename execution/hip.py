"""Kernels on a gfx942, through the package hip-python."""

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from fnuz import emulator
from fnuz.emulator import arguments as packing
from fnuz.execution.devices import Size
from fnuz.execution.errors import DeviceMissing


class HipError(Exception):
    """A call of HIP failed; the message has its name and the error's."""


class Gpu:
    """The first GPU of the process, which `HIP_VISIBLE_DEVICES` chooses.

    Raises DeviceMissing where hip-python, ROCm or the GPU is not there.
    """

    def __init__(self) -> None:
        try:
            from hip import hip
        except ImportError as error:
            raise DeviceMissing(
                "running on hip needs the package hip-python, of the version of your ROCm: "
                f"pip install 'fnuz[hip]' ({error})"
            ) from None
        self._hip: Any = hip
        try:
            count = self._call("hipGetDeviceCount")
        except (HipError, RuntimeError) as error:  # the latter where libamdhip64 is not found
            raise DeviceMissing(f"there is no GPU for hip: {error}") from None
        if not count:
            raise DeviceMissing("there is no GPU for hip: hipGetDeviceCount counts none")
        self._kernels: dict[tuple[str, str], tuple[emulator.Kernel, Any]] = {}

    def load(self, isa: dict[str, str], objects: dict[str, bytes]) -> None:
        """Load the code objects of gpu.modules; their assembly says how arguments are packed.

        Raises DeviceMissing where the GPU does not take them.
        """
        for name, text in isa.items():
            try:
                loaded = self._call("hipModuleLoadData", objects[name])
            except HipError as error:
                raise DeviceMissing(f"the GPU does not take code for gfx942: {error}") from None
            for kernel in emulator.parse(text).kernels.values():
                function = self._call("hipModuleGetFunction", loaded, kernel.name.encode())
                self._kernels[name, kernel.name] = kernel, function

    def launch(
        self,
        gpu_module: str,
        kernel: str,
        grid: Size,
        block: Size,
        arguments: Sequence[Any],
        dynamic_lds: int,
    ) -> None:
        """Copy the arguments to the GPU, run a kernel to its end, and copy them back: a RunKernel.

        Raises HipError, and LaunchError for arguments that do not fit.
        """
        hip, (code, function) = self._hip, self._kernels[gpu_module, kernel]
        packing.check_block(code, block)
        buffers: list[Any] = []

        def allocate(span: packing.Span) -> int:
            size = span.octets.size
            buffer = self._call("hipMalloc", max(size, 1))
            buffers.append(buffer)
            self._copy(int(buffer), span.octets.ctypes.data, size, "hipMemcpyHostToDevice")
            return int(buffer)

        try:
            packed = packing.pack(code, grid, block, arguments, dynamic_lds, allocate)
            segment = ctypes.create_string_buffer(packed.segment, len(packed.segment))
            start = ctypes.addressof(segment)
            # What the runtime adds behind them it knows itself.
            pointers = (ctypes.c_void_p * len(packed.shown))(*(start + at for at in packed.shown))
            sizes = (*grid, *block, dynamic_lds)
            self._call("hipModuleLaunchKernel", function, *sizes, None, pointers, None)
            self._call("hipDeviceSynchronize")
            for address, span in packed.spans:
                if span.writable:
                    octets = np.empty_like(span.octets)
                    source = octets.ctypes.data
                    self._copy(source, address, octets.size, "hipMemcpyDeviceToHost")
                    span.write_back(octets)
        finally:
            for buffer in buffers:
                hip.hipFree(buffer)

    def _copy(self, target: int, source: int, size: int, kind: str) -> None:
        if size:
            kind = getattr(self._hip.hipMemcpyKind, kind)
            self._call("hipMemcpy", target, source, size, kind)

    def _call(self, name: str, *arguments: Any) -> Any:
        """Call a function of HIP, which returns its error and perhaps one value."""
        error, *values = getattr(self._hip, name)(*arguments)
        if error != self._hip.hipError_t.hipSuccess:
            raise HipError(f"{name} failed: {error.name}")
        return values[0] if values else None
