// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK: ml_program.global private @weights(dense<[5.000000e-01, 0.000000e+00, 0x80]> : tensor<3xf8E4M3FNUZ>) : tensor<3xf8E4M3FNUZ>
ml_program.global private @weights(dense<[1.0, -0.0, 0x7F]> : tensor<3xf8E4M3FN>) : tensor<3xf8E4M3FN>
// CHECK: ml_program.global private mutable @state(dense<0.000000e+00> : tensor<4xf8E5M2FNUZ>) : tensor<4xf8E5M2FNUZ>
ml_program.global private mutable @state(dense<-0.0> : tensor<4xf8E5M2>) : tensor<4xf8E5M2>
// CHECK: ml_program.global private mutable @scalar(5.000000e-01 : f8E4M3FNUZ) : f8E4M3FNUZ
ml_program.global private mutable @scalar(1.0 : f8E4M3FN) : f8E4M3FN
// CHECK: ml_program.global private mutable @no_value : tensor<4xf8E4M3FNUZ>
ml_program.global private mutable @no_value : tensor<4xf8E4M3FN>

// -----

// expected-warning @+1 {{1 Inf in a constant of f8E5M2}}
ml_program.global private @inf(dense<[0x7C, 1.0]> : tensor<2xf8E5M2>) : tensor<2xf8E5M2>

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
