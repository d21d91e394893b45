// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

// Values are moved: only types change, and no factor is owed.

// ANYWHERE-NOT: arith.mulf

// CHECK-LABEL: func.func @shapes(
// CHECK-SAME: vector<4x8xf8E4M3FNUZ>
func.func @shapes(%x: vector<4x8xf8E4M3FN>, %s: f8E4M3FN) -> (vector<4x8xf8E4M3FN>, vector<16x2xf8E4M3FN>, vector<8xf8E4M3FN>) {
  // CHECK: vector.broadcast %{{.*}} : f8E4M3FNUZ to vector<8xf8E4M3FNUZ>
  %0 = vector.broadcast %s : f8E4M3FN to vector<8xf8E4M3FN>
  // CHECK: vector.extract {{.*}} : vector<8xf8E4M3FNUZ> from vector<4x8xf8E4M3FNUZ>
  %1 = vector.extract %x[1] : vector<8xf8E4M3FN> from vector<4x8xf8E4M3FN>
  // CHECK: vector.interleave {{.*}} : vector<8xf8E4M3FNUZ> -> vector<16xf8E4M3FNUZ>
  %2 = vector.interleave %0, %1 : vector<8xf8E4M3FN> -> vector<16xf8E4M3FN>
  // CHECK: vector.deinterleave {{.*}} : vector<16xf8E4M3FNUZ> -> vector<8xf8E4M3FNUZ>
  %3, %4 = vector.deinterleave %2 : vector<16xf8E4M3FN> -> vector<8xf8E4M3FN>
  // CHECK: vector.insert {{.*}} : vector<8xf8E4M3FNUZ> into vector<4x8xf8E4M3FNUZ>
  %5 = vector.insert %3, %x[2] : vector<8xf8E4M3FN> into vector<4x8xf8E4M3FN>
  // CHECK: vector.extract_strided_slice {{.*}} : vector<4x8xf8E4M3FNUZ> to vector<2x4xf8E4M3FNUZ>
  %6 = vector.extract_strided_slice %5 {offsets = [0, 2], sizes = [2, 4], strides = [1, 1]} : vector<4x8xf8E4M3FN> to vector<2x4xf8E4M3FN>
  // CHECK: vector.insert_strided_slice {{.*}} : vector<2x4xf8E4M3FNUZ> into vector<4x8xf8E4M3FNUZ>
  %7 = vector.insert_strided_slice %6, %5 {offsets = [1, 1], strides = [1, 1]} : vector<2x4xf8E4M3FN> into vector<4x8xf8E4M3FN>
  // CHECK: vector.transpose {{.*}} : vector<4x8xf8E4M3FNUZ> to vector<8x4xf8E4M3FNUZ>
  %8 = vector.transpose %7, [1, 0] : vector<4x8xf8E4M3FN> to vector<8x4xf8E4M3FN>
  // CHECK: vector.shape_cast {{.*}} : vector<8x4xf8E4M3FNUZ> to vector<16x2xf8E4M3FNUZ>
  %9 = vector.shape_cast %8 : vector<8x4xf8E4M3FN> to vector<16x2xf8E4M3FN>
  // CHECK: vector.to_elements {{.*}} : vector<8xf8E4M3FNUZ>
  %10:8 = vector.to_elements %4 : vector<8xf8E4M3FN>
  // CHECK: vector.from_elements {{.*}} : vector<8xf8E4M3FNUZ>
  %11 = vector.from_elements %10#7, %10#6, %10#5, %10#4, %10#3, %10#2, %10#1, %s : vector<8xf8E4M3FN>
  // CHECK: vector.shuffle {{.*}} : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>
  %12 = vector.shuffle %11, %0 [0, 8, 1, 9, 2, 10, 3, 11] : vector<8xf8E4M3FN>, vector<8xf8E4M3FN>
  return %7, %9, %12 : vector<4x8xf8E4M3FN>, vector<16x2xf8E4M3FN>, vector<8xf8E4M3FN>
}

// CHECK-LABEL: func.func @scalable(
func.func @scalable(%x: vector<[16]xf8E4M3FN>, %y: vector<4xf8E4M3FN>) -> (vector<[16]xf8E4M3FN>, vector<4xf8E4M3FN>) {
  // CHECK: vector.scalable.insert {{.*}} : vector<4xf8E4M3FNUZ> into vector<[16]xf8E4M3FNUZ>
  %0 = vector.scalable.insert %y, %x[0] : vector<4xf8E4M3FN> into vector<[16]xf8E4M3FN>
  // CHECK: vector.scalable.extract {{.*}} : vector<4xf8E4M3FNUZ> from vector<[16]xf8E4M3FNUZ>
  %1 = vector.scalable.extract %x[4] : vector<4xf8E4M3FN> from vector<[16]xf8E4M3FN>
  return %0, %1 : vector<[16]xf8E4M3FN>, vector<4xf8E4M3FN>
}

// CHECK-LABEL: func.func @memory(
func.func @memory(%m: memref<16xf8E4M3FN>, %k: vector<8xi1>, %j: vector<8xindex>, %p: vector<8xf8E4M3FN>) {
  %c0 = arith.constant 0 : index
  // CHECK: vector.load {{.*}} : memref<16xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>
  %0 = vector.load %m[%c0] : memref<16xf8E4M3FN>, vector<8xf8E4M3FN>
  // CHECK: vector.store {{.*}} : memref<16xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>
  vector.store %0, %m[%c0] : memref<16xf8E4M3FN>, vector<8xf8E4M3FN>
  // CHECK: vector.maskedload {{.*}} vector<8xf8E4M3FNUZ>
  %1 = vector.maskedload %m[%c0], %k, %p : memref<16xf8E4M3FN>, vector<8xi1>, vector<8xf8E4M3FN> into vector<8xf8E4M3FN>
  // CHECK: vector.maskedstore {{.*}} vector<8xf8E4M3FNUZ>
  vector.maskedstore %m[%c0], %k, %1 : memref<16xf8E4M3FN>, vector<8xi1>, vector<8xf8E4M3FN>
  // CHECK: vector.expandload {{.*}} vector<8xf8E4M3FNUZ>
  %2 = vector.expandload %m[%c0], %k, %p : memref<16xf8E4M3FN>, vector<8xi1>, vector<8xf8E4M3FN> into vector<8xf8E4M3FN>
  // CHECK: vector.compressstore {{.*}} vector<8xf8E4M3FNUZ>
  vector.compressstore %m[%c0], %k, %2 : memref<16xf8E4M3FN>, vector<8xi1>, vector<8xf8E4M3FN>
  // CHECK: vector.gather {{.*}} vector<8xf8E4M3FNUZ>
  %3 = vector.gather %m[%c0] [%j], %k, %p : memref<16xf8E4M3FN>, vector<8xindex>, vector<8xi1>, vector<8xf8E4M3FN> into vector<8xf8E4M3FN>
  // CHECK: vector.scatter {{.*}} vector<8xf8E4M3FNUZ>
  vector.scatter %m[%c0] [%j], %k, %3 : memref<16xf8E4M3FN>, vector<8xindex>, vector<8xi1>, vector<8xf8E4M3FN>
  // CHECK: vector.type_cast {{.*}} : memref<16xf8E4M3FNUZ> to memref<vector<16xf8E4M3FNUZ>>
  %4 = vector.type_cast %m : memref<16xf8E4M3FN> to memref<vector<16xf8E4M3FN>>
  return
}

// CHECK-LABEL: func.func @transfers(
func.func @transfers(%t: tensor<4x?xf8E4M3FN>, %k: vector<8xi1>) -> (vector<8xf8E4M3FN>, tensor<4x?xf8E4M3FN>) {
  %c0 = arith.constant 0 : index
  // CHECK: %[[PAD:.*]] = arith.constant 5.000000e-01 : f8E4M3FNUZ
  %pad = arith.constant 1.0 : f8E4M3FN
  // CHECK: vector.transfer_read {{.*}}, %[[PAD]] : tensor<4x?xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>
  %0 = vector.transfer_read %t[%c0, %c0], %pad : tensor<4x?xf8E4M3FN>, vector<8xf8E4M3FN>
  // CHECK: vector.mask {{.*}} vector<8xi1> -> vector<8xf8E4M3FNUZ>
  %1 = vector.mask %k { vector.transfer_read %t[%c0, %c0], %pad : tensor<4x?xf8E4M3FN>, vector<8xf8E4M3FN> } : vector<8xi1> -> vector<8xf8E4M3FN>
  // CHECK: vector.transfer_write {{.*}} : vector<8xf8E4M3FNUZ>, tensor<4x?xf8E4M3FNUZ>
  %2 = vector.transfer_write %0, %t[%c0, %c0] : vector<8xf8E4M3FN>, tensor<4x?xf8E4M3FN>
  return %1, %2 : vector<8xf8E4M3FN>, tensor<4x?xf8E4M3FN>
}

// CHECK-LABEL: func.func @yield(
func.func @yield(%k: vector<8xi1>, %x: vector<8xf8E4M3FN>) -> vector<8xf8E4M3FN> {
  // CHECK: vector.yield %{{.*}} : vector<8xf8E4M3FNUZ>
  %0 = vector.mask %k { vector.yield %x : vector<8xf8E4M3FN> } : vector<8xi1> -> vector<8xf8E4M3FN>
  return %0 : vector<8xf8E4M3FN>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
