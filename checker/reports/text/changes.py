"""What applying files would change, beside the new findings: what is gone by it, and what stays as it is."""

from collections import Counter
from collections.abc import Sequence

from checker.findings import SEVERITIES, Finding, Report
from checker.reports import Style
from checker.reports.text.terminal import clean, listing, paint, plural, wrap


def is_shown(finding: Finding) -> bool:
    """Whether a finding is told in full: all are, and of a comparison the new ones."""
    return finding.change in (None, "new")


def render_changes(report: Report, style: Style) -> list[str]:
    """Failures by change: those that are gone by name, those that stay by number."""
    failed = [finding for finding in report.findings if finding.outcome == "fail"]
    gone = [finding for finding in failed if finding.change == "gone"]
    unchanged = [finding for finding in failed if finding.change == "unchanged"]
    return [*_group("gone", gone, style), *_group("unchanged", unchanged, style)]


def _group(name: str, findings: Sequence[Finding], style: Style) -> list[str]:
    lines = [f"{paint(name, 'strong', style)}: {len(findings):,}"] if findings else []
    by_policy: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        by_policy.setdefault((finding.severity, finding.policy), []).append(clean(str(finding.subject)))
    for severity, policy in sorted(by_policy, key=lambda key: (SEVERITIES.index(key[0]), key[1])):
        subjects = by_policy[severity, policy]
        named = listing(list(dict.fromkeys(subjects)), style.places)
        lines += wrap(f"{severity}[{clean(policy)}] {len(subjects):,}: {named}", style, "  ", "    ")
    return lines


def headline(report: Report) -> str:
    """`1 new, 14 unchanged, 2 gone`; empty without a comparison."""
    counts = Counter(finding.change for finding in report.findings if finding.outcome == "fail")
    if not report.inputs.compared:
        return ""
    return f"{plural(counts['new'], 'new finding')}, {counts['unchanged']:,} unchanged, {counts['gone']:,} gone"
