// RUN: fnuz-opt %s --emit-bytecode -o %t.mlirbc
// RUN: fnuz-opt %t.mlirbc | FileCheck %s
// RUN: fnuz-opt < %t.mlirbc | FileCheck %s
// RUN: fnuz-opt %s --emit-bytecode | fnuz-opt - | FileCheck %s
// RUN: fnuz-opt %t.mlirbc -o %t.mlirbc --emit-bytecode --canonicalize && fnuz-opt %t.mlirbc | FileCheck %s
// RUN: fnuz-opt %s --verify-roundtrip | FileCheck %s
// RUN: not fnuz-opt %t.mlirbc --split-input-file 2>&1 | FileCheck %s --check-prefix=SPLIT

// CHECK: func.func @f(%arg0: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN>
// CHECK: blob: "0x0400000001020304"

// SPLIT: error: --split-input-file and --verify-diagnostics read comments; {{.*}} is bytecode
func.func @f(%a: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = arith.constant dense_resource<blob> : tensor<4xf8E4M3FN>
  return %0 : tensor<4xf8E4M3FN>
}

{-#
  dialect_resources: {
    builtin: {
      blob: "0x0400000001020304"
    }
  }
#-}
