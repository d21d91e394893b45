"""The examples that need neither PyTorch nor JAX, as a newcomer runs them."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A script in a process of its own."""
    command = [sys.executable, str(EXAMPLES / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", ["onnx_model.py", "tosa_linear.py"])
def test_without_a_model(script: str) -> None:
    ran = run(script)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "2^2 folded into " in ran.stdout
    compared = [line for line in ran.stdout.splitlines() if line.startswith("@linear,")]
    assert len(compared) == 2
    assert all("32 elements, 32 equal bits" in line for line in compared)


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    for script, name in (("onnx_model.py", "bad.onnx"), ("tosa_linear.py", "bad.mlir")):
        path = tmp_path / name
        path.write_bytes(b"not a model")
        ran = run(script, str(path))
        assert (ran.returncode, ran.stdout) == (1, "")
        assert name in ran.stderr
        assert "Traceback" not in ran.stderr
