"""Moving the factors of two that a conversion owes to where a scale is.

A factor f is an op `v = u * 2^k`. It goes away when v is stored as u, half or a quarter of what it
was (or u as v), and all that v is used for makes up for that. So a trial gives values exponents:
a value with exponent e is stored divided by 2^e. From op to op the relations of
`passes/homogeneity.py` say which others follow, until each strand ends in a constant, which is
multiplied; in another factor, which is changed or goes away as well; or in a small run-time value,
a scale, that gets a factor of its own. A trial in which a strand ends elsewhere is given up.
What it costs is counted in elements; the cheapest trial is carried out if that is less than the
factor it removes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal

from fnuz.bindings import of
from fnuz.bindings.handles import address
from fnuz.dialect.formats import FORMATS
from fnuz.passes.builder import Builder
from fnuz.passes.exactness import CONTRACTING, SCALABLE, Exactness
from fnuz.passes.factors import Factor, Factors
from fnuz.passes.homogeneity import (
    Operand,
    Product,
    Relations,
    Slot,
    is_float,
    relations,
    spokesman,
)
from fnuz.passes.mark import MARK
from fnuz.passes.registry import Diagnostics
from fnuz.passes.report import place
from fnuz.passes.scaled_constants import E8M0, scaled
from fnuz.passes.softfloat import UGT, Integers
from fnuz.passes.structured import inputs_and_inits, yielded
from fnuz.passes.types import with_element

_UNKNOWN_SIZE = 4096
"""What a dynamic size is taken for when the cost of scaling a tensor is estimated."""

_LARGEST_SCALE = 1 << 20
"""The elements of the largest constant that is taken for a scale."""

_STEPS = 128
"""How many ops the trials of one factor may visit, in all, before it is given up."""

_SHORT_EXPONENT = ("f16",)
"""Types whose range is so small that a value is scaled only where that is proved to be exact."""

Direction = Literal["down", "up"]


class Stuck(Exception):
    """A trial cannot go on: what is in the way, an op or a value if it is one, and why."""

    def __init__(self, why: str, at: Any = None) -> None:
        super().__init__(why, at)

    def __str__(self) -> str:
        why, at = self.args
        return why if at is None else f"{why} {_describe(at)}"


@dataclass
class Trial:
    """Exponents for values, and what has to be done so that they hold."""

    bound: int
    labels: dict[Any, int] = field(default_factory=dict)
    constants: dict[Operand, int] = field(default_factory=dict)
    """The exponents of constants that are scaled for one use."""
    cuts: dict[Operand, int] = field(default_factory=dict)
    """The same of run-time values that get a factor of their own there."""
    cut_values: set[tuple[Any, int]] = field(default_factory=set)
    todo: dict[int, Any] = field(default_factory=dict)
    cost: int = 0
    assumed: bool = False
    """Whether it is exact only where no intermediate value is subnormal or overflows."""

    def copy(self) -> "Trial":
        """A trial that goes on from here by itself."""
        return Trial(
            self.bound,
            dict(self.labels),
            dict(self.constants),
            dict(self.cuts),
            set(self.cut_values),
            dict(self.todo),
            self.cost,
            self.assumed,
        )


@dataclass(frozen=True)
class _Type:
    """What matters of the type of a value."""

    element: str
    can_scale: bool
    count: int | None
    """The number of elements; None for a scalar."""


def fold(module: Any, strict: bool, diagnostics: Diagnostics) -> None:
    """Fold all factors of a module."""
    # What one factor was stuck at, or was kept from fp8 by, may be gone with another.
    while _Folding(module, strict, diagnostics).run():
        pass


class _Folding:
    """One look at each factor of a module."""

    def __init__(self, module: Any, strict: bool, diagnostics: Diagnostics) -> None:
        self.bindings = of(module)
        self.ir = self.bindings.ir
        self.strict = strict
        self.diagnostics = diagnostics
        self._factors = Factors(module, self.bindings)
        self._functions = self._factors.functions
        self.exactness = Exactness(self.bindings, self._functions, MARK in module.attributes)
        self._builder = Builder(self.bindings)
        self._dead: dict[int, Any] = {}
        """Ops without a use, by address: erased at the end, so that no address is used again."""
        self._replaced: dict[int, Any] = {}
        """Constants of which a scaled copy is used somewhere, by address."""
        self._scaled: dict[tuple[Any, int], Any] = {}
        self._made: dict[tuple[int, int], Any] = {}
        """Scaled constants, by the address of the constant and the exponent."""
        self._products_of: dict[tuple[Any, int], Any] = {}
        """Run-time values times a power of two that were made, by the value and the exponent."""
        self._types: dict[Any, _Type] = {}
        self._refused: dict[int, tuple[Any, int]] = {}
        self._inexact: Stuck | None = None
        self._steps = 0
        self._left_out = 0
        self._near: dict[Any, list[tuple[int, Any]]] = {}
        self._relations: dict[int, Relations | None] = {}
        self._rigid: dict[tuple[Any, int], bool] = {}

    def run(self) -> bool:
        """Try each factor of the module once. True when the program was changed."""
        factors = self._factors.owed
        changed = sum(self._fold(factor) for factor in factors) > 0
        for factor in [] if changed else factors:
            for constant, exponent in factor.refused.values():
                self.diagnostics.warning(
                    constant.location,
                    f"a scale of {self._type(constant.results[0]).element} cannot be multiplied by "
                    f"2^{exponent}: it would overflow or be subnormal; the factor stays with the "
                    "values",
                )
            self._report(factor, "; ".join(dict.fromkeys(map(str, factor.reasons))))
        self._clean_up()
        return changed

    # -- trying

    def _fold(self, factor: Factor) -> bool:
        """Be rid of one factor if that pays. True when the program was changed."""
        found = None if address(factor.op) in self._dead else self._factors.factor(factor.op)
        if found is None:
            return False
        factor.operand, factor.exponent = found.operand, found.exponent
        self._steps = 0
        best: Trial | None = None
        factor.reasons = []
        self._refused = factor.refused = {}
        self._inexact = None
        for direction in ("down", "up"):
            try:
                trial = self._try(factor, direction)
            except Stuck as stuck:
                factor.reasons.append(stuck)
                continue
            if best is None or trial.cost < best.cost:
                best = trial
            if best.cost <= 0:
                break
        if best is None:
            if self._inexact is not None:
                factor.reasons.append(self._inexact)
            return False
        self._commit(factor, best)
        return True

    def _try(self, factor: Factor, direction: Direction) -> Trial:
        op, k = factor.op, factor.exponent
        trial = Trial(bound=self._elements(op.results[0]))
        product, operand = op.results[0], op.operands[factor.operand]
        # The factor itself is left out: it is the identity from now on.
        self._left_out = address(op)
        if direction == "down":
            self._label(trial, product, k)
            trial.labels[operand] = 0
        elif self._constant(operand) is not None:
            self._require(trial, Operand(op, factor.operand), -k)
        else:
            self._label(trial, operand, -k)
            trial.labels[product] = 0
        return self._solve(trial)

    def _solve(self, trial: Trial) -> Trial:
        while trial.todo:
            key, op = trial.todo.popitem()
            self._steps += 1
            if self._steps > _STEPS:
                raise Stuck("too many ops follow it")
            ways = self._settle(trial, key, op)
            if ways:
                trial.todo[key] = op
                if len(ways) > 1:
                    return self._best(trial, ways)
                ways[0](trial)
        if trial.cost >= trial.bound:
            raise Stuck("a factor elsewhere would cost as much")
        return trial

    def _best(self, trial: Trial, ways: list[Callable[[Trial], None]]) -> Trial:
        """Go on in each of the ways and take the cheapest."""
        best: Trial | None = None
        first: Stuck | None = None
        for way in ways:
            attempt = trial.copy()
            try:
                way(attempt)
                attempt = self._solve(attempt)
            except Stuck as stuck:
                first = first or stuck
                continue
            if best is None or attempt.cost < best.cost:
                best = attempt
            if best.cost <= trial.cost:
                break  # Nothing is cheaper than nothing.
        if best is None:
            assert first is not None
            raise first
        return best

    def _settle(self, trial: Trial, key: int, op: Any) -> list[Callable[[Trial], None]]:
        """Give exponents to what an op relates to those known; the ways when there are several.

        Raises Stuck.
        """
        found = self._relations_of(key, op)
        if found is None:
            raise Stuck("a factor does not pass", op)
        for group in found.groups:
            known = {e for s in group if (e := self._exponent(trial, s)) is not None}
            if not known or known == {0}:
                continue
            if len(known) > 1:
                raise Stuck("what is scaled and what is not meet in", op)
            exponent = known.pop()
            for slot in group:
                if self._exponent(trial, slot) is None:
                    ways = self._require(trial, slot, exponent)
                    if ways:
                        return ways
        if found.product is not None:
            return self._settle_product(trial, op, found.product)
        return []

    def _relations_of(self, key: int, op: Any) -> Relations | None:
        if key not in self._relations:
            self._relations[key] = relations(op, self._functions)
        return self._relations[key]

    def _is_rigid(self, value: Any, bound: int) -> bool:
        """Whether all that a value must be scaled with includes what cannot be scaled.

        Products are not looked through, for there another factor may make up for it, nor are
        operands for which a factor of their own would pay. This ends most trials before they
        begin, and is remembered for the next.
        """
        found = self._rigid.get((value, bound))
        if found is not None:
            return found
        came_from: dict[Any, Any] = {value: None}
        todo = [value]
        end: Any = None
        while todo and end is None and len(came_from) <= _STEPS:
            here = todo.pop()
            if self._rigid.get((here, bound)) or self._cannot_scale(here):
                end = here
                break
            for key, op in self._neighbours(here):
                if key == self._left_out:
                    continue
                related = self._relations_of(key, op)
                if related is None:
                    end = here
                    break
                for group in related.groups:
                    members = [_value(slot) for slot in group]
                    if here not in members:
                        continue
                    for slot, member in zip(group, members, strict=True):
                        if member in came_from or self._gives_way(slot, bound):
                            continue
                        came_from[member] = here
                        todo.append(member)
        if end is None:
            if not todo:
                self._rigid.update(((v, bound), False) for v in came_from)
            return False
        while end is not None:
            self._rigid[end, bound] = True
            end = came_from[end]
        return True

    def _gives_way(self, slot: Slot, bound: int) -> bool:
        """Whether an operand may be scaled without its value being so."""
        if not isinstance(slot, Operand):
            return False
        value = slot.value
        if self._maker(value) in ("arith.constant", "tensor.empty", "ub.poison"):
            return True
        return self._elements(value) < bound

    def _maker(self, value: Any) -> str:
        """The name of the op that makes a value; "" for a block argument."""
        is_argument = isinstance(value, self.ir.BlockArgument)
        return "" if is_argument else str(value.owner.operation.name)

    def _cannot_scale(self, value: Any) -> bool:
        return not self._type(value).can_scale

    def _type(self, value: Any) -> _Type:
        type = value.type
        found = self._types.get(type)
        if found is None:
            shaped = isinstance(type, self.ir.ShapedType)
            element = str(type.element_type if shaped else type)
            can_scale = is_float(value, self.ir) and element in SCALABLE
            found = _Type(element, can_scale, _count(type) if shaped else None)
            self._types[type] = found
        return found

    def _neighbours(self, value: Any) -> list[tuple[int, Any]]:
        """The ops whose relations speak of a value, with their addresses.

        Those that give it and those that use it, but for dead ones.
        """
        known = self._near.get(value)
        if known is not None:
            return known
        found = []
        if not isinstance(value, self.ir.BlockArgument):
            found.append(spokesman(value.owner.operation, self._functions))
        else:
            block = value.owner
            predecessors = list(block.predecessors)
            if not predecessors:
                found.append(block.owner.operation)
            for other in predecessors:
                found.append(other.operations[len(other.operations) - 1].operation)
        for use in value.uses:
            found.append(spokesman(use.owner.operation, self._functions))
        near = [(key, op) for op in found if (key := address(op)) not in self._dead]
        self._near[value] = near
        return near

    def _settle_product(
        self, trial: Trial, op: Any, product: Product
    ) -> list[Callable[[Trial], None]]:
        slots = [(product.result, -1)]
        slots += [(s, 1) for s in product.times] + [(s, -1) for s in product.over]
        known = [self._exponent(trial, slot) for slot, _ in slots]
        if all(e is None for e in known):
            return []
        missing = -sum(sign * (e or 0) for (_, sign), e in zip(slots, known, strict=True))
        if missing == 0:
            return []
        for (slot, sign), exponent in zip(slots, known, strict=True):
            # A constant takes whatever is left, also when it had to take something before.
            if self._is_constant_slot(slot) and (
                self._scale_constant(trial, slot, (exponent or 0) + sign * missing)
            ):
                return []
        free = [
            (slot, sign * missing)
            for (slot, sign), exponent in zip(slots, known, strict=True)
            if exponent is None and not self._is_constant_slot(slot)
        ]
        if not free:
            raise Stuck("no scale can take it at", op)
        # Operands first: a scale is more often there than behind the result.
        free.append(free.pop(0)) if free[0][0] is product.result else None
        ways: list[Callable[[Trial], None]] = []
        for slot, exponent in free:
            ways += self._ways(trial, slot, exponent)
        if not ways:
            raise Stuck("no scale can take it at", op)
        return ways

    def _ways(self, trial: Trial, slot: Slot, exponent: int) -> list[Callable[[Trial], None]]:
        """The ways to give a slot that is no constant an exponent."""
        if not isinstance(slot, Operand):
            return [lambda trial: self._label(trial, slot, exponent)]
        value = slot.value
        ways: list[Callable[[Trial], None]] = []
        if not self._cannot_scale(value) and not self._is_rigid(value, trial.bound):
            ways.append(lambda trial: self._label(trial, value, exponent))
        # By itself, whatever the rest costs: that depends on the order in which it is found.
        if self._elements(value) < trial.bound:
            ways.append(lambda trial: self._cut(trial, slot, exponent))
        return ways

    def _require(self, trial: Trial, slot: Slot, exponent: int) -> list[Callable[[Trial], None]]:
        """Give a slot an exponent, or return the ways to do it."""
        if not isinstance(slot, Operand):
            self._label(trial, slot, exponent)
            return []
        value = slot.value
        constant = self._constant(value)
        if constant is not None:
            if not self._scale_constant(trial, slot, exponent):
                raise Stuck("doubling or halving is not exact for", constant)
            return []
        if self._maker(value) in ("tensor.empty", "ub.poison"):
            trial.labels[value] = exponent
            return []
        ways = self._ways(trial, slot, exponent)
        if not ways:
            raise Stuck("it cannot be scaled:", value)
        return ways

    def _exponent(self, trial: Trial, slot: Slot) -> int | None:
        if not isinstance(slot, Operand):
            return trial.labels.get(slot)
        if slot in trial.constants:
            return trial.constants[slot]
        if slot in trial.cuts:
            return trial.cuts[slot]
        return trial.labels.get(slot.value)

    def _constant(self, value: Any) -> Any | None:
        if isinstance(value, self.ir.BlockArgument):
            return None
        op = value.owner.operation
        return op if op.name == "arith.constant" else None

    def _is_constant_slot(self, slot: Slot) -> bool:
        return isinstance(slot, Operand) and self._constant(slot.value) is not None

    def _scale_constant(self, trial: Trial, use: Operand, exponent: int) -> bool:
        constant = self._constant(use.value)
        assert constant is not None
        if not self._is_scale(use):
            return False
        if self._scaled_attribute(constant.attributes["value"], -exponent) is None:
            self._refused[address(constant)] = constant, -exponent
            return False
        trial.cost += self._worth(use, trial.constants.get(use, 0)) - self._worth(use, exponent)
        trial.constants[use] = exponent
        return True

    def _is_scale(self, use: Operand) -> bool:
        """Whether a constant is used as one: weights keep their bytes, and are large."""
        count = self._type(use.value).count
        if count is not None and count > _LARGEST_SCALE:
            return False
        if self._type(use.value).element not in FORMATS:
            return True
        reduces = "reduction" in str(use.op.attributes.get("iterator_types", ""))
        return use.op.name not in CONTRACTING and not reduces

    def _worth(self, use: Operand, exponent: int) -> int:
        """The elements saved when scaling a constant so makes the op multiply by one."""
        op = use.op
        if op.name != "arith.mulf" and not (op.name == "arith.divf" and use.number == 1):
            return 0
        power = self._factors.power_of_two(use.value)
        return self._elements(op.results[0]) if power is not None and power == exponent else 0

    def _scaled_attribute(self, attr: Any, exponent: int) -> Any | None:
        key = attr, exponent
        if key not in self._scaled:
            self._scaled[key] = scaled(attr, exponent, self.bindings) if exponent else attr
        return self._scaled[key]

    def _label(self, trial: Trial, value: Any, exponent: int) -> None:
        """Let a value be stored divided by 2^exponent. Raises Stuck."""
        known = trial.labels.get(value)
        if known is not None:
            if known != exponent:
                raise Stuck("a value would have to be scaled in two ways")
            return
        if self._cannot_scale(value) or self._is_rigid(value, trial.bound):
            raise Stuck("a factor does not pass all that has to do with", value)
        if any(value == cut for cut, _ in trial.cut_values):
            # The factors of its cuts are made for the value as it is.
            raise Stuck("a value would have to be scaled in two ways")
        self._check_exact(trial, value, exponent, self._type(value).element)
        trial.labels[value] = exponent
        for key, op in self._neighbours(value):
            if key != self._left_out:
                trial.todo[key] = op

    def _check_exact(self, trial: Trial, value: Any, exponent: int, element: str) -> None:
        if self.exactness.proved(value, exponent):
            return
        if self.strict:
            self._inexact = Stuck("exact=strict, and it may be subnormal or overflow:", value)
            raise self._inexact
        if element in _SHORT_EXPONENT:
            raise Stuck("its type has a short range and it may be subnormal or overflow:", value)
        trial.assumed = True

    def _cut(self, trial: Trial, use: Operand, exponent: int) -> None:
        """Let an operand have a factor of its own, made where its value is. Raises Stuck."""
        value = use.value
        element = self._type(value).element
        if self._cannot_scale(value) or (element == E8M0 and exponent > 0):
            raise Stuck("it cannot be scaled:", value)
        if (value, exponent) not in trial.cut_values:
            trial.cost += self._elements(value)
            # The scale itself may overflow when it is multiplied.
            self._check_exact(trial, value, exponent, element)
            trial.cut_values.add((value, exponent))
        trial.cuts[use] = exponent

    def _elements(self, value: Any) -> int:
        """How many elements an op that makes `value` computes."""
        count = self._type(value).count
        if count is not None:
            return count
        is_argument = isinstance(value, self.ir.BlockArgument)
        around = value.owner.owner.operation if is_argument else value.owner.operation.parent
        while around is not None and around.name in _IN_BODIES:
            if around.name == "linalg.generic":
                counts = [self._type(v).count for v in around.operands]
                return max((n for n in counts if n is not None), default=1)
            around = around.parent
        return 1

    # -- doing

    def _commit(self, factor: Factor, trial: Trial) -> None:
        targets: list[Any] = []
        for use, exponent in trial.constants.items():
            if exponent:
                source = use.value.owner.operation
                self._replaced[address(source)] = source
                self._use(use, self._scaled_constant(use.value, -exponent))
                targets.append(use.op)
        for use, exponent in trial.cuts.items():
            self._use(use, self._scaled_value(use.value, -exponent))
            targets.append(use.op)
        self._report(factor, "", targets, trial.assumed)
        self._drop(factor.op, factor.operand)
        self.exactness.forget(trial.labels)
        for op in targets:
            if address(op) not in self._dead:
                self._drop_if_identity(op)

    def _use(self, use: Operand, value: Any) -> None:
        for changed in (use.value, value):
            self._near.pop(changed, None)
        use.op.operands[use.number] = value
        use.value = value

    def _drop(self, op: Any, operand: int) -> None:
        """Use an operand of an op for its result; the op is erased at the end."""
        for user, _ in self._neighbours(op.results[0]):
            # Its relations remember operands.
            self._relations.pop(user, None)
        for value in (op.results[0], *op.operands):
            self._near.pop(value, None)
        op.results[0].replace_all_uses_with(op.operands[operand])
        self._dead[address(op)] = op

    def _drop_if_identity(self, op: Any) -> None:
        if op.name == "arith.mulf":
            for number in (0, 1):
                if self._factors.power_of_two(op.operands[number]) == 0:
                    self._drop(op, 1 - number)
                    return
        elif op.name == "arith.divf" and self._factors.power_of_two(op.operands[1]) == 0:
            self._drop(op, 0)

    def _scaled_constant(self, value: Any, exponent: int) -> Any:
        source = value.owner.operation
        key = address(source), exponent
        if key not in self._made:
            attr = self._scaled_attribute(source.attributes["value"], exponent)
            b = self._builder.after(source)
            self._made[key] = b.value("arith.constant", value.type, attributes={"value": attr})
        return self._made[key]

    def _scaled_value(self, value: Any, exponent: int) -> Any:
        """`value * 2**exponent`, made where the value is."""
        made = self._products_of.get((value, exponent))
        if made is not None and self._is_still(made.owner.operation, exponent):
            return made
        if isinstance(value, self.ir.BlockArgument):
            b = self._builder.before(_after_constants(value.owner))
        else:
            b = self._builder.after(value.owner.operation)
        self._near.pop(value, None)
        if self._type(value).element == E8M0:
            made = _scaled_e8m0(b, value, exponent)
        else:
            factor = b.constant(value.type, 2.0**exponent, like=value)
            made = b.value("arith.mulf", value.type, value, factor)
        self._products_of[value, exponent] = made
        return made

    def _is_still(self, op: Any, exponent: int) -> bool:
        """Whether a factor that was made has not been changed or dropped since."""
        if op.name != "arith.mulf":
            return True
        factor = None if address(op) in self._dead else self._factors.factor(op)
        return factor is not None and factor.exponent == exponent

    def _report(
        self, factor: Factor, why: str, into: Sequence[Any] = (), assumed: bool = False
    ) -> None:
        report = self.diagnostics.report
        if report is None:
            return
        part, where = report.function(factor.op), place(factor.op)
        owed = [entry["location"] for entry in part.factors_owed]
        if why and owed and where not in owed:
            return  # A scale of the model that is a power of two.
        part.factors.append(
            {
                "location": where,
                "exponent": factor.exponent,
                "outcome": "kept" if why else "folded",
                "into": list(dict.fromkeys(f"'{op.name}' op at {place(op)}" for op in into)),
                "why": why,
                "exact": "where nothing on the way is subnormal or overflows"
                if assumed
                else "always",
            }
        )

    # -- cleaning up

    def _clean_up(self) -> None:
        """Erase what is dead: the factors, the constants they had, and bodies that only yield."""
        constants = dict(self._replaced)
        bodies: dict[int, Any] = {}
        for op in self._dead.values():
            for operand in op.operands:
                constant = self._constant(operand)
                if constant is not None:
                    constants[address(constant)] = constant
            if op.parent.name == "linalg.generic":
                bodies[address(op.parent)] = op.parent
        for op in reversed(self._dead.values()):
            op.erase()
        for constant in constants.values():
            if not _has_use(constant):
                constant.erase()
        for body in bodies.values():
            self._drop_if_it_only_yields(body)

    def _drop_if_it_only_yields(self, op: Any) -> None:
        """Replace a linalg.generic that gives back its operands by these."""
        ir = self.ir
        if len(op.regions[0].blocks[0].operations) != 1 or len(op.results) == 0:
            return
        inputs, _ = inputs_and_inits(op, ir)
        maps = list(op.attributes["indexing_maps"])
        values = []
        for j, (given, result) in enumerate(zip(yielded(op), op.results, strict=True)):
            if not isinstance(given, ir.BlockArgument) or given.owner != op.regions[0].blocks[0]:
                return
            value = op.operands[given.arg_number]
            if maps[given.arg_number] != maps[len(inputs) + j] or value.type != result.type:
                return
            values.append(value)
        for result, value in zip(op.results, values, strict=True):
            result.replace_all_uses_with(value)
        inits = list(op.operands)[len(inputs) :]
        op.erase()
        for init in inits:
            self._erase_if_empty(init)

    def _erase_if_empty(self, init: Any) -> None:
        """Erase the tensor.empty that made an init, and what asked for its sizes, if unused."""
        empty = None if isinstance(init, self.ir.BlockArgument) else init.owner.operation
        if empty is None or empty.name != "tensor.empty" or _has_use(empty):
            return
        sizes = {
            address(v.owner.operation): v.owner.operation
            for v in empty.operands
            if not isinstance(v, self.ir.BlockArgument)
        }
        empty.erase()
        for size in sizes.values():
            if size.name == "tensor.dim" and not _has_use(size):
                size.erase()


_IN_BODIES = frozenset(("linalg.generic", "scf.execute_region", "scf.for", "scf.if", "scf.while"))
"""What a scalar inside a linalg.generic may be in."""


def _count(type: Any) -> int:
    if not type.has_rank:
        return _UNKNOWN_SIZE
    dynamic = type.get_dynamic_size()
    return prod(_UNKNOWN_SIZE if n == dynamic else n for n in type.shape)


def _after_constants(block: Any) -> Any:
    """The first op of a block that is no constant: shared ones are put before all others."""
    for view in block.operations:
        if view.operation.name != "arith.constant":
            return view.operation
    raise AssertionError("a block ends with a terminator")


def _has_use(op: Any) -> bool:
    return any(True for result in op.results for _ in result.uses)


def _value(slot: Slot) -> Any:
    return slot.value if isinstance(slot, Operand) else slot


def _describe(at: Any) -> str:
    name = getattr(at, "name", None)
    what = f"the {at.type}" if name is None else f"the '{name}' op"
    return f"{what} at {place(at)}"


def _scaled_e8m0(b: Builder, value: Any, exponent: int) -> Any:
    """`value * 2**exponent` for a value of f8E8M0FNU, NaN where there is no such power."""
    i8 = with_element(b.ir, value.type, b.ir.IntegerType.get_signless(8))
    codes = b.value("arith.bitcast", i8, value)
    i = Integers(b, i8)
    beyond = i.test(UGT, codes, 0xFE - exponent)
    scaled = i.select(beyond, 0xFF, i.op("addi", codes, exponent))
    return b.value("arith.bitcast", value.type, scaled)
