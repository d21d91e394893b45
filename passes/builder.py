"""Builds ops for rewrites: by name, at a point, with the location of the op being rewritten."""

from collections.abc import Sequence
from typing import Any

from fnuz.bindings import Bindings
from fnuz.bindings.handles import address
from fnuz.passes.report import Report

SIZES = ("memref.dim", "tensor.dim")
"""The ops that ask for the sizes of a value."""


class Builder:
    """Creates ops around one op. `before` and `after` say where the next ops go.

    Scalars in constants are hoisted to the start of the enclosing function and shared, so that a
    conversion adds one constant for each value and not one for each use.
    """

    def __init__(self, bindings: Bindings, report: Report | None = None) -> None:
        self.bindings = bindings
        self.report = report
        self.ir = bindings.ir
        self._constants: dict[tuple[int, Any, Any], Any] = {}  # a shared constant's result
        self._attributes: dict[Any, Any] = {}
        self.location: Any = None
        self.point: Any = None
        self._scope: Any = None
        self.anchor: Any = None
        """The op around which, or for whose argument, ops are put."""
        self.rewriter: Any = None
        """MLIR's rewriter while its driver runs: it must hear of an op that is erased."""

    def before(self, op: Any) -> "Builder":
        """Put the next ops before `op`."""
        self.location, self.point, self._scope = op.location, self.ir.InsertionPoint(op), op.parent
        self.anchor = op
        return self

    def after(self, op: Any) -> "Builder":
        """Put the next ops after `op`."""
        self.location, self._scope = op.location, op.parent
        self.point = self.ir.InsertionPoint.after(op)
        self.anchor = op
        return self

    def at_end(self, block: Any, location: Any) -> "Builder":
        """Put the next ops at the end of `block`."""
        self.location, self._scope = location, block.owner.operation
        self.point = self.ir.InsertionPoint(block)
        return self

    def create(
        self,
        name: str,
        results: Sequence[Any],
        operands: Sequence[Any] = (),
        attributes: dict[str, Any] | None = None,
        regions: int = 0,
    ) -> Any:
        """Create an op and return it."""
        return self.ir.Operation.create(
            name, results, operands, attributes, None, regions, self.location, self.point
        )

    def value(
        self,
        name: str,
        type: Any,
        *operands: Any,
        attributes: dict[str, Any] | None = None,
    ) -> Any:
        """Create an op with one result and return that."""
        return self.create(name, [type], operands, attributes).results[0]

    def replace(self, op: Any, value: Any) -> None:
        """Replace the one result of `op` by `value`, and erase `op`."""
        if self.rewriter is not None:
            self.rewriter.replace_op(op, [value])
        else:
            op.results[0].replace_all_uses_with(value)
            op.erase()

    def replace_uses(self, value: Any, new: Any) -> None:
        """Use `new` wherever `value` was used, but not in the op that makes `new` from it.

        Nor in what asks for its sizes: they are the same, and `new` may be made with them.
        """
        users = [new.owner.operation]
        if isinstance(value.type, self.ir.ShapedType) and not value.type.has_static_shape:
            every_user = (use.owner.operation for use in value.uses)
            users += [user for user in every_user if user.name in SIZES]
        value.replace_all_uses_except(new, users)

    def attribute(self, key: Any, make: Any) -> Any:
        """An attribute that is made once: `make()` the first time that `key` is asked for."""
        if key not in self._attributes:
            self._attributes[key] = make()
        return self._attributes[key]

    def float_attr(self, type: Any, value: float) -> Any:
        """A FloatAttr of a scalar float type."""
        return self.attribute((type, repr(value)), lambda: self.ir.FloatAttr.get(type, value))

    def constant(self, type: Any, value: float, like: Any = None) -> Any:
        """A constant of a float or integer scalar type, or every element of a shaped one.

        A tensor with dynamic sizes takes them from the value `like`.
        """
        ir = self.ir
        if not isinstance(type, ir.ShapedType):
            return self._hoisted(type, self._scalar_attr(type, value))
        if type.has_static_shape:
            element = self._scalar_attr(type.element_type, value)
            return self._hoisted(type, ir.DenseElementsAttr.get_splat(type, element))
        scalar = self.constant(type.element_type, value)
        return self.value("tensor.splat", type, scalar, *self.dynamic_sizes(like))

    def dense(self, attr: Any) -> Any:
        """A constant of a dense attribute."""
        return self._hoisted(attr.type, attr)

    def _scalar_attr(self, type: Any, value: float) -> Any:
        if isinstance(type, self.ir.FloatType):
            return self.float_attr(type, value)
        return self.ir.IntegerAttr.get(type, int(value))

    def _hoisted(self, type: Any, attr: Any) -> Any:
        scope = self._scope
        while not scope.has_trait(self.ir.IsIsolatedFromAboveTrait):
            scope = scope.parent
        key = (address(scope), type, attr)
        if key not in self._constants:
            entry = scope.regions[0].blocks[0]
            self._constants[key] = self.ir.Operation.create(
                "arith.constant",
                [type],
                attributes={"value": attr},
                loc=self.location,
                ip=self.ir.InsertionPoint.at_block_begin(entry),
            ).results[0]
        return self._constants[key]

    def dynamic_sizes(self, value: Any) -> list[Any]:
        """The dynamic sizes of a tensor or memref value, as index values."""
        ir = self.ir
        dialect = "memref" if isinstance(value.type, ir.MemRefType) else "tensor"
        index = ir.IndexType.get()
        sizes = []
        for i in range(value.type.rank):
            if value.type.is_dynamic_dim(i):
                sizes.append(self.value(f"{dialect}.dim", index, value, self.constant(index, i)))
        return sizes
