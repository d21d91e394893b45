// RUN: fnuz-opt %s --convert-ocp-to-fnuz | FileCheck %s
// The attribute prints as `0 : i32`, so the test for "to_nearest_even" in its text fails: an explicit
// to_nearest_even is refused (truncf, convertf, scaling_truncf; emulate-fp8 too), and the message
// says "3 : i32" for toward_zero.

// CHECK-LABEL: func.func @to_nearest_even(
// CHECK: arith.truncf
func.func @to_nearest_even(%x: f32) -> f8E4M3FN {
  %0 = arith.truncf %x to_nearest_even : f32 to f8E4M3FN
  return %0 : f8E4M3FN
}

