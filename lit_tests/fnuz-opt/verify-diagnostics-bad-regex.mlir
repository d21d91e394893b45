// RUN: not fnuz-opt %s --verify-diagnostics 2>&1 | FileCheck %s

// CHECK: verify-diagnostics-bad-regex.mlir:[[#@LINE+1]]:4: error: bad regex:
// expected-error-re {{a {{(}}}}
