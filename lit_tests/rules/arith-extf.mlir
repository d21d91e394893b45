// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @scalar(
// CHECK-SAME: %[[X:.*]]: f8E4M3FNUZ
// CHECK: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// CHECK: %[[WIDE:.*]] = arith.extf %[[X]] : f8E4M3FNUZ to f32
// CHECK: %[[Y:.*]] = arith.mulf %[[WIDE]], %[[TWO]] : f32
// CHECK: return %[[Y]]
func.func @scalar(%x: f8E4M3FN) -> f32 {
  %0 = arith.extf %x : f8E4M3FN to f32
  return %0 : f32
}

// CHECK-LABEL: func.func @e5m2_to_f16(
// CHECK: %[[TWO:.*]] = arith.constant dense<2.000000e+00> : vector<4xf16>
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : vector<4xf8E5M2FNUZ> to vector<4xf16>
// CHECK: arith.mulf %[[WIDE]], %[[TWO]] : vector<4xf16>
func.func @e5m2_to_f16(%x: vector<4xf8E5M2>) -> vector<4xf16> {
  %0 = arith.extf %x : vector<4xf8E5M2> to vector<4xf16>
  return %0 : vector<4xf16>
}

// One constant for all uses of a factor.
// CHECK-LABEL: func.func @to_bf16_and_f64(
// CHECK: %[[TWO:.*]] = arith.constant dense<2.000000e+00> : tensor<4xbf16>
// CHECK-NOT: dense<2.000000e+00> : tensor<4xbf16>
// CHECK: arith.mulf %{{.*}}, %[[TWO]] : tensor<4xbf16>
// CHECK: arith.mulf %{{.*}}, %[[TWO]] : tensor<4xbf16>
// CHECK: arith.mulf {{.*}} : tensor<4xf64>
func.func @to_bf16_and_f64(%x: tensor<4xf8E4M3FN>, %y: tensor<4xf8E5M2>) -> (tensor<4xbf16>, tensor<4xbf16>, tensor<4xf64>) {
  %0 = arith.extf %x : tensor<4xf8E4M3FN> to tensor<4xbf16>
  %1 = arith.extf %y : tensor<4xf8E5M2> to tensor<4xbf16>
  %2 = arith.extf %y : tensor<4xf8E5M2> to tensor<4xf64>
  return %0, %1, %2 : tensor<4xbf16>, tensor<4xbf16>, tensor<4xf64>
}

// CHECK-LABEL: func.func @dynamic(
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : tensor<?x4xf8E4M3FNUZ> to tensor<?x4xf32>
// CHECK: %[[N:.*]] = tensor.dim %[[WIDE]]
// CHECK: %[[TWOS:.*]] = tensor.splat %[[TWO]][%[[N]]] : tensor<?x4xf32>
// CHECK: arith.mulf %[[WIDE]], %[[TWOS]] : tensor<?x4xf32>
func.func @dynamic(%x: tensor<?x4xf8E4M3FN>) -> tensor<?x4xf32> {
  %0 = arith.extf %x : tensor<?x4xf8E4M3FN> to tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @rank_0_and_scalable(
// CHECK: arith.mulf {{.*}} : tensor<f32>
// CHECK: arith.mulf {{.*}} : vector<[4]xf32>
func.func @rank_0_and_scalable(%x: tensor<f8E4M3FN>, %y: vector<[4]xf8E5M2>) -> (tensor<f32>, vector<[4]xf32>) {
  %0 = arith.extf %x : tensor<f8E4M3FN> to tensor<f32>
  %1 = arith.extf %y : vector<[4]xf8E5M2> to vector<[4]xf32>
  return %0, %1 : tensor<f32>, vector<[4]xf32>
}

// Every 4 and 6 bit value is an fp8 value, and so is its half: no guard.
// CHECK-LABEL: func.func @from_fp4(
// CHECK: %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : f4E2M1FN to f32
// CHECK: %[[HALVED:.*]] = arith.mulf %[[WIDE]], %[[HALF]] : f32
// CHECK-NEXT: arith.truncf %[[HALVED]] : f32 to f8E4M3FNUZ
func.func @from_fp4(%x: f4E2M1FN) -> f8E4M3FN {
  %0 = arith.extf %x : f4E2M1FN to f8E4M3FN
  return %0 : f8E4M3FN
}

// Native FNUZ values are what they say: no factor.
// CHECK-LABEL: func.func @native(
// CHECK-NEXT: %[[Y:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK-NEXT: return %[[Y]], %{{.*}} : f32, f8E4M3FNUZ
func.func @native(%x: f8E4M3FNUZ, %other: f8E4M3FN) -> (f32, f8E4M3FN) {
  %0 = arith.extf %x : f8E4M3FNUZ to f32
  return %0, %other : f32, f8E4M3FN
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
