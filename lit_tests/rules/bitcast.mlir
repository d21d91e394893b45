// RUN: fnuz-opt %s --convert-ocp-to-fnuz | FileCheck %s
// RUN: fnuz-opt %s --convert-ocp-to-fnuz=inf=saturate | FileCheck %s --check-prefix=INF

// The bits are seen, or come from outside: there the values are OCP.

// CHECK-LABEL: func.func @to_bits(
// CHECK: %[[OCP:.*]] = "fnuz.to_ocp"(%{{.*}}) : (f8E4M3FNUZ) -> f8E4M3FN
// CHECK: arith.bitcast %[[OCP]] : f8E4M3FN to i8
// CHECK: %[[OCP:.*]] = "fnuz.to_ocp"(%{{.*}}) : (tensor<?xf8E5M2FNUZ>) -> tensor<?xf8E5M2>
// CHECK: tensor.bitcast %[[OCP]] : tensor<?xf8E5M2> to tensor<?xi8>
// CHECK: %[[OCP:.*]] = "fnuz.to_ocp"(%{{.*}}) : (vector<8xf8E4M3FNUZ>) -> vector<8xf8E4M3FN>
// CHECK: vector.bitcast %[[OCP]] : vector<8xf8E4M3FN> to vector<2xi32>
func.func @to_bits(%x: f8E4M3FN, %y: tensor<?xf8E5M2>, %z: vector<8xf8E4M3FN>) -> (i8, tensor<?xi8>, vector<2xi32>) {
  %0 = arith.bitcast %x : f8E4M3FN to i8
  %1 = tensor.bitcast %y : tensor<?xf8E5M2> to tensor<?xi8>
  %2 = vector.bitcast %z : vector<8xf8E4M3FN> to vector<2xi32>
  return %0, %1, %2 : i8, tensor<?xi8>, vector<2xi32>
}

// CHECK-LABEL: func.func @from_bits(
// CHECK: %[[OCP:.*]] = arith.bitcast %{{.*}} : i8 to f8E5M2
// CHECK: %[[A:.*]] = "fnuz.from_ocp"(%[[OCP]]) : (f8E5M2) -> f8E5M2FNUZ
// CHECK: %[[OCP:.*]] = tensor.bitcast %{{.*}} : tensor<4xi8> to tensor<4xf8E4M3FN>
// CHECK: %[[B:.*]] = "fnuz.from_ocp"(%[[OCP]])
// CHECK: %[[OCP:.*]] = vector.bitcast %{{.*}} : vector<2xi32> to vector<8xf8E4M3FN>
// CHECK: %[[C:.*]] = "fnuz.from_ocp"(%[[OCP]])
// CHECK: return %[[A]], %[[B]], %[[C]]

// The policy goes with the cast where the format has an Inf.
// INF-LABEL: func.func @from_bits(
// INF: "fnuz.from_ocp"(%{{.*}}) {{.*}}inf = "saturate"{{.*}} : (f8E5M2)
// INF: "fnuz.from_ocp"(%{{.*}}) : (tensor<4xf8E4M3FN>)
func.func @from_bits(%x: i8, %y: tensor<4xi8>, %z: vector<2xi32>) -> (f8E5M2, tensor<4xf8E4M3FN>, vector<8xf8E4M3FN>) {
  %0 = arith.bitcast %x : i8 to f8E5M2
  %1 = tensor.bitcast %y : tensor<4xi8> to tensor<4xf8E4M3FN>
  %2 = vector.bitcast %z : vector<2xi32> to vector<8xf8E4M3FN>
  return %0, %1, %2 : f8E5M2, tensor<4xf8E4M3FN>, vector<8xf8E4M3FN>
}

// CHECK-LABEL: func.func @between_formats(
// CHECK: %[[OCP:.*]] = "fnuz.to_ocp"(%{{.*}}) : (f8E4M3FNUZ) -> f8E4M3FN
// CHECK: %[[OTHER:.*]] = arith.bitcast %[[OCP]] : f8E4M3FN to f8E5M2
// CHECK: "fnuz.from_ocp"(%[[OTHER]]) : (f8E5M2) -> f8E5M2FNUZ
func.func @between_formats(%x: f8E4M3FN) -> f8E5M2 {
  %0 = arith.bitcast %x : f8E4M3FN to f8E5M2
  return %0 : f8E5M2
}
