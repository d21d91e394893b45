"""The passes on another MLIR package than torch_mlir: they take the one a module came from."""

import subprocess
import sys

import pytest

from fnuz import passes
from fnuz.bindings import load
from fnuz.dialect import ops

MODULE = """
func.func @main(%a: tensor<8x32xf8E4M3FN>, %c: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %w = arith.constant dense<-0.0> : tensor<32x4xf8E4M3FN>
  %0 = linalg.matmul ins(%a, %w : tensor<8x32xf8E4M3FN>, tensor<32x4xf8E4M3FN>)
                     outs(%c : tensor<8x4xf32>) -> tensor<8x4xf32>
  return %0 : tensor<8x4xf32>
}"""


def converted(namespace: str) -> str:
    ir = load(namespace).ir
    with ir.Context(), ir.Location.unknown():
        module = ir.Module.parse(MODULE)
        passes.run(module, "ocp-to-fnuz")
        return str(module)


def test_flydsl() -> None:
    pytest.importorskip("flydsl._mlir.ir", reason="flydsl is not installed: pip install flydsl")
    # In a process of its own: packages of MLIR do not all get on with each other.
    code = f"""
import sys
sys.path.insert(0, {str(__file__.rsplit("/", 1)[0])!r})
from test_other_packages import converted
print(converted("flydsl._mlir"))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.strip() == converted("torch_mlir").strip()


def fused(namespace: str) -> str:
    ir = load(namespace).ir
    with ir.Context(), ir.Location.unknown():
        module = ir.Module.parse(MODULE)
        with pytest.raises(passes.PassFailed) as failed:
            passes.run(module, "fuse-dequantize")
        return str(failed.value)


def test_flydsl_has_no_linalg() -> None:
    pytest.importorskip("flydsl._mlir.ir", reason="flydsl is not installed: pip install flydsl")
    code = f"""
import sys
sys.path.insert(0, {str(__file__.rsplit("/", 1)[0])!r})
from test_other_packages import fused
print(fused("flydsl._mlir"))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert "flydsl._mlir has no Python module for linalg" in run.stdout


def test_a_package_that_cannot_define_dialects(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(bindings: object) -> None:
        raise ImportError("no module named irdl")

    monkeypatch.setattr(ops, "_define", cannot)
    ir = load().ir
    with ir.Context(), ir.Location.unknown():
        module = ir.Module.parse(MODULE)
        with pytest.raises(passes.PassFailed, match=r"use abi=convert"):
            passes.run(module, "ocp-to-fnuz", abi="preserve")
        passes.run(ir.Module.parse(MODULE), "ocp-to-fnuz")
        passes.run(ir.Module.parse(MODULE), "ocp-to-fnuz", abi="f32")
