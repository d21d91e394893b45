"""fnuz-run: run a module on the CPU, its kernels on the gfx942 emulator or on a GPU."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from fnuz.tools import child, files, modules
from fnuz.tools.errors import UsageError
from fnuz.tools.parser import Parser

_DESCRIPTION = """\
Run the public functions of a module and print or write what they give. All of it runs on the CPU,
fp8 in exact arithmetic; with --device=emulator or hip the kernels of its gpu.modules, which
fnuz-opt --map-to-gfx942 makes, are compiled for gfx942 and run on the emulator, or on a GPU through
hip-python, and what else there is on the CPU.

Inputs are random as the ordinary ones of fnuz-verify are, or those of --inputs. Results have the
names result0, result1, ... in the output; a memref argument has the name arg0, arg1, ... that it
has in the inputs, and holds what the function left in it. fp8 are uint8 codes there, and bf16 are
uint16 codes; they are printed as values."""

_EPILOG = "The exit status is 0, or 1 when anything failed; nothing is written then."


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit status.

    The work is done in a child process, as a module may crash.
    """
    files.ensure_stderr()
    words = sys.argv[1:] if argv is None else argv
    return child.run("fnuz-run", lambda on_stage: run(words, on_stage), modules.crashed)


def run(argv: list[str], on_stage: Callable[[str], None] = lambda _: None) -> int:
    """The same in this process."""
    return modules.run("fnuz-run", _parser(), argv, lambda a: _run(a, on_stage))


def _parser() -> Parser:
    parser = Parser("fnuz-run", _DESCRIPTION, _EPILOG)
    modules.add_options(parser, "run", "MODULE")
    help = "write the results to this .npz file; - is stdout"
    parser.add_argument("--outputs", metavar="FILE", help=help)
    return parser


def _run(arguments: argparse.Namespace, on_stage: Callable[[str], None]) -> int:
    # What follows imports numpy and MLIR; --help does not wait for them.
    import numpy as np

    from fnuz.execution import inputs, programs

    output = arguments.outputs
    try:
        if output == "-" and sys.stdout is not None and sys.stdout.isatty():
            raise UsageError("an .npz file would garble the terminal: give a file or a pipe")
        if output not in (None, "-"):
            files.check_output(output)
        module = modules.read_module(arguments.module, modules.make_context())
        functions = modules.choose_functions(module, arguments)
        on_stage(f"compiling for {arguments.device}")
        program = programs.compile(module, functions, device=arguments.device)
        lines: list[str] = []
        for name in functions:
            types = program.functions[name]
            if arguments.inputs:
                given = modules.load_inputs(arguments.inputs, types)
                what = f"inputs of {arguments.inputs}"
            else:
                size, seed = arguments.dynamic_size, arguments.seed
                given = inputs.random(types, "ordinary", seed, size)
                what = f"ordinary inputs, seed {seed}"
            on_stage(f"running @{name} on {arguments.device}")
            outcome = program.run(name, given)
            if output is None:
                lines += [f"@{name}, {what}", *_lines(types, outcome)]
                continue
            arrays: dict[str, Any]
            arrays = {f"result{i}": array for i, array in enumerate(outcome.results)}
            arrays |= {f"arg{i}": array for i, array in outcome.memrefs.items()}
            with files.open_output(output) as file:
                np.savez(file, **arrays)
        if output is None:
            with files.open_output("-") as out:
                out.write("".join(f"{line}\n" for line in lines).encode())
    except files.FileError as e:
        raise UsageError(e) from None
    return 0


def _lines(types: Any, outcome: Any) -> list[str]:
    found = [(v.name, v, a) for v, a in zip(types.results, outcome.results, strict=True)]
    for i, array in outcome.memrefs.items():
        found.append((f"argument {i} after the run", types.arguments[i], array))
    lines = [f"  {name}: {v.type}\n    {_values(v, array)}" for name, v, array in found]
    return lines or ["  no results"]


def _values(value: Any, array: Any) -> str:
    """The values of an array, with dots where there are many."""
    import numpy as np

    from fnuz.dialect import formats

    if value.element in formats.FORMATS:
        array = formats.FORMATS[value.element].decode(array)
    elif value.element == "bf16":
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return np.array2string(array, threshold=100, edgeitems=3, prefix="    ")


if __name__ == "__main__":
    sys.exit(main())
