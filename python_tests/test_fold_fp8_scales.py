"""fold-fp8-scales: where each factor goes, counted in float ops, with every bit kept."""

import textwrap
from dataclasses import dataclass
from typing import Any

import float_ops
import numpy as np
import pytest

from fnuz import bindings, passes
from fnuz.dialect import ops
from fnuz.execution import inputs
from fnuz.execution.compare import Verifier
from fnuz.execution.cpu import clone


@dataclass(frozen=True)
class Form:
    """A program, and how many float ops the conversion adds: folded, and with exact=strict."""

    text: str
    added: int
    strict: int | None = None
    """The same as `added` when None."""


MAPS = """
#i = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#col = affine_map<(i, j) -> (j)>
#all = affine_map<(i, j) -> ()>
#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
"""
MATMUL = """
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %c = linalg.fill ins(%z : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  %r = linalg.matmul ins(%x, %w : tensor<4x8x{t}>, tensor<8x6x{t}>) outs(%c : tensor<4x6xf32>)
      -> tensor<4x6xf32>
"""
"""%r from %x and %w."""


def elementwise(result: str, operand: str, body: str, shape: str = "4x6", to: str = "f32") -> str:
    """One linalg.generic: `body` gives %q from %p."""
    source = "f32" if to != "f32" or "extf" not in body else "{t}"
    return f"""
  %{result}_e = tensor.empty() : tensor<{shape}x{to}>
  %{result} = linalg.generic {{{{indexing_maps = [#i, #i],
                              iterator_types = ["parallel", "parallel"]}}}}
      ins(%{operand} : tensor<{shape}x{source}>) outs(%{result}_e : tensor<{shape}x{to}>) {{{{
  ^bb0(%p: {source}, %o: {to}):
{textwrap.indent(textwrap.dedent(body), "    ")}
    linalg.yield %q : {to}
  }}}} -> tensor<{shape}x{to}>
"""


def with_scale(
    result: str, operand: str, scale: str, map_: str, type_: str, op: str = "mulf"
) -> str:
    """`operand` times (or by) a tensor of scales."""
    return f"""
  %{result}_e = tensor.empty() : tensor<4x6xf32>
  %{result} = linalg.generic {{{{indexing_maps = [#i, {map_}, #i],
                              iterator_types = ["parallel", "parallel"]}}}}
      ins(%{operand}, %{scale} : tensor<4x6xf32>, {type_}) outs(%{result}_e : tensor<4x6xf32>) {{{{
  ^bb0(%p: f32, %k1: f32, %o: f32):
    %q = arith.{op} %p, %k1 : f32
    linalg.yield %q : f32
  }}}} -> tensor<4x6xf32>
"""


def quantize(clamp: str, value: str = "d", division: str = "%d = arith.divf %p, %s : f32") -> str:
    """From %x; the constant scale is %s, the bounds are %lo and %hi."""
    return (
        """func.func @main(%x: tensor<4x6xf32>) -> tensor<4x6x{t}> {{
  %s = arith.constant 0.3 : f32
  %lo = arith.constant -{max} : f32
  %hi = arith.constant {max} : f32
  %zero = arith.constant 0.0 : f32"""
        + elementwise(
            "y", "x", f"{division}\n{clamp}\n%q = arith.truncf %{value} : f32 to {{t}}", to="{t}"
        )
        + "  return %y : tensor<4x6x{t}>\n}}"
    )


CLAMPS = {
    "maximumf then minimumf": "%a = arith.maximumf %d, %lo : f32\n"
    "%b = arith.minimumf %a, %hi : f32",
    "minimumf then maximumf": "%a = arith.minimumf %d, %hi : f32\n"
    "%b = arith.maximumf %lo, %a : f32",
    "maxnumf and minnumf": "%a = arith.maxnumf %d, %lo : f32\n%b = arith.minnumf %a, %hi : f32",
    "cmpf and select": "%l = arith.cmpf ult, %d, %lo : f32\n%a = arith.select %l, %lo, %d : f32\n"
    "%h = arith.cmpf ugt, %a, %hi : f32\n%b = arith.select %h, %hi, %a : f32",
    "clampf": "%b = math.clampf %d to [%lo, %hi] : f32",
    "with a zero point, as ONNX orders it": "%z = arith.addf %d, %zero : f32\n"
    "%a = arith.minimumf %z, %hi : f32\n%b = arith.maximumf %a, %lo : f32",
    "after a relu": "%g = arith.cmpf ugt, %d, %zero : f32\n"
    "%r = arith.select %g, %d, %zero : f32\n%b = arith.minimumf %r, %hi : f32",
}

FORMS = {f"quantize, {name}": Form(quantize(clamp, "b"), 0) for name, clamp in CLAMPS.items()} | {
    "quantize without a clamp": Form(quantize(""), 0),
    "quantize by a reciprocal": Form(
        quantize("", division="%i = arith.constant 3.7 : f32\n%d = arith.mulf %p, %i : f32"), 0
    ),
    "quantize by a chain of scales": Form(
        quantize(
            "",
            division="%i = arith.constant 3.7 : f32\n%d1 = arith.divf %p, %s : f32\n"
            "%d2 = arith.mulf %d1, %i : f32\n%d = arith.divf %d2, %s : f32",
        ),
        0,
    ),
    "quantize by a power of two": Form(
        quantize("", division="%i = arith.constant 2.0 : f32\n%d = arith.mulf %p, %i : f32"), -1
    ),
    "quantize by a run-time scale": Form(
        """func.func @main(%x: tensor<4x6xf32>, %s: f32) -> tensor<4x6x{t}> {{"""
        + elementwise(
            "y", "x", "%d = arith.divf %p, %s : f32\n%q = arith.truncf %d : f32 to {t}", to="{t}"
        )
        + "  return %y : tensor<4x6x{t}>\n}}",
        1,
    ),
    "per-tensor scale behind a contraction": Form(
        "func.func @main(%x: tensor<4x8x{t}>, %w: tensor<8x6x{t}>) -> tensor<4x6xf32> {{"
        + MATMUL
        + "%s = arith.constant 0.3 : f32"
        + elementwise("y", "r", "%q = arith.mulf %p, %s : f32")
        + "  return %y : tensor<4x6xf32>\n}}",
        0,
    ),
    "per-channel scale, a dense constant": Form(
        "func.func @main(%x: tensor<4x8x{t}>, %w: tensor<8x6x{t}>) -> tensor<4x6xf32> {{"
        + MATMUL
        + "%s = arith.constant dense<[0.1, 0.2, 0.3, 0.7, 1.9, 2.3]> : tensor<6xf32>"
        + with_scale("y", "r", "s", "#col", "tensor<6xf32>")
        + "  return %y : tensor<4x6xf32>\n}}",
        0,
    ),
    "per-channel scale, a resource": Form(
        "func.func @main(%x: tensor<4x8x{t}>, %w: tensor<8x6x{t}>) -> tensor<4x6xf32> {{"
        + MATMUL
        + "%s = arith.constant dense_resource<scales> : tensor<4xf32>"
        + with_scale("y", "r", "s", "#row", "tensor<4xf32>")
        + "  return %y : tensor<4x6xf32>\n}}\n"
        '{{-# dialect_resources: {{ builtin: {{ scales: "0x040000000000803F0000003F9A99993E'
        '0000C03F" }} }} #-}}',
        0,
    ),
    "a divisor behind a contraction": Form(
        "func.func @main(%x: tensor<4x8x{t}>, %w: tensor<8x6x{t}>) -> tensor<4x6xf32> {{"
        + MATMUL
        + "%s = arith.constant 0.3 : f32"
        + elementwise("y", "r", "%q = arith.divf %p, %s : f32")
        + "  return %y : tensor<4x6xf32>\n}}",
        0,
    ),
    "run-time scales per row and a constant": Form(
        "func.func @main(%x: tensor<4x8x{t}>, %w: tensor<8x6x{t}>, %s: tensor<4xf32>)\n"
        "    -> tensor<4x6xf32> {{"
        + MATMUL
        + with_scale("u", "r", "s", "#row", "tensor<4xf32>")
        + "%k = arith.constant 0.3 : f32"
        + elementwise("y", "u", "%q = arith.mulf %p, %k : f32")
        + "  return %y : tensor<4x6xf32>\n}}",
        0,
        strict=1,
    ),
    "a run-time scale per row alone": Form(
        "func.func @main(%x: tensor<4x8x{t}>, %w: tensor<8x6x{t}>, %s: tensor<4xf32>)\n"
        "    -> tensor<4x6xf32> {{"
        + MATMUL
        + with_scale("y", "r", "s", "#row", "tensor<4xf32>")
        + "  return %y : tensor<4x6xf32>\n}}",
        1,
    ),
    "through reshape, transpose and slice": Form(
        "func.func @main(%x: tensor<4x8x{t}>, %w: tensor<8x6x{t}>) -> tensor<3x4xf32> {{"
        + MATMUL
        + """
  %f = tensor.collapse_shape %r [[0, 1]] : tensor<4x6xf32> into tensor<24xf32>
  %g = tensor.expand_shape %f [[0, 1]] output_shape [4, 6] : tensor<24xf32> into tensor<4x6xf32>
  %t0 = tensor.empty() : tensor<6x4xf32>
  %t = linalg.transpose ins(%g : tensor<4x6xf32>) outs(%t0 : tensor<6x4xf32>) permutation = [1, 0]
  %h = tensor.extract_slice %t[1, 0] [3, 4] [1, 1] : tensor<6x4xf32> to tensor<3x4xf32>
  %s = arith.constant dense<0.3> : tensor<3x4xf32>
  %y = arith.mulf %h, %s : tensor<3x4xf32>
  return %y : tensor<3x4xf32>
}}""",
        0,
    ),
    "a bias, then a scale": Form(
        "func.func @main(%x: tensor<4x8x{t}>, %w: tensor<8x6x{t}>) -> tensor<4x6xf32> {{"
        + MATMUL
        + "%bias = arith.constant dense<[0.1, 0.2, 0.0, -0.7, 1.9, -2.3]> : tensor<6xf32>\n"
        + "%s = arith.constant 0.3 : f32"
        + with_scale("u", "r", "bias", "#col", "tensor<6xf32>", "addf")
        + elementwise("y", "u", "%q = arith.mulf %p, %s : f32")
        + "  return %y : tensor<4x6xf32>\n}}",
        0,
    ),
    "a bias in outs, then a scale": Form(
        """func.func @main(%x: tensor<4x8x{t}>, %w: tensor<8x6x{t}>) -> tensor<4x6xf32> {{
  %bias = arith.constant dense<[0.1, 0.2, 0.0, -0.7, 1.9, -2.3]> : tensor<6xf32>
  %s = arith.constant 0.3 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %c = linalg.broadcast ins(%bias : tensor<6xf32>) outs(%e : tensor<4x6xf32>) dimensions = [0]
  %r = linalg.matmul ins(%x, %w : tensor<4x8x{t}>, tensor<8x6x{t}>) outs(%c : tensor<4x6xf32>)
      -> tensor<4x6xf32>"""
        + elementwise("y", "r", "%q = arith.mulf %p, %s : f32")
        + "  return %y : tensor<4x6xf32>\n}}",
        0,
    ),
    "a relu between": Form(
        "func.func @main(%x: tensor<4x8x{t}>, %w: tensor<8x6x{t}>) -> tensor<4x6xf32> {{"
        + MATMUL
        + "%s = arith.constant 0.3 : f32\n%zero = arith.constant 0.0 : f32"
        + elementwise(
            "u",
            "r",
            "%g = arith.cmpf ugt, %p, %zero : f32\n%q = arith.select %g, %p, %zero : f32",
        )
        + elementwise("y", "u", "%q = arith.mulf %p, %s : f32")
        + "  return %y : tensor<4x6xf32>\n}}",
        0,
    ),
    "two contractions are added, then scaled": Form(
        "func.func @main(%x: tensor<4x8x{t}>, %w: tensor<8x6x{t}>, %v: tensor<8x6x{t}>)\n"
        "    -> tensor<4x6xf32> {{"
        + MATMUL
        + MATMUL.replace("%z", "%z2")
        .replace("%e ", "%e2 ")
        .replace("(%e ", "(%e2 ")
        .replace("%c", "%c2")
        .replace("%r", "%r2")
        .replace("%w", "%v")
        + "%s = arith.constant 0.3 : f32"
        + with_scale("u", "r", "r2", "#i", "tensor<4x6xf32>", "addf")
        + elementwise("y", "u", "%q = arith.mulf %p, %s : f32")
        + "  return %y : tensor<4x6xf32>\n}}",
        0,
    ),
    "quantize after dequantize": Form(
        """func.func @main(%x: tensor<4x6x{t}>) -> tensor<4x6x{t}> {{
  %s = arith.constant 0.3 : f32
  %k = arith.constant 0.7 : f32"""
        + elementwise("d", "x", "%f = arith.extf %p : {t} to f32\n%q = arith.mulf %f, %s : f32")
        + elementwise(
            "y", "d", "%f = arith.divf %p, %k : f32\n%q = arith.truncf %f : f32 to {t}", to="{t}"
        )
        + "  return %y : tensor<4x6x{t}>\n}}",
        0,
    ),
    "quantize after dequantize, run-time scales": Form(
        """func.func @main(%x: tensor<4x6x{t}>, %s: f32, %k: f32) -> tensor<4x6x{t}> {{"""
        + elementwise("d", "x", "%f = arith.extf %p : {t} to f32\n%q = arith.mulf %f, %s : f32")
        + elementwise(
            "y", "d", "%f = arith.divf %p, %k : f32\n%q = arith.truncf %f : f32 to {t}", to="{t}"
        )
        + "  return %y : tensor<4x6x{t}>\n}}",
        0,
        strict=2,
    ),
    "a dequantize for three": Form(
        """func.func @main(%x: tensor<4x6x{t}>)
    -> (tensor<4x6xf32>, tensor<4x6xf32>, tensor<4x6xf32>) {{
  %s = arith.constant 0.3 : f32"""
        + elementwise("d", "x", "%f = arith.extf %p : {t} to f32\n%q = arith.mulf %f, %s : f32")
        + elementwise("y", "d", "%q = math.exp %p : f32")
        + elementwise("k", "d", "%q = arith.addf %p, %p : f32")
        + elementwise("v", "d", "%q = arith.negf %p : f32")
        + "  return %y, %k, %v : tensor<4x6xf32>, tensor<4x6xf32>, tensor<4x6xf32>\n}}",
        0,
    ),
    "one extf, three scales": Form(
        """func.func @main(%x: tensor<4x6x{t}>) -> (tensor<4x6xf32>, tensor<4x6xf32>) {{
  %s = arith.constant 0.3 : f32
  %k = arith.constant 0.7 : f32"""
        + elementwise("d", "x", "%q = arith.extf %p : {t} to f32")
        + elementwise("a", "d", "%q = arith.mulf %p, %s : f32")
        + elementwise("b", "d", "%q = arith.divf %p, %k : f32")
        + "  return %a, %b : tensor<4x6xf32>, tensor<4x6xf32>\n}}",
        0,
    ),
    "an extf that is also returned": Form(
        """func.func @main(%x: tensor<4x6x{t}>) -> (tensor<4x6xf32>, tensor<4x6xf32>) {{
  %s = arith.constant 0.3 : f32"""
        + elementwise("d", "x", "%q = arith.extf %p : {t} to f32")
        + elementwise("a", "d", "%q = arith.mulf %p, %s : f32")
        + "  return %a, %d : tensor<4x6xf32>, tensor<4x6xf32>\n}}",
        1,
    ),
    "weights alone are fp8, the scale is behind": Form(
        """func.func @main(%x: tensor<4x8xf32>, %w: tensor<8x6x{t}>) -> tensor<4x6xf32> {{
  %s = arith.constant 0.3 : f32
  %z = arith.constant 0.0 : f32
  %we = tensor.empty() : tensor<8x6xf32>"""
        + elementwise("d", "w", "%q = arith.extf %p : {t} to f32", "8x6")
        + """
  %e = tensor.empty() : tensor<4x6xf32>
  %c = linalg.fill ins(%z : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  %r = linalg.matmul ins(%x, %d : tensor<4x8xf32>, tensor<8x6xf32>) outs(%c : tensor<4x6xf32>)
      -> tensor<4x6xf32>"""
        + elementwise("y", "r", "%q = arith.mulf %p, %s : f32")
        + "  return %y : tensor<4x6xf32>\n}}",
        0,
        strict=1,
    ),
    "around a loop": Form(
        """func.func @main(%x: tensor<4x6x{t}>, %n: index) -> tensor<4x6xf32> {{
  %s = arith.constant 0.3 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant dense<0.0> : tensor<4x6xf32>"""
        + elementwise("d", "x", "%q = arith.extf %p : {t} to f32")
        + """
  %l = scf.for %i = %c0 to %c3 step %c1 iter_args(%v = %zero) -> tensor<4x6xf32> {{
    %g = arith.addf %v, %d : tensor<4x6xf32>
    scf.yield %g : tensor<4x6xf32>
  }}"""
        + elementwise("y", "l", "%q = arith.mulf %p, %s : f32")
        + "  return %y : tensor<4x6xf32>\n}}",
        0,
        strict=1,
    ),
    "out of branches": Form(
        """func.func @main(%x: tensor<4x6x{t}>, %b: i1) -> tensor<4x6xf32> {{
  %s = arith.constant 0.3 : f32
  %k = arith.constant dense<1.5> : tensor<4x6xf32>"""
        + elementwise("d", "x", "%q = arith.extf %p : {t} to f32")
        + """
  %l = scf.if %b -> tensor<4x6xf32> {{
    scf.yield %d : tensor<4x6xf32>
  }} else {{
    scf.yield %k : tensor<4x6xf32>
  }}"""
        + elementwise("y", "l", "%q = arith.mulf %p, %s : f32")
        + "  return %y : tensor<4x6xf32>\n}}",
        0,
    ),
    "through blocks": Form(
        """func.func @main(%x: {t}, %b: i1) -> f32 {{
  %s = arith.constant 0.3 : f32
  %k = arith.constant 1.5 : f32
  %d = arith.extf %x : {t} to f32
  cf.cond_br %b, ^a(%d : f32), ^a(%k : f32)
^a(%v: f32):
  %y = arith.mulf %v, %s : f32
  return %y : f32
}}""",
        0,
        strict=1,
    ),
    "through a private function": Form(
        """func.func private @scale(%v: tensor<4x6xf32>) -> tensor<4x6xf32> {{
  %s = arith.constant dense<0.3> : tensor<4x6xf32>
  %y = arith.mulf %v, %s : tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}}
func.func @main(%x: tensor<4x6x{t}>, %w: tensor<4x6x{t}>)
    -> (tensor<4x6xf32>, tensor<4x6xf32>) {{"""
        + elementwise("d", "x", "%q = arith.extf %p : {t} to f32")
        + elementwise("c", "w", "%q = arith.extf %p : {t} to f32")
        + """
  %0 = func.call @scale(%d) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = func.call @scale(%c) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %0, %1 : tensor<4x6xf32>, tensor<4x6xf32>
}}""",
        0,
        strict=2,
    ),
    "a private function whose callers differ": Form(
        """func.func private @scale(%v: tensor<4x6xf32>) -> tensor<4x6xf32> {{
  %s = arith.constant dense<0.3> : tensor<4x6xf32>
  %y = arith.mulf %v, %s : tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}}
func.func @main(%x: tensor<4x6x{t}>, %w: tensor<4x6xf32>)
    -> (tensor<4x6xf32>, tensor<4x6xf32>) {{"""
        + elementwise("d", "x", "%q = arith.extf %p : {t} to f32")
        + """
  %0 = func.call @scale(%d) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = func.call @scale(%w) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %0, %1 : tensor<4x6xf32>, tensor<4x6xf32>
}}""",
        1,
    ),
    "out of a private function": Form(
        """func.func private @get(%x: {t}) -> f32 {{
  %d = arith.extf %x : {t} to f32
  return %d : f32
}}
func.func @main(%x: {t}, %w: {t}) -> (f32, f32) {{
  %s = arith.constant 0.3 : f32
  %k = arith.constant 1.7 : f32
  %0 = func.call @get(%x) : ({t}) -> f32
  %1 = func.call @get(%w) : ({t}) -> f32
  %2 = arith.mulf %0, %s : f32
  %3 = arith.divf %1, %k : f32
  return %2, %3 : f32, f32
}}""",
        0,
        strict=1,
    ),
    "scales of f8E8M0FNU, constant": Form(
        """func.func @main(%x: tensor<4x{t}>) -> tensor<4xf32> {{
  %s = arith.constant dense<[1.0, 0.25, 4.0, 0.5]> : tensor<4xf8E8M0FNU>
  %0 = arith.scaling_extf %x, %s : tensor<4x{t}>, tensor<4xf8E8M0FNU> to tensor<4xf32>
  return %0 : tensor<4xf32>
}}""",
        0,
    ),
    "quantize by scales of f8E8M0FNU, constant": Form(
        """func.func @main(%x: tensor<4xf32>) -> tensor<4x{t}> {{
  %s = arith.constant dense<[1.0, 0.25, 4.0, 0.5]> : tensor<4xf8E8M0FNU>
  %0 = arith.scaling_truncf %x, %s : tensor<4xf32>, tensor<4xf8E8M0FNU> to tensor<4x{t}>
  return %0 : tensor<4x{t}>
}}""",
        0,
    ),
    "a scale of f8E8M0FNU that cannot double": Form(
        """func.func @main(%x: tensor<2x{t}>) -> tensor<2xf32> {{
  %s = arith.constant dense<"0xFE7F"> : tensor<2xf8E8M0FNU>
  %0 = arith.scaling_extf %x, %s : tensor<2x{t}>, tensor<2xf8E8M0FNU> to tensor<2xf32>
  return %0 : tensor<2xf32>
}}""",
        1,
    ),
    "blocks with run-time scales of f8E8M0FNU": Form(
        """#m = affine_map<(i, j, k) -> (i, j, k)>
#s = affine_map<(i, j, k) -> (i, j)>
func.func @main(%x: tensor<2x3x32x{t}>, %s: tensor<2x3xf8E8M0FNU>) -> tensor<2x3x32xf32> {{
  %e = tensor.empty() : tensor<2x3x32xf32>
  %y = linalg.generic {{indexing_maps = [#m, #s, #m],
                        iterator_types = ["parallel", "parallel", "parallel"]}}
      ins(%x, %s : tensor<2x3x32x{t}>, tensor<2x3xf8E8M0FNU>) outs(%e : tensor<2x3x32xf32>) {{
  ^bb0(%p: {t}, %k: f8E8M0FNU, %o: f32):
    %q = arith.scaling_extf %p, %k : {t}, f8E8M0FNU to f32
    linalg.yield %q : f32
  }} -> tensor<2x3x32xf32>
  return %y : tensor<2x3x32xf32>
}}""",
        0,
        strict=1,
    ),
    "a constant scale of fp8": Form(
        """func.func @main(%x: tensor<4x{t}>) -> tensor<4xf32> {{
  %s = arith.constant dense<[1.0, 0.25, 3.5, 0.5]> : tensor<4x{t}>
  %0 = arith.extf %s : tensor<4x{t}> to tensor<4xf32>
  %1 = arith.extf %x : tensor<4x{t}> to tensor<4xf32>
  %2 = arith.mulf %1, %0 : tensor<4xf32>
  return %2 : tensor<4xf32>
}}""",
        0,
    ),
    "f16 dequantize": Form(
        """func.func @main(%x: tensor<4x{t}>) -> tensor<4xf16> {{
  %s = arith.constant dense<[0.3, 0.7, 1.1, 0.01]> : tensor<4xf16>
  %1 = arith.extf %x : tensor<4x{t}> to tensor<4xf16>
  %2 = arith.mulf %1, %s : tensor<4xf16>
  return %2 : tensor<4xf16>
}}""",
        0,
    ),
    "an f16 scale that cannot double": Form(
        """func.func @main(%x: tensor<2x{t}>) -> tensor<2xf16> {{
  %s = arith.constant dense<[32768.0, 0.25]> : tensor<2xf16>
  %1 = arith.extf %x : tensor<2x{t}> to tensor<2xf16>
  %2 = arith.mulf %1, %s : tensor<2xf16>
  return %2 : tensor<2xf16>
}}""",
        1,
    ),
    "a run-time f16 scale": Form(
        """func.func @main(%x: tensor<4x{t}>, %s: tensor<f16>) -> tensor<4xf16> {{
  %e = tensor.empty() : tensor<4xf16>
  %s4 = linalg.broadcast ins(%s : tensor<f16>) outs(%e : tensor<4xf16>) dimensions = [0]
  %1 = arith.extf %x : tensor<4x{t}> to tensor<4xf16>
  %2 = arith.mulf %1, %s4 : tensor<4xf16>
  return %2 : tensor<4xf16>
}}""",
        1,
    ),
    "bf16 quantize": Form(
        """func.func @main(%x: tensor<4xbf16>) -> tensor<4x{t}> {{
  %s = arith.constant dense<[0.3, 0.7, 1.1, 0.01]> : tensor<4xbf16>
  %1 = arith.divf %x, %s : tensor<4xbf16>
  %2 = arith.truncf %1 : tensor<4xbf16> to tensor<4x{t}>
  return %2 : tensor<4x{t}>
}}""",
        0,
    ),
    "dynamic sizes": Form(
        """func.func @main(%x: tensor<?x{t}>) -> tensor<?xf32> {{
  %s = arith.constant 0.3 : f32
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x{t}>
  %s4 = tensor.splat %s[%n] : tensor<?xf32>
  %1 = arith.extf %x : tensor<?x{t}> to tensor<?xf32>
  %2 = arith.mulf %1, %s4 : tensor<?xf32>
  return %2 : tensor<?xf32>
}}""",
        0,
    ),
    "vectors": Form(
        """#va = affine_map<(m, n, k) -> (m, k)>
#vb = affine_map<(m, n, k) -> (n, k)>
#vc = affine_map<(m, n, k) -> (m, n)>
func.func @main(%a: vector<4x8x{t}>, %b: vector<4x8x{t}>) -> vector<4x4xf32> {{
  %z = arith.constant dense<0.0> : vector<4x4xf32>
  %s = arith.constant dense<0.3> : vector<4x4xf32>
  %0 = vector.contract {{indexing_maps = [#va, #vb, #vc],
                        iterator_types = ["parallel", "parallel", "reduction"],
                        kind = #vector.kind<add>}} %a, %b, %z
      : vector<4x8x{t}>, vector<4x8x{t}> into vector<4x4xf32>
  %1 = arith.mulf %0, %s : vector<4x4xf32>
  return %1 : vector<4x4xf32>
}}""",
        0,
    ),
    "a reduction of two": Form(
        """func.func @main(%x: tensor<4x8x{t}>, %y: tensor<4x8xf32>)
    -> (tensor<4xf32>, tensor<4xf32>) {{
  %z = arith.constant dense<0.0> : tensor<4xf32>
  %s = arith.constant dense<0.3> : tensor<4xf32>
  %d = arith.extf %x : tensor<4x8x{t}> to tensor<4x8xf32>
  %r:2 = linalg.reduce ins(%d, %y : tensor<4x8xf32>, tensor<4x8xf32>)
      outs(%z, %z : tensor<4xf32>, tensor<4xf32>) dimensions = [1]
      (%a: f32, %b: f32, %c: f32, %e: f32) {{
    %p = arith.addf %a, %c : f32
    %q = arith.addf %b, %e : f32
    linalg.yield %p, %q : f32, f32
  }}
  %o = arith.mulf %r#0, %s : tensor<4xf32>
  return %o, %r#1 : tensor<4xf32>, tensor<4xf32>
}}""",
        0,
        strict=1,
    ),
    "one scale that has to make up for two factors": Form(
        """func.func @main(%x: tensor<4x6x{t}>, %v: f32) -> (tensor<4x6xf32>, tensor<4x6xf32>) {{
  %k = arith.constant 0.3 : f32
  %s = arith.mulf %v, %k : f32
  %d = arith.extf %x : tensor<4x6x{t}> to tensor<4x6xf32>
  %dd = arith.mulf %d, %d : tensor<4x6xf32>"""
        + with_scale("y", "d", "s", "#all", "f32")
        + with_scale("u", "dd", "s", "#all", "f32")
        + "  return %y, %u : tensor<4x6xf32>, tensor<4x6xf32>\n}}",
        2,
        strict=1,
    ),
    "f32 products that have nothing to do with fp8": Form(
        """func.func @main(%x: f32, %y: {t}) -> (f32, {t}) {{
  %two = arith.constant 2.0 : f32
  %s = arith.constant 0.3 : f32
  %1 = arith.mulf %x, %two : f32
  %2 = arith.mulf %1, %s : f32
  return %2, %y : f32, {t}
}}""",
        0,
    ),
}


def module_of(form: Form, format_: str) -> Any:
    largest = {"f8E4M3FN": "448.0", "f8E5M2": "57344.0"}[format_]
    text = MAPS + form.text.format(t=format_, max=largest)
    context = bindings.load().ir.Context()
    ops.load(context)
    return bindings.load().ir.Module.parse(text, context=context)


@pytest.mark.parametrize("exact", ["normal", "strict"])
@pytest.mark.parametrize("format_", ["f8E4M3FN", "f8E5M2"])
@pytest.mark.parametrize("name", FORMS)
def test_form(name: str, format_: str, exact: str) -> None:
    form = FORMS[name]
    module = module_of(form, format_)
    converted = clone(module)
    passes.run(converted, "ocp-to-fnuz", exact=exact)
    before, after = float_ops.count(module), float_ops.count(converted)
    wanted = form.strict if exact == "strict" and form.strict is not None else form.added
    added = sum(after.values()) - sum(before.values())
    assert added == wanted, f"{dict(after - before)}\n{converted}"
    again = clone(converted)
    passes.run(again, "fold-fp8-scales", exact=exact)
    assert str(again) == str(converted)
    verifier = Verifier(module, converted, opt_level=0)
    for function, signature in verifier.functions.items():
        for kind, arrays in inputs.sets(signature, seed=1, dynamic_size=4):
            for comparison in verifier.run(function, arrays):
                assert comparison.ok, f"{kind}: {comparison}\n{converted}"


@pytest.mark.parametrize("type_", ["f4E2M1FN", "f6E3M2FN", "f8E3M4", "f8E4M3", "tf32"])
def test_narrow_types_are_not_scaled(type_: str) -> None:
    form = Form(
        f"""func.func @main(%x: {{t}}) -> f32 {{{{
  %s = arith.constant 0.3 : f32
  %d = arith.extf %x : {{t}} to f32
  %n = arith.truncf %d : f32 to {type_}
  %w = arith.extf %n : {type_} to f32
  %y = arith.mulf %w, %s : f32
  return %y : f32
}}}}""",
        1,
    )
    module = module_of(form, "f8E4M3FN")
    before = float_ops.count(module)
    passes.run(module, "ocp-to-fnuz")
    assert sum((float_ops.count(module) - before).values()) == form.added
    assert "arith.constant 3.000000e-01 : f32" in str(module)


def test_a_call_in_a_nested_module_is_not_one_of_the_function_outside() -> None:
    form = Form(
        """func.func private @f(%v: f32) -> f32 {{
  return %v : f32
}}
module {{
  func.func private @f(%v: f32) -> f32 {{
    %0 = math.exp %v : f32
    return %0 : f32
  }}
  func.func @main(%x: {t}) -> (f32, f32) {{
    %s = arith.constant 0.3 : f32
    %d = arith.extf %x : {t} to f32
    %0 = func.call @f(%d) : (f32) -> f32
    %1 = arith.mulf %d, %s : f32
    return %0, %1 : f32, f32
  }}
}}""",
        1,
    )
    module = module_of(form, "f8E4M3FN")
    before = float_ops.count(module)
    passes.run(module, "ocp-to-fnuz")
    assert sum((float_ops.count(module) - before).values()) == form.added


SUNK = {
    "Inf - Inf": "%q = arith.subf %d, %d : tensor<8xf32>",
    "Inf * 0": "%q = arith.mulf %d, %zeros : tensor<8xf32>",
    "two small scales": "%p = arith.mulf %d, %small : tensor<8xf32>\n"
    "%q = arith.mulf %p, %small : tensor<8xf32>",
}


@pytest.mark.parametrize("name", SUNK)
def test_what_overflows_before_a_cast_to_fp8_is_not_taken_for_exact(name: str) -> None:
    text = (
        """func.func @main(%x: tensor<8xf32>) -> tensor<8x{t}> {{
  %s = arith.constant dense<0.5625> : tensor<8xf32>
  %zero = arith.constant 0.0 : f32
  %k = arith.constant 8.6736174e-19 : f32
  %zeros = tensor.splat %zero : tensor<8xf32>
  %small = tensor.splat %k : tensor<8xf32>
  %d = arith.divf %x, %s : tensor<8xf32>
"""
        + SUNK[name]
        + """
  %y = arith.truncf %q : tensor<8xf32> to tensor<8x{t}>
  return %y : tensor<8x{t}>
}}"""
    )
    module = module_of(Form(text, 0), "f8E5M2")
    converted = clone(module)
    passes.run(converted, "ocp-to-fnuz", exact="strict")
    large = np.array([2e38, -2e38, 3e38, 1e38, 2.0**-149, 0.0, np.inf, 1.0], np.float32)
    for comparison in Verifier(module, converted, opt_level=0).run("main", [large]):
        assert comparison.ok, f"{comparison}\n{converted}"
