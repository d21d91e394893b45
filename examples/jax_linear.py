"""A linear layer in fp8, from JAX to FNUZ, and the proof that it kept every bit.

    python examples/jax_linear.py

Needs `pip install 'fnuz[jax]'`. Exports a quantized layer with jax.export, imports the StableHLO,
converts it, runs both on the CPU and compares every bit.
"""

import os
import sys

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

from fnuz import passes
from fnuz.execution import cpu, inputs
from fnuz.execution.compare import Verifier
from fnuz.frontends import mlir

E4M3 = jnp.float8_e4m3fn
X_SCALE, W_SCALE = 0.05, 0.01

rng = np.random.default_rng(0)
WEIGHTS = jnp.asarray(rng.standard_normal((64, 16)) * 100, jnp.float32).clip(-448, 448).astype(E4M3)


def linear(x: jax.Array) -> jax.Array:
    """x @ w with x quantized to E4M3FN by a constant scale."""
    q = jnp.clip(x / X_SCALE, -448, 448).astype(E4M3)
    return jnp.dot(q, WEIGHTS, preferred_element_type=jnp.float32) * (X_SCALE * W_SCALE)


def main() -> int:
    """Export, import, convert, run both on the CPU, compare; 0 if all bits are equal."""
    exported = export.export(jax.jit(linear))(jax.ShapeDtypeStruct((8, 64), jnp.float32))
    # To linalg on tensors, fp8 as OCP has it. The text, exported.mlir_module(), does as well.
    ocp = mlir.import_text(exported.mlir_module_serialized)

    fnuz = cpu.clone(ocp)
    report = passes.Report()
    passes.run(fnuz, "ocp-to-fnuz", report=report)
    print(report.to_text())

    equal = True
    verifier = Verifier(ocp, fnuz)
    for kind in inputs.KINDS:
        given = inputs.random(verifier.functions["main"], kind, seed=0)
        for comparison in verifier.run("main", given):
            print(f"{kind} inputs, {comparison}")
            equal &= comparison.ok
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
