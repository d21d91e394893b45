"""Small rewrites for what the upstream lowering does not do, or does not do right."""

from typing import Any

from fnuz import bindings
from fnuz.execution.errors import cannot_run
from fnuz.passes.rules.vector import outermost

# Predicates of arith.cmpf: ordered equal, greater, less; unordered or unequal; unordered.
_OEQ, _OGT, _OLT, _UNE, _UNO = 1, 2, 4, 13, 14


def walk(module: Any) -> list[Any]:
    """Every op inside a module, in post-order."""
    found: list[Any] = []
    result = bindings.of(module).ir.WalkResult.ADVANCE

    def visit(op: Any) -> Any:
        found.append(op)
        return result

    module.operation.walk(visit)
    return found


def strip_fast_math(module: Any) -> None:
    """Drop every fast-math flag."""
    ir = bindings.of(module).ir
    for op in walk(module):
        for name in ("fastmath", "fastmathFlags"):
            if name in op.attributes:
                dialect = "llvm" if op.name.startswith("llvm.") else "arith"
                op.attributes[name] = ir.Attribute.parse(
                    f"#{dialect}.fastmath<none>", context=op.context
                )


def load_globals_by_value(module: Any) -> None:
    """Copy what ml_program loads.

    Bufferization makes an alias of the global of a load, so a later store would change the value
    that was loaded before; and it does not know global_load_const.
    """
    ir = bindings.of(module).ir
    for op in walk(module):
        if op.name not in ("ml_program.global_load", "ml_program.global_load_const"):
            continue
        result = op.results[0]
        with ir.InsertionPoint(op), op.location:
            load = ir.Operation.create(
                "ml_program.global_load",
                results=[result.type],
                attributes={"global": op.attributes["global"]},
            ).results[0]
            if isinstance(result.type, ir.RankedTensorType):
                load = ir.Operation.create(
                    "bufferization.alloc_tensor",
                    results=[result.type],
                    operands=[load],
                    attributes={"operandSegmentSizes": ir.DenseI32ArrayAttr.get([0, 1, 0])},
                ).results[0]
        result.replace_all_uses_with(load)
        op.erase()


def copy_what_may_be_constant(module: Any) -> None:
    """Copy the tensors that a called function returns, and the constants that a region gives.

    Bufferization lets who gets them write into them, though a constant is what others read too.
    """
    ir = bindings.of(module).ir
    ops = walk(module)
    called = {op.attributes["callee"].value for op in ops if op.name == "func.call"}
    for op in ops:
        returns = op.name == "func.return" and op.parent.attributes["sym_name"].value in called
        if not returns and op.name not in _CARRIERS:
            continue
        for i, value in enumerate(op.operands):
            if not isinstance(value.type, ir.RankedTensorType):
                continue
            if not returns and not _is_constant(value, ir):
                continue
            with ir.InsertionPoint(op), op.location:
                op.operands[i] = ir.Operation.create(
                    "bufferization.alloc_tensor",
                    results=[value.type],
                    operands=[value],
                    attributes={"operandSegmentSizes": ir.DenseI32ArrayAttr.get([0, 1, 0])},
                ).results[0]


_CARRIERS = frozenset({"cf.br", "cf.cond_br", "cf.switch", "scf.condition", "scf.yield"})

_VIEWS = frozenset(
    f"tensor.{name}"
    for name in ("cast", "collapse_shape", "expand_shape", "extract_slice", "reshape")
)


def _is_constant(value: Any, ir: Any) -> bool:
    """Whether it is a constant, or a part or another shape of one."""
    while not isinstance(value, ir.BlockArgument):
        op = value.owner
        if op.name not in _VIEWS:
            return bool(op.name == "arith.constant")
        value = op.operands[0]
    return False


def widen_contractions(module: Any) -> None:
    """Extend the operands of vector.contract to the type it accumulates in, as it means."""
    ir = bindings.of(module).ir
    for op in walk(module):
        if op.name != "vector.contract":
            continue
        accumulator = getattr(op.operands[2].type, "element_type", op.operands[2].type)
        for i in (0, 1):
            operand = op.operands[i]
            if operand.type.element_type == accumulator:
                continue
            extend = "extsi" if isinstance(accumulator, ir.IntegerType) else "extf"
            with ir.InsertionPoint(outermost(op)), op.location:
                wide = ir.VectorType.get(operand.type.shape, accumulator)
                op.operands[i] = ir.Operation.create(
                    f"arith.{extend}", results=[wide], operands=[operand]
                ).results[0]


_CLASSES = {"math.isinf": _OEQ, "math.isfinite": _OLT, "math.isnan": _UNO}


def compare_for_classes(module: Any) -> None:
    """Make `|x| == Inf` of math.isinf, and likewise `<` of isfinite and "unordered" of isnan.

    isinf has no lowering, the others have none on vectors of two dimensions.
    """
    ir = bindings.of(module).ir
    for op in walk(module):
        if op.name not in _CLASSES:
            continue
        value, result = op.operands[0], op.results[0]
        element = getattr(value.type, "element_type", value.type)
        with ir.InsertionPoint(op), op.location:
            infinity = ir.FloatAttr.get(element, float("inf"))
            if isinstance(value.type, ir.VectorType):
                infinity = ir.DenseElementsAttr.get_splat(value.type, infinity)
            constant = ir.Operation.create(
                "arith.constant", results=[value.type], attributes={"value": infinity}
            ).results[0]
            magnitude = ir.Operation.create(
                "math.absf", results=[value.type], operands=[value]
            ).results[0]
            equal = ir.Operation.create(
                "arith.cmpf",
                results=[result.type],
                operands=[magnitude, constant],
                attributes={"predicate": ir.IntegerAttr.get(_signless(ir, 64), _CLASSES[op.name])},
            ).results[0]
        result.replace_all_uses_with(equal)
        op.erase()


def crop_before_padding(module: Any) -> None:
    """Make a slice of what a tensor.pad by less than nothing leaves out.

    Bufferization would write the source to a place that begins outside of the result. Raises
    CannotRun where sizes are dynamic, or smaller than what is taken off.
    """
    ir = bindings.of(module).ir
    dynamic = ir.ShapedType.get_dynamic_size()
    for op in walk(module):
        if op.name != "tensor.pad":
            continue
        ends = [list(op.attributes[f"static_{end}"]) for end in ("low", "high")]
        off = [[max(-n, 0) if n != dynamic else 0 for n in end] for end in ends]
        if not any(map(any, off)):
            continue
        source = op.operands[0]
        if not source.type.has_static_shape:
            raise cannot_run("'tensor.pad' crops a tensor of dynamic size", op.location)
        sizes = [n - low - high for n, low, high in zip(source.type.shape, *off, strict=True)]
        if min(sizes) < 0:
            raise cannot_run("'tensor.pad' crops more than there is", op.location)
        with ir.InsertionPoint(op), op.location:
            array = ir.DenseI64ArrayAttr.get
            op.operands[0] = ir.Operation.create(
                "tensor.extract_slice",
                results=[ir.RankedTensorType.get(sizes, source.type.element_type)],
                operands=[source],
                attributes={
                    "static_offsets": array(off[0]),
                    "static_sizes": array(sizes),
                    "static_strides": array([1] * len(sizes)),
                    "operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 0, 0, 0]),
                },
            ).results[0]
            for name, end, less in zip(("low", "high"), ends, off, strict=True):
                padded = [n + m for n, m in zip(end, less, strict=True)]
                op.attributes[f"static_{name}"] = array(padded)


def copies_to_linalg(module: Any) -> None:
    """Make linalg.copy of memref.copy: LLVM lowers it to a call of MLIR's C runner library."""
    package = bindings.of(module)
    linalg = package.module("dialects.linalg")
    for op in walk(module):
        if op.name == "memref.copy":
            source, target = op.operands
            with package.ir.InsertionPoint(op), op.location:
                linalg.copy(source, outs=[target])
            op.erase()


def round_f64_once(module: Any) -> None:
    """Make f64 to f16 and bf16 go through an f32 that is rounded to odd.

    There is no instruction for either, and not every libgcc has the functions. A value rounded
    to odd in f32 rounds to f16 and bf16 as the f64 value does: f32 has two bits more at least.
    """
    ir = bindings.of(module).ir
    for op in walk(module):
        if op.name != "arith.truncf":
            continue
        source, target = op.operands[0], op.results[0].type
        element = getattr(target, "element_type", target)
        wide = getattr(source.type, "element_type", source.type)
        if not isinstance(wide, ir.F64Type) or not isinstance(element, (ir.F16Type, ir.BF16Type)):
            continue
        with ir.InsertionPoint(op), op.location:
            op.operands[0] = _round_to_odd(ir, source)


def insert_into_copies_of_reads(module: Any) -> None:
    """Copy a vector that is read only to insert into it, row by row.

    convert-vector-to-scf takes the insert for one of its own, of what was read into another
    vector, and crashes.
    """
    ir = bindings.of(module).ir
    for op in walk(module):
        if op.name != "vector.insert" or isinstance(op.operands[1], ir.BlockArgument):
            continue
        read = op.operands[1]
        if read.owner.name != "vector.transfer_read" or len(list(read.uses)) != 1:
            continue
        if read.type.rank == 1:
            continue
        with ir.InsertionPoint(op), op.location:
            row = ir.VectorType.get(read.type.shape[1:], read.type.element_type)
            copy = ir.Operation.create("ub.poison", results=[read.type]).results[0]
            for i in range(read.type.shape[0]):
                at = {"static_position": ir.DenseI64ArrayAttr.get([i])}
                part = ir.Operation.create(
                    "vector.extract", results=[row], operands=[read], attributes=at
                ).results[0]
                copy = ir.Operation.create(
                    "vector.insert", results=[read.type], operands=[part, copy], attributes=at
                ).results[0]
        op.operands[1] = copy


def _signless(ir: Any, width: int) -> Any:
    return ir.IntegerType.get_signless(width)


def _round_to_odd(ir: Any, value: Any) -> Any:
    def like(element: Any) -> Any:
        shaped = isinstance(value.type, ir.VectorType)
        return ir.VectorType.get(value.type.shape, element) if shaped else element

    def op(name: str, element: Any, *operands: Any, **attributes: Any) -> Any:
        return ir.Operation.create(
            name, results=[like(element)], operands=operands, attributes=attributes
        ).results[0]

    i1, i32, i64 = (_signless(ir, width) for width in (1, 32, 64))
    greater, unequal = (ir.IntegerAttr.get(i64, code) for code in (_OGT, _UNE))
    f32 = ir.F32Type.get()
    f64 = ir.F64Type.get()
    near = op("arith.truncf", f32, value)
    back = op("arith.extf", f64, near)
    away = op(
        "arith.cmpf",
        i1,
        op("math.absf", f64, back),
        op("math.absf", f64, value),
        predicate=greater,
    )
    inexact = op("arith.cmpf", i1, back, value, predicate=unequal)
    bits = op("arith.bitcast", i32, near)
    towards_zero = op("arith.subi", i32, bits, op("arith.extui", i32, away))
    odd = op("arith.ori", i32, towards_zero, op("arith.extui", i32, inexact))
    return op("arith.bitcast", f32, odd)
