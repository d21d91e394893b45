// RUN: not fnuz-run %s --entry=@nobody 2>&1 | FileCheck %s --check-prefix=ENTRY
// RUN: not fnuz-run %s 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: not fnuz-run %s --device=emulator 2>&1 | FileCheck %s --check-prefix=FAR
// RUN: not fnuz-run %S/devices.mlir --device=emulator 2>&1 | FileCheck %s --check-prefix=NONE

// ENTRY: fnuz-run: error: no public function '@nobody' with a body; there is main
// NONE: devices.mlir:0:0: error: there is no gpu.module to run on emulator: ocp-to-fnuz and map-to-gfx942 make kernels

module attributes {gpu.container_module} {
  // CPU: errors.mlir:{{[0-9]+}}:3: error: 'gpu.module' op: the CPU runs no kernels; the devices emulator and hip do
  gpu.module @kernels {
    gpu.func @beyond(%x: memref<64xf32>) kernel {
      %c = arith.constant 0.0 : f32
      %b = gpu.block_id x
      %64 = arith.constant 64 : index
      %i = arith.muli %b, %64 : index
      memref.store %c, %x[%i] : memref<64xf32>
      gpu.return
    }
  }
  func.func @main(%x: memref<64xf32>) {
    %1 = arith.constant 1 : index
    %2 = arith.constant 2 : index
    // FAR: errors.mlir:{{[0-9]+}}:5: error: kernel @kernels::@beyond on emulator: OutOfBounds: line {{.*}} writes 4 bytes {{.*}} byte 256 of argument 0 (float32, shape (64,)), which has 256
    gpu.launch_func @kernels::@beyond blocks in (%2, %1, %1) threads in (%1, %1, %1)
        args(%x : memref<64xf32>)
    return
  }
}
