"""One fixed report in every format, byte for byte: a change of a format is reviewed as a change of text."""

from pathlib import Path

import pytest

from checker.reports import FORMATS, Style, render
from tests.reports.sample import REPORT

GOLDEN = Path(__file__).parent / "golden"
EXTENSIONS = {"text": "txt"}
STYLE = Style(width=100)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_report_is_as_reviewed(name: str, request: pytest.FixtureRequest) -> None:
    golden = GOLDEN / f"report.{EXTENSIONS.get(name, name)}"
    rendered = render(name, REPORT, STYLE).encode()
    if request.config.getoption("--update-golden"):
        golden.write_bytes(rendered)
    assert rendered.decode() == golden.read_bytes().decode(), "read the difference, then run pytest --update-golden"


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_two_runs_print_the_same_bytes(name: str) -> None:
    assert render(name, REPORT, STYLE) == render(name, REPORT, STYLE)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_report_ends_with_one_line_feed(name: str) -> None:
    rendered = render(name, REPORT, STYLE)
    assert rendered.endswith("\n")
    assert not rendered.endswith("\n\n")
