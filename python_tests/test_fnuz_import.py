"""fnuz-import as a process, and ONNX models as the input of fnuz-opt and fnuz-verify."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from imported import E4M3FN, F32, codes, model, tensor, value
from onnx import helper

from fnuz.bindings import load
from fnuz.tools import files

WORK = """
import sys, time
from fnuz.tools import child

def work(on_stage):
    on_stage("quick")
    on_stage("slow")
    time.sleep(float(sys.argv[1]))
    on_stage("last")
    {end}

sys.exit(child.run("tool", work, lambda s: f"ended by {{s}}", quiet={quiet}))
"""


def tool(name: str, *args: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"fnuz.tools.{name}", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


@pytest.fixture
def transpose(tmp_path: Path) -> Path:
    """A model that gives out a transposed constant."""
    node = helper.make_node("Transpose", ["w"], ["y"], name="turn")
    weights = tensor("w", E4M3FN, codes(16, 16))
    onnx.save(model([node], [], [value("y", E4M3FN, 16, 16)], [weights]), tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


def unsupported(path: Path, op: str) -> Path:
    node = helper.make_node(op, ["x"], ["y"], name="odd")
    shapes = [value("x", E4M3FN, 4)], [value("y", E4M3FN, 4)]
    onnx.save(model([node], *shapes, opset=24), path)
    return path


def test_text_to_stdout_and_bytecode_to_a_file(transpose: Path, tmp_path: Path) -> None:
    text = tool("fnuz_import", transpose)
    assert (text.returncode, text.stderr) == (0, "")
    assert "linalg.transpose" in text.stdout
    assert "loc(" not in text.stdout
    done = tool("fnuz_import", transpose, "--emit-bytecode", "-o", tmp_path / "m.mlirbc")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    read = load().ir.Module.parseFile(str(tmp_path / "m.mlirbc"), context=load().ir.Context())
    assert str(read).strip() == text.stdout.strip()


def test_locations_name_the_nodes(transpose: Path) -> None:
    done = tool("fnuz_import", transpose.name, "--mlir-print-debuginfo", cwd=transpose.parent)
    assert 'loc("turn"(#loc' in done.stdout
    assert 'loc("m.onnx":1:1)' in done.stdout


def test_an_op_that_nobody_lowers_is_one_error(tmp_path: Path) -> None:
    path = unsupported(tmp_path / "m.onnx", "Swish")
    expected = (
        "m.onnx:1:1: error: node 'odd' (Swish on float8e4m3fn[4]): "
        "'onnx.Swish' op on !torch.vtensor<[4],f8E4M3FN>: no lowering of it is known; "
        "cast to f32 before it, and back\n"
    )
    for name in ("fnuz_import", "fnuz_opt", "fnuz_verify"):
        done = tool(name, path.name, cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)


def test_a_failure_leaves_the_output_as_it_was(tmp_path: Path) -> None:
    path = unsupported(tmp_path / "m.onnx", "Swish")
    out = tmp_path / "out.mlir"
    out.write_text("old")
    assert tool("fnuz_import", path, "-o", out).returncode == 1
    assert out.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.onnx", "out.mlir"]


def test_bad_command_lines(transpose: Path, tmp_path: Path) -> None:
    for arguments, message in (
        ([], "give the model; see --help"),
        ([transpose, "more"], "unrecognized arguments: more"),
        ([transpose, "-o", tmp_path / "no" / "m.mlir"], "No such file or directory"),
        ([tmp_path], "Is a directory"),
        ([tmp_path / "none.onnx"], "cannot open the model: No such file or directory"),
        ([tmp_path / "none.mlir"], "No such file or directory"),
    ):
        done = tool("fnuz_import", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert message in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_read_only_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out.mlir"
    files.check_output(str(out))
    out.write_text("old")
    files.check_output(str(out))
    # As for a user who is not root.
    monkeypatch.setattr(os, "access", lambda path, mode: path == str(tmp_path))
    with pytest.raises(files.FileError, match=r"cannot open output file .*: Permission denied"):
        files.check_output(str(out))


@pytest.mark.parametrize("name", ["fnuz_import", "fnuz_opt"])
def test_closed_streams(transpose: Path, name: str) -> None:
    command = f"exec {sys.executable} -m fnuz.tools.{name}"
    for arguments, status, out, err in (
        (f"{transpose} >&-", 1, "", "error: cannot write to stdout: it is closed\n"),
        (f"{transpose} 2>&-", 0, "linalg.transpose", ""),
        (f"{transpose} --no-such-flag 2>&-", 1, "", ""),
        (f"{transpose}.none 2>&-", 1, "", ""),
    ):
        done = subprocess.run(
            ["sh", "-c", f"{command} {arguments}"], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == status, arguments
        assert bool(done.stdout) == bool(out)
        assert out in done.stdout
        assert done.stderr.endswith(err)


def test_help_and_version() -> None:
    for flag, text in (("--help", "usage: fnuz-import"), ("--version", "fnuz-import")):
        done = tool("fnuz_import", flag)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(text)


@pytest.mark.parametrize(("end", "quiet"), [("return 0", False), ("return 0", True)])
def test_progress_after_two_seconds(end: str, quiet: bool) -> None:
    script = WORK.format(end=end, quiet=quiet)
    command = [sys.executable, "-c", script]
    done = subprocess.run([*command, "2.5"], capture_output=True, text=True)
    expected = [] if quiet else ["tool: slow ...", "tool: last ...", "tool: done in"]
    lines = done.stderr.splitlines()
    assert done.returncode == 0
    assert len(lines) == len(expected)
    assert all(line.startswith(want) for line, want in zip(lines, expected, strict=True))
    short = subprocess.run([*command, "0"], capture_output=True, text=True)
    assert (short.returncode, short.stderr) == (0, "")


def test_a_crash_is_an_error() -> None:
    crash = WORK.format(end="import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", quiet=True)
    done = subprocess.run([sys.executable, "-c", crash, "0"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "tool: error: ended by SIGSEGV\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_child_ends_with_its_parent(number: signal.Signals) -> None:
    end = "print('started', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", WORK.format(end=end, quiet=True), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"started\n"
        parent.send_signal(number)
        # Stdout is the child's too, so it ends when both have.
        assert parent.communicate(timeout=20) == (b"", b"")
        killed = number == signal.SIGKILL
        assert parent.wait() == (-number if killed else 128 + number)


def test_exit_status_and_output_of_the_child_come_through() -> None:
    script = WORK.format(end="print('out'); return 7", quiet=True)
    done = subprocess.run([sys.executable, "-c", script, "0"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (7, "out\n")


def test_fnuz_opt_and_fnuz_verify_take_models(transpose: Path, tmp_path: Path) -> None:
    done = tool("fnuz_opt", "--ocp-to-fnuz", transpose, "-o", tmp_path / "m.mlir")
    assert (done.returncode, done.stderr) == (0, "")
    assert "tensor<16x16xf8E4M3FNUZ>" in (tmp_path / "m.mlir").read_text()
    done = tool("fnuz_verify", transpose, tmp_path / "m.mlir")
    assert (done.returncode, done.stderr) == (0, "")
    assert "256 equal bits" in done.stdout


def test_flags_of_fnuz_opt_that_models_do_not_take(transpose: Path) -> None:
    for flag in ("--split-input-file", "--verify-diagnostics", "--no-implicit-module"):
        done = tool("fnuz_opt", flag, transpose)
        assert (done.returncode, done.stdout) == (1, "")
        assert "ONNX" in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_fused_model_is_compared_with_its_fused_source(tmp_path: Path) -> None:
    scale = tensor("s", F32, np.array(0.3, np.float32))
    nodes = [
        *(helper.make_node("DequantizeLinear", [v, "s"], [f"d{v}"]) for v in ("x", "w")),
        helper.make_node("MatMul", ["dx", "dw"], ["y"]),
    ]
    inputs = [value("x", E4M3FN, 16, 32), value("w", E4M3FN, 32, 16)]
    onnx.save(model(nodes, inputs, [value("y", F32, 16, 16)], [scale]), tmp_path / "m.onnx")
    source, out = tmp_path / "m.onnx", tmp_path / "m.mlir"
    assert tool("fnuz_opt", "--ocp-to-fnuz=fuse=true", source, "-o", out).returncode == 0
    assert tool("fnuz_verify", source, out).returncode == 1
    for arguments in ([source, out], [source]):
        done = tool("fnuz_verify", "--fuse", *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert "256 equal bits" in done.stdout
