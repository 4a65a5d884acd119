"""Waivers: findings that somebody accepted, with the reason.

`policy-id: reason`, several separated by `;`, each with an optional `until=2027-01-31`. They stand in the annotation
`k8s-stabcheck/ignore` of an object or its pod template, in a comment `# k8s-stabcheck: ignore policy-id: reason`, or in the
configuration file. A comment above everything else in a document is about the whole object, any other one about the
findings of its own line or the next. A finding about calls is covered by a waiver of the Service that is called, of the object that
the finding points at, or of every caller it concerns.
"""

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from checker.documents import comments, locate
from checker.errors import Problem
from checker.findings import Finding, ObjectKey
from checker.location import Path
from checker.objects import ApiObject

ANNOTATION = "k8s-stabcheck/ignore"
_COMMENT = re.compile(r"#\s*k8s-stabcheck:\s*ignore\s+(.+)$")
_UNTIL = re.compile(r"\s*,?\s*\buntil=(\S+)\s*")
_ANNOTATED: tuple[Path, ...] = (
    ("metadata", "annotations"),
    ("spec", "template", "metadata", "annotations"),
    ("spec", "jobTemplate", "spec", "template", "metadata", "annotations"),
)


class Waiver(NamedTuple):
    """One accepted policy. `line` None: for the whole object; else for findings on that line."""

    policy: str
    reason: str
    until: datetime.date | None
    line: int | None


class Acceptance(NamedTuple):
    """A waiver of the configuration file; empty fields match everything, `*` stands for any text."""

    policy: str
    reason: str
    until: datetime.date | None
    kind: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


class Waivers(NamedTuple):
    """Waivers by object (file, kind, namespace, name), and those that are void, as problems."""

    by_object: Mapping[ObjectKey, Sequence[Waiver]]
    problems: Sequence[Problem]


def collect(items: Iterable[ApiObject], policies: Iterable[str], in_source: Iterable[tuple[ObjectKey, int, str]] = ()) -> Waivers:
    """All waivers of the input, and those of comments in application source, each with whom it concerns and the line it is about.

    One without a reason or for a policy that does not exist is void, and a problem.
    """
    known = frozenset(policies)
    by_object: dict[ObjectKey, Sequence[Waiver]] = {}
    problems: list[Problem] = []
    for item in items:
        if item.document.text and "k8s-stabcheck" not in item.document.text:
            continue
        found: list[Waiver] = []
        for text, line, place in _texts(item):
            granted, void = _entries(text, line, known)
            found += granted
            problems += [Problem(item.document.file, *place, *why) for why in void]
        by_object[_key(item)] = found
    for key, line, text in in_source:
        granted, void = _entries(text, line, known)
        by_object[key] = [*by_object.get(key, ()), *granted]
        problems += [Problem(key[0], line, None, *why) for why in void]
    return Waivers(by_object, list(dict.fromkeys(problems)))


def _entries(text: str, line: int | None, known: frozenset[str]) -> tuple[list[Waiver], list[tuple[str, str]]]:
    """The waivers that a text grants, and what is wrong with those that are void, with the mend."""
    read = [_waiver(entry, line, known) for entry in filter(None, (part.strip() for part in text.split(";")))]
    return [each for each in read if isinstance(each, Waiver)], [each for each in read if not isinstance(each, Waiver)]


def apply(findings: Iterable[Finding], waivers: Waivers, accepted: Sequence[Acceptance], today: datetime.date) -> list[Finding]:
    """The findings, with outcome `waived` where a waiver in force covers a failure."""
    in_force = [entry for entry in accepted if entry.until is None or today <= entry.until]
    return [_waived(finding, waivers, in_force, today) if finding.outcome == "fail" else finding for finding in findings]


def _waived(finding: Finding, waivers: Waivers, accepted: Sequence[Acceptance], today: datetime.date) -> Finding:
    subject = finding.subject
    for entry in accepted:
        if _covers(entry, finding):
            return finding._replace(outcome="waived", waiver=entry.reason)
    own = finding.location.file, subject.kind, subject.namespace, subject.name
    reasons = [reason for key in dict.fromkeys((own, *finding.owners)) if (reason := _reason(waivers, key, finding, today))]
    if not reasons and subject.edge is not None:
        of_callers = [_reason(waivers, key, finding, today) for key in subject.edge.callers]
        reasons = of_callers if all(of_callers) else []
    return finding._replace(outcome="waived", waiver=reasons[0]) if reasons else finding


def _reason(waivers: Waivers, key: ObjectKey, finding: Finding, today: datetime.date) -> str:
    """Why an object's waiver in force covers a finding; empty without one."""
    for waiver in waivers.by_object.get(key, ()):
        here = waiver.line is None or (key[0] == finding.location.file and waiver.line == finding.location.line)
        if waiver.policy == finding.policy and here and (waiver.until is None or today <= waiver.until):
            return waiver.reason
    return ""


def _covers(entry: Acceptance, finding: Finding) -> bool:
    subject = finding.subject
    pairs = (
        (entry.kind, subject.kind),
        (entry.namespace, subject.namespace),
        (entry.name, subject.name),
        (entry.path, finding.location.file),
    )
    return entry.policy == finding.policy and all(not pattern or fnmatchcase(value, pattern) for pattern, value in pairs)


def _key(item: ApiObject) -> ObjectKey:
    return item.document.file, item.kind, item.namespace, item.name


def _texts(item: ApiObject) -> Iterator[tuple[str, int | None, tuple[int | None, int | None]]]:
    """(text, line it is about or None for the whole object, place of the text)."""
    for path in _ANNOTATED:
        data: object = item.data
        for step in path:
            data = data.get(step) if isinstance(data, dict) else None
        if isinstance(data, dict) and data.get(ANNOTATION):
            place = locate(item.document, (*item.base, *path, ANNOTATION))
            yield str(data[ANNOTATION]), None, (place.line, place.column)
    first = locate(item.document, (*item.base, "apiVersion")).line or item.document.line
    lines = item.document.text.split("\n")
    for line, text in comments(item.document):
        if found := _COMMENT.search(text):
            index = line - item.document.line
            alone = lines[index].lstrip().startswith("#")
            about = None if line < first else line + 1 if alone else line
            yield found[1], about, (line, None)


def _waiver(entry: str, line: int | None, known: frozenset[str]) -> Waiver | tuple[str, str]:
    """The waiver, or what is wrong with it and how to mend it."""
    limit = _UNTIL.search(entry)
    policy, _, reason = _UNTIL.sub(" ", entry).partition(":")
    policy, reason = policy.strip(), reason.strip()
    if policy not in known:
        return f"the waiver names `{policy}`, which is no policy", "see `k8s-stabcheck list policies` for the ids"
    if not reason:
        return f"the waiver of `{policy}` has no reason and is void", f'write "{policy}: why this is accepted"'
    try:
        until = datetime.date.fromisoformat(limit[1]) if limit else None
    except ValueError:
        return f"the waiver of `{policy}` has no date in `{limit[0].strip() if limit else ''}` and is void", "write until=YYYY-MM-DD"
    return Waiver(policy, reason, until, line)
