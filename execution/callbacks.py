"""Python functions that compiled code calls, and what happens when one of them raises."""

import contextlib
import ctypes
import queue
import threading
from collections.abc import Callable
from typing import Any


class Callbacks:
    """The functions of one program. Keep it as long as the engine: it holds what C calls."""

    def __init__(self) -> None:
        self.functions: dict[str, Any] = {}
        """What compiled code calls, by symbol."""
        self.running = False
        """Whether compiled code runs: if `run` was interrupted, it may do so for ever."""
        self._ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def add(self, symbol: str, count: int, function: Callable[..., None]) -> None:
        """Let `symbol` call `function` with `count` arguments of 64 bits, as integers."""

        def call(*words: int) -> None:
            try:
                function(*words)
            except BaseException as error:
                self._ended.put(error)
                # Compiled code cannot be unwound, and must not go on with what it has not got:
                # this thread stays here.
                threading.Event().wait()

        self.functions[symbol] = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * count)(call)

    def run(self, work: Callable[[], None], used: object) -> None:
        """Do the work in a thread of its own; raise what it or a function that it called raised.

        `used` is kept while the work runs.
        """
        if self.running:
            raise RuntimeError("the program still runs, since it was interrupted; compile it again")

        def whole(used: object) -> None:
            try:
                work()
            except BaseException as error:
                self._ended.put(error)
            else:
                self._ended.put(None)

        self.running = True
        threading.Thread(target=whole, args=(used,), daemon=True).start()
        error = self._wait()
        self.running = False
        if error is not None:
            raise error

    def _wait(self) -> BaseException | None:
        while True:
            # A signal may have come to another thread; Python looks for it when this one runs.
            with contextlib.suppress(queue.Empty):
                return self._ended.get(timeout=0.1)
