"""The review as text for a terminal or a mail."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from checker.findings import Verdict
from checker.reports import Style
from checker.reports.text.terminal import Tone, clean, defuse, paint, prose, wrap
from checker.review.document import Evidence, Place, Review, Row
from checker.review.words import VERDICTS, counted, summary

_LABEL = max(map(len, VERDICTS))
_TONES: dict[Verdict, Tone] = {"violated": "high", "unknown": "medium", "ask": "strong", "met": "good", "not applicable": "faint"}


def render(review: Review, style: Style) -> str:
    """The whole document, in lines that fit; nothing in it but printable characters, line feeds and colour codes."""
    return defuse("\n".join(_lines(review, style))) + "\n"


def _lines(review: Review, style: Style) -> Iterator[str]:
    for group, rows in groupby(review.rows, key=lambda row: row.item.group):
        yield paint(clean(group), "strong", style)
        for row in rows:
            yield from _row(row, style)
        yield ""
    yield from _listed("assumed", review.assumptions, style)
    unused = [f"{answer.row}, {answer.subject}: {answer}" for answer in review.unused]
    yield from _listed("answers to what is not asked any more", unused, style)
    yield from _listed("could not be read, so that it was not judged", review.unread, style)
    yield f"{summary(review)} — {counted(review.objects, 'object')} in {counted(review.files, 'file')}"


def _listed(title: str, texts: Sequence[str], style: Style) -> Iterator[str]:
    if texts:
        yield f"{paint(title, 'strong', style)}:"
        for text in texts:
            yield from wrap(prose(text), style, "  ", "    ")
        yield ""


def _row(row: Row, style: Style) -> Iterator[str]:
    label = f"  {row.verdict:{_LABEL}}"
    first, *rest = wrap(f"{row.item.id}  {prose(row.item.title)}", style, label + "  ")
    yield from (paint(label, _TONES[row.verdict], style) + first[len(label) :], *rest)
    if row.note:
        yield from wrap(prose(row.note), style, "      ")
    for evidence in row.evidence:
        yield from _evidence(evidence, style)
    for text, questions in groupby(row.questions, key=lambda each: each.text):
        yield from wrap(f"? {prose(text)}", style, "      ", "        ")
        for question in questions:
            said = f" (said before: {prose(question.said)})" if question.said else ""
            yield from wrap(f"[ ] {_about(question.place)}{said}", style, "        ", "            ")


def _evidence(evidence: Evidence, style: Style) -> Iterator[str]:
    if evidence.outcome == "passed":
        yield from wrap(f"{evidence.number:,} passed: {prose(evidence.title)}", style, "      ", "        ")
        return
    severity = f"{evidence.severity} " if evidence.outcome == "fail" else ""
    yield from wrap(f"{evidence.number:,} {severity}{evidence.outcome}: {clean(evidence.policy)}", style, "      ", "        ")
    for place in evidence.places:
        yield from wrap(_about(place), style, "        - ", "          ")
    if evidence.number > len(evidence.places):
        yield f"        … and {evidence.number - len(evidence.places):,} more"
    if evidence.fix:
        yield from wrap(prose(evidence.fix), style, "        fix: ", "          ")


def _about(place: Place) -> str:
    owner = f", owner {prose(place.owner)}" if place.owner else ""
    return f"{prose(place.subject)} ({clean(str(place.location))}{owner}): {prose(place.message)}"
