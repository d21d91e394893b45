// What LLVM says only on stderr, and goes on; what ends it; and what nothing defines.
// RUN: fnuz-opt %s --compile-to=isa --split-input-file --verify-diagnostics -o /dev/null
// RUN: not fnuz-opt %s --compile-to=hsaco --split-input-file 2>&1 | FileCheck %s --check-prefix=SPLIT
// RUN: not fnuz-opt %s --compile-to=isa --emit-bytecode 2>&1 | FileCheck %s --check-prefix=BYTECODE
// RUN: not fnuz-opt %s --compile-to=hsaco --report=- 2>&1 | FileCheck %s --check-prefix=REPORT
// RUN: not fnuz-opt %s --compile-to=rocdl 2>&1 | FileCheck %s --check-prefix=STAGE
// RUN: not fnuz-opt %s --pass-pipeline='func.func(cse)' --compile-to=isa 2>&1 | FileCheck %s --check-prefix=ANCHOR
// SPLIT: fnuz-opt: error: --compile-to=hsaco writes one module, and --split-input-file found more
// BYTECODE: fnuz-opt: error: --emit-bytecode and --compile-to do not go together
// REPORT: fnuz-opt: error: --report=- and a code object on stdout do not go together: give -o
// STAGE: fnuz-opt: error: '--compile-to' takes isa or hsaco, not 'rocdl'
// ANCHOR: fnuz-opt: error: 'target-gpu-modules' runs on builtin.module: it cannot be added to a pass manager on 'func.func'

// expected-error @+1 {{local memory (80000) exceeds limit (65536) in function 'kernel'}}
gpu.module @too_much_lds {
  gpu.func @kernel(%x: memref<64xf32>)
      workgroup(%l: memref<20000xf32, #gpu.address_space<workgroup>>) kernel {
    %t = gpu.thread_id x
    %0 = memref.load %x[%t] : memref<64xf32>
    memref.store %0, %l[%t] : memref<20000xf32, #gpu.address_space<workgroup>>
    gpu.barrier
    %1 = memref.load %l[%t] : memref<20000xf32, #gpu.address_space<workgroup>>
    memref.store %1, %x[%t] : memref<64xf32>
    gpu.return
  }
}

// The one before it is right, and the one after it is not reached.
gpu.module @right {
  gpu.func @kernel() kernel {
    gpu.return
  }
}

// expected-error @+1 {{Cannot select: intrinsic %llvm.amdgcn.mfma.f32.16x16x32.f16}}
gpu.module @of_gfx950 {
  llvm.func @kernel(%a: vector<8xf16>, %c: vector<4xf32>, %p: !llvm.ptr) attributes {gpu.kernel, rocdl.kernel} {
    %0 = rocdl.mfma.f32.16x16x32.f16 %a, %a, %c, 0, 0, none : (vector<8xf16>, vector<8xf16>, vector<4xf32>) -> vector<4xf32>
    llvm.store %0, %p : vector<4xf32>, !llvm.ptr
    llvm.return
  }
}

gpu.module @not_reached {
  gpu.func @kernel() kernel {
    gpu.return
  }
}

// -----

// expected-error @+1 {{no libcall available for ftanh: gfx942 has no such instruction; compute in f32, or expand the op into arith before}}
gpu.module @tanh {
  gpu.func @kernel(%v: f64, %x: memref<1xf64>) kernel {
    %c0 = arith.constant 0 : index
    %0 = math.tanh %v : f64
    memref.store %0, %x[%c0] : memref<1xf64>
    gpu.return
  }
}

// -----

gpu.module @libraries {
  // expected-error @+1 {{@other is not defined; device code is linked with nothing else: define it in the gpu.module}}
  llvm.func @other()
  llvm.func @kernel() attributes {gpu.kernel, rocdl.kernel} {
    llvm.call @other() : () -> ()
    llvm.return
  }
}

// -----

// expected-error @+1 {{there is no gpu.module to compile; map-to-gfx942 makes one}}
module {
  func.func @f() {
    return
  }
}
