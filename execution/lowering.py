"""From upstream dialects to the llvm dialect, with upstream passes and strict IEEE arithmetic.

Fast-math flags are dropped first: modules that are compared bit for bit must not be contracted
or reassociated differently.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fnuz import bindings
from fnuz.bindings.diagnostics import Diagnostic, at
from fnuz.bindings.listener import listening
from fnuz.execution import rewrites
from fnuz.execution.errors import CannotRun, cannot_run

_DIALECTS = (
    *("affine", "arith", "bufferization", "builtin", "cf", "complex", "func", "index", "linalg"),
    *("llvm", "math", "memref", "ml_program", "scf", "tensor", "ub", "vector"),
)

# What no pass lowers but a transform does: ops that decompose themselves, and patterns. Before
# bufferization for tensors and vectors alike.
_DECOMPOSE = """
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %s = transform.structured.match ops{["linalg.softmax"]} in %m
        : (!transform.any_op) -> !transform.any_op
    %d = transform.structured.decompose_interface %s : (!transform.any_op) -> !transform.any_op
    %f = transform.structured.match ops{["func.func"]} in %m
        : (!transform.any_op) -> !transform.any_op
    transform.apply_patterns to %f {
      transform.apply_patterns.tensor.decompose_concat
    } : !transform.any_op
    transform.foreach %f : !transform.any_op {
    ^bb0(%g: !transform.any_op):
      %pack = transform.structured.match ops{["linalg.pack"]} in %g
          : (!transform.any_op) -> !transform.op<"linalg.pack">
      transform.structured.lower_pack %pack {lowerPadLikeWithInsertSlice = false}
          : (!transform.op<"linalg.pack">) -> (!transform.op<"tensor.pad">,
             !transform.op<"tensor.expand_shape">, !transform.op<"linalg.transpose">)
      %unpack = transform.structured.match ops{["linalg.unpack"]} in %g
          : (!transform.any_op) -> !transform.op<"linalg.unpack">
      transform.structured.lower_unpack %unpack {lowerUnpadLikeWithExtractSlice = false}
          : (!transform.op<"linalg.unpack">) -> (!transform.op<"tensor.empty">,
             !transform.op<"linalg.transpose">, !transform.op<"tensor.collapse_shape">,
             !transform.op<"tensor.extract_slice">, !transform.op<"linalg.copy">)
    }
    transform.yield
  }
}
"""

_VECTORS = """
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %f = transform.structured.match ops{["func.func"]} in %m
        : (!transform.any_op) -> !transform.any_op
    transform.apply_patterns to %f {
      transform.apply_patterns.vector.lower_contraction lowering_strategy = "dot"
      transform.apply_patterns.vector.reorder_multi_reduction_dims
          lowering_strategy = "innerreduction"
      transform.apply_patterns.vector.multi_reduction_flattening
          lowering_strategy = "innerreduction"
      transform.apply_patterns.vector.multi_reduction_unrolling
          lowering_strategy = "innerreduction"
      transform.apply_patterns.vector.lower_outerproduct
      transform.apply_patterns.vector.lower_transpose lowering_strategy = "eltwise"
      transform.apply_patterns.vector.lower_broadcast
      transform.apply_patterns.vector.lower_shape_cast
      transform.apply_patterns.vector.lower_gather
      transform.apply_patterns.vector.lower_scan
      transform.apply_patterns.vector.lower_interleave
      transform.apply_patterns.vector.lower_create_mask
      transform.apply_patterns.vector.lower_bitcast
      transform.apply_patterns.vector.transfer_permutation_patterns
    } : !transform.any_op
    transform.yield
  }
}
"""

_TO_MEMREFS = (
    "convert-elementwise-to-linalg,"
    "one-shot-bufferize{bufferize-function-boundaries=1 allow-return-allocs-from-loops=1"
    " function-boundary-type-conversion=identity-layout-map}"
)

_TO_LOOPS = (
    "convert-linalg-to-loops,scf-forall-to-for,convert-bufferization-to-memref,expand-realloc,"
    "func.func(lower-vector-mask)"
)

# No LLVM code for bf16 arithmetic: x86 with AVX512-BF16 flushes subnormals, and others call
# functions that older libgcc lack. f16 goes through f32 too, which rounds + - * / sqrt right.
# The casts that each of the last two passes makes are marked `contract`: folded by a later pass,
# they would leave out the rounding between two ops.
_TO_F32 = (
    "convert-vector-to-scf{full-unroll=true},lower-affine,"
    "convert-scf-to-cf,expand-strided-metadata,lower-affine,"
    "convert-complex-to-standard,"
    "math-expand-ops{ops=clampf},"
    "math-extend-to-supported-types{target-type=f32}",
    "arith-emulate-unsupported-floats{source-types=bf16,f16 target-type=f32}",
)

_TO_LLVM = (
    "arith-expand{include-bf16=true},"
    "convert-math-to-funcs{min-width-of-fpowi-exponent=1},"
    "convert-math-to-llvm,convert-math-to-libm,"
    "convert-vector-to-llvm,convert-arith-to-llvm,"
    "finalize-memref-to-llvm{use-generic-functions=true},"
    "convert-func-to-llvm,convert-cf-to-llvm,convert-index-to-llvm,convert-ub-to-llvm,"
    "reconcile-unrealized-casts"
)


def lower(module: Any) -> None:
    """Lower a module in place to the llvm dialect. Raises CannotRun naming what has no lowering."""
    _check_dialects(module)
    rewrites.strip_fast_math(module)
    rewrites.crop_before_padding(module)
    rewrites.load_globals_by_value(module)
    rewrites.copy_what_may_be_constant(module)
    rewrites.widen_contractions(module)
    _transform(module, _DECOMPOSE)
    _run(module, _TO_MEMREFS)
    rewrites.copies_to_linalg(module)
    _run(module, _TO_LOOPS)
    rewrites.round_f64_once(module)
    rewrites.compare_for_classes(module)
    rewrites.insert_into_copies_of_reads(module)
    _transform(module, _VECTORS)
    for passes in _TO_F32:
        _run(module, passes)
        rewrites.strip_fast_math(module)
    _run(module, _TO_LLVM)
    _check_lowered(module)
    _try(module, module.operation.verify)


def _check_dialects(module: Any) -> None:
    for op in rewrites.walk(module):
        if op.name.split(".")[0] not in _DIALECTS:
            raise cannot_run(f"'{op.name}' has no CPU lowering", op.location)


def _transform(module: Any, script: str) -> None:
    package = bindings.of(module)
    interpreter = package.module("dialects.transform.interpreter")
    sequence = package.ir.Module.parse(script, context=module.context)
    root = sequence.body.operations[0]
    _try(module, lambda: interpreter.apply_named_sequence(module, root, sequence))


def _run(module: Any, passes: str) -> None:
    package = bindings.of(module)
    manager = package.passmanager.PassManager.parse(
        f"builtin.module({passes})", context=module.context
    )
    # Once at the end is enough: after each pass it would take more than a third of all the time.
    manager.enable_verifier(False)
    _try(module, lambda: manager.run(module.operation))


def _try(module: Any, work: Callable[[], Any]) -> None:
    """Do the work; raise CannotRun with the first thing that MLIR says when it fails."""
    ir = bindings.of(module).ir
    with listening(module.context) as heard:
        try:
            work()
        except ir.MLIRError:
            first = next(d for d in heard if d.severity == "error")
            raise CannotRun(replace(first, message=_name(module, first), notes=())) from None


def _name(module: Any, said: Diagnostic) -> str:
    """What a pass said, with the op that it said it of; some passes leave the name out."""
    place = (said.file, said.line, said.column)
    message = said.message.splitlines()[0]
    here = []
    for op in rewrites.walk(module):
        found = at(op.location, "error", "")
        if (found.file, found.line, found.column) == place:
            here.append(op.name)
    if here and not any(f"'{name}'" in message for name in here):
        return f"'{here[0]}' has no CPU lowering: {message}"
    return f"no CPU lowering: {message}"


def _check_lowered(module: Any) -> None:
    """Raise CannotRun for the first op that no pass lowered."""
    left = [op for op in rewrites.walk(module) if op.name.split(".")[0] not in ("llvm", "builtin")]
    if left:
        raise cannot_run(f"'{left[0].name}' has no CPU lowering", left[0].location)
    for op in rewrites.walk(module):
        if op.name == "builtin.unrealized_conversion_cast":
            types = f"{op.operands[0].type} to {op.results[0].type}"
            raise cannot_run(f"a value has no CPU type: {types} remains", op.location)
