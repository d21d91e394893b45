"""ONNX models to linalg on tensors."""

import os
from pathlib import Path
from typing import Any

from fnuz import passes
from fnuz.bindings import dialects, load
from fnuz.bindings.diagnostics import Diagnostic
from fnuz.dialect import ops
from fnuz.frontends.errors import ImportFailed
from fnuz.frontends.stages import OnStage, silent

try:
    import onnx as _onnx  # noqa: F401
except ImportError:
    raise ImportError("reading ONNX models needs onnx: pip install 'fnuz[onnx]'") from None

from onnx import ModelProto

from fnuz.frontends.onnx.importer import import_graph
from fnuz.frontends.onnx.reading import Model, read
from fnuz.frontends.onnx.types import Types


def import_model(
    model: "str | os.PathLike[str] | ModelProto",
    *,
    folder: "str | os.PathLike[str] | None" = None,
    context: Any = None,
    on_stage: OnStage = silent,
) -> Any:
    """An ONNX model as an MLIR module: a function of linalg on tensors, fp8 as OCP has it.

    The function has the name of the graph, and an argument for each input that has no initializer.
    `folder` is where external data is (default: the folder of the file);
    it is mapped, so the files must stay as they are while the module lives. A location names a
    node, and the file with the number of the node for a line.

    Raises ImportFailed for what is not a valid model or holds what nobody lowers.
    """
    on_stage("reading the model")
    opened = read(model, None if folder is None else Path(folder))
    types = Types(opened)
    types.check(opened)
    context = context or load().ir.Context()
    ops.load(context)
    dialects.register(context)
    on_stage(f"importing {len(opened.nodes)} nodes")
    module = import_graph(opened, context)
    on_stage(f"lowering {len(opened.nodes)} nodes to linalg")
    emit = context.emit_error_diagnostics
    try:
        context.emit_error_diagnostics = False  # what they say is said again, of the node
        passes.run(module, "import-onnx")
    except passes.PassFailed as e:
        raise ImportFailed([_at_node(d, opened, types) for d in e.diagnostics]) from None
    finally:
        context.emit_error_diagnostics = emit
    return module


def _at_node(diagnostic: Diagnostic, model: Model, types: Types) -> Diagnostic:
    """The error of a pass, said of the node where it happened."""
    message = diagnostic.message.splitlines()[0] if diagnostic.message else "the lowering failed"
    if diagnostic.file != model.file or not 1 <= diagnostic.line <= len(model.nodes):
        return Diagnostic("error", message, model.file)
    node = model.nodes[diagnostic.line - 1]
    if message.startswith("failed to legalize operation"):
        message = "torch-mlir has no lowering of it"
    message = f"{types.describe(node)}: {message}"
    return Diagnostic("error", message, model.file, diagnostic.line, diagnostic.column)
