"""What MLIR reports, as plain values that outlive the callback they are read in."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

Severity = Literal["error", "warning", "remark", "note"]


@dataclass(frozen=True)
class Diagnostic:
    """One message at one place. `file` is None when the location names no file."""

    severity: Severity
    message: str
    file: str | None = None
    line: int = 0
    column: int = 0
    notes: tuple["Diagnostic", ...] = field(default=())

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.file is not None else "<unknown>:0"
        return f"{where}: {self.severity}: {self.message}"


def read(diagnostic: Any) -> Diagnostic:
    """Copy a diagnostic of the bindings: its object is dead once the handler returns."""
    notes = tuple(read(note) for note in diagnostic.notes)
    return at(diagnostic.location, diagnostic.severity.name.lower(), str(diagnostic.message), notes)


def at(
    location: Any, severity: Severity, message: str, notes: tuple[Diagnostic, ...] = ()
) -> Diagnostic:
    """A diagnostic at a location of the bindings; of an inlined op, at the callee."""
    # One that was built from a handle of the C API has no class of its own yet.
    location = type(location).from_attr(location.attr, context=location.context)
    callers = []
    while hasattr(location, "callee"):
        callers.append(location.caller)
        location = location.callee
    called_from = tuple(at(caller, "note", "called from") for caller in callers)
    file, line, column = _position(location) or (None, 0, 0)
    return Diagnostic(severity, message, file, line, column, called_from + notes)


def renamed(diagnostic: Diagnostic, name: str) -> Diagnostic:
    """The same with `name` for "-", as MLIR calls a text that it did not read from a file."""
    return replace(
        diagnostic,
        file=name if diagnostic.file == "-" else diagnostic.file,
        notes=tuple(renamed(note, name) for note in diagnostic.notes),
    )


def _position(location: Any) -> tuple[str, int, int] | None:
    """The first file position in a location. Told apart by attributes, not by class, since the
    classes differ from one package of bindings to the next."""
    if hasattr(location, "start_line"):
        return _text(location.filename), location.start_line, location.start_col
    if hasattr(location, "child_loc"):
        return _position(location.child_loc)
    if hasattr(location, "callee"):
        return _position(location.callee)
    for part in getattr(location, "locations", ()):
        position = _position(part)
        if position is not None:
            return position
    return None


def _text(name: Any) -> str:
    return str(getattr(name, "value", name))
