"""ONNX models to linalg on tensors."""

import os
from pathlib import Path
from typing import Any

from fnuz import passes
from fnuz.bindings import dialects, load, of
from fnuz.bindings.diagnostics import Diagnostic, at
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
    `folder` is where external data is (default: the folder of the file); it is mapped, so the files
    must stay as they are while the module lives. A location names a node, and the file with the
    number of the node for a line; a node that is written out for another, as for the call of a
    function, has the number of that and its own for a column.

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
        at_nodes = [d for d in e.diagnostics if (d.line, d.column) in opened.nodes]
        # Upstream may say it of a constant that is there for a node which is left.
        found = at_nodes or _left(module) or e.diagnostics
        raise ImportFailed([_at_node(d, opened, types) for d in found]) from None
    finally:
        context.emit_error_diagnostics = emit
    return module


def _left(module: Any) -> list[Diagnostic]:
    """An error at each node that is still there."""
    bindings = of(module)
    found = []

    def visit(op: Any) -> Any:
        if op.name == "torch.operator":
            found.append(at(op.location, "error", _NO_LOWERING))
        return bindings.ir.WalkResult.ADVANCE

    module.operation.walk(visit)
    return found


_NO_LOWERING = "torch-mlir has no lowering of it"


def _at_node(diagnostic: Diagnostic, model: Model, types: Types) -> Diagnostic:
    """The error of a pass, said of the node where it happened."""
    message = diagnostic.message.splitlines()[0] if diagnostic.message else "the lowering failed"
    place = (diagnostic.line, diagnostic.column)
    if diagnostic.file != model.file or place not in model.nodes:
        return Diagnostic("error", message, model.file)
    if message.startswith("failed to legalize operation"):
        message = _NO_LOWERING
    message = f"{types.describe(model.nodes[place])}: {message}"
    return Diagnostic("error", message, model.file, *place)
