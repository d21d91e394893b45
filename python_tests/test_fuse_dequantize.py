"""fuse-dequantize: within the bound of docs/semantics.md, bit-equal where sums are exact."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fnuz import passes
from fnuz.bindings import load
from fnuz.dialect import ops
from fnuz.dialect.formats import FORMATS
from fnuz.execution import cpu, inputs, signature
from fnuz.execution.compare import Verifier
from fnuz.passes.fusion.digits import Digit, Untraceable, factors, part, whole
from fnuz.passes.report import Report
from fnuz.passes.rules.linalg import CONTRACTIONS

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parents[0] / "shared" / "inputs"
U = 2.0**-24

Array = NDArray[Any]


def parse(text: str) -> Any:
    context = load().ir.Context()
    ops.load(context)
    return load().ir.Module.parse(text, context=context)


def fuse(module: Any) -> tuple[Any, list[str]]:
    """The fused module, and the messages of the remarks."""
    fused, report = cpu.clone(module), Report()
    passes.run(fused, "fuse-dequantize", report=report)
    remarks = [e["message"] for part in report.functions.values() for e in part.remarks]
    return fused, remarks


def run(module: Any, given: Sequence[Array]) -> list[Array]:
    copy = cpu.clone(module)
    passes.run(copy, "emulate-fp8")
    program = cpu.compile(copy, opt_level=0)
    (name,) = program.functions
    types = program.functions[name].arguments
    arrays = [a.view(t.dtype) for a, t in zip(given, types, strict=True)]
    return program.run(name, arrays).results


def arguments(module: Any) -> tuple[signature.Value, ...]:
    (function,) = signature.public_functions(module).values()
    return signature.of(function).arguments


def as_float64(value: signature.Value, array: Array) -> Array:
    if value.element in FORMATS:
        return FORMATS[value.element].values[array].astype(np.float64)
    if value.element == "bf16":
        return (array.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return array.astype(np.float64)


def narrow(value: signature.Value, numbers: Array) -> Array:
    """Numbers as an argument of this type; they are cut off to fit bf16."""
    if value.element == "bf16":
        return (numbers.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
    return numbers.astype(value.dtype)


def random(value: signature.Value, rng: Any, exact: bool) -> Array:
    """Any finite codes and positive scales; or small integers and powers of two."""
    shape = tuple(5 if n is None else n for n in value.shape)
    if value.element in FORMATS:
        values = FORMATS[value.element].values
        usable = np.isfinite(values)
        if exact:
            usable &= np.isin(values, np.arange(-4, 5)) & ~((values == 0) & np.signbit(values))
        return rng.choice(np.flatnonzero(usable).astype(np.uint8), shape)
    if exact:
        return narrow(value, 2.0 ** rng.integers(-3, 4, shape))
    return narrow(value, np.exp2(rng.uniform(-8, 8, shape)))


def error_bound(k: int, scales: int) -> float:
    """The bound of docs/semantics.md, relative to the sum of the magnitudes."""
    roundings = k + scales + 1
    return 2 * roundings * U / (1 - roundings * U)


def check_bound(
    module: Any, fused: Any, terms: Callable[[list[Array]], Array], k: int, scales: int
) -> None:
    """|fused - unfused| against the bound, where `terms` sums up magnitudes in float64."""
    rng = np.random.default_rng(1)
    values = arguments(module)
    given = [random(v, rng, exact=False) for v in values]
    (before,), (after,) = run(module, given), run(fused, given)
    magnitudes = terms([abs(as_float64(v, a)) for v, a in zip(values, given, strict=True)])
    assert magnitudes.shape == before.shape
    assert (magnitudes > 0).all()
    assert np.isfinite(before).all()
    assert (abs(after.astype(np.float64) - before) <= error_bound(k, scales) * magnitudes).all()


def check_exact(module: Any, fused: Any) -> None:
    rng = np.random.default_rng(2)
    given = [random(v, rng, exact=True) for v in arguments(module)]
    for before, after in zip(run(module, given), run(fused, given), strict=True):
        assert before.view(np.uint32).tolist() == after.view(np.uint32).tolist()
        assert len(np.unique(before)) > 1 or before.size == 1


def check_conversion(fused: Any) -> None:
    """The FNUZ conversion of the fused module has the bits of the fused module."""
    converted = cpu.clone(fused)
    passes.run(converted, "ocp-to-fnuz", on_warning=lambda *_: None)
    verifier = Verifier(fused, converted, opt_level=0)
    for function, types in verifier.functions.items():
        for kind in inputs.KINDS:
            given = inputs.random(types, kind, seed=3, dynamic_size=5, exponent=-4)
            for comparison in verifier.run(function, given):
                assert comparison.ok, f"{kind}: {comparison}"


# -- every contraction there is


SHAPES = {
    found[1]: (found[2], found[3], found[4], found[5])
    for found in re.finditer(
        r"(linalg\.\w+)( indexing_maps = \[.*\n?.*\]\s*)? ?ins\(%\w+, %\w+ : "
        r"tensor<(\S+)xf8E\w+>, tensor<(\S+)xf8E\w+>\)\s*outs\(%\w+ : tensor<(\S*?)x?f32>\)",
        (ROOT / "lit_tests/rules/linalg-contraction.mlir").read_text(),
    )
}
"""For each named contraction its maps, if it has some, and the shapes of its operands."""


def test_every_contraction_has_shapes() -> None:
    assert set(SHAPES) == CONTRACTIONS


def tensor(shape: str, element: str) -> str:
    return f"tensor<{shape}x{element}>" if shape else f"tensor<{element}>"


def dims(count: int) -> str:
    return ", ".join(f"d{i}" for i in range(count))


def dequantize(
    result: str,
    codes: str,
    shape: str,
    scale: str,
    read: str | None = None,
    scale_type: str = "",
    element: str = "f8E4M3FN",
) -> str:
    """`result` = codes * scale: a scalar, or with `read` the elements of a tensor at these dims."""
    rank = shape.count("x") + 1
    identity = f"affine_map<({dims(rank)}) -> ({dims(rank)})>"
    map_ = f"affine_map<({dims(rank)}) -> ({read})>, " if read is not None else ""
    operand, type_ = (f", {scale}", f", {scale_type}") if read is not None else ("", "")
    argument = ", %factor: f32" if read is not None else ""
    kinds = ", ".join(['"parallel"'] * rank)
    wide = tensor(shape, "f32")
    return f"""
  {result}_empty = tensor.empty() : {wide}
  {result} = linalg.generic {{indexing_maps = [{identity}, {map_}{identity}],
      iterator_types = [{kinds}]}} ins({codes}{operand} : {tensor(shape, element)}{type_})
      outs({result}_empty : {wide}) {{
  ^bb0(%q: {element}{argument}, %o: f32):
    %e = arith.extf %q : {element} to f32
    %p = arith.mulf %e, {"%factor" if read is not None else scale} : f32
    linalg.yield %p : f32
  }} -> {wide}"""


def evaluate(op: Any, left: Array, right: Array, out_shape: tuple[int, ...]) -> tuple[Array, int]:
    """sum(left * right) as the indexing maps of a linalg op say, and how many terms a sum has."""
    ir = load().ir
    maps = [m.value for m in load().module("dialects.linalg").get_indexing_maps(op)]
    extents = [1] * maps[0].n_dims
    for map_, shape in zip(maps, (left.shape, right.shape, out_shape), strict=True):
        for e, n in zip(map_.results, shape, strict=True):
            if isinstance(e, ir.AffineDimExpr):
                extents[e.position] = n
    grid = np.indices(extents).reshape(len(extents), -1)

    def at(e: Any) -> Any:
        if isinstance(e, ir.AffineDimExpr):
            return grid[e.position]
        if isinstance(e, ir.AffineConstantExpr):
            return e.value
        if isinstance(e, ir.AffineAddExpr):
            return at(e.lhs) + at(e.rhs)
        assert isinstance(e, ir.AffineMulExpr)
        return at(e.lhs) * at(e.rhs)

    a, b, c = (tuple(at(e) for e in map_.results) for map_ in maps)
    total = np.zeros(out_shape)
    at_out = np.ravel_multi_index(c, out_shape) if c else np.zeros(grid.shape[1], int)
    np.add.at(total.reshape(-1), at_out, left[a] * right[b])
    return total, grid.shape[1] // total.size


@pytest.mark.parametrize("name", sorted(CONTRACTIONS))
def test_named(name: str) -> None:
    maps, left, right, out = SHAPES[name]
    bare = f"""
func.func @main(%a: {tensor(left, "f32")}, %b: {tensor(right, "f32")}, %c: {tensor(out, "f32")})
    -> {tensor(out, "f32")} {{
  %0 = {name} {maps or ""} ins(%a, %b : {tensor(left, "f32")}, {tensor(right, "f32")})
      outs(%c : {tensor(out, "f32")}) -> {tensor(out, "f32")}
  return %0 : {tensor(out, "f32")}
}}"""
    plain = parse(bare)
    op = plain.body.operations[0].regions[0].blocks[0].operations[0].operation
    ir = load().ir
    _, of_right, of_out = (m.value for m in load().module("dialects.linalg").get_indexing_maps(op))
    channels = [
        i
        for i, e in enumerate(of_right.results)
        if isinstance(e, ir.AffineDimExpr) and e in list(of_out.results)
    ]
    sizes = [int(n) for n in right.split("x")]
    # One scale for each channel of the weights, if they have channels.
    channel = channels[-1] if channels else None
    scales = "tensor<f32>" if channel is None else f"tensor<{sizes[channel]}xf32>"
    text = f"""
func.func @main(%qa: {tensor(left, "f8E4M3FN")}, %sa: f32, %qb: {tensor(right, "f8E4M3FN")},
    %sb: {scales}, %c: {tensor(out, "f32")}) -> {tensor(out, "f32")} {{
{dequantize("%a", "%qa", left, "%sa")}
{dequantize("%b", "%qb", right, "%sb", "" if channel is None else f"d{channel}", scales)}
{bare[bare.index("  %0") :]}"""
    module = parse(text)
    fused, remarks = fuse(module)
    lines = ("channel", "channel") if "conv" in name else ("row", "column")
    second = "tensor" if channel is None else lines[1]
    assert remarks == [f"fused {name}: scale per tensor * per {second} after it"]
    (call,) = re.findall(rf"{name} .*", str(fused))
    assert call.count("f8E4M3FN>") == 2
    assert str(fused).count("arith.extf") == 0
    shape = tuple(int(n) for n in out.split("x") if n)
    terms: dict[str, int] = {}

    def magnitudes(v: list[Array]) -> Array:
        qa, sa, qb, sb, c = v
        along = [1] * qb.ndim
        if channel is not None:
            along[channel] = -1
        total, terms["k"] = evaluate(op, qa * sa, qb * sb.reshape(along), shape)
        return total + c

    magnitudes([np.ones(v.shape) for v in arguments(module)])
    check_bound(module, fused, magnitudes, terms["k"], scales=2)
    check_exact(module, fused)
    check_conversion(fused)


# -- the forms of dequantizes, scales and contractions


@dataclass(frozen=True)
class Form:
    """A program and what becomes of it. In its text @S@ is a constant scale."""

    text: str
    remarks: tuple[str, ...]
    terms: Callable[[list[Array], float], Array]
    """The sum of the magnitudes, from those of the arguments and @S@."""
    k: int
    scales: int = 2
    fp8_operands: int = 2
    left_over: int = 0
    """The extf ops that stay, outside of contractions."""


def matmul(head: str, body: str, k: int = 32, init: str = "%zeros") -> str:
    """A function from `head` to %a times %b, which `body` makes: 4 x k by k x 8."""
    return f"""
func.func @main({head}) -> tensor<4x8xf32> {{
  %zero = arith.constant 0.0 : f32
  %const = arith.constant @S@ : f32
  %out = tensor.empty() : tensor<4x8xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%out : tensor<4x8xf32>) -> tensor<4x8xf32>
{body}
  %r = linalg.matmul ins(%a, %b : tensor<4x{k}xf32>, tensor<{k}x8xf32>)
      outs({init} : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}}"""


A, B = "%qa: tensor<4x32xf8E4M3FN>", "%qb: tensor<32x8xf8E4M3FN>"
PLAIN_A = dequantize("%a", "%qa", "4x32", "%const")
PLAIN_B = dequantize("%b", "%qb", "32x8", "%const")


def said(scale: str, op: str = "linalg.matmul", rest: str = "") -> tuple[str, ...]:
    return (f"fused {op}: scale {scale} after it{rest}",)


BOTH_PER_TENSOR = said("per tensor * per tensor")


def blocked_rows(x: Array, s: Array, block: int) -> Array:
    return x * np.repeat(s, block, axis=-1)


def elementwise_broadcast(kind: str) -> str:
    """%full, a tensor 32x8 of the scale %s or %sv, and b = extf(qb) * %full on whole tensors."""
    wide = "tensor<32x8xf32>"
    made = {
        "fill": f"linalg.fill ins(%s : f32) outs(%e : {wide}) -> {wide}",
        "splat": f"tensor.splat %s : {wide}",
        "constant": f"arith.constant dense<@S@> : {wide}",
        "broadcast": f"linalg.broadcast ins(%sv : tensor<8xf32>) outs(%e : {wide}) "
        "dimensions = [0]",
        "generic": f"""linalg.generic {{
      indexing_maps = [affine_map<(i, j) -> ()>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}} ins(%s0 : tensor<f32>) outs(%e : {wide}) {{
    ^bb0(%in: f32, %o: f32):
      linalg.yield %in : f32
    }} -> {wide}""",
    }[kind]
    return f"""
  %e = tensor.empty() : {wide}
  %full = {made}
  %xb = arith.extf %qb : tensor<32x8xf8E4M3FN> to {wide}
  %b = arith.mulf %xb, %full : {wide}"""


BLOCKS = (
    """
  %a3 = tensor.expand_shape %qa [[0], [1, 2]] output_shape [4, 2, 128]
      : tensor<4x256xf8E4M3FN> into tensor<4x2x128xf8E4M3FN>
"""
    + dequantize("%da", "%a3", "4x2x128", "%sa", "d0, d1", "tensor<4x2xf32>")
    + """
  %a = tensor.collapse_shape %da [[0], [1, 2]]
      : tensor<4x2x128xf32> into tensor<4x256xf32>"""
)

GENERIC_BLOCKS = """
#a = affine_map<(m, n, b, k) -> (m, b, k)>
#w = affine_map<(m, n, b, k) -> (n, b, k)>
#sa = affine_map<(m, n, b, k) -> (m, b)>
#sw = affine_map<(m, n, b, k) -> (n, b)>
#o = affine_map<(m, n, b, k) -> (m, n)>
func.func @main(%qa: tensor<4x3x32xf8E4M3FN>, %sa: tensor<4x3xf32>,
    %qw: tensor<8x3x32xf8E5M2>, %sw: tensor<8x3xf32>, %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = linalg.generic {indexing_maps = [#a, #sa, #w, #sw, #o],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%qa, %sa, %qw, %sw : tensor<4x3x32xf8E4M3FN>, tensor<4x3xf32>, tensor<8x3x32xf8E5M2>,
          tensor<8x3xf32>) outs(%c : tensor<4x8xf32>) {
  ^bb0(%x: f8E4M3FN, %s: f32, %y: f8E5M2, %t: f32, %o: f32):
    %1 = arith.extf %x : f8E4M3FN to f32
    %2 = arith.mulf %1, %s : f32
    %3 = arith.extf %y : f8E5M2 to f32
    %4 = arith.mulf %3, %t : f32
    %5 = arith.mulf %2, %4 : f32
    %6 = arith.addf %5, %o : f32
    linalg.yield %6 : f32
  } -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}"""


def tensors(*lines: str) -> str:
    return "\n".join(lines)


FORMS: dict[str, Form] = {
    "constants": Form(
        matmul(f"{A}, {B}", PLAIN_A + PLAIN_B),
        BOTH_PER_TENSOR,
        lambda v, s: (v[0] * s) @ (v[1] * s),
        32,
    ),
    "scalars": Form(
        matmul(
            f"{A}, %sa: f32, {B}, %sb: f32",
            dequantize("%a", "%qa", "4x32", "%sa") + dequantize("%b", "%qb", "32x8", "%sb"),
        ),
        BOTH_PER_TENSOR,
        lambda v, s: (v[0] * v[1]) @ (v[2] * v[3]),
        32,
    ),
    "row and column": Form(
        matmul(
            f"{A}, %sa: tensor<4xf32>, {B}, %sb: tensor<8xf32>",
            dequantize("%a", "%qa", "4x32", "%sa", "d0", "tensor<4xf32>")
            + dequantize("%b", "%qb", "32x8", "%sb", "d1", "tensor<8xf32>"),
        ),
        said("per row * per column"),
        lambda v, s: (v[0] * v[1][:, None]) @ (v[2] * v[3]),
        32,
    ),
    "rank 0": Form(
        matmul(
            f"{A}, %sa: tensor<f32>, {B}",
            dequantize("%a", "%qa", "4x32", "%sa", "", "tensor<f32>") + PLAIN_B,
        ),
        BOTH_PER_TENSOR,
        lambda v, s: (v[0] * v[1]) @ (v[2] * s),
        32,
    ),
    "one element": Form(
        matmul(
            f"{A}, %sa: tensor<1x1xf32>, {B}",
            dequantize("%a", "%qa", "4x32", "%sa", "0, 0", "tensor<1x1xf32>") + PLAIN_B,
        ),
        BOTH_PER_TENSOR,
        lambda v, s: (v[0] * v[1]) @ (v[2] * s),
        32,
    ),
    "filled": Form(
        matmul(f"{A}, {B}, %s: f32", PLAIN_A + elementwise_broadcast("fill")),
        BOTH_PER_TENSOR,
        lambda v, s: (v[0] * s) @ (v[1] * v[2]),
        32,
    ),
    "splat": Form(
        matmul(f"{A}, {B}, %s: f32", PLAIN_A + elementwise_broadcast("splat")),
        BOTH_PER_TENSOR,
        lambda v, s: (v[0] * s) @ (v[1] * v[2]),
        32,
    ),
    "splat constant": Form(
        matmul(f"{A}, {B}", PLAIN_A + elementwise_broadcast("constant")),
        BOTH_PER_TENSOR,
        lambda v, s: (v[0] * s) @ (v[1] * s),
        32,
    ),
    "broadcast": Form(
        matmul(f"{A}, {B}, %sv: tensor<8xf32>", PLAIN_A + elementwise_broadcast("broadcast")),
        said("per tensor * per column"),
        lambda v, s: (v[0] * s) @ (v[1] * v[2]),
        32,
    ),
    "broadcast by a generic": Form(
        matmul(f"{A}, {B}, %s0: tensor<f32>", PLAIN_A + elementwise_broadcast("generic")),
        BOTH_PER_TENSOR,
        lambda v, s: (v[0] * s) @ (v[1] * v[2]),
        32,
    ),
    "linalg.mul": Form(
        matmul(
            f"{A}, {B}, %s: tensor<4x1xf32>",
            PLAIN_B
            + """
  %xa = arith.extf %qa : tensor<4x32xf8E4M3FN> to tensor<4x32xf32>
  %e = tensor.empty() : tensor<4x32xf32>
  %s1 = tensor.collapse_shape %s [[0, 1]] : tensor<4x1xf32> into tensor<4xf32>
  %full = linalg.broadcast ins(%s1 : tensor<4xf32>) outs(%e : tensor<4x32xf32>) dimensions = [1]
  %a = linalg.mul ins(%full, %xa : tensor<4x32xf32>, tensor<4x32xf32>)
      outs(%e : tensor<4x32xf32>) -> tensor<4x32xf32>""",
        ),
        said("per row * per tensor"),
        lambda v, s: (v[0] * v[2]) @ (v[1] * s),
        32,
    ),
    "bias": Form(
        matmul(f"{A}, {B}, %c: tensor<4x8xf32>", PLAIN_A + PLAIN_B, init="%c"),
        BOTH_PER_TENSOR,
        lambda v, s: (v[0] * s) @ (v[1] * s) + v[2],
        32,
    ),
    "transposed": Form(
        matmul(
            f"{A}, %qw: tensor<8x32xf8E4M3FN>, %sw: tensor<8xf32>",
            PLAIN_A
            + dequantize("%w", "%qw", "8x32", "%sw", "d0", "tensor<8xf32>")
            + """
  %t = tensor.empty() : tensor<32x8xf32>
  %b = linalg.transpose ins(%w : tensor<8x32xf32>) outs(%t : tensor<32x8xf32>)
      permutation = [1, 0]""",
        ),
        said("per tensor * per column"),
        lambda v, s: (v[0] * s) @ (v[1] * v[2][:, None]).T,
        32,
    ),
    "transposed by a generic": Form(
        matmul(
            f"{A}, %qw: tensor<8x32xf8E4M3FN>, %sw: tensor<8xf32>",
            PLAIN_A
            + """
  %t = tensor.empty() : tensor<32x8xf32>
  %b = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>,
      affine_map<(i, j) -> (j, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%qw, %sw : tensor<8x32xf8E4M3FN>, tensor<8xf32>) outs(%t : tensor<32x8xf32>) {
  ^bb0(%q: f8E4M3FN, %s: f32, %o: f32):
    %e = arith.extf %q : f8E4M3FN to f32
    %p = arith.mulf %s, %e : f32
    linalg.yield %p : f32
  } -> tensor<32x8xf32>""",
        ),
        said("per tensor * per column"),
        lambda v, s: (v[0] * s) @ (v[1] * v[2][:, None]).T,
        32,
    ),
    "collapsed tokens": Form(
        matmul(
            f"%q3: tensor<2x2x32xf8E4M3FN>, %sa: tensor<2x2xf32>, {B}",
            dequantize("%x", "%q3", "2x2x32", "%sa", "d0, d1", "tensor<2x2xf32>")
            + PLAIN_B
            + """
  %a = tensor.collapse_shape %x [[0, 1], [2]] : tensor<2x2x32xf32> into tensor<4x32xf32>""",
        ),
        said("per row * per tensor"),
        lambda v, s: (v[0] * v[1][..., None]).reshape(4, 32) @ (v[2] * s),
        32,
    ),
    "collapsed heads": Form(
        matmul(
            f"%q3: tensor<2x2x32xf8E4M3FN>, %sa: tensor<2xf32>, {B}",
            dequantize("%x", "%q3", "2x2x32", "%sa", "d1", "tensor<2xf32>")
            + PLAIN_B
            + """
  %a = tensor.collapse_shape %x [[0, 1], [2]] : tensor<2x2x32xf32> into tensor<4x32xf32>""",
        ),
        said("per row * per tensor"),
        lambda v, s: (v[0] * v[1][:, None]).reshape(4, 32) @ (v[2] * s),
        32,
    ),
    "expanded rows": Form(
        """
func.func @main(%qa: tensor<6x32xf8E4M3FN>, %sa: tensor<6xf32>, %b: tensor<2x32x8xf8E4M3FN>,
    %c: tensor<2x3x8xf32>) -> tensor<2x3x8xf32> {
"""
        + dequantize("%x", "%qa", "6x32", "%sa", "d0", "tensor<6xf32>")
        + """
  %a = tensor.expand_shape %x [[0, 1], [2]] output_shape [2, 3, 32]
      : tensor<6x32xf32> into tensor<2x3x32xf32>
  %r = linalg.batch_matmul ins(%a, %b : tensor<2x3x32xf32>, tensor<2x32x8xf8E4M3FN>)
      outs(%c : tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return %r : tensor<2x3x8xf32>
}""",
        said("per row", "linalg.batch_matmul"),
        lambda v, s: (v[0] * v[1][:, None]).reshape(2, 3, 32) @ v[2] + v[3],
        32,
        scales=1,
    ),
    "padded rows and columns": Form(
        matmul(
            "%qa: tensor<3x30xf8E4M3FN>, %sa: tensor<3xf32>, %qb: tensor<30x6xf8E4M3FN>, "
            "%sb: tensor<6xf32>, %c: tensor<4x8xf32>",
            dequantize("%x", "%qa", "3x30", "%sa", "d0", "tensor<3xf32>")
            + dequantize("%y", "%qb", "30x6", "%sb", "d1", "tensor<6xf32>")
            + """
  %a = tensor.pad %x low[1, 1] high[0, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<3x30xf32> to tensor<4x32xf32>
  %b = tensor.pad %y low[1, 0] high[1, 2] {
  ^bb0(%i: index, %j: index):
    %z = arith.constant 0.0 : f32
    tensor.yield %z : f32
  } : tensor<30x6xf32> to tensor<32x8xf32>""",
            init="%c",
        ),
        said("per row * per column"),
        lambda v, s: (
            np.pad(v[0] * v[1][:, None], ((1, 0), (1, 1))) @ np.pad(v[2] * v[3], ((1, 1), (0, 2)))
            + v[4]
        ),
        32,
    ),
    "sliced": Form(
        matmul(
            "%qa: tensor<2x6x40xf8E4M3FN>, %sa: tensor<2x6xf32>, %n: tensor<1xf32>, " + B,
            dequantize("%x", "%qa", "2x6x40", "%sa", "d0, d1", "tensor<2x6xf32>")
            + PLAIN_B
            + """
  %a = tensor.extract_slice %x[1, 2, 8] [1, 4, 32] [1, 1, 1]
      : tensor<2x6x40xf32> to tensor<4x32xf32>""",
        ),
        said("per row * per tensor"),
        lambda v, s: (v[0] * v[1][..., None])[1, 2:6, 8:] @ (v[3] * s),
        32,
    ),
    "sliced per tensor": Form(
        matmul(
            f"%qa: tensor<12x64xf8E4M3FN>, {B}",
            dequantize("%x", "%qa", "12x64", "%const")
            + PLAIN_B
            + """
  %one = arith.constant 1 : index
  %a = tensor.extract_slice %x[%one, 0] [4, 32] [2, 2]
      : tensor<12x64xf32> to tensor<4x32xf32>""",
        ),
        BOTH_PER_TENSOR,
        lambda v, s: (v[0] * s)[1:9:2, ::2] @ (v[1] * s),
        32,
    ),
    "zero points of 0": Form(
        matmul(
            f"{A}, {B}",
            """
  %zp = arith.constant 0.0 : f8E4M3FN
  %zpt = arith.constant dense<0.0> : tensor<32x8xf32>
  %ea = tensor.empty() : tensor<4x32xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%qa : tensor<4x32xf8E4M3FN>) outs(%ea : tensor<4x32xf32>) {
  ^bb0(%q: f8E4M3FN, %o: f32):
    %e = arith.extf %q : f8E4M3FN to f32
    %z = arith.extf %zp : f8E4M3FN to f32
    %d = arith.subf %e, %z : f32
    %p = arith.mulf %d, %const : f32
    linalg.yield %p : f32
  } -> tensor<4x32xf32>
  %xb = arith.extf %qb : tensor<32x8xf8E4M3FN> to tensor<32x8xf32>
  %yb = arith.addf %xb, %zpt : tensor<32x8xf32>
  %sb = arith.constant dense<@S@> : tensor<32x8xf32>
  %b = arith.mulf %yb, %sb : tensor<32x8xf32>""",
        ),
        BOTH_PER_TENSOR,
        lambda v, s: (v[0] * s) @ (v[1] * s),
        32,
    ),
    "f16 scale, extended": Form(
        matmul(
            f"{A}, {B}, %h: tensor<8xf16>, %g: bf16",
            """
  %g32 = arith.extf %g : bf16 to f32
  %h32 = arith.extf %h : tensor<8xf16> to tensor<8xf32>
"""
            + dequantize("%a", "%qa", "4x32", "%g32")
            + dequantize("%b", "%qb", "32x8", "%h32", "d1", "tensor<8xf32>"),
        ),
        said("per tensor * per column"),
        lambda v, s: (v[0] * v[3]) @ (v[1] * v[2]),
        32,
    ),
    "dequantized in f16 and bf16, exactly": Form(
        """
func.func @main(%qa: tensor<4x32xf8E4M3FN>, %qb: tensor<32x8xf8E5M2>, %c: tensor<4x8xf32>)
    -> tensor<4x8xf32> {
  %ha = arith.constant dense<0.25> : tensor<4x32xf16>
  %hb = arith.constant dense<2.0> : tensor<32x8xbf16>
  %xa = arith.extf %qa : tensor<4x32xf8E4M3FN> to tensor<4x32xf16>
  %a = arith.mulf %xa, %ha : tensor<4x32xf16>
  %xb = arith.extf %qb : tensor<32x8xf8E5M2> to tensor<32x8xbf16>
  %b = arith.mulf %xb, %hb : tensor<32x8xbf16>
  %r = linalg.matmul ins(%a, %b : tensor<4x32xf16>, tensor<32x8xbf16>)
      outs(%c : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}""",
        BOTH_PER_TENSOR,
        lambda v, s: (v[0] * 0.25) @ (v[1] * 2) + v[2],
        32,
    ),
    "only extended": Form(
        matmul(
            f"{A}, {B}",
            """
  %a = arith.extf %qa : tensor<4x32xf8E4M3FN> to tensor<4x32xf32>
  %b = arith.extf %qb : tensor<32x8xf8E4M3FN> to tensor<32x8xf32>""",
        ),
        ("fused linalg.matmul: no scale",),
        lambda v, s: v[0] @ v[1],
        32,
        scales=0,
    ),
    "weight only, f32": Form(
        matmul(
            "%a: tensor<4x32xf32>, %qb: tensor<32x8xf8E4M3FN>, %sb: tensor<8xf32>",
            dequantize("%b", "%qb", "32x8", "%sb", "d1", "tensor<8xf32>"),
        ),
        said("per column", rest="; operand 0 stays f32"),
        lambda v, s: v[0] @ (v[1] * v[2]),
        32,
        scales=1,
        fp8_operands=1,
    ),
    "activation only, bf16": Form(
        """
func.func @main(%qa: tensor<4x32xf8E5M2>, %sa: f32, %b: tensor<32x8xbf16>, %c: tensor<4x8xf32>)
    -> tensor<4x8xf32> {
"""
        + dequantize("%a", "%qa", "4x32", "%sa", element="f8E5M2")
        + """
  %r = linalg.matmul ins(%a, %b : tensor<4x32xf32>, tensor<32x8xbf16>)
      outs(%c : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}""",
        said("per tensor", rest="; operand 1 stays bf16"),
        lambda v, s: (v[0] * v[1]) @ v[2] + v[3],
        32,
        scales=1,
        fp8_operands=1,
    ),
    "weight only, f16, blocks": Form(
        """
#id = affine_map<(n, b, k) -> (n, b, k)>
func.func @main(%a: tensor<4x64xf16>, %qw: tensor<8x64xf8E4M3FN>, %sw: tensor<8x2xf32>,
    %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %q3 = tensor.expand_shape %qw [[0], [1, 2]] output_shape [8, 2, 32]
      : tensor<8x64xf8E4M3FN> into tensor<8x2x32xf8E4M3FN>
"""
        + dequantize("%w3", "%q3", "8x2x32", "%sw", "d0, d1", "tensor<8x2xf32>")
        + """
  %w = tensor.collapse_shape %w3 [[0], [1, 2]] : tensor<8x2x32xf32> into tensor<8x64xf32>
  %r = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %w : tensor<4x64xf16>, tensor<8x64xf32>)
      outs(%c : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}""",
        said("per column and block of 32", rest="; operand 0 stays f16"),
        lambda v, s: v[0] @ blocked_rows(v[1], v[2], 32).T + v[3],
        64,
        scales=1,
        fp8_operands=1,
    ),
    "blocks of 128": Form(
        """
func.func @main(%qa: tensor<4x256xf8E4M3FN>, %sa: tensor<4x2xf32>,
    %qw: tensor<256x256xf8E4M3FN>, %sw: tensor<2x2xf32>, %c: tensor<4x256xf32>)
    -> tensor<4x256xf32> {
"""
        + BLOCKS
        + """
  %w4 = tensor.expand_shape %qw [[0, 1], [2, 3]] output_shape [2, 128, 2, 128]
      : tensor<256x256xf8E4M3FN> into tensor<2x128x2x128xf8E4M3FN>
"""
        + dequantize("%dw", "%w4", "2x128x2x128", "%sw", "d0, d2", "tensor<2x2xf32>")
        + """
  %w = tensor.collapse_shape %dw [[0, 1], [2, 3]]
      : tensor<2x128x2x128xf32> into tensor<256x256xf32>
  %t = tensor.empty() : tensor<256x256xf32>
  %b = linalg.transpose ins(%w : tensor<256x256xf32>) outs(%t : tensor<256x256xf32>)
      permutation = [1, 0]
  %r = linalg.matmul ins(%a, %b : tensor<4x256xf32>, tensor<256x256xf32>)
      outs(%c : tensor<4x256xf32>) -> tensor<4x256xf32>
  return %r : tensor<4x256xf32>
}""",
        said("per row and block of 128 * per column and block of 128"),
        lambda v, s: (
            blocked_rows(v[0], v[1], 128) @ (v[2] * np.repeat(np.repeat(v[3], 128, 0), 128, 1)).T
            + v[4]
        ),
        256,
    ),
    "blocks of 64 and 32": Form(
        """
func.func @main(%qa: tensor<4x128xf8E4M3FN>, %sa: tensor<4x2xf32>,
    %qw: tensor<8x128xf8E4M3FN>, %sw: tensor<8x4xf32>) -> tensor<4x8xf32> {
  %zero = arith.constant dense<0.0> : tensor<4x8xf32>
  %ea = tensor.empty() : tensor<4x2x64xf32>
  %fa = linalg.broadcast ins(%sa : tensor<4x2xf32>) outs(%ea : tensor<4x2x64xf32>)
      dimensions = [2]
  %ca = tensor.collapse_shape %fa [[0], [1, 2]] : tensor<4x2x64xf32> into tensor<4x128xf32>
  %xa = arith.extf %qa : tensor<4x128xf8E4M3FN> to tensor<4x128xf32>
  %a = arith.mulf %xa, %ca : tensor<4x128xf32>
  %ew = tensor.empty() : tensor<8x4x32xf32>
  %fw = linalg.broadcast ins(%sw : tensor<8x4xf32>) outs(%ew : tensor<8x4x32xf32>)
      dimensions = [2]
  %cw = tensor.collapse_shape %fw [[0], [1, 2]] : tensor<8x4x32xf32> into tensor<8x128xf32>
  %xw = arith.extf %qw : tensor<8x128xf8E4M3FN> to tensor<8x128xf32>
  %w = arith.mulf %cw, %xw : tensor<8x128xf32>
  %r = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %w : tensor<4x128xf32>, tensor<8x128xf32>)
      outs(%zero : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}""",
        said("per row and block of 32 * per column and block of 32", "linalg.contract"),
        lambda v, s: blocked_rows(v[0], v[1], 64) @ blocked_rows(v[2], v[3], 32).T,
        128,
    ),
    "blocks in the body": Form(
        GENERIC_BLOCKS,
        said("in the body", "linalg.generic"),
        lambda v, s: np.einsum("mbk,mb,nbk,nb->mn", *v[:4]) + v[4],
        96,
    ),
    "a dynamic number of blocks": Form(
        re.sub(r"<([48])x3x", r"<\1x?x", GENERIC_BLOCKS),
        said("in the body", "linalg.generic"),
        lambda v, s: np.einsum("mbk,mb,nbk,nb->mn", *v[:4]) + v[4],
        160,
    ),
    "all in the body": Form(
        """
func.func @main(%qa: tensor<4x32xf8E4M3FN>, %s: f32, %qw: tensor<8x32xf8E4M3FNUZ>,
    %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %zp = arith.constant 0.0 : f32
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%qa, %qw : tensor<4x32xf8E4M3FN>, tensor<8x32xf8E4M3FNUZ>) outs(%c : tensor<4x8xf32>) {
  ^bb0(%x: f8E4M3FN, %y: f8E4M3FNUZ, %o: f32):
    %const = arith.constant @S@ : f32
    %1 = arith.extf %x : f8E4M3FN to f32
    %2 = arith.subf %1, %zp : f32
    %3 = arith.mulf %2, %s : f32
    %4 = arith.extf %y : f8E4M3FNUZ to f32
    %5 = arith.mulf %4, %const : f32
    %6 = arith.mulf %3, %5 : f32
    %7 = arith.addf %o, %6 : f32
    linalg.yield %7 : f32
  } -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}""",
        said("in the body", "linalg.generic"),
        lambda v, s: (v[0] * v[1]) @ (v[2] * s).T + v[3],
        32,
    ),
    "generic of dequantized operands": Form(
        """
func.func @main(%qa: tensor<4x32xf8E4M3FN>, %sa: tensor<4xf32>, %qw: tensor<8x32xf8E4M3FN>,
    %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %const = arith.constant @S@ : f32
"""
        + dequantize("%a", "%qa", "4x32", "%sa", "d0", "tensor<4xf32>")
        + dequantize("%w", "%qw", "8x32", "%const")
        + """
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<4x32xf32>, tensor<8x32xf32>) outs(%c : tensor<4x8xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %1 = arith.mulf %x, %y : f32
    %2 = arith.addf %o, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}""",
        said("per row * per tensor", "linalg.generic"),
        lambda v, s: (v[0] * v[1][:, None]) @ (v[2] * s).T + v[3],
        32,
    ),
    "dynamic sizes": Form(
        """
#id = affine_map<(m, k) -> (m, k)>
#row = affine_map<(m, k) -> (m)>
func.func @main(%qa: tensor<?x32xf8E4M3FN>, %sa: tensor<?xf32>, %qb: tensor<32x?xf8E4M3FN>,
    %c: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %const = arith.constant @S@ : f32
  %i0 = arith.constant 0 : index
  %i1 = arith.constant 1 : index
  %m = tensor.dim %qa, %i0 : tensor<?x32xf8E4M3FN>
  %n = tensor.dim %qb, %i1 : tensor<32x?xf8E4M3FN>
  %ea = tensor.empty(%m) : tensor<?x32xf32>
  %a = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%qa, %sa : tensor<?x32xf8E4M3FN>, tensor<?xf32>) outs(%ea : tensor<?x32xf32>) {
  ^bb0(%q: f8E4M3FN, %s: f32, %o: f32):
    %e = arith.extf %q : f8E4M3FN to f32
    %p = arith.mulf %e, %s : f32
    linalg.yield %p : f32
  } -> tensor<?x32xf32>
  %eb = tensor.empty(%n) : tensor<32x?xf32>
  %b = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%qb : tensor<32x?xf8E4M3FN>) outs(%eb : tensor<32x?xf32>) {
  ^bb0(%q: f8E4M3FN, %o: f32):
    %e = arith.extf %q : f8E4M3FN to f32
    %p = arith.mulf %e, %const : f32
    linalg.yield %p : f32
  } -> tensor<32x?xf32>
  %a2 = tensor.cast %a : tensor<?x32xf32> to tensor<?x?xf32>
  %b2 = tensor.cast %b : tensor<32x?xf32> to tensor<?x?xf32>
  %r = linalg.matmul ins(%a2, %b2 : tensor<?x?xf32>, tensor<?x?xf32>)
      outs(%c : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}""",
        said("per row * per tensor"),
        lambda v, s: (v[0] * v[1][:, None]) @ (v[2] * s) + v[3],
        32,
    ),
    "dynamic sizes and blocks": Form(
        """
#id = affine_map<(m, b, k) -> (m, b, k)>
#s = affine_map<(m, b, k) -> (m, b)>
func.func @main(%qa: tensor<?x64xf8E4M3FN>, %sa: tensor<?x2xf32>, %b: tensor<64x8xf8E4M3FN>,
    %c: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %i0 = arith.constant 0 : index
  %m = tensor.dim %qa, %i0 : tensor<?x64xf8E4M3FN>
  %q3 = tensor.expand_shape %qa [[0], [1, 2]] output_shape [%m, 2, 32]
      : tensor<?x64xf8E4M3FN> into tensor<?x2x32xf8E4M3FN>
  %ea = tensor.empty(%m) : tensor<?x2x32xf32>
  %a3 = linalg.generic {indexing_maps = [#id, #s, #id],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%q3, %sa : tensor<?x2x32xf8E4M3FN>, tensor<?x2xf32>) outs(%ea : tensor<?x2x32xf32>) {
  ^bb0(%q: f8E4M3FN, %s: f32, %o: f32):
    %e = arith.extf %q : f8E4M3FN to f32
    %p = arith.mulf %e, %s : f32
    linalg.yield %p : f32
  } -> tensor<?x2x32xf32>
  %a = tensor.collapse_shape %a3 [[0], [1, 2]] : tensor<?x2x32xf32> into tensor<?x64xf32>
  %r = linalg.matmul ins(%a, %b : tensor<?x64xf32>, tensor<64x8xf8E4M3FN>)
      outs(%c : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}""",
        said("per row and block of 32"),
        lambda v, s: blocked_rows(v[0], v[1], 32) @ v[2] + v[3],
        64,
        scales=1,
    ),
    "sizes that only the other operand knows": Form(
        """
#id = affine_map<(m, b, k) -> (m, b, k)>
#s = affine_map<(m, b, k) -> (m, b)>
func.func @main(%qa: tensor<?x2x32xf8E4M3FN>, %sa: tensor<?x2xf32>, %b: tensor<64x8xf8E4M3FN>,
    %c: tensor<5x8xf32>) -> tensor<5x8xf32> {
  %i0 = arith.constant 0 : index
  %m = tensor.dim %qa, %i0 : tensor<?x2x32xf8E4M3FN>
  %ea = tensor.empty(%m) : tensor<?x2x32xf32>
  %a3 = linalg.generic {indexing_maps = [#id, #s, #id],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%qa, %sa : tensor<?x2x32xf8E4M3FN>, tensor<?x2xf32>) outs(%ea : tensor<?x2x32xf32>) {
  ^bb0(%q: f8E4M3FN, %s: f32, %o: f32):
    %e = arith.extf %q : f8E4M3FN to f32
    %p = arith.mulf %e, %s : f32
    linalg.yield %p : f32
  } -> tensor<?x2x32xf32>
  %a2 = tensor.collapse_shape %a3 [[0], [1, 2]] : tensor<?x2x32xf32> into tensor<?x64xf32>
  %a = tensor.cast %a2 : tensor<?x64xf32> to tensor<?x?xf32>
  %r = linalg.matmul ins(%a, %b : tensor<?x?xf32>, tensor<64x8xf8E4M3FN>)
      outs(%c : tensor<5x8xf32>) -> tensor<5x8xf32>
  return %r : tensor<5x8xf32>
}""",
        said("per row and block of 32"),
        lambda v, s: blocked_rows(v[0].reshape(5, 64), v[1], 32) @ v[2] + v[3],
        64,
        scales=1,
    ),
    "a product of f16 scales": Form(
        matmul(
            f"{A}, {B}, %s: tensor<8xf16>, %t: tensor<8xf16>",
            PLAIN_A
            + """
  %st = arith.mulf %s, %t : tensor<8xf16>
  %st32 = arith.extf %st : tensor<8xf16> to tensor<8xf32>
"""
            + dequantize("%b", "%qb", "32x8", "%st32", "d1", "tensor<8xf32>"),
        ),
        said("per tensor * per column"),
        lambda v, s: (v[0] * s) @ (v[1] * (v[2] * v[3])),
        32,
    ),
    "a padded scale": Form(
        matmul(
            f"{A}, {B}, %s: f32, %c: tensor<4x8xf32>",
            PLAIN_B
            + """
  %three = tensor.splat %s : tensor<3xf32>
  %four = tensor.pad %three low[1] high[0] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<3xf32> to tensor<4xf32>
"""
            + dequantize("%a", "%qa", "4x32", "%four", "d0", "tensor<4xf32>"),
            init="%c",
        ),
        said("per row * per tensor"),
        lambda v, s: np.pad(v[0][1:] * v[2], ((1, 0), (0, 0))) @ (v[1] * s) + v[3],
        32,
    ),
    "one row of the scales": Form(
        matmul(
            f"{A}, %sa: tensor<3x4xf32>, {B}",
            dequantize("%a", "%qa", "4x32", "%sa", "0, d0", "tensor<3x4xf32>") + PLAIN_B,
        ),
        said("per row * per tensor"),
        lambda v, s: (v[0] * v[1][0][:, None]) @ (v[2] * s),
        32,
    ),
    "convolution with channels": Form(
        """
func.func @main(%qx: tensor<1x8x5x5xf8E4M3FN>, %qw: tensor<4x8x3x3xf8E5M2>, %sw: tensor<4xf32>,
    %bias: tensor<4xf32>) -> tensor<1x4x3x3xf32> {
  %zero = arith.constant 0.0 : f32
  %const = arith.constant @S@ : f32
"""
        + dequantize("%d", "%qx", "1x8x5x5", "%const")
        + dequantize("%w", "%qw", "4x8x3x3", "%sw", "d0", "tensor<4xf32>", element="f8E5M2")
        + """
  %x = tensor.pad %d low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x8x5x5xf32> to tensor<1x8x7x7xf32>
  %e = tensor.empty() : tensor<1x4x3x3xf32>
  %c = linalg.broadcast ins(%bias : tensor<4xf32>) outs(%e : tensor<1x4x3x3xf32>)
      dimensions = [0, 2, 3]
  %r = linalg.conv_2d_nchw_fchw {strides = dense<2> : tensor<2xi64>,
      dilations = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<1x8x7x7xf32>, tensor<4x8x3x3xf32>)
      outs(%c : tensor<1x4x3x3xf32>) -> tensor<1x4x3x3xf32>
  return %r : tensor<1x4x3x3xf32>
}""",
        said("per tensor * per channel", "linalg.conv_2d_nchw_fchw"),
        lambda v, s: (
            np.einsum(
                "nchwyx,fcyx->nfhw",
                np.lib.stride_tricks.sliding_window_view(
                    np.pad(v[0] * s, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), (2, 3)
                )[:, :, ::2, ::2],
                v[1] * v[2][:, None, None, None],
            )
            + v[3][:, None, None]
        ),
        72,
    ),
    "convolution with blocks of input channels": Form(
        """
func.func @main(%qx: tensor<1x4x4x32xf8E4M3FN>, %sx: tensor<2xf32>, %w: tensor<4x3x3x32xf8E4M3FN>,
    %c: tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32> {
  %q5 = tensor.expand_shape %qx [[0], [1], [2], [3, 4]] output_shape [1, 4, 4, 2, 16]
      : tensor<1x4x4x32xf8E4M3FN> into tensor<1x4x4x2x16xf8E4M3FN>
"""
        + dequantize("%d", "%q5", "1x4x4x2x16", "%sx", "d3", "tensor<2xf32>")
        + """
  %x = tensor.collapse_shape %d [[0], [1], [2], [3, 4]]
      : tensor<1x4x4x2x16xf32> into tensor<1x4x4x32xf32>
  %r = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>,
      dilations = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<1x4x4x32xf32>, tensor<4x3x3x32xf8E4M3FN>)
      outs(%c : tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32>
  return %r : tensor<1x2x2x4xf32>
}""",
        said("per block of 16", "linalg.conv_2d_nhwc_fhwc"),
        lambda v, s: (
            np.einsum(
                "nhwcyx,fyxc->nhwf",
                np.lib.stride_tricks.sliding_window_view(
                    v[0] * np.repeat(v[1], 16), (3, 3), (1, 2)
                ),
                v[2],
            )
            + v[3]
        ),
        288,
        scales=1,
    ),
    "in a loop": Form(
        matmul(
            f"{A}, {B}",
            PLAIN_A
            + PLAIN_B
            + """
  %lo = arith.constant 0 : index
  %one = arith.constant 1 : index
  %two = arith.constant 2 : index
  %acc = scf.for %i = %lo to %two step %one iter_args(%x = %zeros) -> tensor<4x8xf32> {
    %y = linalg.matmul ins(%a, %b : tensor<4x32xf32>, tensor<32x8xf32>)
        outs(%x : tensor<4x8xf32>) -> tensor<4x8xf32>
    scf.yield %y : tensor<4x8xf32>
  }""",
            init="%acc",
        ),
        BOTH_PER_TENSOR * 2,
        lambda v, s: 3 * ((v[0] * s) @ (v[1] * s)),
        96,
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_form(name: str) -> None:
    form = FORMS[name]
    module = parse(form.text.replace("@S@", "0.3711"))
    fused, remarks = fuse(module)
    assert tuple(remarks) == form.remarks
    # No wide tensor of the values is left, and the contraction reads fp8.
    calls = contractions(fused)
    assert [fp8 for _, fp8 in calls] == [form.fp8_operands] * len(form.remarks)
    scale = float(np.float32(0.3711))
    check_bound(module, fused, lambda v: form.terms(v, scale), form.k, form.scales)
    check_conversion(fused)
    module = parse(form.text.replace("@S@", "0.25"))
    fused, _ = fuse(module)
    check_exact(module, fused)
    again, remarks = fuse(fused)
    assert (str(again), remarks) == (str(fused), [])


def contractions(module: Any) -> list[tuple[str, int]]:
    """Each contraction that is named or that reads fp8, and how many of its operands are fp8."""
    found = []

    def visit(op: Any) -> Any:
        fp8 = sum("f8E" in str(v.type) for v in op.operands)
        reduces = op.name == "linalg.generic" and "reduction" in str(
            op.attributes["iterator_types"]
        )
        if op.name in CONTRACTIONS or (reduces and fp8):
            found.append((op.name, fp8))
        return load().ir.WalkResult.ADVANCE

    module.operation.walk(visit)
    return found


QKV = """
func.func @main(%qx: tensor<4x32xf8E4M3FN>, %wq: tensor<32x8xf8E4M3FN>,
    %wk: tensor<32x8xf8E4M3FN>, %wv: tensor<32x8xf32>, %c: tensor<4x8xf32>)
    -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %const = arith.constant 0.375 : f32
""" + dequantize("%x", "%qx", "4x32", "%const") + """
  %e = tensor.empty() : tensor<32x4xf32>
  %t = linalg.transpose ins(%x : tensor<4x32xf32>) outs(%e : tensor<32x4xf32>)
      permutation = [1, 0]
""" + "".join(
    f"""
  %r{i} = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
      affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%t, {w} : tensor<32x4xf32>, {t}) outs(%c : tensor<4x8xf32>) -> tensor<4x8xf32>"""
    for i, (w, t) in enumerate(
        [("%wq", "tensor<32x8xf8E4M3FN>"), ("%wk", "tensor<32x8xf8E4M3FN>"),
         ("%wv", "tensor<32x8xf32>")]
    )
) + """
  return %r0, %r1, %r2 : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}"""  # fmt: skip


def test_shared_by_three() -> None:
    """One transpose of the codes for all, and nothing of the dequantize is left."""
    module = parse(QKV)
    fused, remarks = fuse(module)
    assert remarks == [*said("per tensor") * 2, *said("per tensor", rest="; operand 1 stays f32")]
    text = str(fused)
    assert text.count("linalg.transpose") == 1
    assert "arith.extf" not in text
    assert [fp8 for _, fp8 in contractions(fused)] == [2, 2, 1]
    check_exact(module, fused)
    check_conversion(fused)


def test_another_user_keeps_the_dequantize() -> None:
    returned = QKV.replace("return %r0, %r1, %r2", "return %r0, %r1, %x").replace(
        "tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>\n}",
        "tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x32xf32>\n}",
    )
    returned = returned.replace(
        "-> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>)",
        "-> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x32xf32>)",
    )
    module = parse(returned)
    fused, remarks = fuse(module)
    assert len(remarks) == 3
    assert str(fused).count("arith.extf") == 1
    assert str(fused).count("linalg.transpose") == 1
    check_exact(module, fused)


def test_sizes_do_not_keep_the_dequantize() -> None:
    text = FORMS["dynamic sizes"].text.replace("@S@", "0.5")
    asks = "  %d = tensor.dim %a, %i0 : tensor<?x32xf32>\n"
    asks += "  %f = tensor.empty(%d, %n) : tensor<?x?xf32>\n"
    asks += "  %z = arith.constant 0.0 : f32\n"
    asks += "  %g = linalg.fill ins(%z : f32) outs(%f : tensor<?x?xf32>) -> tensor<?x?xf32>\n"
    module = parse(text.replace("  %r = ", asks + "  %r = ").replace("outs(%c", "outs(%g"))
    fused, _ = fuse(module)
    assert "arith.extf" not in str(fused)
    check_exact(module, fused)


def test_what_follows_a_fused_contraction() -> None:
    """The wide operand of the second contraction, and its scale, come out of the first."""
    module = parse(
        """
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i, 0)>
func.func @main(%qa: tensor<4x32xf8E4M3FN>, %qb: tensor<32x8xf8E4M3FN>, %qw: tensor<4x8xf8E4M3FN>,
    %c: tensor<4x1xf32>, %one: tensor<8x1xf32>) -> tensor<4x4xf32> {
  %const = arith.constant 0.25 : f32
  %zero = arith.constant dense<0.0> : tensor<4x8xf32>
  %zeros = arith.constant dense<0.0> : tensor<4x4xf32>
"""
        + dequantize("%a", "%qa", "4x32", "%const")
        + dequantize("%b", "%qb", "32x8", "%const")
        + """
  %r = linalg.matmul ins(%a, %b : tensor<4x32xf32>, tensor<32x8xf32>)
      outs(%zero : tensor<4x8xf32>) -> tensor<4x8xf32>
  %s = linalg.matmul ins(%r, %one : tensor<4x8xf32>, tensor<8x1xf32>)
      outs(%c : tensor<4x1xf32>) -> tensor<4x1xf32>
"""
        + dequantize("%w", "%qw", "4x8", "%s", "d0, 0", "tensor<4x1xf32>")
        + """
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%r, %w : tensor<4x8xf32>, tensor<4x8xf32>) outs(%zeros : tensor<4x4xf32>)
      -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}"""
    )
    fused, remarks = fuse(module)
    assert remarks == [*BOTH_PER_TENSOR, *said("per column", rest="; operand 0 stays f32")]
    check_exact(module, fused)


def test_blocks_read_by_floordiv() -> None:
    """A scale for each block of the reduction, read by an affine map."""
    text = matmul(
        "%qa: tensor<4x64xf8E4M3FN>, %sa: tensor<4x2xf32>, %b: tensor<64x8xf32>",
        dequantize("%a", "%qa", "4x64", "%sa", "d0, d1 floordiv 32", "tensor<4x2xf32>"),
        k=64,
    ).replace("@S@", "1.0")
    module = parse(text)
    fused, remarks = fuse(module)
    assert remarks == list(said("per row and block of 32", rest="; operand 1 stays f32"))
    check_exact(module, fused)
    check_bound(module, fused, lambda v: blocked_rows(v[0], v[1], 32) @ v[2], 64, 1)


def test_where_a_remark_is() -> None:
    text = "module {\n" + matmul(f"{A}, {B}", PLAIN_A + PLAIN_B).replace("@S@", "0.5") + "}"
    module = parse(text)
    (line,) = (n for n, row in enumerate(text.splitlines(), 1) if "linalg.matmul" in row)
    report = Report()
    passes.run(module, "fuse-dequantize", report=report)
    remark = {"location": f"-:{line}:8", "message": BOTH_PER_TENSOR[0]}
    assert report.functions["main"].remarks == [remark]


@pytest.mark.parametrize(
    "text",
    [
        "func.func @main(%a: tensor<4x8xf32>, %b: tensor<8x4xf32>, %c: tensor<4x4xf32>)"
        " -> tensor<4x4xf32> {\n"
        "  %r = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x4xf32>)"
        " outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>\n  return %r : tensor<4x4xf32>\n}",
        "func.func @main(%a: tensor<4x8xf8E5M2>, %b: tensor<8x4xf8E5M2>, %c: tensor<4x4xf16>)"
        " -> tensor<4x4xf16> {\n"
        "  %r = linalg.matmul ins(%a, %b : tensor<4x8xf8E5M2>, tensor<8x4xf8E5M2>)"
        " outs(%c : tensor<4x4xf16>) -> tensor<4x4xf16>\n  return %r : tensor<4x4xf16>\n}",
        "func.func @main(%a: tensor<4x8xf16>, %b: tensor<8x4xf16>, %c: tensor<4x4xf16>)"
        " -> tensor<4x4xf16> {\n"
        "  %r = linalg.matmul ins(%a, %b : tensor<4x8xf16>, tensor<8x4xf16>)"
        " outs(%c : tensor<4x4xf16>) -> tensor<4x4xf16>\n  return %r : tensor<4x4xf16>\n}",
        "func.func @main(%a: memref<4x8xf8E5M2>, %b: memref<8x4xf32>, %c: memref<4x4xf32>) {\n"
        "  linalg.matmul ins(%a, %b : memref<4x8xf8E5M2>, memref<8x4xf32>)"
        " outs(%c : memref<4x4xf32>)\n  return\n}",
    ],
    ids=["f32", "fp8 already", "f16", "memref"],
)
def test_nothing_to_say(text: str) -> None:
    module = parse(text)
    fused, remarks = fuse(module)
    assert (str(fused), remarks) == (str(module), [])


def chain(count: int, type: str) -> str:
    """Squares of squares, from %x0."""
    return "\n".join(f"  %x{i + 1} = arith.mulf %x{i}, %x{i} : {type}" for i in range(count))


def test_a_long_body() -> None:
    """Neither time nor stack runs out on squares of squares in one body."""
    for count in (30, 3000):
        module = parse(f"""
func.func @main(%q: tensor<4x8xf8E4M3FN>, %w: tensor<8x4xf8E4M3FN>, %c: tensor<4x4xf32>)
    -> tensor<4x4xf32> {{
  %e = tensor.empty() : tensor<4x8xf32>
  %a = linalg.generic {{indexing_maps = [affine_map<(i, j) -> (i, j)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}}
      ins(%q : tensor<4x8xf8E4M3FN>) outs(%e : tensor<4x8xf32>) {{
  ^bb0(%in: f8E4M3FN, %o: f32):
    %x0 = arith.extf %in : f8E4M3FN to f32
{chain(count, "f32")}
    linalg.yield %x{count} : f32
  }} -> tensor<4x8xf32>
  %r = linalg.generic {{indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}}
      ins(%a, %w : tensor<4x8xf32>, tensor<8x4xf8E4M3FN>) outs(%c : tensor<4x4xf32>) {{
  ^bb0(%x0: f32, %y: f8E4M3FN, %o: f32):
{chain(min(count, 50), "f32")}
    %e1 = arith.extf %y : f8E4M3FN to f32
    %p = arith.mulf %x{min(count, 50)}, %e1 : f32
    %t = arith.addf %o, %p : f32
    linalg.yield %t : f32
  }} -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}}""")
        fused, remarks = fuse(module)
        assert (str(fused), remarks) == (str(module), [])


def test_a_long_chain() -> None:
    """Far more ops than Python's stack is deep."""
    count = 3000
    links = chain(count, "tensor<4x8xf32>")
    module = parse(f"""
func.func @main(%x0: tensor<4x8xf32>, %q: tensor<8x4xf8E4M3FN>, %c: tensor<4x4xf32>)
    -> tensor<4x4xf32> {{
{links}
  %w = arith.extf %q : tensor<8x4xf8E4M3FN> to tensor<8x4xf32>
  %r = linalg.matmul ins(%x{count}, %w : tensor<4x8xf32>, tensor<8x4xf32>)
      outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}}""")
    _, remarks = fuse(module)
    assert remarks == ["fused linalg.matmul: no scale; operand 0 stays f32"]


# -- whole models


MODELS = {
    "digits_mlp_absmax_e4m3fn": ("719x", ["linalg.matmul"] * 3),
    "mnist_cnn_absmax_e4m3fn": ("100x", ["linalg.conv_2d_nchw_fchw"] * 2 + ["linalg.matmul"] * 2),
}
"""The batch size of each, and its layers."""


def layers(module: Any, with_operands: bool) -> Any:
    """Each layer by itself: the function takes the codes that the model makes on its way.

    It returns the result of each contraction, or first its operands and then its result.
    """
    ir = load().ir
    cut = cpu.clone(module)
    (function,) = cut.body.operations
    block = function.regions[0].blocks[0]
    results: list[Any] = []
    with cut.context, ir.Location.unknown():
        for view in list(block.operations):
            op = view.operation
            if op.name == "linalg.generic" and "f8E" in str(op.results[0].type):
                argument = block.add_argument(op.results[0].type, op.location)
                op.results[0].replace_all_uses_with(argument)
            if op.name in CONTRACTIONS:
                results += [*(list(op.operands) if with_operands else []), op.results[0]]
        old = block.operations[len(block.operations) - 1]
        ir.Operation.create("func.return", [], results, ip=ir.InsertionPoint(old))
        old.operation.erase()
        type = ir.FunctionType.get([a.type for a in block.arguments], [r.type for r in results])
        function.operation.attributes["function_type"] = ir.TypeAttr.get(type)
    assert cut.operation.verify()
    return cut


@pytest.mark.skipif(not SHARED.exists(), reason="the shared inputs are not beside the checkout")
@pytest.mark.parametrize("name", MODELS)
def test_model(name: str) -> None:
    batch, names = MODELS[name]
    text = (SHARED / f"models/{name}.linalg.mlir").read_text()
    # Two of the batch are as good as all.
    module = parse(text.replace(f"tensor<{batch}", "tensor<2x"))
    fused, remarks = fuse(module)
    assert contractions(fused) == [(op, 2) for op in names]
    assert remarks == [said("per tensor * per tensor", op)[0] for op in names]
    assert "arith.extf" not in str(fused)
    check_conversion(fused)

    shown, plain = layers(module, with_operands=True), layers(module, with_operands=False)
    by_layer, _ = fuse(plain)
    assert contractions(by_layer) == [(op, 2) for op in names]
    rng = np.random.default_rng(4)
    given = [random(v, rng, exact=False) for v in arguments(plain)]
    seen, after = run(shown, given), run(by_layer, given)
    for i, op in enumerate(names):
        left, right, init, before = (a.astype(np.float64) for a in seen[4 * i : 4 * i + 4])
        left, right = abs(left), abs(right)
        if op == "linalg.matmul":
            magnitudes, k = left @ right, left.shape[1]
        else:
            windows = np.lib.stride_tricks.sliding_window_view(left, right.shape[2:], (2, 3))
            magnitudes = np.einsum("nchwyx,fcyx->nfhw", windows, right, optimize=True)
            k = int(np.prod(right.shape[1:]))
        # The operands that are seen here are rounded themselves, once each.
        bound = error_bound(k, 2 + 1) * (magnitudes + abs(init))
        assert (magnitudes > 0).any()
        assert (abs(after[i] - before) <= bound).all()


# -- what is left alone, and why


def elementwise(op: str) -> str:
    """%a = op(extf(qa) * const) on whole tensors."""
    return f"""
  %xa = arith.extf %qa : tensor<4x32xf8E4M3FN> to tensor<4x32xf32>
  %ca = arith.constant dense<0.5> : tensor<4x32xf32>
  %da = arith.mulf %xa, %ca : tensor<4x32xf32>
  %a = {op} : tensor<4x32xf32>"""


FULL_A = "%qa: tensor<4x32xf8E4M3FN>, %b: tensor<32x8xf32>"

LEFT_ALONE = {
    "zero point": (
        matmul(
            FULL_A,
            """
  %xa = arith.extf %qa : tensor<4x32xf8E4M3FN> to tensor<4x32xf32>
  %zp = arith.constant dense<3.0> : tensor<4x32xf32>
  %ya = arith.subf %xa, %zp : tensor<4x32xf32>
  %a = arith.mulf %ya, %zp : tensor<4x32xf32>""",
        ),
        "its zero point is not known to be 0",
    ),
    "zero point at run time": (
        matmul(
            "%zp: tensor<4x32xf32>, " + FULL_A,
            """
  %xa = arith.extf %qa : tensor<4x32xf8E4M3FN> to tensor<4x32xf32>
  %a = arith.subf %xa, %zp : tensor<4x32xf32>""",
        ),
        "its zero point is not known to be 0",
    ),
    "zero point in the body of the contraction": (
        GENERIC_BLOCKS.replace("%3 = arith.extf %y", "%y32 = arith.extf %y").replace(
            "%4 = arith", "%3 = arith.subf %y32, %t : f32\n    %4 = arith"
        ),
        "its zero point is not known to be 0",
    ),
    "f16 that rounds": (
        matmul(
            FULL_A.replace("%b: tensor<32x8xf32>", "%b: tensor<32x8xf32>, %s: tensor<4x32xf16>"),
            """
  %xa = arith.extf %qa : tensor<4x32xf8E4M3FN> to tensor<4x32xf16>
  %ya = arith.mulf %xa, %s : tensor<4x32xf16>
  %a = arith.extf %ya : tensor<4x32xf16> to tensor<4x32xf32>""",
        ),
        "it is dequantized in f16, which rounds",
    ),
    "bf16 constant that rounds": (
        matmul(
            FULL_A,
            """
  %s = arith.constant dense<1.0078125> : tensor<4x32xbf16>
  %xa = arith.extf %qa : tensor<4x32xf8E4M3FN> to tensor<4x32xbf16>
  %ya = arith.mulf %xa, %s : tensor<4x32xbf16>
  %a = arith.extf %ya : tensor<4x32xbf16> to tensor<4x32xf32>""",
        ),
        "it is dequantized in bf16, which rounds",
    ),
    "f16 that overflows": (
        matmul(
            FULL_A,
            """
  %s = arith.constant dense<256.0> : tensor<4x32xf16>
  %xa = arith.extf %qa : tensor<4x32xf8E4M3FN> to tensor<4x32xf16>
  %ya = arith.mulf %xa, %s : tensor<4x32xf16>
  %a = arith.extf %ya : tensor<4x32xf16> to tensor<4x32xf32>""",
        ),
        "it is dequantized in f16, which rounds",
    ),
    "rounded after": (
        """
func.func @main(%qa: tensor<4x32xf8E4M3FN>, %b: tensor<32x8xf16>, %c: tensor<4x8xf32>)
    -> tensor<4x8xf32> {
"""
        + elementwise("arith.negf %da").replace("%a = ", "%n = ")
        + """
  %a = arith.truncf %da : tensor<4x32xf32> to tensor<4x32xf16>
  %r = linalg.matmul ins(%a, %b : tensor<4x32xf16>, tensor<32x8xf16>)
      outs(%c : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}""",
        "'arith.truncf' stands between the dequantize and it",
    ),
    "relu": (
        matmul(FULL_A, elementwise("arith.maximumf %da, %ca")),
        "'arith.maximumf' stands between the dequantize and it",
    ),
    "concat": (
        matmul(
            FULL_A.replace("4x32xf8", "2x32xf8"),
            dequantize("%d", "%qa", "2x32", "%const")
            + """
  %a = tensor.concat dim(0) %d, %d : (tensor<2x32xf32>, tensor<2x32xf32>) -> tensor<4x32xf32>""",
        ),
        "'tensor.concat' stands between the dequantize and it",
    ),
    "padded with one": (
        matmul(
            FULL_A.replace("4x32xf8", "3x32xf8"),
            dequantize("%d", "%qa", "3x32", "%const")
            + """
  %a = tensor.pad %d low[1, 0] high[0, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %const : f32
  } : tensor<3x32xf32> to tensor<4x32xf32>""",
        ),
        "'tensor.pad' stands between the dequantize and it",
    ),
    "a scale for each element of the reduction": (
        matmul(
            FULL_A + ", %s: tensor<32xf32>",
            dequantize("%a", "%qa", "4x32", "%s", "d1", "tensor<32xf32>"),
        ),
        "a scale covers only 1 elements of the reduction",
    ),
    "small blocks": (
        matmul(
            "%qa: tensor<4x4x8xf8E4M3FN>, %b: tensor<32x8xf32>, %s: tensor<4x4xf32>",
            dequantize("%d", "%qa", "4x4x8", "%s", "d0, d1", "tensor<4x4xf32>")
            + """
  %a = tensor.collapse_shape %d [[0], [1, 2]] : tensor<4x4x8xf32> into tensor<4x32xf32>""",
        ),
        "a scale covers only 8 elements of the reduction",
    ),
    "a scale that is read along a diagonal": (
        """
#id = affine_map<(m, k) -> (m, k)>
#sum = affine_map<(m, k) -> (m + k)>
func.func @main(%q: tensor<4x8xf8E4M3FN>, %s: tensor<11xf32>, %b: tensor<8x32x8xf8E4M3FN>,
    %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %a = linalg.generic {indexing_maps = [#id, #sum, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q, %s : tensor<4x8xf8E4M3FN>, tensor<11xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%x: f8E4M3FN, %f: f32, %o: f32):
    %0 = arith.extf %x : f8E4M3FN to f32
    %1 = arith.mulf %0, %f : f32
    linalg.yield %1 : f32
  } -> tensor<4x8xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k, j) -> (m, k)>,
      affine_map<(m, n, k, j) -> (k, j, n)>, affine_map<(m, n, k, j) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%a, %b : tensor<4x8xf32>, tensor<8x32x8xf8E4M3FN>) outs(%c : tensor<4x8xf32>) {
  ^bb0(%x: f32, %y: f8E4M3FN, %o: f32):
    %0 = arith.extf %y : f8E4M3FN to f32
    %1 = arith.mulf %x, %0 : f32
    %2 = arith.addf %o, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}""",
        "'arith.mulf' stands between the dequantize and it",
    ),
    "blocks cut open": (
        matmul(
            "%qa: tensor<4x3x32xf8E4M3FN>, %b: tensor<32x8xf32>, %s: tensor<4x3xf32>",
            dequantize("%d", "%qa", "4x3x32", "%s", "d0, d1", "tensor<4x3xf32>")
            + """
  %c = tensor.collapse_shape %d [[0], [1, 2]] : tensor<4x3x32xf32> into tensor<4x96xf32>
  %a = tensor.extract_slice %c[0, 16] [4, 32] [1, 1]
      : tensor<4x96xf32> to tensor<4x32xf32>""",
        ),
        "its scale cannot be followed through 'tensor.extract_slice'",
    ),
    "blocks that do not fit into each other": (
        """
func.func @main(%qa: tensor<4x2x48xf8E4M3FN>, %sa: tensor<2xf32>, %qw: tensor<8x3x32xf8E4M3FN>,
    %sw: tensor<3xf32>, %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
"""
        + dequantize("%da", "%qa", "4x2x48", "%sa", "d1", "tensor<2xf32>")
        + dequantize("%dw", "%qw", "8x3x32", "%sw", "d1", "tensor<3xf32>")
        + """
  %a = tensor.collapse_shape %da [[0], [1, 2]] : tensor<4x2x48xf32> into tensor<4x96xf32>
  %w = tensor.collapse_shape %dw [[0], [1, 2]] : tensor<8x3x32xf32> into tensor<8x96xf32>
  %r = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %w : tensor<4x96xf32>, tensor<8x96xf32>) outs(%c : tensor<4x8xf32>)
      -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}""",
        "the blocks of its scales do not fit into each other",
    ),
    "a scale along a window": (
        """
func.func @main(%qx: tensor<1x34x16xf8E4M3FN>, %s: tensor<34xf32>, %w: tensor<3x16x4xf32>,
    %c: tensor<1x32x4xf32>) -> tensor<1x32x4xf32> {
"""
        + dequantize("%x", "%qx", "1x34x16", "%s", "d1", "tensor<34xf32>")
        + """
  %r = linalg.conv_1d_nwc_wcf {strides = dense<1> : tensor<1xi64>,
      dilations = dense<1> : tensor<1xi64>}
      ins(%x, %w : tensor<1x34x16xf32>, tensor<3x16x4xf32>)
      outs(%c : tensor<1x32x4xf32>) -> tensor<1x32x4xf32>
  return %r : tensor<1x32x4xf32>
}""",
        "its scale changes along a sliding window",
    ),
    "f16 accumulator": (
        """
func.func @main(%qa: tensor<4x32xf8E4M3FN>, %b: tensor<32x8xf16>, %c: tensor<4x8xf16>)
    -> tensor<4x8xf16> {
  %s = arith.constant dense<0.5> : tensor<4x32xf16>
  %xa = arith.extf %qa : tensor<4x32xf8E4M3FN> to tensor<4x32xf16>
  %a = arith.mulf %xa, %s : tensor<4x32xf16>
  %r = linalg.matmul ins(%a, %b : tensor<4x32xf16>, tensor<32x8xf16>)
      outs(%c : tensor<4x8xf16>) -> tensor<4x8xf16>
  return %r : tensor<4x8xf16>
}""",
        "it accumulates in f16, and the fp8 matrix unit does so in f32",
    ),
    "two fp8 values": (
        matmul(
            "%qa: tensor<4x32xf8E4M3FN>, %qb: tensor<4x32xf8E4M3FN>, %b: tensor<32x8xf32>",
            """
  %xa = arith.extf %qa : tensor<4x32xf8E4M3FN> to tensor<4x32xf32>
  %xb = arith.extf %qb : tensor<4x32xf8E4M3FN> to tensor<4x32xf32>
  %a = arith.mulf %xa, %xb : tensor<4x32xf32>""",
        ),
        "two fp8 values are multiplied in it",
    ),
    "quantized and dequantized in one body": (
        matmul(
            "%x: tensor<4x32xf32>, %b: tensor<32x8xf32>",
            """
  %e = tensor.empty() : tensor<4x32xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x32xf32>) outs(%e : tensor<4x32xf32>) {
  ^bb0(%in: f32, %o: f32):
    %q = arith.truncf %in : f32 to f8E4M3FN
    %d = arith.extf %q : f8E4M3FN to f32
    linalg.yield %d : f32
  } -> tensor<4x32xf32>""",
        ),
        "its fp8 value is made and dequantized in one body",
    ),
    "scales whose product is no f32": (
        matmul(f"{A}, {B}", PLAIN_A + PLAIN_B).replace("@S@", "1.0e-25"),
        "the product of its scales leaves the range of f32",
    ),
    "f64": (
        """
func.func @main(%qa: tensor<4x32xf8E4M3FN>, %s: tensor<4x32xf64>, %b: tensor<32x8xf64>,
    %c: tensor<4x8xf64>) -> tensor<4x8xf64> {
  %xa = arith.extf %qa : tensor<4x32xf8E4M3FN> to tensor<4x32xf64>
  %a = arith.mulf %xa, %s : tensor<4x32xf64>
  %r = linalg.matmul ins(%a, %b : tensor<4x32xf64>, tensor<32x8xf64>)
      outs(%c : tensor<4x8xf64>) -> tensor<4x8xf64>
  return %r : tensor<4x8xf64>
}""",
        "it accumulates in f64, and the fp8 matrix unit does so in f32",
    ),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_left_alone(name: str) -> None:
    text, why = LEFT_ALONE[name]
    module = parse(text.replace("@S@", "0.5"))
    fused, remarks = fuse(module)
    (remark,) = remarks
    assert re.fullmatch(rf"'linalg\.\w+' left alone: {re.escape(why)}", remark)
    assert str(fused) == str(module)


# -- the arithmetic on indices


def test_part_of_an_index() -> None:
    """All cuts of all mixed-radix indices of small sizes, against integers."""
    checked = 0
    for sizes in [(6,), (2, 3), (3, 4), (2, 2, 3), (4, 1, 2)]:
        total = int(np.prod(sizes))
        index = tuple(d for i, n in enumerate(sizes) for d in whole(i, n))
        for weight in range(1, total + 1):
            for size in (None, *range(1, total + 1)):
                try:
                    cut = part(index, weight, size)
                except Untraceable:
                    continue
                checked += 1
                for position in np.ndindex(*sizes):
                    flat = int(np.ravel_multi_index(position, sizes))
                    expected = flat // weight if size is None else flat // weight % size
                    assert value(cut, position) == expected, (sizes, weight, size, cut)
    assert checked > 100


def value(index: tuple[Digit, ...], position: tuple[int, ...]) -> int:
    result = 0
    for digit in index:
        assert digit.size is not None
        result = result * digit.size + position[digit.dim] // digit.weight % digit.size
    return result


def test_parts_that_must_be_found() -> None:
    rows = whole(0, 256)
    assert part(rows, 128, None) == (Digit(0, 128, 2),)
    assert part(part(rows, 1, 128), 32, None) == (Digit(0, 32, 4),)
    blocks = (Digit(0, 128, 2), Digit(0, 1, 128))
    assert part(blocks, 1, None) == rows
    assert part(whole(0, None), 128, None) == (Digit(0, 128, None),)
    with pytest.raises(Untraceable):
        part(whole(0, 200), 128, None)
    with pytest.raises(Untraceable):
        part((*whole(0, 2), *whole(1, None)), 1, None)


def test_factors() -> None:
    assert factors([Digit(0, 128, 2)], 256) == (Digit(0, 128, 2), Digit(0, 1, 128))
    assert factors([Digit(0, 4, 2)], 24) == (Digit(0, 8, 3), Digit(0, 4, 2), Digit(0, 1, 4))
    assert factors([Digit(0, 1, None)], None) == (Digit(0, 1, None),)
    for digits, extent in [
        ([Digit(0, 2, 4), Digit(0, 1, 4)], 8),  # they overlap
        ([Digit(0, 2, 2)], 6),
        ([Digit(0, 2, 2)], None),
    ]:
        with pytest.raises(Untraceable):
            factors(digits, extent)
