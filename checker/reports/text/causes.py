"""Findings by cause: what is wrong and how to mend it said once, then the places where it is so."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from checker.findings import SEVERITIES, Finding, Report, Subject
from checker.reports import Style
from checker.reports.text.terminal import clean, paint, plural, prose, shorten, wrap

_NAMED = 6  # places beyond the listed ones that are at least named


class Cause(NamedTuple):
    """Findings of one policy and severity, in the order of the report.

    `message` and `fix` are what all of them say, or "" where they differ.
    """

    findings: Sequence[Finding]
    message: str
    fix: str


def causes(findings: Iterable[Finding]) -> list[Cause]:
    """Most severe first; within a severity in the order in which the policies appear."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.policy), []).append(finding)
    ordered = sorted(groups.values(), key=lambda group: SEVERITIES.index(group[0].severity))
    return [
        Cause(
            group,
            _common([(finding.message, finding.subject) for finding in group]),
            _common([(finding.fix, finding.subject) for finding in group]),
        )
        for group in ordered
    ]


def _common(texts: Sequence[tuple[str, Subject]]) -> str:
    """What all texts say, where need be without the subject's own names, which stand beside each place; or ""."""
    first, subject = texts[0]
    if all(text == first for text, _ in texts):
        return first
    nameless = _without_names(first, subject)
    return nameless if all(_without_names(text, subject) == nameless for text, subject in texts) else ""


_QUOTED_WORD = re.compile(r"""(["'`]?)([\w./-]*\w)\1""")


def _without_names(text: str, subject: Subject) -> str:
    """`container app of shop/web …` → `container … of … …`."""
    names = {f"{subject.namespace}/{subject.name}", subject.name, subject.container}
    return _QUOTED_WORD.sub(lambda word: "…" if word[2] in names else word[0], text)


def render_cause(cause: Cause, report: Report, style: Style) -> list[str]:
    """One cause as a block of lines."""
    text = report.policies.get(cause.findings[0].policy)
    lines = _head(cause, prose(cause.message or (f"not met: {text.title}" if text else "")), style)
    if text and text.why:
        lines += [paint(line, "faint", style) for line in wrap(prose(text.why), style, "  why: ")]
    lines += _places(cause, style)
    if cause.fix:
        lines += _fix(cause.fix, "  ", style)
    return lines


def _head(cause: Cause, headline: str, style: Style) -> list[str]:
    """`high[policy] 9 places, GV-4: headline`."""
    first = cause.findings[0]
    label = f"{first.severity}[{clean(first.policy)}]"
    places = [plural(len(cause.findings), "place")] if len(cause.findings) > 1 else []
    facts = ", ".join([*places, *map(clean, first.checklist)])
    opening = (f" {facts}" if facts else "") + (":" if headline else "")
    painted = paint(label, first.severity, style) + paint(opening, "strong", style)
    if not headline:
        return [painted]
    if len(label) + len(opening) + 1 + len(headline) <= style.width:
        return [f"{painted} {paint(headline, 'strong', style)}"]
    return [painted, *(paint(line, "strong", style) for line in wrap(headline, style, "  "))]


def _fix(fix: str, indent: str, style: Style) -> list[str]:
    first, *rest = wrap(prose(fix), style, f"{indent}fix: ")
    return [first.replace("fix:", paint("fix:", "good", style), 1), *rest]


def _places(cause: Cause, style: Style) -> list[str]:
    """The first places, each with what sets it apart; then how many more, with some names."""
    # A line that says "and 1 more" takes no less room than the one place.
    listed = len(cause.findings) if len(cause.findings) <= style.places + 1 else max(style.places, 1)
    shown, more = cause.findings[:listed], cause.findings[listed:]
    heads = _heads(shown, style)
    gutter = max(len(str(finding.location.line or "")) for finding in shown) + 3
    telling = not cause.message or len({finding.excerpt for finding in cause.findings}) > 1
    lines: list[str] = []
    for number, (head, finding) in enumerate(zip(heads, shown, strict=True)):
        lines += head
        if telling or number == 0:
            lines += _source_line(finding, gutter, style)
        lines += _particulars(finding, cause, gutter, style)
    return lines + (_more(more, style) if more else [])


def _heads(shown: Sequence[Finding], style: Style) -> list[list[str]]:
    """Where and whom each place concerns: in two columns if all fit, else on two lines each."""
    arrow = paint("  -->", "faint", style)
    wheres = [clean(str(finding.location)) for finding in shown]
    whoms = [clean(str(finding.subject)) for finding in shown]
    column = max(map(len, wheres))
    if column + max(map(len, whoms)) + 8 <= style.width:
        return [[f"{arrow} {where:{column}}  {whom}"] for where, whom in zip(wheres, whoms, strict=True)]
    return [[f"{arrow} {where}", f"      {whom}"] for where, whom in zip(wheres, whoms, strict=True)]


_PASSWORD_IN_URL = re.compile(r"(://[^/\s:@]*:)[^/\s@]+@")


def _source_line(finding: Finding, gutter: int, style: Style) -> list[str]:
    """The line at which to edit; a whole object begins with `apiVersion`, which tells nobody anything."""
    if not finding.location.field:
        return []
    source = _PASSWORD_IN_URL.sub(r"\1***@", finding.excerpt.strip())  # reports end up in logs that many can read
    number = paint(f"{finding.location.line or '':>{gutter}} |", "faint", style)
    return [f"{number} {shorten(clean(source), style.width - gutter - 3)}"] if source else []


def _particulars(finding: Finding, cause: Cause, gutter: int, style: Style) -> list[str]:
    """What holds for this place only: its message and fix unless all share them, and its related places."""
    indent = " " * gutter
    own = prose(finding.message) if not cause.message else ""
    lines = _noted(own, f"{indent} | ", f"{indent} | ", style) if own else []
    if finding.worlds:
        lines += _noted(f"in {', '.join(map(clean, finding.worlds))} only", f"{indent} | ", f"{indent} | ", style)
    for related in finding.related:
        note = f"{clean(str(related.location))}: {prose(related.note)}"
        lines += _noted(note, f"{indent} + ", f"{indent}   ", style)
    if not cause.fix and finding.fix:
        lines += _fix(finding.fix, f"{indent}   ", style)
    return lines


def _noted(text: str, first: str, rest: str, style: Style) -> list[str]:
    lines = wrap(text, style, first, rest)
    return [paint(line[: len(first)], "faint", style) + line[len(first) :] for line in lines]


def _more(findings: Sequence[Finding], style: Style) -> list[str]:
    names = list(dict.fromkeys(clean(f"{each.subject.namespace}/{each.subject.name}".strip("/")) for each in findings))
    rest = ", … (--format json lists all)" if len(names) > _NAMED else ""
    return wrap(f"… and {len(findings):,} more: {', '.join(names[:_NAMED])}{rest}", style, "  ", "    ")
