"""What a kernel finds when it starts: its arguments, user SGPRs, data and symbols."""

import ctypes
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fnuz.emulator.errors import LaunchError, ParseError
from fnuz.emulator.memory import Memory
from fnuz.emulator.operands import Constant, Operand, Symbol
from fnuz.emulator.parse import Instruction, Kernel
from fnuz.emulator.registers import Array

_LDS_LIMIT = 65536
Size = tuple[int, int, int]


@dataclass(frozen=True)
class Setup:
    """What `prepare` made."""

    user_sgprs: list[int]
    lds: int
    """Bytes of LDS of a workgroup."""
    symbols: dict[str, int]
    """Addresses of the data of the program."""
    spans: list[tuple[int, "Span"]]

    def write_back(self, memory: Memory) -> None:
        """Change the arrays to what their buffers hold."""
        for address, span in self.spans:
            span.write_back(memory.read_back(address, span.octets.size))


@dataclass(frozen=True)
class Span:
    """The memory of an array argument, or of several that overlap: one buffer of the device."""

    name: str
    octets: Array
    """Its bytes, a view."""

    @property
    def writable(self) -> bool:
        """Whether the kernel may write to it."""
        return self.octets.flags.writeable

    def write_back(self, octets: Array) -> None:
        """Change the arrays to what a device left in their buffer.

        What is the same is not written: the host may have it in memory that it may only read.
        """
        if self.writable and not np.array_equal(self.octets, octets):
            self.octets[:] = octets


@dataclass(frozen=True)
class Packed:
    """The arguments as a kernel gets them."""

    segment: bytes
    shown: list[int]
    """Where in the segment each argument is that the caller gave."""
    spans: list[tuple[int, Span]]
    """The buffers, with their addresses on the device."""


def check_block(kernel: Kernel, block: Size) -> None:
    """Raises LaunchError for a block that the kernel was not compiled for."""
    required = kernel.metadata.get(".reqd_workgroup_size")
    if required is not None and tuple(required) != block:
        raise LaunchError(f"kernel {kernel.name} was compiled for blocks of {tuple(required)}")
    threads = block[0] * block[1] * block[2]
    most = kernel.metadata.get(".max_flat_workgroup_size", 1024)
    if threads > most:
        raise LaunchError(f"kernel {kernel.name} takes {most} workitems at most, not {threads}")


def _hidden(kind: str, size: int, grid: Size, block: Size, dynamic_lds: int) -> bytes:
    """An argument that the runtime adds; pointers of the runtime are null."""
    dimensions = max((i + 1 for i in range(3) if grid[i] * block[i] > 1), default=1)
    values = {"hidden_grid_dims": dimensions, "hidden_dynamic_lds_size": dynamic_lds}
    for axis, name in enumerate("xyz"):
        values[f"hidden_block_count_{name}"] = grid[axis]
        values[f"hidden_group_size_{name}"] = block[axis]
    return values.get(kind, 0).to_bytes(size, "little")


def _by_value(value: Any, size: int, place: str) -> bytes:
    if isinstance(value, (bool, int)) and not isinstance(value, np.generic):
        if not -(1 << 8 * size - 1) <= value < 1 << 8 * size:
            raise LaunchError(f"{place}: {value} does not fit in {size} bytes")
        return (int(value) % (1 << 8 * size)).to_bytes(size, "little")
    if isinstance(value, (np.generic, np.ndarray)) and np.asarray(value).shape == ():
        octets = np.asarray(value).tobytes()
        if len(octets) != size:
            raise LaunchError(f"{place} takes {size} bytes, and {value.dtype} has {len(octets)}")
        return octets
    raise LaunchError(f"{place} takes a numpy scalar of {size} bytes, not {type(value).__name__}")


def pack(
    kernel: Kernel,
    grid: Size,
    block: Size,
    arguments: Sequence[Any],
    dynamic_lds: int,
    allocate: Callable[[Span], int],
) -> Packed:
    """Lay out the kernel argument segment as the metadata of the kernel says.

    `allocate` gives the address that a buffer of the device has, which holds the bytes of a span.
    Raises LaunchError for arguments that do not fit.
    """
    entries = kernel.metadata.get(".args") or []
    shown = [e for e in entries if not str(e[".value_kind"]).startswith("hidden_")]
    if len(shown) != len(arguments):
        raise LaunchError(
            f"kernel {kernel.name} takes {len(shown)} arguments, not {len(arguments)}"
        )
    arrays: dict[int, Array] = {}
    octets: dict[int, bytes] = {}
    for number, (entry, value) in enumerate(zip(shown, arguments, strict=True)):
        place, kind = f"argument {number} of kernel {kernel.name}", str(entry[".value_kind"])
        if kind == "global_buffer":
            _check_array(value, place)
            arrays[number] = value
        elif kind == "by_value":
            octets[number] = _by_value(value, entry[".size"], place)
        else:
            raise LaunchError(f"{place} is a {kind}, which cannot be given here")
    placed = []
    for span, offsets in _spans(arrays):
        address = allocate(span)
        placed.append((address, span))
        octets |= {n: (address + at).to_bytes(8, "little") for n, at in offsets.items()}
    segment = bytearray(kernel.directives.get("kernarg_size", 0))
    given = iter(range(len(arguments)))
    for entry in entries:
        kind, at, length = str(entry[".value_kind"]), entry[".offset"], entry[".size"]
        if kind.startswith("hidden_"):
            segment[at : at + length] = _hidden(kind, length, grid, block, dynamic_lds)
        else:
            segment[at : at + length] = octets[next(given)]
    return Packed(bytes(segment), [e[".offset"] for e in shown], placed)


def prepare(
    kernel: Kernel,
    grid: Size,
    block: Size,
    arguments: Sequence[Any],
    memory: Memory,
    dynamic_lds: int,
) -> Setup:
    """Put arguments and data in memory. Raises LaunchError."""
    d = kernel.directives
    packed = pack(
        kernel,
        grid,
        block,
        arguments,
        dynamic_lds,
        lambda span: memory.add(span.name, span.octets, span.writable),
    )
    segment = packed.segment
    # A runtime allocates whole cache lines; scalar loads may read beyond the arguments.
    address = memory.add("the kernel arguments", segment + bytes(-len(segment) % 64), False)
    symbols = {}
    if kernel.program.data:
        start = memory.add("the data of the program", bytes(kernel.program.data), False)
        symbols = {name: start + at for name, at in kernel.program.symbols.items()}
    lds = d.get("group_segment_fixed_size", 0) + dynamic_lds
    if lds > _LDS_LIMIT:
        raise LaunchError(f"kernel {kernel.name} needs {lds} bytes of LDS; there are {_LDS_LIMIT}")
    sgprs = _user_sgprs(kernel, grid, block, memory, address, segment, lds)
    memory.freeze()
    return Setup(sgprs, lds, symbols, packed.spans)


def _check_array(value: Any, place: str) -> None:
    if not isinstance(value, np.ndarray):
        raise LaunchError(f"{place} takes a numpy array, not {type(value).__name__}")
    if not value.flags.c_contiguous:
        raise LaunchError(f"{place}: the array is not C-contiguous")


def _spans(arrays: dict[int, Array]) -> list[tuple[Span, dict[int, int]]]:
    """The memory that arrays have, by argument number, and the offset of each array in its."""
    groups = [[number] for number, array in arrays.items() if not array.nbytes]
    end = 0
    for number in sorted(arrays, key=lambda n: arrays[n].ctypes.data):
        start, size = arrays[number].ctypes.data, arrays[number].nbytes
        if size and start >= end:
            groups.append([number])
        elif size:
            groups[-1].append(number)
        end = max(end, start + size)
    # By number, so that buffers have the same addresses in every run.
    return [_span({n: arrays[n] for n in sorted(group)}) for group in sorted(groups, key=min)]


def _span(arrays: dict[int, Array]) -> tuple[Span, dict[int, int]]:
    starts = {n: a.ctypes.data for n, a in arrays.items()}
    first = min(starts.values())
    size = max(starts[n] + a.nbytes for n, a in arrays.items()) - first
    # A view of one array does not reach the others. The caller holds them.
    memory = (ctypes.c_ubyte * size).from_address(first)
    octets: Array = np.frombuffer(memoryview(memory), np.uint8)
    octets.flags.writeable = any(a.flags.writeable for a in arrays.values())
    name = " and ".join(f"argument {n} ({a.dtype}, shape {a.shape})" for n, a in arrays.items())
    return Span(name, octets), {n: start - first for n, start in starts.items()}


def _packet(grid: Size, block: Size, kernel: Kernel, lds: int, kernarg: int) -> bytes:
    """hsa_kernel_dispatch_packet_t."""
    private = kernel.directives.get("private_segment_fixed_size", 0)
    sizes = [g * b for g, b in zip(grid, block, strict=True)]
    return struct.pack("<HH3HH3IIIQQQQ", 0, 3, *block, 0, *sizes, private, lds, 0, kernarg, 0, 0)


def _user_sgprs(
    kernel: Kernel,
    grid: Size,
    block: Size,
    memory: Memory,
    kernarg: int,
    segment: bytes,
    lds: int,
) -> list[int]:
    d = kernel.directives
    words: list[int] = []

    def pair(value: int) -> None:
        words.extend((value & 0xFFFFFFFF, value >> 32))

    if d.get("user_sgpr_dispatch_ptr", 0):
        packet = _packet(grid, block, kernel, lds, kernarg)
        pair(memory.add("the dispatch packet", packet, False))
    if d.get("user_sgpr_queue_ptr", 0):
        raise LaunchError(f"kernel {kernel.name} wants the queue, which the emulator has not")
    if d.get("user_sgpr_kernarg_segment_ptr", 0):
        pair(kernarg)
    if d.get("user_sgpr_dispatch_id", 0):
        pair(0)
    if d.get("user_sgpr_private_segment_size", 0):
        words.append(d.get("private_segment_fixed_size", 0))
    length = d.get("user_sgpr_kernarg_preload_length", 0)
    start = 4 * d.get("user_sgpr_kernarg_preload_offset", 0)
    padded = segment + bytes(4 * length)
    words.extend(struct.unpack_from(f"<{length}I", padded, start))
    if len(words) != d.get("user_sgpr_count", len(words)):
        raise LaunchError(
            f"kernel {kernel.name} has {d['user_sgpr_count']} user SGPRs; "
            f"the emulator knows {len(words)} of them"
        )
    return words


def resolve(instruction: Instruction, symbols: dict[str, int], code: int) -> Instruction:
    """Replace symbols with `@rel32` by constants.

    `s_getpc_b64` gives `code` whatever the place, and the two additions after it take the symbol
    relative to that: so offsets such as +4, which say where the literal stands, do not count.
    """
    if not any(isinstance(o, Symbol) and o.part for o in instruction.operands):
        return instruction
    operands: list[Operand] = []
    for operand in instruction.operands:
        if isinstance(operand, Symbol) and operand.part:
            if operand.name not in symbols:
                raise ParseError(f"{instruction.where()}: no such symbol")
            value = (symbols[operand.name] - code) % (1 << 64)
            operands.append(Constant(value & 0xFFFFFFFF if operand.part == "lo" else value >> 32))
        else:
            operands.append(operand)
    return replace(instruction, operands=tuple(operands))
