// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --map-to-mfma

func.func @ocp(%a: tensor<16x32xf8E4M3FN>, %b: tensor<32x16xf8E4M3FNUZ>, %c: tensor<16x16xf32>)
    -> tensor<16x16xf32> {
  // expected-error @+1 {{'linalg.matmul' multiplies f8E4M3FN: the matrix unit of gfx942 has FNUZ fp8 alone; convert with ocp-to-fnuz first}}
  %0 = linalg.matmul ins(%a, %b : tensor<16x32xf8E4M3FN>, tensor<32x16xf8E4M3FNUZ>)
                     outs(%c : tensor<16x16xf32>) -> tensor<16x16xf32>
  return %0 : tensor<16x16xf32>
}

// -----

func.func @ocp_on_memrefs(%a: memref<16x32xf8E5M2>, %b: memref<32x16xf8E5M2>,
                          %c: memref<16x16xf32>) {
  // expected-error @+1 {{'linalg.matmul' multiplies f8E5M2: the matrix unit of gfx942 has FNUZ fp8 alone}}
  linalg.matmul ins(%a, %b : memref<16x32xf8E5M2>, memref<32x16xf8E5M2>)
                outs(%c : memref<16x16xf32>)
  return
}
