"""Device code for gfx942: assembly and code objects of the gpu.modules of a module."""

from collections.abc import Callable
from typing import Any

__all__ = ["compile_to_hsaco", "compile_to_isa"]


def compile_to_isa(
    module: Any, *, on_warning: Callable[[Any, str], None] | None = None
) -> dict[str, str]:
    """The gfx942 assembly of each gpu.module, by its name, in their order.

    A copy of the module goes through lower-to-rocdl, then through the backend, in a process of its
    own. Its warnings go to `on_warning(location, message)`, by default the logger "fnuz".
    `fnuz.passes.gfx942.resources.of_isa` reads registers, LDS and spills from it.

    Raises PassFailed with the errors, ImportError where the backend is not installed.
    """
    return {name: o.decode() for name, o in _compile(module, "isa", on_warning).items()}


def compile_to_hsaco(
    module: Any, *, on_warning: Callable[[Any, str], None] | None = None
) -> dict[str, bytes]:
    """The code object (ELF, code object version 5) of each gpu.module, as compile_to_isa.

    Raises ImportError also where there is no linker.
    """
    return _compile(module, "hsaco", on_warning)


def _compile(
    module: Any, output: str, on_warning: Callable[[Any, str], None] | None
) -> dict[str, bytes]:
    from fnuz import passes
    from fnuz.passes.gfx942.backend import compile_lowered

    with module.context:
        copy = module.operation.clone()
        passes.run(copy, "lower-to-rocdl", on_warning=on_warning)
        return compile_lowered(copy, output, on_warning)
