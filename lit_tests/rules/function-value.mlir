// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func private @twice(
func.func private @twice(%x: f8E4M3FN) -> f8E4M3FN {
  return %x : f8E4M3FN
}
// CHECK-LABEL: func.func private @apply(
// CHECK-SAME: %[[F:.*]]: (f8E4M3FNUZ) -> f8E4M3FNUZ
// CHECK: call_indirect %[[F]](%{{.*}}) : (f8E4M3FNUZ) -> f8E4M3FNUZ
func.func private @apply(%f: (f8E4M3FN) -> f8E4M3FN, %x: f8E4M3FN) -> f8E4M3FN {
  %0 = func.call_indirect %f(%x) : (f8E4M3FN) -> f8E4M3FN
  return %0 : f8E4M3FN
}
// CHECK-LABEL: func.func @main(
// CHECK: constant @twice : (f8E4M3FNUZ) -> f8E4M3FNUZ
func.func @main(%x: f8E4M3FN) -> f8E4M3FN {
  %f = func.constant @twice : (f8E4M3FN) -> f8E4M3FN
  %0 = func.call @apply(%f, %x) : ((f8E4M3FN) -> f8E4M3FN, f8E4M3FN) -> f8E4M3FN
  return %0 : f8E4M3FN
}

// -----

func.func private @external(f8E4M3FN)
func.func private @address() {
  // expected-error @+1 {{'func.constant' op on (f8E4M3FN) -> () cannot become FNUZ for gfx942: it takes the address of a function that keeps its OCP signature; wrap that in a private function and take its address}}
  %f = func.constant @external : (f8E4M3FN) -> ()
  return
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
