// RUN: fnuz-opt %s --convert-ocp-to-fnuz -o %t && FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: sed -e s/f8E4M3FN/f8E5M2/g -e s/f8E5M2UZ/f8E5M2FNUZ/g %s > %t.mlir
// RUN: fnuz-opt %t.mlir --convert-ocp-to-fnuz | FileCheck %t.mlir

// Branches carry FNUZ values, and a block that nothing reaches is converted too.

// CHECK-LABEL: func.func @branches(
// CHECK-SAME: %{{.*}}: f8E4M3FNUZ
func.func @branches(%x: f8E4M3FN, %c: i1, %i: i32) -> f8E4M3FN {
  // CHECK: cf.cond_br %{{.*}}, ^[[A:bb[0-9]+]](%{{.*}} : f8E4M3FNUZ), ^[[B:bb[0-9]+]]
  cf.cond_br %c, ^a(%x : f8E4M3FN), ^b
// CHECK: ^[[A]](%{{.*}}: f8E4M3FNUZ)
^a(%v: f8E4M3FN):
  // CHECK: cf.switch
  // CHECK-NEXT: default: ^{{.*}}(%{{.*}} : f8E4M3FNUZ)
  // CHECK-NEXT: 1: ^[[B]]
  cf.switch %i : i32, [
    default: ^d(%v : f8E4M3FN),
    1: ^b
  ]
^b:
  // CHECK: cf.br ^{{.*}}(%{{.*}} : f8E4M3FNUZ)
  cf.br ^d(%x : f8E4M3FN)
^d(%w: f8E4M3FN):
  return %w : f8E4M3FN
}

// CHECK-LABEL: func.func @unreachable(
func.func @unreachable(%x: f8E4M3FN) -> f32 {
  %0 = arith.extf %x : f8E4M3FN to f32
  return %0 : f32
// CHECK: ^bb1(%[[V:.*]]: f8E4M3FNUZ):
^dead(%v: f8E4M3FN):
  // CHECK: %[[W:.*]] = arith.extf %[[V]] : f8E4M3FNUZ to f32
  // CHECK: arith.mulf %[[W]], %{{.*}} : f32
  %1 = arith.extf %v : f8E4M3FN to f32
  return %1 : f32
}

// CHECK-LABEL: func.func @loop(
func.func @loop(%x: f8E4M3FN, %c: i1) -> f8E4M3FN {
  cf.br ^head(%x : f8E4M3FN)
// CHECK: ^bb1(%{{.*}}: f8E4M3FNUZ):
^head(%v: f8E4M3FN):
  %0 = arith.negf %v : f8E4M3FN
  cf.cond_br %c, ^head(%0 : f8E4M3FN), ^exit
^exit:
  return %0 : f8E4M3FN
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
