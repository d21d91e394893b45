// RUN: fnuz-opt %s --verify-diagnostics=only-expected
// RUN: not fnuz-opt %s --verify-diagnostics=some 2>&1 | FileCheck %s

// CHECK: error: '--verify-diagnostics' takes all or only-expected, not 'some'

// The note at the first @f is not expected, and nobody minds.
func.func @f() { return }
// expected-error@+1 {{redefinition of symbol}}
func.func @f() { return }
