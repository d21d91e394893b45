"""Assembly for the emulator's tests: compiled from MLIR, or written by hand in a frame."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from torch_mlir import ir
from torch_mlir.passmanager import PassManager

from fnuz import emulator
from fnuz.emulator.access import Mode
from fnuz.emulator.decode import decode
from fnuz.emulator.machine import Machine
from fnuz.emulator.parse import parse_instruction
from fnuz.emulator.registers import Waves

TARGET = '[#rocdl.target<O=3, chip="gfx942", abi="500">]'
PIPELINE = (
    "builtin.module({first}convert-amdgpu-to-rocdl{{chipset=gfx942}},gpu.module("
    "canonicalize,cse,expand-strided-metadata,lower-affine,convert-scf-to-cf,"
    "convert-amdgpu-to-rocdl{{chipset=gfx942}},"
    "convert-gpu-to-rocdl{{chipset=gfx942 use-bare-ptr-memref-call-conv=true}},"
    "convert-math-to-llvm,convert-vector-to-llvm,convert-arith-to-llvm,"
    "reconcile-unrealized-casts,canonicalize,cse))"
)


def to_isa(text: str) -> str:
    """A module with one `gpu.module @k` in the LLVM and ROCDL dialects, to assembly."""
    pytest.importorskip("flydsl", reason="flydsl has the AMDGPU backend")
    from flydsl._mlir import ir as backend
    from flydsl._mlir import passmanager
    from flydsl._mlir.dialects import gpu

    with backend.Context():
        module = backend.Module.parse(text.replace("gpu.module @k", f"gpu.module @k {TARGET}", 1))
        pipeline = "builtin.module(gpu-module-to-binary{format=isa})"
        passmanager.PassManager.parse(pipeline).run(module.operation)
        for op in module.body.operations:
            if op.operation.name == "gpu.binary":
                isa: bytes = gpu.ObjectAttr(op.attributes["objects"][0]).object
                return isa.decode()
    raise AssertionError("no gpu.binary")


def compile_isa(text: str, *, fp8_casts: bool = False) -> str:
    """A module with one `gpu.module @k` of gpu, vector, memref, amdgpu, to assembly."""
    first = "convert-arith-to-amdgpu{chipset=gfx942}," if fp8_casts else ""
    with ir.Context():
        module = ir.Module.parse(text)
        PassManager.parse(PIPELINE.format(first=first)).run(module.operation)
        lowered = str(module)
    return to_isa(lowered)


def compile_mlir(text: str, *, fp8_casts: bool = False) -> emulator.Program:
    """The same to a program."""
    return emulator.parse(compile_isa(text, fp8_casts=fp8_casts))


FRAME = """\
\t.amdgcn_target "amdgcn-amd-amdhsa-unknown-gfx942"
\t.text
\t.globl\tk
k:
{body}
.Lfunc_end0:
\t.section\t.rodata,"a",@progbits
\t.amdhsa_kernel k
\t\t.amdhsa_group_segment_fixed_size {lds}
\t\t.amdhsa_private_segment_fixed_size {scratch}
\t\t.amdhsa_kernarg_size {size}
\t\t.amdhsa_user_sgpr_count 2
\t\t.amdhsa_user_sgpr_kernarg_segment_ptr 1
\t\t.amdhsa_system_sgpr_workgroup_id_x 1
\t\t.amdhsa_system_vgpr_workitem_id 0
\t\t.amdhsa_next_free_vgpr 512
\t\t.amdhsa_accum_offset 256
\t\t.amdhsa_float_denorm_mode_32 3
\t\t.amdhsa_float_denorm_mode_16_64 3
\t.end_amdhsa_kernel
\t.amdgpu_metadata
---
amdhsa.kernels:
  - .args:
{arguments}
    .kernarg_segment_size: {size}
    .max_flat_workgroup_size: 1024
    .name:           k
...
\t.end_amdgpu_metadata
"""


def frame(body: str, pointers: int, *, lds: int = 0, scratch: int = 0) -> emulator.Kernel:
    """Hand-written instructions as a kernel `k` that takes pointers. Its state at the start:
    s[0:1] the kernel arguments, s2 the workgroup, v0 the workitem."""
    arguments = "".join(
        f"      - .offset: {8 * i}\n        .size: 8\n        .value_kind: global_buffer\n"
        for i in range(pointers)
    )
    text = FRAME.format(
        body=body, lds=lds, scratch=scratch, size=8 * pointers, arguments=arguments.rstrip()
    )
    return emulator.parse(text).kernels["k"]


def run(
    kernel: emulator.Kernel,
    arguments: Sequence[Any],
    grid: Any = 1,
    block: Any = 64,
) -> emulator.Stats:
    """`emulator.launch` with small defaults."""
    return emulator.launch(kernel, grid, block, arguments)


def execute(
    text: str,
    vector: dict[int, Any] | None = None,
    scalar: dict[int, int] | None = None,
    *,
    waves: int = 1,
    mode: Mode | None = None,
) -> Waves:
    """Run arithmetic instructions, one a line, on registers; gives the registers after them.

    `vector` maps numbers of VGPRs (AGPRs from 256) to (waves, 64) or less of uint32, `scalar`
    SGPR encodings to words.
    """
    state = Waves(waves, 512)
    for number, bits in (vector or {}).items():
        state.vector[number] = bits
    for number, word in (scalar or {}).items():
        state.write_scalar(number, np.uint32(word))
    machine = Machine(state, None, None, None, None, emulator.Stats())  # type: ignore[arg-type]
    with np.errstate(all="ignore"):
        for line, each in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
            decode(parse_instruction(each, line), mode or Mode()).run(machine)
    return state
