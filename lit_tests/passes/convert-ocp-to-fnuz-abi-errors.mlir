// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz=abi=f32

// expected-error @+1 {{'func.func' op fnuz.abi of argument 1 must be one of convert, preserve, f32, not "keep"}}
func.func @value(%x: f8E4M3FN, %y: f8E4M3FN {fnuz.abi = "keep"}) {
  return
}

// -----

// expected-error @+1 {{'func.func' op fnuz.abi of result 0 must be one of convert, preserve, f32, not 1 : i32}}
func.func @kind(%x: f8E4M3FN) -> (f8E4M3FN {fnuz.abi = 1 : i32}) {
  return %x : f8E4M3FN
}

// -----

// expected-error @+1 {{'func.func' op fnuz.abi is for an argument or a result, not for a function}}
func.func @function(%x: f8E4M3FN) attributes {fnuz.abi = "f32"} {
  return
}

// -----

// Also where nothing is fp8, and in a module in the module.
// expected-error @+1 {{'func.func' op fnuz.abi of argument 0 is for OCP fp8, not for tensor<4xf32>; remove it}}
func.func @not_fp8(%x: tensor<4xf32> {fnuz.abi = "f32"}) {
  return
}
module {
  // expected-error @+2 {{'ml_program.func' op fnuz.abi of argument 0 is for OCP fp8, not for f8E4M3FNUZ; remove it}}
  // expected-error @+1 {{'ml_program.func' op fnuz.abi of result 0 is for OCP fp8, not for i8; remove it}}
  ml_program.func @native(%x: f8E4M3FNUZ {fnuz.abi = "preserve"}, %i: i8) -> (i8 {fnuz.abi = "convert"}) {
    ml_program.return %i : i8
  }
}

// -----

// expected-error @+1 {{'func.func' op fnuz.abi of argument 0 is for public functions, and this one is private: it stays as it is}}
func.func private @declaration(f8E4M3FN {fnuz.abi = "convert"})
// expected-error @+1 {{'func.func' op fnuz.abi of result 0 is for public functions, and this one is private: it converts with its callers}}
func.func private @private(%x: f8E4M3FN) -> (f8E4M3FN {fnuz.abi = "preserve"}) {
  return %x : f8E4M3FN
}

// -----

// expected-error @+1 {{'func.func' op on an OCP fp8 type cannot become FNUZ for gfx942: this public function has a signature of f32 and memref<4xf8E4M3FN> cannot be cast there without a copy; use abi=convert}}
func.func @memref(%x: memref<4xf8E4M3FN>) {
  return
}

// -----

// expected-error @+1 {{this public function keeps its OCP signature and memref<4xf8E4M3FN> cannot be cast}}
func.func @one_memref(%x: memref<4xf8E4M3FN> {fnuz.abi = "preserve"}, %y: memref<4xf8E4M3FN> {fnuz.abi = "convert"}) {
  return
}

// -----

// expected-error @+1 {{has a signature of f32 and tensor<*xf8E5M2> cannot be cast}}
func.func @unranked(%x: tensor<*xf8E5M2> {fnuz.abi = "convert"}) -> tensor<*xf8E5M2> {
  return %x : tensor<*xf8E5M2>
}

// -----

func.func @callee(%x: f8E4M3FN) {
  return
}
func.func @address() {
  // expected-error @+1 {{it takes the address of a function that has a signature of f32; wrap that in a private function and take its address}}
  %f = func.constant @callee : (f8E4M3FN) -> ()
  return
}

// -----

// expected-error @+1 {{it is public and abi=f32 shows no FNUZ; make it private}}
memref.global @w : memref<2xf8E4M3FN> = dense<1.0>
