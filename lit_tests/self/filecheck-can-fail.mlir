// What the other tests rest on: FileCheck is there, it fails, and it passes.
// RUN: fnuz-opt %s | not FileCheck %s --check-prefix=WRONG
// RUN: fnuz-opt %s | FileCheck %s

// WRONG: func.func @another
// CHECK: func.func @f
func.func @f() {
  return
}
