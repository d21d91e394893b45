// RUN: fnuz-opt %s --split-input-file --verify-diagnostics
// RUN: fnuz-opt %s -split-input-file -verify-diagnostics=all

func.func @next_line() -> f32 {
  // expected-error@+1 {{'func.return' op has 0 operands}}
  return
}

// -----

func.func @same_line() -> f32 {
  return // expected-error {{op has 0 operands, but enclosing function (@same_line) returns 1}}
}

// -----

func.func @lines_before() -> f32 {
  return
}
// expected-error@-2 {{op has 0 operands}}

// -----

func.func @above() -> f32 {
  return
  // expected-error @above {{op has 0 operands}}
}

// -----

func.func @regex() -> f32 {
  // expected-error-re @below {{'func.{{[a-z]+}}' op has {{[0-9]}} operands, but enclosing function (@regex)}}
  return
}

// -----

// expected-note@+1 {{see existing symbol definition here}}
func.func @twice() { return }
// expected-error@+1 {{redefinition of symbol named 'twice'}}
func.func @twice() { return }

// -----

// Expectations for one line stand one above the other.
// expected-error@below {{redefinition of symbol named 'stack'}}
// expected-note@below {{see existing symbol definition here}}
func.func @stack() { return } func.func @stack() { return }

// -----

func.func @fine() { return }
