// RUN: not fnuz-opt %s --pass-pipeline="canonicalize" 2>&1 | FileCheck %s --check-prefix=ANCHOR
// ANCHOR: fnuz-opt: error: expected pass pipeline to be wrapped with the anchor operation type, e.g. 'builtin.module(...)'

// RUN: not fnuz-opt %s --pass-pipeline="builtin.module(func.func(convert-ocp-to-fnuz))" 2>&1 | FileCheck %s --check-prefix=NESTED
// NESTED: fnuz-opt: error: pass pipeline:1:26: 'convert-ocp-to-fnuz' runs on builtin.module: it cannot stand in 'builtin.module(func.func(convert-ocp-to-fnuz))'
// NESTED-NEXT: builtin.module(func.func(convert-ocp-to-fnuz))
// NESTED-NEXT: {{^ {25}\^$}}

// RUN: not fnuz-opt %s --pass-pipeline="builtin.module(cse,func.func(cse)" 2>&1 | FileCheck %s --check-prefix=PAREN
// PAREN: fnuz-opt: error: pass pipeline:1:15: unbalanced '('

// RUN: not fnuz-opt %s --pass-pipeline="builtin.module(canonicalize{top-down=false)" 2>&1 | FileCheck %s --check-prefix=BRACE
// BRACE: fnuz-opt: error: pass pipeline:1:43: expected '}'

// RUN: not fnuz-opt %s --pass-pipeline="builtin.module(cse))" 2>&1 | FileCheck %s --check-prefix=REST
// REST: fnuz-opt: error: pass pipeline:1:20: expected the end of the pipeline after 'builtin.module(...)'

// RUN: not fnuz-opt %s --pass-pipeline="builtin.module(cse,no-such-pass)" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: fnuz-opt: error: 'no-such-pass' is not a pass or a pipeline

// RUN: not fnuz-opt %s --convert-ocp-to-fnus 2>&1 | FileCheck %s --check-prefix=CLOSE
// CLOSE: fnuz-opt: error: unknown option or pass '--convert-ocp-to-fnus'; did you mean --convert-ocp-to-fnuz

// RUN: not fnuz-opt %s --convert-ocp-to-fnuz="no-such-option=1" 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: fnuz-opt: error: pass 'convert-ocp-to-fnuz' has no option 'no-such-option'; it has

// RUN: not fnuz-opt %s --ocp-to-fnuz="no-such-option=1" 2>&1 | FileCheck %s --check-prefix=PIPEOPT
// PIPEOPT: fnuz-opt: error: pipeline 'ocp-to-fnuz' has no option 'no-such-option'; it has

// RUN: not fnuz-opt %s --canonicalize="no-such-option=1" 2>&1 | FileCheck %s --check-prefix=UPSTREAM
// UPSTREAM: fnuz-opt: error: {{.*}}no such option no-such-option
// UPSTREAM: failed to add `canonicalize` with options `no-such-option=1`

// RUN: not fnuz-opt %s --cse --pass-pipeline="builtin.module(cse)" 2>&1 | FileCheck %s --check-prefix=BOTH
// BOTH: fnuz-opt: error: --pass-pipeline cannot be used with a pass flag, '--cse'

// RUN: not fnuz-opt %s --pass-pipeline="func.func(cse)" 2>&1 | FileCheck %s --check-prefix=OTHEROP
// OTHEROP: error: can't run 'func.func' pass manager on 'builtin.module' op

// RUN: not fnuz-opt %s --run-reproducer 2>&1 | FileCheck %s --check-prefix=REFUSED
// REFUSED: fnuz-opt: error: '--run-reproducer' is not supported: the MLIR Python bindings have no reproducers

// RUN: not fnuz-opt %s --mlir-print-ir-before=cse 2>&1 | FileCheck %s --check-prefix=ONEPASS
// ONEPASS: '--mlir-print-ir-before' is not supported: {{.*}}use --mlir-print-ir-before-all
