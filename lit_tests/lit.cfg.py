# ruff: noqa: F821 - lit defines `config` and `lit_config`
"""lit set-up: the tools come from the Python environment that runs lit."""

import os
import sys

import lit.formats

config.name = "fnuz"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(lit_config.params.get("output", config.test_source_root))

for name in ("PYTHONPATH", "FNUZ_DEBUG"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

python = f'"{sys.executable}"'
for tool, command in {
    "fnuz-opt": f"{python} -m fnuz.tools.fnuz_opt",
    "fnuz-run": f"{python} -m fnuz.tools.fnuz_run",
    "fnuz-verify": f"{python} -m fnuz.tools.fnuz_verify",
    # Not `-m filecheck.main`: that module defines main and calls nothing, so that all would pass.
    "FileCheck": f'{python} -c "from filecheck.main import main; main()"',
}.items():
    # As a word of its own: not inside a path or an option.
    config.substitutions.append((rf"(?<![\w./-]){tool}(?![\w./-])", command))
config.substitutions.append(("%python", python))
