"""The driver that fp8 conversions share: look at everything, then change everything.

1. `scan` finds the ops that touch a type of the `TypeMap` and the values to retype.
2. `plan` asks the rule of each such op what it will do. Nothing has changed yet, so a rule sees
   the program as it came, and an op without a rule is an error before anything is lost.
3. `apply` retypes the values in place (types are the bulk of the work and cost 3 us an op so,
   against 10 to 20 through MLIR's conversion drivers) and then runs the rewrites as MLIR rewrite
   patterns under the walk driver.
"""

from collections.abc import Callable, Iterator
from typing import Any

from ..bindings import Bindings
from ..bindings.handles import address
from .boundary import from_ocp
from .builder import Builder
from .ranges import Interval, Ranges
from .registry import Diagnostics, NoRule, Rewrite, RuleSet
from .types import OPAQUE, TypeMap, element_of, with_element

Remedy = Callable[[Any, str], str]
"""Says for an op without a rule, and the reason or "", the whole message of the error."""


class Conversion:
    """One run over one module. A rule's plan is called with the op and this object."""

    def __init__(
        self,
        bindings: Bindings,
        module: Any,
        types: TypeMap,
        rules: RuleSet,
        options: Any,
        diagnostics: Diagnostics,
    ) -> None:
        self.bindings = bindings
        self.ir = bindings.ir
        self.module = module
        self.types = types
        self.rules = rules
        self.options = options
        self.diagnostics = diagnostics
        self.touched: dict[int, Any] = {}
        """The ops that hold or use such a value, or name such a type, by their address."""
        self._values: list[tuple[Any, Any]] = []
        self._kept: list[Any] = []
        self._planned: dict[int, tuple[Any, Rewrite]] = {}
        self._ranges = Ranges(bindings.ir)
        self.memo: dict[Any, Any] = {}
        """Results of analyses that several plans share, by whatever key the analysis takes."""

    # -- scan

    def scan(self) -> None:
        """Find what the conversion concerns. Call again after a change made before `plan`."""
        self.touched = {}
        self._values = []
        cache, types = self.types.cache, self.types
        touched, values = self.touched, self._values
        look_at_attributes: dict[str, bool] = {}
        advance = self.ir.WalkResult.ADVANCE

        def converts(type: Any) -> bool:
            return types(type) is not None

        def touch(op: Any) -> None:
            touched[address(op)] = op

        def retype(value: Any) -> bool:
            type = value.type
            new = cache[type] if type in cache else types(type)
            if new is None:
                return False
            values.append((value, new))
            for use in value.uses:
                touch(use.owner.operation)
            return True

        # One Python call an op over the whole module: everything here is on the fast path.
        def visit(op: Any) -> Any:
            for result in op.results:
                type = result.type
                if (cache[type] if type in cache else types(type)) is not None:
                    touch(op)
                    retype(result)
            for region in op.regions:
                for block in region.blocks:
                    for argument in block.arguments:
                        if retype(argument):
                            touch(op)
            name = op.name
            if name not in look_at_attributes:
                look_at_attributes[name] = self._may_hold_types_in_attributes(name)
            if look_at_attributes[name] and any(map(converts, self.attribute_types(op))):
                touch(op)
            return advance

        self.module.walk(visit, self.ir.WalkOrder.PRE_ORDER)

    def _may_hold_types_in_attributes(self, name: str) -> bool:
        if name in self.rules.by_op:
            return name in self.rules.typed_attributes
        return name.split(".")[0] not in _DIALECTS_WITHOUT_TYPE_ATTRIBUTES

    def attribute_types(self, op: Any) -> Iterator[Any]:
        """The types that an op's attributes name or have."""
        for attr in op.attributes.values():
            if isinstance(attr, self.ir.TypeAttr):
                yield attr.value
            elif isinstance(attr, (self.ir.FloatAttr, self.ir.DenseElementsAttr)):
                yield attr.type

    # -- plan

    def plan(self, remedy: Remedy) -> bool:
        """Ask each touched op's rule for its rewrite. False when one has no rule: errors said."""
        for key, op in self.touched.items():
            if self.is_hidden(op):
                continue
            rule = self.rules.by_op.get(op.name)
            try:
                if rule is None or self._has_opaque_type(op):
                    raise NoRule("")
                if rule.plan is None:
                    continue
                rewrite = rule.plan(op, self)
            except NoRule as no_rule:
                self.diagnostics.error(op.location, remedy(op, str(no_rule)))
                continue
            if rewrite is not None:
                self._planned[key] = op, rewrite
        return self.diagnostics.errors == 0

    def is_hidden(self, op: Any) -> bool:
        """Whether an op stands in the body of a named linalg op.

        Such a body is implied by the operand types and is not printed: retyping it is right,
        and an op inserted there would be dropped without a word.
        """
        parent = op.parent
        return parent is not None and is_named_linalg(parent.name)

    def _has_opaque_type(self, op: Any) -> bool:
        return any(self.types(v.type) is OPAQUE for v in (*op.results, *op.operands))

    def keep(self, value: Any) -> None:
        """Leave a value OCP, since its other side is not converted, and cast it for its users."""
        self._kept.append(value)

    # -- apply

    def apply(self) -> None:
        """Retype the values and run the planned rewrites."""
        builder = Builder(self.bindings)
        kept = set(self._kept)
        for value, type in self._values:
            if not kept or value not in kept:
                value.set_type(type)
        self._values = []
        for value in reversed(self._kept):
            if isinstance(value, self.ir.BlockArgument):
                builder.at_start(value.owner, value.location)
            else:
                builder.after(value.owner.operation)
            cast = from_ocp(builder, self.converted(value.type), value, self.options)
            builder.replace_uses(value, cast)
        planned = self._planned

        def rewrite(op: Any, rewriter: Any) -> bool:
            found = planned.pop(address(op), None)
            if found is None:
                return True  # MLIR: not a match
            builder.rewriter = rewriter
            found[1](builder)
            return False

        patterns = self.bindings.rewrite.RewritePatternSet()
        for name in {op.name for op, _ in planned.values()}:
            patterns.add(name, rewrite)
        self.bindings.rewrite.walk_and_apply_patterns(self.module, patterns.freeze())
        builder.rewriter = None
        # The walk driver leaves out unreachable blocks, which must verify all the same.
        for _, todo in planned.values():
            todo(builder)

    # -- what plans ask

    def fp8(self, type_or_value: Any) -> Any | None:
        """The element type that the conversion concerns, or None."""
        return self.types.element(getattr(type_or_value, "type", type_or_value))

    def converted(self, type: Any) -> Any:
        """The type after the conversion; the type itself when it does not change."""
        new = self.types(type)
        return type if new is None else new

    def like(self, type: Any, element: Any) -> Any:
        """`type` with another element type."""
        return with_element(self.ir, type, element)

    def element(self, type: Any) -> Any:
        """The element type of a shaped type; any other type itself."""
        return element_of(self.ir, type)

    def range(self, value: Any) -> Interval:
        """What is known of a float value's range."""
        return self._ranges(value)

    def symbol(self, user: Any, name: str) -> Any | None:
        """The op that a symbol name means at `user`: from the nearest symbol table outwards."""
        scope = user.parent
        while scope is not None:
            table = self._symbol_table(scope)
            if table is not None and name in table:
                return table[name].operation
            scope = scope.parent
        return None

    def _symbol_table(self, scope: Any) -> Any | None:
        key = ("symbols", address(scope))
        if key not in self.memo:
            try:
                self.memo[key] = self.ir.SymbolTable(scope)
            except (TypeError, ValueError):  # the op is not a symbol table
                self.memo[key] = None
        return self.memo[key]


_DIALECTS_WITHOUT_TYPE_ATTRIBUTES = frozenset(
    {"affine", "arith", "cf", "index", "math", "scf", "shape", "tensor", "vector"}
)
"""In these a type in an attribute is always also the type of an operand or a result."""

_LINALG_WITH_WRITTEN_BODY = frozenset({"linalg.generic", "linalg.map", "linalg.reduce"})


def is_named_linalg(name: str) -> bool:
    """Whether an op of this name has a body that is implied and not printed."""
    return name.startswith("linalg.") and name not in _LINALG_WITH_WRITTEN_BODY
