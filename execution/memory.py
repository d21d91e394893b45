"""The memory of a run: memref descriptors of numpy arrays, and every buffer the code allocates.

JIT code allocates through two functions given here, so that a run can free all that it used:
what a result points to cannot be told from its descriptor (it may be an argument, a constant or
a part of another result), so results are copied out and everything else is freed at the end.
"""

import contextlib
import ctypes
import os
import sys
from typing import Any

import numpy as np

from fnuz.execution.signature import Array, Value

_ALIGNMENT = 64

_libc = ctypes.CDLL(None)
_libc.aligned_alloc.restype = ctypes.c_void_p
_libc.aligned_alloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
_libc.free.argtypes = [ctypes.c_void_p]
_libc.free.restype = None


_libraries: list[ctypes.CDLL] = []


def load_libraries() -> None:
    """Make the C functions that LLVM's code calls visible to it.

    libm has what math ops lower to, libgcc_s the f16 conversions of a CPU without F16C.
    """
    if _libraries:
        return
    for name in ("libm.so.6", "libgcc_s.so.1"):
        # Another libc: then what is needed may be in the process already, or linking says not.
        with contextlib.suppress(OSError):
            _libraries.append(ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL))


class Arena:
    """The buffers that JIT code owns. Keep it as long as the engine: it holds the callbacks."""

    def __init__(self) -> None:
        self._live: set[int] = set()
        self.functions: dict[str, Any] = {
            "_mlir_memref_to_llvm_alloc": ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_size_t)(
                self._allocate
            ),
            "_mlir_memref_to_llvm_aligned_alloc": ctypes.CFUNCTYPE(
                ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t
            )(lambda _, size: self._allocate(size)),
            "_mlir_memref_to_llvm_free": ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self._free),
        }
        """What JIT code calls, by symbol."""

    def _allocate(self, size: int) -> int:
        rounded = max(-(-size // _ALIGNMENT), 1) * _ALIGNMENT
        address = _libc.aligned_alloc(_ALIGNMENT, rounded)
        if not address:
            # The caller is JIT code, which would write to address 0: nothing can unwind it.
            sys.stderr.write(f"fnuz: error: no memory for {size} bytes\n")
            sys.stderr.flush()
            os.abort()
        # What a program reads before writing it is the same in every run, and stands out.
        ctypes.memset(address, 0xFF, rounded)
        self._live.add(address)
        return int(address)

    def _free(self, address: int | None) -> None:
        if address in self._live:
            self._live.remove(address)
            _libc.free(address)

    def release(self) -> None:
        """Free every buffer that is still there."""
        for address in self._live:
            _libc.free(address)
        self._live.clear()


def descriptor(array: Array) -> Any:
    """The memref descriptor of an array: allocated, aligned, offset, sizes, strides."""
    strides = [s // array.itemsize for s in array.strides]
    words = [array.ctypes.data, array.ctypes.data, 0, *array.shape, *strides]
    return (ctypes.c_int64 * len(words))(*words)


def descriptor_words(value: Value) -> int:
    """How many 64-bit words the memref descriptor of a value has."""
    return 3 + 2 * len(value.shape)


def read(value: Value, words: list[int]) -> Array:
    """A copy of what the descriptor `words` of a value points to."""
    return np.array(view(value, words))


def view(value: Value, words: list[int]) -> Array:
    """What the descriptor `words` of a value points to; good as long as that memory is."""
    rank = len(value.shape)
    aligned, offset = words[1:3]
    shape, strides = words[3 : 3 + rank], words[3 + rank :]
    if 0 in shape:
        return np.empty(shape, value.dtype)
    size = value.dtype.itemsize
    # One flat view up to the last element, then the strides of the descriptor over it.
    count = 1 + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
    buffer = (ctypes.c_char * (count * size)).from_address(aligned + offset * size)
    flat: Array = np.frombuffer(memoryview(buffer), value.dtype)
    return np.lib.stride_tricks.as_strided(flat, shape, [s * size for s in strides])
