"""From gpu.modules in llvm and rocdl to assembly and code objects, by MLIR's AMDGPU backend."""

import contextlib
import importlib.util
import io
import pickle
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from fnuz.bindings import of
from fnuz.bindings.diagnostics import Diagnostic, at
from fnuz.passes import OnWarning, PassFailed
from fnuz.passes.gfx942 import linker
from fnuz.passes.gfx942.worker import END, NAMESPACE, Job, Outcome
from fnuz.passes.registry import Diagnostics


def gpu_modules(module: Any) -> dict[str, Any]:
    """The gpu.modules of a module, by name."""
    operations = module.regions[0].blocks[0].operations
    found = [op.operation for op in operations if op.operation.name == "gpu.module"]
    return {op.attributes["sym_name"].value: op for op in found}


def compile_lowered(
    module: Any, output: str, on_warning: OnWarning | None = None
) -> dict[str, bytes]:
    """What the backend makes of each gpu.module after lower-to-rocdl: `output` is isa or hsaco.

    `module` is a `builtin.module` operation. Raises PassFailed, and ImportError where the backend
    or the linker is missing.
    """
    package = NAMESPACE.partition(".")[0]
    if importlib.util.find_spec(package) is None:
        raise ImportError(
            f"compiling for gfx942 needs {package}, which has LLVM's AMDGPU backend: "
            "pip install 'fnuz[gfx942]'"
        )
    kernels = gpu_modules(module)
    if not kernels:
        raise PassFailed(
            [
                at(
                    module.location,
                    "error",
                    "there is no gpu.module to compile; kernels are not made from linalg yet",
                )
            ]
        )
    errors: list[Diagnostic] = []
    with contextlib.ExitStack() as stack:
        toolkit = linker.rocm() if output == "isa" else stack.enter_context(linker.toolkit())
        for op in kernels.values():
            errors += _missing_libraries(op, toolkit)
        if errors:
            raise PassFailed(errors)
        texts = [
            op.get_asm(binary=True, enable_debug_info=True, use_local_scope=True)
            for op in kernels.values()
        ]
        format = {"isa": "isa", "hsaco": "bin"}[output]
        outcomes, said, end = _run(Job(f'format={format} toolkit="{toolkit}"', texts))
    objects: dict[str, bytes] = {}
    for (name, op), text, outcome in zip(kernels.items(), said, outcomes, strict=False):
        lines = text.decode(errors="replace").splitlines()
        # LLVM may go on after an error, and what it makes then is wrong.
        found = [at(op.location, "error", _words(t)) for t in lines if "error:" in t.lower()]
        if outcome is None:
            words = " ".join((f"the backend {end}:", *lines))
            errors += found or [at(op.location, "error", words)]
            break  # The others were not reached.
        if not found:
            found = [_without_operation(d) for d in outcome.diagnostics if d.severity == "error"]
            warnings = [d.message for d in outcome.diagnostics if d.severity == "warning"]
            for words in (*warnings, *map(_words, lines)):
                Diagnostics(on_warning).warning(op.location, words)
        errors += found
        objects[name] = outcome.object
    if errors:
        raise PassFailed(errors)
    return objects


def _run(job: Job) -> tuple[list[Outcome | None], list[bytes], str]:
    """The outcomes, what was said on stderr for each module, and how the process ended.

    None is the outcome of the module that ended it; those behind have none.
    """
    # The same packages as here; `-m` would look in the current folder first.
    code = f"import sys; sys.path[:] = {sys.path!r}; from {Job.__module__} import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(job), capture_output=True, check=False
    )
    outcomes: list[Outcome | None] = []
    written = io.BytesIO(run.stdout)
    with contextlib.suppress(EOFError, pickle.UnpicklingError):
        while len(outcomes) < len(job.modules):
            outcomes.append(pickle.load(written))
    if len(outcomes) < len(job.modules):
        outcomes.append(None)
    end = f"ended with status {run.returncode}"
    if run.returncode < 0:
        end = f"was ended by {signal.Signals(-run.returncode).name}"
    return outcomes, [*run.stderr.split(END), b""], end


def _missing_libraries(gpu_module: Any, toolkit: Path) -> list[Diagnostic]:
    """An error for each function that nothing defines."""
    ir = of(gpu_module).ir
    has_libraries = (toolkit / "amdgcn" / "bitcode").is_dir()
    errors: list[Diagnostic] = []

    def visit(op: Any) -> Any:
        if op.name == "llvm.func" and not any(region.blocks for region in op.regions):
            name = op.attributes["sym_name"].value
            remedy = _remedy(name, has_libraries)
            if remedy:
                errors.append(at(op.location, "error", f"@{name} is not defined; {remedy}"))
        return ir.WalkResult.ADVANCE

    gpu_module.walk(visit, ir.WalkOrder.PRE_ORDER)
    return errors


def _remedy(function: str, has_libraries: bool) -> str | None:
    """What to do about a function that is only declared."""
    if function.startswith("llvm."):
        return None  # An intrinsic.
    if not function.startswith(("__ocml_", "__ockl_")):
        return "device code is linked with nothing else: define it in the gpu.module"
    if has_libraries:
        return None
    if function.startswith("__ockl_get_"):
        instead = "give the kernel known_block_size or known_grid_size"
    else:
        instead = "expand the math op into arith before"
    return (
        "it is of ROCm's device libraries: set ROCM_PATH to a ROCm with amdgcn/bitcode and "
        f"llvm/bin/ld.lld, or {instead}"
    )


def _words(line: str) -> str:
    """A line of LLVM's without the place, which it has none of, and the word error."""
    text = re.sub(r"^(LLVM ERROR|\w+: error|error|warning): ", "", line.strip(), flags=re.I)
    text = text.removeprefix("<unknown>:0:0: ")
    libcall = re.fullmatch(r"no libcall available for (\w+)", text)
    if libcall:
        text += ": gfx942 has no such instruction; expand the math op into arith before"
    return text


def _without_operation(diagnostic: Diagnostic) -> Diagnostic:
    """Without the note that shows the op, here the whole gpu.module."""
    notes = tuple(n for n in diagnostic.notes if not n.message.startswith("see current operation"))
    return replace(diagnostic, notes=notes)
