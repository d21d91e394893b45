// RUN: not fnuz-opt %s --split-input-file --verify-diagnostics 2>&1 | FileCheck %s

// CHECK: verify-diagnostics-mismatch.mlir:6:3: error: unexpected error: 'func.return' op has 0 operands
// CHECK-NEXT: {{^}}  return
func.func @unexpected() -> f32 {
  return
}

// -----

// CHECK: verify-diagnostics-mismatch.mlir:12:4: error: expected error "never comes" was not produced
// expected-error@below {{never comes}}
func.func @not_produced() { return }

// -----

// CHECK: verify-diagnostics-mismatch.mlir:20:3: error: 'error' diagnostic emitted when expecting a 'warning'
// CHECK: error: expected warning "op has 0 operands" was not produced
func.func @wrong_kind() -> f32 { // expected-warning@+1 {{op has 0 operands}}
  return
}

// -----

// CHECK: error: unexpected error: 'func.return' op has 0 operands
// CHECK: error: expected error "has 1 operand" was not produced
func.func @wrong_text() -> f32 {
  // expected-error@+1 {{has 1 operand}}
  return
}

// -----

// CHECK: error: expected error "no line at all" was not produced
// expected-error@unknown {{no line at all}}
