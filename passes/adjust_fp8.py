"""adjust-fp8: the fp8 of a module becomes that of a chip."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from fnuz.dialect.chips import CHIPS, Fp8Support, processor
from fnuz.passes.pipeline import PIPELINES, expand, options_of
from fnuz.passes.registry import PASSES, Diagnostics, ModulePass, option, register

_NEEDS: dict[Fp8Support, str] = {
    "fnuz": "ocp-to-fnuz",
    "ocp": "fnuz-to-ocp",
    "none": "emulate-fp8",
}


@register
@dataclass(frozen=True)
class AdjustFp8(ModulePass):
    """Make the fp8 of a module that of the chip, whatever that has.

    Where the chip has FNUZ fp8 this is ocp-to-fnuz, where it has OCP fp8 fnuz-to-ocp, and where it
    has none emulate-fp8. A module that suits the chip is left as it is.
    """

    name: ClassVar[str] = "adjust-fp8"
    example_options: ClassVar[str] = "chip=gfx942"
    example: ClassVar[str] = """
func.func @main(%x: vector<4xf8E4M3FN>) -> vector<4xf32> {
  %0 = arith.extf %x : vector<4xf8E4M3FN> to vector<4xf32>
  return %0 : vector<4xf32>
}"""

    chip: str = option("", "the chip or target id, as gfx942 or gfx942:sramecc+:xnack-; required")
    abi: Literal["convert", "preserve", "f32"] = option(
        "convert", "public signatures are converted, or keep their bytes or get f32, with casts"
    )
    overflow: Literal["default", "saturate"] = option(
        "default", "what a value out of range becomes: as each pass does, or the maximum"
    )
    inf: Literal["nan", "saturate"] = option(
        "nan", "what an E5M2 Inf becomes where there is FNUZ: NaN or the OCP maximum"
    )
    emulate_in: Literal["f32", "f16"] = option(
        "f32", "what contractions are computed from where there is no fp8"
    )

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        known = f"known chips are {', '.join(CHIPS)}"
        if not self.chip:
            diagnostics.error(module.location, f"{self.name} needs a chip: chip=gfx942; {known}")
            return
        try:
            chip = processor(self.chip)
        except ValueError as error:
            diagnostics.error(module.location, str(error))
            return
        if chip not in CHIPS:
            diagnostics.error(module.location, f"chip {chip} is not known; {known}")
            return
        options = {"chip": chip, "abi": self.abi, "compute": self.emulate_in}
        if self.overflow != "default":
            options["overflow"] = self.overflow
        if CHIPS[chip] == "fnuz":
            options["inf"] = self.inf
        errors = diagnostics.errors
        name = _NEEDS[CHIPS[chip]]
        has = {o.name for o in (options_of(name) if name in PIPELINES else PASSES[name].options())}
        for pass_ in expand(name, {n: v for n, v in options.items() if n in has}):
            assert isinstance(pass_, ModulePass)
            pass_.run(module, diagnostics)
            if diagnostics.errors > errors:
                return
