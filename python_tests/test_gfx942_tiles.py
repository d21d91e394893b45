"""Which kernel a contraction gets, and what the report says of it."""

import pytest
from test_gfx942_gemm import contraction, mnk
from torch_mlir import ir
from torch_mlir.dialects import linalg

from fnuz.passes.gfx942 import costs
from fnuz.passes.gfx942.contraction import gemm_of
from fnuz.passes.gfx942.tiles import SKINNY, TILES, Choice, Skinny, Tile, parse


def of_matmul(function, m, n, k, b="nk"):
    """What `function` gives for the GEMM of a matmul."""
    with ir.Context():
        module = ir.Module.parse(contraction("mk", b, "mn", mnk(m, n, k), zero=True))
        body = module.body.operations[0].regions[0].blocks[0].operations
        (op,) = (o.operation for o in body if o.operation.name == "linalg.generic")
        maps = [attribute.value for attribute in linalg.get_indexing_maps(op)]
        return function(gemm_of(op, maps, ir))


def chosen(m, n, k, b="nk"):
    """The estimate of what is chosen for a matmul."""
    return of_matmul(costs.choose, m, n, k, b)


def test_a_large_square_has_the_largest_tile():
    found = chosen(4096, 4096, 4096)
    assert found.choice == Choice(TILES[0])
    assert found.bound == "MFMA"
    # No fewer clocks than the matrix units need.
    assert found.clocks > 4096**3 / costs.PRODUCTS / costs.COMPUTE_UNITS


@pytest.mark.parametrize("b", ["nk", "kn"])
@pytest.mark.parametrize(("n", "k"), [(10240, 8192), (8192, 8192), (57344, 8192), (8192, 28672)])
def test_few_rows_are_skinny_and_bound_by_memory(n, k, b):
    for m in (1, 16):
        found = chosen(m, n, k, b)
        assert isinstance(found.choice.tile, Skinny)
        assert found.choice.tile.outer == 16
        assert found.bound == "HBM"
        least = n * k / costs.HBM
        assert least < found.clocks < 1.5 * least
        if b == "kn":  # whole lines
            assert found.choice.tile.inner >= costs.LINE


def test_many_rows_are_not_skinny():
    for m, n, k in ((128, 57344, 8192), (2048, 8192, 8192), (2048, 10240, 8192)):
        found = chosen(m, n, k)
        assert isinstance(found.choice.tile, Tile)
        assert found.choice.parts == 1


def test_a_deep_contraction_of_few_tiles_is_split():
    few = chosen(128, 1280, 8192).choice
    assert few.parts > 1
    fewer = chosen(64, 256, 65536).choice
    assert fewer.parts > 1
    # More workgroups than units are enough.
    assert chosen(128, 57344, 8192).choice.parts == 1
    # Not where the depth has no such parts.
    assert chosen(128, 1280, 8190).choice.parts == 1


def test_more_of_everything_costs_more():
    for choice in map(Choice, TILES):
        small, deep, tall = (
            of_matmul(lambda gemm: costs.estimate(gemm, choice), *sizes).clocks  # noqa: B023
            for sizes in ((512, 512, 512), (512, 512, 4096), (65536, 512, 512))
        )
        assert small < deep
        assert small < tall


def test_names_are_read_back():
    for tile in (*TILES, *SKINNY):
        assert parse(str(tile)) == Choice(tile)
        assert parse(f"{tile}/4") == Choice(tile, 4)
    for text in ("8x8x8", "256x256x64/", "256x256x64/1", "256x256x64/x", "skinny", "skinny-1x1x1"):
        with pytest.raises(ValueError, match="one of 256x256x64"):
            parse(text)


def test_a_workgroup_fits_on_a_compute_unit():
    for tile in (*TILES, *SKINNY):
        assert tile.lds <= 65536
        assert tile.threads <= 512
