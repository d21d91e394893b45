// RUN: fnuz-opt %s --expand-math | FileCheck %s
// RUN: fnuz-opt %s --expand-math --expand-math | FileCheck %s

// On the host nothing changes.
// CHECK: func.func @host(
// CHECK: math.tanh
func.func @host(%x: f32) -> f32 {
  %0 = math.tanh %x : f32
  return %0 : f32
}

gpu.module @kernels {
  // In f64, rounded once.
  // CHECK-LABEL: func.func @tanh(
  // CHECK: arith.extf %{{.*}} : vector<4xf32> to vector<4xf64>
  // CHECK: math.fma %{{.*}} : vector<4xf64>
  // CHECK-NOT: math.tanh
  // CHECK: arith.truncf %{{.*}} : vector<4xf64> to vector<4xf32>
  // CHECK-NEXT: return
  func.func @tanh(%x: vector<4xf32>) -> vector<4xf32> {
    %0 = math.tanh %x : vector<4xf32>
    return %0 : vector<4xf32>
  }

  // CHECK-LABEL: func.func @powers(
  // CHECK: arith.sitofp %{{.*}} : i32 to f64
  // CHECK-NOT: math.fpowi
  // CHECK: arith.truncf %{{.*}} : f64 to f32
  // CHECK-NEXT: arith.truncf %{{.*}} : f32 to bf16
  func.func @powers(%x: bf16, %n: i32) -> bf16 {
    %0 = math.fpowi %x, %n : bf16, i32
    return %0 : bf16
  }

  // What LLVM has, by its own name, and in f32.
  // CHECK-LABEL: func.func @exp(
  // CHECK: llvm.call_intrinsic "llvm.exp"(%{{.*}}) : (f32) -> f32
  // CHECK-NEXT: arith.truncf %{{.*}} : f32 to f16
  // CHECK-NEXT: llvm.call_intrinsic "llvm.floor"(%{{.*}}) : (f64) -> f64
  // CHECK-NEXT: math.absf %{{.*}} : bf16
  func.func @exp(%x: f16, %y: f64, %z: bf16) -> (f16, f64, bf16) {
    %0 = math.exp %x : f16
    %1 = math.floor %y : f64
    %2 = math.absf %z : bf16
    return %0, %1, %2 : f16, f64, bf16
  }

  // What has no expansion stays.
  // CHECK-LABEL: func.func @left(
  // CHECK-NEXT: math.sin %{{.*}} : f64
  func.func @left(%x: f64) -> f64 {
    %0 = math.sin %x : f64
    return %0 : f64
  }
}
