"""The `.amdgpu_metadata` text: the part of YAML that LLVM writes there."""

from typing import Any

from fnuz.emulator.errors import ParseError


def _scalar(text: str) -> Any:
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    if text == "[]":
        return []
    try:
        return int(text, 0)
    except ValueError:
        return text.strip("'\"")


def _block(lines: list[tuple[int, str]], at: int, indent: int) -> tuple[Any, int]:
    """The map or list that starts at line `at` with this indent, and the line after it."""
    if at >= len(lines) or lines[at][0] < indent:
        return None, at
    if lines[at][1].startswith("- "):
        items = []
        while at < len(lines) and lines[at][0] == indent and lines[at][1].startswith("- "):
            rest = lines[at][1][2:]
            inner = indent + 2 + len(rest) - len(rest.lstrip())
            if ":" in rest:
                lines[at] = (inner, rest.lstrip())
                item, at = _block(lines, at, inner)
            else:
                item, at = _scalar(rest), at + 1
            items.append(item)
        return items, at
    entries: dict[str, Any] = {}
    while at < len(lines) and lines[at][0] == indent and not lines[at][1].startswith("- "):
        key, colon, rest = lines[at][1].partition(":")
        if not colon:
            raise ParseError(f"metadata: {lines[at][1]!r} is not `key: value`")
        at += 1
        if rest.strip():
            entries[key] = _scalar(rest)
        elif at < len(lines) and lines[at][0] >= indent:
            # A list may stand at the indent of its key.
            entries[key], at = _block(lines, at, lines[at][0])
        else:
            entries[key] = None
    return entries, at


def kernels(text: str) -> list[dict[str, Any]]:
    """The entries of `amdhsa.kernels`. Raises ParseError."""
    lines = [
        (len(line) - len(line.lstrip()), line.strip())
        for line in text.splitlines()
        if line.strip() and line.strip() not in ("---", "...")
    ]
    document, at = _block(lines, 0, 0)
    if at != len(lines) or not isinstance(document, dict):
        raise ParseError(f"metadata: {lines[at][1]!r} is not understood")
    found = document.get("amdhsa.kernels") or []
    if not all(isinstance(entry, dict) and ".name" in entry for entry in found):
        raise ParseError("metadata: a kernel without .name")
    return found
