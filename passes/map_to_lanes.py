"""map-to-lanes: what is no contraction to kernels for gfx942 that run on vector lanes."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.passes.registry import Diagnostics, ModulePass, register


@register
@dataclass(frozen=True)
class MapToLanes(ModulePass):
    """Map linalg and tensor ops to gfx942 kernels on the vector units, 16 bytes a lane.

    Each becomes a gpu.func in the gpu.module of map-to-mfma, and a gpu.launch_func where it was:
    elementwise ops, which are first fused into the op that alone takes their result, reductions,
    softmax, transposes, slices, pads, concatenations, windows and whatever else has affine maps
    and static sizes. It runs before bufferization, behind map-to-mfma: a contraction is a slow
    kernel here. Sums along the innermost dim are in another order than the loops of the op, always
    the same one.

    What has dynamic sizes, or a body that gfx942 does not have, is left, and the report says why.
    """

    name: ClassVar[str] = "map-to-lanes"
    example: ClassVar[str] = """
func.func @main(%x: tensor<256xf32>) -> tensor<256xf32> {
  %e = tensor.empty() : tensor<256xf32>
  %0 = linalg.exp ins(%x : tensor<256xf32>) outs(%e : tensor<256xf32>) -> tensor<256xf32>
  return %0 : tensor<256xf32>
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.gfx942.plain import map_to_lanes

        map_to_lanes(module, diagnostics)
