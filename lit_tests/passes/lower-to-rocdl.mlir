// RUN: fnuz-opt %s --lower-to-rocdl -o %t.mlir && FileCheck %s < %t.mlir
// RUN: FileCheck %s --check-prefix=GONE < %t.mlir
// GONE-NOT: {{unrealized_conversion_cast|f8E}}

// RUN: fnuz-opt %s --lower-to-rocdl="chip=gfx942:sramecc+:xnack-" | diff %t.mlir -

// Done twice it is the same.
// RUN: fnuz-opt %s --lower-to-rocdl --lower-to-rocdl -o %t.twice
// RUN: fnuz-opt %s --lower-to-rocdl | diff %t.twice -

module attributes {gpu.container_module} {

// Host code is left as it is, fp8 with it.
// CHECK: func.func @host(
// CHECK: gpu.launch_func
func.func @host(%a: memref<16x32xi8>, %b: memref<16x32xi8>, %c: memref<16x16xf32>) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  gpu.launch_func @kernels::@host_launches blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1)
  return
}

// CHECK: gpu.module @kernels [#rocdl.target<O = 3, chip = "gfx942", abi = "500">]
gpu.module @kernels {
  gpu.func @host_launches() kernel {
    gpu.return
  }

  // CHECK-LABEL: llvm.func @mfma(
  // CHECK-SAME: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) attributes {{.*}}gpu.kernel
  // CHECK: rocdl.mfma.f32.16x16x32.fp8.fp8
  // CHECK: llvm.cond_br
  gpu.func @mfma(%A: memref<16x32xf8E4M3FNUZ>, %B: memref<16x32xf8E4M3FNUZ>,
                 %C: memref<16x16xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %t = gpu.thread_id x
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c16 = arith.constant 16 : index
    %r = arith.remui %t, %c16 : index
    %g = arith.divui %t, %c16 : index
    %k = arith.muli %g, %c8 : index
    %a = vector.load %A[%r, %k] : memref<16x32xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>
    %b = vector.load %B[%r, %k] : memref<16x32xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>
    %z = arith.constant dense<0.0> : vector<4xf32>
    %d = amdgpu.mfma 16x16x32 %a * %b + %z blgp = none
        : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>, vector<4xf32>
    %first = arith.muli %g, %c4 : index
    scf.for %i = %c0 to %c4 step %c1 {
      %row = arith.addi %first, %i : index
      %e = vector.extract %d[%i] : f32 from vector<4xf32>
      memref.store %e, %C[%row, %r] : memref<16x16xf32>
    }
    gpu.return
  }

  // Casts of vectors of any shape, from and to all floats that are exact in between.
  // CHECK-LABEL: llvm.func @casts(
  // CHECK: rocdl.cvt.pk.f32.fp8
  // CHECK: llvm.fptrunc %{{.*}} : vector<2xf32> to vector<2xf16>
  // CHECK: llvm.fpext %{{.*}} : vector<2xf32> to vector<2xf64>
  // CHECK: rocdl.cvt.pk.bf8.f32
  gpu.func @casts(%x: memref<4x8xf8E4M3FNUZ>, %h: memref<4x8xf16>, %d: memref<4x8xf64>,
                  %b: memref<8xbf16>, %y: memref<8xf8E5M2FNUZ>) kernel {
    %c0 = arith.constant 0 : index
    %pad = arith.constant 0.0 : f8E4M3FNUZ
    %v = vector.transfer_read %x[%c0, %c0], %pad {in_bounds = [true, true]}
        : memref<4x8xf8E4M3FNUZ>, vector<4x8xf8E4M3FNUZ>
    %0 = arith.extf %v : vector<4x8xf8E4M3FNUZ> to vector<4x8xf16>
    vector.transfer_write %0, %h[%c0, %c0] {in_bounds = [true, true]}
        : vector<4x8xf16>, memref<4x8xf16>
    %1 = arith.extf %v : vector<4x8xf8E4M3FNUZ> to vector<4x8xf64>
    vector.transfer_write %1, %d[%c0, %c0] {in_bounds = [true, true]}
        : vector<4x8xf64>, memref<4x8xf64>
    %w = vector.load %b[%c0] : memref<8xbf16>, vector<3xbf16>
    %2 = arith.truncf %w to_nearest_even : vector<3xbf16> to vector<3xf8E5M2FNUZ>
    vector.store %2, %y[%c0] : memref<8xf8E5M2FNUZ>, vector<3xf8E5M2FNUZ>
    gpu.return
  }

  // OCP bytes may come and go, as bytes; a cast of them is integer arithmetic.
  // CHECK-LABEL: llvm.func @ocp_bytes(
  // CHECK: llvm.and %{{.*}} : vector<4xi8>
  gpu.func @ocp_bytes(%x: memref<4xf8E4M3FN>, %y: memref<4xf8E4M3FNUZ>) kernel {
    %c0 = arith.constant 0 : index
    %v = vector.load %x[%c0] : memref<4xf8E4M3FN>, vector<4xf8E4M3FN>
    %0 = vector.bitcast %v : vector<4xf8E4M3FN> to vector<4xi8>
    %mask = arith.constant dense<127> : vector<4xi8>
    %1 = arith.andi %0, %mask : vector<4xi8>
    %2 = vector.bitcast %1 : vector<4xi8> to vector<4xf8E4M3FNUZ>
    vector.store %2, %y[%c0] : memref<4xf8E4M3FNUZ>, vector<4xf8E4M3FNUZ>
    gpu.return
  }

  // CHECK-LABEL: llvm.func @views(
  // CHECK: llvm.getelementptr
  gpu.func @views(%x: memref<16x32xf8E4M3FNUZ>, %n: index, %y: memref<8xf8E4M3FNUZ>) kernel {
    %s = memref.subview %x[%n, 4] [4, 8] [1, 1]
        : memref<16x32xf8E4M3FNUZ> to memref<4x8xf8E4M3FNUZ, strided<[32, 1], offset: ?>>
    %i = affine.apply affine_map<(d0) -> (d0 floordiv 2 + 1)>(%n)
    %c0 = arith.constant 0 : index
    %v = memref.load %s[%i, %c0] : memref<4x8xf8E4M3FNUZ, strided<[32, 1], offset: ?>>
    memref.store %v, %y[%n] : memref<8xf8E4M3FNUZ>
    gpu.return
  }
}

// One that names a target of gfx942 keeps it.
// CHECK: gpu.module @own [#rocdl.target<O = 1, chip = "gfx942">]
gpu.module @own [#rocdl.target<O = 1, chip = "gfx942">] {
  gpu.func @nothing() kernel {
    gpu.return
  }
}

}
