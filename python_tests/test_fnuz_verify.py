"""fnuz-verify finds every bit that differs, says what FNUZ cannot hold, and refuses clearly."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fnuz import bindings
from fnuz.dialect import ops
from fnuz.dialect.formats import FORMATS
from fnuz.execution import compare, inputs

OCP = """
func.func @main(%a: tensor<32x32xf8E4M3FN>, %b: tensor<32x16xf8E4M3FN>) -> tensor<32x16xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<32x16xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<32x16xf32>) -> tensor<32x16xf32>
  %r = linalg.matmul ins(%a, %b : tensor<32x32xf8E4M3FN>, tensor<32x16xf8E4M3FN>)
      outs(%f : tensor<32x16xf32>) -> tensor<32x16xf32>
  return %r : tensor<32x16xf32>
}
"""

# Converted by hand, so that these tests judge fnuz-verify and not the conversion.
FNUZ = """
func.func @main(%a: tensor<32x32xf8E4M3FNUZ>, %b: tensor<32x16xf8E4M3FNUZ>)
    -> tensor<32x16xf32> {
  %z = arith.constant 0.0 : f32
  %k = arith.constant dense<4.0> : tensor<32x16xf32>
  %e = tensor.empty() : tensor<32x16xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<32x16xf32>) -> tensor<32x16xf32>
  %p = linalg.matmul ins(%a, %b : tensor<32x32xf8E4M3FNUZ>, tensor<32x16xf8E4M3FNUZ>)
      outs(%f : tensor<32x16xf32>) -> tensor<32x16xf32>
  %r = arith.mulf %p, %k : tensor<32x16xf32>
  return %r : tensor<32x16xf32>
}
"""

DECODE = """
func.func @main(%a: tensor<512x{0}>) -> tensor<512xf32> {{
  %r = arith.extf %a : tensor<512x{0}> to tensor<512xf32>
  return %r : tensor<512xf32>
}}
"""

DECODE_FNUZ = """
func.func @main(%a: tensor<512x{0}>) -> tensor<512xf32> {{
  %x = arith.extf %a : tensor<512x{0}> to tensor<512xf32>
  %k = arith.constant dense<2.0> : tensor<512xf32>
  %r = arith.mulf %x, %k : tensor<512xf32>
  return %r : tensor<512xf32>
}}
"""

CONSTANT = """
func.func @main() -> tensor<4xf8E4M3FN> {
  %r = arith.constant dense<[1.0, 2.0, 448.0, -0.5]> : tensor<4xf8E4M3FN>
  return %r : tensor<4xf8E4M3FN>
}
"""

CONSTANT_FNUZ = """
func.func @main() -> tensor<4xf8E4M3FNUZ> {
  %r = arith.constant dense<[0.5, 1.0, 224.0, -0.25]> : tensor<4xf8E4M3FNUZ>
  return %r : tensor<4xf8E4M3FNUZ>
}
"""

PLAIN = """
func.func @main(%a: tensor<?x2xf32>, %n: i32) -> tensor<?x2xf32> {
  %r = arith.addf %a, %a : tensor<?x2xf32>
  return %r : tensor<?x2xf32>
}
"""


def verify(folder: Path, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """Exit status, stdout and stderr of fnuz-verify in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "fnuz.tools.fnuz_verify", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FNUZ_DEBUG": "1"},
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def verify_texts(folder: Path, ocp: str, fnuz: str | None, *arguments: str) -> tuple[int, str, str]:
    (folder / "ocp.mlir").write_text(ocp)
    files = ["ocp.mlir"]
    if fnuz is not None:
        (folder / "fnuz.mlir").write_text(fnuz)
        files.append("fnuz.mlir")
    return verify(folder, *files, *arguments)


def test_equal(tmp_path: Path) -> None:
    status, out, err = verify_texts(tmp_path, OCP, FNUZ)
    assert (status, err) == (0, "")
    assert out.splitlines()[:2] == [
        "@main, ordinary inputs, seed 0",
        "  result 0: 512 elements, 512 equal bits",
    ]
    assert out.splitlines()[2] == "@main, special inputs, seed 0"
    assert "  result 0: 512 elements, 512 equal bits (" in out


def test_its_own_conversion(tmp_path: Path) -> None:
    status, out, err = verify_texts(tmp_path, OCP, None)
    assert (status, err) == (0, "")
    assert out.count("512 equal bits") == 2


@pytest.mark.parametrize("abi", ["preserve", "convert", "f32"])
def test_abi(tmp_path: Path, abi: str) -> None:
    text = """
    func.func @main(%a: tensor<512xf8E5M2>, %x: tensor<512xf32>)
        -> (tensor<512xf8E5M2>, tensor<512xf32>) {
      %w = arith.extf %a : tensor<512xf8E5M2> to tensor<512xf32>
      %s = arith.mulf %w, %x : tensor<512xf32>
      %r = arith.truncf %s : tensor<512xf32> to tensor<512xf8E5M2>
      return %r, %w : tensor<512xf8E5M2>, tensor<512xf32>
    }"""
    status, out, err = verify_texts(tmp_path, text, None, f"--abi={abi}", "--seed=7")
    assert (status, err) == (0, "")
    assert out.count("result 0: 512 elements, 512 equal bits") == 2
    assert "result 1: 512 elements, 512 equal bits (" in out
    assert "only with fp8 -0 read as +0" in out


def test_a_wrong_factor(tmp_path: Path) -> None:
    status, out, _ = verify_texts(tmp_path, OCP, FNUZ.replace("dense<4.0>", "dense<2.0>"))
    assert status == 1
    assert "first difference at [0, 0]: expected 0x" in out


def test_one_bit_in_one_element(tmp_path: Path) -> None:
    changed = FNUZ.replace(
        "return %r",
        """%i = arith.constant 3 : index
           %x = tensor.extract %r[%i, %i] : tensor<32x16xf32>
           %bits = arith.bitcast %x : f32 to i32
           %one = arith.constant 1 : i32
           %flipped = arith.xori %bits, %one : i32
           %y = arith.bitcast %flipped : i32 to f32
           %q = tensor.insert %y into %r[%i, %i] : tensor<32x16xf32>
           return %q""",
    )
    status, out, _ = verify_texts(tmp_path, OCP, changed)
    assert status == 1
    assert "512 elements, 511 equal bits; first difference at [3, 3]: expected 0x" in out


def test_one_code_of_a_constant(tmp_path: Path) -> None:
    assert verify_texts(tmp_path, CONSTANT, CONSTANT_FNUZ)[0] == 0
    status, out, _ = verify_texts(tmp_path, CONSTANT, CONSTANT_FNUZ.replace("224.0", "240.0"))
    assert status == 1
    assert "4 elements, 3 equal bits; first difference at [2]: expected 0x7E, got 0x7F" in out


def test_the_order_of_a_sum(tmp_path: Path) -> None:
    # C + 4 A'B' for 4 (C / 4 + A'B'): the same in real numbers, not the same bits.
    ocp = OCP.replace("arith.constant 0.0", "arith.constant 0.1")
    status, out, _ = verify_texts(
        tmp_path,
        ocp,
        FNUZ.replace(
            "return %r",
            "%c = arith.constant dense<0.1> : tensor<32x16xf32>\n"
            "%q = arith.addf %r, %c : tensor<32x16xf32>\nreturn %q",
        ),
    )
    assert status == 1
    assert "first difference" in out
    quarter = FNUZ.replace("arith.constant 0.0", "arith.constant 0.025")
    assert verify_texts(tmp_path, ocp, quarter)[0] == 0


@pytest.mark.parametrize("name", ["f8E4M3FN", "f8E5M2"])
def test_what_fnuz_cannot_hold_is_counted(tmp_path: Path, name: str) -> None:
    texts = DECODE.format(name), DECODE_FNUZ.format(f"{name}UZ" if "FN" in name else f"{name}FNUZ")
    status, out, _ = verify_texts(tmp_path, *texts)
    assert status == 0
    assert "result 0: 512 elements, 512 equal bits\n" in out
    assert "; 1 of them only with fp8 -0 read as +0 or E5M2 Inf as --inf says" in out


def test_fnuz_to_ocp(tmp_path: Path) -> None:
    """The other way: by the types of the two modules, or the one that is to be converted."""
    half = FNUZ.replace("f8E4M3FNUZ", "f8E4M3FN").replace("dense<4.0>", "dense<0.25>")
    fnuz = OCP.replace("f8E4M3FN", "f8E4M3FNUZ")
    status, out, _ = verify_texts(tmp_path, fnuz, half)
    assert (status, out.count("512 elements, 512 equal bits")) == (0, 2)
    assert verify_texts(tmp_path, fnuz, None)[1].replace("fnuz.mlir", "") == out
    status, out, _ = verify_texts(tmp_path, fnuz, half.replace("0.25", "0.5"))
    assert status == 1
    assert "first difference at [0, 0]: expected 0x" in out


@pytest.mark.parametrize(
    ("overflow", "value"), [(None, "nan"), ("nan", "nan"), ("saturate", "224.0")]
)
def test_what_ocp_cannot_hold_is_counted(tmp_path: Path, overflow: str | None, value: str) -> None:
    fnuz = DECODE.format("f8E4M3FNUZ")
    ocp = DECODE_FNUZ.format("f8E4M3FN").replace("2.0", "0.5")
    flags = [f"--overflow={overflow}"] if overflow else []
    status, out, _ = verify_texts(tmp_path, fnuz, ocp, *flags)
    assert status == 0
    assert "result 0: 512 elements, 512 equal bits\n" in out
    assert "; 2 of them only with FNUZ values beyond the OCP maximum read as --overflow says" in out
    wrong = ocp.replace(
        "return %r",
        """%i = arith.constant 0 : index
      %c = arith.constant 1.0 : f32
      %q = tensor.insert %c into %r[%i] : tensor<512xf32>
      return %q""",
    )
    np.savez(tmp_path / "in.npz", arg0=np.full(512, 0x7F, np.uint8))
    status, out, _ = verify_texts(tmp_path, fnuz, wrong, "--inputs=in.npz", *flags)
    assert status == 1
    assert re.search(rf"first difference at \[0\]: expected 0x[0-9A-F]+ \({value}\)", out)


def test_the_options_are_those_of_the_direction(tmp_path: Path) -> None:
    fnuz, ocp = DECODE.format("f8E4M3FNUZ"), DECODE.format("f8E4M3FN")
    assert "has no option 'inf'" in verify_texts(tmp_path, fnuz, None, "--inf=nan")[2]
    error = "option 'overflow' of pass '{}' must be one of {}, saturate, not '{}'"
    err = verify_texts(tmp_path, fnuz, None, "--overflow=exact")[2]
    assert error.format("convert-fnuz-to-ocp", "nan", "exact") in err
    err = verify_texts(tmp_path, ocp, None, "--overflow=nan")[2]
    assert error.format("convert-ocp-to-fnuz", "exact", "nan") in err


@pytest.mark.parametrize(("inf", "bits"), [("nan", "7FC00000"), ("saturate", "47600000")])
def test_inf_goes_by_the_policy(tmp_path: Path, inf: str, bits: str) -> None:
    ocp, fnuz = DECODE.format("f8E5M2"), DECODE_FNUZ.format("f8E5M2FNUZ")
    codes = np.resize(np.array([0x3C, 0x7C, 0xFC, 0x80], np.uint8), 512)
    np.savez(tmp_path / "in.npz", arg0=codes)
    status, out, _ = verify_texts(tmp_path, ocp, fnuz, "--inputs=in.npz", f"--inf={inf}")
    assert status == 0
    assert "@main, inputs of in.npz" in out
    assert "512 equal bits" in out
    assert "384 of them only with" in out
    # A module that makes something else of Inf is found out.
    wrong = fnuz.replace("return %r", f"{CLAMP}return %q")
    status, out, _ = verify_texts(tmp_path, ocp, wrong, "--inputs=in.npz", f"--inf={inf}")
    assert status == (1 if inf == "nan" else 0)


CLAMP = """%m = arith.constant dense<57344.0> : tensor<512xf32>
%q = arith.minnumf %r, %m : tensor<512xf32>
"""


def test_memref_arguments_are_results_too(tmp_path: Path) -> None:
    text = """func.func @main(%m: memref<4xf32>, %i: index, %x: f32) {
      memref.store %x, %m[%i] : memref<4xf32>
      return
    }"""
    assert (
        "  argument 0 after the run: 4 elements, 4 equal" in verify_texts(tmp_path, text, text)[1]
    )
    changed = text.replace("memref.store %x", "%y = arith.negf %x : f32\nmemref.store %y")
    status, out, _ = verify_texts(tmp_path, text, changed)
    assert status == 1
    assert "argument 0 after the run: 4 elements, 3 equal bits; first difference" in out


def test_every_public_function_or_one(tmp_path: Path) -> None:
    both = PLAIN + PLAIN.replace("@main", "@other").replace("func.func", "func.func private", 1)
    both += PLAIN.replace("@main", "@third")
    _, out, _ = verify_texts(tmp_path, both, both)
    assert ["@main" in out, "@other" in out, "@third" in out] == [True, False, True]
    _, out, _ = verify_texts(tmp_path, both, both, "--entry", "third", "--dynamic-size=3")
    assert "@main" not in out
    assert "6 elements" in out


def test_stdin_and_bytecode(tmp_path: Path) -> None:
    module = bindings.load().ir.Module.parse(PLAIN, context=bindings.load().ir.Context())
    with open(tmp_path / "plain.mlirbc", "wb") as file:
        module.operation.write_bytecode(file)
    status, out, _ = verify(tmp_path, "-", "plain.mlirbc", stdin=PLAIN)
    assert status == 0
    assert "8 equal bits" in out


def save(folder: Path, **arrays: Any) -> None:
    np.savez(folder / "in.npz", **arrays)


A, N = np.zeros((3, 2), np.float32), np.array(1, np.int32)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"arg0": A}, "'in.npz' has no 'arg1' (i32)"),
        (
            {"arg0": A, "arg1": N, "x": N},
            "'in.npz' has 'x', which is no argument of the function; it takes arg0, arg1",
        ),
        (
            {"arg0": A.astype(float), "arg1": N},
            "'in.npz': arg0: argument 0 is tensor<?x2xf32>: it takes float32 elements, not float64",
        ),
        (
            {"arg0": A.T, "arg1": N},
            "'in.npz': arg0: argument 0 is tensor<?x2xf32>: it takes the shape ?x2, not 2x3",
        ),
        (
            {"arg0": A, "arg1": np.zeros(1, np.int32)},
            "'in.npz': arg1: argument 1 is i32: it takes the shape 0-d, not 1",
        ),
        ({"arg0": np.array([object()])}, "'in.npz' is not an .npz file of plain arrays"),
    ],
)
def test_bad_npz(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    save(tmp_path, **arrays)
    done = verify_texts(tmp_path, PLAIN, PLAIN, "--inputs", "in.npz")
    assert done == (1, "", f"fnuz-verify: error: {message}\n")


def test_npz(tmp_path: Path) -> None:
    save(tmp_path, arg0=A, arg1=N)
    status, out, err = verify_texts(tmp_path, PLAIN, PLAIN, "--inputs", "in.npz")
    assert (status, err) == (0, "")
    assert "@main, inputs of in.npz\n  result 0: 6 elements, 6 equal bits\n" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give the module; see --help"),
        (["no.mlir"], "cannot open input file 'no.mlir': No such file or directory"),
        (["."], "cannot open input file '.': Is a directory"),
        (["ocp.mlir", "no.mlir"], "cannot open input file 'no.mlir': No such file or directory"),
        (["ocp.mlir", "--entry=f"], "no public function 'f' with a body; there is main"),
        (["ocp.mlir", "--inf=keep"], "argument --inf: invalid choice: 'keep'"),
        (
            ["ocp.mlir", "--device=emulator"],
            "--device=emulator runs the kernels of CONVERTED: give",
        ),
        (["ocp.mlir", "--seed=x"], "argument --seed: invalid int value: 'x'"),
        (["ocp.mlir", "--seed=-1"], "--seed and --dynamic-size must not be negative"),
        (["ocp.mlir", "--what"], "unrecognized arguments: --what"),
        (["ocp.mlir", "--abi=f32", "ocp.mlir"], "--abi=f32: CONVERTED does not say which it has"),
        (["ocp.mlir", "--abi=f32", "marked.mlir"], "--abi=f32: CONVERTED says abi=preserve"),
        (["ocp.mlir", "odd.mlir"], "the mark of CONVERTED has inf=keep, which does not exist"),
        (["empty.mlir", "ocp.mlir"], "the module has no public function with a body"),
        (["ocp.mlir", "empty.mlir"], "the converted module has no public function @main"),
        (["ocp.mlir", "ocp.mlir", "--inputs=no.npz"], "cannot open input file 'no.npz': No such"),
        (["ocp.mlir", "ocp.mlir", "--inputs=ocp.mlir"], "'ocp.mlir' is not an .npz file of plain"),
        (["ocp.mlir", "ocp.mlir", "--inputs=one.npy"], "'one.npy' is not an .npz file: it is one"),
        (
            ["ocp.mlir", "other.mlir"],
            "argument 0 of @main is tensor<?x2xf32>, and tensor<?x3xf32> in the converted module",
        ),
        (
            ["ocp.mlir", "fewer.mlir"],
            "@main has 2 arguments, and 1 in the converted module",
        ),
        (["nul.mlir"], "nul.mlir:1:8: NUL byte: this is not MLIR text"),
        (["sub-channel.mlir"], "sub-channel.mlir:1:6: MLIR cannot read the text of a sub-channel"),
    ],
)
def test_refused(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "ocp.mlir").write_text(PLAIN)
    (tmp_path / "other.mlir").write_text(PLAIN.replace("x2x", "x3x"))
    (tmp_path / "fewer.mlir").write_text(PLAIN.replace(", %n: i32", ""))
    (tmp_path / "empty.mlir").write_text("module {}")
    (tmp_path / "nul.mlir").write_text("module \0{}")
    sub_channel = "!q = !quant.uniform<f8E4M3FN:f32:{0:1}, {0.1}>"
    (tmp_path / "sub-channel.mlir").write_text(sub_channel)
    for name, mark in (("marked", 'abi = "preserve"'), ("odd", 'inf = "keep"')):
        text = f"module attributes {{fnuz.converted = {{{mark}}}}} {{{PLAIN}}}"
        (tmp_path / f"{name}.mlir").write_text(text)
    np.save(tmp_path / "one.npy", A)
    status, out, err = verify(tmp_path, *arguments)
    assert (status, out) == (1, "")
    assert err.startswith(f"fnuz-verify: error: {message}")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("func.func @f( {\n}", "ocp.mlir:1:14: error: expected non-function type"),
        (
            "func.func @f(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
            "  %r = tosa.abs %a : (tensor<2xf32>) -> tensor<2xf32>\n"
            "  return %r : tensor<2xf32>\n}",
            "ocp.mlir:2:8: error: 'tosa.abs' has no CPU lowering",
        ),
        (
            "func.func @f(%a: tensor<*xf32>) {\n  return\n}",
            "ocp.mlir:1:1: error: argument 0 is tensor<*xf32>: numpy arrays cannot hold this type",
        ),
    ],
)
def test_refused_at_a_place(tmp_path: Path, text: str, message: str) -> None:
    status, out, err = verify_texts(tmp_path, text, text)
    assert (status, out) == (1, "")
    assert err.splitlines()[0] == message
    assert "internal error" not in err


def test_a_crash_has_a_name(tmp_path: Path) -> None:
    text = """func.func @main(%a: i32, %z: i32) -> i32 {
      %r = arith.divsi %a, %z : i32
      return %r : i32
    }"""
    save(tmp_path, arg0=np.array(1, np.int32), arg1=np.array(0, np.int32))
    status, _, err = verify_texts(tmp_path, text, text, "--inputs=in.npz")
    assert status == 1
    assert err.startswith("fnuz-verify: error: the run ended with SIG")


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_imports_little(flag: str) -> None:
    code = f"""
import sys
from fnuz.tools import fnuz_verify
assert fnuz_verify.run([{flag!r}]) == 0
assert not {{"numpy", "torch_mlir"}} & set(sys.modules), sorted(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout
    assert not done.stderr


def test_a_closed_pipe(tmp_path: Path) -> None:
    (tmp_path / "ocp.mlir").write_text(PLAIN)
    command = f"{sys.executable} -m fnuz.tools.fnuz_verify ocp.mlir ocp.mlir | true"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert not done.stderr


def test_the_api(tmp_path: Path) -> None:
    package = bindings.load()
    context = package.ir.Context()
    ops.load(context)
    module, converted = (package.ir.Module.parse(t, context=context) for t in (OCP, FNUZ))
    verifier = compare.Verifier(module, converted)
    arrays = inputs.random(verifier.functions["main"], "ordinary", 3)
    (comparison,) = verifier.run("main", arrays)
    assert comparison.ok
    assert (comparison.elements, comparison.equal, comparison.nans) == (512, 512, 0)
    with pytest.raises(ValueError, match="argument 0 is tensor<32x32xf8E4M3FN>"):
        verifier.run("main", arrays[::-1])


def test_a_fnuz_module_that_was_only_compiled_has_lost_nothing() -> None:
    """What OCP cannot hold is no excuse for a module that never was OCP."""
    element = "f8E4M3FNUZ"
    value = FORMATS[element].decode(np.array([0x7F], np.uint8)).view(np.uint32)[0]
    text = f"""
    #map = affine_map<(d0) -> (d0)>
    func.func @main(%x: tensor<256x{element}>, %like: tensor<256xf32>) -> tensor<256xf32> {{
      %y = linalg.generic {{indexing_maps = [#map, #map], iterator_types = ["parallel"]}}
          ins(%x : tensor<256x{element}>) outs(%like : tensor<256xf32>) {{
      ^bb0(%e: {element}, %l: f32):
        %v = arith.extf %e : {element} to f32
        linalg.yield %v : f32
      }} -> tensor<256xf32>
      return %y : tensor<256xf32>
    }}"""
    wrong = text.replace(
        "linalg.yield %v",
        f"""%bits = arith.bitcast %v : f32 to i32
        %code = arith.constant {value} : i32
        %other = arith.constant 0x7FC00000 : f32
        %same = arith.cmpi eq, %bits, %code : i32
        %w = arith.select %same, %other, %v : f32
        linalg.yield %w""",
    )
    package = bindings.load()
    context = package.ir.Context()
    verifier = compare.Verifier(
        *(package.ir.Module.parse(t, context=context) for t in (text, wrong))
    )
    codes = np.arange(256, dtype=np.uint8)
    (comparison,) = verifier.run("main", [codes, np.zeros(256, np.float32)])
    assert comparison.equal == comparison.held == 255
    assert comparison.difference is not None
    assert comparison.difference.index == (0x7F,)
    assert comparison.difference.expected.startswith(f"0x{value:08X}")
