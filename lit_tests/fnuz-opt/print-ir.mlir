// RUN: fnuz-opt %s --canonicalize --cse --mlir-print-ir-before-all -o /dev/null 2>&1 | FileCheck %s --check-prefix=BEFORE
// RUN: fnuz-opt %s --canonicalize --cse --mlir-print-ir-after-all -o /dev/null 2>&1 | FileCheck %s --check-prefix=AFTER
// RUN: fnuz-opt %s --canonicalize --cse --mlir-print-ir-after-change -o /dev/null 2>&1 | FileCheck %s --check-prefix=CHANGE
// RUN: fnuz-opt %s --pass-pipeline="builtin.module(func.func(cse))" --mlir-print-ir-after-all --mlir-print-ir-module-scope -o /dev/null 2>&1 | FileCheck %s --check-prefix=SCOPE
// RUN: fnuz-opt %s --canonicalize --mlir-print-ir-after-failure -o /dev/null 2>&1 | FileCheck %s --check-prefix=FAILURE --allow-empty
// RUN: fnuz-opt %s --convert-ocp-to-fnuz --mlir-print-ir-after-all -o /dev/null 2>&1 | FileCheck %s --check-prefix=OURS
// RUN: fnuz-opt %s --cse --mlir-timing -o /dev/null 2>&1 | FileCheck %s --check-prefix=TIMING
// RUN: fnuz-opt %s --cse --mlir-pass-statistics -o /dev/null 2>&1 | FileCheck %s --check-prefix=STATISTICS
// RUN: rm -rf %t && fnuz-opt %s --cse --mlir-print-ir-tree-dir=%t -o /dev/null && FileCheck %s --check-prefix=TREE < %t/builtin_module_no-symbol-name/0_cse.mlir

// BEFORE: IR Dump Before Canonicalizer
// BEFORE: arith.constant 2.0
// BEFORE: IR Dump Before CSE
// BEFORE-NOT: arith.constant 2.0

// AFTER: IR Dump After Canonicalizer
// AFTER-NOT: arith.constant 2.0
// AFTER: IR Dump After CSE

// CHANGE: IR Dump After Canonicalizer
// CHANGE-NOT: IR Dump After CSE

// SCOPE: IR Dump After CSE
// SCOPE-NEXT: module {

// FAILURE-NOT: IR Dump

// OURS: IR Dump After {{.*}}: convert-ocp-to-fnuz

// TIMING: Execution time report
// TIMING: CSE

// STATISTICS: Pass statistics report

// TREE: func.func @f
func.func @f() {
  %0 = arith.constant 2.0 : f32
  return
}
