// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t

// CHECK-LABEL: func.func @bounds(
// CHECK: vector.reduction <maximumf>, %{{.*}} : vector<16xf8E4M3FNUZ> into f8E4M3FNUZ
// CHECK: vector.reduction <minnumf>, %{{.*}}, %{{.*}} : vector<16xf8E4M3FNUZ> into f8E4M3FNUZ
// CHECK: vector.multi_reduction <minimumf>, %{{.*}} [1] : vector<4x8xf8E5M2FNUZ> to vector<4xf8E5M2FNUZ>
// CHECK-NOT: arith.mulf
func.func @bounds(%x: vector<16xf8E4M3FN>, %a: f8E4M3FN, %y: vector<4x8xf8E5M2>, %b: vector<4xf8E5M2>) -> (f8E4M3FN, f8E4M3FN, vector<4xf8E5M2>) {
  %0 = vector.reduction <maximumf>, %x : vector<16xf8E4M3FN> into f8E4M3FN
  %1 = vector.reduction <minnumf>, %x, %a : vector<16xf8E4M3FN> into f8E4M3FN
  %2 = vector.multi_reduction <minimumf>, %y, %b [1] : vector<4x8xf8E5M2> to vector<4xf8E5M2>
  return %0, %1, %2 : f8E4M3FN, f8E4M3FN, vector<4xf8E5M2>
}

// -----

func.func private @sums(%x: vector<16xf8E4M3FN>, %y: vector<4x8xf8E5M2>, %b: vector<4xf8E5M2>) {
  // expected-error @+1 {{'vector.reduction' op on vector<16xf8E4M3FN> cannot become FNUZ for gfx942: <add> would round in fp8 at each step, in an order that is not fixed; extend to f32 before it and truncate after it}}
  %0 = vector.reduction <add>, %x : vector<16xf8E4M3FN> into f8E4M3FN
  // expected-error @+1 {{'vector.multi_reduction' op on vector<4x8xf8E5M2> cannot become FNUZ for gfx942: <mul> would round in fp8}}
  %1 = vector.multi_reduction <mul>, %y, %b [1] : vector<4x8xf8E5M2> to vector<4xf8E5M2>
  return
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
