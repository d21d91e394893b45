// RUN: not fnuz-opt %s --split-input-file 2>&1 | FileCheck %s --strict-whitespace
// RUN: not fnuz-opt %s --split-input-file --mlir-disable-diagnostic-notes 2>&1 | FileCheck %s --check-prefix=NONOTE

// NONOTE-NOT: note:

//      CHECK:errors.mlir:12:1: error: redefinition of symbol named 'twice'
// CHECK-NEXT:func.func @twice() { return }
// CHECK-NEXT:^
//      CHECK:errors.mlir:11:1: note: see existing symbol definition here
// CHECK-NEXT:func.func @twice() { return }
func.func @twice() { return }
func.func @twice() { return }

// -----

//      CHECK:errors.mlir:20:3: error: custom op 'no_such_op' is unknown
// CHECK-NEXT:{{^}}  no_such_op
// CHECK-NEXT:{{^}}  ^
func.func @unknown() {
  no_such_op
}
