"""Conversions between f32 and fp8 (FNUZ E4M3) or bf8 (FNUZ E5M2).

To nearest even in v_cvt_pk_*, stochastic in v_cvt_sr_*. The MODE bit FP16_OVFL says whether what is
too large (Inf too) becomes the largest finite value or NaN; NaN stays NaN. So compilers use them:
Triton sets the bit for casts that saturate, MLIR clamps before the conversion instead. There is no
Inf and no -0 in FNUZ.
"""

import numpy as np

from fnuz.dialect.formats import E4M3FNUZ, E5M2FNUZ, Fp8Format
from fnuz.emulator.registers import Array

FORMATS = {"fp8": E4M3FNUZ, "bf8": E5M2FNUZ}


def decode(kind: str, codes: Array) -> Array:
    """The float32 of the low byte of each of `codes`."""
    return FORMATS[kind].values[codes & 0xFF]


def encode(kind: str, values: Array, saturate: bool) -> Array:
    """float32 to codes (uint32), to nearest even."""
    return FORMATS[kind].encode(values, saturate=saturate).astype(np.uint32)


def encode_stochastic(kind: str, values: Array, random: Array, saturate: bool) -> Array:
    """float32 to codes (uint32), rounded up where the dropped bits plus random bits carry.

    The fraction that is dropped and the random bits are as wide as f32's mantissa is longer: the
    lowest 20 random bits for fp8, 21 for bf8, as in AMD's conversions in software (hipBLASLt,
    composable_kernel). Which ones the hardware takes is not documented.
    """
    fmt: Fp8Format = FORMATS[kind]
    values, random = np.broadcast_arrays(values, random)
    magnitude = np.abs(values.astype(np.float64))
    exponent = np.maximum(np.frexp(magnitude)[1] - 1, 1 - fmt.bias)
    step = np.ldexp(1.0, exponent - fmt.mantissa_bits)
    below = np.floor(magnitude / step)
    dropped = magnitude / step - below
    scale = 1 << (23 - fmt.mantissa_bits)
    up = np.floor(dropped * scale) + (random & np.uint32(scale - 1)) >= scale
    rounded = np.copysign((below + up) * step, values)
    rounded = np.where(np.isfinite(values), rounded, values)
    return fmt.encode(rounded, saturate=saturate).astype(np.uint32)
