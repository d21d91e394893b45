// RUN: fnuz-opt %s --split-input-file --canonicalize | FileCheck %s
// RUN: fnuz-opt %s -split-input-file -canonicalize | FileCheck %s
// RUN: fnuz-opt %s --split-input-file="// -----" --canonicalize | FileCheck %s
// RUN: fnuz-opt --split-input-file --canonicalize < %s | FileCheck %s
// RUN: not fnuz-opt %s 2>&1 | FileCheck %s --check-prefix=WHOLE

// Each part is a module of its own, so both may have an @f.

// WHOLE: redefinition of symbol named 'f'

// CHECK: module {
// CHECK-NEXT: func.func @f() {
// CHECK-NEXT: return
func.func @f() {
  %unused = arith.constant 1.0 : f32
  return
}

// CHECK: // -----
// CHECK-NEXT: module {
// CHECK-NEXT: func.func @f() -> f32
// -----

func.func @f() -> f32 {
  %0 = arith.constant 1.0 : f32
  return %0 : f32
}
