"""`--verify-diagnostics`: holds what was reported against the comments that expect it.

    // expected-error@+1 {{a part of the message}}
    // expected-error-re @below {{line {{[0-9]+}}}}

`@+N`, `@-N`, `@above`, `@below` move the expected line, `@unknown` is for no line at all. The
parts in double braces of a `-re` are regular expressions of Python, the rest is literal.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from fnuz.bindings.diagnostics import Diagnostic
from fnuz.tools.diagnostics import Sink

_EXPECTED = re.compile(
    r"expected-(error|warning|remark|note)(-re)? *(@(?:[+-]\d+|above|below|unknown))? *{{(.*)}}\s*$"
)


class BadExpectation(ValueError):
    """An expectation that cannot be read; the message starts with its place."""


@dataclass
class Expectation:
    """One comment. `line` is 0 for an unknown location."""

    kind: str
    line: int
    text: str
    pattern: "re.Pattern[str]"
    written_at: tuple[int, int]
    matched: bool = field(default=False)


def expectations(source: bytes, name: str) -> list[Expectation]:
    """Read the comments of a text. Raises BadExpectation."""
    return list(_read(source.decode("utf-8", "replace").split("\n"), name))


def _read(lines: list[str], name: str) -> Iterator[Expectation]:
    above = 0  # The last line that is no expectation.
    waiting: list[Expectation] = []  # For the next line that is none.
    for number, line in enumerate(lines, 1):
        found = _EXPECTED.search(line)
        if not found:
            above = number
            for expectation in waiting:
                expectation.line = number
            yield from waiting
            waiting = []
            continue
        kind, is_regex, place, text = found.groups()
        column = found.start() + 1
        try:
            pattern = re.compile(_regex(text) if is_regex else re.escape(text))
        except re.error as e:
            raise BadExpectation(f"{name}:{number}:{column}: error: bad regex: {e}") from None
        expectation = Expectation(kind, number, text, pattern, (number, column))
        if place == "@below":
            waiting.append(expectation)
            continue
        if place == "@above":
            expectation.line = above
        elif place == "@unknown":
            expectation.line = 0
        elif place:
            expectation.line = number + int(place[1:])
        yield expectation
    yield from waiting


def _regex(text: str) -> str:
    parts = re.split(r"{{(.*?)}}", text)
    return "".join(f"(?:{p})" if i % 2 else re.escape(p) for i, p in enumerate(parts))


class Verifier:
    """Takes the diagnostics of one text and passes on, as errors, what differs."""

    def __init__(self, source: bytes, name: str, sink: Sink, only_expected: bool = False) -> None:
        self._name = name
        self._sink = sink
        self._only_expected = only_expected
        self._expected = expectations(source, name)
        self.ok = True

    def emit(self, diagnostic: Diagnostic) -> None:
        """Match a diagnostic and its notes, each at its own line."""
        # mlir-opt does not print the op in this mode; the bindings cannot turn that off.
        if not diagnostic.message.startswith("see current operation:"):
            self._match(diagnostic)
        for note in diagnostic.notes:
            self.emit(note)

    def finish(self) -> bool:
        """Report what did not come; whether all was as expected."""
        for e in self._expected:
            if not e.matched:
                self._fail(
                    f'expected {e.kind} "{e.text}" was not produced', self._name, *e.written_at
                )
        return self.ok

    def _match(self, d: Diagnostic) -> None:
        line = d.line if d.file == self._name else 0
        here = [e for e in self._expected if e.line == line and e.pattern.search(d.message)]
        for e in here:
            if e.kind == d.severity:
                e.matched = True
                return
        if here:
            message = f"'{d.severity}' diagnostic emitted when expecting a '{here[0].kind}'"
            self._fail(message, d.file, d.line, d.column)
        elif not self._only_expected:
            self._fail(f"unexpected {d.severity}: {d.message}", d.file, d.line, d.column)

    def _fail(self, message: str, file: str | None, line: int, column: int) -> None:
        self.ok = False
        self._sink(Diagnostic("error", message, file, line, column))
