// RUN: fnuz-opt %s --lower-to-rocdl --split-input-file --verify-diagnostics
// RUN: not fnuz-opt --lower-to-rocdl=chip=gfx950 %s 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not fnuz-opt --lower-to-rocdl=chip=gfx942:wavefrontsize64+ %s 2>&1 | FileCheck %s --check-prefix=TARGET-ID
// CHIP: error: chip gfx950 is not gfx942; target-gpu-modules is for gfx942 alone
// TARGET-ID: error: 'gfx942:wavefrontsize64+' is no target id

gpu.module @arithmetic {
  gpu.func @kernel(%x: memref<4xf8E4M3FNUZ>, %c: i32, %d: f64, %f: f32) kernel {
    %c0 = arith.constant 0 : index
    %a = memref.load %x[%c0] : memref<4xf8E4M3FNUZ>
    // expected-error @+1 {{'arith.addf' op on f8E4M3FNUZ: gfx942 has no such arithmetic on fp8; compute it in f32, between arith.extf and arith.truncf}}
    %0 = arith.addf %a, %a : f8E4M3FNUZ
    // expected-error @+1 {{'arith.sitofp' op on f8E4M3FNUZ: gfx942 has no such arithmetic on fp8}}
    %1 = arith.sitofp %c : i32 to f8E4M3FNUZ
    // expected-error @+1 {{'arith.cmpf' op on f8E4M3FNUZ: gfx942 has no such arithmetic on fp8}}
    %2 = arith.cmpf olt, %0, %1 : f8E4M3FNUZ
    %3 = arith.select %2, %0, %1 : f8E4M3FNUZ
    // expected-error @+1 {{'math.absf' op on f8E4M3FNUZ: gfx942 has no such arithmetic on fp8}}
    %4 = math.absf %3 : f8E4M3FNUZ
    // expected-error @+1 {{'arith.truncf' op on f8E4M3FNUZ: gfx942 rounds to fp8 from f32, and by way of f32 f64 would be rounded twice; compute in f32}}
    %5 = arith.truncf %d : f64 to f8E4M3FNUZ
    // expected-error @+1 {{'arith.truncf' op on f8E4M3FNUZ: gfx942 rounds to fp8 to nearest even and not toward_zero; leave out the rounding mode}}
    %6 = arith.truncf %f toward_zero : f32 to f8E4M3FNUZ
    // expected-error @+1 {{'arith.convertf' op on f8E4M3FNUZ, f8E5M2FNUZ: gfx942 has no such arithmetic on fp8}}
    %7 = arith.convertf %6 : f8E4M3FNUZ to f8E5M2FNUZ
    gpu.return
  }
}

// -----

gpu.module @ocp {
  gpu.func @kernel(%x: memref<8xf8E4M3FN>, %y: memref<8xf32>, %f: f32, %s: f8E8M0FNU) kernel {
    %c0 = arith.constant 0 : index
    %v = vector.load %x[%c0] : memref<8xf8E4M3FN>, vector<8xf8E4M3FN>
    // expected-error @+1 {{'arith.extf' op on f8E4M3FN: gfx942 computes with FNUZ fp8 and not with f8E4M3FN; run ocp-to-fnuz before kernels are made}}
    %0 = arith.extf %v : vector<8xf8E4M3FN> to vector<8xf32>
    // expected-error @+1 {{'arith.truncf' op on f8E5M2: gfx942 computes with FNUZ fp8 and not with f8E5M2; run ocp-to-fnuz before kernels are made}}
    %1 = arith.truncf %f : f32 to f8E5M2
    %z = arith.constant dense<0.0> : vector<4xf32>
    // expected-error @+1 {{'amdgpu.mfma' op on f8E4M3FN: gfx942 computes with FNUZ fp8 and not with f8E4M3FN; run ocp-to-fnuz before kernels are made}}
    %2 = amdgpu.mfma 16x16x32 %v * %v + %z blgp = none
        : vector<8xf8E4M3FN>, vector<8xf8E4M3FN>, vector<4xf32>
    // expected-error @+1 {{'arith.extf' op on f8E8M0FNU: gfx942 computes with FNUZ fp8 and not with f8E8M0FNU; compute it in f32}}
    %3 = arith.extf %s : f8E8M0FNU to f32
    // expected-error @+1 {{'fnuz.from_ocp' op on f8E4M3FN, f8E4M3FNUZ: gfx942 has no such cast; run lower-fnuz-casts before}}
    %4 = "fnuz.from_ocp"(%v) : (vector<8xf8E4M3FN>) -> vector<8xf8E4M3FNUZ>
    gpu.return
  }
}

// -----

gpu.module @arguments {
  // expected-error @+1 {{'gpu.func' op has an argument of memref<?x8xf32>: functions get bare pointers; give it a static shape and no layout, and make the view inside, with memref.reinterpret_cast}}
  gpu.func @dynamic(%x: memref<?x8xf32>) kernel {
    gpu.return
  }
  // expected-error @+2 {{'gpu.func' op has an argument of memref<8xf32, strided<[2]>>}}
  // expected-error @+1 {{'gpu.func' op has an argument of memref<*xf32>}}
  gpu.func @layout(%x: memref<8xf32, strided<[2]>>, %y: memref<*xf32>, %z: memref<8xf32>) kernel {
    gpu.return
  }
}

// -----

// expected-error @+1 {{'gpu.module' op has the targets #rocdl.target<chip = "gfx950">, and target-gpu-modules is for gfx942 alone; leave them out}}
gpu.module @other [#rocdl.target<chip = "gfx950">] {
}

// -----

gpu.module @left {
  gpu.func @kernel(%x: memref<4xf32>, %f: f32) kernel {
    // expected-error @+1 {{'linalg.fill' op from (f32, memref<4xf32>) to () has no lowering to ROCDL for gfx942; write it with ops of gpu, amdgpu, vector, memref, scf or arith}}
    linalg.fill ins(%f : f32) outs(%x : memref<4xf32>)
    gpu.return
  }
}

// -----

func.func private @host()
module @inner {
  gpu.module @nested {
    // expected-error @+1 {{'gpu.func' op from () to () has no lowering to ROCDL for gfx942; write it with ops of gpu, amdgpu, vector, memref, scf or arith, in a gpu.module that stands in the top module}}
    gpu.func @kernel() kernel {
      gpu.return
    }
  }
}
