// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

// CHECK-LABEL: func.func @movement(
func.func @movement(%x: tensor<4x8xf8E4M3FN>, %i: tensor<8x4xf8E4M3FN>, %b: tensor<4x8x2xf8E4M3FN>, %p: tensor<2x1x4x4xf8E4M3FN>) -> (tensor<8x4xf8E4M3FN>, tensor<4x8x2xf8E4M3FN>, tensor<8x4xf8E4M3FN>) {
  // CHECK: %[[HALF:.*]] = arith.constant 5.000000e-01 : f8E4M3FNUZ
  %one = arith.constant 1.0 : f8E4M3FN
  // CHECK: linalg.fill ins(%[[HALF]] : f8E4M3FNUZ) outs(%{{.*}} : tensor<8x4xf8E4M3FNUZ>)
  %0 = linalg.fill ins(%one : f8E4M3FN) outs(%i : tensor<8x4xf8E4M3FN>) -> tensor<8x4xf8E4M3FN>
  // CHECK: linalg.transpose ins(%{{.*}} : tensor<4x8xf8E4M3FNUZ>) outs(%{{.*}} : tensor<8x4xf8E4M3FNUZ>)
  %1 = linalg.transpose ins(%x : tensor<4x8xf8E4M3FN>) outs(%0 : tensor<8x4xf8E4M3FN>) permutation = [1, 0]
  // CHECK: linalg.broadcast ins(%{{.*}} : tensor<4x8xf8E4M3FNUZ>)
  %2 = linalg.broadcast ins(%x : tensor<4x8xf8E4M3FN>) outs(%b : tensor<4x8x2xf8E4M3FN>) dimensions = [2]
  // CHECK: linalg.copy ins(%{{.*}} : tensor<8x4xf8E4M3FNUZ>) outs(%{{.*}} : tensor<8x4xf8E4M3FNUZ>)
  %3 = linalg.copy ins(%1 : tensor<8x4xf8E4M3FN>) outs(%i : tensor<8x4xf8E4M3FN>) -> tensor<8x4xf8E4M3FN>
  // CHECK: linalg.pack %{{.*}} padding_value(%[[HALF]] : f8E4M3FNUZ) {{.*}} -> tensor<2x1x4x4xf8E4M3FNUZ>
  %4 = linalg.pack %3 padding_value(%one : f8E4M3FN) inner_dims_pos = [0, 1] inner_tiles = [4, 4] into %p : tensor<8x4xf8E4M3FN> -> tensor<2x1x4x4xf8E4M3FN>
  // CHECK: linalg.unpack {{.*}} : tensor<2x1x4x4xf8E4M3FNUZ> -> tensor<8x4xf8E4M3FNUZ>
  %5 = linalg.unpack %4 inner_dims_pos = [0, 1] inner_tiles = [4, 4] into %i : tensor<2x1x4x4xf8E4M3FN> -> tensor<8x4xf8E4M3FN>
  return %1, %2, %5 : tensor<8x4xf8E4M3FN>, tensor<4x8x2xf8E4M3FN>, tensor<8x4xf8E4M3FN>
}

// CHECK-LABEL: func.func @copy_of_buffers(
// CHECK: linalg.copy ins(%{{.*}} : memref<?xf8E4M3FNUZ>) outs(%{{.*}} : memref<?xf8E4M3FNUZ>)
func.func @copy_of_buffers(%x: memref<?xf8E4M3FN>, %y: memref<?xf8E4M3FN>) {
  linalg.copy ins(%x : memref<?xf8E4M3FN>) outs(%y : memref<?xf8E4M3FN>)
  return
}

// CHECK-LABEL: func.func @copy_to_another_type(
// CHECK: linalg.generic
// CHECK: %[[X:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK: arith.mulf %[[X]], %{{.*}} : f32
func.func @copy_to_another_type(%x: tensor<4xf8E4M3FN>, %i: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.copy ins(%x : tensor<4xf8E4M3FN>) outs(%i : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Bodies that are written out have the rules of their ops.
// CHECK-LABEL: func.func @bodies(
func.func @bodies(%x: tensor<4x8xf8E4M3FN>, %r: tensor<4xf8E4M3FN>, %e: tensor<4x8xf8E4M3FN>) -> (tensor<4xf8E4M3FN>, tensor<4x8xf8E4M3FN>, tensor<4x8xindex>) {
  // CHECK: linalg.reduce ins(%{{.*}} : tensor<4x8xf8E4M3FNUZ>) outs(%{{.*}} : tensor<4xf8E4M3FNUZ>)
  // CHECK: arith.addf %{{.*}} : f32
  // CHECK: linalg.yield %{{.*}} : f8E4M3FNUZ
  %0 = linalg.reduce { arith.addf } ins(%x : tensor<4x8xf8E4M3FN>) outs(%r : tensor<4xf8E4M3FN>) dimensions = [1]
  // CHECK: linalg.map
  // CHECK: arith.mulf %{{.*}} : f32
  %1 = linalg.map { arith.mulf } ins(%x, %x : tensor<4x8xf8E4M3FN>, tensor<4x8xf8E4M3FN>) outs(%e : tensor<4x8xf8E4M3FN>)
  %i = tensor.empty() : tensor<4x8xindex>
  // CHECK: linalg.index 1 : index
  %2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x8xf8E4M3FN>) outs(%i : tensor<4x8xindex>) {
  ^bb0(%a: f8E4M3FN, %o: index):
    %3 = linalg.index 1 : index
    linalg.yield %3 : index
  } -> tensor<4x8xindex>
  return %0, %1, %2 : tensor<4xf8E4M3FN>, tensor<4x8xf8E4M3FN>, tensor<4x8xindex>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
