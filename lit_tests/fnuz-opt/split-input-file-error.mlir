// RUN: not fnuz-opt %s --split-input-file 2> %t.err > %t.out
// RUN: FileCheck %s --check-prefix=ERR < %t.err
// RUN: FileCheck %s --check-prefix=OUT --allow-empty < %t.out

// One part that fails is enough for no output at all; the parts after it are still checked, and
// lines count through the whole file.

// OUT-NOT: {{.}}

func.func @good() { return }

// -----

// ERR: split-input-file-error.mlir:16:3: error: 'func.return' op has 0 operands, but enclosing function (@bad) returns 1
func.func @bad() -> f32 {
  return
}

// -----

// ERR: split-input-file-error.mlir:22:12: error: @ identifier expected to start with letter or '_'
func.func @ () { return }
