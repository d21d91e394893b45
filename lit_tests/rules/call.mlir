// RUN: fnuz-opt %s --convert-ocp-to-fnuz | FileCheck %s
// RUN: fnuz-opt %s --convert-ocp-to-fnuz="abi=preserve inf=saturate" | FileCheck %s --check-prefix=PRESERVE

func.func private @external(f8E4M3FN, tensor<4xf8E5M2>) -> (tensor<4xf8E5M2>, f32)
func.func private @private(%x: f8E4M3FN) -> f8E4M3FN {
  return %x : f8E4M3FN
}
func.func @public(%x: f8E4M3FN) -> f8E4M3FN {
  return %x : f8E4M3FN
}

// CHECK-LABEL: func.func @calls(
// CHECK-SAME: %[[X:.*]]: f8E4M3FNUZ, %[[T:.*]]: tensor<4xf8E5M2FNUZ>
// CHECK: %[[A:.*]] = call @private(%[[X]]) : (f8E4M3FNUZ) -> f8E4M3FNUZ
// CHECK: %[[B:.*]] = call @public(%[[A]]) : (f8E4M3FNUZ) -> f8E4M3FNUZ
// CHECK-DAG: %[[X0:.*]] = "fnuz.to_ocp"(%[[B]]) : (f8E4M3FNUZ) -> f8E4M3FN
// CHECK-DAG: %[[T0:.*]] = "fnuz.to_ocp"(%[[T]]) : (tensor<4xf8E5M2FNUZ>) -> tensor<4xf8E5M2>
// CHECK: %[[C:.*]]:2 = call @external(%[[X0]], %[[T0]])
// CHECK: %[[D:.*]] = "fnuz.from_ocp"(%[[C]]#0) : (tensor<4xf8E5M2>) -> tensor<4xf8E5M2FNUZ>
// CHECK: return %[[D]], %[[C]]#1

// PRESERVE-LABEL: func.func @calls(
// PRESERVE: call @private(%{{.*}}) : (f8E4M3FNUZ) -> f8E4M3FNUZ
// PRESERVE: call @public(%{{.*}}) : (f8E4M3FN) -> f8E4M3FN
// PRESERVE: call @external(%{{.*}}) : (f8E4M3FN, tensor<4xf8E5M2>)
// PRESERVE: "fnuz.from_ocp"(%{{.*}}){{.*}}inf = "saturate"
func.func @calls(%x: f8E4M3FN, %t: tensor<4xf8E5M2>) -> (tensor<4xf8E5M2>, f32) {
  %0 = func.call @private(%x) : (f8E4M3FN) -> f8E4M3FN
  %1 = func.call @public(%0) : (f8E4M3FN) -> f8E4M3FN
  %2:2 = func.call @external(%1, %t) : (f8E4M3FN, tensor<4xf8E5M2>) -> (tensor<4xf8E5M2>, f32)
  return %2#0, %2#1 : tensor<4xf8E5M2>, f32
}
