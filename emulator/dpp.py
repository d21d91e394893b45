"""DPP: the first source taken from another lane of the wave."""

import numpy as np

from fnuz.emulator.errors import UnknownInstruction
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import LANES, Array, Waves

_LANE = np.arange(LANES)
_ROW = _LANE & ~15
_IN_ROW = _LANE & 15


def _sources(instruction: Instruction) -> Array | None:
    """The lane that each lane reads, -1 for none; None without a DPP control."""
    for key in instruction.modifiers:
        if key == "quad_perm":
            order = np.array(instruction.integers(key))
            return (_LANE & ~3) + order[_LANE & 3]
        if key == "row_mirror":
            return _ROW + 15 - _IN_ROW
        if key == "row_half_mirror":
            return (_LANE & ~7) + 7 - (_LANE & 7)
        if key not in [
            "row_shl",
            "row_shr",
            "row_ror",
            "wave_shl",
            "wave_shr",
            "wave_rol",
            "wave_ror",
            "row_bcast",
            "row_newbcast",
        ]:
            continue
        amount = instruction.integer(key)
        if key in ("row_shl", "row_shr"):
            at = _IN_ROW + (amount if key == "row_shl" else -amount)
            return np.where((at >= 0) & (at < 16), _ROW + at, -1)
        if key == "row_ror":
            return _ROW + (_IN_ROW - amount) % 16
        if key in ("wave_shl", "wave_shr"):
            at = _LANE + (amount if key == "wave_shl" else -amount)
            return np.where((at >= 0) & (at < LANES), at, -1)
        if key in ("wave_rol", "wave_ror"):
            return (_LANE + (amount if key == "wave_rol" else -amount)) % LANES
        if key == "row_newbcast":
            return _ROW + amount
        if key == "row_bcast" and amount == 15:
            # The last lane of each row to the next row.
            return np.where(_ROW > 0, _ROW - 1, -1)
        if key == "row_bcast" and amount == 31:
            return np.where(_LANE >= 32, 31, -1)
        raise UnknownInstruction(f"{instruction.where()}: {key}:{amount} is not known")
    return None


class Permutation:
    """Which lane each lane reads and which lanes are written."""

    def __init__(self, sources: Array, enabled: Array, zeros: bool) -> None:
        self._valid = sources >= 0
        self._sources = np.where(self._valid, sources, _LANE)
        self._enabled = enabled
        self._zeros = zeros

    def _readable(self, waves: Waves) -> Array:
        return self._valid & waves.lanes[:, self._sources]

    def take(self, waves: Waves, bits: Array) -> Array:
        """The dwords of the source lanes; 0 where there is none and bound_ctrl is set."""
        taken = np.broadcast_to(bits, (waves.n, LANES))[:, self._sources]
        return np.where(self._readable(waves), taken, np.uint32(0)) if self._zeros else taken

    def written(self, waves: Waves) -> Array:
        """The lanes that are written."""
        lanes = waves.lanes & self._enabled
        return lanes if self._zeros else lanes & self._readable(waves)


def permutation(instruction: Instruction) -> Permutation | None:
    """The permutation of a DPP instruction, None for another. Raises UnknownInstruction."""
    if not instruction.name.endswith("_dpp"):
        return None
    sources = _sources(instruction)
    if sources is None:
        raise UnknownInstruction(f"{instruction.where()}: its DPP control is not known")
    rows = instruction.integer("row_mask", 15) >> (_LANE >> 4) & 1
    banks = instruction.integer("bank_mask", 15) >> ((_LANE >> 2) & 3) & 1
    # LLVM writes bound_ctrl:1 (before LLVM 14: :0) for the set bit, nothing for the clear one.
    return Permutation(sources, (rows & banks) == 1, "bound_ctrl" in instruction.modifiers)
