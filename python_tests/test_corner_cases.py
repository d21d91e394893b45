"""Modules that a conversion gets wrong when a rule looks at too little.."""

import pytest

from fnuz import passes
from fnuz.bindings import load
from fnuz.dialect import ops
from fnuz.execution import inputs
from fnuz.execution.compare import Verifier
from fnuz.execution.cpu import clone

CASES = {
    # The product of two halves does not overflow f16 where the product itself does.
    "a product in f16 under a sum in f32": """
#id = affine_map<(m, k) -> (m, k)>
#o = affine_map<(m, k) -> (m)>
func.func @main(%x: tensor<64x8xf8E4M3FN>, %y: tensor<64x8xf8E4M3FN>, %c: tensor<64xf32>)
    -> tensor<64xf32> {
  %0 = linalg.generic {indexing_maps = [#id, #id, #o], iterator_types = ["parallel", "reduction"]}
      ins(%x, %y : tensor<64x8xf8E4M3FN>, tensor<64x8xf8E4M3FN>) outs(%c : tensor<64xf32>) {
  ^bb0(%a: f8E4M3FN, %b: f8E4M3FN, %s: f32):
    %1 = arith.extf %a : f8E4M3FN to f16
    %2 = arith.extf %b : f8E4M3FN to f16
    %3 = arith.mulf %1, %2 : f16
    %4 = arith.extf %3 : f16 to f32
    %5 = arith.addf %s, %4 : f32
    linalg.yield %5 : f32
  } -> tensor<64xf32>
  return %0 : tensor<64xf32>
}""",
    # The op that makes the accumulator is replaced before the matmul is rewritten.
    "an accumulator that is replaced": """
func.func @main(%x: tensor<4x4xf8E4M3FN>, %s: tensor<4x4xf8E8M0FNU>, %y: tensor<4x4xf8E4M3FN>)
    -> tensor<4x4xf32> {
  %0 = arith.scaling_extf %x, %s
      : tensor<4x4xf8E4M3FN>, tensor<4x4xf8E8M0FNU> to tensor<4x4xf32>
  %1 = linalg.matmul ins(%x, %y : tensor<4x4xf8E4M3FN>, tensor<4x4xf8E4M3FN>)
      outs(%0 : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}""",
    # The factor's sizes come from the value that it scales.
    "an elementwise cast of a dynamic tensor": """
func.func @main(%x: tensor<?x4xf8E4M3FN>) -> tensor<?x4xf32> {
  %0 = arith.extf %x : tensor<?x4xf8E4M3FN> to tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}""",
    # A reduction over no elements gives its init, which no clamp in the body bounds.
    "a clamp in a reduction over nothing": """
#id = affine_map<(m, k) -> (m, k)>
#o = affine_map<(m, k) -> (m)>
func.func @main(%x: tensor<64x0xf32>, %c: tensor<64xf32>) -> tensor<64xf8E4M3FN> {
  %hi = arith.constant 448.0 : f32
  %lo = arith.constant -448.0 : f32
  %0 = linalg.generic {indexing_maps = [#id, #o], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<64x0xf32>) outs(%c : tensor<64xf32>) {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.minimumf %a, %hi : f32
    %2 = arith.maximumf %1, %lo : f32
    linalg.yield %2 : f32
  } -> tensor<64xf32>
  %3 = arith.truncf %0 : tensor<64xf32> to tensor<64xf8E4M3FN>
  return %3 : tensor<64xf8E4M3FN>
}""",
    # minnumf(NaN, x) is x: a bound on the first operand bounds nothing when it may be NaN.
    "a bound that a NaN removes": """
func.func @main(%x: tensor<64xf32>, %y: tensor<64xf32>) -> tensor<64xf8E4M3FN> {
  %hi = arith.constant dense<400.0> : tensor<64xf32>
  %lo = arith.constant dense<-400.0> : tensor<64xf32>
  %0 = arith.minimumf %x, %hi : tensor<64xf32>
  %1 = arith.maximumf %0, %lo : tensor<64xf32>
  %2 = arith.minnumf %1, %y : tensor<64xf32>
  %3 = arith.maxnumf %2, %lo : tensor<64xf32>
  %4 = arith.truncf %3 : tensor<64xf32> to tensor<64xf8E4M3FN>
  return %4 : tensor<64xf8E4M3FN>
}""",
}


@pytest.mark.parametrize("abi", ["convert", "preserve", "f32"])
@pytest.mark.parametrize("name", CASES)
def test_corner_case(name: str, abi: str) -> None:
    ir = load().ir
    context = ir.Context()
    ops.load(context)
    module = ir.Module.parse(CASES[name], context)
    converted = clone(module)
    passes.run(converted, "ocp-to-fnuz", abi=abi)
    verifier = Verifier(module, converted)
    compared = 0
    for kind in inputs.KINDS:
        for seed in range(8):
            given = inputs.random(verifier.functions["main"], kind, seed)
            for comparison in verifier.run("main", given):
                assert comparison.ok, f"{kind}, seed {seed}: {comparison}"
                compared += comparison.elements - comparison.nans
    assert compared > 0
