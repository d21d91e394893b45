// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// OCP to OCP: half goes in and half comes out.
// CHECK-LABEL: func.func @e5m2_to_e4m3(
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : tensor<4xf8E5M2FNUZ> to tensor<4xf32>
// CHECK-NOT: arith.mulf
// CHECK: arith.truncf %[[WIDE]] : tensor<4xf32> to tensor<4xf8E4M3FNUZ>
// CHECK: arith.cmpi ugt
func.func @e5m2_to_e4m3(%x: tensor<4xf8E5M2>) -> tensor<4xf8E4M3FN> {
  %0 = arith.convertf %x : tensor<4xf8E5M2> to tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}

// CHECK-LABEL: func.func @e4m3_to_e5m2(
// CHECK: arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2FNUZ
func.func @e4m3_to_e5m2(%x: f8E4M3FN) -> f8E5M2 {
  %0 = arith.convertf %x : f8E4M3FN to f8E5M2
  return %0 : f8E5M2
}

// From and to native FNUZ, whose values are what they say.
// CHECK-LABEL: func.func @to_native(
// CHECK: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// CHECK: %[[WIDE:.*]] = arith.extf
// CHECK: %[[VALUE:.*]] = arith.mulf %[[WIDE]], %[[TWO]] : f32
// CHECK: arith.truncf %[[VALUE]] : f32 to f8E4M3FNUZ
func.func @to_native(%x: f8E4M3FN) -> f8E4M3FNUZ {
  %0 = arith.convertf %x : f8E4M3FN to f8E4M3FNUZ
  return %0 : f8E4M3FNUZ
}

// CHECK-LABEL: func.func @from_native(
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : vector<4xf8E4M3FNUZ> to vector<4xf32>
// CHECK: arith.mulf %[[WIDE]], %{{.*}} : vector<4xf32>
// CHECK: arith.truncf %{{.*}} : vector<4xf32> to vector<4xf8E5M2FNUZ>
func.func @from_native(%x: vector<4xf8E4M3FNUZ>) -> vector<4xf8E5M2> {
  %0 = arith.convertf %x : vector<4xf8E4M3FNUZ> to vector<4xf8E5M2>
  return %0 : vector<4xf8E5M2>
}

// -----

func.func @other_rounding(%x: f8E5M2) -> i8 {
  // expected-error @+1 {{'arith.convertf' op on f8E5M2 cannot become FNUZ for gfx942: its rounding mode is downward and}}
  %0 = arith.convertf %x downward : f8E5M2 to f8E4M3FN
  %1 = arith.bitcast %0 : f8E4M3FN to i8
  return %1 : i8
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
