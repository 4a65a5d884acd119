"""What was not judged: inputs that could not be read, each in full, and inputs left out on purpose, by reason."""

from collections.abc import Sequence

from checker.errors import Problem, Skipped
from checker.location import Location
from checker.reports import Style
from checker.reports.text.terminal import clean, listing, paint, plural, prose, wrap


def render_errors(errors: Sequence[Problem], style: Style) -> list[str]:
    """Every one of them, never shortened: what they hold is missing from the whole report."""
    if not errors:
        return []
    title = plural(len(errors), "problem") + " with the input"
    lines = [f"{paint(title, 'high', style)}: what they concern was not judged, or not as it was meant"]
    for problem in errors:
        place = clean(str(Location(problem.file, problem.line, problem.column)))
        lines += [f"{paint('  -->', 'faint', style)} {place}", *wrap(prose(problem.message), style, "      ")]
        if problem.fix:
            lines += wrap(prose(problem.fix), style, "      fix: ")
    return lines


def render_skipped(skipped: Sequence[Skipped], style: Style) -> list[str]:
    """By reason: how many, and the first few names."""
    by_reason: dict[str, list[str]] = {}
    for item in skipped:
        by_reason.setdefault(prose(item.reason), []).append(clean(str(Location(item.file, item.line))))
    lines = [f"{paint('skipped', 'strong', style)}: {len(skipped):,}"] if skipped else []
    for reason, names in by_reason.items():
        lines += wrap(f"{len(names):,} {reason}: {listing(names, 3)}", style, "  ", "    ")
    return lines
