// RUN: fnuz-opt %s --map-to-lanes | FileCheck %s
// RUN: fnuz-opt %s --map-to-lanes --report=- -o /dev/null | FileCheck %s --check-prefix=REPORT
// RUN: fnuz-opt %s --map-to-lanes --one-shot-bufferize="bufferize-function-boundaries=true allow-return-allocs-from-loops=true" | FileCheck %s --check-prefix=BUFFERS
// RUN: fnuz-opt %s --map-to-mfma --map-to-lanes | FileCheck %s --check-prefix=ONE
// RUN: fnuz-opt %s --map-to-lanes --compile-to=isa | FileCheck %s --check-prefix=ISA

// The kernels of both passes are in one module.
// ONE: gpu.module @kernels
// ONE-DAG: gpu.func @gemm_0
// ONE-DAG: gpu.func @exp_0
// ONE-NOT: gpu.module

// CHECK: module attributes {gpu.container_module}
// CHECK: gpu.module @kernels

// 16 bytes a lane; the init that is not read is no argument.
// CHECK: gpu.func @exp_0(%[[X:.*]]: memref<4100xf32>, %[[Y:[^,]*]]: memref<4100xf32>) kernel
// CHECK-SAME: known_block_size = array<i32: 256, 1, 1>
// CHECK: rocdl.make.buffer.rsrc
// CHECK: rocdl.raw.ptr.buffer.load %{{.*}} : vector<4xi32>
// CHECK: math.exp %{{.*}} : vector<4xf32>
// CHECK: rocdl.raw.ptr.buffer.store %{{.*}} : vector<4xi32>
// CHECK-NOT: buffer.store
// CHECK: gpu.return
// ISA-LABEL: {{^}}exp_0:
// ISA: buffer_load_dwordx4
// ISA: v_exp_f32
// ISA: buffer_store_dwordx4
// ISA-NOT: branch
// ISA: s_endpgm

// CHECK-LABEL: func.func @exp(
// CHECK-SAME: %[[X:.*]]: tensor<41x100xf32>
// CHECK-DAG: %[[GROUPS:.*]] = arith.constant 5 : index
// CHECK-DAG: %[[THREADS:.*]] = arith.constant 256 : index
// CHECK: %[[XM:.*]] = bufferization.to_buffer %[[X]] read_only
// CHECK: %[[X1:.*]] = memref.collapse_shape %[[XM]]
// CHECK: %[[RM:.*]] = memref.alloc() : memref<41x100xf32>
// CHECK: %[[R1:.*]] = memref.collapse_shape %[[RM]]
// CHECK: gpu.launch_func @kernels::@exp_0 blocks in (%[[GROUPS]], %{{.*}}) threads in (%[[THREADS]], %{{.*}}) args(%[[X1]] : {{.*}}, %[[R1]] :
// CHECK: %[[R:.*]] = bufferization.to_tensor %[[RM]] restrict writable
// CHECK: return %[[R]]
// REPORT: linalg.exp of 41x100: a lane for 4 elements
// BUFFERS-NOT: tensor<
// BUFFERS: gpu.launch_func
// BUFFERS-NOT: tensor<
func.func @exp(%x: tensor<41x100xf32>) -> tensor<41x100xf32> {
  %e = tensor.empty() : tensor<41x100xf32>
  %0 = linalg.exp ins(%x : tensor<41x100xf32>) outs(%e : tensor<41x100xf32>) -> tensor<41x100xf32>
  return %0 : tensor<41x100xf32>
}

// The square, the bias and the sum are one kernel; the fill is a number in it.
// CHECK-LABEL: func.func @sum(
// CHECK-NOT: linalg.
// CHECK: gpu.launch_func
// CHECK-NOT: gpu.launch_func
// CHECK: return
// REPORT: linalg.generic of 6: 64 lanes for a row, 4 elements each at once
// ISA: ds_swizzle_b32
func.func @sum(%x: tensor<6x1000xf32>, %b: tensor<1000xf32>) -> tensor<6xf32> {
  %e = tensor.empty() : tensor<6x1000xf32>
  %0 = linalg.broadcast ins(%b : tensor<1000xf32>) outs(%e : tensor<6x1000xf32>) dimensions = [0]
  %1 = linalg.add ins(%x, %0 : tensor<6x1000xf32>, tensor<6x1000xf32>)
                  outs(%e : tensor<6x1000xf32>) -> tensor<6x1000xf32>
  %2 = linalg.square ins(%1 : tensor<6x1000xf32>) outs(%e : tensor<6x1000xf32>)
      -> tensor<6x1000xf32>
  %z = arith.constant 0.0 : f32
  %f = tensor.empty() : tensor<6xf32>
  %i = linalg.fill ins(%z : f32) outs(%f : tensor<6xf32>) -> tensor<6xf32>
  %3 = linalg.reduce { arith.addf } ins(%2 : tensor<6x1000xf32>) outs(%i : tensor<6xf32>)
      dimensions = [1]
  return %3 : tensor<6xf32>
}

// What two take is a kernel of its own; the rest is one. A loop is not in the way.
// CHECK-LABEL: func.func @two_uses(
// CHECK: scf.for
// CHECK: gpu.launch_func @kernels::@negf_0
// CHECK: gpu.launch_func
// CHECK-NOT: gpu.launch_func
// CHECK: scf.yield
func.func @two_uses(%x: tensor<64xf16>, %n: index) -> tensor<64xf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<64xf16>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%y = %x) -> tensor<64xf16> {
    %0 = linalg.negf ins(%y : tensor<64xf16>) outs(%e : tensor<64xf16>) -> tensor<64xf16>
    %1 = linalg.abs ins(%0 : tensor<64xf16>) outs(%e : tensor<64xf16>) -> tensor<64xf16>
    %2 = linalg.sub ins(%0, %1 : tensor<64xf16>, tensor<64xf16>) outs(%e : tensor<64xf16>)
        -> tensor<64xf16>
    %3 = linalg.max ins(%0, %2 : tensor<64xf16>, tensor<64xf16>) outs(%e : tensor<64xf16>)
        -> tensor<64xf16>
    scf.yield %3 : tensor<64xf16>
  }
  return %r : tensor<64xf16>
}

// CHECK-LABEL: func.func @transpose(
// REPORT: linalg.transpose of 70x40: tiles of 64x64 through LDS, 8 elements a lane
// ISA: ds_write_b32
// ISA: s_barrier
func.func @transpose(%x: tensor<40x70xf16>) -> tensor<70x40xf16> {
  %e = tensor.empty() : tensor<70x40xf16>
  %0 = linalg.transpose ins(%x : tensor<40x70xf16>) outs(%e : tensor<70x40xf16>)
      permutation = [1, 0]
  return %0 : tensor<70x40xf16>
}

// CHECK-LABEL: func.func @attention(
// CHECK: gpu.launch_func @kernels::@softmax_0
// REPORT: linalg.softmax of 8x512: 64 lanes for a row in registers, 8 elements each at once
func.func @attention(%x: tensor<8x512xf16>) -> tensor<8x512xf16> {
  %e = tensor.empty() : tensor<8x512xf16>
  %0 = linalg.softmax dimension(1) ins(%x : tensor<8x512xf16>) outs(%e : tensor<8x512xf16>)
      -> tensor<8x512xf16>
  return %0 : tensor<8x512xf16>
}

// CHECK-LABEL: func.func @matmul(
// CHECK: gpu.launch_func
func.func @matmul(%a: tensor<16x64xf8E4M3FNUZ>, %b: tensor<64x16xf8E4M3FNUZ>,
                  %c: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<16x64xf8E4M3FNUZ>, tensor<64x16xf8E4M3FNUZ>)
                     outs(%c : tensor<16x16xf32>) -> tensor<16x16xf32>
  return %0 : tensor<16x16xf32>
}

// What arith does with tensors is linalg's.
// CHECK-LABEL: func.func @tensors(
// CHECK: gpu.launch_func @kernels::@generic
// CHECK-NOT: arith.addf
func.func @tensors(%a: tensor<16xf32>, %b: tensor<16xf32>) -> tensor<16xf32> {
  %0 = arith.addf %a, %b : tensor<16xf32>
  return %0 : tensor<16xf32>
}
