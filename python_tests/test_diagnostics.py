"""What is read from MLIR's diagnostics and locations."""

import pytest

from fnuz import bindings
from fnuz.bindings.diagnostics import Diagnostic, at
from fnuz.bindings.listener import Listener

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


def heard(text: bytes) -> list[Diagnostic]:
    seen: list[Diagnostic] = []

    def callback(diagnostic: Diagnostic) -> bool:
        seen.append(diagnostic)
        return True

    ir = bindings.load().ir
    with ir.Context() as context:
        context.emit_error_diagnostics = True
        with Listener(context, callback), pytest.raises(ir.MLIRError):
            ir.Module.parse(text)
    return seen


def test_listener() -> None:
    (diagnostic,) = heard(b"func.func @f() { return }\nfunc.func @f() { return }")
    assert str(diagnostic) == "-:2:1: error: redefinition of symbol named 'f'"
    assert [n.severity for n in diagnostic.notes] == ["note", "note"]
    assert str(diagnostic.notes[-1]) == "-:1:1: note: see existing symbol definition here"


def test_message_that_is_not_utf8() -> None:
    """The handlers of the bindings raise for short ones and abort the process for long ones."""
    for size in (1, 10000):
        function = b'func.func @"%s"() {return} ' % (b"\\FF" * size)
        (diagnostic,) = heard(function * 2)
        quoted = "\\xff" * size
        assert diagnostic.message == f"redefinition of symbol named '{quoted}'"


def test_diagnostic_that_is_not_dealt_with_goes_on() -> None:
    users: list[str] = []
    ir = bindings.load().ir
    with ir.Context() as context:
        context.emit_error_diagnostics = True
        handler = context.attach_diagnostic_handler(lambda d: bool(users.append(d.message)) or True)
        with Listener(context, lambda d: False):
            ir.Location.unknown().emit_error("one")
        with Listener(context, lambda d: True):
            ir.Location.unknown().emit_error("two")
        ir.Location.unknown().emit_error("three")
        handler.detach()
    assert users == ["one", "three"]


def test_without_a_place() -> None:
    assert str(Diagnostic("error", "lost")) == "<unknown>:0: error: lost"
