"""target-gpu-modules: gfx942 becomes the target of device code, whose fp8 it must have."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.dialect.chips import processor
from fnuz.passes.registry import Diagnostics, ModulePass, option, register

CHIP = "gfx942"
TARGET = f'#rocdl.target<O = 3, chip = "{CHIP}", abi = "500">'
"""Code object version 5, for any setting of sramecc and xnack."""

_NARROW = re.compile(r"f[468]E\d+M\d+\w*")
"""The float element types of less than 16 bits, in the text of a type."""

_MOVE = frozenset(
    (
        *("amdgpu.dpp", "amdgpu.fat_raw_buffer_cast", "amdgpu.gather_to_lds"),
        *("amdgpu.raw_buffer_load", "amdgpu.raw_buffer_store", "amdgpu.swizzle_bitmode"),
        *("arith.bitcast", "arith.constant", "builtin.unrealized_conversion_cast", "func.call"),
        *("func.return", "gpu.return", "gpu.rotate", "gpu.shuffle", "gpu.subgroup_broadcast"),
        *("memref.extract_aligned_pointer_as_index", "vector.bitcast"),
    )
)
"""Ops of device code that do no arithmetic, besides those that only move values anywhere."""

_FNUZ_CASTS = frozenset(("arith.extf", "arith.truncf"))
_FNUZ_OPS = frozenset(
    (
        *("amdgpu.ext_packed_fp8", "amdgpu.mfma", "amdgpu.packed_stoch_round_fp8"),
        *("amdgpu.packed_trunc_2xfp8", "amdgpu.sparse_mfma"),
    )
)


@register
@dataclass(frozen=True)
class TargetGpuModules(ModulePass):
    """Make gfx942 the target of each gpu.module, and refuse what it has no fp8 instruction for.

    gfx942 casts FNUZ fp8 from and to f32 and multiplies FNUZ matrices. Every other op may move
    fp8 values but not compute with them: arithmetic on fp8, OCP fp8, casts from f64 (they would be
    rounded twice), from fp8 to fp8 (arith.convertf) and with a rounding mode are errors here, as
    upstream's passes leave them without a word. A gpu.module that names a gfx942 target keeps it;
    the others get one with code object version 5, for any setting of sramecc and xnack.
    """

    name: ClassVar[str] = "target-gpu-modules"
    example: ClassVar[str] = """
gpu.module @kernels {
  gpu.func @widen(%x: memref<64xf8E4M3FNUZ>, %y: memref<64xf32>) kernel {
    %t = gpu.thread_id x
    %v = memref.load %x[%t] : memref<64xf8E4M3FNUZ>
    %0 = arith.extf %v : f8E4M3FNUZ to f32
    memref.store %0, %y[%t] : memref<64xf32>
    gpu.return
  }
}"""

    chip: str = option(CHIP, "gfx942, or a target id of it; the code is for all of them")

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.bindings import of

        if not self._is_for_chip(module, diagnostics):
            return
        ir = of(module).ir
        for op in module.regions[0].blocks[0].operations:
            if op.operation.name != "gpu.module":
                continue
            found = [str(t) for t in op.attributes["targets"]] if "targets" in op.attributes else []
            if not found:
                op.attributes["targets"] = ir.Attribute.parse(f"[{TARGET}]")
            elif len(found) > 1 or f'chip = "{CHIP}"' not in found[0]:
                diagnostics.error(
                    op.location,
                    f"'gpu.module' op has the targets {', '.join(found)}, and {self.name} is for "
                    f"{CHIP} alone; leave them out",
                )
            _check_arguments(op.operation, ir, diagnostics)
            _check_fp8(op.operation, ir, diagnostics)

    def _is_for_chip(self, module: Any, diagnostics: Diagnostics) -> bool:
        try:
            chip = processor(self.chip)
        except ValueError as error:
            diagnostics.error(module.location, str(error))
            return False
        if chip != CHIP:
            diagnostics.error(
                module.location, f"chip {chip} is not {CHIP}; {self.name} is for {CHIP} alone"
            )
        return chip == CHIP


def _check_arguments(gpu_module: Any, ir: Any, diagnostics: Diagnostics) -> None:
    """Report memrefs that are more than a pointer: upstream does so at no place."""

    def visit(op: Any) -> Any:
        if op.name not in ("func.func", "gpu.func"):
            return ir.WalkResult.ADVANCE
        for type in op.attributes["function_type"].value.inputs:
            if not _is_bare(type, ir):
                diagnostics.error(
                    op.location,
                    f"'{op.name}' op has an argument of {type}: functions get bare pointers; give "
                    "it a static shape and no layout, and make the view inside, with "
                    "memref.reinterpret_cast and sizes that come as index arguments",
                )
        return ir.WalkResult.SKIP

    gpu_module.walk(visit, ir.WalkOrder.PRE_ORDER)


def _is_bare(type: Any, ir: Any) -> bool:
    if not isinstance(type, ir.MemRefType):
        return not isinstance(type, ir.UnrankedMemRefType)
    identity = ir.AffineMap.get_identity(type.rank)
    return bool(type.has_static_shape and type.affine_map == identity)


def _check_fp8(gpu_module: Any, ir: Any, diagnostics: Diagnostics) -> None:
    """Report each op of a gpu.module on an fp8 type that gfx942 does not have for it."""

    def visit(op: Any) -> Any:
        found = fp8_problem(op, ir)
        if found:
            what, remedy = found
            text = ", ".join(dict.fromkeys(_narrow_types(op)))
            diagnostics.error(op.location, f"'{op.name}' op on {text}: {CHIP} {what}; {remedy}")
        elif op.name == "arith.truncf" and "roundingmode" in op.attributes and _narrow_types(op):
            del op.attributes["roundingmode"]  # It says what holds without it; upstream stumbles.
        return ir.WalkResult.ADVANCE

    gpu_module.walk(visit, ir.WalkOrder.PRE_ORDER)


def fp8_problem(op: Any, ir: Any) -> tuple[str, str] | None:
    """What gfx942 lacks for an op of device code on fp8, and what to do; None where it has it."""
    from fnuz.passes.homogeneity import MOVING

    if op.name in _MOVE or op.name in MOVING:
        return None
    types = _narrow_types(op)
    return _problem(op, types, ir) if types else None


def _narrow_types(op: Any) -> list[str]:
    """The float types of less than 16 bits among those of the operands and results of an op."""
    # A dict: most values of a kernel have one type.
    types = dict.fromkeys(v.type for v in (*op.operands, *op.results))
    return [name for type in types for name in _NARROW.findall(str(type))]


def _problem(op: Any, types: list[str], ir: Any) -> tuple[str, str] | None:
    """What gfx942 lacks for an op that computes on these narrow types, and what to do."""
    from fnuz.dialect.formats import FORMATS
    from fnuz.passes.codec import ROUNDING_MODES, rounding_mode
    from fnuz.passes.types import element_of

    if op.name.startswith("fnuz."):
        return "has no such cast", "run lower-fnuz-casts before"
    other = [t for t in types if t not in FORMATS or not FORMATS[t].fnuz]
    if other:
        remedy = (
            "run ocp-to-fnuz before kernels are made"
            if other[0] in FORMATS
            else "compute it in f32"
        )
        return f"computes with FNUZ fp8 and not with {other[0]}", remedy
    if op.name in _FNUZ_OPS:
        return None
    if op.name not in _FNUZ_CASTS:
        return (
            "has no such arithmetic on fp8",
            "compute it in f32, between arith.extf and arith.truncf",
        )
    if op.name == "arith.truncf":
        source = element_of(ir, op.operands[0].type)
        if source.width > 32:
            return (
                f"rounds to fp8 from f32, and by way of f32 {source} would be rounded twice",
                "compute in f32",
            )
        mode = rounding_mode(op, ir)
        if mode != ROUNDING_MODES[0]:
            return f"rounds to fp8 to nearest even and not {mode}", "leave out the rounding mode"
    return None
