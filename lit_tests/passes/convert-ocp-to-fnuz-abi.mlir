// RUN: fnuz-opt %s --convert-ocp-to-fnuz | FileCheck %s --check-prefixes=CHECK,CONVERT
// RUN: fnuz-opt %s --convert-ocp-to-fnuz=abi=preserve -o %t.preserve
// RUN: FileCheck %s --check-prefixes=CHECK,PRESERVE < %t.preserve
// RUN: fnuz-opt %t.preserve --convert-ocp-to-fnuz=abi=preserve | diff %t.preserve -
// RUN: fnuz-opt %s --convert-ocp-to-fnuz=abi=f32 -o %t.f32
// RUN: FileCheck %s --check-prefixes=CHECK,F32 < %t.f32
// RUN: fnuz-opt %t.f32 --convert-ocp-to-fnuz=abi=f32 | diff %t.f32 -
// RUN: fnuz-opt %s --convert-ocp-to-fnuz="abi=f32 overflow=saturate" | FileCheck %s --check-prefix=SATURATE
// RUN: fnuz-opt %s --convert-ocp-to-fnuz="abi=f32 inf=saturate" | FileCheck %s --check-prefix=INF
// RUN: fnuz-opt %t.f32 --resolve-ranked-shaped-type-result-dims --linalg-fuse-elementwise-ops | FileCheck %s --check-prefix=FUSED
// RUN: fnuz-opt %t.preserve --lower-fnuz-casts --resolve-ranked-shaped-type-result-dims --linalg-fuse-elementwise-ops | FileCheck %s --check-prefix=FUSED

// CHECK: module attributes {fnuz.converted = {abi = "{{convert|preserve|f32}}", chip = "gfx942", inf = "nan", overflow = "exact"}}

// The other side of a declaration is not converted, and a private function has no other side.
// CHECK: func.func private @external(tensor<4xf8E4M3FN>) -> f8E4M3FN
// CHECK: func.func private @private(%{{.*}}: memref<4xf8E4M3FNUZ>) -> memref<4xf8E4M3FNUZ>
func.func private @external(tensor<4xf8E4M3FN>) -> f8E4M3FN
func.func private @private(%x: memref<4xf8E4M3FN>) -> memref<4xf8E4M3FN> {
  return %x : memref<4xf8E4M3FN>
}

// Halved, rounded and guarded; used twice, cast once.
// CONVERT-LABEL: func.func @scalar(
// CONVERT-SAME: %[[X:.*]]: f8E4M3FNUZ) -> (f8E4M3FNUZ, f8E4M3FNUZ)
// CONVERT-NEXT: return %[[X]], %[[X]]
// PRESERVE-LABEL: func.func @scalar(
// PRESERVE-SAME: %[[X:.*]]: f8E4M3FN) -> (f8E4M3FN, f8E4M3FN)
// PRESERVE-NEXT: %[[IN:.*]] = "fnuz.from_ocp"(%[[X]])
// PRESERVE-NEXT: %[[A:.*]] = "fnuz.to_ocp"(%[[IN]])
// PRESERVE-NEXT: %[[B:.*]] = "fnuz.to_ocp"(%[[IN]])
// PRESERVE-NEXT: return %[[A]], %[[B]]
// F32-LABEL: func.func @scalar(
// F32-SAME: %[[X:.*]]: f32) -> (f32, f32)
// F32-DAG: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// F32-DAG: %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// F32: %[[HALVED:.*]] = arith.mulf %[[X]], %[[HALF]] : f32
// F32-NEXT: arith.truncf %[[HALVED]] : f32 to f8E4M3FNUZ
// F32-NEXT: arith.bitcast
// F32-NEXT: arith.andi
// F32-NEXT: arith.cmpi ugt
// F32-NEXT: arith.select
// F32-NEXT: %[[IN:.*]] = arith.bitcast %{{.*}} : i8 to f8E4M3FNUZ
// F32-NEXT: %[[A:.*]] = arith.extf %[[IN]] : f8E4M3FNUZ to f32
// F32-NEXT: %[[A2:.*]] = arith.mulf %[[A]], %[[TWO]] : f32
// F32-NEXT: %[[B:.*]] = arith.extf %[[IN]] : f8E4M3FNUZ to f32
// F32-NEXT: %[[B2:.*]] = arith.mulf %[[B]], %[[TWO]] : f32
// F32-NEXT: return %[[A2]], %[[B2]]
// SATURATE-LABEL: func.func @scalar(
// SATURATE: arith.maximumf
// SATURATE-NEXT: arith.minimumf
// SATURATE-NEXT: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
// SATURATE-NEXT: arith.extf
func.func @scalar(%x: f8E4M3FN) -> (f8E4M3FN, f8E4M3FN) {
  return %x, %x : f8E4M3FN, f8E4M3FN
}

// F32-LABEL: func.func @vector(
// F32-SAME: %{{.*}}: vector<4x[8]xf32>) -> vector<4x[8]xf32>
// F32: arith.truncf %{{.*}} : vector<4x[8]xf32> to vector<4x[8]xf8E5M2FNUZ>
// F32: arith.extf %{{.*}} : vector<4x[8]xf8E5M2FNUZ> to vector<4x[8]xf32>
// INF-LABEL: func.func @vector(
// INF: arith.minimumf
// INF-NEXT: arith.truncf
func.func @vector(%x: vector<4x[8]xf8E5M2>) -> vector<4x[8]xf8E5M2> {
  return %x : vector<4x[8]xf8E5M2>
}

// One elementwise pass for each tensor, which fusion takes into what is before or behind.
// F32-LABEL: func.func @tensor(
// F32-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x4xf32>) -> tensor<?x4xf32>
// F32: %[[D:.*]] = tensor.dim %[[X]], %c0
// F32: %[[E:.*]] = tensor.empty(%[[D]]) : tensor<?x4xf8E4M3FNUZ>
// F32: linalg.generic {{.*}} ins(%[[X]] : tensor<?x4xf32>) outs(%[[E]] : tensor<?x4xf8E4M3FNUZ>)
// F32-NEXT: ^bb0(%[[V:.*]]: f32, %{{.*}}: f8E4M3FNUZ):
// F32-NEXT: %[[HALVED:.*]] = arith.mulf %[[V]], %{{.*}} : f32
// F32-NEXT: arith.truncf %[[HALVED]] : f32 to f8E4M3FNUZ
// F32: linalg.yield %{{.*}} : f8E4M3FNUZ
// F32: linalg.generic
// F32: arith.maximumf
// F32: linalg.generic {{.*}} ins(%{{.*}} : tensor<?x4xf8E4M3FNUZ>) outs(%{{.*}} : tensor<?x4xf32>)
// F32-NEXT: ^bb0(%[[V:.*]]: f8E4M3FNUZ, %{{.*}}: f32):
// F32-NEXT: %[[WIDE:.*]] = arith.extf %[[V]] : f8E4M3FNUZ to f32
// F32-NEXT: %[[DOUBLED:.*]] = arith.mulf %[[WIDE]], %{{.*}} : f32
// F32-NEXT: linalg.yield %[[DOUBLED]] : f32
// F32-NOT: linalg.generic
// F32: return
// FUSED-LABEL: func.func @tensor(
// FUSED-COUNT-1: linalg.generic
// FUSED-NOT: linalg.generic
// FUSED: return
#id = affine_map<(i, j) -> (i, j)>
func.func @tensor(%x: tensor<?x4xf8E4M3FN>, %y: tensor<?x4xf32>) -> tensor<?x4xf8E4M3FN> {
  %c0 = arith.constant 0 : index
  %d = tensor.dim %x, %c0 : tensor<?x4xf8E4M3FN>
  %e = tensor.empty(%d) : tensor<?x4xf8E4M3FN>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x4xf8E4M3FN>) outs(%e : tensor<?x4xf8E4M3FN>) {
  ^bb0(%a: f8E4M3FN, %o: f8E4M3FN):
    %1 = arith.maximumf %a, %a : f8E4M3FN
    linalg.yield %1 : f8E4M3FN
  } -> tensor<?x4xf8E4M3FN>
  return %0 : tensor<?x4xf8E4M3FN>
}

// The attribute of one argument or result goes before the option, and stays.
// CHECK-LABEL: func.func @mixed(
// CHECK-SAME: %[[A:.*]]: f8E4M3FNUZ {fnuz.abi = "convert"}, %[[B:.*]]: f8E4M3FN {fnuz.abi = "preserve"}, %[[C:.*]]: f32 {fnuz.abi = "f32"},
// CONVERT-SAME: f8E4M3FNUZ,
// PRESERVE-SAME: f8E4M3FN,
// F32-SAME: f32,
// CHECK-SAME: memref<4xf8E5M2FNUZ> {fnuz.abi = "convert"})
// CHECK-SAME: -> (f8E4M3FN {fnuz.abi = "preserve"}, f32 {fnuz.abi = "f32"}, f8E4M3FNUZ {fnuz.abi = "convert"},
// CONVERT-SAME: f8E4M3FNUZ)
// PRESERVE-SAME: f8E4M3FN)
// F32-SAME: f32)
// CHECK: "fnuz.from_ocp"(%[[B]])
// CHECK: %[[OCP:.*]] = "fnuz.to_ocp"(%[[A]])
// CHECK: return %[[OCP]], %{{.*}}, %{{.*}}, %{{.*}} : f8E4M3FN, f32, f8E4M3FNUZ,
func.func @mixed(
    %a: f8E4M3FN {fnuz.abi = "convert"}, %b: f8E4M3FN {fnuz.abi = "preserve"},
    %c: f8E4M3FN {fnuz.abi = "f32"}, %d: f8E4M3FN, %m: memref<4xf8E5M2> {fnuz.abi = "convert"})
    -> (f8E4M3FN {fnuz.abi = "preserve"}, f8E4M3FN {fnuz.abi = "f32"},
        f8E4M3FN {fnuz.abi = "convert"}, f8E4M3FN) {
  return %a, %b, %c, %d : f8E4M3FN, f8E4M3FN, f8E4M3FN, f8E4M3FN
}

// A call has the types of its callee. What comes back as f32 is an fp8 value: no guard.
// CHECK-LABEL: func.func private @calls(
// CHECK-SAME: %[[X:.*]]: f8E4M3FNUZ, %[[T:.*]]: tensor<4xf8E4M3FNUZ>)
// CONVERT: %[[R:.*]]:2 = call @scalar(%[[X]]) : (f8E4M3FNUZ) -> (f8E4M3FNUZ, f8E4M3FNUZ)
// PRESERVE: call @scalar(%{{.*}}) : (f8E4M3FN) -> (f8E4M3FN, f8E4M3FN)
// PRESERVE-NEXT: "fnuz.from_ocp"
// F32: %[[W:.*]] = arith.extf %[[X]]
// F32: %[[D:.*]] = arith.mulf %[[W]]
// F32: %[[R:.*]]:2 = call @scalar(%[[D]]) : (f32) -> (f32, f32)
// F32: %[[H:.*]] = arith.mulf %[[R]]#0
// F32: %[[Y:.*]] = arith.truncf %[[H]] : f32 to f8E4M3FNUZ
// F32: arith.maximumf %[[Y]], %{{.*}} : f8E4M3FNUZ
// CHECK: %[[OCP:.*]] = "fnuz.to_ocp"(%[[T]]) : (tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FN>
// CHECK: call @external(%[[OCP]]) : (tensor<4xf8E4M3FN>) -> f8E4M3FN
func.func private @calls(%x: f8E4M3FN, %t: tensor<4xf8E4M3FN>) -> f8E4M3FN {
  %0:2 = func.call @scalar(%x) : (f8E4M3FN) -> (f8E4M3FN, f8E4M3FN)
  %1 = arith.maximumf %0#0, %0#1 : f8E4M3FN
  %2 = func.call @external(%t) : (tensor<4xf8E4M3FN>) -> f8E4M3FN
  %3 = arith.maximumf %1, %2 : f8E4M3FN
  return %3 : f8E4M3FN
}

// CHECK-LABEL: ml_program.func @program(
// CHECK-SAME: %{{.*}}: f32 {fnuz.abi = "f32"}) -> (f8E4M3FN {fnuz.abi = "preserve"})
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
// CHECK: ml_program.return %{{.*}} : f8E4M3FN{{$}}
ml_program.func @program(%x: f8E4M3FN {fnuz.abi = "f32"}) -> (f8E4M3FN {fnuz.abi = "preserve"}) {
  ml_program.return %x : f8E4M3FN
}

// CHECK-LABEL: ml_program.subgraph @graph(
// CHECK-SAME: %{{.*}}: f8E4M3FN {fnuz.abi = "preserve"}) -> (f32 {fnuz.abi = "f32"})
// CHECK: ml_program.output %{{.*}} : f32
ml_program.subgraph @graph(%x: f8E4M3FN {fnuz.abi = "preserve"}) -> (f8E4M3FN {fnuz.abi = "f32"}) {
  ml_program.output %x : f8E4M3FN
}
