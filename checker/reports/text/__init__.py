"""The report for people: what is wrong, by cause; what could not be judged or read; the checklist; one line of counts."""

from collections.abc import Sequence

from checker.findings import SEVERITIES, Finding, Outcome, Report, Severity
from checker.reports import Style
from checker.reports.text.causes import causes, render_cause
from checker.reports.text.changes import headline, is_shown, render_changes
from checker.reports.text.inputs import render_errors, render_skipped
from checker.reports.text.leftovers import render_unknown, render_waived
from checker.reports.text.terminal import clean, defuse, paint, plural, prose, wrap
from checker.reports.text.verdicts import render_checklist


def render(report: Report, style: Style) -> str:
    """The report as text: nothing in it but printable characters, line feeds and, with `style.color`, colour codes."""
    blocks = [render_cause(cause, report, style) for cause in causes(filter(is_shown, _having(report, "fail")))]
    blocks += [
        _nothing_found(report, style) if not blocks else [],
        render_changes(report, style),
        render_unknown([*filter(is_shown, _having(report, "unknown"))], style),
        render_waived(_having(report, "waived"), style),
        _assumptions(report.assumptions, style),
        render_skipped(report.inputs.skipped, style),
        render_checklist(report.checklist, style),
        render_errors(report.inputs.errors, style),
        [_last_line(report, style)],
    ]
    return defuse("\n\n".join("\n".join(block) for block in blocks if block)) + "\n"


def _having(report: Report, outcome: Outcome) -> list[Finding]:
    return [finding for finding in report.findings if finding.outcome == outcome]


def _nothing_found(report: Report, style: Style) -> list[str]:
    """What was checked, so that silence is not mistaken for success."""
    if not report.inputs.objects:
        return [paint("Nothing was judged: the input holds no object to judge.", "strong", style)]
    judged = sum(tally.judged for tally in report.tallies.values())
    unread = " in what could be read" if report.inputs.errors else ""
    nothing = "Nothing new" if report.inputs.compared else "Nothing found"
    text = f"{nothing}{unread}: {plural(judged, 'policy', 'policies')} judged {plural(report.inputs.objects, 'object')}."
    return [paint(line, "strong", style) for line in wrap(text, style)]


def _assumptions(assumptions: Sequence[str], style: Style) -> list[str]:
    lines = [f"{paint('assumed', 'strong', style)}:"] if assumptions else []
    for assumption in assumptions:
        lines += wrap(prose(assumption), style, "  ", "    ")
    return lines


def _last_line(report: Report, style: Style) -> str:
    """The counts, where a terminal ends up and where `tail -1` finds them: one line, never wrapped."""
    failed = headline(report) or ", ".join(_severity_count(report, severity, style) for severity in SEVERITIES)
    passed = sum(tally.passed for tally in report.tallies.values())
    unknown, waived = (sum(each.change != "gone" for each in _having(report, outcome)) for outcome in ("unknown", "waived"))
    unreadable = f", {paint(f'{len(report.inputs.errors):,} unreadable', 'high', style)}" if report.inputs.errors else ""
    files = [plural(report.inputs.files, "file")] if report.inputs.files or not report.inputs.cluster else []
    cluster = [f"cluster {clean(report.inputs.cluster)}"] if report.inputs.cluster else []
    read = f"{plural(report.inputs.objects, 'object')} in {' and '.join([*files, *cluster])}"
    return f"{failed}; {passed:,} passed, {unknown:,} unknown, {waived:,} waived{unreadable} — {read}"


def _severity_count(report: Report, severity: Severity, style: Style) -> str:
    count = report.count(severity)
    return paint(f"{count:,} {severity}", severity, style) if count else f"0 {severity}"
