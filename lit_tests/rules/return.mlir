// RUN: fnuz-opt %s --convert-ocp-to-fnuz | FileCheck %s
// RUN: fnuz-opt %s --convert-ocp-to-fnuz=abi=preserve | FileCheck %s --check-prefix=PRESERVE

// CHECK-LABEL: func.func @two_returns(
// CHECK: return %{{.*}}, %{{.*}} : f8E5M2FNUZ, f32
// CHECK: return %{{.*}}, %{{.*}} : f8E5M2FNUZ, f32
// PRESERVE-LABEL: func.func @two_returns(
// PRESERVE: %[[A:.*]] = "fnuz.to_ocp"
// PRESERVE: return %[[A]], %{{.*}} : f8E5M2, f32
// PRESERVE: %[[B:.*]] = "fnuz.to_ocp"
// PRESERVE: return %[[B]], %{{.*}} : f8E5M2, f32
func.func @two_returns(%x: f8E5M2, %y: f32, %c: i1) -> (f8E5M2, f32) {
  cf.cond_br %c, ^a, ^b
^a:
  return %x, %y : f8E5M2, f32
^b:
  %0 = arith.negf %x : f8E5M2
  return %0, %y : f8E5M2, f32
}

// CHECK-LABEL: ml_program.func @program(
// CHECK: ml_program.return %{{.*}} : f8E4M3FNUZ
// PRESERVE-LABEL: ml_program.func @program(
// PRESERVE: ml_program.return %{{.*}} : f8E4M3FN{{$}}
ml_program.func @program(%x: f8E4M3FN) -> f8E4M3FN {
  ml_program.return %x : f8E4M3FN
}

// CHECK-LABEL: ml_program.subgraph @graph(
// CHECK: ml_program.output %{{.*}} : f8E4M3FNUZ
// PRESERVE-LABEL: ml_program.subgraph @graph(
// PRESERVE: ml_program.output %{{.*}} : f8E4M3FN{{$}}
ml_program.subgraph @graph(%x: f8E4M3FN) -> f8E4M3FN {
  ml_program.output %x : f8E4M3FN
}
