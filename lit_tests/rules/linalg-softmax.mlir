// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @main(
// CHECK: tensor.empty(%{{.*}}) : tensor<?x16xf32>
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<?x16xf8E4M3FNUZ>)
// CHECK: arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK: arith.mulf
// CHECK: linalg.softmax dimension(1) {{.*}} -> tensor<?x16xf32>
// CHECK: linalg.generic
// CHECK: %[[HALVED:.*]] = arith.mulf
// CHECK-NEXT: arith.truncf %[[HALVED]] : f32 to f8E4M3FNUZ
func.func @main(%x: tensor<?x16xf8E4M3FN>, %i: tensor<?x16xf8E4M3FN>) -> tensor<?x16xf8E4M3FN> {
  %0 = linalg.softmax dimension(1) ins(%x : tensor<?x16xf8E4M3FN>) outs(%i : tensor<?x16xf8E4M3FN>) -> tensor<?x16xf8E4M3FN>
  return %0 : tensor<?x16xf8E4M3FN>
}

// -----

func.func @buffers(%x: memref<4x16xf8E4M3FN>) {
  // expected-error @+1 {{'linalg.softmax' op on memref<4x16xf8E4M3FN> cannot become FNUZ for gfx942: it is known only from fp8 tensor to fp8 tensor; bufferize after converting}}
  linalg.softmax dimension(1) ins(%x : memref<4x16xf8E4M3FN>) outs(%x : memref<4x16xf8E4M3FN>)
  return
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
