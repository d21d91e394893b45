"""A functional gfx942 in numpy: runs the assembly that LLVM's AMDGPU backend writes.

`parse` reads the text, `launch` runs a grid of workgroups of a kernel on numpy arrays and gives
`Stats`. All waves at one instruction run as one batch; numbers are those of the hardware where AMD
documents them, and fp8 is FNUZ. Beyond the results it checks what hardware punishes without a
word: registers and LDS used before an s_waitcnt says that they are there, races in LDS, accesses
out of bounds, wait states that are missing. Each is an `EmulatorError` that names the line, the
instruction, the wave, and the lane, register or address.

What it does not claim: the bits of v_rcp, v_rsq, v_sqrt, v_exp, v_log, v_sin and v_cos, which are
correctly rounded here but for float64's own error; the order and precision inside of MFMA (see
`mfma`), so equality holds where partial sums are exact; the random bits that v_cvt_sr takes; races
in global memory; time. docs/emulator.md has the details.
"""

from fnuz.emulator.errors import (
    DataRace,
    EmulatorError,
    HazardViolated,
    LaunchError,
    MissingWait,
    OutOfBounds,
    ParseError,
    Trapped,
    UnknownInstruction,
)
from fnuz.emulator.launch import launch
from fnuz.emulator.machine import Stats
from fnuz.emulator.parse import Kernel, Program, parse

__all__ = [
    "DataRace",
    "EmulatorError",
    "HazardViolated",
    "Kernel",
    "LaunchError",
    "MissingWait",
    "OutOfBounds",
    "ParseError",
    "Program",
    "Stats",
    "Trapped",
    "UnknownInstruction",
    "launch",
    "parse",
]
