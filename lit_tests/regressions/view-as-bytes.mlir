// RUN: fnuz-opt %s --verify-diagnostics --convert-ocp-to-fnuz
// One region of the arena seen as fp8 and as i8 (a memcpy-like bitcast): FNUZ bits come out.
// fnuz-verify: expected 0xFF, got 0x80.
func.func @main(%x: memref<16xf8E4M3FN>, %y: memref<16xi8>) {
  %c0 = arith.constant 0 : index
  %arena = memref.alloc() : memref<64xi8>
  // expected-error @+1 {{'memref.view' op on memref<16xf8E4M3FN> cannot become FNUZ}}
  %0 = memref.view %arena[%c0][] : memref<64xi8> to memref<16xf8E4M3FN>
  %1 = memref.view %arena[%c0][] : memref<64xi8> to memref<16xi8>
  memref.copy %x, %0 : memref<16xf8E4M3FN> to memref<16xf8E4M3FN>
  memref.copy %1, %y : memref<16xi8> to memref<16xi8>
  return
}
