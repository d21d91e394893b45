// A signature that is to have f32 has it, or it is an error.
// RUN: not fnuz-opt %s --split-input-file --adjust-fp8="chip=gfx942 abi=f32" 2>&1 | FileCheck %s --check-prefix=GFX942
// RUN: not fnuz-opt %s --split-input-file --adjust-fp8="chip=gfx950 abi=f32" 2>&1 | FileCheck %s --check-prefix=GFX950
// RUN: not fnuz-opt %s --split-input-file --adjust-fp8="chip=gfx90a abi=f32" 2>&1 | FileCheck %s --check-prefix=GFX90A
// RUN: not fnuz-opt %s --split-input-file --adjust-fp8=chip=gfx90a 2>&1 | FileCheck %s --check-prefix=CHOSEN

// GFX942-COUNT-1: error: 'func.func' op cannot have f32 for f8E4M3FNUZ (abi=f32): adjust-fp8 does not convert that for gfx942; use another abi
// GFX942-NOT: error:

// GFX950: error: 'func.func' op cannot have f32 for f8E4M3FN (abi=f32): adjust-fp8 does not convert that for gfx950
// GFX950: error: 'func.func' op cannot have f32 for f8E5M2 (abi=f32)
// GFX950-NOT: error:

// GFX90A: error: 'func.func' op cannot have f32 for f8E4M3FNUZ (abi=f32): adjust-fp8 does not convert that for gfx90a
// GFX90A: error: 'func.func' op cannot have f32 for f8E4M3FN (abi=f32)
// GFX90A: error: 'func.func' op cannot have f32 for f8E5M2 (abi=f32)
// GFX90A-NOT: error:

// CHOSEN: error: 'func.func' op cannot have f32 for f8E5M2 (abi=f32): adjust-fp8 does not convert that for gfx90a
// CHOSEN-NOT: error:

func.func @fnuz(%x: f8E4M3FNUZ) -> f32 {
  %0 = arith.extf %x : f8E4M3FNUZ to f32
  return %0 : f32
}

// -----

func.func @ocp() -> f8E4M3FN {
  %0 = arith.constant 1.0 : f8E4M3FN
  return %0 : f8E4M3FN
}

// -----

func.func @chosen(%x: f8E5M2 {fnuz.abi = "f32"}) {
  return
}

// -----

func.func private @private(%x: f8E4M3FN, %y: f8E4M3FNUZ) {
  return
}
func.func private @declared(f8E4M3FN, f8E4M3FNUZ)
