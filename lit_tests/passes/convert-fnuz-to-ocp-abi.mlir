// RUN: fnuz-opt %s --split-input-file --convert-fnuz-to-ocp=abi=f32 -o %t && FileCheck %s < %t
// What has f32 once is not converted again, and nor is what is preserved.
// RUN: fnuz-opt %t --split-input-file --convert-fnuz-to-ocp=abi=f32 | diff %t -

// Only moved, but it is to come in and go out as f32.
// CHECK: func.func @moved(%[[X:.*]]: f32) -> f32
// CHECK: %[[TWICE:.*]] = arith.mulf %[[X]], %{{.*}} : f32
// CHECK: arith.truncf %[[TWICE]] : f32 to f8E4M3FN
// CHECK: %[[OUT:.*]] = arith.extf %{{.*}} : f8E4M3FN to f32
// CHECK: arith.mulf %[[OUT]], %{{.*}} : f32
func.func @moved(%x: f8E4M3FNUZ) -> f8E4M3FNUZ {
  return %x : f8E4M3FNUZ
}

// -----

// CHECK: func.func @chosen(%{{.*}}: f8E5M2 {fnuz.abi = "convert"}, %[[Y:.*]]: f8E5M2FNUZ {fnuz.abi = "preserve"}) -> (f8E5M2FNUZ {fnuz.abi = "preserve"}, f32)
// CHECK: %[[IN:.*]] = "fnuz.to_ocp"(%[[Y]])
// CHECK: "fnuz.from_ocp"(%[[IN]])
func.func @chosen(%x: f8E5M2FNUZ {fnuz.abi = "convert"}, %y: f8E5M2FNUZ {fnuz.abi = "preserve"})
    -> (f8E5M2FNUZ {fnuz.abi = "preserve"}, f8E5M2FNUZ) {
  return %y, %x : f8E5M2FNUZ, f8E5M2FNUZ
}

// -----

// The marks of modules that are linked go, too.
// CHECK: module {{[{]$}}
// CHECK-NEXT: module @part {{[{]$}}
module {
  module @part attributes {fnuz.converted = {abi = "convert", chip = "gfx942", inf = "nan", overflow = "exact"}} {
    func.func @f(%x: f8E4M3FNUZ) -> f32 {
      %0 = arith.extf %x : f8E4M3FNUZ to f32
      return %0 : f32
    }
  }
}
