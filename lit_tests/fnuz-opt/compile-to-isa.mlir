// RUN: fnuz-opt %s --compile-to=isa --report=%t.json -o %t.s && FileCheck %s < %t.s
// RUN: FileCheck %s --check-prefix=REPORT < %t.json
// RUN: fnuz-opt %s --pass-pipeline='builtin.module(lower-to-rocdl)' --compile-to=isa | diff %t.s -

// Every fp8 matrix instruction, and the casts.
// CHECK: // gpu.module @first
// CHECK-NEXT: .amdgcn_target "amdgcn-amd-amdhsa-unknown-gfx942"
// CHECK-NEXT: .amdhsa_code_object_version 5
// CHECK: mfma:
// CHECK-DAG: v_mfma_f32_16x16x32_fp8_fp8
// CHECK-DAG: v_mfma_f32_16x16x32_fp8_bf8
// CHECK-DAG: v_mfma_f32_16x16x32_bf8_fp8
// CHECK-DAG: v_mfma_f32_16x16x32_bf8_bf8
// CHECK-DAG: v_mfma_f32_32x32x16_fp8_fp8
// CHECK-DAG: v_mfma_f32_32x32x16_fp8_bf8
// CHECK-DAG: v_mfma_f32_32x32x16_bf8_fp8
// CHECK-DAG: v_mfma_f32_32x32x16_bf8_bf8
// CHECK: s_endpgm
// CHECK: amdhsa.kernels:
// CHECK: .name: mfma
// CHECK: .reqd_workgroup_size:
// CHECK-NEXT: - 64
// CHECK-NEXT: - 1
// CHECK-NEXT: - 1
// CHECK: .wavefront_size: 64
// CHECK: // -----
// CHECK-NEXT: // gpu.module @second
// CHECK-NEXT: .amdgcn_target "amdgcn-amd-amdhsa-unknown-gfx942"
// CHECK: casts:
// CHECK: v_cvt_pk_f32_fp8
// CHECK: v_cvt_pk_bf8_f32
// CHECK: s_endpgm
// CHECK: staged:
// CHECK: ds_write_b32
// CHECK: s_barrier
// CHECK: ds_read_b32
// CHECK-NOT: // -----

// REPORT: "passes": [
// REPORT-NEXT: "target-gpu-modules",
// REPORT-NEXT: "expand-math",
// REPORT-NEXT: "verify-rocdl"
// REPORT: "name": "first::mfma"
// REPORT: "resources": {
// REPORT-NEXT: "vgprs": {{[1-9][0-9]*}},
// REPORT: "lds": 0,
// REPORT: "name": "second::casts"
// REPORT: "name": "second::staged"
// REPORT: "resources": {
// REPORT: "agprs": 0,
// REPORT: "lds": 40000,
// REPORT-NEXT: "scratch": 0,
// REPORT-NEXT: "vgpr_spills": 0,
// REPORT-NEXT: "sgpr_spills": 0,
// REPORT-NEXT: "occupancy": 1
// REPORT-NEXT: }

gpu.module @first {
  gpu.func @mfma(%p: memref<64x8xf8E4M3FNUZ>, %q: memref<64x8xf8E5M2FNUZ>,
                 %x: memref<64x4xf32>, %y: memref<64x16xf32>)
      kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %t = gpu.thread_id x
    %c0 = arith.constant 0 : index
    %a = vector.load %p[%t, %c0] : memref<64x8xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>
    %b = vector.load %q[%t, %c0] : memref<64x8xf8E5M2FNUZ>, vector<8xf8E5M2FNUZ>
    %s0 = vector.load %x[%t, %c0] : memref<64x4xf32>, vector<4xf32>
    %s1 = amdgpu.mfma 16x16x32 %a * %a + %s0 blgp = none : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>, vector<4xf32>
    %s2 = amdgpu.mfma 16x16x32 %a * %b + %s1 blgp = none : vector<8xf8E4M3FNUZ>, vector<8xf8E5M2FNUZ>, vector<4xf32>
    %s3 = amdgpu.mfma 16x16x32 %b * %a + %s2 blgp = none : vector<8xf8E5M2FNUZ>, vector<8xf8E4M3FNUZ>, vector<4xf32>
    %s4 = amdgpu.mfma 16x16x32 %b * %b + %s3 blgp = none : vector<8xf8E5M2FNUZ>, vector<8xf8E5M2FNUZ>, vector<4xf32>
    vector.store %s4, %x[%t, %c0] : memref<64x4xf32>, vector<4xf32>
    %l0 = vector.load %y[%t, %c0] : memref<64x16xf32>, vector<16xf32>
    %l1 = amdgpu.mfma 32x32x16 %a * %a + %l0 blgp = none : vector<8xf8E4M3FNUZ>, vector<8xf8E4M3FNUZ>, vector<16xf32>
    %l2 = amdgpu.mfma 32x32x16 %a * %b + %l1 blgp = none : vector<8xf8E4M3FNUZ>, vector<8xf8E5M2FNUZ>, vector<16xf32>
    %l3 = amdgpu.mfma 32x32x16 %b * %a + %l2 blgp = none : vector<8xf8E5M2FNUZ>, vector<8xf8E4M3FNUZ>, vector<16xf32>
    %l4 = amdgpu.mfma 32x32x16 %b * %b + %l3 blgp = none : vector<8xf8E5M2FNUZ>, vector<8xf8E5M2FNUZ>, vector<16xf32>
    vector.store %l4, %y[%t, %c0] : memref<64x16xf32>, vector<16xf32>
    gpu.return
  }
}

gpu.module @second {
  gpu.func @casts(%p: memref<64x4xf8E4M3FNUZ>, %q: memref<64x4xf8E5M2FNUZ>) kernel {
    %t = gpu.thread_id x
    %c0 = arith.constant 0 : index
    %v = vector.load %p[%t, %c0] : memref<64x4xf8E4M3FNUZ>, vector<4xf8E4M3FNUZ>
    %0 = arith.extf %v : vector<4xf8E4M3FNUZ> to vector<4xf32>
    %1 = arith.mulf %0, %0 : vector<4xf32>
    %2 = arith.truncf %1 : vector<4xf32> to vector<4xf8E5M2FNUZ>
    vector.store %2, %q[%t, %c0] : memref<64x4xf8E5M2FNUZ>, vector<4xf8E5M2FNUZ>
    gpu.return
  }

  gpu.func @staged(%x: memref<64xf32>)
      workgroup(%l: memref<10000xf32, #gpu.address_space<workgroup>>) kernel {
    %t = gpu.thread_id x
    %c63 = arith.constant 63 : index
    %u = arith.subi %c63, %t : index
    %0 = memref.load %x[%t] : memref<64xf32>
    memref.store %0, %l[%t] : memref<10000xf32, #gpu.address_space<workgroup>>
    gpu.barrier
    %1 = memref.load %l[%u] : memref<10000xf32, #gpu.address_space<workgroup>>
    memref.store %1, %x[%t] : memref<64xf32>
    gpu.return
  }
}
