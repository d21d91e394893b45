// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect --convert-ocp-to-fnuz
// Skipped in silence today: only a TypeAttr, FloatAttr or dense attribute at the top is looked at.
// expected-error @+1 {{'other.op' op on an OCP fp8 type cannot become FNUZ}}
"other.op"() {types = [f8E4M3FN]} : () -> ()

// -----

// expected-error @+1 {{'other.op' op on an OCP fp8 type cannot become FNUZ}}
"other.op"() {value = dense_resource<r> : tensor<4xf8E4M3FN>} : () -> ()
