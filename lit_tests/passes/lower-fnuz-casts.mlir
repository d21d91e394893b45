// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --lower-fnuz-casts -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// ANYWHERE-NOT: fnuz.from_ocp
// ANYWHERE-NOT: fnuz.to_ocp

// CHECK-LABEL: func.func @from_e4m3(
// CHECK-SAME: %[[X:.*]]: f8E4M3FN)
// CHECK-DAG: %[[NAN:.*]] = arith.constant -128 : i8
// CHECK-DAG: %[[MAX:.*]] = arith.constant 126 : i8
// CHECK-DAG: %[[MASK:.*]] = arith.constant 127 : i8
// CHECK: %[[CODE:.*]] = arith.bitcast %[[X]] : f8E4M3FN to i8
// CHECK: %[[MAGNITUDE:.*]] = arith.andi %[[CODE]], %[[MASK]] : i8
// CHECK: %[[IS_ZERO:.*]] = arith.cmpi eq, %[[MAGNITUDE]]
// CHECK: %[[MAPPED:.*]] = arith.select %[[IS_ZERO]], %[[MAGNITUDE]], %[[CODE]] : i8
// CHECK: %[[IS_NAN:.*]] = arith.cmpi ugt, %[[MAGNITUDE]], %[[MAX]] : i8
// CHECK: %[[FNUZ:.*]] = arith.select %[[IS_NAN]], %[[NAN]], %[[MAPPED]] : i8
// CHECK: %[[Y:.*]] = arith.bitcast %[[FNUZ]] : i8 to f8E4M3FNUZ
// CHECK: return %[[Y]]
func.func @from_e4m3(%x: f8E4M3FN) -> f8E4M3FNUZ {
  %0 = "fnuz.from_ocp"(%x) : (f8E4M3FN) -> f8E4M3FNUZ
  return %0 : f8E4M3FNUZ
}

// CHECK-LABEL: func.func @to_e4m3(
// CHECK: arith.bitcast %{{.*}} : vector<4xf8E4M3FNUZ> to vector<4xi8>
// CHECK: arith.cmpi eq, %{{.*}} : vector<4xi8>
// CHECK: arith.select %{{.*}} : vector<4xi1>, vector<4xi8>
// CHECK: arith.bitcast %{{.*}} : vector<4xi8> to vector<4xf8E4M3FN>
func.func @to_e4m3(%x: vector<4xf8E4M3FNUZ>) -> vector<4xf8E4M3FN> {
  %0 = "fnuz.to_ocp"(%x) : (vector<4xf8E4M3FNUZ>) -> vector<4xf8E4M3FN>
  return %0 : vector<4xf8E4M3FN>
}

// CHECK-LABEL: func.func @e5m2(
// CHECK-COUNT-2: arith.select
// CHECK: arith.bitcast %{{.*}} : i8 to f8E5M2FNUZ
// CHECK-COUNT-2: arith.select
// CHECK: arith.bitcast %{{.*}} : i8 to f8E5M2{{$}}
func.func @e5m2(%x: f8E5M2, %y: f8E5M2FNUZ) -> (f8E5M2FNUZ, f8E5M2) {
  %0 = "fnuz.from_ocp"(%x) : (f8E5M2) -> f8E5M2FNUZ
  %1 = "fnuz.to_ocp"(%y) : (f8E5M2FNUZ) -> f8E5M2
  return %0, %1 : f8E5M2FNUZ, f8E5M2
}

// CHECK-LABEL: func.func @saturate(
// CHECK-COUNT-3: arith.select
func.func @saturate(%x: f8E5M2) -> f8E5M2FNUZ {
  %0 = "fnuz.from_ocp"(%x) {inf = "saturate"} : (f8E5M2) -> f8E5M2FNUZ
  return %0 : f8E5M2FNUZ
}

// A tensor becomes one elementwise op.
// CHECK-LABEL: func.func @tensor(
// CHECK: %[[E:.*]] = tensor.empty() : tensor<2x4xf8E4M3FNUZ>
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<2x4xf8E4M3FN>) outs(%[[E]] : tensor<2x4xf8E4M3FNUZ>)
// CHECK: ^bb0(%[[X:.*]]: f8E4M3FN, %{{.*}}: f8E4M3FNUZ):
// CHECK: arith.bitcast %[[X]] : f8E4M3FN to i8
// CHECK: linalg.yield %{{.*}} : f8E4M3FNUZ
func.func @tensor(%x: tensor<2x4xf8E4M3FN>) -> tensor<2x4xf8E4M3FNUZ> {
  %0 = "fnuz.from_ocp"(%x) : (tensor<2x4xf8E4M3FN>) -> tensor<2x4xf8E4M3FNUZ>
  return %0 : tensor<2x4xf8E4M3FNUZ>
}

// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME: %[[X:.*]]: tensor<?x4x?xf8E5M2FNUZ>
// CHECK-DAG: %[[D0:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG: %[[D2:.*]] = tensor.dim %[[X]], %c2
// CHECK: tensor.empty(%[[D0]], %[[D2]]) : tensor<?x4x?xf8E5M2>
func.func @dynamic(%x: tensor<?x4x?xf8E5M2FNUZ>) -> tensor<?x4x?xf8E5M2> {
  %0 = "fnuz.to_ocp"(%x) : (tensor<?x4x?xf8E5M2FNUZ>) -> tensor<?x4x?xf8E5M2>
  return %0 : tensor<?x4x?xf8E5M2>
}

// CHECK-LABEL: func.func @rank_0(
// CHECK: linalg.generic {{.*}}iterator_types = []{{.*}} ins(%{{.*}} : tensor<f8E4M3FN>)
// CHECK: arith.bitcast %{{.*}} : vector<f8E4M3FN> to vector<i8>
func.func @rank_0(%x: tensor<f8E4M3FN>, %y: vector<f8E4M3FN>) -> (tensor<f8E4M3FNUZ>, vector<f8E4M3FNUZ>) {
  %0 = "fnuz.from_ocp"(%x) : (tensor<f8E4M3FN>) -> tensor<f8E4M3FNUZ>
  %1 = "fnuz.from_ocp"(%y) : (vector<f8E4M3FN>) -> vector<f8E4M3FNUZ>
  return %0, %1 : tensor<f8E4M3FNUZ>, vector<f8E4M3FNUZ>
}

// CHECK-LABEL: func.func @unreachable(
// CHECK: ^bb1(%[[X:.*]]: tensor<4xf8E4M3FN>):
// CHECK: linalg.generic {{.*}} ins(%[[X]] :
func.func @unreachable(%x: tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FNUZ> {
  return %x : tensor<4xf8E4M3FNUZ>
^dead(%y: tensor<4xf8E4M3FN>):
  %0 = "fnuz.from_ocp"(%y) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ>
  return %0 : tensor<4xf8E4M3FNUZ>
}

// -----

// The ops' verifiers.

func.func @shapes(%x: tensor<4xf8E4M3FN>) {
  // expected-error @+1 {{'fnuz.from_ocp' op operand and result must have the same shape, but they are tensor<4xf8E4M3FN> and tensor<?xf8E4M3FNUZ>}}
  %0 = "fnuz.from_ocp"(%x) : (tensor<4xf8E4M3FN>) -> tensor<?xf8E4M3FNUZ>
  return
}

// -----

func.func @pair(%x: f8E4M3FN) {
  // expected-error @+1 {{'fnuz.from_ocp' op casts scalars, vectors or ranked tensors of f8E4M3FN to f8E4M3FNUZ or f8E5M2 to f8E5M2FNUZ, not f8E4M3FN to f8E5M2FNUZ}}
  %0 = "fnuz.from_ocp"(%x) : (f8E4M3FN) -> f8E5M2FNUZ
  return
}

// -----

func.func @direction(%x: f8E4M3FN) {
  // expected-error @+1 {{'fnuz.to_ocp' op casts scalars, vectors or ranked tensors of f8E4M3FNUZ to f8E4M3FN or f8E5M2FNUZ to f8E5M2, not f8E4M3FN to f8E4M3FNUZ}}
  %0 = "fnuz.to_ocp"(%x) : (f8E4M3FN) -> f8E4M3FNUZ
  return
}

// -----

func.func @memref(%x: memref<4xf8E4M3FN>) {
  // expected-error @+1 {{'fnuz.from_ocp' op casts scalars, vectors or ranked tensors}}
  %0 = "fnuz.from_ocp"(%x) : (memref<4xf8E4M3FN>) -> memref<4xf8E4M3FNUZ>
  return
}

// -----

func.func @vector_and_tensor(%x: vector<4xf8E5M2>) {
  // expected-error @+1 {{'fnuz.from_ocp' op operand and result must have the same shape}}
  %0 = "fnuz.from_ocp"(%x) : (vector<4xf8E5M2>) -> tensor<4xf8E5M2FNUZ>
  return
}
