"""adjust-fp8: the fp8 of a module becomes that of a chip."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from fnuz.dialect.chips import CHIPS, Fp8Support, processor
from fnuz.passes.pipeline import PIPELINES, expand, options_of
from fnuz.passes.registry import CONVERT_FP8, PASSES, Diagnostics, ModulePass, option, register

_NEEDS: dict[Fp8Support, tuple[str, ...]] = {
    "fnuz": ("ocp-to-fnuz",),
    "ocp": ("fnuz-to-ocp",),
    "none": ("lower-fp8-quant", "emulate-fp8"),
}


@register
@dataclass(frozen=True)
class AdjustFp8(ModulePass):
    """Make the fp8 of a module that of the chip, whatever that has.

    Where the chip has FNUZ fp8 this is ocp-to-fnuz, where it has OCP fp8 fnuz-to-ocp, and where it
    has none lower-fp8-quant and emulate-fp8. A module that suits the chip is left as it is. A
    public signature that would have f32 (abi, or the attribute fnuz.abi) and is not converted, or
    is emulated, is an error.
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
        self._check_abi(chip, module, diagnostics)
        for name in _NEEDS[CHIPS[chip]]:
            infos = options_of(name) if name in PIPELINES else PASSES[name].options()
            has = {info.name for info in infos}
            for pass_ in expand(name, {n: v for n, v in options.items() if n in has}):
                if diagnostics.errors > errors:
                    return
                assert isinstance(pass_, ModulePass)
                pass_.run(module, diagnostics)
                if diagnostics.report is not None:
                    diagnostics.report.passes.append(pass_.to_text())

    def _check_abi(self, chip: str, module: Any, diagnostics: Diagnostics) -> None:
        """Report signatures that are to have f32 and that no pass gives it; and bad fnuz.abi."""
        from fnuz.bindings import of
        from fnuz.passes.conversion import Conversion
        from fnuz.passes.direction import TO_FNUZ, TO_OCP
        from fnuz.passes.fp8_conversion import check_abi
        from fnuz.passes.mark import functions_and_marked
        from fnuz.passes.rules.func import crossing
        from fnuz.passes.types import TypeMap

        # What keeps its type, or becomes a code.
        left = [
            *(f for way in (TO_FNUZ, TO_OCP) if CHIPS[chip] != way.support for f in way.targets)
        ]
        with module.context, module.location:
            types = TypeMap(of(module), module.context, {f.mlir_name: "i8" for f in left})
            cx = Conversion(of(module), module, types, CONVERT_FP8, self, diagnostics)
            functions = functions_and_marked(module)[0]
            if not check_abi([(f, True) for f in functions], cx):
                return
            for function in functions:
                type = function.attributes["function_type"].value
                abis = [abi for side in crossing(function, cx) for abi in side]
                for type_, abi in zip([*type.inputs, *type.results], abis, strict=True):
                    if abi == "f32":
                        diagnostics.error(
                            function.location,
                            f"'{function.name}' op cannot have f32 for {type_} (abi=f32): "
                            f"adjust-fp8 does not convert that for {chip}; use another abi",
                        )
                        break
