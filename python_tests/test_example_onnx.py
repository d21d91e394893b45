"""examples/onnx_model.py as a newcomer runs it."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "examples" / "onnx_model.py"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The script in a process of its own."""
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False
    )


def test_without_a_model() -> None:
    ran = run()
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "2^2 folded into 'arith.mulf' op" in ran.stdout
    compared = [line for line in ran.stdout.splitlines() if line.startswith("@linear,")]
    assert len(compared) == 2
    assert all("32 elements, 32 equal bits" in line for line in compared)


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(b"not a model")
    ran = run(str(path))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "bad.onnx" in ran.stderr
    assert "Traceback" not in ran.stderr
