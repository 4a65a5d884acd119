"""The review checklist, and each item's verdict from the policies that serve it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from checker.entries import Entry
from checker.errors import PolicyError
from checker.findings import ChecklistRow, Finding, Tally, Verdict
from checker.policy.load import documents_of
from checker.policy.types import ChecklistItem, Policy

NOT_JUDGED = "not judged yet: no policy of this version serves it"
ATTESTED = "attested: people answered what configuration cannot show"
NOT_SELECTED = "not judged: its policies were not selected"


def load_checklist(name: str, content: bytes) -> tuple[ChecklistItem, ...]:
    """The items of `checklist.yaml`, in its order. Raises PolicyError."""
    (document,) = documents_of(name, content)
    root = Entry(document, PolicyError)
    root.only(("items",))
    items = []
    for entry in root.mappings("items"):
        entry.only(("id", "group", "title", "why", "evidence"))
        evidence = entry.texts("evidence", default=())
        items.append(ChecklistItem(entry.text("id"), entry.text("group"), entry.text("title"), entry.text("why", default=""), evidence))
    return tuple(items)


class Misconfiguration(NamedTuple):
    """A known misconfiguration of a mesh or gateway: the policies that find it, or the reason why none does."""

    id: str
    name: str
    policies: tuple[str, ...]
    reason: str


def load_misconfigurations(name: str, content: bytes) -> tuple[Misconfiguration, ...]:
    """The rows of `misconfigurations.yaml`, in its order. Raises PolicyError."""
    (document,) = documents_of(name, content)
    found = []
    for entry in Entry(document, PolicyError).mappings("misconfigurations"):
        entry.only(("id", "name", "policies", "reason"))
        policies = entry.texts("policies", default=())
        found.append(Misconfiguration(entry.text("id"), entry.text("name"), policies, entry.text("reason", default="")))
    return tuple(found)


class Concept(NamedTuple):
    """Something that other checkers judge: our policies for it, or the reason why there is none; `peers` are their ids by name."""

    id: int
    name: str
    policies: tuple[str, ...]
    reason: str
    peers: Mapping[str, str]


def load_concepts(name: str, content: bytes) -> tuple[Concept, ...]:
    """The rows of `concepts.yaml`, in its order. Raises PolicyError."""
    (document,) = documents_of(name, content)
    found = []
    for number, entry in enumerate(Entry(document, PolicyError).mappings("concepts"), 1):
        entry.only(("id", "name", "policies", "reason", "peers"))
        if entry.data.get("id") != number:
            entry.refuse(("id",), f"the concepts are numbered in order; this one is {number}")
        peers = entry.mapping("peers")
        policies = entry.texts("policies", default=())
        named = {peer: peers.text(peer) for peer in peers.data} if peers else {}
        found.append(Concept(number, entry.text("name"), policies, entry.text("reason", default=""), named))
    return tuple(found)


def rows(
    items: Sequence[ChecklistItem], policies: Iterable[Policy], tallies: Mapping[str, Tally], findings: Iterable[Finding]
) -> tuple[ChecklistRow, ...]:
    """A verdict for each item, from all policies there are and the tallies and open questions of those that ran.

    What could not be told never makes an item met.
    """
    asked: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.outcome == "ask":
            asked[finding.policy].append(finding)
    serving = by_item(items, policies)
    return tuple(_row(item, serving[item.id], tallies, asked) for item in items)


def by_item(items: Sequence[ChecklistItem], policies: Iterable[Policy]) -> dict[str, list[Policy]]:
    """The policies that tell something about each item: those that serve it, and those it names as evidence."""
    named: dict[str, list[str]] = defaultdict(list)
    for item in items:
        for identifier in item.evidence:
            named[identifier].append(item.id)
    serving: dict[str, list[Policy]] = {item.id: [] for item in items}
    for policy in policies:
        for identifier in dict.fromkeys((*policy.checklist, *named.get(policy.id, ()))):
            serving[identifier].append(policy)
    return serving


def _row(
    item: ChecklistItem, policies: Sequence[Policy], tallies: Mapping[str, Tally], asked: Mapping[str, Sequence[Finding]]
) -> ChecklistRow:
    tally = Tally()
    for policy in policies:
        tally += tallies.get(policy.id, Tally())
    judged = any(policy.id in tallies for policy in policies)
    told = verdict(tally) if judged else "unknown"
    return ChecklistRow(
        item.id,
        item.title,
        item.group,
        told,
        tally,
        asks=tuple(_question(policy.title, asked[policy.id]) for policy in policies if policy.id in asked),
        note=(ATTESTED if told == "met" and tally.attested else "") if judged else NOT_SELECTED if policies else NOT_JUDGED,
    )


def verdict(tally: Tally) -> Verdict:
    """Violated beats unknown beats ask beats met; a waiver excuses a violation but proves nothing; no subject: not applicable."""
    if tally.failed:
        return "violated"
    if tally.unknown:
        return "unknown"
    if tally.asked:
        return "ask"
    if tally.passed or tally.attested:
        return "met"
    return "violated" if tally.waived else "not applicable"


_NAMED = 5


def _question(title: str, asked: Sequence[Finding]) -> str:
    """The question with those it is narrowed to: `Is each of these safe to repeat? 7: a -> b:80, …`."""
    subjects = list(dict.fromkeys(subject for finding in asked for subject in finding.subjects()))
    more = f" and {len(subjects) - _NAMED:,} more" if len(subjects) > _NAMED else ""
    return f"{title} {len(subjects):,}: {', '.join(subjects[:_NAMED])}{more}"
