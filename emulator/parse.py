"""Assembly text to a `Program`: instructions, labels, kernel descriptors, data, metadata."""

import re
from dataclasses import dataclass, field
from typing import Any

from fnuz.emulator import metadata
from fnuz.emulator.errors import ParseError
from fnuz.emulator.operands import Operand, parse_operand

_FLAGS = frozenset(
    [
        "offen",
        "idxen",
        "lds",
        "tfe",
        "glc",
        "sc0",
        "sc1",
        "nt",
        "gds",
        "clamp",
        "row_mirror",
        "row_half_mirror",
    ]
)
_KEYED = re.compile(r"[a-z_][a-z0-9_]*:")


@dataclass(frozen=True)
class Instruction:
    """One instruction as written; `modifiers` are what follows the operands."""

    name: str
    operands: tuple[Operand, ...]
    modifiers: dict[str, str]
    line: int
    text: str

    def where(self) -> str:
        """For messages: the line and the instruction."""
        return f"line {self.line}: {self.text}"

    def integers(self, key: str) -> list[int] | None:
        """The values of a modifier such as `op_sel:[0,1]`."""
        text = self.modifiers.get(key)
        return None if text is None else [int(part, 0) for part in text.strip("[]").split(",")]

    def integer(self, key: str, default: int = 0) -> int:
        """The value of a modifier such as `offset:16`."""
        text = self.modifiers.get(key)
        return default if text is None else int(text, 0)


@dataclass(frozen=True)
class Kernel:
    """A kernel: where it starts, its `.amdhsa_` directives, its entry in the metadata."""

    name: str
    program: "Program" = field(repr=False)
    directives: dict[str, int]
    metadata: dict[str, Any]

    @property
    def start(self) -> int:
        """Index of its first instruction."""
        return self.program.labels[self.name]


@dataclass
class Program:
    """A parsed assembly file."""

    instructions: list[Instruction] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    kernels: dict[str, Kernel] = field(default_factory=dict)
    data: bytearray = field(default_factory=bytearray)
    """The read-only data of all sections, one after the other."""
    symbols: dict[str, int] = field(default_factory=dict)
    """Offsets into `data`."""


def split(text: str) -> list[str]:
    """Split at commas that are not in brackets."""
    parts = [""]
    depth = 0
    for char in text:
        depth += (char in "[(") - (char in "])")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def parse_instruction(text: str, line: int) -> Instruction:
    """Read one instruction without its comment. Raises ParseError."""
    name, _, rest = text.strip().partition(" ")
    if "\t" in name:
        name, _, more = name.partition("\t")
        rest = f"{more} {rest}"
    rest = rest.strip()
    text = f"{name} {rest}".strip()
    if name == "s_waitcnt":
        return Instruction(name, (), {"wait": rest}, line, text)
    operands: list[Operand] = []
    modifiers: dict[str, str] = {}
    for part in split(rest) if rest else []:
        words = re.sub(r"[\[(][^])]*[\])]", lambda m: m.group().replace(" ", ""), part).split()
        for word in words:
            if word in _FLAGS or _KEYED.match(word):
                key, _, value = word.partition(":")
                modifiers[key] = value
            else:
                try:
                    operands.append(parse_operand(word))
                except ParseError as error:
                    raise ParseError(f"line {line}: {text}: {error}") from None
    return Instruction(name, tuple(operands), modifiers, line, text)


_SIZES = {".byte": 1, ".short": 2, ".2byte": 2, ".long": 4, ".4byte": 4, ".quad": 8, ".8byte": 8}
_ESCAPE = re.compile(r"\\([0-7]{1,3}|.)")
_ESCAPES = {"n": 10, "t": 9, "r": 13, "b": 8, "f": 12}


def _string(text: str) -> bytes:
    body = text.strip()[1:-1]
    out = bytearray()
    at = 0
    for match in _ESCAPE.finditer(body):
        out += body[at : match.start()].encode()
        code = match.group(1)
        out.append(int(code, 8) if code[0].isdigit() else _ESCAPES.get(code, ord(code)))
        at = match.end()
    return bytes(out + body[at:].encode())


def _data(program: Program, directive: str, rest: str, line: int) -> None:
    """Add what a data directive says to `program.data`."""
    if directive in _SIZES:
        size = _SIZES[directive]
        for part in split(rest):
            try:
                value = int(part, 0)
            except ValueError:
                raise ParseError(f"line {line}: {directive} {part}: only numbers here") from None
            program.data += (value % (1 << 8 * size)).to_bytes(size, "little")
    elif directive in (".zero", ".skip", ".space"):
        count, *fill = (int(part, 0) for part in split(rest))
        program.data += bytes([fill[0] if fill else 0]) * count
    elif directive in (".ascii", ".asciz"):
        program.data += _string(rest) + (b"\0" if directive == ".asciz" else b"")
    elif directive in (".p2align", ".p2alignl", ".balign"):
        amount = int(split(rest)[0], 0)
        step = amount if directive == ".balign" else 1 << amount
        program.data += bytes(-len(program.data) % step)
    elif directive == ".fill":
        count, size, value = ([int(part, 0) for part in split(rest)] + [1, 0])[:3]
        program.data += (value % (1 << 8 * size)).to_bytes(size, "little") * count


def parse(text: str) -> Program:
    """Read what LLVM's AMDGPU backend writes for gfx942 (`--filetype=asm`).

    Raises ParseError for what is no such text. Instructions are looked up when a kernel that
    can reach them is launched, not here.
    """
    program = Program()
    directives: dict[str, dict[str, int]] = {}
    kernel: dict[str, int] | None = None
    in_text = True
    metadata_lines: list[str] | None = None
    entries: list[dict[str, Any]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        stripped = raw.strip()
        if metadata_lines is not None:
            if stripped == ".end_amdgpu_metadata":
                entries += metadata.kernels("\n".join(metadata_lines))
                metadata_lines = None
            else:
                metadata_lines.append(raw)
            continue
        if stripped == ".amdgpu_metadata":
            metadata_lines = []
            continue
        if not stripped.startswith((".ascii", ".asciz")):
            stripped = re.split(r";|//", stripped, maxsplit=1)[0].strip()
        while match := re.match(r"([A-Za-z_.$][\w.$]*):(?!\S)\s*", stripped):
            if in_text:
                program.labels[match.group(1)] = len(program.instructions)
            else:
                program.symbols[match.group(1)] = len(program.data)
            stripped = stripped[match.end() :]
        if not stripped:
            continue
        if not stripped.startswith("."):
            if in_text:
                program.instructions.append(parse_instruction(stripped, number))
            continue
        directive, _, rest = stripped.replace("\t", " ").partition(" ")
        rest = rest.strip()
        if directive == ".amdgcn_target" and "gfx942" not in rest:
            raise ParseError(f"line {number}: the target is {rest}; the emulator is a gfx942")
        if directive == ".amdhsa_kernel":
            kernel = directives.setdefault(rest, {})
        elif directive == ".end_amdhsa_kernel":
            kernel = None
        elif kernel is not None and directive.startswith(".amdhsa_"):
            if re.match(r"-?\w+$", rest):
                kernel[directive.removeprefix(".amdhsa_")] = int(rest, 0)
        elif directive == ".text":
            in_text = True
        elif directive == ".section":
            in_text = rest.split(",")[0].startswith(".text")
        elif directive in (".data", ".bss", ".rodata"):
            in_text = False
        elif not in_text:
            _data(program, directive, rest, number)
    by_name = {entry[".name"]: entry for entry in entries}
    for name, values in directives.items():
        if name not in program.labels:
            raise ParseError(f"kernel {name} has a descriptor but no code")
        if name not in by_name:
            raise ParseError(f"kernel {name} has no entry in .amdgpu_metadata")
        program.kernels[name] = Kernel(name, program, values, by_name[name])
    return program
