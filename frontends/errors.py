"""What importing a model can fail with."""

from fnuz.bindings.diagnostics import Diagnostic


class ImportFailed(Exception):
    """A model that cannot be imported; `diagnostics` says why, each at its place in the model."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__("\n".join(map(str, diagnostics)) or "the import failed")
        self.diagnostics = diagnostics


def failed(file: str, message: str, place: tuple[int, int] = (0, 0)) -> ImportFailed:
    """One error, at a line and column of a file or, without a place, of the whole file."""
    return ImportFailed([Diagnostic("error", message, file, *place)])
