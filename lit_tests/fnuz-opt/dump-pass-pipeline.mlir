// RUN: fnuz-opt %s --canonicalize="top-down=false" --convert-ocp-to-fnuz --cse --llvm-request-c-wrappers --dump-pass-pipeline -o /dev/null 2>&1 | FileCheck %s

// What is printed can be given to --pass-pipeline; a pass that needs another op is nested.

// CHECK: builtin.module(canonicalize{top-down=false},convert-ocp-to-fnuz,cse,func.func(llvm-request-c-wrappers))
