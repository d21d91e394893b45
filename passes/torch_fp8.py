"""The rules of lower-torch-fp8: one for each op of the torch dialect that computes in fp8."""

from collections.abc import Callable, Iterable
from typing import Any

from fnuz.bindings import of
from fnuz.dialect.formats import E4M3FN, FORMATS
from fnuz.passes import structured
from fnuz.passes.builder import Builder
from fnuz.passes.codec import clamp, resize
from fnuz.passes.registry import Diagnostics, NoRule
from fnuz.passes.torch_tensors import (
    TensorType,
    builtin_element,
    from_builtin,
    is_tensor,
    tensor_type,
    to_builtin,
)
from fnuz.passes.types import with_element

Lower = Callable[[Builder, Any, Any], Any]
"""Makes what the one result of an op becomes, given the op and the pass. Raises NoRule."""

_RULES: dict[str, Lower] = {}
"""By the name of an op on fp8."""

_FLOAT_RULES: dict[str, Lower] = {}
"""By the name of an op on any float that torch-mlir computes otherwise than PyTorch: it loses NaN,
or stops the program where the divisor is 0. Scales and values to quantize come out of these."""

_FLOATS = ("bf16", "f16", "f32", "f64")

_MOVES = frozenset(
    f"torch.{name}"
    for name in (
        *("aten._assert_tensor_metadata", "aten.abs", "aten.alias", "aten.cat", "aten.clone"),
        *("aten.constant_pad_nd", "aten.diagonal", "aten.embedding", "aten.empty_strided"),
        *("aten.eq.Scalar", "aten.eq.Tensor", "aten.expand", "aten.fill.Scalar", "aten.full"),
        *("aten.full_like", "aten.index.Tensor", "aten.index_select", "aten.isinf"),
        *("aten.isnan", "aten.ne.Scalar", "aten.ne.Tensor", "aten.new_zeros", "aten.ones"),
        *("aten.permute", "aten.repeat", "aten.repeat_interleave.self_int", "aten.roll"),
        *("aten.select.int", "aten.select_scatter", "aten.size.int", "aten.slice.Tensor"),
        *("aten.slice_scatter", "aten.split.Tensor", "aten.split_with_sizes", "aten.squeeze"),
        *("aten.squeeze.dim", "aten.stack", "aten.t", "aten.tile", "aten.transpose.int"),
        *("aten.unfold", "aten.unsqueeze", "aten.view", "aten.where.self", "aten.zero"),
        *("aten.zeros", "aten.zeros_like", "prim.ListConstruct", "prim.ListUnpack"),
        *("prims.squeeze", "vtensor.literal"),
    )
)
"""The ops that torch-mlir lowers with the bits of PyTorch, NaN and -0 among them.

But for abs of -0: PyTorch gives -0 there, and this 0; FNUZ has no -0.
"""


def lower(module: Any, options: Any, diagnostics: Diagnostics) -> None:
    """Run lower-torch-fp8 on a module."""
    bindings = of(module)
    found: list[tuple[Any, Lower | None]] = []
    is_fp8: dict[Any, bool] = {}

    def holds_fp8(value: Any) -> bool:
        type = value.type
        if type not in is_fp8:
            is_fp8[type] = any(name in str(type) for name in FORMATS)
        return is_fp8[type]

    def look(op: Any) -> Any:
        name = op.operation.name
        if name == "torch.operator":
            found.append((op.operation, None))
        elif name in _FLOAT_RULES and _element(op.results[0]) in _FLOATS:
            found.append((op.operation, _FLOAT_RULES[name]))
        elif name in _MOVES or not name.startswith("torch."):
            pass
        elif any(map(holds_fp8, (*op.operands, *op.results))):
            found.append((op.operation, _RULES.get(name)))
        return bindings.ir.WalkResult.ADVANCE

    with module.context, module.location:
        module.walk(look, bindings.ir.WalkOrder.PRE_ORDER)
        b = Builder(bindings)
        for op, rule in found:
            try:
                if rule is None:
                    raise NoRule
                for value in (*op.operands, *op.results):
                    if is_tensor(value.type) and tensor_type(value.type) is None:
                        raise NoRule(f"the sizes or the element type of {value.type} are missing")
                b.replace(op, rule(b.before(op), op, options))
            except NoRule as no:
                diagnostics.error(op.location, _refusal(op, str(no)))


def _refusal(op: Any, reason: str) -> str:
    name = op.attributes["name"].value if op.name == "torch.operator" else op.name
    types = [str(v.type) for v in (*op.operands, *op.results)]
    fp8 = next((t for t in types if any(format in t for format in FORMATS)), None)
    if not reason and fp8:
        reason = "no rule covers it; compute in float32 there, and cast to fp8 after it"
    elif not reason:
        reason = "nothing lowers it; give torch.export a decomposition of it"
    return f"'{name}' op {f'on {fp8} ' if fp8 else ''}cannot be imported: {reason}"


def _rule(*names: str, table: dict[str, Lower] = _RULES) -> Callable[[Lower], Lower]:
    def add(lower: Lower) -> Lower:
        table.update(dict.fromkeys((f"torch.{name}" for name in names), lower))
        return lower

    return add


@_rule("aten._to_copy", "aten.to.dtype", "prims.convert_element_type")
def _cast_op(b: Builder, op: Any, options: Any) -> Any:
    return _cast(b, op.operands[0], _type(op.results[0]))


@_rule("aten.copy")
def _copy(b: Builder, op: Any, options: Any) -> Any:
    into, values, non_blocking = op.operands
    cast = _cast(b, values, _type(values).with_element(_type(into).element))
    return b.value("torch.aten.copy", op.results[0].type, into, cast, non_blocking)


@_rule("aten.view.dtype")
def _view(b: Builder, op: Any, options: Any) -> Any:
    bits = _tensor(b, op.operands[0])
    target = builtin_element(_type(op.results[0]).element, b.ir)
    if bits.type.element_type.width != 8 or target.width != 8:
        raise NoRule("it makes one element of several bytes or the reverse; view them as uint8")
    for element in (b.ir.IntegerType.get_signless(8), target):
        if bits.type.element_type != element:
            bits = b.value("tensor.bitcast", with_element(b.ir, bits.type, element), bits)
    return from_builtin(b, bits, _type(op.results[0]))


@_rule("aten.mul.Tensor")
def _mul(b: Builder, op: Any, options: Any) -> Any:
    element = builtin_element(_type(op.results[0]).element, b.ir)
    f32 = b.ir.F32Type.get()

    def body(b: Builder, arguments: list[Any]) -> Any:
        factors = [resize(b, x, f32) for x in arguments[:2]]
        return _round(b, b.value("arith.mulf", f32, *factors), element)

    return _elementwise(b, _type(op.results[0]), [_tensor(b, x) for x in op.operands], body)


@_rule("aten.mm")
def _mm(b: Builder, op: Any, options: Any) -> Any:
    return _finish(b, _matmul(b, *op.operands), _type(op.results[0]), [], lambda b, sum: sum)


@_rule("aten.addmm")
def _addmm(b: Builder, op: Any, options: Any) -> Any:
    bias, x, w, beta, alpha = op.operands
    if [_constant(beta), _constant(alpha)] != [1, 1]:
        raise NoRule("its alpha or beta is not 1; multiply in float32 after torch.mm")
    return _finish(b, _matmul(b, x, w), _type(op.results[0]), [_term(b, bias)], _plus)


@_rule("aten._scaled_mm")
def _scaled_mm(b: Builder, op: Any, options: Any) -> Any:
    x, w, scale_a, scale_b, bias, scale_result, out_dtype, _ = op.operands
    result = _type(op.results[0])
    terms = _scales(b, scale_a, scale_b)
    count = len(terms)
    if not _is_none(bias):
        terms.append(_term(b, bias))
    last = None
    # PyTorch has no use for it with a wider result, nor its CPU where the type is not given.
    divides = options.scale_result == "divide"
    is_used = result.element in FORMATS and not (divides and _is_none(out_dtype))
    if is_used and not _is_none(scale_result):
        last = _term(b, scale_result)
        if divides:
            last = b.value("arith.divf", last.type, b.constant(last.type, 1.0), last)

    def compute(b: Builder, sum: Any, *values: Any) -> Any:
        scale = values[0] if count == 1 else b.value("arith.mulf", sum.type, *values[:count])
        sum = b.value("arith.mulf", sum.type, sum, scale)
        sum = _plus(b, sum, *values[count:])
        return sum if last is None else b.value("arith.mulf", sum.type, sum, last)

    return _finish(b, _matmul(b, x, w), result, terms, compute)


def _scales(b: Builder, *scales: Any) -> list[Any]:
    """The scales of a product: one number for all of it, or the terms of both. Raises NoRule."""
    terms = []
    for axis, scale in enumerate(scales):
        name = ("scale_a", "scale_b")[axis]
        if _element(scale) != "f32":
            raise NoRule(f"its {name} is {scale.type}; only scales in f32 are lowered")
        term = _term(b, scale)
        if _is_tensor(b, term) and (term.type.rank != 2 or term.type.shape[1 - axis] != 1):
            what = ("row of the first", "column of the second")[axis]
            raise NoRule(
                f"its {name} is {scale.type}; only one scale, or one for each {what} operand, "
                "is lowered"
            )
        terms.append(term)
    if any(_is_tensor(b, term) for term in terms):
        return terms
    # Outside of the loop over all elements, where constants fold to one.
    return [b.value("arith.mulf", terms[0].type, *terms)]


def _plus(b: Builder, sum: Any, *values: Any) -> Any:
    for value in values:
        sum = b.value("arith.addf", sum.type, sum, resize(b, value, sum.type))
    return sum


@_rule("aten.clamp", "aten.clamp.Tensor", "aten.hardtanh", table=_FLOAT_RULES)
def _clamp(b: Builder, op: Any, options: Any) -> Any:
    return _limit(b, op, zip(("arith.maximumf", "arith.minimumf"), op.operands[1:], strict=True))


@_rule("aten.maximum", table=_FLOAT_RULES)
def _maximum(b: Builder, op: Any, options: Any) -> Any:
    return _limit(b, op, [("arith.maximumf", op.operands[1])])


@_rule("aten.minimum", table=_FLOAT_RULES)
def _minimum(b: Builder, op: Any, options: Any) -> Any:
    return _limit(b, op, [("arith.minimumf", op.operands[1])])


def _limit(b: Builder, op: Any, limits: Iterable[tuple[str, Any]]) -> Any:
    """The first operand of `op` after arith ops, each with its second operand, or none."""
    element = builtin_element(_type(op.results[0]).element, b.ir)
    steps = [(name, limit) for name, limit in limits if not _is_none(limit)]
    tensors = {i: limit for i, (_, limit) in enumerate(steps) if _element(limit)}
    constants = {i: _constant(limit) for i, (_, limit) in enumerate(steps) if i not in tensors}
    if None in constants.values():
        raise NoRule("its bounds are computed numbers; give it tensors")
    if any(_element(limit) not in _FLOATS for limit in tensors.values()):
        raise NoRule("its bounds are not floats; cast them")

    def body(b: Builder, arguments: list[Any]) -> Any:
        x, *rest = arguments
        x = resize(b, x, element)
        elements = iter(rest)
        for i, (name, _) in enumerate(steps):
            if i in tensors:
                limit = resize(b, next(elements), element)
            else:
                limit = b.constant(element, float(constants[i]))
            x = b.value(name, element, x, limit)
        return x

    inputs = [_tensor(b, x) for x in (op.operands[0], *tensors.values())]
    return _elementwise(b, _type(op.results[0]), inputs, body)


@_rule("aten.reciprocal", table=_FLOAT_RULES)
def _reciprocal(b: Builder, op: Any, options: Any) -> Any:
    element = builtin_element(_type(op.results[0]).element, b.ir)

    def body(b: Builder, arguments: list[Any]) -> Any:
        return b.value("arith.divf", element, b.constant(element, 1.0), arguments[0])

    return _elementwise(b, _type(op.results[0]), [_tensor(b, op.operands[0])], body)


def _element(value: Any) -> str | None:
    """The element type of a torch tensor, as torch writes it; None for any other value."""
    type = tensor_type(value.type)
    return type.element if type else None


def _type(value: Any) -> TensorType:
    """The type of a torch tensor. `lower` has seen that all of it is known."""
    type = tensor_type(value.type)
    assert type is not None
    return type


def _tensor(b: Builder, value: Any) -> Any:
    """A torch tensor as a builtin one."""
    return to_builtin(b, value, _type(value))


def _is_none(value: Any) -> bool:
    return str(value.type) == "!torch.none"


def _is_tensor(b: Builder, value: Any) -> bool:
    return isinstance(value.type, b.ir.RankedTensorType)


def _constant(value: Any) -> Any:
    """The Python number of a constant !torch.int or !torch.float; None for one that is computed."""
    op = value.owner
    if getattr(op, "name", "") not in ("torch.constant.int", "torch.constant.float"):
        return None  # the owner of an argument is a block
    return op.attributes["value"].value


def _term(b: Builder, value: Any) -> Any:
    """A torch tensor as a builtin one, or, where it has one element, as that: then it can fold."""
    tensor = _tensor(b, value)
    shape = tensor.type.shape
    if any(size != 1 for size in shape):
        return tensor
    zero = b.constant(b.ir.IndexType.get(), 0)
    return b.value("tensor.extract", tensor.type.element_type, tensor, *[zero] * len(shape))


def _matmul(b: Builder, x: Any, w: Any) -> Any:
    """The f32 sums of the products of two torch matrices of fp8."""
    ir, f32 = b.ir, b.ir.F32Type.get()
    left, right = (_tensor(b, v) for v in (x, w))
    type = ir.RankedTensorType.get([left.type.shape[0], right.type.shape[1]], f32)
    sizes = [_size(b, x, i) for i, x in enumerate((left, right)) if x.type.is_dynamic_dim(i)]
    zero = structured.zeros(b, type, sizes)
    segments = {"operandSegmentSizes": ir.DenseI32ArrayAttr.get([2, 1])}
    return structured.named(b, "linalg.matmul", [left, right, zero], segments)


def _finish(
    b: Builder, sums: Any, type: TensorType, terms: list[Any], compute: Callable[..., Any]
) -> Any:
    """`compute(builder, sum, *terms)` of each f32 sum, rounded, as a torch tensor of `type`."""
    element = builtin_element(type.element, b.ir)

    def body(b: Builder, arguments: list[Any]) -> Any:
        sum, *rest = arguments
        elements = iter(rest)
        values = [next(elements) if _is_tensor(b, term) else term for term in terms]
        return _round(b, compute(b, sum, *values), element)

    return _elementwise(b, type, [sums, *(t for t in terms if _is_tensor(b, t))], body)


def _cast(b: Builder, value: Any, type: TensorType) -> Any:
    """A torch tensor with the element type of `type`."""
    source, target = _type(value).element, type.element
    element = builtin_element(type.element, b.ir)
    f32 = b.ir.F32Type.get()

    def body(b: Builder, arguments: list[Any]) -> Any:
        x = arguments[0]
        if source not in (*FORMATS, *_FLOATS):
            x = b.value("arith.sitofp" if source.startswith("s") else "arith.uitofp", f32, x)
        if target in FORMATS:
            return _round(b, resize(b, x, f32), element)
        if target in _FLOATS:
            return resize(b, x, element)
        return _to_integer(b, resize(b, x, f32), element)

    return _elementwise(b, type, [_tensor(b, value)], body)


def _round(b: Builder, value: Any, element: Any) -> Any:
    """An f32 rounded as PyTorch does: float8_e4m3fn saturates, the other types do not."""
    if str(element) == E4M3FN.mlir_name:
        value = clamp(b, value, E4M3FN.max)
    return resize(b, value, element)


_NOT_EQUAL = 13
"""arith.CmpFPredicate une."""


def _to_integer(b: Builder, value: Any, element: Any) -> Any:
    """An f32 cut to an integer. What is out of range wraps as on PyTorch's CPU; for NaN and Inf
    PyTorch promises nothing, and neither does this."""
    if element.width == 1:
        predicate = b.ir.IntegerAttr.get(b.ir.IntegerType.get_signless(64), _NOT_EQUAL)
        zero = b.constant(value.type, 0.0)
        return b.value("arith.cmpf", element, value, zero, attributes={"predicate": predicate})
    i64 = b.ir.IntegerType.get_signless(64)
    whole = b.value("arith.fptosi", i64, value)
    return whole if element == i64 else b.value("arith.trunci", element, whole)


def _elementwise(
    b: Builder, type: TensorType, inputs: list[Any], body: Callable[[Builder, list[Any]], Any]
) -> Any:
    """`body` of each element of builtin tensors, broadcast as PyTorch does, as the torch `type`."""
    ir, result = b.ir, type.builtin(b.ir)
    rank = result.rank
    maps, sources = [], dict[int, tuple[Any, int]]()
    for x in inputs:
        first = rank - x.type.rank
        exprs = []
        for i, size in enumerate(x.type.shape):
            if size == 1 and result.shape[first + i] != 1:
                exprs.append(ir.AffineConstantExpr.get(0))
            else:
                exprs.append(ir.AffineDimExpr.get(first + i))
                sources.setdefault(first + i, (x, i))
        maps.append(ir.AffineMap.get(rank, 0, exprs))
    sizes = [_size(b, *sources[d]) for d in range(rank) if result.is_dynamic_dim(d)]
    empty = b.value("tensor.empty", result, *sizes)
    maps.append(ir.AffineMap.get_identity(rank))
    return from_builtin(
        b, structured.generic(b, inputs, empty, maps, ["parallel"] * rank, body), type
    )


def _size(b: Builder, tensor: Any, axis: int) -> Any:
    index = b.ir.IndexType.get()
    return b.value("tensor.dim", index, tensor, b.constant(index, axis))
