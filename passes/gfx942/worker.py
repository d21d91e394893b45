"""The process in which MLIR's AMDGPU backend runs.

LLVM writes some errors to stderr and goes on, which gives a wrong kernel, and ends the process on
others. In a process of its own the first are read and the second survived.
"""

import os
import pickle
import sys
from dataclasses import dataclass

from fnuz import bindings
from fnuz.bindings.diagnostics import Diagnostic
from fnuz.bindings.listener import listening

NAMESPACE = "flydsl._mlir"
"""The MLIR package that has the backend."""

END = b"\0"
"""What stands on stderr behind the words on each module."""


@dataclass(frozen=True)
class Job:
    """Modules of one gpu.module each, as MLIR text, and the options of gpu-module-to-binary."""

    options: str
    modules: list[bytes]


@dataclass(frozen=True)
class Outcome:
    """What became of one module: its object, or why it has none (it is empty then)."""

    object: bytes
    diagnostics: list[Diagnostic]


def main() -> None:
    """Read a pickled Job from stdin, write an Outcome for each module to stdout."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What LLVM may print does not get among them.
    job = pickle.load(sys.stdin.buffer)
    for text in job.modules:
        pickle.dump(_compiled(text, job.options), out)
        out.flush()
        os.write(2, END)


def _compiled(text: bytes, options: str) -> Outcome:
    package = bindings.load(NAMESPACE)
    gpu = package.module("dialects.gpu")
    with package.ir.Context() as context, listening(context) as seen:
        try:
            module = package.ir.Module.parse(text)
            pipeline = f"builtin.module(gpu-module-to-binary{{{options}}})"
            package.passmanager.PassManager.parse(pipeline).run(module.operation)
        except package.ir.MLIRError:
            return Outcome(b"", seen)
        (binary,) = module.body.operations
        (object,) = binary.attributes["objects"]
        return Outcome(gpu.ObjectAttr(object).object, seen)
