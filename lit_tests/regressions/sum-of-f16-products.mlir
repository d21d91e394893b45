// RUN: fnuz-opt %s --convert-ocp-to-fnuz | FileCheck %s
// The product is rounded in f16: 448 * 448 overflows there (and E5M2 products underflow), half of
// each does not. So the factor must stay on the operands (or, E4M3 x E4M3 only, on the f16 product),
// not behind the f32 sum.
#id = affine_map<(i) -> (i)>
#all = affine_map<(i) -> ()>
// CHECK-LABEL: func.func @main(
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: arith.mulf %{{.*}}, %{{.*}} : f16
// CHECK-NEXT: arith.extf %{{.*}} : f8E4M3FNUZ to f16
// CHECK-NEXT: arith.mulf %{{.*}}, %{{.*}} : f16
// CHECK-NEXT: arith.mulf %{{.*}}, %{{.*}} : f16
// CHECK: arith.extf %{{.*}} : f16 to f32
// CHECK-NOT: linalg.generic
func.func @main(%a: tensor<64xf8E4M3FN>, %b: tensor<64xf8E4M3FN>, %c: tensor<f32>) -> tensor<f32> {
  %0 = linalg.generic {indexing_maps = [#id, #id, #all], iterator_types = ["reduction"]}
      ins(%a, %b : tensor<64xf8E4M3FN>, tensor<64xf8E4M3FN>) outs(%c : tensor<f32>) {
  ^bb0(%x: f8E4M3FN, %y: f8E4M3FN, %z: f32):
    %1 = arith.extf %x : f8E4M3FN to f16
    %2 = arith.extf %y : f8E4M3FN to f16
    %3 = arith.mulf %1, %2 : f16
    %4 = arith.extf %3 : f16 to f32
    %5 = arith.addf %z, %4 : f32
    linalg.yield %5 : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}
