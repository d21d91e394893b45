"""What the tools that run modules have in common: how they read them and choose functions."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from fnuz.execution.devices import DEVICES
from fnuz.tools import files
from fnuz.tools.errors import UsageError, internal_error
from fnuz.tools.parser import Parser
from fnuz.tools.version import version_line


class Failed(Exception):
    """The work failed and stderr says why."""


def run(tool: str, parser: Parser, argv: list[str], work: Callable[[Any], int]) -> int:
    """Read the command line and do the work; the exit status. What goes wrong is on stderr."""
    try:
        arguments = parser.parse_intermixed_args(argv)
        if arguments.version:
            print(version_line(tool))
            return 0
        if arguments.module is None:
            raise UsageError("give the module; see --help")
        if arguments.seed < 0 or arguments.dynamic_size < 0:
            raise UsageError("--seed and --dynamic-size must not be negative")
        return work(arguments)
    except SystemExit as e:  # argparse has printed the help.
        return int(e.code or 0)
    except Failed:
        return 1
    except UsageError as e:
        print(f"{tool}: error: {e}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        raise
    except Exception as e:
        return _explain(tool, e)


def _explain(tool: str, error: Exception) -> int:
    """Print what a run or what comes before it raised, and return the exit status."""
    from fnuz.execution.errors import CannotRun, DeviceMissing
    from fnuz.passes import PassFailed
    from fnuz.tools.diagnostics import Sources, printer

    emit = printer(Sources("-", None))
    if isinstance(error, PassFailed):
        for diagnostic in error.diagnostics:
            emit(diagnostic)
    elif isinstance(error, CannotRun):
        emit(error.diagnostic)
    elif isinstance(error, (DeviceMissing, ImportError)):
        print(f"{tool}: error: {error}", file=sys.stderr)
    else:
        return internal_error(tool, error)
    return 1


def crashed(signal: str) -> str:
    """What is said when a signal ended the run."""
    return (
        f"the run ended with {signal}: a module that divides an integer by zero, asserts, or reads "
        "outside its buffers? (--inputs gives it other inputs)"
    )


def add_options(parser: Parser, action: str, module: str) -> None:
    """Add the module, and the options on functions (e.g. to compare), inputs and the device."""
    add = parser.add_argument
    add(
        "module",
        nargs="?",
        metavar="MODULE",
        help="the module: MLIR text or bytecode, - is stdin, or ONNX",
    )
    add("--entry", metavar="NAME", help=f"{action} only this function")
    add("--device", choices=DEVICES, default="cpu", help=f"run the kernels of {module} there")
    add("--inputs", metavar="FILE", help=".npz file of arg0, arg1, ...; fp8 as uint8 codes")
    add("--seed", type=int, default=0, help="of the random inputs (default: %(default)s)")
    add("--dynamic-size", type=int, default=4, metavar="N", help="every dynamic size (default: 4)")
    add("--version", action="store_true", help="print the version")


def choose_functions(module: Any, arguments: argparse.Namespace) -> list[str]:
    """The public functions to run: all, or the one that --entry names. Raises UsageError."""
    from fnuz.execution.signature import public_functions

    functions = list(public_functions(module))
    if arguments.entry is not None:
        if arguments.entry not in functions:
            has = ", ".join(functions) or "none"
            raise UsageError(f"no public function '{arguments.entry}' with a body; there is {has}")
        functions = [arguments.entry]
    if not functions:
        raise UsageError("the module has no public function with a body")
    for flag in ("inputs", "outputs"):
        if getattr(arguments, flag, None) and len(functions) > 1:
            raise UsageError(f"--{flag} needs --entry, one of {', '.join(functions)}")
    return functions


def load_inputs(path: str, signature: Any) -> list[Any]:
    """The arrays of --inputs. Raises UsageError."""
    from fnuz.execution import inputs

    try:
        return inputs.load(path, signature)
    except inputs.BadInputs as e:
        raise UsageError(e) from None


def make_context() -> Any:
    """A context that knows the dialects of this project."""
    from fnuz import bindings
    from fnuz.dialect import ops

    context = bindings.load().ir.Context()
    ops.load(context)
    return context


def read_module(name: str, context: Any) -> Any:
    """The module in an MLIR or ONNX file. Raises Failed or UsageError."""
    from fnuz import bindings
    from fnuz.bindings.diagnostics import renamed
    from fnuz.bindings.listener import listening
    from fnuz.frontends import import_file, is_onnx
    from fnuz.frontends.errors import ImportFailed
    from fnuz.tools.diagnostics import Sources, printer

    if is_onnx(name):
        try:
            return import_file(name, context=context)
        except ImportFailed as e:
            for diagnostic in e.diagnostics:
                printer(Sources(name, None))(diagnostic)
            raise Failed from None
        except ImportError as e:
            raise UsageError(e) from None
    ir = bindings.load().ir
    try:
        source = files.read_source(name)
    except files.FileError as e:
        raise UsageError(e) from None
    bad = None if files.is_bytecode(source) else files.find_unreadable(source)
    if bad:
        message, (line, column) = bad
        raise UsageError(f"{source.name}:{line}:{column}: {message}")
    with listening(context) as heard:
        try:
            if source.path is not None:
                return ir.Module.parseFile(source.path, context=context)
            return ir.Module.parse(source.read(), context=context)
        except ir.MLIRError:
            emit = printer(Sources(source.name, source.content))
            for diagnostic in heard:
                emit(renamed(diagnostic, source.name))
            raise Failed from None
