"""The main loop of a kernel in an assembly text, and what a wave does in an iteration of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LANES = 64
_MFMA = re.compile(r"v_mfma_f32_(\d+)x(\d+)x(\d+)_(\w+?)(?:_fp8|_bf8)?$")
_PRODUCTS = {"fp8": 512, "bf8": 512, "f16": 256, "bf16": 256}
"""Of a SIMD in a clock, by the type of the operands. Source: AMD's "CDNA 3 White Paper"."""

_LDS = re.compile(r"ds_(?:read|write)(2?)(?:st64)?_[biu](\d+)")
_LOAD = re.compile(r"(?:buffer|global|flat)_load_(?:dword(?:x(\d))?|[us]?(byte|short))")


@dataclass(frozen=True)
class MainLoop:
    """One iteration of a loop, as one wave runs it.

    instructions: their text, in order; mfma: how many of them are MFMAs. products: multiplications
    in those, of all lanes. mfma_clocks: how long they keep a SIMD's matrix unit busy. lds_bytes:
    what all lanes read and write in LDS. loaded_bytes: what they load from memory.
    """

    instructions: Sequence[str]
    mfma: int
    products: int
    mfma_clocks: float
    lds_bytes: int
    loaded_bytes: int


def main_loop(text: str, kernel: str) -> MainLoop | None:
    """The loop of a kernel with the most MFMAs, of those the one with the fewest instructions.

    A loop is what stands between a label and the last branch back to it; None where there is
    none. Raises ValueError where the text has no such kernel, or an MFMA in a loop has other
    operands than fp8, bf8, f16 and bf16.
    """
    loops = [_measured(loop) for loop in _loops(_lines(text, kernel))]
    return max(loops, key=lambda m: (m.mfma, -len(m.instructions)), default=None)


def whole(text: str, kernel: str) -> MainLoop:
    """All instructions of a kernel as if they were a loop, for one that has none. As main_loop."""
    return _measured([line for line in _lines(text, kernel) if not line.endswith(":")])


def _lines(text: str, kernel: str) -> list[str]:
    """Labels and instructions of a kernel."""
    _, found, rest = f"\n{text}".partition(f"\n{kernel}:")
    if not found:
        raise ValueError(f"there is no kernel {kernel}")
    lines = [re.split(r";|//", line)[0].strip() for line in rest.splitlines()[1:]]
    end = next((n for n, line in enumerate(lines) if line.startswith(".Lfunc_end")), len(lines))
    return [line for line in lines[:end] if line.endswith(":") or (line and line[0] != ".")]


def _loops(lines: list[str]) -> list[list[str]]:
    labels = {line[:-1]: n for n, line in enumerate(lines) if line.endswith(":")}
    ends: dict[int, int] = {}
    for n, line in enumerate(lines):
        name, _, target = line.partition(" ")
        if "branch" in name and labels.get(target.strip(), n) < n:
            ends[labels[target.strip()]] = n
    return [
        [line for line in lines[start : end + 1] if not line.endswith(":")]
        for start, end in ends.items()
    ]


def _measured(instructions: list[str]) -> MainLoop:
    mfma = products = lds = loaded = 0
    clocks = 0.0
    for instruction in instructions:
        name = instruction.split()[0]
        if name.startswith("v_mfma"):
            found = _MFMA.match(name)
            if not found or found[4] not in _PRODUCTS:
                raise ValueError(f"how long {name} takes is not known")
            m, n, k = map(int, found.groups()[:3])
            mfma += 1
            products += m * n * k
            clocks += m * n * k / _PRODUCTS[found[4]]
        elif found := _LDS.match(name):
            lds += int(found[2]) // 8 * (2 if found[1] else 1) * _LANES
        elif found := _LOAD.match(name):
            width = {"byte": 1, "short": 2}.get(found[2], 4 * int(found[1] or 1))
            loaded += width * _LANES
    return MainLoop(instructions, mfma, products, clocks, lds, loaded)
