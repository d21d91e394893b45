// RUN: fnuz-opt %s --verify-diagnostics --convert-ocp-to-fnuz=inf=saturate | FileCheck %s

// CHECK-LABEL: func.func @infinities(
// CHECK: arith.constant dense<[2.867200e+04, -2.867200e+04, 0x80]> : tensor<3xf8E5M2FNUZ>
// CHECK: arith.constant -2.867200e+04 : f8E5M2FNUZ
func.func @infinities() -> (tensor<3xf8E5M2>, f8E5M2) {
  // expected-warning @+1 {{2 Inf in a constant of f8E5M2: FNUZ has no Inf, it becomes 57344.0 (option inf=saturate)}}
  %0 = arith.constant dense<[0x7C, 0xFC, 0x7F]> : tensor<3xf8E5M2>
  // expected-warning @+1 {{1 Inf in a constant of f8E5M2}}
  %1 = arith.constant 0xFC : f8E5M2
  return %0, %1 : tensor<3xf8E5M2>, f8E5M2
}
