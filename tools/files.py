"""Reads MLIR from a file or stdin and writes it so that a failure leaves no half-written file."""

import contextlib
import mmap
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

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
            # A pipe can be read only once, so MLIR gets its bytes.
            if not stat.S_ISREG(os.fstat(f.fileno()).st_mode):
                return Source(name, None, f.read())
            return Source(name, name, None)
    except OSError as e:
        raise FileError(f"cannot open input file '{name}': {e.strerror}") from None
    except ValueError as e:
        raise FileError(f"cannot open input file {name!r}: {e}") from None


def is_bytecode(source: Source) -> bool:
    """Whether it starts as MLIR bytecode does."""
    if source.path is None:
        return source.read().startswith(BYTECODE_MAGIC)
    with open(source.path, "rb") as f:
        return f.read(4) == BYTECODE_MAGIC


def find_nul(source: Source) -> tuple[int, int] | None:
    """Line and column of the first NUL byte in a text. MLIR takes it for white space or the end,
    and would make an empty module of a file of zeros."""
    if source.path is not None:
        with open(source.path, "rb") as f:
            if os.fstat(f.fileno()).st_size == 0:
                return None
            with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                at = mapped.find(b"\0")
                before = mapped[:at] if at >= 0 else b""
    else:
        content = source.read()
        at = content.find(b"\0")
        before = content[:at] if at >= 0 else b""
    if at < 0:
        return None
    return before.count(b"\n") + 1, at - before.rfind(b"\n")


def check_output(name: str) -> None:
    """Find out before the work whether `-o` can be written. Raises FileError."""
    folder = os.path.dirname(os.path.realpath(name))
    if os.path.isdir(name):
        problem = "Is a directory"
    elif not os.path.isdir(folder):
        problem = "No such file or directory"
    elif os.path.exists(name) and not os.path.isfile(name):
        return  # A device or a pipe.
    elif not os.access(folder, os.W_OK | os.X_OK):
        problem = "Permission denied"
    else:
        return
    raise FileError(f"cannot open output file '{name}': {problem}")


@contextlib.contextmanager
def open_output(name: str) -> Iterator[BinaryIO]:
    """A file to write; "-" is stdout. An output file appears, whole, when the block ends well.

    Raises FileError, except for a BrokenPipeError: the reader of stdout has had enough.
    """
    try:
        if name == "-":
            if sys.stdout is None:
                raise FileError("cannot write to stdout: it is closed")
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        elif os.path.exists(name) and not os.path.isfile(name):
            with open(name, "wb") as device:
                yield device
        else:
            with _replacing(os.path.realpath(name)) as file:
                yield file
    except BrokenPipeError:
        raise
    except OSError as e:
        where = "to stdout" if name == "-" else f"output file '{name}'"
        raise FileError(f"cannot write {where}: {e.strerror}") from None


@contextlib.contextmanager
def _replacing(target: str) -> Iterator[BinaryIO]:
    fd, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".fnuz-opt-")
    try:
        with os.fdopen(fd, "wb") as file:
            yield file
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mode(target: str) -> int:
    """The permissions a plain `open` would have left."""
    if os.path.exists(target):
        return stat.S_IMODE(os.stat(target).st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
