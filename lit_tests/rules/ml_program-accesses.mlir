// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

ml_program.global private mutable @state(dense<-0.0> : tensor<4xf8E4M3FN>) : tensor<4xf8E4M3FN>
ml_program.global private @fixed(dense<2.0> : tensor<4xf8E4M3FN>) : tensor<4xf8E4M3FN>

// CHECK-LABEL: func.func @main(
func.func @main(%x: tensor<4xf8E4M3FN>) -> (tensor<4xf8E4M3FN>, tensor<4xf8E4M3FN>) {
  // CHECK: ml_program.global_load @state : tensor<4xf8E4M3FNUZ>
  %0 = ml_program.global_load @state : tensor<4xf8E4M3FN>
  // CHECK: ml_program.global_store @state = %{{.*}} : tensor<4xf8E4M3FNUZ>
  ml_program.global_store @state = %x : tensor<4xf8E4M3FN>
  // CHECK: ml_program.global_load_const @fixed : tensor<4xf8E4M3FNUZ>
  %1 = ml_program.global_load_const @fixed : tensor<4xf8E4M3FN>
  return %0, %1 : tensor<4xf8E4M3FN>, tensor<4xf8E4M3FN>
}

// CHECK-LABEL: ml_program.subgraph @graph(
// CHECK-SAME: tensor<4xf8E4M3FNUZ>
ml_program.subgraph @graph(%x: tensor<4xf8E4M3FN>, %t: !ml_program.token) -> (tensor<4xf8E4M3FN>, !ml_program.token) {
  // CHECK: ml_program.global_load_graph @state {{.*}} : tensor<4xf8E4M3FNUZ>
  %0, %t1 = ml_program.global_load_graph @state ordering(%t -> !ml_program.token) : tensor<4xf8E4M3FN>
  // CHECK: ml_program.global_store_graph @state = %{{.*}} : tensor<4xf8E4M3FNUZ>
  %t2 = ml_program.global_store_graph @state = %x ordering(%t1 -> !ml_program.token) : tensor<4xf8E4M3FN>
  // CHECK: ml_program.output %{{.*}} : tensor<4xf8E4M3FNUZ>
  ml_program.output %0, %t2 : tensor<4xf8E4M3FN>, !ml_program.token
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
