"""The fnuz dialect: the casts between an OCP value and the FNUZ value that stands for it.

    %1 = "fnuz.from_ocp"(%0) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ>
    %2 = "fnuz.to_ocp"(%1) : (tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FN>

Both work on scalars, vectors and tensors, elementwise, on the codes (`formats.ocp_to_fnuz_codes`
and `fnuz_to_ocp_codes`): the value halves going in and doubles coming out. They have no side
effects.

`from_ocp` has an optional attribute `inf = "saturate"`: an E5M2 Inf becomes the largest finite
code instead of NaN. The operand of `to_ocp` stands for an OCP value, unless it has an attribute
`overflow`: that says what the FNUZ codes beyond the OCP maximum become, which no OCP value has:
`"nan"` or, for the largest finite code, `"saturate"`.
"""

from functools import cache
from threading import Lock
from typing import Any

from fnuz.bindings import Bindings, of
from fnuz.dialect.formats import FNUZ_OF, FORMATS, OCP_OF, Fp8Format

_loading = Lock()

FROM_OCP = "fnuz.from_ocp"
TO_OCP = "fnuz.to_ocp"


class NoDialect(Exception):
    """The bindings package cannot define dialects in Python."""


def load(context: Any) -> None:
    """Make the dialect known in an MLIR context; doing so again changes nothing.

    Raises NoDialect.
    """
    bindings = of(context)
    with context:
        if context.is_dialect_loaded("fnuz"):
            return
        try:
            dialect = _define(bindings)
        except ImportError as error:
            raise NoDialect(
                f"the casts {FROM_OCP} and {TO_OCP} cannot be made in {bindings.namespace}, which "
                f"cannot define a dialect ({error}); use abi=convert or abi=f32 and no "
                "external functions, or convert in torch_mlir"
            ) from None
        # Loading keeps the module that defines the dialect on the class, one for all contexts: a
        # second thread would free it under the first. It is not needed once it is loaded.
        with _loading:
            dialect.load()
            del dialect._mlir_module


@cache
def _define(bindings: Bindings) -> Any:
    ext = bindings.module("dialects.ext")
    ir = bindings.ir

    class Fnuz(ext.Dialect, name="fnuz"):  # type: ignore[misc, name-defined, call-arg]
        pass

    def cast(name: str, pairs: dict[Fp8Format, Fp8Format]) -> None:
        def verify_invariants(op: Any) -> bool:
            return _verify(op.operation, pairs, ir)

        namespace = {
            "__annotations__": {"input": ext.Operand[Any], "output": ext.Result[Any]},
            "__doc__": f"{name}: see fnuz.dialect.ops",
            "__module__": __name__,
            "verify_invariants": staticmethod(verify_invariants),
        }
        bases = (Fnuz.Operation,)
        type(name, bases, namespace, name=name.partition(".")[2], traits=[ext.Pure])

    cast(FROM_OCP, FNUZ_OF)
    cast(TO_OCP, OCP_OF)
    return Fnuz


def _verify(op: Any, pairs: dict[Fp8Format, Fp8Format], ir: Any) -> bool:
    source, target = op.operands[0].type, op.results[0].type

    def split(type: Any) -> tuple[Any, Fp8Format | None]:
        if not isinstance(type, ir.ShapedType):
            return None, FORMATS.get(str(type))
        if isinstance(type, (ir.MemRefType, ir.UnrankedMemRefType, ir.UnrankedTensorType)):
            return None, None
        encoding = type.encoding if isinstance(type, ir.RankedTensorType) else type.scalable_dims
        return (list(type.shape), str(encoding)), FORMATS.get(str(type.element_type))

    shape, format = split(source)
    shape_out, format_out = split(target)
    if format not in pairs or format_out is not pairs[format]:
        wanted = " or ".join(f"{a.mlir_name} to {b.mlir_name}" for a, b in pairs.items())
        op.location.emit_error(
            f"'{op.name}' op casts scalars, vectors or ranked tensors of {wanted}, "
            f"not {source} to {target}"
        )
        return False
    if shape != shape_out or isinstance(source, ir.VectorType) != isinstance(target, ir.VectorType):
        op.location.emit_error(
            f"'{op.name}' op operand and result must have the same shape, "
            f"but they are {source} and {target}"
        )
        return False
    return True
