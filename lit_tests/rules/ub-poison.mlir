// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @poison(
// CHECK: %[[P:.*]] = ub.poison : f8E4M3FNUZ
// CHECK: vector.transfer_read %{{.*}}, %[[P]] {{.*}} : tensor<4xf8E4M3FNUZ>, vector<4xf8E4M3FNUZ>
func.func @poison(%x: tensor<4xf8E4M3FN>) -> (vector<4xf8E4M3FN>, tensor<2xf8E5M2>) {
  %c0 = arith.constant 0 : index
  %pad = ub.poison : f8E4M3FN
  %0 = vector.transfer_read %x[%c0], %pad {in_bounds = [true]}
      : tensor<4xf8E4M3FN>, vector<4xf8E4M3FN>
  // CHECK: ub.poison : tensor<2xf8E5M2FNUZ>
  %1 = ub.poison : tensor<2xf8E5M2>
  return %0, %1 : vector<4xf8E4M3FN>, tensor<2xf8E5M2>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
