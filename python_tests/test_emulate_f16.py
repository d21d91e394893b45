"""emulate-fp8 with contractions on f16: every fp8 value is one of f16, and no bit changes."""

import re

import numpy as np
import pytest
from test_casts_exhaustive import CODES, EVERY, assert_same
from test_rules import parse

from fnuz import passes
from fnuz.dialect.formats import FORMATS, Fp8Format
from fnuz.execution import cpu, inputs, signature
from fnuz.execution.cpu import clone

NAMED = {
    "matmul": ("4x8", "8x4", "4x4"),
    "batch_matmul": ("2x4x8", "2x8x3", "2x4x3"),
    "matvec": ("4x8", "8", "4"),
    "dot": ("16", "16", ""),
    "mmt4d": ("2x3x4x2", "3x3x4x2", "2x3x4x4"),
    "conv_2d_nhwc_hwcf": ("1x5x5x4", "3x3x4x2", "1x3x3x2"),
    "depthwise_conv_2d_nhwc_hwc": ("1x5x5x4", "3x3x4", "1x3x3x4"),
}


def named(op: str, a: str, b: str) -> str:
    x, y, z = (f"{s}x" if s else "" for s in NAMED[op])
    types = f"tensor<{x}{a}>, tensor<{y}{b}>"
    return f"""func.func @main(%a: tensor<{x}{a}>, %b: tensor<{y}{b}>, %c: tensor<{z}f32>)
        -> tensor<{z}f32> {{
      %0 = linalg.{op} ins(%a, %b : {types}) outs(%c : tensor<{z}f32>) -> tensor<{z}f32>
      return %0 : tensor<{z}f32>
    }}"""


CONTRACT = """
#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
"""
LINALG_CONTRACT = (
    CONTRACT
    + """
func.func @main(%a: tensor<4x8x{0}>, %b: tensor<4x8x{0}>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {{
  %0 = linalg.contract indexing_maps = [#a, #b, #c]
      ins(%a, %b : tensor<4x8x{0}>, tensor<4x8x{0}>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}}"""
)
VECTOR_CONTRACT = (
    CONTRACT
    + """
func.func @main(%a: vector<4x8x{0}>, %b: vector<4x8x{0}>, %c: vector<4x4xf32>) -> vector<4x4xf32> {{
  %0 = vector.contract {{indexing_maps = [#a, #b, #c],
                        iterator_types = ["parallel", "parallel", "reduction"],
                        kind = #vector.kind<add>}} %a, %b, %c
      : vector<4x8x{0}>, vector<4x8x{0}> into vector<4x4xf32>
  return %0 : vector<4x4xf32>
}}"""
)


@EVERY
def test_every_value_is_one_of_f16(format_: Fp8Format) -> None:
    """And its product with any other is one of f32, so that only the sums round."""
    wide = format_.values.astype(np.float64)
    in_f16 = format_.values.astype(np.float16)
    assert_same(in_f16.astype(np.float64), wide, CODES)
    with np.errstate(invalid="ignore"):
        products = np.multiply.outer(wide, wide)
    assert_same(products.astype(np.float32).astype(np.float64), products)


def compare(text: str, options: str = "", *, kept: str) -> int:
    """Run with both; how many elements were compared that are not NaN."""
    module = parse(text)
    types = signature.of(signature.public_functions(module)["main"])
    programs = []
    for compute in ("f32", "f16"):
        emulated = clone(module)
        passes.run(emulated, f"emulate-fp8{{compute={compute} {options}}}")
        has = re.search(rf"{kept}.*xf16>", str(emulated)) is not None
        assert has == (compute == "f16"), str(emulated)
        programs.append(cpu.compile(emulated, opt_level=0))
    informative = 0
    for kind in inputs.KINDS:
        for exponent in (0, -8):
            arrays = inputs.random(types, kind, seed=0, exponent=exponent)
            results = []
            for program in programs:
                takes = program.functions["main"].arguments
                given = [a.view(v.dtype) for a, v in zip(arrays, takes, strict=True)]
                results.append(program.run("main", given).results[0])
            assert_same(*results)
            informative += int(np.count_nonzero(~np.isnan(results[0])))
    return informative


@pytest.mark.parametrize("op", NAMED)
@pytest.mark.parametrize(
    ("a", "b"),
    [("f8E4M3FN", "f8E4M3FN"), ("f8E5M2", "f8E4M3FN"), ("f8E5M2FNUZ", "f8E4M3FNUZ")],
)
def test_named_contractions(op: str, a: str, b: str) -> None:
    assert compare(named(op, a, b), kept=f"linalg.{op} ") > 0


@pytest.mark.parametrize("options", ["", "zero=unsigned", "zero=unsigned inf=saturate"])
@pytest.mark.parametrize("element", FORMATS)
def test_contract(element: str, options: str) -> None:
    assert compare(LINALG_CONTRACT.format(element), options, kept="linalg.contract ") > 0
    assert compare(VECTOR_CONTRACT.format(element), options, kept="vector.contract ") > 0


def test_one_fp8_operand() -> None:
    assert compare(named("matmul", "f8E4M3FN", "f16"), kept="linalg.matmul ins") > 0


OPTIONS = ["", "zero=unsigned", "zero=unsigned inf=saturate", "beyond=nan", "beyond=saturate"]


@EVERY
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("form", ["dense", "resource"])
def test_constants_are_decoded_as_codes_are(format_: Fp8Format, form: str, options: str) -> None:
    """Every code as a constant, and the bits of its extf at run time."""
    name = format_.mlir_name
    blob = CODES.tobytes().hex()
    constant = f'dense<"0x{blob}">' if form == "dense" else "dense_resource<w>"
    text = f"""func.func @main(%x: tensor<256x{name}>, %b: tensor<1x4xf32>, %c: tensor<256x4xf32>)
        -> (tensor<256x4xf32>, tensor<256xf32>) {{
      %w = arith.constant {constant} : tensor<256x1x{name}>
      %0 = linalg.matmul ins(%w, %b : tensor<256x1x{name}>, tensor<1x4xf32>)
          outs(%c : tensor<256x4xf32>) -> tensor<256x4xf32>
      %1 = arith.extf %x : tensor<256x{name}> to tensor<256xf32>
      return %0, %1 : tensor<256x4xf32>, tensor<256xf32>
    }}"""
    if form == "resource":
        text += f'\n{{-# dialect_resources: {{ builtin: {{ w: "0x01000000{blob}" }} }} #-}}'
    module = parse(text)
    passes.run(module, f"emulate-fp8{{compute=f16 {options}}}")
    asm = module.operation.get_asm(large_elements_limit=4, large_resource_limit=4)
    assert "tensor<256x1xf16>" in asm
    assert "tensor<256x1xi8>" not in asm
    program = cpu.compile(module, opt_level=0)
    one, zero = np.ones((1, 4), np.float32), np.full((256, 4), -0.0, np.float32)
    decoded, extended = program.run("main", [CODES.view(np.int8), one, zero]).results
    assert_same(decoded, np.repeat(extended[:, None], 4, axis=1))


def test_a_masked_contraction() -> None:
    text = VECTOR_CONTRACT.format("f8E4M3FN").replace(
        "%0 = vector.contract",
        "%m = vector.create_mask %i, %i, %i : vector<4x4x8xi1>\n"
        "  %0 = vector.mask %m { vector.contract",
    )
    text = text.replace(
        "into vector<4x4xf32>", "into vector<4x4xf32> } : vector<4x4x8xi1> -> vector<4x4xf32>"
    )
    text = text.replace("%c: vector<4x4xf32>)", "%c: vector<4x4xf32>, %i: index)")
    assert compare(text, kept="vector.contract ") > 0
