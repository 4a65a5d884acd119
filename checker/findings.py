"""What a check says: findings, and the report that holds them."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from checker.errors import Problem, Skipped
from checker.location import Location

Severity = Literal["high", "medium", "low"]
Outcome = Literal["fail", "unknown", "waived", "ask", "attested"]
Change = Literal["new", "unchanged", "gone"]
Verdict = Literal["met", "violated", "unknown", "not applicable", "ask"]

SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")


ObjectKey = tuple[str, str, str, str]  # file, kind, namespace, name


class Edge(NamedTuple):
    """Calls to one port of a host, of all callers for whom the same holds; without callers those of anybody."""

    host: str
    port: int
    protocol: str
    callers: tuple[ObjectKey, ...]


class Subject(NamedTuple):
    """The object a finding speaks of; `container` only where one container is meant. With an `edge` it is the Service that is called."""

    kind: str
    namespace: str
    name: str
    container: str = ""
    edge: Edge | None = None

    def __str__(self) -> str:
        """`Deployment shop/web, container app`."""
        owner = f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"
        return f"{owner}, container {self.container}" if self.container else owner


class Related(NamedTuple):
    """A second place that explains a finding, with a note that says how."""

    note: str
    location: Location


class Finding(NamedTuple):
    """One judgement that is not a pass.

    Outcome `ask` is a question that configuration cannot answer, `attested` one that somebody answered with yes. `excerpt` is the
    source line at `location`; `waiver` is what somebody said, for the outcomes `waived` and `attested`; `owners` are the objects,
    beside the subject, whose waivers count. `worlds` are the variants of the system in which it holds, if not in all.
    `change`: what becomes of it by what is compared; None without a comparison.
    """

    policy: str
    checklist: tuple[str, ...]
    severity: Severity
    outcome: Outcome
    subject: Subject
    message: str
    fix: str
    location: Location
    related: tuple[Related, ...] = ()
    fingerprint: str = ""
    excerpt: str = ""
    waiver: str = ""
    owners: tuple[ObjectKey, ...] = ()
    change: Change | None = None
    worlds: tuple[str, ...] = ()

    def subjects(self) -> tuple[str, ...]:
        """Whom it concerns, in words that answers can name: the object, or each call on its own."""
        edge = self.subject.edge
        if edge is None:
            return (str(self.subject),)
        callers = dict.fromkeys(str(Subject(kind, namespace, name)) for _, kind, namespace, name in edge.callers)
        return tuple(f"{caller} -> {edge.host}:{edge.port}" for caller in callers or ("anybody",))


_RANKS = {severity: rank for rank, severity in enumerate(SEVERITIES)}


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The order of a report: by severity, policy, outcome and place."""
    return sorted(findings, key=_order)


def _order(finding: Finding) -> tuple[object, ...]:
    location = finding.location
    return (
        _RANKS[finding.severity], finding.policy, finding.outcome, location.file, location.line or 0, location.column or 0,
        finding.subject, finding.message, finding.fingerprint,
    )  # fmt: skip


_PASSWORD = re.compile(r"(//[^/@\s:]*:)[^/@\s]+@")


def without_passwords(excerpt: str) -> str:
    """A report travels further than the manifest: `scheme://user:password@host` is shown without the password."""
    return _PASSWORD.sub(r"\1***@", excerpt) if "@" in excerpt else excerpt


def fingerprint(policy: str, subject: Subject, setting: str) -> str:
    """Stable name of a finding: it survives moved lines, renamed files and reworded messages."""
    text = "\0".join((policy, *subject[:4], setting))  # not who else is concerned: callers come and go
    return "v1:" + hashlib.sha256(text.encode()).hexdigest()[:24]


class Tally(NamedTuple):
    """How often a policy, or all policies of a checklist item, came to each outcome."""

    passed: int = 0
    failed: int = 0
    unknown: int = 0
    waived: int = 0
    not_applicable: int = 0
    asked: int = 0
    attested: int = 0

    @property
    def judged(self) -> bool:
        """Whether there was anything to judge or to ask."""
        return bool(self.passed or self.failed or self.unknown or self.waived or self.asked or self.attested)

    def __add__(self, other: tuple[int, ...]) -> "Tally":  # type: ignore[override]
        """The two counted together."""
        return Tally(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class ChecklistRow(NamedTuple):
    """One item of the checklist with its verdict; `asks` are the questions configuration cannot answer."""

    id: str
    title: str
    group: str
    verdict: Verdict
    tally: Tally
    asks: tuple[str, ...] = ()
    note: str = ""


class Inputs(NamedTuple):
    """What was read: counts, what was left out and why, what could not be read.

    `cluster`: the context of the one that was read. `compared`: it holds files that are put over the cluster.
    """

    files: int
    documents: int
    objects: int
    skipped: Sequence[Skipped]
    errors: Sequence[Problem]
    cluster: str = ""
    compared: bool = False


class PolicyText(NamedTuple):
    """What a policy says of itself: what it demands, and why that matters."""

    title: str
    why: str


class Report(NamedTuple):
    """Everything one check says, in a fixed order that no format has to sort again."""

    version: str
    inputs: Inputs
    assumptions: Sequence[str]
    findings: Sequence[Finding]
    checklist: Sequence[ChecklistRow]
    tallies: Mapping[str, Tally]
    policies: Mapping[str, PolicyText] = {}

    def count(self, severity: Severity) -> int:
        """Failed findings of one severity, without those that are gone."""
        return sum(each.outcome == "fail" and each.severity == severity and each.change != "gone" for each in self.findings)
