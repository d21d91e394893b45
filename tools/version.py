"""What `--version` prints."""


def version_line(tool: str) -> str:
    """The tool with its version and that of the MLIR bindings it runs on."""
    from importlib import metadata

    def version(package: str) -> str:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            return "(not installed)"

    return f"{tool} {version('fnuz')}, torch-mlir {version('torch-mlir')}"
