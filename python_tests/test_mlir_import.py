"""Reading MLIR that frontends wrote: every form of file, and what is wrong said in words."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fnuz.bindings import dialects, load
from fnuz.frontends import import_file, mlir
from fnuz.frontends.errors import ImportFailed

FOLDER = Path(__file__).parent / "exports" / "jax"
SOURCE = """
func.func @main(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x2xf8E4M3FN>) -> tensor<4x2xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
      : (tensor<4x8xf8E4M3FN>, tensor<8x2xf8E4M3FN>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}"""


def parse(text: str) -> Any:
    context = load().ir.Context()
    dialects.register(context)
    return load().ir.Module.parse(text, context=context)


def test_text_and_bytecode_are_the_same_module(tmp_path: Path) -> None:
    text, bytecode = tmp_path / "m.mlir", tmp_path / "m.mlirbc"
    text.write_text(SOURCE)
    with bytecode.open("wb") as f:
        parse(SOURCE).operation.write_bytecode(f)
    module = import_file(text)
    assert "linalg.matmul ins(%arg0, %arg1 : tensor<4x8xf8E4M3FN>" in str(module)
    assert str(import_file(bytecode)) == str(module)


def test_a_portable_artifact_is_known_in_a_context_of_the_user() -> None:
    context = load().ir.Context()
    module = import_file(FOLDER / "portable_artifact.mlirbc", context=context)
    assert module.context == context
    assert "linalg.matmul" in str(module)


def test_stdin() -> None:
    command = [sys.executable, "-m", "fnuz.tools.fnuz_import"]
    for path in (FOLDER / "dot.mlir", FOLDER / "portable_artifact.mlirbc"):
        piped = subprocess.run([*command, "-"], input=path.read_bytes(), capture_output=True)
        assert (piped.returncode, piped.stderr) == (0, b"")
        named = subprocess.run([*command, str(path)], capture_output=True)
        assert piped.stdout == named.stdout
        assert b"linalg.matmul" in piped.stdout


BAD = {
    "an op that does not exist": (
        b"func.func @f() {\n  stablehlo.nothing\n  return\n}",
        "{file}:2:3: error: custom op 'stablehlo.nothing' is unknown",
    ),
    "bytes": (b"some\0bytes", "{file}:1:5: error: NUL byte: this is not MLIR text"),
    "bytecode that ends early": (
        (FOLDER / "portable_artifact.mlirbc").read_bytes()[:300],
        "{file}:0:0: error: attempting to parse",
    ),
    "what nothing lowers": (
        b"func.func @f(%x: tensor<4xf8E4M3FN>) {\n"
        b"  stablehlo.custom_call @g(%x) {has_side_effect = true}\n"
        b"    : (tensor<4xf8E4M3FN>) -> ()\n  return\n}",
        "{file}:2:3: error: 'stablehlo.custom_call' op of @g from (tensor<4xf8E4M3FN>) to () has "
        "no lowering to linalg",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said(name: str, tmp_path: Path) -> None:
    content, message = BAD[name]
    file = tmp_path / "m.mlir"
    file.write_bytes(content)
    with pytest.raises(ImportFailed) as failed:
        import_file(file)
    assert str(failed.value).startswith(message.format(file=file))


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"m\xff.mlir")
    file.write_text(SOURCE)
    assert "linalg.matmul" in str(import_file(file))
    file.write_text("bad")
    with pytest.raises(ImportFailed, match="custom op 'bad' is unknown"):
        import_file(file)


def test_text_of_stdin_is_named_so() -> None:
    content, message = BAD["what nothing lowers"]
    command = [sys.executable, "-m", "fnuz.tools.fnuz_import", "-"]
    done = subprocess.run(command, input=content, capture_output=True)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().startswith(message.format(file="<stdin>"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"none\.mlir': No such file or directory"):
        import_file(tmp_path / "none.mlir")


def test_the_place_of_an_error_is_the_line_of_the_model() -> None:
    """JAX writes where in Python an op came from; that is better than a line of its output."""
    module = parse(
        "func.func @f(%x: tensor<4xf8E4M3FN>) {\n"
        "  stablehlo.custom_call @g(%x) {has_side_effect = true} : (tensor<4xf8E4M3FN>) -> ()\n"
        '    loc("jit(f)/g"("model.py":12:4))\n  return\n}'
    )
    with pytest.raises(ImportFailed) as failed:
        mlir.lower(module)
    (diagnostic,) = failed.value.diagnostics
    assert (diagnostic.file, diagnostic.line, diagnostic.column) == ("model.py", 12, 4)


def test_a_module_without_frontend_dialects_is_left_as_it_is() -> None:
    text = """
func.func @main(%x: tensor<8xf8E4M3FN>) -> tensor<8xf32> {
  %0 = arith.extf %x : tensor<8xf8E4M3FN> to tensor<8xf32>
  return %0 : tensor<8xf32>
}"""
    module = parse(text)
    before = str(module)
    said: list[str] = []
    mlir.lower(module, on_stage=said.append)
    assert str(module) == before
    assert said == []


def test_what_is_lowered_is_said() -> None:
    said: list[str] = []
    mlir.lower(parse(SOURCE), on_stage=said.append)
    assert said == ["lowering StableHLO to linalg"]
