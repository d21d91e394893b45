"""PyTorch models to linalg on tensors, through torch.export and torch-mlir's importer."""

import re
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fnuz import passes
from fnuz.bindings import dialects, load
from fnuz.bindings.diagnostics import Diagnostic, at
from fnuz.dialect import ops
from fnuz.frontends.errors import ImportFailed

try:
    import torch
except ImportError:
    raise ImportError("importing PyTorch models needs torch: pip install 'fnuz[torch]'") from None


def import_module(
    module: Any,
    example_inputs: Sequence[Any] = (),
    example_kwargs: Mapping[str, Any] | None = None,
    *,
    dynamic_shapes: Any = None,
    context: Any = None,
    scale_result: Literal["divide", "multiply"] = "divide",
) -> Any:
    """A PyTorch model as an MLIR module: a function @main of linalg on tensors, fp8 as OCP has it.

    `module` is a torch.nn.Module, which torch.export.export takes with the example inputs and
    `dynamic_shapes`, or a torch.export.ExportedProgram, which needs neither. Weights and buffers
    become constants; the tensors that go in and come out are the arguments and results of @main, in
    the order of the export. The module computes what PyTorch computes on a CPU: see the pass
    lower-torch-fp8, whose option `scale_result` is. `context` is one of the torch_mlir package.

    Raises ImportFailed, at the line of the model: torch.export does not take it, or nothing lowers
    an op.
    """
    imported = on_torch_dialect(
        module, example_inputs, example_kwargs, dynamic_shapes=dynamic_shapes, context=context
    )
    named = _ops_by_place(imported)
    try:
        passes.run(imported, "import-torch", scale_result=scale_result)
    except passes.PassFailed as e:
        raise ImportFailed([_naming_the_op(d, named) for d in e.diagnostics]) from None
    return imported


Place = tuple[str | None, int]
"""A file and a line."""


def _ops_by_place(module: Any) -> dict[Place, list[str]]:
    """What torch-mlir may fail at: the ops, with their types, of each line of the model."""
    found: dict[Place, list[str]] = {}

    def visit(op: Any) -> Any:
        name = op.operation.name
        if name.startswith(("torch.aten.", "torch.prims.", "torch.operator")):
            place = at(op.location, "error", "")
            types = (", ".join(str(v.type) for v in values) for values in (op.operands, op.results))
            text = "'{}' from ({}) to ({})".format(name, *types)
            found.setdefault((place.file, place.line), []).append(text)
        return load().ir.WalkResult.ADVANCE

    module.operation.walk(visit)
    return found


def _naming_the_op(diagnostic: Diagnostic, named: dict[Place, list[str]]) -> Diagnostic:
    """torch-mlir often fails at the constant that an op takes, and not at the op."""
    failed = re.match(r"failed to legalize operation '([\w.]+)'", diagnostic.message)
    if not failed:
        return diagnostic
    here = named.get((diagnostic.file, diagnostic.line), [])
    ops = [op for op in here if op.startswith(f"'{failed[1]}'")] or here
    message = f"torch-mlir has no lowering of {' or '.join(ops) or failed[1]}"
    return replace(diagnostic, message=message, notes=())


def on_torch_dialect(
    module: Any,
    example_inputs: Sequence[Any] = (),
    example_kwargs: Mapping[str, Any] | None = None,
    *,
    dynamic_shapes: Any = None,
    context: Any = None,
) -> Any:
    """As `import_module`, but in the torch dialect: what the pipeline import-torch takes."""
    fx, fx_importer = (load().module(name) for name in ("fx", "extras.fx_importer"))
    program = module
    if not isinstance(module, torch.export.ExportedProgram):
        inputs = tuple(example_inputs)
        kwargs = None if example_kwargs is None else dict(example_kwargs)
        program = _or_failed(
            "torch.export does not take the model",
            lambda: torch.export.export(module, inputs, kwargs, dynamic_shapes=dynamic_shapes),
        )
    table = dict(fx.get_decomposition_table())
    del table[torch.ops.aten.addmm.default]  # in fp8 it rounds once, its parts would twice
    table[torch.ops.aten._scaled_mm.default] = _with_any_bias
    table[torch.ops.aten._scaled_mm_v2.default] = _functional_scaled_mm
    program = _or_failed(
        "torch.export cannot decompose the model", lambda: program.run_decompositions(table)
    )
    context = context or load().ir.Context()
    ops.load(context)
    dialects.register(context)
    importer = fx_importer.FxImporter(context=context)
    _or_failed(
        "torch-mlir does not import the model", lambda: importer.import_frozen_program(program)
    )
    return importer.module


def _with_any_bias(
    x: Any,
    w: Any,
    scale_a: Any,
    scale_b: Any,
    bias: Any = None,
    scale_result: Any = None,
    out_dtype: Any = None,
    use_fast_accum: bool = False,
) -> Any:
    """A bias of a type that CUDA does not take, nor torch-mlir's verifier, as a sum of its own.

    PyTorch's CPU adds any bias in f32, before the one rounding to the result.
    """
    f32, f16, bf16 = torch.float32, torch.float16, torch.bfloat16
    of_cuda = {f32: (), f16: (f16,), bf16: (bf16,)}.get(out_dtype, (f16, bf16))
    if bias is None or bias.dtype in of_cuda or scale_result is not None:
        return NotImplemented
    product = torch.ops.aten._scaled_mm(x, w, scale_a, scale_b, None, None, f32, use_fast_accum)
    return (product + bias.to(f32)).to(out_dtype or x.dtype)


_TENSOR_WISE, _ROW_WISE = 0, 1
"""The values of torch.nn.functional.ScalingType."""


def _functional_scaled_mm(
    x: Any,
    w: Any,
    scale_a: Any,
    recipe_a: Any,
    swizzle_a: Any,
    scale_b: Any,
    recipe_b: Any,
    swizzle_b: Any,
    bias: Any,
    out_dtype: Any,
    contraction_dim: Any = (),
    use_fast_accum: bool = False,
) -> Any:
    """torch.nn.functional.scaled_mm, which is _scaled_mm_v2, as _scaled_mm."""
    recipes = [*recipe_a, *recipe_b]
    if recipes == [_ROW_WISE, _ROW_WISE]:
        scales = [scale_a[0].reshape(-1, 1), scale_b[0].reshape(1, -1)]
    elif recipes == [_TENSOR_WISE, _TENSOR_WISE]:
        scales = [scale_a[0], scale_b[0]]
    else:
        raise ValueError(
            f"scaled_mm of {x.dtype} and {w.dtype}: only TensorWise and RowWise scales for both "
            "operands are lowered"
        )
    if any([*swizzle_a, *swizzle_b]) or contraction_dim:
        raise ValueError("scaled_mm: swizzled scales and a contraction_dim are not lowered")
    return torch.ops.aten._scaled_mm(x, w, *scales, bias, None, out_dtype, use_fast_accum)


def _or_failed(what: str, work: Callable[[], Any]) -> Any:
    """What `work` returns. Raises ImportFailed for any exception, at the line of the model."""
    try:
        with warnings.catch_warnings():
            # torch 2.13 warns of what it does itself.
            warnings.filterwarnings("ignore", ".*isinstance.treespec, LeafSpec", FutureWarning)
            return work()
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        file, line = _place(error)
        raise ImportFailed([Diagnostic("error", f"{what}: {reason}", file, line)]) from error


def _place(error: Exception) -> Place:
    """File and line of the model where an error comes from; (None, 0) if nothing tells.

    That is the line of the graph's node that was worked on, or else the innermost line in the
    traceback that is neither of this package nor of those that do the work.
    """
    modules = (torch, load().module("ir"))
    packages = [str(Path(m.__file__).parent) for m in modules] + [str(Path(__file__).parent)]
    place: Place = (None, 0)
    of_node = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if Path(file).is_file() and not file.startswith(tuple(packages)):
            place = (file, line)
        for value in frame.f_locals.values():
            if isinstance(value, torch.fx.Node) and value.stack_trace:
                lines = re.findall(r'File "([^"]+)", line (\d+)', value.stack_trace)
                of_node = (lines[-1][0], int(lines[-1][1])) if lines else of_node
    return of_node or place


def to_array(tensor: Any) -> NDArray[Any]:
    """A tensor as `fnuz.execution` takes and gives it: fp8 and bf16 as their codes."""
    whole = tensor.detach().cpu().contiguous()
    if whole.dtype == torch.uint8:
        return np.asarray(whole.view(torch.int8).numpy())  # MLIR's i8 has no sign
    if whole.is_floating_point() and whole.element_size() == 1:
        return np.asarray(whole.view(torch.uint8).numpy())
    if whole.dtype == torch.bfloat16:
        return np.asarray(whole.view(torch.uint16).numpy())
    return np.asarray(whole.numpy())
