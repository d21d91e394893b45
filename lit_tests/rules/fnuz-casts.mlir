// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// Once the OCP side stands as FNUZ, both sides of a cast are the same value.

// ANYWHERE-NOT: fnuz.from_ocp
// ANYWHERE-NOT: fnuz.to_ocp

// CHECK-LABEL: func.func @from(
// CHECK-SAME: %[[X:.*]]: tensor<4xf8E4M3FNUZ>
// CHECK-NEXT: %[[Y:.*]] = arith.extf %[[X]]
// CHECK-NEXT: return %[[Y]]
func.func @from(%x: tensor<4xf8E4M3FN>) -> tensor<4xf32> {
  %0 = "fnuz.from_ocp"(%x) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ>
  %1 = arith.extf %0 : tensor<4xf8E4M3FNUZ> to tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @to(
// CHECK-SAME: %[[X:.*]]: f8E5M2FNUZ) -> (f8E5M2FNUZ, f32)
// CHECK: %[[W:.*]] = arith.extf %[[X]]
// CHECK: %[[Y:.*]] = arith.mulf %[[W]]
// CHECK: return %[[X]], %[[Y]]
func.func @to(%x: f8E5M2FNUZ) -> (f8E5M2, f32) {
  %0 = "fnuz.to_ocp"(%x) : (f8E5M2FNUZ) -> f8E5M2
  %1 = arith.extf %0 : f8E5M2 to f32
  return %0, %1 : f8E5M2, f32
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
