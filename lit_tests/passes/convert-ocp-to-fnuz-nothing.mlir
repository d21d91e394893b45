// RUN: fnuz-opt %s -o %t.plain
// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t.converted
// RUN: cmp %t.plain %t.converted

// A module without OCP fp8 comes out as it went in: no mark, no change.
module @model attributes {some.attribute = 1 : i32} {
  memref.global "private" constant @w : memref<2xf8E4M3FNUZ> = dense<[1.0, 0x80]>
  func.func @main(%a: tensor<4x8xf8E4M3FNUZ>, %b: tensor<8x4xf8E5M2FNUZ>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FNUZ>, tensor<8x4xf8E5M2FNUZ>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
    %1 = arith.constant dense_resource<r> : tensor<4x4xf32>
    %2 = arith.addf %0, %1 : tensor<4x4xf32>
    return %2 : tensor<4x4xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      r: "0x0400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    }
  }
#-}
