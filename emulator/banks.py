"""How many clocks LDS takes for an access, by conflicts of its banks.

There are 32 banks of 4 bytes, each of which gives or takes one dword in a clock. The access of a
wave goes by groups of lanes whose dwords are as many as the banks. A group takes as many clocks as
it wants different dwords of one bank; lanes that want the same dword share it.

Groups are lanes beside each other: 16 with 8 bytes, 8 with 16 bytes; but of a ds_read_b128 they are
0 to 3 with 20 to 23, 4 to 7 with 16 to 19, 8 to 11 with 28 to 31, 12 to 15 with 24 to 27, and the
same from lane 32. Sources: AMD's "Avoiding LDS Bank Conflicts on AMD GPUs Using CK-Tile Framework"
and the documentation of Composable Kernel, for 16 bytes; measurements on MI300 by others, for
ds_read_b64 and ds_read_b128. Assumed, for want of a source: ds_write_b64 like ds_read_b64, 32 lanes
with 4 bytes or less, and 12 bytes like 16.
"""

import numpy as np

from fnuz.emulator.memory import widest_step
from fnuz.emulator.registers import Array

_BANK, _ALL_BANKS = 4, 128
"""Bytes."""

_FIRST = np.array([*range(4), *range(20, 24)])
_READ_B128 = np.concatenate([half + (_FIRST ^ 4 * n) for half in (0, 32) for n in range(4)])


def clocks(reads: bool, addresses: Array, width: int, lanes: Array) -> tuple[int, int]:
    """Clocks of an access, and how many of them there are for conflicts.

    `addresses` (n, 64) are those of the first of `width` bytes of a lane, `lanes` (n, 64) are those
    that take part.
    """
    size = 8 if width > 8 else 16 if width > 4 else 32
    addresses = np.where(lanes, addresses, 0)
    if reads and size == 8:
        addresses, lanes = addresses[:, _READ_B128], lanes[:, _READ_B128]
    # As large as all accesses are aligned, so that few are counted.
    unit = max(widest_step(addresses, width), _BANK)
    places = addresses.reshape(-1, size, 1) // unit + np.arange(max(width // unit, 1))
    units = _ALL_BANKS // unit
    column = places % units
    if places[0].size == units and lanes.all():
        taken = np.bitwise_or.reduce(1 << column, axis=(1, 2))
        if (taken == (1 << units) - 1).all():
            return len(places), 0  # All banks once; what is below would say the same.
    active = np.broadcast_to(lanes.reshape(-1, size, 1), places.shape).reshape(len(places), -1)
    keys = (column << 32 | places // units).reshape(active.shape)
    keys = np.sort(np.where(active, keys, -1), axis=1)
    different = np.diff(keys, axis=1, prepend=-1) != 0
    group, at = np.nonzero(different)
    wanted = np.bincount(group * units + (keys[group, at] >> 32), minlength=len(places) * units)
    of_group = wanted.reshape(-1, units).max(axis=1)
    total, least = int(of_group.sum()), int(np.count_nonzero(of_group))
    return total, total - least
