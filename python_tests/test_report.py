"""The report: every fp8 value, constant and factor, and what was left and why."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fnuz import bindings, passes
from fnuz.dialect import ops

TEXT = """
func.func @main(%x: tensor<4x8xf32>, %k: f32, %v: f8E4M3FN) -> (tensor<4x6xf32>, f32) {
  %zero = arith.constant 0.0 : f32
  %s = arith.constant dense<0.3> : tensor<4x8xf32>
  %t = arith.constant dense<0.7> : tensor<4x6xf32>
  %w = arith.constant dense<"0x@WEIGHTS@"> : tensor<8x6xf8E4M3FN>
  %d = arith.divf %x, %s : tensor<4x8xf32>
  %q = arith.truncf %d : tensor<4x8xf32> to tensor<4x8xf8E4M3FN>
  %e = tensor.empty() : tensor<4x6xf32>
  %c = linalg.fill ins(%zero : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  %r = linalg.matmul ins(%q, %w : tensor<4x8xf8E4M3FN>, tensor<8x6xf8E4M3FN>)
      outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  %y = arith.mulf %r, %t : tensor<4x6xf32>
  %a = arith.extf %v : f8E4M3FN to f32
  %b = math.exp %a : f32
  return %y, %b : tensor<4x6xf32>, f32
}
""".replace("@WEIGHTS@", "80388040C08004488038807F34FF4038" * 3)


def report_of(text: str, pipeline: str = "ocp-to-fnuz", **options: Any) -> dict[str, Any]:
    context = bindings.load().ir.Context()
    ops.load(context)
    module = bindings.load().ir.Module.parse(text, context=context)
    report = passes.Report()
    passes.run(module, pipeline, report=report, **options)
    return report.to_dict()


def test_what_is_in_it() -> None:
    report = report_of(TEXT, abi="preserve")
    assert report["passes"] == [
        "lower-fp8-quant",
        "convert-ocp-to-fnuz{abi=preserve}",
        "fold-fnuz-casts",
        "fold-fp8-scales",
    ]
    (main,) = report["functions"]
    assert main["name"] == "main"
    assert {
        "location": "-:8:8",
        "value": "result 0 of arith.truncf",
        "type": "tensor<4x8xf8E4M3FN>",
        "becomes": "tensor<4x8xf8E4M3FNUZ>",
        "rule": "arith.truncf",
        "how": "converts",
    } in main["values"]
    (constant,) = main["constants"]
    codes = bytes.fromhex(TEXT.partition('"0x')[2].partition('"')[0])
    assert constant["elements"] == len(codes) == 48
    assert constant["negative_zeros"] == codes.count(0x80)
    assert constant["nans"] == codes.count(0x7F) + codes.count(0xFF) == 6
    assert constant["infinities"] == 0
    owed = [(f["by"], f["exponent"]) for f in main["factors_owed"]]
    assert owed == [("arith.truncf", -1), ("linalg.matmul", 2), ("arith.extf", 1)]
    outcomes = {f["location"]: f for f in main["factors"]}
    assert outcomes["-:8:8"]["into"] == ["'arith.divf' op at -:7:8"]
    assert outcomes["-:8:8"]["exact"] == "always"
    assert outcomes["-:11:8"]["into"] == ["'arith.mulf' op at -:13:8"]
    kept = outcomes["-:14:8"]
    assert (kept["outcome"], kept["into"]) == ("kept", [])
    assert "f32 at -:14:8" in kept["why"]
    (left,) = main["left"]
    assert left["what"] == "argument 2 of func.func, f8E4M3FN"
    assert "comes in as f8E4M3FN" in left["why"]


def test_constants_to_ocp_say_what_has_no_double() -> None:
    text = """
    func.func @main() -> tensor<4xf8E4M3FNUZ> {
      %c = arith.constant dense<[240.0, -240.0, 0x80, 1.0]> : tensor<4xf8E4M3FNUZ>
      return %c : tensor<4xf8E4M3FNUZ>
    }"""
    context = bindings.load().ir.Context()
    module = bindings.load().ir.Module.parse(text, context=context)
    report = passes.Report()
    passes.run(module, "fnuz-to-ocp", report=report, on_warning=lambda *_: None)
    (constant,) = report.to_dict()["functions"][0]["constants"]
    assert (constant["beyond"], constant["nans"], constant["negative_zeros"]) == (2, 1, 0)
    assert "4 codes, changed: 1 NaN, 2 beyond the OCP maximum\n" in report.to_text()


def test_a_factor_at_the_boundary_is_the_function_s() -> None:
    text = """
    func.func @main(%x: f8E4M3FN) -> f8E4M3FN {
      %0 = arith.addf %x, %x : f8E4M3FN
      return %0 : f8E4M3FN
    }"""
    (main,) = report_of(text, abi="f32")["functions"]
    owed = [(f["by"], f["exponent"]) for f in main["factors_owed"]]
    assert owed == [("func.func", -1), ("func.return", 1)]


def test_a_run_time_scale_is_exact_but_at_the_ends_of_f32() -> None:
    text = TEXT.replace(
        "%d = arith.divf %x, %s", "%s1 = tensor.splat %k : tensor<4x8xf32>\n%d = arith.divf %x, %s1"
    )
    (main,) = report_of(text)["functions"]
    factor = next(f for f in main["factors"] if f["exponent"] == -1)
    assert factor["outcome"] == "folded"
    assert factor["exact"] == "where nothing on the way is subnormal or overflows"
    (main,) = report_of(text, exact="strict")["functions"]
    factor = next(f for f in main["factors"] if f["exponent"] == -1)
    assert factor["outcome"] == "kept"
    assert "exact=strict" in factor["why"]


def test_a_scale_of_the_model_is_no_factor() -> None:
    (main,) = report_of(TEXT.replace("dense<0.7>", "dense<0.0625>"))["functions"]
    assert "-:13:8" not in [f["location"] for f in main["factors"]]


def opt(*arguments: str, text: str = TEXT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fnuz.tools.fnuz_opt", "--ocp-to-fnuz", *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def test_json_file(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    done = opt(f"--report={path}")
    assert done.returncode == 0, done.stderr
    (module,) = json.loads(path.read_text())["modules"]
    # Through the tool the source has a name.
    assert str(module).replace("<stdin>", "-") == str(report_of(TEXT)).replace("<stdin>", "-")


def test_each_part_of_a_split_file(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    both = f"{TEXT}\n// -----\n{TEXT.replace('@main', '@other')}"
    assert opt("--split-input-file", f"--report={path}", text=both).returncode == 0
    modules = json.loads(path.read_text())["modules"]
    assert [m["functions"][0]["name"] for m in modules] == ["main", "other"]


def test_to_be_read(tmp_path: Path) -> None:
    done = opt("--report=-", "-o", str(tmp_path / "out.mlir"))
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("passes: lower-fp8-quant, convert-ocp-to-fnuz")
    assert lines[1] == "@main"
    assert any("2^2 folded into 'arith.mulf' op" in line for line in lines)
    assert any("48 codes, changed:" in line and "6 NaN" in line for line in lines)


def test_with_the_module_it_is_comments() -> None:
    done = opt("--report=-")
    assert done.stdout.startswith("// passes: ")
    context = bindings.load().ir.Context()
    ops.load(context)
    assert bindings.load().ir.Module.parse(done.stdout, context=context).operation.verify()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--report=-", "--emit-bytecode", "-f"], "--report=- and bytecode on stdout"),
        (["--report=/no/such/folder/r.json"], "/no/such/folder/r.json"),
        (["--report="], "'--report' needs a value: file"),
    ],
)
def test_refused(arguments: list[str], message: str) -> None:
    done = opt(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr


def test_a_failed_run_writes_none(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    text = TEXT.replace("arith.truncf %d :", "arith.truncf %d toward_zero :")
    assert opt(f"--report={path}", text=text).returncode == 1
    assert not path.exists()
