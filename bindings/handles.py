"""The identity of what a Python handle stands for."""

import ctypes
from typing import Any

_capsule_name = ctypes.pythonapi.PyCapsule_GetName
_capsule_name.restype = ctypes.c_char_p
_capsule_name.argtypes = (ctypes.py_object,)
_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = (ctypes.py_object, ctypes.c_char_p)

_names: dict[type, bytes] = {}


def capsule_name(handle: Any) -> bytes:
    """The name of the capsules in which handles of this class come and go."""
    name = _names.get(type(handle))
    if name is None:
        name = _names[type(handle)] = _capsule_name(handle._CAPIPtr)
    return name


def address(handle: Any) -> int:
    """Where the operation, attribute or context is in memory: the key to hold it by.

    The hash of an operation handle is computed from what the op says, its result types among it,
    and changes when they do; the address stays for as long as the op lives. 0.5 us.
    """
    found: int = _capsule_pointer(handle._CAPIPtr, capsule_name(handle))
    return found
