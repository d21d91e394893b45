"""What the passes between OCP and FNUZ share: their start, their run and their error."""

import re
from collections.abc import Iterable
from typing import Any

from fnuz.bindings import of
from fnuz.dialect.chips import CHIPS, chips_with
from fnuz.dialect.ops import NoDialect
from fnuz.passes.conversion import Conversion
from fnuz.passes.direction import Direction
from fnuz.passes.registry import CONVERT_FP8, Diagnostics
from fnuz.passes.rules import func, linalg
from fnuz.passes.types import TypeMap


def check_chip(options: Any, direction: Direction, module: Any, diagnostics: Diagnostics) -> bool:
    """Whether `options.chip` has the fp8 that the direction leads to; else an error is said."""
    chip = options.chip
    if CHIPS.get(chip) == direction.support:
        return True
    known = f"has {CHIPS[chip]} fp8" if chip in CHIPS else "is not known"
    chips = ", ".join(chips_with(direction.support))
    diagnostics.error(module.location, f"chip {chip} {known}; {options.name} is for {chips}")
    return False


def scanned(
    module: Any, options: Any, direction: Direction, diagnostics: Diagnostics
) -> Conversion:
    """The conversion of a module, which has found what it concerns and changed nothing."""
    bindings = of(module)
    pairs = {a.mlir_name: b.mlir_name for a, b in direction.targets.items()}
    types = TypeMap(bindings, module.context, pairs)
    cx = Conversion(bindings, module, types, CONVERT_FP8, options, diagnostics, direction)
    cx.scan()
    return cx


def check_abi(functions: Iterable[tuple[Any, bool]], cx: Conversion) -> bool:
    """Whether the attributes fnuz.abi of functions are right; what is wrong is said.

    Each function comes with whether it may be converted already.
    """
    errors = cx.diagnostics.errors
    for function, is_converted in functions:
        for message in func.abi_errors(function, cx, is_converted):
            cx.diagnostics.error(function.location, f"'{function.name}' op {message}")
    return cx.diagnostics.errors == errors


def convert(cx: Conversion) -> bool:
    """Convert what `cx` has found. False when there was an error, which is said."""
    if linalg.generalize(cx):
        cx.scan()
    if not cx.plan(lambda op, reason: no_rule(op, reason, cx)):
        return False
    try:
        cx.apply()
    except NoDialect as error:
        cx.diagnostics.error(cx.module.location, str(error))
        return False
    return True


def no_rule(op: Any, reason: str, cx: Conversion) -> str:
    """The whole message of the error for an op that cannot be converted, or not so."""
    direction = cx.direction
    assert direction is not None
    named = "|".join(f.mlir_name for f in direction.targets)
    source = re.compile(rf"(?:{named})(?![A-Z])")
    types = [str(v.type) for v in (*op.operands, *op.results)]
    fp8 = [t for t in types if source.search(t)]
    what = f"'{op.name}' op on {fp8[0] if fp8 else f'an {direction.source} fp8 type'}"
    if not reason and any("!quant." in t for t in types):
        reason = "run lower-fp8-quant before it, as ocp-to-fnuz does"
    reason = reason or (
        "no rule covers it; lower it to linalg, arith, vector or memref before "
        f"{cx.options.name}, or add a rule in passes/rules"
    )
    return f"{what} cannot become {direction.target} for {cx.options.chip}: {reason}"
