"""The formats of a report. Each module named in `FORMATS` has one function, `render(report, style) -> str`."""

from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

from checker.findings import Report

# Module names, not modules: `--version` and `--help` need the names alone, and only the format asked for is imported.
FORMATS: Mapping[str, str] = {
    "json": "checker.reports.json",
    "text": "checker.reports.text",
}


class Style(NamedTuple):
    """How a report is laid out; formats that programs read pay no heed to it.

    `width` is in columns. `places` is how many places one cause lists before the rest is only counted.
    """

    color: bool = False
    width: int = 100
    places: int = 5


def render(name: str, report: Report, style: Style) -> str:
    """The report in the format `name`, a key of `FORMATS`; ends with a newline and can always be encoded as UTF-8."""
    text: str = import_module(FORMATS[name]).render(report, style)
    return text
