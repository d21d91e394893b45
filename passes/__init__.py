"""The passes, and the two ways to run them from Python: `add_to` and `run`."""

from collections.abc import Callable
from typing import Any

from fnuz import bindings
from fnuz.bindings.diagnostics import Diagnostic
from fnuz.bindings.listener import Listener
from fnuz.passes import (  # noqa: F401 - each registers its pass
    adjust_fp8,
    convert_fnuz_to_ocp,
    convert_ocp_to_fnuz,
    emulate_fp8,
    expand_math,
    fold_fnuz_casts,
    fold_fp8_scales,
    fuse_dequantize,
    lower_fnuz_casts,
    lower_fp8_quant,
    lower_onnx_fp8,
    lower_onnx_gemm,
    lower_stablehlo,
    lower_torch_fp8,
    lower_tosa,
    map_to_lanes,
    map_to_mfma,
    verify_imported,
)
from fnuz.passes import pipeline as _pipeline
from fnuz.passes.gfx942 import target_gpu_modules, verify_rocdl  # noqa: F401 - likewise
from fnuz.passes.pipeline import PIPELINES, STAGES, PipelineError, UnknownPass
from fnuz.passes.registry import PASSES, BadOption, Diagnostics
from fnuz.passes.report import Report

__all__ = [
    "PASSES",
    "PIPELINES",
    "STAGES",
    "BadOption",
    "PassFailed",
    "PipelineError",
    "Report",
    "UnknownPass",
    "add_to",
    "run",
]

OnWarning = Callable[[Any, str], None]


class PassFailed(Exception):
    """A pipeline failed; `diagnostics` says why. The module may be half changed."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__("\n".join(map(str, diagnostics)) or "the pass pipeline failed")
        self.diagnostics = diagnostics


def add_to(
    pass_manager: Any,
    pipeline: str,
    *,
    on_warning: OnWarning | None = None,
    report: Report | None = None,
    **options: Any,
) -> None:
    """Add passes to a pass manager on builtin.module, from any MLIR Python package.

    `pipeline` is a pass or a named pipeline with its options as keywords,
    `add_to(pm, "ocp-to-fnuz", abi="preserve")`, or, without keywords, a text as inside
    `builtin.module(...)`, in which upstream passes may stand too. What the passes do is added to
    `report`.

    Raises UnknownPass, BadOption or PipelineError.
    """
    diagnostics = Diagnostics(on_warning)
    diagnostics.report = report
    _pipeline.add(pass_manager, _elements(pipeline, options), diagnostics)


def run(
    module: Any,
    pipeline: str = "ocp-to-fnuz",
    *,
    on_warning: OnWarning | None = None,
    report: Report | None = None,
    **options: Any,
) -> None:
    """Run a pipeline, given as for `add_to`, on a module in place. Raises PassFailed.

    The module is verified once, at the end: that is a tenth of the time for each pass.
    """
    package = bindings.of(module)
    context = module.context
    pass_manager = package.passmanager.PassManager(_pipeline.ANCHOR, context=context)
    pass_manager.enable_verifier(False)
    add_to(pass_manager, pipeline, on_warning=on_warning, report=report, **options)
    seen: list[Diagnostic] = []

    emit = context.emit_error_diagnostics

    def record(diagnostic: Diagnostic) -> bool:
        seen.append(diagnostic)
        return not emit  # The handlers of the user hear errors only if they were meant to.

    try:
        # Without this MLIR keeps errors for its exception, and one that is not UTF-8 kills it.
        context.emit_error_diagnostics = True
        with Listener(context, record):
            pass_manager.run(module.operation)
            module.operation.verify()
    except package.ir.MLIRError:
        raise PassFailed(seen) from None
    finally:
        context.emit_error_diagnostics = emit


def _elements(pipeline: str, options: dict[str, Any]) -> list[_pipeline.Element]:
    if not options and pipeline not in PASSES and pipeline not in PIPELINES:
        return _pipeline.parse_elements(pipeline)
    texts = {
        name.replace("_", "-"): str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in options.items()
    }
    return _pipeline.expand(pipeline, texts)
