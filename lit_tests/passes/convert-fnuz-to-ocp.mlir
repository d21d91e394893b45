// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect --convert-fnuz-to-ocp -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: fnuz-opt %t --split-input-file --verify-diagnostics --allow-unregistered-dialect --convert-fnuz-to-ocp 2> /dev/null | diff %t -

// Each factor is the inverse of that of convert-ocp-to-fnuz, and where OCP has more than FNUZ
// (-0, Inf) it is taken off.

// ANYWHERE-NOT: fnuz.converted

// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[A:.*]]: tensor<4x8xf8E4M3FN>, %[[B:.*]]: tensor<8x4xf8E5M2>, %[[C:.*]]: tensor<4x4xf32>
// CHECK-DAG: %[[QUARTER:.*]] = arith.constant 2.500000e-01 : f32
// CHECK-DAG: %[[FOUR:.*]] = arith.constant 4.000000e+00 : f32
// CHECK: %[[INIT:.*]] = linalg.generic {{.*}} ins(%[[C]] : tensor<4x4xf32>)
// CHECK: arith.mulf %{{.*}}, %[[FOUR]] : f32
// CHECK: %[[SUM:.*]] = linalg.matmul ins(%[[A]], %[[B]] : {{.*}}) outs(%[[INIT]] : tensor<4x4xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[SUM]] : tensor<4x4xf32>)
// CHECK: arith.mulf %{{.*}}, %[[QUARTER]] : f32
func.func @matmul(%a: tensor<4x8xf8E4M3FNUZ>, %b: tensor<8x4xf8E5M2FNUZ>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FNUZ>, tensor<8x4xf8E5M2FNUZ>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// The product of two values twice as large would overflow f16: the operands are halved there.
// CHECK-LABEL: func.func @matmul_f16(
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<4x8xf8E4M3FN>, tensor<8x4xf8E4M3FN>)
// CHECK: %[[X:.*]] = arith.extf %{{.*}} : f8E4M3FN to f16
// CHECK-NEXT: arith.mulf %[[X]], %{{.*}} : f16
// CHECK: %[[Y:.*]] = arith.extf %{{.*}} : f8E4M3FN to f16
// CHECK-NEXT: arith.mulf %[[Y]], %{{.*}} : f16
func.func @matmul_f16(%a: tensor<4x8xf8E4M3FNUZ>, %b: tensor<8x4xf8E4M3FNUZ>, %c: tensor<4x4xf16>) -> tensor<4x4xf16> {
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FNUZ>, tensor<8x4xf8E4M3FNUZ>) outs(%c : tensor<4x4xf16>) -> tensor<4x4xf16>
  return %0 : tensor<4x4xf16>
}

// CHECK-LABEL: func.func @casts(
// CHECK-SAME: %[[X:.*]]: f8E4M3FN, %[[Y:.*]]: f16) -> (f32, f8E5M2)
// CHECK-DAG: %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// CHECK: %[[WIDE:.*]] = arith.extf %[[X]] : f8E4M3FN to f32
// CHECK-NEXT: arith.mulf %[[WIDE]], %[[HALF]] : f32
// CHECK: %[[Y32:.*]] = arith.extf %[[Y]] : f16 to f32
// CHECK-NEXT: %[[DOUBLE:.*]] = arith.mulf %[[Y32]], %[[TWO]] : f32
// CHECK-NEXT: %[[CODE:.*]] = arith.truncf %[[DOUBLE]] : f32 to f8E5M2
// CHECK-NEXT: arith.bitcast %[[CODE]] : f8E5M2 to i8
// CHECK: arith.cmpi eq, %{{.*}}, %c124_i8
// CHECK: arith.cmpi eq, %{{.*}}, %c-128_i8
// CHECK: arith.bitcast %{{.*}} : i8 to f8E5M2
func.func @casts(%x: f8E4M3FNUZ, %y: f16) -> (f32, f8E5M2FNUZ) {
  %0 = arith.extf %x : f8E4M3FNUZ to f32
  %1 = arith.truncf %y : f16 to f8E5M2FNUZ
  return %0, %1 : f32, f8E5M2FNUZ
}

// What E4M3 has no double of rounds to NaN by itself; only -0 is left.
// CHECK-LABEL: func.func @e4m3(
// CHECK: %[[CODE:.*]] = arith.truncf %{{.*}} : f32 to f8E4M3FN
// CHECK-NEXT: %[[I8:.*]] = arith.bitcast %[[CODE]] : f8E4M3FN to i8
// CHECK-NEXT: %[[IS:.*]] = arith.cmpi eq, %[[I8]], %c-128_i8 : i8
// CHECK-NEXT: %[[OUT:.*]] = arith.select %[[IS]], %c0_i8, %[[I8]] : i8
// CHECK-NEXT: %[[R:.*]] = arith.bitcast %[[OUT]] : i8 to f8E4M3FN
// CHECK-NEXT: return %[[R]]
func.func @e4m3(%x: f32) -> f8E4M3FNUZ {
  %0 = arith.truncf %x : f32 to f8E4M3FNUZ
  return %0 : f8E4M3FNUZ
}

// FNUZ has no -0 to negate 0 to.
// CHECK-LABEL: func.func @negf(
// CHECK: %[[N:.*]] = arith.negf %{{.*}} : f8E4M3FN
// CHECK-NEXT: arith.bitcast %[[N]] : f8E4M3FN to i8
// CHECK: %[[R:.*]] = arith.bitcast %{{.*}} : i8 to f8E4M3FN
// CHECK-NEXT: arith.maximumf %[[R]], %{{.*}} : f8E4M3FN
func.func @negf(%x: f8E4M3FNUZ) -> f8E4M3FNUZ {
  %0 = arith.negf %x : f8E4M3FNUZ
  %1 = arith.maximumf %0, %x : f8E4M3FNUZ
  return %1 : f8E4M3FNUZ
}

// CHECK-LABEL: func.func @constant(
// CHECK: arith.constant dense<[2.000000e+00, 0x7F, -4.480000e+02]> : tensor<3xf8E4M3FN>
func.func @constant() -> tensor<3xf8E4M3FNUZ> {
  %0 = arith.constant dense<[1.0, 0x80, -224.0]> : tensor<3xf8E4M3FNUZ>
  return %0 : tensor<3xf8E4M3FNUZ>
}

// The boundary of what stays FNUZ: bits that are looked at, and a declaration.
// CHECK: func.func private @external(f8E5M2FNUZ) -> f8E5M2FNUZ
func.func private @external(f8E5M2FNUZ) -> f8E5M2FNUZ
// CHECK-LABEL: func.func @boundary(
// CHECK-SAME: %[[X:.*]]: f8E4M3FN, %[[I:.*]]: i8, %[[Y:.*]]: f8E5M2) -> (i8, f8E4M3FN, f8E5M2)
// CHECK: %[[XF:.*]] = "fnuz.from_ocp"(%[[X]]) : (f8E4M3FN) -> f8E4M3FNUZ
// CHECK: arith.bitcast %[[XF]] : f8E4M3FNUZ to i8
// CHECK: %[[IF:.*]] = arith.bitcast %[[I]] : i8 to f8E4M3FNUZ
// CHECK: "fnuz.to_ocp"(%[[IF]]) {overflow = "nan"} : (f8E4M3FNUZ) -> f8E4M3FN
// CHECK: %[[YF:.*]] = "fnuz.from_ocp"(%[[Y]]) : (f8E5M2) -> f8E5M2FNUZ
// CHECK: %[[R:.*]] = call @external(%[[YF]])
// CHECK: "fnuz.to_ocp"(%[[R]]) {overflow = "nan"} : (f8E5M2FNUZ) -> f8E5M2
func.func @boundary(%x: f8E4M3FNUZ, %i: i8, %y: f8E5M2FNUZ) -> (i8, f8E4M3FNUZ, f8E5M2FNUZ) {
  %0 = arith.bitcast %x : f8E4M3FNUZ to i8
  %1 = arith.bitcast %i : i8 to f8E4M3FNUZ
  %2 = func.call @external(%y) : (f8E5M2FNUZ) -> f8E5M2FNUZ
  return %0, %1, %2 : i8, f8E4M3FNUZ, f8E5M2FNUZ
}

// -----

// The casts of a conversion with abi=preserve are gone, and its mark; -0 and Inf, which its
// from_ocp took off, are taken off still.
module attributes {fnuz.converted = {abi = "preserve", chip = "gfx942", inf = "nan", overflow = "exact"}} {
  // CHECK-LABEL: func.func @preserved(
  // CHECK-SAME: %[[X:.*]]: vector<4xf8E5M2>) -> (vector<4xf8E5M2>, vector<4xf32>)
  // CHECK-NOT: {{FNUZ|fnuz}}
  // CHECK: arith.bitcast %[[X]] : vector<4xf8E5M2> to vector<4xi8>
  // CHECK: %[[V:.*]] = arith.bitcast %{{.*}} : vector<4xi8> to vector<4xf8E5M2>
  // CHECK: arith.extf %[[V]] : vector<4xf8E5M2> to vector<4xf32>
  // CHECK: return %[[V]], %{{.*}} : vector<4xf8E5M2>, vector<4xf32>
  func.func @preserved(%x: vector<4xf8E5M2>) -> (vector<4xf8E5M2>, vector<4xf32>) {
    %0 = "fnuz.from_ocp"(%x) : (vector<4xf8E5M2>) -> vector<4xf8E5M2FNUZ>
    %1 = arith.extf %0 : vector<4xf8E5M2FNUZ> to vector<4xf32>
    %2 = "fnuz.to_ocp"(%0) : (vector<4xf8E5M2FNUZ>) -> vector<4xf8E5M2>
    return %2, %1 : vector<4xf8E5M2>, vector<4xf32>
  }
}

// -----

// OCP is left alone, in every place.
// CHECK-LABEL: func.func @ocp(
// CHECK-NEXT: "other.op"(%{{.*}}) : (f8E4M3FN) -> ()
// CHECK-NEXT: %[[Y:.*]] = arith.extf %{{.*}} : f8E4M3FN to f32
// CHECK-NEXT: return %[[Y]]
func.func @ocp(%x: f8E4M3FN) -> f32 {
  "other.op"(%x) : (f8E4M3FN) -> ()
  %0 = arith.extf %x : f8E4M3FN to f32
  return %0 : f32
}
