// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz=abi=preserve
// Invalid IR (the verifier complains of it) in place of the rule's own error.
// expected-error @+1 {{keeps its OCP signature and tuple<f8E4M3FN, f32> cannot be cast there}}
func.func @tuple(%x: tuple<f8E4M3FN, f32>) -> tuple<f8E4M3FN, f32> {
  return %x : tuple<f8E4M3FN, f32>
}

// -----

// expected-error @+1 {{keeps its OCP signature and tensor<*xf8E4M3FN> cannot be cast there}}
func.func @unranked(%x: tensor<*xf8E4M3FN>) -> tensor<*xf8E4M3FN> {
  return %x : tensor<*xf8E4M3FN>
}

// -----

func.func private @bits(%x: tensor<*xi8>) {
  // expected-error @+1 {{'tensor.bitcast' op on tensor<*xf8E4M3FN> cannot become FNUZ}}
  %0 = tensor.bitcast %x : tensor<*xi8> to tensor<*xf8E4M3FN>
  return
}
