"""The two directions between OCP and FNUZ fp8. Every rule holds in both, with the unit of each."""

from collections.abc import Mapping
from dataclasses import dataclass

from fnuz.dialect.chips import Fp8Support
from fnuz.dialect.formats import FNUZ_OF, OCP_OF, Fp8Format


@dataclass(frozen=True, eq=False)
class Direction:
    """From the formats `source` to the formats `target`: same bits, another value."""

    source: str
    target: str
    targets: Mapping[Fp8Format, Fp8Format]
    """The format that stands for each source format."""
    unit: float
    """What a source value is in units of the value that stands for it."""
    support: Fp8Support
    """The fp8 of the chips that this direction is for."""


TO_FNUZ = Direction("OCP", "FNUZ", FNUZ_OF, 2.0, "fnuz")
TO_OCP = Direction("FNUZ", "OCP", OCP_OF, 0.5, "ocp")
