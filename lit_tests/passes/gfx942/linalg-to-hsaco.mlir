// From linalg to amdgpu, to rocdl, to assembly, to a code object: all mixes of both formats, with the
// MFMA of each shape. The operand with the columns of the result is the MFMA's first.
// RUN: fnuz-opt %s --map-to-mfma=tile=64x64x128 | FileCheck %s --check-prefixes=AMDGPU,AMDGPU32
// RUN: fnuz-opt %s --map-to-mfma=tile=16x64x256 | FileCheck %s --check-prefixes=AMDGPU,AMDGPU16
// RUN: fnuz-opt %s --map-to-mfma=tile=64x64x128 --lower-to-rocdl | FileCheck %s --check-prefixes=ROCDL,ROCDL32
// RUN: fnuz-opt %s --map-to-mfma=tile=16x64x256 --lower-to-rocdl | FileCheck %s --check-prefixes=ROCDL,ROCDL16
// RUN: fnuz-opt %s --map-to-mfma=tile=64x64x128 --compile-to=isa | FileCheck %s --check-prefixes=ISA,ISA32
// RUN: fnuz-opt %s --map-to-mfma=tile=16x64x256 --compile-to=isa | FileCheck %s --check-prefixes=ISA,ISA16
// RUN: fnuz-opt %s --map-to-mfma --compile-to=hsaco -o %t.hsaco
// RUN: %python -c "import sys; sys.stdout.write(open(sys.argv[1], 'rb').read().decode('latin1'))" %t.hsaco | FileCheck %s --check-prefix=HSACO

// HSACO: ELF
// HSACO: AMDGPU
// HSACO: amdhsa.kernels
// HSACO-SAME: gemm_0.kd
// HSACO-SAME: gemm_3.kd
// HSACO-SAME: amdgcn-amd-amdhsa-unknown-gfx942

// AMDGPU: gpu.func @gemm_0(
// AMDGPU: amdgpu.raw_buffer_load
// AMDGPU32: amdgpu.mfma 32x32x16 %{{.*}} * %{{.*}} + %{{.*}} : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>, vector<16xf32>
// AMDGPU16: amdgpu.mfma 16x16x32 %{{.*}} * %{{.*}} + %{{.*}} : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>, vector<4xf32>
// AMDGPU: amdgpu.raw_buffer_store
// AMDGPU: gpu.func @gemm_1(
// AMDGPU: amdgpu.raw_buffer_load
// AMDGPU32: amdgpu.mfma 32x32x16 %{{.*}} * %{{.*}} + %{{.*}} : vector<8xf8E5M2FNUZ>, vector<8xf8E4M3FNUZ>, vector<16xf32>
// AMDGPU16: amdgpu.mfma 16x16x32 %{{.*}} * %{{.*}} + %{{.*}} : vector<8xf8E5M2FNUZ>, vector<8xf8E4M3FNUZ>, vector<4xf32>
// AMDGPU: amdgpu.raw_buffer_store
// AMDGPU: gpu.func @gemm_2(
// AMDGPU: amdgpu.raw_buffer_load
// AMDGPU32: amdgpu.mfma 32x32x16 %{{.*}} * %{{.*}} + %{{.*}} : vector<8xf8E4M3FNUZ>, vector<8xf8E5M2FNUZ>, vector<16xf32>
// AMDGPU16: amdgpu.mfma 16x16x32 %{{.*}} * %{{.*}} + %{{.*}} : vector<8xf8E4M3FNUZ>, vector<8xf8E5M2FNUZ>, vector<4xf32>
// AMDGPU: amdgpu.raw_buffer_store
// AMDGPU: gpu.func @gemm_3(
// AMDGPU: amdgpu.raw_buffer_load
// AMDGPU32: amdgpu.mfma 32x32x16 %{{.*}} * %{{.*}} + %{{.*}} : vector<8xf8E5M2FNUZ>, vector<8xf8E5M2FNUZ>, vector<16xf32>
// AMDGPU16: amdgpu.mfma 16x16x32 %{{.*}} * %{{.*}} + %{{.*}} : vector<8xf8E5M2FNUZ>, vector<8xf8E5M2FNUZ>, vector<4xf32>
// AMDGPU: amdgpu.raw_buffer_store
// ROCDL: llvm.func @gemm_0(
// ROCDL-SAME: rocdl.kernel
// ROCDL: rocdl.raw.ptr.buffer.load
// ROCDL: rocdl.s.barrier
// ROCDL32: rocdl.mfma.f32.32x32x16.fp8.fp8 %{{.*}}, %{{.*}}, %{{.*}}, 0, 0, none : (i64, i64, vector<16xf32>
// ROCDL16: rocdl.mfma.f32.16x16x32.fp8.fp8 %{{.*}}, %{{.*}}, %{{.*}}, 0, 0, none : (i64, i64, vector<4xf32>
// ROCDL: rocdl.raw.ptr.buffer.store
// ROCDL: llvm.func @gemm_1(
// ROCDL-SAME: rocdl.kernel
// ROCDL: rocdl.raw.ptr.buffer.load
// ROCDL: rocdl.s.barrier
// ROCDL32: rocdl.mfma.f32.32x32x16.bf8.fp8 %{{.*}}, %{{.*}}, %{{.*}}, 0, 0, none : (i64, i64, vector<16xf32>
// ROCDL16: rocdl.mfma.f32.16x16x32.bf8.fp8 %{{.*}}, %{{.*}}, %{{.*}}, 0, 0, none : (i64, i64, vector<4xf32>
// ROCDL: rocdl.raw.ptr.buffer.store
// ROCDL: llvm.func @gemm_2(
// ROCDL-SAME: rocdl.kernel
// ROCDL: rocdl.raw.ptr.buffer.load
// ROCDL: rocdl.s.barrier
// ROCDL32: rocdl.mfma.f32.32x32x16.fp8.bf8 %{{.*}}, %{{.*}}, %{{.*}}, 0, 0, none : (i64, i64, vector<16xf32>
// ROCDL16: rocdl.mfma.f32.16x16x32.fp8.bf8 %{{.*}}, %{{.*}}, %{{.*}}, 0, 0, none : (i64, i64, vector<4xf32>
// ROCDL: rocdl.raw.ptr.buffer.store
// ROCDL: llvm.func @gemm_3(
// ROCDL-SAME: rocdl.kernel
// ROCDL: rocdl.raw.ptr.buffer.load
// ROCDL: rocdl.s.barrier
// ROCDL32: rocdl.mfma.f32.32x32x16.bf8.bf8 %{{.*}}, %{{.*}}, %{{.*}}, 0, 0, none : (i64, i64, vector<16xf32>
// ROCDL16: rocdl.mfma.f32.16x16x32.bf8.bf8 %{{.*}}, %{{.*}}, %{{.*}}, 0, 0, none : (i64, i64, vector<4xf32>
// ROCDL: rocdl.raw.ptr.buffer.store
// ISA-LABEL: gemm_0:
// ISA: buffer_load_dwordx4
// ISA: ds_write_b128
// ISA: s_barrier
// ISA: ds_read_b128
// ISA32: v_mfma_f32_32x32x16_fp8_fp8
// ISA16: v_mfma_f32_16x16x32_fp8_fp8
// ISA: buffer_store_dwordx4
// ISA: s_endpgm
// ISA-LABEL: gemm_1:
// ISA: buffer_load_dwordx4
// ISA: ds_write_b128
// ISA: s_barrier
// ISA: ds_read_b128
// ISA32: v_mfma_f32_32x32x16_bf8_fp8
// ISA16: v_mfma_f32_16x16x32_bf8_fp8
// ISA: buffer_store_dwordx4
// ISA: s_endpgm
// ISA-LABEL: gemm_2:
// ISA: buffer_load_dwordx4
// ISA: ds_write_b128
// ISA: s_barrier
// ISA: ds_read_b128
// ISA32: v_mfma_f32_32x32x16_fp8_bf8
// ISA16: v_mfma_f32_16x16x32_fp8_bf8
// ISA: buffer_store_dwordx4
// ISA: s_endpgm
// ISA-LABEL: gemm_3:
// ISA: buffer_load_dwordx4
// ISA: ds_write_b128
// ISA: s_barrier
// ISA: ds_read_b128
// ISA32: v_mfma_f32_32x32x16_bf8_bf8
// ISA16: v_mfma_f32_16x16x32_bf8_bf8
// ISA: buffer_store_dwordx4
// ISA: s_endpgm

func.func @fp8_fp8(%a: tensor<64x256xf8E4M3FNUZ>, %b: tensor<64x256xf8E4M3FNUZ>, %c: tensor<64x64xf32>)
    -> tensor<64x64xf32> {
  %0 = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<64x256xf8E4M3FNUZ>, tensor<64x256xf8E4M3FNUZ>)
      outs(%c : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

func.func @fp8_bf8(%a: tensor<64x256xf8E4M3FNUZ>, %b: tensor<64x256xf8E5M2FNUZ>, %c: tensor<64x64xf32>)
    -> tensor<64x64xf32> {
  %0 = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<64x256xf8E4M3FNUZ>, tensor<64x256xf8E5M2FNUZ>)
      outs(%c : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

func.func @bf8_fp8(%a: tensor<64x256xf8E5M2FNUZ>, %b: tensor<64x256xf8E4M3FNUZ>, %c: tensor<64x64xf32>)
    -> tensor<64x64xf32> {
  %0 = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<64x256xf8E5M2FNUZ>, tensor<64x256xf8E4M3FNUZ>)
      outs(%c : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

func.func @bf8_bf8(%a: tensor<64x256xf8E5M2FNUZ>, %b: tensor<64x256xf8E5M2FNUZ>, %c: tensor<64x64xf32>)
    -> tensor<64x64xf32> {
  %0 = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : tensor<64x256xf8E5M2FNUZ>, tensor<64x256xf8E5M2FNUZ>)
      outs(%c : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}
