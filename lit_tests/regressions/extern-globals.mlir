// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz=abi=preserve
// 1: KeyError: 'None', internal error, with either abi. 2: a memref.global without a value is defined
// elsewhere, in OCP (as a function's declaration): it must not be retyped; today it is, in silence.
// (With abi=preserve a public memref.global, too, is retyped although others may link to it.)
// expected-error @+1 {{'ml_program.global' op on an OCP fp8 type cannot become FNUZ}}
ml_program.global private @x(#ml_program.extern<tensor<4xf8E4M3FN>>) : tensor<4xf8E4M3FN>

// -----

// expected-error @+1 {{'memref.global' op on an OCP fp8 type cannot become FNUZ}}
memref.global "private" @y : memref<4xf8E4M3FN>
