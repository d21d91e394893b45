// RUN: fnuz-opt %s --verify-diagnostics --convert-ocp-to-fnuz

// What came into a converted module since is not left in silence.
module attributes {fnuz.converted = {abi = "convert", chip = "gfx942", inf = "nan", overflow = "exact"}} {
  func.func @main(%x: f8E4M3FN) -> f32 {
    // expected-error @+1 {{'arith.extf' holds an OCP fp8 value and the module is marked as converted (fnuz.converted); convert its parts before linking them, or remove the mark}}
    %0 = arith.extf %x : f8E4M3FN to f32
    return %0 : f32
  }
}
