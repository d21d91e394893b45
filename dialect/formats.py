"""The four fp8 formats, and the code maps between OCP and FNUZ.

Everything here follows from the fields of `Fp8Format`: no table is typed in, so the tests can
hold the tables against a literal copy and against ml_dtypes. Nothing of MLIR is imported.

Sources: OCP 8-bit Floating Point Specification (OFP8) 1.0 for E4M3FN and E5M2; the AMD Instinct
MI300 ISA document, "Data formats", for E4M3FNUZ and E5M2FNUZ.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

InfPolicy = Literal["nan", "saturate"]
OverflowPolicy = Literal["nan", "saturate"]

SIGN = 0x80
MAGNITUDE = 0x7F


@dataclass(frozen=True)
class Fp8Format:
    """One 8-bit float format: sign, `exponent_bits`, `mantissa_bits`, in that order.

    `max_code` is the magnitude code of the largest finite value and `nan_code` the code that
    encoding gives for NaN. FNUZ formats ("finite, NaN, unsigned zero") have one NaN, 0x80, where
    the others have -0.
    """

    mlir_name: str
    exponent_bits: int
    mantissa_bits: int
    bias: int
    max_code: int
    nan_code: int
    inf_code: int | None
    fnuz: bool

    @cached_property
    def max(self) -> float:
        """The largest finite value."""
        return self._magnitude(self.max_code)

    @cached_property
    def overflow_threshold(self) -> float:
        """The midpoint between `max` and the value the next code would have.

        Rounding to nearest even, a magnitude above it overflows; a magnitude equal to it
        overflows when `max_code` is odd (`overflow_is_inclusive`).
        """
        return (self.max + self._magnitude(self.max_code + 1)) / 2

    @property
    def overflow_is_inclusive(self) -> bool:
        """Whether `overflow_threshold` itself overflows: the tie goes to the even code."""
        return self.max_code % 2 == 1

    def _magnitude(self, code: int) -> float:
        exponent, mantissa = divmod(code, 1 << self.mantissa_bits)
        if exponent == 0:
            return float(np.ldexp(mantissa, 1 - self.bias - self.mantissa_bits))
        significand = (1 << self.mantissa_bits) + mantissa
        return float(np.ldexp(significand, exponent - self.bias - self.mantissa_bits))

    @cached_property
    def values(self) -> NDArray[np.float32]:
        """The value of each of the 256 codes: float32, exact."""
        table = np.empty(256, np.float32)
        for code in range(256):
            magnitude = code & MAGNITUDE
            if self.fnuz and code == SIGN:
                value = float("nan")
            elif magnitude <= self.max_code:
                value = self._magnitude(magnitude)
            else:
                value = float("inf") if magnitude == self.inf_code else float("nan")
            table[code] = -value if code & SIGN else value
        table.setflags(write=False)
        return table

    def decode(self, codes: ArrayLike) -> NDArray[np.float32]:
        """The float32 value of each uint8 code; the shape is kept."""
        return self.values[np.asarray(codes, np.uint8)]

    @cached_property
    def _midpoints(self) -> NDArray[np.float64]:
        magnitudes = [self._magnitude(code) for code in range(self.max_code + 2)]
        return np.array([(a + b) / 2 for a, b in pairwise(magnitudes)])

    def encode(self, values: ArrayLike, *, saturate: bool = False) -> NDArray[np.uint8]:
        """Round each value to the nearest code, ties to even; the shape is kept.

        Values are float64 or anything that converts to it exactly, so each is rounded once.
        Out of range gives Inf where the format has it, else NaN; with `saturate` it gives the
        largest finite value, for Inf too. This is the rule of MLIR's APFloat and of ml_dtypes
        (`saturate=False`), and of ONNX Cast (`saturate=True`).
        """
        wide = np.asarray(values, np.float64)
        magnitude = np.abs(wide)
        code = np.searchsorted(self._midpoints, magnitude, side="left")
        clipped = np.minimum(code, len(self._midpoints) - 1)
        # `left` counts the midpoints below: a value equal to one stays at the lower code, which
        # is right only when that code is even.
        code = code + ((magnitude == self._midpoints[clipped]) & (code % 2 == 1))
        overflow = self.nan_code & MAGNITUDE if self.inf_code is None else self.inf_code
        if saturate:
            overflow = self.max_code
        too_large = code > self.max_code
        out = np.where(too_large, overflow, code).astype(np.uint8)
        out |= np.where(np.signbit(wide), SIGN, 0).astype(np.uint8)
        if self.fnuz:
            out[out == SIGN] = 0
            if not saturate:
                out[too_large] = self.nan_code
        out[np.isnan(wide)] = self.nan_code
        return out


E4M3FN = Fp8Format("f8E4M3FN", 4, 3, 7, 0x7E, 0x7F, None, fnuz=False)
E4M3FNUZ = Fp8Format("f8E4M3FNUZ", 4, 3, 8, 0x7F, 0x80, None, fnuz=True)
E5M2 = Fp8Format("f8E5M2", 5, 2, 15, 0x7B, 0x7F, 0x7C, fnuz=False)
E5M2FNUZ = Fp8Format("f8E5M2FNUZ", 5, 2, 16, 0x7F, 0x80, None, fnuz=True)

FORMATS: dict[str, Fp8Format] = {f.mlir_name: f for f in (E4M3FN, E4M3FNUZ, E5M2, E5M2FNUZ)}

FNUZ_OF: dict[Fp8Format, Fp8Format] = {E4M3FN: E4M3FNUZ, E5M2: E5M2FNUZ}
"""The FNUZ format that stands for an OCP format: same bits, half the value."""

OCP_OF: dict[Fp8Format, Fp8Format] = {fnuz: ocp for ocp, fnuz in FNUZ_OF.items()}


def is_special(ocp: Fp8Format, code: int) -> bool:
    """Whether an OCP code does not keep its bits as FNUZ: -0, NaN, Inf."""
    return code == SIGN or (code & MAGNITUDE) > ocp.max_code


def ocp_to_fnuz_codes(ocp: Fp8Format, inf: InfPolicy = "nan") -> NDArray[np.uint8]:
    """The FNUZ code for each of the 256 codes of `ocp`.

    Finite codes keep their bits and so have half their value; -0 becomes 0 and NaN 0x80. FNUZ
    has no Inf: it becomes NaN, or with `inf="saturate"` the largest code that came from OCP.
    """
    table = np.arange(256, dtype=np.uint8)
    for code in range(256):
        if not is_special(ocp, code):
            continue
        if code == SIGN:
            table[code] = 0
        elif inf == "saturate" and code & MAGNITUDE == ocp.inf_code:
            table[code] = (code & SIGN) | ocp.max_code
        else:
            table[code] = FNUZ_OF[ocp].nan_code
    return table


def fnuz_to_ocp_codes(ocp: Fp8Format, overflow: OverflowPolicy = "nan") -> NDArray[np.uint8]:
    """The OCP code for each of the 256 codes of the FNUZ format that stands for `ocp`.

    Codes keep their bits and the value doubles; NaN becomes the OCP NaN. The codes beyond
    `ocp.max_code` never come from OCP, and twice their value is none of it: they become NaN
    (which most have the bits of), or with `overflow="saturate"` the largest code of their sign.
    """
    table = np.arange(256, dtype=np.uint8)
    for code in range(256):
        magnitude = code & MAGNITUDE
        if overflow == "saturate" and magnitude > ocp.max_code:
            table[code] = (code & SIGN) | ocp.max_code
        elif code == FNUZ_OF[ocp].nan_code or magnitude == ocp.inf_code:
            table[code] = ocp.nan_code
    return table
