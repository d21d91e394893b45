"""What cannot be run, and where."""

from typing import Any

from fnuz.bindings.diagnostics import Diagnostic, at


class CannotRun(Exception):
    """A module that the CPU cannot run; `diagnostic` says which op or type, why and where."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


def cannot_run(message: str, location: Any) -> CannotRun:
    """The error with `message` at an MLIR location."""
    return CannotRun(at(location, "error", message))
