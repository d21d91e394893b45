// RUN: fnuz-opt %s --map-to-lanes | FileCheck %s
// RUN: fnuz-opt %s --map-to-lanes --report=- -o /dev/null | FileCheck %s --check-prefix=REPORT

// CHECK-NOT: gpu.container_module
#id = affine_map<(i) -> (i)>

// What is in a kernel is not of the host.
// CHECK: gpu.func @kernel(
// CHECK: linalg.exp
// REPORT-NOT: kernel
gpu.module @user {
  gpu.func @kernel() kernel {
    %a = arith.constant dense<1.0> : tensor<8xf32>
    %0 = linalg.exp ins(%a : tensor<8xf32>) outs(%a : tensor<8xf32>) -> tensor<8xf32>
    gpu.return
  }
}

// CHECK-NOT: gpu.launch_func

// CHECK: func.func @dynamic(
// REPORT: linalg.exp: not mapped to lanes: it has dynamic sizes
func.func @dynamic(%x: tensor<?xf32>) -> tensor<?xf32> {
  %0 = linalg.exp ins(%x : tensor<?xf32>) outs(%x : tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// REPORT: linalg.exp: not mapped to lanes: it is on memrefs; map it before bufferization
func.func @memrefs(%x: memref<8xf32>) {
  linalg.exp ins(%x : memref<8xf32>) outs(%x : memref<8xf32>)
  return
}

// REPORT: linalg.exp: not mapped to lanes: it has a size of 0
func.func @nothing(%x: tensor<0xf32>) -> tensor<0xf32> {
  %0 = linalg.exp ins(%x : tensor<0xf32>) outs(%x : tensor<0xf32>) -> tensor<0xf32>
  return %0 : tensor<0xf32>
}

// REPORT: linalg.exp: not mapped to lanes: 'math.exp' in it is of f64, and gfx942 has it of f16, bf16, f32
func.func @f64(%x: tensor<8xf64>) -> tensor<8xf64> {
  %0 = linalg.exp ins(%x : tensor<8xf64>) outs(%x : tensor<8xf64>) -> tensor<8xf64>
  return %0 : tensor<8xf64>
}

// REPORT: linalg.softmax: not mapped to lanes: it is of f64, and exp is of f32 at most
func.func @softmax(%x: tensor<4x8xf64>) -> tensor<4x8xf64> {
  %0 = linalg.softmax dimension(1) ins(%x : tensor<4x8xf64>) outs(%x : tensor<4x8xf64>)
      -> tensor<4x8xf64>
  return %0 : tensor<4x8xf64>
}

// REPORT: linalg.map: not mapped to lanes: 'arith.negf' in it: gfx942 has no such arithmetic on fp8; compute it in f32, between arith.extf and arith.truncf
func.func @fp8(%x: tensor<8xf8E4M3FNUZ>) -> tensor<8xf8E4M3FNUZ> {
  %0 = linalg.map { arith.negf } ins(%x : tensor<8xf8E4M3FNUZ>) outs(%x : tensor<8xf8E4M3FNUZ>)
  return %0 : tensor<8xf8E4M3FNUZ>
}

// REPORT: linalg.generic: not mapped to lanes: 'arith.extf' in it: gfx942 computes with FNUZ fp8 and not with f8E5M2; run ocp-to-fnuz before kernels are made
func.func @ocp(%x: tensor<8xf8E5M2>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf8E5M2>) outs(%y : tensor<8xf32>) {
  ^bb0(%a: f8E5M2, %b: f32):
    %p = arith.extf %a : f8E5M2 to f32
    linalg.yield %p : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// REPORT: linalg.copy: not mapped to lanes: it has elements of tensor<8xi4>
func.func @i4(%x: tensor<8xi4>) -> tensor<8xi4> {
  %0 = linalg.copy ins(%x : tensor<8xi4>) outs(%x : tensor<8xi4>) -> tensor<8xi4>
  return %0 : tensor<8xi4>
}

// REPORT: linalg.map: not mapped to lanes: the kernel has no arith.remf
func.func @remf(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = linalg.map { arith.remf } ins(%x, %x : tensor<8xf32>, tensor<8xf32>)
                                 outs(%x : tensor<8xf32>)
  return %0 : tensor<8xf32>
}

// REPORT: tensor.pad: not mapped to lanes: what it pads with is computed in its body
func.func @pad(%x: tensor<8xi64>) -> tensor<10xi64> {
  %0 = tensor.pad %x low[1] high[1] {
  ^bb0(%i: index):
    %c = arith.index_cast %i : index to i64
    tensor.yield %c : i64
  } : tensor<8xi64> to tensor<10xi64>
  return %0 : tensor<10xi64>
}

// REPORT: linalg.exp: not mapped to lanes: a tensor of it has more than 1 GB, and buffers have offsets of 32 bits
func.func @huge(%x: tensor<300000000xf32>) -> tensor<300000000xf32> {
  %0 = linalg.exp ins(%x : tensor<300000000xf32>) outs(%x : tensor<300000000xf32>)
      -> tensor<300000000xf32>
  return %0 : tensor<300000000xf32>
}

// REPORT: tensor.gather: not mapped to lanes: it has no kernel
func.func @gather(%x: tensor<8x4xf32>, %i: tensor<2x1xindex>) -> tensor<2x1x4xf32> {
  %0 = tensor.gather %x[%i] gather_dims([0])
      : (tensor<8x4xf32>, tensor<2x1xindex>) -> tensor<2x1x4xf32>
  return %0 : tensor<2x1x4xf32>
}

// REPORT: linalg.generic: not mapped to lanes: it has dynamic sizes
func.func @captured(%table: tensor<?xf32>, %at: tensor<8xindex>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%at : tensor<8xindex>) outs(%y : tensor<8xf32>) {
  ^bb0(%i: index, %o: f32):
    %r = tensor.extract %table[%i] : tensor<?xf32>
    linalg.yield %r : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
