"""The review as Markdown, for a wiki or a pull request: headings, verdicts, evidence, questions with room to tick."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from checker.review.document import Evidence, Place, Question, Review, Row
from checker.review.words import MEANINGS, counted, summary

_SPECIAL = re.compile(r"([\\`*_\[\]>|#~])")


def render(review: Review) -> str:
    """The whole document, the same bytes for the same review."""
    return "\n".join(_lines(review)) + "\n"


def _lines(review: Review) -> Iterator[str]:
    yield "# Stability review"
    yield ""
    yield f"{counted(review.objects, 'object')} in {counted(review.files, 'file')}. {summary(review)}."
    yield from _listed("Could not be read, so that it was not judged", review.unread)
    yield from _listed("Assumed", review.assumptions)
    for group, rows in groupby(review.rows, key=lambda row: row.item.group):
        yield from ("", f"## {_text(group)}")
        for row in rows:
            yield from _row(row)
    yield from _listed("Answers to what is not asked any more", [f"{answer.row}, {answer.subject}: {answer}" for answer in review.unused])


def _listed(title: str, texts: Sequence[str]) -> Iterator[str]:
    if texts:
        yield from ("", f"**{title}:**", "", *(f"- {_text(text)}" for text in texts))


def _row(row: Row) -> Iterator[str]:
    yield from ("", f"### {row.item.id} · {_text(row.item.title)}", "", f"**{row.verdict}**: {_text(row.note) or MEANINGS[row.verdict]}")
    if row.evidence or row.questions:
        yield ""
    for evidence in row.evidence:
        yield from _evidence(evidence)
    for text, questions in groupby(row.questions, key=lambda each: each.text):
        yield f"- {_text(text)}"
        yield from map(_question, questions)


def _evidence(evidence: Evidence) -> Iterator[str]:
    if evidence.outcome == "passed":
        yield f"- passed {evidence.number:,} ×: {_text(evidence.title)} (`{evidence.policy}`)"
        return
    severity = f", {evidence.severity}" if evidence.outcome == "fail" else ""
    yield f"- **{evidence.outcome}{severity}** {evidence.number:,} × `{evidence.policy}`: {_text(evidence.title)}"
    for place in evidence.places:
        yield f"  - {_text(place.subject)} ({_where(place)}): {_text(place.message)}"
    if evidence.number > len(evidence.places):
        yield f"  - and {evidence.number - len(evidence.places):,} more"
    if evidence.fix:
        yield f"  - *mend*: {_text(evidence.fix)}"


def _question(question: Question) -> str:
    said = f" — said before: {_text(question.said)}" if question.said else ""
    place = question.place
    return f"  - [ ] {_text(place.subject)} ({_where(place)}): {_text(place.message)}{said} — answer, name, day: ……"


def _where(place: Place) -> str:
    owner = f", owner {_text(place.owner)}" if place.owner else ""
    return f"{_text(str(place.location))}{owner}"


def _text(text: str) -> str:
    """One line in which nothing is markup."""
    printable = "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
    return _SPECIAL.sub(r"\\\1", printable.replace("&", "&amp;")).replace("<", "&lt;")
