"""The operands of an instruction, as the assembly text has them."""

import re
from dataclasses import dataclass, replace

from fnuz.emulator.errors import ParseError

VGPR = 256
"""Number of v0 in the numbering of all registers; SGPRs come first, by their encoding."""
AGPR = 512
"""Number of a0."""
SCC = 253
VCC = 106
M0 = 124
EXEC = 126

SHARED_BASE = 0x0001_0000_0000_0000
PRIVATE_BASE = 0x0002_0000_0000_0000
"""Flat addresses of LDS and scratch; the hardware's values are not documented."""

_SPECIAL = {
    "flat_scratch": (102, 2),
    "flat_scratch_lo": (102, 1),
    "flat_scratch_hi": (103, 1),
    "xnack_mask": (104, 2),
    "xnack_mask_lo": (104, 1),
    "xnack_mask_hi": (105, 1),
    "vcc": (VCC, 2),
    "vcc_lo": (VCC, 1),
    "vcc_hi": (VCC + 1, 1),
    "m0": (M0, 1),
    "exec": (EXEC, 2),
    "exec_lo": (EXEC, 1),
    "exec_hi": (EXEC + 1, 1),
    "scc": (SCC, 1),
}
_BASES = {"s": 0, "v": VGPR, "a": AGPR, "ttmp": 108}
_SIZES = {"s": 102, "v": 256, "a": 256, "ttmp": 16}


@dataclass(frozen=True)
class Register:
    """`count` registers from number `index` (of all registers, see VGPR and AGPR)."""

    index: int
    count: int
    negate: bool = False
    absolute: bool = False
    sign_extend: bool = False

    @property
    def is_vector(self) -> bool:
        """Whether it is a VGPR or an AGPR: 64 lanes."""
        return self.index >= VGPR

    @property
    def numbers(self) -> range:
        """The numbers of its registers."""
        return range(self.index, self.index + self.count)

    def __str__(self) -> str:
        return register_name(self.index, self.count)


@dataclass(frozen=True)
class Constant:
    """A literal or an inline constant. Floats take the width of the operand."""

    value: int | float
    negate: bool = False
    absolute: bool = False


@dataclass(frozen=True)
class Symbol:
    """A label or symbol with an offset; `part` is "lo" or "hi" of its 64 bits."""

    name: str
    offset: int = 0
    part: str = ""


@dataclass(frozen=True)
class Word:
    """What is none of these, for example `off` or `vmcnt(0)`."""

    text: str


Operand = Register | Constant | Symbol | Word


def register_name(index: int, count: int = 1) -> str:
    """How the assembly writes registers."""
    for name, place in _SPECIAL.items():
        if place == (index, count):
            return name
    kind = "a" if index >= AGPR else "v" if index >= VGPR else "ttmp" if index >= 108 else "s"
    first = index - _BASES[kind]
    return f"{kind}{first}" if count == 1 else f"{kind}[{first}:{first + count - 1}]"


_REGISTER = re.compile(r"(s|v|a|ttmp)(?:(\d+)|\[(\d+)(?::(\d+))?\])$")
_INTEGER = re.compile(r"-?(0x[0-9a-fA-F]+|\d+)$")
_FLOAT = re.compile(r"-?\d+\.\d*(e[+-]?\d+)?$")
_SYMBOL = re.compile(r"([A-Za-z_.$][\w.$]*)(?:@(\w+)(?:@(lo|hi))?)?([+-]\d+)?$")
_WORDS = frozenset({"off", "src_shared_base", "src_private_base"})


def parse_operand(text: str) -> Operand:
    """Read one operand. Raises ParseError."""
    text = text.strip()
    for opening, closing, change in (
        ("|", "|", "absolute"),
        ("abs(", ")", "absolute"),
        ("neg(", ")", "negate"),
        ("sext(", ")", "sign_extend"),
    ):
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening):
            inner = parse_operand(text[len(opening) : -len(closing)])
            if isinstance(inner, Register):
                return replace(inner, **{change: True})
            if isinstance(inner, Constant) and change != "sign_extend":
                return replace(inner, **{change: True})
    if text.startswith("-") and not (_INTEGER.match(text) or _FLOAT.match(text)):
        inner = parse_operand(text[1:])
        if isinstance(inner, (Register, Constant)):
            return replace(inner, negate=True)
    if text in _SPECIAL:
        return Register(*_SPECIAL[text])
    if match := _REGISTER.match(text):
        kind, single, first, last = match.groups()
        low = int(single or first)
        high = int(last) if last else low
        if high < low or high >= _SIZES[kind]:
            raise ParseError(f"no such register: {text}")
        return Register(_BASES[kind] + low, high - low + 1)
    if _INTEGER.match(text):
        return Constant(int(text, 0))
    if _FLOAT.match(text):
        return Constant(float(text))
    if match := re.match(r"lit(?:64)?\((.*)\)$", text):
        return parse_operand(match.group(1))
    if text in _WORDS or "(" in text:
        return Word(text)
    if match := _SYMBOL.match(text):
        name, relocation, part, offset = match.groups()
        if relocation not in (None, "rel32"):
            raise ParseError(f"operand {text!r}: relocation {relocation} is not known")
        return Symbol(name, int(offset or 0), part or "")
    raise ParseError(f"operand {text!r} is not understood")
