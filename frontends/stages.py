"""What a frontend says while it works."""

from collections.abc import Callable

OnStage = Callable[[str], None]
"""Called as each stage of the work begins, with a few words on it."""


def silent(stage: str) -> None:
    """Nobody wants to know."""
