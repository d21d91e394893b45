"""The MLIR C API of the library that a bindings package loaded, through ctypes."""

import ctypes
from functools import cache
from pathlib import Path
from typing import Any

from fnuz.bindings import Bindings


class StringRef(ctypes.Structure):
    """MlirStringRef."""

    _fields_ = (("data", ctypes.c_void_p), ("length", ctypes.c_size_t))


class Attribute(ctypes.Structure):
    """MlirAttribute, which the API takes by value."""

    _fields_ = (("ptr", ctypes.c_void_p),)


# A struct of one pointer or one int8 is passed as that; ctypes callbacks cannot return structs.
DiagnosticHandler = ctypes.CFUNCTYPE(ctypes.c_int8, ctypes.c_void_p, ctypes.c_void_p)
StringCallback = ctypes.CFUNCTYPE(None, StringRef, ctypes.c_void_p)

_pointer, _size = ctypes.c_void_p, ctypes.c_ssize_t
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "mlirAttributeIsADenseResourceElements": (ctypes.c_bool, Attribute),
    "mlirContextAttachDiagnosticHandler": (
        *(ctypes.c_uint64, _pointer, DiagnosticHandler, _pointer, _pointer),
    ),
    "mlirContextDetachDiagnosticHandler": (None, _pointer, ctypes.c_uint64),
    "mlirDenseElementsAttrGetRawData": (_pointer, Attribute),
    "mlirDiagnosticGetLocation": (_pointer, _pointer),
    "mlirDiagnosticGetSeverity": (ctypes.c_int, _pointer),
    "mlirDiagnosticGetNumNotes": (_size, _pointer),
    "mlirDiagnosticGetNote": (_pointer, _pointer, _size),
    "mlirDiagnosticPrint": (None, _pointer, StringCallback, _pointer),
    "mlirLocationPrint": (None, _pointer, StringCallback, _pointer),
}


@cache
def functions(bindings: Bindings) -> Any:
    """The functions that this project calls, declared. Raises ImportError."""
    folder = Path(bindings.module("_mlir_libs").__file__).parent
    for path in sorted([*folder.glob("*CAPI*.so*"), *folder.glob("*Compiler*.so*")]):
        found = ctypes.CDLL(str(path))
        if all(hasattr(found, name) for name in _SIGNATURES):
            break
    else:
        raise ImportError(f"no MLIR C API library in {folder}")
    for name, (result, *arguments) in _SIGNATURES.items():
        function = getattr(found, name)
        function.restype = result
        function.argtypes = arguments
    return found
