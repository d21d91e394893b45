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

from collections.abc import Callable
from dataclasses import dataclass, field
from math import log2, prod
from typing import Any, Literal

import numpy as np

from fnuz.bindings import of
from fnuz.bindings.handles import address
from fnuz.dialect.formats import FORMATS
from fnuz.passes.builder import Builder
from fnuz.passes.exactness import Exactness
from fnuz.passes.homogeneity import (
    Functions,
    Product,
    Slot,
    is_float,
    parent_of_terminator,
    relations,
)
from fnuz.passes.registry import Diagnostics
from fnuz.passes.rules.linalg import CONTRACTIONS
from fnuz.passes.scaled_constants import E8M0, numbers, scaled
from fnuz.passes.softfloat import UGT, Integers
from fnuz.passes.structured import inputs_and_inits, yielded
from fnuz.passes.types import with_element

_UNKNOWN_SIZE = 4096
"""What a dynamic size is taken for when the cost of scaling a tensor is estimated."""

_ALTERNATIVES = 48
"""How many ways are tried to be rid of one factor, in all."""

_STEPS = 512
"""How many ops a trial visits before it is given up."""

_SHORT_EXPONENT = ("f16",)
"""Types whose range is so small that a value is scaled only where that is proved to be exact."""

Direction = Literal["down", "up"]


class Stuck(Exception):
    """A trial cannot go on; the message says at which op."""


@dataclass
class Trial:
    """Exponents for values, and what has to be done so that they hold."""

    bound: int
    labels: dict[Any, int] = field(default_factory=dict)
    constants: dict[tuple[int, int], tuple[Any, int]] = field(default_factory=dict)
    """(address of op, operand number) to (op, exponent): constants that are scaled there."""
    cuts: dict[tuple[int, int], tuple[Any, int]] = field(default_factory=dict)
    """The same of run-time values that get a factor of their own there."""
    cut_values: set[tuple[Any, int]] = field(default_factory=set)
    todo: dict[int, Any] = field(default_factory=dict)
    cost: int = 0
    steps: int = 0
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
            self.steps,
            self.assumed,
        )


@dataclass
class Factor:
    """One op `v = u * 2^k` that a conversion owes."""

    op: Any
    operand: int
    """The number of the operand u; the other is the constant."""
    exponent: int
    reason: str = ""
    """Why it is still there."""


class Folding:
    """One run over one module."""

    def __init__(self, module: Any, strict: bool, diagnostics: Diagnostics) -> None:
        self.bindings = of(module)
        self.ir = self.bindings.ir
        self.module = module
        self.strict = strict
        self.diagnostics = diagnostics
        self.functions = Functions(self.ir, {}, {})
        self.exactness = Exactness(self.bindings, self.functions)
        self._builder = Builder(self.bindings)
        self._dead: dict[int, Any] = {}
        """Ops without a use, by address: erased at the end, so that no address is used again."""
        self._replaced: dict[int, Any] = {}
        """Constants of which a scaled copy is used somewhere, by address."""
        self._powers: dict[Any, int | None] = {}
        self._scaled: dict[tuple[Any, int], Any] = {}
        self._made: dict[tuple[int, int], Any] = {}
        self._alternatives = 0

    # -- finding

    def run(self) -> None:
        """Fold all factors of the module."""
        factors = self._find()
        again = True
        while again:
            # What one factor was stuck at may be gone with another.
            again = False
            for factor in factors:
                if address(factor.op) not in self._dead:
                    again |= self._fold(factor)
        for factor in factors:
            if address(factor.op) not in self._dead:
                self.diagnostics.remark(
                    factor.op.location,
                    f"factor 2^{factor.exponent} stays an '{factor.op.name}' op: {factor.reason}",
                )
        self._clean_up()

    def _find(self) -> list[Factor]:
        """The factors that touch fp8, in the order of the program; functions and their calls."""
        products: list[Any] = []
        calls: list[Any] = []
        taken: set[str] = set()
        advance = self.ir.WalkResult.ADVANCE

        def visit(op: Any) -> Any:
            name = op.name
            if name == "arith.mulf":
                products.append(op)
            elif name == "func.call":
                calls.append(op)
            elif name == "func.constant":
                taken.add(op.attributes["value"].value)
            return advance

        self.module.walk(visit, self.ir.WalkOrder.PRE_ORDER)
        for view in self.module.regions[0].blocks[0].operations:
            op = view.operation
            if op.name != "func.func" or not op.regions[0].blocks:
                continue
            name = op.attributes["sym_name"].value
            visibility = op.attributes.get("sym_visibility")
            if visibility is not None and visibility.value == "private" and name not in taken:
                self.functions.bodies[name] = op
                self.functions.callers[name] = []
        for call in calls:
            name = call.attributes["callee"].value
            if name in self.functions.callers:
                self.functions.callers[name].append(call)
        factors = [self._factor(op) for op in products]
        return [f for f in factors if f is not None and self._is_owed(f)]

    def _factor(self, op: Any) -> Factor | None:
        for number in (1, 0):
            exponent = self._power_of_two(op.operands[number])
            if exponent:
                return Factor(op, 1 - number, exponent)
        return None

    def _power_of_two(self, value: Any) -> int | None:
        """k where every element of a constant is 2^k, else None."""
        if isinstance(value, self.ir.BlockArgument):
            return None
        op = value.owner.operation
        if op.name in ("tensor.splat", "vector.broadcast"):
            return self._power_of_two(op.operands[0])
        if op.name != "arith.constant":
            return None
        attr = op.attributes["value"]
        if attr not in self._powers:
            found = None
            is_uniform = isinstance(attr, self.ir.FloatAttr) or (
                isinstance(attr, self.ir.DenseElementsAttr) and attr.is_splat
            )
            if is_uniform and is_float(value, self.ir):
                known = numbers(attr, self.bindings)
                if known is not None and known.size and known[0] > 0 and np.isfinite(known[0]):
                    exponent = log2(known[0])
                    found = int(exponent) if exponent == int(exponent) else None
            self._powers[attr] = found
        return self._powers[attr]

    def _is_owed(self, factor: Factor) -> bool:
        """Whether a factor is next to fp8: others are not ours to move."""
        return self._comes_from_fp8(factor.op.operands[factor.operand], 4) or self._goes_to_fp8(
            factor.op.results[0], 6
        )

    def _is_fp8(self, value: Any) -> bool:
        return str(_element(value, self.ir)) in FORMATS

    def _comes_from_fp8(self, value: Any, depth: int) -> bool:
        if depth == 0:
            return False
        if isinstance(value, self.ir.BlockArgument):
            op = value.owner.owner
            if op is None or op.operation.name != "linalg.generic":
                return False
            return self._comes_from_fp8(op.operation.operands[value.arg_number], depth - 1)
        op = value.owner.operation
        if any(self._is_fp8(v) for v in op.operands):
            return True
        if op.name == "linalg.generic":
            number = self.ir.OpResult(value).result_number
            return self._comes_from_fp8(yielded(op)[number], depth - 1)
        if op.name not in ("arith.extf", "arith.mulf", "vector.mask"):
            return False
        return any(self._comes_from_fp8(v, depth - 1) for v in op.operands)

    def _goes_to_fp8(self, value: Any, depth: int) -> bool:
        if depth == 0:
            return False
        for use in value.uses:
            op = use.owner.operation
            if any(self._is_fp8(v) for v in (*op.operands, *op.results)):
                return True
            end = parent_of_terminator(op)
            if end is not None and end.name == "linalg.generic":
                results = [end.results[use.operand_number]] if len(end.results) else []
            elif op.name in _CLAMPS or op.name in ("linalg.fill", "linalg.broadcast"):
                results = list(op.results)
            elif op.name == "linalg.generic":
                results = [op.regions[0].blocks[0].arguments[use.operand_number]]
            else:
                continue
            if any(self._goes_to_fp8(r, depth - 1) for r in results):
                return True
        return False

    # -- trying

    def _fold(self, factor: Factor) -> bool:
        """Be rid of one factor if that pays. True when the program was changed."""
        found = self._factor(factor.op)
        if found is None:
            return False
        factor.operand, factor.exponent = found.operand, found.exponent
        self._alternatives = 0
        best: Trial | None = None
        reasons = []
        for direction in ("down", "up"):
            try:
                trial = self._try(factor, direction)
            except Stuck as stuck:
                reasons.append(str(stuck))
                continue
            if best is None or trial.cost < best.cost:
                best = trial
            if best.cost <= 0:
                break
        if best is None:
            factor.reason = "; ".join(dict.fromkeys(reasons))
            return False
        self._commit(factor, best)
        return True

    def _try(self, factor: Factor, direction: Direction) -> Trial:
        op, k = factor.op, factor.exponent
        trial = Trial(bound=self._elements(op.results[0]))
        product, operand = op.results[0], op.operands[factor.operand]
        try:
            # The factor itself is left out: it is the identity from now on.
            self._dead[address(op)] = op
            if direction == "down":
                self._label(trial, product, k)
                trial.labels[operand] = 0
            elif self._constant(operand) is not None:
                self._require(trial, (op, factor.operand), -k)
            else:
                self._label(trial, operand, -k)
                trial.labels[product] = 0
            return self._solve(trial)
        finally:
            del self._dead[address(op)]

    def _solve(self, trial: Trial) -> Trial:
        while trial.todo:
            _, op = trial.todo.popitem()
            trial.steps += 1
            if trial.steps > _STEPS:
                raise Stuck("too many ops follow it")
            ways = self._settle(trial, op)
            if ways:
                trial.todo[address(op)] = op
                return self._best(trial, ways)
        return trial

    def _best(self, trial: Trial, ways: list[Callable[[Trial], None]]) -> Trial:
        """Go on in each of the ways and take the cheapest."""
        best: Trial | None = None
        reasons: list[str] = []
        for way in ways:
            self._alternatives += 1
            if self._alternatives > _ALTERNATIVES and (best is not None or way is not ways[-1]):
                continue
            attempt = trial.copy()
            try:
                way(attempt)
                attempt = self._solve(attempt)
            except Stuck as stuck:
                reasons.append(str(stuck))
                continue
            if best is None or attempt.cost < best.cost:
                best = attempt
            if best.cost <= trial.cost:
                break  # Nothing is cheaper than nothing.
        if best is None:
            raise Stuck(reasons[0] if reasons else "no way was found")
        return best

    def _settle(self, trial: Trial, op: Any) -> list[Callable[[Trial], None]]:
        """Give exponents to what an op relates to those known; the ways when there are several.

        Raises Stuck.
        """
        found = relations(op, self.functions)
        if found is None:
            raise Stuck(f"'{op.name}' op at {_place(op)}")
        for group in found.groups:
            known = {e for s in group if (e := self._exponent(trial, s)) is not None}
            if not known or known == {0}:
                continue
            if len(known) > 1:
                raise Stuck(f"'{op.name}' op at {_place(op)} joins what is scaled and what is not")
            exponent = known.pop()
            for slot in group:
                if self._exponent(trial, slot) is None:
                    ways = self._require(trial, slot, exponent)
                    if ways:
                        return ways
        if found.product is not None:
            return self._settle_product(trial, op, found.product)
        return []

    def _settle_product(
        self, trial: Trial, op: Any, product: Product
    ) -> list[Callable[[Trial], None]]:
        slots = [(product.result, -1)]
        slots += [(s, 1) for s in product.times] + [(s, -1) for s in product.over]
        known = [self._exponent(trial, slot) for slot, _ in slots]
        if all(e is None for e in known):
            return []
        missing = -sum(
            sign * (e or 0) for (_, sign), e in zip(slots, known, strict=True)
        )
        if missing == 0:
            return []
        for (slot, sign), exponent in zip(slots, known, strict=True):
            if self._is_constant_slot(slot):
                # A constant takes whatever is left, also when it had to take something before.
                if self._scale_constant(trial, slot, (exponent or 0) + sign * missing):
                    return []
        free = [
            (slot, sign * missing)
            for (slot, sign), exponent in zip(slots, known, strict=True)
            if exponent is None and not self._is_constant_slot(slot)
        ]
        if not free:
            raise Stuck(f"'{op.name}' op at {_place(op)} has no constant to take it")
        # Operands first: a scale is more often there than behind the result.
        free.append(free.pop(0)) if free[0][0] is product.result else None
        ways: list[Callable[[Trial], None]] = []
        for slot, exponent in free:
            ways += self._ways(slot, exponent)
        return ways

    def _ways(self, slot: Slot, exponent: int) -> list[Callable[[Trial], None]]:
        """The ways to give a slot that is no constant an exponent."""
        if not isinstance(slot, tuple):
            return [lambda trial: self._label(trial, slot, exponent)]
        op, number = slot
        value = op.operands[number]
        return [
            lambda trial: self._label(trial, value, exponent),
            lambda trial: self._cut(trial, op, number, exponent),
        ]

    def _require(
        self, trial: Trial, slot: Slot, exponent: int
    ) -> list[Callable[[Trial], None]]:
        """Give a slot an exponent, or return the ways to do it."""
        if not isinstance(slot, tuple):
            self._label(trial, slot, exponent)
            return []
        op, number = slot
        value = op.operands[number]
        constant = self._constant(value)
        if constant is not None:
            if not self._scale_constant(trial, slot, exponent):
                raise Stuck(f"the constant at {_place(constant)} cannot be scaled exactly")
            return []
        if not isinstance(value, self.ir.BlockArgument):
            if value.owner.operation.name in ("tensor.empty", "ub.poison"):
                trial.labels[value] = exponent
                return []
        if trial.cost + self._elements(value) >= trial.bound:
            self._label(trial, value, exponent)  # A factor there would not pay.
            return []
        return self._ways(slot, exponent)

    def _exponent(self, trial: Trial, slot: Slot) -> int | None:
        if not isinstance(slot, tuple):
            return trial.labels.get(slot)
        op, number = slot
        key = address(op), number
        changed = trial.constants.get(key) or trial.cuts.get(key)
        if changed is not None:
            return changed[1]
        return trial.labels.get(op.operands[number])

    def _constant(self, value: Any) -> Any | None:
        if isinstance(value, self.ir.BlockArgument):
            return None
        op = value.owner.operation
        return op if op.name == "arith.constant" else None

    def _is_constant_slot(self, slot: Slot) -> bool:
        return isinstance(slot, tuple) and self._constant(slot[0].operands[slot[1]]) is not None

    def _scale_constant(self, trial: Trial, slot: Slot, exponent: int) -> bool:
        op, number = slot
        attr = self._constant(op.operands[number]).attributes["value"]
        if self._scaled_attribute(attr, -exponent) is None:
            return False
        key = address(op), number
        before = trial.constants.get(key)
        trial.cost += self._worth(op, number, before[1] if before else 0)
        trial.cost -= self._worth(op, number, exponent)
        trial.constants[key] = op, exponent
        return True

    def _worth(self, op: Any, number: int, exponent: int) -> int:
        """The elements saved when scaling a constant so makes the op multiply by one."""
        if op.name not in ("arith.mulf", "arith.divf") or (op.name == "arith.divf" and not number):
            return 0
        power = self._power_of_two(op.operands[number])
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
        element = str(_element(value, self.ir))
        if element in FORMATS or not is_float(value, self.ir):
            raise Stuck(f"a value of {value.type}")
        self._check_exact(trial, value, exponent, element)
        trial.labels[value] = exponent
        if isinstance(value, self.ir.BlockArgument):
            self._visit_givers(trial, value)
        else:
            self._visit(trial, value.owner.operation)
        for use in value.uses:
            op = use.owner.operation
            if address(op) in self._dead:
                continue
            self._visit(trial, parent_of_terminator(op) or op)

    def _visit(self, trial: Trial, op: Any) -> None:
        if address(op) not in self._dead:
            trial.todo[address(op)] = op

    def _visit_givers(self, trial: Trial, argument: Any) -> None:
        """Visit the ops that say what a block argument is."""
        block = argument.owner
        parent = block.owner.operation
        predecessors = list(block.predecessors)
        if not predecessors:
            self._visit(trial, parent)
        for other in predecessors:
            self._visit(trial, other.operations[len(other.operations) - 1].operation)

    def _check_exact(self, trial: Trial, value: Any, exponent: int, element: str) -> None:
        if self.exactness.proved(value, exponent):
            return
        if self.strict:
            raise Stuck("exact=strict and a value on the way may be subnormal or overflow")
        if element in _SHORT_EXPONENT:
            raise Stuck(f"an {element} value on the way may be subnormal or overflow")
        trial.assumed = True

    def _cut(self, trial: Trial, op: Any, number: int, exponent: int) -> None:
        """Let an operand have a factor of its own, made where its value is. Raises Stuck."""
        value = op.operands[number]
        element = str(_element(value, self.ir))
        if element in FORMATS or (element == E8M0 and exponent > 0):
            raise Stuck(f"a value of {value.type}")
        if (value, exponent) not in trial.cut_values:
            trial.cost += self._elements(value)
            if trial.cost >= trial.bound:
                raise Stuck("a factor elsewhere would cost as much")
            # The scale itself may overflow when it is multiplied.
            self._check_exact(trial, value, exponent, element)
            if element == E8M0:
                trial.assumed = True
            trial.cut_values.add((value, exponent))
        trial.cuts[address(op), number] = op, exponent

    def _elements(self, value: Any) -> int:
        """How many elements an op that makes `value` computes."""
        if isinstance(value.type, self.ir.ShapedType):
            return _count(value.type)
        parent = value.owner.owner if isinstance(value, self.ir.BlockArgument) else (
            value.owner.operation.parent
        )
        while parent is not None and parent.operation.name != "linalg.generic":
            parent = parent.operation.parent
        if parent is None:
            return 1
        shaped = [v.type for v in parent.operation.operands if isinstance(v.type, self.ir.ShapedType)]
        return max((_count(type) for type in shaped), default=1)

    # -- doing

    def _commit(self, factor: Factor, trial: Trial) -> None:
        targets: list[Any] = []
        for (_, number), (op, exponent) in trial.constants.items():
            if exponent:
                source = op.operands[number]
                self._replaced[address(source.owner.operation)] = source.owner.operation
                op.operands[number] = self._scaled_constant(source, -exponent)
                targets.append(op)
        for (_, number), (op, exponent) in trial.cuts.items():
            op.operands[number] = self._scaled_value(op.operands[number], -exponent)
            targets.append(op)
        self._report(factor, trial, targets)
        self._drop(factor.op, factor.operand)
        for op in targets:
            if address(op) not in self._dead:
                self._drop_if_identity(op)

    def _drop(self, op: Any, operand: int) -> None:
        """Use an operand of an op for its result; the op is erased at the end."""
        op.results[0].replace_all_uses_with(op.operands[operand])
        self._dead[address(op)] = op

    def _drop_if_identity(self, op: Any) -> None:
        if op.name == "arith.mulf":
            for number in (0, 1):
                if self._power_of_two(op.operands[number]) == 0:
                    self._drop(op, 1 - number)
                    return
        elif op.name == "arith.divf" and self._power_of_two(op.operands[1]) == 0:
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
        is_argument = isinstance(value, self.ir.BlockArgument)
        key = hash(value), exponent
        if key not in self._made:
            if is_argument:
                b = self._builder.at_start(value.owner, value.location)
            else:
                b = self._builder.after(value.owner.operation)
            if str(_element(value, self.ir)) == E8M0:
                self._made[key] = _scaled_e8m0(b, value, exponent)
            else:
                factor = b.constant(value.type, 2.0**exponent, like=value)
                self._made[key] = b.value("arith.mulf", value.type, value, factor)
        return self._made[key]

    def _report(self, factor: Factor, trial: Trial, targets: list[Any]) -> None:
        into = list(dict.fromkeys(f"'{op.name}' op at {_place(op)}" for op in targets))
        text = f"factor 2^{factor.exponent} folded into {', '.join(into) or 'nothing'}"
        if trial.assumed:
            text += "; exact where no intermediate value is subnormal or overflows"
        self.diagnostics.remark(factor.op.location, text)

    # -- cleaning up

    def _clean_up(self) -> None:
        """Erase what is dead: the factors, the constants they had, and bodies that only yield."""
        sources: dict[int, Any] = {}
        bodies: dict[int, Any] = {}
        for op in self._dead.values():
            for operand in op.operands:
                if not isinstance(operand, self.ir.BlockArgument):
                    source = operand.owner.operation
                    sources[address(source)] = source
            if op.parent.name == "linalg.generic":
                bodies[address(op.parent)] = op.parent
        sources.update(self._replaced)
        for op in self._dead.values():
            sources.pop(address(op), None)
        for op in reversed(self._dead.values()):
            op.erase()
        for body in bodies.values():
            self._drop_if_it_only_yields(body)
        for source in sources.values():
            if source.name == "arith.constant" and not _has_use(source):
                source.erase()

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
        op.erase()


_CLAMPS = frozenset(
    (
        *("arith.maximumf", "arith.maxnumf", "arith.minimumf", "arith.minnumf", "arith.select"),
        *("arith.addf", "math.clampf", "tensor.splat", "vector.broadcast"),
    )
)


def _element(value: Any, ir: Any) -> Any:
    type = value.type
    return type.element_type if isinstance(type, ir.ShapedType) else type


def _count(type: Any) -> int:
    if not type.has_rank:
        return _UNKNOWN_SIZE
    dynamic = type.get_dynamic_size()
    return prod(_UNKNOWN_SIZE if n == dynamic else n for n in type.shape)


def _has_use(op: Any) -> bool:
    return any(True for result in op.results for _ in result.uses)


def _place(op: Any) -> str:
    from fnuz.bindings.diagnostics import at

    diagnostic = at(op.location, "remark", "")
    if diagnostic.file is None:
        return "an unknown place"
    return f"{diagnostic.file}:{diagnostic.line}:{diagnostic.column}"


def _scaled_e8m0(b: Builder, value: Any, exponent: int) -> Any:
    """`value * 2**exponent` for a value of f8E8M0FNU, NaN where there is no such power."""
    i8 = with_element(b.ir, value.type, b.ir.IntegerType.get_signless(8))
    codes = b.value("arith.bitcast", i8, value)
    i = Integers(b, i8)
    beyond = i.test(UGT, codes, 0xFE - exponent)
    scaled = i.select(beyond, 0xFF, i.op("addi", codes, exponent))
    return b.value("arith.bitcast", value.type, scaled)
