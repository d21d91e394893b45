"""scf: control flow carries fp8 values."""

from fnuz.passes.registry import CONVERT_FP8

CONVERT_FP8.retype(
    "scf",
    "scf.condition",
    "scf.execute_region",
    "scf.for",
    "scf.forall",
    "scf.forall.in_parallel",
    "scf.if",
    "scf.index_switch",
    "scf.parallel",
    "scf.reduce",
    "scf.reduce.return",
    "scf.while",
    "scf.yield",
    why="values are carried; the ops inside have rules of their own",
    moves_bits=True,
    example="""
func.func @main(%x: tensor<8xf8E4M3FN>, %n: index, %c: i1) -> tensor<8xf8E4M3FN> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = scf.for %i = %c0 to %n step %c1 iter_args(%v = %x) -> tensor<8xf8E4M3FN> {
    %1 = scf.if %c -> tensor<8xf8E4M3FN> {
      %2 = arith.addf %v, %x : tensor<8xf8E4M3FN>
      scf.yield %2 : tensor<8xf8E4M3FN>
    } else {
      scf.yield %v : tensor<8xf8E4M3FN>
    }
    scf.yield %1 : tensor<8xf8E4M3FN>
  }
  return %0 : tensor<8xf8E4M3FN>
}""",
)
