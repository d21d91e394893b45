"""map-to-mfma: contractions of FNUZ fp8 to kernels for the matrix unit of gfx942."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.passes.gfx942.tiles import Choice, parse
from fnuz.passes.registry import BadOption, Diagnostics, ModulePass, option, register


@register
@dataclass(frozen=True)
class MapToMfma(ModulePass):
    """Map linalg contractions of two FNUZ fp8 tensors to gfx942 kernels on the MFMA unit.

    Each becomes a gpu.func in one gpu.module, and a gpu.launch_func where it was. Matrix products,
    transposed or not, with batch dims or without, and convolutions, with the padding with zeros
    before them; all four mixes of f8E4M3FNUZ and f8E5M2FNUZ, summed in f32 onto the init. All
    sizes that the result has may be dynamic, but for those in which a window moves. Elementwise
    ops that alone take the result run in the kernel too. It runs before bufferization: on tensors
    it is plain what else reads a value.

    What a contraction needs decides which kernel it gets: tiles through LDS, or for few rows
    operands straight to registers, and a split of the depth over workgroups with a second kernel
    that adds the parts. The sums of blocks that fuse-dequantize leaves, and the op that scales and
    adds them, become one kernel.

    Before lower-fnuz-casts, too: an operand that fnuz.from_ocp makes is loaded in OCP, and cast
    while the kernel stages it; the cast is erased when nothing else uses it. Casts of the result,
    and of what the elementwise ops read, run in the kernel.

    A constant operand is shuffled to the order in which the kernel loads it, and takes no LDS.

    Any other contraction of FNUZ operands is left, and the report says why. One of OCP operands
    is an error: gfx942 has no such instruction.
    """

    tile: str = option(
        "",
        "the kernel: rows x columns x depth of a workgroup, such as 256x256x64, or "
        "skinny-16x32x8, of 8 waves along the depth; with /4 behind it 4 workgroups share the "
        "depth. By default the one with the fewest estimated clocks",
    )

    name: ClassVar[str] = "map-to-mfma"
    example: ClassVar[str] = """
func.func @main(%a: tensor<16x256xf8E4M3FNUZ>, %b: tensor<64x256xf8E4M3FNUZ>)
    -> tensor<16x64xf32> {
  %zero = arith.constant dense<0.0> : tensor<16x64xf32>
  %0 = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<16x256xf8E4M3FNUZ>, tensor<64x256xf8E4M3FNUZ>)
      outs(%zero : tensor<16x64xf32>) -> tensor<16x64xf32>
  return %0 : tensor<16x64xf32>
}"""

    def __post_init__(self) -> None:
        try:
            self._choice()
        except ValueError as error:
            raise BadOption(
                f"option 'tile' of pass '{self.name}' must be {error}, not '{self.tile}'"
            ) from None

    def _choice(self) -> Choice | None:
        return parse(self.tile) if self.tile else None

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.gfx942.kernels import map_to_mfma

        map_to_mfma(module, self._choice(), diagnostics)
