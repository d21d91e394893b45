// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect --convert-ocp-to-fnuz

// An op on fp8 without a rule is an error that names it, its type, the chip and what to do.

func.func private @unregistered(%x: tensor<4xf8E4M3FN>) {
  // expected-error @+1 {{'other.op' op on tensor<4xf8E4M3FN> cannot become FNUZ for gfx942: no rule covers it; lower it to linalg, arith, vector or memref before convert-ocp-to-fnuz, or add a rule in passes/rules}}
  "other.op"(%x) : (tensor<4xf8E4M3FN>) -> ()
  return
}

// -----

func.func private @result() {
  // expected-error @+1 {{'other.op' op on vector<4xf8E5M2> cannot become FNUZ for gfx942: no rule covers it}}
  %0 = "other.op"() : () -> vector<4xf8E5M2>
  return
}

// -----

// In a region, and in every place.
func.func private @both(%x: f8E4M3FN) {
  // expected-error @+1 {{'other.first' op on f8E4M3FN}}
  "other.first"(%x) ({
    // expected-error @+1 {{'other.second' op on f8E4M3FN}}
    "other.second"(%x) : (f8E4M3FN) -> ()
  }) : (f8E4M3FN) -> ()
  return
}

// -----

// expected-error @+1 {{'other.attribute' op on an OCP fp8 type cannot become FNUZ}}
"other.attribute"() {type = tensor<4xf8E4M3FN>} : () -> ()

// -----

// expected-error @+1 {{'other.attribute' op on an OCP fp8 type cannot become FNUZ}}
"other.attribute"() {value = dense<1.0> : tensor<4xf8E5M2>} : () -> ()

// -----

func.func private @tosa(%x: tensor<4xf8E4M3FN>) {
  // expected-error @+1 {{'tosa.cast' op on tensor<4xf8E4M3FN> cannot become FNUZ for gfx942: no rule covers it}}
  %0 = tosa.cast %x : (tensor<4xf8E4M3FN>) -> tensor<4xf32>
  return
}

// -----

func.func private @quant(%x: tensor<4xf32>) {
  // expected-error @+1 {{cannot become FNUZ for gfx942: run lower-fp8-quant before it, as ocp-to-fnuz does}}
  %0 = quant.qcast %x : tensor<4xf32> to tensor<4x!quant.uniform<f8E4M3FN:f32, 2.0>>
  return
}

// -----

func.func private @outer_product(%x: vector<4xf8E4M3FN>) {
  // expected-error @+1 {{'vector.outerproduct' op on vector<4xf8E4M3FN> cannot become FNUZ}}
  %0 = vector.outerproduct %x, %x : vector<4xf8E4M3FN>, vector<4xf8E4M3FN>
  return
}

// -----

// An op without a rule on native FNUZ is no one's business.
func.func private @native(%x: f8E4M3FNUZ) {
  "other.op"(%x) : (f8E4M3FNUZ) -> ()
  return
}
