"""Reads MLIR from a file or stdin."""

import contextlib
import mmap
import os
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass

BYTECODE_MAGIC = b"ML\xefR"


class FileError(Exception):
    """A file that cannot be read or written; the message is for the user."""


@dataclass(frozen=True)
class Source:
    """What the user gave. `path` is set when MLIR can read the file itself.

    `content` is None until needed: MLIR maps bytecode, and gigabytes of text need no second copy.
    """

    name: str
    path: str | None
    content: bytes | None

    def read(self) -> bytes:
        """All of it, in memory."""
        if self.content is not None:
            return self.content
        assert self.path is not None
        with open(self.path, "rb") as f:
            return f.read()


def read_source(name: str) -> Source:
    """Open an input; "-" is stdin. Raises FileError."""
    try:
        if name == "-":
            if sys.stdin is None:
                raise FileError("cannot read stdin: it is closed")
            if sys.stdin.isatty():
                print("(processing input from stdin now, ^D ends it)", file=sys.stderr)
            return Source("<stdin>", None, sys.stdin.buffer.read())
        with open(name, "rb") as f:
            # A pipe can be read only once, and MLIR knows names in UTF-8 only: it gets the bytes.
            if not stat.S_ISREG(os.fstat(f.fileno()).st_mode) or not _is_utf8(name):
                return Source(name, None, f.read())
            return Source(name, name, None)
    except OSError as e:
        raise FileError(f"cannot open input file '{name}': {e.strerror}") from None
    except ValueError as e:
        raise FileError(f"cannot open input file {name!r}: {e}") from None


def _is_utf8(name: str) -> bool:
    try:
        return bool(name.encode())
    except UnicodeEncodeError:
        return False


def is_bytecode(source: Source) -> bool:
    """Whether it starts as MLIR bytecode does."""
    if source.path is None:
        return source.read().startswith(BYTECODE_MAGIC)
    with open(source.path, "rb") as f:
        return f.read(4) == BYTECODE_MAGIC


@contextlib.contextmanager
def _content(source: Source) -> Iterator[bytes | mmap.mmap]:
    """All of a source, mapped where it is a file."""
    if source.path is None or os.path.getsize(source.path) == 0:
        yield source.read()
        return
    with (
        open(source.path, "rb") as f,
        mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
    ):
        yield mapped


def find_unreadable(source: Source) -> tuple[str, tuple[int, int]] | None:
    """What MLIR does not survive, or misreads, in a text: a message, and its line and column.

    It takes a NUL byte for white space or the end, and would make an empty module of a file of
    zeros. Its parser of sub-channel types ends the process where their storage is fp8.
    """
    with _content(source) as content:
        at, message = content.find(b"\0"), "NUL byte: this is not MLIR text"
        if at < 0:
            at, message = (
                _find_sub_channel(content),
                (
                    "MLIR cannot read the text of a sub-channel quantized type on fp8; give it as "
                    "bytecode, or write the type per axis (!quant.uniform<f8E4M3FN:f32:0, {...}>)"
                ),
            )
        if at < 0:
            return None
        before = content[:at]
    return message, (before.count(b"\n") + 1, at - before.rfind(b"\n"))


_SUB_CHANNEL = re.compile(rb"!quant[.<]uniform<\s*f8E\w+\s*(?:<[^>]*>)?\s*:\s*\w+\s*:\s*\{")


def _find_sub_channel(content: bytes | mmap.mmap) -> int:
    """Where the first sub-channel type on fp8 is that is not in a comment, or -1."""
    # Only numbers leave the loop: a match would keep the file mapped.
    for at in [match.start() for match in _SUB_CHANNEL.finditer(content)]:
        if b"//" not in content[content.rfind(b"\n", 0, at) + 1 : at]:
            return at
    return -1
