// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @guarded(
// CHECK: %[[WIDE:.*]] = arith.sitofp %{{.*}} : tensor<4xi16> to tensor<4xf32>
// CHECK: %[[HALVED:.*]] = arith.mulf %[[WIDE]], %{{.*}} : tensor<4xf32>
// CHECK: arith.truncf %[[HALVED]] : tensor<4xf32> to tensor<4xf8E4M3FNUZ>
// CHECK: arith.cmpi ugt
// CHECK: arith.uitofp %{{.*}} : tensor<4xi16> to tensor<4xf32>
// CHECK: arith.truncf %{{.*}} : tensor<4xf32> to tensor<4xf8E5M2FNUZ>
// CHECK: arith.cmpi ugt
func.func @guarded(%x: tensor<4xi16>) -> (tensor<4xf8E4M3FN>, tensor<4xf8E5M2>) {
  %0 = arith.sitofp %x : tensor<4xi16> to tensor<4xf8E4M3FN>
  %1 = arith.uitofp %x : tensor<4xi16> to tensor<4xf8E5M2>
  return %0, %1 : tensor<4xf8E4M3FN>, tensor<4xf8E5M2>
}

// No i8 and no signed i16 is out of these ranges.
// CHECK-LABEL: func.func @in_range(
// CHECK-NOT: arith.cmpi
// CHECK: arith.sitofp %{{.*}} : i8 to f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
// CHECK: arith.uitofp %{{.*}} : i8 to f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
// CHECK: arith.sitofp %{{.*}} : i16 to f32
// CHECK-NOT: arith.cmpi
// CHECK: arith.truncf %{{.*}} : f32 to f8E5M2FNUZ
func.func @in_range(%x: i8, %y: i16) -> (f8E4M3FN, f8E4M3FN, f8E5M2) {
  %0 = arith.sitofp %x : i8 to f8E4M3FN
  %1 = arith.uitofp %x : i8 to f8E4M3FN
  %2 = arith.sitofp %y : i16 to f8E5M2
  return %0, %1, %2 : f8E4M3FN, f8E4M3FN, f8E5M2
}

// CHECK-LABEL: func.func @vector(
// CHECK: arith.uitofp %{{.*}} : vector<4xi64> to vector<4xf32>
func.func @vector(%x: vector<4xi64>) -> vector<4xf8E4M3FN> {
  %0 = arith.uitofp %x : vector<4xi64> to vector<4xf8E4M3FN>
  return %0 : vector<4xf8E4M3FN>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
