"""Facts about written lines that have no effect."""

from collections.abc import Iterable, Iterator
from typing import Any

from checker.facts.fields import Anchor, Field, Judged, Unknown
from checker.findings import Subject
from checker.model.traffic import Inert
from checker.objects import ApiObject

DEAD_LINE_FIELDS = {
    "dead.reason": Field("string", "why the line has no effect, in a word"),
    "dead.what": Field("string", "the line, for people"),
    "dead.because": Field("string", "the cause, for people"),
    "dead.works": Field("bool", "what may lie outside of the input gives it an effect: unknown then, else false"),
    "dead.callers": Field("string", "for whom it has no effect, for people; empty for everybody"),
}


def judge_dead_lines(lines: Iterable[Inert]) -> Iterator[Judged]:
    """Each dead line. One that has its effect is no subject: that it is in force does not make it right."""
    for line in lines:
        if line.origin.item is not None:
            yield _judged(line.origin.item, line)


def _judged(item: ApiObject, line: Inert) -> Judged:
    facts: dict[str, Any] = {"dead.reason": line.reason, "dead.what": line.what, "dead.because": line.because, "dead.callers": line.callers}
    facts["dead.works"] = Unknown(line.missing) if line.missing else False
    anchors = {"dead": Anchor(item, line.origin.path)}
    if line.beaten_by is not None and line.beaten_by.item is not None:
        anchors["rival"] = Anchor(line.beaten_by.item, line.beaten_by.path)
    return Judged("dead-line", Subject(item.kind, item.namespace, item.name), anchors, facts, part=f"{line.what} {line.callers}".strip())
