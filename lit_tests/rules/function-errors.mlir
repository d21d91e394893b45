// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz=abi=preserve

// expected-error @+1 {{'func.func' op on an OCP fp8 type cannot become FNUZ for gfx942: this public function keeps its OCP signature and memref<4xf8E4M3FN> cannot be cast there without a copy; use abi=convert, give the function a body, or pass a ranked tensor}}
func.func @argument(%x: memref<4xf8E4M3FN>) {
  return
}

// -----

// expected-error @+1 {{keeps its OCP signature and memref<*xf8E5M2> cannot be cast}}
func.func @result(%x: f32) -> memref<*xf8E5M2> {
  %0 = memref.alloc() : memref<4xf8E5M2>
  %1 = memref.cast %0 : memref<4xf8E5M2> to memref<*xf8E5M2>
  return %1 : memref<*xf8E5M2>
}

// -----

func.func private @external(memref<4xf8E4M3FN>)
func.func private @calls() {
  %0 = memref.alloc() : memref<4xf8E4M3FN>
  // expected-error @+1 {{'func.call' op on memref<4xf8E4M3FN> cannot become FNUZ for gfx942: the function it calls keeps its OCP signature and memref<4xf8E4M3FN> cannot be cast there without a copy}}
  func.call @external(%0) : (memref<4xf8E4M3FN>) -> ()
  return
}
