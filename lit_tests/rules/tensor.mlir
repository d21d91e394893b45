// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

// Values are moved: only types change, and no factor is owed.

// ANYWHERE-NOT: arith.mulf

// CHECK-LABEL: func.func @shapes(
// CHECK-SAME: tensor<4x6xf8E4M3FNUZ>
func.func @shapes(%x: tensor<4x6xf8E4M3FN>, %s: tensor<2xindex>) -> (tensor<?x6xf8E4M3FN>, index, index, tensor<?x?xf8E4M3FN>) {
  // CHECK: tensor.cast %{{.*}} : tensor<4x6xf8E4M3FNUZ> to tensor<?x6xf8E4M3FNUZ>
  %0 = tensor.cast %x : tensor<4x6xf8E4M3FN> to tensor<?x6xf8E4M3FN>
  // CHECK: tensor.collapse_shape {{.*}} : tensor<4x6xf8E4M3FNUZ> into tensor<24xf8E4M3FNUZ>
  %1 = tensor.collapse_shape %x [[0, 1]] : tensor<4x6xf8E4M3FN> into tensor<24xf8E4M3FN>
  // CHECK: tensor.expand_shape {{.*}} : tensor<24xf8E4M3FNUZ> into tensor<2x12xf8E4M3FNUZ>
  %2 = tensor.expand_shape %1 [[0, 1]] output_shape [2, 12] : tensor<24xf8E4M3FN> into tensor<2x12xf8E4M3FN>
  // CHECK: tensor.concat dim(0) {{.*}} -> tensor<4x12xf8E4M3FNUZ>
  %3 = tensor.concat dim(0) %2, %2 : (tensor<2x12xf8E4M3FN>, tensor<2x12xf8E4M3FN>) -> tensor<4x12xf8E4M3FN>
  %c0 = arith.constant 0 : index
  // CHECK: tensor.dim %{{.*}} : tensor<?x6xf8E4M3FNUZ>
  %4 = tensor.dim %0, %c0 : tensor<?x6xf8E4M3FN>
  // CHECK: tensor.rank %{{.*}} : tensor<?x6xf8E4M3FNUZ>
  %5 = tensor.rank %0 : tensor<?x6xf8E4M3FN>
  // CHECK: tensor.reshape {{.*}} : (tensor<4x12xf8E4M3FNUZ>, tensor<2xindex>) -> tensor<?x?xf8E4M3FNUZ>
  %6 = tensor.reshape %3(%s) : (tensor<4x12xf8E4M3FN>, tensor<2xindex>) -> tensor<?x?xf8E4M3FN>
  return %0, %4, %5, %6 : tensor<?x6xf8E4M3FN>, index, index, tensor<?x?xf8E4M3FN>
}

// CHECK-LABEL: func.func @elements(
func.func @elements(%x: tensor<4x6xf8E4M3FN>, %v: f8E4M3FN, %i: index, %n: index) -> (tensor<?xf8E4M3FN>, tensor<2xf8E4M3FN>, tensor<?xf8E4M3FN>, tensor<3xf8E4M3FN>) {
  // CHECK: tensor.extract {{.*}} : tensor<4x6xf8E4M3FNUZ>
  %0 = tensor.extract %x[%i, %i] : tensor<4x6xf8E4M3FN>
  // CHECK: tensor.empty(%{{.*}}) : tensor<?xf8E4M3FNUZ>
  %1 = tensor.empty(%n) : tensor<?xf8E4M3FN>
  // CHECK: tensor.insert {{.*}} : tensor<?xf8E4M3FNUZ>
  %2 = tensor.insert %0 into %1[%i] : tensor<?xf8E4M3FN>
  // CHECK: tensor.from_elements {{.*}} : tensor<2xf8E4M3FNUZ>
  %3 = tensor.from_elements %0, %v : tensor<2xf8E4M3FN>
  // CHECK: tensor.generate
  // CHECK: tensor.yield %{{.*}} : f8E4M3FNUZ
  // CHECK: tensor<?xf8E4M3FNUZ>
  %4 = tensor.generate %n {
  ^bb0(%j: index):
    tensor.yield %v : f8E4M3FN
  } : tensor<?xf8E4M3FN>
  // CHECK: tensor.splat %{{.*}} : tensor<3xf8E4M3FNUZ>
  %5 = tensor.splat %v : tensor<3xf8E4M3FN>
  return %2, %3, %4, %5 : tensor<?xf8E4M3FN>, tensor<2xf8E4M3FN>, tensor<?xf8E4M3FN>, tensor<3xf8E4M3FN>
}

// CHECK-LABEL: func.func @slices(
func.func @slices(%x: tensor<4x6xf8E4M3FN>, %i: tensor<1x2xindex>) -> (tensor<4x6xf8E4M3FN>, tensor<4x6xf8E4M3FN>) {
  // CHECK: tensor.extract_slice {{.*}} : tensor<4x6xf8E4M3FNUZ> to tensor<2x3xf8E4M3FNUZ>
  %0 = tensor.extract_slice %x[1, 2] [2, 3] [1, 1] : tensor<4x6xf8E4M3FN> to tensor<2x3xf8E4M3FN>
  // CHECK: tensor.insert_slice {{.*}} : tensor<2x3xf8E4M3FNUZ> into tensor<4x6xf8E4M3FNUZ>
  %1 = tensor.insert_slice %0 into %x[0, 0] [2, 3] [1, 1] : tensor<2x3xf8E4M3FN> into tensor<4x6xf8E4M3FN>
  // CHECK: tensor.gather {{.*}} : (tensor<4x6xf8E4M3FNUZ>, tensor<1x2xindex>) -> tensor<1x1x1xf8E4M3FNUZ>
  %2 = tensor.gather %x[%i] gather_dims([0, 1]) : (tensor<4x6xf8E4M3FN>, tensor<1x2xindex>) -> tensor<1x1x1xf8E4M3FN>
  // CHECK: tensor.scatter {{.*}} : (tensor<1x1x1xf8E4M3FNUZ>, tensor<4x6xf8E4M3FNUZ>, tensor<1x2xindex>) -> tensor<4x6xf8E4M3FNUZ>
  %3 = tensor.scatter %2 into %x[%i] scatter_dims([0, 1]) unique : (tensor<1x1x1xf8E4M3FN>, tensor<4x6xf8E4M3FN>, tensor<1x2xindex>) -> tensor<4x6xf8E4M3FN>
  return %1, %3 : tensor<4x6xf8E4M3FN>, tensor<4x6xf8E4M3FN>
}

// What is padded with is a value: halved as any other.
// CHECK-LABEL: func.func @pad(
func.func @pad(%x: tensor<4x6xf8E4M3FN>) -> tensor<6x8xf8E4M3FN> {
  // CHECK: %[[PAD:.*]] = arith.constant -2.240000e+02 : f8E4M3FNUZ
  %pad = arith.constant -448.0 : f8E4M3FN
  // CHECK: tensor.pad
  // CHECK: tensor.yield %[[PAD]] : f8E4M3FNUZ
  // CHECK: tensor<4x6xf8E4M3FNUZ> to tensor<6x8xf8E4M3FNUZ>
  %0 = tensor.pad %x low[1, 1] high[1, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %pad : f8E4M3FN
  } : tensor<4x6xf8E4M3FN> to tensor<6x8xf8E4M3FN>
  return %0 : tensor<6x8xf8E4M3FN>
}

// CHECK-LABEL: func.func @parallel(
func.func @parallel(%x: tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN> {
  // CHECK: tensor.parallel_insert_slice {{.*}} : tensor<1xf8E4M3FNUZ> into tensor<8xf8E4M3FNUZ>
  %0 = scf.forall (%i) in (8) shared_outs(%o = %x) -> tensor<8xf8E4M3FN> {
    %1 = tensor.extract_slice %x[%i] [1] [1] : tensor<8xf8E4M3FN> to tensor<1xf8E4M3FN>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %1 into %o[%i] [1] [1] : tensor<1xf8E4M3FN> into tensor<8xf8E4M3FN>
    }
  }
  return %0 : tensor<8xf8E4M3FN>
}

// CHECK-LABEL: func.func @unranked(
// CHECK-SAME: tensor<*xf8E4M3FNUZ>
func.func @unranked(%x: tensor<*xf8E4M3FN>) -> tensor<4x?xf8E4M3FN> {
  // CHECK: tensor.cast %{{.*}} : tensor<*xf8E4M3FNUZ> to tensor<4x?xf8E4M3FNUZ>
  %0 = tensor.cast %x : tensor<*xf8E4M3FN> to tensor<4x?xf8E4M3FN>
  return %0 : tensor<4x?xf8E4M3FN>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
