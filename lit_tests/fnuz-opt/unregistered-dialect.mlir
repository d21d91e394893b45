// RUN: fnuz-opt %s --allow-unregistered-dialect | FileCheck %s
// RUN: not fnuz-opt %s 2>&1 | FileCheck %s --check-prefix=ERR

// CHECK: "foo.bar"() : () -> ()
// ERR: unregistered-dialect.mlir:6:{{[0-9]+}}: error: operation being parsed with an unregistered dialect
"foo.bar"() : () -> ()
