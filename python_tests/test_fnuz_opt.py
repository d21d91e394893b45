"""fnuz-opt as a process: bad input of every kind, output files, start-up, and old crashes."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = b"func.func @f(%a: f32) -> f32 {\n  return %a : f32\n}\n"
PRINTED = b"module {\n  func.func @f(%arg0: f32) -> f32 {\n    return %arg0 : f32\n  }\n}\n\n"

# Passes for the tests alone, then fnuz-opt.
TEST_PASSES = """
import gc, sys
from dataclasses import dataclass
from typing import ClassVar
from fnuz.passes.registry import ModulePass, option, register

@register
@dataclass(frozen=True)
class TestRaise(ModulePass):
    "Raises."
    name: ClassVar[str] = "test-raise"
    def run(self, module, diagnostics):
        raise KeyError("a bug")

@register
@dataclass(frozen=True)
class TestError(ModulePass):
    "Reports an error."
    name: ClassVar[str] = "test-error"
    def run(self, module, diagnostics):
        gc.collect()
        diagnostics.error(module.regions[0].blocks[0].operations[0].location, "not for me")

@register
@dataclass(frozen=True)
class TestWarn(ModulePass):
    "Warns."
    name: ClassVar[str] = "test-warn"
    times: int = option(1, "how often")
    def run(self, module, diagnostics):
        gc.collect()
        for _ in range(self.times):
            diagnostics.warning(module.regions[0].blocks[0].operations[0].location, "be careful")

from fnuz.tools.fnuz_opt import main
sys.exit(main())
"""


def opt(
    *args: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None, prelude: bool = False
) -> "subprocess.CompletedProcess[bytes]":
    program = ["-c", TEST_PASSES] if prelude else ["-m", "fnuz.tools.fnuz_opt"]
    return subprocess.run(
        [sys.executable, *program, *map(str, args)],
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
        timeout=120,
    )


def assert_fails(result: "subprocess.CompletedProcess[bytes]", message: str) -> None:
    """A clear error, exit status 1, and nothing else."""
    err = result.stderr.decode()
    assert re.search(message, err), err
    assert "Traceback" not in err
    assert "internal error" not in err
    assert result.stdout == b""
    assert result.returncode == 1


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.mlir"
    path.write_bytes(GOOD)
    return path


@pytest.fixture
def bytecode(tmp_path: Path, good: Path) -> Path:
    path = tmp_path / "good.mlirbc"
    assert opt(good, "--emit-bytecode", "-o", path).returncode == 0
    return path


BAD_TEXT = {
    "not MLIR": (b"hello world\n", r"in\.mlir:1:1: error: custom op 'hello' is unknown"),
    "cut off": (b"func.func @f( {", r"in\.mlir:1:14: error: "),
    "does not verify": (
        b"func.func @f() -> f32 {\n  return\n}",
        r"in\.mlir:2:3: error: 'func.return' op has 0 operands.*\n  return\n  \^\n",
    ),
    "uses an undefined value": (b'\n"func.return"(%x) : (i1) -> ()', r"in\.mlir:2:15: error: "),
    "binary garbage": (bytes(range(128, 256)), r"in\.mlir:1:1: error: unexpected character"),
    "another file format": (b"\x7fELF\x02\x01\x01" + bytes(64), r"in\.mlir:1:8: error: NUL byte"),
    "NUL bytes": (bytes(4096), r"in\.mlir:1:1: error: NUL byte: this is not MLIR text"),
    "NUL byte inside": (GOOD + b"  \0", r"in\.mlir:4:3: error: NUL byte"),
    "sub-channel fp8": (
        b"// !quant.uniform<f8E4M3FN:f32:{0:1}, {0.1}>\n"
        b"!a = !quant.uniform<i8:f32:{0:1}, {0.1}>\n"
        b"!b = !quant.uniform<f8E4M3FN<-9:9>:f32:{0:1}, {0.1}>\n",
        r"in\.mlir:3:6: error: MLIR cannot read the text of a sub-channel quantized type on fp8",
    ),
    "not UTF-8": (b"func.func @f\xff() { return }", r"in\.mlir:1:13: error: "),
    "UTF-16": ("module {}".encode("utf-16"), r"in\.mlir:1:4: error: NUL byte"),
    "bytecode magic alone": (b"ML\xefR", r"in\.mlir:0:0: error: "),
    "bytecode garbage": (b"ML\xefR" + b"\xff" * 64, r"in\.mlir:0:0: error: "),
    "unknown dialect": (b'"foo.bar"() : () -> ()', r"in\.mlir:1:10: error: .*unregistered dialect"),
}


@pytest.mark.parametrize(("text", "message"), BAD_TEXT.values(), ids=BAD_TEXT.keys())
def test_bad_text(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "in.mlir"
    path.write_bytes(text)
    assert_fails(opt(path), message)
    assert_fails(opt(path, "--canonicalize", "--ocp-to-fnuz"), message)
    assert_fails(opt(stdin=text), message.replace(r"in\.mlir", "<stdin>"))


BAD_USE = {
    "missing file": (["{dir}/none.mlir"], "cannot open input file '.*none.mlir': No such file"),
    "folder as input": (["{dir}"], "cannot open input file '.*': Is a directory"),
    "output in no folder": (["{good}", "-o", "{dir}/no/x"], "cannot open output file .*no/x"),
    "output is a folder": (["{good}", "-o", "{dir}"], "cannot open output file '.*': Is a dir"),
    "two inputs": (["{good}", "{good}"], "expected one input file, not"),
    "unknown flag": (["{good}", "--no-such-thing"], "unknown option or pass '--no-such-thing'"),
    "unknown flag, one dash": (["{good}", "-nope"], "unknown option or pass '-nope'"),
    "unknown flag with value": (["{good}", "--no-such=a b"], "unknown option or pass '--no-such'"),
    "no flag at all": (["{good}", "--=x"], "unknown option or pass '--'"),
    "close to a pass": (["{good}", "--ocp-to-fnus"], "did you mean --ocp-to-fnuz"),
    "close to an option": (["{good}", "--emit-bytecod"], "did you mean --emit-bytecode"),
    "unknown pass": (["{good}", "--pass-pipeline=builtin.module(nope)"], "'nope' is not a pass"),
    "unknown option of a pass": (["{good}", "--convert-ocp-to-fnuz=x=1"], "has no option 'x'"),
    "option given twice": (["{good}", "--ocp-to-fnuz=chip=a chip=b"], "'chip' is given twice"),
    "unknown upstream option": (["{good}", "--canonicalize=x=1"], "no such option x"),
    "bad upstream value": (
        ["{good}", "--canonicalize=max-iterations=x"],
        "failed to add `canonicalize` with options `max-iterations=x`",
    ),
    "brace in the options": (["{good}", "--canonicalize=}}"], "fnuz-opt: error: "),
    "no anchor": (["{good}", "--pass-pipeline=cse"], "expected pass pipeline to be wrapped"),
    "empty pipeline": (["{good}", "--pass-pipeline="], "'--pass-pipeline' needs a value"),
    "no pipeline": (["{good}", "--pass-pipeline"], "'--pass-pipeline' needs a value"),
    "unbalanced": (["{good}", "--pass-pipeline=builtin.module(cse"], "unbalanced '\\('"),
    "nested": (
        ["{good}", "--pass-pipeline=builtin.module(func.func(ocp-to-fnuz))"],
        "'ocp-to-fnuz' runs on builtin.module",
    ),
    "pipeline and pass": (
        ["{good}", "--cse", "--pass-pipeline=builtin.module()"],
        "--pass-pipeline cannot be used with a pass flag, '--cse'",
    ),
    "not a number": (["{good}", "--mlir-elide-elementsattrs-if-larger=x"], "takes a number"),
    "not true or false": (["{good}", "--verify-each=maybe"], "takes true or false, not 'maybe'"),
    "refused": (["{good}", "--mlir-print-ir-after=cse"], "is not supported: the MLIR Python"),
    "bytecode of many": (
        ["{split}", "--split-input-file", "--emit-bytecode"],
        "--emit-bytecode writes one module",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("args", "message"), BAD_USE.values(), ids=BAD_USE.keys())
def test_bad_use(tmp_path: Path, good: Path, args: list[str], message: str) -> None:
    split = tmp_path / "split.mlir"
    split.write_bytes(GOOD + b"// -----\n" + GOOD)
    filled = [a.format(dir=tmp_path, good=good, split=split) for a in args]
    assert_fails(opt(*filled), message)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_unreadable(good: Path) -> None:
    good.chmod(0)
    assert_fails(opt(good), "cannot open input file '.*': Permission denied")


def test_truncated_bytecode(tmp_path: Path, bytecode: Path) -> None:
    whole = bytecode.read_bytes()
    path = tmp_path / "in.mlir"
    for size in (4, 5, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert_fails(opt(path), r"in\.mlir:\d+:\d+: error: ")


def test_damaged_bytecode(tmp_path: Path, bytecode: Path) -> None:
    """A name that is no UTF-8 any more aborted the process when the error was read."""
    whole = bytecode.read_bytes()
    path = tmp_path / "in.mlir"
    for at in range(14, len(whole), len(whole) // 16):
        path.write_bytes(whole[:at] + b"\xff\xff" + whole[at + 2 :])
        result = opt(path)
        assert result.returncode in (0, 1)
        assert b"Traceback" not in result.stderr
        assert (result.returncode == 0) == (result.stderr == b"")


def test_empty_file_is_an_empty_module(tmp_path: Path) -> None:
    path = tmp_path / "empty.mlir"
    path.write_bytes(b"")
    result = opt(path)
    assert (result.stdout, result.stderr, result.returncode) == (b"module {\n}\n\n", b"", 0)


def test_bytes_that_are_not_utf8_in_a_string_survive() -> None:
    result = opt(stdin=b'module attributes {a.b = "\xff"} {}')
    assert result.stdout == b'module attributes {a.b = "\\FF"} {\n}\n\n'


def test_reads_a_pipe(good: Path) -> None:
    read, write = os.pipe()
    os.write(write, GOOD)
    os.close(write)
    command = [sys.executable, "-m", "fnuz.tools.fnuz_opt", f"/dev/fd/{read}"]
    result = subprocess.run(command, pass_fds=[read], capture_output=True)
    os.close(read)
    assert (result.stdout, result.stderr) == (PRINTED, b"")


def test_closed_stdin() -> None:
    command = f"'{sys.executable}' -m fnuz.tools.fnuz_opt <&-"
    assert_fails(subprocess.run(command, shell=True, capture_output=True), "stdin")


def test_broken_pipe(good: Path) -> None:
    for args in ([good], [good, "--emit-bytecode"], ["--help"]):
        read, write = os.pipe()
        os.close(read)
        command = [sys.executable, "-m", "fnuz.tools.fnuz_opt", *map(str, args)]
        result = subprocess.run(command, stdout=write, stderr=subprocess.PIPE)
        os.close(write)
        assert (result.stderr, result.returncode) == (b"", 1)


def test_full_device(good: Path) -> None:
    for form in ([], ["--emit-bytecode"]):
        assert_fails(
            opt(good, *form, "-o", "/dev/full"), "cannot write output file '/dev/full': No"
        )


def test_output_file_is_replaced_whole(tmp_path: Path, good: Path) -> None:
    out = tmp_path / "out.mlir"
    out.write_bytes(b"before")
    out.chmod(0o640)
    assert opt(good, "-o", out).stdout == b""
    assert out.read_bytes() == PRINTED
    assert stat.S_IMODE(out.stat().st_mode) == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["good.mlir", "out.mlir"]


def test_output_through_a_link(tmp_path: Path, good: Path) -> None:
    link = tmp_path / "link.mlir"
    link.symlink_to(tmp_path / "target.mlir")
    assert opt(good, "-o", link).returncode == 0
    assert link.is_symlink()
    assert (tmp_path / "target.mlir").read_bytes() == PRINTED


def test_new_output_file_has_usual_permissions(tmp_path: Path, good: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert opt(good, f"-o={tmp_path / 'out'}").returncode == 0
    assert (tmp_path / "out").stat().st_mode == plain.stat().st_mode


def test_failure_leaves_the_output_file_alone(tmp_path: Path, good: Path) -> None:
    out = tmp_path / "out.mlir"
    out.write_bytes(b"before")
    for args in (["--test-error"], ["--test-raise"], ["--no-such"], ["--split-input-file=)"]):
        bad = ["--test-error", *args] if "split" in args[0] else args
        assert opt(good, *bad, "-o", out, prelude=True).returncode == 1
        assert out.read_bytes() == b"before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["good.mlir", "out.mlir"]


def test_input_may_be_the_output(good: Path, bytecode: Path) -> None:
    assert opt(good, "-o", good).returncode == 0
    assert good.read_bytes() == PRINTED
    # MLIR maps bytecode while it works.
    assert opt(bytecode, "--emit-bytecode", "-o", bytecode).returncode == 0
    assert opt(bytecode).stdout == PRINTED


def test_bytecode_is_not_for_terminals(good: Path) -> None:
    command = [sys.executable, "-m", "fnuz.tools.fnuz_opt", "--emit-bytecode", str(good)]
    main, terminal = os.openpty()
    try:
        refused = subprocess.run(command, stdout=terminal, stderr=subprocess.PIPE)
        insisted = subprocess.run([*command, "-f"], stdout=terminal, stderr=subprocess.PIPE)
        os.set_blocking(main, False)
        shown = os.read(main, 65536)
    finally:
        os.close(main)
        os.close(terminal)
    assert refused.returncode == 1
    assert b"bytecode would garble the terminal" in refused.stderr
    assert insisted.returncode == 0
    assert shown.startswith(b"ML\xefR")  # So the refused one wrote nothing.


def test_error_of_a_pass(good: Path) -> None:
    for flag in ("--test-error", "--pass-pipeline=builtin.module(cse,test-error,cse)"):
        result = opt(good, flag, prelude=True)
        source = "func.func @f(%a: f32) -> f32 {"
        assert_fails(result, rf"good\.mlir:1:1: error: not for me\n{re.escape(source)}\n\^\n")


def test_bug_in_a_pass_is_one_line(good: Path) -> None:
    result = opt(good, "--test-raise", prelude=True, env={"FNUZ_DEBUG": "0"})
    assert result.returncode == 1
    assert result.stdout == b""
    message = r"good\.mlir:0:0: error: internal error in pass 'test-raise': KeyError: 'a bug'"
    assert re.search(message, result.stderr.decode())
    assert b"Traceback" not in result.stderr
    assert result.stderr.count(b"\n") == 1
    debug = opt(good, "--test-raise", prelude=True, env={"FNUZ_DEBUG": "1"})
    assert debug.stderr.startswith(b"Traceback")


def test_warning_of_a_pass(good: Path) -> None:
    result = opt(good, "--test-warn=times=2", prelude=True)
    assert (result.stdout, result.returncode) == (PRINTED, 0)
    assert result.stderr.count(b"good.mlir:1:1: warning: be careful\nfunc.func @f(") == 2


def test_warning_can_be_expected(tmp_path: Path, good: Path) -> None:
    path = tmp_path / "in.mlir"
    path.write_bytes(b"// expected-warning@+1 {{careful}}\n" + GOOD)
    assert opt(path, "--verify-diagnostics", "--test-warn", prelude=True).returncode == 0
    unexpected = opt(good, "--verify-diagnostics", "--test-warn", prelude=True)
    assert unexpected.returncode == 1
    assert b"good.mlir:1:1: error: unexpected warning: be careful" in unexpected.stderr
    missing = opt(path, "--verify-diagnostics", prelude=True)
    assert missing.returncode == 1
    assert b'in.mlir:1:4: error: expected warning "careful" was not produced' in missing.stderr


def test_expected_errors_leave_no_output(tmp_path: Path) -> None:
    path = tmp_path / "in.mlir"
    path.write_bytes(b"// expected-error@+1 {{not for me}}\n" + GOOD)
    result = opt(path, "--verify-diagnostics", "--test-error", prelude=True)
    assert (result.stdout, result.stderr, result.returncode) == (b"", b"", 0)


def test_lines_of_later_parts_count_through_the_file() -> None:
    text = GOOD + b"// -----\n" + GOOD
    result = opt("--split-input-file", "--test-warn", stdin=text, prelude=True)
    assert re.findall(rb"<stdin>:(\d+):1: warning", result.stderr) == [b"1", b"5"]
    assert result.stdout == PRINTED + b"// -----\n" + PRINTED


def test_errors_of_many_functions_do_not_hang() -> None:
    """MLIR verifies functions in threads, and the handler needs the lock of Python."""
    text = b"".join(b"func.func @f%d() -> f32 {\n  return\n}\n" % i for i in range(200))
    assert_fails(opt(stdin=text), "<stdin>:2:3: error: 'func.return' op has 0 operands")


def test_caret_counts_characters_and_tabs() -> None:
    result = opt(stdin="/// é\n\t/* é */ x".encode())
    assert_fails(result, r"<stdin>:2:")
    source, caret = result.stderr.decode().splitlines()[1:3]
    assert source == "        /* é */ x"
    assert source[caret.index("^")] in "/x"


def test_python_passes_do_not_abort(good: Path) -> None:
    """`PassManager.add(..., op_name=...)` aborted the process; callables must be kept alive."""
    pipeline = "builtin.module(cse,test-warn,func.func(cse),test-warn{times=3},canonicalize)"
    result = opt(good, f"--pass-pipeline={pipeline}", "--mlir-timing", prelude=True)
    assert (result.stdout, result.returncode) == (PRINTED, 0)
    assert result.stderr.count(b"be careful") == 4


def test_ir_printing_with_python_passes_does_not_abort(good: Path) -> None:
    """MLIR aborts when IR printing is asked for in a context with threads."""
    for when in ("before-all", "after-all", "after-change", "after-failure"):
        flags = (f"--mlir-print-ir-{when}", "--mlir-print-ir-module-scope")
        result = opt(good, "--cse", "--test-warn", *flags, prelude=True)
        assert (result.stdout, result.returncode) == (PRINTED, 0)


def test_start_up_imports_neither_numpy_nor_mlir() -> None:
    code = """
import sys
from fnuz.tools.fnuz_opt import main
for flag in ("--help", "--version", "--list-passes"):
    assert main([flag]) == 0
print(sorted({"numpy", "torch_mlir"} & set(sys.modules)), file=sys.stderr)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stderr == b"[]\n"
