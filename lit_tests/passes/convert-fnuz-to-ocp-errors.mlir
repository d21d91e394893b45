// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect --convert-fnuz-to-ocp=abi=preserve

func.func private @unregistered(%x: tensor<4xf8E4M3FNUZ>) {
  // expected-error @+1 {{'other.op' op on tensor<4xf8E4M3FNUZ> cannot become OCP for gfx950: no rule covers it; lower it to linalg, arith, vector or memref before convert-fnuz-to-ocp, or add a rule in passes/rules}}
  "other.op"(%x) : (tensor<4xf8E4M3FNUZ>) -> ()
  return
}

// -----

// expected-error @+1 {{'other.attribute' op on an FNUZ fp8 type cannot become OCP for gfx950}}
"other.attribute"() {type = tensor<4xf8E5M2FNUZ>} : () -> ()

// -----

// expected-error @+1 {{this public function keeps its FNUZ signature and memref<4xf8E4M3FNUZ> cannot be cast there without a copy}}
func.func @memref(%x: memref<4xf8E4M3FNUZ>, %i: index) {
  %0 = memref.load %x[%i] : memref<4xf8E4M3FNUZ>
  return
}

// -----

// expected-error @+1 {{it is public and abi=preserve shows no OCP; make it private}}
memref.global @w : memref<1xf8E4M3FNUZ> = dense<1.0>

// -----

// expected-error @+1 {{it is defined elsewhere, in FNUZ; define it here or pass it as an argument}}
memref.global "private" @external : memref<1xf8E4M3FNUZ>

// -----

func.func private @rounding(%x: f32) {
  // expected-error @+1 {{'arith.truncf' op on f8E4M3FNUZ cannot become OCP for gfx950: its rounding mode is downward}}
  %0 = arith.truncf %x downward : f32 to f8E4M3FNUZ
  return
}

// -----

func.func private @view(%x: memref<16xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{it views bytes that come from elsewhere as fp8 and they would be read as OCP}}
  %0 = memref.view %x[%c0][] : memref<16xi8> to memref<16xf8E4M3FNUZ>
  return
}

// -----

// expected-error @+1 {{'func.func' op fnuz.abi of argument 0 must be one of convert, preserve, f32, not "fp32"}}
func.func @abi(%x: f8E4M3FNUZ {fnuz.abi = "fp32"}) {
  return
}

// -----

// expected-error @+1 {{'func.func' op fnuz.abi of argument 0 is for public functions, and this one is private: it converts with its callers}}
func.func private @private_abi(%x: f8E4M3FNUZ {fnuz.abi = "f32"}) {
  return
}

// -----

// OCP without a rule is no one's business.
func.func private @ocp(%x: f8E4M3FN) {
  "other.op"(%x) : (f8E4M3FN) -> ()
  return
}
