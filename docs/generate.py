"""Write docs/passes.md and docs/rules.md from the registry, with their examples run.

python docs/generate.py           write the pages
python docs/generate.py --check   exit with 1 if a page is not what would be written
"""

import sys
from pathlib import Path
from typing import Any

from fnuz import passes
from fnuz.bindings import dialects, load
from fnuz.dialect import ops
from fnuz.passes import rules
from fnuz.passes.pipeline import members
from fnuz.passes.registry import CONVERT_FP8, PASSES, ModulePass, Rule

FOLDER = Path(__file__).resolve().parent
NOTE = "<!-- Written by docs/generate.py: change the docstrings, not this page. -->\n"


def run(example: str, pipeline: str) -> str:
    """The module after a pipeline, without the mark that a conversion leaves."""
    ir: Any = load().ir
    with ir.Context() as context:
        ops.load(context)
        dialects.register(context)
        module = ir.Module.parse(example)
        passes.run(module, pipeline)
        if "fnuz.converted" in module.operation.attributes:
            del module.operation.attributes["fnuz.converted"]
        return str(module).strip()


def mlir(text: str) -> str:
    """A fenced block."""
    return f"```mlir\n{text.strip()}\n```\n"


def pass_section(cls: type[ModulePass]) -> str:
    """One pass: its help, its options, its example before and after."""
    summary, _, rest = (cls.__doc__ or "").strip().partition("\n\n")
    words = " ".join(rest.split())
    lines = [f"## `{cls.name}`\n", f"{summary}\n"] + ([f"{words}\n"] if words else [])
    if cls.options():
        lines += ["| option | values | default | |", "|---|---|---|---|"]
        for o in cls.options():
            values = ", ".join(o.choices) or o.type.__name__
            lines.append(f"| `{o.name}` | {values} | {o.default} | {o.help} |")
        lines.append("")
    pipeline = f"{cls.name}{{{cls.example_options}}}"
    given = f" with `{cls.example_options}`" if cls.example_options else ""
    lines += [mlir(cls.example), f"becomes{given}\n", mlir(run(cls.example, pipeline))]
    return "\n".join(lines)


def passes_page() -> str:
    """The pass reference."""
    head = [f"{NOTE}\n# Passes\n", "Pipelines, usable wherever a pass name is:\n"]
    for name in passes.PIPELINES:
        head.append(f"- `{name}`: {', then '.join(members(name))}\n")
    head += ["The stages of the way from OCP fp8 to gfx942:\n", "| stage | passes | ensures |"]
    head += ["|---|---|---|"]
    head += [f"| {s.name} | {', '.join(s.passes)} | {s.ensures} |" for s in passes.STAGES]
    return "\n".join([*head, "", *(pass_section(cls) for cls in PASSES.values())])


def rule_section(rule: Rule) -> str:
    """One rule: its ops, why, its example before and after."""
    names = ", ".join(f"`{op}`" for op in rule.ops)
    lines = [f"## {rule.name}\n", f"{names}\n", f"*{rule.effect}*: {rule.why}.\n"]
    after = run(rule.example, "ocp-to-fnuz")
    return "\n".join([*lines, mlir(rule.example), "becomes\n", mlir(after)])


def rules_page() -> str:
    """What the conversions do to each op."""
    assert rules, "importing it registers the rules"
    head = f"""{NOTE}
# Rules of `convert-ocp-to-fnuz` and `convert-fnuz-to-ocp`

A value v of an OCP type stands as the FNUZ value v' of the same bits: v = 2 v'. Each op has one
rule, in `passes/rules/<dialect>.py`; an op on OCP fp8 that is not here is an error. They are told
and shown here for OCP to FNUZ. The other way they are the same with 1/2 for 2.

| op | rule | effect |
|---|---|---|
"""
    by_op = [(op, rule) for rule in CONVERT_FP8.rules for op in rule.ops]
    rows = "".join(
        f"| `{op}` | [{rule.name}](#{anchor(rule.name)}) | {rule.effect_on(op)} |\n"
        for op, rule in sorted(by_op, key=lambda pair: pair[0])
    )
    return "\n".join([head + rows, *(rule_section(rule) for rule in CONVERT_FP8.rules)])


def anchor(heading: str) -> str:
    """The anchor that a Markdown renderer gives a heading."""
    return "".join(c for c in heading.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def main() -> int:
    """Write or check both pages."""
    stale = []
    for name, text in {"passes.md": passes_page(), "rules.md": rules_page()}.items():
        page = FOLDER / name
        if "--check" not in sys.argv[1:]:
            page.write_text(text)
        elif not page.exists() or page.read_text() != text:
            stale.append(name)
    if stale:
        print(f"stale: {', '.join(stale)}; run python docs/generate.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
