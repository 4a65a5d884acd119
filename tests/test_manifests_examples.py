"""The examples a new user sees first: every marked line is found, nothing else is, and the README shows what is printed."""

import subprocess
import sys

from checker.engine import Settings, check
from checker.verify import expected
from tests.systems import NO_INPUTS, ROOT, catalogue, read, told

FILES = {str(path.relative_to(ROOT)): path.read_text() for path in sorted((ROOT / "manifests_examples").rglob("*.yaml"))}


def test_each_mark_is_found_and_nothing_else():
    report = check(read(FILES), NO_INPUTS, catalogue(), Settings(complete=True))
    marks = {(policy, name, line) for name, text in FILES.items() for line, policy in expected(text)}
    assert told(report.findings) == marks


def test_the_good_example_is_silent():
    assert not expected(FILES["manifests_examples/shop/web.yaml"])


def test_the_readme_shows_what_is_printed():
    printed = subprocess.run(
        [sys.executable, "-m", "checker", "manifests_examples/", "--complete", "--fail-on", "none"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    shown = (ROOT / "README.md").read_text().split("```text\n")[1].split("```")[0]
    for block in shown.strip().split("\n\n"):
        assert block in printed
