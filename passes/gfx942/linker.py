"""The linker of code objects, where MLIR looks for it."""

import importlib.util
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PLACE = Path("llvm", "bin", "ld.lld")
"""Where MLIR runs it from, in what it calls a toolkit."""


def rocm() -> Path:
    """The folder of ROCm, which need not be there."""
    return Path(os.environ.get("ROCM_PATH") or "/opt/rocm")


@contextmanager
def toolkit() -> Iterator[Path]:
    """A folder with the linker at llvm/bin/ld.lld: that of ROCm, of PATH or of ziglang.

    Raises ImportError when there is none.
    """
    if os.access(rocm() / _PLACE, os.X_OK):
        yield rocm()
        return
    command = _command()
    if command is None:
        raise ImportError(
            f"linking code objects needs ld.lld: none is in {rocm() / _PLACE.parent} (ROCM_PATH) "
            "or on PATH, and ziglang, which has one, is not installed: pip install 'fnuz[gfx942]'"
        )
    with tempfile.TemporaryDirectory(prefix="fnuz-") as folder:
        script = Path(folder) / _PLACE
        script.parent.mkdir(parents=True)
        # Not a link: lld is one program for many linkers and goes by the name it is called by.
        script.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        script.chmod(0o700)
        yield Path(folder)


def _command() -> list[str] | None:
    on_path = shutil.which("ld.lld")
    if on_path:
        return [os.path.abspath(on_path)]
    ziglang = importlib.util.find_spec("ziglang")
    if ziglang is None or ziglang.origin is None:
        return None
    return [str(Path(ziglang.origin).parent / "zig"), "ld.lld"]
