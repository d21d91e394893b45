// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t

// CHECK: memref.global "private" constant @weights : memref<4xf8E4M3FNUZ> = dense<[5.000000e-01, 0.000000e+00, 0x80, -2.240000e+02]>
memref.global "private" constant @weights : memref<4xf8E4M3FN> = dense<[1.0, -0.0, 0x7F, -448.0]>
// CHECK: memref.global "private" @scratch : memref<16xf8E5M2FNUZ> = uninitialized
memref.global "private" @scratch : memref<16xf8E5M2> = uninitialized
// CHECK: memref.global "private" @splat : memref<2x2xf8E5M2FNUZ> = dense<1.000000e+00>
memref.global "private" @splat : memref<2x2xf8E5M2> = dense<2.0>

// -----

// expected-warning @+1 {{1 Inf in a constant of f8E5M2}}
memref.global "private" @inf : memref<2xf8E5M2> = dense<[0x7C, 1.0]>

// -----

// expected-error @+1 {{'memref.global' op on an OCP fp8 type cannot become FNUZ for gfx942: its value is neither a float nor dense nor dense_resource}}
"memref.global"() {sym_name = "sparse", sym_visibility = "private", type = memref<8xf8E4M3FN>, initial_value = sparse<[[0]], [1.0]> : tensor<8xf8E4M3FN>} : () -> ()

