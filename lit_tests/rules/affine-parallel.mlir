// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz
// A product of halves is a quarter, and a sum would round in fp8 at each step. Bounds are fine.
func.func private @product(%x: memref<8xf8E4M3FN>) {
  // expected-error @+1 {{'affine.parallel' op on f8E4M3FN cannot become FNUZ}}
  %0 = affine.parallel (%i) = (0) to (8) reduce ("mulf") -> (f8E4M3FN) {
    %1 = affine.load %x[%i] : memref<8xf8E4M3FN>
    affine.yield %1 : f8E4M3FN
  }
  return
}

// -----

func.func private @sum(%x: memref<8xf8E4M3FN>) {
  // expected-error @+1 {{'affine.parallel' op on f8E4M3FN cannot become FNUZ}}
  %0 = affine.parallel (%i) = (0) to (8) reduce ("addf") -> (f8E4M3FN) {
    %1 = affine.load %x[%i] : memref<8xf8E4M3FN>
    affine.yield %1 : f8E4M3FN
  }
  return
}

// -----

func.func @largest(%x: memref<8xf8E4M3FN>) -> f8E4M3FN {
  %0 = affine.parallel (%i) = (0) to (8) reduce("maximumf") -> f8E4M3FN {
    %1 = affine.load %x[%i] : memref<8xf8E4M3FN>
    affine.yield %1 : f8E4M3FN
  }
  return %0 : f8E4M3FN
}
