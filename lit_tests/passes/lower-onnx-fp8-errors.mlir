// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --lower-onnx-fp8
// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --import-onnx

// Every node that is wrong is said, not only the first.
func.func @unknown(%x: !torch.vtensor<[4],f8E4M3FN>) attributes {torch.onnx_meta.opset_version = 21 : si64} {
  // expected-error @+1 {{'onnx.Reciprocal' op on !torch.vtensor<[4],f8E4M3FN>: no lowering of it is known; cast to f32 before it, and back}}
  %0 = torch.operator "onnx.Reciprocal"(%x) : (!torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f8E4M3FN>
  // expected-error @+1 {{'onnx.Scan' op on !torch.vtensor<[4],f8E4M3FN>: no lowering of it is known}}
  %1 = torch.operator "onnx.Scan"(%x) : (!torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f8E4M3FN>
  return
}

// -----

func.func @cast(%x: !torch.vtensor<[4],f8E4M3FN>, %y: !torch.vtensor<[4],f32>, %z: !torch.vtensor<[4],complex<f32>>, %f4: !torch.vtensor<[4],f4E2M1FN>)
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  // expected-error @+1 {{'onnx.Cast' op on !torch.vtensor<[4],f8E5M2>: its attribute 'saturate' is 2, not 0 or 1}}
  %0 = torch.operator "onnx.Cast"(%y) {torch.onnx.saturate = 2 : si64, torch.onnx.to = 19 : si64} : (!torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f8E5M2>
  // expected-error @+1 {{its attribute 'to' says f32, but its result is of f8E5M2}}
  %1 = torch.operator "onnx.Cast"(%y) {torch.onnx.to = 1 : si64} : (!torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f8E5M2>
  // expected-error @+1 {{its attribute 'to' is 8, a type that is not supported}}
  %2 = torch.operator "onnx.Cast"(%x) {torch.onnx.to = 8 : si64} : (!torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f32>
  // expected-error @+1 {{its result is of f8E8M0FNU; use a float or integer type}}
  %3 = torch.operator "onnx.CastLike"(%x, %y) : (!torch.vtensor<[4],f8E4M3FN>, !torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f8E8M0FNU>
  // expected-error @+1 {{its input is of f4E2M1FN; use a float or integer type}}
  %4 = torch.operator "onnx.CastLike"(%f4, %x) : (!torch.vtensor<[4],f4E2M1FN>, !torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f8E4M3FN>
  // expected-error @+1 {{its input is of type !torch.vtensor<[4],complex<f32>>, not a tensor of known rank}}
  %6 = torch.operator "onnx.CastLike"(%z, %x) : (!torch.vtensor<[4],complex<f32>>, !torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f8E4M3FN>
  // expected-error @+1 {{its result has the shape [2], its input [4]}}
  %7 = torch.operator "onnx.Cast"(%y) {torch.onnx.to = 17 : si64} : (!torch.vtensor<[4],f32>) -> !torch.vtensor<[2],f8E4M3FN>
  // expected-error @+1 {{its attribute 'saturate' is not an integer}}
  %8 = torch.operator "onnx.Cast"(%y) {torch.onnx.saturate = "yes", torch.onnx.to = 17 : si64} : (!torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f8E4M3FN>
  // expected-error @+1 {{'onnx.BitCast' op on !torch.vtensor<[4],f8E4M3FN>: f8E4M3FN and f16 differ in width}}
  %9 = torch.operator "onnx.BitCast"(%x) {torch.onnx.to = 10 : si64} : (!torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f16>
  return
}

// -----

func.func @shapes(%x: !torch.vtensor<[6,4],f8E4M3FN>, %s: !torch.vtensor<[4],f32>, %s2: !torch.vtensor<[2,4],f32>, %one: !torch.vtensor<[],f32>)
    attributes {torch.onnx_meta.opset_version = 23 : si64} {
  // expected-error @+1 {{'onnx.DequantizeLinear' op on !torch.vtensor<[6,4],f8E4M3FN>: its scale has the shape [4]; for axis 0 of an input of shape [6,4] it is [6], or one number}}
  %0 = torch.operator "onnx.DequantizeLinear"(%x, %s) {torch.onnx.axis = 0 : si64} : (!torch.vtensor<[6,4],f8E4M3FN>, !torch.vtensor<[4],f32>) -> !torch.vtensor<[6,4],f32>
  // expected-error @+1 {{axis 2 is none of an input of shape [6,4]}}
  %1 = torch.operator "onnx.DequantizeLinear"(%x, %s) {torch.onnx.axis = 2 : si64} : (!torch.vtensor<[6,4],f8E4M3FN>, !torch.vtensor<[4],f32>) -> !torch.vtensor<[6,4],f32>
  // expected-error @+1 {{its scale has the shape [2,4]; for blocks of 2 along axis 0 of an input of shape [6,4] it is [3,4], or one number}}
  %2 = torch.operator "onnx.DequantizeLinear"(%x, %s2) {torch.onnx.axis = 0 : si64, torch.onnx.block_size = 2 : si64} : (!torch.vtensor<[6,4],f8E4M3FN>, !torch.vtensor<[2,4],f32>) -> !torch.vtensor<[6,4],f32>
  // expected-error @+1 {{block size -3 is negative}}
  %3 = torch.operator "onnx.DequantizeLinear"(%x, %s2) {torch.onnx.axis = 0 : si64, torch.onnx.block_size = -3 : si64} : (!torch.vtensor<[6,4],f8E4M3FN>, !torch.vtensor<[2,4],f32>) -> !torch.vtensor<[6,4],f32>
  // expected-error @+1 {{its scale has the shape [2,4]; for axis 1 of an input of shape [6,4] it is [4], or one number}}
  %4 = torch.operator "onnx.DequantizeLinear"(%x, %s2) : (!torch.vtensor<[6,4],f8E4M3FN>, !torch.vtensor<[2,4],f32>) -> !torch.vtensor<[6,4],f32>
  // expected-error @+1 {{its zero point has the shape [6,4]; for axis 1}}
  %5 = torch.operator "onnx.DequantizeLinear"(%x, %s, %x) : (!torch.vtensor<[6,4],f8E4M3FN>, !torch.vtensor<[4],f32>, !torch.vtensor<[6,4],f8E4M3FN>) -> !torch.vtensor<[6,4],f32>
  %none = torch.constant.none
  // expected-error @+1 {{it has no scale}}
  %6 = torch.operator "onnx.DequantizeLinear"(%x, %none) : (!torch.vtensor<[6,4],f8E4M3FN>, !torch.none) -> !torch.vtensor<[6,4],f32>
  return
}

// -----

func.func @types(%x: !torch.vtensor<[4],f8E4M3FN>, %y: !torch.vtensor<[4],f32>, %d: !torch.vtensor<[4],f64>, %s: !torch.vtensor<[],f32>, %e: !torch.vtensor<[],f8E8M0FNU>, %z: !torch.vtensor<[],f8E5M2>)
    attributes {torch.onnx_meta.opset_version = 23 : si64} {
  // expected-error @+1 {{its scale is of f8E8M0FNU; use f16, bf16 or f32}}
  %0 = torch.operator "onnx.DequantizeLinear"(%x, %e) : (!torch.vtensor<[4],f8E4M3FN>, !torch.vtensor<[],f8E8M0FNU>) -> !torch.vtensor<[4],f32>
  // expected-error @+1 {{its zero point is of f8E5M2, not f8E4M3FN}}
  %1 = torch.operator "onnx.DequantizeLinear"(%x, %s, %z) : (!torch.vtensor<[4],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E5M2>) -> !torch.vtensor<[4],f32>
  // expected-error @+1 {{its result is of f16; its scale says f32}}
  %2 = torch.operator "onnx.DequantizeLinear"(%x, %s) : (!torch.vtensor<[4],f8E4M3FN>, !torch.vtensor<[],f32>) -> !torch.vtensor<[4],f16>
  // expected-error @+1 {{its input is of f64; use f16, bf16, f32 or si32}}
  %3 = torch.operator "onnx.QuantizeLinear"(%d, %s) {torch.onnx.output_dtype = 17 : si64} : (!torch.vtensor<[4],f64>, !torch.vtensor<[],f32>) -> !torch.vtensor<[4],f8E4M3FN>
  // expected-error @+1 {{its attribute 'output_dtype' says f8E5M2, but its result is of f8E4M3FN}}
  %4 = torch.operator "onnx.QuantizeLinear"(%y, %s) {torch.onnx.output_dtype = 19 : si64} : (!torch.vtensor<[4],f32>, !torch.vtensor<[],f32>) -> !torch.vtensor<[4],f8E4M3FN>
  // expected-error @+1 {{its precision is of f64; use f16, bf16 or f32}}
  %5 = torch.operator "onnx.QuantizeLinear"(%y, %s) {torch.onnx.output_dtype = 17 : si64, torch.onnx.precision = 11 : si64} : (!torch.vtensor<[4],f32>, !torch.vtensor<[],f32>) -> !torch.vtensor<[4],f8E4M3FN>
  return
}

// -----

func.func @products(%a: !torch.vtensor<[2,4],f8E4M3FN>, %b: !torch.vtensor<[4,3],f8E4M3FN>, %s: !torch.vtensor<[],f32>, %s4: !torch.vtensor<[4],f32>, %z: !torch.vtensor<[],f8E4M3FN>, %i: !torch.vtensor<[4,3],ui8>, %iz: !torch.vtensor<[],ui8>)
    attributes {torch.onnx_meta.opset_version = 21 : si64} {
  // expected-error @+1 {{'onnx.QLinearMatMul' op on !torch.vtensor<[2,4],f8E4M3FN>: its inputs of shapes [2,4] and [2,4] have no product}}
  %0 = torch.operator "onnx.QLinearMatMul"(%a, %s, %z, %a, %s, %z, %s, %z) : (!torch.vtensor<[2,4],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[2,4],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>) -> !torch.vtensor<[2,4],f8E4M3FN>
  // expected-error @+1 {{its a_scale has the shape [4], which does not go with [2,4]}}
  %1 = torch.operator "onnx.QLinearMatMul"(%a, %s4, %z, %b, %s, %z, %s, %z) : (!torch.vtensor<[2,4],f8E4M3FN>, !torch.vtensor<[4],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[4,3],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>) -> !torch.vtensor<[2,3],f8E4M3FN>
  // expected-error @+1 {{its y_scale has the shape [4], which does not go with [2,3]}}
  %2 = torch.operator "onnx.QLinearMatMul"(%a, %s, %z, %b, %s, %z, %s4, %z) : (!torch.vtensor<[2,4],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[4,3],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[4],f32>, !torch.vtensor<[],f8E4M3FN>) -> !torch.vtensor<[2,3],f8E4M3FN>
  // expected-error @+1 {{its input b is of ui8: fp8 goes with fp8 only}}
  %3 = torch.operator "onnx.QLinearMatMul"(%a, %s, %z, %i, %s, %iz, %s, %z) : (!torch.vtensor<[2,4],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[4,3],ui8>, !torch.vtensor<[],f32>, !torch.vtensor<[],ui8>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>) -> !torch.vtensor<[2,3],f8E4M3FN>
  // expected-error @+1 {{its result has the shape [3,3], the product [2,3]}}
  %4 = torch.operator "onnx.QLinearMatMul"(%a, %s, %z, %b, %s, %z, %s, %z) : (!torch.vtensor<[2,4],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[4,3],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>, !torch.vtensor<[],f32>, !torch.vtensor<[],f8E4M3FN>) -> !torch.vtensor<[3,3],f8E4M3FN>
  return
}
