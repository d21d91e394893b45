// RUN: fnuz-opt %s --adjust-fp8=chip=gfx942 | FileCheck %s --check-prefix=FNUZ
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx90a | FileCheck %s --check-prefix=CODES
// RUN: fnuz-opt %s -o %t && fnuz-opt %s --adjust-fp8=chip=gfx950 | diff %t -

// FNUZ: func.func @main(%{{.*}}: tensor<4xf8E4M3FNUZ>) -> tensor<4xf32>
// CODES: func.func @main(%{{.*}}: tensor<4xi8>) -> tensor<4xf32>
// CODES-NOT: quant
func.func @main(%q: tensor<4x!quant.uniform<f8E4M3FN:f32, 0.5>>) -> tensor<4xf32> {
  %0 = quant.dcast %q : tensor<4x!quant.uniform<f8E4M3FN:f32, 0.5>> to tensor<4xf32>
  return %0 : tensor<4xf32>
}
