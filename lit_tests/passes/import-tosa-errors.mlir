// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --import-tosa

func.func @zero_point(%a: tensor<1x4x8xf8E4M3FN>, %b: tensor<1x8x2xf8E4M3FN>,
                      %zp: tensor<1xf8E4M3FN>) -> tensor<1x4x2xf16> {
  // expected-error @+1 {{'tosa.matmul' op on tensor<1x4x8xf8E4M3FN> cannot be lowered: operand 2, a zero point, is not the constant 0, as TOSA wants it for floats; subtract it before the op}}
  %0 = tosa.matmul %a, %b, %zp, %zp
      : (tensor<1x4x8xf8E4M3FN>, tensor<1x8x2xf8E4M3FN>, tensor<1xf8E4M3FN>, tensor<1xf8E4M3FN>)
      -> tensor<1x4x2xf16>
  return %0 : tensor<1x4x2xf16>
}

// -----

func.func @constant_zero_point(%a: tensor<1x4x8xf8E4M3FN>, %b: tensor<1x8x2xf8E4M3FN>)
    -> tensor<1x4x2xf16> {
  %zp = "tosa.const"() <{values = dense<1.0> : tensor<1xf8E4M3FN>}> : () -> tensor<1xf8E4M3FN>
  // expected-error @+1 {{'tosa.matmul' op a zero point must be zero for non-int8 integer types}}
  %0 = tosa.matmul %a, %b, %zp, %zp
      : (tensor<1x4x8xf8E4M3FN>, tensor<1x8x2xf8E4M3FN>, tensor<1xf8E4M3FN>, tensor<1xf8E4M3FN>)
      -> tensor<1x4x2xf16>
  return %0 : tensor<1x4x2xf16>
}

// -----

func.func @dynamic(%x: tensor<1x?x4x2xf8E4M3FN>) -> tensor<1x?x2x2xf8E4M3FN> {
  // expected-error @+1 {{'tosa.max_pool2d' op on tensor<1x?x4x2xf8E4M3FN> cannot be lowered: its height or width is dynamic; give it static sizes}}
  %0 = tosa.max_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>,
                           stride = array<i64: 2, 2>}
      : (tensor<1x?x4x2xf8E4M3FN>) -> tensor<1x?x2x2xf8E4M3FN>
  return %0 : tensor<1x?x2x2xf8E4M3FN>
}

// -----

func.func @unranked(%a: tensor<*xf16>) -> tensor<*xf16> {
  %zp = "tosa.const"() <{values = dense<0.0> : tensor<1xf16>}> : () -> tensor<1xf16>
  // Upstream's pass would end the process.
  // expected-error @+1 {{'tosa.matmul' op has a tensor of unknown rank; give the arguments of the function shapes}}
  %0 = tosa.matmul %a, %a, %zp, %zp
      : (tensor<*xf16>, tensor<*xf16>, tensor<1xf16>, tensor<1xf16>) -> tensor<*xf16>
  return %0 : tensor<*xf16>
}

// -----

func.func @no_lowering(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  // expected-error @+1 {{failed to legalize operation 'tosa.custom'}}
  %0 = tosa.custom %x {domain_name = "d", operator_name = "o", implementation_attrs = ""}
      : (tensor<4xf8E4M3FN>) -> (tensor<4xf8E4M3FN>)
  return %0 : tensor<4xf8E4M3FN>
}
