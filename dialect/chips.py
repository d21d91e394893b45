"""Which AMD chip computes which fp8 formats. Nothing of MLIR is imported.

Sources: the "Matrix instructions" tables of the CDNA3, CDNA4, RDNA3 and RDNA4 ISA documents.
"""

from typing import Literal

Fp8Support = Literal["fnuz", "ocp", "none"]

CHIPS: dict[str, Fp8Support] = {
    "gfx908": "none",
    "gfx90a": "none",
    "gfx940": "fnuz",
    "gfx941": "fnuz",
    "gfx942": "fnuz",
    "gfx950": "ocp",
    "gfx1100": "none",
    "gfx1101": "none",
    "gfx1102": "none",
    "gfx1103": "none",
    "gfx1150": "none",
    "gfx1151": "none",
    "gfx1200": "ocp",
    "gfx1201": "ocp",
    "gfx1250": "ocp",
}


def processor(target_id: str) -> str:
    """The chip of an AMDGPU target id: `gfx942` of `gfx942:sramecc+:xnack-`.

    Raises ValueError for features that are no such.
    """
    chip, *features = target_id.split(":")
    for feature in features:
        if feature not in _FEATURES or sum(f[:-1] == feature[:-1] for f in features) > 1:
            raise ValueError(
                f"'{target_id}' is no target id: what may follow the chip is :sramecc and :xnack, "
                "each once and with + or -"
            )
    return chip


_FEATURES = frozenset({"sramecc+", "sramecc-", "xnack+", "xnack-"})


def chips_with(support: Fp8Support) -> list[str]:
    """The chips whose fp8 support is `support`, in the order of the table."""
    return [chip for chip, has in CHIPS.items() if has == support]
