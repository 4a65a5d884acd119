"""Reports with any text anywhere."""

from hypothesis import strategies as st

from checker.errors import Problem, Skipped
from checker.findings import SEVERITIES, ChecklistRow, Edge, Finding, Inputs, Outcome, PolicyText, Related, Report, Subject, Tally, Verdict
from checker.location import Location

OUTCOMES: tuple[Outcome, ...] = ("fail", "unknown", "waived")
VERDICTS: tuple[Verdict, ...] = ("met", "violated", "unknown", "not applicable", "ask")

# Surrogates too: that is how Python holds the bytes of a file name that are not UTF-8.
_CONTROLS = st.sampled_from(["\x1b[31m", "\x00", "\x7f", "\x9b", "\r", "\n", "\t", "\u2028", "\u202e", "\u200b", "\udcff", "…", "a b"])
texts = st.lists(st.one_of(_CONTROLS, st.text(st.characters(), max_size=6)), max_size=4).map("".join)
numbers = st.one_of(st.none(), st.integers(1, 10**6))
counts = st.integers(0, 999)
locations = st.builds(Location, texts, numbers, numbers, texts)
tallies = st.builds(Tally, counts, counts, counts, counts, counts, counts, counts)


def some(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    """A few of them."""
    return st.lists(strategy, max_size=3).map(tuple)


edges = st.builds(Edge, texts, st.integers(1, 65535), texts, some(st.tuples(texts, texts, texts, texts)))
findings = st.builds(
    Finding,
    policy=st.one_of(st.sampled_from(["no-memory-limit", "single-replica"]), texts),
    checklist=some(texts),
    severity=st.sampled_from(SEVERITIES),
    outcome=st.sampled_from(OUTCOMES),
    subject=st.builds(Subject, st.one_of(st.just("Deployment"), texts), texts, texts, texts, edge=st.none() | edges),
    message=texts,
    fix=texts,
    location=locations,
    related=some(st.builds(Related, texts, locations)),
    fingerprint=texts,
    excerpt=texts,
    waiver=texts,
)


def reports() -> st.SearchStrategy[Report]:
    """Any report, sensible or not."""
    return st.builds(
        Report,
        version=texts,
        inputs=st.builds(
            Inputs,
            counts,
            counts,
            counts,
            some(st.builds(Skipped, texts, numbers, texts)),
            some(st.builds(Problem, texts, numbers, numbers, texts, texts)),
        ),
        assumptions=some(texts),
        findings=st.lists(findings, max_size=8),
        checklist=some(st.builds(ChecklistRow, texts, texts, texts, st.sampled_from(VERDICTS), tallies, some(texts), texts)),
        tallies=st.dictionaries(texts, tallies, max_size=3),
        policies=st.dictionaries(texts, st.builds(PolicyText, texts, texts), max_size=3),
    )
