"""Models as their frontends write them, to linalg on tensors."""

import os
from typing import Any

from fnuz.frontends.stages import OnStage, silent


def is_onnx(name: str) -> bool:
    """Whether a file is read as an ONNX model."""
    return name.lower().endswith(".onnx")


def import_file(
    path: "str | os.PathLike[str]", *, context: Any = None, on_stage: OnStage = silent
) -> Any:
    """A model in a file as an MLIR module: linalg on tensors, fp8 as OCP has it.

    An ONNX model, or MLIR in StableHLO, TOSA or the torch dialect, as text, bytecode or (StableHLO)
    portable artifact. Raises ImportFailed.
    """
    name = os.fspath(path)
    if is_onnx(name):
        from fnuz.frontends.onnx import import_model

        return import_model(name, context=context, on_stage=on_stage)
    from fnuz.frontends import mlir

    return mlir.import_file(name, context=context, on_stage=on_stage)
