"""The only code that knows which MLIR Python package it runs on.

torch_mlir, iree.compiler and flydsl expose the same `ir`, `rewrite` and `passmanager` modules.
Passes build and match ops by name, so they need only those modules: `of(op)` finds the ones an
op came from, `load()` imports the default package.
"""

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any

DEFAULT_NAMESPACE = "torch_mlir"


@dataclass(frozen=True)
class Bindings:
    """The modules of one MLIR Python package."""

    namespace: str
    ir: Any
    rewrite: Any
    passmanager: Any

    def module(self, name: str) -> Any:
        """Another module of the package, e.g. `dialects.linalg`; imported on first use."""
        return importlib.import_module(f"{self.namespace}.{name}")


@cache
def load(namespace: str = DEFAULT_NAMESPACE) -> Bindings:
    """Import an MLIR Python package. Raises ImportError when it is not installed."""
    modules = (
        importlib.import_module(f"{namespace}.{m}") for m in ("ir", "rewrite", "passmanager")
    )
    return Bindings(namespace, *modules)


def of(op: Any) -> Bindings:
    """The package that an operation, module, value or type came from."""
    return load(type(getattr(op, "operation", op)).__module__.split("._mlir_libs")[0])
