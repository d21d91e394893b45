"""PyTorch models to linalg on tensors, through torch.export and torch-mlir's importer."""

import os
import traceback
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from fnuz import bindings, passes
from fnuz.bindings import dialects
from fnuz.bindings.diagnostics import Diagnostic
from fnuz.dialect import ops
from fnuz.frontends.errors import ImportFailed

INSTALL = "pip install 'fnuz[torch]'"
"""What brings the PyTorch that this frontend is tested with."""


def import_module(
    module: Any,
    example_inputs: Sequence[Any] = (),
    example_kwargs: Mapping[str, Any] | None = None,
    *,
    dynamic_shapes: Any = None,
    context: Any = None,
    scale_result: str = "divide",
) -> Any:
    """A PyTorch model as an `ir.Module` with one function @main of linalg on tensors.

    `module` is a torch.nn.Module, which is exported with the example inputs, or a
    torch.export.ExportedProgram, which needs none. Weights and buffers become constants; the
    tensors that the model takes and gives are the arguments and results of @main, in the order of
    the export. fp8 is as in the model, `float8_e4m3fn` as f8E4M3FN, and the numbers are those of
    PyTorch on a CPU, which saturates casts to float8_e4m3fn (see `fnuz-opt --help` for
    lower-torch-fp8). `dynamic_shapes` is that of torch.export.export. The module is made in
    `context`, by default a new one. `scale_result` is the option of lower-torch-fp8: what
    `torch._scaled_mm` means by it differs between PyTorch's CPU and its GPUs.

    Raises ImportFailed: no PyTorch, a model that torch.export does not take, or an op that nothing
    lowers, named with its types and its line in the model.
    """
    try:
        import torch
    except ImportError as error:
        raise _failed(f"PyTorch is not there ({error}): {INSTALL}") from None
    graph = _on_torch_dialect(
        torch, module, example_inputs, example_kwargs, dynamic_shapes, context
    )
    lower(graph, scale_result)
    return graph


def lower(module: Any, scale_result: str = "divide") -> None:
    """Lower a module of the torch dialect, as torch-mlir imports it, to linalg in place.

    Raises ImportFailed; the module may then be half lowered.
    """
    try:
        passes.run(module, "import-torch", scale_result=scale_result)
    except passes.PassFailed as failed:
        raise ImportFailed(failed.diagnostics) from None


def _on_torch_dialect(
    torch: ModuleType, model: Any, args: Any, kwargs: Any, shapes: Any, context: Any
) -> Any:
    """The model in the torch dialect."""
    from torch_mlir import fx
    from torch_mlir.extras.fx_importer import FxImporter

    context = context or bindings.load().ir.Context()
    ops.load(context)
    dialects.register(context)
    try:
        if not isinstance(model, torch.export.ExportedProgram):
            kwargs = None if kwargs is None else dict(kwargs)
            model = torch.export.export(model, tuple(args), kwargs, dynamic_shapes=shapes)
        table = dict(fx.get_decomposition_table())
        table.pop(torch.ops.aten.addmm.default)  # In fp8 it rounds once, its parts would twice.
        table[torch.ops.aten._scaled_mm_v2.default] = _scaled_mm
        importer = FxImporter(context=context)
        importer.import_frozen_program(model.run_decompositions(table))
    except Exception as error:
        raise _failed(_first_line(error), _place(error)) from error
    return importer.module
