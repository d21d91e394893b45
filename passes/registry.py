"""What a pass is and what a rule is; `--help`, `--list-rules`, the docs and the tests read it here.

A pass is a frozen dataclass: its fields are its options, its docstring is its help. A rule says
what one pass does to some ops; it stands once, in passes/rules/.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, Literal, get_args, get_origin

from fnuz.passes.report import Report, place

_log = logging.getLogger("fnuz")


class Diagnostics:
    """Where a pass says what is wrong. Errors go to MLIR's own diagnostics, at the location.

    The Python bindings have no warnings, so these go to `on_warning(location, message)`, by
    default the logger named "fnuz".
    """

    def __init__(self, on_warning: Callable[[Any, str], None] | None = None) -> None:
        self.on_warning = on_warning or _log_warning
        self.errors = 0
        self.report: Report | None = None
        """Where passes say what they do, when somebody wants to know."""

    def error(self, location: Any, message: str) -> None:
        """Report an error; the pass that ran fails."""
        self.errors += 1
        location.emit_error(message)

    def warning(self, location: Any, message: str) -> None:
        """Report something the user should know and the pass goes on."""
        self.on_warning(location, message)

    def left(self, op: Any, what: str, why: str) -> None:
        """Note in the report that something was left as it was."""
        if self.report is not None:
            entry = {"location": place(op), "what": what, "why": why}
            self.report.function(op).left.append(entry)

    def remark(self, op: Any, message: str) -> None:
        """Note in the report a decision that the user may want to know of."""
        if self.report is not None:
            entry = {"location": place(op), "message": message}
            self.report.function(op).remarks.append(entry)


def _log_warning(location: Any, message: str) -> None:
    _log.warning("%s: %s", location, message)


def option(default: Any, help: str) -> Any:
    """A pass option: a dataclass field with its default and one line of help."""
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class OptionInfo:
    """One option as `--help` shows it. `choices` is empty when any value of the type goes."""

    name: str
    type: type
    default: Any
    choices: tuple[str, ...]
    help: str


class BadOption(ValueError):
    """An option that the pass does not have, or a value that it does not take."""


@dataclass(frozen=True)
class ModulePass:
    """A pass over a module. Subclasses are frozen dataclasses; register them with `@register`.

    `run` changes the module in place and reports through `diagnostics`; it has failed when an
    error was reported, and the module may then be half changed.
    """

    name: ClassVar[str]
    example: ClassVar[str]
    example_options: ClassVar[str] = ""
    """What the example needs to be given."""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        """Run on a `builtin.module` operation."""
        raise TypeError(f"{type(self).__name__} does not say what it does")

    @classmethod
    def summary(cls) -> str:
        """The first line of the docstring."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    def options(cls) -> list[OptionInfo]:
        """The options in the order of their declaration."""
        infos = []
        for f in fields(cls):
            literal = get_origin(f.type) is Literal
            assert f.default is not MISSING, "every option has a default"
            infos.append(
                OptionInfo(
                    name=f.name.replace("_", "-"),
                    type=type(f.default),
                    default=f.default,
                    choices=tuple(get_args(f.type)) if literal else (),
                    help=f.metadata["help"],
                )
            )
        return infos

    @classmethod
    def from_options(cls, given: dict[str, str]) -> "ModulePass":
        """Build the pass from option texts as a pipeline spells them.

        Raises BadOption with a sentence that says what is possible.
        """
        known = {o.name: o for o in cls.options()}
        kwargs: dict[str, Any] = {}
        for name, text in given.items():
            if name not in known:
                has = f"it has {', '.join(known)}" if known else "it has none"
                raise BadOption(f"pass '{cls.name}' has no option '{name}'; {has}")
            kwargs[name.replace("-", "_")] = parse_value(f"pass '{cls.name}'", known[name], text)
        return cls(**kwargs)

    def to_text(self) -> str:
        """The pass as a pipeline spells it, with the options that differ from their default."""
        parts = []
        for f, info in zip(fields(self), self.options(), strict=True):
            value = getattr(self, f.name)
            if value != info.default:
                parts.append(f"{info.name}={str(value).lower() if info.type is bool else value}")
        return self.name + ("{" + " ".join(parts) + "}" if parts else "")


def parse_value(owner: str, info: OptionInfo, text: str) -> Any:
    """The value of an option from its text; `owner` is what has it. Raises BadOption."""
    where = f"option '{info.name}' of {owner}"
    if info.choices:
        if text not in info.choices:
            raise BadOption(f"{where} must be one of {', '.join(info.choices)}, not '{text}'")
        return text
    if info.type is bool:
        values = {"true": True, "1": True, "": True, "false": False, "0": False}
        if text not in values:
            raise BadOption(f"{where} must be true or false, not '{text}'")
        return values[text]
    if info.type is int:
        try:
            return int(text)
        except ValueError:
            raise BadOption(f"{where} must be an integer, not '{text}'") from None
    return text


PASSES: dict[str, type[ModulePass]] = {}
"""Every pass of this project by name; filled by importing `fnuz.passes`."""


def register(cls: type[ModulePass]) -> type[ModulePass]:
    """Class decorator: make the pass known by its name."""
    assert cls.name not in PASSES, f"two passes are named {cls.name}"
    PASSES[cls.name] = cls
    return cls


Effect = Literal["invariant", "linear", "product", "converts", "observes bits", "emulate"]
"""What halving the fp8 values (or doubling them, the other way) does to an op.

invariant: nothing, only its types change. linear: its result is halved too, or a factor of two
is owed. product: a factor for each fp8 operand is owed. converts: it enters or leaves fp8.
observes bits: the bits it had are put back before it. emulate: it is computed in f32 around.
"""


class NoRule(Exception):
    """Raised by a rule's plan for a form of its op that it does not cover: message, remedy."""


Rewrite = Callable[[Any], None]
"""Changes the planned op; called with a `passes.builder.Builder` after all values are retyped."""

Plan = Callable[[Any, Any], "Rewrite | None"]
"""Looks at an op before anything is changed; called with the op and the `Conversion`.

Returns the rewrite, or None when new types are all the op needs. Raises NoRule.
"""


@dataclass(frozen=True)
class Rule:
    """What a pass does to the ops named in `ops`, in the registry of that pass."""

    name: str
    ops: tuple[str, ...]
    effect: Effect
    why: str
    example: str
    plan: Plan | None
    moves_bits: bool = False
    """Whether the op only moves values, so that it is the same op on any other element type."""
    non_linear: frozenset[str] = frozenset()
    """Those of `ops` that are neither sums and products nor order and sign. No chip has them in
    fp8; option `strict` of convert-ocp-to-fnuz makes them an error."""

    def effect_on(self, op: str) -> str:
        """The effect on one of `ops`, as lists of rules show it."""
        return f"{self.effect}, non-linear" if op in self.non_linear else self.effect


class RuleSet:
    """The rules of one pass, by op name."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.by_op: dict[str, Rule] = {}
        self.typed_attributes: set[str] = set()
        """Ops that can name a type in an attribute and have no value of it: a declaration."""

    def add(self, rule: Rule) -> None:
        """Add a rule. Two rules for one op are a bug."""
        assert rule.non_linear <= set(rule.ops)
        for op in rule.ops:
            assert op not in self.by_op, f"two rules for {op}"
            self.by_op[op] = rule
        self.rules.append(rule)

    def is_non_linear(self, op: str) -> bool:
        """Whether the rule of an op, if it has one, says that the op is non-linear."""
        return op in self.by_op and op in self.by_op[op].non_linear

    def rule(
        self,
        name: str,
        *ops: str,
        effect: Effect,
        why: str,
        example: str,
        non_linear: Iterable[str] = (),
    ) -> Callable[[Plan], Plan]:
        """Decorator: the function is the plan of the rule `name`, for `ops` (default: `name`)."""

        def add(plan: Plan) -> Plan:
            known, among = ops or (name,), frozenset(non_linear)
            self.add(Rule(name, known, effect, why, example, plan, non_linear=among))
            return plan

        return add

    def retype(
        self,
        name: str,
        *ops: str,
        why: str,
        example: str,
        moves_bits: bool = False,
        non_linear: Iterable[str] = (),
    ) -> None:
        """A rule for ops that only need their types changed."""
        self.add(
            Rule(name, ops, "invariant", why, example, None, moves_bits, frozenset(non_linear))
        )


CONVERT_FP8 = RuleSet()
"""The rules of convert-ocp-to-fnuz and of convert-fnuz-to-ocp; filled by importing
`fnuz.passes.rules`."""
