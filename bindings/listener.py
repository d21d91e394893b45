"""Hears what MLIR reports in a context.

The bindings have `attach_diagnostic_handler`, but reading a message that quotes bytes which are
not UTF-8 raises there or aborts the process, and a broken file can bring such bytes. So this
goes through the C API of the library that the bindings loaded.
"""

import ctypes
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from fnuz import bindings
from fnuz.bindings import capi
from fnuz.bindings.diagnostics import Diagnostic, Severity, at
from fnuz.bindings.handles import address, capsule_name

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note", "remark")
"""In the order of MlirDiagnosticSeverity."""

_capsule_new = ctypes.pythonapi.PyCapsule_New
_capsule_new.restype = ctypes.py_object
_capsule_new.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


class Listener:
    """Calls `callback` with each diagnostic of a context until `detach`, or as `with` block.

    The callback returns whether the diagnostic is dealt with; if not, earlier handlers get it.
    Keep the listener: MLIR holds no reference to it.
    """

    def __init__(self, context: Any, callback: Callable[[Diagnostic], bool]) -> None:
        package = bindings.of(context)
        self._location = package.ir.Location
        self._capi = capi.functions(package)
        self._callback = callback
        self._context = context
        self._location_name = capsule_name(package.ir.Location.unknown(context=context))
        self._handler = capi.DiagnosticHandler(lambda pointer, _: callback(self._read(pointer)))
        self._id = self._capi.mlirContextAttachDiagnosticHandler(
            address(context), self._handler, None, None
        )

    def detach(self) -> None:
        """Hear no more."""
        self._capi.mlirContextDetachDiagnosticHandler(address(self._context), self._id)

    def __enter__(self) -> "Listener":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.detach()

    def _read(self, pointer: int) -> Diagnostic:
        functions = self._capi
        message = _printed(functions.mlirDiagnosticPrint, pointer)
        severity = _SEVERITIES[functions.mlirDiagnosticGetSeverity(pointer)]
        count = functions.mlirDiagnosticGetNumNotes(pointer)
        notes = tuple(self._read(functions.mlirDiagnosticGetNote(pointer, i)) for i in range(count))
        place = functions.mlirDiagnosticGetLocation(pointer)
        # Reading the name of such a file would abort too.
        if re.search(r"\\[89A-F][0-9A-F]", _printed(functions.mlirLocationPrint, place)):
            return Diagnostic(severity, message, notes=notes)
        capsule = _capsule_new(place, self._location_name, None)
        return at(self._location._CAPICreate(capsule), severity, message, notes)


@contextmanager
def listening(context: Any) -> Iterator[list[Diagnostic]]:
    """Collects what MLIR reports in a context; nobody else hears it."""
    seen: list[Diagnostic] = []

    def record(diagnostic: Diagnostic) -> bool:
        seen.append(diagnostic)
        return True

    emit = context.emit_error_diagnostics
    # Without this MLIR keeps errors for its exception, and one that is not UTF-8 kills it.
    context.emit_error_diagnostics = True
    try:
        with Listener(context, record):
            yield seen
    finally:
        context.emit_error_diagnostics = emit


def _printed(function: Any, pointer: int) -> str:
    parts: list[bytes] = []

    def collect(text: capi.StringRef, _: object) -> None:
        if text.length:
            parts.append(ctypes.string_at(text.data, text.length))

    function(pointer, capi.StringCallback(collect), None)
    return b"".join(parts).decode("utf-8", "backslashreplace")
