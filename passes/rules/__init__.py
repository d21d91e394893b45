"""What a conversion does to each op: one file for each dialect, one rule for each op.

A value v stands as v' of the other type of the same bits, v = u v': the unit u is 2 from OCP to
FNUZ and 1/2 from FNUZ to OCP, and each rule is for both. When a rewrite runs, all values are
retyped already, so the IR is well-typed and each rule only adds what its op owes.
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
