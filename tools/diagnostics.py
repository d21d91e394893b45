"""Prints diagnostics as mlir-opt does: `file:line:col: error: ...`, the source line, a caret."""

import sys
from collections.abc import Callable
from typing import IO

from fnuz.bindings.diagnostics import Diagnostic
from fnuz.frontends import is_onnx

Sink = Callable[[Diagnostic], None]


class Sources:
    """The text of source lines: of the input as it was read, of other files from disk."""

    def __init__(self, name: str, text: bytes | None) -> None:
        self._name = name
        self._lines = None if text is None else text.split(b"\n")

    def line(self, file: str | None, number: int) -> bytes | None:
        """One line without its end, or None where there is none to show."""
        if file is None or number < 1 or is_onnx(file):  # its numbers are those of nodes
            return None
        if file == self._name and self._lines is not None:
            return self._lines[number - 1] if number <= len(self._lines) else None
        try:
            with open(file, "rb") as f:
                if f.peek(4).startswith(b"ML\xefR"):
                    return None
                for i, line in enumerate(f, 1):
                    if i == number:
                        return line.rstrip(b"\r\n")
        except (OSError, ValueError):
            pass  # Bytecode names files of another machine; the message is good without the line.
        return None


def render(diagnostic: Diagnostic, sources: Sources, notes: bool = True) -> str:
    """The diagnostic, its source line and caret, then its notes."""
    lines = [str(diagnostic)]
    source = sources.line(diagnostic.file, diagnostic.line)
    if source is not None:
        before = source[: max(diagnostic.column - 1, 0)].decode("utf-8", "replace")
        lines.append(source.decode("utf-8", "replace").expandtabs(8).rstrip())
        lines.append(" " * len(before.expandtabs(8)) + "^")
    if notes:
        for note in diagnostic.notes:
            same_place = (note.file, note.line, note.column) == (
                diagnostic.file,
                diagnostic.line,
                diagnostic.column,
            )
            # The line was just shown.
            lines.append(str(note) if same_place else render(note, sources))
    return "\n".join(lines)


def printer(sources: Sources, *, notes: bool = True, file: IO[str] | None = None) -> Sink:
    """A sink that prints at once."""

    def emit(diagnostic: Diagnostic) -> None:
        print(render(diagnostic, sources, notes), file=file or sys.stderr, flush=True)

    return emit
