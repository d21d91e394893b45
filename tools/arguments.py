"""The command line of fnuz-opt: one table of flags, read by the parser and by `--help`.

Passes are flags too and their order counts, and an unknown flag may be an upstream pass; argparse
can do neither.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from fnuz.passes.pipeline import OPTIONAL, OUTPUTS, PIPELINES, members, options_of
from fnuz.passes.registry import PASSES, OptionInfo
from fnuz.tools.errors import UsageError

Kind = Literal["switch", "value", "optional"]


@dataclass(frozen=True)
class Flag:
    """A flag that is not a pass. `optional`: its value comes only with "="."""

    name: str
    kind: Kind
    help: str
    metavar: str = "value"
    default: str = ""


FLAGS = {
    f.name: f
    for f in (
        Flag("o", "value", "write to this file instead of stdout", "file"),
        Flag("f", "switch", "write bytecode or a code object to a terminal too"),
        Flag("q", "switch", "no progress, which an ONNX model gets after two seconds"),
        Flag("pass-pipeline", "value", "passes to run, e.g. 'builtin.module(a,b{x=y})'", "text"),
        Flag("split-input-file", "optional", "treat the parts between markers as files", "marker",
             "// -----"),
        Flag("verify-diagnostics", "optional", "check expected-error and its like",
             "all|only-expected", "all"),
        Flag("verify-each", "switch", "verify after each pass (default: true)"),
        Flag("verify-roundtrip", "switch", "write and read the module again, as text and bytecode"),
        Flag("emit-bytecode", "switch", "write bytecode"),
        Flag("compile-to", "value", "run lower-to-rocdl at the end; write the kernels alone",
             "|".join(OUTPUTS)),
        Flag("allow-unregistered-dialect", "switch", "accept ops of unknown dialects"),
        Flag("no-implicit-module", "switch", "the input is one op; put no module around it"),
        Flag("dump-pass-pipeline", "switch", "print the pipeline to stderr before running it"),
        Flag("mlir-disable-threading", "switch", "use one thread"),
        Flag("mlir-disable-diagnostic-notes", "switch", "print no notes"),
        Flag("mlir-elide-elementsattrs-if-larger", "value",
             "print larger constants as __elided__", "N"),
        Flag("mlir-elide-resource-strings-if-larger", "value",
             "leave larger resources out of the print", "N"),
        Flag("mlir-pass-statistics", "switch", "print the statistics of each pass"),
        Flag("mlir-pretty-debuginfo", "switch", "print locations, easier to read"),
        Flag("mlir-print-debuginfo", "switch", "print locations"),
        Flag("mlir-print-ir-after-all", "switch", "print the IR after each pass"),
        Flag("mlir-print-ir-after-change", "switch", "print the IR after a pass that changed it"),
        Flag("mlir-print-ir-after-failure", "switch", "print the IR after a pass that failed"),
        Flag("mlir-print-ir-before-all", "switch", "print the IR before each pass"),
        Flag("mlir-print-ir-module-scope", "switch", "print the whole module each time"),
        Flag("mlir-print-ir-tree-dir", "value", "print the IR to files in this folder", "folder"),
        Flag("mlir-print-local-scope", "switch", "print without aliases"),
        Flag("mlir-print-op-generic", "switch", "print ops in their generic form"),
        Flag("mlir-print-skip-regions", "switch", "print no regions"),
        Flag("mlir-timing", "switch", "print how long each pass took"),
        Flag("mlir-use-nameloc-as-prefix", "switch", "name values after their locations"),
        Flag("report", "value", "write what was done as JSON; - prints it to be read",
             "file"),
        Flag("list-passes", "switch", "print the passes and pipelines of this project"),
        Flag("list-rules", "switch", "print what convert-ocp-to-fnuz does to each op"),
        Flag("show-dialects", "switch", "print the known dialects"),
        Flag("help", "switch", "print this"),
        Flag("version", "switch", "print the versions"),
    )
}  # fmt: skip

ALIASES = {"h": "help", "quiet": "q"}

_ONE_PASS = (
    "the MLIR Python bindings cannot print the IR around one chosen pass; "
    "use --mlir-print-ir-before-all or --mlir-print-ir-after-all"
)
_NO_REPRODUCER = "the MLIR Python bindings have no reproducers; give the pipeline as a flag"
_NO_PRINTING_FLAG = "the MLIR Python bindings have no such printing option"
_NO_PLUGIN = "the MLIR Python bindings load no plugins"
_RELEASE_BUILD = "MLIR comes as a release build, in which this does nothing"

REFUSED = {
    "mlir-print-ir-before": _ONE_PASS,
    "mlir-print-ir-after": _ONE_PASS,
    "run-reproducer": _NO_REPRODUCER,
    "mlir-generate-reproducer": _NO_REPRODUCER,
    "mlir-pass-pipeline-crash-reproducer": _NO_REPRODUCER,
    "mlir-pass-pipeline-local-reproducer": _NO_REPRODUCER,
    "mlir-print-op-on-diagnostic": "MLIR's errors always show the op here",
    "mlir-print-stacktrace-on-diagnostic": "the MLIR Python bindings show no stack traces",
    "mlir-print-unique-ssa-ids": _NO_PRINTING_FLAG,
    "mlir-print-value-users": _NO_PRINTING_FLAG,
    "mlir-print-elementsattrs-with-hex-if-larger": _NO_PRINTING_FLAG,
    "mlir-timing-display": "the MLIR Python bindings print times in one form only",
    "mlir-pass-statistics-display": "the MLIR Python bindings print statistics in one form only",
    "mlir-very-unsafe-disable-verifier-on-parsing":
        "the MLIR Python bindings always verify what they parse",
    "emit-bytecode-version": "the bytecode is written in the version of this MLIR",
    "elide-resource-data-from-bytecode": "the MLIR Python bindings write whole bytecode only",
    "output-split-marker": "the parts of the output are separated by '// -----'",
    "irdl-file": "the dialects are those of this package and of upstream MLIR",
    "load-dialect-plugin": _NO_PLUGIN,
    "load-pass-plugin": _NO_PLUGIN,
    "debug": _RELEASE_BUILD,
    "debug-only": _RELEASE_BUILD,
}  # fmt: skip
"""Options of mlir-opt that cannot be had through the Python bindings, and why."""


@dataclass(frozen=True)
class PassFlag:
    """`--name="options"`: a pass or pipeline of ours, or else perhaps an upstream one."""

    flag: str
    name: str
    options: str


@dataclass
class Arguments:
    """A parsed command line."""

    values: dict[str, str] = field(default_factory=dict)
    passes: list[PassFlag] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)

    def on(self, name: str, default: bool = False) -> bool:
        """Whether a switch is on."""
        return self.values[name] == "true" if name in self.values else default

    def number(self, name: str) -> int | None:
        """The value of a flag that takes a number."""
        return int(self.values[name]) if name in self.values else None


def parse(argv: list[str]) -> Arguments:
    """Read a command line in the spellings of LLVM tools. Raises UsageError."""
    arguments = Arguments()
    rest = iter(argv)
    for word in rest:
        if word == "--":
            arguments.inputs += rest
        elif word == "-" or not word.startswith("-"):
            arguments.inputs.append(word)
        else:
            _flag(arguments, word, lambda: next(rest, None))
    if len(arguments.inputs) > 1:
        raise UsageError(f"expected one input file, not {', '.join(map(repr, arguments.inputs))}")
    if arguments.passes and "pass-pipeline" in arguments.values:
        raise UsageError(
            f"--pass-pipeline cannot be used with a pass flag, '{arguments.passes[0].flag}'"
        )
    return arguments


def _flag(arguments: Arguments, word: str, next_word: Callable[[], str | None]) -> None:
    spelled, has_value, text = word.partition("=")
    value = text if has_value else None
    name = spelled.removeprefix("-").removeprefix("-")
    name = ALIASES.get(name, name)
    if name in PASSES or name in PIPELINES or (name not in FLAGS and name not in REFUSED):
        arguments.passes.append(PassFlag(spelled, name, value or ""))
        return
    if name in REFUSED:
        raise UsageError(f"'{spelled}' is not supported: {REFUSED[name]}")
    flag = FLAGS[name]
    if flag.kind == "switch":
        values = {None: "true", "true": "true", "1": "true", "false": "false", "0": "false"}
        if value not in values:
            raise UsageError(f"'{spelled}' takes true or false, not '{value}'")
        arguments.values[name] = values[value]
        return
    if value is None:
        value = flag.default if flag.kind == "optional" else next_word()
    if not value:
        raise UsageError(f"'{spelled}' needs a value: {flag.metavar}")
    if flag.metavar == "N" and not value.isdecimal():
        raise UsageError(f"'{spelled}' takes a number, not '{value}'")
    if "|" in flag.metavar and value not in flag.metavar.split("|"):
        raise UsageError(f"'{spelled}' takes {' or '.join(flag.metavar.split('|'))}, not '{value}'")
    arguments.values[name] = value


def usage() -> str:
    """The text of `--help`."""
    lines = [
        "usage: fnuz-opt [options] [input file, default: stdin]",
        "",
        "Runs MLIR passes: those of fnuz and all upstream ones. Flags are spelled as in mlir-opt.",
        "",
        'Passes of fnuz, run in the order given; options as --pass="a=b c=d":',
        "",
        *list_passes(),
        'Any other flag is tried as an upstream pass, e.g. --canonicalize="top-down=false".',
        "",
        "Options:",
        "",
    ]
    for flag in FLAGS.values():
        dashes = "-" if len(flag.name) == 1 else "--"
        if flag.kind == "switch":
            value = ""
        elif flag.kind == "optional":
            value = f"[=<{flag.metavar}>]"
        else:
            value = f"{' ' if dashes == '-' else '='}<{flag.metavar}>"
        lines.append(f"  {dashes + flag.name + value:<50} {flag.help}")
    lines += ["", "The exit status is 0, or 1 when anything failed; nothing is written then.", ""]
    return "\n".join(lines)


def list_passes() -> list[str]:
    """Every pass and pipeline with its options, for `--help` and `--list-passes`."""
    lines = []
    for name, cls in PASSES.items():
        lines.append(f"  --{name:<30} {cls.summary()}")
        lines += [_option(o) for o in cls.options()]
        lines.append("")
    for name in PIPELINES:
        passes = ", then ".join(members(name))
        lines.append(f"  --{name:<30} {passes}, with the options of each")
        lines += [_option(o) for o in options_of(name) if o.name in OPTIONAL.get(name, {})]
        lines.append("")
    return lines


def _option(o: OptionInfo) -> str:
    default = str(o.default).lower() if o.type is bool else o.default
    kind = "|".join(o.choices) or {bool: "true|false", int: "N"}.get(o.type, "text")
    return f"      {f'{o.name}=<{kind}>':<40} {o.help} (default: {default})"
