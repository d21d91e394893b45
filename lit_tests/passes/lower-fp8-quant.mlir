// RUN: fnuz-opt %s --lower-fp8-quant | FileCheck %s
// RUN: fnuz-opt %s --ocp-to-fnuz | FileCheck %s --check-prefix=FNUZ

// Which quantized types are left is for integers.
// FNUZ-NOT: f8E4M3FN{{[^U]}}
// FNUZ-NOT: f8E5M2{{[^F]}}
// FNUZ-NOT: quant

!q = !quant.uniform<f8E4M3FN:f32, 0.5>
!z = !quant.uniform<f8E5M2:f32, 0.1:3>
!axis = !quant.uniform<f8E4M3FN:f32:1, {0.5, 0.25, 1.5}>
!axis_z = !quant.uniform<f8E4M3FN:bf16:0, {0.5:1, 0.25, 1.5:-2}>
!range = !quant.uniform<f8E4M3FN<-101:99>:f16, 2.0>
!double = !quant.uniform<f8E4M3FN:f64, 0.1>
!int = !quant.uniform<i8:f32, 0.5>

// CHECK-DAG: #[[ID1:.*]] = affine_map<(d0) -> (d0)>
// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[D1:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[D0:.*]] = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func.func @scalar(
// CHECK-SAME: %[[X:.*]]: f32) -> (f8E4M3FN, f32)
// CHECK-DAG: %[[S:.*]] = arith.constant 5.000000e-01 : f32
// CHECK-DAG: %[[LOW:.*]] = arith.constant -4.480000e+02 : f32
// CHECK-DAG: %[[HIGH:.*]] = arith.constant 4.480000e+02 : f32
// CHECK: %[[A:.*]] = arith.divf %[[X]], %[[S]] : f32
// CHECK-NEXT: %[[B:.*]] = arith.maximumf %[[A]], %[[LOW]] : f32
// CHECK-NEXT: %[[C:.*]] = arith.minimumf %[[B]], %[[HIGH]] : f32
// CHECK-NEXT: %[[Q:.*]] = arith.truncf %[[C]] : f32 to f8E4M3FN
// CHECK-NEXT: %[[D:.*]] = arith.extf %[[Q]] : f8E4M3FN to f32
// CHECK-NEXT: %[[Y:.*]] = arith.mulf %[[D]], %[[S]] : f32
// CHECK-NEXT: return %[[Q]], %[[Y]]
// The clamp bounds what is rounded, so the conversion adds no guard to it. The doubled scale is one.
// FNUZ-LABEL: func.func @scalar(
// FNUZ: arith.maximumf
// FNUZ-NEXT: arith.minimumf
// FNUZ-NEXT: arith.truncf
// FNUZ-NEXT: arith.extf
// FNUZ-NEXT: return
func.func @scalar(%x: f32) -> (!q, f32) {
  %0 = quant.qcast %x : f32 to !q
  %1 = quant.dcast %0 : !q to f32
  return %0, %1 : !q, f32
}

// CHECK-LABEL: func.func @zero_point(
// CHECK-SAME: %[[X:.*]]: tensor<?xf32>) -> tensor<?xf32>
// CHECK-DAG: %[[Z:.*]] = arith.constant 3.000000e+00 : f32
// CHECK-DAG: %[[HIGH:.*]] = arith.constant 5.734400e+04 : f32
// CHECK: %[[N:.*]] = tensor.dim %[[X]]
// CHECK: %[[E:.*]] = tensor.empty(%[[N]]) : tensor<?xf8E5M2>
// CHECK: %[[Q:.*]] = linalg.generic {indexing_maps = [#[[ID1]], #[[ID1]]], iterator_types = ["parallel"]}
// CHECK-SAME: ins(%[[X]] : tensor<?xf32>) outs(%[[E]] : tensor<?xf8E5M2>)
// CHECK: %[[A:.*]] = arith.divf
// CHECK-NEXT: arith.addf %[[A]], %[[Z]] : f32
// CHECK-NEXT: arith.maximumf
// CHECK: linalg.generic
// CHECK-SAME: ins(%[[Q]] : tensor<?xf8E5M2>)
// CHECK: %[[B:.*]] = arith.extf
// CHECK-NEXT: %[[C:.*]] = arith.subf %[[B]], %[[Z]] : f32
// CHECK-NEXT: arith.mulf %[[C]], {{.*}} : f32
func.func @zero_point(%x: tensor<?xf32>) -> tensor<?xf32> {
  %0 = quant.qcast %x : tensor<?xf32> to tensor<?x!z>
  %1 = quant.dcast %0 : tensor<?x!z> to tensor<?xf32>
  return %1 : tensor<?xf32>
}

// CHECK-LABEL: func.func @per_axis(
// CHECK-SAME: %[[X:.*]]: tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK-DAG: %[[S:.*]] = arith.constant dense<[5.000000e-01, 2.500000e-01, 1.500000e+00]> : tensor<3xf32>
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[D1]], #[[ID]]]
// CHECK-SAME: ins(%[[X]], %[[S]] : tensor<2x3xf32>, tensor<3xf32>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %[[SCALE:.*]]: f32, %{{.*}}: f8E4M3FN)
// CHECK-NEXT: arith.divf %[[IN]], %[[SCALE]] : f32
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[D1]], #[[ID]]]
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f8E4M3FN, %[[SCALE:.*]]: f32, %{{.*}}: f32)
// CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[IN]]
// CHECK-NEXT: arith.mulf %[[WIDE]], %[[SCALE]] : f32
func.func @per_axis(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = quant.qcast %x : tensor<2x3xf32> to tensor<2x3x!axis>
  %1 = quant.dcast %0 : tensor<2x3x!axis> to tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// The axis may have a dynamic size: MLIR checks it against the scales only where it is static.
// CHECK-LABEL: func.func @per_axis_dynamic(
// CHECK-DAG: %[[S:.*]] = arith.constant dense<[5.000000e-01, 2.500000e-01, 1.500000e+00]> : tensor<3xf32>
// CHECK-DAG: %[[Z:.*]] = arith.constant dense<[1.000000e+00, 0.000000e+00, -2.000000e+00]> : tensor<3xf32>
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[D0]], #[[D0]], #[[ID]]]
// CHECK-SAME: ins(%{{.*}}, %[[S]], %[[Z]] : tensor<?x?xbf16>, tensor<3xf32>, tensor<3xf32>)
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[D0]], #[[D0]], #[[ID]]]
// CHECK: %[[Y:.*]] = arith.mulf {{.*}} : f32
// CHECK-NEXT: arith.truncf %[[Y]] : f32 to bf16
func.func @per_axis_dynamic(%x: tensor<?x?xbf16>) -> tensor<?x?xbf16> {
  %0 = quant.qcast %x : tensor<?x?xbf16> to tensor<?x?x!axis_z>
  %1 = quant.dcast %0 : tensor<?x?x!axis_z> to tensor<?x?xbf16>
  return %1 : tensor<?x?xbf16>
}

// Clamped to what E4M3 has in the range: 99 would round to 104.
// CHECK-LABEL: func.func @range(
// CHECK-DAG: arith.constant -9.600000e+01 : f32
// CHECK-DAG: arith.constant 9.600000e+01 : f32
// CHECK: arith.extf %{{.*}} : f16 to f32
func.func @range(%x: f16) -> !range {
  %0 = quant.qcast %x : f16 to !range
  return %0 : !range
}

// CHECK-LABEL: func.func @double(
// CHECK: arith.divf %{{.*}} : f64
// CHECK: arith.truncf %{{.*}} : f64 to f8E4M3FN
func.func @double(%x: f64) -> !double {
  %0 = quant.qcast %x : f64 to !double
  return %0 : !double
}

// Integer storage is left alone, here and in the whole pipeline.
// CHECK-LABEL: func.func @integers(
// CHECK-SAME: tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>
// CHECK: quant.qcast
// CHECK-SAME: !quant.uniform<i8:f32
// FNUZ-NOT: f8E4M3FN{{[^U]}}
// FNUZ-NOT: f8E5M2{{[^F]}}
// FNUZ-NOT: quant
// FNUZ-LABEL: func.func @integers(
// FNUZ: quant.dcast
// FNUZ: arith.maximumf
// FNUZ: quant.qcast
func.func @integers(%x: tensor<4x!int>) -> tensor<4x!int> {
  %0 = quant.dcast %x : tensor<4x!int> to tensor<4xf32>
  %1 = quant.qcast %0 : tensor<4xf32> to tensor<4x!q>
  %2 = quant.dcast %1 : tensor<4x!q> to tensor<4xf32>
  %3 = quant.qcast %2 : tensor<4xf32> to tensor<4x!int>
  return %3 : tensor<4x!int>
}

// A declaration stays OCP in a conversion, with a quantized type as with an fp8 type.
// CHECK-LABEL: func.func private @declared(tensor<4xf8E4M3FN>, f8E5M2) -> f8E4M3FN
// FNUZ: func.func private @declared(tensor<4xf8E4M3FN>, f8E5M2) -> f8E4M3FN
// FNUZ-NOT: f8E4M3FN{{[^U]}}
// FNUZ-NOT: f8E5M2{{[^F]}}
// FNUZ-NOT: quant
func.func private @declared(tensor<4x!q>, !z) -> !q

// CHECK-LABEL: func.func @moved(
// CHECK-SAME: %{{.*}}: tensor<2x3xf8E4M3FN>, %{{.*}}: f8E4M3FN, %{{.*}}: i1) -> tensor<3x4xf8E4M3FN>
// CHECK-NOT: quant
// CHECK: call_indirect
// CHECK-NOT: quant
// CHECK: scf.if
// CHECK-NOT: quant
// CHECK: linalg.transpose
// CHECK-NOT: quant
// CHECK: tensor.pad
// CHECK-NOT: quant
// CHECK: return
func.func @moved(%x: tensor<2x3x!q>, %p: !q, %c: i1) -> tensor<3x4x!q> {
  %f = func.constant @same : (tensor<2x3x!q>) -> tensor<2x3x!q>
  %y = func.call_indirect %f(%x) : (tensor<2x3x!q>) -> tensor<2x3x!q>
  %0 = scf.if %c -> tensor<2x3x!q> {
    scf.yield %y : tensor<2x3x!q>
  } else {
    %e = tensor.empty() : tensor<2x3x!q>
    %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                         iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<2x3x!q>) outs(%e : tensor<2x3x!q>) {
    ^bb0(%in: !q, %out: !q):
      %s = arith.select %c, %in, %p : !q
      linalg.yield %s : !q
    } -> tensor<2x3x!q>
    scf.yield %g : tensor<2x3x!q>
  }
  %1 = tensor.empty() : tensor<3x2x!q>
  %2 = linalg.transpose ins(%0 : tensor<2x3x!q>) outs(%1 : tensor<3x2x!q>) permutation = [1, 0]
  %3 = tensor.pad %2 low[0, 1] high[0, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %p : !q
  } : tensor<3x2x!q> to tensor<3x4x!q>
  cf.cond_br %c, ^a(%3 : tensor<3x4x!q>), ^b
^a(%4: tensor<3x4x!q>):
  %5 = tensor.collapse_shape %4 [[0, 1]] : tensor<3x4x!q> into tensor<12x!q>
  %6 = tensor.expand_shape %5 [[0, 1]] output_shape [3, 4] : tensor<12x!q> into tensor<3x4x!q>
  %7 = tensor.cast %6 : tensor<3x4x!q> to tensor<?x4x!q>
  %8 = tensor.cast %7 : tensor<?x4x!q> to tensor<3x4x!q>
  return %8 : tensor<3x4x!q>
^b:
  cf.br ^a(%3 : tensor<3x4x!q>)
}
// CHECK-LABEL: func.func private @same(
// CHECK-SAME: tensor<2x3xf8E4M3FN>
func.func private @same(%x: tensor<2x3x!q>) -> tensor<2x3x!q> {
  return %x : tensor<2x3x!q>
}

// CHECK-LABEL: func.func @linalg(
// CHECK-NOT: quant
// CHECK: linalg.fill ins(%{{.*}} : f8E4M3FN) outs(%{{.*}} : tensor<4x4xf8E4M3FN>)
// CHECK: linalg.copy ins(%{{.*}} : tensor<4x4xf8E4M3FN>)
// CHECK: linalg.select ins(%{{.*}} : tensor<4x4xi1>, tensor<4x4xf8E4M3FN>, tensor<4x4xf8E4M3FN>)
// CHECK: linalg.pack {{.*}} tensor<4x4xf8E4M3FN> -> tensor<2x2x2x2xf8E4M3FN>
// CHECK: linalg.map
// CHECK-NOT: quant
// CHECK: return
func.func @linalg(%x: tensor<4x4x!q>, %p: !q, %c: tensor<4x4xi1>) -> tensor<2x2x2x2x!q> {
  %e = tensor.empty() : tensor<4x4x!q>
  %0 = linalg.fill ins(%p : !q) outs(%e : tensor<4x4x!q>) -> tensor<4x4x!q>
  %1 = linalg.copy ins(%x : tensor<4x4x!q>) outs(%e : tensor<4x4x!q>) -> tensor<4x4x!q>
  %2 = linalg.select ins(%c, %0, %1 : tensor<4x4xi1>, tensor<4x4x!q>, tensor<4x4x!q>)
      outs(%e : tensor<4x4x!q>) -> tensor<4x4x!q>
  %g = tensor.empty() : tensor<2x2x2x2x!q>
  %3 = linalg.pack %2 inner_dims_pos = [0, 1] inner_tiles = [2, 2] into %g
      : tensor<4x4x!q> -> tensor<2x2x2x2x!q>
  // A cast in a body is one of scalars.
  %4 = linalg.map ins(%3 : tensor<2x2x2x2x!q>) outs(%g : tensor<2x2x2x2x!q>)
    (%in: !q, %out: !q) {
      %5 = quant.dcast %in : !q to f32
      %6 = arith.addf %5, %5 : f32
      %7 = quant.qcast %6 : f32 to !q
      linalg.yield %7 : !q
    }
  return %4 : tensor<2x2x2x2x!q>
}

// There is no quant.scast to fp8; this is how bits get in and out.
// CHECK-LABEL: func.func @bits(
// CHECK-SAME: %[[X:.*]]: tensor<4xf8E4M3FN>)
// CHECK-NEXT: return %[[X]] : tensor<4xf8E4M3FN>
func.func @bits(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
  %0 = builtin.unrealized_conversion_cast %x : tensor<4xf8E4M3FN> to tensor<4x!q>
  %1 = builtin.unrealized_conversion_cast %0 : tensor<4x!q> to tensor<4xf8E4M3FN>
  return %1 : tensor<4xf8E4M3FN>
}

// CHECK: ml_program.global private mutable @state : tensor<4xf8E4M3FN>
ml_program.global private mutable @state : tensor<4x!q>
// CHECK-LABEL: func.func @global(
// CHECK-NEXT: ml_program.global_load @state : tensor<4xf8E4M3FN>
func.func @global() -> tensor<4x!q> {
  %0 = ml_program.global_load @state : tensor<4x!q>
  return %0 : tensor<4x!q>
}
