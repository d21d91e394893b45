"""What cannot be run, and where."""

from typing import Any

from fnuz.bindings.diagnostics import Diagnostic, at


class CannotRun(Exception):
    """A module that a device cannot run; `diagnostic` says which op or type, why and where."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


class LaunchFailed(CannotRun):
    """A kernel that could not be started or did something wrong; the cause is what was raised."""


class DeviceMissing(Exception):
    """There is no such device here; the message says what is missing."""


def cannot_run(message: str, location: Any) -> CannotRun:
    """The error with `message` at an MLIR location."""
    return CannotRun(at(location, "error", message))
