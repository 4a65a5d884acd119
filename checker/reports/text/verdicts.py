"""The checklist as a summary: what is violated item by item, the rest as one line of ids per verdict."""

from collections.abc import Sequence

from checker.findings import ChecklistRow, Verdict
from checker.reports import Style
from checker.reports.text.terminal import Tone, clean, paint, plural, prose, shorten, wrap

_VERDICTS: Sequence[tuple[Verdict, str, Tone]] = (
    ("violated", "violated", "high"),
    ("unknown", "unknown", "medium"),
    ("ask", "ask", "strong"),
    ("met", "met", "good"),
    ("not applicable", "n/a", "faint"),
)
_HINTS = {"ask": "k8s-stabcheck review asks them"}
_MOST_NAMED = 15
_LABEL = 2 + max(len(label) for _, label, _ in _VERDICTS) + 2


def render_checklist(rows: Sequence[ChecklistRow], style: Style) -> list[str]:
    """The summary as a block of lines."""
    by_verdict = [(label, tone, [row for row in rows if row.verdict == verdict]) for verdict, label, tone in _VERDICTS]
    counts = ", ".join(f"{len(having)} {label}" for label, _, having in by_verdict if having)
    lines = [f"{paint('checklist', 'strong', style)} ({plural(len(rows), 'item')}): {counts}"] if rows else []
    for label, tone, having in by_verdict:
        if having:
            body = _violated(having, style) if label == "violated" else _ids(having, _HINTS.get(label, ""), style)
            padded = f"  {label}".ljust(_LABEL)
            lines += [paint(padded, tone, style) + body[0][_LABEL:], *body[1:]]
    return lines


def _violated(rows: Sequence[ChecklistRow], style: Style) -> list[str]:
    """One line each: id, title, how many failed of how many judged."""
    ids = max(len(clean(row.id)) for row in rows)
    counts = [_failed(row) for row in rows]
    room = max(style.width - _LABEL - ids - 4 - max(map(len, counts)), 20)
    titles = [shorten(prose(row.title), room) for row in rows]
    column = max(map(len, titles))
    return [
        f"{'':{_LABEL}}{clean(row.id):{ids}}  {title:{column}}  {count}" for row, title, count in zip(rows, titles, counts, strict=True)
    ]


def _failed(row: ChecklistRow) -> str:
    judged = row.tally.passed + row.tally.failed + row.tally.waived
    accepted = f", {row.tally.waived:,} accepted" if row.tally.waived else ""
    return f"{row.tally.failed:,} of {judged:,} failed{accepted}"


def _ids(rows: Sequence[ChecklistRow], hint: str, style: Style) -> list[str]:
    """Ids in one run; those with a note of their own after it, grouped by note."""
    by_note: dict[str, list[str]] = {}
    for row in rows:
        by_note.setdefault(prose(row.note) or hint, []).append(clean(row.id))
    lines: list[str] = []
    for note, ids in sorted(by_note.items(), key=lambda item: item[0] != hint):
        named = ", ".join(ids) if len(ids) <= _MOST_NAMED else plural(len(ids), "item")
        lines += wrap(named + (f" ({note})" if note else ""), style, " " * _LABEL)
    return lines
