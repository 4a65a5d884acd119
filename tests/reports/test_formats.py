"""The table of formats is complete and cheap."""

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import checker.reports
from checker.reports import FORMATS


def test_every_module_is_in_the_table() -> None:
    modules = {f"checker.reports.{module.name}" for module in iter_modules(checker.reports.__path__)}
    assert modules == set(FORMATS.values())


def test_every_format_renders() -> None:
    assert all(callable(import_module(module).render) for module in FORMATS.values())


def test_the_table_is_sorted() -> None:
    assert list(FORMATS) == sorted(FORMATS)


def test_names_of_formats_cost_no_import_of_a_format() -> None:
    code = "import sys, checker.reports; print([name for name in sys.modules if name.startswith('checker.reports.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
