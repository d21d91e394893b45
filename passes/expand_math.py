"""expand-math: the math ops of device code that gfx942 has no instruction for."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.passes.registry import Diagnostics, ModulePass, register


@register
@dataclass(frozen=True)
class ExpandMath(ModulePass):
    """Expand the math ops in each gpu.module that LLVM's AMDGPU backend has no instruction for.

    sin, tanh, erf, powf and the like of f32, f16 and bf16 become series in f64, within 1 ulp of
    f32; exp, log and sqrt of bf16 and f16 are computed in f32. The pipeline lower-to-rocdl begins
    with it. What has no expansion, such as sin of f64, stays.
    """

    name: ClassVar[str] = "expand-math"
    example: ClassVar[str] = """
gpu.module @kernels {
  gpu.func @tanh(%x: memref<64xf32>) kernel {
    %t = gpu.thread_id x
    %v = memref.load %x[%t] : memref<64xf32>
    %0 = math.tanh %v : f32
    memref.store %0, %x[%t] : memref<64xf32>
    gpu.return
  }
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.bindings import of
        from fnuz.passes.math_functions import expand

        with module.location:  # vector types want one
            expand(module, of(module).ir)
