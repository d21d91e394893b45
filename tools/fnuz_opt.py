"""fnuz-opt: mlir-opt with the passes of this project."""

import difflib
import io
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fnuz import passes as _passes
from fnuz.bindings.diagnostics import Diagnostic, at, renamed
from fnuz.bindings.listener import Listener
from fnuz.frontends import import_file, is_onnx
from fnuz.frontends.errors import ImportFailed
from fnuz.frontends.stages import OnStage, silent
from fnuz.passes import pipeline as pipelines
from fnuz.passes.registry import CONVERT_FP8, PASSES, BadOption, Diagnostics
from fnuz.passes.report import FunctionReport, Report, to_json
from fnuz.tools import arguments as cli
from fnuz.tools import child, files
from fnuz.tools.arguments import Arguments
from fnuz.tools.diagnostics import Sink, Sources, printer
from fnuz.tools.errors import UsageError, internal_error
from fnuz.tools.interrupts import interruptible
from fnuz.tools.verify_diagnostics import BadExpectation, Verifier
from fnuz.tools.version import version_line

SEPARATOR = "// -----"


class Failed(Exception):
    """The work failed and stderr says why."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    files.ensure_stderr()
    words = sys.argv[1:] if argv is None else argv
    return interruptible(lambda: _guarded(lambda: _run_words(words)))


def _run_words(words: list[str]) -> int:
    arguments = cli.parse(words)
    print_only = next((n for n in _PRINTERS if arguments.on(n)), None)
    if print_only:
        text = _PRINTERS[print_only]()
        with files.open_output("-") as out:
            out.write(text.encode())
        return 0
    if arguments.inputs and is_onnx(arguments.inputs[0]):
        # An import may take long, and torch-mlir may crash.
        return child.run(
            "fnuz-opt",
            lambda on_stage: _guarded(lambda: _optimize(arguments, on_stage)),
            lambda signal: f"the run on '{arguments.inputs[0]}' ended with {signal}",
            quiet=arguments.on("q"),
        )
    return _optimize(arguments)


def _guarded(work: Callable[[], int]) -> int:
    """Call `work`; what it raises is said on stderr, with exit status 1."""
    try:
        return work()
    except Failed:
        return 1
    except BrokenPipeError:
        # Python flushes stdout once more at exit; nobody reads it.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except (UsageError, BadOption, files.FileError, pipelines.PipelineError, ImportError) as e:
        print(f"fnuz-opt: error: {e}", file=sys.stderr)
        return 1
    except BadExpectation as e:
        print(e, file=sys.stderr)
        return 1
    except Exception as e:
        return internal_error("fnuz-opt", e)


@dataclass(frozen=True)
class Chunk:
    """One module to work on. `text` is None for a file that MLIR reads itself."""

    source: files.Source
    text: bytes | None


def _binary(arguments: Arguments) -> str | None:
    """What the output is when it is no text."""
    compile_to = arguments.values.get("compile-to")
    if compile_to and arguments.on("emit-bytecode"):
        raise UsageError("--emit-bytecode and --compile-to do not go together")
    if compile_to == "hsaco":
        return "a code object"
    return "bytecode" if arguments.on("emit-bytecode") else None


def _optimize(arguments: Arguments, on_stage: OnStage = silent) -> int:
    binary = _binary(arguments)
    output = arguments.values.get("o", "-")
    if output != "-":
        files.check_output(output)
    elif binary and not arguments.on("f") and _terminal():
        raise UsageError(f"{binary} would garble the terminal: give -o, a pipe, or -f to insist")
    report = arguments.values.get("report")
    if report is not None and report != "-":
        files.check_output(report)
    elif report == output == "-" and binary:
        raise UsageError(f"--report=- and {binary} on stdout do not go together: give -o")
    source = files.read_source(arguments.inputs[0] if arguments.inputs else "-")
    chunks = _chunks(source, arguments)
    if len(chunks) > 1 and binary:
        flag = "--emit-bytecode" if arguments.on("emit-bytecode") else "--compile-to=hsaco"
        raise UsageError(f"{flag} writes one module, and --split-input-file found more")
    # Every module is kept, in a context of its own, until all went well.
    runs = [_Run(chunk, arguments, on_stage) for chunk in chunks]
    results = [run.result() for run in runs]
    if any(not ok for ok, _ in results):
        raise Failed
    if report is not None and report != "-":
        with files.open_output(report) as out:
            out.write(to_json([run.report for run in runs]).encode())
    with files.open_output(output) as out:
        if report == "-":
            text = "".join(run.report.to_text() for run in runs)
            _print_report(text, out if output == "-" else None)
        for i, (_, write) in enumerate(results):
            if i:
                out.write(f"{SEPARATOR}\n".encode())
            if write:
                write(out)
    return 0


def _print_report(text: str, before_module: Any) -> None:
    """The report on stdout; as comments where the module follows, which still parses so."""
    if before_module is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        before_module.write("".join(f"// {line}\n" for line in text.splitlines()).encode())


def _chunks(source: files.Source, arguments: Arguments) -> list[Chunk]:
    marker = arguments.values.get("split-input-file")
    binary = "an ONNX model" if is_onnx(source.name) else ""
    if not binary and files.is_bytecode(source):
        binary = "bytecode"
    if binary:
        if marker or "verify-diagnostics" in arguments.values:
            raise UsageError(
                "--split-input-file and --verify-diagnostics read comments; "
                f"'{source.name}' is {binary}"
            )
        return [Chunk(source, source.content)]
    bad = files.find_unreadable(source)
    if bad:
        message, position = bad
        place = Diagnostic("error", message, source.name, *position)
        printer(Sources(source.name, source.content))(place)
        raise Failed
    if not marker:
        return [Chunk(source, source.content)]
    # Empty lines stand in for the earlier parts, so that lines count through the whole file.
    chunks, lines, first = [], source.read().split(b"\n"), 0
    for i, line in enumerate([*lines, marker.encode()]):
        if line.rstrip() == marker.encode():
            chunks.append(Chunk(source, b"\n" * first + b"\n".join(lines[first:i]) + b"\n"))
            first = i + 1
    return chunks


class _Run:
    """One chunk through the pipeline, in a context of its own."""

    def __init__(self, chunk: Chunk, arguments: Arguments, on_stage: OnStage) -> None:
        from fnuz import bindings

        self.arguments = arguments
        self.on_stage = on_stage
        self.source = chunk.source
        self.text = chunk.text
        self.package = bindings.load()
        self.context = self._context()
        self.compile_to = arguments.values.get("compile-to")
        self.objects: dict[str, bytes] = {}
        self.verifier: Verifier | None = None
        self.errors = 0
        verify = arguments.values.get("verify-diagnostics")
        content = self.text
        if verify and content is None:
            content = chunk.source.read()
        notes = not arguments.on("mlir-disable-diagnostic-notes")
        self.sink: Sink = printer(Sources(chunk.source.name, content), notes=notes)
        if verify:
            assert content is not None
            only = verify == "only-expected"
            self.verifier = Verifier(content, chunk.source.name, self.sink, only)
            self.sink = self.verifier.emit
        self.diagnostics = Diagnostics(lambda location, m: self._emit(at(location, "warning", m)))
        self.report = Report()
        if "report" in arguments.values:
            self.diagnostics.report = self.report
        self.listener = Listener(self.context, self._handle)

    def result(self) -> tuple[bool, "Callable[[Any], None] | None"]:
        """Whether all is well, and what writes the module, if there is one to write."""
        op = self._run()
        if self.verifier:
            return self.verifier.finish(), op and (lambda out: self._write(op, out))
        if op is None and not self.errors:
            self._emit(Diagnostic("error", "MLIR failed and did not say why", self.source.name))
        return op is not None, op and (lambda out: self._write(op, out))

    def _context(self) -> Any:
        from fnuz.bindings import dialects
        from fnuz.dialect import ops

        context = self.package.ir.Context()
        ops.load(context)
        dialects.register(context)
        context.emit_error_diagnostics = True
        context.allow_unregistered_dialects = self.arguments.on("allow-unregistered-dialect")
        # MLIR aborts when IR printing meets threads.
        if self.arguments.on("mlir-disable-threading") or _printing(self.arguments):
            context.enable_multithreading(False)
        return context

    def _emit(self, diagnostic: Diagnostic) -> None:
        self.errors += diagnostic.severity == "error"
        self.sink(renamed(diagnostic, self.source.name))

    def _handle(self, diagnostic: Diagnostic) -> bool:
        self._emit(diagnostic)
        return True

    def _run(self) -> Any:
        """The module after the passes, or None."""
        implicit_module = not self.arguments.on("no-implicit-module")
        passes = self._pass_manager(pipelines.ANCHOR) if implicit_module else None
        op = self._parse()
        if op is None or (self.arguments.on("verify-roundtrip") and not self._round_trips(op)):
            return None
        pass_manager = passes or self._pass_manager(op.operation.name)
        self.on_stage("running the passes")
        try:
            pass_manager.run(op.operation)
        except self.package.ir.MLIRError:
            return None
        if self.compile_to and not self._compile(op, self.compile_to):
            return None
        return op

    def _compile(self, op: Any, output: str) -> bool:
        """Fill `objects` with what the gpu.modules become; whether that went well."""
        from fnuz.passes.gfx942 import backend, resources

        self.on_stage("compiling for gfx942")
        names = list(backend.gpu_modules(op.operation))
        if output == "hsaco" and len(names) > 1:
            message = (
                f"a code object is of one gpu.module, and here are {', '.join(names)}: put all in "
                "one, or call fnuz.passes.gfx942.compile_to_hsaco, which gives one for each"
            )
            self._emit(at(op.operation.location, "error", message))
            return False

        module = op.operation
        try:
            self.objects = backend.compile_lowered(module, output, self.diagnostics.on_warning)
            if self.diagnostics.report is not None:
                isa = self.objects
                if output != "isa":  # Whatever there was to warn of has been said.
                    isa = backend.compile_lowered(module, "isa", lambda *_: None)
                for name, text in isa.items():
                    for kernel, needs in resources.of_isa(text.decode()).items():
                        part = FunctionReport(resources=vars(needs))
                        self.report.functions[f"{name}::{kernel}"] = part
        except _passes.PassFailed as e:
            for diagnostic in e.diagnostics:
                self._emit(diagnostic)
            return False
        return True

    def _parse(self) -> Any:
        ir = self.package.ir
        if is_onnx(self.source.name):
            return self._import()
        try:
            if self.arguments.on("no-implicit-module"):
                text = self.source.read() if self.text is None else self.text
                try:
                    return ir.Operation.parse(
                        text.decode(), source_name=self.source.name, context=self.context
                    )
                except UnicodeDecodeError:
                    raise UsageError("--no-implicit-module reads UTF-8 text only") from None
            if self.text is None:
                return ir.Module.parseFile(self.source.path, context=self.context)
            return ir.Module.parse(self.text, context=self.context)
        except ir.MLIRError:
            return None

    def _import(self) -> Any:
        if self.arguments.on("no-implicit-module"):
            raise UsageError(f"--no-implicit-module reads MLIR; '{self.source.name}' is ONNX")
        try:
            return import_file(self.source.name, context=self.context, on_stage=self.on_stage)
        except ImportFailed as e:
            for diagnostic in e.diagnostics:
                self._emit(diagnostic)
            return None

    def _pass_manager(self, anchor: str) -> Any:
        a = self.arguments
        pipeline = self._pipeline(anchor)
        if self.compile_to:
            lowering = pipelines.expand("lower-to-rocdl", {})
            pipeline = pipelines.Pipeline(pipeline.anchor, (*pipeline.elements, *lowering))
        pass_manager = self.package.passmanager.PassManager(pipeline.anchor, context=self.context)
        pipelines.add(pass_manager, pipeline.elements, self.diagnostics)
        if a.on("dump-pass-pipeline"):
            count = len(pipeline.elements)
            print(f"Pass Manager with {count} parts:\n{pipeline}", file=sys.stderr, flush=True)
        pass_manager.enable_verifier(a.on("verify-each", default=True))
        if a.on("mlir-timing"):
            pass_manager.enable_timing()
        if a.on("mlir-pass-statistics"):
            pass_manager.enable_statistics()
        if _printing(a):
            after_change = a.on("mlir-print-ir-after-change")
            after_failure = a.on("mlir-print-ir-after-failure")
            tree = a.values.get("mlir-print-ir-tree-dir")
            pass_manager.enable_ir_printing(
                print_before_all=a.on("mlir-print-ir-before-all"),
                print_after_all=a.on("mlir-print-ir-after-all") or after_change or bool(tree),
                print_module_scope=a.on("mlir-print-ir-module-scope"),
                print_after_change=after_change,
                print_after_failure=after_failure,
                large_elements_limit=a.number("mlir-elide-elementsattrs-if-larger"),
                large_resource_limit=a.number("mlir-elide-resource-strings-if-larger"),
                enable_debug_info=a.on("mlir-print-debuginfo"),
                print_generic_op_form=a.on("mlir-print-op-generic"),
                tree_printing_dir_path=tree,
            )
        return pass_manager

    def _pipeline(self, anchor: str) -> pipelines.Pipeline:
        text = self.arguments.values.get("pass-pipeline")
        if text is not None:
            return pipelines.parse(text)
        scratch = self.package.passmanager.PassManager(anchor, context=self.context)
        elements: list[pipelines.Element] = []
        for flag in self.arguments.passes:
            if flag.name in PASSES or flag.name in pipelines.PIPELINES:
                elements += pipelines.expand(flag.name, pipelines.parse_options(flag.options))
                continue
            # An unknown flag: only MLIR knows whether it is an upstream pass.
            if not re.fullmatch(r"[\w-]+", flag.name):
                raise _unknown(flag.flag)
            options = f"{{{flag.options}}}" if flag.options else ""
            try:
                elements.append(pipelines.nest(scratch, flag.name + options))
            except pipelines.UnknownPass:
                raise _unknown(flag.flag) from None
        return pipelines.Pipeline(anchor, tuple(elements))

    def _round_trips(self, op: Any) -> bool:
        def generic(op: Any) -> bytes:
            asm = op.operation.get_asm(
                binary=True, enable_debug_info=True, print_generic_op_form=True
            )
            assert isinstance(asm, bytes)
            return asm

        bytecode = io.BytesIO()
        op.operation.write_bytecode(bytecode)
        text = op.operation.get_asm(binary=True, enable_debug_info=True)
        for form, written in (("bytecode", bytecode.getvalue()), ("text", text)):
            # A fresh context: in this one, resources would get new names.
            context = self._context()
            with Listener(context, self._handle):
                try:
                    again = self.package.ir.Module.parse(written, context=context)
                except self.package.ir.MLIRError:
                    again = None
            if again is None or generic(again) != generic(op):
                message = f"writing the module as {form} and reading it again changed it"
                self._emit(Diagnostic("error", message, self.source.name))
                return False
        return True

    def _write(self, op: Any, out: Any) -> None:
        a = self.arguments
        if self.compile_to:
            for i, (name, content) in enumerate(self.objects.items()):
                if i:
                    out.write(f"{SEPARATOR}\n".encode())
                if len(self.objects) > 1:
                    out.write(f"// gpu.module @{name}\n".encode())
                out.write(content)
            return
        if a.on("emit-bytecode"):
            op.operation.write_bytecode(out)
            return
        pretty = a.on("mlir-pretty-debuginfo")
        op.operation.print(
            file=out,
            binary=True,
            large_elements_limit=a.number("mlir-elide-elementsattrs-if-larger"),
            large_resource_limit=a.number("mlir-elide-resource-strings-if-larger"),
            enable_debug_info=a.on("mlir-print-debuginfo") or pretty,
            pretty_debug_info=pretty,
            print_generic_op_form=a.on("mlir-print-op-generic"),
            use_local_scope=a.on("mlir-print-local-scope"),
            use_name_loc_as_prefix=a.on("mlir-use-nameloc-as-prefix"),
            skip_regions=a.on("mlir-print-skip-regions"),
        )
        out.write(b"\n")


def _printing(arguments: Arguments) -> bool:
    return "mlir-print-ir-tree-dir" in arguments.values or any(
        arguments.on(f"mlir-print-ir-{when}")
        for when in ("before-all", "after-all", "after-change", "after-failure")
    )


def _terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _unknown(flag: str) -> UsageError:
    known = [f"--{n}" for n in (*PASSES, *pipelines.PIPELINES, *cli.FLAGS)]
    close = difflib.get_close_matches("--" + flag.lstrip("-"), known, n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else "; see --help"
    return UsageError(f"unknown option or pass '{flag}'{hint}")


def _list_passes() -> str:
    lines = [*cli.list_passes(), "The passes of upstream MLIR are there too; it gives no list."]
    return "\n".join(lines) + "\n"


def _list_rules() -> str:
    from fnuz.passes import rules as _rules  # noqa: F401 - registers every rule

    rows = [(op, rule) for rule in CONVERT_FP8.rules for op in rule.ops]
    wide = max((len(op) for op, _ in rows), default=0)
    name = max((len(rule.name) for _, rule in rows), default=0)
    effect = max((len(rule.effect_on(op)) for op, rule in rows), default=0)
    lines = [
        f"{op:<{wide}}  {r.name:<{name}}  {r.effect_on(op):<{effect}}  {r.why}"
        for op, r in sorted(rows, key=lambda row: row[0])
    ]
    return "\n".join(lines) + "\n"


def _show_dialects() -> str:
    from fnuz import bindings
    from fnuz.bindings import dialects
    from fnuz.dialect import ops

    ir = bindings.load().ir
    context = ir.Context()
    ops.load(context)
    dialects.register(context)
    # The bindings have no list of dialects, but an op of an unknown one makes MLIR print it.
    try:
        ir.Module.parse("no_such_dialect.op", context=context)
    except ir.MLIRError as e:
        notes = [n.message for d in e.error_diagnostics for n in d.notes]
        # A dialect that is loaded but not registered, as one made in Python, has a " (*)".
        found = re.search(r"Available dialects: ([\w, ()*]*?) (?:\(\* |;)", "\n".join(notes))
        if found:
            names = [name.removesuffix(" (*)") for name in found[1].split(", ")]
            return "\n".join(["Available Dialects:", *names, ""])
    raise UsageError("this MLIR does not say which dialects it has")


_PRINTERS: dict[str, Callable[[], str]] = {
    "help": cli.usage,
    "version": lambda: version_line("fnuz-opt") + "\n",
    "list-passes": _list_passes,
    "list-rules": _list_rules,
    "show-dialects": _show_dialects,
}

if __name__ == "__main__":
    sys.exit(main())
