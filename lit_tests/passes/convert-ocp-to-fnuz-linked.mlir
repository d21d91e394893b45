// RUN: fnuz-opt %s --split-input-file --verify-diagnostics --convert-ocp-to-fnuz

// What came into a converted module since is not left in silence.
module attributes {fnuz.converted = {abi = "convert", chip = "gfx942", inf = "nan", overflow = "exact"}} {
  // expected-error @+1 {{'func.func' holds an OCP fp8 value and the module is marked as converted (fnuz.converted); convert its parts before linking them, or remove the mark}}
  func.func @main(%x: f8E4M3FN) -> f32 {
    // expected-error @+1 {{'arith.extf' holds an OCP fp8 value and the module is marked as converted (fnuz.converted); convert its parts before linking them, or remove the mark}}
    %0 = arith.extf %x : f8E4M3FN to f32
    return %0 : f32
  }
}

// -----

// A function that only moves values has an OCP signature all the same. The types of a declaration
// and of what is said to be preserved are right.
module attributes {fnuz.converted = {abi = "convert", chip = "gfx942", inf = "nan", overflow = "exact"}} {
  func.func private @external(f8E4M3FN) -> f8E4M3FN
  func.func @kept(%x: f8E4M3FN {fnuz.abi = "preserve"}) -> f32 {
    %0 = "fnuz.from_ocp"(%x) : (f8E4M3FN) -> f8E4M3FNUZ
    %1 = arith.extf %0 : f8E4M3FNUZ to f32
    return %1 : f32
  }
  // expected-error @+1 {{'func.func' holds an OCP fp8 value}}
  func.func @result(%x: f8E4M3FN {fnuz.abi = "preserve"}) -> f8E4M3FN {
    return %x : f8E4M3FN
  }
  // expected-error @+1 {{'func.func' holds an OCP fp8 value}}
  func.func private @private(%x: f8E4M3FN) -> f32 {
    %0 = arith.constant 0.0 : f32
    return %0 : f32
  }
}

// -----

// What upstream passes leave of casts and constants only moves: it needs no conversion. A copy
// that casts to fp8 does.
module attributes {fnuz.converted = {abi = "convert", chip = "gfx942", inf = "nan", overflow = "exact"}} {
  func.func private @external(tensor<2x2xf8E4M3FN>)
  func.func @moves(%x: tensor<4xf8E4M3FNUZ>, %v: tensor<2x2xf32>) {
    %0 = "fnuz.to_ocp"(%x) : (tensor<4xf8E4M3FNUZ>) -> tensor<4xf8E4M3FN>
    %1 = tensor.expand_shape %0 [[0, 1]] output_shape [2, 2] : tensor<4xf8E4M3FN> into tensor<2x2xf8E4M3FN>
    func.call @external(%1) : (tensor<2x2xf8E4M3FN>) -> ()
    // expected-error @+1 {{'linalg.copy' holds an OCP fp8 value}}
    %2 = linalg.copy ins(%v : tensor<2x2xf32>) outs(%1 : tensor<2x2xf8E4M3FN>) -> tensor<2x2xf8E4M3FN>
    return
  }
}

// -----

// expected-error @+1 {{this module was converted with abi=preserve, chip=gfx942, inf=nan, overflow=saturate (fnuz.converted), which cannot become abi=convert, overflow=exact; run with the options that it has, or convert its OCP source again}}
module attributes {fnuz.converted = {abi = "preserve", chip = "gfx942", inf = "nan", overflow = "saturate"}} {
}

// -----

// gfx940 and gfx942 have the same fp8, so nothing would change.
module attributes {fnuz.converted = {abi = "convert", chip = "gfx940", inf = "nan", overflow = "exact"}} {
}

// -----

// expected-error @+1 {{this module was converted with abi=convert, chip=gfx950, inf=nan, overflow=exact (fnuz.converted), which cannot become chip=gfx942;}}
module attributes {fnuz.converted = {abi = "convert", chip = "gfx950", inf = "nan", overflow = "exact"}} {
}

// -----

// expected-error @+1 {{this module was converted with options not known (fnuz.converted), which cannot become abi=convert, chip=gfx942, inf=nan, overflow=exact;}}
module attributes {fnuz.converted} {
}

// -----

// Linked under a module that was not converted.
module {
  // expected-error @+1 {{this module is marked as converted (fnuz.converted) and what is around it is not; convert its parts before linking them, or remove the mark}}
  module attributes {fnuz.converted = {abi = "convert", chip = "gfx942", inf = "nan", overflow = "exact"}} {
    func.func @converted(%x: f8E4M3FNUZ) {
      return
    }
  }
  func.func @main(%x: f8E4M3FN) {
    return
  }
}

// -----

// Only converted modules are in this one: nothing is left to do.
module {
  module attributes {fnuz.converted = {abi = "convert", chip = "gfx942", inf = "nan", overflow = "exact"}} {
    func.func @converted(%x: f8E4M3FNUZ, %y: f32 {fnuz.abi = "f32"}) {
      return
    }
  }
  func.func @main(%x: f32) {
    return
  }
}

// -----

module {
  // expected-error @+1 {{this module was converted with abi=f32, chip=gfx942, inf=nan, overflow=exact (fnuz.converted), which cannot become abi=convert;}}
  module attributes {fnuz.converted = {abi = "f32", chip = "gfx942", inf = "nan", overflow = "exact"}} {
  }
}

// -----

module {
  module attributes {fnuz.converted = {abi = "convert", chip = "gfx942", inf = "nan", overflow = "exact"}} {
    func.func private @main(%x: f8E4M3FNUZ) {
      %0 = "fnuz.to_ocp"(%x) : (f8E4M3FNUZ) -> f8E4M3FN
      // expected-error @+1 {{'arith.mulf' holds an OCP fp8 value}}
      %1 = arith.mulf %0, %0 : f8E4M3FN
      return
    }
  }
}
