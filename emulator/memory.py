"""Global memory: the buffers of a launch at made-up addresses, with gaps between them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fnuz.emulator.errors import OutOfBounds
from fnuz.emulator.registers import Array

BASE = 0x7A00_0000_0000
_ALIGNMENT = 256
_GAP = 4096
_READ, _WRITE = 1, 2


def widest_step(places: Array, width: int) -> int:
    """The largest power of two up to 16 that divides the width and every place."""
    low = int(np.bitwise_or.reduce(places, axis=None, initial=0)) | width
    return min(low & -low, 16)


def gather(octets: Array, places: Array, width: int) -> Array:
    """Bytes (..., width) from places (...); there are a multiple of 16 bytes."""
    step = widest_step(places, width)
    rows = octets.reshape(-1, step)
    return rows[places[..., None] // step + np.arange(width // step)].reshape(*places.shape, width)


@dataclass(frozen=True)
class Buffer:
    """A range of addresses."""

    name: str
    address: int
    size: int


class Memory:
    """Byte-addressed memory. Add every buffer, then `freeze`, then read and write."""

    def __init__(self) -> None:
        self.buffers: list[Buffer] = []
        self._contents: list[tuple[bytes | Array, bool]] = []
        self._end = _GAP
        self._bytes: Array = np.zeros(0, np.uint8)
        self._rights: Array = np.zeros(0, np.uint8)

    def add(self, name: str, contents: Any, writable: bool) -> int:
        """The address of a new buffer that holds the bytes of an array or of bytes."""
        data = (
            np.frombuffer(contents, np.uint8)
            if isinstance(contents, (bytes, bytearray))
            else (np.ascontiguousarray(contents).reshape(-1).view(np.uint8))
        )
        address = BASE + self._end
        self.buffers.append(Buffer(name, address, len(data)))
        self._contents.append((data, writable))
        self._end += len(data) + _GAP
        self._end += -self._end % _ALIGNMENT
        return address

    def freeze(self) -> None:
        """Make the memory; no buffer can be added afterwards."""
        self._bytes = np.zeros(self._end, np.uint8)
        self._rights = np.zeros(self._end, np.uint8)
        for buffer, (data, writable) in zip(self.buffers, self._contents, strict=True):
            at = buffer.address - BASE
            self._bytes[at : at + buffer.size] = data
            self._rights[at : at + buffer.size] = _READ | (_WRITE if writable else 0)
        self._contents.clear()

    def read_back(self, address: int, size: int) -> Array:
        """The bytes of a buffer."""
        return self._bytes[address - BASE : address - BASE + size]

    def _describe(self, address: int, width: int) -> str:
        near = min(
            self.buffers,
            key=lambda b: max(b.address - address, address - b.address - b.size + 1, 0),
        )
        offset = address - near.address
        return f"{width} bytes at {address:#x}, byte {offset} of {near.name}, which has {near.size}"

    def _offsets(self, addresses: Array, width: int, lanes: Array, writes: bool) -> Array:
        """Offsets of the accesses, 0 for lanes that are not active. Raises OutOfBounds."""
        addresses, lanes = np.broadcast_arrays(addresses.astype(np.int64), lanes)
        offsets = addresses - BASE
        inside = (offsets >= 0) & (offsets <= self._end - width)
        safe = np.where(inside & lanes, offsets, 0)
        right = _WRITE if writes else _READ
        # Gaps are wider than any access: its first and last byte tell.
        allowed = (self._rights[safe] & self._rights[safe + width - 1] & right) != 0
        wrong = lanes & ~(inside & allowed)
        if wrong.any():
            wave, lane = (int(i) for i in np.argwhere(wrong)[0])
            verb = "writes" if writes else "reads"
            raise LocatedOutOfBounds(
                f"{verb} {self._describe(int(addresses[wave, lane]), width)}", wave, lane
            )
        return safe

    def load(self, addresses: Array, width: int, lanes: Array) -> Array:
        """Bytes (n, 64, width) at addresses (n, 64); undefined in lanes that are not active."""
        offsets = self._offsets(addresses, width, lanes, False)
        return gather(self._bytes, offsets, width)

    def store(self, addresses: Array, data: Array, lanes: Array) -> None:
        """Write bytes (n, 64, width); of two lanes with one address the later one stays."""
        width = data.shape[-1]
        offsets = self._offsets(addresses, width, lanes, True)[lanes]
        places = offsets[:, None] + np.arange(width)
        self._bytes[places] = data[lanes]

    def change(self, addresses: Array, width: int, lanes: Array) -> tuple[Array, Array]:
        """For an atomic operation: the places (n, 64) and all bytes, to be changed there."""
        return self._offsets(addresses, width, lanes, True), self._bytes


class LocatedOutOfBounds(OutOfBounds):
    """OutOfBounds in a wave (of those that run) and a lane; the machine says which they are."""

    def __init__(self, message: str, wave: int, lane: int) -> None:
        super().__init__(message)
        self.wave = wave
        self.lane = lane
