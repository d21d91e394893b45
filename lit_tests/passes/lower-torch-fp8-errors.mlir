// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --lower-torch-fp8
// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --import-torch

func.func @no_rule(%x: !torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[4],f8E4M3FN> {
  %one = torch.constant.int 1
  // expected-error @+1 {{'torch.aten.add.Tensor' op on !torch.vtensor<[4],f8E4M3FN> cannot be imported: no rule covers it; compute in float32 there, and cast to fp8 after it}}
  %0 = torch.aten.add.Tensor %x, %x, %one : !torch.vtensor<[4],f8E4M3FN>, !torch.vtensor<[4],f8E4M3FN>, !torch.int -> !torch.vtensor<[4],f8E4M3FN>
  return %0 : !torch.vtensor<[4],f8E4M3FN>
}

// -----

func.func @operator(%x: !torch.vtensor<[4],f8E5M2>) -> !torch.vtensor<[4],f8E5M2> {
  // expected-error @+1 {{'torch.my.quantize' op on !torch.vtensor<[4],f8E5M2> cannot be imported: no rule covers it; compute in float32 there, and cast to fp8 after it}}
  %0 = torch.operator "torch.my.quantize"(%x) : (!torch.vtensor<[4],f8E5M2>) -> !torch.vtensor<[4],f8E5M2>
  return %0 : !torch.vtensor<[4],f8E5M2>
}

// -----

func.func @operator_without_fp8(%x: !torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f32> {
  // expected-error @+1 {{'torch.my.norm' op cannot be imported: nothing lowers it; give torch.export a decomposition of it}}
  %0 = torch.operator "torch.my.norm"(%x) : (!torch.vtensor<[4],f32>) -> !torch.vtensor<[4],f32>
  return %0 : !torch.vtensor<[4],f32>
}

// -----

func.func @wider_view(%x: !torch.vtensor<[4],f8E4M3FN>) -> !torch.vtensor<[1],si32> {
  %int32 = torch.constant.int 3
  // expected-error @+1 {{'torch.aten.view.dtype' op on !torch.vtensor<[4],f8E4M3FN> cannot be imported: it makes one element of several bytes or the reverse; view them as uint8}}
  %0 = torch.aten.view.dtype %x, %int32 : !torch.vtensor<[4],f8E4M3FN>, !torch.int -> !torch.vtensor<[1],si32>
  return %0 : !torch.vtensor<[1],si32>
}

// -----

func.func @alpha(%x: !torch.vtensor<[4,4],f8E4M3FN>) -> !torch.vtensor<[4,4],f8E4M3FN> {
  %one = torch.constant.int 1
  %two = torch.constant.int 2
  // expected-error @+1 {{'torch.aten.addmm' op on !torch.vtensor<[4,4],f8E4M3FN> cannot be imported: its alpha or beta is not 1; multiply in float32 after torch.mm}}
  %0 = torch.aten.addmm %x, %x, %x, %one, %two : !torch.vtensor<[4,4],f8E4M3FN>, !torch.vtensor<[4,4],f8E4M3FN>, !torch.vtensor<[4,4],f8E4M3FN>, !torch.int, !torch.int -> !torch.vtensor<[4,4],f8E4M3FN>
  return %0 : !torch.vtensor<[4,4],f8E4M3FN>
}

// -----

func.func @scales_of_blocks(%x: !torch.vtensor<[128,256],f8E4M3FN>, %w: !torch.vtensor<[256,128],f8E4M3FN>, %a: !torch.vtensor<[128,2],f32>, %b: !torch.vtensor<[2,128],f32>) -> !torch.vtensor<[128,128],bf16> {
  %none = torch.constant.none
  %bfloat16 = torch.constant.int 15
  %false = torch.constant.bool false
  // expected-error @+1 {{'torch.aten._scaled_mm' op on !torch.vtensor<[128,256],f8E4M3FN> cannot be imported: its scale_a is !torch.vtensor<[128,2],f32>; only one scale, or one for each row of the first operand, is lowered}}
  %0 = torch.aten._scaled_mm %x, %w, %a, %b, %none, %none, %bfloat16, %false : !torch.vtensor<[128,256],f8E4M3FN>, !torch.vtensor<[256,128],f8E4M3FN>, !torch.vtensor<[128,2],f32>, !torch.vtensor<[2,128],f32>, !torch.none, !torch.none, !torch.int, !torch.bool -> !torch.vtensor<[128,128],bf16>
  return %0 : !torch.vtensor<[128,128],bf16>
}

// -----

func.func @computed_bounds(%x: !torch.vtensor<[4],f32>, %low: !torch.float) -> !torch.vtensor<[4],f32> {
  %none = torch.constant.none
  // expected-error @+1 {{'torch.aten.clamp' op cannot be imported: its bounds are computed numbers; give it tensors}}
  %0 = torch.aten.clamp %x, %low, %none : !torch.vtensor<[4],f32>, !torch.float, !torch.none -> !torch.vtensor<[4],f32>
  return %0 : !torch.vtensor<[4],f32>
}

// -----

func.func @bounds_of_integers(%x: !torch.vtensor<[4],f32>, %low: !torch.vtensor<[4],si64>) -> !torch.vtensor<[4],f32> {
  // expected-error @+1 {{'torch.aten.maximum' op cannot be imported: its bounds are not floats; cast them}}
  %0 = torch.aten.maximum %x, %low : !torch.vtensor<[4],f32>, !torch.vtensor<[4],si64> -> !torch.vtensor<[4],f32>
  return %0 : !torch.vtensor<[4],f32>
}

// -----

func.func @no_sizes(%x: !torch.vtensor<*,f32>) -> !torch.vtensor<*,f8E4M3FN> {
  %float8_e4m3fn = torch.constant.int 24
  // expected-error @+1 {{'torch.prims.convert_element_type' op on !torch.vtensor<*,f8E4M3FN> cannot be imported: the sizes or the element type of !torch.vtensor<*,f32> are missing}}
  %0 = torch.prims.convert_element_type %x, %float8_e4m3fn : !torch.vtensor<*,f32>, !torch.int -> !torch.vtensor<*,f8E4M3FN>
  return %0 : !torch.vtensor<*,f8E4M3FN>
}
