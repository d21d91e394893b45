// RUN: fnuz-opt %s --convert-ocp-to-fnuz=chip=gfx940 | FileCheck %s
// RUN: fnuz-opt %s --convert-ocp-to-fnuz | FileCheck %s
// RUN: not fnuz-opt %s --convert-ocp-to-fnuz=chip=gfx950 2>&1 | FileCheck %s --check-prefix=OCP
// RUN: not fnuz-opt %s --convert-ocp-to-fnuz=chip=gfx90a 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not fnuz-opt %s --convert-ocp-to-fnuz=chip=mi300 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not fnuz-opt %s --convert-ocp-to-fnuz=abi=keep 2>&1 | FileCheck %s --check-prefix=ABI

// CHECK: module attributes {fnuz.converted = {abi = "convert", chip = "gfx94{{[02]}}", inf = "nan", overflow = "exact"}}
// CHECK: func.func @main(%{{.*}}: f8E4M3FNUZ)

// OCP: error: chip gfx950 has ocp fp8; convert-ocp-to-fnuz is for gfx940, gfx941, gfx942
// NONE: error: chip gfx90a has none fp8; convert-ocp-to-fnuz is for gfx940, gfx941, gfx942
// UNKNOWN: error: chip mi300 is not known; convert-ocp-to-fnuz is for gfx940, gfx941, gfx942
// ABI: error: option 'abi' of pass 'convert-ocp-to-fnuz' must be one of convert, preserve, f32, not 'keep'
func.func @main(%x: f8E4M3FN) {
  return
}
