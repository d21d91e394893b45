// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz -o %t
// RUN: FileCheck %s < %t && FileCheck %s --check-prefix=ANYWHERE < %t
// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz=overflow=saturate | FileCheck %s --check-prefix=SATURATE
// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz=inf=saturate | FileCheck %s --check-prefix=INF

// E4M3 rounds up to 464 to 448 and makes NaN of more. Halved, what is more rounds to 0x7F, which
// stands for no OCP value, or to NaN.
// CHECK-LABEL: func.func @scalar(
// CHECK-DAG: %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
// CHECK-DAG: %[[MAGNITUDE:.*]] = arith.constant 127 : i8
// CHECK-DAG: %[[MAX:.*]] = arith.constant 126 : i8
// CHECK-DAG: %[[NAN:.*]] = arith.constant -128 : i8
// CHECK: %[[HALVED:.*]] = arith.mulf %{{.*}}, %[[HALF]] : f32
// CHECK: %[[ROUNDED:.*]] = arith.truncf %[[HALVED]] : f32 to f8E4M3FNUZ
// CHECK: %[[CODE:.*]] = arith.bitcast %[[ROUNDED]] : f8E4M3FNUZ to i8
// CHECK: %[[UNSIGNED:.*]] = arith.andi %[[CODE]], %[[MAGNITUDE]] : i8
// CHECK: %[[OVER:.*]] = arith.cmpi ugt, %[[UNSIGNED]], %[[MAX]] : i8
// CHECK: %[[GUARDED:.*]] = arith.select %[[OVER]], %[[NAN]], %[[CODE]] : i8
// CHECK: arith.bitcast %[[GUARDED]] : i8 to f8E4M3FNUZ

// SATURATE-LABEL: func.func @scalar(
// SATURATE-DAG: %[[LOW:.*]] = arith.constant -2.240000e+02 : f32
// SATURATE-DAG: %[[HIGH:.*]] = arith.constant 2.240000e+02 : f32
// SATURATE: %[[HALVED:.*]] = arith.mulf
// SATURATE: %[[RAISED:.*]] = arith.maximumf %[[HALVED]], %[[LOW]] : f32
// SATURATE: %[[CLAMPED:.*]] = arith.minimumf %[[RAISED]], %[[HIGH]] : f32
// SATURATE: arith.truncf %[[CLAMPED]] : f32 to f8E4M3FNUZ

// INF-LABEL: func.func @scalar(
// INF: arith.truncf
// INF: arith.cmpi ugt
func.func @scalar(%x: f32) -> f8E4M3FN {
  %0 = arith.truncf %x : f32 to f8E4M3FN
  return %0 : f8E4M3FN
}

// -----

// E5M2 makes Inf of 61440 and more.
// CHECK-LABEL: func.func @e5m2(
// CHECK-DAG: %[[MAX:.*]] = arith.constant dense<123> : vector<4xi8>
// CHECK-DAG: %[[NAN:.*]] = arith.constant dense<-128> : vector<4xi8>
// CHECK: %[[ROUNDED:.*]] = arith.truncf {{.*}} : vector<4xf32> to vector<4xf8E5M2FNUZ>
// CHECK: %[[CODES:.*]] = arith.bitcast %[[ROUNDED]]
// CHECK: %[[OVER:.*]] = arith.cmpi ugt, %{{.*}}, %[[MAX]] : vector<4xi8>
// CHECK: arith.select %[[OVER]], %[[NAN]], %[[CODES]] : vector<4xi1>, vector<4xi8>

// SATURATE-LABEL: func.func @e5m2(
// SATURATE-DAG: %[[LOW:.*]] = arith.constant dense<-2.867200e+04>
// SATURATE-DAG: %[[HIGH:.*]] = arith.constant dense<2.867200e+04>
// SATURATE: %[[RAISED:.*]] = arith.maximumf %{{.*}}, %[[LOW]]
// SATURATE: arith.minimumf %[[RAISED]], %[[HIGH]]

// INF-LABEL: func.func @e5m2(
// INF-DAG: %[[LOW:.*]] = arith.constant dense<-2.867200e+04>
// INF-DAG: %[[HIGH:.*]] = arith.constant dense<2.867200e+04>
// INF: %[[RAISED:.*]] = arith.maximumf %{{.*}}, %[[LOW]]
// INF: arith.minimumf %[[RAISED]], %[[HIGH]]
func.func @e5m2(%x: vector<4xf32>) -> vector<4xf8E5M2> {
  %0 = arith.truncf %x : vector<4xf32> to vector<4xf8E5M2>
  return %0 : vector<4xf8E5M2>
}

// -----

// f16 and bf16 are halved in f32, where that rounds nothing away.
// CHECK-LABEL: func.func @f16(
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : tensor<4xf16> to tensor<4xf32>
// CHECK: arith.mulf %[[WIDE]], %{{.*}} : tensor<4xf32>
// CHECK: arith.truncf %{{.*}} : tensor<4xf32> to tensor<4xf8E5M2FNUZ>
// CHECK: arith.cmpi ugt
func.func @f16(%x: tensor<4xf16>) -> tensor<4xf8E5M2> {
  %0 = arith.truncf %x : tensor<4xf16> to tensor<4xf8E5M2>
  return %0 : tensor<4xf8E5M2>
}

// CHECK-LABEL: func.func @bf16(
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : bf16 to f32
// CHECK: arith.mulf %[[WIDE]], %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
func.func @bf16(%x: bf16) -> f8E4M3FN {
  %0 = arith.truncf %x : bf16 to f8E4M3FN
  return %0 : f8E4M3FN
}

// CHECK-LABEL: func.func @f64(
// CHECK: %[[HALVED:.*]] = arith.mulf %{{.*}} : f64
// CHECK: arith.truncf %[[HALVED]] : f64 to f8E4M3FNUZ
// CHECK: arith.cmpi ugt
func.func @f64(%x: f64) -> f8E4M3FN {
  %0 = arith.truncf %x : f64 to f8E4M3FN
  return %0 : f8E4M3FN
}

// CHECK-LABEL: func.func @dynamic(
// CHECK: %[[N:.*]] = tensor.dim
// CHECK: tensor.splat %{{.*}}[%[[N]]] : tensor<?xf32>
// CHECK: %[[HALVED:.*]] = arith.mulf %{{.*}} : tensor<?xf32>
// CHECK: arith.truncf %[[HALVED]] : tensor<?xf32> to tensor<?xf8E4M3FNUZ>
// CHECK: %[[OVER:.*]] = arith.cmpi ugt, %{{.*}} : tensor<?xi8>
// CHECK: arith.select %[[OVER]], %{{.*}} : tensor<?xi1>, tensor<?xi8>
func.func @dynamic(%x: tensor<?xf32>) -> tensor<?xf8E4M3FN> {
  %0 = arith.truncf %x : tensor<?xf32> to tensor<?xf8E4M3FN>
  return %0 : tensor<?xf8E4M3FN>
}

// -----

// A clamp that the graph has makes the guard unnecessary: only the halving is left.

// CHECK-LABEL: func.func @clamp_minimum_last(
// CHECK-NOT: arith.cmpi
// CHECK: %[[C:.*]] = arith.minimumf
// CHECK-NEXT: %[[HALVED:.*]] = arith.mulf %[[C]],
// CHECK-NEXT: arith.truncf %[[HALVED]]
// SATURATE-LABEL: func.func @clamp_minimum_last(
// SATURATE-COUNT-1: arith.maximumf
// SATURATE-NOT: arith.maximumf
// SATURATE: arith.truncf
func.func @clamp_minimum_last(%x: tensor<4xf32>) -> tensor<4xf8E4M3FN> {
  %low = arith.constant dense<-448.0> : tensor<4xf32>
  %high = arith.constant dense<448.0> : tensor<4xf32>
  %0 = arith.maximumf %x, %low : tensor<4xf32>
  %1 = arith.minimumf %high, %0 : tensor<4xf32>
  %2 = arith.truncf %1 : tensor<4xf32> to tensor<4xf8E4M3FN>
  return %2 : tensor<4xf8E4M3FN>
}

// CHECK-LABEL: func.func @clamp_maximum_last(
// CHECK: %[[C:.*]] = arith.maximumf
// CHECK-NEXT: %[[HALVED:.*]] = arith.mulf %[[C]],
// CHECK-NEXT: arith.truncf %[[HALVED]]
func.func @clamp_maximum_last(%x: f32) -> f8E5M2 {
  %low = arith.constant -57344.0 : f32
  %high = arith.constant 57344.0 : f32
  %0 = arith.minimumf %x, %high : f32
  %1 = arith.maximumf %0, %low : f32
  %2 = arith.truncf %1 : f32 to f8E5M2
  return %2 : f8E5M2
}

// CHECK-LABEL: func.func @clamp_minnumf(
// CHECK: %[[C:.*]] = arith.minnumf
// CHECK-NEXT: %[[HALVED:.*]] = arith.mulf %[[C]],
// CHECK-NEXT: arith.truncf %[[HALVED]]
func.func @clamp_minnumf(%x: f32) -> f8E4M3FN {
  %low = arith.constant -448.0 : f32
  %high = arith.constant 448.0 : f32
  %0 = arith.maxnumf %x, %low : f32
  %1 = arith.minnumf %0, %high : f32
  %2 = arith.truncf %1 : f32 to f8E4M3FN
  return %2 : f8E4M3FN
}

// CHECK-LABEL: func.func @clampf(
// CHECK: %[[C:.*]] = math.clampf
// CHECK-NEXT: %[[HALVED:.*]] = arith.mulf %[[C]],
// CHECK-NEXT: arith.truncf %[[HALVED]]
func.func @clampf(%x: f32) -> f8E4M3FN {
  %low = arith.constant -448.0 : f32
  %high = arith.constant 448.0 : f32
  %0 = math.clampf %x to [%low, %high] : f32
  %1 = arith.truncf %0 : f32 to f8E4M3FN
  return %1 : f8E4M3FN
}

// As torch.clamp is lowered.
// CHECK-LABEL: func.func @clamp_select(
// CHECK: arith.select
// CHECK: %[[C:.*]] = arith.select
// CHECK-NEXT: %[[HALVED:.*]] = arith.mulf %[[C]],
// CHECK-NEXT: arith.truncf %[[HALVED]]
func.func @clamp_select(%x: f32) -> f8E4M3FN {
  %low = arith.constant -448.0 : f32
  %high = arith.constant 448.0 : f32
  %0 = arith.cmpf ult, %x, %low : f32
  %1 = arith.select %0, %low, %x : f32
  %2 = arith.cmpf ugt, %1, %high : f32
  %3 = arith.select %2, %high, %1 : f32
  %4 = arith.truncf %3 : f32 to f8E4M3FN
  return %4 : f8E4M3FN
}

// As JAX writes it: each step is a linalg.generic, the bounds are broadcast.
// CHECK-LABEL: func.func @clamp_generic(
// CHECK-NOT: arith.cmpi
// CHECK: arith.minimumf
// CHECK: %[[HALVED:.*]] = arith.mulf
// CHECK-NEXT: arith.truncf %[[HALVED]]
func.func @clamp_generic(%x: tensor<8xf32>) -> tensor<8xf8E4M3FN> {
  %low = arith.constant dense<-448.0> : tensor<f32>
  %high = arith.constant 448.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %lows = linalg.broadcast ins(%low : tensor<f32>) outs(%e : tensor<8xf32>) dimensions = [0]
  %highs = linalg.fill ins(%high : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x, %lows, %highs : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %l: f32, %h: f32, %o: f32):
    %2 = arith.maximumf %a, %l : f32
    %3 = arith.minimumf %2, %h : f32
    linalg.yield %3 : f32
  } -> tensor<8xf32>
  %f = tensor.empty() : tensor<8xf8E4M3FN>
  %1 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%0 : tensor<8xf32>) outs(%f : tensor<8xf8E4M3FN>) {
  ^bb0(%a: f32, %o: f8E4M3FN):
    %2 = arith.truncf %a : f32 to f8E4M3FN
    linalg.yield %2 : f8E4M3FN
  } -> tensor<8xf8E4M3FN>
  return %1 : tensor<8xf8E4M3FN>
}

// Values up to 464 round to 448.
// CHECK-LABEL: func.func @clamp_464(
// CHECK-NOT: arith.cmpi
// CHECK: arith.truncf
func.func @clamp_464(%x: f32) -> f8E4M3FN {
  %low = arith.constant -464.0 : f32
  %high = arith.constant 464.0 : f32
  %0 = math.clampf %x to [%low, %high] : f32
  %1 = arith.truncf %0 : f32 to f8E4M3FN
  return %1 : f8E4M3FN
}

// -----

// Here the guard stays.

// CHECK-LABEL: func.func @clamp_465(
// CHECK: math.clampf
// CHECK: arith.truncf
// CHECK: arith.cmpi ugt
func.func @clamp_465(%x: f32) -> f8E4M3FN {
  %low = arith.constant -465.0 : f32
  %high = arith.constant 465.0 : f32
  %0 = math.clampf %x to [%low, %high] : f32
  %1 = arith.truncf %0 : f32 to f8E4M3FN
  return %1 : f8E4M3FN
}

// CHECK-LABEL: func.func @e5m2_clamp_61440(
// CHECK: arith.cmpi ugt
func.func @e5m2_clamp_61440(%x: f32) -> f8E5M2 {
  %low = arith.constant -61440.0 : f32
  %high = arith.constant 61440.0 : f32
  %0 = math.clampf %x to [%low, %high] : f32
  %1 = arith.truncf %0 : f32 to f8E5M2
  return %1 : f8E5M2
}

// CHECK-LABEL: func.func @clamp_too_wide(
// CHECK: arith.minimumf
// CHECK: arith.truncf
// CHECK: arith.cmpi ugt
func.func @clamp_too_wide(%x: f32) -> f8E4M3FN {
  %low = arith.constant -57344.0 : f32
  %high = arith.constant 57344.0 : f32
  %0 = arith.maximumf %x, %low : f32
  %1 = arith.minimumf %0, %high : f32
  %2 = arith.truncf %1 : f32 to f8E4M3FN
  return %2 : f8E4M3FN
}

// CHECK-LABEL: func.func @relu(
// CHECK: arith.maximumf
// CHECK: arith.truncf
// CHECK: arith.cmpi ugt
func.func @relu(%x: f32) -> f8E4M3FN {
  %zero = arith.constant 0.0 : f32
  %0 = arith.maximumf %x, %zero : f32
  %1 = arith.truncf %0 : f32 to f8E4M3FN
  return %1 : f8E4M3FN
}

// A select the wrong way round takes what is beyond the bound.
// CHECK-LABEL: func.func @inverted_select(
// CHECK: arith.cmpf ogt
// CHECK: arith.select
// CHECK: arith.truncf
// CHECK: arith.cmpi ugt
func.func @inverted_select(%x: f32) -> f8E4M3FN {
  %low = arith.constant -448.0 : f32
  %high = arith.constant 448.0 : f32
  %0 = arith.maximumf %x, %low : f32
  %1 = arith.cmpf ogt, %0, %high : f32
  %2 = arith.select %1, %0, %high : f32
  %3 = arith.truncf %2 : f32 to f8E4M3FN
  return %3 : f8E4M3FN
}

// -----

// fp8 values that are extended and truncated again cannot overflow.
// CHECK-LABEL: func.func @round_trip(
// CHECK-NOT: arith.cmpi
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FNUZ
func.func @round_trip(%x: f8E4M3FN) -> f8E4M3FN {
  %0 = arith.extf %x : f8E4M3FN to f32
  %1 = arith.truncf %0 : f32 to f8E4M3FN
  return %1 : f8E4M3FN
}

// CHECK-LABEL: func.func @to_fp4(
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : f8E4M3FNUZ to f32
// CHECK: %[[VALUE:.*]] = arith.mulf %[[WIDE]], %{{.*}} : f32
// CHECK: arith.truncf %[[VALUE]] : f32 to f4E2M1FN
func.func @to_fp4(%x: f8E4M3FN) -> f4E2M1FN {
  %0 = arith.truncf %x : f8E4M3FN to f4E2M1FN
  return %0 : f4E2M1FN
}

// -----

func.func @other_rounding(%x: f32) -> i8 {
  // expected-error @+1 {{'arith.truncf' op on f8E4M3FN cannot become FNUZ for gfx942: its rounding mode is toward_zero and the bits are known to agree only for to_nearest_even; remove the rounding mode, or round in f32 before it}}
  %0 = arith.truncf %x toward_zero : f32 to f8E4M3FN
  %1 = arith.bitcast %0 : f8E4M3FN to i8
  return %1 : i8
}

// ANYWHERE-NOT: f8E4M3FN{{[^U]}}
// ANYWHERE-NOT: f8E5M2{{[^F]}}
