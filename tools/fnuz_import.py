"""fnuz-import: a model as its frontend writes it, to linalg on tensors."""

import argparse
import sys
from collections.abc import Callable

from fnuz.tools import child, files
from fnuz.tools.errors import UsageError, internal_error
from fnuz.tools.parser import Parser
from fnuz.tools.version import version_line

_DESCRIPTION = """\
Import a model with OCP fp8: ONNX (.onnx, with external data beside it), or MLIR in StableHLO, TOSA
or the torch dialect (.mlir, .mlirbc; what jax.export and torch-mlir write). Out comes MLIR with
linalg on tensors, ready for fnuz-opt --ocp-to-fnuz, or an error at what nobody lowers: in an ONNX
file the number behind its name is that of the node."""

_EPILOG = "The exit status is 0, or 1 when anything failed; nothing is written then."


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    files.ensure_stderr()
    words = sys.argv[1:] if argv is None else argv
    try:
        arguments = _parser().parse_args(words)
        if arguments.version:
            print(version_line("fnuz-import"))
            return 0
        if arguments.model is None:
            raise UsageError("give the model; see --help")
    except SystemExit as e:  # argparse has printed the help.
        return int(e.code or 0)
    except UsageError as e:
        print(f"fnuz-import: error: {e}", file=sys.stderr)
        return 1
    return child.run(
        "fnuz-import",
        lambda on_stage: _guarded(arguments, on_stage),
        lambda signal: f"importing '{arguments.model}' ended with {signal}: a bug in torch-mlir?",
        quiet=arguments.quiet,
    )


def _parser() -> Parser:
    parser = Parser("fnuz-import", _DESCRIPTION, _EPILOG)
    add = parser.add_argument
    add("model", nargs="?", metavar="MODEL", help="the model; - is MLIR on stdin")
    add("-o", metavar="FILE", default="-", help="write to this file instead of stdout")
    add("--emit-bytecode", action="store_true", help="write bytecode: for large models")
    add("--mlir-print-debuginfo", action="store_true", help="print locations: the nodes' names")
    add("-q", "--quiet", action="store_true", help="no progress, which is printed after 2 s")
    add("--version", action="store_true", help="print the version")
    return parser


def _guarded(arguments: argparse.Namespace, on_stage: Callable[[str], None]) -> int:
    from fnuz.frontends.errors import ImportFailed
    from fnuz.tools.diagnostics import Sources, printer

    try:
        _import(arguments, on_stage)
    except ImportFailed as e:
        emit = printer(Sources("-", None))
        for diagnostic in e.diagnostics:
            emit(diagnostic)
        return 1
    except BrokenPipeError:
        raise
    except (UsageError, files.FileError, ImportError) as e:
        print(f"fnuz-import: error: {e}", file=sys.stderr)
        return 1
    except Exception as e:
        return internal_error("fnuz-import", e)
    return 0


def _import(arguments: argparse.Namespace, on_stage: Callable[[str], None]) -> None:
    from fnuz import frontends

    if arguments.o != "-":
        files.check_output(arguments.o)
    elif arguments.emit_bytecode and sys.stdout is not None and sys.stdout.isatty():
        raise UsageError("bytecode would garble the terminal: give -o or a pipe")
    module = frontends.import_file(arguments.model, on_stage=on_stage)
    on_stage(f"writing {'to stdout' if arguments.o == '-' else arguments.o}")
    with files.open_output(arguments.o) as out:
        if arguments.emit_bytecode:
            module.operation.write_bytecode(out)
        else:
            debuginfo = arguments.mlir_print_debuginfo
            module.operation.print(file=out, binary=True, enable_debug_info=debuginfo)
            out.write(b"\n")


if __name__ == "__main__":
    sys.exit(main())
