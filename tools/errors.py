"""How the tools tell the user that something is wrong."""

import os
import sys
import traceback


class UsageError(Exception):
    """A command line or a file that does not fit; the message is for the user."""


def internal_error(tool: str, error: Exception) -> int:
    """Print one line on an exception that nobody meant, and return the exit status."""
    if os.environ.get("FNUZ_DEBUG") == "1":
        traceback.print_exception(error)
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    print(f"{tool}: internal error: {what} (FNUZ_DEBUG=1 shows where)", file=sys.stderr)
    return 1
