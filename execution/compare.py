"""Run a module and its conversion, to FNUZ or to OCP, on the same inputs and compare every bit.

FNUZ cannot hold -0 and, for E5M2, Inf. So where bits differ from the plain OCP run, they are
compared with a second run of the OCP module "as FNUZ can hold it": every fp8 -0 that is read is
+0 and every fp8 Inf is what the Inf policy makes of it. OCP in turn cannot hold twice the largest
FNUZ values: the second run of a FNUZ module "as OCP can hold it" reads these as the overflow
policy says. A bit that differs from that too is a difference. A FNUZ module that was only compiled
has lost nothing, and has no second run. There is no tolerance anywhere; any NaN equals any NaN.

Where the conversion has f32 for an fp8 argument or result, the codes are decoded to f32.
"""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fnuz import passes
from fnuz.dialect import formats
from fnuz.dialect.formats import InfPolicy, OverflowPolicy
from fnuz.execution import cpu, programs
from fnuz.execution import signature as signatures
from fnuz.execution.devices import DeviceName
from fnuz.execution.signature import Array, Signature, Value
from fnuz.passes.emulate_fp8 import EmulateFp8
from fnuz.passes.mark import MARK


class Mismatch(Exception):
    """Two functions that cannot be compared, since they differ in what they take or give."""


@dataclass(frozen=True)
class Difference:
    """The first element that differs: its index and the bits of both, in hex."""

    index: tuple[int, ...]
    expected: str
    got: str


@dataclass(frozen=True)
class Comparison:
    """One result, or one memref argument after the run.

    `equal` counts the elements with the bits of the plain OCP run, `held` those with the bits of
    the run as the other formats can hold it (equal to `equal` when that run was not needed).
    `lost` says what those cannot hold.
    """

    name: str
    elements: int
    nans: int
    equal: int
    held: int
    lost: str
    difference: Difference | None

    @property
    def ok(self) -> bool:
        """Whether every element has the bits it must have."""
        return self.difference is None

    def __str__(self) -> str:
        text = f"{self.name}: {self.elements} elements, {self.held} equal bits"
        if self.nans:
            text += f" ({self.nans} NaN)"
        if self.ok and self.equal != self.elements:
            text += f"; {self.elements - self.equal} of them only with {self.lost}"
        if self.difference:
            d = self.difference
            at = f"[{', '.join(map(str, d.index))}]"
            text += f"; first difference at {at}: expected {d.expected}, got {d.got}"
        return text


class Verifier:
    """A module and its conversion, compiled.

    Which way it was converted is seen by the fp8 types of the functions, or where they have none
    by those inside. `inf` and `overflow` are the options of the conversion: the module is run
    with the same. `opt_level` is that of `cpu.compile`, `device` where the kernels of `converted`
    run.
    `converted` may share the context of `module`; neither is changed. Raises CannotRun, Mismatch
    or passes.PassFailed.
    """

    def __init__(
        self,
        module: Any,
        converted: Any,
        *,
        functions: Sequence[str] | None = None,
        inf: InfPolicy = "nan",
        overflow: Literal["exact", "nan", "saturate"] = "exact",
        opt_level: int = 2,
        device: DeviceName = "cpu",
    ) -> None:
        module = cpu.clone(module)
        passes.run(module, "lower-fp8-quant")  # numpy has no quantized types
        ours, theirs = (signatures.public_functions(m) for m in (module, converted))
        names = list(ours if functions is None else functions)
        for name in names:
            if name not in theirs:
                raise Mismatch(f"the converted module has no public function @{name} with a body")
        self.functions = {name: signatures.of(ours[name]) for name in names}
        self._converted = {name: signatures.of(theirs[name]) for name in names}
        for name in names:
            _check_signatures(name, self.functions[name], self._converted[name])
        self._module = module
        self._inf = inf
        self._overflow = overflow
        self._opt_level = opt_level
        changed = _changed(self.functions, self._converted)
        self.to_fnuz = _any_ocp(changed) if changed else holds_ocp(module, self.functions)
        self._loses = bool(changed) or self.to_fnuz or not _is_compiled_fnuz(converted)
        self._plain = self._compile(module, self._emulation())
        self._fnuz = self._compile(converted, EmulateFp8(), device)
        self._held: programs.Program | None = None

    def _compile(
        self, module: Any, emulation: EmulateFp8, device: DeviceName = "cpu"
    ) -> programs.Program:
        return programs.compile(
            module,
            list(self.functions),
            device=device,
            emulation=emulation,
            opt_level=self._opt_level,
        )

    def run(self, function: str, inputs: Sequence[Array]) -> list[Comparison]:
        """Compare one function on inputs for the OCP module, fp8 as codes or of ml_dtypes' types.

        Results come first, then the memref arguments, which the function may have changed.
        Raises ValueError for inputs that do not fit.
        """
        ours, theirs = self.functions[function], self._converted[function]
        inputs = [v.check(array) for v, array in zip(ours.arguments, inputs, strict=True)]
        arguments = list(zip(ours.arguments, theirs.arguments, inputs, strict=True))
        converted = [self._as_converted(a, b, array) for a, b, array in arguments]
        expected = _run(self._plain, function, inputs)
        got = _run(self._fnuz, function, converted)
        pairs = list(zip(expected, got, strict=True))
        comparisons = [self._compare(a, x, b, y, held=False) for (a, x), (b, y) in pairs]
        if not self._loses or all(c.ok for c in comparisons):
            return comparisons
        if self._held is None:
            self._held = self._compile(self._module, self._emulation_as_held())
        held_inputs = [self._as_rounded(a, b, array) for a, b, array in arguments]
        held = _run(self._held, function, held_inputs)
        return [
            _merge(plain, self._compare(a, x, b, y, held=True))
            for plain, (a, x), (b, y) in zip(comparisons, held, got, strict=True)
        ]

    def _as_converted(self, a: Value, b: Value, array: Array) -> Array:
        """An array of type `a` as the type `b`, which it has in the converted module."""
        if a.element == b.element:
            return array
        if b.element == "f32":
            return formats.FORMATS[a.element].decode(array)
        return np.asarray(self._code_map(a)[array])

    def _as_rounded(self, a: Value, b: Value, array: Array) -> Array:
        """Codes as they come in through f32: a saturating cast takes Inf to the maximum."""
        if a.element == b.element or b.element != "f32":
            return array
        format_ = formats.FORMATS[a.element]
        return format_.encode(format_.decode(array), saturate=self._overflow == "saturate")

    def _emulation(self) -> EmulateFp8:
        # A cast to FNUZ is what it is: there the policy is for what it gives beyond OCP.
        saturates = self.to_fnuz and self._overflow == "saturate"
        return EmulateFp8(overflow="saturate" if saturates else "exact")

    def _emulation_as_held(self) -> EmulateFp8:
        if not self.to_fnuz:
            return EmulateFp8(beyond=self._beyond)
        return dataclasses.replace(self._emulation(), zero="unsigned", inf=self._inf)

    @property
    def _beyond(self) -> OverflowPolicy:
        return "saturate" if self._overflow == "saturate" else "nan"

    def _code_map(self, value: Value) -> NDArray[np.uint8]:
        """The converted code of each code."""
        source = formats.FORMATS[value.element]
        if source.fnuz:
            return formats.fnuz_to_ocp_codes(formats.OCP_OF[source], self._beyond)
        return formats.ocp_to_fnuz_codes(source, self._inf)

    def _compare(self, a: Value, x: Array, b: Value, y: Array, *, held: bool) -> Comparison:
        if x.shape != y.shape:
            raise Mismatch(f"{a.name} has the shape {x.shape}, and {y.shape} when converted")
        if held and a.element in formats.FORMATS:
            held_codes = self._as_held(formats.FORMATS[a.element])
            x = np.asarray(held_codes[x])
            y = np.asarray(held_codes[y]) if a.element == b.element else y
        x = self._as_converted(a, b, x)
        bits = np.dtype(f"u{x.dtype.itemsize}")
        nan_x, nan_y = _is_nan(b, x), _is_nan(b, y)
        same = np.asarray((x.view(bits) == y.view(bits)) | (nan_x & nan_y))
        count = int(np.count_nonzero(same))
        return Comparison(
            name=a.name,
            elements=x.size,
            nans=int(np.count_nonzero(nan_x)),
            equal=count,
            held=count,
            lost=_LOST_TO_FNUZ if self.to_fnuz else _LOST_TO_OCP,
            difference=_first(same, x, y),
        )

    def _as_held(self, format_: formats.Fp8Format) -> NDArray[np.uint8]:
        """What a code is after it was converted and back."""
        if format_.fnuz == self.to_fnuz:
            return np.arange(256, dtype=np.uint8)
        if format_.fnuz:
            there = formats.fnuz_to_ocp_codes(formats.OCP_OF[format_], self._beyond)
            return formats.ocp_to_fnuz_codes(formats.OCP_OF[format_])[there]
        there = formats.ocp_to_fnuz_codes(format_, self._inf)
        return formats.fnuz_to_ocp_codes(format_)[there]


_LOST_TO_FNUZ = "fp8 -0 read as +0 or E5M2 Inf as --inf says (FNUZ has neither)"
_LOST_TO_OCP = "FNUZ values beyond the OCP maximum read as --overflow says (OCP has no such codes)"


def _changed(ours: dict[str, Signature], theirs: dict[str, Signature]) -> set[str]:
    """The types of the module that are others in the converted one."""
    return {
        a.element
        for name in ours
        for a, b in zip(_values(ours[name]), _values(theirs[name]), strict=True)
        if a.element != b.element
    }


def _is_compiled_fnuz(module: Any) -> bool:
    """Whether a module is FNUZ and was never OCP: map-to-mfma makes such of one, and loses nothing.

    An OCP module may have been FNUZ on its way, and does not say so.
    """
    names = _fp8_types(module)
    all_fnuz = bool(names) and all(formats.FORMATS[name].fnuz for name in names)
    return all_fnuz and MARK not in module.operation.attributes


def holds_ocp(module: Any, functions: dict[str, Signature]) -> bool:
    """Whether a module is one to convert to FNUZ: it has OCP fp8, or no fp8 at all.

    The signatures tell, and where they have no fp8 the types inside.
    """
    elements = {v.element for s in functions.values() for v in _values(s)}
    names = elements & formats.FORMATS.keys() or _fp8_types(module)
    return not names or _any_ocp(names)


def _any_ocp(names: set[str]) -> bool:
    return any(not formats.FORMATS[name].fnuz for name in names)


def _values(signature: Signature) -> tuple[Value, ...]:
    return (*signature.arguments, *signature.results)


def _fp8_types(module: Any) -> set[str]:
    """The fp8 types that a module names anywhere."""
    text = module.operation.get_asm(large_elements_limit=8, large_resource_limit=8)
    return {name for name in re.findall(r"f8\w+", text) if name in formats.FORMATS}


def _merge(plain: Comparison, held: Comparison) -> Comparison:
    return dataclasses.replace(plain, held=held.held, difference=held.difference)


def _run(
    program: programs.Program, function: str, inputs: Sequence[Array]
) -> list[tuple[Value, Array]]:
    """Results, then memref arguments."""
    types = program.functions[function]
    outcome = program.run(function, inputs)
    found = list(zip(types.results, outcome.results, strict=True))
    for i, array in outcome.memrefs.items():
        name = f"argument {i} after the run"
        found.append((dataclasses.replace(types.arguments[i], name=name), array))
    return found


def _check_signatures(name: str, ours: Signature, theirs: Signature) -> None:
    for what in ("arguments", "results"):
        before, after = getattr(ours, what), getattr(theirs, what)
        if len(before) != len(after):
            raise Mismatch(
                f"@{name} has {len(before)} {what}, and {len(after)} in the converted module"
            )
        for a, b in zip(before, after, strict=True):
            format_ = formats.FORMATS.get(a.element)
            may_be = [a.element]
            if format_ is not None:
                other = (formats.FNUZ_OF | formats.OCP_OF)[format_]
                may_be += [other.mlir_name, "f32"]
            if (a.kind, a.shape) != (b.kind, b.shape) or b.element not in may_be:
                raise Mismatch(
                    f"{a.name} of @{name} is {a.type}, and {b.type} in the converted module"
                )


def _is_nan(value: Value, array: Array) -> NDArray[np.bool_]:
    if value.element in formats.FORMATS:
        return np.isnan(formats.FORMATS[value.element].values)[array]
    if value.element == "bf16":
        found: NDArray[np.bool_] = (array & 0x7FFF) > 0x7F80
        return found
    if value.element in ("f16", "f32", "f64"):
        return np.isnan(array)
    return np.zeros(array.shape, np.bool_)


def _first(same: NDArray[np.bool_], x: Array, y: Array) -> Difference | None:
    if same.all():
        return None
    index = tuple(int(i) for i in np.argwhere(~same)[0])
    return Difference(index, _hex(x[index]), _hex(y[index]))


def _hex(element: Any) -> str:
    width = 2 * element.dtype.itemsize
    text = f"0x{int(element.view(f'u{element.dtype.itemsize}')):0{width}X}"
    return f"{text} ({element})" if element.dtype.kind == "f" else text
