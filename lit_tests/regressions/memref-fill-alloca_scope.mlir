// RUN: fnuz-opt %s --convert-ocp-to-fnuz | FileCheck %s
// "memref.alloc" as a prefix lets memref.alloca_scope through, whose region writes: the accumulator
// is 1, taken for 0, result 4 * (1 + AB) in place of 1 + 4 AB.
// CHECK: memref.alloca_scope
// CHECK: linalg.generic
// CHECK: linalg.matmul
func.func @main(%a: memref<4x8xf8E4M3FN>, %b: memref<8x4xf8E4M3FN>, %c: memref<4x4xf32>) {
  %z = arith.constant 0.0 : f32
  %o = arith.constant 1.0 : f32
  linalg.fill ins(%z : f32) outs(%c : memref<4x4xf32>)
  memref.alloca_scope {
    linalg.fill ins(%o : f32) outs(%c : memref<4x4xf32>)
  }
  linalg.matmul ins(%a, %b : memref<4x8xf8E4M3FN>, memref<8x4xf8E4M3FN>) outs(%c : memref<4x4xf32>)
  return
}
