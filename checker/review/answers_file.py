"""Room for answers: open questions as entries of the answers file, to be filled in by people."""

import json

from checker.answers import Answer
from checker.review.document import Review

_HEAD = """\
# Answers to what configuration cannot tell: `answer: yes` or `no`, by whom, on which day (YYYY-MM-DD), and if you like until when.
answers:
"""


def with_questions(content: str, answers: tuple[Answer, ...], review: Review) -> tuple[str, int]:
    """The file with an entry for each open question that has none, and how many were added; what is there stays as it is."""
    there = {(answer.row, answer.subject) for answer in answers}
    entries = []
    for row in review.rows:
        for question in row.questions:
            key = (row.item.id, question.place.subject)
            if key not in there:
                there.add(key)
                entries.append(_entry(row.item.id, question.place.subject, question.text, question.place.owner))
    if not entries:
        return content, 0
    comments = [line for line in content.splitlines(keepends=True) if line.startswith("#")]
    before = content if answers else "".join(comments) + "answers:\n" if comments else _HEAD
    return before + ("" if before.endswith("\n") else "\n") + "".join(entries), len(entries)


def _entry(row: str, subject: str, text: str, owner: str) -> str:
    asked = f"# {' '.join(text.split())}" + (f" (owner: {' '.join(owner.split())})" if owner else "")
    printable = "".join(char if char.isprintable() else " " for char in asked)
    return f"{printable}\n- row: {row}\n  subject: {json.dumps(subject)}\n  answer:\n  by:\n  date:\n  expires:\n  note:\n"
