"""Clocks of LDS by its banks, against a count bank by bank."""

from typing import Any

import numpy as np
import pytest
from gfx942_programs import frame, run

from fnuz.emulator import banks

LANES = np.arange(64)
WIDTHS = (1, 2, 4, 8, 12, 16)


def groups(reads: bool, width: int) -> list[list[int]]:
    """The lanes that meet, written down."""
    if reads and width > 8:
        first = [
            [0, 1, 2, 3, 20, 21, 22, 23],
            [4, 5, 6, 7, 16, 17, 18, 19],
            [8, 9, 10, 11, 28, 29, 30, 31],
            [12, 13, 14, 15, 24, 25, 26, 27],
        ]
        return first + [[lane + 32 for lane in group] for group in first]
    size = {8: 16, 12: 8, 16: 8}.get(width, 32)
    return [list(range(at, at + size)) for at in range(0, 64, size)]


def counted(reads: bool, addresses: Any, width: int, active: Any) -> tuple[int, int]:
    total = least = 0
    for group in groups(reads, width):
        wanted: dict[int, set[int]] = {}
        for lane in group:
            if active[lane]:
                for dword in range(addresses[lane] // 4, (addresses[lane] + width - 1) // 4 + 1):
                    wanted.setdefault(dword % 32, set()).add(dword)
        if wanted:
            total += max(map(len, wanted.values()))
            least += 1
    return total, total - least


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("reads", [True, False])
def test_against_a_count_bank_by_bank(reads: bool, width: int) -> None:
    rng = np.random.default_rng(width)
    align = {1: 1, 2: 2}.get(width, 4)
    patterns = [LANES * width, LANES * 128, LANES * 0, LANES * (width + 4) // align * align]
    patterns += [rng.permutation(64) * width, (LANES ^ 5) * width + 256]
    patterns += [rng.integers(0, most // align, 64) * align for most in (64, 512, 8192)]
    for active in (LANES >= 0, LANES % 3 > 0, LANES == 40, LANES < 0):
        at = np.array(patterns)
        lanes = np.tile(active, (len(at), 1))
        each = [counted(reads, a, width, active) for a in patterns]
        for addresses, expected in zip(patterns, each, strict=True):
            given = banks.clocks(reads, addresses[None], width, active[None])
            assert given == expected
        # All waves at once.
        assert banks.clocks(reads, at, width, lanes) == tuple(map(sum, zip(*each, strict=True)))


@pytest.mark.parametrize(
    ("shift", "width", "clocks", "conflicts"),
    [
        # 64 lanes of 16 bytes beside each other, then 128 bytes apart: 8 chunks of one bank.
        (4, "b128", 8, 0),
        (7, "b128", 64, 56),
        (3, "b64", 4, 0),
        (7, "b64", 64, 60),
        (2, "b32", 2, 0),
        (7, "b32", 64, 62),
    ],
)
def test_stats_of_a_launch(shift: int, width: str, clocks: int, conflicts: int) -> None:
    last = {"b128": 7, "b64": 5, "b32": 4}[width]
    data = "v4" if last == 4 else f"v[4:{last}]"
    kernel = frame(
        f"""
        v_lshlrev_b32 v1, {shift}, v0
        ds_write_{width} v1, {data}
        s_waitcnt lgkmcnt(0)
        ds_read_{width} {data}, v1
        s_endpgm""",
        1,
        lds=8192,
    )
    stats = run(kernel, [np.zeros(1, np.uint8)])
    assert (stats.lds_clocks, stats.lds_conflicts) == (2 * clocks, 2 * conflicts)
