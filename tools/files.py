"""Files of the tools: those they read, and those they write, never half."""

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

from fnuz.bindings.sources import FileError, Source, find_unreadable, is_bytecode, read_source

__all__ = [
    "FileError",
    "Source",
    "check_output",
    "ensure_stderr",
    "find_unreadable",
    "is_bytecode",
    "open_output",
    "read_source",
]


def ensure_stderr() -> None:
    """Where stderr is closed, say nothing: what is printed to None would go to stdout."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for the rest of the process


def _is_read_only(name: str) -> bool:
    """Whether the user has made the file so; it would be replaced nonetheless."""
    return os.path.exists(name) and not os.access(name, os.W_OK)


def check_output(name: str) -> None:
    """Find out before the work whether `-o` can be written. Raises FileError."""
    folder = os.path.dirname(os.path.realpath(name))
    if os.path.isdir(name):
        problem = "Is a directory"
    elif not os.path.isdir(folder):
        problem = "No such file or directory"
    elif os.path.exists(name) and not os.path.isfile(name):
        return  # A device or a pipe.
    elif not os.access(folder, os.W_OK | os.X_OK) or _is_read_only(name):
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
