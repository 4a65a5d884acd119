"""Answers: what people said to questions that configuration cannot answer.

They stand in `.k8s-stabcheck-review.yaml`, each with its row of the checklist, its subject as the review prints it (`*` stands for
any text), `yes`, `no` or nothing yet, and who said it when. A yes counts as attested, never as measured; a no is a finding.
"""

import datetime
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from checker.documents import parse
from checker.entries import Entry
from checker.errors import ConfigError
from checker.findings import Finding
from checker.location import Location

FILE_NAME = ".k8s-stabcheck-review.yaml"
_FIELDS = ("row", "subject", "answer", "by", "date", "expires", "note")
_WORDS = {True: "yes", False: "no", "yes": "yes", "no": "no", None: "", "": ""}


class Answer(NamedTuple):
    """What one person said of one row and subject; `answer` is empty as long as nobody said anything."""

    row: str
    subject: str
    answer: str
    by: str
    date: datetime.date | None
    expires: datetime.date | None
    note: str

    def __str__(self) -> str:
        """`yes, says Ana, 2026-11-02: checked in the code`."""
        return f"{self.answer}, says {self.by}, {self.date}" + (f": {self.note}" if self.note else "")

    def is_about(self, finding: Finding, subject: str) -> bool:
        """Whether it answers what a finding asks of one of its subjects."""
        return self.row in finding.checklist and fnmatchcase(subject, self.subject)

    def holds(self, today: datetime.date) -> bool:
        """Whether something was said, and still counts."""
        return bool(self.answer) and (self.expires is None or today <= self.expires)


def load_answers(name: str, content: bytes, rows: frozenset[str]) -> tuple[Answer, ...]:
    """The answers in a file; `rows` are the ids of the checklist. Raises ConfigError with file and line."""
    parsed = parse(name, content)
    for problem in parsed.problems:
        raise ConfigError(problem.message, at=Location(name, problem.line, problem.column), fix=problem.fix)
    documents = [document for document in parsed.documents if document.data is not None]
    if not documents:
        return ()
    root = Entry(documents[0], ConfigError)
    root.only(("answers",))
    return tuple(_answer(entry, rows) for entry in root.mappings("answers"))


def _answer(entry: Entry, rows: frozenset[str]) -> Answer:
    entry.only(_FIELDS)
    row = entry.text("row")
    if row not in rows:
        entry.refuse(("row",), f"`{row}` is not in the checklist", "see `k8s-stabcheck list checklist`")
    given = entry.data.get("answer")
    word = _WORDS.get(given) if isinstance(given, (bool, str, type(None))) else None
    if word is None:
        entry.refuse(("answer",), f"`{given}` is no answer", "write yes or no, or leave it empty, and explain under `note`")
    by, date = entry.text("by", default="") if entry.data.get("by") else "", _date(entry, "date")
    if word and not (by and date):
        entry.refuse(("answer",), "an answer needs somebody who gave it and a day", "add `by:` and `date: YYYY-MM-DD`")
    note = entry.text("note", default="") if entry.data.get("note") else ""
    return Answer(row, entry.text("subject"), word, by, date, _date(entry, "expires"), note)


def _date(entry: Entry, key: str) -> datetime.date | None:
    given = entry.data.get(key)
    try:
        return datetime.date.fromisoformat(str(given)) if given else None
    except ValueError:
        entry.refuse((key,), f"`{given}` is no date", "write YYYY-MM-DD")


def apply(findings: Iterable[Finding], answers: Sequence[Answer], today: datetime.date) -> list[Finding]:
    """The findings, with every question that is answered for all its subjects as attested, and with a no as a failure."""
    in_force = [answer for answer in answers if answer.holds(today)]
    return [_answered(finding, in_force) if finding.outcome == "ask" else finding for finding in findings]


def _answered(finding: Finding, answers: Sequence[Answer]) -> Finding:
    given = [next((answer for answer in answers if answer.is_about(finding, subject)), None) for subject in finding.subjects()]
    said = [answer for answer in given if answer is not None]
    refused = next((answer for answer in said if answer.answer == "no"), None)
    if refused:
        return finding._replace(outcome="fail", message=f"{finding.message} ({refused})")
    return finding._replace(outcome="attested", waiver=str(said[0])) if len(said) == len(given) else finding
