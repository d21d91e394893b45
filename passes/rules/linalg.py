"""linalg: contractions get one factor behind the sum; bodies are converted op by op.

Named ops have bodies that are implied: nothing can be put there, so what they compute on fp8
values is said here, or they are generalized first.
"""

from dataclasses import dataclass
from typing import Any

from fnuz.bindings.handles import address
from fnuz.dialect.formats import E4M3FN
from fnuz.passes import codec, structured
from fnuz.passes.builder import Builder
from fnuz.passes.direction import TO_FNUZ
from fnuz.passes.registry import CONVERT_FP8, NoRule

rule = CONVERT_FP8.rule

CONTRACTIONS = frozenset(
    f"linalg.{name}"
    for name in (
        *("batch_matmul", "batch_matvec", "batch_mmt4d", "batch_reduce_matmul", "batch_vecmat"),
        *("contract", "conv_1d", "conv_1d_ncw_fcw", "conv_1d_nwc_wcf", "conv_2d"),
        *("conv_2d_nchw_fchw", "conv_2d_ngchw_fgchw", "conv_2d_ngchw_gfchw"),
        *("conv_2d_nhwc_fhwc", "conv_2d_nhwc_hwcf", "conv_2d_nhwgc_gfhwc", "conv_3d"),
        *("conv_3d_ncdhw_fcdhw", "conv_3d_ndhwc_dhwcf", "depthwise_conv_1d_ncw_cw"),
        *("depthwise_conv_1d_nwc_wc", "depthwise_conv_1d_nwc_wcm", "depthwise_conv_2d_nchw_chw"),
        *("depthwise_conv_2d_nhwc_hwc", "depthwise_conv_2d_nhwc_hwcm"),
        *("depthwise_conv_3d_ncdhw_cdhw", "depthwise_conv_3d_ndhwc_dhwc"),
        *("depthwise_conv_3d_ndhwc_dhwcm", "dot", "matmul", "matvec", "mmt4d", "vecmat"),
    )
)
"""Named ops whose body is init + ext(a) * ext(b)."""

ORDER = frozenset(
    f"linalg.{name}"
    for name in (
        *("abs", "max", "min", "negf", "pooling_nchw_max", "pooling_ncw_max", "pooling_ndhwc_max"),
        *("pooling_ndhwc_min", "pooling_nhwc_max", "pooling_nhwc_min", "pooling_nwc_max"),
        "pooling_nwc_min",
    )
)
"""Named ops that commute with halving where all element types are the same."""

GENERALIZED = frozenset(
    f"linalg.{name}"
    for name in (
        *("add", "ceil", "div", "elementwise", "erf", "exp", "floor", "log", "mul"),
        *("pooling_nchw_sum", "pooling_ncw_sum", "pooling_ndhwc_sum", "pooling_nhwc_sum"),
        *("pooling_nwc_sum", "powf", "reciprocal", "round", "rsqrt", "select", "sqrt", "square"),
        *("sub", "tanh"),
    )
)
"""Named ops that are written out as linalg.generic, whose body then has the rules of its ops."""

_WIDE_ACCUMULATORS = ("f32", "f64", "bf16")
"""In these a quarter of the accumulator is exact; an f16 one loses bits below 2^-12."""


def generalize(cx: Any) -> bool:
    """Write out the named ops on fp8 that have no rule as they are. True when there were some."""
    named = [
        op for name, op in cx.touched if name.startswith("linalg.") and _needs_body(name, op, cx)
    ]
    builder = Builder(cx.bindings)
    for op in named:
        structured.generalize(builder, op)
    return bool(named)


def _needs_body(name: str, op: Any, cx: Any) -> bool:
    if name in CONTRACTIONS:
        return not _has_wide_accumulator(op, cx)
    if name in GENERALIZED or (name == "linalg.negf" and cx.direction is not TO_FNUZ):
        return True
    if name in ORDER or name == "linalg.copy":
        inputs, inits = structured.inputs_and_inits(op, cx.ir)
        values = [inits[0], inputs[0]] if "pooling" in name else [*inputs, *inits]
        return len({cx.element(v.type) for v in values}) > 1
    return False


def _has_wide_accumulator(op: Any, cx: Any) -> bool:
    type = op.operands[len(op.operands) - 1].type
    known = cx.memo.setdefault("wide accumulators", {})
    if type not in known:
        known[type] = str(cx.element(type)) in _WIDE_ACCUMULATORS
    return bool(known[type])


@rule(
    "linalg contraction",
    *sorted(CONTRACTIONS),
    effect="product",
    why="4 * (C / 4 + A' B'): one factor behind the sum, the order of the sum kept",
    example="""
func.func @main(%a: tensor<8x32xf8E4M3FN>, %b: tensor<32x16xf8E4M3FN>, %c: tensor<8x16xf32>)
    -> tensor<8x16xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<8x32xf8E4M3FN>, tensor<32x16xf8E4M3FN>)
                     outs(%c : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}""",
)
def contraction(op: Any, cx: Any) -> Any:
    *inputs, init = op.operands
    return _factor_around(op, init, sum(cx.concerns(v) for v in inputs), cx)


def _factor_around(op: Any, init: Any, degree: int, cx: Any) -> Any:
    """u^degree * op(init / u^degree): exact, for powers of two commute with each rounding.

    `init` is the last operand.
    """
    factor = cx.unit**degree
    index = len(op.operands) - 1
    starts_at_zero = _starts_at_zero(op, init, cx)
    fill = _fill_of(init, cx)

    def rewrite(b: Any) -> None:
        # Read again: what gave the operand may have been replaced since it was planned.
        init = op.operands[index]
        if not starts_at_zero:
            b.before(op)
            if fill is not None:
                scaled = _fill(b, codec.scale(b, fill.operands[0], 1 / factor), fill)
            else:
                scaled = _scale_elements(b, init, 1 / factor)
            if scaled is not None:
                op.operands[index] = scaled
        b.after(op)
        if len(op.results) == 0:
            _scale_elements(b, init, factor)
            return
        result = op.results[0]
        b.replace_uses(result, _scale_elements(b, result, factor))

    return rewrite


def _scale_elements(b: Any, value: Any, factor: float) -> Any:
    """The tensor times the factor; a memref is scaled in place."""
    if isinstance(value.type, b.ir.MemRefType):
        return structured.elementwise(b, [], value, lambda b, args: codec.scale(b, args[0], factor))
    # Not in place: linalg-fuse-elementwise-ops then puts the product into the loop of a reduction.
    empty = b.value("tensor.empty", value.type, *b.dynamic_sizes(value))
    return structured.elementwise(
        b, [value], empty, lambda b, args: codec.scale(b, args[0], factor)
    )


def _starts_at_zero(op: Any, init: Any, cx: Any) -> bool:
    if not isinstance(init.type, cx.ir.MemRefType):
        return bool(cx.range(init).is_zero())
    # A buffer is zero where the last op before this one that has it as an operand filled it so.
    block = op.block
    previous = None
    for use in init.uses:
        user = use.owner.operation
        if user == op or user.block != block or not user.is_before_in_block(op):
            continue
        if previous is None or previous.is_before_in_block(user):
            previous = user
    if previous is None or previous.name != "linalg.fill":
        return False
    return bool(cx.range(previous.operands[0]).is_zero()) and _nothing_writes_between(previous, op)


_WRITE_NOTHING = ("memref.alloc", "memref.alloca", "memref.dim", "memref.get_global")


def _nothing_writes_between(first: Any, last: Any) -> bool:
    """Whether the two are neighbours, but for ops that write to no buffer there was."""
    seen = False
    for view in first.block.operations:
        op = view.operation
        if op == last:
            return seen
        if seen and not (op.name.startswith("arith.") or op.name in _WRITE_NOTHING):
            return False
        seen = seen or op == first
    return False


def _fill_of(init: Any, cx: Any) -> Any:
    """The linalg.fill that makes `init`, if one does: then another makes the scaled one."""
    if isinstance(init, cx.ir.BlockArgument) or not isinstance(init.type, cx.ir.RankedTensorType):
        return None
    fill = init.owner.operation
    return fill if fill.name == "linalg.fill" else None


def _fill(b: Any, scalar: Any, fill: Any) -> Any:
    ir, init, results = b.ir, fill.operands[1], [r.type for r in fill.results]
    sizes = ir.DenseI32ArrayAttr.get([1, 1])
    op = b.create("linalg.fill", results, [scalar, init], {"operandSegmentSizes": sizes}, 1)
    element = init.type.element_type
    block = op.regions[0].blocks.append(scalar.type, element, arg_locs=[op.location] * 2)
    ir.Operation.create(
        "linalg.yield", [], [block.arguments[0]], loc=op.location, ip=ir.InsertionPoint(block)
    )
    return op.results[0]


@rule(
    "linalg.generic",
    effect="linear",
    why="a sum of products of extended values gets its factor behind the sum, other bodies inside",
    example="""
#a = affine_map<(b, m, n, k) -> (b, m, k)>
#b = affine_map<(b, m, n, k) -> (b, k, n)>
#c = affine_map<(b, m, n, k) -> (b, m, n)>
func.func @main(%a: tensor<2x4x8xf8E4M3FN>, %b: tensor<2x8x3xf8E4M3FN>, %c: tensor<2x4x3xf32>)
    -> tensor<2x4x3xf32> {
  %0 = linalg.generic {indexing_maps = [#a, #b, #c],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<2x4x8xf8E4M3FN>, tensor<2x8x3xf8E4M3FN>)
      outs(%c : tensor<2x4x3xf32>) {
  ^bb0(%x: f8E4M3FN, %y: f8E4M3FN, %z: f32):
    %1 = arith.extf %x : f8E4M3FN to f32
    %2 = arith.extf %y : f8E4M3FN to f32
    %3 = arith.mulf %1, %2 : f32
    %4 = arith.addf %z, %3 : f32
    linalg.yield %4 : f32
  } -> tensor<2x4x3xf32>
  return %0 : tensor<2x4x3xf32>
}""",
)
def generic(op: Any, cx: Any) -> Any:
    body = sum_of_products(op, cx)
    if body is None:
        return None
    if not body.factor_inside:
        _, inits = structured.inputs_and_inits(op, cx.ir)
        return _factor_around(op, inits[0], len(body.extensions), cx)

    def rewrite(b: Any) -> None:
        product = body.product
        scaled = codec.scale(
            b.after(product.owner.operation), product, cx.unit ** len(body.extensions)
        )
        b.replace_uses(product, scaled)

    return rewrite


@dataclass(frozen=True)
class SumOfProducts:
    """A body that is `init + product`, and how its factor for each fp8 value is owed."""

    product: Any
    extensions: frozenset[int]
    """The addresses of the extf ops whose values are multiplied."""
    factor_inside: bool
    """Whether the factor stays on the product, because the accumulator is too narrow for it."""


def sum_of_products(op: Any, cx: Any) -> SumOfProducts | None:
    """What a linalg.generic sums up, if it is a contraction of fp8 values or a sum of them.

    None when the body is anything else: then each extf owes its factor where it stands.
    """
    key = ("sum of products", address(op))
    if key not in cx.memo:
        cx.memo[key] = _sum_of_products(op, cx)
    found: SumOfProducts | None = cx.memo[key]
    return found


def _sum_of_products(op: Any, cx: Any) -> SumOfProducts | None:
    inputs, inits = structured.inputs_and_inits(op, cx.ir)
    results = structured.yielded(op)
    if "reduction" not in str(op.attributes["iterator_types"]) or len(inits) != 1:
        return None
    # Where all its fp8 values are made inside, no plan of this op will add the factor.
    if not any(cx.concerns(v) for v in op.operands):
        return None
    accumulator = op.regions[0].blocks[0].arguments[len(inputs)]
    sum = _defining(results[0], cx)
    if (
        sum is None
        or sum.name != "arith.addf"
        or len(list(accumulator.uses)) != 1
        or len(list(results[0].uses)) != 1
    ):
        return None
    terms = [v for v in sum.operands if v != accumulator]
    if len(terms) != 1:
        return None
    extensions = _factors(terms[0], cx)
    if not extensions:
        return None
    if str(accumulator.type) in _WIDE_ACCUMULATORS:
        if _multiplies_in_f16(terms[0], cx):
            return None  # the product of the halves is not half of half the product there
        return SumOfProducts(terms[0], extensions, factor_inside=False)
    if _is_exact_in_f16(terms[0], extensions, cx):
        return SumOfProducts(terms[0], extensions, factor_inside=True)
    return None


def _multiplies_in_f16(product: Any, cx: Any) -> bool:
    """Whether a factor of a product is itself a product in f16, where halving loses bits."""
    op = _defining(product, cx)
    if op is None or op.name not in ("arith.mulf", "arith.extf"):
        return False
    if op.name == "arith.mulf" and str(product.type) not in _WIDE_ACCUMULATORS:
        return True
    return any(_multiplies_in_f16(v, cx) for v in op.operands)


def _is_exact_in_f16(product: Any, extensions: frozenset[int], cx: Any) -> bool:
    """Whether it is a product of two OCP E4M3 values: 8 bits, a multiple of 2^-20 when halved.

    The other way, where values are doubled, the product may overflow.
    """
    op = _defining(product, cx)
    if op.name != "arith.mulf" or str(product.type) != "f16":
        return False
    factors = [_defining(v, cx) for v in op.operands]
    return all(
        factor is not None
        and address(factor) in extensions
        and codec.format_of(cx.fp8(factor.operands[0])) is E4M3FN
        for factor in factors
    )


def _factors(product: Any, cx: Any) -> frozenset[int] | None:
    """The extf ops among the factors of a product; None when one is used elsewhere too."""
    op = _defining(product, cx)
    if op is None or op.name not in ("arith.mulf", "arith.extf"):
        return frozenset()
    if len(list(product.uses)) != 1:
        return None if _holds_fp8(product, cx) else frozenset()
    if op.name == "arith.extf":
        if cx.fp8(op.operands[0]) is not None:
            return frozenset([address(op)])
        return _factors(op.operands[0], cx)
    left, right = (_factors(v, cx) for v in op.operands)
    return None if left is None or right is None else left | right


def _holds_fp8(value: Any, cx: Any) -> bool:
    op = _defining(value, cx)
    if op is None or op.name not in ("arith.mulf", "arith.extf"):
        return False
    return any(cx.fp8(v) is not None or _holds_fp8(v, cx) for v in op.operands)


def _defining(value: Any, cx: Any) -> Any:
    return None if isinstance(value, cx.ir.BlockArgument) else value.owner.operation


CONVERT_FP8.retype(
    "linalg order",
    *sorted(ORDER),
    why="taking the larger or the magnitude commutes with halving",
    example="""
func.func @main(%x: tensor<1x6x6x4xf8E4M3FN>, %i: tensor<1x3x3x4xf8E4M3FN>)
    -> tensor<1x3x3x4xf8E4M3FN> {
  %w = tensor.empty() : tensor<2x2xf32>
  %0 = linalg.pooling_nhwc_max {dilations = dense<1> : tensor<2xi64>,
                                strides = dense<2> : tensor<2xi64>}
      ins(%x, %w : tensor<1x6x6x4xf8E4M3FN>, tensor<2x2xf32>)
      outs(%i : tensor<1x3x3x4xf8E4M3FN>) -> tensor<1x3x3x4xf8E4M3FN>
  return %0 : tensor<1x3x3x4xf8E4M3FN>
}""",
)

CONVERT_FP8.retype(
    "linalg movement",
    "linalg.broadcast",
    "linalg.copy",
    "linalg.fill",
    "linalg.index",
    "linalg.map",
    "linalg.pack",
    "linalg.reduce",
    "linalg.transpose",
    "linalg.unpack",
    "linalg.yield",
    why="values are moved, or the body is written out and its ops have rules of their own",
    moves_bits=True,
    example="""
func.func @main(%x: tensor<4x8xf8E4M3FN>, %i: tensor<8x4xf8E4M3FN>, %r: tensor<8xf8E4M3FN>)
    -> tensor<8xf8E4M3FN> {
  %0 = linalg.transpose ins(%x : tensor<4x8xf8E4M3FN>) outs(%i : tensor<8x4xf8E4M3FN>)
      permutation = [1, 0]
  %1 = linalg.reduce { arith.addf } ins(%0 : tensor<8x4xf8E4M3FN>)
      outs(%r : tensor<8xf8E4M3FN>) dimensions = [1]
  return %1 : tensor<8xf8E4M3FN>
}""",
)


@rule(
    "linalg generalized",
    *sorted(GENERALIZED),
    effect="emulate",
    why="written out as linalg.generic first, then the rules of the ops in its body",
    example="""
func.func @main(%x: tensor<8xf8E4M3FN>, %y: tensor<8xf8E4M3FN>, %i: tensor<8xf8E4M3FN>)
    -> tensor<8xf8E4M3FN> {
  %0 = linalg.add ins(%x, %y : tensor<8xf8E4M3FN>, tensor<8xf8E4M3FN>)
      outs(%i : tensor<8xf8E4M3FN>) -> tensor<8xf8E4M3FN>
  %1 = linalg.exp ins(%0 : tensor<8xf8E4M3FN>) outs(%i : tensor<8xf8E4M3FN>)
      -> tensor<8xf8E4M3FN>
  return %1 : tensor<8xf8E4M3FN>
}""",
)
def generalized(op: Any, cx: Any) -> Any:
    raise NoRule("it could not be written out as linalg.generic")


@rule(
    "linalg.softmax",
    effect="emulate",
    non_linear=["linalg.softmax"],
    why="computed in f32 around: no one wants the sum of exponentials rounded to 8 bits",
    example="""
func.func @main(%x: tensor<4x16xf8E4M3FN>, %i: tensor<4x16xf8E4M3FN>) -> tensor<4x16xf8E4M3FN> {
  %0 = linalg.softmax dimension(1) ins(%x : tensor<4x16xf8E4M3FN>)
      outs(%i : tensor<4x16xf8E4M3FN>) -> tensor<4x16xf8E4M3FN>
  return %0 : tensor<4x16xf8E4M3FN>
}""",
)
def softmax(op: Any, cx: Any) -> Any:
    source, init = op.operands
    if len(op.results) == 0 or cx.fp8(source) is None or cx.fp8(init) is None:
        raise NoRule("it is known only from fp8 tensor to fp8 tensor; bufferize after converting")
    format = codec.format_of(cx.fp8(init))
    target = cx.converted(cx.fp8(init))

    def rewrite(b: Any) -> None:
        softmax_in_f32(
            b,
            op,
            lambda b, x: codec.decode(b, x, b.ir.F32Type.get(), cx),
            # A softmax is at most 1.
            lambda b, y: codec.encode(
                b, codec.scale(b, y, 1 / cx.unit), target, format, cx, safe=True
            ),
        )

    return rewrite


def softmax_in_f32(b: Any, op: Any, decode: Any, encode: Any) -> None:
    """Replace a linalg.softmax of fp8 tensors by one of f32 tensors with casts around."""
    b.before(op)
    source, init = op.operands
    f32 = b.ir.F32Type.get()
    wide = b.ir.RankedTensorType.get(source.type.shape, f32)
    empty = b.value("tensor.empty", wide, *b.dynamic_sizes(source))
    x = structured.elementwise(b, [source], empty, lambda b, args: decode(b, args[0]))
    y = b.value(
        "linalg.softmax", wide, x, empty, attributes={"dimension": op.attributes["dimension"]}
    )
    result = structured.elementwise(b, [y], init, lambda b, args: encode(b, args[0]))
    op.results[0].replace_all_uses_with(result)
    op.erase()
