// RUN: fnuz-opt %s --fold-fnuz-casts | FileCheck %s

// CHECK-LABEL: func.func @constants(
// CHECK-NOT: fnuz.
// CHECK-DAG: arith.constant 5.000000e-01 : f8E4M3FNUZ
// CHECK-DAG: arith.constant dense<[0.000000e+00, 0x80, 2.240000e+02]> : tensor<3xf8E4M3FNUZ>
// CHECK-DAG: arith.constant dense<0x80> : vector<2xf8E5M2FNUZ>
// CHECK-DAG: arith.constant dense<2.867200e+04> : vector<2xf8E5M2FNUZ>
// CHECK: return
func.func @constants() -> (f8E4M3FNUZ, tensor<3xf8E4M3FNUZ>, vector<2xf8E5M2FNUZ>, vector<2xf8E5M2FNUZ>) {
  %0 = arith.constant 1.0 : f8E4M3FN
  %1 = "fnuz.from_ocp"(%0) : (f8E4M3FN) -> f8E4M3FNUZ
  %2 = arith.constant dense<[-0.0, 0xFF, 448.0]> : tensor<3xf8E4M3FN>
  %3 = "fnuz.from_ocp"(%2) : (tensor<3xf8E4M3FN>) -> tensor<3xf8E4M3FNUZ>
  %4 = arith.constant dense<0x7C> : vector<2xf8E5M2>
  %5 = "fnuz.from_ocp"(%4) : (vector<2xf8E5M2>) -> vector<2xf8E5M2FNUZ>
  %6 = "fnuz.from_ocp"(%4) {inf = "saturate"} : (vector<2xf8E5M2>) -> vector<2xf8E5M2FNUZ>
  return %1, %3, %5, %6 : f8E4M3FNUZ, tensor<3xf8E4M3FNUZ>, vector<2xf8E5M2FNUZ>, vector<2xf8E5M2FNUZ>
}

// The codes beyond the OCP maximum overflow as OCP does.
// CHECK-LABEL: func.func @back(
// CHECK-DAG: arith.constant dense<[2.000000e+00, 0x7F, 0x7F]> : tensor<3xf8E4M3FN>
// CHECK-DAG: arith.constant dense<[0x7F, 0x7F, 5.734400e+04]> : tensor<3xf8E5M2>
// CHECK-NOT: fnuz.
// CHECK: return
func.func @back() -> (tensor<3xf8E4M3FN>, tensor<3xf8E5M2>) {
  %0 = arith.constant dense<[1.0, 0x80, 240.0]> : tensor<3xf8E4M3FNUZ>
  %1 = "fnuz.to_ocp"(%0) : (tensor<3xf8E4M3FNUZ>) -> tensor<3xf8E4M3FN>
  %2 = arith.constant dense<[0x80, 57344.0, 28672.0]> : tensor<3xf8E5M2FNUZ>
  %3 = "fnuz.to_ocp"(%2) : (tensor<3xf8E5M2FNUZ>) -> tensor<3xf8E5M2>
  return %1, %3 : tensor<3xf8E4M3FN>, tensor<3xf8E5M2>
}

// CHECK-LABEL: func.func @resource(
// CHECK-NOT: fnuz.
// CHECK: arith.constant dense_resource<{{.*}}> : tensor<4xf8E4M3FNUZ>
func.func @resource() -> tensor<4xf8E4M3FNUZ> {
  %0 = arith.constant dense_resource<w> : tensor<4xf8E4M3FN>
  %1 = "fnuz.from_ocp"(%0) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ>
  return %1 : tensor<4xf8E4M3FNUZ>
}

// What has no bytes stays as it is.
// CHECK-LABEL: func.func @no_bytes(
// CHECK: "fnuz.from_ocp"
// CHECK: "fnuz.from_ocp"
func.func @no_bytes() -> (tensor<4xf8E4M3FNUZ>, tensor<4xf8E4M3FNUZ>) {
  %0 = arith.constant dense_resource<__elided__> : tensor<4xf8E4M3FN>
  %1 = "fnuz.from_ocp"(%0) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ>
  %2 = arith.constant sparse<[[0]], [1.0]> : tensor<4xf8E4M3FN>
  %3 = "fnuz.from_ocp"(%2) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ>
  return %1, %3 : tensor<4xf8E4M3FNUZ>, tensor<4xf8E4M3FNUZ>
}

// CHECK-LABEL: func.func @to_and_from(
// CHECK-SAME: %[[X:.*]]: tensor<?xf8E4M3FNUZ>
// CHECK-NEXT: return %[[X]]
func.func @to_and_from(%x: tensor<?xf8E4M3FNUZ>) -> tensor<?xf8E4M3FNUZ> {
  %0 = "fnuz.to_ocp"(%x) : (tensor<?xf8E4M3FNUZ>) -> tensor<?xf8E4M3FN>
  %1 = "fnuz.from_ocp"(%0) : (tensor<?xf8E4M3FN>) -> tensor<?xf8E4M3FNUZ>
  return %1 : tensor<?xf8E4M3FNUZ>
}

// The first cast stays where it has other users.
// CHECK-LABEL: func.func @other_use(
// CHECK-SAME: %[[X:.*]]: f8E5M2FNUZ
// CHECK-NEXT: %[[OCP:.*]] = "fnuz.to_ocp"(%[[X]])
// CHECK-NEXT: return %[[X]], %[[OCP]]
func.func @other_use(%x: f8E5M2FNUZ) -> (f8E5M2FNUZ, f8E5M2) {
  %0 = "fnuz.to_ocp"(%x) : (f8E5M2FNUZ) -> f8E5M2
  %1 = "fnuz.from_ocp"(%0) : (f8E5M2) -> f8E5M2FNUZ
  return %1, %0 : f8E5M2FNUZ, f8E5M2
}

// An argument may have -0 and any NaN: the way back does not give its bits.
// CHECK-LABEL: func.func @from_and_to(
// CHECK: %[[FNUZ:.*]] = "fnuz.from_ocp"
// CHECK: %[[OCP:.*]] = "fnuz.to_ocp"(%[[FNUZ]])
// CHECK: return %[[OCP]]
func.func @from_and_to(%x: f8E4M3FN) -> f8E4M3FN {
  %0 = "fnuz.from_ocp"(%x) : (f8E4M3FN) -> f8E4M3FNUZ
  %1 = "fnuz.to_ocp"(%0) : (f8E4M3FNUZ) -> f8E4M3FN
  return %1 : f8E4M3FN
}

// CHECK-LABEL: func.func @there_and_back_again(
// CHECK-SAME: %[[X:.*]]: f8E4M3FNUZ
// CHECK-NEXT: %[[OCP:.*]] = "fnuz.to_ocp"(%[[X]])
// CHECK-NEXT: return %[[OCP]]
func.func @there_and_back_again(%x: f8E4M3FNUZ) -> f8E4M3FN {
  %0 = "fnuz.to_ocp"(%x) : (f8E4M3FNUZ) -> f8E4M3FN
  %1 = "fnuz.from_ocp"(%0) : (f8E4M3FN) -> f8E4M3FNUZ
  %2 = "fnuz.to_ocp"(%1) : (f8E4M3FNUZ) -> f8E4M3FN
  return %2 : f8E4M3FN
}

// CHECK-LABEL: func.func @constant_there_and_back(
// CHECK-NOT: fnuz.
// CHECK: arith.constant dense<[0.000000e+00, 0x7F, 1.000000e+00]> : tensor<3xf8E4M3FN>
func.func @constant_there_and_back() -> tensor<3xf8E4M3FN> {
  %0 = arith.constant dense<[-0.0, 0xFF, 1.0]> : tensor<3xf8E4M3FN>
  %1 = "fnuz.from_ocp"(%0) : (tensor<3xf8E4M3FN>) -> tensor<3xf8E4M3FNUZ>
  %2 = "fnuz.to_ocp"(%1) : (tensor<3xf8E4M3FNUZ>) -> tensor<3xf8E4M3FN>
  return %2 : tensor<3xf8E4M3FN>
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x0100000038807F7E"
    }
  }
#-}

// What has no double is NaN after the first cast, so that the second does not give it back.
// CHECK-LABEL: func.func @with_a_policy(
// CHECK-SAME: %[[X:.*]]: f8E4M3FNUZ
// CHECK-NEXT: %[[OCP:.*]] = "fnuz.to_ocp"(%[[X]]) {overflow = "nan"}
// CHECK-NEXT: %[[R:.*]] = "fnuz.from_ocp"(%[[OCP]])
// CHECK-NEXT: return %[[R]]
func.func @with_a_policy(%x: f8E4M3FNUZ) -> f8E4M3FNUZ {
  %0 = "fnuz.to_ocp"(%x) {overflow = "nan"} : (f8E4M3FNUZ) -> f8E4M3FN
  %1 = "fnuz.from_ocp"(%0) : (f8E4M3FN) -> f8E4M3FNUZ
  return %1 : f8E4M3FNUZ
}
