// RUN: not fnuz-opt %s --verify-diagnostics 2>&1 | FileCheck %s

// CHECK: verify-diagnostics-bad-regex.mlir:4:4: error: bad regex:
// expected-error-re {{a {{(}}}}
