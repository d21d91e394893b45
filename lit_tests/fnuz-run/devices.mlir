// RUN: fnuz-run %s | FileCheck %s
// RUN: fnuz-opt %s --ocp-to-fnuz --lower-fnuz-casts --map-to-mfma -o %t.mapped.mlir
// RUN: fnuz-run %t.mapped.mlir --device=emulator | FileCheck %s
// RUN: fnuz-opt %t.mapped.mlir --lower-to-rocdl | fnuz-run - --device=emulator | FileCheck %s
// RUN: fnuz-verify %s %t.mapped.mlir --device=emulator | FileCheck %s --check-prefix=EQUAL

// CHECK: @main, ordinary inputs, seed 0
// CHECK-NEXT: result 0: tensor<2x3xf32>
// CHECK-NEXT: {{\[\[ *}}-13. 18.5 2.{{ *\]}}
// CHECK-NEXT: {{\[ *}}-31. 44.5 6.{{ *\]\]}}

// EQUAL-COUNT-2: result 0: 6 elements, 6 equal bits
func.func @main() -> tensor<2x3xf32> {
  %a = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf8E4M3FN>
  %b = arith.constant dense<[[0.5, 1.0, 2.0], [-1.5, 2.0, 0.0], [-3.5, 0.5, -4.0], [0.0, 3.0, 3.0]]>
      : tensor<4x3xf8E4M3FN>
  %zero = arith.constant dense<0.0> : tensor<2x3xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<2x4xf8E4M3FN>, tensor<4x3xf8E4M3FN>)
      outs(%zero : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
