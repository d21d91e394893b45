"""Runs the work of a tool in a child process, which may crash or stay silent for long.

MLIR holds Python's lock while it works, so that no thread of the same process could say how far it
is.
"""

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Callable

from fnuz.tools.interrupts import interruptible

PATIENCE = 2.0
"""Seconds of work before anything is said of it."""

_GRACE = 2.0
"""Seconds that an interrupted child has to take its temporary files away."""

_PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>


def run(
    tool: str,
    work: Callable[[Callable[[str], None]], int],
    crashed: Callable[[str], str],
    *,
    quiet: bool = False,
) -> int:
    """Call `work` in a child and return its exit status.

    `work` is given what it calls as each stage begins, with a few words on it. They are printed on
    stderr when it has taken more than two seconds, and not when `quiet`. `crashed` has the words
    for a signal that ended it. The child ends with this process, whatever ends that.

    Raises SystemExit when a signal interrupted it, as `interruptible` does.
    """
    return interruptible(lambda: _run(tool, work, crashed, quiet))


def _run(
    tool: str,
    work: Callable[[Callable[[str], None]], int],
    crashed: Callable[[str], str],
    quiet: bool,
) -> int:
    _flush()
    reader, writer = os.pipe()
    parent, child = os.getpid(), os.fork()
    if not child:
        os.close(reader)
        status = 1
        try:
            _end_with(parent)
            status = work(lambda stage: _tell(writer, stage))
            _flush()
        except BrokenPipeError:
            pass  # The reader of stdout has had enough.
        finally:
            # Not sys.exit: what the parent would do at its exit is not done twice.
            os._exit(status)
    os.close(writer)
    started = time.monotonic()
    try:
        told = _watch(tool, reader, started, quiet)
        status = os.waitpid(child, 0)[1]
    except SystemExit:
        _end(child)
        raise
    finally:
        os.close(reader)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        print(f"{tool}: error: {crashed(name)}", file=sys.stderr)
        return 1
    if told and status == 0:
        print(f"{tool}: done in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return os.WEXITSTATUS(status)


def _end_with(parent: int) -> None:
    """Let the kernel end this process when its parent is gone: killed, it could tell nobody."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _end(child: int) -> None:
    os.kill(child, signal.SIGTERM)  # Ctrl-C reached it too, another signal may not have.
    until = time.monotonic() + _GRACE
    while not os.waitpid(child, os.WNOHANG)[0]:
        if time.monotonic() > until:  # Compiled code does not look for signals.
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return
        time.sleep(0.01)


def _flush() -> None:
    sys.stderr.flush()
    if sys.stdout is not None:  # closed
        sys.stdout.flush()


def _tell(writer: int, stage: str) -> None:
    os.write(writer, f"{stage}\n".encode())


def _watch(tool: str, reader: int, started: float, quiet: bool) -> bool:
    """Read stages until the child closes the pipe; whether any was printed."""
    printing = False
    stage, rest = "", b""
    while True:
        wait = None if printing or quiet else max(0.0, started + PATIENCE - time.monotonic())
        ready, _, _ = select.select([reader], [], [], wait)
        if ready:
            got = os.read(reader, 4096)
            if not got:
                return printing and bool(stage)
            *lines, rest = (rest + got).split(b"\n")
            new = [line.decode() for line in lines]
        else:
            printing, new = True, [stage] if stage else []
        for stage in new:
            if printing:
                print(f"{tool}: {stage} ...", file=sys.stderr, flush=True)
