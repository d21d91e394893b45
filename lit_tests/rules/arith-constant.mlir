// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @scalars(
// CHECK-DAG: arith.constant 2.240000e+02 : f8E4M3FNUZ
// CHECK-DAG: arith.constant 0.000000e+00 : f8E4M3FNUZ
// CHECK-DAG: arith.constant 0x80 : f8E4M3FNUZ
// CHECK-DAG: arith.constant -2.867200e+04 : f8E5M2FNUZ
func.func @scalars() -> (f8E4M3FN, f8E4M3FN, f8E4M3FN, f8E5M2) {
  %0 = arith.constant 448.0 : f8E4M3FN
  %1 = arith.constant -0.0 : f8E4M3FN
  %2 = arith.constant 0xFF : f8E4M3FN
  %3 = arith.constant -57344.0 : f8E5M2
  return %0, %1, %2, %3 : f8E4M3FN, f8E4M3FN, f8E4M3FN, f8E5M2
}

// CHECK-LABEL: func.func @dense(
// CHECK: arith.constant dense<[5.000000e-01, 0.000000e+00, 0x80, -2.240000e+02, 9.765620e-04]> : tensor<5xf8E4M3FNUZ>
// CHECK: arith.constant dense<[0x80, 0.000000e+00]> : vector<2xf8E5M2FNUZ>
func.func @dense() -> (tensor<5xf8E4M3FN>, vector<2xf8E5M2>) {
  %0 = arith.constant dense<[1.0, -0.0, 0x7F, -448.0, 0x01]> : tensor<5xf8E4M3FN>
  %1 = arith.constant dense<[0x7E, 0x80]> : vector<2xf8E5M2>
  return %0, %1 : tensor<5xf8E4M3FN>, vector<2xf8E5M2>
}

// CHECK-LABEL: func.func @splats(
// CHECK: arith.constant dense<1.000000e+00> : tensor<1000x1000xf8E4M3FNUZ>
// CHECK: arith.constant dense<0.000000e+00> : tensor<4xf8E5M2FNUZ>
// CHECK: arith.constant dense<0x80> : vector<[4]xf8E4M3FNUZ>
// CHECK: arith.constant dense<> : tensor<0x4xf8E4M3FNUZ>
func.func @splats() -> (tensor<1000x1000xf8E4M3FN>, tensor<4xf8E5M2>, vector<[4]xf8E4M3FN>, tensor<0x4xf8E4M3FN>) {
  %0 = arith.constant dense<2.0> : tensor<1000x1000xf8E4M3FN>
  %1 = arith.constant dense<-0.0> : tensor<4xf8E5M2>
  %2 = arith.constant dense<0x7F> : vector<[4]xf8E4M3FN>
  %3 = arith.constant dense<> : tensor<0x4xf8E4M3FN>
  return %0, %1, %2, %3 : tensor<1000x1000xf8E4M3FN>, tensor<4xf8E5M2>, vector<[4]xf8E4M3FN>, tensor<0x4xf8E4M3FN>
}

// -----

// CHECK-LABEL: func.func @resource(
// CHECK: arith.constant dense_resource<[[KEY:.*]]> : tensor<4xf8E4M3FNUZ>
// CHECK: {-#
// CHECK: [[KEY]]: "0x{{[0-9A-F]+}}3800807E"
func.func @resource() -> tensor<4xf8E4M3FN> {
  %0 = arith.constant dense_resource<weights> : tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x0100000038807F7E"
    }
  }
#-}

// -----

// CHECK-LABEL: func.func @infinities(
// CHECK: arith.constant dense<[0x80, 0x80, 5.000000e-01]> : tensor<3xf8E5M2FNUZ>
func.func @infinities() -> tensor<3xf8E5M2> {
  // expected-warning @+1 {{2 Inf in a constant of f8E5M2: FNUZ has no Inf, it becomes NaN (option inf=nan)}}
  %0 = arith.constant dense<[0x7C, 0xFC, 1.0]> : tensor<3xf8E5M2>
  return %0 : tensor<3xf8E5M2>
}

// -----

func.func @sparse() -> i8 {
  // expected-error @+1 {{its value is neither a float nor dense nor dense_resource: sparse<0, 1.000000e+00> : tensor<8xf8E4M3FN>}}
  %0 = arith.constant sparse<[[0]], [1.0]> : tensor<8xf8E4M3FN>
  %c0 = arith.constant 0 : index
  %1 = tensor.extract %0[%c0] : tensor<8xf8E4M3FN>
  %2 = arith.bitcast %1 : f8E4M3FN to i8
  return %2 : i8
}

// -----

func.func @elided() -> tensor<4xi8> {
  // expected-error @+1 {{'arith.constant' op on tensor<4xf8E4M3FN> cannot become FNUZ for gfx942:}}
  %0 = arith.constant dense_resource<__elided__> : tensor<4xf8E4M3FN>
  %1 = arith.bitcast %0 : tensor<4xf8E4M3FN> to tensor<4xi8>
  return %1 : tensor<4xi8>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
