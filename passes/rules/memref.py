"""memref: buffers, globals, and the places where a buffer's bytes show."""

from math import prod
from sys import maxsize
from typing import Any

from fnuz.passes import constants
from fnuz.passes.registry import CONVERT_FP8, NoRule

CONVERT_FP8.retype(
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


@CONVERT_FP8.rule(
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
    is_external = "initial_value" not in op.attributes
    return constants.convert_global(op, "initial_value", is_external, cx)


CONVERT_FP8.typed_attributes.add("memref.global")


@CONVERT_FP8.rule(
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
    arena = op.operands[0]
    if isinstance(arena, cx.ir.BlockArgument) or arena.owner.operation.name not in _ALLOCATIONS:
        raise NoRule(
            "it views bytes that come from elsewhere as fp8 and they would be read as "
            f"{cx.direction.target}; pass the buffer as a memref of fp8"
        )
    ours = _extent(op, cx)
    for use in arena.uses:
        user = use.owner.operation
        if user.name == "memref.dealloc":
            continue
        if user.name == "memref.view":
            if cx.element(user.results[0].type) == cx.element(op.results[0].type):
                continue
            other = _extent(user, cx)
            if ours and other and (ours[1] <= other[0] or other[1] <= ours[0]):
                continue
        raise NoRule(
            f"its bytes may be seen as another type, and they would show {cx.direction.target} "
            "codes; give fp8 an allocation of its own, or views at constant offsets that do not "
            "overlap"
        )
    return None


_ALLOCATIONS = ("memref.alloc", "memref.alloca")


def _extent(view: Any, cx: Any) -> tuple[int, int] | None:
    """The first byte of a memref.view and the one after its last, where they are constants."""
    type, offset = view.results[0].type, view.operands[1]
    if isinstance(offset, cx.ir.BlockArgument):
        return None
    source, element = offset.owner.operation, type.element_type
    if source.name != "arith.constant" or not hasattr(element, "width"):
        return None
    start = cx.ir.IntegerAttr(source.attributes["value"]).value
    if not type.has_static_shape:
        return start, maxsize
    return start, start + prod(type.shape) * ((element.width + 7) // 8)


ORDER_KINDS = frozenset({3, 4, 5, 8, 9})
"""Of arith.AtomicRMWKind: assign, maximumf, maxnumf, minimumf, minnumf."""


@CONVERT_FP8.rule(
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
    if cx.ir.IntegerAttr(op.attributes["kind"]).value not in ORDER_KINDS:
        raise NoRule("its kind rounds in fp8; accumulate in f32 and truncate once")
    return None
