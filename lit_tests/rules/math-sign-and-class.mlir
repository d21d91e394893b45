// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

// ANYWHERE-NOT: arith.mulf
// CHECK-LABEL: func.func @main(
func.func @main(%x: tensor<?xf8E4M3FN>, %y: tensor<?xf8E4M3FN>) -> (tensor<?xf8E4M3FN>, tensor<?xi1>, tensor<?xi1>, tensor<?xi1>) {
  // CHECK: math.absf %{{.*}} : tensor<?xf8E4M3FNUZ>
  %0 = math.absf %x : tensor<?xf8E4M3FN>
  // CHECK: math.copysign %{{.*}} : tensor<?xf8E4M3FNUZ>
  %1 = math.copysign %0, %y : tensor<?xf8E4M3FN>
  // CHECK: math.clampf %{{.*}} : tensor<?xf8E4M3FNUZ>
  %2 = math.clampf %1 to [%x, %y] : tensor<?xf8E4M3FN>
  // CHECK: math.isfinite %{{.*}} : tensor<?xf8E4M3FNUZ>
  %3 = math.isfinite %x : tensor<?xf8E4M3FN>
  // CHECK: math.isinf %{{.*}} : tensor<?xf8E4M3FNUZ>
  %4 = math.isinf %x : tensor<?xf8E4M3FN>
  // CHECK: math.isnan %{{.*}} : tensor<?xf8E4M3FNUZ>
  %5 = math.isnan %x : tensor<?xf8E4M3FN>
  return %2, %3, %4, %5 : tensor<?xf8E4M3FN>, tensor<?xi1>, tensor<?xi1>, tensor<?xi1>
}

// CHECK-LABEL: func.func @clamp_to_constants(
// CHECK-DAG: %[[HIGH:.*]] = arith.constant 5.000000e-01 : f8E4M3FNUZ
// CHECK-DAG: %[[LOW:.*]] = arith.constant -5.000000e-01 : f8E4M3FNUZ
// CHECK: math.clampf %{{.*}} to [%[[LOW]], %[[HIGH]]] : f8E4M3FNUZ
func.func @clamp_to_constants(%x: f8E4M3FN) -> f8E4M3FN {
  %low = arith.constant -1.0 : f8E4M3FN
  %high = arith.constant 1.0 : f8E4M3FN
  %0 = math.clampf %x to [%low, %high] : f8E4M3FN
  return %0 : f8E4M3FN
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
