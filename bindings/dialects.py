"""The dialects that frontends write, which only the torch_mlir package has."""

from typing import Any

from fnuz.bindings import DEFAULT_NAMESPACE, of


def register(context: Any) -> None:
    """Make torch, torch_c, stablehlo, chlo and vhlo known in a context of the torch_mlir package.

    Their passes too, which every context then has. Doing so again changes nothing. Contexts of
    other packages have none of them.
    """
    bindings = of(context)
    if bindings.namespace != DEFAULT_NAMESPACE:
        return
    bindings.module("_mlir_libs._torchMlir").register_dialect(context)
    stablehlo = bindings.module("_mlir_libs._stablehlo")
    stablehlo.register_dialect(context, True)
    stablehlo.register_stablehlo_passes()
    # No binding registers torch_c and vhlo; passes that make their ops do.
    module = bindings.ir.Module.parse("module {}", context=context)
    pipeline = "builtin.module(func.func(convert-torch-to-linalg),stablehlo-legalize-to-vhlo)"
    bindings.passmanager.PassManager.parse(pipeline, context=context).run(module.operation)
