"""Entry functions: what numpy calls, as functions over tensors and memrefs only.

For each function to run, `add` writes a wrapper whose arguments and results are tensors and
memrefs (bufferization makes memrefs of the tensors): scalars travel as 0-d tensors and vectors
as tensors of their shape.
"""

from typing import Any

from fnuz import bindings
from fnuz.bindings.listener import listening
from fnuz.execution.errors import cannot_run
from fnuz.execution.signature import Signature, Value


def add(module: Any, function: Any, signature: Signature, name: str) -> None:
    """Append the wrapper `name` of `function` to `module`. Raises CannotRun."""
    for value in (*signature.arguments, *signature.results):
        if value.element.startswith("f8"):
            raise cannot_run(
                f"{value.name} is {value.type}: no CPU computes fp8; run emulate-fp8 first",
                function.location,
            )
    ir = bindings.of(function).ir
    target = ir.FlatSymbolRefAttr.get(function.attributes["sym_name"].value, function.context)
    lines: list[str] = []
    passed = [_argument(lines, i, v) for i, v in enumerate(signature.arguments)]
    types = [v.type for v in signature.arguments], [v.type for v in signature.results]
    call = f"func.call {target}({', '.join(passed)}) : ({', '.join(types[0])}) -> "
    call += f"({', '.join(types[1])})"
    if types[1]:
        call = f"%r:{len(types[1])} = {call}"
    lines.append(call)
    returned = [_result(lines, i, v) for i, v in enumerate(signature.results)]
    parameters = (f"%a{i}: {_carrier(v)}" for i, v in enumerate(signature.arguments))
    results = [v.type if v.kind == "memref" else _carrier(v) for v in signature.results]
    end = f"return {', '.join(returned)}" + (f" : {', '.join(results)}" if results else "")
    text = (
        f"func.func private {target}({', '.join(types[0])}) -> ({', '.join(types[1])})\n"
        f"func.func @{name}({', '.join(parameters)}) -> ({', '.join(results)}) "
        "attributes {llvm.emit_c_interface} {\n" + "\n".join([*lines, end]) + "\n}"
    )
    with listening(function.context) as heard:
        try:
            parsed = ir.Module.parse(text, context=function.context)
        except ir.MLIRError:
            # A memref whose layout or memory space a plain buffer cannot have: the cast is wrong.
            message = f"{target} cannot be called: {heard[0].message}"
            raise cannot_run(message, function.location) from None
    wrapper = parsed.body.operations[1]
    module.body.append(wrapper.detach_from_parent())


def _carrier(value: Value) -> str:
    """The type that carries the value through the wrapper: a tensor, or a memref."""
    sizes = "".join("?x" if s is None else f"{s}x" for s in value.shape)
    if value.kind == "memref":
        return f"memref<{sizes}{value.element}>"
    # A vector of i1 is packed in memory, an array of bool is not: it travels as i8.
    packed = value.kind == "vector" and value.element == "i1"
    return f"tensor<{sizes}{'i8' if packed else value.element}>"


def _argument(lines: list[str], i: int, value: Value) -> str:
    carrier = _carrier(value)
    if value.type == carrier:
        return f"%a{i}"
    if value.kind in ("tensor", "memref"):
        lines.append(f"%p{i} = {value.kind}.cast %a{i} : {carrier} to {value.type}")
    elif value.kind == "scalar":
        lines.append(f"%p{i} = tensor.extract %a{i}[] : {carrier}")
    else:
        element = "i8" if value.element == "i1" else value.element
        whole = value.type.replace("i1>", "i8>") if value.element == "i1" else value.type
        zeros = _zeros(lines, f"a{i}", len(value.shape))
        lines.append(f"%d{i} = ub.poison : {element}")
        lines.append(
            f"%v{i} = vector.transfer_read %a{i}[{zeros}], %d{i} "
            f"{_in_bounds(value)}: {carrier}, {whole}"
        )
        if element == value.element:
            return f"%v{i}"
        lines.append(f"%p{i} = arith.trunci %v{i} : {whole} to {value.type}")
    return f"%p{i}"


def _result(lines: list[str], i: int, value: Value) -> str:
    carrier = _carrier(value)
    if value.kind == "memref" or value.type == carrier:
        return f"%r#{i}"
    if value.kind == "tensor":
        lines.append(f"%q{i} = tensor.cast %r#{i} : {value.type} to {carrier}")
    elif value.kind == "scalar":
        lines.append(f"%q{i} = tensor.from_elements %r#{i} : {carrier}")
    else:
        vector, whole = f"%r#{i}", value.type
        if value.element == "i1":
            vector, whole = f"%w{i}", value.type.replace("i1>", "i8>")
            lines.append(f"{vector} = arith.extui %r#{i} : {value.type} to {whole}")
        zeros = _zeros(lines, f"r{i}", len(value.shape))
        lines.append(f"%e{i} = tensor.empty() : {carrier}")
        lines.append(
            f"%q{i} = vector.transfer_write {vector}, %e{i}[{zeros}] "
            f"{_in_bounds(value)}: {whole}, {carrier}"
        )
    return f"%q{i}"


def _zeros(lines: list[str], tag: str, rank: int) -> str:
    if not rank:
        return ""
    lines.append(f"%z{tag} = arith.constant 0 : index")
    return ", ".join([f"%z{tag}"] * rank)


def _in_bounds(value: Value) -> str:
    flags = ", ".join(["true"] * len(value.shape))
    return f"{{in_bounds = [{flags}]}} " if flags else ""
