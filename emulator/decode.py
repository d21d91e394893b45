"""Instructions to what runs them: each family is asked in turn."""

from collections.abc import Callable
from dataclasses import dataclass

from fnuz.emulator import (
    ds,
    indexing,
    lanes,
    mfma,
    packed,
    salu,
    smem,
    valu,
    valu_rows,
    vmem,
    waits,
)
from fnuz.emulator.access import Mode
from fnuz.emulator.errors import ParseError, Trapped, UnknownInstruction
from fnuz.emulator.hazards import Uses
from fnuz.emulator.machine import Machine
from fnuz.emulator.operands import EXEC, M0, SCC, VCC, Register
from fnuz.emulator.parse import Instruction
from fnuz.emulator.registers import Waves

Run = Callable[[Machine], None]

BRANCHES = frozenset(
    f"s_cbranch_{c}" for c in ("scc0", "scc1", "vccz", "vccnz", "execz", "execnz")
) | {"s_branch"}
JUMPS = frozenset(["s_setpc_b64", "s_swappc_b64", "s_getpc_b64"])
CONTROL = BRANCHES | JUMPS | {"s_endpgm", "s_barrier"}
"""What launch.py runs itself."""

HINTS = frozenset(
    [
        "s_nop",
        "s_setprio",
        "s_sleep",
        "s_icache_inv",
        "s_code_end",
        "s_ttracedata",
        "s_incperflevel",
        "s_decperflevel",
        "s_set_gpr_idx_off",
    ]
)
"""What changes no register and no memory."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """An instruction ready to run."""

    instruction: Instruction
    run: Run
    uses: Uses
    touched: frozenset[int]
    """Every register that must not be pending."""
    own_count: str
    """The counter of a load, in which a pending load to the same register ends before it."""
    loaded: frozenset[int]
    states: int
    """Wait states that it takes."""


def _result_count(instruction: Instruction) -> int:
    """How many of the first operands are written."""
    name = valu.base_name(instruction.name)
    if name.startswith(("v_cmpx_", "v_cmp_")):
        return 1
    row = valu_rows.ROWS.get(name) or salu.ROWS.get(name)
    if row is not None:
        kinds = row[0].partition(":")[0].split()
        return len([k for k in kinds if k != "scc"])
    if name.startswith(("global_", "flat_", "scratch_", "buffer_")):
        if "_atomic_" in name:
            return int("sc0" in instruction.modifiers)
        if "_store_" in name or "lds" in instruction.modifiers or "_load_lds_" in name:
            return 0
        return int("_load_" in name)
    if name.startswith("ds_"):
        return int(
            name.startswith("ds_read") or "_rtn" in name or "permute" in name or "swizzle" in name
        )
    if name == "v_swap_b32":
        return 2
    if name in ("s_swappc_b64", "s_getpc_b64"):
        return 1
    no_result = HINTS | CONTROL | {"s_waitcnt", "s_trap", "s_set_gpr_idx_on"}
    return int(name.startswith(("v_", "s_")) and name not in no_result)


def _uses(instruction: Instruction, kind: str) -> Uses:
    name = valu.base_name(instruction.name)
    count = _result_count(instruction)
    reads: set[int] = set()
    writes: set[int] = set()
    for place, operand in enumerate(instruction.operands):
        if isinstance(operand, Register):
            (writes if place < count else reads).update(operand.numbers)
    row = valu_rows.ROWS.get(name) or salu.ROWS.get(name)
    sources = row[0].partition(":")[2].split() if row else []
    op_sel = instruction.integers("op_sel") or []
    part = (
        kind == "valu"
        and not name.startswith(("v_pk_", "v_fma_mix_f32", "v_cmp", "v_dot"))
        and (
            instruction.modifiers.get("dst_sel", "DWORD") != "DWORD"
            or any(op_sel[len(instruction.operands) - 1 :])
            or (any(op_sel[2:]) and name.startswith("v_cvt_sr_"))
            or name == "v_fma_mixhi_f16"
        )
    )
    keeps = part or name.startswith(("v_cvt_sr_", "v_cvt_pk_fp8_", "v_cvt_pk_bf8_", "v_fma_mixlo"))
    if "=" in sources or name == "v_swap_b32" or (name.startswith("buffer_atomic") and count):
        reads |= writes
    if "vcc" in sources:
        reads |= {VCC, VCC + 1}
    if "lds" in instruction.modifiers or "_load_lds_" in name:
        reads.add(M0)
    reads.discard(SCC)
    read = frozenset(reads) - packed.unread(instruction)
    if keeps or "_d16" in name or name == "v_writelane_b32" or instruction.name.endswith("_dpp"):
        reads |= writes
    if name == "s_set_gpr_idx_on":
        writes.add(M0)
    if name.startswith("v_cmpx_") or "saveexec" in name or "wrexec" in name:
        writes |= {EXEC, EXEC + 1}
    return Uses(
        instruction,
        kind,
        frozenset(reads),
        frozenset(writes),
        read,
        mfma.shape_of(name) if kind == "mfma" else None,
        part,
    )


def _on_waves(run: Callable[[Waves], None]) -> Run:
    return lambda m: run(m.waves)


def _trap(m: Machine) -> None:
    raise Trapped(f"{m.waves.names[int(m.waves.numbers[0])]} traps")


def _find(instruction: Instruction, mode: Mode, indexed: frozenset[str]) -> tuple[str, Run] | None:
    name = instruction.name
    if name == "s_waitcnt":
        counts = waits.decode(instruction)

        def wait(m: Machine) -> None:
            m.waits.wait(m.waves, counts)
            if waits.VM in counts:
                m.lds.waited()

        return "other", wait
    if name == "s_trap":
        return "other", _trap
    if name == "s_set_gpr_idx_on":
        return "salu", indexing.turn_on(instruction)
    if indexed and name.startswith("v_"):
        return "valu", indexing.move(instruction, indexed)
    if name in CONTROL or name in HINTS:
        return "other", lambda m: None
    if name.startswith("s_"):
        if scalar := salu.runner(instruction):
            return "salu", _on_waves(scalar)
        if load := smem.runner(instruction):
            return "smem", load
        return None
    if name.startswith("v_mfma"):
        matrix = mfma.runner(instruction)
        return ("mfma", _on_waves(matrix)) if matrix else None
    if name.startswith("v_"):
        vector = (
            valu.runner(instruction, mode)
            or packed.runner(instruction, mode)
            or lanes.runner(instruction, mode)
        )
        return ("valu", _on_waves(vector)) if vector else None
    if run := ds.runner(instruction):
        return "lds", run
    if run := vmem.runner(instruction):
        return "vmem", run
    return None


def decode(instruction: Instruction, mode: Mode, indexed: frozenset[str] = frozenset()) -> Decoded:
    """An instruction ready to run; `indexed` says which of its registers M0 indexes.

    Raises UnknownInstruction, ParseError; both name the line and the instruction."""
    try:
        found = _find(instruction, mode, indexed)
    except ParseError as error:
        raise ParseError(f"{instruction.where()}: {error}") from None
    except UnknownInstruction as error:
        text = str(error)
        where = "" if text.startswith("line ") else f"{instruction.where()}: "
        raise UnknownInstruction(f"{where}{text}") from None
    except ValueError as error:
        raise ParseError(f"{instruction.where()}: the operands do not fit ({error})") from None
    if found is None:
        raise UnknownInstruction(
            f"{instruction.where()}: the emulator does not know {instruction.name}"
        )
    kind, run = found
    uses = _uses(instruction, kind)
    own = {"vmem": waits.VM, "lds": waits.LDS}.get(kind, "")
    if instruction.name.startswith("flat_"):
        own = ""
    loaded = uses.writes - uses.reads if own else frozenset()
    nop = instruction.name == "s_nop"
    states = 1
    if nop:
        states += int(getattr(instruction.operands[0], "value", 0))
    return Decoded(instruction, run, uses, uses.touched - loaded, own, loaded, states)
