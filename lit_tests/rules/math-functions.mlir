// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// In f32 from the exact values, rounded once: twice the operand, half the result.

// CHECK-LABEL: func.func @one(
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// CHECK-DAG: %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[W:.*]] = arith.extf %{{.*}} : f8E5M2FNUZ to f32
// CHECK: %[[X:.*]] = arith.mulf %[[W]], %[[TWO]]
// CHECK: %[[Y:.*]] = math.exp %[[X]] : f32
// CHECK: %[[Z:.*]] = arith.mulf %[[Y]], %[[HALF]]
// CHECK: arith.truncf %[[Z]] : f32 to f8E5M2FNUZ
// CHECK: arith.cmpi ugt
func.func @one(%x: f8E5M2) -> f8E5M2 {
  %0 = math.exp %x : f8E5M2
  return %0 : f8E5M2
}

// CHECK-LABEL: func.func @unary(
func.func @unary(%x0: tensor<?xf8E4M3FN>) -> tensor<?xf8E4M3FN> {
  // CHECK: math.acos %{{.*}} : tensor<?xf32>
  %x1 = math.acos %x0 : tensor<?xf8E4M3FN>
  // CHECK: math.acosh %{{.*}} : tensor<?xf32>
  %x2 = math.acosh %x1 : tensor<?xf8E4M3FN>
  // CHECK: math.asin %{{.*}} : tensor<?xf32>
  %x3 = math.asin %x2 : tensor<?xf8E4M3FN>
  // CHECK: math.asinh %{{.*}} : tensor<?xf32>
  %x4 = math.asinh %x3 : tensor<?xf8E4M3FN>
  // CHECK: math.atan %{{.*}} : tensor<?xf32>
  %x5 = math.atan %x4 : tensor<?xf8E4M3FN>
  // CHECK: math.atanh %{{.*}} : tensor<?xf32>
  %x6 = math.atanh %x5 : tensor<?xf8E4M3FN>
  // CHECK: math.cbrt %{{.*}} : tensor<?xf32>
  %x7 = math.cbrt %x6 : tensor<?xf8E4M3FN>
  // CHECK: math.ceil %{{.*}} : tensor<?xf32>
  %x8 = math.ceil %x7 : tensor<?xf8E4M3FN>
  // CHECK: math.cos %{{.*}} : tensor<?xf32>
  %x9 = math.cos %x8 : tensor<?xf8E4M3FN>
  // CHECK: math.cosh %{{.*}} : tensor<?xf32>
  %x10 = math.cosh %x9 : tensor<?xf8E4M3FN>
  // CHECK: math.erf %{{.*}} : tensor<?xf32>
  %x11 = math.erf %x10 : tensor<?xf8E4M3FN>
  // CHECK: math.erfc %{{.*}} : tensor<?xf32>
  %x12 = math.erfc %x11 : tensor<?xf8E4M3FN>
  // CHECK: math.exp %{{.*}} : tensor<?xf32>
  %x13 = math.exp %x12 : tensor<?xf8E4M3FN>
  // CHECK: math.exp2 %{{.*}} : tensor<?xf32>
  %x14 = math.exp2 %x13 : tensor<?xf8E4M3FN>
  // CHECK: math.expm1 %{{.*}} : tensor<?xf32>
  %x15 = math.expm1 %x14 : tensor<?xf8E4M3FN>
  // CHECK: math.floor %{{.*}} : tensor<?xf32>
  %x16 = math.floor %x15 : tensor<?xf8E4M3FN>
  // CHECK: math.log %{{.*}} : tensor<?xf32>
  %x17 = math.log %x16 : tensor<?xf8E4M3FN>
  // CHECK: math.log10 %{{.*}} : tensor<?xf32>
  %x18 = math.log10 %x17 : tensor<?xf8E4M3FN>
  // CHECK: math.log1p %{{.*}} : tensor<?xf32>
  %x19 = math.log1p %x18 : tensor<?xf8E4M3FN>
  // CHECK: math.log2 %{{.*}} : tensor<?xf32>
  %x20 = math.log2 %x19 : tensor<?xf8E4M3FN>
  // CHECK: math.round %{{.*}} : tensor<?xf32>
  %x21 = math.round %x20 : tensor<?xf8E4M3FN>
  // CHECK: math.roundeven %{{.*}} : tensor<?xf32>
  %x22 = math.roundeven %x21 : tensor<?xf8E4M3FN>
  // CHECK: math.rsqrt %{{.*}} : tensor<?xf32>
  %x23 = math.rsqrt %x22 : tensor<?xf8E4M3FN>
  // CHECK: math.sin %{{.*}} : tensor<?xf32>
  %x24 = math.sin %x23 : tensor<?xf8E4M3FN>
  // CHECK: math.sinh %{{.*}} : tensor<?xf32>
  %x25 = math.sinh %x24 : tensor<?xf8E4M3FN>
  // CHECK: math.sqrt %{{.*}} : tensor<?xf32>
  %x26 = math.sqrt %x25 : tensor<?xf8E4M3FN>
  // CHECK: math.tan %{{.*}} : tensor<?xf32>
  %x27 = math.tan %x26 : tensor<?xf8E4M3FN>
  // CHECK: math.tanh %{{.*}} : tensor<?xf32>
  %x28 = math.tanh %x27 : tensor<?xf8E4M3FN>
  // CHECK: math.trunc %{{.*}} : tensor<?xf32>
  %x29 = math.trunc %x28 : tensor<?xf8E4M3FN>
  return %x29 : tensor<?xf8E4M3FN>
}

// CHECK-LABEL: func.func @more_operands(
func.func @more_operands(%x: vector<4xf8E4M3FN>, %y: vector<4xf8E4M3FN>, %n: vector<4xi32>) -> vector<4xf8E4M3FN> {
  // CHECK: math.atan2 %{{.*}} : vector<4xf32>
  %0 = math.atan2 %x, %y : vector<4xf8E4M3FN>
  // CHECK: math.powf %{{.*}} : vector<4xf32>
  %1 = math.powf %0, %y : vector<4xf8E4M3FN>
  // CHECK: math.fma %{{.*}} : vector<4xf32>
  %2 = math.fma %0, %1, %y : vector<4xf8E4M3FN>
  // CHECK: math.fpowi %{{.*}} : vector<4xf32>, vector<4xi32>
  %3 = math.fpowi %2, %n : vector<4xf8E4M3FN>, vector<4xi32>
  return %3 : vector<4xf8E4M3FN>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
