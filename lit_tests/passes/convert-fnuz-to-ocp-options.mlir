// RUN: fnuz-opt %s --convert-fnuz-to-ocp 2>&1 | FileCheck %s --check-prefixes=CHECK,NAN
// RUN: fnuz-opt %s --convert-fnuz-to-ocp=overflow=saturate 2>&1 | FileCheck %s --check-prefixes=CHECK,SATURATE
// RUN: fnuz-opt %s --convert-fnuz-to-ocp="abi=preserve overflow=saturate" -o %t && FileCheck %s --check-prefix=PRESERVE < %t
// RUN: fnuz-opt %t --convert-fnuz-to-ocp="abi=preserve overflow=saturate" | diff %t -
// RUN: not fnuz-opt %s --convert-fnuz-to-ocp=chip=gfx942 2>&1 | FileCheck %s --check-prefix=HAS
// RUN: not fnuz-opt %s --convert-fnuz-to-ocp=chip=gfx90a 2>&1 | FileCheck %s --check-prefix=HASNONE
// RUN: not fnuz-opt %s --convert-fnuz-to-ocp=chip=mi350 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not fnuz-opt %s --convert-fnuz-to-ocp=overflow=exact 2>&1 | FileCheck %s --check-prefix=OVERFLOW

// HAS: error: chip gfx942 has fnuz fp8; convert-fnuz-to-ocp is for gfx950, gfx1200, gfx1201, gfx1250
// HASNONE: error: chip gfx90a has none fp8; convert-fnuz-to-ocp is for gfx950, gfx1200, gfx1201, gfx1250
// UNKNOWN: error: chip mi350 is not known; convert-fnuz-to-ocp is for gfx950, gfx1200, gfx1201, gfx1250
// OVERFLOW: error: option 'overflow' of pass 'convert-fnuz-to-ocp' must be one of nan, saturate, not 'exact'

// CHECK: warning: 2 beyond 224.0 in a constant of f8E4M3FNUZ: f8E4M3FN has no value twice as large, it becomes
// NAN-SAME: NaN (option overflow=nan)
// SATURATE-SAME: 224.0 (option overflow=saturate)
// CHECK: func.func @main(%{{.*}}: f8E5M2, %{{.*}}: f32) -> (f8E5M2, f8E4M3FN, tensor<3xf8E4M3FN>)
// NAN: arith.constant dense<[2.000000e+00, 0x7F, 0xFF]> : tensor<3xf8E4M3FN>
// NAN-NOT: arith.minimumf
// SATURATE: %[[DOUBLE:.*]] = arith.mulf %{{.*}}, %{{.*}} : f32
// SATURATE: arith.maximumf %[[DOUBLE]], %{{.*}} : f32
// SATURATE: %[[CLAMPED:.*]] = arith.minimumf
// SATURATE: %[[MAGNITUDE:.*]] = math.absf %[[DOUBLE]] : f32
// SATURATE: %[[FINITE:.*]] = arith.cmpf olt, %[[MAGNITUDE]], %{{.*}} : f32
// SATURATE: %[[KEPT:.*]] = arith.select %[[FINITE]], %[[CLAMPED]], %{{.*}} : f32
// SATURATE: arith.truncf %[[KEPT]] : f32 to f8E4M3FN
// SATURATE: arith.constant dense<[2.000000e+00, 4.480000e+02, -4.480000e+02]> : tensor<3xf8E4M3FN>

// PRESERVE: func.func @main(%[[X:.*]]: f8E5M2FNUZ, %{{.*}}: f32) -> (f8E5M2FNUZ, f8E4M3FNUZ, tensor<3xf8E4M3FNUZ>)
// PRESERVE: %[[IN:.*]] = "fnuz.to_ocp"(%[[X]]) {overflow = "saturate"} : (f8E5M2FNUZ) -> f8E5M2
// PRESERVE: %[[OUT:.*]] = "fnuz.from_ocp"(%[[IN]]) : (f8E5M2) -> f8E5M2FNUZ
// PRESERVE: return %[[OUT]]
func.func @main(%x: f8E5M2FNUZ, %y: f32) -> (f8E5M2FNUZ, f8E4M3FNUZ, tensor<3xf8E4M3FNUZ>) {
  %0 = arith.truncf %y : f32 to f8E4M3FNUZ
  %1 = arith.constant dense<[1.0, 240.0, -240.0]> : tensor<3xf8E4M3FNUZ>
  return %x, %0, %1 : f8E5M2FNUZ, f8E4M3FNUZ, tensor<3xf8E4M3FNUZ>
}
