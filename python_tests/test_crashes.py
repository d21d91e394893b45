"""What once ended the process, each in a process of its own.

The bindings hold no reference to much of what they are given, and a handle of an op that is gone
is a crash. See also docs: nothing here may end in a signal.
"""

import subprocess
import sys

import pytest

PREAMBLE = """
import faulthandler, gc
faulthandler.enable()
from fnuz import bindings, passes
package = bindings.load()
ir, PassManager = package.ir, package.passmanager.PassManager

TEXT = '''
func.func private @half(%x: f8E4M3FN) -> f8E4M3FN {
  %c = arith.constant 0.5 : f8E4M3FN
  %r = arith.mulf %x, %c : f8E4M3FN
  return %r : f8E4M3FN
}
func.func @main(%a: tensor<4x8xf8E4M3FN>, %b: tensor<8x4xf8E4M3FN>, %x: f8E4M3FN)
    -> (tensor<4x4xf32>, f8E4M3FN, tensor<4xf8E4M3FN>) {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
  %r = linalg.matmul ins(%a, %b : tensor<4x8xf8E4M3FN>, tensor<8x4xf8E4M3FN>)
      outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
  %w = arith.extf %x : f8E4M3FN to f32
  %n = arith.truncf %w : f32 to f8E4M3FN
  %h = func.call @half(%n) : (f8E4M3FN) -> f8E4M3FN
  %k = arith.constant dense<[1.0, -0.0, 448.0, 0x7F]> : tensor<4xf8E4M3FN>
  return %r, %h, %k : tensor<4x4xf32>, f8E4M3FN, tensor<4xf8E4M3FN>
}
'''

def parse(text=TEXT, context=None):
    return ir.Module.parse(text, context=context or ir.Context())

def handles(module):
    found = []
    def visit(op):
        found.append(op)
        return ir.WalkResult.ADVANCE
    module.operation.walk(visit)
    return found

def fails(module, pipeline="ocp-to-fnuz", **options):
    try:
        passes.run(module, pipeline, **options)
    except passes.PassFailed as e:
        return str(e)
    raise AssertionError("it does not fail")

def converted(module):
    assert "f8E4M3FN" not in str(module).replace("f8E4M3FNUZ", "")
"""

CASES = {
    "callables are dropped before the pass manager runs": """
module = parse()
pm = PassManager("builtin.module", context=module.context)
passes.add_to(pm, "ocp-to-fnuz")
passes.add_to(pm, "lower-fnuz-casts")
gc.collect()
for _ in range(3):
    pm.run(module.operation)
    gc.collect()
converted(module)
""",
    "garbage is collected during each pass": """
gc.set_threshold(1)
module = parse()
passes.run(module, "convert-ocp-to-fnuz,fold-fnuz-casts,lower-fnuz-casts,emulate-fp8")
converted(module)
assert gc.isenabled()
""",
    "the context lives on in its ops only": """
module = parse()
op = module.operation
del module
gc.collect()
passes.run(op.context and ir.Module.parse(str(op), context=op.context))
""",
    "pipelines twice on one module, with upstream passes between": """
module = parse()
for _ in range(2):
    passes.run(module, "canonicalize,cse")
    passes.run(module)
    passes.run(module, "canonicalize,cse,convert-ocp-to-fnuz,cse,fold-fnuz-casts,canonicalize")
    assert module.operation.verify()
converted(module)
""",
    "handles of ops that upstream passes erase": """
module = parse()
held = handles(module)
values = [r for op in held for r in op.results]
passes.run(module, "inline,canonicalize,cse,symbol-dce")
passes.run(module)
passes.run(module, "canonicalize,cse")
del held, values
gc.collect()
converted(module)
""",
    "handles of ops that our passes erase": """
for abi in ("convert", "preserve", "f32"):
    module = parse()
    held = handles(module)
    values = [r for op in held for r in op.results]
    passes.run(module, abi=abi)
    passes.run(module, "lower-fnuz-casts,emulate-fp8,canonicalize")
    del held, values
    gc.collect()
    assert module.operation.verify()
""",
    "a module whose body handles are alive": """
module = parse()
body, first = module.body, module.body.operations[1]
block = first.regions[0].blocks[0]
arguments = list(block.arguments)
passes.run(module)
assert [str(a.type) for a in arguments][0] == "tensor<4x8xf8E4M3FNUZ>"
assert "f8E4M3FNUZ" in str(first.operation.attributes["function_type"])
""",
    "a pass manager on another op": """
module = parse()
pm = PassManager("func.func", context=module.context)
try:
    passes.add_to(pm, "ocp-to-fnuz")
except passes.PipelineError as e:
    assert "builtin.module" in str(e)
else:
    raise AssertionError
for text in ("func.func(ocp-to-fnuz)", "builtin.module(func.func(emulate-fp8))"):
    try:
        passes.run(module, text)
    except passes.PipelineError:
        pass
    else:
        raise AssertionError
""",
    "a nested module": """
module = parse("module { module @inner {" + TEXT + "} }")
passes.run(module)
converted(module)
""",
    "quantized types": """
texts = ['''func.func @f(%x: tensor<4x!quant.uniform<f8E4M3FN:f32, 0.5>>) {
  return
}''', '''func.func @f(%x: tensor<4x!quant.uniform<f8E5M2:f32, 2.0:0>>)
    -> tensor<4x!quant.uniform<f8E5M2:f32, 2.0:0>> {
  %y = builtin.unrealized_conversion_cast %x : tensor<4x!quant.uniform<f8E5M2:f32, 2.0:0>>
      to tensor<4xf8E5M2>
  return %x : tensor<4x!quant.uniform<f8E5M2:f32, 2.0:0>>
}''', '''func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %q = quant.qcast %x : tensor<4xf32> to tensor<4x!quant.uniform<f8E4M3FN:f32, 0.5>>
  %y = quant.dcast %q : tensor<4x!quant.uniform<f8E4M3FN:f32, 0.5>> to tensor<4xf32>
  return %y : tensor<4xf32>
}''']
for text in texts:
    for pipeline in ("convert-ocp-to-fnuz", "emulate-fp8"):
        message = fails(parse(text), pipeline)
        assert "internal error" not in message, message
""",
    "the dialect loaded often, in two contexts": """
from fnuz.dialect import ops
contexts = [ir.Context(), ir.Context()]
for context in contexts * 3:
    ops.load(context)
    module = parse(context=context)
    passes.run(module, abi="preserve")
    assert '"fnuz.from_ocp"' in str(module)
    again = ir.Module.parse(str(module), context=context)
    passes.run(again, "lower-fnuz-casts")
    assert "fnuz.from_ocp" not in str(again)
del contexts, context, module, again
gc.collect()
passes.run(parse(), abi="preserve")
""",
    "threads with a context each": """
import threading
texts, errors = {}, []
def work(n):
    try:
        for abi in ("preserve", "convert") * 4:
            module = parse()
            passes.run(module, abi=abi)
            passes.run(module, "lower-fnuz-casts")
            texts.setdefault(abi, set()).add(str(module))
    except BaseException as e:
        errors.append(e)
threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
for t in threads: t.start()
for t in threads: t.join()
assert not errors, errors
assert all(len(found) == 1 for found in texts.values())
assert gc.isenabled()
""",
    "a pass fails in the middle": """
bad = TEXT + '''
func.func @bad(%v: vector<4xf8E4M3FN>) -> f8E4M3FN {
  %r = vector.reduction <add>, %v : vector<4xf8E4M3FN> into f8E4M3FN
  return %r : f8E4M3FN
}'''
context = ir.Context()
for _ in range(3):
    module = parse(bad, context)
    held = handles(module)
    assert "vector.reduction" in fails(module, "cse,ocp-to-fnuz,canonicalize")
    del held
    del module
    gc.collect()
    good = parse(context=context)
    passes.run(good, "ocp-to-fnuz")
    converted(good)
""",
    "a pass raises": """
from fnuz.passes.convert_ocp_to_fnuz import ConvertOcpToFnuz
def broken(self, module, diagnostics):
    raise ValueError("what is this")
right, ConvertOcpToFnuz.run = ConvertOcpToFnuz.run, broken
module = parse()
assert "what is this" in fails(module)
ConvertOcpToFnuz.run = right
passes.run(module)
converted(module)
""",
    "in the pass manager of a user": """
module = parse()
pm = PassManager("builtin.module", context=module.context)
pm.add("func.func(canonicalize),cse")
seen = []
pm.add(lambda op, pass_: seen.append(op.name))
passes.add_to(pm, "convert-ocp-to-fnuz", abi="preserve")
pm.add("canonicalize")
passes.add_to(pm, "cse,fold-fnuz-casts,lower-fnuz-casts")
pm.add("func.func(linalg-generalize-named-ops),canonicalize")
pm.enable_verifier(True)
gc.collect()
pm.run(module.operation)
assert seen == ["builtin.module"]
assert "f8E4M3FNUZ" in str(module)
assert "fnuz.from_ocp" not in str(module)
""",
    "a module of many functions": """
one = '''func.func private @f%d(%%x: f8E4M3FN, %%y: f32) -> (f8E4M3FN, f32) {
  %%a = arith.addf %%x, %%x : f8E4M3FN
  %%w = arith.extf %%a : f8E4M3FN to f32
  return %%a, %%w : f8E4M3FN, f32
}'''
module = parse("\\n".join(one % n for n in range(10_000)))
passes.run(module)
converted(module)
assert len(module.body.operations) == 10_000
""",
    "deep nesting": """
depth = 200
text = "func.func @f(%x: f8E4M3FN, %c: i1) -> f8E4M3FN {\\n"
for n in range(depth):
    text += f"%r{n} = scf.if %c -> (f8E4M3FN) {{\\n"
text += "%s = arith.addf %x, %x : f8E4M3FN\\nscf.yield %s : f8E4M3FN\\n"
for n in reversed(range(depth)):
    text += "} else {\\nscf.yield %x : f8E4M3FN\\n}\\n"
    text += f"scf.yield %r{n} : f8E4M3FN\\n" if n else "return %r0 : f8E4M3FN\\n}"
for pipeline in ("ocp-to-fnuz", "emulate-fp8"):
    module = parse(text)
    passes.run(module, pipeline)
    converted(module)
""",
    "a long chain": """
text = "func.func @f(%x: tensor<4xf8E4M3FN>, %v0: f32) -> f8E4M3FN {\\n"
for n in range(3000):
    text += f"%v{n + 1} = arith.minimumf %v{n}, %v0 : f32\\n"
text += "%r = arith.truncf %v3000 : f32 to f8E4M3FN\\nreturn %r : f8E4M3FN\\n}"
module = parse(text)
passes.run(module)
converted(module)
""",
    "functions that call themselves and each other": """
module = parse('''
func.func private @down(%x: f8E4M3FN, %n: i32) -> f8E4M3FN {
  %one = arith.constant 1 : i32
  %more = arith.cmpi sgt, %n, %one : i32
  %r = scf.if %more -> (f8E4M3FN) {
    %m = arith.subi %n, %one : i32
    %y = arith.addf %x, %x : f8E4M3FN
    %s = func.call @up(%y, %m) : (f8E4M3FN, i32) -> f8E4M3FN
    scf.yield %s : f8E4M3FN
  } else {
    scf.yield %x : f8E4M3FN
  }
  return %r : f8E4M3FN
}
func.func private @up(%x: f8E4M3FN, %n: i32) -> f8E4M3FN {
  %r = func.call @down(%x, %n) : (f8E4M3FN, i32) -> f8E4M3FN
  return %r : f8E4M3FN
}
func.func @main(%x: f8E4M3FN, %n: i32) -> f8E4M3FN {
  %r = func.call @main(%x, %n) : (f8E4M3FN, i32) -> f8E4M3FN
  %s = func.call @down(%r, %n) : (f8E4M3FN, i32) -> f8E4M3FN
  return %s : f8E4M3FN
}''')
text = str(module)
for abi in ("convert", "preserve", "f32"):
    module = parse(text)
    passes.run(module, abi=abi)
    assert module.operation.verify()
""",
    "unreachable blocks": """
module = parse('''func.func @f(%x: f8E4M3FN) -> f8E4M3FN {
  return %x : f8E4M3FN
^dead(%y: f8E4M3FN):
  %w = arith.extf %y : f8E4M3FN to f32
  %n = arith.truncf %w : f32 to f8E4M3FN
  %s = arith.addf %n, %y : f8E4M3FN
  cf.br ^dead(%s : f8E4M3FN)
}''')
passes.run(module, abi="preserve")
passes.run(module, "lower-fnuz-casts")
passes.run(module, "emulate-fp8,canonicalize")
assert module.operation.verify()
""",
    "empty modules and declarations": """
for text in ("module {}", "func.func private @f(f8E4M3FN) -> tensor<?xf8E5M2>"):
    for name, pass_ in passes.PASSES.items():
        module = parse(text)
        passes.run(module, f"{name}{{{pass_.example_options}}}")
        assert module.operation.verify()
""",
    "an attribute of a weight that is gone": """
import numpy as np
context = ir.Context()
with context, ir.Location.unknown():
    codes = np.arange(64, dtype=np.uint8)
    type = ir.Type.parse("tensor<64xf8E4M3FN>")
    attribute = ir.DenseResourceElementsAttr.get_from_buffer(codes, "w", type, alignment=1)
    module = parse("func.func @f() { return }", context)
    block = module.body.operations[0].regions[0].blocks[0]
    with ir.InsertionPoint.at_block_begin(block):
        ir.Operation.create("arith.constant", [type], attributes={"value": attribute})
    del codes, attribute
gc.collect()
passes.run(module)
gc.collect()
assert "f8E4M3FNUZ" in str(module)
""",
}


@pytest.mark.parametrize("case", CASES)
def test_does_not_crash(case: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + CASES[case] + "\nprint('done')"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr[-3000:]
