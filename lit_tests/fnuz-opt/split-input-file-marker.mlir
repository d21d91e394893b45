// RUN: fnuz-opt %s --split-input-file="// =====" | FileCheck %s

// CHECK: func.func @first
func.func @first() { return }
// -----
// CHECK-NOT: // -----
// CHECK: func.func @second
func.func @second() { return }
// =====
// CHECK: // -----
// CHECK: func.func @third
func.func @third() { return }
