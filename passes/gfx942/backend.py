"""From gpu.modules in llvm and rocdl to assembly and code objects, by MLIR's AMDGPU backend."""

import contextlib
import importlib.util
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from fnuz.bindings import of
from fnuz.bindings.diagnostics import Diagnostic, at
from fnuz.passes import OnWarning, PassFailed
from fnuz.passes.gfx942 import linker, process
from fnuz.passes.gfx942.worker import NAMESPACE, Job
from fnuz.passes.registry import Diagnostics

_FORMATS = {"isa": "isa", "hsaco": "bin"}
"""What gpu-module-to-binary calls them."""


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
                    "there is no gpu.module to compile; map-to-gfx942 makes one",
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
        # The process may be in another folder by now.
        options = f'format={_FORMATS[output]} toolkit="{toolkit.absolute()}"'
        objects: dict[str, bytes] = {}
        for name, op in kernels.items():
            text = op.get_asm(binary=True, enable_debug_info=True, use_local_scope=True)
            outcome, lines = process.run(Job(options, text))
            # LLVM may go on after an error, and what it makes then is wrong.
            found = [at(op.location, "error", _words(t)) for t in lines if "error:" in t.lower()]
            if isinstance(outcome, str):
                words = " ".join((f"the backend {outcome}:", *lines))
                errors += found or [at(op.location, "error", words)]
                break  # The others are not reached.
            if not found:
                found = [
                    _without_operation(d) for d in outcome.diagnostics if d.severity == "error"
                ]
                warnings = [d.message for d in outcome.diagnostics if d.severity == "warning"]
                for words in (*warnings, *map(_words, lines)):
                    Diagnostics(on_warning).warning(op.location, words)
            errors += found
            objects[name] = outcome.object
    if errors:
        raise PassFailed(errors)
    return objects


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
        instead = _EXPAND
    return (
        "it is of ROCm's device libraries: set ROCM_PATH to a ROCm with amdgcn/bitcode and "
        f"llvm/bin/ld.lld, or {instead}"
    )


_EXPAND = "compute in f32, or expand the op into arith before"


def _words(line: str) -> str:
    """A line of LLVM's without the place, which it has none of, and the word error."""
    text = re.sub(r"^(LLVM ERROR|\w+: error|error|warning): ", "", line.strip(), flags=re.I)
    text = text.removeprefix("<unknown>:0:0: ")
    libcall = re.fullmatch(r"no libcall available for (\w+)", text)
    if libcall:
        text += ": gfx942 has no such instruction; " + _EXPAND
    return text


def _without_operation(diagnostic: Diagnostic) -> Diagnostic:
    """Without the note that shows the op, here the whole gpu.module."""
    notes = tuple(n for n in diagnostic.notes if not n.message.startswith("see current operation"))
    return replace(diagnostic, notes=notes)
