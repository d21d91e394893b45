// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

// Control flow carries the FNUZ values; the ops inside have rules of their own.

// CHECK-LABEL: func.func @loops(
func.func @loops(%x: tensor<4xf8E4M3FN>, %n: index, %c: i1) -> tensor<4xf8E4M3FN> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for {{.*}} -> (tensor<4xf8E4M3FNUZ>)
  %0 = scf.for %i = %c0 to %n step %c1 iter_args(%v = %x) -> tensor<4xf8E4M3FN> {
    // CHECK: scf.if %{{.*}} -> (tensor<4xf8E4M3FNUZ>)
    %1 = scf.if %c -> tensor<4xf8E4M3FN> {
      // CHECK: scf.yield %{{.*}} : tensor<4xf8E4M3FNUZ>
      scf.yield %x : tensor<4xf8E4M3FN>
    } else {
      scf.yield %v : tensor<4xf8E4M3FN>
    }
    scf.yield %1 : tensor<4xf8E4M3FN>
  }
  // CHECK: scf.while (%{{.*}} = %{{.*}}) : (tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FNUZ>
  %2 = scf.while (%v = %0) : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
    // CHECK: scf.condition(%{{.*}}) %{{.*}} : tensor<4xf8E4M3FNUZ>
    scf.condition(%c) %v : tensor<4xf8E4M3FN>
  } do {
  // CHECK: ^bb0(%{{.*}}: tensor<4xf8E4M3FNUZ>)
  ^bb0(%v: tensor<4xf8E4M3FN>):
    scf.yield %v : tensor<4xf8E4M3FN>
  }
  return %2 : tensor<4xf8E4M3FN>
}

// CHECK-LABEL: func.func @regions(
func.func @regions(%x: f8E4M3FN, %y: f8E4M3FN, %i: index) -> (f8E4M3FN, f8E4M3FN) {
  // CHECK: scf.index_switch %{{.*}} -> f8E4M3FNUZ
  %0 = scf.index_switch %i -> f8E4M3FN
  case 1 {
    scf.yield %x : f8E4M3FN
  }
  default {
    scf.yield %y : f8E4M3FN
  }
  // CHECK: scf.execute_region -> f8E4M3FNUZ
  %1 = scf.execute_region -> f8E4M3FN {
    // CHECK: cf.br ^[[BB:.*]](%{{.*}} : f8E4M3FNUZ)
    cf.br ^bb1(%0 : f8E4M3FN)
  ^bb1(%v: f8E4M3FN):
    scf.yield %v : f8E4M3FN
  }
  return %0, %1 : f8E4M3FN, f8E4M3FN
}

// CHECK-LABEL: func.func @parallel(
func.func @parallel(%x: memref<8xf8E4M3FN>, %i: f8E4M3FN) -> f8E4M3FN {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  // CHECK: scf.parallel {{.*}} -> f8E4M3FNUZ
  %0 = scf.parallel (%k) = (%c0) to (%c8) step (%c1) init (%i) -> f8E4M3FN {
    %v = memref.load %x[%k] : memref<8xf8E4M3FN>
    // CHECK: scf.reduce(%{{.*}} : f8E4M3FNUZ)
    // CHECK: ^bb0(%{{.*}}: f8E4M3FNUZ, %{{.*}}: f8E4M3FNUZ)
    scf.reduce(%v : f8E4M3FN) {
    ^bb0(%a: f8E4M3FN, %b: f8E4M3FN):
      // CHECK: arith.mulf %{{.*}} : f32
      // CHECK: %[[M:.*]] = arith.bitcast %{{.*}} : i8 to f8E4M3FNUZ
      %m = arith.mulf %a, %b : f8E4M3FN
      // CHECK: scf.reduce.return %[[M]] : f8E4M3FNUZ
      scf.reduce.return %m : f8E4M3FN
    }
  }
  return %0 : f8E4M3FN
}

// CHECK-LABEL: func.func @forall(
func.func @forall(%x: tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN> {
  // CHECK: scf.forall {{.*}} shared_outs({{.*}}) -> (tensor<8xf8E4M3FNUZ>)
  %0 = scf.forall (%i) in (8) shared_outs(%o = %x) -> tensor<8xf8E4M3FN> {
    %1 = tensor.extract_slice %o[%i] [1] [1] : tensor<8xf8E4M3FN> to tensor<1xf8E4M3FN>
    // CHECK: scf.forall.in_parallel
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %1 into %o[%i] [1] [1] : tensor<1xf8E4M3FN> into tensor<8xf8E4M3FN>
    }
  }
  return %0 : tensor<8xf8E4M3FN>
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
