"""MLIR that a frontend wrote (StableHLO, TOSA, the torch dialect) to linalg on tensors."""

from typing import Any

from fnuz import passes
from fnuz.bindings import dialects, load, of
from fnuz.bindings.diagnostics import Diagnostic, renamed
from fnuz.bindings.listener import listening
from fnuz.bindings.sources import FileError, Source, find_unreadable, is_bytecode, read_source
from fnuz.dialect import ops
from fnuz.frontends.errors import ImportFailed
from fnuz.frontends.stages import OnStage, silent


def lower(module: Any, *, on_stage: OnStage = silent) -> None:
    """Lower what a frontend wrote to linalg on tensors, in place.

    Looks which dialects the module holds: torch, stablehlo (chlo, vhlo) or tosa. A module with none
    of them is only checked. Raises ImportFailed, at each op that nothing lowers; the module may
    then be half changed.
    """
    held = _dialects(module)
    try:
        for among, name, pipeline in _PIPELINES:
            if held & among:
                on_stage(f"lowering {name} to linalg")
                passes.run(module, pipeline)
        passes.run(module, "verify-imported")
    except passes.PassFailed as e:
        raise ImportFailed(e.diagnostics) from None


_PIPELINES = (
    (frozenset({"torch", "torch_c"}), "the torch dialect", "import-torch"),
    (frozenset({"stablehlo", "chlo", "vhlo"}), "StableHLO", "import-stablehlo"),
    (frozenset({"tosa"}), "TOSA", "import-tosa"),
)
"""Dialects, what they are called, and what lowers them."""


def _dialects(module: Any) -> set[str]:
    advance = of(module).ir.WalkResult.ADVANCE
    held: set[str] = set()

    def visit(op: Any) -> Any:
        held.add(op.name.partition(".")[0])
        return advance

    module.operation.walk(visit)
    return held


def import_text(content: str | bytes, *, context: Any = None, on_stage: OnStage = silent) -> Any:
    """MLIR in memory, lowered: text, bytecode, or a portable artifact of StableHLO.

    `context` is one of the torch_mlir package. Raises ImportFailed.
    """
    text = content.encode() if isinstance(content, str) else content
    return _import(Source("-", None, text), context, on_stage)


def import_file(name: str, *, context: Any = None, on_stage: OnStage = silent) -> Any:
    """A file with MLIR, as for `import_text`; "-" is stdin. Raises ImportFailed."""
    try:
        source = read_source(name)
    except FileError as e:
        raise ImportFailed([Diagnostic("error", str(e))]) from None
    return _import(source, context, on_stage)


def _import(source: Source, context: Any, on_stage: OnStage) -> Any:
    ir = load().ir
    context = context or ir.Context()
    ops.load(context)
    dialects.register(context)
    on_stage("reading the module")
    bad = None if is_bytecode(source) else find_unreadable(source)
    if bad:
        message, position = bad
        raise ImportFailed([Diagnostic("error", message, source.name, *position)])
    with listening(context) as heard:
        try:
            if source.path is not None:
                module = ir.Module.parseFile(source.path, context=context)
            else:
                module = ir.Module.parse(source.read(), context=context)
        except ir.MLIRError:
            raise ImportFailed([renamed(d, source.name) for d in heard]) from None
    try:
        lower(module, on_stage=on_stage)
    except ImportFailed as e:
        raise ImportFailed([renamed(d, source.name) for d in e.diagnostics]) from None
    return module
