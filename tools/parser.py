"""The argparse of the tools whose command lines it can read; fnuz-opt has one of its own."""

import argparse
from typing import NoReturn

from fnuz.tools.errors import UsageError


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse would end the process with status 2."""

    def __init__(self, prog: str, description: str, epilog: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Raise it."""
        raise UsageError(message)
