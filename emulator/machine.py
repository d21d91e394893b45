"""What a running launch consists of, and what it counts."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from fnuz.emulator import banks
from fnuz.emulator.lds import Lds
from fnuz.emulator.memory import Memory
from fnuz.emulator.registers import Array, Waves
from fnuz.emulator.waits import Waits


@dataclass
class Stats:
    """What a launch did, summed over its waves."""

    workgroups: int = 0
    waves: int = 0
    instructions: Counter[str] = field(default_factory=Counter)
    """Instructions by kind, an instruction of a wave being one: salu, valu, mfma, lds, vmem,
    smem, and other for waits, barriers, branches and hints."""
    names: Counter[str] = field(default_factory=Counter)
    """The same by name."""
    undefined: set[str] = field(default_factory=set)
    """Reads of registers that nothing had written before, as line, instruction and register.
    The backend writes them for undefined values; a result that depends on one is garbage."""
    bytes: Counter[str] = field(default_factory=Counter)
    """Bytes that active lanes read and wrote: global_read, global_write, lds_read, lds_write,
    scratch_read, scratch_write. Out-of-range lanes of buffers do not count."""
    lds_clocks: int = 0
    """Clocks of LDS for ds_read and ds_write, by its banks (see `banks`)."""
    lds_conflicts: int = 0
    """Those of them that would not be needed if no two lanes wanted the same bank."""


@dataclass
class Machine:
    """The state of some workgroups that run together."""

    waves: Waves
    memory: Memory
    lds: Lds
    waits: Waits
    scratch: Array
    """(waves, 64, bytes)."""
    stats: Stats

    def count_bytes(self, what: str, lanes: Array, width: int) -> None:
        """Add an access of `width` bytes in these lanes."""
        self.stats.bytes[what] += int(np.count_nonzero(lanes)) * width

    def count_lds(self, reads: bool, addresses: Array, width: int, lanes: Array) -> None:
        """Add the clocks of an access of `width` bytes to LDS in these lanes."""
        total, conflicts = banks.clocks(reads, addresses, width, lanes)
        self.stats.lds_clocks += total
        self.stats.lds_conflicts += conflicts
