// RUN: fnuz-opt %s --adjust-fp8=chip=gfx908 -o %t.gfx908 && FileCheck %s --check-prefixes=GFX908,EMULATED < %t.gfx908
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx90a -o %t.gfx90a && FileCheck %s --check-prefixes=GFX90A,EMULATED < %t.gfx90a
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx940 -o %t.gfx940 && FileCheck %s --check-prefixes=GFX940,TOFNUZ < %t.gfx940
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx941 -o %t.gfx941 && FileCheck %s --check-prefixes=GFX941,TOFNUZ < %t.gfx941
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx942 -o %t.gfx942 && FileCheck %s --check-prefixes=GFX942,TOFNUZ < %t.gfx942
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx950 -o %t.gfx950 && FileCheck %s --check-prefixes=GFX950,TOOCP < %t.gfx950
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx1100 -o %t.gfx1100 && FileCheck %s --check-prefixes=GFX1100,EMULATED < %t.gfx1100
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx1101 -o %t.gfx1101 && FileCheck %s --check-prefixes=GFX1101,EMULATED < %t.gfx1101
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx1102 -o %t.gfx1102 && FileCheck %s --check-prefixes=GFX1102,EMULATED < %t.gfx1102
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx1103 -o %t.gfx1103 && FileCheck %s --check-prefixes=GFX1103,EMULATED < %t.gfx1103
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx1150 -o %t.gfx1150 && FileCheck %s --check-prefixes=GFX1150,EMULATED < %t.gfx1150
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx1151 -o %t.gfx1151 && FileCheck %s --check-prefixes=GFX1151,EMULATED < %t.gfx1151
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx1200 -o %t.gfx1200 && FileCheck %s --check-prefixes=GFX1200,TOOCP < %t.gfx1200
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx1201 -o %t.gfx1201 && FileCheck %s --check-prefixes=GFX1201,TOOCP < %t.gfx1201
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx1250 -o %t.gfx1250 && FileCheck %s --check-prefixes=GFX1250,TOOCP < %t.gfx1250
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx942:sramecc+:xnack- | diff %t.gfx942 -
// RUN: fnuz-opt %s --adjust-fp8=chip=gfx90a:xnack+ | diff %t.gfx90a -

// What suits a chip already is left as it is.
// RUN: fnuz-opt %t.gfx942 --adjust-fp8=chip=gfx942 | diff %t.gfx942 -
// RUN: fnuz-opt %t.gfx950 --adjust-fp8=chip=gfx1201 | diff %t.gfx950 -
// RUN: fnuz-opt %t.gfx90a --adjust-fp8=chip=gfx942 | diff %t.gfx90a -
// RUN: fnuz-opt %t.gfx90a --adjust-fp8=chip=gfx1100 | diff %t.gfx90a -

// From one chip to another and on to a third.
// RUN: fnuz-opt %t.gfx942 --adjust-fp8=chip=gfx950 | FileCheck %s --check-prefix=MOVED
// RUN: fnuz-opt %t.gfx950 --adjust-fp8=chip=gfx941 | FileCheck %s --check-prefix=BACK

// The options go to the passes that have them.
// RUN: fnuz-opt %s --adjust-fp8="chip=gfx942 abi=preserve overflow=saturate inf=saturate" | FileCheck %s --check-prefix=OPTIONS
// RUN: fnuz-opt %s --adjust-fp8="chip=gfx950 abi=preserve overflow=saturate inf=saturate" | FileCheck %s --check-prefix=KEEPS
// RUN: fnuz-opt %s --adjust-fp8="chip=gfx1100 emulate-in=f16 overflow=saturate abi=preserve" | FileCheck %s --check-prefix=F16

// RUN: not fnuz-opt %s --adjust-fp8 2>&1 | FileCheck %s --check-prefix=REQUIRED
// RUN: not fnuz-opt %s --adjust-fp8=chip=mi300x 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not fnuz-opt %s --adjust-fp8=chip=gfx942:xnack 2>&1 | FileCheck %s --check-prefix=FEATURE
// RUN: not fnuz-opt %s --adjust-fp8=chip=gfx942:xnack+:xnack- 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not fnuz-opt %s --adjust-fp8="chip=gfx950 overflow=exact" 2>&1 | FileCheck %s --check-prefix=OVERFLOW

// REQUIRED: error: adjust-fp8 needs a chip: chip=gfx942; known chips are gfx908, gfx90a, gfx940, gfx941, gfx942, gfx950, gfx1100, gfx1101, gfx1102, gfx1103, gfx1150, gfx1151, gfx1200, gfx1201, gfx1250
// UNKNOWN: error: chip mi300x is not known; known chips are gfx908, gfx90a, gfx940, gfx941, gfx942, gfx950, gfx1100, gfx1101, gfx1102, gfx1103, gfx1150, gfx1151, gfx1200, gfx1201, gfx1250
// FEATURE: error: 'gfx942:xnack' is no target id: what may follow the chip is :sramecc and :xnack, each once and with + or -
// TWICE: error: 'gfx942:xnack+:xnack-' is no target id
// OVERFLOW: error: option 'overflow' of pass 'adjust-fp8' must be one of default, saturate, not 'exact'

// GFX908: {{^}}module {{[{]$}}
// GFX90A: {{^}}module {{[{]$}}
// GFX940: module attributes {fnuz.converted = {abi = "convert", chip = "gfx940", inf = "nan", overflow = "exact"}}
// GFX941: module attributes {fnuz.converted = {abi = "convert", chip = "gfx941", inf = "nan", overflow = "exact"}}
// GFX942: module attributes {fnuz.converted = {abi = "convert", chip = "gfx942", inf = "nan", overflow = "exact"}}
// GFX950: {{^}}module {{[{]$}}
// GFX1100: {{^}}module {{[{]$}}
// GFX1101: {{^}}module {{[{]$}}
// GFX1102: {{^}}module {{[{]$}}
// GFX1103: {{^}}module {{[{]$}}
// GFX1150: {{^}}module {{[{]$}}
// GFX1151: {{^}}module {{[{]$}}
// GFX1200: {{^}}module {{[{]$}}
// GFX1201: {{^}}module {{[{]$}}
// GFX1250: {{^}}module {{[{]$}}

// TOFNUZ: func.func @ocp(%{{.*}}: f8E4M3FNUZ) -> f32
// TOFNUZ: arith.constant 2.000000e+00 : f32
// TOFNUZ: func.func @fnuz(%{{.*}}: f8E5M2FNUZ) -> f32
// TOFNUZ-NEXT: arith.extf %{{.*}} : f8E5M2FNUZ to f32
// TOFNUZ-NEXT: return

// TOOCP: func.func @ocp(%{{.*}}: f8E4M3FN) -> f32
// TOOCP-NEXT: arith.extf %{{.*}} : f8E4M3FN to f32
// TOOCP-NEXT: return
// TOOCP: func.func @fnuz(%{{.*}}: f8E5M2) -> f32
// TOOCP: arith.constant 5.000000e-01 : f32

// EMULATED: func.func @ocp(%{{.*}}: i8) -> f32
// EMULATED: func.func @fnuz(%{{.*}}: i8) -> f32
// EMULATED: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<4x8xi8>, tensor<8x4xi8>)

// MOVED: {{^}}module {
// MOVED: func.func @ocp(%{{.*}}: f8E4M3FN) -> f32
// MOVED: func.func @fnuz(%{{.*}}: f8E5M2) -> f32
// BACK: chip = "gfx941"
// BACK: func.func @ocp(%{{.*}}: f8E4M3FNUZ) -> f32
// BACK: func.func @fnuz(%{{.*}}: f8E5M2FNUZ) -> f32

// OPTIONS: {abi = "preserve", chip = "gfx942", inf = "saturate", overflow = "saturate"}
// OPTIONS: func.func @ocp(%[[X:.*]]: f8E4M3FN) -> f32
// OPTIONS: "fnuz.from_ocp"(%[[X]])

// KEEPS: func.func @fnuz(%[[X:.*]]: f8E5M2FNUZ) -> f32
// KEEPS: "fnuz.to_ocp"(%[[X]]) {overflow = "saturate"}

// F16: func.func @contraction(%{{.*}}: tensor<4x8xi8>, %{{.*}}: tensor<8x4xi8>, %{{.*}}: tensor<4x4xf32>)
// F16: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<4x8xf16>, tensor<8x4xf16>)

func.func @ocp(%x: f8E4M3FN) -> f32 {
  %0 = arith.extf %x : f8E4M3FN to f32
  return %0 : f32
}
func.func @fnuz(%x: f8E5M2FNUZ) -> f32 {
  %0 = arith.extf %x : f8E5M2FNUZ to f32
  return %0 : f32
}
func.func @contraction(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x4xf8E4M3FN>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FN>, tensor<8x4xf8E4M3FN>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}
