"""The cases of Istio's own analyzers: each message about stability has a finding of ours on the same object, and silence is silence."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from checker.admission import shaped
from checker.documents import Document, locate, parse
from checker.engine import Settings, check
from checker.objects import join, objects
from checker.objects.unseen import unseen
from tests.istio.analyzers import APART, COVERED, DISAGREEMENTS, REFUSED, SILENT
from tests.peers.completion import completed
from tests.systems import NO_INPUTS, SHARED, catalogue

ANALYZERS = SHARED / "corpus" / "peers" / "istio-analyzers"
_EXPECTED = ANALYZERS / "expectations.json"
_RECORDED = json.loads(_EXPECTED.read_text()) if _EXPECTED.exists() else {"cases": (), "message_codes": {}}
# The analyzers are run on what is in a mesh.
_MESH = "apiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {istio-injection: enabled}}\n"


class Case(NamedTuple):
    """A case, and the objects for which it expects each message; a message without objects must not be given."""

    name: str
    files: tuple[Path, ...]
    mesh: Path | None
    expected: dict[str, set[str]]


def _cases() -> Iterator[Case]:
    given: dict[str, set[str]] = {name: set(codes) for name, codes in SILENT.items()}
    cases = [entry for entry in _RECORDED["cases"] if entry["analyzer"] not in APART]
    for entry in cases:
        given.setdefault(entry["analyzer"], set()).update(message["code"] for message in entry["expected"])
    for entry in cases:
        expected: dict[str, set[str]] = {code: set() for code in given[entry["analyzer"]]}
        for message in entry["expected"]:
            expected[message["code"]].add(_resource(message["resource"]))
        mesh = ANALYZERS / entry["mesh_config"] if entry["mesh_config"] else None
        yield Case(entry["case"], tuple(ANALYZERS / file for file in entry["files"]), mesh, expected)


def _resource(text: str) -> str:
    kind, _, name = text.partition(" ")
    return f"{kind} {name.removeprefix('default/')}"


CASES = [pytest.param(case, id=case.name) for case in _cases()]
needs_cases = pytest.mark.skipif(not CASES, reason="the analyzers' cases are not beside the repository")


@cache
def _found(files: tuple[Path, ...], mesh: Path | None) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
    """(policy, object) of what we find, and of what a finding shows besides; `*` for objects that are refused."""
    documents = [document for file in files for document in completed(str(file), file.read_bytes())]
    if not any(document.data.get("kind") == "Namespace" and _name(document) == "default" for document in documents):
        documents += parse("mesh.yaml", _MESH.encode()).documents
    whole = join(objects(document) for document in documents)
    sound, mistakes = shaped(whole.objects)
    names = {(item.kind, item.namespace, item.name) for item in sound}
    refused = {(item.kind, item.namespace) for item in whole.objects if (item.kind, item.namespace, item.name) not in names}
    given = yaml.safe_load(mesh.read_text()) if mesh else None
    settings = Settings(complete=True, enable=frozenset(catalogue().policies), unseen=unseen({"refused": refused}), mesh=given)
    report = check(sound, NO_INPUTS, catalogue(), settings)
    starts = sorted((item.document.file, _line(item), f"{item.kind} {_short(item)}") for item in whole.objects)

    def at(file: str, line: int | None) -> str:
        return max((start for start in starts if start[0] == file and start[1] <= (line or 0)), default=("", 0, ""))[2]

    failed = [finding for finding in report.findings if finding.outcome == "fail"]
    found = {(finding.policy, at(finding.location.file, finding.location.line)) for finding in failed}
    shown = {(finding.policy, at(place.location.file, place.location.line)) for finding in failed for place in finding.related}
    return frozenset(found), frozenset(shown | {("*", at(mistake.file, mistake.line)) for mistake in mistakes})


def _name(document: Document) -> str:
    return str((document.data.get("metadata") or {}).get("name"))


def _line(item) -> int:
    return locate(item.document, item.base).line or 0


def _short(item) -> str:
    return item.name if item.namespace in ("", "default") else f"{item.namespace}/{item.name}"


@needs_cases
@pytest.mark.parametrize("case", CASES)
def test_messages_about_stability_have_a_finding_on_the_same_object(case):
    found, shown = _found(case.files, case.mesh)
    for code in case.expected.keys() & COVERED.keys():
        for resource in case.expected[code]:
            ours = {policy for policy, where in found | shown if where == resource} & {*COVERED[code], "*"}
            reason = DISAGREEMENTS.get((case.name, code, resource))
            assert bool(ours) == (reason is None), f"{code} on {resource}: we find {sorted(found | shown)}"


@needs_cases
@pytest.mark.parametrize("case", CASES)
def test_where_the_analyzer_is_silent_so_are_we(case):
    found, _ = _found(case.files, case.mesh)
    for code in case.expected.keys() & COVERED.keys():
        policies = set(COVERED[code])
        same = {other for other in case.expected if policies & set(COVERED.get(other, ()))}
        told = {resource for other in same for resource in case.expected[other]}
        more = {where for policy, where in found if policy in policies} - told
        assert not {where for where in more if not any((case.name, other, where) in DISAGREEMENTS for other in same)}, sorted(found)


@needs_cases
def test_every_message_is_covered_or_refused_with_a_reason():
    codes = {code for code, _ in _RECORDED["message_codes"].values()}
    assert codes == COVERED.keys() | REFUSED.keys()
    assert not COVERED.keys() & REFUSED.keys()
    assert {policy for policies in COVERED.values() for policy in policies} - {"*"} <= set(catalogue().policies)


@needs_cases
def test_every_disagreement_is_for_a_case():
    expected = {(case.name, code) for case in _cases() for code in case.expected}
    assert {(name, code) for name, code, _ in DISAGREEMENTS} <= expected
