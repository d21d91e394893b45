"""A functional gfx942 in numpy: runs the assembly that LLVM's AMDGPU backend writes."""

from fnuz.emulator.errors import (
    DataRace,
    EmulatorError,
    HazardViolated,
    LaunchError,
    MissingWait,
    OutOfBounds,
    ParseError,
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
    "UnknownInstruction",
    "launch",
    "parse",
]
