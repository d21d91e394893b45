"""convert-ocp-to-fnuz: every OCP fp8 value becomes the FNUZ value of the same bits."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from fnuz.bindings import of
from fnuz.dialect.chips import CHIPS, chips_with
from fnuz.passes.registry import OCP_TO_FNUZ, Diagnostics, ModulePass, option, register

MARK = "fnuz.converted"
"""The module attribute that records a conversion, so that a second one cannot double again."""

_OCP = re.compile(r"f8E4M3FN(?!UZ)|f8E5M2(?!FNUZ)")

_CARRIES_OCP = frozenset(
    {
        *("arith.constant", "fnuz.from_ocp", "fnuz.to_ocp", "func.call", "func.return"),
        *("linalg.generic", "linalg.yield", "ml_program.output", "ml_program.return"),
    }
)
"""Ops that may hold OCP values in a converted module, besides those that move or show bits: casts,
lowered or not, what crosses a boundary, and a constant that does. A generic's body tells more."""


@register
@dataclass(frozen=True)
class ConvertOcpToFnuz(ModulePass):
    """Convert OCP fp8 (E4M3FN, E5M2) to the FNUZ formats of gfx940, gfx941 and gfx942.

    Every fp8 value keeps its bits and so has half its value; the factors of two that this owes
    are written into the IR where they are owed: behind contractions, around casts.
    """

    name: ClassVar[str] = "convert-ocp-to-fnuz"
    example: ClassVar[str] = """
func.func @main(%a: tensor<8x32xf8E4M3FN>, %b: tensor<32x16xf8E4M3FN>) -> tensor<8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x16xf32>
  %c = linalg.fill ins(%zero : f32) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<8x32xf8E4M3FN>, tensor<32x16xf8E4M3FN>)
                     outs(%c : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}"""

    chip: str = option("gfx942", "chip to convert for; it must have FNUZ fp8")
    abi: Literal["convert", "preserve", "f32"] = option(
        "convert", "public signatures become FNUZ, or keep OCP or get f32, with casts inside"
    )
    overflow: Literal["exact", "saturate"] = option(
        "exact", "what a truncf out of range gives: NaN or Inf as OCP does, or the maximum"
    )
    inf: Literal["nan", "saturate"] = option(
        "nan", "what an E5M2 Inf becomes, which FNUZ does not have: NaN or the OCP maximum"
    )

    def run(self, module: Any, diagnostics: Diagnostics) -> None:
        # Imported here, for `fnuz-opt --help` needs neither numpy nor the rules.
        from fnuz.dialect.formats import FNUZ_OF
        from fnuz.dialect.ops import NoDialect
        from fnuz.passes.conversion import Conversion, without_garbage_collection
        from fnuz.passes.rules import func, linalg
        from fnuz.passes.types import TypeMap

        if CHIPS.get(self.chip) != "fnuz":
            known = f"has {CHIPS[self.chip]} fp8" if self.chip in CHIPS else "is not known"
            diagnostics.error(
                module.location,
                f"chip {self.chip} {known}; {self.name} is for {', '.join(chips_with('fnuz'))}",
            )
            return
        bindings, errors = of(module), diagnostics.errors
        with module.context, module.location, without_garbage_collection():
            pairs = {ocp.mlir_name: fnuz.mlir_name for ocp, fnuz in FNUZ_OF.items()}
            types = TypeMap(bindings, module.context, pairs)
            cx = Conversion(bindings, module, types, OCP_TO_FNUZ, self, diagnostics)
            functions, marked = _functions_and_marked(module, bindings.ir)
            for function in functions:
                for message in func.abi_errors(function, cx, _is_within(function, marked)):
                    diagnostics.error(function.location, f"'{function.name}' op {message}")
            if diagnostics.errors > errors:
                return
            cx.scan()
            if marked:
                self._check_converted(marked, cx)
                return
            if not cx.touched:
                return
            if linalg.generalize(cx):
                cx.scan()
            if not cx.plan(self._no_rule):
                return
            try:
                cx.apply()
            except NoDialect as error:
                diagnostics.error(module.location, str(error))
                return
            module.attributes[MARK] = self._mark(bindings.ir)

    def _record(self) -> dict[str, str]:
        return {"abi": self.abi, "chip": self.chip, "inf": self.inf, "overflow": self.overflow}

    def _mark(self, ir: Any) -> Any:
        return ir.DictAttr.get({k: ir.StringAttr.get(v) for k, v in self._record().items()})

    def _check_converted(self, marked: dict[int, Any], cx: Any) -> None:
        """Converting again changes nothing, and what came in since is not left in silence."""
        for module in marked.values():
            record, now = recorded(module), self._record()
            other = [name for name in now if not _same(name, record.get(name), now[name])]
            if other:
                was = ", ".join(f"{k}={v}" for k, v in record.items()) or "options not known"
                cx.diagnostics.error(
                    module.location,
                    f"this module was converted with {was} ({MARK}), which cannot become "
                    f"{', '.join(f'{name}={now[name]}' for name in other)}; "
                    "run with the options that it has, or convert its OCP source again",
                )
                return
        if not all(_is_within(op, marked) for _, op in cx.touched):
            for module in marked.values():
                cx.diagnostics.error(
                    module.location,
                    f"this module is marked as converted ({MARK}) and what is around it is not; "
                    "convert its parts before linking them, or remove the mark",
                )
            return
        for name, op in cx.touched:
            if not _carries_ocp(name, op, cx):
                cx.diagnostics.error(
                    op.location,
                    f"'{name}' holds an OCP fp8 value and the module is marked as converted "
                    f"({MARK}); convert its parts before linking them, or remove the mark",
                )

    def _no_rule(self, op: Any, reason: str) -> str:
        types = [str(v.type) for v in (*op.operands, *op.results)]
        fp8 = [t for t in types if _OCP.search(t)]
        what = f"'{op.name}' op on {fp8[0] if fp8 else 'an OCP fp8 type'}"
        if not reason and any("!quant." in t for t in types):
            reason = "quantized types are not lowered yet; write them as extf, truncf and mulf"
        reason = reason or (
            "no rule covers it; lower it to linalg, arith, vector or memref before "
            f"{self.name}, or add a rule in passes/rules"
        )
        return f"{what} cannot become FNUZ for {self.chip}: {reason}"


def recorded(module: Any) -> dict[str, str]:
    """The options that a conversion left on a `builtin.module` operation; {} where none did."""
    ir = of(module).ir
    mark = module.attributes.get(MARK)
    if not isinstance(mark, ir.DictAttr):
        return {}
    entries = (mark[i] for i in range(len(mark)))
    return {e.name: str(e.attr.value) for e in entries if isinstance(e.attr, ir.StringAttr)}


def _same(name: str, was: str | None, now: str) -> bool:
    """Whether two values of an option convert to the same."""
    return CHIPS.get(was or "") == CHIPS[now] if name == "chip" else was == now


def _functions_and_marked(module: Any, ir: Any) -> tuple[list[Any], dict[int, Any]]:
    """The functions of a module, and the modules with the mark by address: it, or some in it."""
    from fnuz.bindings.handles import address
    from fnuz.passes.rules.func import FUNCTIONS

    functions: list[Any] = []
    marked: dict[int, Any] = {}

    def visit(op: Any) -> Any:
        if op.name in FUNCTIONS:
            functions.append(op)
            return ir.WalkResult.SKIP
        if op.name == "builtin.module" and MARK in op.attributes:
            marked[address(op)] = op
        return ir.WalkResult.ADVANCE

    module.walk(visit, ir.WalkOrder.PRE_ORDER)
    return functions, marked


def _is_within(op: Any, modules: dict[int, Any]) -> bool:
    from fnuz.bindings.handles import address

    while (op := op.parent) is not None:
        if address(op) in modules:
            return True
    return False


def _carries_ocp(name: str, op: Any, cx: Any) -> bool:
    """Whether an op of a converted module may hold OCP values: it gives their bits no meaning."""
    from fnuz.passes.conversion import is_named_linalg
    from fnuz.passes.rules.func import FUNCTIONS, crossing

    if name in FUNCTIONS:
        type = op.attributes["function_type"].value
        abis = [abi for side in crossing(op, cx) for abi in side]
        return all(
            abi == "preserve" or cx.types(t) is None
            for t, abi in zip([*type.inputs, *type.results], abis, strict=True)
        )
    if is_named_linalg(name) and any(
        inner.operation.name != "linalg.yield"
        for region in op.regions
        for block in region.blocks
        for inner in block.operations
    ):
        return False  # its body, which is not looked at, computes
    rule = cx.rules.by_op.get(name)
    return name in _CARRIES_OCP or (
        rule is not None and (rule.moves_bits or rule.effect == "observes bits")
    )
