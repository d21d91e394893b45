"""What cannot be run, and where."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fnuz.bindings.diagnostics import Diagnostic, at
from fnuz.bindings.listener import Listener


class CannotRun(Exception):
    """A module that the CPU cannot run; `diagnostic` says which op or type, why and where."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


def cannot_run(message: str, location: Any) -> CannotRun:
    """The error with `message` at an MLIR location."""
    return CannotRun(at(location, "error", message))


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
