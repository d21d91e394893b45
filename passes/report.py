"""What passes did to a module: every fp8 value, constant and factor, and what was left and why."""

import json
from dataclasses import dataclass, field
from typing import Any

from fnuz.bindings.diagnostics import at
from fnuz.passes.gfx942.resources import KernelResources

_FUNCTIONS = ("func.func", "ml_program.func", "ml_program.subgraph")


@dataclass
class FunctionReport:
    """What was done in one function; each entry is a dict of texts and numbers.

    values: `location`, `value` ("result 0 of arith.extf"), `type`, `becomes`, `rule`, `how`.
    constants: `location`, `type`, `elements`, and how many were `negative_zeros`, `nans`,
    `infinities` and `beyond` what has an OCP double, which do not keep their bits.
    factors_owed: `location`, `by` (an op), `exponent`: values are to be multiplied by 2^exponent.
    factors: `location`, `exponent`, `outcome` ("folded" or "kept"), `into` (ops), `why`, and
    `exact` ("always", or "where nothing on the way is subnormal or overflows").
    left: `location`, `what`, `why`.
    remarks: `location`, `message`: what else was decided.
    resources: of a compiled kernel, the fields of `fnuz.passes.gfx942.resources.KernelResources`.
    """

    values: list[dict[str, Any]] = field(default_factory=list)
    constants: list[dict[str, Any]] = field(default_factory=list)
    factors_owed: list[dict[str, Any]] = field(default_factory=list)
    factors: list[dict[str, Any]] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[dict[str, Any]] = field(default_factory=list)
    resources: dict[str, int] = field(default_factory=dict)


@dataclass
class Report:
    """A report of one run of passes over one module. Give it to `fnuz.passes.run`."""

    passes: list[str] = field(default_factory=list)
    """The passes of this project that ran, as a pipeline spells them."""
    functions: dict[str, FunctionReport] = field(default_factory=dict)
    """By name, a kernel as `gpu.module::kernel`; what is in no function is under ""."""

    def function(self, op: Any) -> FunctionReport:
        """The part that speaks of the function in which an op is, or which it is."""
        while op is not None and op.name not in _FUNCTIONS:
            op = op.parent
        name = "" if op is None else op.attributes["sym_name"].value
        return self.functions.setdefault(name, FunctionReport())

    def to_dict(self) -> dict[str, Any]:
        """As plain dicts and lists."""
        functions = [{"name": name, **vars(part)} for name, part in self.functions.items()]
        return {"passes": self.passes, "functions": functions}

    def to_text(self) -> str:
        """For a reader: one line an entry."""
        lines = [f"passes: {', '.join(self.passes)}"]
        for name, part in self.functions.items():
            lines.append(f"@{name}" if name else "outside of functions")
            for title, texts in (
                ("values", [_value_text(e) for e in part.values]),
                ("constants", [_constant_text(e) for e in part.constants]),
                ("factors owed", [_owed_text(e) for e in part.factors_owed]),
                ("factors", [_factor_text(e) for e in part.factors]),
                ("left", [f"{e['location']}: {e['what']}: {e['why']}" for e in part.left]),
                ("remarks", [f"{e['location']}: {e['message']}" for e in part.remarks]),
            ):
                if texts:
                    lines += [f"  {title}: {len(texts)}", *(f"    {text}" for text in texts)]
            if part.resources:
                lines.append(f"  resources: {KernelResources(**part.resources)}")
        return "\n".join(lines) + "\n"


def to_json(reports: list[Report]) -> str:
    """The reports of the modules of one input."""
    return json.dumps({"modules": [report.to_dict() for report in reports]}, indent=1) + "\n"


def place(op_or_value: Any) -> str:
    """`file:line:column` of an op or a value."""
    found = at(op_or_value.location, "remark", "")
    return "unknown" if found.file is None else f"{found.file}:{found.line}:{found.column}"


def _value_text(entry: dict[str, Any]) -> str:
    e = entry
    return f"{e['location']}: {e['value']}: {e['type']} -> {e['becomes']} ({e['rule']}: {e['how']})"


def _constant_text(entry: dict[str, Any]) -> str:
    names = {
        "negative_zeros": "-0",
        "nans": "NaN",
        "infinities": "Inf",
        "beyond": "beyond the OCP maximum",
    }
    changed = [f"{entry[key]} {name}" for key, name in names.items() if entry[key]]
    what = ", ".join(changed) or "none"
    return f"{entry['location']}: {entry['type']}: {entry['elements']} codes, changed: {what}"


def _owed_text(entry: dict[str, Any]) -> str:
    return f"{entry['location']}: 2^{entry['exponent']} by {entry['by']}"


def _factor_text(entry: dict[str, Any]) -> str:
    text = f"{entry['location']}: 2^{entry['exponent']} {entry['outcome']}"
    if entry["into"]:
        text += f" into {', '.join(entry['into'])}"
    if entry["why"]:
        text += f": {entry['why']}"
    return text if entry["exact"] == "always" else f"{text}; exact {entry['exact']}"
