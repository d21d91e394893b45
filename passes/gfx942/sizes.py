"""Numbers that a kernel may get at its launch only: sizes of dynamic dims, and strides by them."""

from collections.abc import Iterable
from dataclasses import dataclass

ASSUMED = 1024
"""What a dynamic size is taken for where a tile is chosen: a prompt or a large batch of requests.

A larger one has more workgroups of the same tile; a much smaller one leaves units idle.
"""


@dataclass(frozen=True)
class Dynamic:
    """`factor` times the dynamic sizes whose numbers, ascending, are in `of`."""

    factor: int
    of: tuple[int, ...]


Number = int | Dynamic


def product(*numbers: Number) -> Number:
    """1 of none."""
    factor, of = 1, list[int]()
    for number in numbers:
        factor *= known(number)
        of += number.of if isinstance(number, Dynamic) else ()
    return Dynamic(factor, tuple(sorted(of))) if of and factor else factor


def total(numbers: Iterable[Number]) -> Number | None:
    """The sum, or None where it is no product of dynamic sizes any more."""
    terms = [n for n in numbers if n != 0]
    if len(terms) == 1:
        return terms[0]
    return sum(n for n in terms if isinstance(n, int)) if static(*terms) else None


def static(*numbers: Number) -> bool:
    """Whether all are known now."""
    return all(isinstance(n, int) for n in numbers)


def known(number: Number) -> int:
    """What is known now: a divisor of the number, or the number."""
    return number.factor if isinstance(number, Dynamic) else number


def assumed(number: Number) -> int:
    """The number with every dynamic size as `ASSUMED`."""
    return number if isinstance(number, int) else number.factor * ASSUMED ** len(number.of)


def text(number: Number) -> str:
    """For a reader: `?` for a dynamic size."""
    if isinstance(number, int):
        return str(number)
    return "*".join([*([str(number.factor)] if number.factor != 1 else []), *"?" * len(number.of)])
