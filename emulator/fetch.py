"""The instructions of a kernel, decoded once each."""

from fnuz.emulator import hazards
from fnuz.emulator.access import Mode
from fnuz.emulator.arguments import resolve
from fnuz.emulator.decode import BRANCHES, Decoded, decode
from fnuz.emulator.errors import ParseError
from fnuz.emulator.indexing import regions
from fnuz.emulator.operands import AGPR, VGPR, Symbol, register_name
from fnuz.emulator.parse import Kernel

CODE = 0x6A00_0000_0000
"""Address of the first instruction; each takes 4 bytes here."""


class Code:
    """The instructions of a kernel, decoded when they are first needed."""

    def __init__(self, kernel: Kernel, mode: Mode, symbols: dict[str, int]) -> None:
        self.program = kernel.program
        self._mode = mode
        code = {name: CODE + 4 * at for name, at in kernel.program.labels.items()}
        self._symbols = code | symbols
        self._indexed = regions(kernel.program.instructions)
        self._decoded: dict[int, Decoded] = {}
        self._needed: dict[tuple[int, int], tuple[int, str]] = {}
        d = kernel.directives
        self._vgprs = d.get("accum_offset", 256)
        self._agprs = max(0, d.get("next_free_vgpr", 0) - self._vgprs)
        self._decode_reachable(kernel.start)

    def at(self, pc: int) -> Decoded:
        """The instruction at an index."""
        found = self._decoded.get(pc)
        if found is None:
            if not 0 <= pc < len(self.program.instructions):
                raise ParseError("the program runs past its last instruction")
            instruction = resolve(self.program.instructions[pc], self._symbols, CODE)
            found = decode(instruction, self._mode, self._indexed.get(pc, frozenset()))
            self._decoded[pc] = found
            for register in found.uses.touched:
                last = VGPR + self._vgprs if register < AGPR else AGPR + self._agprs
                if register >= VGPR and register >= last:
                    raise ParseError(
                        f"{instruction.where()}: {register_name(register)} is beyond "
                        "what the kernel descriptor allocates"
                    )
        return found

    def target(self, decoded: Decoded) -> int:
        """Where a branch goes. Raises ParseError."""
        (label,) = decoded.instruction.operands
        if not isinstance(label, Symbol) or label.name not in self.program.labels:
            raise ParseError(f"{decoded.instruction.where()}: no such label")
        return self.program.labels[label.name]

    def _decode_reachable(self, start: int) -> None:
        """So that an instruction that is not known is found before anything runs."""
        todo = [start]
        while todo:
            pc = todo.pop()
            while pc not in self._decoded:
                decoded = self.at(pc)
                name = decoded.instruction.name
                if name in BRANCHES:
                    todo.append(self.target(decoded))
                if name in ("s_branch", "s_endpgm", "s_setpc_b64"):
                    break
                pc += 1

    def states_needed(self, first: Decoded, then: Decoded) -> tuple[int, str]:
        """`hazards.needed`, remembered."""
        key = (id(first), id(then))
        found = self._needed.get(key)
        if found is None:
            found = self._needed[key] = hazards.needed(first.uses, then.uses)
        return found
