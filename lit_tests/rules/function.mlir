// RUN: fnuz-opt %s --convert-ocp-to-fnuz | FileCheck %s
// RUN: fnuz-opt %s --convert-ocp-to-fnuz=abi=preserve | FileCheck %s --check-prefix=PRESERVE

// A declaration stays OCP: what is behind it is not converted.
// CHECK: func.func private @external(f8E4M3FN) -> tensor<4xf8E5M2>
// PRESERVE: func.func private @external(f8E4M3FN) -> tensor<4xf8E5M2>
func.func private @external(f8E4M3FN) -> tensor<4xf8E5M2>

// CHECK: func.func @public(%[[X:.*]]: tensor<?xf8E4M3FNUZ>, %{{.*}}: f32) -> tensor<?xf8E4M3FNUZ>
// CHECK-NEXT: return %[[X]]
// PRESERVE: func.func @public(%[[X:.*]]: tensor<?xf8E4M3FN>, %{{.*}}: f32) -> tensor<?xf8E4M3FN>
// PRESERVE: %[[IN:.*]] = "fnuz.from_ocp"(%[[X]]) : (tensor<?xf8E4M3FN>) -> tensor<?xf8E4M3FNUZ>
// PRESERVE: %[[OUT:.*]] = "fnuz.to_ocp"(%[[IN]]) : (tensor<?xf8E4M3FNUZ>) -> tensor<?xf8E4M3FN>
// PRESERVE: return %[[OUT]]
func.func @public(%x: tensor<?xf8E4M3FN>, %y: f32) -> tensor<?xf8E4M3FN> {
  return %x : tensor<?xf8E4M3FN>
}

// A private function is ours, memrefs too.
// CHECK: func.func private @private(%{{.*}}: memref<4xf8E5M2FNUZ>) -> memref<4xf8E5M2FNUZ>
// PRESERVE: func.func private @private(%{{.*}}: memref<4xf8E5M2FNUZ>) -> memref<4xf8E5M2FNUZ>
func.func private @private(%x: memref<4xf8E5M2>) -> memref<4xf8E5M2> {
  return %x : memref<4xf8E5M2>
}

// CHECK: func.func @memref(%{{.*}}: memref<4xf32>, %{{.*}}: tuple<f32>) -> tuple<f32>
// PRESERVE: func.func @memref(%{{.*}}: memref<4xf32>, %{{.*}}: tuple<f32>) -> tuple<f32>
func.func @memref(%x: memref<4xf32>, %t: tuple<f32>) -> tuple<f32> {
  return %t : tuple<f32>
}

// CHECK: ml_program.func @program(%{{.*}}: tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FNUZ>
// CHECK: ml_program.return %{{.*}} : tensor<4xf8E4M3FNUZ>
// PRESERVE: ml_program.func @program(%[[X:.*]]: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN>
// PRESERVE: "fnuz.from_ocp"(%[[X]])
// PRESERVE: ml_program.return %{{.*}} : tensor<4xf8E4M3FN>
ml_program.func @program(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  ml_program.return %x : tensor<4xf8E4M3FN>
}

// CHECK: ml_program.subgraph private @graph(%{{.*}}: tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FNUZ>
// CHECK: ml_program.output %{{.*}} : tensor<4xf8E4M3FNUZ>
// PRESERVE: ml_program.subgraph private @graph(%{{.*}}: tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FNUZ>
ml_program.subgraph private @graph(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  ml_program.output %x : tensor<4xf8E4M3FN>
}

// Each module has its own @clash, of one name and two boundaries.
// CHECK: module @one
// CHECK: func.func private @clash(%{{.*}}: f8E4M3FNUZ) -> f8E4M3FNUZ
// CHECK: call @clash(%{{.*}}) : (f8E4M3FNUZ) -> f8E4M3FNUZ
module @one {
  func.func private @clash(%x: f8E4M3FN) -> f8E4M3FN {
    return %x : f8E4M3FN
  }
  func.func @main(%x: f8E4M3FN) -> f8E4M3FN {
    %0 = func.call @clash(%x) : (f8E4M3FN) -> f8E4M3FN
    return %0 : f8E4M3FN
  }
}
// CHECK: module @two
// CHECK: func.func private @clash(f8E4M3FN) -> f8E4M3FN
// CHECK: %[[IN:.*]] = "fnuz.to_ocp"
// CHECK: %[[OUT:.*]] = call @clash(%[[IN]]) : (f8E4M3FN) -> f8E4M3FN
// CHECK: "fnuz.from_ocp"(%[[OUT]])
module @two {
  func.func private @clash(%x: f8E4M3FN) -> f8E4M3FN
  func.func @main(%x: f8E4M3FN) -> f8E4M3FN {
    %0 = func.call @clash(%x) : (f8E4M3FN) -> f8E4M3FN
    return %0 : f8E4M3FN
  }
}
