// RUN: fnuz-opt %s --verify-diagnostics --pass-pipeline='func.func(cse)' --split-input-file=//never

// expected-error@unknown {{can't run 'func.func' pass manager on 'builtin.module' op}}
