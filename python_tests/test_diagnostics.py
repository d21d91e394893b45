"""What is read from MLIR's diagnostics and locations."""

from typing import Any

import pytest

from fnuz import bindings
from fnuz.bindings.diagnostics import Diagnostic, at, read

FILE = 'loc("a.mlir":3:5)'
PLACES = {
    "unknown": (("loc(unknown)", None, 0, 0), []),
    "file": ((FILE, "a.mlir", 3, 5), []),
    "name": (('loc("x"("a.mlir":3:5))', "a.mlir", 3, 5), []),
    "name alone": (('loc("x")', None, 0, 0), []),
    "fused": (('loc(fused[unknown, "x", "a.mlir":3:5, "b.mlir":1:1])', "a.mlir", 3, 5), []),
    "fused call": (
        ('loc(fused["x", callsite("a.mlir":3:5 at "b.mlir":7:9)])', "a.mlir", 3, 5),
        [],
    ),
    "call": (
        ('loc(callsite("a.mlir":3:5 at callsite("b.mlir":7:9 at "c.mlir":1:1)))', "a.mlir", 3, 5),
        [Diagnostic("note", "called from", "b.mlir", 7, 9)],
    ),
}


@pytest.mark.parametrize(("place", "callers"), PLACES.values(), ids=PLACES.keys())
def test_place(place: tuple[str, str | None, int, int], callers: list[Diagnostic]) -> None:
    text, *expected = place
    ir = bindings.load().ir
    with ir.Context():
        module = ir.Module.parse(f"module {{}} {text}")
        diagnostic = at(module.operation.location, "warning", "hm")
    assert [diagnostic.file, diagnostic.line, diagnostic.column] == expected
    assert [(n.message, n.file, n.line, n.column) for n in diagnostic.notes] == [
        (n.message, n.file, n.line, n.column) for n in callers
    ]
    assert (diagnostic.severity, diagnostic.message) == ("warning", "hm")


@pytest.mark.parametrize("emit", [False, True])
def test_read(emit: bool) -> None:
    """The same whether a handler or the exception brings it."""
    seen = []

    def handler(diagnostic: Any) -> bool:
        seen.append(read(diagnostic))
        return True

    ir = bindings.load().ir
    with ir.Context() as context:
        context.emit_error_diagnostics = emit
        context.attach_diagnostic_handler(handler)
        with pytest.raises(ir.MLIRError) as error:
            ir.Module.parse("func.func @f() { return }\nfunc.func @f() { return }")
        seen += [read(d) for d in error.value.error_diagnostics]
    (diagnostic,) = seen
    assert str(diagnostic) == "-:2:1: error: redefinition of symbol named 'f'"
    assert str(diagnostic.notes[-1]) == "-:1:1: note: see existing symbol definition here"
    assert str(Diagnostic("error", "lost")) == "<unknown>:0: error: lost"


def test_message_that_is_not_utf8() -> None:
    class Broken:
        severity = type("Severity", (), {"name": "ERROR"})
        notes = ()

        def __init__(self, location: Any) -> None:
            self.location = location

        @property
        def message(self) -> str:
            raise RuntimeError("nanobind::detail::str_from_cstr_and_size(): conversion error!")

    ir = bindings.load().ir
    with ir.Context():
        assert "not UTF-8" in read(Broken(ir.Location.unknown())).message
