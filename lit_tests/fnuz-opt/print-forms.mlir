// RUN: fnuz-opt %s --mlir-print-op-generic | FileCheck %s --check-prefix=GENERIC
// RUN: fnuz-opt %s --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s --check-prefix=DEBUGINFO
// RUN: fnuz-opt %s --mlir-pretty-debuginfo | FileCheck %s --check-prefix=PRETTY
// RUN: fnuz-opt %s --mlir-elide-elementsattrs-if-larger=2 | FileCheck %s --check-prefix=ELIDE
// RUN: fnuz-opt %s --mlir-elide-elementsattrs-if-larger 2 --mlir-elide-resource-strings-if-larger 2 | FileCheck %s --check-prefixes=ELIDE,NORESOURCE
// RUN: fnuz-opt %s | FileCheck %s --check-prefix=WHOLE
// RUN: fnuz-opt %s --mlir-print-skip-regions | FileCheck %s --check-prefix=SKIP

// GENERIC: "builtin.module"() ({
// GENERIC: "arith.constant"() <{value = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]> : tensor<3xf32>}>

// DEBUGINFO: arith.constant {{.*}} loc("{{.*}}print-forms.mlir":26:8)
// PRETTY: arith.constant {{.*}}print-forms.mlir:26:8

// ELIDE: arith.constant dense_resource<__elided__> : tensor<3xf32>
// NORESOURCE-NOT: 0x0400

// WHOLE: arith.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]>
// WHOLE: arith.constant dense_resource<blob>
// WHOLE: blob: "0x040000000000803F"

// SKIP: module {...}

func.func @f() -> tensor<3xf32> {
  %0 = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %1 = arith.constant dense_resource<blob> : tensor<1xf32>
  return %0 : tensor<3xf32>
}

{-#
  dialect_resources: {
    builtin: {
      blob: "0x040000000000803F"
    }
  }
#-}
