"""Hears what MLIR reports in a context.

The bindings have `attach_diagnostic_handler`, but reading a message that quotes bytes which are
not UTF-8 raises there or aborts the process, and a broken file can bring such bytes. So this
goes through the C API of the library that the bindings loaded.
"""

import ctypes
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from fnuz import bindings
from fnuz.bindings.diagnostics import Diagnostic, Severity, at


class _StringRef(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("length", ctypes.c_size_t))


# A struct of one pointer or one int8 is passed as that; ctypes callbacks cannot return structs.
_Handler = ctypes.CFUNCTYPE(ctypes.c_int8, ctypes.c_void_p, ctypes.c_void_p)
_StringCallback = ctypes.CFUNCTYPE(None, _StringRef, ctypes.c_void_p)

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note", "remark")
"""In the order of MlirDiagnosticSeverity."""

_pointer, _size = ctypes.c_void_p, ctypes.c_ssize_t
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "mlirContextAttachDiagnosticHandler": (ctypes.c_uint64, _pointer, _Handler, _pointer, _pointer),
    "mlirContextDetachDiagnosticHandler": (None, _pointer, ctypes.c_uint64),
    "mlirDiagnosticGetLocation": (_pointer, _pointer),
    "mlirDiagnosticGetSeverity": (ctypes.c_int, _pointer),
    "mlirDiagnosticGetNumNotes": (_size, _pointer),
    "mlirDiagnosticGetNote": (_pointer, _pointer, _size),
    "mlirDiagnosticPrint": (None, _pointer, _StringCallback, _pointer),
    "mlirLocationPrint": (None, _pointer, _StringCallback, _pointer),
}

_capsule_name = ctypes.pythonapi.PyCapsule_GetName
_capsule_name.restype = ctypes.c_char_p
_capsule_name.argtypes = (ctypes.py_object,)
_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = (ctypes.py_object, ctypes.c_char_p)
_capsule_new = ctypes.pythonapi.PyCapsule_New
_capsule_new.restype = ctypes.py_object
_capsule_new.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


@cache
def _library(package: bindings.Bindings) -> Any:
    folder = Path(package.module("_mlir_libs").__file__).parent
    for path in sorted([*folder.glob("*CAPI*.so*"), *folder.glob("*Compiler*.so*")]):
        library = ctypes.CDLL(str(path))
        if all(hasattr(library, name) for name in _SIGNATURES):
            break
    else:
        raise ImportError(f"no MLIR C API library in {folder}")
    for name, (result, *arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


class Listener:
    """Calls `callback` with each diagnostic of a context until `detach`, or as `with` block.

    The callback returns whether the diagnostic is dealt with; if not, earlier handlers get it.
    Keep the listener: MLIR holds no reference to it.
    """

    def __init__(self, context: Any, callback: Callable[[Diagnostic], bool]) -> None:
        package = bindings.of(context)
        self._location = package.ir.Location
        self._library = _library(package)
        self._callback = callback
        self._context = context
        self._location_name = _capsule_name(package.ir.Location.unknown(context=context)._CAPIPtr)
        self._handler = _Handler(lambda pointer, _: callback(self._read(pointer)))
        self._id = self._library.mlirContextAttachDiagnosticHandler(
            self._address(), self._handler, None, None
        )

    def detach(self) -> None:
        """Hear no more."""
        self._library.mlirContextDetachDiagnosticHandler(self._address(), self._id)

    def __enter__(self) -> "Listener":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.detach()

    def _address(self) -> int:
        capsule = self._context._CAPIPtr
        address = _capsule_pointer(capsule, _capsule_name(capsule))
        assert isinstance(address, int)
        return address

    def _read(self, pointer: int) -> Diagnostic:
        library = self._library
        message = _printed(library.mlirDiagnosticPrint, pointer)
        severity = _SEVERITIES[library.mlirDiagnosticGetSeverity(pointer)]
        count = library.mlirDiagnosticGetNumNotes(pointer)
        notes = tuple(self._read(library.mlirDiagnosticGetNote(pointer, i)) for i in range(count))
        place = library.mlirDiagnosticGetLocation(pointer)
        # Reading the name of such a file would abort too.
        if re.search(r"\\[89A-F][0-9A-F]", _printed(library.mlirLocationPrint, place)):
            return Diagnostic(severity, message, notes=notes)
        capsule = _capsule_new(place, self._location_name, None)
        return at(self._location._CAPICreate(capsule), severity, message, notes)


def _printed(function: Any, pointer: int) -> str:
    parts: list[bytes] = []

    def collect(text: _StringRef, _: object) -> None:
        if text.length:
            parts.append(ctypes.string_at(text.data, text.length))

    function(pointer, _StringCallback(collect), None)
    return b"".join(parts).decode("utf-8", "backslashreplace")
