// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --lower-fp8-quant
// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --ocp-to-fnuz

!q = !quant.uniform<f8E4M3FN:f32, 0.5>
func.func private @op_without_a_rule(%x: tensor<4x!q>) {
  // expected-error @+1 {{'tosa.identity' op on tensor<4x!quant.uniform<f8E4M3FN:f32, 5.000000e-01>> cannot become fp8: no rule covers it; put a quant.dcast before it and a quant.qcast after it, or lower it to linalg, tensor or scf first}}
  %0 = tosa.identity %x : (tensor<4x!q>) -> tensor<4x!q>
  return
}

// -----

!q = !quant.uniform<f8E4M3FN:f32, 0.5>
func.func private @no_rank(%x: tensor<*xf32>) {
  // expected-error @+1 {{'quant.qcast' op on tensor<*x!quant.uniform<f8E4M3FN:f32, 5.000000e-01>> cannot become fp8: its tensor has no rank; cast it to a ranked tensor before it (tensor.cast)}}
  %0 = quant.qcast %x : tensor<*xf32> to tensor<*x!q>
  // expected-error @+1 {{'quant.dcast' op on tensor<*x!quant.uniform<f8E4M3FN:f32, 5.000000e-01>> cannot become fp8: its tensor has no rank}}
  %1 = quant.dcast %0 : tensor<*x!q> to tensor<*xf32>
  return
}

// -----

!any = !quant.any<f8E4M3FN:f32>
func.func private @no_scale(%x: tensor<4xf32>) {
  // expected-error @+1 {{'quant.qcast' op on tensor<4x!quant.any<f8E4M3FN:f32>> cannot become fp8: its type has no scale; use !quant.uniform}}
  %0 = quant.qcast %x : tensor<4xf32> to tensor<4x!any>
  return
}

// -----

!q = !quant.uniform<f8E4M3FN:f80, 0.5>
func.func private @expressed(%x: f80) {
  // expected-error @+1 {{its expressed type is f80; use bf16, f16, f32 or f64}}
  %0 = quant.qcast %x : f80 to !q
  return
}

// -----

!q = !quant.uniform<f8E4M3FN<97:103>:f32, 0.5>
func.func private @empty_range(%x: f32) {
  // expected-error @+1 {{no value of f8E4M3FN is in its storage range <97:103>}}
  %0 = quant.qcast %x : f32 to !q
  return
}

// -----

!q = !quant.uniform<f8E4M3FN:f32, 0.5>
func.func private @cast_to_something_else(%x: !q) {
  // expected-error @+1 {{'builtin.unrealized_conversion_cast' op on !quant.uniform<f8E4M3FN:f32, 5.000000e-01> cannot become fp8: it is not a cast to or from the storage type}}
  %0 = builtin.unrealized_conversion_cast %x : !q to i8
  return
}

// -----

!q = !quant.uniform<f8E4M3FN:f32, 0.5>
func.func private @strings() -> tensor<2x!q> {
  // expected-error @+1 {{'arith.constant' op on tensor<2x!quant.uniform<f8E4M3FN:f32, 5.000000e-01>> cannot become fp8: no rule covers it}}
  %0 = arith.constant dense<["a", "b"]> : tensor<2x!q>
  return %0 : tensor<2x!q>
}

// -----

!q = !quant.uniform<f8E4M3FN:f32, 0.5>
// expected-error @+1 {{'ml_program.global' op on a quantized fp8 type cannot become fp8: its value is of a quantized type; give it a value of fp8}}
ml_program.global private @w(#ml_program.extern : tensor<2x!q>) : tensor<2x!q>
func.func private @f() -> tensor<2x!q> {
  %0 = ml_program.global_load_const @w : tensor<2x!q>
  return %0 : tensor<2x!q>
}

// -----

// What MLIR itself does not take: quant.scast has integers on its other side.
!q = !quant.uniform<f8E4M3FN:f32, 0.5>
func.func private @scast(%x: tensor<4x!q>) {
  // expected-error @+1 {{'quant.scast' op result #0 must be scalar or tensor of signless integer or quantized type}}
  %0 = quant.scast %x : tensor<4x!q> to tensor<4xf8E4M3FN>
  return
}
