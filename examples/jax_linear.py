"""A linear layer in fp8, from JAX to FNUZ.

    pip install 'fnuz[jax]'
    python jax_linear.py

Exports a quantized layer with jax.export, imports the StableHLO, converts it to FNUZ, runs both on
the CPU and compares every bit.
"""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

from fnuz import passes
from fnuz.bindings import dialects, load
from fnuz.dialect import ops
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


def main() -> None:
    """Export, import, convert, compare."""
    x = jax.ShapeDtypeStruct((8, 64), jnp.float32)
    exported = export.export(jax.jit(linear))(x)
    print(f"exported: {len(exported.mlir_module_serialized)} bytes of StableHLO")

    context = load().ir.Context()
    ops.load(context)
    dialects.register(context)
    module = load().ir.Module.parse(exported.mlir_module_serialized, context=context)
    mlir.lower(module)  # to linalg on tensors, fp8 as OCP has it

    converted = cpu.clone(module)
    passes.run(converted, "ocp-to-fnuz")
    for line in str(converted).splitlines():
        if "linalg.matmul" in line:
            print(f"converted: {line.strip()}")

    verifier = Verifier(module, converted)
    for kind in inputs.KINDS:
        given = inputs.random(verifier.functions["main"], kind, seed=0)
        for comparison in verifier.run("main", given):
            print(f"OCP and FNUZ, {kind} inputs: {comparison}")


if __name__ == "__main__":
    main()
