// RUN: fnuz-opt --list-passes | FileCheck %s --check-prefix=PASSES
// RUN: fnuz-opt --help | FileCheck %s --check-prefixes=PASSES,HELP
// RUN: fnuz-opt -h | FileCheck %s --check-prefixes=PASSES,HELP
// RUN: fnuz-opt --list-rules | FileCheck %s --check-prefix=RULES
// RUN: fnuz-opt --show-dialects | FileCheck %s --check-prefix=DIALECTS
// RUN: fnuz-opt --version | FileCheck %s --check-prefix=VERSION

// PASSES: --convert-ocp-to-fnuz
// PASSES: chip=
// PASSES: --ocp-to-fnuz {{.*}}convert-ocp-to-fnuz{{.*}}, with the options of each

// HELP: --split-input-file[=<marker>]

// RULES: arith.divf {{.*}}product, non-linear {{.*}}a quotient a half
// RULES: arith.extf {{.*}}converts {{ *}}extf(v)

// DIALECTS: Available Dialects:
// DIALECTS: {{^}}arith
// DIALECTS: {{^}}fnuz
// DIALECTS: {{^}}linalg

// VERSION: fnuz-opt {{.*}}, torch-mlir {{[0-9]+}}
