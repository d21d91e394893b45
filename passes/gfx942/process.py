"""The backend's process, as seen from outside: started for the first module, kept for the next.

To start it takes longer than to compile most kernels.
"""

import atexit
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading

from fnuz.passes.gfx942.worker import Job, Outcome


def run(job: Job) -> tuple[Outcome | str, list[str]]:
    """The outcome of a job, or how the process ended on it; and the lines it wrote to stderr."""
    global _current
    with _lock:
        if _current is None or not _current.serves():
            _stop()
            _current = _Process()
        try:
            outcome, said = _current.run(job)
        except BaseException:
            _stop()  # The outcome may still be on its way.
            raise
        if said or isinstance(outcome, str):
            _stop()  # What an error leaves behind in LLVM is not for the next module.
        return outcome, said


class _Process:
    def __init__(self) -> None:
        self._state = _state()
        # A file and no pipe: nobody has to read it meanwhile.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        # The same packages as here; `-m` would look in the current folder first.
        code = f"import sys; sys.path[:] = {sys.path!r}; from {Job.__module__} import main; main()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
        )

    def serves(self) -> bool:
        """Whether it runs, and is what would be started now: not the one of before a fork."""
        return self._state == _state() and self._process.poll() is None

    def run(self, job: Job) -> tuple[Outcome | str, list[str]]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        outcome: Outcome | str
        try:
            pickle.dump(job, stdin)
            stdin.flush()
            outcome = pickle.load(stdout)
        except (BrokenPipeError, EOFError, pickle.UnpicklingError):
            status = self._process.wait()
            outcome = f"ended with status {status}"
            if status < 0:
                outcome = f"was ended by {signal.Signals(-status).name}"
        # At a place: the position in the file is the process's.
        size = os.fstat(self._stderr.fileno()).st_size
        said = os.pread(self._stderr.fileno(), size, 0).decode(errors="replace")
        return outcome, said.splitlines()

    def stop(self) -> None:
        """End it, whatever it does."""
        if self._state[0] == os.getpid():
            self._process.kill()
            self._process.wait()
        else:
            self._process.returncode = 0  # Of before a fork: not this one's to end.
        for file in (self._process.stdin, self._process.stdout, self._stderr):
            if file is not None:
                file.close()


def _state() -> tuple[int, list[str]]:
    return os.getpid(), list(sys.path)


def _stop() -> None:
    global _current
    if _current is not None:
        _current.stop()
        _current = None


def _unlock() -> None:
    """After a fork: another thread, which is not here, may have had the lock."""
    global _lock
    _lock = threading.Lock()


_lock = threading.Lock()
_current: _Process | None = None
atexit.register(_stop)
os.register_at_fork(after_in_child=_unlock)
