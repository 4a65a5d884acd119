"""What is neither pass nor fail: findings that could not be judged, and waived ones."""

from collections.abc import Sequence

from checker.findings import Finding
from checker.reports import Style
from checker.reports.text.terminal import clean, listing, paint, prose, wrap


def render_unknown(findings: Sequence[Finding], style: Style) -> list[str]:
    """By policy and message: what is missing, whom it concerns, what to supply."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.policy, finding.message, finding.fix), []).append(finding)
    lines = [f"{paint('could not be judged', 'medium', style)}: {len(findings):,}"] if findings else []
    for (policy, message, fix), group in groups.items():
        lines += wrap(f"{clean(policy)}: {prose(message)}", style, "  ", "    ")
        if len(group) == 1:
            lines += wrap(f"{clean(str(group[0].location))}  {clean(str(group[0].subject))}", style, "    --> ")
        else:
            subjects = list(dict.fromkeys(clean(str(finding.subject)) for finding in group))
            lines += wrap(f"{len(group):,} places: {listing(subjects, style.places)}", style, "    --> ")
        if fix:
            lines += wrap(prose(fix), style, "    fix: ")
    return lines


def render_waived(findings: Sequence[Finding], style: Style) -> list[str]:
    """The first few with their reasons."""
    lines = [f"{paint('waived', 'strong', style)}: {len(findings):,}"] if findings else []
    for finding in findings[: style.places]:
        text = f"{clean(finding.policy)}, {clean(str(finding.subject))}: {prose(finding.waiver)}"
        lines += wrap(text, style, "  ", "    ")
    if len(findings) > style.places:
        lines.append(f"  … and {len(findings) - style.places:,} more (--format json lists all)")
    return lines
