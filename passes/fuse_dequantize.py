"""fuse-dequantize: the scales of dequantized values behind the contraction, its operands fp8."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fnuz.bindings import of
from fnuz.passes.registry import Diagnostics, ModulePass, register


@register
@dataclass(frozen=True)
class FuseDequantize(ModulePass):
    """Turn contractions of dequantized fp8 values into contractions of fp8, scaled afterwards.

    sum((a * scale_a) * (b * scale_b)) becomes sum(a * b) * (scale_a * scale_b), with partial sums
    where a scale changes along the reduction. That rounds differently in f32, within a bound that
    docs/semantics.md derives. What is fused and what is left alone is said in remarks.
    """

    name: ClassVar[str] = "fuse-dequantize"
    example: ClassVar[str] = """
#id = affine_map<(m, k) -> (m, k)>
#column = affine_map<(k, n) -> (n)>
func.func @main(%a: tensor<8x32xf8E4M3FN>, %scale: f32, %b: tensor<32x16xf8E4M3FN>,
                %scales: tensor<16xf32>, %zeros: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %ea = tensor.empty() : tensor<8x32xf32>
  %x = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<8x32xf8E4M3FN>) outs(%ea : tensor<8x32xf32>) {
  ^bb0(%in: f8E4M3FN, %out: f32):
    %0 = arith.extf %in : f8E4M3FN to f32
    %1 = arith.mulf %0, %scale : f32
    linalg.yield %1 : f32
  } -> tensor<8x32xf32>
  %eb = tensor.empty() : tensor<32x16xf32>
  %w = linalg.generic {indexing_maps = [#id, #column, #id],
                       iterator_types = ["parallel", "parallel"]}
      ins(%b, %scales : tensor<32x16xf8E4M3FN>, tensor<16xf32>) outs(%eb : tensor<32x16xf32>) {
  ^bb0(%in: f8E4M3FN, %s: f32, %out: f32):
    %0 = arith.extf %in : f8E4M3FN to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<32x16xf32>
  %y = linalg.matmul ins(%x, %w : tensor<8x32xf32>, tensor<32x16xf32>)
                     outs(%zeros : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}"""

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        from fnuz.passes.fusion.driver import fuse_all

        with module.context, module.location:
            fuse_all(module, of(module), diagnostics)
