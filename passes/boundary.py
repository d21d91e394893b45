"""The casts between the converted side of a boundary and the side that stays OCP."""

from typing import Any

from ..dialect import ops
from ..dialect.formats import E5M2
from .types import element_of


def from_ocp(b: Any, type: Any, value: Any, options: Any) -> Any:
    """A fnuz.from_ocp to `type`, with the Inf policy of the options where there is an Inf."""
    ops.load(b.ir.Context.current)
    attributes = {}
    if options.inf != "nan" and str(element_of(b.ir, value.type)) == E5M2.mlir_name:
        attributes["inf"] = b.ir.StringAttr.get(options.inf)
    return b.value(ops.FROM_OCP, type, value, attributes=attributes)


def to_ocp(b: Any, type: Any, value: Any) -> Any:
    """A fnuz.to_ocp to `type`."""
    ops.load(b.ir.Context.current)
    return b.value(ops.TO_OCP, type, value)
