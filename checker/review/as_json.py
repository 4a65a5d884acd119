"""The review for programs: `review-1.schema.json` describes every field."""

import json
from typing import Any

from checker.review.document import Evidence, Place, Question, Review, Row

SCHEMA_VERSION = "1"


def render(review: Review) -> str:
    """The review as JSON, the same bytes for the same review."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "inputs": {"objects": review.objects, "files": review.files, "unread": list(review.unread)},
        "assumptions": list(review.assumptions),
        "rows": [_row(row) for row in review.rows],
        "unused_answers": [{"row": answer.row, "subject": answer.subject, "said": str(answer)} for answer in review.unused],
    }
    return json.dumps(document, indent=2).replace("\x7f", "\\u007f") + "\n"


def _row(row: Row) -> dict[str, Any]:
    return {
        "id": row.item.id,
        "group": row.item.group,
        "title": row.item.title,
        "verdict": row.verdict,
        "note": row.note,
        "evidence": [_evidence(evidence) for evidence in row.evidence],
        "questions": [_question(question) for question in row.questions],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {**evidence._asdict(), "places": [_place(place) for place in evidence.places]}


def _question(question: Question) -> dict[str, Any]:
    return {"policy": question.policy, "question": question.text, **_place(question.place), "said_before": question.said}


def _place(place: Place) -> dict[str, Any]:
    location = place.location
    where = {"file": location.file, "line": location.line, "column": location.column, "field": location.field}
    return {"subject": place.subject, "message": place.message, "location": where, "owner": place.owner}
