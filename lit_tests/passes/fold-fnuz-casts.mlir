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

// Data movement between casts is done on the FNUZ value: shapes.
// CHECK-LABEL: func.func @shapes(
// CHECK-SAME: %[[X:.*]]: tensor<4x?xf8E4M3FNUZ>
// CHECK-NOT: fnuz.
// CHECK: %[[E:.*]] = tensor.empty(%{{.*}}) : tensor<?x4xf8E4M3FNUZ>
// CHECK: linalg.transpose ins(%[[X]] : tensor<4x?xf8E4M3FNUZ>) outs(%[[E]] : tensor<?x4xf8E4M3FNUZ>)
// CHECK: tensor.extract_slice {{.*}} : tensor<?x4xf8E4M3FNUZ> to tensor<?x4xf8E4M3FNUZ>
// CHECK: tensor.dim
// CHECK: tensor.expand_shape {{.*}} : tensor<?x4xf8E4M3FNUZ> into tensor<?x2x2xf8E4M3FNUZ>
// CHECK: tensor.collapse_shape {{.*}} : tensor<?x2x2xf8E4M3FNUZ> into tensor<?x2xf8E4M3FNUZ>
// CHECK: %[[Y:.*]] = tensor.cast %{{.*}} : tensor<?x2xf8E4M3FNUZ> to tensor<8x2xf8E4M3FNUZ>
// CHECK: return %[[Y]]
func.func @shapes(%x: tensor<4x?xf8E4M3FNUZ>, %n: index) -> (tensor<8x2xf8E4M3FNUZ>, index) {
  %c0 = arith.constant 0 : index
  %0 = "fnuz.to_ocp"(%x) : (tensor<4x?xf8E4M3FNUZ>) -> tensor<4x?xf8E4M3FN>
  %e = tensor.empty(%n) : tensor<?x4xf8E4M3FN>
  %1 = linalg.transpose ins(%0 : tensor<4x?xf8E4M3FN>) outs(%e : tensor<?x4xf8E4M3FN>) permutation = [1, 0]
  %2 = tensor.extract_slice %1[0, 0] [%n, 4] [1, 1] : tensor<?x4xf8E4M3FN> to tensor<?x4xf8E4M3FN>
  %d = tensor.dim %2, %c0 : tensor<?x4xf8E4M3FN>
  %3 = tensor.expand_shape %2 [[0], [1, 2]] output_shape [%n, 2, 2] : tensor<?x4xf8E4M3FN> into tensor<?x2x2xf8E4M3FN>
  %4 = tensor.collapse_shape %3 [[0, 1], [2]] : tensor<?x2x2xf8E4M3FN> into tensor<?x2xf8E4M3FN>
  %5 = tensor.cast %4 : tensor<?x2xf8E4M3FN> to tensor<8x2xf8E4M3FN>
  %6 = "fnuz.from_ocp"(%5) : (tensor<8x2xf8E4M3FN>) -> tensor<8x2xf8E4M3FNUZ>
  return %6, %d : tensor<8x2xf8E4M3FNUZ>, index
}

// Control flow, with constants on the way (the Inf as the cast says) and two casts at the end.
// CHECK-LABEL: func.func @control_flow(
// CHECK-SAME: %[[X:.*]]: tensor<4xf8E5M2FNUZ>, %{{.*}}: i1, %{{.*}}: index, %[[V:.*]]: f8E5M2FNUZ
// CHECK-NOT: fnuz.
// CHECK-DAG: %[[PAD:.*]] = arith.constant 2.867200e+04 : f8E5M2FNUZ
// CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<4xf8E5M2FNUZ>
// CHECK: scf.for {{.*}} iter_args(%[[A:.*]] = %[[X]]) -> (tensor<4xf8E5M2FNUZ>) {
// CHECK: scf.if {{.*}} -> (tensor<4xf8E5M2FNUZ>) {
// CHECK: tensor.insert %[[V]] into %[[A]]
// CHECK: scf.yield %[[ZERO]] : tensor<4xf8E5M2FNUZ>
// CHECK: %[[Y:.*]] = tensor.pad
// CHECK: tensor.yield %[[PAD]] : f8E5M2FNUZ
// CHECK: return %[[Y]], %[[Y]]
func.func @control_flow(%x: tensor<4xf8E5M2FNUZ>, %c: i1, %n: index, %v: f8E5M2FNUZ) -> (tensor<6xf8E5M2FNUZ>, tensor<6xf8E5M2FNUZ>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %pad = arith.constant 0x7C : f8E5M2
  %zero = arith.constant dense<-0.0> : tensor<4xf8E5M2>
  %0 = "fnuz.to_ocp"(%x) : (tensor<4xf8E5M2FNUZ>) -> tensor<4xf8E5M2>
  %s = "fnuz.to_ocp"(%v) : (f8E5M2FNUZ) -> f8E5M2
  %1 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %0) -> tensor<4xf8E5M2> {
    %2 = scf.if %c -> tensor<4xf8E5M2> {
      %3 = tensor.insert %s into %a[%i] : tensor<4xf8E5M2>
      scf.yield %3 : tensor<4xf8E5M2>
    } else {
      scf.yield %zero : tensor<4xf8E5M2>
    }
    scf.yield %2 : tensor<4xf8E5M2>
  }
  %4 = tensor.pad %1 low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %pad : f8E5M2
  } : tensor<4xf8E5M2> to tensor<6xf8E5M2>
  %5 = "fnuz.from_ocp"(%4) {inf = "saturate"} : (tensor<6xf8E5M2>) -> tensor<6xf8E5M2FNUZ>
  %6 = "fnuz.from_ocp"(%4) {inf = "saturate"} : (tensor<6xf8E5M2>) -> tensor<6xf8E5M2FNUZ>
  return %5, %6 : tensor<6xf8E5M2FNUZ>, tensor<6xf8E5M2FNUZ>
}

// A generic that only moves, and a while loop.
// CHECK-LABEL: func.func @generic_and_while(
// CHECK-NOT: fnuz.
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<4x2xf8E4M3FNUZ>) outs(%{{.*}} : tensor<2x4xf8E4M3FNUZ>)
// CHECK: ^bb0(%[[V:.*]]: f8E4M3FNUZ, %{{.*}}: f8E4M3FNUZ):
// CHECK: scf.while {{.*}} : (tensor<2x4xf8E4M3FNUZ>) -> tensor<2x4xf8E4M3FNUZ>
// CHECK: scf.condition(%{{.*}}) %{{.*}} : tensor<2x4xf8E4M3FNUZ>
// CHECK: return
#identity = affine_map<(i, j) -> (i, j)>
#transposed = affine_map<(i, j) -> (j, i)>
func.func @generic_and_while(%x: tensor<4x2xf8E4M3FNUZ>, %c: i1) -> tensor<2x4xf8E4M3FNUZ> {
  %0 = "fnuz.to_ocp"(%x) : (tensor<4x2xf8E4M3FNUZ>) -> tensor<4x2xf8E4M3FN>
  %e = tensor.empty() : tensor<2x4xf8E4M3FN>
  %1 = linalg.generic {indexing_maps = [#transposed, #identity], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<4x2xf8E4M3FN>) outs(%e : tensor<2x4xf8E4M3FN>) {
  ^bb0(%a: f8E4M3FN, %o: f8E4M3FN):
    linalg.yield %a : f8E4M3FN
  } -> tensor<2x4xf8E4M3FN>
  %2 = scf.while (%a = %1) : (tensor<2x4xf8E4M3FN>) -> tensor<2x4xf8E4M3FN> {
    scf.condition(%c) %a : tensor<2x4xf8E4M3FN>
  } do {
  ^bb0(%b: tensor<2x4xf8E4M3FN>):
    scf.yield %b : tensor<2x4xf8E4M3FN>
  }
  %3 = "fnuz.from_ocp"(%2) : (tensor<2x4xf8E4M3FN>) -> tensor<2x4xf8E4M3FNUZ>
  return %3 : tensor<2x4xf8E4M3FNUZ>
}

// As two public functions are when the one is inlined into the other.
// CHECK-LABEL: func.func @inlined(
// CHECK-SAME: %[[X:.*]]: tensor<4xf8E4M3FN>
// CHECK-NEXT: %[[IN:.*]] = "fnuz.from_ocp"(%[[X]])
// CHECK-NEXT: %[[Y:.*]] = arith.maximumf %[[IN]], %[[IN]]
// CHECK-NEXT: %[[Z:.*]] = arith.negf %[[Y]]
// CHECK-NEXT: %[[OUT:.*]] = "fnuz.to_ocp"(%[[Z]])
// CHECK-NEXT: return %[[OUT]]
func.func @inlined(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = "fnuz.from_ocp"(%x) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ>
  %1 = "fnuz.to_ocp"(%0) : (tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FN>
  %2 = "fnuz.from_ocp"(%1) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ>
  %3 = arith.maximumf %2, %2 : tensor<4xf8E4M3FNUZ>
  %4 = "fnuz.to_ocp"(%3) : (tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FN>
  %5 = "fnuz.from_ocp"(%4) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FNUZ>
  %6 = arith.negf %5 : tensor<4xf8E4M3FNUZ>
  %7 = "fnuz.to_ocp"(%6) : (tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FN>
  return %7 : tensor<4xf8E4M3FN>
}

// It stays where the values are OCP ones for another: a caller, an argument, a computation, a
// buffer, or a cast with another policy.
// CHECK-LABEL: func.func @stays(
// CHECK-COUNT-6: "fnuz.from_ocp"
// CHECK: return
func.func @stays(%x: tensor<4xf8E5M2FNUZ>, %y: tensor<4xf8E5M2>, %c: i1, %m: memref<4xf8E5M2>)
    -> (tensor<2x2xf8E5M2FNUZ>, tensor<2x2xf8E5M2>, tensor<4xf8E5M2FNUZ>, f8E5M2FNUZ, f8E5M2FNUZ, f8E5M2FNUZ, f8E5M2FNUZ) {
  %c0 = arith.constant 0 : index
  %0 = "fnuz.to_ocp"(%x) : (tensor<4xf8E5M2FNUZ>) -> tensor<4xf8E5M2>
  %1 = tensor.expand_shape %0 [[0, 1]] output_shape [2, 2] : tensor<4xf8E5M2> into tensor<2x2xf8E5M2>
  %2 = "fnuz.from_ocp"(%1) : (tensor<2x2xf8E5M2>) -> tensor<2x2xf8E5M2FNUZ>
  %3 = arith.select %c, %0, %y : tensor<4xf8E5M2>
  %4 = "fnuz.from_ocp"(%3) : (tensor<4xf8E5M2>) -> tensor<4xf8E5M2FNUZ>
  %5 = arith.addf %0, %0 : tensor<4xf8E5M2>
  %6 = tensor.extract %5[%c0] : tensor<4xf8E5M2>
  %7 = "fnuz.from_ocp"(%6) : (f8E5M2) -> f8E5M2FNUZ
  %8 = memref.load %m[%c0] : memref<4xf8E5M2>
  %9 = "fnuz.from_ocp"(%8) : (f8E5M2) -> f8E5M2FNUZ
  %10 = tensor.extract %0[%c0] : tensor<4xf8E5M2>
  %11 = "fnuz.from_ocp"(%10) : (f8E5M2) -> f8E5M2FNUZ
  %12 = "fnuz.from_ocp"(%10) {inf = "saturate"} : (f8E5M2) -> f8E5M2FNUZ
  return %2, %1, %4, %7, %9, %11, %12 : tensor<2x2xf8E5M2FNUZ>, tensor<2x2xf8E5M2>, tensor<4xf8E5M2FNUZ>, f8E5M2FNUZ, f8E5M2FNUZ, f8E5M2FNUZ, f8E5M2FNUZ
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
