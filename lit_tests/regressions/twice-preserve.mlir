// RUN: fnuz-opt %s --ocp-to-fnuz=abi=preserve -o %t.once
// RUN: fnuz-opt %t.once --ocp-to-fnuz=abi=preserve | diff %t.once -
// RUN: fnuz-opt %t.once --lower-fnuz-casts -o %t.lowered
// RUN: fnuz-opt %t.lowered --ocp-to-fnuz=abi=preserve | diff %t.lowered -
// _AT_A_BOUNDARY lacks arith.constant (fold-fnuz-casts makes one of to_ocp(constant)) and tensor.dim
// (lower-fnuz-casts of a dynamic tensor): "'arith.constant' holds an OCP fp8 value and the module is
// marked as converted".
func.func @main(%x: tensor<?xf8E4M3FN>) -> (f8E4M3FN, tensor<?xf8E4M3FN>) {
  %c = arith.constant 2.0 : f8E4M3FN
  return %c, %x : f8E4M3FN, tensor<?xf8E4M3FN>
}
