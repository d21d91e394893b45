"""Run a module on the CPU with MLIR's ExecutionEngine."""

import ctypes
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fnuz import bindings
from fnuz.execution import entry, lowering, memory, rewrites, signature
from fnuz.execution.callbacks import Callbacks
from fnuz.execution.errors import cannot_run
from fnuz.execution.signature import Array, Signature


@dataclass(frozen=True)
class Outcome:
    """What a run gave: its results, and by argument number what each memref argument holds now."""

    results: list[Array]
    memrefs: dict[int, Array]


class Program:
    """A compiled module; see `compile`."""

    def __init__(
        self,
        engine: Any,
        arena: memory.Arena,
        callbacks: Callbacks,
        functions: dict[str, Signature],
    ) -> None:
        self._engine = engine
        self._arena = arena
        self._callbacks = callbacks
        self.functions = functions
        """The functions that can be run."""

    def run(self, function: str, inputs: Sequence[Array]) -> Outcome:
        """Call a function. The inputs are not changed.

        Each input has the shape and dtype of its argument (`signature.DTYPES`): scalars are 0-d
        arrays, bf16 are uint16 codes. Raises ValueError naming the argument that does not fit,
        KeyError for a function that was not compiled.

        What the program reads before writing it is 0xFF bytes. A program that reads outside its
        buffers, divides integers by zero or runs out of memory ends the process. What a function
        of Python raises that it calls is raised here.
        """
        types = self.functions[function]
        if len(inputs) != len(types.arguments):
            raise ValueError(f"{function} takes {len(types.arguments)} inputs, not {len(inputs)}")
        arrays = []
        for value, given in zip(types.arguments, inputs, strict=True):
            # A copy: the program may write into its arguments.
            arrays.append(np.array(value.check(given), order="C"))
        words = [memory.descriptor_words(v) for v in types.results]
        returned = (ctypes.c_int64 * max(sum(words), 1))()
        descriptors = [memory.descriptor(a) for a in arrays]
        pointers = [ctypes.pointer(ctypes.pointer(d)) for d in descriptors]
        if words:
            pointers.insert(0, ctypes.pointer(ctypes.pointer(returned)))
        try:
            name = _entry_name(list(self.functions).index(function))
            if self._callbacks.functions:
                call = functools.partial(self._engine.invoke, name, *pointers)
                self._callbacks.run(call, (arrays, returned))
            else:
                self._engine.invoke(name, *pointers)
            results = []
            at = 0
            for value, count in zip(types.results, words, strict=True):
                results.append(memory.read(value, list(returned[at : at + count])))
                at += count
        finally:
            if not self._callbacks.running:
                self._arena.release()
        memrefs = {i: arrays[i] for i, v in enumerate(types.arguments) if v.kind == "memref"}
        return Outcome(results, memrefs)


def _entry_name(index: int) -> str:
    return f"__fnuz_entry_{index}"


def compile(
    module: Any,
    functions: Iterable[str] | None = None,
    *,
    opt_level: int = 2,
    callbacks: Callbacks | None = None,
) -> Program:
    """Compile a module without fp8 types; `emulate-fp8` takes them away. It is not changed.

    `functions` are the functions to run, by default every public one with a body. Raises
    CannotRun for an op, a type or a call that the CPU cannot run, KeyError for a function that
    the module does not have.

    `opt_level` is LLVM's. At 2 it can take seconds for a function of large vectors; at 0 code is
    ready at once and slow. The bits are the same. `callbacks` are functions that the module may
    call though it only declares them.
    """
    callbacks = callbacks or Callbacks()
    package = bindings.of(module)
    public = signature.public_functions(module)
    names = list(public if functions is None else functions)
    signatures = {name: signature.of(public[name]) for name in names}
    _check_calls(module, callbacks)
    copy = clone(module)
    private = signature.public_functions(copy)
    for i, name in enumerate(names):
        entry.add(copy, private[name], signatures[name], _entry_name(i))
    lowering.lower(copy)
    memory.load_libraries()
    execution_engine = package.module("execution_engine")
    engine = execution_engine.ExecutionEngine(copy, opt_level=opt_level)
    arena = memory.Arena()
    # A function with a C interface is called by another name.
    called = {f"_mlir_ciface_{name}": f for name, f in callbacks.functions.items()}
    for name, function in (arena.functions | called).items():
        engine.raw_register_runtime(name, ctypes.cast(function, ctypes.c_void_p))
    try:
        for i in range(len(names)):
            engine.lookup(_entry_name(i))
    except RuntimeError as error:
        # LLVM has printed which symbol; there is no way to ask for it.
        message = f"the compiled code does not link: {error}"
        raise cannot_run(message, module.operation.location) from None
    return Program(engine, arena, callbacks, signatures)


def clone(module: Any) -> Any:
    """A copy of a module in the same context; the bindings clone ops, but not to a Module."""
    ir = bindings.of(module).ir
    copy = ir.Module.create(loc=module.operation.location)
    for name in module.operation.attributes:
        copy.operation.attributes[name] = module.operation.attributes[name]
    for op in module.body.operations:
        copy.body.append(op.operation.clone())
    return copy


def _check_calls(module: Any, callbacks: Callbacks) -> None:
    """Raise CannotRun for a call of a function that has no body, here or in Python."""
    ops = rewrites.walk(module)
    declared = {
        op.attributes["sym_name"].value
        for op in ops
        if op.name == "func.func" and not op.regions[0].blocks
    }
    for op in ops:
        if op.name in ("func.call", "func.constant"):
            callee = op.attributes["callee" if op.name == "func.call" else "value"].value
            if callee in declared - callbacks.functions.keys():
                raise cannot_run(f"'{op.name}' of @{callee}, which has no body here", op.location)
