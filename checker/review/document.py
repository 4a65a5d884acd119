"""A report put in the order of the checklist."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from checker.answers import Answer
from checker.findings import Finding, Outcome, Report, Severity, Verdict
from checker.location import Location
from checker.policy.checklist import by_item
from checker.policy.types import ChecklistItem, Policy
from checker.review.owners import Key, Owners

_ORDER: Sequence[Outcome] = ("fail", "unknown", "attested", "waived")
_TOP = 3


class Place(NamedTuple):
    """One subject of a row: whom it concerns, what is said of it, where it is written, and who owns it."""

    subject: str
    message: str
    location: Location
    owner: str


class Evidence(NamedTuple):
    """What one policy found for a row. `places` are the first of `number`; none for what passed, which is only counted."""

    policy: str
    title: str
    severity: Severity
    outcome: Outcome | Literal["passed"]
    number: int
    places: Sequence[Place]
    fix: str


class Question(NamedTuple):
    """What one person is to answer; `said` is an answer that does not count any more."""

    policy: str
    text: str
    place: Place
    said: str


class Row(NamedTuple):
    """An item of the checklist."""

    item: ChecklistItem
    verdict: Verdict
    note: str
    evidence: Sequence[Evidence]
    questions: Sequence[Question]


class Review(NamedTuple):
    """The whole document. `objects` and `files` were judged; `unread` problems kept something from being judged."""

    rows: Sequence[Row]
    assumptions: Sequence[str]
    objects: int
    files: int
    unread: Sequence[str]
    unused: Sequence[Answer]


class Material(NamedTuple):
    """What a review is made of, beside the report."""

    checklist: Sequence[ChecklistItem]
    policies: Mapping[str, Policy]
    owners: Owners
    answers: Sequence[Answer] = ()


def review(report: Report, material: Material) -> Review:
    """Every row of the checklist, in its order."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        found[finding.policy].append(finding)
    serving = by_item(material.checklist, material.policies.values())
    rows = []
    for item, row in zip(material.checklist, report.checklist, strict=True):
        evidence = [each for policy in serving[item.id] for each in _evidence(policy, found[policy.id], report, material)]
        questions = [each for policy in serving[item.id] for each in _questions(policy, found[policy.id], material)]
        rows.append(Row(item, row.verdict, row.note, sorted(evidence, key=_rank), questions))
    return Review(
        rows,
        report.assumptions,
        report.inputs.objects,
        report.inputs.files,
        [f"{Location(problem.file, problem.line, problem.column)}: {problem.message}" for problem in report.inputs.errors],
        _unused(report.findings, material.answers),
    )


def _evidence(policy: Policy, findings: Iterable[Finding], report: Report, material: Material) -> list[Evidence]:
    by_outcome: dict[Outcome, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_outcome[finding.outcome].append(finding)
    made = [
        Evidence(
            policy.id,
            policy.title,
            policy.severity,
            outcome,
            len(by_outcome[outcome]),
            [_place(finding, _keys(finding)[0], str(finding.subject), material.owners) for finding in by_outcome[outcome][:_TOP]],
            by_outcome[outcome][0].fix,
        )
        for outcome in _ORDER
        if by_outcome[outcome]
    ]
    tally = report.tallies.get(policy.id)
    if tally and tally.passed:
        made.append(Evidence(policy.id, policy.title, policy.severity, "passed", tally.passed, (), ""))
    return made


def _questions(policy: Policy, findings: Iterable[Finding], material: Material) -> Iterable[Question]:
    for finding in findings:
        if finding.outcome != "ask":
            continue
        for subject, key in zip(finding.subjects(), _keys(finding), strict=True):
            said = next((str(answer) for answer in material.answers if answer.answer and answer.is_about(finding, subject)), "")
            yield Question(policy.id, policy.title, _place(finding, key, subject, material.owners), said)


def _keys(finding: Finding) -> list[Key]:
    """The objects behind `finding.subjects()`."""
    edge, subject = finding.subject.edge, finding.subject
    if edge is None or not edge.callers:
        return [(subject.kind, subject.namespace, subject.name)]
    return list(dict.fromkeys((kind, namespace, name) for _, kind, namespace, name in edge.callers))


def _place(finding: Finding, key: Key, subject: str, owners: Owners) -> Place:
    said = f"{finding.message} ({finding.waiver})" if finding.waiver else finding.message
    return Place(subject, said, finding.location, owners.of(key))


def _rank(evidence: Evidence) -> tuple[int, int, str]:
    outcomes = [*_ORDER, "passed"]
    return outcomes.index(evidence.outcome), ("high", "medium", "low").index(evidence.severity), evidence.policy


def _unused(findings: Iterable[Finding], answers: Sequence[Answer]) -> list[Answer]:
    """Answers to what nobody asks any more."""
    asked = [finding for finding in findings if finding.outcome in ("ask", "attested", "fail", "waived")]
    return [
        answer for answer in answers if answer.answer and not any(answer.is_about(each, name) for each in asked for name in each.subjects())
    ]
