"""Wait states that gfx942 needs between two instructions and does not insert itself.

The numbers are those by which LLVM's GCNHazardRecognizer inserts s_nop for gfx940. An instruction
is one wait state, `s_nop N` is N + 1; the states between the two count. A rule looks at the earlier
and the later instruction and gives the number that is needed, 0 for none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from fnuz.emulator import mfma
from fnuz.emulator.operands import EXEC, M0, VCC, VGPR, Register, register_name
from fnuz.emulator.parse import Instruction
from fnuz.emulator.valu import TRANSCENDENTAL, base_name

LONGEST = 19
"""No rule needs more."""


@dataclass(frozen=True, eq=False)
class Uses:
    """What the rules and the wait counters need to know of an instruction."""

    instruction: Instruction
    kind: str
    """salu, valu, mfma, lds, vmem, smem or other."""
    reads: frozenset[int]
    writes: frozenset[int]
    sources: frozenset[int]
    """What it reads but for destinations of which it keeps a part."""
    shape: mfma.Shape | None = None
    part_written: bool = False
    """SDWA or op_sel write a part of the destination."""

    @cached_property
    def touched(self) -> frozenset[int]:
        """What it reads and writes."""
        return self.reads | self.writes

    @cached_property
    def name(self) -> str:
        """The name without its encoding."""
        return base_name(self.instruction.name)

    @property
    def is_vector(self) -> bool:
        """VALU, MFMA among them."""
        return self.kind in ("valu", "mfma")


def _registers(uses: Uses, operand: int) -> frozenset[int]:
    place = uses.instruction.operands[operand]
    return frozenset(place.numbers) if isinstance(place, Register) else frozenset()


def _vector(registers: frozenset[int]) -> frozenset[int]:
    return frozenset(r for r in registers if r >= VGPR)


def _scalar(registers: frozenset[int]) -> frozenset[int]:
    return frozenset(r for r in registers if r < VGPR)


Need = tuple[int, frozenset[int]]
_NOTHING: Need = (0, frozenset())


def _mfma_then_mfma(first: Uses, then: Uses) -> Need:
    """The result of an MFMA as an operand of another."""
    if first.shape is None or then.shape is None:
        return _NOTHING
    written = first.writes
    as_a_or_b = (_registers(then, 1) | _registers(then, 2)) & written
    if as_a_or_b:
        return first.shape.passes + (3 if first.shape.xdl else 2), as_a_or_b
    as_c = _registers(then, 3) & written
    if not as_c:
        return _NOTHING
    if min(_registers(then, 3)) == min(written):
        # The accumulator of the same tile is forwarded.
        return (2 if first.shape.passes == 2 else 0), as_c
    if then.shape.xdl and not first.shape.xdl:
        return _NOTHING
    return first.shape.passes + (1 if first.shape.xdl else 0), as_c


def _mfma_then_other(first: Uses, then: Uses) -> Need:
    """The result of an MFMA read or overwritten by a VALU or memory instruction."""
    if first.shape is None or then.kind not in ("valu", "vmem", "lds"):
        return _NOTHING
    touched = first.writes & (then.reads | then.writes)
    return (first.shape.passes + (3 if first.shape.xdl else 2), touched) if touched else _NOTHING


def _mfma_c_then_write(first: Uses, then: Uses) -> Need:
    """The accumulator input of an MFMA overwritten by a VALU or memory instruction."""
    if first.shape is None or not first.shape.xdl or then.kind not in ("valu", "vmem", "lds"):
        return _NOTHING
    touched = _registers(first, 3) & then.writes
    return (first.shape.passes - 1, touched) if touched else _NOTHING


def _valu_then_mfma(first: Uses, then: Uses) -> Need:
    """A VALU result as an operand of an MFMA; EXEC changed by a VALU before an MFMA."""
    if first.kind != "valu" or then.shape is None:
        return _NOTHING
    if EXEC in first.writes:
        return 4, frozenset([EXEC])
    touched = _vector(first.writes) & then.reads
    return (2, touched) if touched else _NOTHING


def _store_then_write(first: Uses, then: Uses) -> Need:
    """The data of a store of more than 64 bits, overwritten by a VALU instruction."""
    name = first.instruction.name
    if first.kind != "vmem" or "_store_" not in name or not then.is_vector:
        return _NOTHING
    if not name.endswith(("dwordx3", "dwordx4")):
        return _NOTHING
    data = 1
    if name.startswith("buffer_"):
        data = 0
        if isinstance(first.instruction.operands[3], Register):
            return _NOTHING
    touched = _registers(first, data) & then.writes
    return (2, touched) if touched else _NOTHING


def _transcendental(first: Uses, then: Uses) -> Need:
    """The result of the slow unit, used by another VALU instruction."""
    if not first.name.startswith(TRANSCENDENTAL) or then.kind != "valu":
        return _NOTHING
    if then.name.startswith(TRANSCENDENTAL):
        return _NOTHING
    touched = first.writes & then.reads
    return (1, touched) if touched else _NOTHING


def _part_then_use(first: Uses, then: Uses) -> Need:
    """A result that SDWA or op_sel put in a part of a register, used by a VALU instruction."""
    if not first.part_written or not then.is_vector:
        return _NOTHING
    touched = first.writes & then.reads
    return (1, touched) if touched else _NOTHING


def _valu_scalar_then_use(first: Uses, then: Uses) -> Need:
    """SGPRs or VCC that a VALU instruction wrote, used by the vector side."""
    if first.kind != "valu":
        return _NOTHING
    touched = _scalar(first.writes) & then.reads - {EXEC, EXEC + 1}
    if not touched:
        return _NOTHING
    if then.kind == "vmem":
        return 5, touched
    if then.kind == "valu":
        if then.name in ("v_readlane_b32", "v_writelane_b32"):
            return 4, touched
        if then.name.startswith("v_div_fmas") and VCC in touched:
            return 4, touched
        return 2, touched
    return _NOTHING


def _valu_then_lane_access(first: Uses, then: Uses) -> Need:
    """A VALU result, or EXEC that a VALU instruction changed, before v_readlane or DPP."""
    if first.kind != "valu" or then.kind != "valu":
        return _NOTHING
    is_dpp = then.instruction.name.endswith("_dpp")
    if then.name in ("v_readlane_b32", "v_readfirstlane_b32", "v_writelane_b32"):
        if EXEC in first.writes:
            return 4, frozenset([EXEC])
        if then.name != "v_writelane_b32":
            touched = first.writes & _registers(then, 1)
            return (1, touched) if touched else _NOTHING
    if is_dpp:
        if EXEC in first.writes:
            return 5, frozenset([EXEC])
        touched = _vector(first.writes) & _registers(then, 1)
        return (2, touched) if touched else _NOTHING
    return _NOTHING


def _m0_then_load_to_lds(first: Uses, then: Uses) -> Need:
    """M0 written before a load to LDS."""
    if first.kind == "salu" and M0 in first.writes and then.kind == "vmem" and M0 in then.reads:
        return 1, frozenset([M0])
    return _NOTHING


RULES: tuple[Callable[[Uses, Uses], Need], ...] = (
    _mfma_then_mfma,
    _mfma_then_other,
    _mfma_c_then_write,
    _valu_then_mfma,
    _store_then_write,
    _transcendental,
    _part_then_use,
    _valu_scalar_then_use,
    _valu_then_lane_access,
    _m0_then_load_to_lds,
)


def matters(uses: Uses) -> bool:
    """Whether an instruction can be the first of a rule."""
    return uses.is_vector or uses.kind == "vmem" or M0 in uses.writes


def needed(first: Uses, then: Uses) -> tuple[int, str]:
    """The wait states needed between two instructions and why."""
    states, why = 0, ""
    if EXEC not in first.writes and first.touched.isdisjoint(then.touched):
        return states, why
    for rule in RULES:
        count, registers = rule(first, then)
        if count > states:
            states = count
            lowest = min(registers)
            of = register_name(lowest)
            what = (rule.__doc__ or "").split("\n")[0].rstrip(".")
            why = f"{what} ({of})"
    return states, why
