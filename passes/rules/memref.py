"""memref: buffers, globals, and the places where a buffer's bytes show."""

from typing import Any

from fnuz.passes import constants
from fnuz.passes.registry import OCP_TO_FNUZ, NoRule

OCP_TO_FNUZ.retype(
    "memref",
    "memref.alloc",
    "memref.alloca",
    "memref.alloca_scope",
    "memref.alloca_scope.return",
    "memref.assume_alignment",
    "memref.atomic_yield",
    "memref.cast",
    "memref.collapse_shape",
    "memref.copy",
    "memref.dealloc",
    "memref.dim",
    "memref.distinct_objects",
    "memref.expand_shape",
    "memref.extract_strided_metadata",
    "memref.generic_atomic_rmw",
    "memref.get_global",
    "memref.load",
    "memref.memory_space_cast",
    "memref.prefetch",
    "memref.rank",
    "memref.realloc",
    "memref.reinterpret_cast",
    "memref.reshape",
    "memref.store",
    "memref.subview",
    "memref.transpose",
    why="the buffer holds FNUZ values from now on, and so does whatever views it",
    moves_bits=True,
    example="""
func.func @main(%x: memref<4x8xf8E4M3FN>, %y: memref<4x8xf8E4M3FN>) {
  %c0 = arith.constant 0 : index
  %v = arith.constant -2.5 : f8E4M3FN
  %0 = memref.subview %x[0, 2] [4, 4] [1, 1]
      : memref<4x8xf8E4M3FN> to memref<4x4xf8E4M3FN, strided<[8, 1], offset: 2>>
  %1 = memref.subview %y[0, 4] [4, 4] [1, 1]
      : memref<4x8xf8E4M3FN> to memref<4x4xf8E4M3FN, strided<[8, 1], offset: 4>>
  memref.copy %0, %1 : memref<4x4xf8E4M3FN, strided<[8, 1], offset: 2>>
      to memref<4x4xf8E4M3FN, strided<[8, 1], offset: 4>>
  memref.store %v, %y[%c0, %c0] : memref<4x8xf8E4M3FN>
  return
}""",
)


@OCP_TO_FNUZ.rule(
    "memref.global",
    effect="converts",
    why="a constant and its type",
    example="""
memref.global "private" constant @w : memref<4xf8E4M3FN> = dense<[1.0, -0.0, 0x7F, -448.0]>
func.func @main(%y: memref<4xf8E4M3FN>) {
  %0 = memref.get_global @w : memref<4xf8E4M3FN>
  memref.copy %0, %y : memref<4xf8E4M3FN> to memref<4xf8E4M3FN>
  return
}""",
)
def global_(op: Any, cx: Any) -> Any:
    return constants.convert_global(op, "initial_value", cx)


OCP_TO_FNUZ.typed_attributes.add("memref.global")


@OCP_TO_FNUZ.rule(
    "memref.view",
    effect="invariant",
    why="a view into an arena that this function allocates and only views: its bytes are ours",
    example="""
func.func @main(%x: memref<16xf8E4M3FN>, %y: memref<16xf8E4M3FN>) {
  %c32 = arith.constant 32 : index
  %arena = memref.alloc() : memref<64xi8>
  %0 = memref.view %arena[%c32][] : memref<64xi8> to memref<16xf8E4M3FN>
  memref.copy %x, %0 : memref<16xf8E4M3FN> to memref<16xf8E4M3FN>
  memref.copy %0, %y : memref<16xf8E4M3FN> to memref<16xf8E4M3FN>
  memref.dealloc %arena : memref<64xi8>
  return
}""",
)
def view(op: Any, cx: Any) -> Any:
    source = op.operands[0]
    is_arena = (
        not isinstance(source, cx.ir.BlockArgument)
        and source.owner.operation.name in ("memref.alloc", "memref.alloca")
        and all(u.owner.operation.name in ("memref.view", "memref.dealloc") for u in source.uses)
    )
    if not is_arena:
        raise NoRule(
            "it views bytes that come from elsewhere as fp8 and they would be read as FNUZ; "
            "pass the buffer as a memref of fp8"
        )
    return None


_KINDS_THAT_KEEP_ORDER = ("assign", "maximumf", "maxnumf", "minimumf", "minnumf")


@OCP_TO_FNUZ.rule(
    "memref.atomic_rmw",
    effect="invariant",
    why="assigning and taking the larger or smaller commute with halving; sums round in fp8",
    example="""
func.func @main(%x: f8E4M3FN, %y: memref<4xf8E4M3FN>) {
  %c1 = arith.constant 1 : index
  %0 = memref.atomic_rmw assign %x, %y[%c1] : (f8E4M3FN, memref<4xf8E4M3FN>) -> f8E4M3FN
  return
}""",
)
def atomic_rmw(op: Any, cx: Any) -> Any:
    text = op.get_asm().split("memref.atomic_rmw", 1)[1].split()[0]
    if text not in _KINDS_THAT_KEEP_ORDER:
        raise NoRule(f"the kind {text} rounds in fp8; accumulate in f32 and truncate once")
    return None
