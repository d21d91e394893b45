"""The rules of lower-torch-fp8: one for each op of the torch dialect that computes in fp8."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fnuz.bindings import of
from fnuz.dialect.formats import E4M3FN, FORMATS
from fnuz.passes import structured
from fnuz.passes import torch_tensors as torch
from fnuz.passes.builder import Builder
from fnuz.passes.codec import clamp, resize
from fnuz.passes.registry import Diagnostics, NoRule
from fnuz.passes.types import with_element

Lower = Callable[[Builder, Any, Any], Any]
"""Makes what the one result of an op becomes, given the op and the pass. Raises NoRule."""

_RULES: dict[str, Lower] = {}
"""By the name of an op on fp8."""

_CLAMPS: dict[str, Lower] = {}
"""By the name of an op on any float."""

_FLOATS = ("bf16", "f16", "f32", "f64")

_MOVES = frozenset(
    f"torch.{name}"
    for name in (
        *("aten._assert_tensor_metadata", "aten.abs", "aten.alias", "aten.cat", "aten.clone"),
        *("aten.constant_pad_nd", "aten.contiguous", "aten.detach", "aten.embedding"),
        *("aten.empty_like", "aten.empty.memory_format", "aten.empty_strided", "aten.eq.Tensor"),
        *("aten.expand", "aten.flatten.using_ints", "aten.flip", "aten.full", "aten.full_like"),
        *("aten.index_select", "aten.index.Tensor", "aten.isnan", "aten.masked_fill.Scalar"),
        *("aten.ne.Tensor", "aten.permute", "aten.repeat", "aten.reshape", "aten.roll"),
        *("aten.select.int", "aten.size", "aten.size.int", "aten.slice.Tensor"),
        *("aten.slice_scatter", "aten.split.Tensor", "aten.split_with_sizes", "aten.squeeze"),
        *("aten.squeeze.dim", "aten.squeeze.dims", "aten.stack", "aten.t", "aten.transpose.int"),
        *("aten.unbind.int", "aten.unflatten.int", "aten.unsqueeze", "aten.view"),
        *("aten.where.self", "aten.zeros", "aten.zeros_like", "prim.ListConstruct"),
        *("prim.ListUnpack", "vtensor.literal"),
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
            is_fp8[type] = torch.element_name(type) in FORMATS
        return is_fp8[type]

    def look(op: Any) -> Any:
        name = op.operation.name
        if name == "torch.operator":
            found.append((op.operation, None))
        elif name in _CLAMPS and torch.element_name(op.results[0].type) in _FLOATS:
            found.append((op.operation, _CLAMPS[name]))
        elif name.startswith("torch.") and name not in _MOVES:
            if any(map(holds_fp8, (*op.operands, *op.results))):
                found.append((op.operation, _RULES.get(name)))
        return bindings.ir.WalkResult.ADVANCE

    with module.context, module.location:
        module.walk(look, bindings.ir.WalkOrder.PRE_ORDER)
        b = Builder(bindings)
        for op, rule in found:
            try:
                if rule is None:
                    raise NoRule
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


@_rule("aten._to_copy", "aten.to.dtype", "aten.to.dtype_layout", "prims.convert_element_type")
def _cast_op(b: Builder, op: Any, options: Any) -> Any:
    return _cast(b, op.operands[0], op.results[0].type)


@_rule("aten.copy")
def _copy(b: Builder, op: Any, options: Any) -> Any:
    into, values, non_blocking = op.operands
    element = torch.element_name(into.type)
    if element is None or torch.element_name(values.type) is None:
        raise NoRule("its types are not known")
    cast = _cast(b, values, torch.with_element(b, values.type, element))
    return b.value("torch.aten.copy", op.results[0].type, into, cast, non_blocking)


@_rule("aten.view.dtype")
def _view(b: Builder, op: Any, options: Any) -> Any:
    bits = torch.to_builtin(b, op.operands[0])
    target = torch.builtin_type(b, op.results[0].type).element_type
    if bits.type.element_type.width != 8 or target.width != 8:
        raise NoRule("it makes one element of several bytes or the reverse; view them as uint8")
    for element in (b.ir.IntegerType.get_signless(8), target):
        if bits.type.element_type != element:
            bits = b.value("tensor.bitcast", with_element(b.ir, bits.type, element), bits)
    return torch.from_builtin(b, bits, op.results[0].type)


@_rule("aten.mul.Tensor")
def _mul(b: Builder, op: Any, options: Any) -> Any:
    type = op.results[0].type
    wide = [_cast(b, x, torch.with_element(b, x.type, "f32")) for x in op.operands]
    product = b.value("torch.aten.mul.Tensor", torch.with_element(b, type, "f32"), *wide)
    return _cast(b, product, type)


@_rule("aten.mm")
def _mm(b: Builder, op: Any, options: Any) -> Any:
    return _finish(b, _matmul(b, *op.operands), op.results[0].type, [], lambda b, sum: sum)


@_rule("aten.addmm")
def _addmm(b: Builder, op: Any, options: Any) -> Any:
    bias, x, w, beta, alpha = op.operands
    if [_constant(beta), _constant(alpha)] != [1, 1]:
        raise NoRule("its alpha or beta is not 1; multiply in float32 after torch.mm")
    return _finish(b, _matmul(b, x, w), op.results[0].type, [_Term.of(b, bias)], _plus)


@_rule("aten._scaled_mm")
def _scaled_mm(b: Builder, op: Any, options: Any) -> Any:
    x, w, scale_a, scale_b, bias, scale_result = list(op.operands)[:6]
    result = op.results[0].type
    terms = _scales(b, scale_a, scale_b)
    count = len(terms)
    if not _is_none(bias):
        terms.append(_Term.of(b, bias))
    last = None
    # PyTorch has no use for it with a wider result.
    if not _is_none(scale_result) and torch.element_name(result) in FORMATS:
        last = _Term.of(b, scale_result).value
        if options.scale_result == "divide":
            one = b.constant(last.type, 1.0)
            last = b.value("arith.divf", last.type, one, last)

    def compute(b: Builder, sum: Any, *values: Any) -> Any:
        scale = values[0] if count == 1 else b.value("arith.mulf", sum.type, *values[:count])
        sum = b.value("arith.mulf", sum.type, sum, scale)
        sum = _plus(b, sum, *values[count:])
        return sum if last is None else b.value("arith.mulf", sum.type, sum, last)

    return _finish(b, _matmul(b, x, w), result, terms, compute)


def _scales(b: Builder, scale_a: Any, scale_b: Any) -> list["_Term"]:
    """The scales of a product: one number for all of it, or one of each operand. Raises NoRule."""
    terms = []
    for name, scale, axis in (("scale_a", scale_a, 0), ("scale_b", scale_b, 1)):
        term = _Term.of(b, scale)
        if torch.element_name(scale.type) != "f32":
            raise NoRule(f"its {name} is {scale.type}; only scales in f32 are lowered")
        if term.map is not None and (term.value.type.rank != 2 or not term.is_along(b, axis)):
            what = ("row of the first", "column of the second")[axis]
            raise NoRule(
                f"its {name} is {scale.type}; only one scale, or one for each {what} operand, "
                "is lowered"
            )
        terms.append(term)
    if any(term.map is not None for term in terms):
        return terms
    # Outside of the loop over all elements, where constants fold to one.
    first, second = (term.value for term in terms)
    return [_Term(b.value("arith.mulf", first.type, first, second))]


def _plus(b: Builder, sum: Any, *values: Any) -> Any:
    for value in values:
        sum = b.value("arith.addf", sum.type, sum, resize(b, value, sum.type))
    return sum


@_rule("aten.clamp", table=_CLAMPS)
def _clamp(b: Builder, op: Any, options: Any) -> Any:
    x, *bounds = op.operands
    if any(not _is_none(bound) and _constant(bound) is None for bound in bounds):
        raise NoRule("its bounds are computed; use torch.maximum and torch.minimum")
    value = torch.to_builtin(b, x)

    def body(b: Builder, arguments: list[Any]) -> Any:
        result = arguments[0]
        for name, bound in zip(("arith.maximumf", "arith.minimumf"), bounds, strict=True):
            if not _is_none(bound):
                limit = b.constant(result.type, float(_constant(bound)))
                result = b.value(name, result.type, result, limit)
        return result

    return torch.from_builtin(b, _elementwise(b, value, value.type, body), op.results[0].type)


def _is_none(value: Any) -> bool:
    return str(value.type) == "!torch.none"


def _constant(value: Any) -> Any:
    """The Python number of a constant !torch.int or !torch.float; None for one that is computed."""
    op = value.owner
    if op.name not in ("torch.constant.int", "torch.constant.float"):
        return None
    return op.attributes["value"].value


@dataclass(frozen=True)
class _Term:
    """What a matrix product is scaled by or has added: one number, or a tensor with the map from
    an element of the product to its own."""

    value: Any
    map: Any = None

    @classmethod
    def of(cls, b: Builder, value: Any) -> "_Term":
        """A torch tensor that is broadcast as PyTorch does, from the last dimension."""
        tensor = torch.to_builtin(b, value)
        shape = tensor.type.shape
        if all(size == 1 for size in shape):
            zero = b.constant(b.ir.IndexType.get(), 0)
            element = tensor.type.element_type
            return cls(b.value("tensor.extract", element, tensor, *[zero] * len(shape)))
        if len(shape) > _RANK:
            raise NoRule(f"{value.type} is not broadcast to a matrix")
        first = _RANK - len(shape)
        exprs = [
            b.ir.AffineConstantExpr.get(0) if size == 1 else b.ir.AffineDimExpr.get(first + i)
            for i, size in enumerate(shape)
        ]
        return cls(tensor, b.ir.AffineMap.get(_RANK, 0, exprs))

    def is_along(self, b: Builder, axis: int) -> bool:
        """Whether elements along the other axis have the same."""
        exprs = (b.ir.AffineConstantExpr.get(0), b.ir.AffineDimExpr.get(axis))
        return all(expr in exprs for expr in self.map.results)


_RANK = 2
"""Of a matrix product."""


def _matmul(b: Builder, x: Any, w: Any) -> Any:
    """The f32 sums of the products of two torch matrices of fp8."""
    ir, f32 = b.ir, b.ir.F32Type.get()
    left, right = (torch.to_builtin(b, v) for v in (x, w))
    type = ir.RankedTensorType.get([left.type.shape[0], right.type.shape[1]], f32)
    index = ir.IndexType.get()
    sizes = [
        b.value("tensor.dim", index, operand, b.constant(index, axis))
        for axis, operand in enumerate((left, right))
        if operand.type.is_dynamic_dim(axis)
    ]
    empty = b.value("tensor.empty", type, *sizes)
    segments = {"operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 1])}
    zero = structured.named(b, "linalg.fill", [b.constant(f32, 0.0), empty], segments)
    segments = {"operandSegmentSizes": ir.DenseI32ArrayAttr.get([2, 1])}
    return structured.named(b, "linalg.matmul", [left, right, zero], segments)


def _finish(
    b: Builder,
    sums: Any,
    type: Any,
    terms: list[_Term],
    compute: Callable[..., Any],
) -> Any:
    """`compute(builder, sum, *terms)` of each f32 sum, rounded to the torch tensor type `type`."""
    element = torch.builtin_type(b, type).element_type
    read = [term for term in terms if term.map is not None]

    def body(b: Builder, arguments: list[Any]) -> Any:
        sum, *rest = arguments
        elements = iter(rest)
        values = [term.value if term.map is None else next(elements) for term in terms]
        return _round(b, compute(b, sum, *values), element)

    inputs, maps = [term.value for term in read], [term.map for term in read]
    type_ = with_element(b.ir, sums.type, element)
    return torch.from_builtin(b, _elementwise(b, sums, type_, body, inputs, maps), type)


def _cast(b: Builder, value: Any, type: Any) -> Any:
    """A torch tensor as the torch tensor type `type`, which has its sizes."""
    if value.type == type:
        return value
    source, target = torch.element_name(value.type), torch.element_name(type)
    if source is None or target is None:
        raise NoRule("its types are not known")
    x = torch.to_builtin(b, value)
    element = torch.builtin_type(b, type).element_type
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

    return torch.from_builtin(
        b, _elementwise(b, x, with_element(b.ir, x.type, element), body), type
    )


def _round(b: Builder, value: Any, element: Any) -> Any:
    """An f32 rounded as PyTorch does: float8_e4m3fn saturates, the other types do not."""
    if str(element) == E4M3FN.mlir_name:
        value = clamp(b, value, E4M3FN.max)
    return resize(b, value, element)


_NOT_EQUAL = 13
"""arith.CmpFPredicate une."""


def _to_integer(b: Builder, value: Any, element: Any) -> Any:
    """An f32 cut to an integer. What is out of range wraps as on PyTorch's CPU; for NaN and Inf
    PyTorch itself promises nothing."""
    if element.width == 1:
        predicate = b.ir.IntegerAttr.get(b.ir.IntegerType.get_signless(64), _NOT_EQUAL)
        zero = b.constant(value.type, 0.0)
        return b.value("arith.cmpf", element, value, zero, attributes={"predicate": predicate})
    i64 = b.ir.IntegerType.get_signless(64)
    whole = b.value("arith.fptosi", i64, value)
    return whole if element == i64 else b.value("arith.trunci", element, whole)


def _elementwise(
    b: Builder,
    x: Any,
    type: Any,
    body: Callable[[Builder, list[Any]], Any],
    inputs: list[Any] | None = None,
    maps: list[Any] | None = None,
) -> Any:
    """`body` of each element of `x` and of `inputs`, read through `maps`, as the tensor `type`."""
    empty = b.value("tensor.empty", type, *b.dynamic_sizes(x))
    return structured.elementwise(b, [x, *(inputs or [])], empty, body, maps or [])
