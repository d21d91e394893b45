"""The driver that fp8 conversions share: look at everything, then change everything.

1. `scan` finds the ops that touch a type of the `TypeMap` and the values to retype.
2. `plan` asks the rule of each such op what it will do. Nothing has changed yet, so a rule sees
   the program as it came, and an op without a rule is an error before anything is lost.
3. `apply` retypes the values in place (types are the bulk of the work and cost 3 us an op so,
   against 10 to 20 through MLIR's conversion drivers) and then runs the rewrites as MLIR rewrite
   patterns under the walk driver.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fnuz.bindings import Bindings
from fnuz.bindings.handles import address
from fnuz.passes import casts
from fnuz.passes.builder import SIZES, Builder
from fnuz.passes.direction import Direction
from fnuz.passes.ranges import Interval, Ranges
from fnuz.passes.registry import Diagnostics, NoRule, Rewrite, RuleSet
from fnuz.passes.report import Report, place
from fnuz.passes.types import OPAQUE, TypeMap, element_of, with_element

Remedy = Callable[[Any, str], str]
"""Says for an op without a rule, and the reason or "", the whole message of the error."""

Entry = Callable[[Builder, Any, Any], Any]
"""Builds the value of the converted type (the last argument) from a value that comes in."""


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Run without Python's cycle collector, which a fifth of a large conversion went into.

    Handles of values and ops come and go by the hundred thousand and form no cycles.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


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
        direction: Direction | None = None,
    ) -> None:
        self.bindings = bindings
        self.ir = bindings.ir
        self.module = module
        self.types = types
        self.rules = rules
        self.options = options
        self.diagnostics = diagnostics
        self.direction = direction
        """Between which families of fp8; None where fp8 goes away."""
        self.touched: list[tuple[str, Any]] = []
        """The ops that hold or use such a value, or name such a type, with their names."""
        self._values: list[tuple[Any, Any]] = []
        self._entries: list[tuple[Any, Any, Entry]] = []
        self._planned: dict[int, tuple[Any, Rewrite]] = {}
        self._ranges = Ranges(bindings.ir)
        self.memo: dict[Any, Any] = {}
        """Results of analyses that several plans share, by whatever key the analysis takes."""

    # -- scan

    def scan(self) -> None:
        """Find what the conversion concerns. Call again after a change made before `plan`.

        One Python call for each op of the module (0.6 us) is most of what a module costs that is
        not all fp8, and a look at a type the next (0.5 us each): so this looks at no more types
        than it must, and skips what it can.
        """
        self.touched = []
        self._values = []
        touched, values = self.touched, self._values
        cache, types = self.types.cache, self.types
        attributes: dict[str, bool] = {}
        advance, skip = self.ir.WalkResult.ADVANCE, self.ir.WalkResult.SKIP

        def retypes(value: Any) -> bool:
            type = value.type
            new = cache[type] if type in cache else types(type)
            if new is None:
                return False
            values.append((value, new))
            return True

        def visit(op: Any) -> Any:
            name = op.name
            if name in _RESULT_TELLS:
                type = op.result.type
                if (cache[type] if type in cache else types(type)) is not None:
                    retypes(op.result)
                    touched.append((name, op))
                return advance
            if name in _WITHOUT_FLOATS:
                return advance
            found = False
            for operand in op.operands:
                type = operand.type
                if (cache[type] if type in cache else types(type)) is not None:
                    found = True
                    break
            for result in op.results:
                found |= retypes(result)
            if is_named_linalg(name):
                if found:
                    touched.append((name, op))
                    self._scan_implied_body(op, retypes)
                return skip
            for region in op.regions:
                for block in region.blocks:
                    for argument in block.arguments:
                        found |= retypes(argument)
            if name not in attributes:
                attributes[name] = self._may_hold_types_in_attributes(name)
            if attributes[name]:
                found |= any(types(t) is not None for t in self.attribute_types(op))
            if found:
                touched.append((name, op))
            return advance

        self.module.walk(visit, self.ir.WalkOrder.PRE_ORDER)

    def _scan_implied_body(self, op: Any, retypes: Callable[[Any], bool]) -> None:
        """Retype the body of a named linalg op with its operands, and plan nothing in it.

        Such a body follows from the operand types and is not printed: an op inserted there would
        be dropped without a word.
        """
        for region in op.regions:
            for block in region.blocks:
                into_fp8 = False
                for argument in block.arguments:
                    into_fp8 = retypes(argument)
                # The last argument is the init. Where it is no fp8, no op of the body makes one.
                for inner in block.operations if into_fp8 else ():
                    for result in inner.operation.results:
                        retypes(result)

    def _may_hold_types_in_attributes(self, name: str) -> bool:
        if name in self.rules.by_op:
            return name in self.rules.typed_attributes
        return name.split(".")[0] not in _DIALECTS_WITHOUT_TYPE_ATTRIBUTES

    def attribute_types(self, op: Any) -> Iterator[Any]:
        """The types that an op's attributes name or have."""
        todo = list(op.attributes.values())
        while todo:
            attr = todo.pop()
            if isinstance(attr, self.ir.TypeAttr):
                yield attr.value
            elif isinstance(attr, self.ir.ArrayAttr):
                todo += list(attr)
            elif isinstance(attr, self.ir.DictAttr):
                todo += [attr[i].attr for i in range(len(attr))]
            else:
                yield attr.type  # NoneType for an attribute that has none

    # -- plan

    def plan(self, remedy: Remedy) -> bool:
        """Ask each touched op's rule for its rewrite. False when one has no rule: errors said."""
        by_op = self.rules.by_op
        has_opaque_types = OPAQUE in self.types.cache.values()
        errors = 0
        for name, op in self.touched:
            rule = by_op.get(name)
            try:
                if rule is None or (has_opaque_types and self._has_opaque_type(op)):
                    raise NoRule("")
                if rule.plan is None:
                    continue
                rewrite = rule.plan(op, self)
            except NoRule as no_rule:
                self.diagnostics.error(op.location, remedy(op, str(no_rule)))
                errors += 1
                continue
            if rewrite is not None:
                self._planned[address(op)] = op, rewrite
        return errors == 0

    def _has_opaque_type(self, op: Any) -> bool:
        return any(self.types(v.type) is OPAQUE for v in (*op.results, *op.operands))

    def keep(self, value: Any) -> None:
        """Leave a value unconverted, as its other side is, and cast it for its users."""
        self.enter(value, value.type, lambda b, v, type: casts.enter(b, type, v, self))

    def enter(self, value: Any, type: Any, entry: Entry) -> None:
        """Give a value the type that its other side has; its users get what `entry` makes of it."""
        self._entries.append((value, type, entry))

    # -- apply

    def apply(self) -> None:
        """Retype the values and run the planned rewrites."""
        builder = Builder(self.bindings, self.diagnostics.report)
        outside = {value: type for value, type, _ in self._entries}
        if self.diagnostics.report is not None:
            self._report(self.diagnostics.report, outside)
        entries = [
            (value, self.converted(value.type), entry, _first_op(value, self.ir))
            for value, _, entry in self._entries
        ]
        for value, type in self._values:
            value.set_type(outside.get(value, type) if outside else type)
        self._values = []
        for value, type, entry, first in entries:
            if first is not None:
                builder.before(first).location = value.location
                builder.anchor = value.owner.owner.operation
            else:
                builder.after(value.owner.operation)
            uses = [(use.owner.operation, use.operand_number) for use in value.uses]
            inside = entry(builder, value, type)
            for user, operand in uses:
                if user.name not in SIZES:  # These are the same, and need not wait for the cast.
                    user.operands[operand] = inside
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

    def _report(self, report: Report, outside: dict[Any, Any]) -> None:
        for value, type in self._values:
            if isinstance(value, self.ir.BlockArgument):
                op = value.owner.owner.operation
                what = f"argument {value.arg_number} of {op.name}"
                if is_named_linalg(op.name):
                    continue  # Its body follows the op.
            else:
                op = value.owner.operation
                what = f"result {self.ir.OpResult(value).result_number} of {op.name}"
            if value in outside:
                why = f"it comes in as {outside[value]} and is cast to {type} for its users"
                self.diagnostics.left(op, f"{what}, {value.type}", why)
                continue
            if is_named_linalg(op.parent.name):
                continue
            rule = self.rules.by_op[op.name]
            report.function(op).values.append(
                {
                    "location": place(op),
                    "value": what,
                    "type": str(value.type),
                    "becomes": str(type),
                    "rule": rule.name,
                    "how": rule.effect,
                }
            )

    # -- what plans ask

    @property
    def unit(self) -> float:
        """What a value is in units of the converted value that stands for it."""
        assert self.direction is not None
        return self.direction.unit

    def fp8(self, type_or_value: Any) -> Any | None:
        """The element type that the conversion concerns, or None."""
        return self.types.element(getattr(type_or_value, "type", type_or_value))

    def concerns(self, value: Any) -> bool:
        """Whether a value is of a type that the conversion changes."""
        return self.types(value.type) is not None

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


def _first_op(value: Any, ir: Any) -> Any | None:
    """The first op of an argument's block, which shared constants will come before."""
    if not isinstance(value, ir.BlockArgument):
        return None
    return value.owner.operations[0].operation


_RESULT_TELLS = frozenset(
    f"{dialect}.{name}"
    for dialect, names in {
        "arith": "addf constant divf maximumf maxnumf minimumf minnumf mulf negf remf select subf",
        "math": "absf copysign cos erf exp exp2 expm1 floor fma log log1p powf rsqrt sin sqrt tanh",
        "tensor": "collapse_shape empty expand_shape extract extract_slice insert insert_slice",
        "vector": "broadcast extract extract_strided_slice insert insert_strided_slice shape_cast "
        "transpose",
    }.items()
    for name in names.split()
)
"""The frequent ops that hold a type if and only if their one result has it."""

_WITHOUT_FLOATS = frozenset(
    f"arith.{name}"
    for name in (
        *("addi", "andi", "cmpi", "divsi", "divui", "extsi", "extui", "index_cast", "maxsi"),
        *("maxui", "minsi", "minui", "muli", "ori", "remsi", "remui", "shli", "shrsi", "shrui"),
        *("subi", "trunci", "xori"),
    )
)

_DIALECTS_WITHOUT_TYPE_ATTRIBUTES = frozenset(
    {"affine", "arith", "cf", "index", "math", "scf", "shape", "tensor", "vector"}
)
"""In these a type in an attribute is always also the type of an operand or a result."""

_LINALG_WITH_WRITTEN_BODY = frozenset({"linalg.generic", "linalg.map", "linalg.reduce"})


def is_named_linalg(name: str) -> bool:
    """Whether an op of this name has a body that is implied and not printed."""
    return name.startswith("linalg.") and name not in _LINALG_WITH_WRITTEN_BODY
