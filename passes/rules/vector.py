"""vector: contractions, reductions and data movement."""

from typing import Any

from fnuz.passes import codec
from fnuz.passes.registry import CONVERT_FP8, NoRule

rule = CONVERT_FP8.rule

CONVERT_FP8.retype(
    "vector",
    "vector.broadcast",
    "vector.compressstore",
    "vector.deinterleave",
    "vector.expandload",
    "vector.extract",
    "vector.extract_strided_slice",
    "vector.from_elements",
    "vector.gather",
    "vector.insert",
    "vector.insert_strided_slice",
    "vector.interleave",
    "vector.load",
    "vector.mask",
    "vector.maskedload",
    "vector.maskedstore",
    "vector.scalable.extract",
    "vector.scalable.insert",
    "vector.scatter",
    "vector.shape_cast",
    "vector.shuffle",
    "vector.store",
    "vector.to_elements",
    "vector.transfer_read",
    "vector.transfer_write",
    "vector.transpose",
    "vector.type_cast",
    "vector.yield",
    why="values are moved",
    moves_bits=True,
    example="""
func.func @main(%x: tensor<4x8xf8E4M3FN>) -> vector<8x4xf8E4M3FN> {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 1.5 : f8E4M3FN
  %0 = vector.transfer_read %x[%c0, %c0], %pad : tensor<4x8xf8E4M3FN>, vector<4x8xf8E4M3FN>
  %1 = vector.transpose %0, [1, 0] : vector<4x8xf8E4M3FN> to vector<8x4xf8E4M3FN>
  return %1 : vector<8x4xf8E4M3FN>
}""",
)

_SUMS_AND_BOUNDS = ("add", "maximumf", "maxnumf", "minimumf", "minnumf")
_BOUNDS = _SUMS_AND_BOUNDS[1:]


def _kind(op: Any) -> str:
    # The kind attribute is `#vector.kind<add>`.
    return str(op.attributes["kind"]).split("<")[1].rstrip(">")


@rule(
    "vector.contract",
    effect="product",
    why="4 * contract(A', B', C / 4); an f16 accumulator takes operands widened to f16 instead",
    example="""
#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
func.func @main(%a: vector<4x8xf8E4M3FN>, %b: vector<4x8xf8E4M3FN>, %c: vector<4x4xf32>)
    -> vector<4x4xf32> {
  %0 = vector.contract {indexing_maps = [#a, #b, #c],
                        iterator_types = ["parallel", "parallel", "reduction"],
                        kind = #vector.kind<add>} %a, %b, %c
      : vector<4x8xf8E4M3FN>, vector<4x8xf8E4M3FN> into vector<4x4xf32>
  return %0 : vector<4x4xf32>
}""",
)
def contract(op: Any, cx: Any) -> Any:
    if _kind(op) not in _SUMS_AND_BOUNDS:
        raise NoRule(f"no rule for the kind {_kind(op)}; write it out with arith ops")
    accumulator = op.operands[2]
    element = cx.element(accumulator.type)
    if cx.fp8(accumulator) is not None:
        raise NoRule("it accumulates in fp8; give it an f32 accumulator and truncate once")
    degree = sum(cx.fp8(v) is not None for v in list(op.operands)[:2])
    fp8_operands = [i for i in (0, 1) if cx.fp8(op.operands[i]) is not None]
    starts_at_zero = cx.range(accumulator).is_zero()

    def widen_operands(b: Any) -> None:
        b.before(outermost(op))
        for i in fp8_operands:
            op.operands[i] = codec.decode(b, op.operands[i], element, cx)

    def scale_around(b: Any) -> None:
        around = outermost(op)
        if not starts_at_zero:
            b.before(around)
            op.operands[2] = codec.scale(b, op.operands[2], cx.unit**-degree)
        result = around.results[0]
        scaled = codec.scale(b.after(around), result, cx.unit**degree)
        b.replace_uses(result, scaled)

    return widen_operands if str(element) == "f16" else scale_around


def outermost(op: Any) -> Any:
    """The op itself, or the vector.mask around it: that holds one op and nothing else."""
    return op.parent if op.parent.name == "vector.mask" else op


@rule(
    "vector reduction",
    "vector.multi_reduction",
    "vector.reduction",
    effect="invariant",
    why="taking the largest or smallest commutes with halving; a sum would round in fp8 each time",
    example="""
func.func @main(%x: vector<16xf8E4M3FN>) -> f8E4M3FN {
  %0 = vector.reduction <maximumf>, %x : vector<16xf8E4M3FN> into f8E4M3FN
  return %0 : f8E4M3FN
}""",
)
def reduction(op: Any, cx: Any) -> Any:
    if _kind(op) not in _BOUNDS:
        raise NoRule(
            f"<{_kind(op)}> would round in fp8 at each step, in an order that is not fixed; "
            "extend to f32 before it and truncate after it"
        )
    return None


@rule(
    "vector.fma",
    effect="emulate",
    why="computed in f32 from the exact values, rounded once",
    example="""
func.func @main(%x: vector<16xf8E4M3FN>, %y: vector<16xf8E4M3FN>) -> vector<16xf8E4M3FN> {
  %0 = vector.fma %x, %y, %x : vector<16xf8E4M3FN>
  return %0 : vector<16xf8E4M3FN>
}""",
)
def fma(op: Any, cx: Any) -> Any:
    format = codec.format_of(cx.fp8(op.results[0]))

    def rewrite(b: Any) -> None:
        b.before(op)
        type, f32 = op.results[0].type, b.ir.F32Type.get()
        operands = [codec.decode(b, v, f32, cx) for v in op.operands]
        sum = b.value("vector.fma", cx.like(type, f32), *operands)
        scaled = codec.scale(b, sum, 1 / cx.unit)
        encoded = codec.encode(b, scaled, type, format, cx, safe=False)
        b.replace(op, encoded)

    return rewrite
