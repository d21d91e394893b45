"""An fp8 module in TOSA, converted for the MI300, and the proof that it kept every bit.

    python examples/tosa_linear.py [MODULE.mlir]

Needs nothing but fnuz. Without a module it takes the one below.
"""

import sys

from fnuz import passes
from fnuz.execution import cpu, inputs
from fnuz.execution.compare import Verifier
from fnuz.frontends import mlir
from fnuz.frontends.errors import ImportFailed

LINEAR = """
func.func @linear(%x: tensor<1x8x16xf32>, %w: tensor<1x16x4xf8E4M3FN>) -> tensor<1x8x4xf32> {
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf8E4M3FN>}> : () -> tensor<1xf8E4M3FN>
  %scale = "tosa.const"() <{values = dense<0.0625> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %max = tosa.clamp %x {max_val = 448.0 : f32, min_val = -448.0 : f32}
      : (tensor<1x8x16xf32>) -> tensor<1x8x16xf32>
  %q = tosa.cast %max : (tensor<1x8x16xf32>) -> tensor<1x8x16xf8E4M3FN>
  %y = tosa.matmul %q, %w, %zero, %zero
      : (tensor<1x8x16xf8E4M3FN>, tensor<1x16x4xf8E4M3FN>, tensor<1xf8E4M3FN>, tensor<1xf8E4M3FN>)
      -> tensor<1x8x4xf32>
  %r = tosa.mul %y, %scale, %shift
      : (tensor<1x8x4xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<1x8x4xf32>
  return %r : tensor<1x8x4xf32>
}
"""


def main() -> int:
    """Import, convert, run both on the CPU, compare; 0 if all bits are equal."""
    try:
        # To linalg on tensors, fp8 as OCP has it.
        ocp = mlir.import_file(sys.argv[1]) if len(sys.argv) > 1 else mlir.import_text(LINEAR)
    except ImportFailed as error:
        print(error, file=sys.stderr)
        return 1

    fnuz = cpu.clone(ocp)
    report = passes.Report()
    passes.run(fnuz, "ocp-to-fnuz", report=report)
    print(report.to_text())

    equal = True
    verifier = Verifier(ocp, fnuz)
    for function, signature in verifier.functions.items():
        for kind in inputs.KINDS:
            for comparison in verifier.run(function, inputs.random(signature, kind, seed=0)):
                print(f"@{function}, {kind} inputs, {comparison}")
                equal &= comparison.ok
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
