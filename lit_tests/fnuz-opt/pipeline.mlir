// RUN: fnuz-opt %s --canonicalize --cse | FileCheck %s
// RUN: fnuz-opt %s -canonicalize -cse | FileCheck %s
// RUN: fnuz-opt %s --pass-pipeline="builtin.module(canonicalize,func.func(cse))" | FileCheck %s
// RUN: fnuz-opt %s --pass-pipeline "builtin.module(canonicalize,func.func(cse))" | FileCheck %s
// RUN: fnuz-opt %s --pass-pipeline="any(canonicalize,cse)" | FileCheck %s
// RUN: fnuz-opt %s --canonicalize="top-down=false max-iterations=3" --cse | FileCheck %s
// RUN: fnuz-opt %s --pass-pipeline="builtin.module( canonicalize{ top-down=false } , convert-ocp-to-fnuz, func.func(cse) )" | FileCheck %s
// RUN: fnuz-opt %s --canonicalize --convert-ocp-to-fnuz --cse | FileCheck %s
// RUN: fnuz-opt %s --cse --ocp-to-fnuz --canonicalize | FileCheck %s
// RUN: fnuz-opt %s --pass-pipeline="builtin.module(canonicalize,ocp-to-fnuz,cse)" | FileCheck %s
// RUN: fnuz-opt %s --pass-pipeline="builtin.module()" | FileCheck %s --check-prefix=SAME
// RUN: fnuz-opt %s | FileCheck %s --check-prefix=SAME

// CHECK-LABEL: func.func @f(
// CHECK-NEXT: %[[C:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %{{.*}}, %[[C]] : f32
// CHECK-NEXT: arith.mulf %[[SUM]], %[[SUM]] : f32

// SAME: arith.addf
// SAME: arith.addf
func.func @f(%a: f32) -> f32 {
  %c = arith.constant 1.0 : f32
  %0 = arith.addf %a, %c : f32
  %1 = arith.addf %a, %c : f32
  %2 = arith.mulf %0, %1 : f32
  return %2 : f32
}
