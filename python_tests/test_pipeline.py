"""The text of pipelines, and the Python API `add_to` and `run`."""

import gc
import logging
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from fnuz import bindings, passes
from fnuz.bindings import dialects
from fnuz.passes import pipeline
from fnuz.passes.pipeline import OPTIONAL, PIPELINES, STAGES, PipelineError, UnknownPass
from fnuz.passes.registry import PASSES, BadOption, Diagnostics, ModulePass, option


@dataclass(frozen=True)
class Mark(ModulePass):
    """Write an attribute on the module."""

    name: ClassVar[str] = "test-mark"
    example: ClassVar[str] = ""
    text: str = option("marked", "the value")
    fail: bool = option(False, "fail instead")
    warn_too: bool = option(False, "warn as well")

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        if self.warn_too:
            diagnostics.warning(module.location, f"about to write {self.text}")
        if self.fail:
            diagnostics.error(module.location, "told to fail")
            return
        # No context is given: a pass runs inside that of its module.
        module.attributes["test.mark"] = bindings.of(module).ir.StringAttr.get(self.text)


@dataclass(frozen=True)
class Other(ModulePass):
    """Do nothing."""

    name: ClassVar[str] = "test-other"
    example: ClassVar[str] = ""
    level: int = option(1, "how much of nothing")

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        pass


@pytest.fixture(autouse=True)
def _test_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PASSES, Mark.name, Mark)
    monkeypatch.setitem(PASSES, Other.name, Other)
    monkeypatch.setitem(PIPELINES, "test-both", (Mark.name, Other.name))


@pytest.fixture
def module() -> Any:
    ir = bindings.load().ir
    with ir.Context():
        return ir.Module.parse("func.func @f() {\n %0 = arith.constant 1.0 : f32\n return\n}")


PARSED = {
    "builtin.module()": ("builtin.module", ()),
    " builtin.module ( ) ": ("builtin.module", ()),
    "builtin.module(cse)": ("builtin.module", ("cse",)),
    "any(cse)": ("any", ("cse",)),
    "func.func(cse)": ("func.func", ("cse",)),
    "builtin.module(cse,func.func(a{b=c,d},e))": (
        "builtin.module",
        ("cse,func.func(a{b=c,d},e)",),
    ),
    "builtin.module(test-mark)": ("builtin.module", (Mark(),)),
    "builtin.module(a,test-mark{text=x fail},\n b, test-other{level=3} )": (
        "builtin.module",
        ("a", Mark("x", fail=True), "b", Other(3)),
    ),
    "builtin.module(test-both{level=2 fail=true})": (
        "builtin.module",
        (Mark(fail=True), Other(2)),
    ),
}


@pytest.mark.parametrize("text", PARSED)
def test_parse(text: str) -> None:
    anchor, elements = PARSED[text]
    parsed = pipeline.parse(text)
    assert parsed == pipeline.Pipeline(anchor, elements)
    assert pipeline.parse(str(parsed)) == parsed


NOT_PARSED = {
    "": "expected pass pipeline to be wrapped with the anchor operation type",
    "cse": "expected pass pipeline to be wrapped with the anchor operation type",
    "test-mark{fail}": "expected pass pipeline to be wrapped with the anchor operation type",
    "builtin.module(": "1:15: unbalanced '('",
    "builtin.module(a(b)": "1:15: unbalanced '('",
    "builtin.module(a{b)": "1:19: expected '}'",
    "builtin.module(a{b(})": "1:20: expected ')'",
    "builtin.module(a)b": "1:18: expected the end of the pipeline after 'builtin.module(...)'",
    "builtin.module(a,,b)": "1:18: expected the name of a pass",
    "builtin.module(a,)": "1:18: expected the name of a pass",
    "builtin.module({a=b})": "1:16: expected the name of a pass",
    "builtin.module(a b)": "1:18: expected ',' after 'a'",
    "builtin.module(a{b}c)": "1:20: expected ',' after 'a{b}'",
    "builtin.module(\n  a,\n  b c\n)": "3:5: expected ',' after 'b'",
    "builtin.module(test-mark(cse))": "1:25: 'test-mark' is a pass, not an op to nest passes in",
    "func.func(test-mark)": "'test-mark' runs on builtin.module: it cannot stand in "
    "'func.func(test-mark)'",
    "builtin.module(cse,gpu.module(gpu.func(test-both)))": "1:40: 'test-both' runs on "
    "builtin.module: it cannot stand in 'builtin.module(gpu.module(gpu.func(test-both)))'",
    "builtin.module(builtin.module(test-mark))": "'test-mark' runs on builtin.module",
    "builtin.module(test-mark{=a})": "expected the name of an option",
    "builtin.module(test-mark{text='a})": "unbalanced '",
}


@pytest.mark.parametrize("text", NOT_PARSED)
def test_not_parsed(text: str) -> None:
    with pytest.raises(PipelineError) as error:
        pipeline.parse(text)
    assert NOT_PARSED[text] in str(error.value)


def test_error_shows_the_place() -> None:
    with pytest.raises(PipelineError) as error:
        pipeline.parse("builtin.module(\n  cse,\n  test-mark(x)\n)")
    assert str(error.value).splitlines()[1:] == ["  test-mark(x)", "           ^"]


BAD_OPTIONS = {
    "test-mark{level=1}": "pass 'test-mark' has no option 'level'; it has text, fail, warn-too",
    "test-both{size=1}": "pipeline 'test-both' has no option 'size'; it has text, fail, warn-too, "
    "level",
    "test-other{level=x}": "option 'level' of pass 'test-other' must be an integer, not 'x'",
    "test-both{fail=x}": "option 'fail' of pass 'test-mark' must be true or false, not 'x'",
    "test-mark{text=a text=b}": "option 'text' is given twice",
}


@pytest.mark.parametrize("text", BAD_OPTIONS)
def test_bad_options(text: str) -> None:
    with pytest.raises(BadOption) as error:
        pipeline.parse(f"builtin.module({text})")
    assert str(error.value) == BAD_OPTIONS[text]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {}),
        ("  ", {}),
        ("a=b", {"a": "b"}),
        ("a", {"a": ""}),
        (" a=b  c-d=1,2 e ", {"a": "b", "c-d": "1,2", "e": ""}),
        ("a={b c} d='e f' g=\"h\"", {"a": "b c", "d": "e f", "g": "h"}),
        ("a= b", {"a": "", "b": ""}),
    ],
)
def test_parse_options(text: str, options: dict[str, str]) -> None:
    assert pipeline.parse_options(text) == options


def test_tables_name_only_passes_that_exist() -> None:
    assert {p for stage in STAGES for p in stage.passes} <= set(PASSES)
    assert set(OPTIONAL) <= set(PIPELINES)


@pytest.mark.parametrize("name", PIPELINES)
def test_mlir_takes_what_a_pipeline_has_of_upstream(name: str) -> None:
    package = bindings.load()
    context = package.ir.Context()
    dialects.register(context)
    manager = package.passmanager.PassManager(pipeline.ANCHOR, context=context)
    passes.add_to(manager, name)


def test_stablehlo_is_brought_to_the_version_that_the_bindings_have() -> None:
    version = bindings.load().module("_mlir_libs._stablehlo").get_current_version()
    assert version == pipeline.STABLEHLO_VERSION


def test_an_option_that_adds_a_pass_is_no_option_of_another() -> None:
    for name, adding in OPTIONAL.items():
        options = [o.name for o in pipeline.options_of(name)]
        assert options[: len(adding)] == list(adding)
        assert len(set(options)) == len(options)


def test_names_mean_one_thing() -> None:
    assert not set(PASSES) & set(PIPELINES)


def test_ocp_to_fnuz_goes_through_the_stages_in_order() -> None:
    order = [p for stage in STAGES for p in stage.passes]
    places = [order.index(p) for p in PIPELINES["ocp-to-fnuz"]]
    assert places == sorted(places)


FUSED = "fuse-dequantize,convert-ocp-to-fnuz"


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({}, "convert-ocp-to-fnuz"),
        ({"fuse": "false"}, "convert-ocp-to-fnuz"),
        ({"fuse": "true"}, FUSED),
        ({"fuse": ""}, FUSED),
        ({"fuse": "1", "abi": "preserve"}, FUSED + "{abi=preserve}"),
    ],
)
def test_an_optional_pass(options: dict[str, str], start: str) -> None:
    elements = tuple(pipeline.expand("ocp-to-fnuz", options))
    text = str(pipeline.Pipeline("builtin.module", elements))
    assert text == f"builtin.module(lower-fp8-quant,{start},fold-fnuz-casts,fold-fp8-scales)"
    assert pipeline.parse(text).elements == elements


def test_a_leading_pass_that_is_neither_on_nor_off() -> None:
    with pytest.raises(
        BadOption, match="option 'fuse' of pipeline 'ocp-to-fnuz' must be true or false, not 'x'"
    ):
        pipeline.expand("ocp-to-fnuz", {"fuse": "x"})


def test_run_with_a_leading_pass() -> None:
    ir = bindings.load().ir
    with ir.Context():
        module = ir.Module.parse(PASSES["fuse-dequantize"].example)
        passes.run(module, fuse=True)
    assert "tensor<8x32xf8E4M3FNUZ>, tensor<32x16xf8E4M3FNUZ>" in str(module)


def test_run(module: Any) -> None:
    passes.run(module, "test-both", text="hello", level=2)
    assert str(module.operation.attributes["test.mark"]) == '"hello"'


def test_run_mixes_upstream_passes(module: Any) -> None:
    passes.run(module, "canonicalize,test-mark{text=a},func.func(cse)")
    assert str(module.operation.attributes["test.mark"]) == '"a"'
    assert "arith.constant" not in str(module)


def test_run_default_pipeline_leaves_other_ir_alone(module: Any) -> None:
    before = str(module)
    passes.run(module)
    assert str(module) == before


@pytest.mark.parametrize("emit", [False, True])
def test_failure_has_the_diagnostics(module: Any, emit: bool) -> None:
    module.context.emit_error_diagnostics = emit
    seen = []

    def users_handler(diagnostic: Any) -> bool:
        seen.append(diagnostic.message)
        return True

    handler = module.context.attach_diagnostic_handler(users_handler)
    with pytest.raises(passes.PassFailed) as error:
        passes.run(module, "test-mark", fail=True)
    handler.detach()
    (diagnostic,) = error.value.diagnostics
    assert (diagnostic.severity, diagnostic.message) == ("error", "told to fail")
    assert (diagnostic.file, diagnostic.line, diagnostic.column) == ("-", 0, 0)
    assert str(error.value) == "-:0:0: error: told to fail"
    assert seen == (["told to fail"] if emit else [])


def test_bug_in_a_pass_is_a_failure(
    module: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def bug(self: Mark, module: Any, diagnostics: Diagnostics) -> None:
        raise IndexError("out of\nbounds")

    monkeypatch.setattr(Mark, "run", bug)
    monkeypatch.delenv("FNUZ_DEBUG", raising=False)
    with pytest.raises(passes.PassFailed, match="internal error in pass 'test-mark': IndexError"):
        passes.run(module, "test-mark")
    assert capfd.readouterr() == ("", "")


def test_interrupt_goes_through(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Mark, module: Any, diagnostics: Diagnostics) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Mark, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        passes.run(module, "test-mark")


def test_warnings_go_to_the_caller(module: Any) -> None:
    seen = []
    passes.run(module, "test-mark", warn_too=True, on_warning=lambda _, m: seen.append(m))
    assert seen == ["about to write marked"]


def test_warnings_go_to_the_log(module: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "fnuz"):
        passes.run(module, "test-mark", warn_too=True)
    assert [r.getMessage() for r in caplog.records] == ['loc("-":0:0): about to write marked']


def test_add_to_a_pass_manager_of_the_user(module: Any) -> None:
    manager = bindings.load().passmanager.PassManager("builtin.module", context=module.context)
    manager.add("canonicalize")
    passes.add_to(manager, "test-mark", text="mine")
    passes.add_to(manager, "func.func(cse),test-other")
    gc.collect()  # Nothing but the manager holds the passes now.
    manager.run(module.operation)
    assert str(module.operation.attributes["test.mark"]) == '"mine"'


def test_add_to_a_manager_of_another_op(module: Any) -> None:
    manager = bindings.load().passmanager.PassManager("func.func", context=module.context)
    with pytest.raises(PipelineError, match=r"runs on builtin\.module: .* on 'func\.func'"):
        passes.add_to(manager, "test-mark")


def test_unknown_names(module: Any) -> None:
    with pytest.raises(UnknownPass, match="'no-such' is not a pass or a pipeline"):
        passes.run(module, "no-such")
    with pytest.raises(UnknownPass, match="'no-such' is not a pass or a pipeline"):
        passes.run(module, "no-such", abi="preserve")
    with pytest.raises(UnknownPass, match="'no-such' is not a pass or a pipeline"):
        passes.run(module, "cse,func.func(no-such)")
    with pytest.raises(BadOption, match="no option 'abc-d'"):
        passes.run(module, "test-mark", abc_d=1)


def test_upstream_pass_is_nested_as_it_needs(module: Any) -> None:
    manager = bindings.load().passmanager.PassManager("builtin.module", context=module.context)
    assert pipeline.nest(manager, "cse") == "cse"
    nested = pipeline.nest(manager, "llvm-request-c-wrappers")
    assert nested == "func.func(llvm-request-c-wrappers)"
    manager.run(module.operation)
    assert "llvm.emit_c_interface" in str(module)


def test_callables_outlive_their_makers() -> None:
    """In a process of its own: what went wrong with a lost reference was a segfault."""
    code = """
import gc
from fnuz import bindings, passes
from fnuz.bindings import dialects
b = bindings.load()
with b.ir.Context() as context:
    module = b.ir.Module.parse("func.func @f() { return }")
for _ in range(20):
    manager = b.passmanager.PassManager("builtin.module", context=context)
    for _ in range(20):
        passes.add_to(manager, "cse,ocp-to-fnuz,canonicalize")
    gc.collect()
    manager.run(module.operation)
    del manager
    gc.collect()
print(module)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert "func.func @f()" in result.stdout
