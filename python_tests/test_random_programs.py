"""Random programs, converted and run: the bits of the OCP program, whatever it does.

A failure prints the program. `-m long` runs 5,000 others.
"""

import secrets

import numpy as np
import pytest
import random_programs
from converted_programs import assert_informative, cases, run

from fnuz import bindings, passes
from fnuz.execution import compare, cpu, inputs
from fnuz.execution.signature import DTYPES

CASES = cases(
    random_programs.Program,
    before=["", "", "canonicalize,cse", "linalg-generalize-named-ops"],
    after=["", "", "lower-fnuz-casts", "canonicalize,cse"],
)


def test_random_programs() -> None:
    assert_informative(run(CASES, 120), 120)


@pytest.mark.long
def test_many_random_programs() -> None:
    assert_informative(run(CASES, 5000, secrets.randbits(32)), 5000)


ONCE_WRONG = {
    "sizes of a tensor that gets a factor": """
func.func @main(%x: tensor<?x?xf8E4M3FN>) -> tensor<?x?xbf16> {
  %r = arith.extf %x : tensor<?x?xf8E4M3FN> to tensor<?x?xbf16>
  return %r : tensor<?x?xbf16>
}""",
    "an insert into what is read": """
func.func @main(%t: tensor<3x2xf8E4M3FN>, %x: f8E4M3FN) -> vector<3x2xf8E4M3FN> {
  %c = arith.constant 0 : index
  %v = vector.transfer_read %t[%c, %c], %x : tensor<3x2xf8E4M3FN>, vector<3x2xf8E4M3FN>
  %r = vector.insert %x, %v[1, 1] : f8E4M3FN into vector<3x2xf8E4M3FN>
  return %r : vector<3x2xf8E4M3FN>
}""",
    "a write into what a call gave, which is a constant": """
func.func private @f() -> tensor<4xf8E4M3FN> {
  %c = arith.constant dense<[1.0, -0.0, 0.5, 448.0]> : tensor<4xf8E4M3FN>
  return %c : tensor<4xf8E4M3FN>
}
func.func @main(%x: f8E4M3FN) -> (tensor<4xf8E4M3FN>, tensor<4xf8E4M3FN>) {
  %i = arith.constant 2 : index
  %t = func.call @f() : () -> tensor<4xf8E4M3FN>
  %r = tensor.insert %x into %t[%i] : tensor<4xf8E4M3FN>
  %s = func.call @f() : () -> tensor<4xf8E4M3FN>
  return %r, %s : tensor<4xf8E4M3FN>, tensor<4xf8E4M3FN>
}""",
    "a write into what a switch gives, which is a part of a constant": """
func.func @main(%x: f8E4M3FN, %b: i1) -> (tensor<?xf8E4M3FN>, tensor<4xf8E4M3FN>) {
  %c = arith.constant dense<[1.0, -0.0, 0.5, 448.0]> : tensor<4xf8E4M3FN>
  %t = tensor.extract_slice %c[1] [2] [1] : tensor<4xf8E4M3FN> to tensor<2xf8E4M3FN>
  %d = tensor.cast %t : tensor<2xf8E4M3FN> to tensor<?xf8E4M3FN>
  %i = arith.constant 1 : index
  %at = arith.index_castui %b : i1 to index
  %s = scf.index_switch %at -> tensor<?xf8E4M3FN>
  case 1 {
    scf.yield %d : tensor<?xf8E4M3FN>
  }
  default {
    scf.yield %d : tensor<?xf8E4M3FN>
  }
  %r = tensor.insert %x into %s[%i] : tensor<?xf8E4M3FN>
  return %r, %c : tensor<?xf8E4M3FN>, tensor<4xf8E4M3FN>
}""",
    "a sum of values that are rounded to fp8 inside": """
func.func @main(%x: tensor<3x3xf32>, %y: tensor<3x3xf32>, %c: tensor<3x3xf32>)
    -> tensor<3x3xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : tensor<3x3xf32>, tensor<3x3xf32>) outs(%c : tensor<3x3xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.truncf %a : f32 to f8E4M3FN
    %q = arith.extf %p : f8E4M3FN to f32
    %s = arith.mulf %q, %b : f32
    %t = arith.addf %o, %s : f32
    linalg.yield %t : f32
  } -> tensor<3x3xf32>
  return %r : tensor<3x3xf32>
}""",
    "classes and clamps of vectors of two dimensions": """
func.func @main(%x: vector<2x3xf8E5M2>, %l: vector<2x3xf8E5M2>, %h: vector<2x3xf8E5M2>)
    -> (vector<2x3xi8>, vector<2x3xi8>, vector<2x3xi8>, vector<2x3xf8E5M2>) {
  %a = math.isnan %x : vector<2x3xf8E5M2>
  %b = math.isfinite %x : vector<2x3xf8E5M2>
  %c = math.isinf %x : vector<2x3xf8E5M2>
  %d = math.clampf %x to [%l, %h] : vector<2x3xf8E5M2>
  %e = arith.extui %a : vector<2x3xi1> to vector<2x3xi8>
  %f = arith.extui %b : vector<2x3xi1> to vector<2x3xi8>
  %g = arith.extui %c : vector<2x3xi1> to vector<2x3xi8>
  return %e, %f, %g, %d : vector<2x3xi8>, vector<2x3xi8>, vector<2x3xi8>, vector<2x3xf8E5M2>
}""",
}


@pytest.mark.parametrize("name", ONCE_WRONG)
@pytest.mark.parametrize("abi", ["convert", "preserve", "f32"])
def test_once_wrong(name: str, abi: str) -> None:
    ir = bindings.load().ir
    module = ir.Module.parse(ONCE_WRONG[name], context=ir.Context())
    converted = cpu.clone(module)
    passes.run(converted, abi=abi)
    verifier = compare.Verifier(module, converted, opt_level=0)
    for kind in inputs.KINDS:
        arrays = inputs.random(verifier.functions["main"], kind, 0)
        assert all(c.ok for c in verifier.run("main", arrays))


def test_inputs_have_the_types_of_the_arguments() -> None:
    for element, dtype in DTYPES.items():
        if element in (*random_programs.WIDTH, "i1", "i8", "i32"):
            v = random_programs.V("", "tensor", element, (2, 3), (False, False))
            for special in (False, True):
                drawn = random_programs.draw(v, np.random.default_rng(0), special)
                assert (drawn.dtype, drawn.shape) == (np.dtype(dtype), (2, 3))
