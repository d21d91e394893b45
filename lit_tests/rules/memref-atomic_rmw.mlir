// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @main(
// CHECK: memref.atomic_rmw assign %{{.*}} : (f8E4M3FNUZ, memref<4xf8E4M3FNUZ>) -> f8E4M3FNUZ
// CHECK: memref.atomic_rmw maximumf %{{.*}} : (f8E4M3FNUZ, memref<4xf8E4M3FNUZ>) -> f8E4M3FNUZ
// CHECK: memref.atomic_rmw minnumf %{{.*}} : (f8E4M3FNUZ, memref<4xf8E4M3FNUZ>) -> f8E4M3FNUZ
func.func @main(%x: f8E4M3FN, %y: memref<4xf8E4M3FN>, %i: index) {
  %0 = memref.atomic_rmw assign %x, %y[%i] : (f8E4M3FN, memref<4xf8E4M3FN>) -> f8E4M3FN
  %1 = memref.atomic_rmw maximumf %x, %y[%i] : (f8E4M3FN, memref<4xf8E4M3FN>) -> f8E4M3FN
  %2 = memref.atomic_rmw minnumf %x, %y[%i] : (f8E4M3FN, memref<4xf8E4M3FN>) -> f8E4M3FN
  return
}

// -----

func.func private @sum(%x: f8E5M2, %y: memref<4xf8E5M2>, %i: index) {
  // expected-error @+1 {{'memref.atomic_rmw' op on f8E5M2 cannot become FNUZ for gfx942: its kind rounds in fp8; accumulate in f32 and truncate once}}
  %0 = memref.atomic_rmw addf %x, %y[%i] : (f8E5M2, memref<4xf8E5M2>) -> f8E5M2
  // expected-error @+1 {{its kind rounds in fp8}}
  %1 = memref.atomic_rmw mulf %x, %y[%i] : (f8E5M2, memref<4xf8E5M2>) -> f8E5M2
  return
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
