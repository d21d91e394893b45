// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --emulate-fp8 -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// Afterwards no fp8 type is left, of any format.
// ANYWHERE-NOT: f8E
// ANYWHERE-NOT: fnuz.

// CHECK-LABEL: func.func @casts(
// CHECK-SAME: %{{.*}}: i8, %{{.*}}: vector<4xi8>, %{{.*}}: tensor<?xi8>) -> (f32, vector<4xf16>, tensor<?xi8>)
// CHECK: arith.extui %{{.*}} : i8 to i32
// CHECK: arith.extui %{{.*}} : vector<4xi8> to vector<4xi32>
// CHECK: arith.trunci %{{.*}} : tensor<?xi32> to tensor<?xi8>
func.func @casts(%x: f8E4M3FN, %y: vector<4xf8E5M2FNUZ>, %z: tensor<?xf8E5M2>) -> (f32, vector<4xf16>, tensor<?xf8E4M3FNUZ>) {
  %0 = arith.extf %x : f8E4M3FN to f32
  %1 = arith.extf %y : vector<4xf8E5M2FNUZ> to vector<4xf16>
  %2 = arith.convertf %z : tensor<?xf8E5M2> to tensor<?xf8E4M3FNUZ>
  return %0, %1, %2 : f32, vector<4xf16>, tensor<?xf8E4M3FNUZ>
}

// CHECK: memref.global "private" constant @w : memref<3xi8> = dense<[56, -128, 127]>
memref.global "private" constant @w : memref<3xf8E4M3FN> = dense<[1.0, -0.0, 0x7F]>

// CHECK-LABEL: func.func @constants(
// CHECK-DAG: arith.constant 56 : i8
// CHECK-DAG: arith.constant dense<[60, -128]> : tensor<2xi8>
// CHECK-DAG: arith.constant dense<-128> : vector<2xi8>
func.func @constants() -> (f8E4M3FN, tensor<2xf8E5M2FNUZ>, vector<2xi8>) {
  %0 = arith.constant 1.0 : f8E4M3FN
  %1 = arith.constant dense<[0.5, 0x80]> : tensor<2xf8E5M2FNUZ>
  %2 = arith.constant dense<-128> : vector<2xi8>
  return %0, %1, %2 : f8E4M3FN, tensor<2xf8E5M2FNUZ>, vector<2xi8>
}

// CHECK-LABEL: func.func @arithmetic(
// CHECK: arith.addf %{{.*}} : f32
// CHECK: math.exp %{{.*}} : f32
// CHECK: arith.cmpf olt, %{{.*}} : f32
func.func @arithmetic(%x: f8E4M3FN, %y: f8E4M3FN) -> (f8E4M3FN, i1) {
  %0 = arith.addf %x, %y : f8E4M3FN
  %1 = math.exp %0 : f8E4M3FN
  %2 = arith.cmpf olt, %1, %x : f8E4M3FN
  return %1, %2 : f8E4M3FN, i1
}

// CHECK-LABEL: func.func @matmul(
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<4x8xi8>, tensor<8x4xi8>) outs(%{{.*}} : tensor<4x4xf32>)
// CHECK: arith.mulf %{{.*}} : f32
// CHECK: arith.addf %{{.*}} : f32
func.func @matmul(%a: tensor<4x8xf8E4M3FNUZ>, %b: tensor<8x4xf8E5M2>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FNUZ>, tensor<8x4xf8E5M2>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @moves(
// CHECK: memref.load %{{.*}} : memref<4xi8>
// CHECK-NOT: arith.bitcast
// CHECK: return
func.func @moves(%x: memref<4xf8E4M3FN>, %i: index) -> i8 {
  %0 = memref.load %x[%i] : memref<4xf8E4M3FN>
  %1 = arith.bitcast %0 : f8E4M3FN to i8
  return %1 : i8
}

// CHECK-LABEL: func.func @fnuz_casts(
func.func @fnuz_casts(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = "fnuz.from_ocp"(%x) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ>
  %1 = "fnuz.to_ocp"(%0) : (tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FN>
  return %1 : tensor<4xf8E4M3FN>
}

// CHECK-LABEL: func.func @scaling(
// CHECK-SAME: tensor<4xi8>, %{{.*}}: tensor<4xi8>) -> tensor<4xf32>
func.func @scaling(%x: tensor<4xf8E4M3FN>, %s: tensor<4xf8E8M0FNU>) -> tensor<4xf32> {
  %0 = arith.scaling_extf %x, %s : tensor<4xf8E4M3FN>, tensor<4xf8E8M0FNU> to tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func private @no_rule(%x: tensor<4xf8E4M3FN>) {
  // expected-error @+1 {{'tosa.cast' op on fp8 cannot be emulated: no rule of emulate-fp8 covers it}}
  %0 = tosa.cast %x : (tensor<4xf8E4M3FN>) -> tensor<4xf32>
  return
}

// -----

func.func private @sum(%x: vector<4xf8E4M3FNUZ>) {
  // expected-error @+1 {{'vector.reduction' op on fp8 cannot be emulated: a sum in fp8 has no fixed order; extend to f32 before it}}
  %0 = vector.reduction <add>, %x : vector<4xf8E4M3FNUZ> into f8E4M3FNUZ
  return
}

// -----

func.func private @atomic(%x: f8E4M3FN, %y: memref<4xf8E4M3FN>, %i: index) {
  // expected-error @+1 {{'memref.atomic_rmw' op on fp8 cannot be emulated: only assigning is known}}
  %0 = memref.atomic_rmw maximumf %x, %y[%i] : (f8E4M3FN, memref<4xf8E4M3FN>) -> f8E4M3FN
  return
}

// -----

func.func private @rounding(%x: f32) {
  // expected-error @+1 {{'arith.truncf' op on fp8 cannot be emulated: its rounding mode is}}
  %0 = arith.truncf %x downward : f32 to f8E4M3FN
  return
}

// -----

func.func private @e8m0(%x: f32) {
  // expected-error @+1 {{'arith.truncf' op on fp8 cannot be emulated: rounding to f8E8M0FNU is not known}}
  %0 = arith.truncf %x : f32 to f8E8M0FNU
  return
}
