// RUN: fnuz-opt %s --map-to-mfma=tile=16x64x256 | FileCheck %s
// RUN: fnuz-opt %s --map-to-mfma=tile=16x64x256 --report=- -o /dev/null | FileCheck %s --check-prefix=REPORT
// RUN: fnuz-opt %s --map-to-mfma=tile=16x64x256 --lower-fnuz-casts --compile-to=isa | FileCheck %s --check-prefix=ISA
// RUN: fnuz-opt %s --lower-fnuz-casts --map-to-mfma=tile=16x64x256 | FileCheck %s --check-prefix=LATE

!o = f8E4M3FN
!v = f8E4M3FNUZ

// The kernel loads OCP and has FNUZ in LDS.
// CHECK: gpu.func @gemm_0(%[[B:.*]]: memref<4096xf8E4M3FN>, %[[A:.*]]: memref<4096xf8E4M3FN>, %[[R:.*]]: memref<256xf8E4M3FN>)
// CHECK-SAME: workgroup(%[[LB:.*]] : memref<{{.*}}xf8E4M3FNUZ, #gpu.address_space<workgroup>>, %[[LA:.*]] : memref<{{.*}}xf8E4M3FNUZ,
// CHECK: amdgpu.raw_buffer_load %[[B]]{{.*}} -> vector<16xf8E4M3FN>
// CHECK: arith.addi %{{.*}}, %{{.*}} : vector<1xi64>
// CHECK: vector.store %{{.*}}, %[[LB]]
// CHECK: amdgpu.mfma {{.*}} : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>
// The tile of the flags.
// CHECK: amdgpu.lds_barrier
// CHECK: vector.store %{{.*}}, %[[LB]]
// CHECK: vector.store %{{.*}}, %[[LA]]
// CHECK: amdgpu.lds_barrier
// CHECK: amdgpu.mfma
// CHECK: arith.truncf %{{.*}} : vector<4xf32> to vector<4xf8E4M3FNUZ>
// CHECK: arith.bitcast %{{.*}} : vector<4xi8> to vector<4xf8E4M3FN>
// CHECK: amdgpu.raw_buffer_store %{{.*}} -> %[[R]][{{.*}}] : vector<4xf8E4M3FN>
// CHECK-NOT: amdgpu.raw_buffer_store
// CHECK: gpu.return

// One operand alone, with an Inf that saturates.
// CHECK: gpu.func @gemm_1(%{{.*}}: memref<4096xf8E4M3FNUZ>, %{{.*}}: memref<4096xf8E5M2>, %{{.*}}: memref<256xf32>)
// CHECK: arith.shrui
// CHECK: gpu.return

// CHECK-LABEL: func.func @in_and_out(
// CHECK-SAME: %[[X:.*]]: tensor<16x256xf8E4M3FN>, %[[Y:.*]]: tensor<16x256xf8E4M3FN>)
// CHECK-NOT: fnuz.
// CHECK-NOT: linalg.
// CHECK: %[[YB:.*]] = bufferization.to_buffer %[[Y]] read_only
// CHECK: %[[Y1:.*]] = memref.collapse_shape %[[YB]]
// CHECK: %[[XB:.*]] = bufferization.to_buffer %[[X]] read_only
// CHECK: %[[X1:.*]] = memref.collapse_shape %[[XB]]
// CHECK: gpu.launch_func @kernels::@gemm_0 {{.*}} args(%[[Y1]] : memref<4096xf8E4M3FN>, %[[X1]] : memref<4096xf8E4M3FN>, %{{.*}} : memref<256xf8E4M3FN>)
// CHECK-NOT: fnuz.
// CHECK-NOT: linalg.
// CHECK: return

// REPORT: linalg.generic of 16x16x256 to MFMA 16x16x32, {{.*}}, f8E4M3FN and f8E4M3FN made FNUZ while loaded, with 2 elementwise ops after it
// REPORT: f8E5M2 made FNUZ while loaded
// REPORT: not mapped to MFMA: it sums over a dim of dynamic size

// ISA-LABEL: gemm_0:
// ISA: v_lshl_add_u64
// ISA: v_and_or_b32
// ISA: v_mfma_f32_16x16x32_fp8_fp8
// ISA: v_cvt_pk_fp8_f32
// ISA: s_endpgm

// Casts that are lowered before stay before the kernel; that of the result is an op like others.
// LATE: gpu.func @gemm_0(%{{.*}}: memref<4096xf8E4M3FNUZ>, %{{.*}}: memref<4096xf8E4M3FNUZ>, %{{.*}}: memref<256xf8E4M3FN>)
// LATE-LABEL: func.func @in_and_out(
// LATE: linalg.generic
// LATE: linalg.generic
// LATE: gpu.launch_func
// LATE-NOT: linalg.generic
// LATE: return
#id = affine_map<(m, n) -> (m, n)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
func.func @in_and_out(%x: tensor<16x256x!o>, %y: tensor<16x256x!o>) -> tensor<16x16x!o> {
  %a = "fnuz.from_ocp"(%x) : (tensor<16x256x!o>) -> tensor<16x256x!v>
  %b = "fnuz.from_ocp"(%y) : (tensor<16x256x!o>) -> tensor<16x256x!v>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %0 = linalg.generic {indexing_maps = [#mk, #nk, #mn],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<16x256x!v>, tensor<16x256x!v>) outs(%zero : tensor<16x16xf32>) {
  ^bb0(%u: !v, %w: !v, %s: f32):
    %f = arith.extf %u : !v to f32
    %g = arith.extf %w : !v to f32
    %p = arith.mulf %f, %g : f32
    %t = arith.addf %s, %p : f32
    linalg.yield %t : f32
  } -> tensor<16x16xf32>
  %e = tensor.empty() : tensor<16x16x!v>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<16x16xf32>) outs(%e : tensor<16x16x!v>) {
  ^bb0(%f: f32, %o: !v):
    %q = arith.truncf %f : f32 to !v
    linalg.yield %q : !v
  } -> tensor<16x16x!v>
  %2 = "fnuz.to_ocp"(%1) : (tensor<16x16x!v>) -> tensor<16x16x!o>
  return %2 : tensor<16x16x!o>
}

// CHECK-LABEL: func.func @one_operand(
// CHECK-NOT: fnuz.
// CHECK: gpu.launch_func @kernels::@gemm_1
func.func @one_operand(%x: tensor<16x256xf8E5M2>, %b: tensor<16x256x!v>) -> tensor<16x16xf32> {
  %a = "fnuz.from_ocp"(%x) {inf = "saturate"} : (tensor<16x256xf8E5M2>) -> tensor<16x256xf8E5M2FNUZ>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %0 = linalg.matmul indexing_maps = [#mk, #nk, #mn]
      ins(%a, %b : tensor<16x256xf8E5M2FNUZ>, tensor<16x256x!v>)
      outs(%zero : tensor<16x16xf32>) -> tensor<16x16xf32>
  return %0 : tensor<16x16xf32>
}

// Each contraction stages it for itself, and so does one that shares the cast with other ops.
// CHECK-LABEL: func.func @shared(
// CHECK-SAME: %[[X:.*]]: tensor<8x16x256xf8E4M3FN>,
// CHECK: %[[C:.*]] = "fnuz.from_ocp"(%[[X]])
// CHECK-NOT: fnuz.
// CHECK: %[[X2:.*]] = tensor.collapse_shape %[[X]] {{.*}} : tensor<8x16x256xf8E4M3FN> into tensor<128x256xf8E4M3FN>
// CHECK: bufferization.to_buffer %[[X2]] read_only : tensor<128x256xf8E4M3FN>
// CHECK: gpu.launch_func @kernels::@gemm_2
// CHECK: bufferization.to_buffer %{{.*}} read_only : tensor<128x256xf8E4M3FN>
// CHECK: gpu.launch_func @kernels::@gemm_3
// CHECK-NOT: collapse_shape %[[C]]
// CHECK: return %{{.*}}, %{{.*}}, %[[C]] :
func.func @shared(%x: tensor<8x16x256x!o>, %b: tensor<16x256x!v>, %c: tensor<16x256x!v>)
    -> (tensor<128x16xf32>, tensor<128x16xf32>, tensor<8x16x256x!v>) {
  %q = "fnuz.from_ocp"(%x) : (tensor<8x16x256x!o>) -> tensor<8x16x256x!v>
  %a = tensor.collapse_shape %q [[0, 1], [2]] : tensor<8x16x256x!v> into tensor<128x256x!v>
  %zero = arith.constant dense<0.0> : tensor<128x16xf32>
  %0 = linalg.matmul indexing_maps = [#mk, #nk, #mn]
      ins(%a, %b : tensor<128x256x!v>, tensor<16x256x!v>)
      outs(%zero : tensor<128x16xf32>) -> tensor<128x16xf32>
  %1 = linalg.matmul indexing_maps = [#mk, #nk, #mn]
      ins(%a, %c : tensor<128x256x!v>, tensor<16x256x!v>)
      outs(%zero : tensor<128x16xf32>) -> tensor<128x16xf32>
  return %0, %1, %q : tensor<128x16xf32>, tensor<128x16xf32>, tensor<8x16x256x!v>
}

// Both operands are one cast, and one is reshaped.
// CHECK-LABEL: func.func @squared(
// CHECK-NOT: fnuz.
// CHECK-NOT: xf8E4M3FNUZ
// CHECK: gpu.launch_func @kernels::@gemm_4
// CHECK: return
func.func @squared(%x: tensor<4x4x256x!o>) -> tensor<4x4x4xf32> {
  %a = "fnuz.from_ocp"(%x) : (tensor<4x4x256x!o>) -> tensor<4x4x256x!v>
  %flat = tensor.collapse_shape %a [[0, 1], [2]] : tensor<4x4x256x!v> into tensor<16x256x!v>
  %b = tensor.expand_shape %flat [[0, 1], [2]] output_shape [4, 4, 256]
      : tensor<16x256x!v> into tensor<4x4x256x!v>
  %zero = arith.constant dense<0.0> : tensor<4x4x4xf32>
  %0 = linalg.contract
      indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>,
                       affine_map<(b, m, n, k) -> (b, m, n)>]
      ins(%a, %b : tensor<4x4x256x!v>, tensor<4x4x256x!v>) outs(%zero : tensor<4x4x4xf32>)
      -> tensor<4x4x4xf32>
  return %0 : tensor<4x4x4xf32>
}

// A contraction that sums onto the result of another is no op after that.
// CHECK-LABEL: func.func @onto(
// CHECK-NOT: fnuz.
// CHECK: gpu.launch_func @kernels::@gemm_5
// CHECK-NOT: fnuz.
// CHECK: gpu.launch_func @kernels::@gemm_6
// CHECK: return
func.func @onto(%x: tensor<16x256x!o>, %b: tensor<16x256x!v>) -> tensor<16x16xf32> {
  %a = "fnuz.from_ocp"(%x) : (tensor<16x256x!o>) -> tensor<16x256x!v>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %0 = linalg.matmul indexing_maps = [#mk, #nk, #mn]
      ins(%b, %b : tensor<16x256x!v>, tensor<16x256x!v>)
      outs(%zero : tensor<16x16xf32>) -> tensor<16x16xf32>
  %1 = linalg.generic {indexing_maps = [#mk, #nk, #mn],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<16x256x!v>, tensor<16x256x!v>) outs(%0 : tensor<16x16xf32>) {
  ^bb0(%u: !v, %w: !v, %s: f32):
    %f = arith.extf %u : !v to f32
    %g = arith.extf %w : !v to f32
    %p = arith.mulf %f, %g : f32
    %t = arith.addf %s, %p : f32
    linalg.yield %t : f32
  } -> tensor<16x16xf32>
  return %1 : tensor<16x16xf32>
}

// What an elementwise op reads is cast in its body; the cast stays for what else uses it.
// CHECK-LABEL: func.func @residual(
// CHECK-SAME: %{{.*}}: tensor<16x256xf8E4M3FNUZ>, %[[R:.*]]: tensor<16x16xf8E4M3FN>)
// CHECK: %[[C:.*]] = "fnuz.from_ocp"(%[[R]])
// CHECK: bufferization.to_buffer %[[R]] read_only : tensor<16x16xf8E4M3FN>
// CHECK: gpu.launch_func @kernels::@gemm_7
// CHECK-NOT: linalg.
// CHECK: return %{{.*}}, %[[C]]
func.func @residual(%b: tensor<16x256x!v>, %r: tensor<16x16x!o>)
    -> (tensor<16x16xf32>, tensor<16x16x!v>) {
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %0 = linalg.matmul indexing_maps = [#mk, #nk, #mn]
      ins(%b, %b : tensor<16x256x!v>, tensor<16x256x!v>)
      outs(%zero : tensor<16x16xf32>) -> tensor<16x16xf32>
  %c = "fnuz.from_ocp"(%r) : (tensor<16x16x!o>) -> tensor<16x16x!v>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%c : tensor<16x16x!v>) outs(%0 : tensor<16x16xf32>) {
  ^bb0(%u: !v, %s: f32):
    %f = arith.extf %u : !v to f32
    %t = arith.addf %s, %f : f32
    linalg.yield %t : f32
  } -> tensor<16x16xf32>
  return %1, %c : tensor<16x16xf32>, tensor<16x16x!v>
}

// A dynamic size is asked of what the kernel loads.
// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME: %[[X:.*]]: tensor<?x32xf8E4M3FN>
// CHECK-NOT: fnuz.
// CHECK: tensor.dim %[[X]]
// CHECK: gpu.launch_func
// CHECK-NOT: fnuz.
// CHECK: return
func.func @dynamic(%x: tensor<?x32x!o>, %b: tensor<32x16x!v>, %c: tensor<?x16xf32>)
    -> tensor<?x16xf32> {
  %a = "fnuz.from_ocp"(%x) : (tensor<?x32x!o>) -> tensor<?x32x!v>
  %0 = linalg.matmul ins(%a, %b : tensor<?x32x!v>, tensor<32x16x!v>)
                     outs(%c : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// The padding between a cast and a convolution is no op either.
// CHECK-LABEL: func.func @padded(
// CHECK-NOT: fnuz.
// CHECK-NOT: tensor.pad
// CHECK: gpu.launch_func
// CHECK: return
func.func @padded(%x: tensor<1x4x4x16x!o>, %b: tensor<3x3x16x8x!v>, %c: tensor<1x4x4x8xf32>)
    -> tensor<1x4x4x8xf32> {
  %a = "fnuz.from_ocp"(%x) : (tensor<1x4x4x16x!o>) -> tensor<1x4x4x16x!v>
  %z = arith.constant 0.0 : !v
  %p = tensor.pad %a low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %z : !v
  } : tensor<1x4x4x16x!v> to tensor<1x6x6x16x!v>
  %0 = linalg.conv_2d_nhwc_hwcf ins(%p, %b : tensor<1x6x6x16x!v>, tensor<3x3x16x8x!v>)
                                outs(%c : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %0 : tensor<1x4x4x8xf32>
}

// What is left keeps its cast.
// CHECK-LABEL: func.func @left(
// CHECK: fnuz.from_ocp
// CHECK: linalg.matmul
func.func @left(%x: tensor<16x?x!o>, %b: tensor<?x16x!v>, %c: tensor<16x16xf32>)
    -> tensor<16x16xf32> {
  %a = "fnuz.from_ocp"(%x) : (tensor<16x?x!o>) -> tensor<16x?x!v>
  %0 = linalg.matmul ins(%a, %b : tensor<16x?x!v>, tensor<?x16x!v>)
                     outs(%c : tensor<16x16xf32>) -> tensor<16x16xf32>
  return %0 : tensor<16x16xf32>
}
