"""What the kernels of an assembly text need of a compute unit, as its metadata say."""

import re
from dataclasses import dataclass

_WAVES = 8
_VECTOR_REGISTERS, _VECTOR_GRANULE = 512, 8
_SCALAR_REGISTERS = 800
_LDS_BYTES, _LDS_GRANULE = 65536, 512
_LANES, _SIMDS = 64, 4
_WORKGROUPS = 16
"""Of more than one wave, for each needs a barrier."""


@dataclass(frozen=True)
class KernelResources:
    """Registers of a wave, memory and occupancy of a kernel.

    vgprs: vector registers of both kinds; agprs: how many of them are for accumulation.
    sgprs: scalar registers. vgpr_spills, sgpr_spills: registers that did not fit.
    lds: bytes of LDS of a workgroup. scratch: bytes of scratch memory of a lane.
    occupancy: how many waves of this kernel a SIMD can have at once, of 8 (for the largest
    workgroup that it may be launched with), by the registers and the LDS of gfx942.

    Sources of the limits: LLVM's "User Guide for AMDGPU Backend" and the MI300 ISA document.
    """

    vgprs: int
    agprs: int
    sgprs: int
    lds: int
    scratch: int
    vgpr_spills: int
    sgpr_spills: int
    occupancy: int

    def __str__(self) -> str:
        return (
            f"{self.vgprs} VGPRs ({self.agprs} of them AGPRs), {self.sgprs} SGPRs, "
            f"{self.lds} bytes of LDS, {self.scratch} of scratch, "
            f"{self.vgpr_spills} VGPRs and {self.sgpr_spills} SGPRs spilled, "
            f"{self.occupancy} waves a SIMD"
        )


def of_isa(text: str) -> dict[str, KernelResources]:
    """The resources of each kernel in an assembly text of the backend, by its name."""
    metadata = text.partition("\t.amdgpu_metadata\n")[2].partition("\t.end_amdgpu_metadata")[0]
    # A kernel is a list item, its first field at the dash.
    kernels = re.split(r"^  - (?=\.)", metadata, flags=re.M)[1:]
    return dict(_kernel(kernel) for kernel in kernels)


def _kernel(metadata: str) -> tuple[str, KernelResources]:
    # The fields of an argument stand further in.
    fields = dict(re.findall(r"^(?: {4})?\.(\w+): +(\S+)$", metadata, flags=re.M))
    number = {key: int(value) for key, value in fields.items() if value.isdecimal()}
    vgprs, sgprs = number["vgpr_count"], number["sgpr_count"]
    lds = number["group_segment_fixed_size"]
    return fields["name"].strip("'\""), KernelResources(
        vgprs=vgprs,
        agprs=number["agpr_count"],
        sgprs=sgprs,
        lds=lds,
        scratch=number["private_segment_fixed_size"],
        vgpr_spills=number["vgpr_spill_count"],
        sgpr_spills=number["sgpr_spill_count"],
        occupancy=occupancy(vgprs, sgprs, lds, number["max_flat_workgroup_size"]),
    )


def occupancy(vgprs: int, sgprs: int, lds: int, workgroup_size: int) -> int:
    """How many waves a SIMD can have at once of a kernel that needs these, of 8."""
    waves = _up(workgroup_size, _LANES) // _LANES
    workgroups = _WORKGROUPS if waves > 1 else _WAVES * _SIMDS
    if lds:
        workgroups = min(workgroups, _LDS_BYTES // _up(lds, _LDS_GRANULE))
    return min(
        _WAVES,
        _VECTOR_REGISTERS // max(_up(vgprs, _VECTOR_GRANULE), _VECTOR_GRANULE),
        _SCALAR_REGISTERS // max(sgprs, 1),
        -(-workgroups * waves // _SIMDS),
    )


def _up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple
