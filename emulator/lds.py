"""The LDS of the workgroups of a launch, with a check for races between their waves.

Every byte remembers who last read, wrote or changed it atomically, and between which barriers.
Two waves of a workgroup race when both touch a byte between the same barriers and one of them
writes. An access that was not waited for before a barrier counts as one after it too.
"""

from dataclasses import dataclass

import numpy as np

from fnuz.emulator.errors import DataRace, MissingWait
from fnuz.emulator.memory import LocatedOutOfBounds, gather, widest_step
from fnuz.emulator.registers import Array
from fnuz.emulator.waits import LDS as LDS_COUNT
from fnuz.emulator.waits import VM, Waits

READ, WRITE, ATOMIC = "reads", "writes", "atomics"
_AGAINST = {READ: (WRITE, ATOMIC), WRITE: (READ, WRITE, ATOMIC), ATOMIC: (READ, WRITE)}
_MANY, _DMA, _STRIDE = 30, 31, 32


@dataclass
class _Access:
    """An access of some lanes that may still be running at a barrier."""

    kind: str
    count: str
    waves: Array
    numbers: Array
    first: Array
    width: int

    def places(self, which: Array) -> Array:
        """The bytes (k, width) of some of the lanes."""
        return self.first[which, None] + np.arange(self.width)


class Lds:
    """The LDS of workgroups, `size` bytes each; wave w is number `within[w]` of `group[w]`."""

    def __init__(
        self, size: int, group: Array, within: Array, waits: Waits, names: list[str]
    ) -> None:
        self.size = size
        self._pitch = size + (-size % 16) + 16
        self._group = group
        self._who = within
        self._waits = waits
        self._names = names
        groups = int(group.max()) + 1
        self._bytes = np.full(groups * self._pitch, 0xD1, np.uint8)
        # A tag is epoch * 32 + the wave within its workgroup, or _MANY or _DMA.
        self._tags = {kind: np.zeros(len(self._bytes), np.int32) for kind in _AGAINST}
        self._epoch = np.ones(groups, np.int64)
        self._running: list[_Access] = []

    def _places(self, waves: Array, addresses: Array, width: int, lanes: Array) -> Array:
        """Places (n, 64) of the first bytes; that of byte 0 in lanes that are not active."""
        addresses, lanes = np.broadcast_arrays(addresses.astype(np.int64), lanes)
        wrong = lanes & ((addresses < 0) | (addresses + width > self.size))
        if wrong.any():
            wave, lane = (int(i) for i in np.argwhere(wrong)[0])
            raise LocatedOutOfBounds(
                f"accesses {width} bytes at {int(addresses[wave, lane]):#x} of LDS, "
                f"which has {self.size}",
                wave,
                lane,
            )
        base = self._group[waves][:, None] * self._pitch
        return base + np.where(lanes, addresses, 0)

    def load(self, waves: Array, addresses: Array, width: int, lanes: Array) -> Array:
        """Bytes (n, 64, width) at addresses (n, 64)."""
        places = self._places(waves, addresses, width, lanes)
        self._touch(READ, waves, places, width, lanes)
        return gather(self._bytes, places, width)

    def store(
        self, waves: Array, addresses: Array, data: Array, lanes: Array, dma: bool = False
    ) -> None:
        """Write bytes (n, 64, width). With `dma` the write ends when vmcnt says so."""
        width = data.shape[-1]
        places = self._places(waves, addresses, width, lanes)
        self._touch(WRITE, waves, places, width, lanes, dma)
        self._bytes[places[lanes][:, None] + np.arange(width)] = data[lanes]

    def change(
        self, waves: Array, addresses: Array, width: int, lanes: Array
    ) -> tuple[Array, Array]:
        """For an atomic operation: the places and all the bytes of LDS, to be changed."""
        places = self._places(waves, addresses, width, lanes)
        self._touch(ATOMIC, waves, places, width, lanes)
        return places, self._bytes

    def _touch(
        self, kind: str, waves: Array, places: Array, width: int, lanes: Array, dma: bool = False
    ) -> None:
        active = np.broadcast_to(lanes, places.shape)
        wave_of = np.broadcast_to(waves[:, None], places.shape)[active]
        if not len(wave_of):
            return
        first = places[active]
        step = widest_step(first, width)
        rows = (
            first // step if width == step else (first[:, None] // step + np.arange(width // step))
        )
        rows = rows.reshape(-1)
        repeat = width // step
        group = self._group[wave_of]
        epoch = np.repeat(self._epoch[group] * _STRIDE, repeat)[:, None].astype(np.int32)
        who = np.repeat(self._who[wave_of], repeat)[:, None].astype(np.int32)
        tags = {each: self._tags[each].reshape(-1, step) for each in self._tags}
        mine = epoch + who
        for other in _AGAINST[kind]:
            old = tags[other].take(rows, axis=0)
            clash = (old >= epoch) & (old != mine)
            if clash.any():
                row, octet = (int(i) for i in np.argwhere(clash)[0])
                place = int(rows[row]) * step + octet
                self._report(kind, other, int(wave_of[row // repeat]), int(old[row, octet]), place)
        mark = np.broadcast_to(epoch + _DMA if dma else mine, (len(rows), step))
        table = tags[kind]
        if kind != WRITE:
            old = table.take(rows, axis=0)
            shared = (old >= epoch) & (old != mine)
            if shared.any():
                mark = np.where(shared, epoch + _MANY, mark)
        table[rows] = mark
        found = table.take(rows, axis=0)
        # Two waves at once: one mark is lost.
        differs = (found != mark) & (mark - epoch != _MANY)
        if differs.any():
            if kind == WRITE:
                row, octet = (int(i) for i in np.argwhere(differs)[0])
                place = int(rows[row]) * step + octet
                self._report(kind, kind, int(wave_of[row // repeat]), int(found[row, octet]), place)
            at, octets = np.nonzero(differs)
            table[rows[at], octets] = epoch[at, 0] + _MANY
        count = VM if dma else LDS_COUNT
        # The operation is counted after this: it will have the next number.
        numbers = self._waits.issued[count][wave_of] + 1
        self._running.append(_Access(kind, count, wave_of, numbers, first, width))
        if len(self._running) > 64:
            self._forget()

    def _report(self, kind: str, other: str, wave: int, tag: int, place: int) -> None:
        address = place - int(self._group[wave]) * self._pitch
        owner = tag % _STRIDE
        me = self._names[wave]
        if owner == _DMA:
            raise MissingWait(
                f"{me} touches byte {address:#x} of LDS, which a load to LDS may still be "
                "writing: no s_waitcnt vmcnt and barrier for it"
            )
        others = "several waves" if owner == _MANY else f"wave {owner} of the workgroup"
        raise DataRace(
            f"{me} {kind} byte {address:#x} of LDS, and {others} {other} it "
            "since the last barrier that both were waited for"
        )

    def _forget(self) -> None:
        """Drop the accesses that have ended."""
        self.waited()
        self._running = [
            access
            for access in self._running
            if self._waits.running(access.count, access.waves, access.numbers).any()
        ]

    def waited(self) -> None:
        """Loads to LDS that have ended, by vmcnt, belong to their wave from now on."""
        for access in self._running:
            if access.count != VM:
                continue
            ended = ~self._waits.running(VM, access.waves, access.numbers)
            groups = self._group[access.waves]
            places = access.places(ended)
            tags = self._tags[WRITE]
            dma = (self._epoch[groups] * _STRIDE + _DMA)[ended, None]
            mine = (self._epoch[groups] * _STRIDE + self._who[access.waves])[ended, None]
            tags[places] = np.where(tags[places] == dma, mine, tags[places])

    def barrier(self, groups: Array) -> None:
        """All waves of these workgroups have met."""
        old = self._epoch.copy()
        self._epoch[groups] += 1
        self._forget()
        for access in self._running:
            running = self._waits.running(access.count, access.waves, access.numbers)
            group = self._group[access.waves]
            running &= self._epoch[group] != old[group]
            if not running.any():
                continue
            who = np.where(access.count == VM, _DMA, self._who[access.waves])
            mark = (self._epoch[group] * _STRIDE + who)[running, None]
            self._tags[access.kind][access.places(running)] = mark
