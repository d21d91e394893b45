"""What ends a tool from outside: Ctrl-C, `kill`, a terminal that is closed."""

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ONCE = 1.0
"""Seconds in which a signal counts once: coreutils' timeout sends it to a process and its group."""


def interruptible(work: Callable[[], int]) -> int:
    """Call `work` and return its exit status. A signal unwinds it, so that no file is left behind.

    Raises SystemExit then, with the status that shells have for the signal: 128 + its number.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()  # Python has signals in the main thread alone.
    seen = -_ONCE

    def stop(number: int, _: Any) -> None:
        nonlocal seen
        now = time.monotonic()
        if now - seen >= _ONCE:
            seen = now
            raise SystemExit(128 + number)

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    caught = [n for n, handler in before.items() if handler != signal.SIG_IGN]  # as nohup wants it
    for number in caught:
        signal.signal(number, stop)
    try:
        return work()
    finally:
        for number in caught:
            signal.signal(number, before[number])
