"""The stages of the compiler, the pipelines that have a name, and the text of a pipeline.

MLIR cannot name a Python pass in the text of a pipeline. So the text is split here: passes of
this project become Python passes, the runs of upstream passes between them stay text for MLIR.
"""

import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fnuz.passes.registry import (
    PASSES,
    BadOption,
    Diagnostics,
    ModulePass,
    OptionInfo,
    parse_value,
)

ANCHOR = "builtin.module"


@dataclass(frozen=True)
class Stage:
    """One step of the way from OCP fp8 to gfx942: its passes, and what holds after it."""

    name: str
    passes: tuple[str, ...]
    ensures: str
    is_output: bool = False
    """Whether it is no MLIR that comes out, but what a backend makes of it."""


STAGES = (
    Stage(
        "import",
        (
            *("lower-onnx-fp8", "lower-onnx-gemm", "lower-torch-fp8", "lower-stablehlo"),
            *("lower-tosa", "verify-imported"),
        ),
        "upstream dialects alone: linalg on tensors; how a cast saturates is IR",
    ),
    Stage("quant", ("lower-fp8-quant",), "no quantized type on fp8; each scale is IR"),
    Stage(
        "fuse", ("fuse-dequantize",), "contractions of dequantized values are of fp8, scaled after"
    ),
    Stage(
        "convert",
        ("convert-ocp-to-fnuz",),
        "no OCP type outside the agreed boundary; every factor of two is IR",
    ),
    Stage(
        "fold",
        ("fold-fnuz-casts", "fold-fp8-scales"),
        "no cast of a constant, no pair of casts, no factor where a scale can take it",
    ),
    Stage(
        "map",
        ("map-to-mfma",),
        "contractions of FNUZ operands, and of casts to them, are gfx942 kernels; the report has "
        "what is left, and why",
    ),
    Stage("lower casts", ("lower-fnuz-casts",), "no fnuz dialect op"),
    Stage(
        "map the rest",
        ("map-to-lanes",),
        "other linalg ops, and tensor ops that move elements, are kernels; the report likewise",
    ),
    Stage(
        "rocdl",
        ("target-gpu-modules", "expand-math", "verify-rocdl"),
        "llvm and rocdl alone in each gpu.module, gfx942 as its target",
    ),
    Stage("isa", (), "gfx942 assembly for each gpu.module", is_output=True),
    Stage("hsaco", (), "a code object for each gpu.module, version 5", is_output=True),
)
"""In the order in which a module goes through them."""

OUTPUTS = tuple(stage.name for stage in STAGES if stage.is_output)
"""What `--compile-to` takes."""

STABLEHLO_VERSION = "1.19.0"
"""That of the pinned torch-mlir, to which portable artifacts of older ones are brought."""

PIPELINES: dict[str, tuple[str, ...]] = {
    "import-onnx": (
        "lower-onnx-fp8",
        "lower-onnx-gemm",
        # The bodies of loops, once the loops are no longer of ONNX.
        "func.func(convert-torch-onnx-to-torch)",
        "lower-onnx-fp8",
        "torch-onnx-to-torch-backend-pipeline"
        "{backend-legal-ops=aten.flatten.using_ints,aten.unflatten.int}",
        "torch-backend-to-linalg-on-tensors-backend-pipeline",
    ),
    "import-stablehlo": (
        f"vhlo-to-version{{target={STABLEHLO_VERSION}}},vhlo-legalize-to-stablehlo",
        "func.func(stablehlo-legalize-composite-to-call),inline,symbol-dce",
        "func.func(chlo-legalize-to-stablehlo,shape-legalize-to-stablehlo)",
        "lower-stablehlo",
        "stablehlo-legalize-to-linalg,stablehlo-convert-to-signless,reconcile-unrealized-casts",
        "canonicalize,cse",
        "verify-imported",
    ),
    "import-tosa": (
        "func.func(tosa-infer-shapes)",
        "lower-tosa",
        "func.func(tosa-optional-decompositions,canonicalize,tosa-infer-shapes,"
        "tosa-make-broadcastable,tosa-to-linalg-named,tosa-to-linalg,tosa-to-arith,tosa-to-tensor,"
        "tosa-to-scf),tosa-to-mlprogram,canonicalize,cse",
        "verify-imported",
    ),
    "import-torch": (
        "func.func(torch-match-quantized-custom-ops)",
        "lower-torch-fp8",
        "torchdynamo-export-to-torch-backend-pipeline",
        "torch-backend-to-linalg-on-tensors-backend-pipeline",
        "verify-imported",
    ),
    "ocp-to-fnuz": (
        "lower-fp8-quant",
        "fuse-dequantize",
        "convert-ocp-to-fnuz",
        "fold-fnuz-casts",
        "fold-fp8-scales",
    ),
    "map-to-gfx942": ("map-to-mfma", "lower-fnuz-casts", "map-to-lanes"),
    "lower-to-rocdl": (
        "target-gpu-modules",
        "expand-math",
        "gpu.module("
        # Transfers first, unrolled: its loops would keep vectors in memory that has no place.
        "convert-vector-to-scf{full-unroll=true},expand-strided-metadata,lower-affine,"
        "convert-arith-to-amdgpu{chipset=gfx942},convert-amdgpu-to-rocdl{chipset=gfx942},"
        "convert-scf-to-cf,"
        "convert-gpu-to-rocdl{chipset=gfx942 use-bare-ptr-memref-call-conv=true},"
        # It leaves vector.insert_strided_slice and others.
        "convert-vector-to-llvm,convert-ub-to-llvm,convert-arith-to-llvm,"
        "reconcile-unrealized-casts,canonicalize,cse)",
        "verify-rocdl",
    ),
    "fnuz-to-ocp": ("convert-fnuz-to-ocp", "fold-fnuz-casts", "fold-fp8-scales"),
}
"""The passes of each named pipeline: names of ours, or texts of upstream passes.

A name here is usable wherever a pass name is.
"""

OPTIONAL: dict[str, dict[str, str]] = {
    "ocp-to-fnuz": {"fuse": "fuse-dequantize"},
}
"""The passes of a pipeline that run only when it is asked to: by the name of its option."""


def members(name: str) -> list[str]:
    """The passes of a named pipeline, each with the option that it needs, for help texts."""
    needs = {pass_: option for option, pass_ in OPTIONAL.get(name, {}).items()}
    return [f"{p} (with {needs[p]}=true)" if p in needs else p for p in PIPELINES[name]]


def options_of(name: str) -> list[OptionInfo]:
    """The options of a named pipeline: those that add a pass, then those of its passes."""
    adding = [
        OptionInfo(option, bool, False, (), f"run {added}")
        for option, added in OPTIONAL.get(name, {}).items()
    ]
    own = {o.name: o for p in PIPELINES[name] if p in PASSES for o in PASSES[p].options()}
    return [*adding, *own.values()]


class PipelineError(ValueError):
    """A pipeline text that means nothing, or that MLIR does not take."""


class UnknownPass(PipelineError):
    """A name that is neither a pass of this project, nor a pipeline, nor an upstream pass."""

    def __init__(self, name: str) -> None:
        super().__init__(f"'{name}' is not a pass or a pipeline")
        self.name = name


Element = ModulePass | str
"""A pass of this project, or the text of upstream passes."""


@dataclass(frozen=True)
class Pipeline:
    """A parsed pipeline. `str()` gives a text that parses to the same."""

    anchor: str
    elements: tuple[Element, ...]

    def __str__(self) -> str:
        texts = (e if isinstance(e, str) else e.to_text() for e in self.elements)
        return f"{self.anchor}({','.join(texts)})"


def parse(text: str) -> Pipeline:
    """Parse `anchor(element,...)`. Raises PipelineError or BadOption."""
    wrapped = re.match(r"\s*([\w.$-]+)\s*\(", text)
    if not wrapped:
        raise PipelineError(
            "expected pass pipeline to be wrapped with the anchor operation type, "
            f"e.g. '{ANCHOR}(...)'\n{text}"
        )
    anchor = wrapped[1]
    close = _matching(text, wrapped.end() - 1)
    if text[close + 1 :].strip():
        raise _error(text, close + 1, f"expected the end of the pipeline after '{anchor}(...)'")
    return Pipeline(anchor, tuple(_elements(text, wrapped.end(), close, (anchor,))))


def parse_elements(text: str) -> list[Element]:
    """Parse the inside of `builtin.module(...)`."""
    return _elements(text, 0, len(text), (ANCHOR,))


def expand(name: str, options: dict[str, str]) -> list[Element]:
    """The passes of a pass or pipeline of this project, given its options as texts.

    A pipeline has the options that `options_of` gives. Raises UnknownPass or BadOption.
    """
    if name in PASSES:
        return [PASSES[name].from_options(options)]
    if name not in PIPELINES:
        raise UnknownPass(name)
    known = {o.name: o for o in options_of(name)}
    for option in options:
        if option not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise BadOption(f"pipeline '{name}' has no option '{option}'; {has}")
    left_out = {
        pass_
        for option, pass_ in OPTIONAL.get(name, {}).items()
        if not parse_value(f"pipeline '{name}'", known[option], options.get(option, "false"))
    }
    elements: list[Element] = []
    for member in PIPELINES[name]:
        if member not in PASSES:
            elements.append(member)
        elif member not in left_out:
            own = {o.name for o in PASSES[member].options()}
            mine = {k: v for k, v in options.items() if k in own}
            elements.append(PASSES[member].from_options(mine))
    return elements


def parse_options(text: str) -> dict[str, str]:
    """Parse `a=b c={d e} f`, what stands between the braces after a pass."""
    options: dict[str, str] = {}
    at = 0
    while (start := re.compile(r"\s*").match(text, at).end()) < len(text):  # type: ignore[union-attr]
        key = re.compile(r"[^\s=]+").match(text, start)
        if not key:
            raise _error(text, start, "expected the name of an option")
        if key[0] in options:
            raise BadOption(f"option '{key[0]}' is given twice")
        at = key.end()
        value = ""
        if text[at : at + 1] == "=":
            value, at = _option_value(text, at + 1)
        options[key[0]] = value
    return options


def nest(pass_manager: Any, text: str) -> str:
    """Add one upstream pass, nested as its op type needs it; the text that was added.

    This is how mlir-opt takes `--pass` flags. Raises PipelineError; UnknownPass when MLIR does
    not know the name.
    """
    try:
        pass_manager.add(text)
    except ValueError as e:
        restricted = re.search(r"restricted to '([\w.]+)'", str(e))
        if not restricted:
            raise _from_mlir(text, e) from None
        text = f"{restricted[1]}({text})"
        _add_text(pass_manager, text)
    return text


def add(pass_manager: Any, elements: Iterable[Element], diagnostics: Diagnostics) -> None:
    """Add parsed elements to a pass manager. Raises PipelineError."""
    for element in elements:
        if isinstance(element, str):
            _add_text(pass_manager, element)
        else:
            anchor = str(pass_manager).partition("(")[0]
            if anchor != ANCHOR:
                raise PipelineError(
                    f"'{element.name}' runs on {ANCHOR}: it cannot be added to a pass manager "
                    f"on '{anchor}'"
                )
            # No op_name: MLIR aborts the process on a mismatch instead of raising.
            pass_manager.add(
                _callback(element, diagnostics),
                name=type(element).__name__,
                argument=element.name,
                description=element.summary(),
            )


def _callback(pass_: ModulePass, diagnostics: Diagnostics) -> Callable[[Any, Any], None]:
    def run(module: Any, external_pass: Any) -> None:
        errors = diagnostics.errors
        try:
            with module.context:
                pass_.run(module, diagnostics)
                if diagnostics.report is not None:
                    diagnostics.report.passes.append(pass_.to_text())
        except Exception as e:
            # A user sees one line at a place; whoever debugs the pass asks for the rest.
            if os.environ.get("FNUZ_DEBUG") == "1":
                traceback.print_exc(file=sys.stderr)
            what = f"{type(e).__name__}: {e}".rstrip(": ").splitlines()[0]
            diagnostics.error(
                module.location,
                f"internal error in pass '{pass_.name}': {what} "
                "(this is a bug; FNUZ_DEBUG=1 shows where)",
            )
        if diagnostics.errors > errors:
            external_pass.signal_pass_failure()

    return run


def _add_text(pass_manager: Any, text: str) -> None:
    try:
        pass_manager.add(text)
    except ValueError as e:
        raise _from_mlir(text, e) from None


def _from_mlir(text: str, error: ValueError) -> PipelineError:
    unknown = re.search(r"'([^'\n]*)' does not refer to a registered pass", str(error))
    if unknown:
        return UnknownPass(unknown[1])
    lines = [line for line in str(error).splitlines() if line.strip()]
    return PipelineError("\n".join(lines) or f"MLIR does not accept '{text}'")


def _elements(text: str, at: int, end: int, anchors: tuple[str, ...]) -> list[Element]:
    """The elements of text[at:end]; neighbouring upstream ones stay together."""
    elements: list[Element] = []
    upstream: list[str] = []
    if not text[at:end].strip():
        return elements
    for start, stop in _split(text, at, end):
        name, options, inner = _parts(text, start, stop)
        ours = name in PASSES or name in PIPELINES
        if not ours:
            if inner is not None:
                # Only to find passes of ours inside; MLIR gets the text as it is.
                _elements(text, *inner, (*anchors, name))
            upstream.append(text[start:stop].strip())
            continue
        if inner is not None:
            raise _error(text, inner[0] - 1, f"'{name}' is a pass, not an op to nest passes in")
        if anchors != (ANCHOR,):
            around = "".join(f"{a}(" for a in anchors) + f"{name}" + ")" * len(anchors)
            raise _error(text, start, f"'{name}' runs on {ANCHOR}: it cannot stand in '{around}'")
        if upstream:
            elements.append(",".join(upstream))
            upstream = []
        elements += expand(name, parse_options(options))
    if upstream:
        elements.append(",".join(upstream))
    return elements


def _split(text: str, at: int, end: int) -> list[tuple[int, int]]:
    """The spans between the commas that are in no bracket."""
    spans = []
    start = at
    while at < end:
        if text[at] in "({":
            at = _matching(text, at)
        elif text[at] in ")}":
            raise _error(text, at, f"unbalanced '{text[at]}'")
        elif text[at] == ",":
            spans.append((start, at))
            start = at + 1
        at += 1
    spans.append((start, end))
    return spans


def _parts(text: str, start: int, stop: int) -> tuple[str, str, tuple[int, int] | None]:
    """Name, option text and span inside the parentheses of `name{options}` or `name(...)`."""
    head = re.compile(r"\s*([^\s({]*)\s*").match(text, start, stop)
    assert head
    if not head[1]:
        raise _error(text, min(head.end(), len(text)), "expected the name of a pass")
    at = head.end()
    if at == stop:
        return head[1], "", None
    close = _matching(text, at) if text[at] in "({" else at
    if close == at or text[close + 1 : stop].strip():
        where = at if close == at else close + 1
        raise _error(text, where, f"expected ',' after '{text[start:where].strip()}'")
    if text[at] == "{":
        return head[1], text[at + 1 : close], None
    return head[1], "", (at + 1, close)


_CLOSING = {"(": ")", "{": "}"}


def _matching(text: str, at: int) -> int:
    """Where the bracket at `at` closes."""
    opened = [at]
    for i in range(at + 1, len(text)):
        if text[i] in _CLOSING:
            opened.append(i)
        elif text[i] in _CLOSING.values():
            if text[i] != _CLOSING[text[opened[-1]]]:
                raise _error(text, i, f"expected '{_CLOSING[text[opened[-1]]]}'")
            opened.pop()
            if not opened:
                return i
    raise _error(text, opened[-1], f"unbalanced '{text[opened[-1]]}'")


def _option_value(text: str, at: int) -> tuple[str, int]:
    opening = text[at : at + 1]
    if opening in ("'", '"'):
        close = text.find(opening, at + 1)
        if close < 0:
            raise _error(text, at, f"unbalanced {opening}")
        return text[at + 1 : close], close + 1
    if opening == "{":
        close = _matching(text, at)
        return text[at + 1 : close], close + 1
    value = re.compile(r"\S*").match(text, at)
    assert value
    return value[0], value.end()


def _error(text: str, at: int, message: str) -> PipelineError:
    """An error with the line of the text it is in and a caret under the place."""
    before = text[:at]
    line = before.count("\n") + 1
    column = at - (before.rfind("\n") + 1)
    source = text.splitlines()[line - 1] if text else ""
    return PipelineError(f"pass pipeline:{line}:{column + 1}: {message}\n{source}\n{' ' * column}^")
