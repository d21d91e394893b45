"""fnuz-verify: run an fp8 module and its conversion on the CPU and compare every bit."""

import argparse
import sys
from collections.abc import Generator
from typing import Any

from fnuz.tools import child, files, modules
from fnuz.tools.errors import UsageError
from fnuz.tools.parser import Parser

_DESCRIPTION = """\
Run the public functions of an OCP fp8 module and of its FNUZ conversion on the CPU, on the same
inputs, and compare every bit of every result. Any NaN equals any NaN; there is no other
tolerance. Without CONVERTED the module is converted as fnuz-opt --ocp-to-fnuz does it.
A FNUZ module is compared with its OCP conversion (--fnuz-to-ocp) in the same way.

FNUZ has no -0 and no Inf. Where bits differ from the OCP run they must equal those of an OCP run
in which fp8 -0 is read as +0 and E5M2 Inf as --inf says; how many, is printed.
With --overflow=saturate the OCP module is run with saturating casts too.
fuse-dequantize (--ocp-to-fnuz=fuse=true) is the one pass that changes f32 results: with --fuse the
OCP module is run on the CPU as that pass leaves it.
With --device=emulator or hip the kernels of CONVERTED, which fnuz-opt --map-to-gfx942 makes, run
there. A matrix unit adds up in another order: sums that are not exact in f32 may differ in the
last bits, and so may what is made of them.
OCP has no double of the largest FNUZ values: where bits of a FNUZ module differ, they must equal
those of a run in which these are read as --overflow=nan or =saturate says."""

_EPILOG = """\
Random inputs: one set of finite values, scaled down while all results are NaN, and one with NaN,
-0, Inf and the edges of fp8. E5M2 arguments get no Inf; i8 have all values, wider integers 0 to 3.

exit status: 0 when all bits are equal, 1 when not or when something went wrong"""


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit status.

    The work is done in a child process: the modules may divide by zero or read outside their
    buffers, and nobody wants that to end without a word.
    """
    files.ensure_stderr()
    words = sys.argv[1:] if argv is None else argv
    return child.run("fnuz-verify", lambda _: run(words), modules.crashed)


def run(argv: list[str]) -> int:
    """The same in this process."""
    return modules.run("fnuz-verify", _parser(), argv, _verify)


def _parser() -> Parser:
    parser = Parser("fnuz-verify", _DESCRIPTION, _EPILOG)
    add = parser.add_argument
    modules.add_options(parser, "compare", "CONVERTED")
    add("converted", nargs="?", metavar="CONVERTED", help="its conversion (default: convert it)")
    to_fnuz, to_ocp = (_options(name) for name in ("convert-ocp-to-fnuz", "convert-fnuz-to-ocp"))
    for name, info in to_fnuz.items():
        if info.choices:
            more = to_ocp[name].choices if name in to_ocp else ()
            choices = tuple(dict.fromkeys((*info.choices, *more)))
            text = f"{info.help} (default: {info.default}, or as CONVERTED says)"
            add(f"--{name}", choices=choices, help=text)
    add("--fuse", action="store_true", help="run fuse-dequantize on MODULE first")
    return parser


def _options(name: str) -> dict[str, Any]:
    from fnuz.passes import PASSES

    return {info.name: info for info in PASSES[name].options()}


def _recorded(converted: Any) -> dict[str, str]:
    """The options that a conversion left on its module, of those that are options here."""
    from fnuz.passes.mark import recorded

    options = _options("convert-ocp-to-fnuz")
    choices = {n: info.choices for n, info in options.items() if info.choices}
    found = {n: v for n, v in recorded(converted.operation).items() if n in choices}
    for name, value in found.items():
        if value not in choices[name]:
            raise UsageError(f"the mark of CONVERTED has {name}={value}, which does not exist")
    return found


def _verify(arguments: argparse.Namespace) -> int:
    # What follows imports numpy and MLIR; --help does not wait for them.
    from fnuz import passes
    from fnuz.bindings.diagnostics import at
    from fnuz.execution import signature
    from fnuz.execution.compare import Mismatch, Verifier, holds_ocp
    from fnuz.execution.cpu import clone
    from fnuz.execution.signature import public_functions
    from fnuz.passes import pipeline
    from fnuz.tools.diagnostics import Sources, printer

    if arguments.device != "cpu" and arguments.converted is None:
        raise UsageError(f"--device={arguments.device} runs the kernels of CONVERTED: give it")
    if arguments.inf not in (None, "nan", "saturate"):
        raise UsageError(f"--inf must be nan or saturate, not '{arguments.inf}'")
    options = {n: v for n in ("abi", "overflow", "inf") if (v := getattr(arguments, n)) is not None}
    emit = printer(Sources("-", None))

    def warn(location: Any, message: str) -> None:
        emit(at(location, "warning", message))

    context = modules.make_context()
    module = modules.read_module(arguments.module, context)
    functions = modules.choose_functions(module, arguments)
    semantics: dict[str, Any] = {}
    try:
        if arguments.fuse:
            passes.run(module, "lower-fp8-quant")
            passes.run(module, "fuse-dequantize")
        lowered = clone(module)
        passes.run(lowered, "lower-fp8-quant")  # a quantized type has no signature to run
        public = public_functions(lowered)
        signatures = {name: signature.of(public[name]) for name in functions}
        way = "ocp-to-fnuz" if holds_ocp(lowered, signatures) else "fnuz-to-ocp"
        pipeline.expand(way, options)  # for its errors
        if arguments.converted:
            converted = modules.read_module(arguments.converted, context)
            semantics = _recorded(converted)
            was = semantics.get("abi")
            if options.get("abi", was) != was:
                says = f"says abi={was}" if was else "does not say which it has"
                raise UsageError(f"--abi={options['abi']}: CONVERTED {says}")
        else:
            converted = clone(module)
            passes.run(converted, way, on_warning=warn, **options)
        semantics |= options
        semantics.pop("abi", None)
        verifier = Verifier(
            module, converted, functions=functions, device=arguments.device, **semantics
        )
    except (passes.BadOption, passes.PipelineError, Mismatch) as e:
        raise UsageError(e) from None
    try:
        return max([_compare(verifier, name, arguments) for name in functions])
    except Mismatch as e:
        raise UsageError(e) from None


def _compare(verifier: Any, function: str, arguments: argparse.Namespace) -> int:
    equal = True
    sets = _inputs(verifier.functions[function], arguments)
    only_nan = False
    while True:
        try:
            name, inputs = sets.send(only_nan) if only_nan else next(sets)
        except StopIteration:
            return 0 if equal else 1
        print(f"@{function}, {name}", flush=True)
        comparisons = verifier.run(function, inputs)
        for comparison in comparisons:
            print(f"  {comparison}")
            equal &= comparison.ok
        if not comparisons:
            print("  no results")
        elements = sum(c.elements for c in comparisons)
        only_nan = elements > 0 and elements == sum(c.nans for c in comparisons)


def _inputs(signature: Any, arguments: argparse.Namespace) -> Generator[Any, bool, None]:
    from fnuz.execution import inputs

    if not arguments.inputs:
        yield from inputs.sets(signature, arguments.seed, arguments.dynamic_size)
        return
    yield f"inputs of {arguments.inputs}", modules.load_inputs(arguments.inputs, signature)


if __name__ == "__main__":
    sys.exit(main())
