"""What OCP to FNUZ does to each op: one file for each dialect, one rule for each op.

A value v of an OCP type stands as v' of the FNUZ type of the same bits, v = 2 v'. When a
rewrite runs, all values are retyped already, so the IR is well-typed and each rule only adds
what its op owes.
"""

from fnuz.passes.rules import (  # noqa: F401  (each registers its rules)
    affine,
    amdgpu,
    arith,
    bufferization,
    cf,
    fnuz,
    func,
    linalg,
    math,
    memref,
    ml_program,
    scf,
    tensor,
    ub,
    vector,
)
