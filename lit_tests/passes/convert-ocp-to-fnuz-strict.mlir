// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz=strict=true
// RUN: fnuz-opt %s --split-input-file --convert-ocp-to-fnuz | FileCheck %s --check-prefix=LOOSE
// RUN: not fnuz-opt %s --split-input-file --ocp-to-fnuz=strict 2>&1 | FileCheck %s

// With `strict` a non-linear op on fp8 is an error, at its location and by the name it has there.
// Without, all of these convert.
// LOOSE-NOT: f8E4M3FN{{[^U]}}

func.func private @arith(%x: f8E4M3FN, %y: tensor<4xf8E5M2>) {
  // CHECK: :12:8: error: 'arith.divf' op on f8E4M3FN cannot become FNUZ for gfx942: strict:
  // expected-error @+1 {{'arith.divf' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op in fp8; compute it in f32 and truncate once, or leave out strict}}
  %0 = arith.divf %x, %x : f8E4M3FN
  // expected-error @+1 {{'arith.remf' op on tensor<4xf8E5M2> cannot become FNUZ for gfx942: strict: a non-linear op in fp8}}
  %1 = arith.remf %y, %y : tensor<4xf8E5M2>
  return
}

// -----

func.func private @math(%x: f8E4M3FN, %n: i32) {
  // expected-error @+1 {{'math.acos' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %acos = math.acos %x : f8E4M3FN
  // expected-error @+1 {{'math.acosh' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %acosh = math.acosh %x : f8E4M3FN
  // expected-error @+1 {{'math.asin' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %asin = math.asin %x : f8E4M3FN
  // expected-error @+1 {{'math.asinh' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %asinh = math.asinh %x : f8E4M3FN
  // expected-error @+1 {{'math.atan' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %atan = math.atan %x : f8E4M3FN
  // expected-error @+1 {{'math.atan2' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %atan2 = math.atan2 %x, %x : f8E4M3FN
  // expected-error @+1 {{'math.atanh' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %atanh = math.atanh %x : f8E4M3FN
  // expected-error @+1 {{'math.cbrt' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %cbrt = math.cbrt %x : f8E4M3FN
  // expected-error @+1 {{'math.ceil' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %ceil = math.ceil %x : f8E4M3FN
  // expected-error @+1 {{'math.cos' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %cos = math.cos %x : f8E4M3FN
  // expected-error @+1 {{'math.cosh' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %cosh = math.cosh %x : f8E4M3FN
  // expected-error @+1 {{'math.erf' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %erf = math.erf %x : f8E4M3FN
  // expected-error @+1 {{'math.erfc' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %erfc = math.erfc %x : f8E4M3FN
  // expected-error @+1 {{'math.exp' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %exp = math.exp %x : f8E4M3FN
  // expected-error @+1 {{'math.exp2' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %exp2 = math.exp2 %x : f8E4M3FN
  // expected-error @+1 {{'math.expm1' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %expm1 = math.expm1 %x : f8E4M3FN
  // expected-error @+1 {{'math.floor' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %floor = math.floor %x : f8E4M3FN
  // expected-error @+1 {{'math.fpowi' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %fpowi = math.fpowi %x, %n : f8E4M3FN, i32
  // expected-error @+1 {{'math.log' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %log = math.log %x : f8E4M3FN
  // expected-error @+1 {{'math.log10' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %log10 = math.log10 %x : f8E4M3FN
  // expected-error @+1 {{'math.log1p' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %log1p = math.log1p %x : f8E4M3FN
  // expected-error @+1 {{'math.log2' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %log2 = math.log2 %x : f8E4M3FN
  // expected-error @+1 {{'math.powf' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %powf = math.powf %x, %x : f8E4M3FN
  // expected-error @+1 {{'math.round' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %round = math.round %x : f8E4M3FN
  // expected-error @+1 {{'math.roundeven' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %roundeven = math.roundeven %x : f8E4M3FN
  // expected-error @+1 {{'math.rsqrt' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %rsqrt = math.rsqrt %x : f8E4M3FN
  // expected-error @+1 {{'math.sin' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %sin = math.sin %x : f8E4M3FN
  // expected-error @+1 {{'math.sinh' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %sinh = math.sinh %x : f8E4M3FN
  // expected-error @+1 {{'math.sqrt' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %sqrt = math.sqrt %x : f8E4M3FN
  // expected-error @+1 {{'math.tan' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %tan = math.tan %x : f8E4M3FN
  // expected-error @+1 {{'math.tanh' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %tanh = math.tanh %x : f8E4M3FN
  // expected-error @+1 {{'math.trunc' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
  %trunc = math.trunc %x : f8E4M3FN
  return
}

// -----

// Named linalg ops by their own names, whatever is in the bodies they are written out to.
func.func private @linalg(%x: tensor<8xf8E4M3FN>, %m: tensor<4x16xf8E5M2>) {
  // expected-error @+1 {{'linalg.ceil' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %ceil = linalg.ceil ins(%x : tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.div' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %div = linalg.div ins(%x, %x : tensor<8xf8E4M3FN>, tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.erf' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %erf = linalg.erf ins(%x : tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.exp' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %exp = linalg.exp ins(%x : tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.floor' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %floor = linalg.floor ins(%x : tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.log' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %log = linalg.log ins(%x : tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.powf' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %powf = linalg.powf ins(%x, %x : tensor<8xf8E4M3FN>, tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.reciprocal' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %reciprocal = linalg.reciprocal ins(%x : tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.round' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %round = linalg.round ins(%x : tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.rsqrt' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %rsqrt = linalg.rsqrt ins(%x : tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.sqrt' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %sqrt = linalg.sqrt ins(%x : tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.tanh' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %tanh = linalg.tanh ins(%x : tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.elementwise' op on tensor<8xf8E4M3FN> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %elementwise = linalg.elementwise kind=#linalg.elementwise_kind<exp>
      ins(%x : tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  // expected-error @+1 {{'linalg.softmax' op on tensor<4x16xf8E5M2> cannot become FNUZ for gfx942: strict: a non-linear op}}
  %softmax = linalg.softmax dimension(1) ins(%m : tensor<4x16xf8E5M2>)
      outs(%m : tensor<4x16xf8E5M2>) -> tensor<4x16xf8E5M2>
  return
}

// -----

// In a body that is written out, the op itself.
func.func private @bodies(%x: tensor<8xf8E4M3FN>) {
  %map = linalg.map ins(%x : tensor<8xf8E4M3FN>) outs(%x : tensor<8xf8E4M3FN>)
    (%in: f8E4M3FN, %out: f8E4M3FN) {
      // expected-error @+1 {{'math.exp' op on f8E4M3FN cannot become FNUZ for gfx942: strict: a non-linear op}}
      %0 = math.exp %in : f8E4M3FN
      linalg.yield %0 : f8E4M3FN
    }
  return
}

// -----

// Sums, products, order and sign pass, and so does whatever is computed in f32.
func.func @linear(%a: tensor<8x32xf8E4M3FN>, %b: tensor<32x16xf8E4M3FN>, %c: tensor<8x16xf32>,
                  %e: tensor<8x16xf8E4M3FN>) -> tensor<8x16xf8E4M3FN> {
  %0 = linalg.matmul ins(%a, %b : tensor<8x32xf8E4M3FN>, tensor<32x16xf8E4M3FN>)
                     outs(%c : tensor<8x16xf32>) -> tensor<8x16xf32>
  %1 = math.exp %0 : tensor<8x16xf32>
  %2 = arith.divf %1, %c : tensor<8x16xf32>
  %3 = arith.truncf %2 : tensor<8x16xf32> to tensor<8x16xf8E4M3FN>
  %4 = linalg.square ins(%3 : tensor<8x16xf8E4M3FN>) outs(%e : tensor<8x16xf8E4M3FN>)
      -> tensor<8x16xf8E4M3FN>
  %5 = arith.addf %4, %3 : tensor<8x16xf8E4M3FN>
  %6 = arith.mulf %5, %3 : tensor<8x16xf8E4M3FN>
  %7 = arith.maximumf %6, %e : tensor<8x16xf8E4M3FN>
  %8 = math.fma %7, %3, %4 : tensor<8x16xf8E4M3FN>
  %9 = math.absf %8 : tensor<8x16xf8E4M3FN>
  return %9 : tensor<8x16xf8E4M3FN>
}
// LOOSE-LABEL: func.func @linear(
// LOOSE-SAME: tensor<8x32xf8E4M3FNUZ>
