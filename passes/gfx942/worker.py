"""What runs in the backend's process: MLIR's AMDGPU backend. `process` starts it.

LLVM writes some errors to stderr and goes on, which gives a wrong kernel, and ends the process on
others. In a process of its own the first are read and the second survived.
"""

import os
import pickle
import signal
import sys
from dataclasses import dataclass

from fnuz import bindings
from fnuz.bindings.diagnostics import Diagnostic
from fnuz.bindings.listener import listening

NAMESPACE = "flydsl._mlir"
"""The MLIR package that has the backend."""


@dataclass(frozen=True)
class Job:
    """A module of one gpu.module, as MLIR text, and the options of gpu-module-to-binary."""

    options: str
    module: bytes


@dataclass(frozen=True)
class Outcome:
    """What became of a module: its object, or why it has none (it is empty then)."""

    object: bytes
    diagnostics: list[Diagnostic]


def main() -> None:
    """Read pickled Jobs from stdin until it ends; write an Outcome to stdout for each."""
    # They are for who waits for the outcome; when that ends, so does stdin.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What LLVM may print does not get among them.
    while True:
        try:
            job = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(_compiled(job), out)
        out.flush()


def _compiled(job: Job) -> Outcome:
    package = bindings.load(NAMESPACE)
    gpu = package.module("dialects.gpu")
    with package.ir.Context() as context, listening(context) as seen:
        try:
            module = package.ir.Module.parse(job.module)
            pipeline = f"builtin.module(gpu-module-to-binary{{{job.options}}})"
            package.passmanager.PassManager.parse(pipeline).run(module.operation)
        except package.ir.MLIRError:
            return Outcome(b"", seen)
        (binary,) = module.body.operations
        (object,) = binary.attributes["objects"]
        return Outcome(gpu.ObjectAttr(object).object, seen)
