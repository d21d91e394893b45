// RUN: fnuz-opt %s --no-implicit-module | FileCheck %s --check-prefix=BARE
// RUN: fnuz-opt %s --no-implicit-module --canonicalize | FileCheck %s --check-prefix=BARE
// RUN: fnuz-opt %s --no-implicit-module --pass-pipeline="func.func(cse)" | FileCheck %s --check-prefix=BARE
// RUN: not fnuz-opt %s --no-implicit-module --convert-ocp-to-fnuz 2>&1 | FileCheck %s --check-prefix=OURS
// RUN: fnuz-opt - < %s | FileCheck %s --check-prefix=MODULE
// RUN: fnuz-opt %s --mlir-disable-threading --verify-each=false | FileCheck %s --check-prefix=MODULE
// RUN: fnuz-opt -- %s | FileCheck %s --check-prefix=MODULE

// BARE-NOT: module
// BARE: func.func @f
// OURS: error: 'convert-ocp-to-fnuz' runs on builtin.module: it cannot be added to a pass manager on 'func.func'
// MODULE: module {
// MODULE-NEXT: func.func @f
func.func @f() { return }
