"""Kernels of contractions of memrefs, run on the emulator in the program around them."""

import numpy as np
import pytest
from torch_mlir import ir

from fnuz import passes
from fnuz.dialect import ops
from fnuz.dialect.formats import FORMATS
from fnuz.execution import programs

PROGRAM = """
func.func @main(%a: memref<{m}x80xf8E4M3FNUZ>, %b: memref<80x24xf8E4M3FNUZ>,
                %c: memref<{m}x24xf32>) {{
  linalg.matmul ins(%a, %b : memref<{m}x80xf8E4M3FNUZ>, memref<80x24xf8E4M3FNUZ>)
                outs(%c : memref<{m}x24xf32>)
  linalg.matmul ins(%a, %b : memref<{m}x80xf8E4M3FNUZ>, memref<80x24xf8E4M3FNUZ>)
                outs(%c : memref<{m}x24xf32>)
  return
}}"""


@pytest.mark.parametrize(
    ("m", "tile"), [("5", ""), ("5", "skinny-16x16x1/5"), ("5", "16x64x256"), ("?", "")]
)
def test_the_sum_is_onto_what_the_memref_holds(m, tile):
    with ir.Context() as context:
        ops.load(context)
        module = ir.Module.parse(PROGRAM.format(m=m))
        passes.run(module, "map-to-mfma", tile=tile)
        assert str(module).count("gpu.launch_func") == (4 if "/" in tile else 2)
        program = programs.compile(module, device="emulator")
    rng = np.random.default_rng(0)
    values = np.array([-2, -1.5, -1, 0, 0.5, 1, 2], np.float32)
    format_ = FORMATS["f8E4M3FNUZ"]
    a = format_.encode(rng.choice(values, (5, 80)))
    b = format_.encode(rng.choice(values, (80, 24)))
    c = rng.integers(-50, 50, (5, 24)).astype(np.float32)
    outcome = program.run("main", [a, b, c])
    product = format_.decode(a) @ format_.decode(b)
    np.testing.assert_array_equal(outcome.memrefs[2], c + product + product)
    np.testing.assert_array_equal(outcome.memrefs[0], a)
