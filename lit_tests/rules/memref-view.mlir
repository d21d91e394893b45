// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @arena(
// CHECK: memref.view %{{.*}} : memref<64xi8> to memref<16xf8E4M3FNUZ>
// CHECK: memref.view %{{.*}} : memref<64xi8> to memref<?xf8E5M2FNUZ>
func.func @arena(%x: memref<16xf8E4M3FN>, %n: index) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %arena = memref.alloc() : memref<64xi8>
  %0 = memref.view %arena[%c0][] : memref<64xi8> to memref<16xf8E4M3FN>
  %1 = memref.view %arena[%c32][%n] : memref<64xi8> to memref<?xf8E5M2>
  memref.copy %x, %0 : memref<16xf8E4M3FN> to memref<16xf8E4M3FN>
  memref.dealloc %arena : memref<64xi8>
  return
}

// -----

func.func @argument(%bytes: memref<64xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'memref.view' op on memref<16xf8E4M3FN> cannot become FNUZ for gfx942: it views bytes that come from elsewhere as fp8 and they would be read as FNUZ; pass the buffer as a memref of fp8}}
  %0 = memref.view %bytes[%c0][] : memref<64xi8> to memref<16xf8E4M3FN>
  return
}

// -----

func.func @written_as_bytes(%v: i8) {
  %c0 = arith.constant 0 : index
  %arena = memref.alloc() : memref<64xi8>
  memref.store %v, %arena[%c0] : memref<64xi8>
  // expected-error @+1 {{'memref.view' op on memref<16xf8E4M3FN> cannot become FNUZ}}
  %0 = memref.view %arena[%c0][] : memref<64xi8> to memref<16xf8E4M3FN>
  return
}

// -----

// Other ops that show the bytes of a buffer have no rule.
func.func private @pointer(%x: memref<4xf8E4M3FN>) -> index {
  // expected-error @+1 {{'memref.extract_aligned_pointer_as_index' op on memref<4xf8E4M3FN> cannot become FNUZ for gfx942: no rule covers it; lower it to linalg, arith, vector or memref before convert-ocp-to-fnuz, or add a rule in passes/rules}}
  %0 = memref.extract_aligned_pointer_as_index %x : memref<4xf8E4M3FN> -> index
  return %0 : index
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
