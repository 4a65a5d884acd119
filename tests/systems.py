"""Small systems for tests: manifests in, report out."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from checker.documents import parse
from checker.engine import Catalogue, Settings, check
from checker.findings import Finding, Inputs, Report
from checker.objects import ApiObject, join, objects
from checker.policy.checklist import load_checklist
from checker.policy.load import Terms, load
from checker.sources.policies import read_policies

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
NO_INPUTS = Inputs(0, 0, 0, (), ())


@cache
def catalogue() -> Catalogue:
    """The built-in policies."""
    files = read_policies([])
    checklist = load_checklist(*files.checklist)
    return Catalogue(load(files.builtin, Terms(frozenset(item.id for item in checklist))), checklist)


def read(files: Mapping[str, str | bytes]) -> list[ApiObject]:
    """The objects of some files; anything that cannot be read fails the test."""
    found = []
    for name, text in files.items():
        parsed = parse(name, text if isinstance(text, bytes) else text.encode())
        assert not parsed.problems, parsed.problems
        found += [objects(document) for document in parsed.documents]
    whole = join(found)
    assert not whole.problems, whole.problems
    return whole.objects


def judge(files: Mapping[str, str | bytes], *only: str, **settings: Any) -> Report:
    """The report on some files."""
    return check(read(files), NO_INPUTS, catalogue(), Settings(only=frozenset(only), **settings))


def told(findings: Iterable[Finding], outcome: str = "fail") -> set[tuple[str, str, int | None]]:
    """(policy, file, line) of findings."""
    return {(finding.policy, finding.location.file, finding.location.line) for finding in findings if finding.outcome == outcome}
